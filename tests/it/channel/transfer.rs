//! Numbered elements through the channel, by threads and by tasks: none lost, none doubled, each
//! sender's in order; and the channel is as new afterwards.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::Poll;
use std::time::Duration;

use strait::channel::{Receiver, Sender, bounded};

use crate::support::caps::{CAPS, Cap, open};
use crate::support::hand::{block_on, hand, parked};
use crate::support::rng::Rng;
use crate::support::watch::{scaled, thread, within};

const SHAPES: [(usize, usize); 4] = [(1, 1), (1, 3), (3, 1), (3, 3)];

/// What one consumer got, checked for the order of each producer.
#[derive(Default)]
struct Got {
    last: Vec<Option<usize>>,
    sum: usize,
    count: usize,
}

impl Got {
    fn note(&mut self, (from, i): (usize, usize)) {
        self.last.resize(self.last.len().max(from + 1), None);
        assert!(self.last[from].replace(i) < Some(i), "producer {from} out of order");
        self.sum += from * 1_000_000 + i;
        self.count += 1;
    }
}

fn check(got: impl Iterator<Item = Got>, producers: usize, each: usize) {
    let (mut sum, mut count) = (0, 0);
    for got in got {
        sum += got.sum;
        count += got.count;
    }
    let want = (0..producers).map(|p| p * 1_000_000 * each + each * (each - 1) / 2).sum::<usize>();
    assert_eq!((count, sum), (producers * each, want), "lost or doubled");
}

/// X12, from outside: an emptied channel is as new.
fn settled(tx: &Sender<(usize, usize)>, rx: &Receiver<(usize, usize)>, cap: Cap) {
    assert_eq!((tx.len(), rx.is_empty()), (0, true));
    let room = (0..cap.unwrap_or(99) + 5).take_while(|i| tx.try_send((0, *i)).is_ok()).count();
    assert_eq!(room, cap.unwrap_or(104));
    assert!(rx.drain().map(|m| m.1).eq(0..room));
    let mut receive = parked(rx.recv());
    assert_eq!(tx.try_send((0, 0)), Ok(()));
    assert_eq!(receive.ready(), Ok((0, 0)));
}

/// Sends in one of the flavours; X4.
fn send(tx: &Sender<(usize, usize)>, rng: &Rng, mut message: (usize, usize)) {
    match rng.below(5) {
        0 => {
            while let Err(e) = tx.try_send(message) {
                message = e.into_inner();
                std::thread::yield_now();
            }
        }
        1 => tx.send_blocking(message).unwrap(),
        2 => {
            while let Err(e) = tx.send_timeout(message, Duration::from_micros(50)) {
                message = e.into_inner();
            }
        }
        3 => {
            let mut slot = Some(message);
            block_on(tx.send_ref(&mut slot)).unwrap();
            assert_eq!(slot, None);
        }
        _ => block_on(tx.send(message)).unwrap(),
    }
}

/// Receives in one of the flavours; X3. False at the end.
fn receive(rx: &mut Receiver<(usize, usize)>, rng: &Rng, got: &mut Got) -> bool {
    let mut many = Vec::new();
    let open = match rng.below(7) {
        0 => rx.try_recv().map(|m| got.note(m)) != Err(strait::channel::TryRecvError::Closed),
        1 => rx.recv_blocking().map(|m| got.note(m)).is_ok(),
        2 => match rx.recv_timeout(Duration::from_micros(50)) {
            Ok(m) => {
                got.note(m);
                true
            }
            Err(e) => e == strait::channel::RecvTimeoutError::Timeout,
        },
        3 => block_on(rx.recv()).map(|m| got.note(m)).is_ok(),
        4 => rx.recv_many_blocking(&mut many, 3).is_ok(),
        5 => {
            rx.drain().take(5).for_each(|m| got.note(m));
            true
        }
        _ => block_on(std::future::poll_fn(|cx| rx.poll_recv(cx))).map(|m| got.note(m)).is_ok(),
    };
    many.into_iter().for_each(|m| got.note(m));
    open
}

/// X1, X3, X4, C15: threads, every shape and capacity, every flavour mixed.
#[test]
fn by_threads() {
    within(120, || {
        for (cap, (producers, consumers)) in CAPS.iter().flat_map(|c| SHAPES.map(|s| (*c, s))) {
            let each = scaled(2_000);
            let (tx, rx) = open(cap);
            let senders: Vec<_> = (0..producers)
                .map(|p| {
                    let tx = tx.clone();
                    thread(move || {
                        let rng = Rng::new(p as u64 + 7);
                        (0..each).for_each(|i| send(&tx, &rng, (p, i)));
                    })
                })
                .collect();
            let receivers: Vec<_> = (0..consumers)
                .map(|c| {
                    let mut rx = rx.clone();
                    thread(move || {
                        let (rng, mut got) = (Rng::new(c as u64 + 70), Got::default());
                        while receive(&mut rx, &rng, &mut got) {}
                        got
                    })
                })
                .collect();
            senders.into_iter().for_each(|s| s.join().unwrap());
            tx.close();
            check(receivers.into_iter().map(|r| r.join().unwrap()), producers, each);
            let (tx, rx) = open(cap);
            settled(&tx, &rx, cap);
        }
    });
}

