//! What many tasks that wait on one channel hold. The runtime's own share is in it, and is told
//! apart by two controls: tasks that wait for nothing, and tasks that wait in line on tokio's
//! `Notify`.

use std::future;
use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::case::Case;
use super::child::{Figure, Order, Run, Trouble};
use crate::shape::Tasks;
use crate::tally::Fault;

/// Not libraries: what a row costs without a channel.
pub(super) const CONTROLS: [(&str, Run); 2] = [("task-alone", alone), ("task-notify", notify)];

/// How long nobody may be polled for all to be asleep.
const STILL: Duration = Duration::from_millis(20);

/// How often any of the tasks was polled, and how many of them came to an end.
static POLLS: AtomicUsize = AtomicUsize::new(0);
static ENDED: AtomicUsize = AtomicUsize::new(0);

pin_project! {
    /// A task that is counted, and that needs no memory for it.
    struct Counted<F> {
        #[pin]
        inner: F,
    }
}

impl<F: Future> Future for Counted<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        POLLS.fetch_add(1, Ordering::Relaxed);
        let poll = self.project().inner.poll(context);
        ENDED.fetch_add(usize::from(poll.is_ready()), Ordering::Relaxed);
        poll.map(drop)
    }
}

/// Tasks that wait in a receive.
pub(crate) fn receivers<R: Tasks<Rx: Clone>>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    let (tx, rx) = R::make(order.capacity);
    let figures = wait(order, |_| {
        let mut rx = rx.clone();
        async move {
            R::recv(&mut rx).await;
        }
    });
    drop(tx);
    figures
}

/// Tasks that wait in a send.
pub(crate) fn senders<R: Tasks>(order: &Order) -> Result<Vec<Figure>, Trouble> {
    let (mut tx, rx) = R::make(order.capacity);
    let (filled, room) = (&mut tx, order.capacity.room_or(0));
    if !(0..room).all(|message| R::try_send(filled, message)) {
        return Err(Fault::Answer.into());
    }
    let figures = wait(order, |message| {
        let mut tx = tx.clone();
        async move {
            let tx = &mut tx;
            R::send(tx, message).await;
        }
    });
    drop(rx);
    figures
}

fn alone(order: &Order) -> Result<Vec<Figure>, Trouble> {
    wait(order, |_| future::pending::<()>())
}

fn notify(order: &Order) -> Result<Vec<Figure>, Trouble> {
    let notify = Arc::new(Notify::new());
    wait(order, |_| {
        let notify = Arc::clone(&notify);
        async move { notify.notified().await }
    })
}

/// Spawns the tasks and sees what is there when all of them sleep, or when they are gone.
pub(super) fn wait<F>(order: &Order, task: impl FnMut(usize) -> F) -> Result<Vec<Figure>, Trouble>
where
    F: Future<Output = ()> + Send + 'static,
{
    wait_at(order, || task)
}

/// The same where what the tasks wait at, and have themselves, is made in `make` and counts.
pub(super) fn wait_at<F, T: FnMut(usize) -> F>(
    order: &Order,
    make: impl FnOnce() -> T,
) -> Result<Vec<Figure>, Trouble>
where
    F: Future<Output = ()> + Send + 'static,
{
    let case = order.case;
    if matches!(case, Case::Gone(_)) {
        let before = order.before()?;
        settle(&runtime()?, order.count, make())?;
        let after = order.after()?;
        return Ok(vec![
            Figure::bytes(case, "/heap", after.heap.bytes - before.heap.bytes),
            Figure::bytes(case, "", after.resident - before.resident),
        ]);
    }
    let runtime = runtime()?;
    rest(&runtime);
    let before = order.before()?;
    settle(&runtime, order.count, make())?;
    let during = order.after()?;
    // The end of the process is faster than the end of the tasks.
    mem::forget(runtime);
    let heap = order.each(during.heap.bytes - before.heap.bytes);
    let allocations = order.each(during.heap.allocations - before.heap.allocations);
    let resident = order.each(during.resident - before.resident);
    Ok(vec![
        Figure::bytes(case, "", resident),
        Figure::bytes(case, "/heap", heap).with(allocations),
    ])
}

/// One worker: this thread.
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_time().build()
}

/// Spawns so many tasks and returns when all have been polled and nobody is any more.
fn settle<F>(runtime: &Runtime, count: usize, mut task: impl FnMut(usize) -> F) -> Result<(), Fault>
where
    F: Future<Output = ()> + Send + 'static,
{
    for number in 0..count {
        runtime.spawn(Counted { inner: task(number) });
    }
    drop(task);
    await_stillness(runtime, count);
    if ENDED.load(Ordering::Relaxed) == 0 { Ok(()) } else { Err(Fault::Answer) }
}

fn rest(runtime: &Runtime) {
    runtime.block_on(async { sleep(STILL).await });
}

/// Until so many have been polled and nobody is any more.
fn await_stillness(runtime: &Runtime, count: usize) {
    runtime.block_on(async {
        let mut seen = 0;
        loop {
            sleep(STILL).await;
            let polls = POLLS.load(Ordering::Relaxed);
            if polls >= count && polls == seen {
                break;
            }
            seen = polls;
        }
    });
}
