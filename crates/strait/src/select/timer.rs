//! Arms that wait for a time.
//!
//! None of them needs a runtime. A thread that waits in `select_blocking!` watches the clock
//! itself; a task has an alarm set, by one thread for the whole process.

#![forbid(unsafe_code)]

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_core::Stream;

use crate::kernel::arm::{Arm, Operation};
use crate::kernel::ballot::Seat;
use crate::kernel::timer::Alarm;
use crate::kernel::wait::{Progress, Step};

/// Ready once this much time has passed from now on.
///
/// As an arm of a select, or awaited on its own. A duration of zero is ready at once; one that is
/// beyond what the clock can say never is.
///
/// # Cancel safety
/// Dropping it has no effect. To let one time limit go over several selects, keep it and give
/// `&mut` to each, or use [`at`].
///
/// # Panics
/// When it is polled in a task and the timer thread of the process cannot be started.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use strait::{channel, select::after, select_blocking};
/// let (_tx, rx) = channel::rendezvous::<u8>();
/// let answer = select_blocking! {
///     message = rx.recv() => message.ok(),
///     _ = after(Duration::from_millis(1)) => None,
/// };
/// assert_eq!(answer, None);
/// ```
pub fn after(duration: Duration) -> After {
    After::new(Instant::now().checked_add(duration))
}

/// Ready from `deadline` on; see [`after`].
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use std::time::{Duration, Instant};
/// use strait::{channel, select, select::at};
/// let (tx, rx) = channel::unbounded();
/// (0..3).for_each(|i| tx.try_send(i).unwrap());
/// let end = Instant::now() + Duration::from_millis(5);
/// let mut sum = 0;
/// loop {
///     select! {
///         message = rx.recv() => sum += message.unwrap(),
///         _ = at(end) => break,
///     }
/// }
/// assert_eq!(sum, 3);
/// # });
/// ```
pub fn at(deadline: Instant) -> After {
    After::new(Some(deadline))
}

/// Ready every `period`, for the first time one `period` from now.
///
/// Ticks that nobody has waited for are skipped: the next one is at the next multiple of the
/// period. So a slow receiver gets fewer ticks, and never several at once.
///
/// # Panics
/// If the period is zero, in this call.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use strait::{channel, select, select_blocking};
/// let (tx, rx) = channel::rendezvous::<()>();
/// let mut ticker = select::tick(Duration::from_millis(1));
/// let mut ticks = 0;
/// while ticks < 3 {
///     select_blocking! {
///         _ = ticker.tick() => ticks += 1,
///         _ = rx.recv() => unreachable!("nobody sends"),
///     }
/// }
/// # drop(tx);
/// ```
#[track_caller]
pub fn tick(period: Duration) -> Ticker {
    assert!(!period.is_zero(), "a ticker needs a period");
    Ticker { next: Instant::now().checked_add(period), period, alarm: Alarm::new() }
}

/// The future of [`after`] and [`at`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct After {
    /// `None` never comes.
    deadline: Option<Instant>,
    alarm: Alarm,
}

impl After {
    fn new(deadline: Option<Instant>) -> Self {
        Self { deadline, alarm: Alarm::new() }
    }

    /// The time from which on it is ready; `None` never comes.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

fn poll_alarm(deadline: Option<Instant>, alarm: &mut Alarm, waker: &Waker) -> Poll<Instant> {
    let Some(deadline) = deadline else { return Poll::Pending };
    if Instant::now() >= deadline {
        return Poll::Ready(deadline);
    }
    alarm.set(deadline, waker);
    // It may have gone off already, and never does too early: no need to look again.
    Poll::Pending
}

fn attempt_alarm(deadline: Option<Instant>) -> Progress<Instant> {
    deadline
        .filter(|deadline| Instant::now() >= *deadline)
        .map_or(Progress::Blocked, Progress::Ready)
}

/// One step of an arm that waits for a time.
fn step_alarm(
    deadline: Option<Instant>,
    alarm: &mut Alarm,
    step: Step<'_>,
    seat: Seat<'_>,
) -> Progress<Instant> {
    if let due @ Progress::Ready(_) = attempt_alarm(deadline) {
        return due;
    }
    if let Step::Register(waker) = step
        && !seat.on_thread
        && let Poll::Ready(due) = poll_alarm(deadline, alarm, waker)
    {
        return Progress::Ready(due);
    }
    Progress::Blocked
}

impl Future for After {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        poll_alarm(self.deadline, &mut self.alarm, context.waker()).map(drop)
    }
}

