//! Every interleaving of a few steps of a broadcast channel. Each model names the fault that it is
//! there to notice; built with `--cfg strait_mutant="<fault>"` it must fail.

#![forbid(unsafe_code)]

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::thread;

use super::{
    BroadcastBuilder, BroadcastReceiver, BroadcastRecvError, BroadcastSender, BroadcastTryRecvError,
};

/// An element that counts the live ones. Std's counter: what it counts is no part of the model.
#[derive(Debug)]
struct Counted(u8, Arc<AtomicUsize>);

impl Counted {
    fn new(number: u8, live: &Arc<AtomicUsize>) -> Self {
        live.fetch_add(1, Ordering::Relaxed);
        Self(number, live.clone())
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self::new(self.0, &self.1)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}

fn model(preemptions: usize, f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.check(f);
}

/// A model whose elements must all be gone in the end.
fn counted(preemptions: usize, f: impl Fn(&Arc<AtomicUsize>) + Sync + Send + 'static) {
    model(preemptions, move || {
        let live = Arc::new(AtomicUsize::new(0));
        f(&live);
        assert_eq!(live.load(Ordering::Relaxed), 0, "elements are left");
    });
}

fn lossless<T>(capacity: usize) -> (BroadcastSender<T>, BroadcastReceiver<T>) {
    BroadcastBuilder::new(capacity).build()
}

fn lagging<T>(capacity: usize) -> (BroadcastSender<T>, BroadcastReceiver<T>) {
    BroadcastBuilder::new(capacity).lagging(true).build()
}

/// What comes until the end, elements that were missed left out.
fn rest(rx: &mut BroadcastReceiver<Counted>) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match block_on(rx.recv()) {
            Ok(element) => all.push(element.0),
            Err(BroadcastRecvError::Lagged(_)) => {}
            Err(BroadcastRecvError::Closed) => return all,
        }
    }
}

/// Faults: `broadcast_publish_relaxed`, `crowd_no_recheck`, `crowd_unordered`.
#[test]
fn send_against_recv() {
    counted(3, |live| {
        let (tx, mut rx) = lossless(2);
        let element = Counted::new(7, live);
        let sender = thread::spawn(move || tx.try_send(element).unwrap());
        assert_eq!(block_on(rx.recv()).unwrap().0, 7);
        assert_eq!(sender.join().unwrap(), 1);
    });
}

/// Two receivers share an element; the last has it moved.
#[test]
fn two_receivers() {
    counted(3, |live| {
        let (tx, mut first) = lossless(1);
        let mut second = tx.subscribe();
        tx.try_send(Counted::new(1, live)).unwrap();
        let other = thread::spawn(move || rest(&mut second));
        assert_eq!(first.try_recv().unwrap().0, 1);
        // Room as soon as both have it.
        tx.send_blocking(Counted::new(2, live)).unwrap();
        drop(tx);
        assert_eq!(rest(&mut first), [2]);
        assert_eq!(other.join().unwrap(), [1, 2]);
    });
}

/// Faults: `crowd_no_recheck`, `crowd_unordered`.
#[test]
fn a_send_that_waits() {
    counted(3, |live| {
        let (tx, mut rx) = lossless(1);
        tx.try_send(Counted::new(1, live)).unwrap();
        let element = Counted::new(2, live);
        let sender = thread::spawn(move || block_on(tx.send(element)).is_ok());
        assert_eq!(rest(&mut rx), [1, 2]);
        assert!(sender.join().unwrap());
    });
}

/// Two senders, one order for both receivers.
#[test]
fn two_senders() {
    counted(2, |live| {
        let (tx, mut rx) = lossless(2);
        let mut late = rx.clone();
        let (other, element) = (tx.clone(), Counted::new(1, live));
        let sender = thread::spawn(move || other.try_send(element).unwrap());
        tx.try_send(Counted::new(2, live)).unwrap();
        drop(tx);
        let seen = rest(&mut rx);
        sender.join().unwrap();
        assert!(seen == [1, 2] || seen == [2, 1]);
        assert_eq!(rest(&mut late), seen);
    });
}

/// The receiver that was all that a sender waited for leaves.
#[test]
fn leaving_against_a_send_that_waits() {
    counted(3, |live| {
        let (tx, rx) = lossless(1);
        tx.try_send(Counted::new(1, live)).unwrap();
        let receiver = thread::spawn(move || drop(rx));
        let sent = block_on(tx.send(Counted::new(2, live))).unwrap();
        assert!(sent <= 1);
        receiver.join().unwrap();
    });
}

/// One who leaves and one who stays: nothing is lost for the one, nor kept for the other.
#[test]
fn leaving_against_send() {
    counted(3, |live| {
        let (tx, mut stays) = lossless(2);
        let leaves = tx.subscribe();
        let receiver = thread::spawn(move || drop(leaves));
        tx.try_send(Counted::new(1, live)).unwrap();
        tx.try_send(Counted::new(2, live)).unwrap();
        receiver.join().unwrap();
        drop(tx);
        assert_eq!(rest(&mut stays), [1, 2]);
    });
}

