//! parking_lot: locks of threads, which take what is free without waiting in line, and are fair now
//! and then. 0.12, as 0.13 asks for a newer compiler than this package does.

use ::parking_lot::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::Rival;
use crate::shape::{ThreadMutex, ThreadRwLock, Twins};
use crate::workload::SyncRuns;

pub(super) const RIVAL: Rival = Rival {
    sync: || SyncRuns::default().thread_mutex::<ParkingLot>().thread_rw_lock::<ParkingLot>(),
    ..Rival::new("parking-lot", "parking_lot")
};

struct ParkingLot;

impl ThreadMutex for ParkingLot {
    type Mutex = Mutex<usize>;
    type Guard<'a> = MutexGuard<'a, usize>;

    fn make() -> Self::Mutex {
        Mutex::new(0)
    }

    #[inline]
    fn lock(mutex: &Self::Mutex) -> Self::Guard<'_> {
        mutex.lock()
    }
}

impl ThreadRwLock for ParkingLot {
    type Lock = RwLock<Twins>;
    type Read<'a> = RwLockReadGuard<'a, Twins>;
    type Write<'a> = RwLockWriteGuard<'a, Twins>;

    fn make() -> Self::Lock {
        RwLock::new((0, 0))
    }

    #[inline]
    fn read(lock: &Self::Lock) -> Self::Read<'_> {
        lock.read()
    }

    #[inline]
    fn write(lock: &Self::Lock) -> Self::Write<'_> {
        lock.write()
    }
}
