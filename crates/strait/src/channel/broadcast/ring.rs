//! The ring: how elements come in, are read by all, and go.
//!
//! # Promise
//! Each receiver gets every element sent from its beginning on, in one order that is the same for
//! all, or learns how many it has missed. An element is dropped once: by the last who reads it (who
//! gets it moved, not cloned), by the sender that displaces it, or with the channel.
//!
//! # Life of a slot
//! ```text
//!   EMPTY(l) --publish--> FULL(l), left = receivers, pins = 0
//!      ^                    |  a receiver reads: left - 1 (and pins + 1, - 1 around it)
//!      |                    |  subscribe to a replay: left + 1
//!      |                    v
//!   EMPTY(l + 1) <------- GONE(l)    last receiver, or a sender that displaces it
//! ```
//! *Lossless*: a sender takes position p only when the element of `p - capacity` has been read by
//! all. A receiver whose element is FULL needs no pin: its share in `left` keeps it. The last one
//! owns the element, so a single receiver moves each element out without a read-modify-write but
//! the one that tells a sender.
//! *Lagging*: a sender takes any position and displaces the element of `p - capacity`. So a receiver
//! pins what it reads. Nobody ever waits for a pin: see `slot.rs`.
//! *Replaying*: elements stay until they are displaced, also when all have read them.
//!
//! # Who is to read an element
//! The rear has the next position and the number of receivers in one word. So whoever takes a
//! position knows how many are to read it, and who subscribes or leaves knows from which position
//! on it does not count. One who leaves gives up its share in what it has not read, O(capacity).
//!
//! # Waits for others between two instructions
//! A sender that was stopped between taking its position and publishing holds up receivers at that
//! element, senders a round later, and receivers that are cloned or leave; they give way to it.
//! A subscription with a replay holds the rear (HELD) while it counts itself in.
//!
//! # Limits
//! 2^16 - 1 receivers at a time. A receiver of a lagging channel that sleeps for exactly a multiple
//! of 2^30 rounds may miss that it has missed them.
//!
//! # Rejected
//! A lock for each slot, as in tokio's broadcast: a reader that holds it (a clone of the user's, a
//! guard) stops senders, and one that sends from within `Clone` waits for itself. Positions of
//! receivers published for senders to compare: a scan of all of them for each send once a channel
//! is full.
//!
//! # Sources
//! The turn of a slot in a word of its own is D. Vyukov's (bounded MPMC queue); a count of readers in
//! the slot is that of tokio's and postage's broadcast. One word for rear and receivers, and the
//! pins that nobody waits for, are our own.

use std::ptr::NonNull;

use crate::kernel::patience::give_way;
use crate::kernel::prim::{AtomicU64, Ordering};

use super::slot::{Node, Slot};
use super::word::{
    CLOSED, HELD, MOST_RECEIVERS, PIN_ONE, Phase, Position, RECEIVER_ONE, Rear, Shape, SlotWord,
    Stage,
};

/// What a channel is like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Config {
    pub(super) capacity: usize,
    pub(super) lags: bool,
    pub(super) replay: usize,
}

/// On a line of its own.
#[repr(align(64))]
struct Line(AtomicU64);

pub(super) struct Ring<T> {
    rear: Line,
    shape: Shape,
    pub(super) config: Config,
    slots: Box<[Slot<T>]>,
}

// SAFETY: elements are moved in and out by whoever has the ring, so they must be Send.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: several threads read one element at the same time, and any may take it out: `T` must be
// Sync and Send. What else is shared is atomic, or owned by the stage of its slot (`slot.rs`).
unsafe impl<T: Send + Sync> Sync for Ring<T> {}

/// What a sender found.
#[must_use]
#[derive(Clone, Copy, Debug)]
pub(super) enum Claim {
    /// The position is the sender's, who has to publish at once.
    Taken(Taken),
    /// There is no receiver, nor a replay.
    Nobody,
    Full,
    Closed,
    /// The rear is held: try again.
    Held,
}

/// A position that was taken for an element that so many receivers are to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) position: Position,
    pub(super) receivers: u64,
}

/// What a receiver found at its position.
#[must_use]
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// The element.
    Full(SlotWord),
    Empty,
    Closed,
    /// So many elements were displaced; there is something at the position after them.
    Missed(u64),
    /// Its sender is about to publish it.
    Stalled,
}

/// A pinned element, or the element itself.
#[must_use]
pub(super) enum Pinned<T> {
    Here(NonNull<Node<T>>),
    Moved(T),
    /// It was displaced meanwhile.
    Missed,
}

/// What the end of a reading brings.
#[must_use]
pub(super) struct Released<T> {
    /// Whether a sender may find room now.
    pub(super) frees: bool,
    /// The element, for the caller to drop when all is in order.
    pub(super) element: Option<T>,
}

