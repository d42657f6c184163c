//! Models of the line for permits, through the locks that stand on it: every interleaving of two or
//! three threads. Each model names the faults that it is there to notice; built with
//! `--cfg strait_mutant="<fault>"` it must fail.

#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Wake, Waker};

use ::loom::future::block_on;
use ::loom::sync::Arc;
use ::loom::thread;

use crate::sync::{AcquireError, Event, Mutex, OnceCell, RwLock, Semaphore};

struct Idle;

impl Wake for Idle {
    fn wake(self: StdArc<Self>) {}
}

/// Polls once, with a waker that nobody hears.
fn poll_deaf<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    let waker = Waker::from(StdArc::new(Idle));
    future.poll(&mut Context::from_waker(&waker))
}

fn model(preemptions: usize, f: impl Fn() + Sync + Send + 'static) {
    let mut builder = ::loom::model::Builder::new();
    builder.max_branches = 50_000;
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.check(f);
}

/// Two tasks add to the same value.
/// Faults: `line_calls_nobody`, `line_enqueues_blindly`, `line_take_relaxed`, `line_give_relaxed`.
#[test]
fn two_tasks() {
    model(3, || {
        let mutex = Arc::new(Mutex::new(0));
        let other = mutex.clone();
        let task = thread::spawn(move || block_on(async { *other.lock().await += 1 }));
        block_on(async { *mutex.lock().await += 1 });
        task.join().unwrap();
        assert_eq!(*mutex.try_lock().unwrap(), 2);
    });
}

/// A thread and a task, one of them twice: it overtakes the other, or is not let.
/// Faults: `line_called_for_ever`, as a called waiter may come in vain.
#[test]
fn a_thread_and_a_task_twice() {
    model(3, || {
        let mutex = Arc::new(Mutex::new(0));
        let other = mutex.clone();
        let thread = thread::spawn(move || *other.lock_blocking() += 1);
        for _ in 0..2 {
            block_on(async { *mutex.lock().await += 1 });
        }
        thread.join().unwrap();
        assert_eq!(*mutex.try_lock().unwrap(), 3);
    });
}

/// A waiter is overtaken once at the most in models. It is called, and does not come.
/// Fault: `line_never_kept`.
#[test]
fn the_permit_is_kept_for_the_first() {
    model(2, || {
        let mutex = Mutex::new(());
        let guard = mutex.try_lock().unwrap();
        let mut first = Box::pin(mutex.lock());
        assert!(poll_deaf(first.as_mut()).is_pending());
        drop(guard);
        let mut overtaken = 0;
        while overtaken < 3 && poll_deaf(pin!(mutex.lock())).is_ready() {
            overtaken += 1;
        }
        assert_eq!(overtaken, 1);
        assert!(poll_deaf(first.as_mut()).is_ready());
    });
}

/// The unlock calls a waiter that is dropped: the next one has the lock.
/// Fault: `line_leaves_silently`.
#[test]
fn unlock_against_cancel_of_the_first_of_two() {
    model(3, || {
        let mutex = Arc::new(Mutex::new(0));
        let guard = mutex.try_lock().unwrap();
        let other = mutex.clone();
        let gives_up = thread::spawn(move || {
            let waits = pin!(other.lock());
            if let Poll::Ready(mut guard) = poll_deaf(waits) {
                *guard += 1;
            }
        });
        let other = mutex.clone();
        let stays = thread::spawn(move || block_on(async { *other.lock().await += 1 }));
        drop(guard);
        gives_up.join().unwrap();
        stays.join().unwrap();
        assert!(matches!(*mutex.try_lock().unwrap(), 1 | 2));
    });
}

/// The only waiter goes as the lock is given back: it ends free.
#[test]
fn unlock_against_cancel_of_the_only_waiter() {
    model(3, || {
        let mutex = Arc::new(Mutex::new(()));
        let guard = mutex.try_lock().unwrap();
        let other = mutex.clone();
        let gives_up = thread::spawn(move || drop(poll_deaf(pin!(other.lock()))));
        drop(guard);
        gives_up.join().unwrap();
        assert!(mutex.try_lock().is_some());
    });
}

/// One that wants two permits and two that want one each: all get theirs.
/// Faults: `line_calls_nobody`, `line_leaves_silently`.
#[test]
fn many_and_few() {
    model(2, || {
        let semaphore = Arc::new(Semaphore::new(2));
        let (a, b) = (semaphore.clone(), semaphore.clone());
        let both = thread::spawn(move || drop(block_on(a.acquire_many(2)).unwrap()));
        let one = thread::spawn(move || drop(block_on(b.acquire()).unwrap()));
        drop(block_on(semaphore.acquire()).unwrap());
        both.join().unwrap();
        one.join().unwrap();
        assert_eq!(semaphore.available_permits(), 2);
        assert!(semaphore.try_acquire_many(2).is_ok(), "nobody waits");
    });
}

