//! One message.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use strait::channel::futures::OneshotClosed;
use strait::channel::{
    OneshotReceiver, OneshotSender, RecvError, RecvTimeoutError, SendError, TryRecvError, oneshot,
};

use crate::support::alloc::{allocations, balanced};
use crate::support::hand::{block_on, hand, parked, poll_once};
use crate::support::payload::Ledger;
use crate::support::raw_waker::{Asked, hooked};
use crate::support::wake::Probe;
use crate::support::watch::{scaled, thread, within};

const SHORT: Duration = Duration::from_millis(10);
const LONG: Duration = Duration::from_secs(60);

/// Sent, then received; received, then sent.
#[test]
fn one_message() {
    let (tx, rx) = oneshot();
    assert_eq!(tx.send(1), Ok(()));
    assert_eq!(hand(rx).now(), Ok(1));
    let (tx, rx) = oneshot();
    let mut receive = parked(rx);
    assert_eq!(tx.send(2), Ok(()));
    assert_eq!(receive.ready(), Ok(2));
}

/// C18: a value, empty, closed.
#[test]
fn three_results() {
    let (tx, mut rx) = oneshot();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    tx.send(1).unwrap();
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    let (tx, mut rx) = oneshot::<u8>();
    drop(tx);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

/// C48: each end feels the drop of the other; U8: a failed send gives the message back.
#[test]
fn the_ends_feel_each_other() {
    let (tx, rx) = oneshot::<u8>();
    let mut receive = parked(rx);
    drop(tx);
    assert_eq!(receive.ready(), Err(RecvError));

    let (mut tx, rx) = oneshot();
    assert!(!tx.is_closed());
    let mut end = parked(tx.closed());
    drop(rx);
    end.ready();
    drop(end);
    assert!(tx.is_closed());
    assert_eq!(tx.send(1), Err(SendError(1)));
}

/// A message that is not received is dropped once; `close` lets one that is there be taken.
#[test]
fn close() {
    balanced(|| {
        let book = Ledger::new(3);
        let (tx, rx) = oneshot();
        assert!(tx.send(book.item(0)).is_ok());
        drop(rx);
        let (tx, mut rx) = oneshot();
        rx.close();
        rx.close();
        assert!(tx.is_closed());
        assert_eq!(tx.send(book.item(1)).unwrap_err().0.take_back(), 1);
        assert_eq!(rx.try_recv().err(), Some(TryRecvError::Closed));
        let (tx, mut rx) = oneshot();
        assert!(tx.send(book.item(2)).is_ok());
        rx.close();
        assert_eq!(rx.try_recv().unwrap().receive(), 2);
        book.settle(false);
    });
}

/// X13, X14: the newest waker is woken, the older one not kept.
#[test]
fn the_newest_waker() {
    let (tx, rx) = oneshot();
    let (old, new) = (Probe::default(), Probe::default());
    let mut receive = Box::pin(rx);
    for probe in [&old, &new] {
        for _ in 0..5 {
            assert!(poll_once(receive.as_mut(), &probe.waker()).is_pending());
        }
    }
    let before = (old.count(), new.count());
    assert_eq!(old.held(), 0);
    tx.send(1).unwrap();
    assert_eq!((old.count(), new.count()), (before.0, before.1 + 1));
    assert!(poll_once(receive.as_mut(), &new.waker()).is_ready());
    assert_eq!(new.held(), 0);
}

/// Threads: blocking, with a time limit, and the message stays when the time runs out.
#[test]
fn threads() {
    within(60, || {
        let (tx, mut rx) = oneshot();
        let start = Instant::now();
        let soon = Duration::from_millis(30);
        assert_eq!(rx.recv_timeout(soon), Err(RecvTimeoutError::Timeout));
        assert!(start.elapsed() >= soon);
        assert_eq!(rx.recv_deadline(start), Err(RecvTimeoutError::Timeout));
        tx.send(1).unwrap();
        assert_eq!(rx.recv_deadline(start), Ok(1), "what is there comes before the deadline");
        assert_eq!(rx.recv_timeout(soon), Err(RecvTimeoutError::Closed));
        for round in 0..scaled(3_000) {
            let book = Ledger::new(1);
            let (tx, rx) = oneshot();
            let item = book.item(0);
            let sender = thread(move || tx.send(item).map_err(|e| e.0.take_back()).is_ok());
            match round % 3 {
                0 => assert_eq!(rx.recv_blocking().unwrap().receive(), 0),
                1 => assert_eq!(block_on(rx).unwrap().receive(), 0),
                _ => drop(rx),
            }
            let _ = sender.join().unwrap();
            book.settle(round % 3 < 2);
        }
    });
}

/// Every form of receive says so, and none panics.
#[test]
fn after_the_answer_there_is_nothing_more() {
    let (tx, mut rx) = oneshot();
    tx.send(7).unwrap();
    assert_eq!(hand(&mut rx).now(), Ok(7));
    assert_eq!(hand(&mut rx).now(), Err(RecvError));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(rx.recv_timeout(LONG), Err(RecvTimeoutError::Closed));
    assert_eq!(rx.recv_deadline(Instant::now()), Err(RecvTimeoutError::Closed));
    rx.close();
    assert_eq!(rx.recv_blocking(), Err(RecvError));
}

/// Not later, when the sender's end or a leaked future lets go.
#[test]
fn a_message_unread_goes_with_the_receiver() {
    let ledger = Ledger::new(2);
    let (tx, rx) = oneshot();
    assert!(tx.send(ledger.item(0)).is_ok());
    assert_eq!(ledger.live(), 1);
    drop(rx);
    assert_eq!(ledger.live(), 0);

    // Woken, and dropped without another poll.
    let (tx, rx) = oneshot();
    let rx = parked(rx);
    assert!(tx.send(ledger.item(1)).is_ok());
    assert!(rx.woken());
    drop(rx);
    assert_eq!(ledger.settle(false).vanished, 2);
}

#[test]
fn a_receive_that_is_given_up_loses_nothing() {
    let (tx, mut rx) = oneshot();
    drop(parked(&mut rx));
    assert_eq!(rx.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
    let mut again = parked(&mut rx);
    tx.send(7).unwrap();
    assert_eq!(again.ready(), Ok(7));
    assert_eq!(again.wakes(), 1);
}

/// The waker that has not changed is not copied again.
#[test]
fn the_same_waker_costs_nothing() {
    let (_tx, mut rx) = oneshot::<u8>();
    let copies = Arc::new(Mutex::new(0));
    let seen = copies.clone();
    let waker = hooked(move |asked| *seen.lock().unwrap() += usize::from(asked == Asked::Clone));
    for _ in 0..5 {
        assert!(poll_once(pin!(&mut rx), &waker).is_pending());
    }
    assert_eq!(*copies.lock().unwrap(), 1);
}

#[test]
fn closed_resolves_on_close() {
    let (mut tx, mut rx) = oneshot::<u8>();
    let mut closed = parked(tx.closed());
    rx.close();
    closed.ready();
    rx.close();
    drop(rx);
    assert_eq!(closed.wakes(), 1);
    drop(closed);
    hand(tx.closed()).now();
    assert_eq!(tx.send(7), Err(SendError(7)));
}

#[test]
fn closed_that_is_given_up_leaves_no_trace() {
    let (mut tx, rx) = oneshot();
    let probe = Probe::default();
    let waker = probe.waker();
    assert!(poll_once(pin!(tx.closed()), &waker).is_pending());
    assert_eq!(probe.held(), 1);
    // Leaked, it is merely woken for nothing.
    parked(tx.closed()).forget();
    parked(tx.closed()).asleep();
    assert_eq!(tx.send(7), Ok(()));
    assert_eq!(hand(rx).now(), Ok(7));
    assert_eq!(probe.count(), 0);
}

#[test]
fn a_blocked_thread_is_released_by_send_and_by_drop() {
    within(20, || {
        for timeout in [LONG, Duration::MAX] {
            let (tx, mut rx) = oneshot();
            let receiver = thread(move || rx.recv_timeout(timeout));
            sleep(SHORT);
            tx.send(7).unwrap();
            assert_eq!(receiver.join().unwrap(), Ok(7));
        }
        let (tx, rx) = oneshot::<u8>();
        let receiver = thread(move || rx.recv_blocking());
        sleep(SHORT);
        drop(tx);
        assert_eq!(receiver.join().unwrap(), Err(RecvError));
    });
}

#[test]
fn one_allocation_and_nothing_left() {
    let (count, ends) = allocations(oneshot::<[u8; 100]>);
    assert_eq!(count, 1);
    drop(ends);
    balanced(|| {
        let (tx, rx) = oneshot();
        let mut rx = parked(rx);
        tx.send(Box::new(7)).unwrap();
        assert_eq!(rx.ready(), Ok(Box::new(7)));
    });
    balanced(|| drop(parked(oneshot::<Box<u8>>().1)));
}

#[test]
fn a_waker_whose_clone_panics_changes_nothing() {
    let (tx, mut rx) = oneshot();
    let waker = hooked(|asked| assert_ne!(asked, Asked::Clone, "clone"));
    let poll = AssertUnwindSafe(|| poll_once(pin!(&mut rx), &waker).is_pending());
    assert!(catch_unwind(poll).is_err());
    let mut rx = parked(rx);
    tx.send(7).unwrap();
    assert_eq!(rx.ready(), Ok(7));
}

#[test]
fn a_waker_whose_drop_panics_leaves_the_new_one_in_place() {
    let (tx, mut rx) = oneshot();
    let armed = Arc::new(AtomicBool::new(false));
    let fuse = armed.clone();
    let old = hooked(move |asked| {
        assert!(asked != Asked::Drop || !fuse.swap(false, SeqCst), "drop");
    });
    assert!(poll_once(pin!(&mut rx), &old).is_pending());
    armed.store(true, SeqCst);
    let probe = Probe::default();
    let new = probe.waker();
    let poll = AssertUnwindSafe(|| poll_once(pin!(&mut rx), &new).is_pending());
    assert!(catch_unwind(poll).is_err());
    tx.send(7).unwrap();
    assert_eq!(probe.count(), 1);
    assert_eq!(rx.try_recv(), Ok(7));
}

#[test]
fn a_waker_that_panics_is_woken_after_the_fact() {
    let panics = || hooked(|asked| assert_ne!(asked, Asked::Wake, "wake"));
    let ledger = Ledger::new(1);
    let (tx, mut rx) = oneshot();
    assert!(poll_once(pin!(&mut rx), &panics()).is_pending());
    let item = ledger.item(0);
    assert!(catch_unwind(AssertUnwindSafe(|| tx.send(item))).is_err());
    assert_eq!(rx.try_recv().unwrap().receive(), 0);
    assert_eq!(ledger.settle(true).received, 1);

    let (mut tx, mut rx) = oneshot::<u8>();
    let mut closed = Box::pin(tx.closed());
    assert!(poll_once(closed.as_mut(), &panics()).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| rx.close())).is_err());
    drop(closed);
    assert!(tx.is_closed());
}

