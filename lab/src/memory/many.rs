//! What channels of one to many hold, with one receiver, and those who wait on one.

use super::child::{Figure, Order, Trouble};
use super::hold::keep;
use super::waiting::wait_at;
use crate::shape::{Latest, TaskBroadcast, ThreadBroadcast};

/// With one receiver. The handles have their place before.
fn with_one<Tx, Rx>(
    order: &Order,
    make: impl Fn() -> (Tx, Vec<Rx>),
) -> Result<Vec<Figure>, Trouble> {
    let [bytes, _] = keep(order, || {
        let (tx, mut rxs) = make();
        (tx, rxs.pop())
    })?;
    Ok(vec![Figure::bytes(order.case, "", bytes)])
}

pub(crate) fn broadcast_of_threads<B: ThreadBroadcast>(
    order: &Order,
) -> Result<Vec<Figure>, Trouble> {
    with_one(order, || B::make(order.capacity.room_or(1), 1))
}

pub(crate) fn broadcast_of_tasks<B: TaskBroadcast>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    with_one(order, || B::make(order.capacity.room_or(1), 1))
}

pub(crate) fn latest<L: Latest>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    with_one(order, || L::make(1))
}

/// Every task has a receiver of its own, which counts.
pub(crate) fn broadcast_receivers<B: TaskBroadcast>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    let mut kept = None;
    wait_at(order, || {
        let (tx, mut rxs) = B::make(order.capacity.room_or(1), order.count);
        kept = Some(tx);
        move |_| {
            let mut rx = rxs.pop().expect("as many as tasks");
            async move {
                B::recv(&mut rx).await;
            }
        }
    })
}

pub(crate) fn latest_receivers<L: Latest>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    let mut kept = None;
    wait_at(order, || {
        let (tx, mut rxs) = L::make(order.count);
        kept = Some(tx);
        move |_| {
            let mut rx = rxs.pop().expect("as many as tasks");
            async move {
                L::changed(&mut rx).await;
            }
        }
    })
}