/// Two waiters, and two permits that come at once.
#[test]
fn two_permits_for_two_waiters() {
    model(2, || {
        let semaphore = Arc::new(Semaphore::new(0));
        let (a, b) = (semaphore.clone(), semaphore.clone());
        let first = thread::spawn(move || block_on(a.acquire()).unwrap().forget());
        let second = thread::spawn(move || block_on(b.acquire()).unwrap().forget());
        semaphore.add_permits(2);
        first.join().unwrap();
        second.join().unwrap();
        assert_eq!(semaphore.available_permits(), 0);
    });
}

/// Whoever waits hears of the close; a permit that was taken stays good.
/// Fault: `line_closes_silently`.
#[test]
fn close_against_acquire() {
    model(3, || {
        let semaphore = Arc::new(Semaphore::new(0));
        let other = semaphore.clone();
        let waits = thread::spawn(move || block_on(other.acquire()).map(|permit| permit.forget()));
        semaphore.add_permits(1);
        semaphore.close();
        let acquired = waits.join().unwrap();
        let left = semaphore.available_permits();
        assert_eq!((acquired, left), if left == 0 { (Ok(()), 0) } else { (Err(AcquireError), 1) });
    });
}

/// A waiter gets another waker while the permit comes.
#[test]
fn release_against_a_change_of_waker() {
    model(3, || {
        let semaphore = Arc::new(Semaphore::new(0));
        let other = semaphore.clone();
        let adds = thread::spawn(move || other.add_permits(1));
        let mut waits = Box::pin(semaphore.acquire());
        match poll_deaf(waits.as_mut()) {
            Poll::Ready(acquired) => acquired.unwrap().forget(),
            Poll::Pending => block_on(waits).unwrap().forget(),
        }
        adds.join().unwrap();
    });
}

/// An upgrade meets a writer and a reader: nobody writes in between, and all get their turn.
/// Faults: `line_calls_nobody`, `line_take_relaxed`.
#[test]
fn upgrade_against_write() {
    model(2, || {
        let lock = Arc::new(RwLock::new(0));
        let other = lock.clone();
        let writer = thread::spawn(move || block_on(async { *other.write().await += 1 }));
        block_on(async {
            let guard = lock.upgradable_read().await;
            let seen = *guard;
            let mut guard = guard.upgrade().await;
            assert_eq!(*guard, seen);
            *guard += 1;
        });
        writer.join().unwrap();
        assert_eq!(*lock.try_read().unwrap(), 2);
    });
}

/// A reader that holds the lock, an upgrade that waits for it and is given up, and a writer.
/// Fault: `line_leaves_silently`.
#[test]
fn upgrade_that_is_given_up() {
    model(2, || {
        let lock = Arc::new(RwLock::new(0));
        let reader = lock.try_read().unwrap();
        let other = lock.clone();
        let gives_up = thread::spawn(move || {
            if let Some(guard) = other.try_upgradable_read() {
                drop(poll_deaf(pin!(guard.upgrade())));
            }
        });
        let other = lock.clone();
        let writer = thread::spawn(move || block_on(async { *other.write().await += 1 }));
        drop(reader);
        gives_up.join().unwrap();
        writer.join().unwrap();
        assert_eq!(*lock.try_write().unwrap(), 1);
    });
}

/// Who waited for an event passes, though it is reset at once.
/// Faults: `line_closes_silently`, `line_forgets_the_close`.
#[test]
fn set_and_reset_against_wait() {
    model(3, || {
        let (event, begun) = (Arc::new(Event::new()), Arc::new(Semaphore::new(0)));
        let (other, begins) = (event.clone(), begun.clone());
        let waits = thread::spawn(move || {
            let mut wait = Box::pin(other.wait());
            let pending = poll_deaf(wait.as_mut()).is_pending();
            begins.add_permits(1);
            if pending {
                block_on(wait);
            }
        });
        block_on(begun.acquire()).unwrap().forget();
        event.set();
        event.reset();
        waits.join().unwrap();
        assert!(!event.is_set());
    });
}

/// One of two makes the value; the other one sees it whole. Fault: `line_closed_relaxed`.
#[test]
fn a_cell_is_filled_once() {
    model(3, || {
        let cell = Arc::new(OnceCell::new());
        let other = cell.clone();
        let task = thread::spawn(move || *block_on(other.get_or_init(async || 1)));
        let own = *cell.get_or_init_blocking(|| 2);
        assert_eq!(task.join().unwrap(), own);
    });
}

/// The one that makes the value goes: the other one makes it. Fault: `line_calls_nobody`.
#[test]
fn a_maker_goes() {
    model(3, || {
        let cell = Arc::new(OnceCell::new());
        let other = cell.clone();
        let task = thread::spawn(move || *block_on(other.get_or_init(async || 1)));
        let made = poll_deaf(pin!(cell.get_or_init(std::future::pending)));
        assert!(matches!(made, Poll::Pending | Poll::Ready(&1)));
        assert_eq!(task.join().unwrap(), 1);
    });
}
