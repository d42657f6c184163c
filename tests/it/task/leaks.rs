//! M24: what leaks elsewhere does not leak here. Blocks are counted, also those of the runtime's
//! threads.

#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use strait::channel::{bounded, rendezvous, unbounded};
use strait::task::{self, Cause, Dispatcher};

use super::world::{Census, sleep_ms, sleeper, until};
use crate::support::alloc::{self, Blocks};
use crate::support::watch::{scaled, within};

/// Runs `f` once to warm up, then counted, on two workers whose blocks count too: none may be
/// left when the scope has ended and the runtime is gone.
#[track_caller]
fn no_block_is_left<F, Fut>(f: F)
where
    F: Fn() -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let once = |scope: usize, f: F| {
        within(120, move || {
            let _entered = alloc::adopt(scope);
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .on_thread_start(move || std::mem::forget(alloc::adopt(scope)))
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move { tokio::spawn(f()).await.unwrap() });
        });
    };
    once(alloc::current(), f.clone());
    let blocks = Blocks::new();
    let entered = blocks.enter();
    let scope = alloc::current();
    drop(entered);
    once(scope, f);
    // Threads of the runtime may be on their last steps.
    for _ in 0..1_000 {
        if blocks.live() == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("{} blocks, {} bytes are left", blocks.live(), blocks.bytes());
}

/// The count can fail.
#[test]
#[should_panic(expected = "are left")]
fn a_leak_is_found() {
    no_block_is_left(|| async {
        task::scope(|s| async move {
            s.launch(async { std::mem::forget(std::hint::black_box(Box::new(1))) });
        })
        .await
        .unwrap();
    });
}

/// A deferred that its own job holds, done and cancelled.
#[test]
fn a_deferred_that_holds_itself() {
    no_block_is_left(|| async {
        for ends in [true, false] {
            let scope = task::scope(|s| async move {
                for _ in 0..scaled(100) {
                    let own = Arc::new(Mutex::new(None));
                    let (go, gone) = bounded::<()>(1);
                    let place = own.clone();
                    let deferred = s.spawn(async move {
                        gone.recv().await.ok();
                        if !ends {
                            std::future::pending::<()>().await;
                        }
                        drop(place);
                    });
                    *own.lock().unwrap() = Some(deferred);
                    go.try_send(()).unwrap();
                }
                if !ends {
                    sleep_ms(5).await;
                    s.cancel("enough");
                }
            });
            scope.await.unwrap();
        }
    });
}

/// A channel that is never closed, with jobs at both ends.
#[test]
fn a_channel_that_is_never_closed() {
    no_block_is_left(|| async {
        let scope = task::scope(|s| async move {
            let (tx, rx) = rendezvous::<Box<u8>>();
            for i in 0..20 {
                let (tx, rx) = (tx.clone(), rx.clone());
                s.launch(async move {
                    let _both = (&tx, &rx);
                    if i % 2 == 0 {
                        while tx.send(Box::new(i)).await.is_ok() {}
                    } else {
                        while rx.recv().await.is_ok() {}
                    }
                });
            }
            sleep_ms(10).await;
            s.cancel("enough");
        });
        scope.await.unwrap();
    });
}

/// Ten thousand children on several threads, cancelled at once, many times over; some running,
/// some parked on channels and timers, some not begun.
#[test]
fn ten_thousand_children_are_cancelled_at_once() {
    let (rounds, children) = (scaled(20), scaled(10_000));
    no_block_is_left(move || async move {
        let census = Census::default();
        // Closed at the end: a child ends by cancellation alone.
        let (_tx, rx) = unbounded::<u8>();
        for round in 0..rounds {
            let rx = rx.clone();
            let result = task::scope(|s| {
                let census = census.clone();
                async move {
                    let pool = Dispatcher::pool("other", 2);
                    for i in 0..children {
                        let (guard, rx) = (census.guard(), rx.clone());
                        let child = async move {
                            let _guard = guard;
                            match i % 4 {
                                0 => drop(rx.recv().await),
                                1 => sleep_ms(60_000).await,
                                2 => std::future::pending().await,
                                _ => loop {
                                    task::yield_now().await;
                                },
                            }
                        };
                        if i % 2 == 0 {
                            s.launch(child)
                        } else {
                            s.launch_on(&pool, child)
                        };
                    }
                    if round % 2 == 0 {
                        sleep_ms(1).await;
                    }
                    s.cancel("all of them");
                    std::future::pending::<()>().await;
                }
            });
            let failure = result.await.unwrap_err();
            assert_eq!(failure.cause(), Cause::Requested("all of them"));
            assert_eq!((census.live(), failure.cancelled()), (0, children));
        }
    });
}

/// J26: many wait for one job, with much in their hands, and are cancelled.
#[test]
fn waiters_for_a_job_leave_nothing() {
    no_block_is_left(|| async {
        let scope = task::scope(|s| async move {
            let job = s.launch(std::future::pending::<()>()).job();
            for _ in 0..scaled(1_000) {
                let job = job.clone();
                s.launch(async move {
                    let _much = vec![0_u8; 100_000];
                    job.join().await;
                });
            }
            sleep_ms(5).await;
            s.cancel("enough");
        });
        scope.await.unwrap();
    });
}

/// Dropped scopes, shields, timeouts, cleanups, deferreds of other threads.
#[test]
fn everything_together_leaves_nothing() {
    no_block_is_left(|| async {
        let census = Census::default();
        for _ in 0..scaled(20) {
            let seen = census.clone();
            let scope = task::scope(|s| async move {
                let single = Dispatcher::single("one");
                for i in 0..20 {
                    let (own, census, single) = (s.clone(), seen.clone(), single.clone());
                    s.launch(async move {
                        let _cleanup = own.defer(|| sleep_ms(1));
                        let inner = task::scope(|s| async move {
                            s.launch(sleeper(census.guard()));
                            drop(s.spawn_local(&single, move || sleeper(census.guard())));
                            task::with_context(&single, sleep_ms(1)).await;
                            task::shield(sleep_ms(i)).await;
                            std::future::pending::<()>().await;
                        });
                        drop(task::timeout(Duration::from_millis(5), inner).await);
                    });
                }
                until(|| s.live() == 0).await;
                drop(single);
            });
            scope.await.unwrap();
            assert_eq!(census.live(), 0);
        }
    });
}
