//! A select over arms that come and go, kept over many rounds: the arms. The rounds are in
//! [`rounds`](super::rounds).

#![forbid(unsafe_code)]

use std::borrow::Borrow;
use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;

use futures_core::Stream;

use crate::channel::arms::RecvEach;
use crate::channel::{Receiver, RecvError, SendError, Sender};
use crate::kernel::arm::{Arm, Operation};
use crate::kernel::ballot::Ballot;
use crate::kernel::patience::Patience;

use super::doorbell::Doorbell;
use super::foreign::Foreign;
use super::part::{Fired, Items, Mapped, Part};

/// Waits for the first of any number of things, again and again.
///
/// The arms may be of any kind and are added and removed at any time. Each has a function that
/// makes an `R` of what it gives; `R` is often an enum of events, or a number. Receives and streams
/// stay until they end or are removed, everything else fires once.
///
/// Of the arms that are ready the one that has waited longest fires ([`new`](Self::new)), or the
/// one that was added first ([`biased`](Self::biased)). It alone takes effect.
///
/// # Cost
/// A round costs O(1) for a receive that is ready (and O(log n) in the number n of arms that are
/// ready with it), whatever the number of idle receives, streams and futures. A send that is not
/// ready costs a place in line in each round that waits.
///
/// # Cancel safety
/// A future of [`next`](Self::next) that is dropped takes nothing with it: messages stay in their
/// channels, and a send that took effect in that moment is reported by the next call.
///
/// # Examples
/// ```
/// use strait::channel::unbounded;
/// use strait::select::Select;
///
/// let mut select = Select::new();
/// let mut senders = Vec::new();
/// for number in 0..1000 {
///     let (tx, rx) = unbounded::<&str>();
///     select.recv(rx, move |message| (number, message.ok()));
///     senders.push(tx);
/// }
/// senders[7].try_send("hello").unwrap();
/// let (key, event) = select.next_blocking().unwrap();
/// assert_eq!(event, (7, Some("hello")));
///
/// // Its sender goes: the arm fires once more, and is gone.
/// drop(senders.remove(7));
/// assert_eq!(select.next_blocking().unwrap(), (key, (7, None)));
/// assert_eq!(select.len(), 999);
/// ```
pub struct Select<'a, R> {
    // The arms go first: they leave the lists that lead to the ballot.
    pub(super) slots: Vec<Slot<'a, R>>,
    pub(super) ballot: Pin<Box<Ballot>>,
    pub(super) door: Arc<Doorbell>,
    /// The waker of all arms that are operations of ours.
    pub(super) waker: Waker,
    pub(super) free: Vec<u32>,
    pub(super) len: usize,
    pub(super) hot: BinaryHeap<Reverse<Turn>>,
    /// Arms with a message in line.
    pub(super) placed: Vec<u32>,
    /// Arms that were told of something in this round.
    pub(super) told: Vec<u32>,
    /// Arms that this pass has looked at in vain and that stay hot.
    pub(super) again: Vec<u32>,
    pub(super) patience: Patience,
    pub(super) biased: bool,
    /// Arms added, and arms fired: what turns are made of.
    pub(super) added: u64,
    pub(super) fired: u64,
    /// Somebody asked to be told when the ballot is open.
    pub(super) missed: Cell<bool>,
    /// The doorbell has a waker.
    pub(super) is_waiting: bool,
    /// The ballot is open.
    pub(super) is_open: bool,
    /// It was decided for this arm when nobody waited any more.
    pub(super) won: Option<u32>,
}

/// When a hot arm is looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    pub(super) round: u64,
    pub(super) rank: u64,
    pub(super) arm: u32,
}

pub(super) struct Slot<'a, R> {
    pub(super) arm: Option<Pin<Box<dyn Part<R> + 'a>>>,
    pub(super) waker: Option<Waker>,
    pub(super) generation: u32,
    pub(super) number: u64,
    pub(super) is_hot: bool,
    /// The round from which on it is registered at the first look in vain.
    pub(super) warm_until: u64,
}

/// Names an arm of a [`Select`], also after it has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArmKey {
    pub(super) index: u32,
    pub(super) generation: u32,
}

