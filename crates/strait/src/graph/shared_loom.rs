//! Models of values that are made once: all interleavings of threads that ask at the same time.

#![forbid(unsafe_code)]

use super::obj::Obj;
use super::shared::Shared;
use crate::kernel::prim::{Arc, AtomicUsize, Ordering, thread};

type Initializer = Box<dyn Fn() -> Obj<u32> + Send + Sync>;

fn shared(make: impl Fn() -> Obj<u32> + Send + Sync + 'static) -> Arc<Shared<u32, Initializer>> {
    Arc::new(Shared::new(Box::new(make)))
}

/// Two threads ask; one makes the value, the other waits or finds it.
#[test]
fn a_value_is_made_once() {
    loom::model(|| {
        let made = Arc::new(AtomicUsize::new(0));
        let count = made.clone();
        let value = shared(move || {
            count.fetch_add(1, Ordering::Relaxed);
            Obj::new(7)
        });
        let other = value.clone();
        let asks = thread::spawn(move || assert_eq!(**other.get(), 7));
        assert_eq!(**value.get(), 7);
        asks.join().unwrap();
        assert_eq!(made.load(Ordering::Relaxed), 1);
    });
}

/// Two values whose initializers ask for each other, each asked for by one thread: one initializer
/// is told, and nobody waits for ever.
#[test]
#[expect(clippy::disallowed_types, reason = "set before the threads begin")]
fn a_circle_through_two_threads_ends() {
    type Pair = [Shared<u32, Initializer>; 2];
    loom::model(|| {
        let pair: &'static std::sync::OnceLock<Pair> = Box::leak(Box::default());
        let make = |own: usize| -> Initializer {
            Box::new(move || {
                let other = pair.get().unwrap()[1 - own].try_get();
                Obj::new(u32::from(other.is_err()))
            })
        };
        assert!(pair.set([Shared::new(make(0)), Shared::new(make(1))]).is_ok());
        let asks = thread::spawn(move || **pair.get().unwrap()[0].get());
        let told = **pair.get().unwrap()[1].get();
        assert_eq!(told + asks.join().unwrap(), 1);
    });
}
