//! Limits of time: errors like any other, seen from below, and exact about who ran out of time.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use strait::task::{self, Cause, Dispatcher, ScopeBuilder, timeout};

use super::world::{Census, ok, sleep_ms, sleeper, until};

const SHORT: Duration = Duration::from_millis(10);
const LONG: Duration = Duration::from_secs(60);

/// T7, T8, T9, E8.
#[test]
fn it_gives_the_value_or_an_error() {
    ok(|_| async move {
        let census = Census::default();
        assert_eq!(timeout(LONG, async { 1 }).await, Ok(1));
        let late = timeout(SHORT, sleeper(census.guard())).await.unwrap_err();
        assert_eq!((late.limit(), census.live()), (SHORT, 0));
        assert!(timeout(Duration::ZERO, sleeper(census.guard())).await.is_err());
        assert_eq!(census.live(), 0);
        // T16.
        assert_eq!(timeout(Duration::MAX, async { 2 }).await, Ok(2));
    });
}

/// T10: what is ready in the same poll counts, so that nothing is lost.
#[test]
fn a_value_that_is_ready_counts() {
    ok(|_| async move {
        let value = timeout(SHORT, async {
            std::thread::sleep(Duration::from_millis(30));
            "late, but here"
        });
        assert_eq!(value.await, Ok("late, but here"));
    });
}

/// T11, T12.
#[test]
fn nested_limits_are_told_apart() {
    ok(|_| async move {
        let inner = timeout(LONG, timeout(SHORT, sleep_ms(60_000))).await;
        assert_eq!(inner.unwrap().unwrap_err().limit(), SHORT);
        let outer = timeout(SHORT, timeout(LONG, sleep_ms(60_000))).await;
        assert_eq!(outer.unwrap_err().limit(), SHORT);
    });
}

/// T13: another error stays what it is.
#[test]
fn another_error_stays_what_it_is() {
    ok(|_| async move {
        let result = timeout(LONG, async { Err::<(), _>("mine") }).await;
        assert_eq!(result.unwrap(), Err("mine"));
    });
}

/// T14: scopes below are cancelled, with the cause, and waited for above.
#[test]
fn what_was_spawned_below_is_cancelled() {
    let census = Census::default();
    let seen = census.clone();
    ok(move |_| async move {
        let (tell, told) = strait::channel::oneshot();
        let late = timeout(SHORT, async {
            task::scope(|s| async move {
                s.launch(sleeper(census.slow(Duration::from_millis(30))));
                let own = s.clone();
                let _guard = s.defer(|| async move { tell.send(own.cause()).unwrap() });
                std::future::pending::<()>().await;
            })
            .await
        });
        late.await.unwrap_err();
        assert_eq!(told.await.unwrap(), Some(Cause::Deadline));
    });
    assert_eq!((seen.live(), seen.born()), (0, 1));
}

/// A timeout inside a child does not vanish: it is an error of the child.
#[test]
fn a_timeout_in_a_child_is_a_failure() {
    let failure = super::world::run(|s| async move {
        s.launch(async { timeout(SHORT, sleep_ms(60_000)).await });
    });
    assert!(failure.unwrap_err().downcast_ref::<task::Elapsed>().is_some());
}

/// tokio-scoped: a timeout of 20 ms around a scope of 100 ms took 102 ms, and gave Ok.
#[test]
fn a_scope_can_be_timed_out() {
    let start = Instant::now();
    ok(move |_| async move {
        let late = timeout(
            Duration::from_millis(20),
            task::scope(|s| async move {
                s.launch(sleep_ms(100_000));
            }),
        );
        assert!(late.await.is_err());
    });
    assert!(start.elapsed() < Duration::from_secs(20));
}

/// A switch to a dispatcher that is busy can be timed out.
#[test]
fn a_switch_that_has_not_begun_is_timed_out() {
    ok(|_| async move {
        let busy = Dispatcher::single("busy");
        let start = Instant::now();
        let elapsed = task::scope(|s| async move {
            let (begun, begin) = strait::channel::oneshot();
            s.launch_on(&busy, async move {
                begun.send(()).unwrap();
                std::thread::sleep(Duration::from_millis(300));
            });
            begin.await.unwrap();
            let late = timeout(SHORT, task::with_context(&busy, async { unreachable!() })).await;
            late.map(|never: ()| never).unwrap_err();
            start.elapsed()
        });
        assert!(elapsed.await.unwrap() < Duration::from_millis(250));
    });
}

/// Deadlines pass down, and the earliest counts.
#[test]
fn deadlines_are_inherited() {
    ok(|_| async move {
        assert_eq!(task::deadline(), None);
        let near = timeout(Duration::from_secs(10), async {
            let near = task::deadline().unwrap();
            let same = task::scope(|s| async move { s.spawn(async { task::deadline() }).await });
            assert_eq!(same.await.unwrap(), Some(near));
            let farther = timeout(LONG, async { task::deadline() }).await.unwrap();
            assert_eq!(farther, Some(near));
            let nearer = timeout(Duration::from_secs(1), async { task::remaining() }).await;
            assert!(nearer.unwrap().unwrap() <= Duration::from_secs(1));
        });
        near.await.unwrap();
        let scope = ScopeBuilder::new().limit(SHORT).open(|s| async move {
            assert!(s.deadline().is_some());
            let census = Census::default();
            s.launch(sleeper(census.guard()));
            sleep_ms(60_000).await;
        });
        assert_eq!(scope.await.unwrap_err().cause(), Cause::Deadline);
    });
}

/// The deadline of a scope holds for children after its body has ended.
#[test]
fn a_deadline_ends_the_wait_for_children() {
    let census = Census::default();
    let seen = census.clone();
    ok(move |_| async move {
        let scope = ScopeBuilder::new().limit(SHORT).open(|s| async move {
            s.launch(sleeper(census.guard()));
            "value"
        });
        assert_eq!(scope.await.unwrap(), "value");
    });
    assert_eq!(seen.live(), 0);
}

/// T15, D14.
#[test]
fn ten_thousand_timed_jobs() {
    ok(|s| async move {
        let count = crate::support::watch::scaled(10_000);
        let late: Vec<_> = (0..count as u64)
            .map(|i| s.spawn(timeout(Duration::from_millis(5 + i % 20), sleep_ms(60_000))))
            .collect();
        for late in late {
            assert!(late.await.is_err());
        }
        until(|| s.live() == 0).await;
    });
}