impl Operation for After {
    type Arm = Self;

    fn into_arm(self) -> Self {
        self
    }
}

impl Operation for &mut After {
    type Arm = Self;

    fn into_arm(self) -> Self {
        self
    }
}

impl Arm for After {
    type Output = ();
    const FOREIGN: bool = false;

    fn attempt(self: Pin<&mut Self>, _: &Waker) -> Progress<()> {
        attempt_alarm(self.deadline).map(drop)
    }

    fn step(mut self: Pin<&mut Self>, step: Step<'_>, _: &Waker, seat: Seat<'_>) -> Progress<()> {
        let this = &mut *self;
        step_alarm(this.deadline, &mut this.alarm, step, seat).map(drop)
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

impl Arm for &mut After {
    type Output = ();
    const FOREIGN: bool = false;

    fn attempt(self: Pin<&mut Self>, _: &Waker) -> Progress<()> {
        attempt_alarm(self.deadline).map(drop)
    }

    fn step(
        mut self: Pin<&mut Self>,
        step: Step<'_>,
        waker: &Waker,
        seat: Seat<'_>,
    ) -> Progress<()> {
        Pin::new(&mut **self).step(step, waker, seat)
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

/// A source of ticks; see [`tick`]. Also a stream of them, without end.
#[derive(Debug)]
pub struct Ticker {
    next: Option<Instant>,
    period: Duration,
    alarm: Alarm,
}

impl Ticker {
    /// Waits for the next tick, and says when it was due.
    ///
    /// # Cancel safety
    /// Dropping the future loses no tick.
    pub fn tick(&mut self) -> Tick<'_> {
        Tick { ticker: self }
    }

    /// The next tick is one period from now.
    pub fn reset(&mut self) {
        self.next = Instant::now().checked_add(self.period);
    }

    /// Ends the tick that was due.
    fn advance(&mut self, due: Instant) {
        let missed = due.elapsed().as_nanos() / self.period.as_nanos();
        let ahead = u32::try_from(missed + 1).ok().and_then(|n| self.period.checked_mul(n));
        self.next = ahead.and_then(|ahead| due.checked_add(ahead));
    }
}

impl Stream for Ticker {
    type Item = Instant;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Instant>> {
        Pin::new(&mut self.tick()).poll(context).map(Some)
    }
}

/// The future of [`Ticker::tick`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Tick<'a> {
    ticker: &'a mut Ticker,
}

impl Future for Tick<'_> {
    type Output = Instant;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Instant> {
        let Ticker { next, alarm, .. } = &mut *self.ticker;
        let poll = poll_alarm(*next, alarm, context.waker());
        if let Poll::Ready(due) = poll {
            self.ticker.advance(due);
        }
        poll
    }
}

impl Operation for Tick<'_> {
    type Arm = Self;

    fn into_arm(self) -> Self {
        self
    }
}

impl Arm for Tick<'_> {
    type Output = Instant;
    const FOREIGN: bool = false;

    fn attempt(mut self: Pin<&mut Self>, _: &Waker) -> Progress<Instant> {
        let progress = attempt_alarm(self.ticker.next);
        if let Progress::Ready(due) = progress {
            self.ticker.advance(due);
        }
        progress
    }

    fn step(
        mut self: Pin<&mut Self>,
        step: Step<'_>,
        _: &Waker,
        seat: Seat<'_>,
    ) -> Progress<Instant> {
        let Ticker { next, alarm, .. } = &mut *self.ticker;
        let progress = step_alarm(*next, alarm, step, seat);
        if let Progress::Ready(due) = progress {
            self.ticker.advance(due);
        }
        progress
    }

    fn deadline(&self) -> Option<Instant> {
        self.ticker.next
    }
}
