//! Many threads and tasks at once.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use strait::sync::{Mutex, Semaphore};

use crate::support::exec::Chaos;
use crate::support::fickle::fickle;
use crate::support::rng::{Rng, seed};
use crate::support::watch::{scaled, thread, within};

/// M1: each of n times k additions counts, on threads and on executors, by futures that are given up
/// at random too.
#[test]
fn additions_are_not_lost() {
    within(120, || {
        let each = scaled(10_000);
        let mutex = Arc::new(Mutex::new(0));
        let expected = Arc::new(AtomicUsize::new(0));
        let mut threads = Vec::new();
        for _ in 0..2 {
            let (mutex, expected) = (mutex.clone(), expected.clone());
            threads.push(thread(move || {
                for _ in 0..each {
                    *mutex.lock_blocking() += 1;
                    expected.fetch_add(1, SeqCst);
                }
            }));
        }
        for number in 0..2 {
            let (mutex, expected) = (mutex.clone(), expected.clone());
            threads.push(thread(move || {
                let rng = Rng::new(seed(7 + number));
                let mut tasks = Chaos::new(rng.next());
                for _ in 0..8 {
                    tasks.spawn(async {
                        for _ in 0..each / 8 {
                            if let Some(mut guard) = fickle(mutex.lock(), &rng, 4).await {
                                *guard += 1;
                                expected.fetch_add(1, SeqCst);
                            }
                        }
                    });
                }
                tasks.run(false).unwrap();
            }));
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*mutex.try_lock().unwrap(), expected.load(SeqCst));
    });
}

/// M12, M13, M15: permits are conserved, and never more are held than there are.
#[test]
fn permits_are_conserved() {
    within(120, || {
        const PERMITS: usize = 5;
        let semaphore = Arc::new(Semaphore::new(PERMITS));
        let held = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (semaphore, held) = (semaphore.clone(), held.clone());
                thread(move || {
                    let rng = Rng::new(seed(70 + number));
                    let mut tasks = Chaos::new(rng.next());
                    for _ in 0..8 {
                        tasks.spawn(async {
                            for _ in 0..scaled(2_000) {
                                let want = rng.below(PERMITS + 1);
                                let acquire = fickle(semaphore.acquire_many(want), &rng, 4);
                                let Some(permit) = acquire.await else { continue };
                                let permit = permit.unwrap();
                                assert_eq!(permit.permits(), want);
                                assert!(held.fetch_add(want, SeqCst) + want <= PERMITS);
                                if rng.one_in(8) {
                                    yield_once().await;
                                }
                                held.fetch_sub(want, SeqCst);
                            }
                        });
                    }
                    tasks.run(false).unwrap();
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(semaphore.available_permits(), PERMITS);
        assert!(semaphore.try_acquire_many(PERMITS).is_ok(), "nobody waits");
    });
}

/// Lets the other tasks run once.
async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
