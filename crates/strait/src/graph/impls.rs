//! Types of the standard library as parts of nodes.
//!
//! Containers visit what they hold. A type that can contain itself says that it has links, for to
//! ask would not end.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{
    NonZeroI32, NonZeroI64, NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroUsize, Wrapping,
};
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::trace::{Freeze, Namer, Trace, Tracer, Transfer};

macro_rules! leaves {
    ($($type:ty),* $(,)?) => {$(
        // SAFETY: it holds no link.
        unsafe impl Trace for $type {
            #[inline]
            fn trace(&self, _: &mut Tracer) {}

            fn has_links() -> bool {
                false
            }
        }

        // SAFETY: it is `Send`.
        unsafe impl Transfer for $type {}
        // SAFETY: it is `Send` and `Sync`.
        unsafe impl Freeze for $type {}
    )*};
}

leaves! {
    (), bool, char, f32, f64, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, String, &'static str, Cow<'static, str>, PathBuf, Duration, Instant, SystemTime, NonZeroI32,
    NonZeroI64, NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroUsize, IpAddr, Ipv4Addr,
    Ipv6Addr, SocketAddr,
}

/// A container: how its parts are visited, and the rest.
macro_rules! containers {
    ($([$($param:ident),*] $type:ty: $links:expr, $self:ident, $part:ident in $parts:expr;)*) => {$(
        // SAFETY: it visits each part once.
        unsafe impl<$($param: Trace),*> Trace for $type {
            #[inline]
            fn trace(&$self, tracer: &mut Tracer) {
                for $part in $parts {
                    $part.trace(tracer);
                }
            }

            fn has_links() -> bool {
                $links
            }
        }

        // SAFETY: it owns its parts alone.
        unsafe impl<$($param: Transfer),*> Transfer for $type {}
        // SAFETY: it owns its parts alone, and has no cell.
        unsafe impl<$($param: Freeze),*> Freeze for $type {}
    )*};
}

containers! {
    [T] Option<T>: T::has_links(), self, part in self.as_slice();
    [T] Vec<T>: true, self, part in self;
    [T] VecDeque<T>: true, self, part in self;
    [T] LinkedList<T>: true, self, part in self;
    [T] BinaryHeap<T>: true, self, part in self;
    [T] BTreeSet<T>: true, self, part in self;
    [T] Wrapping<T>: T::has_links(), self, part in [&self.0];
    [T] Range<T>: T::has_links(), self, part in [&self.start, &self.end];
    [T] RangeInclusive<T>: T::has_links(), self, part in [self.start(), self.end()];
}

// SAFETY: it visits each part once.
unsafe impl<T: Trace> Trace for [T] {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        for part in self {
            part.trace(tracer);
        }
    }
}

// SAFETY: it owns its parts alone.
unsafe impl<T: Transfer> Transfer for [T] {}
// SAFETY: it owns its parts alone, and has no cell.
unsafe impl<T: Freeze> Freeze for [T] {}

// SAFETY: it holds no link.
unsafe impl Trace for str {
    fn trace(&self, _: &mut Tracer) {}
}

// SAFETY: it is `Send`.
unsafe impl Transfer for str {}
// SAFETY: it is `Send` and `Sync`.
unsafe impl Freeze for str {}

// SAFETY: it visits what is in it, once.
unsafe impl<T: Trace + ?Sized> Trace for Box<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        (**self).trace(tracer);
    }

    fn name(&self, namer: &mut Namer<'_>) {
        (**self).name(namer);
    }
}

// SAFETY: it owns what is in it, and nothing else.
unsafe impl<T: Transfer + ?Sized> Transfer for Box<T> {}
// SAFETY: as above, and it has no cell.
unsafe impl<T: Freeze + ?Sized> Freeze for Box<T> {}

// SAFETY: it visits each part once.
unsafe impl<T: Trace, const N: usize> Trace for [T; N] {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        for part in self {
            part.trace(tracer);
        }
    }

    fn has_links() -> bool {
        T::has_links()
    }
}

// SAFETY: it owns its parts alone.
unsafe impl<T: Transfer, const N: usize> Transfer for [T; N] {}
// SAFETY: it owns its parts alone, and has no cell.
unsafe impl<T: Freeze, const N: usize> Freeze for [T; N] {}

// SAFETY: it visits what is there, once.
unsafe impl<T: Trace, E: Trace> Trace for Result<T, E> {
    fn trace(&self, tracer: &mut Tracer) {
        match self {
            Ok(value) => value.trace(tracer),
            Err(error) => error.trace(tracer),
        }
    }

    fn has_links() -> bool {
        T::has_links() || E::has_links()
    }
}

// SAFETY: it owns its part alone.
unsafe impl<T: Transfer, E: Transfer> Transfer for Result<T, E> {}
// SAFETY: it owns its part alone, and has no cell.
unsafe impl<T: Freeze, E: Freeze> Freeze for Result<T, E> {}

// SAFETY: it visits each key and each value once.
unsafe impl<K: Trace, V: Trace> Trace for BTreeMap<K, V> {
    fn trace(&self, tracer: &mut Tracer) {
        for (key, value) in self {
            key.trace(tracer);
            value.trace(tracer);
        }
    }
}

