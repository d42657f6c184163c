//! What only the room itself can see: sizes, and the account of withdrawn sends.

#![forbid(unsafe_code)]

use std::mem::offset_of;
use std::pin::pin;
use std::task::{Context, Waker};

use super::core::{Config, Core};
use super::*;

fn core<T>(capacity: Option<usize>) -> Core<T> {
    Core::new(Config { capacity, fair: false, lock_free: false, displaces: false })
}

#[test]
fn an_empty_channel_is_small() {
    // With the two counts in front of it.
    let head = size_of::<Core<usize>>() + 2 * size_of::<usize>();
    println!("{head} bytes");
    assert!(head <= 512, "{head} bytes");
}

/// Whatever the address, a multiple of 16.
#[test]
fn hot_words_share_no_line() {
    type Any = Core<u8>;
    const LINE: usize = 64;
    let rear = offset_of!(Any, rear);
    let front = offset_of!(Any, front);
    let meta = offset_of!(Any, meta);
    let end = offset_of!(Any, receivers);
    assert_eq!((rear % 16, front % 16), (0, 0));
    assert!(front - (rear + size_of_val(&core::<u8>(None).rear)) >= LINE - 1);
    assert!(meta - (front + size_of_val(&core::<u8>(None).front)) >= LINE - 1);
    assert!(end > meta, "the lock of the list is beside what tells of the list");
}

#[test]
fn the_window_is_what_it_was_after_any_withdrawals() {
    for capacity in 0..4 {
        let (tx, rx) = bounded(capacity);
        let mut context = Context::from_waker(Waker::noop());
        for round in 0..200u32 {
            for i in 0..capacity {
                tx.try_send(i as u32).unwrap();
            }
            {
                let mut waiting: Vec<_> = (0..5).map(|i| Box::pin(tx.send(100 + i))).collect();
                for send in &mut waiting {
                    assert!(send.as_mut().poll(&mut context).is_pending());
                }
                // Some withdraw, before and after the window moves over them.
                drop(waiting.remove((round % 5) as usize));
                if round % 2 == 0 {
                    assert!(rx.try_recv().is_ok());
                }
                drop(waiting.remove((round % 4) as usize));
            }
            rx.drain().for_each(drop);
            let front = rx.core.load_front();
            let widened = (front.announced(), front.holes());
            assert_eq!(widened, (0, 0), "capacity {capacity}, round {round}");
            assert_eq!(rx.core.load_rear().ticket(), front.ticket());
            assert_eq!(rx.len(), 0);
        }
        let mut recv = pin!(rx.recv());
        assert!(recv.as_mut().poll(&mut context).is_pending());
        assert_eq!(rx.core.load_front().announced(), u64::from(capacity < 2), "announced");
    }
}
