//! Iterators over the messages of a channel.

#![forbid(unsafe_code)]

use super::receiver::Receiver;

/// The messages that are there; see [`Receiver::drain`].
#[derive(Debug)]
pub struct Drain<'a, T> {
    receiver: &'a Receiver<T>,
}

/// The messages until the channel is closed; see [`Receiver::iter_blocking`].
#[derive(Debug)]
pub struct IterBlocking<'a, T> {
    receiver: &'a Receiver<T>,
}

impl<'a, T> Drain<'a, T> {
    pub(super) fn new(receiver: &'a Receiver<T>) -> Self {
        Self { receiver }
    }
}

impl<'a, T> IterBlocking<'a, T> {
    pub(super) fn new(receiver: &'a Receiver<T>) -> Self {
        Self { receiver }
    }
}

impl<T> Iterator for Drain<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T> Iterator for IterBlocking<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv_blocking().ok()
    }
}
