//! Events, latches, barriers and cells that are filled once.

#![forbid(unsafe_code)]

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use strait::sync::{AutoEvent, Barrier, Event, Latch, OnceCell};

use crate::support::alloc::balanced;
use crate::support::hand::{block_on, hand, parked};
use crate::support::watch::{scaled, thread, within};

#[test]
fn an_event_lets_all_pass() {
    let event = Event::new();
    let mut waits: Vec<_> = (0..20).map(|_| parked(event.wait())).collect();
    assert!(event.set());
    assert!(!event.set());
    assert!(event.is_set());
    // Who waited passes, though it is reset before it runs.
    assert!(event.reset());
    assert!(!event.reset());
    let mut late = parked(event.wait());
    waits.iter_mut().for_each(|wait| wait.ready());
    late.park();
    assert!(!event.wait_timeout(Duration::from_millis(1)));
    event.set();
    late.ready();
    hand(event.wait()).now();
    event.wait_blocking();
    assert!(event.wait_deadline(Instant::now()));
    assert_eq!(format!("{event:?}"), "Event { set: true, .. }");
    drop(parked(Event::default().wait()));
}

#[test]
fn an_auto_event_lets_one_pass() {
    let event = AutoEvent::new();
    assert!(!event.try_wait());
    event.set();
    event.set();
    hand(event.wait()).now();
    assert!(!event.try_wait());
    let mut first = parked(event.wait());
    let mut second = parked(event.wait());
    event.set();
    second.asleep();
    first.ready();
    second.park();
    event.set();
    second.ready();
    assert!(!event.wait_timeout(Duration::from_millis(1)));
    // One that was woken and goes leaves it to the next.
    let first = parked(event.wait());
    let mut second = parked(event.wait());
    event.set();
    assert!(first.woken());
    drop(first);
    second.ready();
    event.set();
    assert!(event.wait_deadline(Instant::now()));
    assert_eq!(format!("{:?}", AutoEvent::default()), "AutoEvent { set: false, .. }");
}

/// Each set lets one pass, if it is seen before the next: two threads play ball.
#[test]
fn auto_events_between_threads() {
    within(60, || {
        let (ping, pong) = (Arc::new(AutoEvent::new()), Arc::new(AutoEvent::new()));
        let rounds = scaled(20_000);
        let (a, b) = (ping.clone(), pong.clone());
        let other = thread(move || {
            for _ in 0..rounds {
                a.wait_blocking();
                b.set();
            }
        });
        for _ in 0..rounds {
            ping.set();
            block_on(pong.wait());
        }
        other.join().unwrap();
        assert!(!ping.try_wait() && !pong.try_wait());
    });
}

#[test]
fn a_latch_opens_once() {
    let latch = Latch::new(3);
    let mut waits = [parked(latch.wait()), parked(latch.wait())];
    assert!(!latch.count_down());
    assert_eq!(latch.count(), 2);
    assert!(!latch.is_open());
    assert!(!latch.wait_timeout(Duration::from_millis(1)));
    assert!(latch.count_down_by(5));
    assert!(!latch.count_down());
    assert!(latch.is_open());
    waits.iter_mut().for_each(|wait| wait.ready());
    latch.wait_blocking();
    assert!(latch.wait_deadline(Instant::now()));
    hand(Latch::new(0).wait()).now();
    assert_eq!(format!("{latch:?}"), "Latch { count: 0, .. }");
}

/// What was done before a count is seen by those who pass.
#[test]
fn a_latch_for_threads() {
    within(60, || {
        for _ in 0..scaled(200) {
            let (latch, sum) = (Arc::new(Latch::new(4)), Arc::new(AtomicUsize::new(0)));
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let (latch, sum) = (latch.clone(), sum.clone());
                    thread(move || {
                        sum.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        usize::from(latch.count_down())
                    })
                })
                .collect();
            latch.wait_blocking();
            assert_eq!(sum.load(std::sync::atomic::Ordering::Relaxed), 4);
            let last: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
            assert_eq!(last, 1);
        }
    });
}

#[test]
fn a_barrier_lets_go_together() {
    let barrier = Barrier::new(3);
    for _ in 0..3 {
        let mut first = parked(barrier.wait());
        let mut second = parked(barrier.wait());
        assert_eq!(barrier.arrived(), 2);
        assert!(hand(barrier.wait()).now(), "the last leads");
        assert!(!first.ready() && !second.ready());
        assert_eq!(barrier.arrived(), 0);
    }
    assert!(Barrier::new(1).wait_blocking() && Barrier::new(0).wait_blocking());
    assert_eq!(format!("{barrier:?}"), "Barrier { parties: 3, arrived: 0, .. }");
    assert_eq!(Barrier::new(0).parties(), 1);
}

