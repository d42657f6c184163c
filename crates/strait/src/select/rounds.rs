//! The rounds of a select that is kept.
//!
//! # Promise
//! A round costs what its ready arms cost, however many idle ones there are: an idle receive stays
//! in the list of its channel from one round to the next, and a round looks only at arms that were
//! told of something.
//!
//! # Picture
//! ```text
//!           told                       no luck in a round that waits
//!   COLD ----------> HOT  <-------+ --------------------------------> COLD
//!  (in its list)      | ready     |
//!                     v           |
//!                   fires --------+   (unless it ends)
//! ```
//! A new arm is HOT. In a fair select the arm that has fired goes behind those that are HOT now; in
//! a biased one the order is that of adding.
//!
//! # Between rounds
//! Nobody waits then, and that may take long: the user handles what came. So receives that were
//! told and not looked at pass it on to other receivers; being told does not count until the next
//! round (see [`ballot`](crate::kernel::ballot)); and messages of send arms leave their channels,
//! for others should not wait behind them.
//!
//! # Rejected
//! Registering in each round, as crossbeam does (a thousand idle channels cost 1,000 locks twice).
//! Leaving send arms in line: a handler that sends to the same channel would wait behind its own
//! select for ever.

#![forbid(unsafe_code)]

use std::cmp::Reverse;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::kernel::patience::{Patience, give_way};
use crate::kernel::wait::{Progress, Step, Tries, block};

use super::dynamic::{ArmKey, Select, Turn};
use super::list::Round;
use super::order::random;
use super::part::Fired;

/// How many rounds an arm that has fired is tried without being registered.
const WARM: u64 = 16;

impl<'a, R: 'a> Select<'a, R> {
    fn finish(&mut self, index: u32, fired: Fired<R>) -> (ArmKey, R) {
        let key = ArmKey { index, generation: self.slots[index as usize].generation };
        self.fired += 1;
        self.slots[index as usize].warm_until = self.fired + WARM;
        if fired.ends {
            self.clear(index);
        } else {
            self.heat(index);
        }
        self.go_away();
        (key, fired.output)
    }

    /// One look at the hot arms.
    fn pass(&mut self, step: Step<'_>) -> Progress<Option<(ArmKey, R)>> {
        if self.len == 0 {
            return Progress::Ready(None);
        }
        if std::mem::take(&mut self.is_open) {
            self.won = self.ballot.take_back();
        }
        self.ballot.come_back();
        if let Some(index) = self.won.take()
            && let Some(arm) = &mut self.slots[index as usize].arm
            && let Some(fired) = arm.as_mut().won(&self.ballot)
        {
            return Progress::Ready(Some(self.finish(index, fired)));
        }
        let waits = if let Step::Register(waker) = step {
            // First the waker, then the look: who tells an arm does it the other way round.
            self.door.wait(waker);
            self.is_waiting = true;
            true
        } else {
            false
        };
        let known = self.told.len();
        self.ballot.return_to_all(&mut self.told);
        self.heat_told(known);
        // Left over if a function of the user panicked.
        self.heat_again();
        let mut stalled = false;
        let mut chosen = None;
        while let Some(Reverse(turn)) = self.hot.pop() {
            let index = turn.arm;
            let (progress, is_cold) = self.step(index, step);
            match progress {
                Progress::Ready(fired) => {
                    chosen = Some((index, fired));
                    break;
                }
                Progress::Blocked if is_cold => {}
                Progress::Blocked => self.again.push(index),
                Progress::Stalled => {
                    stalled = true;
                    self.again.push(index);
                }
            }
        }
        self.heat_again();
        if let Some((index, fired)) = chosen {
            return Progress::Ready(Some(self.finish(index, fired)));
        }
        if waits {
            self.is_open = true;
            let missed = self.ballot.open() || self.missed.take();
            for index in &self.placed {
                if let Some(arm) = &mut self.slots[*index as usize].arm {
                    arm.as_mut().opened(&self.ballot, missed);
                }
            }
        }
        if stalled { Progress::Stalled } else { Progress::Blocked }
    }

    /// One look at an arm; says also whether the arm takes care now that it is told.
    ///
    /// That is so after the first look in vain, so that a round does not look at idle arms again and
    /// again. Only arms that have fired lately are tried for a while before they are registered:
    /// a try is cheaper than being told.
    fn step(&mut self, index: u32, step: Step<'_>) -> (Progress<Fired<R>>, bool) {
        let slot = &mut self.slots[index as usize];
        slot.is_hot = false;
        let Some(arm) = &mut slot.arm else { return (Progress::Blocked, true) };
        let round = Round {
            ballot: self.ballot.as_ref(),
            exposed: true,
            native_only: false,
            on_thread: false,
            base: 0,
            missed: &self.missed,
        };
        let bell = slot.waker.as_ref().unwrap_or(&self.waker);
        let waits = matches!(step, Step::Register(_));
        let registers = waits || self.fired >= slot.warm_until;
        let step = if registers { Step::Register(bell) } else { step };
        let progress = arm.as_mut().step(index as usize, step, bell, round);
        if !arm.places() || !matches!(progress, Progress::Blocked) {
            return (progress, registers);
        }
        if !waits {
            return (progress, false);
        }
        let placed = arm.as_mut().place(index as usize, bell, round);
        if arm.is_placed() && !self.placed.contains(&index) {
            self.placed.push(index);
        }
        (placed, true)
    }

    /// Waits for the next arm to fire; `None` if there is no arm.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing; see [`Select`].
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use strait::{channel::bounded, select::Select};
    /// let (tx, rx) = bounded(1);
    /// let mut select = Select::new();
    /// select.send(&tx, 5, |sent| sent.map(|()| 0));
    /// select.recv(&rx, |message| Ok(message.unwrap()));
    /// assert_eq!(select.next().await.unwrap().1, Ok(0));
    /// assert_eq!(select.next().await.unwrap().1, Ok(5));
    /// # });
    /// ```
    #[expect(clippy::should_implement_trait, reason = "it is a verb that waits, as on a stream")]
    pub fn next(&mut self) -> Ready<'_, 'a, R> {
        Ready { select: self, tries: Tries::Fresh, is_done: false }
    }

    /// [`next`](Self::next), blocking the thread.
    pub fn next_blocking(&mut self) -> Option<(ArmKey, R)> {
        self.wait_until(None).flatten()
    }

    /// [`next`](Self::next), blocking the thread for at most `timeout`. The outer `None` says that
    /// the time ran out.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Option<(ArmKey, R)>> {
        self.wait_until(Instant::now().checked_add(timeout))
    }

    /// [`next`](Self::next), blocking the thread until `deadline` at the latest. The outer `None`
    /// says that the time ran out.
    pub fn next_deadline(&mut self, deadline: Instant) -> Option<Option<(ArmKey, R)>> {
        self.wait_until(Some(deadline))
    }

    fn wait_until(&mut self, deadline: Option<Instant>) -> Option<Option<(ArmKey, R)>> {
        if let Progress::Ready(done) = self.pass(Step::Try) {
            return Some(done);
        }
        let patience = std::mem::replace(&mut self.patience, Patience::new());
        let done = block(&patience, deadline, |step| self.pass(step));
        self.patience = patience;
        if done.is_none() {
            self.go_away();
        }
        done
    }

    /// Lets an arm fire if one is ready. `None` if none is.
    pub fn try_next(&mut self) -> Option<(ArmKey, R)> {
        loop {
            match self.pass(Step::Try) {
                Progress::Ready(done) => return done,
                Progress::Blocked => {
                    self.go_away();
                    return None;
                }
                Progress::Stalled => give_way(),
            }
        }
    }
}

