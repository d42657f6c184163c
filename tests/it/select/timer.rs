//! Arms that wait for a time, in threads and in tasks, without a runtime.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use strait::channel::{bounded, never, rendezvous, unbounded};
use strait::select::{after, at, next, tick};
use strait::{select, select_biased, select_blocking, select_blocking_biased};

use super::forms::{FORMS, full, kinds, select_as};
use crate::support::alloc::Blocks;
use crate::support::hand::{block_on, parked, poll_once};
use crate::support::wake::Probe;
use crate::support::watch::{scaled, thread, within};

const MS: Duration = Duration::from_millis(1);

/// S10: zero and past deadlines are ready at once; a biased select takes what is before them.
#[test]
fn what_is_past_is_ready_at_once() {
    within(10, || {
        let long_ago =
            Instant::now().checked_sub(Duration::from_secs(1)).unwrap_or_else(Instant::now);
        for form in FORMS {
            let idle = never::<u8>();
            let (tx, rx) = bounded(1);
            assert!(
                select_as!(form, { _ = idle.recv() => false, () = after(Duration::ZERO) => true })
            );
            assert!(select_as!(form, { _ = idle.recv() => false, () = at(long_ago) => true }));
            assert!(select_as!(form, { () = at(Instant::now()) => true, default => false }));
            let mut counts = [0, 0];
            for i in 0..200 {
                let _ = tx.try_send(i);
                counts[select_as!(form, { _ = rx.recv() => 0, () = after(Duration::ZERO) => 1 })] +=
                    1;
            }
            let least = if form.is_biased() { 0 } else { 50 };
            assert!(counts[0] >= 50 && counts[1] >= least, "{form:?}: {counts:?}");
            assert!(!form.is_biased() || counts[1] == 0, "{form:?}: {counts:?}");
        }
    });
}

/// Alone, as a future and as the only arm: not before its time.
#[test]
fn only_a_timer() {
    within(10, || {
        for form in FORMS {
            let start = Instant::now();
            select_as!(form, { () = after(3 * MS) => {} });
            assert!(start.elapsed() >= 3 * MS, "{form:?}");
            let mut timer = at(start + 6 * MS);
            assert_eq!(timer.deadline(), Some(start + 6 * MS));
            select_as!(form, { () = &mut timer => {} });
            assert!(start.elapsed() >= 6 * MS);
        }
        let start = Instant::now();
        block_on(after(3 * MS));
        assert!(start.elapsed() >= 3 * MS);
    });
}

/// One that the clock cannot reach never is, and hurts nobody.
#[test]
fn beyond_the_clock() {
    within(10, || {
        for form in FORMS {
            let (tx, rx) = rendezvous();
            let sender = thread(move || tx.send_blocking(1));
            let got = select_as!(form, {
                got = rx.recv() => got.unwrap(),
                () = after(Duration::MAX) => 0,
            });
            assert_eq!(got, 1, "{form:?}");
            sender.join().unwrap().unwrap();
            assert_eq!(after(Duration::MAX).deadline(), None);
        }
        let mut ticker = tick(Duration::MAX);
        assert!(select_blocking! { _ = ticker.tick() => false, () = after(MS) => true });
    });
}

/// A new `after` in each round of a loop: it limits each wait; a kept one limits them all.
#[test]
fn a_limit_for_each_round_or_for_all() {
    within(20, || {
        for form in FORMS {
            let (tx, rx) = unbounded();
            let feeder = thread(move || {
                for i in 0..5 {
                    std::thread::sleep(2 * MS);
                    tx.try_send(i).unwrap();
                }
                tx
            });
            let mut seen = 0;
            loop {
                let more = select_as!(form, {
                    got = rx.recv() => { seen += usize::from(got.is_ok()); true }
                    () = after(Duration::from_secs(1)) => false,
                });
                if !more || seen == 5 {
                    break;
                }
            }
            assert_eq!(seen, 5, "{form:?}: each wait is short");
            let tx = feeder.join().unwrap();
            let start = Instant::now();
            let mut limit = after(5 * MS);
            while select_as!(form, { () = &mut limit => false, _ = rx.recv() => true }) {
                let _ = tx.try_send(0);
            }
            // A busy channel does not put it off for ever.
            let mut rounds = 0;
            let mut limit = after(5 * MS);
            loop {
                tx.try_send(rounds).unwrap();
                rounds += 1;
                if select_as!(form, { () = &mut limit => true, _ = rx.recv() => false }) {
                    break;
                }
            }
            assert!(start.elapsed() >= 10 * MS, "{form:?}");
        }
    });
}

/// A send that is given a time: withdrawn when it is over.
#[test]
fn a_send_with_a_limit() {
    within(20, || {
        for kind in kinds([Some(0), Some(1)]) {
            for form in FORMS {
                let (tx, rx) = full(kind, |i| i);
                let mut slot = Some(77);
                let sent = select_as!(form, {
                    _ = tx.send_ref(&mut slot) => true,
                    () = after(MS) => false,
                });
                assert_eq!((sent, slot), (false, Some(77)), "{kind:?} {form:?}");
                assert!(rx.drain().eq(0..kind.cap.unwrap()));
            }
        }
    });
}

