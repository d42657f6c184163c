//! The choices of the builder: in a fair channel nobody is overtaken; in a lock-free one receivers
//! pass by a sender that has stopped. All else is as in any channel.

#![forbid(unsafe_code)]

use strait::channel::{Builder, RecvError, TryRecvError};

use crate::support::alloc::balanced;
use crate::support::caps::{CAPS, Kind};
use crate::support::hand::{hand, parked};
use crate::support::payload::Ledger;

fn kinds() -> impl Iterator<Item = Kind> {
    CAPS.into_iter().flat_map(Kind::all)
}

/// A message that is there for a woken receiver is absent for all others, in a fair channel.
#[test]
fn nobody_is_overtaken() {
    for kind in kinds() {
        let (tx, rx) = kind.open();
        let mut first = parked(rx.recv());
        assert_eq!(tx.try_send(1), Ok(()), "{kind:?}");
        if kind.fair {
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "{kind:?}");
            let mut second = parked(rx.recv());
            assert_eq!(first.ready(), Ok(1));
            second.asleep();
            assert_eq!(tx.try_send(2), Ok(()));
            assert_eq!(second.ready(), Ok(2));
        } else {
            assert_eq!(rx.try_recv(), Ok(1), "{kind:?}");
            first.park();
        }
    }
}

/// Receivers get the messages in the order in which they began to wait, in whatever order they run.
#[test]
fn turns_are_kept() {
    for kind in kinds().filter(|kind| kind.fair && kind.cap.is_none_or(|cap| cap > 2)) {
        let (tx, rx) = kind.open();
        let mut waiting: Vec<_> = (0..3).map(|_| parked(rx.recv())).collect();
        for i in 0..3 {
            assert_eq!(tx.try_send(i), Ok(()));
        }
        assert!(waiting.iter().all(|w| w.woken()), "{kind:?}");
        let mut got: Vec<_> = waiting.iter_mut().rev().map(|w| w.ready().unwrap()).collect();
        got.sort();
        assert_eq!(got, [0, 1, 2]);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
}

/// The turn of a receiver that goes is the next one's.
#[test]
fn a_turn_is_handed_on() {
    for kind in kinds() {
        let book = Ledger::new(2);
        let (tx, rx) = kind.open();
        let first = parked(rx.recv());
        let mut second = parked(rx.recv());
        assert!(tx.try_send(book.item(0)).is_ok());
        drop(first);
        assert_eq!(second.ready().unwrap().receive(), 0, "{kind:?}");
        let third = parked(rx.recv());
        assert!(tx.try_send(book.item(1)).is_ok());
        drop(third);
        assert_eq!(rx.try_recv().expect("nobody waits any more").receive(), 1, "{kind:?}");
        book.settle(true);
    }
}

/// A receive that comes after the close, while a receiver that the close has woken has not run yet,
/// sees the end; then, or when the other has run.
#[test]
fn a_receive_after_the_close() {
    for kind in kinds() {
        for cancel in [false, true] {
            let (tx, rx) = kind.open::<u8>();
            let mut first = parked(rx.recv());
            assert!(if cancel { tx.cancel() } else { tx.close() });
            let mut second = hand(rx.recv());
            let seen = second.settle();
            assert_eq!(first.ready(), Err(RecvError));
            let seen = seen.unwrap_or_else(|| second.ready());
            assert_eq!(seen, Err(RecvError), "{kind:?}");
        }
    }
}

/// The same for `try_recv`: a closed and empty channel is closed, whoever has not run yet.
#[test]
fn a_look_after_the_close() {
    for kind in kinds() {
        let (tx, rx) = kind.open::<u8>();
        let _first = parked(rx.recv());
        assert!(tx.close());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed), "{kind:?}");
    }
}

/// A message, the close, and receivers enough for both, running in either order.
#[test]
fn the_last_message_and_the_end() {
    for kind in kinds() {
        for backwards in [false, true] {
            let (tx, rx) = kind.open();
            let mut waiting: Vec<_> = (0..3).map(|_| parked(rx.recv())).collect();
            assert_eq!(tx.try_send(1), Ok(()));
            assert!(tx.close());
            let mut seen = Vec::new();
            let order = [[0, 1, 2], [2, 1, 0]][usize::from(backwards)];
            // Whoever is woken runs, until nobody is woken any more.
            while let Some(at) = order.into_iter().find(|at| waiting[*at].woken()) {
                if let Some(end) = waiting[at].settle() {
                    seen.push(end.ok());
                    waiting[at] = hand(rx.recv());
                }
            }
            seen.sort();
            assert_eq!(seen, [None, None, Some(1)], "{kind:?}, backwards: {backwards}");
        }
    }
}

/// Waiting senders of a fair channel are drained after a close too.
#[test]
fn waiting_senders_and_the_end() {
    for kind in kinds().filter(|kind| kind.cap.is_some()) {
        balanced(|| {
            let cap = kind.cap.unwrap();
            let book = Ledger::new(cap + 3);
            let (tx, rx) = kind.open();
            (0..cap).for_each(|i| assert!(tx.try_send(book.item(i)).is_ok()));
            let mut sends: Vec<_> = (0..3).map(|i| parked(tx.send(book.item(cap + i)))).collect();
            assert!(tx.close());
            for i in 0..cap + 3 {
                assert_eq!(hand(rx.recv()).now().unwrap().receive(), i);
            }
            assert!(sends.iter_mut().all(|send| send.ready().is_ok()));
            drop(sends);
            assert_eq!(rx.try_recv().err(), Some(TryRecvError::Closed));
            book.settle(true);
        });
    }
}

/// What the builder says of itself, and its default.
#[test]
fn the_default_is_rendezvous() {
    let (tx, rx) = Builder::new().build::<u8>();
    assert_eq!((tx.capacity(), rx.capacity()), (Some(0), Some(0)));
    assert!(tx.try_send(1).is_err());
}
