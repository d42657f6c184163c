//! What select is for: small programs as people write them.

#![forbid(unsafe_code)]

use std::time::Duration;

use strait::channel::{Receiver, Sender, bounded, never, rendezvous, unbounded};
use strait::select::{after, tick};
use strait::{select, select_biased, select_blocking};

use crate::support::hand::{hand, parked};
use crate::support::payload::{Item, Ledger};
use crate::support::watch::{scaled, thread, within};

/// The talk's producer: it sends a task or is cancelled, and has the tasks that were not sent.
async fn produce(tasks: Vec<Item>, to: Sender<Item>, cancelled: Receiver<()>) -> Vec<Item> {
    let mut left = tasks.into_iter();
    while let Some(task) = left.next() {
        let mut slot = Some(task);
        let go_on = select! {
            sent = to.send_ref(&mut slot) => sent.is_ok(),
            _ = cancelled.recv() => false,
        };
        if !go_on {
            return slot.into_iter().chain(left).collect();
        }
    }
    Vec::new()
}

/// The talk's worker: it receives a task or is cancelled.
async fn work(from: Receiver<Item>, cancelled: Receiver<()>) -> usize {
    let mut done = 0;
    loop {
        select! {
            task = from.recv() => match task {
                Ok(task) => { task.receive(); done += 1 }
                Err(_) => return done,
            },
            _ = cancelled.recv() => return done,
        }
    }
}

/// All tasks are worked on, by several workers, and everybody ends.
#[test]
fn producers_and_workers() {
    within(30, || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        for cap in [0, 1, 16] {
            let count = scaled(1000);
            let book = Ledger::new(2 * count);
            let (tx, rx) = bounded(cap);
            let (stop, stopped) = rendezvous::<()>();
            let producers = [0, count].map(|from| {
                let tasks = (from..from + count).map(|id| book.item(id)).collect();
                runtime.spawn(produce(tasks, tx.clone(), stopped.clone()))
            });
            let workers = [(); 3].map(|()| runtime.spawn(work(rx.clone(), stopped.clone())));
            drop((tx, rx, stopped));
            runtime.block_on(async {
                for producer in producers {
                    assert!(producer.await.unwrap().is_empty());
                }
                let mut done = 0;
                for worker in workers {
                    done += worker.await.unwrap();
                }
                assert_eq!(done, 2 * count, "capacity {cap}");
            });
            drop(stop);
            assert_eq!(book.settle(true).received, 2 * count);
        }
    });
}

/// Cancelled in the middle: each task was done, or is in the channel, or came back: none is lost.
#[test]
fn producers_and_workers_are_cancelled() {
    within(30, || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        for round in 0..scaled(60) {
            let cap = [0, 1, 16][round % 3];
            let count = 2000;
            let book = Ledger::new(count);
            let (tx, rx) = bounded(cap);
            let (stop, stopped) = rendezvous::<()>();
            let tasks = (0..count).map(|id| book.item(id)).collect();
            let producer = runtime.spawn(produce(tasks, tx, stopped.clone()));
            let workers = [(); 2].map(|()| runtime.spawn(work(rx.clone(), stopped.clone())));
            std::thread::sleep(Duration::from_micros(round as u64 * 20));
            // Everybody hears of it at once.
            drop(stop);
            runtime.block_on(async {
                let back = producer.await.unwrap();
                let mut done = 0;
                for worker in workers {
                    done += worker.await.unwrap();
                }
                let there: Vec<_> = rx.drain().map(Item::receive).collect();
                let back: Vec<_> = back.into_iter().map(Item::take_back).collect();
                assert_eq!(done + there.len() + back.len(), count, "capacity {cap}");
            });
            book.settle(true);
        }
    });
}

/// Cancelled while they wait, by hand: the task comes back, the worker has taken nothing.
#[test]
fn cancelled_while_they_wait() {
    let book = Ledger::new(3);
    let (tx, rx) = rendezvous();
    let (stop, stopped) = rendezvous::<()>();
    let tasks = (0..3).map(|id| book.item(id)).collect();
    let mut producer = parked(produce(tasks, tx, stopped.clone()));
    assert_eq!(rx.try_recv().unwrap().receive(), 0);
    book.sent(0);
    producer.park();
    drop(stop);
    let back: Vec<_> = producer.ready().into_iter().map(|task| task.take_back()).collect();
    assert_eq!(back, [1, 2]);
    assert!(rx.try_recv().is_err());
    book.settle(true);
    let (tx, rx) = rendezvous::<Item>();
    let (stop, stopped) = rendezvous::<()>();
    let mut worker = parked(work(rx, stopped));
    drop(stop);
    assert_eq!(worker.ready(), 0);
    assert!(tx.is_closed());
}

