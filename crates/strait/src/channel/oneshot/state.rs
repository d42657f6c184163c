//! The state that the two ends of a oneshot channel share.
//!
//! # The promise
//!
//! One message at most goes from [`Tx`] to [`Rx`], and it is dropped exactly once: by whoever
//! received it, by the sender that got it back, or by the receiver's end. No call waits here: an
//! end that must wait leaves a waker, and the other end wakes it. Neither end ever waits for the
//! other to finish a step, and no lock is held while a waker is cloned, woken or dropped, because
//! those three are the user's code.
//!
//! # The picture
//!
//! One byte, five bits. Bits set by one end are news to the other end.
//!
//! | bit         | set by   | cleared          | meaning                                            |
//! |-------------|----------|------------------|----------------------------------------------------|
//! | `SENT`      | sender   | never            | the slot holds the message, unless it was taken    |
//! | `GONE`      | sender   | never            | the sender was dropped without a message           |
//! | `CLOSED`    | receiver | never            | no message may be sent from now on                 |
//! | `RX_WAITS`  | receiver | by the receiver  | the receiver's waker cell is filled and published  |
//! | `TX_WAITS`  | sender   | by the sender    | the sender's waker cell is filled and published    |
//!
//! `SENT` is never set once `CLOSED` is: the two race in one compare-exchange, and whoever loses
//! learns it there. `CLOSED` may follow `SENT`; the message then stays the receiver's. `SENT` and
//! `GONE` exclude each other.
//!
//! ```text
//!              send                         take
//!   (open) ──────────▶ SENT ────────────────────────▶ (receiver lets go)
//!     │ │  close
//!     │ └──────────▶ CLOSED    send gives the message back
//!     │  drop of the sender
//!     └────────────▶ GONE      receive reports the end
//! ```
//!
//! # Who owns what
//!
//! | thing            | while                           | belongs to                                 |
//! |------------------|---------------------------------|--------------------------------------------|
//! | slot             | `SENT` clear                    | the sender                                 |
//! | slot             | `SENT` set                      | the receiver                               |
//! | own waker cell   | own `WAITS` clear, no news yet  | this end, which may write it               |
//! | own waker cell   | own `WAITS` set, no news yet    | nobody may write; both ends may read       |
//! | own waker cell   | news has come                   | nobody may write; both ends may read       |
//! | everything       | both ends gone                  | whoever drops the last handle              |
//!
//! The waker cells follow one protocol, mirrored, written once in [`Shared::register`] and
//! [`Shared::wake`]. It is sound because the byte has one modification order: the change that
//! brings the news either comes before the owner's change of its `WAITS` bit, and the owner sees
//! it and writes no more, or after, and the bringer sees the bit as the owner left it.
//!
//! # Cancellation
//!
//! A receiver dropped at any point closes and drops the message if there is one. A `closed()`
//! future or a timed receive that gives up takes its waker back, unless news has come, in which
//! case the waker goes with the allocation. Waker code that panics leaves every bit in a state
//! from the tables: a clone happens before the first change, a wake or a drop after the last.
//!
//! # Tried and rejected
//!
//! - Moving the waker out of its cell to wake it by value. A receiver polled again with the same
//!   waker must then take its cell back and hand it over anew: two read-modify-writes, on a line
//!   that the other end wants, in place of one load. Measured without contention, a second poll
//!   took 12 to 13 ns that way and takes 3 to 5 ns.
//! - A mutex around the wakers: one that is dropped under it may run code that comes back for it.
//! - Counting the two handles in the same byte, in place of the `Arc`: the release of the
//!   allocation would be one more protocol to prove, and it buys 16 bytes.
//!
//! # Sources
//!
//! The flag-per-waker-cell protocol with a shared read is that of tokio's `sync::oneshot`; the
//! ownership table takes its form from asyncband's `oneshot`. The code is our own.

use std::task::Waker;

use super::super::error::RecvError;
use crate::kernel::prim::{Arc, AtomicU8, Ordering, UnsafeCell};

const SENT: u8 = 1;
const GONE: u8 = 1 << 1;
const CLOSED: u8 = 1 << 2;
const RX_WAITS: u8 = 1 << 3;
const TX_WAITS: u8 = 1 << 4;