/// An arrival is taken back when its future is dropped or its time runs out.
#[test]
fn an_arrival_is_taken_back() {
    let barrier = Barrier::new(2);
    drop(parked(barrier.wait()));
    assert_eq!(barrier.arrived(), 0);
    assert_eq!(barrier.wait_timeout(Duration::from_millis(1)), None);
    assert_eq!(barrier.wait_deadline(Instant::now()), None);
    let first = parked(barrier.wait());
    assert!(hand(barrier.wait()).now());
    // All had arrived: this one has counted.
    drop(first);
    assert_eq!(barrier.arrived(), 0);
}

#[test]
fn a_barrier_for_threads() {
    within(60, || {
        let (barrier, phase) = (Arc::new(Barrier::new(4)), Arc::new(AtomicUsize::new(0)));
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (barrier, phase) = (barrier.clone(), phase.clone());
                thread(move || {
                    for round in 0..scaled(500) {
                        assert_eq!(phase.load(SeqCst) / 4, round);
                        barrier.wait_blocking();
                        phase.fetch_add(1, SeqCst);
                        if number % 2 == 0 {
                            barrier.wait_blocking();
                        } else {
                            block_on(barrier.wait());
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn a_cell_is_filled_once() {
    let mut cell = OnceCell::new();
    assert!(cell.get().is_none() && !cell.is_filled());
    assert_eq!(*hand(cell.get_or_init(async || 1)).now(), 1);
    assert_eq!(*hand(cell.get_or_init(async || unreachable!())).now(), 1);
    assert_eq!(*cell.get_or_init_blocking(|| unreachable!()), 1);
    assert_eq!(cell.set(2), Err(2));
    *cell.get_mut().unwrap() += 4;
    assert_eq!(format!("{cell:?}"), "OnceCell(5)");
    assert_eq!(cell.take(), Some(5));
    assert_eq!(format!("{cell:?}"), "OnceCell(<empty>)");
    assert_eq!(cell.set(6), Ok(()));
    assert_eq!(cell.into_inner(), Some(6));
    assert_eq!(OnceCell::from(3).get(), Some(&3));
}

/// One makes the value, others wait; if it is dropped the next one makes it.
#[test]
fn a_maker_that_is_dropped_passes_the_turn() {
    let cell = OnceCell::new();
    let first = parked(cell.get_or_init(pending));
    assert_eq!(cell.set(9), Err(9), "somebody is about to");
    let mut second = parked(cell.get_or_init(async || 2));
    let mut third = parked(cell.get_or_init(async || 3));
    drop(first);
    third.asleep();
    assert_eq!(*second.ready(), 2);
    assert_eq!(*third.ready(), 2);
    assert_eq!(cell.get(), Some(&2));
}

/// So does one that fails, and one that panics.
#[test]
fn a_maker_that_fails_passes_the_turn() {
    let cell = OnceCell::new();
    assert_eq!(hand(cell.get_or_try_init(async || Err("no"))).now(), Err("no"));
    assert_eq!(cell.get_or_try_init_blocking(|| Err("no")), Err("no"));
    let panics = || cell.get_or_init_blocking(|| panic!("expected"));
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    let mut panics = hand(cell.get_or_init(async || panic!("expected")));
    assert!(catch_unwind(AssertUnwindSafe(|| panics.poll())).is_err());
    drop(panics);
    assert_eq!(hand(cell.get_or_try_init(async || Ok::<_, u8>(4))).now(), Ok(&4));
}

#[test]
fn a_cell_for_threads_and_tasks() {
    within(60, || {
        for _ in 0..scaled(500) {
            let (cell, made) = (Arc::new(OnceCell::new()), Arc::new(AtomicUsize::new(0)));
            let threads: Vec<_> = (0..4)
                .map(|number| {
                    let (cell, made) = (cell.clone(), made.clone());
                    thread(move || {
                        let make = || made.fetch_add(1, SeqCst) + number * 10;
                        if number % 2 == 0 {
                            *cell.get_or_init_blocking(make)
                        } else {
                            *block_on(cell.get_or_init(async || make()))
                        }
                    })
                })
                .collect();
            let seen: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
            assert!(seen.iter().all(|one| *one == seen[0]) && made.load(SeqCst) == 1);
        }
    });
}

#[test]
fn nothing_is_left() {
    balanced(|| {
        let (event, latch, barrier) = (Event::new(), Latch::new(1), Barrier::new(9));
        let cell = OnceCell::new();
        let waits: Vec<_> = (0..9).map(|_| parked(event.wait())).collect();
        let counts: Vec<_> = (0..9).map(|_| parked(latch.wait())).collect();
        let arrivals: Vec<_> = (0..8).map(|_| parked(barrier.wait())).collect();
        event.set();
        drop((waits, counts, arrivals));
        let make = async || vec![1, 2, 3];
        assert_eq!(hand(cell.get_or_init(make)).now().len(), 3);
    });
}
