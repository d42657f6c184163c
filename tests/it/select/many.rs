//! Broadcast channels and state cells as arms.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use strait::channel::{
    BroadcastBuilder, BroadcastRecvError, RecvError, SendError, broadcast, latest, unbounded,
};
use strait::select::Select;
use strait::{select, select_biased, select_blocking};

use crate::support::hand::{block_on, hand, parked};
use crate::support::watch::{scaled, thread, within};

#[test]
fn ready_arms() {
    let (tx, mut rx) = broadcast(1);
    let (state, mut seen) = latest(0);
    for i in 0..10 {
        let sent = block_on(async {
            select_biased! {
                _ = rx.recv() => unreachable!(),
                _ = seen.changed() => unreachable!(),
                sent = tx.send(i) => sent,
            }
        });
        assert_eq!(sent, Ok(1));
        let received = select_blocking! {
            received = rx.recv() => received,
            _ = tx.send(9) => unreachable!(),
        };
        assert_eq!(received, Ok(i));
        state.send(i).unwrap();
        let found = block_on(async {
            select! {
                _ = rx.recv_ref() => unreachable!(),
                found = seen.wait_for(|value| *value == i) => *found.unwrap(),
            }
        });
        assert_eq!(found, i);
    }
}

/// Each arm wakes the select that waits, and only what was chosen has happened.
#[test]
fn arms_that_wait() {
    let (tx, mut rx) = broadcast(1);
    let (full, mut slow) = broadcast(1);
    full.try_send(0).unwrap();
    let (state, mut seen) = latest(0);
    let mut choose = |wake: &dyn Fn()| {
        let mut select = parked(async {
            select! {
                received = rx.recv() => format!("received {:?}", received),
                changed = seen.changed() => format!("changed {:?}", changed),
                sent = full.send(1) => format!("sent {:?}", sent),
            }
        });
        wake();
        select.ready()
    };
    let source = tx.clone();
    assert_eq!(choose(&|| assert_eq!(source.try_send(5), Ok(1))), "received Ok(5)");
    assert_eq!(choose(&|| state.send(6).unwrap()), "changed Ok(6)");
    {
        let slow = std::cell::RefCell::new(&mut slow);
        assert_eq!(choose(&|| assert_eq!(slow.borrow_mut().try_recv(), Ok(0))), "sent Ok(1)");
    }
    assert_eq!(choose(&|| assert!(source.close())), "received Err(Closed)");
}

/// By reference, and with the end of the channels.
#[test]
fn guards_and_ends() {
    let (tx, mut rx) = broadcast(2);
    tx.try_send(String::from("here")).unwrap();
    let (nothing, others) = unbounded::<u8>();
    let length = block_on(async {
        select! {
            element = rx.recv_ref() => element.unwrap().len(),
            _ = others.recv() => unreachable!(),
        }
    });
    assert_eq!((length, rx.len()), (4, 0));
    drop(tx);
    let end = block_on(async {
        select! {
            element = rx.recv_ref() => element.map(|element| element.len()),
            _ = others.recv() => unreachable!(),
        }
    });
    assert_eq!(end, Err(BroadcastRecvError::Closed));
    drop(nothing);
    let (tx, mut rx) = latest(0);
    drop(tx);
    let end = select_blocking! { changed = rx.changed() => changed.copied() };
    assert_eq!(end, Err(RecvError));
}

/// A send arm gives its element back when the channel is closed, also while it waits.
#[test]
fn a_send_that_fails() {
    let (tx, rx) = broadcast(1);
    tx.try_send(1).unwrap();
    let mut select = parked(async {
        select! { sent = tx.send(2) => sent }
    });
    rx.close();
    assert_eq!(select.ready(), Err(SendError(2)));
}