// Faults that the models in `loom.rs` must notice.
const MUTANT_PUBLISH: bool = cfg!(strait_mutant = "oneshot_publish_relaxed");
const MUTANT_CLOSED: bool = cfg!(strait_mutant = "oneshot_send_ignores_closed");
const MUTANT_GONE: bool = cfg!(strait_mutant = "oneshot_drop_wakes_nobody");
const MUTANT_REPLACE: bool = cfg!(strait_mutant = "oneshot_replace_in_place");
const MUTANT_CLOSE: bool = cfg!(strait_mutant = "oneshot_close_wakes_nobody");
const MUTANT_WITHDRAW: bool = cfg!(strait_mutant = "oneshot_withdraw_ignores_news");

/// An end of the channel, as the one that waits.
#[derive(Clone, Copy)]
enum End {
    Sender,
    Receiver,
}

impl End {
    /// The bit that says that this end has left a waker.
    const fn waits(self) -> u8 {
        match self {
            Self::Sender => TX_WAITS,
            Self::Receiver => RX_WAITS,
        }
    }

    /// The bits that the other end sets and this end waits for.
    const fn news(self) -> u8 {
        match self {
            Self::Sender => CLOSED,
            Self::Receiver => SENT | GONE,
        }
    }
}

/// Whether the change that brought the news found a waker to wake.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wake {
    Nobody,
    Peer,
}

/// What became of a message that was put into the slot.
#[must_use]
enum Publish {
    Sent(Wake),
    /// The slot is still the sender's.
    Closed,
}

/// What an end knows about its waker cell.
#[must_use]
#[derive(PartialEq, Eq)]
enum Cell {
    /// No waker is published and no news has come: this end may write the cell.
    Mine,
    /// A waker is published and no news has come.
    Published,
    /// News has come: the cell is not to be written any more.
    News,
}

/// What the receiver can still hope for.
#[must_use]
enum Outlook {
    Open,
    Message,
    Ended,
}

/// The byte. No bit is named outside these methods.
struct Word(AtomicU8);

impl Word {
    fn new() -> Self {
        Self(AtomicU8::new(0))
    }

    /// Hands the filled slot to the receiver, unless it has closed.
    fn publish(&self) -> Publish {
        // Release: publishes the slot; pairs with the Acquire in `outlook`. Acquire: the
        // receiver's waker cell; pairs with the Release in `arm`.
        let success = if MUTANT_PUBLISH { Ordering::Relaxed } else { Ordering::AcqRel };
        // Acquire, here and on failure: who gets the message back has also seen what the receiver
        // did before it closed; pairs with the Release in `close`.
        let mut seen = self.0.load(Ordering::Acquire);
        loop {
            if seen & CLOSED != 0 && !MUTANT_CLOSED {
                return Publish::Closed;
            }
            match self.0.compare_exchange_weak(seen, seen | SENT, success, Ordering::Acquire) {
                Ok(before) => return Publish::Sent(End::Receiver.to_wake(before)),
                Err(now) => seen = now,
            }
        }
    }

    /// The sender goes. Says whom to wake.
    fn depart(&self) -> Wake {
        // Relaxed: only the sender sets SENT, and this is the sender.
        if self.0.load(Ordering::Relaxed) & SENT != 0 {
            return Wake::Nobody;
        }
        // Acquire: the receiver's waker cell; pairs with the Release in `arm`. Release: what the
        // sender did before is visible to who learns that it is gone; pairs with `outlook`.
        let before = self.0.fetch_or(GONE, Ordering::AcqRel);
        if MUTANT_GONE { Wake::Nobody } else { End::Receiver.to_wake(before) }
    }

    /// The receiver wants no message that is not there yet. Says whom to wake.
    fn close(&self) -> Wake {
        // Acquire: the sender's waker cell; pairs with the Release in `arm`. Release: what the
        // receiver did before is visible to a sender that finds the channel closed; pairs with the
        // Acquire in `publish`, `is_closed` and `cell`.
        let before = self.0.fetch_or(CLOSED, Ordering::AcqRel);
        if MUTANT_CLOSE { Wake::Nobody } else { End::Sender.to_wake(before) }
    }

    fn is_closed(&self) -> bool {
        // Acquire: pairs with the Release in `close`.
        self.0.load(Ordering::Acquire) & CLOSED != 0
    }

