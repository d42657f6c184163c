//! Dispatchers: who runs where, how many at a time, and what closing does.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use strait::channel::{bounded, oneshot, unbounded};
use strait::task::{self, Cause, Dispatcher, Reason, ScopeBuilder, with_context};

use super::world::{Census, ok, panic_of, run, sleep_ms, sleeper, until};
use crate::support::watch::scaled;

fn thread_name() -> String {
    std::thread::current().name().unwrap_or("").to_owned()
}

/// Timers of tokio work on all of them.
#[test]
fn each_runs_where_it_says() {
    ok(|s| async move {
        let main = std::thread::current().id();
        let (pool, single) = (Dispatcher::pool("cpu", 2), Dispatcher::single("ui"));
        let name = || async {
            sleep_ms(1).await;
            thread_name()
        };
        assert!(s.spawn_on(&pool, name()).await.starts_with("cpu-"));
        assert_eq!(s.spawn_on(&single, name()).await, "ui");
        assert_eq!(s.spawn_on(&single.limited(1), name()).await, "ui");
        let on_main = s.spawn_on(&Dispatcher::main(), async {
            sleep_ms(1).await;
            std::thread::current().id()
        });
        assert_eq!(on_main.await, main);
        assert_eq!(s.spawn(name()).await, "strait");
        let blocking = s.spawn_blocking(|| {
            std::thread::sleep(Duration::from_millis(2));
            thread_name()
        });
        blocking.await;
    });
}

/// D1, D2, D5.
#[test]
fn a_view_keeps_its_limit_and_reaches_it() {
    ok(|s| async move {
        let pool = Dispatcher::pool("wide", 4);
        for (view, limit) in
            [(pool.limited(2), 2), (pool.limited(3).limited(2), 2), (pool.limited(1), 1)]
        {
            let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let scope = ScopeBuilder::new().on(&view).open(|s| {
                let (running, most) = (running.clone(), most.clone());
                async move {
                    for i in 0..scaled(10_000) {
                        let (running, most) = (running.clone(), most.clone());
                        s.launch(async move {
                            for _ in 0..2 {
                                most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
                                if i % 64 == 0 {
                                    std::thread::sleep(Duration::from_micros(200));
                                }
                                running.fetch_sub(1, SeqCst);
                                task::yield_now().await;
                            }
                        });
                    }
                }
            });
            scope.await.unwrap();
            assert_eq!(most.load(SeqCst), limit);
        }
        drop(s);
    });
}

/// D3: a view with much to do lets others in.
#[test]
fn views_alternate() {
    ok(|s| async move {
        let single = Dispatcher::single("shared");
        let (a, b) = (single.limited(1), single.limited(1));
        let (log, order) = unbounded();
        let gate = s.spawn_on(&single, async { std::thread::sleep(Duration::from_millis(20)) });
        for (view, name) in [(&a, 'a'), (&b, 'b')] {
            for _ in 0..100 {
                let log = log.clone();
                s.launch_on(view, async move { log.try_send(name).unwrap() });
            }
        }
        drop(log);
        gate.await;
        let mut seen = String::new();
        while let Ok(name) = order.recv().await {
            seen.push(name);
        }
        assert!(seen.find('b').unwrap() < 50, "{seen}");
        assert_eq!(seen.len(), 200);
    });
}

/// D6: a panic does not take a slot of the view with it.
#[test]
fn a_panic_does_not_lose_a_slot() {
    ok(|_| async move {
        let view = Dispatcher::default().limited(1);
        let scope = ScopeBuilder::new().policy(task::Policy::CollectAll).on(&view);
        let failure = scope.open(|s| async move {
            for _ in 0..10 {
                s.launch(async { panic!("slot") });
            }
            s.spawn(async { 1 }).await
        });
        assert_eq!(failure.await.unwrap_err().all().len(), 10);
        let value = task::scope(|s| async move { s.spawn_on(&view, async { 2 }).await });
        assert_eq!(value.await.unwrap(), 2);
    });
}

/// M20: jobs that are not `Send`, with mutable state that they share.
#[test]
fn a_single_dispatcher_runs_what_is_not_send() {
    ok(|s| async move {
        let ui = Dispatcher::single("ui");
        for on in [ui, Dispatcher::main()] {
            let sum = s.spawn_local(&on, || async {
                let state = Rc::new(RefCell::new(1));
                let copy = state.clone();
                sleep_ms(2).await;
                *copy.borrow_mut() += 1;
                *state.borrow()
            });
            assert_eq!(sum.await, 2);
        }
    });
}

