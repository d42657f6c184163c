//! Failures and panics: at once, all of them, and none lost.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use strait::task::{self, Cause, Policy, Reason, ScopeBuilder};

use super::world::{Census, ok, panic_of, run, sleep_ms, sleeper};

/// J7, T2.
#[test]
fn a_failure_cancels_siblings_and_the_body_at_once() {
    let census = Census::default();
    let seen = census.clone();
    let start = Instant::now();
    let failure = run(move |s| async move {
        for _ in 0..5 {
            s.launch(sleeper(census.guard()));
        }
        s.launch(async {
            sleep_ms(5).await;
            Err("first")
        });
        sleeper(census.guard()).await;
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.all().len(), 1);
    assert_eq!((failure.cause(), failure.cancelled()), (Cause::SiblingFailed, 5));
    assert_eq!(seen.live(), 0);
    assert!(start.elapsed() < Duration::from_secs(5));
}

/// The body that awaits the failed child is dropped at that await: it never sees a missing value.
#[test]
fn who_awaits_the_failed_child_is_dropped_there() {
    for _ in 0..200 {
        let failure = run(|s| async move {
            let failing = s.try_spawn(async { Err::<u8, _>("gone") });
            let value = failing.await;
            unreachable!("{value}");
        });
        assert!(failure.unwrap_err().to_string().ends_with("gone"));
    }
}

/// The same for an awaiter in an inner scope, and for a sibling.
#[test]
fn so_are_those_below() {
    for _ in 0..200 {
        let failure = run(|s| async move {
            let (open, gate) = strait::channel::oneshot::<()>();
            let failing = s.try_spawn(async move {
                gate.await.unwrap();
                Err::<u8, _>("gone")
            });
            s.launch(async move {
                let inner = task::scope(|s| async move {
                    s.launch(async move {
                        open.send(()).unwrap();
                        let value = failing.await;
                        unreachable!("{value}");
                    });
                });
                inner.await.unwrap();
            });
        });
        let failure = failure.unwrap_err();
        assert_eq!(failure.all().len(), 1, "{failure}");
    }
}

/// E4: what fails while the others are being cancelled is kept, too.
#[test]
fn all_failures_are_kept() {
    let failure = run(|s| async move {
        let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(4));
        for i in 0..4 {
            let barrier = barrier.clone();
            s.launch_on(&task::Dispatcher::blocking(), async move {
                barrier.wait().await;
                std::thread::sleep(Duration::from_millis(20));
                Err(format!("number {i}"))
            });
        }
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.all().len() + failure.cancelled(), 4);
    assert!(!failure.all().is_empty());
    let text = failure.to_string();
    assert_eq!(text.matches("number").count(), failure.all().len(), "{text}");
}

/// The panic goes on in whoever awaits the scope, when all have ended.
#[test]
fn a_panic_goes_on_after_the_drain() {
    let census = Census::default();
    let seen = census.clone();
    let text = panic_of(|| {
        run(move |s| async move {
            s.launch(sleeper(census.slow(Duration::from_millis(20))));
            s.launch(async {
                sleep_ms(5).await;
                panic!("boom");
            });
            std::future::pending::<()>().await;
        })
    });
    assert_eq!((text.as_str(), seen.live()), ("boom", 0));
}

/// moro 0.4 aborts the process at this: its lock is poisoned, and unwrapped while unwinding.
#[test]
fn a_panic_of_a_child_does_not_abort_the_process() {
    for _ in 0..20 {
        let text = panic_of(|| {
            run(|s| async move {
                let nested = s.spawn(async {
                    let scope = task::scope(|s| async move {
                        s.launch(async { panic!("inner") });
                        sleep_ms(1_000).await;
                    });
                    scope.await.unwrap();
                });
                nested.await;
            })
        });
        assert_eq!(text, "inner");
    }
}

/// A panic of the body, of a destructor, and of the closure that makes the body.
#[test]
fn panics_elsewhere_are_not_lost() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("destructor");
        }
    }
    let census = Census::default();
    let seen = census.clone();
    let text = panic_of(|| {
        run(move |s| async move {
            s.launch(sleeper(census.guard()));
            sleep_ms(5).await;
            panic!("body");
        })
    });
    assert_eq!((text.as_str(), seen.live()), ("body", 0));
    let text = panic_of(|| {
        run(|s| async move {
            let bad = Bad;
            s.launch(async move {
                let _bad = bad;
                std::future::pending::<()>().await;
            });
            sleep_ms(5).await;
            s.cancel("drop it");
            sleep_ms(1_000).await;
        })
    });
    assert_eq!(text, "destructor");
    let text = panic_of(|| run(|_| -> std::future::Ready<()> { panic!("maker") }));
    assert_eq!(text, "maker");
    // In a scope that nobody waits for any more.
    let text = panic_of(|| {
        run(|s| async move {
            s.launch(async {
                let inner = task::scope(|s| async move {
                    let bad = Bad;
                    s.launch(async move {
                        let _bad = bad;
                        std::future::pending::<()>().await;
                    });
                    std::future::pending::<()>().await;
                });
                drop(tokio::time::timeout(Duration::from_millis(5), inner).await);
            });
        })
    });
    assert_eq!(text, "destructor");
}

