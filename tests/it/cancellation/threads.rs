//! Producers and consumers as threads, with time limits that mostly run out.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use strait::channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender};

use super::world::{Ear, World};
use crate::support::payload::Item;
use crate::support::rng::Rng;

/// A producer on this thread.
pub fn produce(world: &Arc<World>, me: usize, tx: &Sender<Item>) {
    let (plan, book) = (world.plan, &world.book);
    let rng = Rng::new(plan.seed.wrapping_mul(41) + me as u64);
    for id in me * plan.each..(me + 1) * plan.each {
        let mut item = book.item(id);
        if rng.one_in(3) {
            world.doing(me, 2, 1);
            assert!(tx.send_blocking(item).is_ok(), "nobody has closed");
        } else {
            world.doing(me, 1, 1);
            while let Err(back) = tx.send_timeout(item, Duration::from_micros(rng.next() % 60)) {
                assert!(matches!(back, SendTimeoutError::Timeout(_)), "nobody has closed");
                world.dropped.fetch_add(1, Relaxed);
                item = back.into_inner();
            }
        }
        book.sent(id);
    }
    world.doing(me, 10, 0);
}

/// A consumer on this thread.
pub fn consume(world: &Arc<World>, me: usize, rx: &Receiver<Item>) {
    let rng = Rng::new(world.plan.seed.wrapping_mul(43) + me as u64);
    let mut ear = Ear::new(&world.plan);
    let mut batch = Vec::new();
    loop {
        let end = match rng.below(4) {
            0 => {
                world.doing(me, 6, 0);
                rx.recv_blocking().map(|item| batch.push(item)).is_err()
            }
            1 => {
                world.doing(me, 7, 0);
                rx.recv_many_blocking(&mut batch, 1 + rng.below(40)).is_err()
            }
            _ => {
                world.doing(me, 9, 0);
                match rx.recv_timeout(Duration::from_micros(rng.next() % 60)) {
                    Ok(item) => {
                        batch.push(item);
                        false
                    }
                    Err(RecvTimeoutError::Timeout) => {
                        world.dropped.fetch_add(1, Relaxed);
                        false
                    }
                    Err(RecvTimeoutError::Closed) => true,
                }
            }
        };
        world.doing(me, 9, batch.len());
        batch.drain(..).for_each(|item| ear.hear(item));
        if end {
            break;
        }
    }
    world.doing(me, 10, 0);
}
