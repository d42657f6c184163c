//! What locks hold: their own size with what they have on the heap, and those who wait for one.

use std::mem;

use futures::FutureExt;

use super::child::{Figure, Order, Trouble};
use super::hold::keep;
use super::waiting::wait;
use crate::shape::{
    TaskMutex, TaskRwLock, TaskSemaphore, ThreadMutex, ThreadRwLock, ThreadSemaphore,
};
use crate::tally::Fault;

/// Makes many, each in a block of its own.
fn boxes<L>(order: &Order, make: impl Fn() -> L) -> Result<Vec<Figure>, Trouble> {
    let [bytes, allocations] = keep(order, || Box::new(make()))?;
    Ok(vec![Figure::bytes(order.case, "", bytes).with(allocations)])
}

pub(crate) fn thread_mutex<L: ThreadMutex>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    boxes(order, L::make)
}

pub(crate) fn task_mutex<L: TaskMutex>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    boxes(order, L::make)
}

pub(crate) fn thread_semaphore<L: ThreadSemaphore>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    boxes(order, || L::make(1))
}

pub(crate) fn task_semaphore<L: TaskSemaphore>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    boxes(order, || L::make(1))
}

pub(crate) fn thread_rw_lock<L: ThreadRwLock>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    boxes(order, L::make)
}

pub(crate) fn task_rw_lock<L: TaskRwLock>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    boxes(order, L::make)
}

/// Takes what the tasks are to wait for; it is never given back, as the process ends before.
fn take<G>(guard: impl Future<Output = G>) -> Result<(), Trouble> {
    guard.now_or_never().map(mem::forget).ok_or_else(|| Fault::Answer.into())
}

pub(crate) fn at_mutex<L: TaskMutex>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    let mutex: &'static L::Mutex = Box::leak(Box::new(L::make()));
    take(L::lock(mutex))?;
    wait(order, |_| async { drop(L::lock(mutex).await) })
}

pub(crate) fn at_semaphore<L: TaskSemaphore>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    let semaphore: &'static L::Semaphore = Box::leak(Box::new(L::make(1)));
    take(L::acquire(semaphore))?;
    wait(order, |_| async { drop(L::acquire(semaphore).await) })
}

/// Readers wait for a writer.
pub(crate) fn at_rw_lock<L: TaskRwLock>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    let lock: &'static L::Lock = Box::leak(Box::new(L::make()));
    take(L::write(lock))?;
    wait(order, |_| async { drop(L::read(lock).await) })
}
