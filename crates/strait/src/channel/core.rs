//! The one channel behind every constructor but `oneshot`: words, cells and waiters.
//!
//! # Promise
//! Messages are received in the order of their send tickets, each exactly once, by threads and
//! tasks alike; whoever drops a future loses and doubles nothing.
//!
//! # Picture
//! An endless row of cells ([`cell`](crate::kernel::cell)), a *rear* counter of send tickets moved by fetch-and-add,
//! and a *front* counter of receive tickets moved by compare-and-swap once a message is seen
//! there. A send takes its ticket, fills its cell and publishes it by a plain store. It may return
//! at once if its ticket is before the *limit*:
//!
//! ```text
//!             front     limit = front + capacity + announced + holes   rear
//!               |                        |                              |
//!   DONE  DONE  F  F  F  F  (g)  F  F  F | P  P  P  (g)  P  P ...       |  not yet sent
//!               received next            | these sends wait, their messages are in line already
//! ```
//!
//! A message over the limit is PENDING (P): its send waits, but a receiver that gets there takes
//! it without waking anybody first. Capacity 0 is a rendezvous channel, an endless capacity an
//! unbounded one; the algorithm is the same. `announced` counts receivers that wait and have said
//! so (capacity 0 and 1 only), so that a send that meets one need not wait for it to run; `holes`
//! counts withdrawn sends inside the window (g, see [`gate`](super::gate)).
//!
//! # Who waits where
//! * Receivers: in `receivers`, first come first served, told that there may be something. A
//!   receiver takes a message only while it runs: nothing is ever bound to a sleeping future. That
//!   is what makes dropping it harmless *and* keeps the order (a message that had been handed to a
//!   future that is then dropped could only be put back behind younger ones already received).
//! * Senders over the limit, senders that wait for an acknowledgement, and `closed()`: in
//!   [`gate`](super::gate).
//!
//! # The two handshakes
//! Each is "store mine, then look at yours" on both sides with `SeqCst` accesses, so that in their
//! one total order at least one side sees the other.
//!
//! ```text
//! sender:   rear += 1 ......... look at rx_waiting      receiver: rx_waiting = n ... look at rear
//! receiver: front += 1 ........ look at attention       sender:   attention = n .... look at front
//! ```
//! Case 1, the waiter's store is first: the other side's look sees it, and wakes it. Case 2, the
//! other side's counter is first: the waiter's look sees it, and it does not sleep. The ticket
//! RMW that has to happen anyway orders the look, so publishing needs no fence of its own; the
//! price is that a receiver that sees `rear > front` but no message there must not sleep, for the
//! sender in between may have looked at `rx_waiting` already. It yields and tries again
//! (*Stalled*): a sender between claim and publication delays receivers, for the few instructions
//! that this takes, or as long as the system does not run it. Builders that set `lock_free` pay
//! one RMW more on each send (a swap for the store) and let the receiver break such a cell.
//!
//! # Cost
//! Send and receive 1 RMW each when nobody waits. One lock and one table look-up in 64 operations.
//!
//! # Sources
//! N. Koval, D. Alistarh, R. Elizarov, *Fast and Scalable Channels in Kotlin Coroutines* (PPoPP
//! 2023) and the talk of 2018: tickets, cells, segments. crossbeam-channel: ordering the waiter
//! check by the ticket RMW. What is different, and why, is in the choices below.
//!
//! # Choices, and the figures behind them
//! All of them, with their tables, are in `lab/CHOICES.md`; medians of one interleaved run each.
//!
//! * Publish by a store, 15.8 ns for a send and a receive on one thread; by a swap 22.6. Hence
//!   the swap is `lock_free`'s alone.
//! * Claim by compare-and-swap, once a message is seen: what the promise to dropped futures needs.
//! * A unique receiver could store the front: 10.4 instead of 16.0, but 16.2 with the fence that
//!   the first handshake then needs. Hence no types for one receiver.
//! * Announcements: rendezvous between two tasks 131 ns with, 224 without.
//! * No ring beside the cells for 2 and more: a good one has 15.2 where this has 14.0.
//! * Who lost a race for a ticket leaves the line alone for a moment: `lab/TUNING.md`, with all
//!   else that was tried to make this faster.

