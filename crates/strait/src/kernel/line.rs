//! A line for permits: a counter, and behind it those who wait for it.
//!
//! # Promise
//! A permit is in the counter or with somebody who was given it: no permit is ever on its way to a
//! waiter. A waiter takes what it wants in the poll that returns it, so one that is dropped, at any
//! moment, has nothing to give back but its place. Waiters are served in the order of their
//! places. Others may overtake them, but not for long (see below).
//!
//! # Picture
//! ```text
//!   word:  | permits, 40 bits | overtakes, 21 bits | CLOSED | CALLED | WAITING |
//!   list:  A (called) -> B -> C            under a lock; each says how many it wants
//! ```
//! | part | changed by |
//! |---|---|
//! | permits | anybody: down by compare-and-swap, up by fetch-and-add |
//! | WAITING: the list is not empty | holders of the lock |
//! | CALLED: the first waiter was woken and has not looked since | holders of the lock |
//! | overtakes: permits that others have taken since the first waiter became the first | up by those who overtake; set by the holder of the lock |
//! | CLOSED | holders of the lock |
//!
//! With an empty list everything is one word: taking is a compare-and-swap, giving back a
//! fetch-and-add whose result says whether anybody waits. The lock is for those who wait.
//!
//! # Who hears of a permit
//! Giving back adds to the counter first. If the word then says WAITING, the first waiters are
//! *called*, as many as the permits suffice for: their wakers are taken out and woken, they stay
//! where they are. A called waiter looks: it takes what it wants and leaves the list, or finds the
//! permits gone and gets a waker again.
//!
//! ```text
//!   QUEUED --call--> CALLED --look, enough--> gone
//!     ^                 |
//!     +---look, vain----+   and from then on nobody overtakes
//! ```
//! Whenever the lock is free and nobody is between a fetch-and-add and its look at the list: if
//! the permits suffice for the first waiter, it is called. Whoever takes a waiter out sees to it
//! for the next one. Of a line with one permit the releaser needs to know only that the first
//! waiter is called, which the word tells: so a thread that takes and gives back in a loop
//! while the waiter is on its way pays one read-modify-write each, not a lock.
//!
//! # How long others overtake
//! Waking somebody takes microseconds, or more than ten of them across cores, and a permit that
//! waits for the woken is of no use to anybody meanwhile; if each goes through the line, all go at
//! the pace of wake-ups. So who comes and finds a permit may take it, even if others wait. This
//! ends, and the permits are kept for the first waiter, when
//! * [`MOST_OVERTAKES`] have been taken since it became the first, or
//! * it was called, came, and found the permits gone again, or
//! * there are permits, but not as many as it wants: a writer among readers would wait for ever if
//!   others took them as they come.
//!
//! Then whoever comes goes to the end of the line until the first has its permits. So with `p`
//! waiters before it, a waiter is overtaken by at most `(p + 1) * MOST_OVERTAKES` takes, and once
//! it is the first, by those alone that fit between its wake-up and its look.
//!
//! # Cancellation
//! O(1): a waiter unlinks itself, and calls the next if it was called itself.
//!
//! # Rejected
//! * Handing permits over to waiters: a permit that a dropped future has must be given back, with
//!   all that belongs to it; a select would have to be decided under our lock; and it is what makes
//!   convoys.
//! * Cells in segments, as in the paper: they make enqueueing lock-free, but each wait takes a
//!   place in memory of the line's own, 16 or more at a time, where a list needs none; and the
//!   lock is held for a few instructions by those alone who are about to sleep or to wake.
//! * Time instead of a count, as in Go's and parking_lot's mutexes: reading the clock costs as much
//!   as the take.
//!
//! # Sources
//! Counter first, and resumption that may come before suspension: N. Koval, D. Khalanskiy and
//! D. Alistarh, "CQS: A Formally-Verified Framework for Fair and Abortable Synchronization" (PLDI
//! 2023). That a waiter who looked in vain ends the overtaking: Go's `sync.Mutex`.

#![forbid(unsafe_code)]

use std::pin::Pin;
use std::task::Waker;

use super::ballot::Seat;
use super::manners::Manners;
use super::patience::Patience;
use super::permits::{CALLED, CLOSED, PERMIT, WAITING, Word};
use super::prim::{AtomicU64, Mutex, Ordering, constructor};
use super::ticket::Ticket;
use super::wait::{Progress, Step};
use super::waiter::{Stay, WaitList, Waiter, Wakes, discard, wake, wake_batches};

pub(crate) use super::permits::{MOST_OVERTAKES, MOST_PERMITS};

/// The line is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// See the head of the file.
#[derive(Debug)]
pub(crate) struct Line {
    word: AtomicU64,
    patience: Patience,
    manners: Manners,
    list: Mutex<WaitList>,
}