    fn outlook(&self) -> Outlook {
        // Acquire: the slot, or what the sender did before it went; pairs with the Release in
        // `publish` and in `depart`.
        match self.0.load(Ordering::Acquire) {
            seen if seen & SENT != 0 => Outlook::Message,
            seen if seen & (GONE | CLOSED) != 0 => Outlook::Ended,
            _ => Outlook::Open,
        }
    }

    /// How things stand with the waker cell of `end`. For that end only.
    fn cell(&self, end: End) -> Cell {
        // Acquire: the news, as in `outlook` and `is_closed`.
        end.cell_in(self.0.load(Ordering::Acquire))
    }

    /// Publishes the waker cell of `end`. For that end only.
    fn arm(&self, end: End) -> Cell {
        // Release: publishes the cell; pairs with the Acquire of whoever brings the news, in
        // `publish`, `depart` and `close`. Acquire: the news, as in `outlook` and `is_closed`.
        end.cell_in(self.0.fetch_or(end.waits(), Ordering::AcqRel) | end.waits())
    }

    /// Takes the waker cell of `end` back, unless news has come. For that end only.
    fn disarm(&self, end: End) -> Cell {
        // Acquire: the news. No Release: if it had not come, the other end will not look at the
        // cell until `arm` has published it again.
        end.cell_in(self.0.fetch_and(!end.waits(), Ordering::Acquire) & !end.waits())
    }
}

impl End {
    /// Whether a change that found `before` and brought news to this end has to wake it. The
    /// second news (a sender cannot bring two, a receiver may close twice) wakes nobody.
    fn to_wake(self, before: u8) -> Wake {
        if before & self.news() == 0 && before & self.waits() != 0 {
            Wake::Peer
        } else {
            Wake::Nobody
        }
    }

    fn cell_in(self, seen: u8) -> Cell {
        if seen & self.news() != 0 {
            Cell::News
        } else if seen & self.waits() != 0 {
            Cell::Published
        } else {
            Cell::Mine
        }
    }
}

struct Shared<T> {
    word: Word,
    slot: UnsafeCell<Option<T>>,
    tx_waker: UnsafeCell<Option<Waker>>,
    rx_waker: UnsafeCell<Option<Waker>>,
}

// SAFETY: the slot moves a `T` from one thread to another, which `T: Send` allows, and never lends
// a `&T`; wakers are `Send` and `Sync`; the table above says when a cell may be written, and the
// orderings in `Word` make each hand-over happen before the next access.
unsafe impl<T: Send> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    fn waker(&self, end: End) -> &UnsafeCell<Option<Waker>> {
        match end {
            End::Sender => &self.tx_waker,
            End::Receiver => &self.rx_waker,
        }
    }

    /// Leaves `waker` for `end` unless there is news. Only `end` may call this, and one call at a
    /// time; [`Tx::listen`] and [`Rx::listen`] take care of that by `&mut self`.
    fn register(&self, end: End, waker: &Waker) -> Listen {
        let cell = self.word.cell(end);
        if cell == Cell::News {
            return Listen::News;
        }
        // SAFETY: only this end writes the cell, and it does not do so while it reads here.
        let same = self.waker(end).with(|own| match unsafe { &*own } {
            Some(own) => cell == Cell::Published && own.will_wake(waker),
            None => false,
        });
        if same {
            return Listen::Registered;
        }
        // User code, and it may panic: nothing has changed so far.
        let waker = waker.clone();
        if cell == Cell::Published && !MUTANT_REPLACE && self.word.disarm(end) == Cell::News {
            return Listen::News;
        }
        // SAFETY: this end's bit is clear and no news had come when it became so: whoever
        // brings the news finds the bit clear and stays away from the cell.
        let old = self.waker(end).with_mut(|own| unsafe { (*own).replace(waker) });
        let cell = self.word.arm(end);
        // User code, and it may panic: the cell is in order.
        drop(old);
        if cell == Cell::News { Listen::News } else { Listen::Registered }
    }

    /// Takes the waker of `end` back. Only `end` may call this, as with `register`.
    fn withdraw(&self, end: End) {
        let cell = self.word.cell(end);
        if cell == Cell::Mine || (cell == Cell::News && !MUTANT_WITHDRAW) {
            return;
        }
        if self.word.disarm(end) == Cell::News && !MUTANT_WITHDRAW {
            return;
        }
        // SAFETY: as in `register`: the bit is clear and no news had come.
        let old = self.waker(end).with_mut(|own| unsafe { (*own).take() });
        // User code: the cell is in order.
        drop(old);
    }

    /// Wakes `end`, on the word of the change that brought it news.
    fn wake(&self, end: End, wake: Wake) {
        if wake == Wake::Nobody {
            return;
        }
        self.waker(end).with(|theirs| {
            // SAFETY: the change found the end's bit set and no earlier news: the cell is
            // published, and its end writes it no more, since it will find the news first.
            if let Some(theirs) = unsafe { &*theirs } {
                theirs.wake_by_ref();
            }
        });
    }

    /// Empties the slot.
    ///
    /// # Safety
    ///
    /// The slot belongs to the caller, by the table at the head of the file.
    unsafe fn take(&self) -> Option<T> {
        // SAFETY: nobody else touches the slot, says the caller.
        self.slot.with_mut(|slot| unsafe { (*slot).take() })
    }
}