/// Of several deadlines the earliest; of several that are over, a biased select the first.
#[test]
fn the_earliest_deadline() {
    within(20, || {
        let idle = never::<u8>();
        for form in FORMS {
            for turn in 0..3 {
                let start = Instant::now();
                let times = [0, 1, 2].map(|i| start + if i == turn { 2 * MS } else { 10_000 * MS });
                let mut ticker = tick(Duration::from_secs(100));
                let arm = select_as!(form, {
                    () = at(times[0]) => 0,
                    _ = idle.recv() => 9,
                    () = at(times[1]) => 1,
                    _ = ticker.tick() => 8,
                    () = at(times[2]) => 2,
                });
                assert_eq!(arm, turn, "{form:?}");
                assert!(start.elapsed() >= 2 * MS);
            }
        }
        for _ in 0..50 {
            let now = Instant::now();
            let arm = select_blocking_biased! { () = at(now) => 0, () = at(now) => 1 };
            assert_eq!(arm, 0);
            let arm = block_on(async {
                select_biased! { () = at(now) => 0, () = at(now) => 1 }
            });
            assert_eq!(arm, 0);
        }
    });
}

/// Ticks come at multiples of the period; those that were missed are skipped.
#[test]
fn missed_ticks_are_skipped() {
    within(20, || {
        for form in FORMS {
            let period = 2 * MS;
            let start = Instant::now();
            let mut ticker = tick(period);
            let first = select_as!(form, { due = ticker.tick() => due });
            assert!(first >= start + period && Instant::now() >= first, "{form:?}");
            let pause = Instant::now();
            std::thread::sleep(5 * period);
            let woken = Instant::now();
            let late = select_as!(form, { due = ticker.tick() => due });
            let seen = Instant::now();
            assert!(first < late && late <= pause + period, "{form:?}: not the one that was due");
            let after_it = select_as!(form, { due = ticker.tick() => due });
            assert!(after_it > woken, "{form:?}: a missed tick was made up for");
            assert!(after_it <= seen + period, "{form:?}: one too many was skipped");
            assert_eq!((late - first).as_nanos() % period.as_nanos(), 0, "{form:?}: off the beat");
            let steps = (after_it - first).as_nanos();
            assert_eq!(steps % period.as_nanos(), 0, "{form:?}: off the beat");
        }
    });
}

/// A tick that lost is not lost; `reset` begins anew; a ticker is a stream.
#[test]
fn a_tick_that_lost_is_there_next_time() {
    within(20, || {
        let (tx, rx) = bounded(1);
        let mut ticker = tick(MS);
        std::thread::sleep(2 * MS);
        tx.try_send(1).unwrap();
        let arm = select_blocking_biased! { _ = rx.recv() => 0, _ = ticker.tick() => 1 };
        assert_eq!(arm, 0);
        assert!(select_blocking! { _ = ticker.tick() => true, default => false });
        let mut ticker = tick(Duration::from_secs(1000));
        ticker.reset();
        assert!(select_blocking! { _ = ticker.tick() => false, default => true });
        let mut ticker = tick(MS);
        let due = [(); 3].map(|()| block_on(next(&mut ticker)).unwrap());
        assert!(due[0] < due[1] && due[1] < due[2]);
    });
}

/// A ticker wants a period.
#[test]
#[should_panic = "a ticker needs a period"]
fn a_ticker_without_a_period() {
    drop(tick(Duration::ZERO));
}

/// Ten thousand at once, each in a task; all go off, none early.
#[test]
fn ten_thousand_timers() {
    within(30, || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let idle = std::sync::Arc::new(never::<u8>());
        let count = scaled(10_000);
        let tasks: Vec<_> = (0..count)
            .map(|i| {
                let idle = idle.clone();
                let deadline = Instant::now() + Duration::from_micros((i * 7919 % 20_000) as u64);
                runtime.spawn(async move {
                    select! {
                        _ = idle.recv() => unreachable!(),
                        () = at(deadline) => Instant::now() >= deadline,
                    }
                })
            })
            .collect();
        let on_time = tasks.into_iter().map(|task| block_on(task).unwrap());
        assert_eq!(on_time.filter(|on_time| *on_time).count(), count);
    });
}

/// Timers that are given up leave nothing: no waker, no wake-up, no memory that grows.
#[test]
fn given_up_timers_leave_nothing() {
    let probe = Probe::default();
    let waker = probe.waker();
    let blocks = Blocks::new();
    let entered = blocks.enter();
    let round = |far: bool| {
        let time = if far { Duration::from_secs(1000) } else { 20 * MS };
        let mut timer = std::pin::pin!(async {
            select! { () = after(time) => {} }
        });
        for _ in 0..300 {
            let before = probe.held();
            assert!(poll_once(timer.as_mut(), &waker).is_pending());
            if probe.held() > before {
                break;
            }
        }
        assert!(probe.held() > 1, "no alarm is set");
    };
    (0..100).for_each(|i| round(i % 2 == 0));
    let before = blocks.bytes();
    (0..scaled(20_000)).for_each(|i| round(i % 2 == 0));
    let grown = blocks.bytes() - before;
    drop(entered);
    assert_eq!(probe.held(), 1, "the one here");
    let wakes = probe.count();
    std::thread::sleep(30 * MS);
    assert_eq!(probe.count(), wakes, "a timer went off that is no more");
    // Others may keep a node of the clock's tree that was made here.
    assert!(grown < 4096, "{grown} bytes");
}

/// Set again at each poll, with another waker: the last one is woken.
#[test]
fn a_timer_that_moves_to_another_task() {
    within(10, || {
        let (old, new) = (Probe::default(), Probe::default());
        let mut timer = parked(async {
            select! { () = after(20 * MS) => {} }
        })
        .into_inner();
        for probe in [&old, &new] {
            assert!(poll_once(timer.as_mut(), &probe.waker()).is_pending());
        }
        assert_eq!(old.held(), 0);
        while new.count() == 0 {
            std::thread::sleep(MS);
        }
        assert_eq!((old.count(), block_on(timer)), (0, ()));
    });
}