impl<'a, R: 'a> Select<'a, R> {
    /// A select without arms, fair to those that come.
    pub fn new() -> Self {
        Self::with_order(false)
    }

    /// A select without arms that prefers those that are added first.
    pub fn biased() -> Self {
        Self::with_order(true)
    }

    fn with_order(biased: bool) -> Self {
        let door = Doorbell::new();
        Self {
            slots: Vec::new(),
            ballot: Box::pin(Ballot::with_memory()),
            waker: Waker::from(Arc::clone(&door)),
            door,
            free: Vec::new(),
            len: 0,
            hot: BinaryHeap::new(),
            placed: Vec::new(),
            told: Vec::new(),
            again: Vec::new(),
            patience: Patience::new(),
            biased,
            added: 0,
            fired: 0,
            missed: Cell::new(false),
            is_waiting: false,
            is_open: false,
            won: None,
        }
    }

    /// How many arms there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no arm.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Receives each message of a channel, until the channel is closed and empty: then the arm
    /// fires a last time, with the error, and is gone.
    ///
    /// Takes a receiver or a reference to one.
    pub fn recv<T: Send + 'a>(
        &mut self,
        receiver: impl Borrow<Receiver<T>> + Send + 'a,
        mut map: impl FnMut(Result<T, RecvError>) -> R + Send + 'a,
    ) -> ArmKey {
        let map = move |received: Result<T, RecvError>| {
            let ends = received.is_err();
            Fired { output: map(received), ends }
        };
        self.insert(RecvEach::new(receiver), map)
    }

    /// Sends one message; then the arm is gone.
    ///
    /// If the arm is removed before, the message is dropped. To have it back use
    /// [`once`](Self::once) with [`send_ref`](Sender::send_ref).
    pub fn send<T: Send + 'a>(
        &mut self,
        sender: &'a Sender<T>,
        message: T,
        map: impl FnOnce(Result<(), SendError<T>>) -> R + Send + 'a,
    ) -> ArmKey {
        self.once(sender.send(message), map)
    }

    /// Does an operation once; then the arm is gone.
    ///
    /// An operation is what [`Sender::send`] and its like return, before it is polled, and a timer
    /// like [`after`](super::after).
    pub fn once<O: Operation<Arm: Send + 'a>>(
        &mut self,
        operation: O,
        map: impl FnOnce(<O::Arm as Arm>::Output) -> R + Send + 'a,
    ) -> ArmKey {
        self.insert(operation.into_arm(), last(map))
    }

    /// Polls a future to its end; then the arm is gone.
    pub fn future<F: Future + Send + 'a>(
        &mut self,
        future: F,
        map: impl FnOnce(F::Output) -> R + Send + 'a,
    ) -> ArmKey {
        self.insert(Foreign::new(future), last(map))
    }

    /// Takes each item of a stream, until it ends: then the arm fires a last time, with `None`, and
    /// is gone. A [`Ticker`](super::Ticker) is a stream.
    pub fn stream<S: Stream + Send + 'a>(
        &mut self,
        stream: S,
        mut map: impl FnMut(Option<S::Item>) -> R + Send + 'a,
    ) -> ArmKey {
        let map = move |item: Option<S::Item>| {
            let ends = item.is_none();
            Fired { output: map(item), ends }
        };
        self.insert(Items::new(stream), map)
    }

    fn insert<A: Arm + Send + 'a>(
        &mut self,
        arm: A,
        map: impl FnMut(A::Output) -> Fired<R> + Send + 'a,
    ) -> ArmKey {
        let index = self.free.pop().unwrap_or_else(|| {
            let index = u32::try_from(self.slots.len()).expect("fewer arms than 2^32");
            self.slots.push(Slot {
                arm: None,
                waker: None,
                generation: 0,
                number: 0,
                is_hot: false,
                warm_until: 0,
            });
            index
        });
        let slot = &mut self.slots[index as usize];
        slot.arm = Some(Box::pin(Mapped::new(arm, map)));
        slot.waker = A::FOREIGN.then(|| self.door.bell(index));
        slot.number = self.added;
        slot.warm_until = 0;
        self.added += 1;
        self.len += 1;
        let key = ArmKey { index, generation: slot.generation };
        self.heat(index);
        key
    }

    /// Takes an arm out; what it holds is dropped. Says whether it was there.
    pub fn remove(&mut self, key: ArmKey) -> bool {
        let found = self.contains(key);
        if found {
            if self.won == Some(key.index) {
                self.won = None;
            }
            self.clear(key.index);
        }
        found
    }

    /// Whether the arm is still there.
    pub fn contains(&self, key: ArmKey) -> bool {
        let slot = self.slots.get(key.index as usize);
        slot.is_some_and(|slot| slot.generation == key.generation && slot.arm.is_some())
    }

    pub(super) fn clear(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        let arm = slot.arm.take();
        slot.waker = None;
        slot.generation = slot.generation.wrapping_add(1);
        self.len -= 1;
        self.free.push(index);
        // The user's code, after all is in order.
        drop(arm);
    }
}

/// The function of an arm that fires once.
fn last<T, R>(map: impl FnOnce(T) -> R) -> impl FnMut(T) -> Fired<R> {
    let mut map = Some(map);
    move |output| {
        let map = map.take().expect("an arm that ends is gone");
        Fired { output: map(output), ends: true }
    }
}

impl<'a, R: 'a> Default for Select<'a, R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> Drop for Select<'_, R> {
    fn drop(&mut self) {
        let _ = self.ballot.take_back();
    }
}

impl<R> fmt::Debug for Select<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select")
            .field("len", &self.len)
            .field("biased", &self.biased)
            .finish_non_exhaustive()
    }
}