/// A waker may do with the channel what it likes: here it receives, and drops the receiver.
#[test]
fn a_waker_may_come_back_for_the_channel() {
    let (tx, rx) = oneshot();
    let place = Arc::new(Mutex::new(Some(rx)));
    let got = Arc::new(Mutex::new(None));
    let (theirs, result) = (place.clone(), got.clone());
    let waker = hooked(move |asked| {
        if asked == Asked::Wake {
            let mut rx = theirs.lock().unwrap().take().unwrap();
            *result.lock().unwrap() = Some(rx.try_recv());
        }
    });
    let polled = poll_once(pin!(place.lock().unwrap().as_mut().unwrap()), &waker);
    assert!(polled.is_pending());
    tx.send(7).unwrap();
    assert_eq!(*got.lock().unwrap(), Some(Ok(7)));
}

/// Both ends at the same moment: whoever loses, the message ends once.
#[test]
fn a_race_of_send_and_every_way_to_receive() {
    within(60, || {
        let rounds = scaled(20_000);
        let ledger = Ledger::new(rounds);
        let gate = Arc::new(Barrier::new(2));
        let (hand_over, ends) = std::sync::mpsc::channel::<OneshotSender<_>>();
        let (book, door) = (ledger.clone(), gate.clone());
        let sender = thread(move || {
            for (id, tx) in ends.into_iter().enumerate() {
                door.wait();
                match tx.send(book.item(id)) {
                    Ok(()) => book.sent(id),
                    Err(SendError(back)) => drop(back.take_back()),
                }
            }
        });
        for round in 0..rounds {
            let (tx, mut rx) = oneshot();
            hand_over.send(tx).unwrap();
            gate.wait();
            match round % 4 {
                0 => drop(rx),
                1 => drop(hand(rx).poll().map(|got| got.unwrap().receive())),
                2 => drop(rx.recv_blocking().unwrap().receive()),
                _ => {
                    rx.close();
                    if let Ok(item) = rx.try_recv() {
                        item.receive();
                    }
                }
            }
        }
        drop(hand_over);
        sender.join().unwrap();
        ledger.settle(false);
    });
}

#[test]
fn the_ends_go_where_their_message_may() {
    fn send_sync<T: Send + Sync>() {}
    fn unpin<T: Unpin>() {}
    // Not `Sync`: the message is never shared.
    type Message = std::cell::Cell<u8>;
    send_sync::<OneshotSender<Message>>();
    send_sync::<OneshotReceiver<Message>>();
    send_sync::<OneshotClosed<'_, Message>>();
    unpin::<OneshotReceiver<std::marker::PhantomPinned>>();
}

#[test]
fn debug_asks_nothing_of_the_message() {
    struct Opaque;
    let (mut tx, rx) = oneshot::<Opaque>();
    assert_eq!(format!("{tx:?}"), "OneshotSender { closed: false }");
    assert_eq!(format!("{rx:?}"), "OneshotReceiver { .. }");
    assert_eq!(format!("{:?}", tx.closed()), "OneshotClosed { .. }");
}
