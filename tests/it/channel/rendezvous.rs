//! Capacity 0: nothing is stored that nobody waits for.

#![forbid(unsafe_code)]

use strait::channel::{TryRecvError, TrySendError, bounded, rendezvous};

use crate::support::hand::{hand, parked};
use crate::support::payload::Ledger;

/// C1: a send waits until a receiver takes exactly that element.
#[test]
fn a_send_waits_for_its_receiver() {
    let (tx, rx) = rendezvous();
    let mut first = parked(tx.send(1));
    let mut second = parked(tx.send(2));
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(first.ready(), Ok(()));
    second.park().asleep();
    assert_eq!(hand(rx.recv()).now(), Ok(2));
    assert_eq!(second.ready(), Ok(()));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

/// C2: a receive waits for a send; the send need not wait then.
#[test]
fn a_receive_waits_for_its_sender() {
    let (tx, rx) = rendezvous();
    let mut receive = parked(rx.recv());
    assert_eq!(hand(tx.send(1)).now(), Ok(()));
    assert_eq!(receive.ready(), Ok(1));
}

/// C3: `try_send` fails with no waiting receiver and succeeds with one, once for each.
#[test]
fn try_send_wants_a_waiting_receiver() {
    let (tx, rx) = rendezvous();
    assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
    let mut one = parked(rx.recv());
    let mut two = parked(rx.recv());
    assert_eq!(tx.try_send(2), Ok(()));
    assert_eq!(tx.try_send(3), Ok(()));
    assert_eq!(tx.try_send(4), Err(TrySendError::Full(4)));
    assert_eq!((one.ready(), two.ready()), (Ok(2), Ok(3)));
    assert_eq!(tx.try_send(5), Err(TrySendError::Full(5)));
}

/// C3: a `try_send` that failed has left nothing for a later receiver.
#[test]
fn a_refused_message_is_not_there_later() {
    let (tx, rx) = rendezvous();
    assert!(tx.try_send(1).is_err());
    let mut receive = parked(rx.recv());
    receive.asleep();
    assert_eq!(tx.try_send(2), Ok(()));
    assert_eq!(receive.ready(), Ok(2));
}

/// A receiver that gave up is no receiver: the demand goes with it.
#[test]
fn withdrawn_demand_admits_nobody() {
    let (tx, rx) = rendezvous();
    drop(parked(rx.recv()));
    assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
    parked(tx.send(2));
    let mut waiting: Vec<_> = (0..4).map(|_| parked(rx.recv())).collect();
    waiting.remove(2);
    waiting.remove(0);
    assert_eq!(tx.try_send(3), Ok(()));
    assert_eq!(tx.try_send(4), Ok(()));
    assert_eq!(tx.try_send(5), Err(TrySendError::Full(5)));
}

/// A send that was admitted because of a receiver that then went away leaves its message to the next
/// receiver; the next send waits behind it.
#[test]
fn an_admitted_message_waits_for_the_next_receiver() {
    let book = Ledger::new(2);
    let (tx, rx) = rendezvous();
    let receive = parked(rx.recv());
    assert!(tx.try_send(book.item(0)).is_ok());
    book.sent(0);
    drop(receive);
    let mut send = parked(tx.send(book.item(1)));
    assert_eq!(rx.try_recv().unwrap().receive(), 0);
    send.park();
    assert_eq!(hand(rx.recv()).now().unwrap().receive(), 1);
    assert!(send.ready().is_ok());
    book.sent(1);
    book.settle(true);
}

/// Two receivers and one send: one of them gets it, the other waits on.
#[test]
fn one_message_serves_one_receiver() {
    let (tx, rx) = rendezvous();
    let mut one = parked(rx.recv());
    let mut two = parked(rx.recv());
    assert_eq!(tx.try_send(1), Ok(()));
    assert_eq!(one.ready(), Ok(1));
    two.asleep();
    drop(one);
    assert_eq!(tx.try_send(2), Ok(()));
    assert_eq!(two.ready(), Ok(2));
}

/// Waiting senders meet waiting receivers of later: each in order, no wake-up too many.
#[test]
fn senders_first() {
    let (tx, rx) = rendezvous();
    let mut sends: Vec<_> = (0..50).map(|i| parked(tx.send(i))).collect();
    for (i, send) in sends.iter_mut().enumerate() {
        send.asleep();
        assert_eq!(hand(rx.recv()).now(), Ok(i));
        assert_eq!(send.ready(), Ok(()));
    }
    parked(rx.recv());
}

/// `bounded(0)` is a rendezvous channel; what it says of itself.
#[test]
fn bounded_zero_is_rendezvous() {
    for (tx, rx) in [rendezvous(), bounded(0)] {
        assert_eq!((tx.capacity(), rx.capacity()), (Some(0), Some(0)));
        assert_eq!((tx.len(), tx.is_empty()), (0, true));
        assert!(tx.try_send(1).is_err());
        let _send = parked(tx.send(2));
        assert_eq!(rx.len(), 0, "a waiting sender's message is not stored");
        assert_eq!(rx.try_recv(), Ok(2));
    }
}
