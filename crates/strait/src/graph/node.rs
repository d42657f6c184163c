//! A node: its header and its value in one allocation, and the table of its type.

use std::any::{TypeId, type_name};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

use super::hardened;
use super::header::{Header, Vtable};
use super::trace::{Namer, Trace, Tracer};
use crate::kernel::prim::UnsafeCell;

/// The header comes first, so that a pointer to it is a pointer to the node.
#[repr(C)]
pub(super) struct Node<T> {
    header: Header,
    value: UnsafeCell<ManuallyDrop<T>>,
}

impl<T: Trace> Node<T> {
    const TABLE: &'static Vtable = &Vtable {
        trace: Self::trace,
        name: Self::name,
        drop_value: Self::drop_value,
        destroy: Self::destroy,
        free: Self::free,
        type_name: type_name::<T>,
        type_id: TypeId::of::<T>,
    };

    /// A new node with one handle, which is the caller's.
    #[inline]
    pub(super) fn allocate(value: T) -> NonNull<Header> {
        let header = Header::new(Self::TABLE, T::has_links());
        let node = Box::new(Self { header, value: UnsafeCell::new(ManuallyDrop::new(value)) });
        NonNull::from(Box::leak(node)).cast()
    }

    /// Where the value is.
    ///
    /// # Safety
    /// The node is allocated, with a value of this type.
    #[inline]
    pub(super) unsafe fn value<'a>(node: NonNull<Header>) -> &'a UnsafeCell<ManuallyDrop<T>> {
        // SAFETY: a pointer to the header is one to the node; the caller vouches for the rest.
        unsafe { &(*node.cast::<Self>().as_ptr()).value }
    }

    /// The value, to be read.
    ///
    /// # Safety
    /// The node is alive for `'a`, its value is a `T`, and nobody writes to it meanwhile.
    #[inline]
    pub(super) unsafe fn read<'a>(node: NonNull<Header>) -> &'a T {
        hardened::check(node);
        // SAFETY: promised by the caller.
        unsafe { Self::value(node).with(|value| &*value.cast::<T>()) }
    }

    /// The value, to be written.
    ///
    /// # Safety
    /// The node is alive, its value is a `T`, and while the pointer is used nobody else reads or
    /// writes it.
    #[inline]
    pub(super) unsafe fn write(node: NonNull<Header>) -> *mut T {
        hardened::check(node);
        // SAFETY: promised by the caller.
        unsafe { Self::value(node).with_mut(|value| value.cast::<T>()) }
    }

    unsafe fn trace(node: NonNull<Header>, tracer: &mut Tracer) {
        // SAFETY: the table's users vouch for a node that is alive and that nobody writes to.
        unsafe { Self::read(node) }.trace(tracer);
    }

    unsafe fn name(node: NonNull<Header>, namer: &mut Namer<'_>) {
        // SAFETY: as in `trace`.
        unsafe { Self::read(node) }.name(namer);
    }

    unsafe fn drop_value(node: NonNull<Header>) {
        // SAFETY: the table's users drop the value once, when no handle is left that could be used.
        unsafe { Self::value(node).with_mut(|value| ptr::drop_in_place(value.cast::<T>())) }
    }

    unsafe fn free(node: NonNull<Header>) {
        // SAFETY: the node came from `allocate`, for its table says so; the value is not dropped
        // with it.
        let node = unsafe { Box::from_raw(node.cast::<Self>().as_ptr()) };
        hardened::free(node);
    }

    unsafe fn destroy(node: NonNull<Header>) {
        struct Free<T: Trace>(NonNull<Header>, std::marker::PhantomData<T>);
        impl<T: Trace> Drop for Free<T> {
            fn drop(&mut self) {
                // SAFETY: the value was dropped, or as much of it as could be.
                unsafe { Node::<T>::free(self.0) }
            }
        }
        let _free = Free::<T>(node, std::marker::PhantomData);
        // SAFETY: as in `drop_value`.
        unsafe { Self::drop_value(node) }
    }
}
