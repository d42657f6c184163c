//! Jobs that are not `Send`: made, run and dropped on the thread of their dispatcher.
//!
//! The child is taken in by its scope at once, on whatever thread that is, with a waker that does
//! nothing. A call goes to the thread, and gives the child its cell there. A child that is
//! cancelled meanwhile finds that out in its first poll, which follows at once.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::task::Waker;

use crate::channel::{OneshotReceiver, oneshot};

use super::error::{Cause, Failed};
use super::frame::Frame;
use super::gate::{Housed, Inside};
use super::job::{self, Yield};
use super::members::Key;
use super::port::{Port, Work};
use super::settings::Tree;
use super::tree::{End, Refused};

/// A child that has no cell yet. If it never gets one, it leaves its scope, as the last thing.
struct Embryo<F> {
    make: Option<F>,
    inside: Option<Inside>,
    frame: Option<Frame>,
}

impl<F> Drop for Embryo<F> {
    fn drop(&mut self) {
        self.make = None;
        self.inside = None;
        if let Some(frame) = self.frame.take() {
            frame.node.exit(frame.key, End::Cancelled);
        }
    }
}

type Slot<T> = OneshotReceiver<Result<T, Failed>>;

/// Starts a child whose future `make` makes on the thread of the port.
pub(super) fn start<F, Fut, Y>(
    node: &Arc<Tree>,
    port: &Port,
    place: u32,
    make: F,
) -> Result<(Slot<Fut::Output>, Key), Refused>
where
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future + 'static,
    Fut::Output: Send + 'static,
    Y: Yield<Fut::Output, Out = Result<Fut::Output, Failed>> + 'static,
{
    let inside = match port.gate() {
        Some(gate) => Some(gate.admit().ok_or(Refused(Cause::Closed))?),
        None => None,
    };
    let key = node.enter(place, false, |key| (Waker::noop().clone(), key))?;
    let frame = Some(Frame { node: node.clone(), key });
    let mut embryo = Embryo { make: Some(make), inside, frame };
    let (result, slot) = oneshot();
    let on = port.clone();
    let call = move || {
        let (Some(make), Some(frame)) = (embryo.make.take(), embryo.frame.take()) else { return };
        let future = Housed::from_inside(embryo.inside.take(), async move { make().await });
        // Nobody may want the result any more: then it is dropped here.
        job::start_here::<_, Y>(frame, on, future, move |out| drop(result.send(out)));
    };
    port.submit(Work::Call(Box::new(Box::new(call))));
    Ok((slot, key))
}
