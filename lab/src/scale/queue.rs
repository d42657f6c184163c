//! The queue that the simulated operations work on: what each step means to it, and what it comes
//! to for the core.

use std::collections::VecDeque;

use super::lines::Core;
use super::program::Effect;
use super::worker::Worker;

/// How a core goes on after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Next,
    /// The step is still to be done.
    Stay,
    Back,
    /// The message is one whose send waits.
    Over,
    Lost,
    Idle,
    /// Again, after a pause.
    Pause,
    /// Again, after a rest.
    Rest,
    /// Again, when somebody has written to the line.
    Watch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Claimed,
    Full,
    /// Its send waits.
    Pending,
    Taken,
}

#[derive(Debug)]
pub(super) struct Queue {
    capacity: u64,
    pub(super) rear: u64,
    front: u64,
    /// Changes with all that changes the word of the front.
    version: u64,
    announced: u64,
    end: u64,
    /// Sends before it need not look at the front.
    pub(super) limit: u64,
    cells: Vec<Cell>,
    pub(super) received: u64,
    pub(super) lost: u64,
    locked_by: Option<Core>,
    /// Whose turn it is, and who comes then.
    holder: Option<Core>,
    in_line: VecDeque<Core>,
}

impl Queue {
    pub(super) fn new(capacity: u64) -> Self {
        Self {
            capacity,
            rear: 0,
            front: 0,
            version: 0,
            announced: 0,
            end: capacity,
            limit: capacity,
            cells: Vec::new(),
            received: 0,
            lost: 0,
            locked_by: None,
            holder: None,
            in_line: VecDeque::new(),
        }
    }

    /// Who is behind the holder of the queued lock.
    pub(super) fn next_in_line(&self) -> Option<Core> {
        self.in_line.front().copied()
    }

    /// Whether the message of a send that waited stands there as it did at first.
    pub(super) fn is_unsettled(&self, worker: &Worker<'_>) -> bool {
        self.cell(worker.ticket) == Some(Cell::Pending)
    }

    fn cell(&self, ticket: u64) -> Option<Cell> {
        self.cells.get(ticket as usize).copied()
    }

    fn admits(&self, ticket: u64) -> bool {
        ticket < self.front + self.capacity + self.announced
            || self.cell(ticket) == Some(Cell::Taken)
    }

    /// Taken by another core. One's own last unlocking may be under way still.
    fn is_locked_to(&self, core: Core) -> bool {
        self.locked_by.is_some_and(|by| by != core)
    }

    fn is_full(&self) -> bool {
        self.rear - self.front >= self.capacity
    }

    fn take_rear(&mut self, worker: &mut Worker<'_>) {
        worker.take(self.rear);
        self.rear += 1;
        self.cells.push(Cell::Claimed);
    }

    fn take_front(&mut self, worker: &mut Worker<'_>) {
        worker.take(self.front);
        self.front += 1;
        self.version += 1;
        if std::mem::take(&mut worker.has_announced) {
            self.announced -= 1;
        }
    }

    fn lose(&mut self, worker: &mut Worker<'_>) -> Outcome {
        self.lost += 1;
        worker.losses += 1;
        Outcome::Lost
    }