use crate::kernel::directory::{Directory, Located};
use crate::kernel::patience::{Patience, pause};
use crate::kernel::prim::{
    AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Mutex, Ordering, handshake,
};
use crate::kernel::segment::Segment;
use crate::kernel::ticket::{CANCELLED, CLOSED, Front, Rear, START, Ticket};

use super::gate::Gate;
use super::list::Waiting;

/// What a channel is made to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Config {
    /// Messages it may hold without a send that waits; `None` is endless.
    pub(super) capacity: Option<usize>,
    /// Receivers that come later do not overtake receivers that wait.
    pub(super) fair: bool,
    /// A receiver does not wait for a sender between claim and publication.
    pub(super) lock_free: bool,
    /// Sends never wait: the oldest message makes room.
    pub(super) displaces: bool,
}

pub(super) const FLAG_CLOSED: u8 = 1;
pub(super) const FLAG_FAIR: u8 = 2;
pub(super) const FLAG_LOCK_FREE: u8 = 4;
pub(super) const FLAG_DISPLACES: u8 = 8;
const FLAG_UNBOUNDED: u8 = 16;

impl Config {
    fn flags(self) -> u8 {
        let flag = |on, flag| if on { flag } else { 0 };
        flag(self.fair, FLAG_FAIR)
            | flag(self.lock_free, FLAG_LOCK_FREE)
            | flag(self.displaces, FLAG_DISPLACES)
            | flag(self.capacity.is_none(), FLAG_UNBOUNDED)
    }
}

/// More than any memory holds; the ticket arithmetic is right below it.
const ENDLESS: u64 = 1 << 38;

fn bound(capacity: Option<usize>) -> u64 {
    capacity.map_or(ENDLESS, |capacity| (capacity as u64).min(ENDLESS))
}

/// The state that all handles of one channel share.
///
/// The two counters, each with its hint, lie in 16 bytes that are aligned to 16, so in one cache
/// line, and at least a line from each other and from `meta`: what lies between is touched only
/// by those who wait or change segments. An alignment to whole lines would say the same at twice
/// the memory, and the allocator takes 50 ns more for it.
#[derive(Debug)]
#[repr(C, align(16))]
pub(super) struct Core<T> {
    pub(super) rear: RearLine<T>,
    pub(super) gate: Mutex<Gate>,
    pub(super) front: FrontLine<T>,
    pub(super) directory: Mutex<Directory<T>>,
    pub(super) meta: Meta,
    pub(super) receivers: Mutex<Waiting>,
}

/// What senders write.
#[derive(Debug)]
#[repr(C, align(16))]
pub(super) struct RearLine<T> {
    pub(super) word: AtomicU64,
    /// The segment of a recent send.
    pub(super) hint: AtomicPtr<Segment<T>>,
    /// A limit of the past, without announcements and holes: never beyond the true one, since the
    /// front only grows. Renewed once a run, so that it is never 2^39 tickets old.
    pub(super) limit: AtomicU64,
    pub(super) patience: Patience,
}

/// What receivers write.
#[derive(Debug)]
#[repr(C, align(16))]
pub(super) struct FrontLine<T> {
    pub(super) word: AtomicU64,
    /// The segment of a recent receive.
    pub(super) hint: AtomicPtr<Segment<T>>,
    /// [`Core::bound`]; never changes. Here for those who look at the word as well.
    room: u64,
    pub(super) patience: Patience,
}