/// Its destructor runs on its thread, also when it is cancelled; and before it began.
#[test]
fn what_is_not_send_is_dropped_on_its_thread() {
    struct Here {
        thread: std::thread::ThreadId,
        _guard: super::world::Guard,
    }
    impl Drop for Here {
        fn drop(&mut self) {
            assert_eq!(std::thread::current().id(), self.thread);
        }
    }
    let census = Census::default();
    let seen = census.clone();
    ok(move |s| async move {
        let single = Dispatcher::single("home");
        for _ in 0..scaled(50) {
            let census = census.clone();
            drop(s.spawn_local(&single, move || async move {
                let thread = std::thread::current().id();
                let _here = Here { thread, _guard: census.guard() };
                std::future::pending::<()>().await;
            }));
        }
        until(|| census.live() > 0).await;
        s.cancel("now");
    });
    assert_eq!(seen.live(), 0);
}

/// A failure of such a job is one of the scope.
#[test]
fn what_is_not_send_fails_like_any_other() {
    let text = panic_of(|| {
        run(|s| async move {
            let single = Dispatcher::single("bad");
            let never = s.spawn_local(&single, || async { panic!("not send") });
            never.await
        })
    });
    assert_eq!(text, "not send");
    let text = panic_of(|| {
        ok(|s| async move { drop(s.spawn_local(&Dispatcher::default(), || async {})) })
    });
    assert!(text.contains("one thread"), "{text}");
}

/// T5: no hop if nothing changes; two if it does.
#[test]
fn with_context_hops_only_if_it_must() {
    ok(|s| async move {
        let (a, b) = (Dispatcher::single("a"), Dispatcher::single("b"));
        let back = s.spawn_on(&a, {
            let (a, b) = (a.clone(), b.clone());
            async move {
                let here = std::thread::current().id();
                // In place: a future that is polled once sees no other job in between.
                let (log, order) = unbounded();
                let stay = with_context(&a, async { std::thread::current().id() });
                assert_eq!(stay.await, here);
                let live = task::is_cancelled();
                assert!(!live);
                let other = with_context(&b, async move {
                    log.try_send(thread_name()).unwrap();
                    task::scope(|s| async move { s.spawn(async { thread_name() }).await }).await
                });
                assert_eq!(other.await.unwrap(), "b", "children of what is there stay there");
                assert_eq!(order.try_recv().unwrap(), "b");
                std::thread::current().id() == here
            }
        });
        assert!(back.await);
    });
}

/// M21: what is given moves there and comes back; panics and cancellation pass through.
#[test]
fn with_context_passes_everything_through() {
    let census = Census::default();
    let seen = census.clone();
    ok(move |s| async move {
        let pool = Dispatcher::pool("p", 1);
        let moved = with_context(&pool, async { vec![1, 2, 3] }).await;
        assert_eq!(moved, [1, 2, 3]);
        let guard = census.guard();
        let on = pool.clone();
        let job = s.launch(async move { with_context(&on, sleeper(guard)).await }).job();
        sleep_ms(5).await;
        job.cancel_and_join("now").await;
        until(|| census.live() == 0).await;
    });
    assert_eq!(seen.born(), 1);
    let text = panic_of(|| {
        run(|_| async move {
            let pool = Dispatcher::pool("p", 1);
            with_context(&pool, async { panic!("over there") }).await
        })
    });
    assert_eq!(text, "over there");
}

/// E10, D11: closing with work inside.
#[test]
fn closing_cancels_and_waits() {
    for make in [|| Dispatcher::pool("closing", 2), || Dispatcher::single("closing")] {
        let census = Census::default();
        let seen = census.clone();
        ok(move |_| async move {
            let on = make();
            let scope = ScopeBuilder::new().policy(task::Policy::Supervise).open(|s| async move {
                for _ in 0..20 {
                    s.launch_on(&on, sleeper(census.guard()));
                }
                until(|| census.live() == 20).await;
                let waits = s.spawn_on(&on, std::future::pending::<u8>());
                let shielded = s.spawn_on(&on, task::shield(sleep_ms(20)));
                sleep_ms(5).await;
                on.close().await;
                assert_eq!(census.live(), 0, "all have ended");
                let failed = waits.outcome().await.unwrap_err();
                assert!(matches!(failed.reason(), Reason::Cancelled(Cause::Closed)), "{failed}");
                assert!(shielded.outcome().await.is_ok(), "a shield holds");
                let late = s.spawn_on(&on, async { 1 });
                let failed = late.outcome().await.unwrap_err();
                assert!(matches!(failed.reason(), Reason::Cancelled(Cause::Closed)), "{failed}");
                on.close().await;
            });
            scope.await.unwrap();
        });
        assert_eq!(seen.live(), 0);
    }
}

