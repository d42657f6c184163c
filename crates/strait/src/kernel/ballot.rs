//! How a select is decided: by its owner, or by one counterpart, exactly once.
//!
//! # Promise
//! While a select waits, several counterparts may want it for different arms at the same time; one
//! of them wins. While its owner runs, nobody can decide it, so what the owner does then is its
//! own.
//!
//! # States
//! ```text
//!            take_back                      open
//!   BUSY <--------------- OPEN <----------------------- BUSY
//!    | ^                   | decide(i), a counterpart
//! go_away | come_back      v
//!    v |                 WON(i) --take_back--> BUSY
//!   AWAY
//! ```
//! | state | the owner | a counterpart |
//! |---|---|---|
//! | BUSY, MISSED | runs code of ours, a few instructions | waits a little, then treats it as AWAY |
//! | AWAY | has not begun to wait, has ended, or runs the user's code (a future that is an arm) | goes on without it |
//! | OPEN | waits | may decide it for an arm |
//! | WON(i) | has not noticed yet | goes on without it |
//!
//! What "decided for arm i" means is the business of the arm: the message of a send was taken; a
//! sender counts on a receive.
//!
//! # Who may hold on to it
//! A ballot lies beside the arms in the future, or on the stack, of whoever waits. Waiters that
//! point to it ([`Seat`]) count as its guests while they are in a list, and counterparts reach it
//! through them only, under the list's lock. A ballot with guests that is dropped ends the process,
//! as a waiter in a list does; so the pointers are good.
//!
//! # A select that is kept
//! Its arms stay in their lists from one round to the next, also while the user handles what came.
//! To find out which arms to look at, it remembers which were told (`tell`, called by the one who
//! tells, under the list's lock). And while nobody waits, being told does not count: the one who
//! tells goes on to the next in the list, since the message may be for somebody who is awake
//! sooner. Who tells an arm notes that first and looks then whether the owner is away; the owner goes
//! away first and looks then what was noted. So of each arm that was told and counted it knows when
//! it goes away, and can pass it on.
//!
//! # Nobody sleeps on a message unheard
//! A select that finds another one BUSY may go to sleep on its message (`channel/choice.rs` says
//! when). It is in the list of receivers by then, and turns BUSY into MISSED. The owner finds that
//! when it opens, and tells the receivers. If the owner was faster, the change fails, and the
//! ballot is OPEN.

#![forbid(unsafe_code)]

use std::marker::PhantomPinned;
use std::pin::Pin;

use super::prim::{AtomicBool, AtomicU32, AtomicUsize, Mutex, Ordering, handshake, thread_number};

const AWAY: u32 = 0;
const BUSY: u32 = 1;
const OPEN: u32 = 2;
/// BUSY, and another select has gone to sleep on one of its messages meanwhile.
const MISSED: u32 = 3;
/// And above: WON for arm `word - WON`.
const WON: u32 = 4;

/// The word on which a select is decided.
#[derive(Debug)]
pub struct Ballot {
    word: AtomicU32,
    /// Waiters in lists that point here. Changed under the locks of their lists.
    guests: AtomicU32,
    /// Of a select that is kept over many rounds.
    told: Option<Box<Told>>,
    /// Where the owner runs code of the user.
    thread: AtomicUsize,
    rank: Rank,
    _pinned: PhantomPinned,
}

/// Which arms were told of something, for a select that keeps its arms in their lists.
#[derive(Debug)]
struct Told {
    /// Nobody waits, so nobody will look soon.
    is_away: AtomicBool,
    /// There may be some.
    any: AtomicBool,
    arms: Mutex<Vec<u32>>,
}

/// The place of an arm in its select.
#[derive(Clone, Copy, Debug)]
pub struct Seat<'a> {
    pub(crate) ballot: Pin<&'a Ballot>,
    pub(crate) arm: u32,
    /// Whether the owner watches the clock itself; otherwise arms with a time need an alarm.
    pub(crate) on_thread: bool,
}

/// What a counterpart found.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is decided now, for the arm that was asked for.
    Decided,
    /// Its owner is in the middle of something short.
    Busy,
    /// Not to be had: its owner runs code of the user, or it was decided before.
    Away,
    /// Its owner runs code of the user on this very thread: the counterpart is part of that.
    Above,
}

impl Ballot {
    pub(crate) fn new() -> Self {
        Self::remembering(None)
    }

    /// One that remembers which of its arms were told of something.
    pub(crate) fn with_memory() -> Self {
        let told = Told {
            is_away: AtomicBool::new(true),
            any: AtomicBool::new(false),
            arms: Mutex::new(Vec::new()),
        };
        Self::remembering(Some(Box::new(told)))
    }

    fn remembering(told: Option<Box<Told>>) -> Self {
        Self {
            word: AtomicU32::new(AWAY),
            guests: AtomicU32::new(0),
            told,
            thread: AtomicUsize::new(0),
            rank: Rank::new(),
            _pinned: PhantomPinned,
        }
    }

    /// A waiter of the select was told, under the lock of its list. Says whether that counts: if
    /// nobody waits, somebody else is to be told too.
    pub(super) fn tell(&self, arm: u32) -> bool {
        let Some(told) = &self.told else { return true };
        told.arms.lock().push(arm);
        // SeqCst, and RMWs for the sake of loom: half of the handshake with `leave_all`.
        told.any.swap(true, Ordering::SeqCst);
        handshake();
        !told.is_away.load(Ordering::SeqCst) || cfg!(strait_mutant = "away_counts")
    }

