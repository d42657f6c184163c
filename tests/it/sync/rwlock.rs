//! Locks for readers and writers: who overlaps, who waits for whom, and changes of mind.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use strait::sync::{RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};

use crate::support::exec::Chaos;
use crate::support::fickle::fickle;
use crate::support::hand::{block_on, hand, parked};
use crate::support::rng::{Rng, seed};
use crate::support::watch::{scaled, thread, within};

#[test]
fn readers_together_writers_alone() {
    let lock = RwLock::new(1);
    let a = lock.try_read().unwrap();
    let b = hand(lock.read()).now();
    assert_eq!(*a + *b, 2);
    assert!(lock.try_write().is_none());
    let mut write = parked(lock.write());
    drop(a);
    write.asleep();
    drop(b);
    *write.ready() += 1;
    drop(write);
    let write = lock.write_blocking();
    assert!(lock.try_read().is_none() && lock.try_write().is_none());
    assert!(lock.read_timeout(Duration::from_millis(1)).is_none());
    drop(write);
    assert_eq!(lock.into_inner(), 2);
}

/// M18: a writer that waits is not overtaken by readers, and those do not starve behind writers.
#[test]
fn one_line_for_all() {
    let lock = RwLock::new(0);
    let reader = lock.read_blocking();
    let mut writer = parked(lock.write());
    let mut late = parked(lock.read());
    assert!(lock.try_read().is_none());
    let mut last = parked(lock.write());
    let mut after = [parked(lock.read()), parked(lock.read())];
    drop(reader);
    late.asleep();
    drop(writer.ready());
    let reader = late.ready();
    last.asleep();
    drop(reader);
    drop(last.ready());
    let [a, b] = &mut after;
    let _both = (a.ready(), b.ready());
}

/// A writer that gives up lets the readers behind it go on.
#[test]
fn a_writer_gives_up() {
    let lock = RwLock::new(0);
    let _reader = lock.read_blocking();
    let writer = parked(lock.write());
    let mut late: Vec<_> = (0..20).map(|_| parked(lock.read())).collect();
    drop(writer);
    let guards: Vec<_> = late.iter_mut().map(|late| late.ready()).collect();
    assert_eq!(guards.len(), 20);
}

#[test]
fn an_upgradable_reader_among_readers() {
    let lock = RwLock::new(1);
    let upgradable = hand(lock.upgradable_read()).now();
    let reader = lock.try_read().unwrap();
    assert!(lock.try_upgradable_read().is_none() && lock.try_write().is_none());
    let mut second = parked(lock.upgradable_read());
    let upgradable = upgradable.try_upgrade().unwrap_err();
    let mut upgrade = parked(upgradable.upgrade());
    drop(reader);
    second.asleep();
    let mut writer = upgrade.ready();
    *writer += 1;
    drop(writer);
    assert_eq!(*second.ready(), 2);
    drop(second);
    let writer = lock.try_upgradable_read().unwrap().try_upgrade().unwrap();
    let upgradable = RwLockWriteGuard::downgrade_to_upgradable(writer);
    let reader = lock.try_read().unwrap();
    let plain = RwLockUpgradableReadGuard::downgrade(upgradable);
    assert!(lock.try_upgradable_read().is_some());
    drop((plain, reader));
    drop(lock.upgradable_read_blocking().upgrade_blocking());
    assert!(lock.try_write().is_some());
}

/// The upgrade goes before a writer that waits for it, and nobody writes in between.
#[test]
fn an_upgrade_goes_first() {
    let lock = RwLock::new(0);
    let reader = lock.read_blocking();
    let upgradable = lock.upgradable_read_blocking();
    let mut writer = parked(lock.write());
    let mut upgrade = parked(upgradable.upgrade());
    let mut late = parked(lock.read());
    drop(reader);
    writer.asleep();
    let upgraded = upgrade.ready();
    drop(upgrade);
    drop(upgraded);
    late.asleep();
    drop(writer.ready());
    drop(late.ready());
    // One that is given up lets go of the lock.
    let reader = lock.read_blocking();
    let upgrade = parked(lock.upgradable_read_blocking().upgrade());
    let mut writer = parked(lock.write());
    drop(upgrade);
    drop(reader);
    drop(writer.ready());
    assert!(lock.try_write().is_some());
}

/// A downgrade lets the readers go on that wait first, and keeps writers out.
#[test]
fn a_downgrade_lets_readers_in() {
    let lock = RwLock::new(0);
    let mut writer = lock.write_blocking();
    *writer = 5;
    let mut readers = [parked(lock.read()), parked(lock.read())];
    let mut second = parked(lock.write());
    let reader = RwLockWriteGuard::downgrade(writer);
    let [a, b] = &mut readers;
    let (a, b) = (a.ready(), b.ready());
    assert_eq!([*reader, *a, *b], [5; 3]);
    drop((reader, a));
    second.asleep();
    drop(b);
    drop(second.ready());
}