/// A request with an answer and a time limit.
#[test]
fn ask_with_a_limit() {
    within(10, || {
        let (ask, asked) = unbounded::<(u32, Sender<u32>)>();
        let server = thread(move || {
            for (question, answer) in asked.iter_blocking() {
                if question > 0 {
                    let _ = answer.send_blocking(question * 2);
                }
            }
        });
        for (question, want) in [(21, Some(42)), (0, None), (4, Some(8))] {
            let (tx, answer) = bounded(1);
            let kept = tx.clone();
            ask.send_blocking((question, tx)).unwrap();
            let limit = Duration::from_millis(if want.is_some() { 5000 } else { 2 });
            let got = select_blocking! {
                got = answer.recv() => got.ok(),
                _ = after(limit) => None,
            };
            assert_eq!(got, want);
            drop(kept);
        }
        drop(ask);
        server.join().unwrap();
    });
}

/// First come, first served among replicas; the others hear that nobody waits.
#[test]
fn the_fastest_of_three() {
    let replicas = [(); 3].map(|()| bounded::<&str>(1));
    let [a, b, c] = &replicas;
    let mut first = parked(async {
        select! {
            got = a.1.recv() => got,
            got = b.1.recv() => got,
            got = c.1.recv() => got,
        }
    });
    b.0.try_send("b").unwrap();
    assert_eq!(first.ready(), Ok("b"));
    drop(first);
    let senders = replicas.map(|(tx, rx)| {
        drop(rx);
        tx
    });
    assert!(senders.iter().all(|tx| tx.try_send("late").is_err()));
}

/// A batch is handed on when it is full or when it is old; commands go before messages.
#[test]
fn batches_by_size_or_by_age() {
    within(10, || {
        let (tx, rx) = unbounded();
        let (command, commands) = unbounded();
        let (out, batches) = unbounded();
        let batcher = thread(move || {
            let mut batch = Vec::new();
            let mut beat = tick(Duration::from_millis(3));
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                loop {
                    select_biased! {
                        _ = commands.recv() => break,
                        got = rx.recv() => {
                            batch.push(got.unwrap());
                            if batch.len() == 4 {
                                out.send(std::mem::take(&mut batch)).await.unwrap();
                            }
                        }
                        _ = beat.tick(), if !batch.is_empty() => {
                            out.send(std::mem::take(&mut batch)).await.unwrap();
                        }
                    }
                }
                batch
            })
        });
        (0..10).for_each(|i| tx.try_send(i).unwrap());
        let mut all = Vec::new();
        while all.len() < 10 {
            let batch = batches.recv_blocking().unwrap();
            assert!((1..=4).contains(&batch.len()));
            all.extend(batch);
        }
        assert!(all.into_iter().eq(0..10));
        command.try_send(()).unwrap();
        assert!(batcher.join().unwrap().is_empty());
    });
}

/// A pipe with room for one: it takes in when empty and gives out when full, in one select.
#[test]
fn a_relay() {
    let (tx, from) = rendezvous();
    let (to, rx) = rendezvous();
    let mut relay = hand(async {
        let mut held = None;
        loop {
            let is_full = held.is_some();
            select! {
                got = from.recv(), if !is_full => match got {
                    Ok(got) => held = Some(got),
                    Err(_) => return,
                },
                sent = to.send_ref(&mut held), if is_full => sent.unwrap(),
            }
        }
    });
    for i in 0..10 {
        relay.park();
        assert_eq!(tx.try_send(i), Ok(()));
        relay.park();
        assert!(tx.try_send(99).is_err());
        assert_eq!(rx.try_recv(), Ok(i));
    }
    relay.park();
    drop(tx);
    relay.ready();
    assert!(never::<u8>().try_recv().is_err());
}
