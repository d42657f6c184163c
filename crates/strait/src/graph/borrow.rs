//! The guards of a borrowed node.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use super::header::Header;
use super::trace::Trace;

/// The value of a node, which nobody writes to while this lives.
#[must_use]
pub struct Ref<'a, T: Trace> {
    value: &'a T,
    /// `None` if the node is frozen: then nothing is counted.
    header: Option<&'a Header>,
    _thread: PhantomData<Rc<()>>,
}

/// The value of a node, which nobody else reads or writes while this lives.
#[must_use]
pub struct RefMut<'a, T: Trace> {
    /// A pointer, for as a reference it would claim the value during the drop too.
    value: *mut T,
    header: &'a Header,
    _life: PhantomData<&'a mut T>,
    _thread: PhantomData<Rc<()>>,
}

impl<'a, T: Trace> Ref<'a, T> {
    #[inline]
    pub(super) fn new(value: &'a T, header: Option<&'a Header>) -> Self {
        Self { value, header, _thread: PhantomData }
    }
}

impl<'a, T: Trace> RefMut<'a, T> {
    /// # Safety
    /// The value is the caller's alone until the borrow noted in the header is taken back, which
    /// the guard does.
    #[inline]
    pub(super) unsafe fn new(value: *mut T, header: &'a Header) -> Self {
        Self { value, header, _life: PhantomData, _thread: PhantomData }
    }
}

impl<T: Trace> Deref for Ref<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.value
    }
}

impl<T: Trace> Drop for Ref<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(header) = self.header {
            header.unborrow();
        }
    }
}

impl<T: Trace> Deref for RefMut<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: promised to `new`.
        unsafe { &*self.value }
    }
}

impl<T: Trace> DerefMut for RefMut<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: promised to `new`.
        unsafe { &mut *self.value }
    }
}

impl<T: Trace> Drop for RefMut<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.header.unborrow_mut();
    }
}

impl<T: Trace + fmt::Debug> fmt::Debug for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Trace + fmt::Debug> fmt::Debug for RefMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