impl Line {
    constructor! {
        /// A line with so many permits.
        pub(crate) fn new(permits: u64) -> Self {
            Self {
                word: AtomicU64::new(permits * PERMIT),
                patience: Patience::new(),
                manners: Manners::new(),
                list: Mutex::new(WaitList::new()),
            }
        }
    }

    /// How many permits there are now.
    pub(crate) fn permits(&self) -> u64 {
        self.load().permits()
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        // Acquire: pairs with the Release in `close`.
        Word(self.word.load(Ordering::Acquire)).is_closed()
    }

    fn load(&self) -> Word {
        // Relaxed: a first guess; a compare-and-swap follows where it matters.
        Word(self.word.load(Ordering::Relaxed))
    }

    /// To be asked by who found it closed with a load that synchronizes nothing.
    fn found_closed(&self) -> Closed {
        if !cfg!(strait_mutant = "line_closed_relaxed") {
            // The word is read again for its Acquire. All changes since it was closed are
            // read-modify-writes, so this pairs with the Release in `close` even if it was opened.
            let _ = self.is_closed();
        }
        Closed
    }

    #[inline]
    fn replace(&self, word: Word, next: Word) -> Result<(), Word> {
        // Acquire on success: who takes permits sees what was done before they were given back;
        // pairs with the Release in `give`. All other changes are read-modify-writes too, and so
        // do not stand between the two.
        let success = if cfg!(strait_mutant = "line_take_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Acquire
        };
        let replaced = self.word.compare_exchange_weak(word.0, next.0, success, Ordering::Relaxed);
        replaced.map(drop).map_err(Word)
    }