/// What both sides read and hardly anybody writes.
#[derive(Debug)]
pub(super) struct Meta {
    /// What the maker said; the algorithm uses [`Core::bound`].
    capacity: usize,
    /// Waiting receivers (fair: and those whose turn it is). Written under `receivers`.
    pub(super) rx_waiting: AtomicU32,
    /// Not zero: a receive must look after the gate. Written under `gate`.
    pub(super) attention: AtomicU32,
    /// How many wait for the end of the channel. Written under `gate`.
    pub(super) end_waiting: AtomicU32,
    /// Messages given back to sends that have not fetched them yet.
    pub(super) given_back: AtomicU32,
    /// Withdrawn sends between front and rear. Written under `gate`.
    pub(super) holes: AtomicU64,
    /// What keeps an operation from its short path: the closed bit of the rear word, to be read
    /// without touching that line, and the choices of `config`.
    pub(super) flags: AtomicU8,
    /// Sides without a handle.
    sides_gone: AtomicU8,
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

// SAFETY: messages move between threads through the cells, so `T: Send`; no `&T` is ever shared.
// Segments are reached through raw pointers by the rules at the head of `segment.rs`.
unsafe impl<T: Send> Send for Core<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Core<T> {}
// A message is never touched while a panic unwinds through the channel's own code.
impl<T> std::panic::RefUnwindSafe for Core<T> {}
impl<T> std::panic::UnwindSafe for Core<T> {}

impl<T> Core<T> {
    pub(super) fn new(config: Config) -> Self {
        let start = Ticket::new(START);
        Self {
            rear: RearLine {
                word: AtomicU64::new(start.bits()),
                hint: AtomicPtr::default(),
                limit: AtomicU64::new(start.plus(bound(config.capacity)).bits()),
                patience: Patience::new(),
            },
            front: FrontLine {
                word: AtomicU64::new(start.bits()),
                hint: AtomicPtr::default(),
                room: bound(config.capacity),
                patience: Patience::new(),
            },
            meta: Meta {
                capacity: config.capacity.unwrap_or(0),
                rx_waiting: AtomicU32::new(0),
                attention: AtomicU32::new(0),
                end_waiting: AtomicU32::new(0),
                given_back: AtomicU32::new(0),
                holes: AtomicU64::new(0),
                flags: AtomicU8::new(config.flags()),
                sides_gone: AtomicU8::new(0),
                senders: AtomicUsize::new(1),
                receivers: AtomicUsize::new(1),
            },
            receivers: Mutex::new(Waiting::new()),
            gate: Mutex::new(Gate::new()),
            directory: Mutex::new(Directory::new()),
        }
    }

    /// SeqCst: one half or the other of both handshakes, and the word whose order is the order
    /// of the channel.
    pub(super) fn load_rear(&self) -> Rear {
        Rear(self.rear.word.load(Ordering::SeqCst))
    }

    /// SeqCst: as [`load_rear`](Self::load_rear).
    pub(super) fn load_front(&self) -> Front {
        Front(self.front.word.load(Ordering::SeqCst))
    }

    /// Changes the front word if it is still `seen`.
    #[inline]
    pub(super) fn replace_front(&self, seen: Front, next: Front) -> Result<(), Front> {
        // SeqCst: the front half of the second handshake. Failure is SeqCst too, since the caller
        // goes on with what it saw as if by `load_front`.
        self.front
            .word
            .compare_exchange(seen.0, next.0, Ordering::SeqCst, Ordering::SeqCst)
            .map(drop)
            .map_err(Front)
    }

    /// Takes `n` receive tickets, and spends the announcement if there is one.
    #[inline]
    pub(super) fn advance(&self, seen: Front, n: u64, announced: bool) -> Result<(), Front> {
        self.replace_front(seen, seen.taken(n, announced))
    }

    /// Widens the window by one for a receiver that waits, unless very many have.
    pub(super) fn announce(&self) -> bool {
        let mut front = self.load_front();
        while let Some(wider) = front.announcing() {
            match self.replace_front(front, wider) {
                Ok(()) => return true,
                Err(now) => front = now,
            }
        }
        false
    }

    /// Takes an announcement back.
    pub(super) fn retract(&self) {
        // SeqCst: as in `replace_front`.
        self.front.word.fetch_sub(Front::announcement(), Ordering::SeqCst);
    }

    #[inline]
    pub(super) fn has(&self, flag: u8) -> bool {
        self.flags() & flag != 0
    }