/// For servers: a panic is a failure like any other.
#[test]
fn panics_can_be_caught() {
    let failure = ok(|_| async move {
        let scope = ScopeBuilder::new().catch_panics().open(|s| async move {
            s.launch(async { panic!("caught") });
            std::future::pending::<()>().await;
        });
        scope.await.unwrap_err()
    });
    assert!(
        matches!(failure.first().unwrap().reason(), Reason::Panicked(text) if text == "caught")
    );
}

/// J9, J10.
#[test]
fn a_supervisor_isolates_failures() {
    let (heard, reports) = strait::channel::unbounded();
    let value = ok(move |_| async move {
        let scope = ScopeBuilder::new().policy(Policy::Supervise).on_failure(move |failed| {
            heard.try_send(failed.to_string()).unwrap();
        });
        let scope = scope.open(|s| async move {
            s.launch(async { Err("one") });
            s.launch(async { panic!("two") });
            let third = s.try_spawn(async { Err::<u8, _>("three") });
            let well = s.spawn(async {
                sleep_ms(20).await;
                3
            });
            assert!(matches!(third.outcome().await.unwrap_err().reason(), Reason::Error(_)));
            well.await
        });
        scope.await.unwrap()
    });
    assert_eq!(value, 3);
    let mut heard: Vec<String> = std::iter::from_fn(|| reports.try_recv().ok()).collect();
    heard.sort();
    assert_eq!(heard.len(), 3);
    assert!(heard.iter().any(|text| text.ends_with("panicked: two")), "{heard:?}");
    let text = panic_of(|| {
        run(|_| async move {
            let census = Census::default();
            let seen = census.clone();
            let scope = task::supervisor(|s| async move {
                s.launch(sleeper(census.guard()));
                sleep_ms(5).await;
                panic!("the body is no child");
            });
            let panic = futures_catch(scope).await;
            assert_eq!(seen.live(), 0);
            std::panic::resume_unwind(panic);
        })
    });
    assert_eq!(text, "the body is no child");
}

/// The panic of a future.
async fn futures_catch<F: Future>(future: F) -> Box<dyn std::any::Any + Send> {
    let mut future = Box::pin(future);
    std::future::poll_fn(move |context| {
        let poll = std::panic::AssertUnwindSafe(|| future.as_mut().poll(context).map(drop));
        match std::panic::catch_unwind(poll) {
            Ok(polled) => polled.map(|()| unreachable!("it panics")),
            Err(panic) => std::task::Poll::Ready(panic),
        }
    })
    .await
}

#[test]
fn a_body_that_fails_cancels_the_children() {
    let census = Census::default();
    let seen = census.clone();
    let failure = ok(move |_| async move {
        task::try_scope(|s| async move {
            s.launch(sleeper(census.guard()));
            sleep_ms(5).await;
            Err::<(), _>(std::io::Error::other("mine"))
        })
        .await
        .unwrap_err()
    });
    assert!(failure.downcast_ref::<std::io::Error>().is_some(), "E9");
    assert_eq!((failure.cancelled(), seen.live()), (1, 0));
}

#[test]
fn any_ok_and_quorum() {
    ok(|_| async move {
        let census = Census::default();
        let any = |fails: usize, wins: usize, policy| {
            let census = census.clone();
            ScopeBuilder::new().policy(policy).open(move |s| async move {
                (0..fails).for_each(|i| _ = s.launch(async move { Err(format!("{i}")) }));
                (0..wins).for_each(|_| _ = s.launch(async { sleep_ms(5).await }));
                if wins > 0 {
                    s.launch(sleeper(census.guard()));
                }
                "value"
            })
        };
        assert_eq!(any(3, 1, Policy::AnyOk).await.unwrap(), "value");
        assert_eq!(any(3, 0, Policy::AnyOk).await.unwrap_err().all().len(), 3);
        assert_eq!(any(1, 3, Policy::Quorum(3)).await.unwrap(), "value");
        let few = any(4, 0, Policy::Quorum(2)).await.unwrap_err();
        assert_eq!(few.all().len(), 4);
        assert_eq!(census.live(), 0);
    });
}

#[test]
fn collect_all_lets_everybody_finish() {
    let failure = ok(|_| async move {
        let scope = ScopeBuilder::new().policy(Policy::CollectAll).open(|s| async move {
            s.launch(async { Err("quick") });
            s.launch(async { panic!("loud") });
            s.spawn(async {
                sleep_ms(20).await;
                1
            })
            .await
        });
        scope.await.unwrap_err()
    });
    assert_eq!((failure.all().len(), failure.cancelled()), (2, 0));
}
