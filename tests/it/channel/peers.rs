//! What was found wrong elsewhere, as tests here; and the table of what becomes of a message when a
//! future is dropped at the worst moment (`cargo test hand_polled_table -- --nocapture`).

#![forbid(unsafe_code)]

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use strait::channel::{Receiver, Sender, bounded};

use crate::support::caps::{Cap, open};
use crate::support::hand::{Hand, hand, parked, poll_once};
use crate::support::wake::Probe;
use crate::support::watch::{scaled, thread, within};

/// A send that is polled with another waker wakes the new one (elsewhere: the line that stores it was
/// commented out, and a send that moves to another task slept for ever).
#[test]
fn a_send_that_moved_is_woken() {
    for cap in [0, 1, 2, 3] {
        let (tx, rx) = crate::support::caps::full(cap, |i| i);
        let (old, new) = (Probe::default(), Probe::default());
        let mut send = parked(tx.send(cap)).into_inner();
        assert!(poll_once(send.as_mut(), &old.waker()).is_pending());
        assert!(poll_once(send.as_mut(), &new.waker()).is_pending());
        assert!(rx.try_recv().is_ok());
        assert_eq!((old.count(), new.count()), (0, 1), "capacity {cap}");
        assert!(poll_once(send.as_mut(), &new.waker()).is_ready());
    }
}

/// A released send that is dropped hands its release on, and a waiting one that is polled beside room
/// takes it (elsewhere: neither, and senders slept beside free slots).
#[test]
fn a_release_is_handed_on() {
    for cap in [0, 1, 2, 3] {
        let (tx, rx) = crate::support::caps::full(cap, |i| i);
        let first = parked(tx.send(100));
        let mut second = parked(tx.send(101));
        assert!(rx.try_recv().is_ok());
        assert!(first.woken());
        drop(first);
        while rx.try_recv().is_ok() {}
        assert_eq!(second.ready(), Ok(()), "capacity {cap}");
    }
}

/// Two sends race, the loser is dropped: as many arrive as were sent (elsewhere: 1000 chosen sends of
/// a selector arrived as 1139).
#[test]
fn as_many_arrive_as_were_chosen() {
    within(60, || {
        for cap in [0, 1, 2, 64] {
            let (one, two) = (bounded(cap), bounded(cap));
            let arrived = Arc::new(AtomicUsize::new(0));
            let receivers = [one.1, two.1].map(|rx| {
                let arrived = arrived.clone();
                thread(move || {
                    while rx.recv_blocking().is_ok() {
                        arrived.fetch_add(1, SeqCst);
                    }
                })
            });
            let mut sent = 0;
            for i in 0..scaled(2_000) {
                let (mut left, mut right) = (Some(i), Some(i));
                {
                    let mut a = hand(one.0.send_ref(&mut left));
                    let mut b = hand(two.0.send_ref(&mut right));
                    while a.poll().is_pending() && b.poll().is_pending() {
                        std::thread::yield_now();
                    }
                }
                sent += usize::from(left.is_none()) + usize::from(right.is_none());
            }
            drop((one.0, two.0));
            receivers.into_iter().for_each(|r| r.join().unwrap());
            assert_eq!(arrived.load(SeqCst), sent, "capacity {cap}");
        }
    });
}

/// Capacity 1, four threads on each side, fewer processors (elsewhere: each side spun without end for
/// the other's stamp, and a run did not end).
#[test]
fn four_by_four_threads_at_capacity_one() {
    within(60, || {
        let each = scaled(20_000);
        let (tx, rx) = bounded(1);
        let senders: Vec<_> = (0..4)
            .map(|_| {
                let tx = tx.clone();
                thread(move || (0..each).for_each(|i| tx.send_blocking(i).unwrap()))
            })
            .collect();
        drop(tx);
        let receivers: Vec<_> = (0..4)
            .map(|_| {
                let rx = rx.clone();
                thread(move || rx.iter_blocking().count())
            })
            .collect();
        senders.into_iter().for_each(|s| s.join().unwrap());
        let got: usize = receivers.into_iter().map(|r| r.join().unwrap()).sum();
        assert_eq!(got, 4 * each);
    });
}

/// Capacity 0, four tasks on each side of two workers (elsewhere: 3 of 85 runs hung).
#[test]
fn four_by_four_tasks_at_capacity_zero() {
    within(120, || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        for _ in 0..scaled(20) {
            let each = 2_000;
            let (tx, rx) = bounded(0);
            for _ in 0..4 {
                let tx: Sender<usize> = tx.clone();
                runtime.spawn(async move {
                    for i in 0..each {
                        tx.send(i).await.unwrap();
                    }
                });
            }
            drop(tx);
            let receivers = (0..4).map(|_| {
                let rx = rx.clone();
                runtime.spawn(async move {
                    let mut count = 0;
                    while rx.recv().await.is_ok() {
                        count += 1;
                    }
                    count
                })
            });
            let receivers: Vec<_> = receivers.collect();
            let got: usize = receivers.into_iter().map(|r| runtime.block_on(r).unwrap()).sum();
            assert_eq!(got, 4 * each);
        }
    });
}