impl<R> Select<'_, R> {
    /// The arm is to be looked at.
    pub(super) fn heat(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        if slot.arm.is_some() && !slot.is_hot {
            slot.is_hot = true;
            let (round, rank) =
                if self.biased { (0, slot.number) } else { (self.fired, random().into()) };
            self.hot.push(Reverse(Turn { round, rank, arm: index }));
        }
    }

    /// Heats the arms that were told of something since it was asked.
    fn heat_told(&mut self, known: usize) {
        self.door.collect(&mut self.told);
        for position in known..self.told.len() {
            self.heat(self.told[position]);
        }
    }

    fn heat_again(&mut self) {
        while let Some(index) = self.again.pop() {
            self.heat(index);
        }
    }

    /// The arm gives back what others may need while nobody waits.
    fn pause(&mut self, index: u32) {
        if let Some(arm) = &mut self.slots[index as usize].arm {
            arm.as_mut().pause();
        }
    }

    /// The end of a round: nobody waits from here on.
    pub(super) fn go_away(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.won = self.ballot.take_back();
        }
        if let Some(index) = self.won
            && self.slots[index as usize].arm.as_mut().is_none_or(|arm| arm.as_mut().forfeit())
        {
            self.won = None;
        }
        self.ballot.go_away();
        if std::mem::take(&mut self.is_waiting) {
            self.door.leave();
        }
        let known = self.told.len();
        self.ballot.leave_all(&mut self.told);
        self.heat_told(known);
        while let Some(index) = self.told.pop() {
            if !cfg!(strait_mutant = "told_is_kept") {
                self.pause(index);
                self.heat(index);
            }
        }
        while let Some(index) = self.placed.pop() {
            // What was taken the next round reports.
            if self.won != Some(index) {
                self.pause(index);
                self.heat(index);
            }
        }
    }
}

/// The future of [`Select::next`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Ready<'s, 'a, R> {
    select: &'s mut Select<'a, R>,
    tries: Tries,
    is_done: bool,
}

impl<'a, R: 'a> Future for Ready<'_, 'a, R> {
    type Output = Option<(ArmKey, R)>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let is_first = this.tries == Tries::Fresh;
        if is_first && let Progress::Ready(done) = this.select.pass(Step::Try) {
            this.is_done = true;
            return Poll::Ready(done);
        }
        let patience = std::mem::replace(&mut this.select.patience, Patience::new());
        let step = |step: Step<'_>| this.select.pass(step);
        let poll = if is_first {
            this.tries.blocked(&patience, context, step)
        } else {
            this.tries.poll(&patience, context, step)
        };
        this.select.patience = patience;
        this.is_done = poll.is_ready();
        poll
    }
}

impl<R> Drop for Ready<'_, '_, R> {
    fn drop(&mut self) {
        if !self.is_done {
            self.select.go_away();
        }
    }
}