    /// The capacity; `None` is unbounded.
    pub(super) fn capacity(&self) -> Option<usize> {
        (!self.has(FLAG_UNBOUNDED)).then_some(self.meta.capacity)
    }

    /// The capacity as the algorithm takes it.
    pub(super) fn bound(&self) -> u64 {
        bound(self.capacity())
    }

    pub(super) fn is_rendezvous(&self) -> bool {
        self.bound() == 0 && !self.has(FLAG_DISPLACES)
    }

    pub(super) fn is_endless(&self) -> bool {
        self.bound() == ENDLESS
    }

    /// What the operations that run now have to look at beyond their short path.
    #[inline]
    pub(super) fn flags(&self) -> u8 {
        // Relaxed: the choices never change; the closed bit is a shortcut.
        self.meta.flags.load(Ordering::Relaxed)
    }

    /// Whether a send with this ticket may return at once.
    #[inline]
    pub(super) fn fits(&self, ticket: Ticket) -> bool {
        self.fits_by_hint(ticket) || self.fits_after_all(ticket)
    }

    /// Whether that is known without a look at the front.
    #[inline]
    pub(super) fn fits_by_hint(&self, ticket: Ticket) -> bool {
        // Relaxed: an outdated bound is only smaller, see `RearLine::limit`.
        ticket.is_before(Ticket::new(self.rear.limit.load(Ordering::Relaxed)))
    }

    /// Whether a send may return at once, by a look at the front. `false` also while the channel is
    /// being closed, for [`fits`](Self::fits) to tell.
    #[inline(always)]
    pub(super) fn fits_by_front(&self, ticket: Ticket) -> bool {
        let front = self.load_front();
        // The front may have been moved by the one who empties the channel, which admits nobody.
        // It raised the flag before, so whoever saw such a front sees the flag. (A bit in the
        // rear word says so too, but a load from a line that a locked instruction has just
        // written waits for it: 2 ns.)
        if self.has(FLAG_CLOSED) {
            return false;
        }
        let room = self.front.room;
        if room > 1 {
            self.rear.limit.store(front.ticket().plus(room).bits(), Ordering::Relaxed);
        }
        ticket.since(front.ticket()) < room as i64 || ticket.is_before(front.limit(room))
    }

    #[cold]
    pub(super) fn fits_after_all(&self, ticket: Ticket) -> bool {
        let front = self.load_front();
        if self.load_rear().is_cancelled() {
            // As above.
            return false;
        }
        self.rear.limit.store(front.ticket().plus(self.bound()).bits(), Ordering::Relaxed);
        ticket.is_before(front.limit(self.bound()))
    }

    /// Where the cell of `ticket` is, for a receiver; lets finished runs go on the way.
    #[cold]
    pub(super) fn locate(&self, ticket: Ticket, front: Front) -> Located<T> {
        let mut directory = self.directory.lock();
        directory.retire(front.ticket());
        let located = directory.locate(ticket);
        if let Located::Live(segment) = located {
            // Release: pairs with the Acquire of the readers of the hint.
            self.front.hint.store(segment, Ordering::Release);
        }
        located
    }

    /// After a lost race for a ticket: lets the winner have the line for some operations, where
    /// there is a buffer to work through. Two who retry at once cost each other a transfer of the
    /// line for each message: 66 ns a message without, 24 with this, four and four tasks on two
    /// workers (`lab/TUNING.md`).
    #[cold]
    pub(super) fn back_off(&self) {
        if self.batch() > 0 {
            pause();
        }
    }

    /// How many messages, or places, make a batch that is worth a change of threads.
    #[inline]
    pub(super) fn batch(&self) -> u64 {
        (self.bound() / 4).min(64)
    }

    pub(super) fn senders(&self) -> usize {
        // Relaxed: a snapshot.
        self.meta.senders.load(Ordering::Relaxed)
    }

    pub(super) fn receivers(&self) -> usize {
        // Relaxed: a snapshot.
        self.meta.receivers.load(Ordering::Relaxed)
    }

