//! Sections that must be finished: shields, grace, `finish`, `defer`.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use strait::channel::{oneshot, unbounded};
use strait::task::{self, Cause, ScopeBuilder};

use super::world::{Census, ok, run, sleep_ms, sleeper, until};

/// T17. The job goes on in the shield, and is dropped at its first await after it.
#[test]
fn a_shield_is_not_interrupted() {
    let (log, entries) = unbounded();
    let failure = run(move |s| async move {
        let job = log.clone();
        let (begun, begin) = oneshot();
        s.launch(async move {
            let inside = job.clone();
            task::shield(async move {
                begun.send(()).unwrap();
                sleep_ms(30).await;
                assert!(task::check().is_ok(), "all is well inside");
                inside.try_send("shielded").unwrap();
            })
            .await;
            sleep_ms(1).await;
            job.try_send("after").unwrap();
        });
        begin.await.unwrap();
        s.cancel("now");
        log.try_send("cancelled").unwrap();
        sleep_ms(1_000).await;
        log.try_send("body").unwrap();
    });
    assert_eq!(failure.unwrap_err().cause(), Cause::Requested("now"));
    assert_eq!(entries.iter_blocking().collect::<Vec<_>>(), ["cancelled", "shielded"]);
}

/// Cancellation from above stops at scopes inside; and the body of a scope can be shielded.
#[test]
fn scopes_in_a_shield_are_not_cancelled() {
    let (log, entries) = unbounded();
    run(move |s| async move {
        let stop = s.clone();
        task::shield(async {
            let inner = task::scope(|inner| {
                let log = log.clone();
                async move {
                    inner.launch(async move {
                        sleep_ms(20).await;
                        log.try_send("child in the shield").unwrap();
                    });
                    stop.cancel("now");
                }
            });
            inner.await.unwrap();
            log.try_send("end of the shield").unwrap();
        })
        .await;
        sleep_ms(1_000).await;
        log.try_send("not reached").unwrap();
    })
    .unwrap_err();
    let entries: Vec<_> = entries.iter_blocking().collect();
    assert_eq!(entries, ["child in the shield", "end of the shield"]);
}

#[test]
fn a_shield_has_a_limit() {
    let census = Census::default();
    let seen = census.clone();
    let start = Instant::now();
    run(move |s| async move {
        let guard = census.guard();
        s.launch(
            async move { task::shield(sleeper(guard)).within(Duration::from_millis(40)).await },
        );
        until(|| census.live() == 1).await;
        sleep_ms(5).await;
        s.cancel("now");
    })
    .unwrap();
    assert_eq!(seen.live(), 0);
    assert!(start.elapsed() >= Duration::from_millis(40));
}

/// Nested shields, and one that is dropped: the last one counts.
#[test]
fn shields_nest() {
    let (log, entries) = unbounded();
    run(move |s| async move {
        let (begun, begin) = oneshot();
        s.launch(async move {
            task::shield(async {
                task::shield(async {
                    begun.send(()).unwrap();
                    sleep_ms(10).await;
                })
                .await;
                drop(
                    tokio::time::timeout(Duration::from_millis(1), task::shield(sleep_ms(100)))
                        .await,
                );
                log.try_send("still in the outer").unwrap();
            })
            .await;
            sleep_ms(1).await;
            log.try_send("after").unwrap();
        });
        begin.await.unwrap();
        s.cancel("now");
    })
    .unwrap();
    assert_eq!(entries.iter_blocking().collect::<Vec<_>>(), ["still in the outer"]);
}

