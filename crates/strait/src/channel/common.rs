//! What every handle can do to its channel, and tells about it.

#![forbid(unsafe_code)]

use std::fmt;

use super::core::Core;

/// Writes what is the same for all handles.
macro_rules! common {
    ($handle:ident<T>) => {
        impl<T> $handle<T> {
            /// Closes the channel: no more messages can be sent, those in it (and those of sends
            /// that wait already) can still be received. Says whether this call closed it.
            pub fn close(&self) -> bool {
                self.core.close()
            }

            /// Closes the channel and drops the messages in it, at once; sends that wait get
            /// their messages back as errors. Says whether this call closed it.
            ///
            /// Receives report the end even where messages were left; until this returns, those
            /// that run at the same time may still get one. Also on a channel that is closed
            /// already the messages are dropped.
            ///
            /// # Panics
            /// If a message's destructor panics; the other messages are dropped all the same.
            pub fn cancel(&self) -> bool {
                self.core.cancel()
            }

            /// Whether no more messages can be sent. Messages may be left to receive.
            pub fn is_closed(&self) -> bool {
                self.core.is_closed()
            }

            /// How many messages could be received now, not counting those whose sends wait; 0
            /// on a rendezvous channel. Outdated at once if others are at work.
            pub fn len(&self) -> usize {
                self.core.len()
            }

            /// Whether [`len`](Self::len) is 0.
            pub fn is_empty(&self) -> bool {
                self.core.is_empty()
            }

            /// Whether [`len`](Self::len) has reached the capacity; always on a rendezvous
            /// channel, never on an unbounded one.
            pub fn is_full(&self) -> bool {
                self.core.is_full()
            }

            /// How many messages the channel holds without a send that waits; `None` if it is
            /// unbounded.
            pub fn capacity(&self) -> Option<usize> {
                self.core.capacity()
            }

            /// How many senders there are, weak ones not counted.
            pub fn sender_count(&self) -> usize {
                self.core.senders()
            }

            /// How many receivers there are, weak ones not counted.
            pub fn receiver_count(&self) -> usize {
                self.core.receivers()
            }

            /// Whether both are handles of one channel.
            pub fn same_channel(&self, other: &Self) -> bool {
                std::ptr::eq(&*self.core, &*other.core)
            }
        }
    };
}
pub(super) use common;

pub(super) fn describe<T>(name: &str, core: &Core<T>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct(name)
        .field("len", &core.len())
        .field("capacity", &core.capacity())
        .field("is_closed", &core.is_closed())
        .finish_non_exhaustive()
}