/// A subscription sees all that is sent after it, without a gap.
#[test]
fn subscribe_against_send() {
    counted(3, |live| {
        let (tx, rx) = lossless(4);
        drop(rx);
        let source = tx.clone();
        let receiver = thread::spawn(move || {
            let mut rx = source.subscribe();
            drop(source);
            rest(&mut rx)
        });
        for i in 1..=2 {
            tx.try_send(Counted::new(i, live)).unwrap();
        }
        drop(tx);
        let seen = receiver.join().unwrap();
        assert!([&[1, 2][..], &[2], &[]].contains(&&*seen), "{seen:?}");
    });
}

/// The same with a replay of one, in a channel of one: the last before, or all.
#[test]
fn subscribe_with_a_replay_against_send() {
    for lags in [false, true] {
        counted(3, move |live| {
            let (tx, rx) = BroadcastBuilder::new(1).lagging(lags).replay(1).build();
            drop(rx);
            tx.try_send(Counted::new(1, live)).unwrap();
            let source = tx.clone();
            let element = Counted::new(2, live);
            let sender = thread::spawn(move || block_on(source.send(element)).map(drop).unwrap());
            let mut rx = tx.subscribe();
            drop(tx);
            let seen = rest(&mut rx);
            let whole = [1, 2].ends_with(&seen) && !seen.is_empty();
            assert!(whole, "{seen:?}");
            sender.join().unwrap();
        });
    }
}

/// A clone is at the same place, whatever is sent or read meanwhile.
#[test]
fn clone_against_send_and_recv() {
    counted(2, |live| {
        let (tx, mut rx) = lossless(2);
        let mut other = tx.subscribe();
        tx.try_send(Counted::new(1, live)).unwrap();
        let element = Counted::new(2, live);
        let sender = thread::spawn(move || {
            tx.try_send(element).unwrap();
            other.try_recv().unwrap().0
        });
        let mut copy = rx.clone();
        assert_eq!((rest(&mut rx), rest(&mut copy)), (vec![1, 2], vec![1, 2]));
        assert_eq!(sender.join().unwrap(), 1);
    });
}

#[test]
fn close_against_recv_and_send() {
    counted(3, |live| {
        let (tx, mut rx) = lossless(1);
        tx.try_send(Counted::new(1, live)).unwrap();
        let closer = tx.clone();
        let closing = thread::spawn(move || closer.close());
        let sent = block_on(tx.send(Counted::new(2, live)));
        assert!(sent.is_err(), "there was no room");
        assert_eq!(rest(&mut rx), [1]);
        assert!(closing.join().unwrap());
    });
}

/// Fault: `broadcast_ignores_pins`.
#[test]
fn displacing_what_is_read() {
    counted(3, |live| {
        let (tx, mut rx) = lagging(1);
        tx.try_send(Counted::new(1, live)).unwrap();
        let receiver = thread::spawn(move || {
            let mut seen = Vec::new();
            for _ in 0..2 {
                match rx.try_recv_ref() {
                    Ok(element) => {
                        thread::yield_now();
                        seen.push(element.0);
                    }
                    Err(BroadcastTryRecvError::Lagged(n)) => assert_eq!(n, 1),
                    Err(error) => assert_eq!(error, BroadcastTryRecvError::Empty),
                }
            }
            seen
        });
        tx.try_send(Counted::new(2, live)).unwrap();
        let seen = receiver.join().unwrap();
        assert!([&[1, 2][..], &[1], &[2]].contains(&&*seen), "{seen:?}");
    });
}

/// Three laps over a slot that two receivers read by clone and by move.
#[test]
fn lag_against_two_receivers() {
    counted(2, |live| {
        let (tx, mut rx) = lagging(1);
        let mut other = tx.subscribe();
        let receiver = thread::spawn(move || rest(&mut other));
        for i in 1..=2 {
            tx.try_send(Counted::new(i, live)).unwrap();
        }
        drop(tx);
        for seen in [rest(&mut rx), receiver.join().unwrap()] {
            assert!([1, 2].ends_with(&seen) && !seen.is_empty(), "{seen:?}");
        }
    });
}

/// Fault: `broadcast_no_baton`. Of two sends that wait one is woken, and gives up.
#[test]
fn a_send_that_was_woken_is_dropped() {
    counted(2, |live| {
        let (tx, mut rx) = lossless(1);
        tx.try_send(Counted::new(1, live)).unwrap();
        let other = tx.clone();
        let element = Counted::new(2, live);
        {
            let mut gives_up = pin!(tx.send(Counted::new(3, live)));
            let first = gives_up.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(first, Poll::Pending));
            let sender = thread::spawn(move || block_on(other.send(element)).map(drop).unwrap());
            let receiver = thread::spawn(move || {
                let first = rx.try_recv().unwrap().0;
                (first, rx)
            });
            let (first, back) = receiver.join().unwrap();
            assert_eq!(first, 1);
            rx = back;
            gives_up.set(tx.send(Counted::new(4, live)));
            sender.join().unwrap();
        }
        assert_eq!(rx.try_recv().unwrap().0, 2);
    });
}
