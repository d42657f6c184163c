//! Threads on the channel: they wait without spinning, in time, and beside tasks.

#![forbid(unsafe_code)]

use std::thread::sleep;
use std::time::{Duration, Instant};

use strait::channel::{RecvError, RecvTimeoutError, SendError, SendTimeoutError};

use crate::support::caps::{CAPS, full, open};
use crate::support::hand::{block_on, parked};
use crate::support::payload::Ledger;
use crate::support::watch::{scaled, thread, within};

const SOON: Duration = Duration::from_millis(30);
const LONG: Duration = Duration::from_secs(20);

/// A blocked receive is released by a send, a close, a cancel.
#[test]
fn a_blocked_receive_is_released() {
    within(60, || {
        for cap in CAPS {
            for how in 0..4 {
                let (tx, rx) = open(cap);
                let blocked = thread(move || rx.recv_blocking());
                sleep(SOON / 4);
                match how {
                    0 => assert!(tx.send_blocking(1).is_ok()),
                    1 => assert!(tx.close()),
                    2 => assert!(tx.cancel()),
                    _ => drop(tx),
                }
                let want = if how == 0 { Ok(1) } else { Err(RecvError) };
                assert_eq!(blocked.join().unwrap(), want, "capacity {cap:?}");
            }
        }
    });
}

/// A blocked send is released by a receive and by a cancel; a close leaves it to be received.
#[test]
fn a_blocked_send_is_released() {
    within(60, || {
        for cap in [0, 1, 2, 3] {
            for how in 0..4 {
                let (tx, rx) = full(cap, |i| i);
                let blocked = thread(move || tx.send_blocking(cap));
                sleep(SOON / 4);
                match how {
                    0 => assert_eq!(rx.recv_blocking(), Ok(0)),
                    1 => assert!(rx.cancel()),
                    2 => drop(rx),
                    _ => {
                        assert!(rx.close());
                        let rest: Vec<_> = rx.iter_blocking().collect();
                        if rest.len() == cap {
                            // The sender was late, and found the channel closed.
                            assert_eq!(blocked.join().unwrap(), Err(SendError(cap)));
                            continue;
                        }
                        assert!(rest.into_iter().eq(0..=cap));
                    }
                }
                let want = if how % 3 == 0 { Ok(()) } else { Err(SendError(cap)) };
                assert_eq!(blocked.join().unwrap(), want, "capacity {cap}, case {how}");
            }
        }
    });
}

/// A time limit that runs out: not early, not much too late, the message withdrawn, nothing left.
#[test]
fn the_time_runs_out() {
    within(60, || {
        for cap in [0, 1, 2, 3] {
            let (tx, rx) = full(cap, |i| i);
            let start = Instant::now();
            assert_eq!(tx.send_timeout(9, SOON), Err(SendTimeoutError::Timeout(9)));
            assert!(start.elapsed() >= SOON);
            let start = Instant::now();
            assert_eq!(tx.send_deadline(9, start + SOON), Err(SendTimeoutError::Timeout(9)));
            assert!(start.elapsed() >= SOON);
            assert!(rx.drain().eq(0..cap), "a timed-out message is in the channel");
            let start = Instant::now();
            assert_eq!(rx.recv_timeout(SOON), Err(RecvTimeoutError::Timeout));
            assert_eq!(rx.recv_deadline(start + 2 * SOON), Err(RecvTimeoutError::Timeout));
            assert!(start.elapsed() >= 2 * SOON && start.elapsed() < LONG);
            let room = (0..9).take_while(|i| tx.try_send(*i).is_ok()).count();
            assert_eq!(room, cap, "a timed-out receive is still counted");
        }
    });
}

/// A time limit that does not run out.
#[test]
fn in_time() {
    within(60, || {
        for cap in CAPS {
            let (tx, rx) = open(cap);
            let blocked = thread(move || (rx.recv_timeout(LONG), rx));
            sleep(SOON / 4);
            assert_eq!(tx.send_timeout(1, LONG), Ok(()));
            let (got, rx) = blocked.join().unwrap();
            assert_eq!(got, Ok(1), "capacity {cap:?}");
            tx.close();
            assert_eq!(rx.recv_timeout(LONG), Err(RecvTimeoutError::Closed));
            assert_eq!(tx.send_timeout(2, LONG), Err(SendTimeoutError::Closed(2)));
        }
    });
}

/// A thread that waits with a time limit sleeps: it uses next to no processor time.
#[test]
#[cfg(target_os = "linux")]
fn a_waiting_thread_sleeps() {
    fn ticks() -> u64 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }
    within(60, || {
        for cap in [0, 1, 2] {
            let (tx, rx) = full(cap, |i| i);
            let wait = Duration::from_millis(400);
            let before = ticks();
            assert!(tx.send_timeout(9, wait).is_err());
            rx.drain().for_each(drop);
            assert!(rx.recv_timeout(wait).is_err());
            // 0.8 s of waiting; a tick is 10 ms.
            let used = ticks() - before;
            assert!(used <= 10, "capacity {cap}: {used} ticks for waiting");
        }
    });
}

/// Threads and tasks meet: either may be on either side.
#[test]
fn a_thread_meets_a_task() {
    within(60, || {
        for cap in CAPS {
            let (tx, rx) = open(cap);
            let n = scaled(3_000);
            let sender = {
                let tx = tx.clone();
                thread(move || (0..n).for_each(|i| tx.send_blocking(i).unwrap()))
            };
            block_on(async {
                for i in 0..n {
                    assert_eq!(rx.recv().await, Ok(i), "capacity {cap:?}");
                }
            });
            sender.join().unwrap();
            let receiver = thread(move || rx.iter_blocking().eq(0..n));
            block_on(async {
                for i in 0..n {
                    tx.send(i).await.unwrap();
                }
            });
            drop(tx);
            assert!(receiver.join().unwrap(), "capacity {cap:?}");
        }
    });
}

/// A task that waits and a thread that waits are served in the order in which they came.
#[test]
fn threads_and_tasks_in_one_line() {
    within(60, || {
        let (tx, rx) = open(Some(2));
        let mut task = parked(rx.recv());
        let second = rx.clone();
        let blocked = thread(move || second.recv_blocking());
        sleep(SOON);
        tx.try_send(1).unwrap();
        assert_eq!(task.ready(), Ok(1));
        tx.try_send(2).unwrap();
        assert_eq!(blocked.join().unwrap(), Ok(2));
    });
}

/// A timed send that races with its receiver: taken or given back, never both.
#[test]
fn a_time_limit_beside_a_receive() {
    within(60, || {
        for round in 0..scaled(1_500) {
            let cap = [0, 1, 2, 3][round % 4];
            let book = Ledger::new(cap + 1);
            let (tx, rx) = full(cap, |i| book.item(i));
            let sender = {
                let (tx, book) = (tx.clone(), book.clone());
                let limit = Duration::from_micros((round % 50) as u64 * 4);
                thread(move || match tx.send_timeout(book.item(cap), limit) {
                    Ok(()) => book.sent(cap),
                    Err(e) => assert_eq!(e.into_inner().take_back(), cap),
                })
            };
            let receiver = {
                let rx = rx.clone();
                let limit = Duration::from_micros((round % 30) as u64 * 5);
                thread(move || rx.recv_timeout(limit).map(|item| item.receive()).is_ok())
            };
            sender.join().unwrap();
            let _ = receiver.join().unwrap();
            while let Ok(item) = rx.try_recv() {
                item.receive();
            }
            drop((tx, rx));
            book.settle(true);
        }
    });
}
