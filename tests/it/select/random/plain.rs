//! The calls beside the selects.

#![forbid(unsafe_code)]

use std::time::Duration;

use strait::channel::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};

use super::actors::{Actor, Way};
use crate::support::payload::Item;

/// What an actor may be doing, by number.
pub const NAMES: [&str; 16] = [
    "not begun",
    "send",
    "send_ref",
    "send_acked",
    "try_send",
    "recv",
    "recv_many",
    "try_recv",
    "done",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
];

impl Actor {
    /// A send on a channel, in one of the ways that there are.
    pub(super) async fn send(&mut self, channel: usize) {
        let item = self.item();
        let id = item.id();
        let world = self.world.clone();
        let tx = world.tx(channel);
        let how = 1 + self.rng.below(4);
        world.doing(self.me, how as u64);
        let waits = self.way == Way::Thread && self.rng.one_in(2);
        let end: Option<Result<(), Option<Item>>> = match how {
            1 if waits => {
                let limit = Duration::from_micros(self.rng.below(60) as u64);
                match tx.send_timeout(item, limit) {
                    Ok(()) => Some(Ok(())),
                    Err(SendTimeoutError::Closed(item)) => Some(Err(Some(item))),
                    Err(SendTimeoutError::Timeout(item)) => {
                        item.take_back();
                        return;
                    }
                }
            }
            1 => self.maybe(tx.send(item)).await.map(|end| end.map_err(|e| Some(e.0))),
            2 => {
                let mut slot = Some(item);
                let end = self.maybe(tx.send_ref(&mut slot)).await;
                if slot.is_none() {
                    world.book.sent(id);
                }
                assert!(end.is_none_or(|end| end.is_ok() == slot.is_none()));
                if end.is_some_and(|end| end.is_err()) {
                    self.open[channel] = false;
                }
                slot.map(Item::take_back);
                return;
            }
            3 => self.maybe(tx.send_acked(item)).await.map(|end| end.map_err(|e| Some(e.0))),
            _ => match tx.try_send(item) {
                Ok(()) => Some(Ok(())),
                Err(TrySendError::Closed(item)) => Some(Err(Some(item))),
                Err(TrySendError::Full(item)) => {
                    item.take_back();
                    return;
                }
            },
        };
        match end {
            Some(Ok(())) => world.book.sent(id),
            Some(Err(item)) => {
                self.open[channel] = false;
                _ = item.map(Item::take_back);
            }
            None => {}
        }
    }

    /// A receive from a channel, in one of the ways that there are. `waits`: it may wait.
    pub(super) async fn recv(&mut self, channel: usize, waits: bool) {
        let world = self.world.clone();
        let rx = world.rx(channel);
        let how = if waits { 5 + self.rng.below(3) } else { 7 };
        world.doing(self.me, how as u64);
        match how {
            5 if self.way == Way::Thread && self.rng.one_in(2) => {
                match rx.recv_timeout(Duration::from_micros(self.rng.below(60) as u64)) {
                    Ok(item) => self.ear.hear(channel, item),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Closed) => self.readable[channel] = false,
                }
            }
            5 => match self.maybe(rx.recv()).await {
                Some(Ok(item)) => self.ear.hear(channel, item),
                Some(Err(_)) => self.readable[channel] = false,
                None => {}
            },
            6 => {
                let mut batch = Vec::new();
                let limit = 1 + self.rng.below(20);
                let end = self.maybe(rx.recv_many(&mut batch, limit)).await;
                assert!(end.is_some() || batch.is_empty(), "given up, and took something");
                batch.drain(..).for_each(|item| self.ear.hear(channel, item));
                if let Some(Err(_)) = end {
                    self.readable[channel] = false;
                }
            }
            _ => match rx.try_recv() {
                Ok(item) => self.ear.hear(channel, item),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Closed) => self.readable[channel] = false,
            },
        }
    }
}
