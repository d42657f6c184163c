//! User code that comes back into the channel while the channel calls it: from the drop of an
//! element, and from the wake, clone and drop of a waker. Nothing may be held then: a lock held over
//! such a call shows as a hang here, which the watchdog turns into a failure.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use strait::channel::{Receiver, Sender, WeakReceiver, WeakSender};

use crate::support::caps::{CAPS, open};
use crate::support::hand::{hand, parked, poll_once};
use crate::support::payload::{Item, Ledger};
use crate::support::raw_waker::{Asked, hooked};
use crate::support::watch::within;

/// An element that uses its channel when it is dropped.
struct Meddler {
    item: Option<Item>,
    /// `None`: it keeps quiet.
    ends: Option<(WeakSender<Meddler>, WeakReceiver<Meddler>)>,
    drops: Arc<AtomicUsize>,
}

impl Drop for Meddler {
    fn drop(&mut self) {
        let Some((tx, rx)) = self.ends.take() else { return };
        self.drops.fetch_add(1, SeqCst);
        if let Some(tx) = tx.upgrade() {
            let _ = (tx.len(), tx.is_closed(), tx.is_full(), tx.sender_count());
            let quiet = Meddler { item: None, ends: None, drops: self.drops.clone() };
            let _ = tx.try_send(quiet);
        }
        if let Some(rx) = rx.upgrade() {
            let _ = (rx.len(), rx.is_empty(), rx.receiver_count());
            if let Ok(mut other) = rx.try_recv() {
                other.item.take().map(Item::receive);
            }
        }
    }
}

fn meddlers(cap: Option<usize>, count: usize) -> (Sender<Meddler>, Receiver<Meddler>, Ledger) {
    let book = Ledger::new(count + 8);
    let drops = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = open(cap);
    for id in 0..count {
        let ends = Some((tx.downgrade(), rx.downgrade()));
        let message = Meddler { item: Some(book.item(id)), ends, drops: drops.clone() };
        assert!(tx.try_send(message).is_ok());
    }
    (tx, rx, book)
}

fn there(cap: Option<usize>) -> usize {
    cap.unwrap_or(100)
}

/// Elements that re-enter from their drop: received, cancelled, and with the last ends.
#[test]
fn from_the_drop_of_an_element() {
    within(30, || {
        for cap in CAPS {
            for how in 0..5 {
                let (tx, rx, book) = meddlers(cap, there(cap));
                match how {
                    0 => while rx.try_recv().is_ok() {},
                    1 => assert!(tx.cancel()),
                    2 => drop(rx),
                    3 => {
                        drop(tx);
                        while let Ok(message) = rx.try_recv() {
                            drop(message);
                        }
                    }
                    _ => rx.drain().for_each(drop),
                }
                if how == 1 || how == 2 {
                    assert_eq!(book.live(), 0, "capacity {cap:?}, case {how}");
                }
            }
        }
    });
}

/// A waiting send that is dropped drops its element, which re-enters.
#[test]
fn from_the_drop_of_a_waiting_send() {
    within(30, || {
        for cap in [Some(0), Some(1), Some(2)] {
            let (tx, rx, book) = meddlers(cap, there(cap));
            let ends = Some((tx.downgrade(), rx.downgrade()));
            let drops = Arc::new(AtomicUsize::new(0));
            let message = Meddler { item: Some(book.item(7)), ends, drops: drops.clone() };
            drop(parked(tx.send(message)));
            assert_eq!(drops.load(SeqCst), 1);
            drop((tx, rx));
            assert_eq!(book.live(), 0);
        }
    });
}

/// What the meddling wakers do.
fn meddle(tx: &WeakSender<u32>, rx: &WeakReceiver<u32>, taken: &AtomicUsize) {
    if let Some(rx) = rx.upgrade() {
        let _ = (rx.len(), rx.is_empty(), rx.is_closed(), rx.receiver_count());
        let _ = hand(rx.recv()).poll().counted(taken);
        if rx.try_recv().is_ok() {
            taken.fetch_add(1, SeqCst);
        }
    }
    if let Some(tx) = tx.upgrade() {
        let _ = (tx.len(), tx.is_full(), tx.sender_count());
        if tx.try_send(1000).is_ok() {
            taken.fetch_sub(1, SeqCst);
        }
        drop(hand(tx.send(2000)));
    }
}

trait Counted {
    fn counted(self, taken: &AtomicUsize) -> bool;
}

impl<T, E> Counted for std::task::Poll<Result<T, E>> {
    fn counted(self, taken: &AtomicUsize) -> bool {
        let got = matches!(self, Self::Ready(Ok(_)));
        taken.fetch_add(usize::from(got), SeqCst);
        got
    }
}