/// A select that was woken for room and is dropped, or chooses another arm, passes it on.
#[test]
fn room_is_passed_on() {
    for chooses in [false, true] {
        let (tx, mut rx) = broadcast(1);
        let (other, others) = unbounded();
        tx.try_send(0).unwrap();
        let mut first = parked(async {
            select_biased! {
                message = others.recv() => message.unwrap(),
                _ = tx.send(1) => 0,
            }
        });
        let mut second = parked(tx.send(2));
        if chooses {
            other.try_send(7).unwrap();
        }
        assert_eq!(rx.try_recv(), Ok(0));
        if chooses {
            assert_eq!(first.ready(), 7);
        }
        drop(first);
        assert_eq!(second.ready(), Ok(1), "chooses: {chooses}");
    }
}

/// A select that is dropped has received nothing.
#[test]
fn a_dropped_select() {
    let (tx, mut rx) = BroadcastBuilder::new(2).lagging(true).build();
    let (state, mut seen) = latest(0);
    let select = parked(async {
        select! {
            _ = rx.recv() => (),
            _ = seen.changed() => (),
        }
    });
    tx.try_send(1).unwrap();
    state.send(1).unwrap();
    assert!(select.woken());
    drop(select);
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(hand(seen.changed()).now(), Ok(&1));
}

/// In a select that is kept.
#[test]
fn kept() {
    let (tx, mut rx) = broadcast(4);
    let (full, mut slow) = broadcast(1);
    full.try_send(0).unwrap();
    let (state, mut seen) = latest(0);
    let mut select = Select::new();
    select.once(rx.recv(), |received| format!("received {:?}", received.unwrap()));
    select.once(seen.changed(), |changed| format!("changed {:?}", changed.unwrap()));
    select.once(full.send(1), |sent| format!("sent {:?}", sent.unwrap()));
    let mut next = parked(select.next());
    tx.try_send(7).unwrap();
    assert_eq!(next.ready().unwrap().1, "received 7");
    drop(next);
    let mut next = parked(select.next());
    state.send(8).unwrap();
    assert_eq!(next.ready().unwrap().1, "changed 8");
    drop(next);
    // Between the rounds: others may have the room.
    slow.try_recv().unwrap();
    full.try_send(5).unwrap();
    let mut next = parked(select.next());
    slow.try_recv().unwrap();
    assert_eq!(next.ready().unwrap().1, "sent 1");
    drop(next);
    assert!(select.is_empty());
    drop(select);
    assert_eq!(slow.try_recv(), Ok(1));
}

/// Threads that select over a broadcast, a state and a send, at random, lose nothing.
#[test]
fn under_load() {
    within(120, || {
        let n = scaled(5_000);
        let (tx, rx) = broadcast(2);
        let (state, seen) = latest(0);
        let sum = Arc::new(AtomicUsize::new(0));
        let receivers: Vec<_> = (0..3)
            .map(|_| {
                let (mut rx, mut seen, sum) = (rx.clone(), seen.clone(), sum.clone());
                thread(move || {
                    let mut last = 0;
                    loop {
                        select_blocking! {
                            received = rx.recv() => match received {
                                Ok(i) => drop(sum.fetch_add(i, SeqCst)),
                                Err(_) => break,
                            },
                            changed = seen.changed() => if let Ok(value) = changed {
                                assert!(*value > last);
                                last = *value;
                            },
                        }
                    }
                })
            })
            .collect();
        drop((rx, seen));
        for i in 1..=n {
            let (mut sent, mut element) = (false, i);
            while !sent {
                select_blocking! {
                    result = tx.send(element) => { result.unwrap(); sent = true },
                    _ = async {} => { state.send_modify(|value| *value += 1).unwrap(); element = i },
                }
            }
        }
        // The state stays open, so that its end is not all there is to choose.
        drop(tx);
        receivers.into_iter().for_each(|receiver| receiver.join().unwrap());
        assert_eq!(sum.load(SeqCst), 3 * (n * (n + 1) / 2));
        drop(state);
    });
}
