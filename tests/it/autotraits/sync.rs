//! The rows of locks and signals.

#![forbid(unsafe_code)]

use std::marker::PhantomData;

use strait::sync::futures::*;
use strait::sync::*;

use super::{Moves, Pinned, Plain, Row, Shared, Stays, check};

/// A lock may be shared if its value may cross threads. A guard is shared like the value, and
/// crosses like it.
#[test]
fn locks() {
    check(&table! {
        Mutex<Plain>: [y y y]
        Mutex<Moves>: [y y y]
        Mutex<Stays>: [- - y]
        Mutex<Shared>: [- - y]
        Mutex<Pinned>: [y y -]
        MutexGuard<'static, Plain>: [y y y]
        MutexGuard<'static, Moves>: [y - y]
        MutexGuard<'static, Stays>: [- - y]
        MutexGuard<'static, Shared>: [- - y]
        OwnedMutexGuard<Plain>: [y y y]
        OwnedMutexGuard<Moves>: [y - y]
        OwnedMutexGuard<Stays>: [- - y]
        OwnedMutexGuard<Shared>: [- - y]
        MappedMutexGuard<'static, Plain>: [y y y]
        MappedMutexGuard<'static, Moves>: [y - y]
        MappedMutexGuard<'static, Stays>: [- - y]
        MappedMutexGuard<'static, Shared>: [- y y]
        Lock<'static, Plain>: [y y -]
        Lock<'static, Moves>: [y y -]
        Lock<'static, Stays>: [- - -]
        LockOwned<Plain>: [y y -]
        LockOwned<Moves>: [y y -]
        LockOwned<Stays>: [- - -]
        Semaphore: [y y y]
        Permit<'static>: [y y y]
        OwnedPermit: [y y y]
        Acquire<'static>: [y y -]
        AcquireOwned: [y y -]
        RwLock<Plain>: [y y y]
        RwLock<Moves>: [y - y]
        RwLock<Stays>: [- - y]
        RwLock<Shared>: [- - y]
        RwLock<Pinned>: [y y -]
        RwLockReadGuard<'static, Plain>: [y y y]
        RwLockReadGuard<'static, Moves>: [- - y]
        RwLockReadGuard<'static, Shared>: [- - y]
        RwLockUpgradableReadGuard<'static, Plain>: [y y y]
        RwLockUpgradableReadGuard<'static, Moves>: [- - y]
        RwLockWriteGuard<'static, Plain>: [y y y]
        RwLockWriteGuard<'static, Moves>: [- - y]
        OwnedRwLockReadGuard<Plain>: [y y y]
        OwnedRwLockReadGuard<Moves>: [- - y]
        OwnedRwLockWriteGuard<Plain>: [y y y]
        OwnedRwLockWriteGuard<Moves>: [- - y]
        MappedRwLockReadGuard<'static, Plain>: [y y y]
        MappedRwLockReadGuard<'static, Moves>: [- - y]
        MappedRwLockReadGuard<'static, Shared>: [y y y]
        MappedRwLockWriteGuard<'static, Plain>: [y y y]
        MappedRwLockWriteGuard<'static, Moves>: [y - y]
        MappedRwLockWriteGuard<'static, Shared>: [- y y]
        Read<'static, Plain>: [y y -]
        Read<'static, Moves>: [- - -]
        ReadOwned<Plain>: [y y -]
        Write<'static, Plain>: [y y -]
        Write<'static, Moves>: [- - -]
        WriteOwned<Plain>: [y y -]
        UpgradableRead<'static, Plain>: [y y -]
        Upgrade<'static, Plain>: [y y -]
        Upgrade<'static, Moves>: [- - -]
        AcquireError: [y y y]
        TryAcquireError: [y y y]
        AcquireTimeoutError: [y y y]
    });
}

#[test]
fn signals() {
    check(&table! {
        Event: [y y y]
        EventWait<'static>: [y y -]
        AutoEvent: [y y y]
        AutoEventWait<'static>: [y y -]
        Latch: [y y y]
        LatchWait<'static>: [y y -]
        Barrier: [y y y]
        BarrierWait<'static>: [y y -]
        OnceCell<Plain>: [y y y]
        OnceCell<Moves>: [y - y]
        OnceCell<Stays>: [- - y]
        OnceCell<Shared>: [- - y]
        GetOrInit<'static, Plain, Plain, Plain>: [y y -]
        GetOrInit<'static, Moves, Plain, Plain>: [- - -]
        GetOrInit<'static, Plain, Stays, Plain>: [- - -]
        GetOrTryInit<'static, Plain, Plain, Plain>: [y y -]
    });
}
