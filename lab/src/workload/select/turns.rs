//! Who is served by a select.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Job;
use crate::meter::{Cost, Stopwatch};
use crate::shape::{Event, Turns};
use crate::tally::{Fault, Tally, message};
use crate::workload::work::Work;

/// Sends each message itself, right before the select that is to find it.
pub(super) struct Feeder<F> {
    send: F,
    sequence: usize,
    messages: usize,
    pub(super) tally: Tally,
}

impl<F> Feeder<F> {
    pub(super) fn new(job: Job, send: F) -> Self {
        Self { send, sequence: 0, messages: job.messages, tally: job.tally() }
    }
}

impl<F: FnMut(usize) -> bool> Turns for Feeder<F> {
    #[inline]
    fn go_on(&mut self) -> bool {
        let sequence = self.sequence;
        self.sequence += 1;
        sequence < self.messages && (self.send)(sequence)
    }

    #[inline]
    fn take(&mut self, message: usize) {
        self.tally.take(message);
    }
}

/// Takes one message to warm up, then all that others send, and stops the clock.
pub(super) struct Taker {
    /// Raised by the first message.
    warm: Option<Arc<AtomicBool>>,
    left: usize,
    tally: Tally,
    end: Option<Stopwatch>,
}

impl Taker {
    pub(super) fn new(job: Job, warm: Arc<AtomicBool>) -> Self {
        Self { warm: Some(warm), left: job.messages, tally: job.tally(), end: None }
    }

    /// Whether a closed arm, not the last message, has ended the select.
    pub(super) fn cut_short(&self) -> bool {
        self.end.is_none()
    }

    /// What the round cost from `start` on, once all has been taken.
    pub(super) fn check(self, job: Job, start: Stopwatch) -> Result<Cost, Fault> {
        let cost = self.end.map_or_else(|| start.stop(), |end| start.until(end));
        job.check(&self.tally).map(|()| cost)
    }
}

impl Turns for Taker {
    #[inline]
    fn go_on(&mut self) -> bool {
        if self.left == 0 {
            self.end = Some(Stopwatch::start());
        }
        self.left > 0
    }

    #[inline]
    fn take(&mut self, message: usize) {
        if let Some(warm) = self.warm.take() {
            // Release: the receiver is about to wait; pairs with the Acquire of the round.
            warm.store(true, Ordering::Release);
            return;
        }
        self.left = self.left.saturating_sub(1);
        self.tally.take(message);
    }
}

/// Takes whatever comes until the channels close, and works after each.
pub(super) struct All {
    pub(super) tally: Tally,
    work: Work,
}

impl All {
    pub(super) fn new(job: Job, consumer: usize) -> Self {
        Self { tally: job.tally(), work: Work::new(job.work, job.producers + consumer) }
    }
}

impl Turns for All {
    #[inline]
    fn go_on(&mut self) -> bool {
        true
    }

    #[inline]
    fn take(&mut self, message: usize) {
        self.tally.take(message);
        self.work.pause();
    }
}

/// One of two who send to each other or receive from each other.
pub(super) struct Side {
    sent: usize,
    left: usize,
    tally: Tally,
    work: Work,
}

impl Side {
    pub(super) fn new(job: Job, seed: usize) -> Self {
        Self { sent: 0, left: job.messages, tally: job.tally(), work: Work::new(job.work, seed) }
    }

    #[inline]
    pub(super) fn go_on(&self) -> bool {
        self.left > 0
    }

    /// What it sends next.
    #[inline]
    pub(super) fn next(&self) -> usize {
        message(0, self.sent)
    }

    #[inline]
    pub(super) fn note(&mut self, event: Event) {
        self.left -= 1;
        match event {
            Event::Sent => self.sent += 1,
            Event::Received(message) => self.take(message),
            Event::Closed => self.left = 0,
        }
        self.work.pause();
    }

    #[inline]
    pub(super) fn take(&mut self, message: usize) {
        self.tally.take(message);
    }

    /// Each has what the other sent. Whoever was first did as much as there are messages, and the
    /// other has sent at least what that one received.
    pub(super) fn check(&self, other: &Self, job: Job) -> Result<(), Fault> {
        self.tally.check(1, other.sent)?;
        other.tally.check(1, self.sent)?;
        let received = self.sent + other.sent;
        let enough = received >= job.messages;
        if enough { Ok(()) } else { Err(Fault::Count { sent: job.messages, received }) }
    }
}
