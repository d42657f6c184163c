//! Handles that do not count.

#![forbid(unsafe_code)]

use std::fmt;

use crate::kernel::prim::Arc;

use super::core::Core;
use super::receiver::Receiver;
use super::sender::Sender;

/// A [`Sender`] that does not keep its channel open.
///
/// While it exists it keeps the head of the channel, 384 bytes; messages and their memory go with
/// the last sender and receiver.
pub struct WeakSender<T> {
    core: Arc<Core<T>>,
}

/// A [`Receiver`] that does not keep its channel from being cancelled.
///
/// While it exists it keeps the head of the channel, 384 bytes; messages and their memory go with
/// the last sender and receiver.
pub struct WeakReceiver<T> {
    core: Arc<Core<T>>,
}

impl<T> WeakSender<T> {
    pub(super) fn new(core: &Arc<Core<T>>) -> Self {
        Self { core: Arc::clone(core) }
    }

    /// A sender, unless the last one was dropped.
    pub fn upgrade(&self) -> Option<Sender<T>> {
        self.core.revive_sender().then(|| Sender::counted(Arc::clone(&self.core)))
    }
}

impl<T> WeakReceiver<T> {
    pub(super) fn new(core: &Arc<Core<T>>) -> Self {
        Self { core: Arc::clone(core) }
    }

    /// A receiver, unless the last one was dropped.
    pub fn upgrade(&self) -> Option<Receiver<T>> {
        self.core.revive_receiver().then(|| Receiver::counted(Arc::clone(&self.core)))
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self::new(&self.core)
    }
}

impl<T> Clone for WeakReceiver<T> {
    fn clone(&self) -> Self {
        Self::new(&self.core)
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::describe("WeakSender", &self.core, f)
    }
}

impl<T> fmt::Debug for WeakReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::describe("WeakReceiver", &self.core, f)
    }
}