/// Within the grace a job can end by itself; then it is dropped.
#[test]
fn grace_lets_jobs_end_by_themselves() {
    let (log, entries) = unbounded();
    let census = Census::default();
    let seen = census.clone();
    let start = Instant::now();
    ok(move |_| async move {
        let scope = ScopeBuilder::new().grace(Duration::from_millis(80));
        let scope = scope.open(|s| async move {
            let polite = log.clone();
            s.launch(async move {
                let cause = task::cancelled().await;
                sleep_ms(10).await;
                polite.try_send(cause).unwrap();
            });
            s.launch(sleeper(census.guard()));
            let deep = census.guard();
            s.launch(async move {
                let inner = task::scope(|s| async move {
                    s.launch(async move {
                        let _deep = deep;
                        task::cancelled().await;
                        sleep_ms(10).await;
                        log.try_send(Cause::Requested("deep")).unwrap();
                    });
                    std::future::pending::<()>().await;
                });
                drop(inner.await);
            });
            until(|| census.live() == 2).await;
            sleep_ms(10).await;
            s.cancel("politely");
        });
        scope.await.unwrap();
    });
    let mut entries: Vec<_> = entries.iter_blocking().collect();
    entries.sort_by_key(|cause| format!("{cause}"));
    assert_eq!(entries, [Cause::Requested("deep"), Cause::Requested("politely")]);
    assert_eq!(seen.live(), 0);
    assert!(start.elapsed() >= Duration::from_millis(80), "the sleeper was given its time");
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// What must be finished is, also if the caller is dropped by a `select!` above it.
#[test]
fn finish_survives_a_dropped_caller_and_cancellation() {
    let (log, entries) = unbounded();
    run(move |s| async move {
        let own = s.clone();
        let caller = async {
            own.finish(async move {
                sleep_ms(30).await;
                assert!(task::check().is_ok());
                let inner = task::scope(|s| async move { s.spawn(sleep_ms(5)).await });
                inner.await.unwrap();
                log.try_send("written").unwrap();
            })
            .await;
        };
        strait::select! {
            _ = caller => unreachable!("it takes longer"),
            _ = sleep_ms(5) => {}
        }
        s.cancel("and that, too");
    })
    .unwrap();
    assert_eq!(entries.iter_blocking().collect::<Vec<_>>(), ["written"]);
}

/// Started in a scope that is cancelled already; refused by one that has ended.
#[test]
fn finish_starts_in_a_cancelled_scope() {
    ok(|_| async move {
        let (ended, value) = task::scope(|s| async move {
            s.cancel("first");
            let late = s.finish(async { 6 });
            (s, late)
        })
        .await
        .unwrap();
        assert_eq!(value.await, 6);
        ended.finish(async {}).outcome().await.unwrap_err();
    });
}

/// E3: cleanup that awaits, after a cancellation, a failure, and a panic; not when it is disarmed.
#[test]
fn deferred_cleanup_is_waited_for() {
    for end in ["done", "cancelled", "failed", "panicked", "disarmed"] {
        let (log, entries) = unbounded();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run(move |s| async move {
                let inner = s.clone();
                let (begun, begin) = oneshot();
                s.launch(async move {
                    let second = log.clone();
                    let _first = inner.defer(|| async move {
                        sleep_ms(10).await;
                        log.try_send("cleaned").unwrap();
                    });
                    let other = inner.defer(|| async move { second.try_send("other").unwrap() });
                    begun.send(()).unwrap();
                    other.disarm();
                    match end {
                        "done" => Ok(()),
                        "failed" => Err("failed"),
                        "panicked" => panic!("panicked"),
                        "disarmed" => {
                            _first.disarm();
                            Ok(())
                        }
                        _ => std::future::pending().await,
                    }
                });
                begin.await.unwrap();
                if end == "cancelled" {
                    s.cancel("now");
                }
            })
        }));
        assert_eq!(result.is_err(), end == "panicked");
        let entries: Vec<_> = entries.iter_blocking().collect();
        let expected: &[&str] = if end == "disarmed" { &[] } else { &["cleaned"] };
        assert_eq!(entries, expected, "{end}");
    }
}

/// A failure of the cleanup is one of the scope.
#[test]
fn cleanup_that_panics_is_heard_of() {
    let text = super::world::panic_of(|| {
        run(|s| async move {
            let own = s.clone();
            s.launch(async move {
                let _guard = own.defer(|| async { panic!("cleanup") });
                std::future::pending::<()>().await;
            });
            sleep_ms(5).await;
            s.cancel("now");
        })
    });
    assert_eq!(text, "cleanup");
}
