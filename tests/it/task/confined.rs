//! Values that stay on their thread.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use strait::task::Confined;

use super::world::{Census, ok, sleep_ms, until};

/// A value that is not `Send`, used from several threads, one at a time.
#[test]
fn a_confined_value_stays_on_its_thread() {
    ok(|s| async move {
        let threads = Arc::new(Mutex::new(HashSet::new()));
        let value = Confined::new("graph", || Rc::new(RefCell::new(0)));
        let jobs: Vec<_> = (0..8)
            .map(|_| {
                let (value, threads) = (value.clone(), threads.clone());
                s.spawn(async move {
                    for _ in 0..50 {
                        let threads = threads.clone();
                        value
                            .with(move |value| {
                                threads.lock().unwrap().insert(std::thread::current().id());
                                *value.borrow_mut() += 1;
                            })
                            .await;
                    }
                })
            })
            .collect();
        for job in jobs {
            job.await;
        }
        assert_eq!(value.with(|value| *value.borrow()).await, 400);
        assert_eq!(threads.lock().unwrap().len(), 1);
        let grown = value.with_async(|value| async move {
            for _ in 0..3 {
                value.with(|value| *value.borrow_mut() += 1);
                sleep_ms(1).await;
            }
            value.with(|value| *value.borrow())
        });
        assert_eq!(grown.await, 403);
        let other = value.clone();
        let blocking = s.spawn_blocking(move || other.with_blocking(|value| *value.borrow()));
        assert_eq!(blocking.await, 403);
    });
}

/// It is dropped there with its last handle; a panic in a call leaves it usable.
#[test]
fn a_confined_value_is_dropped_there() {
    let census = Census::default();
    let seen = census.clone();
    ok(move |s| async move {
        let value = Confined::new("home", {
            let census = census.clone();
            move || (Rc::new(()), census.guard())
        });
        let bad = value.clone();
        let panics = s.spawn(async move {
            let caught = futures_panic(bad.with(|_| panic!("in the call"))).await;
            caught.downcast_ref::<&str>().map(ToString::to_string)
        });
        assert_eq!(panics.await.unwrap(), "in the call");
        assert_eq!(value.with(|value| Rc::strong_count(&value.0)).await, 1);
        drop(value);
        until(|| census.live() == 0).await;
    });
    assert_eq!(seen.born(), 1);
}

/// The panic of a future.
async fn futures_panic<F: Future>(future: F) -> Box<dyn std::any::Any + Send> {
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
