//! What a scope waits for, and what it gives.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use strait::task::{self, Reason, ScopeBuilder};

use super::world::{Census, ok, panic_of, run, sleep_ms, sleeper};
use crate::support::watch::scaled;

/// T1, J5.
#[test]
fn it_gives_the_value_of_its_body_after_all_children() {
    let census = Census::default();
    let seen = census.clone();
    let value = ok(move |_| async move {
        let value = task::scope(|s| {
            let census = census.clone();
            async move {
                for _ in 0..10 {
                    let guard = census.guard();
                    s.launch(async move {
                        sleep_ms(20).await;
                        drop(guard);
                    });
                }
                7
            }
        });
        let value = value.await.unwrap();
        assert_eq!((census.live(), census.born()), (0, 10));
        value
    });
    assert_eq!((value, seen.live()), (7, 0));
}

/// JoinSet forgets what its tasks have spawned; a scope does not know grandchildren from children.
#[test]
fn it_waits_for_children_of_children() {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    ok(move |s| async move {
        let inner = s.clone();
        s.launch(async move {
            let innermost = inner.clone();
            let count = count.clone();
            inner.launch(async move {
                sleep_ms(10).await;
                innermost.launch(async move {
                    sleep_ms(10).await;
                    count.fetch_add(1, SeqCst);
                });
            });
        });
    });
    assert_eq!(seen.load(SeqCst), 1);
}

/// The destructors of a child, and of a result that nobody wants, run before the scope ends.
#[test]
fn destructors_run_before_the_end() {
    for _ in 0..scaled(50) {
        let census = Census::default();
        let seen = census.clone();
        ok(move |s| async move {
            for _ in 0..4 {
                let (held, result) = (census.slow(Duration::from_micros(300)), census.clone());
                drop(s.spawn(async move {
                    let _held = held;
                    task_yield().await;
                    result.slow(Duration::from_micros(300))
                }));
            }
        });
        assert_eq!((seen.live(), seen.born()), (0, 8));
    }
}

async fn task_yield() {
    tokio::task::yield_now().await;
}

/// Awaiting gives the value itself.
#[test]
fn a_deferred_gives_the_value() {
    let sum = ok(|s| async move {
        let parts: Vec<_> = (0..100_u64).map(|i| s.spawn(async move { i })).collect();
        let mut sum = 0;
        for part in parts {
            sum += part.await;
        }
        sum
    });
    assert_eq!(sum, 4950);
}

/// An error that was spawned is a value; one that was tried is not.
#[test]
fn an_error_is_a_value_unless_it_was_tried() {
    let value = ok(|s| async move { s.spawn(async { Err::<(), _>("mine") }).await });
    assert_eq!(value, Err("mine"));
    let value = ok(|s| async move { s.try_spawn(async { Ok::<_, String>(3) }).await });
    assert_eq!(value, 3);
    let failure = run(|s| async move { s.try_spawn(async { Err::<u8, _>("no") }).await });
    assert!(failure.unwrap_err().to_string().ends_with("failed: no"));
}

/// J12: a handle that was carried out of its scope starts nothing.
#[test]
fn a_scope_that_has_ended_takes_nobody() {
    let census = Census::default();
    let seen = census.clone();
    ok(move |_| async move {
        let scope = task::scope(|s| async move { s }).await.unwrap();
        scope.launch(sleeper(census.guard()));
        assert_eq!(census.live(), 0, "the future is dropped at once");
        let late = scope.spawn(async { 1 });
        assert!(late.job().is_finished());
        let failed = late.outcome().await.unwrap_err();
        assert!(matches!(failed.reason(), Reason::Cancelled(_)), "{failed}");
        assert_eq!(scope.live(), 0);
    });
    assert_eq!(seen.live(), 0);
}