/// What came of leaving a waker.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listen {
    /// The waker will be woken.
    Registered,
    /// There is nothing left to wait for.
    News,
}

/// A new channel.
pub(super) fn pair<T>() -> (Tx<T>, Rx<T>) {
    let shared = Arc::new(Shared {
        word: Word::new(),
        slot: UnsafeCell::new(None),
        tx_waker: UnsafeCell::new(None),
        rx_waker: UnsafeCell::new(None),
    });
    (Tx(shared.clone()), Rx(Some(shared)))
}

/// The sender's end. There is one, and its methods borrow it.
pub(super) struct Tx<T>(Arc<Shared<T>>);

impl<T> Tx<T> {
    /// Sends, or gives the message back if the receiver has closed.
    pub(super) fn send(self, message: T) -> Result<(), T> {
        // SAFETY: SENT is clear, since setting it takes `self`: the slot is the sender's.
        self.0.slot.with_mut(|slot| unsafe { *slot = Some(message) });
        match self.0.word.publish() {
            Publish::Sent(wake) => {
                self.0.wake(End::Receiver, wake);
                Ok(())
            }
            Publish::Closed => {
                // SAFETY: SENT was not set, so the slot is still the sender's.
                let message = unsafe { self.0.take() };
                Err(message.expect("the slot was filled above"))
            }
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.word.is_closed()
    }

    /// Asks to be woken once the receiver has closed.
    pub(super) fn listen(&mut self, waker: &Waker) -> Listen {
        self.0.register(End::Sender, waker)
    }

    /// Takes back what `listen` left.
    pub(super) fn withdraw(&mut self) {
        self.0.withdraw(End::Sender);
    }
}

impl<T> Drop for Tx<T> {
    fn drop(&mut self) {
        let wake = self.0.word.depart();
        self.0.wake(End::Receiver, wake);
    }
}

/// The receiver's end, until it has its answer. There is one, and its methods borrow it.
pub(super) struct Rx<T>(Option<Arc<Shared<T>>>);

impl<T> Rx<T> {
    /// The answer, if there is one yet. The end lets go of the channel with it, and from then on
    /// the answer is that nothing is left.
    pub(super) fn settle(&mut self) -> Option<Result<T, RecvError>> {
        let Some(shared) = &self.0 else {
            return Some(Err(RecvError));
        };
        let answer = match shared.word.outlook() {
            Outlook::Open => return None,
            Outlook::Ended => Err(RecvError),
            Outlook::Message => {
                // SAFETY: SENT is set, so the slot is the receiver's, which is `self`.
                let message = unsafe { shared.take() };
                message.ok_or(RecvError)
            }
        };
        self.0 = None;
        Some(answer)
    }

    /// Asks to be woken once there is an answer.
    pub(super) fn listen(&mut self, waker: &Waker) -> Listen {
        match &self.0 {
            Some(shared) => shared.register(End::Receiver, waker),
            None => Listen::News,
        }
    }

    /// Takes back what `listen` left.
    pub(super) fn withdraw(&mut self) {
        if let Some(shared) = &self.0 {
            shared.withdraw(End::Receiver);
        }
    }

    /// Refuses a message that is not there yet.
    pub(super) fn close(&mut self) {
        if let Some(shared) = &self.0 {
            let wake = shared.word.close();
            shared.wake(End::Sender, wake);
        }
    }
}

impl<T> Drop for Rx<T> {
    fn drop(&mut self) {
        self.close();
        // The message, if there is one, goes here and not when the sender's end lets go.
        drop(self.settle());
    }
}