    /// Does what a step means.
    pub(super) fn apply(
        &mut self,
        worker: &mut Worker<'_>,
        core: Core,
        effect: Effect,
        ticket: u64,
        batch: u64,
    ) -> Outcome {
        match effect {
            Effect::Nothing | Effect::Resume => {}
            Effect::SeeRear => worker.see(self.rear, 0),
            Effect::SeeFront => worker.see(self.front, self.version),
            Effect::TakeRear => self.take_rear(worker),
            Effect::TakeRearRested if self.rear == worker.seen || worker.losses > 0 => {
                self.take_rear(worker);
            }
            Effect::TakeRearRested => {
                worker.losses += 1;
                return Outcome::Rest;
            }
            Effect::TakeFront => self.take_front(worker),
            Effect::TakeEnd => self.end += 1,
            Effect::ClaimRear if self.rear == worker.seen => self.take_rear(worker),
            Effect::ClaimFront if self.version == worker.version => self.take_front(worker),
            Effect::ClaimRear | Effect::ClaimFront => return self.lose(worker),
            Effect::Look => {
                let batch = worker.holds_out_for(batch, self.rear);
                return self.look(worker, batch);
            }
            Effect::Await => match self.cell(ticket) {
                Some(Cell::Full | Cell::Pending) => {}
                _ => return Outcome::Watch,
            },
            Effect::Slot => {
                let before = worker.seen.checked_sub(self.capacity);
                if before.is_some_and(|before| self.cell(before) != Some(Cell::Taken)) {
                    return if self.rear == worker.seen { Outcome::Idle } else { Outcome::Lost };
                }
            }
            Effect::Admission => {
                let more = worker.holds_out_for(batch, self.front);
                let is_taken = self.cell(ticket) == Some(Cell::Taken);
                if !is_taken && !self.admits(ticket + more) {
                    return Outcome::Idle;
                }
            }
            Effect::Resumption if ticket >= self.end.max(self.front) => return Outcome::Watch,
            Effect::Resumption => {}
            Effect::Announce => {
                worker.has_announced = true;
                self.announced += 1;
                self.version += 1;
            }
            Effect::Settle => self.cells[ticket as usize] = Cell::Full,
            Effect::Publish => {
                let cell = &mut self.cells[ticket as usize];
                assert_eq!(*cell, Cell::Claimed, "a ticket is published once");
                *cell = Cell::Full;
                if !self.admits(ticket) {
                    self.cells[ticket as usize] = Cell::Pending;
                }
            }
            Effect::Take => {
                let cell = &mut self.cells[ticket as usize];
                assert!(matches!(cell, Cell::Full | Cell::Pending), "a message is taken once");
                *cell = Cell::Taken;
                self.received += 1;
            }
            Effect::Renew => self.limit = self.limit.max(self.front + self.capacity),
            Effect::SeePut if self.is_full() || self.is_locked_to(core) => return Outcome::Pause,
            Effect::SeeGet if self.rear == self.front || self.is_locked_to(core) => {
                return Outcome::Pause;
            }
            Effect::SeePut | Effect::SeeGet => {}
            Effect::Lock if self.locked_by.is_some() => return Outcome::Back,
            Effect::Lock => self.locked_by = Some(core),
            Effect::Unlock => self.locked_by = None,
            Effect::Queue => match self.holder {
                None => self.holder = Some(core),
                Some(_) => self.in_line.push_back(core),
            },
            Effect::Turn if self.holder != Some(core) => return Outcome::Watch,
            Effect::Turn => {}
            Effect::Pass if !self.in_line.is_empty() => return Outcome::Stay,
            Effect::Pass => self.holder = None,
            Effect::Hand => self.holder = self.in_line.pop_front(),
            Effect::Put if self.is_full() => return Outcome::Idle,
            Effect::Put => self.take_rear(worker),
            Effect::Get if self.rear == self.front => return Outcome::Idle,
            Effect::Get => self.take_front(worker),
        }
        Outcome::Next
    }

    fn look(&self, worker: &mut Worker<'_>, batch: u64) -> Outcome {
        if self.front != worker.seen {
            return Outcome::Lost;
        }
        if self.rear - self.front < batch {
            return Outcome::Idle;
        }
        match self.cell(worker.seen) {
            Some(Cell::Full) => Outcome::Next,
            Some(Cell::Pending) => Outcome::Over,
            Some(Cell::Claimed) => {
                worker.is_stalled = true;
                Outcome::Idle
            }
            Some(Cell::Taken) => unreachable!("the front is beyond what was taken"),
            None => Outcome::Idle,
        }
    }
}