    /// Takes the only permit of a line, if nobody waits.
    #[inline]
    pub(crate) fn try_only(&self) -> bool {
        // Acquire: as in `replace`.
        self.word.compare_exchange(PERMIT, 0, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// The same where it is likely to be in vain.
    #[inline]
    pub(super) fn try_only_seen(&self) -> bool {
        self.load().0 == PERMIT && self.try_only()
    }

    /// Takes permits if there are enough and nobody waits, or if the caller may `overtake` them.
    #[inline]
    pub(crate) fn try_take(&self, want: u64, overtake: bool) -> Result<bool, Closed> {
        let mut word = self.load();
        loop {
            if word.is_closed() {
                return Err(self.found_closed());
            }
            let Some(next) = word.overtaken(want, overtake) else { return Ok(false) };
            match self.replace(word, next) {
                Ok(()) => return Ok(true),
                Err(now) => word = now,
            }
        }
    }

    /// Takes permits if there are enough, whoever waits: for somebody who holds what they wait for.
    pub(crate) fn try_take_first(&self, want: u64) -> Result<bool, Closed> {
        let mut word = self.load();
        while word.permits() >= want && !word.is_closed() {
            match self.replace(word, Word(word.0 - want * PERMIT)) {
                Ok(()) => return Ok(true),
                Err(now) => word = now,
            }
        }
        if word.is_closed() { Err(self.found_closed()) } else { Ok(false) }
    }

    #[inline]
    pub(super) fn try_place(&self, want: Want) -> Result<bool, Closed> {
        match want.place {
            Place::First => self.try_take_first(want.permits),
            Place::Last | Place::UntilClosed => self.try_take(want.permits, true),
        }
    }

    /// Adds a permit unless there is one.
    pub(crate) fn give_one_at_most(&self) {
        let mut word = self.load();
        loop {
            if word.permits() > 0 {
                // Release: as if it had been added; pairs with the Acquire in `replace`.
                match self.word.compare_exchange_weak(
                    word.0,
                    word.0,
                    Ordering::Release,
                    Ordering::Relaxed,
                ) {
                    Ok(_) => return,
                    Err(now) => word = Word(now),
                }
                continue;
            }
            let next = word.0 + PERMIT;
            // Release: as in `give`.
            match self.word.compare_exchange_weak(
                word.0,
                next,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) if word.is_waiting() => return self.call(),
                Ok(_) => return,
                Err(now) => word = Word(now),
            }
        }
    }

    /// Gives permits back, or adds new ones.
    #[inline]
    pub(crate) fn give(&self, permits: u64) {
        // Release: pairs with the Acquire in `replace`.
        let before = self.word.fetch_add(permits * PERMIT, Ordering::Release);
        if before & WAITING != 0 {
            self.call();
        }
    }

    /// Gives the only permit of a line back.
    #[inline]
    pub(crate) fn give_only(&self) {
        let ordering = if cfg!(strait_mutant = "line_give_relaxed") {
            Ordering::Relaxed
        } else {
            // Release: as in `give`.
            Ordering::Release
        };
        let before = self.word.fetch_add(PERMIT, ordering);
        if before & (WAITING | CALLED) == WAITING {
            self.call();
        }
    }

    /// Calls the first waiters.
    #[cold]
    #[inline(never)]
    fn call(&self) {
        if cfg!(strait_mutant = "line_calls_nobody") {
            return;
        }
        wake_batches(|wakes| self.call_from(&mut self.list.lock(), wakes));
    }

    /// Calls the first waiters, as far as the permits suffice, and says in the word how the list is.
    fn call_from(&self, list: &mut WaitList, wakes: &mut Wakes) {
        let mut word = self.load();
        loop {
            list.call(word.permits(), wakes);
            let next = word.with_list(list.len() > 0, list.is_head_called());
            if next == word {
                return;
            }
            match self.replace(word, next) {
                Ok(()) => return,
                Err(now) => word = now,
            }
        }
    }

    /// A step of somebody who comes, or waits already.
    #[inline]
    pub(super) fn step(
        &self,
        waiter: Pin<&mut Option<Waiter>>,
        want: Want,
        step: Step<'_>,
        seat: Option<Seat<'_>>,
    ) -> Progress<Result<(), Closed>> {
        if waiter.is_none() {
            match self.try_place(want) {
                Ok(true) => return Progress::Ready(Ok(())),
                Err(Closed) => return Progress::Ready(Err(Closed)),
                Ok(false) => {}
            }
        }
        self.step_on(waiter, want, step, seat)
    }

    /// The rest of it, after a try that was in vain.
    #[cold]
    #[inline(never)]
    fn step_on(
        &self,
        mut waiter: Pin<&mut Option<Waiter>>,
        want: Want,
        step: Step<'_>,
        seat: Option<Seat<'_>>,
    ) -> Progress<Result<(), Closed>> {
        if waiter.is_none() {
            let overtakes = || self.load().overtaken(want.permits, true).is_some();
            if !self.load().is_kept()
                && !self.manners.are_strict()
                && self.patience.hold_out(overtakes)
                && self.try_place(want) == Ok(true)
            {
                return Progress::Ready(Ok(()));
            }
            let Step::Register(_) = step else { return Progress::Blocked };
            waiter.set(Some(Waiter::new()));
        }
        let waiter = waiter.as_ref().as_pin_ref().expect("just made");
        match step {
            Step::Register(waker) => self.wait(waiter, want, waker, seat),
            Step::Try | Step::TryForMore(_) => {
                self.look(waiter, want, Err(Waker::noop())).unwrap_or(Progress::Blocked)
            }
        }
    }

    /// One look of somebody who waits, or is about to. Its waiter is in the list when this says
    /// `Blocked`.
    pub(super) fn wait(
        &self,
        waiter: Pin<&Waiter>,
        want: Want,
        waker: &Waker,
        seat: Option<Seat<'_>>,
    ) -> Progress<Result<(), Closed>> {
        match waiter.stay() {
            Stay::Queued => {
                // Most looks succeed, and need no waker.
                let looked = self.look(waiter, want, Err(waker));
                let looked = looked.or_else(|| {
                    if !self.manners.are_strict() {
                        self.patience.hold_out(|| self.load().permits() >= want.permits);
                    }
                    self.look(waiter, want, Ok(waker.clone()))
                });
                if let Some(looked) = looked {
                    return looked;
                }
            }
            Stay::Told => {}
            Stay::Idle => return self.enqueue(waiter, want, waker.clone(), seat),
        }
        if want.place == Place::UntilClosed && !cfg!(strait_mutant = "line_forgets_the_close") {
            // It was closed when we were told, perhaps not any more.
            return Progress::Ready(Err(Closed));
        }
        // The line was closed, or our select was away when we were called.
        waiter.rest();
        match self.try_place(want) {
            Err(Closed) => Progress::Ready(Err(Closed)),
            Ok(true) => Progress::Ready(Ok(())),
            Ok(false) => self.enqueue(waiter, want, waker.clone(), seat),
        }
    }

    fn enqueue(
        &self,
        waiter: Pin<&Waiter>,
        want: Want,
        waker: Waker,
        seat: Option<Seat<'_>>,
    ) -> Progress<Result<(), Closed>> {
        let mut list = self.list.lock();
        let mut word = self.load();
        let taken = loop {
            if word.is_closed() {
                break Some(Err(Closed));
            }
            let takes = (list.len() == 0 || want.place == Place::First)
                && word.permits() >= want.permits
                && !cfg!(strait_mutant = "line_enqueues_blindly");
            let next = if takes {
                Word(word.0 - want.permits * PERMIT)
            } else if list.len() == 0 {
                let first = word.with_list(true, false);
                if self.manners.are_strict() { first.kept() } else { first }
            } else {
                break None;
            };
            match self.replace(word, next) {
                Ok(()) if takes => break Some(Ok(())),
                Ok(()) => {
                    self.manners.turn_begins();
                    break None;
                }
                Err(now) => word = now,
            }
        };
        if let Some(taken) = taken {
            drop(list);
            discard(Some(waker));
            return Progress::Ready(taken);
        }
        let ticket = Ticket::new(want.permits);
        if want.place == Place::First {
            list.push_front(waiter, waker, ticket);
        } else {
            list.push_back(waiter, waker, ticket);
        }
        if let Some(seat) = seat {
            list.seat(waiter, seat);
        }
        drop(list);
        if want.place == Place::First {
            // The word is to tell of the new first.
            self.call();
        }
        Progress::Blocked
    }

    /// A look of a waiter in the list. `None`: it needs a waker of its own, or is not in the list
    /// any more.
    fn look(
        &self,
        waiter: Pin<&Waiter>,
        want: Want,
        waker: Result<Waker, &Waker>,
    ) -> Option<Progress<Result<(), Closed>>> {
        let mut list = self.list.lock();
        if waiter.stay() != Stay::Queued {
            drop(list);
            discard(waker.ok());
            return None;
        }
        let before = list.wanted_before(waiter);
        let is_head = before == Some(0);
        let is_called = list.is_called(waiter);
        let mut word = self.load();
        loop {
            let suffice = before.is_some_and(|before| word.permits() >= before + want.permits);
            let next = if suffice && is_head {
                word.served(want.permits, list.len() > 1, self.manners.are_strict())
            } else if suffice {
                Word(word.0 - want.permits * PERMIT)
            } else if let Err(waker) = waker {
                let stays = list.would_wake(waiter, waker);
                return stays.then_some(Progress::Blocked);
            } else if is_head && is_called {
                word.kept()
            } else {
                word
            };
            if next != word
                && let Err(now) = self.replace(word, next)
            {
                word = now;
                continue;
            }
            let mut more = false;
            let spent = if suffice {
                if is_head && list.len() > 1 {
                    self.manners.turn_begins();
                }
                let own = list.unlink(waiter);
                // Without permits there is nobody to call, and the word is right.
                more = next.permits() > 0 && list.len() > 0 || !is_head;
                [own, waker.ok()]
            } else {
                if is_head && is_called && !want.on_thread {
                    self.manners.came_in_vain();
                }
                [waker.ok().and_then(|waker| list.rewake(waiter, waker).1), None]
            };
            drop(list);
            spent.into_iter().for_each(discard);
            if more {
                self.call();
            }
            return Some(if suffice { Progress::Ready(Ok(())) } else { Progress::Blocked });
        }
    }

    /// Takes a waiter out of the line, if it is still there.
    pub(super) fn leave(&self, waiter: Pin<&Waiter>) {
        if waiter.stay() != Stay::Queued {
            return;
        }
        let mut spent = None;
        wake_batches(|wakes| {
            let mut list = self.list.lock();
            spent = spent.take().or(list.unlink(waiter));
            if !cfg!(strait_mutant = "line_leaves_silently") {
                self.call_from(&mut list, wakes);
            }
        });
        discard(spent);
    }

    /// Nobody gets a permit from here on, and those who wait hear of it. Allocates if anybody does:
    /// all leave at one moment, so that a line that is opened again has none of them.
    /// Says whether it was open.
    pub(crate) fn close(&self) -> bool {
        let mut list = self.list.lock();
        // Release: what the closer did before is visible to who finds it closed; pairs with the
        // Acquire in `is_closed` and in the lock of the list.
        let before = Word(self.word.fetch_or(CLOSED, Ordering::Release));
        let mut wakers = Vec::with_capacity(list.len());
        while let Some(waker) = list.pop_any() {
            wakers.extend(waker);
        }
        self.call_from(&mut list, &mut Wakes::default());
        drop(list);
        if !cfg!(strait_mutant = "line_closes_silently") {
            wakers.into_iter().for_each(wake);
        }
        !before.is_closed()
    }

    /// Opens the line again; says whether it was closed.
    pub(crate) fn open(&self) -> bool {
        // Acquire: who undoes it sees what was done before it was closed.
        Word(self.word.fetch_and(!CLOSED, Ordering::Acquire)).is_closed()
    }
}

/// What somebody wants of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Want {
    pub(crate) permits: u64,
    pub(crate) place: Place,
    /// A thread waits: it comes late when it is woken, and there is no sense in waiting for it.
    pub(crate) on_thread: bool,
}

/// Where in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Behind all others.
    Last,
    /// Before all others, who wait for what this one holds.
    First,
    /// Behind all others, for the line to be closed, not for permits. Who waited then is let go,
    /// even if the line was opened again since.
    UntilClosed,
}