    /// The owner: nobody waits from here on. Moves the arms that were told to the end of `arms`.
    pub(crate) fn leave_all(&self, arms: &mut Vec<u32>) {
        let Some(told) = &self.told else { return };
        // SeqCst: the other half. Whoever did not see it yet has told us of its arm before.
        told.is_away.swap(true, Ordering::SeqCst);
        handshake();
        if told.any.load(Ordering::SeqCst) {
            told.collect(arms);
        }
    }

    /// The owner: somebody waits from here on. Moves the arms that were told to the end of `arms`.
    pub(crate) fn return_to_all(&self, arms: &mut Vec<u32>) {
        let Some(told) = &self.told else { return };
        // Release: as good as any; who does not see it yet tells one receiver too many.
        told.is_away.store(false, Ordering::Release);
        // Acquire: pairs with the swap in `tell`. Whoever comes later rings for us.
        if told.any.load(Ordering::Acquire) {
            told.collect(arms);
        }
    }

    /// The counterpart: decides the select for `arm` if it waits.
    pub(crate) fn decide(&self, arm: u32) -> Standing {
        // AcqRel: Release hands over what the decider did; pairs with the Acquire in `take_back`.
        // Acquire pairs with the Release in `go_away`.
        let seen = self.word.compare_exchange(OPEN, WON + arm, Ordering::AcqRel, Ordering::Acquire);
        match seen {
            Ok(_) => Standing::Decided,
            Err(BUSY | MISSED) => Standing::Busy,
            #[cfg(strait_mutant = "decides_twice")]
            Err(WON..) => Standing::Decided,
            // Relaxed: ordered by the word.
            Err(AWAY) if self.thread.load(Ordering::Relaxed) == thread_number() => Standing::Above,
            Err(_) => Standing::Away,
        }
    }

    /// A select that is in the list of receivers: asks to be told when the owner opens. Says
    /// `false` if that is not BUSY any more.
    pub(crate) fn miss(&self) -> bool {
        // AcqRel: it is in the list before the owner sees this; pairs with the swap in `open`.
        let seen = self.word.compare_exchange(BUSY, MISSED, Ordering::AcqRel, Ordering::Acquire);
        matches!(seen, Ok(_) | Err(MISSED))
    }

    /// The owner: nobody decides from here on. `Some` is the arm that it was decided for.
    pub(crate) fn take_back(&self) -> Option<u32> {
        // AcqRel: Acquire pairs with the decider's Release.
        self.word.swap(BUSY, Ordering::AcqRel).checked_sub(WON)
    }

    /// The owner: begins to run the user's code. Says whether somebody asked to be told.
    pub(crate) fn go_away(&self) -> bool {
        // Relaxed: ordered by the word.
        self.thread.store(thread_number(), Ordering::Relaxed);
        // AcqRel: Acquire pairs with the one in `miss`, Release with the look in `decide`.
        self.word.swap(AWAY, Ordering::AcqRel) == MISSED
    }

    /// The owner: the user's code is over.
    pub(crate) fn come_back(&self) {
        // Release: as good as any; nobody changes AWAY but the owner.
        self.word.store(BUSY, Ordering::Release);
    }

    /// The owner: waits from here on, and may be decided. Says whether somebody asked to be told.
    pub(crate) fn open(&self) -> bool {
        // AcqRel: Release for the decider, Acquire pairs with the one in `miss`.
        self.word.swap(OPEN, Ordering::AcqRel) == MISSED
    }

    /// Whether `other` is the one that waits for the other's end when both are BUSY.
    pub(crate) fn goes_before(&self, other: &Self) -> bool {
        self.rank.of(self) < other.rank.of(other)
    }

    pub(super) fn add_guest(&self) {
        // Relaxed: published by the lock of the list.
        self.guests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn remove_guest(&self) {
        // Release: our last touch, pairs with the Acquire in `drop`.
        self.guests.fetch_sub(1, Ordering::Release);
    }
}

impl Told {
    fn collect(&self, arms: &mut Vec<u32>) {
        let mut told = self.arms.lock();
        // Relaxed: under the lock; who pushes later raises it again.
        self.any.store(false, Ordering::Relaxed);
        arms.append(&mut told);
    }
}

/// What orders ballots: the address.
#[cfg(not(strait_loom))]
#[derive(Debug)]
struct Rank;

#[cfg(not(strait_loom))]
impl Rank {
    const fn new() -> Self {
        Self
    }

    fn of(&self, ballot: &Ballot) -> usize {
        (&raw const *ballot).addr()
    }
}

/// In models the order of making, for addresses differ from one execution to the next.
#[cfg(strait_loom)]
#[derive(Debug)]
struct Rank(u64);

#[cfg(strait_loom)]
impl Rank {
    fn new() -> Self {
        use std::cell::Cell;
        thread_local! {
            static NEXT: Cell<u64> = const { Cell::new(0) };
        }
        Self(NEXT.replace(NEXT.get() + 1))
    }

    fn of(&self, _: &Ballot) -> u64 {
        self.0
    }
}

impl Drop for Ballot {
    fn drop(&mut self) {
        // Acquire: pairs with the Release in `remove_guest`.
        if self.guests.load(Ordering::Acquire) != 0 {
            // A list still leads here: going on would let it write to freed memory.
            std::process::abort();
        }
    }
}