/// The threads end when nobody holds the dispatcher, and not before the jobs have ended.
#[test]
fn threads_end_with_the_last_handle() {
    ok(|s| async move {
        let single = Dispatcher::single("orphan");
        let late = s.spawn_on(&single, async {
            sleep_ms(20).await;
            thread_name()
        });
        drop(single);
        assert_eq!(late.await, "orphan");
    });
}

/// A runtime that ends while jobs are parked, and while jobs are ready, drops them; the scope that
/// waited for them is dropped with it.
#[test]
fn a_runtime_that_ends_drops_its_jobs() {
    let census = Census::default();
    for _ in 0..scaled(20) {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.unwrap();
        let guards: Vec<_> = (0..10).map(|_| census.guard()).collect();
        runtime.spawn(async move {
            task::scope(|s| async move {
                for guard in guards {
                    s.launch(async move {
                        let _guard = guard;
                        loop {
                            task::yield_now().await;
                        }
                    });
                }
                std::future::pending::<()>().await;
            })
            .await
        });
        runtime.block_on(sleep_ms(2));
        drop(runtime);
    }
    let start = std::time::Instant::now();
    while census.live() > 0 && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(census.live(), 0);
}

/// D9, D12: two jobs that talk, on each kind.
#[test]
fn ping_pong_everywhere() {
    ok(|s| async move {
        let rounds = scaled(5_000);
        let kinds = [
            Dispatcher::default(),
            Dispatcher::pool("pp", 2),
            Dispatcher::single("pp"),
            Dispatcher::default().limited(1),
            Dispatcher::main(),
        ];
        for on in kinds {
            let ((ping, pings), (pong, pongs)) = (bounded(1), bounded(1));
            s.launch_on(&on, async move {
                while let Ok(i) = pings.recv().await {
                    pong.send(i).await.unwrap();
                }
            });
            let sum = s.spawn_on(&on, async move {
                let mut sum = 0;
                for i in 0..rounds {
                    ping.send(i).await.unwrap();
                    sum += pongs.recv().await.unwrap();
                }
                sum
            });
            assert_eq!(sum.await, rounds * (rounds - 1) / 2);
        }
    });
}

/// D7: blocking work does not keep others from running.
#[test]
fn blocking_work_does_not_starve_others() {
    ok(|s| async move {
        let (stop, stopped) = bounded::<()>(0);
        let blocked: Vec<_> = (0..16)
            .map(|_| {
                let stopped = stopped.clone();
                s.spawn_blocking(move || stopped.recv_blocking())
            })
            .collect();
        for _ in 0..100 {
            s.spawn(sleep_ms(0)).await;
        }
        drop(stop);
        for blocked in blocked {
            let _ = blocked.await;
        }
    });
}

/// T19: from a thread, from a worker; refused where it would block for ever.
#[test]
fn run_blocking_nests_where_it_can() {
    let value = ok(|s| async move {
        s.spawn(async {
            task::run_blocking(|s| async move { s.spawn(async { 7 }).await }).unwrap()
        })
        .await
    });
    assert_eq!(value, 7);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let text = panic_of(|| runtime.block_on(async { task::run_blocking(|_| async {}) }));
    assert!(text.contains("dispatcher.rs") && text.contains("current-thread"), "{text}");
}

/// A job that always has something ready of tokio does not keep the others from running.
#[test]
fn the_budget_of_tokio_is_shared() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let scope = task::scope(|s| async move {
            let (tx, mut rx) = tokio::sync::mpsc::unbounded_channel();
            (0..1_000).for_each(|i| tx.send(i).unwrap());
            let (done, is_done) = oneshot();
            s.launch(async move {
                for _ in 0..100_000 {
                    let i = rx.recv().await.unwrap();
                    tx.send(i).unwrap();
                }
                done.send(()).unwrap();
            });
            let seen = s.spawn(async move {
                let mut turns = 0_u32;
                let mut is_done = is_done;
                while is_done.try_recv().is_err() {
                    turns += 1;
                    task::yield_now().await;
                }
                turns
            });
            assert!(seen.await > 50);
        });
        scope.await.unwrap();
    });
}
