//! A state cell: every receiver sees the newest value.
//!
//! `cell` has the value and its readers, `view` the place of a receiver, `core` adds those who wait;
//! the rest are the handles.

mod arms;
mod cell;
mod core;
mod futures;
#[cfg(all(test, strait_loom))]
mod loom;
mod receiver;
mod sender;
mod view;

pub use self::arms::{LatestChangedArm, LatestWaitForArm};
pub use self::futures::{LatestChanged, LatestWaitFor};
pub use self::receiver::LatestReceiver;
pub use self::sender::{LatestRef, LatestSender};

/// The two ends of a new channel.
pub(super) fn pair<T>(value: T) -> (LatestSender<T>, LatestReceiver<T>) {
    let core = crate::kernel::prim::Arc::new(self::core::Core::new(value));
    let view = self::view::View::new(crate::kernel::prim::Arc::clone(&core));
    (LatestSender::counted(core), LatestReceiver::new(view))
}
