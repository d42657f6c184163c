//! Futures, polled by hand.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use strait::channel::{Receiver, Sender, bounded, rendezvous, unbounded};

use crate::Path;

pub(crate) const PATHS: &[(&str, Path)] = &[
    ("ready/1", |times| ready(times, bounded(1))),
    ("ready/64", |times| ready(times, bounded(64))),
    ("ready/unbounded", |times| ready(times, unbounded())),
    ("wait-drop/recv", wait_drop_recv),
    ("wait-drop/send", wait_drop_send),
    ("meet/0", |times| meet(times, rendezvous())),
    ("meet/1", |times| meet(times, bounded(1))),
    ("meet/64", |times| meet(times, bounded(64))),
];

/// A waker that remembers.
#[derive(Default)]
pub(crate) struct Flag(AtomicBool);

impl Flag {
    fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// What a future that does not wait comes to.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// Polls a future that waits until it is in line: before, it may ask to be polled again at once.
pub(crate) fn register<F: Future>(mut future: Pin<&mut F>, flag: &Arc<Flag>) {
    let waker = Waker::from(Arc::clone(flag));
    let mut context = Context::from_waker(&waker);
    loop {
        assert!(future.as_mut().poll(&mut context).is_pending(), "nobody is there");
        if !flag.take() {
            return;
        }
    }
}

fn ready(times: usize, ends: (Sender<usize>, Receiver<usize>)) {
    let (tx, rx) = black_box(ends);
    for message in 0..times {
        now(tx.send(message)).expect("there is room");
        assert_eq!(now(rx.recv()), Ok(message));
    }
}

fn wait_drop_recv(times: usize) {
    let (_tx, rx) = black_box(bounded::<usize>(64));
    let flag = Arc::default();
    for _ in 0..times {
        register(pin!(rx.recv()), &flag);
    }
}

fn wait_drop_send(times: usize) {
    let (tx, _rx) = black_box(bounded(1));
    tx.try_send(0).expect("there is room");
    let flag = Arc::default();
    for message in 0..times {
        register(pin!(tx.send(message)), &flag);
    }
}

/// A task that sends and one that receives, each polled when it was woken.
fn meet(times: usize, ends: (Sender<usize>, Receiver<usize>)) {
    let (tx, rx) = black_box(ends);
    let send = pin!(async {
        for message in 0..times {
            tx.send(message).await.expect("there is a receiver");
        }
    });
    let recv = pin!(async {
        for message in 0..times {
            assert_eq!(rx.recv().await, Ok(message));
        }
    });
    run([send, recv]);
}

/// An executor for two.
fn run(mut tasks: [Pin<&mut dyn Future<Output = ()>>; 2]) {
    let flags = [(); 2].map(|()| Arc::new(Flag(AtomicBool::new(true))));
    let wakers = [0, 1].map(|task: usize| Waker::from(Arc::clone(&flags[task])));
    let mut left = [true; 2];
    while left.contains(&true) {
        let mut still = true;
        for task in 0..2 {
            if left[task] && flags[task].take() {
                still = false;
                let poll = tasks[task].as_mut().poll(&mut Context::from_waker(&wakers[task]));
                left[task] = poll.is_pending();
            }
        }
        assert!(!still, "a wake-up is lost");
    }
}