#[test]
fn owned_guards_and_parts() {
    let lock = Arc::new(RwLock::new((1, 2)));
    let a = hand(lock.read_owned()).now();
    let b = lock.try_read_owned().unwrap();
    assert!(lock.try_write_owned().is_none());
    let mut write = parked(lock.write_owned());
    std::thread::spawn(move || drop((a, b))).join().unwrap();
    let mut writer = write.ready();
    writer.0 = 7;
    drop((writer, write));
    assert_eq!(Arc::strong_count(&lock), 1);
    let mut second = RwLockWriteGuard::map(lock.write_blocking(), |pair| &mut pair.1);
    *second += 1;
    drop(second);
    let first = RwLockReadGuard::map(lock.read_blocking(), |pair| &pair.0);
    let third = RwLockReadGuard::map(lock.read_blocking(), |pair| &pair.1);
    assert_eq!((*first, *third), (7, 3));
    drop((first, third));
    let mut lock = Arc::try_unwrap(lock).unwrap();
    lock.get_mut().0 = 0;
    assert_eq!(format!("{lock:?}"), "RwLock { value: (0, 3), .. }");
    let deadline = std::time::Instant::now();
    assert!(lock.read_deadline(deadline).is_some() && lock.write_deadline(deadline).is_some());
    let _guard = lock.write_timeout(Duration::MAX).unwrap();
    assert_eq!(format!("{lock:?}"), "RwLock { value: <locked>, .. }");
}

/// M18: no reader sees a writer at work, under random changes and giving up.
#[test]
fn no_overlap() {
    within(120, || {
        let lock = Arc::new(RwLock::new((0_usize, 0_usize)));
        let writes = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (lock, writes) = (lock.clone(), writes.clone());
                thread(move || {
                    let rng = Rng::new(seed(700 + number));
                    let mut tasks = Chaos::new(rng.next());
                    for _ in 0..8 {
                        tasks.spawn(async {
                            for _ in 0..scaled(1_000) {
                                one_round(&lock, &writes, &rng).await;
                            }
                        });
                    }
                    tasks.run(false).unwrap();
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let value = *lock.try_write().expect("nobody has it, nobody waits");
        assert_eq!(value, (writes.load(SeqCst), writes.load(SeqCst)));
    });
}

type Guard<'a> = RwLockWriteGuard<'a, (usize, usize)>;

async fn one_round(lock: &RwLock<(usize, usize)>, writes: &AtomicUsize, rng: &Rng) {
    fn write<'a>(mut guard: Guard<'a>, writes: &AtomicUsize) -> Guard<'a> {
        guard.0 += 1;
        writes.fetch_add(1, SeqCst);
        assert_ne!(guard.0, guard.1);
        guard.1 += 1;
        guard
    }
    match rng.below(8) {
        0 => {
            let Some(guard) = fickle(lock.write(), rng, 4).await else { return };
            let guard = RwLockWriteGuard::downgrade(write(guard, writes));
            assert_eq!(guard.0, guard.1);
        }
        1 => {
            let Some(guard) = fickle(lock.upgradable_read(), rng, 4).await else { return };
            let seen = guard.0;
            if let Some(guard) = fickle(guard.upgrade(), rng, 4).await {
                assert_eq!(guard.0, seen, "somebody wrote in between");
                drop(write(guard, writes));
            }
        }
        2 => {
            if let Some(guard) = lock.try_write() {
                drop(RwLockWriteGuard::downgrade_to_upgradable(write(guard, writes)));
            }
        }
        _ => {
            let Some(guard) = fickle(lock.read(), rng, 4).await else { return };
            assert_eq!(guard.0, guard.1, "a writer is at work");
        }
    }
}

/// A writer among readers that never all let go at the same time gets in.
#[test]
fn a_writer_among_steady_readers() {
    within(60, || {
        let lock = Arc::new(RwLock::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let (lock, stop) = (lock.clone(), stop.clone());
                thread(move || {
                    let mut held = Some(lock.read_blocking());
                    while !stop.load(SeqCst) {
                        drop(held.take());
                        held = Some(lock.read_blocking());
                    }
                })
            })
            .collect();
        for _ in 0..50 {
            *lock.write_blocking() += 1;
            block_on(async { *lock.write().await += 1 });
        }
        stop.store(true, SeqCst);
        readers.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*lock.try_read().unwrap(), 100);
    });
}