impl<T> Ring<T> {
    /// With one receiver.
    pub(super) fn new(config: Config) -> Self {
        let slots = config.capacity.next_power_of_two();
        let shape = Shape::new(slots.trailing_zeros());
        let start = shape.start();
        let slot = |i| Slot::new(shape.at(start.plus(i as u64), Stage::Empty));
        let rear = Rear::new(start).0 + RECEIVER_ONE;
        Self {
            rear: Line(AtomicU64::new(rear)),
            shape,
            config,
            slots: (0..slots).map(slot).collect(),
        }
    }

    pub(super) fn rear(&self) -> Rear {
        // SeqCst: the look of the handshake for the close; otherwise Acquire, pairs with the
        // Release of whoever changed it.
        Rear(self.rear.0.load(Ordering::SeqCst))
    }

    fn slot(&self, position: Position) -> &Slot<T> {
        &self.slots[self.shape.index(position)]
    }

    /// The word of the slot of a position.
    fn word(&self, position: Position) -> SlotWord {
        // SeqCst: the look of the handshakes, for an element and for room; Acquire pairs with
        // `publish` and with the end of each reading.
        SlotWord(self.slot(position).word.load(Ordering::SeqCst))
    }

    fn change(&self, position: Position, from: SlotWord, to: SlotWord) -> bool {
        // SeqCst: may make room, which is the first half of that handshake. AcqRel otherwise: our
        // reading is over before the slot is another's; what others did there comes before ours.
        let word = &self.slot(position).word;
        word.compare_exchange_weak(from.0, to.0, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }

    /// Ends a GONE slot, or the last share of a lossless channel.
    fn set_free(&self, position: Position) {
        // SeqCst: as in `change`.
        self.slot(position).word.swap(self.shape.next(position).0, Ordering::SeqCst);
    }

    const fn capacity(&self) -> u64 {
        self.config.capacity as u64
    }

    /// Whether elements stay when all have read them.
    const fn keeps(&self) -> bool {
        self.config.replay > 0
    }

    // Senders.

    /// Takes the next position.
    #[inline]
    pub(super) fn claim(&self) -> Claim {
        let mut rear = self.rear();
        loop {
            if rear.is_closed() {
                return Claim::Closed;
            }
            if rear.is_held() {
                return Claim::Held;
            }
            let receivers = rear.receivers();
            if receivers == 0 && !self.keeps() {
                return Claim::Nobody;
            }
            let position = rear.position();
            if !self.config.lags && !self.has_room(position) {
                // Nobody gets past this, so it was full while that was the rear.
                return Claim::Full;
            }
            // AcqRel: counts us before or after a subscription, in the order of the word.
            let taken = self.rear.0.compare_exchange_weak(
                rear.0,
                rear.advanced(),
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            match taken {
                Ok(_) => return Claim::Taken(Taken { position, receivers }),
                Err(now) => rear = Rear(now),
            }
        }
    }

    /// Where the slot of a position is with its element.
    fn phase(&self, position: Position) -> (Phase, SlotWord) {
        let word = self.word(position);
        (self.shape.phase(word, position), word)
    }

    /// Whether an element at this position would be within the capacity of a lossless channel.
    fn has_room(&self, position: Position) -> bool {
        match self.phase(position.minus(self.capacity())) {
            (Phase::Early, _) => false,
            (Phase::Full, word) => self.keeps() && word.left() == 0,
            (Phase::Late, _) => true,
        }
    }

    /// Whether the next send would not wait.
    pub(super) fn sends_now(&self) -> bool {
        let rear = self.rear();
        rear.is_closed()
            || self.config.lags
            || (rear.receivers() == 0 && !self.keeps())
            || self.has_room(rear.position())
    }

    /// Puts an element at a position that was taken. The one that it displaced is for the caller to
    /// drop.
    #[inline]
    pub(super) fn publish(&self, taken: Taken, element: T) -> Option<T> {
        let Taken { position, receivers } = taken;
        let displaced = if self.config.lags || self.keeps() {
            self.displace(position.minus(self.capacity()))
        } else {
            None
        };
        while !self.word(position).is_at(self.shape.at(position, Stage::Empty)) {
            // A sender that took an earlier position, or a receiver, is still at it.
            give_way();
        }
        // SAFETY: EMPTY for this lap, and the position is ours.
        unsafe { self.slot(position).put(element) };
        let full = self.shape.full(position, receivers);
        if cfg!(strait_mutant = "broadcast_publish_relaxed") {
            self.slot(position).word.store(full.0, Ordering::Relaxed);
            return displaced;
        }
        // SeqCst: publishes the element, and is the first half of the handshake with receivers.
        self.slot(position).word.swap(full.0, Ordering::SeqCst);
        displaced
    }

    /// Ends the element of a position that falls out of the window.
    fn displace(&self, position: Position) -> Option<T> {
        loop {
            let word = match self.phase(position) {
                (Phase::Full, word) => word,
                (Phase::Late, _) => return None,
                (Phase::Early, _) => {
                    // Its sender is still at it.
                    give_way();
                    continue;
                }
            };
            if self.change(position, word, self.shape.at(position, Stage::Gone)) {
                let slot = self.slot(position);
                let pins =
                    if cfg!(strait_mutant = "broadcast_ignores_pins") { 0 } else { word.pins() };
                let element = if pins == 0 {
                    // SAFETY: GONE by us, and nobody has pinned it.
                    Some(unsafe { slot.take() })
                } else {
                    // SAFETY: GONE by us, with so many pins.
                    unsafe { slot.leave_to_pins(pins) }
                };
                self.set_free(position);
                return element;
            }
        }
    }

    pub(super) fn close(&self) -> bool {
        // SeqCst: the first half of the handshake with all who wait.
        !Rear(self.rear.0.fetch_or(CLOSED, Ordering::SeqCst)).is_closed()
    }

    // Receivers. Each calls with its own position.

    /// What there is at a position.
    #[inline]
    pub(super) fn look(&self, position: Position) -> Found {
        if let (Phase::Full, word) = self.phase(position) {
            return Found::Full(word);
        }
        let rear = self.rear();
        let there = rear.position().since(position);
        if there == 0 {
            return if rear.is_closed() { Found::Closed } else { Found::Empty };
        }
        if there > self.capacity() as i64 {
            return Found::Missed(there as u64 - self.capacity());
        }
        match self.phase(position) {
            // It came between the two looks.
            (Phase::Full, word) => Found::Full(word),
            // Its sender is still at it, or one that displaces it is ahead of our look at the rear.
            (Phase::Early | Phase::Late, _) => Found::Stalled,
        }
    }

    /// How many elements lie ahead of a position, and whether more may come.
    pub(super) fn ahead(&self, position: Position) -> (u64, bool) {
        let rear = self.rear();
        (rear.position().since(position) as u64, !rear.is_closed())
    }

    /// Takes the element of a lossless channel if the caller is the last to read it.
    ///
    /// # Safety
    /// The caller's share of the element at this position is its own and untouched; it has seen
    /// this word there. With `Some` the share is spent.
    #[inline]
    pub(super) unsafe fn take_last(&self, position: Position, word: SlotWord) -> Option<T> {
        if self.keeps() || word.left() != 1 || self.config.lags {
            return None;
        }
        // SAFETY: the only share is the caller's and no other can come, nor a sender before
        // `set_free`; so the element is the caller's.
        let element = unsafe { self.slot(position).take() };
        self.set_free(position);
        Some(element)
    }

    /// The element of a lossless channel.
    ///
    /// # Safety
    /// The caller has a share in it, which stays for `'a`.
    pub(super) unsafe fn shared<'a>(&self, position: Position) -> &'a T {
        // SAFETY: FULL, and stays so by the caller's share.
        unsafe { Node::get(self.slot(position).node()) }
    }

    /// Pins the element of a lagging channel, or takes it out if the caller is the last to read it
    /// and wants it so.
    ///
    /// # Safety
    /// The caller has a share in it, if it is there still. With `Moved` the share is spent; a pin is
    /// to be given back, once, by `release`.
    pub(super) unsafe fn pin(&self, position: Position, moves: bool) -> Pinned<T> {
        loop {
            let word = self.word(position);
            if !word.is_at(self.shape.at(position, Stage::Full)) {
                return Pinned::Missed;
            }
            if moves && !self.keeps() && word.left() == 1 && word.pins() == 0 {
                if self.change(position, word, self.shape.at(position, Stage::Gone)) {
                    // SAFETY: GONE by us, without pins.
                    let element = unsafe { self.slot(position).take() };
                    self.set_free(position);
                    return Pinned::Moved(element);
                }
                continue;
            }
            let node = self.slot(position).node();
            if self.change(position, word, SlotWord(word.0 + PIN_ONE)) {
                return Pinned::Here(node);
            }
        }
    }

    /// Ends a reading: gives back a pin, if there is one, and the share in the element, if it `was_read`.
    ///
    /// # Safety
    /// The caller has what it gives back, and does not use the element any more. Without a pin, the
    /// element has been published.
    pub(super) unsafe fn release(
        &self,
        position: Position,
        pin: Option<NonNull<Node<T>>>,
        was_read: bool,
    ) -> Released<T> {
        let (pins, shares) = (u64::from(pin.is_some()), u64::from(was_read));
        loop {
            let word = self.word(position);
            // SAFETY: our pin keeps the node alive.
            let is_orphan = pin.is_some_and(|node| unsafe { node.as_ref() }.is_orphan());
            if is_orphan || !word.is_at(self.shape.at(position, Stage::Full)) {
                // SAFETY: an orphan, and our pin.
                let element = pin.and_then(|node| unsafe { Node::unpin(node) });
                return Released { frees: false, element };
            }
            let is_last = word.pins() == pins && word.left() == shares;
            if is_last && !self.keeps() {
                if self.change(position, word, self.shape.at(position, Stage::Gone)) {
                    // SAFETY: GONE by us, and the only pin was ours.
                    let element = Some(unsafe { self.slot(position).take() });
                    self.set_free(position);
                    return Released { frees: true, element };
                }
            } else {
                let less = SlotWord(word.0 - pins * PIN_ONE - shares);
                if self.change(position, word, less) {
                    return Released { frees: less.left() == 0, element: None };
                }
            }
        }
    }

    // Receivers that come and go.

    /// Counts one more receiver, and says at which position it begins. `None`: there are too many.
    pub(super) fn subscribe(&self) -> Option<Position> {
        let flag = if self.keeps() { HELD } else { 0 };
        let end = self.count_in(flag)?.position();
        if !self.keeps() {
            return Some(end);
        }
        let mut start = end;
        for _ in 0..self.config.replay {
            let before = start.minus(1);
            if !self.share(before) {
                break;
            }
            start = before;
        }
        // Release: what we have counted comes before the next claim.
        self.rear.0.fetch_and(!HELD, Ordering::Release);
        Some(start)
    }

    /// Counts one more receiver that has read as much as one at `position`.
    pub(super) fn duplicate(&self, position: Position) -> Option<()> {
        let end = self.count_in(0)?.position();
        self.for_unread(position, end, |position| {
            self.share(position);
        });
        Some(())
    }

    /// Counts one more receiver, which takes effect at the rear that is returned.
    fn count_in(&self, flag: u64) -> Option<Rear> {
        let mut rear = self.rear();
        loop {
            if rear.receivers() == MOST_RECEIVERS as u64 {
                return None;
            }
            if rear.is_held() {
                give_way();
                rear = self.rear();
                continue;
            }
            let next = (rear.0 + RECEIVER_ONE) | flag;
            // AcqRel: senders before or after us, in the order of the word.
            let counted = self.rear.0.compare_exchange_weak(
                rear.0,
                next,
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            match counted {
                Ok(_) => return Some(rear),
                Err(now) => rear = Rear(now),
            }
        }
    }

    /// Takes a share in an element whose position was taken; `false`: it is gone.
    fn share(&self, position: Position) -> bool {
        loop {
            match self.phase(position) {
                (Phase::Early, _) => give_way(),
                (Phase::Late, _) => return false,
                (Phase::Full, word) => {
                    if self.change(position, word, SlotWord(word.0 + 1)) {
                        return true;
                    }
                }
            }
        }
    }

    /// What a receiver has not read, of what is there still.
    fn for_unread(&self, position: Position, end: Position, mut f: impl FnMut(Position)) {
        let unread = end.since(position) as u64;
        let first = end.minus(unread.min(self.capacity()));
        for i in 0..end.since(first) as u64 {
            f(first.plus(i));
        }
    }

    /// Counts a receiver out, which then has to `give_up` what it has not read, up to the position
    /// that is returned.
    pub(super) fn count_out(&self) -> Position {
        // AcqRel: senders before or after us, in the order of the word.
        Rear(self.rear.0.fetch_sub(RECEIVER_ONE, Ordering::AcqRel)).position()
    }

    /// The unread position to give up first, and after it.
    pub(super) fn oldest(&self, position: Position, end: Position) -> Position {
        end.minus((end.since(position) as u64).min(self.capacity()))
    }

    /// Gives up the share of a receiver that has been counted out.
    ///
    /// # Safety
    /// As [`release`](Self::release).
    pub(super) unsafe fn give_up(&self, position: Position) -> Released<T> {
        while self.phase(position).0 == Phase::Early {
            give_way();
        }
        // SAFETY: the caller's words; it is published.
        unsafe { self.release(position, None, true) }
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        let end = self.rear().position();
        for i in 0..self.slots.len() as u64 {
            let position = end.minus(i + 1);
            let is_full = self.word(position).is_at(self.shape.at(position, Stage::Full));
            let slot = &mut self.slots[self.shape.index(position)];
            // SAFETY: nobody else is left; FULL says that there is an element.
            let element = is_full.then(|| unsafe { slot.take() });
            // SAFETY: as above, and it was taken out.
            unsafe { slot.free() };
            drop(element);
        }
    }
}