/// A waker that re-enters in one of its operations, once at a time.
fn meddling(
    tx: &Sender<u32>,
    rx: &Receiver<u32>,
    when: Asked,
    taken: Arc<AtomicUsize>,
) -> std::task::Waker {
    let (tx, rx, inside) = (tx.downgrade(), rx.downgrade(), AtomicUsize::new(0));
    hooked(move |asked| {
        if asked == when && inside.fetch_add(1, SeqCst) == 0 {
            meddle(&tx, &rx, &taken);
            inside.store(0, SeqCst);
        }
    })
}

const OPERATIONS: [Asked; 3] = [Asked::Clone, Asked::Wake, Asked::Drop];

/// A receiver's waker that re-enters: no hang, and the messages add up.
#[test]
fn from_the_waker_of_a_receiver() {
    within(30, || {
        for cap in CAPS {
            for when in OPERATIONS {
                let (tx, rx) = open(cap);
                // Wrapping: sent minus received inside the waker.
                let taken = Arc::new(AtomicUsize::new(0));
                let waker = meddling(&tx, &rx, when, taken.clone());
                let mut sent = 0usize;
                let mut got = 0usize;
                for round in 0..40 {
                    let mut receive = Box::pin(rx.recv());
                    for _ in 0..4 {
                        if poll_once(receive.as_mut(), &waker).is_ready() {
                            got += 1;
                            break;
                        }
                    }
                    sent += usize::from(tx.try_send(round).is_ok());
                    drop(receive);
                }
                drop(waker);
                while rx.try_recv().is_ok() {
                    got += 1;
                }
                let inside = taken.load(SeqCst);
                assert_eq!(sent, got.wrapping_add(inside), "capacity {cap:?}, in {when:?}");
            }
        }
    });
}

/// A sender's waker that re-enters when it is released.
#[test]
fn from_the_waker_of_a_sender() {
    within(30, || {
        for cap in [0, 1, 2, 3] {
            for when in OPERATIONS {
                let (tx, rx) = crate::support::caps::full(cap, |i| i as u32);
                let taken = Arc::new(AtomicUsize::new(0));
                let waker = meddling(&tx, &rx, when, taken.clone());
                let (mut sent, mut got) = (cap, 0usize);
                for round in 0..40 {
                    let mut slot = Some(round);
                    let mut send = Box::pin(tx.send_ref(&mut slot));
                    for _ in 0..4 {
                        if poll_once(send.as_mut(), &waker).is_ready() {
                            break;
                        }
                    }
                    got += usize::from(rx.try_recv().is_ok());
                    drop(send);
                    sent += usize::from(slot.is_none());
                }
                drop(waker);
                while rx.try_recv().is_ok() {
                    got += 1;
                }
                let inside = taken.load(SeqCst);
                assert_eq!(sent, got.wrapping_add(inside), "capacity {cap}, in {when:?}");
            }
        }
    });
}

/// Wakers that re-enter while a close or a cancel goes through the line.
#[test]
fn from_wakers_during_the_end() {
    within(30, || {
        for cap in CAPS {
            for when in OPERATIONS {
                for cancel in [false, true] {
                    let (tx, rx) = open(cap);
                    let taken = Arc::new(AtomicUsize::new(0));
                    let waker = meddling(&tx, &rx, when, taken);
                    let mut waiting: Vec<_> =
                        (0..10).map(|_| parked(rx.recv()).into_inner()).collect();
                    for receive in &mut waiting {
                        let _ = poll_once(receive.as_mut(), &waker);
                    }
                    let _ = if cancel { tx.cancel() } else { tx.close() };
                    for receive in waiting {
                        assert!(hand(receive).now().is_err() || when == Asked::Clone);
                    }
                }
            }
        }
    });
}

/// A waker that drops the last handles from inside the wake.
#[test]
fn the_last_end_goes_in_a_wake() {
    within(30, || {
        for cap in CAPS {
            let (tx, rx) = open::<u8>(cap);
            let held = std::sync::Mutex::new(Some(rx.clone()));
            let waker = hooked(move |asked| {
                if asked == Asked::Wake {
                    drop(held.lock().unwrap().take());
                }
            });
            let mut receive = parked(rx.recv()).into_inner();
            let _ = poll_once(receive.as_mut(), &waker);
            drop(waker);
            let _ = tx.try_send(1);
            drop(receive);
            drop(rx);
            assert!(tx.is_closed(), "capacity {cap:?}");
        }
    });
}
