//! What memory operations and transfers take, in the model.

use super::lines::{Access, Core};

/// Picoseconds, so that sums are exact.
pub(super) type Time = u64;

pub(super) fn ns(time: f64) -> Time {
    (time * 1e3).round() as Time
}

/// The shape of the machine: groups of cores that share a cache, in sockets.
pub(super) const GROUP: usize = 8;
pub(super) const SOCKET: usize = 72;

/// One-way transfers that cannot be measured on a small machine: AMD EPYC 7R13, 23 ns inside a
/// group, 107 across groups of a socket, 197 across sockets; measured by the users of
/// `core-to-core-latency` (its README on GitHub, nviennot). Absolute, as those ways have little to
/// do with how fast a core is.
pub(super) const FAR_SOURCE: &str =
    "AMD EPYC 7R13 as published in the README of nviennot/core-to-core-latency";
pub(super) const SAME_SOCKET: f64 = 107.0;
pub(super) const OTHER_SOCKET: f64 = 197.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prices {
    pub(super) load: Time,
    pub(super) store: Time,
    pub(super) rmw: Time,
    /// A transfer inside a group, inside a socket, and to another one.
    pub(super) near: Time,
    pub(super) socket: Time,
    pub(super) across: Time,
    /// How long a core keeps a line that it got for writing, whoever asks.
    pub(super) hold: Time,
    /// One pause of a spinning thread, and a yield to the system.
    pub(super) pause: Time,
    pub(super) give_way: Time,
}

impl Prices {
    pub(super) fn of(&self, access: Access) -> Time {
        match access {
            Access::Load => self.load,
            Access::Store => self.store,
            Access::Rmw => self.rmw,
        }
    }

    /// From one core to another.
    pub(super) fn way(&self, from: Core, to: Core) -> Time {
        if from == to {
            0
        } else if from / GROUP == to / GROUP {
            self.near
        } else if from / SOCKET == to / SOCKET {
            self.socket
        } else {
            self.across
        }
    }

    /// Figures that are easy to add up, for tests.
    #[cfg(test)]
    pub(super) fn round() -> Self {
        Self {
            load: ns(1.0),
            store: ns(2.0),
            rmw: ns(5.0),
            near: ns(40.0),
            socket: ns(100.0),
            across: ns(200.0),
            hold: 0,
            pause: ns(10.0),
            give_way: ns(300.0),
        }
    }
}
