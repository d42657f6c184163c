//! What the operations of a channel are, for the model: steps on lines, each with what it means
//! to the queue.

use super::lines::Access;
use super::worker::Patience;

/// Which line a step goes to. Some of them depend on the ticket of the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The counter of sends, and what lies beside it.
    Rear,
    /// The counter of receives.
    Front,
    /// A third counter, of the cells that sends may use without waiting.
    End,
    /// Flags and counts that are hardly ever written.
    Meta,
    Lock,
    /// What a queued lock has for each core.
    Own,
    /// The head of a run of cells.
    Segment,
    Cell,
    /// The cell that lies one capacity ahead.
    Ahead,
    /// So many cells before the one of the operation.
    Before(u16),
}

/// What a step means to the queue, when it is done. Those that may fail say how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Nothing,
    SeeRear,
    SeeFront,
    /// Takes a ticket in any case.
    TakeRear,
    TakeFront,
    TakeEnd,
    /// The same, but who sees that the counter has moved since it was read rests first.
    TakeRearRested,
    /// Takes the ticket that was seen; lost if the counter has moved.
    ClaimRear,
    ClaimFront,
    /// Is a message at the ticket that was seen? Idle if not.
    Look,
    /// The same at the ticket that was taken, for which only this receiver can come: waits there.
    Await,
    /// Is the cell of the ticket that was seen free? Idle if not.
    Slot,
    /// Is the ticket within the capacity, as the receivers' counter says? Idle if not.
    Admission,
    /// The same by the third counter, or has a receiver come for it? Waits at its cell.
    Resumption,
    /// Tells a send that waits in a cell, if one has come that far.
    Resume,
    /// A receiver that waits widens the capacity by one; once.
    Announce,
    /// Publishes that a send did not wait in vain, if it waited.
    Settle,
    Publish,
    Take,
    /// Notes how far sends need not look at the front.
    Renew,
    /// Looks again after a pause while the lock is taken, or there is no room, or no message.
    SeePut,
    SeeGet,
    /// Takes it, or goes back to the step before.
    Lock,
    Unlock,
    /// Joins the queue of a lock; then waits for its turn.
    Queue,
    Turn,
    /// Leaves a lock that nobody waits for, by a read-modify-write; otherwise hands it on.
    Pass,
    /// Hands the lock to the next in its queue, by a store into that one's line.
    Hand,
    /// Under a lock: a ticket if there is room, or a message. Idle if not.
    Put,
    Get,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// None costs nothing.
    pub(super) access: Option<Access>,
    pub(super) place: Place,
    pub(super) effect: Effect,
}

pub(super) const fn load(place: Place, effect: Effect) -> Step {
    Step { access: Some(Access::Load), place, effect }
}

pub(super) const fn store(place: Place, effect: Effect) -> Step {
    Step { access: Some(Access::Store), place, effect }
}

pub(super) const fn rmw(place: Place, effect: Effect) -> Step {
    Step { access: Some(Access::Rmw), place, effect }
}

pub(super) const fn check(place: Place, effect: Effect) -> Step {
    Step { access: None, place, effect }
}

/// One of the two operations.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    /// Its ways when nobody is in its way, and how often each is taken.
    pub(super) ways: Vec<(f64, Vec<Step>)>,
    /// Its way beyond the limit: a send that will wait, a receive of what such a send published.
    pub(super) over: Vec<Step>,
    /// Where in `over` a receive goes on that found such a message.
    pub(super) over_at: usize,
    /// What follows when it found nothing, before the pause.
    pub(super) idle: Vec<Step>,
    /// What follows a lost compare-and-swap.
    pub(super) lost: Vec<Step>,
    /// Where it then goes on in its first way.
    pub(super) again: usize,
}

/// A channel as the model sees it.
#[derive(Clone, Debug)]
pub(super) struct Design {
    pub(super) name: &'static str,
    pub(super) send: Side,
    pub(super) recv: Side,
    /// Messages whose cells share a line.
    pub(super) cells: u64,
    /// Those that wait want so many messages, or places, unless these come one by one.
    pub(super) batch: u64,
    pub(super) patience: Patience,
    pub(super) after_loss: Rest,
}

/// What follows a lost compare-and-swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    None,
    /// Pauses, twice as many each time.
    Growing,
    /// So many pauses.
    Pauses(u64),
}