    pub(super) fn add_sender(&self) {
        Self::add(&self.meta.senders);
    }

    pub(super) fn add_receiver(&self) {
        Self::add(&self.meta.receivers);
    }

    fn add(count: &AtomicUsize) {
        // Relaxed: made from a handle that keeps the count above zero.
        let before = count.fetch_add(1, Ordering::Relaxed);
        assert!(before < usize::MAX / 2, "too many handles");
    }

    /// Makes a sender for a weak handle, unless the last one is gone.
    pub(super) fn revive_sender(&self) -> bool {
        Self::revive(&self.meta.senders)
    }

    /// Makes a receiver for a weak handle, unless the last one is gone.
    pub(super) fn revive_receiver(&self) -> bool {
        Self::revive(&self.meta.receivers)
    }

    fn revive(count: &AtomicUsize) -> bool {
        // Relaxed: as in `add`; what the others did reaches us through the channel's words.
        count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                (count != 0).then_some(count + 1)
            })
            .is_ok()
    }

    pub(super) fn drop_sender(&self) {
        // AcqRel: what each sender did happens before what the last one does now.
        if self.meta.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            // Without receivers it was cancelled.
            if self.receivers() > 0 {
                self.close();
            }
            self.end_of_side();
        }
    }

    pub(super) fn drop_receiver(&self) {
        // AcqRel: as in `drop_sender`.
        if self.meta.receivers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.cancel();
            self.end_of_side();
        }
    }

    /// One side is gone. After the other nobody can reach the cells any more, though weak handles
    /// may keep this head for long.
    fn end_of_side(&self) {
        // AcqRel: what the other side did happens before what the last one does.
        let is_last = self.meta.sides_gone.fetch_add(1, Ordering::AcqRel) == 1;
        // Relaxed: whoever stored it has been synchronized with. Without a hint there never was a
        // message.
        if is_last && !self.rear.hint.load(Ordering::Relaxed).is_null() {
            let has_messages = self.may_hold_messages();
            // SAFETY: the last handle is gone and none can be made; every future borrows one.
            unsafe { self.directory.lock().destroy(has_messages) };
        }
    }

    /// Messages are in line, or were given back to sends whose futures were leaked.
    fn may_hold_messages(&self) -> bool {
        // Relaxed: asked when nobody else is left.
        let given_back = self.meta.given_back.load(Ordering::Relaxed) != 0;
        given_back || self.load_rear().ticket() != self.load_front().ticket()
    }

    /// Messages that could be received now; sends that wait are not counted.
    pub(super) fn len(&self) -> usize {
        loop {
            let front = self.load_front();
            let rear = self.load_rear();
            let again = self.load_front();
            if front.ticket() != again.ticket() {
                continue;
            }
            // Relaxed: exact when nobody is in the middle of an operation.
            let holes = self.meta.holes.load(Ordering::Relaxed) as i64;
            let all = rear.ticket().since(front.ticket()).saturating_sub(holes).max(0) as u64;
            return all.min(self.bound()) as usize;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn is_full(&self) -> bool {
        !self.is_endless() && self.len() as u64 >= self.bound()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.load_rear().is_closed()
    }

    /// Raises the flags of the rear word; says what it was before.
    pub(super) fn raise(&self, cancel: bool) -> Rear {
        let flags = if cancel { CLOSED | CANCELLED } else { CLOSED };
        // SeqCst: the rear half of the first handshake.
        let before = Rear(self.rear.word.fetch_or(flags, Ordering::SeqCst));
        // Relaxed: a shortcut; the word itself decides. Nothing else is ever stored there.
        self.meta.flags.store(self.flags() | FLAG_CLOSED, Ordering::Relaxed);
        handshake();
        before
    }
}

impl<T> Drop for Core<T> {
    fn drop(&mut self) {
        let has_messages = self.may_hold_messages();
        // SAFETY: the last handle is gone, and every future borrows a handle.
        unsafe { self.directory.get_mut().destroy(has_messages) };
    }
}