/// A verdict of the table: what was seen, and whether it is safe.
type Verdict = (&'static str, bool);

fn fill(tx: &Sender<u32>, cap: usize) {
    (0..cap as u32).for_each(|i| tx.try_send(i).unwrap());
}

fn drained(rx: &Receiver<u32>) -> Vec<u32> {
    rx.drain().collect()
}

/// a: a receive waits, a send completes, the receive is dropped without another poll.
fn message_of_a_dropped_receive(cap: Cap) -> Verdict {
    let (tx, rx) = open(cap);
    let receive = parked(rx.recv());
    let sent = hand(tx.send(7)).settle() == Some(Ok(()));
    drop(receive);
    match (sent, drained(&rx).as_slice()) {
        (true, [7]) => ("kept", true),
        (false, []) => ("not sent", true),
        (true, []) => ("LOST", false),
        _ => ("DOUBLED", false),
    }
}

/// b: a send waits on a full channel, a receive makes room, the send is dropped without another poll.
fn message_of_a_dropped_send(cap: Cap) -> Verdict {
    let (Some(cap), (tx, rx)) = (cap, open(cap)) else { return ("n/a", true) };
    fill(&tx, cap);
    let mut slot = Some(7);
    let send = parked(tx.send_ref(&mut slot));
    let first = rx.try_recv().ok();
    drop(send);
    let arrived = first == Some(7) || drained(&rx).contains(&7);
    match (slot.is_none(), arrived) {
        (true, true) => ("delivered, and told so", true),
        (false, false) => ("not sent, and given back", true),
        (true, false) => ("LOST", false),
        (false, true) => ("DELIVERED, told otherwise", false),
    }
}

fn passed_on<F: Future>(first: Hand<F>, second: &mut Hand<F>) -> Verdict {
    if !first.woken() {
        return ("NOT WOKEN", false);
    }
    drop(first);
    let both = second.woken() && second.settle().is_some();
    if both { ("passed", true) } else { ("NOT PASSED", false) }
}

/// c: two receives wait, the first is woken and dropped unpolled.
fn wake_of_a_dropped_receive(cap: Cap) -> Verdict {
    let (tx, rx) = open(cap);
    let first = parked(rx.recv());
    let mut second = parked(rx.recv());
    assert!(tx.try_send(7).is_ok());
    passed_on(first, &mut second)
}

/// d: two sends wait, the first is woken and dropped unpolled. The room it had, or its message has,
/// goes to the second at the next receive at the latest.
fn wake_of_a_dropped_send(cap: Cap) -> Verdict {
    let (Some(cap), (tx, rx)) = (cap, open(cap)) else { return ("n/a", true) };
    fill(&tx, cap);
    let (mut one, mut two) = (Some(100), Some(101));
    let first = parked(tx.send_ref(&mut one));
    let mut second = parked(tx.send_ref(&mut two));
    rx.try_recv().unwrap();
    if !first.woken() {
        return ("NOT WOKEN", false);
    }
    drop(first);
    if second.woken() && second.settle().is_some() {
        return ("passed", true);
    }
    // The first counts as sent and fills the room.
    let stays = one.is_none();
    let next = rx.try_recv().is_ok();
    let released = second.woken() && second.settle().is_some();
    if stays && next && released { ("the room is taken", true) } else { ("NOT PASSED", false) }
}

/// e: polled with one waker, then with another: is the second woken?
fn second_waker(cap: Cap) -> Verdict {
    let (tx, rx) = open(cap);
    let new = Probe::default();
    let mut receive = parked(rx.recv()).into_inner();
    let _ = poll_once(receive.as_mut(), &new.waker());
    tx.try_send(7).unwrap();
    let receive_woken = new.count() == 1;
    drop(receive);
    drained(&rx);
    let Some(cap) = cap else {
        return if receive_woken { ("yes / n/a", true) } else { ("NO", false) };
    };
    fill(&tx, cap);
    let new = Probe::default();
    let mut send = parked(tx.send(8)).into_inner();
    let _ = poll_once(send.as_mut(), &new.waker());
    rx.try_recv().unwrap();
    match (receive_woken, new.count() == 1) {
        (true, true) => ("yes / yes", true),
        (true, false) => ("yes / NO", false),
        (false, true) => ("NO / yes", false),
        (false, false) => ("NO / NO", false),
    }
}

/// The table: each row a capacity, each column a way to drop a future at the worst moment.
#[test]
fn hand_polled_table() {
    let columns = [
        message_of_a_dropped_receive,
        message_of_a_dropped_send,
        wake_of_a_dropped_receive,
        wake_of_a_dropped_send,
        second_waker,
    ];
    let mut table =
        String::from("| channel | a: the message | b: the value | c | d | e recv / send |\n");
    table.push_str("|---|---|---|---|---|---|\n");
    let mut safe = true;
    for cap in [Some(0), Some(1), Some(2), None] {
        let name = cap.map_or("unbounded".into(), |c: usize| c.to_string());
        write!(table, "| strait {name} |").unwrap();
        for column in columns {
            let (what, good) = column(cap);
            write!(table, " {what} |").unwrap();
            safe &= good;
        }
        table.push('\n');
    }
    println!("{table}");
    assert!(safe, "{table}");
}
