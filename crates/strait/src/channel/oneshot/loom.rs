//! Every interleaving of the two ends, a few steps at a time. Each model names the fault that it
//! is there to notice; built with `--cfg strait_mutant="<fault>"` it must fail.

#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::thread;

use super::{OneshotSender, pair};
use crate::channel::error::{RecvError, SendError, TryRecvError};

/// Polls once, with a waker that nobody hears.
fn poll_deaf<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A message that counts its drops. Std's counter: what it counts is no part of the model.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn counted() -> (Counted, Arc<AtomicUsize>) {
    let drops = Arc::new(AtomicUsize::new(0));
    (Counted(drops.clone()), drops)
}

/// Fault: `oneshot_publish_relaxed`.
#[test]
fn send_against_recv() {
    ::loom::model(|| {
        let (tx, rx) = pair();
        let sender = thread::spawn(move || tx.send(Box::new(7)).is_ok());
        assert_eq!(block_on(rx), Ok(Box::new(7)));
        assert!(sender.join().unwrap());
    });
}

/// The same, by a thread that parks.
#[test]
fn send_against_recv_blocking() {
    ::loom::model(|| {
        let (tx, rx) = pair();
        let sender = thread::spawn(move || tx.send(7).is_ok());
        assert_eq!(rx.recv_blocking(), Ok(7));
        assert!(sender.join().unwrap());
    });
}

/// Fault: `oneshot_replace_in_place`.
#[test]
fn send_against_a_change_of_waker() {
    ::loom::model(|| {
        let (tx, mut rx) = pair();
        let sender = thread::spawn(move || tx.send(7).is_ok());
        let first = poll_deaf(&mut rx);
        match first {
            // The first waker is deaf: if the send woke it alone, this never ends.
            Poll::Pending => assert_eq!(block_on(rx), Ok(7)),
            Poll::Ready(answer) => assert_eq!(answer, Ok(7)),
        }
        assert!(sender.join().unwrap());
    });
}

/// Fault: `oneshot_drop_wakes_nobody`.
#[test]
fn drop_of_the_sender_against_recv() {
    ::loom::model(|| {
        let (tx, rx) = pair::<u8>();
        let sender = thread::spawn(move || drop(tx));
        assert_eq!(block_on(rx), Err(RecvError));
        sender.join().unwrap();
    });
}

/// Fault: `oneshot_send_ignores_closed`.
#[test]
fn send_against_close() {
    ::loom::model(|| {
        let (tx, mut rx) = pair();
        let sender = thread::spawn(move || tx.send(7));
        rx.close();
        let received = rx.try_recv();
        match sender.join().unwrap() {
            Ok(()) => assert_eq!(received, Ok(7)),
            Err(SendError(message)) => {
                assert_eq!((message, received), (7, Err(TryRecvError::Closed)));
            }
        }
    });
}

/// Fault: `oneshot_send_ignores_closed`. The message is dropped once, and a send that begins after
/// the receiver went gives it back.
#[test]
fn send_against_drop_of_the_receiver() {
    ::loom::model(|| {
        let (message, drops) = counted();
        let (tx, mut rx) = pair();
        let went = Arc::new(AtomicBool::new(false));
        let before = went.clone();
        let sender = thread::spawn(move || {
            let late = before.load(Ordering::SeqCst);
            if tx.send(message).is_ok() {
                assert!(!late);
            }
        });
        assert!(!matches!(poll_deaf(&mut rx), Poll::Ready(Err(_))));
        drop(rx);
        went.store(true, Ordering::SeqCst);
        sender.join().unwrap();
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

/// Fault: `oneshot_close_wakes_nobody`.
#[test]
fn close_against_closed() {
    ::loom::model(|| {
        let (mut tx, rx) = pair::<u8>();
        let receiver = thread::spawn(move || drop(rx));
        block_on(tx.closed());
        assert!(tx.is_closed());
        receiver.join().unwrap();
    });
}

/// Fault: `oneshot_withdraw_ignores_news`.
#[test]
fn close_against_a_closed_that_gives_up() {
    ::loom::model(|| {
        let (mut tx, rx) = pair::<u8>();
        let receiver = thread::spawn(move || drop(rx));
        let _ = poll_deaf(&mut tx.closed());
        // The cell was given back, or left to the other end; either way it can be used again.
        block_on(tx.closed());
        receiver.join().unwrap();
    });
}

/// The waker cell outlives the receiver that left a waker in it.
#[test]
fn send_against_drop_of_a_waiting_receiver() {
    ::loom::model(|| {
        let (tx, mut rx) = pair();
        assert!(poll_deaf(&mut rx).is_pending());
        let sender = thread::spawn(move || send_or_get_back(tx));
        drop(rx);
        sender.join().unwrap();
    });
}

fn send_or_get_back(tx: OneshotSender<Box<u8>>) {
    if let Err(SendError(message)) = tx.send(Box::new(7)) {
        assert_eq!(*message, 7);
    }
}
