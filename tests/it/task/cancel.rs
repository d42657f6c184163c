//! Cancellation: downward, at once, and waited for.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use strait::task::{self, Cause, Reason};

use super::world::{Census, ok, run, sleep_ms, sleeper, until};

/// J6. The destructors have run when the scope returns.
#[test]
fn it_reaches_grandchildren_and_waits_for_them() {
    let census = Census::default();
    let seen = census.clone();
    let failure = run(move |s| async move {
        let inner = s.clone();
        let slow = census.slow(Duration::from_millis(20));
        let deep = census.clone();
        s.launch(async move {
            inner.launch(sleeper(slow));
            task::scope(|s| async move {
                s.launch(sleeper(deep.slow(Duration::from_millis(10))));
                sleeper(deep.guard()).await;
            })
            .await
            .unwrap();
        });
        until(|| census.live() == 3).await;
        assert!(s.cancel("enough"));
        assert!(!s.cancel("again"), "the first cause stays");
        std::future::pending::<()>().await;
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.cause(), Cause::Requested("enough"));
    assert!(failure.first().is_none());
    assert_eq!((seen.live(), seen.born()), (0, 3));
}

/// Level-triggered: a job that awaits again in its destructor's scope does not hang, and one that
/// never was polled is not polled.
#[test]
fn what_was_not_polled_is_not_polled() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let polled = Arc::new(AtomicUsize::new(0));
    let count = polled.clone();
    let census = Census::default();
    let guard = census.guard();
    runtime.block_on(async move {
        let scope = task::scope(|s| async move {
            s.launch(async move {
                let _guard = guard;
                count.fetch_add(1, SeqCst);
            });
            s.cancel("before it ran");
        });
        scope.await.unwrap();
    });
    assert_eq!((polled.load(SeqCst), census.live()), (0, 0));
}

/// T4, J11.
#[test]
fn a_cancelled_scope_opens_nothing() {
    let ran = Arc::new(AtomicUsize::new(0));
    let count = ran.clone();
    let census = Census::default();
    let seen = census.clone();
    run(move |s| async move {
        s.cancel("first");
        s.launch(sleeper(census.guard()));
        assert_eq!(census.live(), 0);
        let inner = task::scope(|_| async move {
            count.fetch_add(1, SeqCst);
        });
        let failure = inner.await.unwrap_err();
        assert_eq!(failure.cause(), Cause::ParentCancelled);
    })
    .unwrap();
    assert_eq!((ran.load(SeqCst), seen.live()), (0, 0));
}

/// J8, J21: a child alone.
#[test]
fn one_child_is_cancelled() {
    ok(|s| async move {
        let census = Census::default();
        let one = s.spawn(sleeper(census.guard()));
        let other = s.spawn(async {
            sleep_ms(20).await;
            4
        });
        let job = one.job();
        assert!(job.cancel("alone"));
        assert!(!job.cancel("twice"));
        job.join().await;
        assert_eq!(census.live(), 0);
        let failed = one.outcome().await.unwrap_err();
        assert!(matches!(failed.reason(), Reason::Cancelled(Cause::Requested("alone"))));
        assert!(!job.cancel("too late"));
        assert_eq!(other.await, 4);
    });
}

/// J23.
#[test]
fn the_children_are_cancelled_and_the_scope_stays_open() {
    ok(|s| async move {
        let census = Census::default();
        for _ in 0..10 {
            s.launch(sleeper(census.guard()));
        }
        let deep = census.guard();
        s.launch(async move {
            drop(
                task::scope(|s| async move {
                    s.launch(sleeper(deep)).job().join().await;
                })
                .await,
            );
        });
        until(|| s.live() == 12).await;
        s.cancel_children("break");
        until(|| s.live() == 0).await;
        assert_eq!(census.live(), 0);
        assert!(!s.is_cancelled());
        assert_eq!(s.spawn(async { 9 }).await, 9);
    });
}

/// What asks sees it.
#[test]
fn a_job_can_ask() {
    let causes = ok(|s| async move {
        assert!(!task::is_cancelled() && task::check().is_ok());
        let (started, begun) = strait::channel::oneshot();
        let asks = s.spawn(async move {
            let mut started = Some(started);
            // Never awaits: it could not be dropped.
            loop {
                if let Err(cancelled) = task::check() {
                    return cancelled.0;
                }
                if let Some(started) = started.take() {
                    started.send(()).unwrap();
                }
                std::hint::spin_loop();
            }
        });
        begun.await.unwrap();
        asks.cancel("asked");
        asks.outcome().await
    });
    assert_eq!(causes.unwrap(), Cause::Requested("asked"));
}

/// A dropped scope is waited for by the one around it.
#[test]
fn a_dropped_scope_is_adopted() {
    let census = Census::default();
    let seen = census.clone();
    let start = Instant::now();
    ok(move |_| async move {
        task::scope(|_| {
            let census = census.clone();
            async move {
                let inner = task::scope(|s| {
                    let census = census.clone();
                    async move {
                        s.launch(sleeper(census.slow(Duration::from_millis(60))));
                        std::future::pending::<()>().await;
                    }
                });
                let timeout = tokio::time::timeout(Duration::from_millis(10), inner).await;
                assert!(timeout.is_err());
                assert_eq!(census.live(), 1, "nobody has waited yet");
            }
        })
        .await
        .unwrap();
        assert_eq!(census.live(), 0, "the scope around it has");
    });
    assert_eq!(seen.live(), 0);
    assert!(start.elapsed() >= Duration::from_millis(60));
}

/// Also through several dropped ones.
#[test]
fn dropped_scopes_are_adopted_through_dropped_scopes() {
    let census = Census::default();
    let seen = census.clone();
    ok(move |s| async move {
        let job = s.launch(async move {
            drop(
                task::scope(|_| async move {
                    drop(
                        task::scope(|_| async move {
                            drop(
                                task::scope(|s| async move {
                                    s.launch(sleeper(census.slow(Duration::from_millis(30))));
                                    std::future::pending::<()>().await;
                                })
                                .await,
                            );
                        })
                        .await,
                    );
                })
                .await,
            );
        });
        let job = job.job();
        sleep_ms(10).await;
        job.cancel("all of it");
    });
    assert_eq!((seen.live(), seen.born()), (0, 1));
}
