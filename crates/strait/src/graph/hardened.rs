//! The hardened mode: `--cfg strait_hardened`.
//!
//! A freed node is overwritten and kept for a while, so that whoever still uses it finds a header
//! that says so and panics, where it would otherwise read what is there by then. Without the flag
//! none of this is built.

#[cfg(not(strait_hardened))]
mod imp {
    use std::ptr::NonNull;

    use super::super::header::Header;

    #[inline(always)]
    pub(in crate::graph) fn check(_: NonNull<Header>) {}

    #[inline(always)]
    pub(in crate::graph) fn free<N>(node: Box<N>) {
        drop(node);
    }
}

#[cfg(strait_hardened)]
mod imp {
    use std::alloc::{Layout, dealloc};
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::ptr::{self, NonNull};

    use super::super::header::{Header, State};

    /// How many nodes of a thread are kept.
    const KEPT: usize = 4096;
    const POISON: u8 = 0xDB;

    struct Quarantine(RefCell<VecDeque<(*mut u8, Layout)>>);

    thread_local! {
        static QUARANTINE: Quarantine = const { Quarantine(RefCell::new(VecDeque::new())) };
    }

    impl Drop for Quarantine {
        fn drop(&mut self) {
            for (block, layout) in self.0.take() {
                // SAFETY: it was freed once, into this list.
                unsafe { dealloc(block, layout) };
            }
        }
    }

    /// Panics if the node was freed, or is about to be.
    #[track_caller]
    pub(in crate::graph) fn check(node: NonNull<Header>) {
        // SAFETY: the node is in use, or else in quarantine.
        let state = unsafe { node.as_ref() }.state();
        assert!(state != State::Dead, "a node is used that was freed");
    }

    pub(in crate::graph) fn free<N>(node: Box<N>) {
        let layout = Layout::for_value(&*node);
        let block = Box::into_raw(node).cast::<u8>();
        let head = size_of::<Header>();
        // SAFETY: the node begins with its header, the rest is nobody's.
        unsafe { ptr::write_bytes(block.add(head), POISON, layout.size() - head) };
        // SAFETY: as above.
        unsafe { (*block.cast::<Header>()).die() };
        let out = QUARANTINE.try_with(|quarantine| {
            let mut kept = quarantine.0.borrow_mut();
            kept.push_back((block, layout));
            if kept.len() > KEPT { kept.pop_front() } else { None }
        });
        if let Some((block, layout)) = out.unwrap_or(Some((block, layout))) {
            // SAFETY: it was freed once and has left the list.
            unsafe { dealloc(block, layout) };
        }
    }
}

pub(super) use self::imp::{check, free};
