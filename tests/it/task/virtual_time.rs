//! `#[strait::test]`: virtual time over all dispatchers, an order that the seed decides, and a
//! check that nothing is left.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use strait::task::{self, Confined, Dispatcher, Scope, test, timeout};

use super::world::panic_of;

const HOUR: Duration = Duration::from_secs(3600);

/// V1: delays are skipped; the order is that of the deadlines.
#[strait::test]
async fn hours_pass_at_once(s: Scope) {
    let real = Instant::now();
    let (log, order) = strait::channel::unbounded();
    let pool = Dispatcher::pool("slow", 3);
    for hours in [3, 1, 2] {
        let log = log.clone();
        s.launch_on(&pool, async move {
            task::sleep(HOUR * hours).await;
            log.try_send(hours).unwrap();
        });
    }
    drop(log);
    let mut seen = Vec::new();
    while let Ok(hours) = order.recv().await {
        seen.push(hours);
    }
    assert_eq!(seen, [1, 2, 3]);
    assert!(real.elapsed() < Duration::from_secs(60));
}

/// Timeouts and deadlines go by the same clock; timers of tokio as well.
#[strait::test(seed = 3)]
async fn limits_are_virtual() {
    assert!(timeout(HOUR, tokio::time::sleep(2 * HOUR)).await.is_err());
    assert!(timeout(2 * HOUR, tokio::time::sleep(HOUR)).await.is_ok());
    let left = timeout(HOUR, async {
        task::sleep(HOUR / 4).await;
        task::remaining().unwrap()
    });
    let left = left.await.unwrap();
    assert!(left <= HOUR * 3 / 4 && left > HOUR / 2, "{left:?}");
}

/// Singles, views, blocking work, confined values and main take part, on one thread.
#[strait::test(seed = 11)]
async fn all_dispatchers_take_part(s: Scope) {
    let here = std::thread::current().id();
    let kinds = [
        Dispatcher::default(),
        Dispatcher::pool("p", 2),
        Dispatcher::single("s"),
        Dispatcher::blocking(),
        Dispatcher::main(),
        Dispatcher::default().limited(1),
    ];
    for on in kinds {
        let there = s.spawn_on(&on, async {
            task::sleep(HOUR).await;
            std::thread::current().id()
        });
        assert_eq!(there.await, here);
    }
    let local = s.spawn_local(&Dispatcher::single("local"), || async {
        let state = std::rc::Rc::new(1);
        task::sleep(HOUR).await;
        *state
    });
    assert_eq!(local.await, 1);
    let value = Confined::new("value", || std::rc::Rc::new(5));
    assert_eq!(value.with(|value| **value).await, 5);
    assert_eq!(task::with_context(&Dispatcher::pool("q", 1), async { 6 }).await, 6);
}

/// The order of four jobs that are ready at the same time.
fn order(seed: u64) -> Vec<usize> {
    test::run(seed, Duration::from_secs(60), |s| async move {
        let (log, order) = strait::channel::unbounded();
        for i in 0..8 {
            let log = log.clone();
            s.launch(async move {
                log.try_send(i).unwrap();
                task::yield_now().await;
                log.try_send(i).unwrap();
            });
        }
        drop(log);
        let mut seen = Vec::new();
        while let Ok(i) = order.recv().await {
            seen.push(i);
        }
        seen
    })
}

#[test]
fn the_seed_decides_the_order() {
    for seed in 0..20 {
        assert_eq!(order(seed), order(seed), "the same seed, the same order");
    }
    let orders: std::collections::HashSet<_> = (0..20).map(order).collect();
    assert!(orders.len() > 10, "{} different orders of 20", orders.len());
}

/// V2: time that is advanced by hand.
#[strait::test]
async fn time_is_advanced_by_hand(s: Scope) {
    let (log, seen) = strait::channel::unbounded();
    s.launch(async move {
        for i in 0.. {
            task::sleep(HOUR).await;
            if log.try_send(i).is_err() {
                break;
            }
        }
    });
    test::run_until_idle().await;
    assert!(seen.try_recv().is_err());
    test::advance(HOUR + Duration::from_millis(5)).await;
    assert_eq!(seen.try_recv(), Ok(0));
    assert!(seen.try_recv().is_err());
    s.cancel_children("enough");
}

/// V4, V5: a test that leaves a job behind fails, and says so.
#[test]
fn a_job_that_does_not_end_fails_the_test() {
    let text = panic_of(|| {
        test::run(1, Duration::from_millis(50), |s| async move {
            s.launch(std::future::pending::<()>());
        })
    });
    assert!(text.contains("do not end") && text.contains("virtual_time.rs"), "{text}");
}

/// V6: a failure of a job is one of the test.
#[test]
fn a_job_that_fails_fails_the_test() {
    let text = panic_of(|| {
        test::run(4, Duration::from_secs(60), |s| async move {
            s.launch(async { Err("in a job") });
        })
    });
    assert!(text.contains("in a job") && text.contains("seed 4"), "{text}");
}

/// The function may give a result, as other tests do.
#[strait::test]
async fn a_test_may_give_a_result() -> Result<(), String> {
    Ok(())
}
