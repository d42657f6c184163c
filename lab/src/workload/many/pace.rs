//! How nothing is overwritten in a channel that does not wait: after as many messages as there is
//! room for, all senders together, each waits until every receiver has seen them all. It is done in
//! the same way for every contestant, and is in its times.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use super::super::Job;

pub(super) struct Pace {
    /// What each sender sends before it waits.
    batch: usize,
    /// What every receiver has seen then.
    lap: usize,
    consumers: usize,
    /// How many receivers have ended how many laps.
    ended: AtomicUsize,
    /// Of each sender, the laps that it may begin.
    leave: Vec<Semaphore>,
}

impl Pace {
    pub(super) fn new(job: Job) -> Self {
        let batch = (job.capacity.room_or(1) / job.producers).max(1);
        Self {
            batch,
            lap: batch * job.producers,
            consumers: job.consumers,
            ended: AtomicUsize::new(0),
            leave: (0..job.producers).map(|_| Semaphore::new(0)).collect(),
        }
    }

    /// Whether a sender that has sent so many has to wait now.
    #[inline]
    pub(super) fn due(&self, sent: usize) -> bool {
        sent.is_multiple_of(self.batch)
    }

    pub(super) async fn wait(&self, producer: usize) {
        self.leave[producer].acquire().await.expect("no one closes it").forget();
    }

    /// A receiver has seen so many.
    #[inline]
    pub(super) fn seen(&self, messages: usize) {
        if messages.is_multiple_of(self.lap) {
            self.end_lap();
        }
    }

    #[inline(never)]
    fn end_lap(&self) {
        // AcqRel: the last one in hands over what all have done; pairs with itself.
        let ended = self.ended.fetch_add(1, Ordering::AcqRel) + 1;
        if ended.is_multiple_of(self.consumers) {
            self.leave.iter().for_each(|sender| sender.add_permits(1));
        }
    }
}