/// X1: tasks of a runtime, on one worker and on two; the channel is as new afterwards (X12).
#[test]
fn by_tasks() {
    within(120, || {
        for workers in [1, 2] {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            let runtime = builder.worker_threads(workers).build().unwrap();
            for (cap, (producers, consumers)) in CAPS.iter().flat_map(|c| SHAPES.map(|s| (*c, s))) {
                let each = scaled(3_000);
                let (tx, rx) = open(cap);
                let total = Arc::new(AtomicUsize::new(producers * each));
                for p in 0..producers {
                    let tx = tx.clone();
                    runtime.spawn(async move {
                        for i in 0..each {
                            tx.send((p, i)).await.unwrap();
                        }
                    });
                }
                let receivers: Vec<_> = (0..consumers)
                    .map(|_| {
                        let (rx, tx, total) = (rx.clone(), tx.clone(), total.clone());
                        runtime.spawn(async move {
                            let mut got = Got::default();
                            while let Ok(message) = rx.recv().await {
                                got.note(message);
                                if total.fetch_sub(1, Relaxed) == 1 {
                                    tx.close();
                                }
                            }
                            got
                        })
                    })
                    .collect();
                let all = receivers.into_iter().map(|r| runtime.block_on(r).unwrap());
                check(all, producers, each);
            }
        }
    });
}

/// X2: bursts of twice the capacity.
#[test]
fn bursts() {
    within(60, || {
        for cap in [1, 10, 100] {
            let (tx, rx) = bounded(cap);
            let bursts = 50;
            let sender = thread(move || {
                for burst in 0..bursts {
                    (0..2 * cap).for_each(|i| tx.send_blocking((0, burst * 2 * cap + i)).unwrap());
                    std::thread::yield_now();
                }
                tx
            });
            for i in 0..bursts * 2 * cap {
                assert_eq!(rx.recv_blocking(), Ok((0, i)));
            }
            settled(&sender.join().unwrap(), &rx, Some(cap));
        }
    });
}

/// X16: what was written before the send is seen after the receive.
#[test]
fn writes_are_seen() {
    within(60, || {
        for cap in CAPS {
            let (tx, rx) = open(cap);
            let cells: Arc<Vec<AtomicUsize>> = Arc::new((0..2000).map(|_| 0.into()).collect());
            let theirs = cells.clone();
            let sender = thread(move || {
                for i in 0..2000 {
                    theirs[i].store(i + 1, Relaxed);
                    tx.send_blocking((i, Box::new([i; 20]))).unwrap();
                }
            });
            for (i, boxed) in rx.iter_blocking() {
                assert_eq!((cells[i].load(Relaxed), boxed[19]), (i + 1, i));
            }
            sender.join().unwrap();
        }
    });
}

/// X18: a send does not wait when there is room, whatever the receiver is doing at the moment.
#[test]
fn room_is_room() {
    within(60, || {
        for cap in [1, 2, 3, 64] {
            let (tx, rx) = bounded(cap);
            let free = Arc::new(AtomicUsize::new(cap));
            let freed = free.clone();
            let receiver = thread(move || {
                while rx.recv_blocking().is_ok() {
                    freed.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                }
            });
            for i in 0..scaled(20_000) {
                while free.load(std::sync::atomic::Ordering::SeqCst) == 0 {
                    std::thread::yield_now();
                }
                free.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                let sent = hand(tx.send(i)).poll();
                assert_eq!(sent, Poll::Ready(Ok(())), "capacity {cap}: waits beside room");
            }
            drop(tx);
            receiver.join().unwrap();
        }
    });
}

/// X14: a pending future that moves to another task wakes the new one.
#[test]
fn a_future_may_move() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let first = parked(rx.recv());
        let mut moved = hand(first.into_inner());
        assert!(moved.settle().is_none());
        assert_eq!(tx.try_send((0, 1)), Ok(()));
        assert_eq!(moved.ready(), Ok((0, 1)), "capacity {cap:?}");
        if let Some(cap) = cap {
            (0..cap).for_each(|i| tx.try_send((0, i)).unwrap());
            let mut moved = hand(parked(tx.send((1, 1))).into_inner());
            assert!(moved.settle().is_none());
            assert!(rx.try_recv().is_ok());
            assert_eq!(moved.ready(), Ok(()), "capacity {cap}");
        }
    }
}