/// What is carried out and has a value gives it.
#[test]
#[allow(clippy::async_yields_async, reason = "the body returns its child")]
fn a_deferred_may_be_carried_out() {
    let value = ok(|_| async move {
        let deferred = task::scope(|s| async move { s.spawn(async { 5 }) }).await.unwrap();
        deferred.await
    });
    assert_eq!(value, 5);
}

/// Without a value it panics, and says why.
#[test]
#[allow(clippy::async_yields_async, reason = "the body returns its child")]
fn a_deferred_without_a_value_says_why() {
    let text = panic_of(|| {
        run(|_| async move {
            let deferred = task::scope(|s| async move {
                let deferred = s.spawn(std::future::pending::<u8>());
                assert!(deferred.cancel("not needed"));
                deferred
            });
            deferred.await.unwrap().await
        })
    });
    assert!(text.contains("no result") && text.contains("not needed"), "{text}");
}

/// Scopes in scopes, in bodies and in jobs.
#[test]
fn scopes_nest() {
    let order = ok(|s| async move {
        let (tx, rx) = strait::channel::unbounded();
        let outer = tx.clone();
        s.launch(async move {
            let inner = tx.clone();
            task::scope(|s| async move {
                s.launch(async move {
                    sleep_ms(10).await;
                    inner.try_send("inner child").unwrap();
                });
            })
            .await
            .unwrap();
            tx.try_send("inner scope").unwrap();
        });
        let scope = task::scope(|s| async move {
            s.launch(async { sleep_ms(30).await });
            "body"
        });
        let value = scope.await.unwrap();
        outer.try_send(value).unwrap();
        drop(outer);
        let mut order = Vec::new();
        while let Ok(what) = rx.recv().await {
            order.push(what);
        }
        order
    });
    assert_eq!(order, ["inner child", "inner scope", "body"]);
}

/// In a runtime of the user, without `run_blocking`.
#[test]
fn it_runs_in_a_runtime_of_the_user() {
    let multi = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let single = tokio::runtime::Builder::new_current_thread().enable_all().build();
    for runtime in [multi.unwrap(), single.unwrap()] {
        let value = runtime.block_on(async {
            task::scope(|s| async move {
                let slow = s.spawn(async {
                    sleep_ms(5).await;
                    1
                });
                slow.await + s.spawn(async { 2 }).await
            })
            .await
            .unwrap()
        });
        assert_eq!(value, 3);
    }
}

/// J13: children are added while the scope is about to end.
#[test]
fn children_are_added_until_the_end() {
    for _ in 0..scaled(500) {
        let count = Arc::new(AtomicUsize::new(0));
        let seen = count.clone();
        ok(move |_| async move {
            let taken = task::scope(|s| async move {
                let s2 = s.clone();
                std::thread::spawn(move || {
                    let mut taken = 0;
                    for _ in 0..50 {
                        let count = count.clone();
                        let job = s2.spawn(async move { count.fetch_add(1, SeqCst) });
                        taken += usize::from(!job.job().is_finished());
                    }
                    taken
                })
            });
            let _ = taken.await.unwrap().join().unwrap();
        });
        assert!(seen.load(SeqCst) <= 50);
    }
}

/// J24.
#[test]
fn a_long_lived_scope_keeps_nothing_of_ended_children() {
    ok(|s| async move {
        for _ in 0..scaled(10_000) {
            s.launch(async {});
        }
        while s.live() > 0 {
            sleep_ms(1).await;
        }
        assert_eq!(s.live(), 0);
    });
}

/// Names are for failures.
#[test]
fn a_failure_names_its_job() {
    let failure = ScopeBuilder::new().open(|s| async move {
        s.launch(async { Err("broken") }).name("pump");
        std::future::pending::<()>().await;
    });
    let failure = ok(move |_| failure).unwrap_err();
    // The job may have failed before it got its name.
    let text = failure.to_string();
    assert!(text == "job `pump` failed: broken" || text.contains("scope.rs"), "{text}");
    assert!(failure.first().unwrap().place().is_some());
}
