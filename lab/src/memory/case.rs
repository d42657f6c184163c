//! What is measured.

use std::fmt;

use crate::shape::Capacity;

/// One measurement, in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Case {
    /// The heap of a channel that nobody uses.
    Idle(State),
    /// The resident bytes of very many.
    Channels(State),
    /// Very many tasks that wait on one channel.
    Waiting(Side),
    /// What is left when such tasks are gone, and the channel is not. Less many: some libraries
    /// look through the whole line for each that leaves it.
    Gone(Side),
    /// Very many messages are sent, then received.
    Burst,
    /// A lock that nobody uses, with its own size.
    Lock(Lock),
    /// Very many tasks that wait for one.
    AtLock(Lock),
    /// A channel of one to many that nobody uses.
    Many(Many),
    /// Very many tasks that wait for its next message.
    AtMany(Many),
}

/// What tasks exclude each other with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lock {
    Mutex,
    Semaphore,
    ReadWrite,
}

/// A channel of one to many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Many {
    /// With room for so many.
    Broadcast(usize),
    Latest,
}

/// A channel, fresh or after one message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) capacity: Capacity,
    pub(crate) used: bool,
}

/// What tasks wait in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Side {
    /// A receive, on an empty channel.
    Recv,
    /// A send, on a full one.
    Send,
}

/// The capacity of the channel on which tasks wait.
pub(crate) const WAITED_FOR: Capacity = Capacity::Bounded(64);

const FRESH: [Capacity; 4] =
    [Capacity::Rendezvous, Capacity::Bounded(1), Capacity::Bounded(64), Capacity::Unbounded];
const USED: [Capacity; 3] = [Capacity::Bounded(1), Capacity::Bounded(64), Capacity::Unbounded];
const MANY: [Capacity; 2] = [Capacity::Bounded(64), Capacity::Unbounded];

impl Case {
    pub(crate) fn all() -> Vec<Self> {
        let states = |capacities: &[Capacity], used| {
            let state = |&capacity: &Capacity| State { capacity, used };
            capacities.iter().map(state).collect::<Vec<_>>()
        };
        let idle = [states(&FRESH, false), states(&USED, true)].concat();
        let many = [states(&MANY, false), states(&MANY, true)].concat();
        let mut all: Vec<Self> = idle.into_iter().map(Self::Idle).collect();
        all.extend(many.into_iter().map(Self::Channels));
        let sides = [Side::Recv, Side::Send];
        all.extend(sides.map(Self::Waiting).into_iter().chain(sides.map(Self::Gone)));
        all.push(Self::Burst);
        let locks = [Lock::Mutex, Lock::Semaphore, Lock::ReadWrite];
        all.extend(locks.map(Self::Lock).into_iter().chain(locks.map(Self::AtLock)));
        let rooms = [Many::Broadcast(16), Many::Broadcast(1024), Many::Latest];
        all.extend(rooms.map(Self::Many));
        all.extend([Many::Broadcast(16), Many::Latest].map(Self::AtMany));
        all
    }

    pub(crate) fn capacity(self) -> Capacity {
        match self {
            Self::Idle(state) | Self::Channels(state) => state.capacity,
            Self::Waiting(_) | Self::Gone(_) => WAITED_FOR,
            Self::Burst => Capacity::Unbounded,
            Self::Many(Many::Broadcast(room)) | Self::AtMany(Many::Broadcast(room)) => {
                Capacity::Bounded(room)
            }
            Self::Lock(_) | Self::AtLock(_) => Capacity::Bounded(1),
            Self::Many(Many::Latest) | Self::AtMany(Many::Latest) => Capacity::Bounded(1),
        }
    }

    /// How many channels, tasks or messages.
    pub(crate) fn count(self, quick: bool) -> usize {
        match self {
            Self::Idle(_) | Self::Lock(_) | Self::Many(_) => 1_000,
            Self::Channels(_) if quick => 30_000,
            Self::Channels(_) => 300_000,
            // strait's has room for 65,535 receivers.
            Self::AtMany(Many::Broadcast(_)) => 50_000,
            Self::Waiting(_) | Self::AtLock(_) | Self::AtMany(_) if quick => 100_000,
            Self::Waiting(_) | Self::AtLock(_) | Self::AtMany(_) => 1_000_000,
            Self::Gone(_) if quick => 2_000,
            Self::Gone(_) => 20_000,
            Self::Burst if quick => 1_000_000,
            Self::Burst => 10_000_000,
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idle(state) => write!(f, "idle/{state}"),
            Self::Channels(state) => write!(f, "channels/{state}"),
            Self::Waiting(side) => write!(f, "waiting/{side}"),
            Self::Gone(side) => write!(f, "gone/{side}"),
            Self::Burst => f.write_str("burst/unbounded"),
            Self::Lock(lock) => write!(f, "sync/idle/{lock}"),
            Self::AtLock(lock) => write!(f, "sync/waiting/{lock}"),
            Self::Many(many) => write!(f, "many/idle/{many}"),
            Self::AtMany(many) => write!(f, "many/waiting/{many}"),
        }
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mutex => "mutex",
            Self::Semaphore => "semaphore",
            Self::ReadWrite => "rw-lock",
        })
    }
}

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broadcast(room) => write!(f, "broadcast/{room}"),
            Self::Latest => f.write_str("latest"),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Recv => "recv",
            Self::Send => "send",
        })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.capacity, if self.used { "/used" } else { "" })
    }
}
