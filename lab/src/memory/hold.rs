//! What channels hold when nobody waits on them.

use std::marker::PhantomData;
use std::mem;

use futures::FutureExt;

use super::case::{Case, State};
use super::child::{Figure, Held, Order, Trouble};
use crate::shape::{Capacity, Tasks, Threads};
use crate::tally::Fault;

/// So many channels, or messages, come first and do not count: the process has its code and its
/// allocator their first pages then.
const FIRST: usize = 100;

/// A channel of which only this is asked that it keeps messages.
trait Keeps {
    type Tx;
    type Rx;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx);
    fn put(tx: &mut Self::Tx, message: usize) -> bool;
    fn take(rx: &mut Self::Rx) -> Option<usize>;
}

struct ByThreads<R>(PhantomData<R>);

impl<R: Threads> Keeps for ByThreads<R> {
    type Tx = R::Tx;
    type Rx = R::Rx;

    fn make(capacity: Capacity) -> (R::Tx, R::Rx) {
        R::make(capacity)
    }

    fn put(tx: &mut R::Tx, message: usize) -> bool {
        R::try_send(tx, message)
    }

    fn take(rx: &mut R::Rx) -> Option<usize> {
        R::try_recv(rx)
    }
}

struct ByTasks<R>(PhantomData<R>);

impl<R: Tasks> Keeps for ByTasks<R> {
    type Tx = R::Tx;
    type Rx = R::Rx;

    fn make(capacity: Capacity) -> (R::Tx, R::Rx) {
        R::make(capacity)
    }

    fn put(tx: &mut R::Tx, message: usize) -> bool {
        R::try_send(tx, message)
    }

    fn take(rx: &mut R::Rx) -> Option<usize> {
        R::recv(rx).now_or_never().flatten()
    }
}

/// Of a library's channels of threads.
pub(crate) fn of_threads<R: Threads>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    of::<ByThreads<R>>(order)
}

/// Of those of tasks, where the library has no others.
pub(crate) fn of_tasks<R: Tasks>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    of::<ByTasks<R>>(order)
}

fn of<K: Keeps>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    match order.case {
        Case::Idle(state) | Case::Channels(state) => channels::<K>(order, state),
        Case::Burst => burst::<K>(order),
        _ => unreachable!("nobody waits here"),
    }
}

/// Makes channels and keeps them all. The handles have their place before.
fn channels<K: Keeps>(order: &Order, state: State) -> Result<Vec<Figure>, Trouble> {
    let mut handles: Vec<Option<(K::Tx, K::Rx)>> = Vec::new();
    handles.resize_with(order.count, || None);
    let mut first: Vec<Option<(K::Tx, K::Rx)>> = Vec::new();
    first.resize_with(FIRST, || None);
    fill::<K>(&mut first, state)?;
    let before = order.before()?;
    fill::<K>(&mut handles, state)?;
    let after = order.after()?;
    let heap = order.each(after.heap.bytes - before.heap.bytes);
    let resident = order.each(after.resident - before.resident);
    let bytes = if matches!(order.case, Case::Idle(_)) { heap } else { resident };
    let allocations = order.each(after.heap.allocations - before.heap.allocations);
    Ok(vec![Figure::bytes(order.case, "", bytes).with(allocations)])
}

/// Makes many and keeps them all: the heap's bytes and blocks of each.
pub(super) fn keep<T>(order: &Order, make: impl Fn() -> T) -> Result<[f64; 2], Trouble> {
    let places = |count| -> Vec<Option<T>> { (0..count).map(|_| None).collect() };
    let (mut first, mut all) = (places(FIRST), places(order.count));
    first.iter_mut().for_each(|place| *place = Some(make()));
    let before = order.before()?;
    all.iter_mut().for_each(|place| *place = Some(make()));
    let heap = order.after()?.heap;
    let [bytes, allocations] =
        [heap.bytes - before.heap.bytes, heap.allocations - before.heap.allocations];
    Ok([order.each(bytes), order.each(allocations)])
}

fn fill<K: Keeps>(handles: &mut [Option<(K::Tx, K::Rx)>], state: State) -> Result<(), Fault> {
    for place in handles {
        let (tx, rx) = place.insert(K::make(state.capacity));
        if state.used && !(K::put(tx, 1) && K::take(rx) == Some(1)) {
            return Err(Fault::Answer);
        }
    }
    Ok(())
}

/// What the process has while the messages are there, when they are gone, and without the channel.
fn burst<K: Keeps>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    let (mut tx, mut rx) = K::make(order.capacity);
    send::<K>(&mut tx, FIRST)?;
    recv::<K>(&mut rx, FIRST)?;
    let start = order.before()?;
    send::<K>(&mut tx, order.count)?;
    let peak = order.after()?;
    recv::<K>(&mut rx, order.count)?;
    let left = order.after()?;
    mem::drop((tx, rx));
    let end = order.after()?;
    let grown = |held: Held| held.resident - start.resident;
    let case = order.case;
    Ok(vec![
        Figure::bytes(case, "/peak", grown(peak)),
        Figure::bytes(case, "/left", grown(left)),
        Figure::percent(case, "/left of peak", grown(left) / grown(peak)),
        Figure::percent(case, "/left of start", grown(left) / start.resident),
        Figure::bytes(case, "/left on the heap", left.heap.bytes - start.heap.bytes),
        Figure::bytes(case, "/left when dropped", grown(end)),
    ])
}

fn send<K: Keeps>(tx: &mut K::Tx, count: usize) -> Result<(), Fault> {
    let sent = (0..count).all(|message| K::put(tx, message));
    if sent { Ok(()) } else { Err(Fault::Answer) }
}

fn recv<K: Keeps>(rx: &mut K::Rx, count: usize) -> Result<(), Fault> {
    let in_order = (0..count).all(|message| K::take(rx) == Some(message));
    if in_order { Ok(()) } else { Err(Fault::Order) }
}