// SAFETY: it owns its parts alone.
unsafe impl<K: Transfer, V: Transfer> Transfer for BTreeMap<K, V> {}
// SAFETY: it owns its parts alone, and has no cell.
unsafe impl<K: Freeze, V: Freeze> Freeze for BTreeMap<K, V> {}

// SAFETY: it visits each key and each value once; the hasher is no link.
unsafe impl<K: Trace, V: Trace, S: 'static> Trace for HashMap<K, V, S> {
    fn trace(&self, tracer: &mut Tracer) {
        for (key, value) in self {
            key.trace(tracer);
            value.trace(tracer);
        }
    }
}

// SAFETY: it owns its parts alone, and the hasher is `Send`.
unsafe impl<K: Transfer, V: Transfer, S: Send + 'static> Transfer for HashMap<K, V, S> {}
// SAFETY: it owns its parts alone, and has no cell but what the hasher may share.
unsafe impl<K: Freeze, V: Freeze, S: Send + Sync + 'static> Freeze for HashMap<K, V, S> {}

// SAFETY: it visits each part once; the hasher is no link.
unsafe impl<T: Trace, S: 'static> Trace for HashSet<T, S> {
    fn trace(&self, tracer: &mut Tracer) {
        for part in self {
            part.trace(tracer);
        }
    }
}

// SAFETY: it owns its parts alone, and the hasher is `Send`.
unsafe impl<T: Transfer, S: Send + 'static> Transfer for HashSet<T, S> {}
// SAFETY: it owns its parts alone, and has no cell but what the hasher may share.
unsafe impl<T: Freeze, S: Send + Sync + 'static> Freeze for HashSet<T, S> {}

// SAFETY: it holds nothing.
unsafe impl<T: ?Sized + 'static> Trace for PhantomData<T> {
    #[inline]
    fn trace(&self, _: &mut Tracer) {}

    fn has_links() -> bool {
        false
    }
}

// SAFETY: it holds nothing; as the compiler does, it takes the marked type for its own.
unsafe impl<T: ?Sized + Send + 'static> Transfer for PhantomData<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync + 'static> Freeze for PhantomData<T> {}

// SAFETY: it holds no link of its own. What is shared may: that is then held from outside.
unsafe impl<T: ?Sized + 'static> Trace for std::sync::Arc<T> {
    #[inline]
    fn trace(&self, _: &mut Tracer) {}

    fn has_links() -> bool {
        false
    }
}

// SAFETY: it is `Send`.
unsafe impl<T: ?Sized + Send + Sync + 'static> Transfer for std::sync::Arc<T> {}
// SAFETY: it is `Send` and `Sync`.
unsafe impl<T: ?Sized + Send + Sync + 'static> Freeze for std::sync::Arc<T> {}

// SAFETY: it visits what is in it, once, or says that it cannot.
unsafe impl<T: Trace> Trace for RefCell<T> {
    fn trace(&self, tracer: &mut Tracer) {
        match self.try_borrow() {
            Ok(value) => value.trace(tracer),
            Err(_) => tracer.block(),
        }
    }

    fn has_links() -> bool {
        T::has_links()
    }
}

// SAFETY: it owns what is in it, and moves whole. It is not `Freeze`.
unsafe impl<T: Transfer> Transfer for RefCell<T> {}

// SAFETY: it visits what is in it, once.
unsafe impl<T: Trace> Trace for Cell<T> {
    fn trace(&self, tracer: &mut Tracer) {
        // SAFETY: nobody else has a reference into a cell, and while a trace runs nothing is written.
        unsafe { &*self.as_ptr() }.trace(tracer);
    }

    fn has_links() -> bool {
        T::has_links()
    }
}

// SAFETY: it owns what is in it, and moves whole. It is not `Freeze`.
unsafe impl<T: Transfer> Transfer for Cell<T> {}

// SAFETY: it visits what is in it, once.
unsafe impl<T: Trace> Trace for OnceCell<T> {
    fn trace(&self, tracer: &mut Tracer) {
        if let Some(value) = self.get() {
            value.trace(tracer);
        }
    }

    fn has_links() -> bool {
        T::has_links()
    }
}

// SAFETY: it owns what is in it, and moves whole. It is not `Freeze`.
unsafe impl<T: Transfer> Transfer for OnceCell<T> {}

macro_rules! tuples {
    ($([$($param:ident $index:tt),*])*) => {$(
        // SAFETY: it visits each part once.
        unsafe impl<$($param: Trace),*> Trace for ($($param,)*) {
            #[inline]
            fn trace(&self, tracer: &mut Tracer) {
                $(self.$index.trace(tracer);)*
            }

            fn name(&self, namer: &mut Namer<'_>) {
                $(namer.field(stringify!($index), &self.$index);)*
            }

            fn has_links() -> bool {
                false $(|| $param::has_links())*
            }
        }

        // SAFETY: it owns its parts alone.
        unsafe impl<$($param: Transfer),*> Transfer for ($($param,)*) {}
        // SAFETY: it owns its parts alone, and has no cell.
        unsafe impl<$($param: Freeze),*> Freeze for ($($param,)*) {}
    )*};
}

tuples! {
    [A 0]
    [A 0, B 1]
    [A 0, B 1, C 2]
    [A 0, B 1, C 2, D 3]
    [A 0, B 1, C 2, D 3, E 4]
    [A 0, B 1, C 2, D 3, E 4, F 5]
}
