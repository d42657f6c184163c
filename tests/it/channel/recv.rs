//! Receiving: who is served, and that a look leaves no trace.

#![forbid(unsafe_code)]

use std::sync::Arc;

use strait::channel::{Receiver, RecvError, TryRecvError, never, unbounded};

use crate::support::caps::{BUFFERED, CAPS, open};
use crate::support::hand::{hand, parked, poll_once};
use crate::support::wake::Order;
use crate::support::watch::scaled;

/// C2: a receive waits for a send, at every capacity.
#[test]
fn a_receive_waits_for_a_send() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let mut receive = parked(rx.recv());
        receive.asleep();
        assert_eq!(tx.try_send(5), Ok(()), "capacity {cap:?}");
        assert_eq!(receive.ready(), Ok(5));
    }
}

/// C17: waiting receivers are woken in arrival order, one for each message.
#[test]
fn waiting_receivers_are_woken_in_order() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let log = Order::default();
        let mut waiting: Vec<_> = (0..20).map(|_| Box::pin(rx.recv())).collect();
        for (id, receive) in waiting.iter_mut().enumerate() {
            let waker = log.waker(id);
            loop {
                assert!(poll_once(receive.as_mut(), &waker).is_pending());
                if log.take().is_empty() {
                    break;
                }
            }
        }
        for (id, receive) in waiting.iter_mut().enumerate() {
            assert_eq!(tx.try_send(id), Ok(()), "capacity {cap:?}: message {id}");
            assert_eq!(log.take(), [id], "capacity {cap:?}");
            let mut again = hand(receive.as_mut());
            assert_eq!(again.now(), Ok(id));
        }
    }
}

/// C17 with a burst: n messages wake n receivers, and each gets one.
#[test]
fn a_burst_wakes_as_many() {
    for cap in [Some(3), Some(64), None] {
        let (tx, rx) = open(cap);
        let mut waiting: Vec<_> = (0..5).map(|_| parked(rx.recv())).collect();
        for i in 0..3 {
            assert_eq!(tx.try_send(i), Ok(()));
        }
        let woken: Vec<bool> = waiting.iter().map(|w| w.woken()).collect();
        assert_eq!(woken, [true, true, true, false, false], "capacity {cap:?}");
        let mut got: Vec<_> = waiting[..3].iter_mut().map(|w| w.ready().unwrap()).collect();
        got.sort();
        assert_eq!(got, [0, 1, 2]);
    }
}

/// C18: a value, empty and closed are three results.
#[test]
fn three_results() {
    for cap in [Some(1), Some(2), Some(64), None] {
        let (tx, rx) = open(cap);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        tx.try_send(1).unwrap();
        assert_eq!(rx.try_recv(), Ok(1));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        tx.try_send(2).unwrap();
        tx.close();
        assert_eq!(rx.try_recv(), Ok(2));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    }
    let (tx, rx) = open::<u8>(Some(0));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    drop(tx);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

/// C19: `try_recv` on an empty channel leaves no trace, however often.
#[test]
fn looking_leaves_no_trace() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        for _ in 0..scaled(1_000_000) {
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        }
        let room = cap.unwrap_or(100);
        for i in 0..room {
            assert_eq!(tx.try_send(i), Ok(()), "capacity {cap:?}: room for {i}");
        }
        if cap.is_some() {
            assert!(tx.try_send(0).is_err(), "capacity {cap:?}: looking made room");
        }
        for i in 0..room {
            assert_eq!(rx.try_recv(), Ok(i));
        }
    }
}

/// A receive that was woken in vain (another took the message) waits again and is woken again.
#[test]
fn an_overtaken_receiver_waits_again() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let mut receive = parked(rx.recv());
        for i in 0..10 {
            assert_eq!(tx.try_send(i), Ok(()), "capacity {cap:?}");
            assert!(receive.woken());
            assert_eq!(rx.try_recv(), Ok(i), "the running caller may take it");
            receive.park();
        }
        assert_eq!(tx.try_send(10), Ok(()));
        assert_eq!(receive.ready(), Ok(10));
    }
}

/// C27: element types: unit, large, neither Clone nor Sync, errors, options, results.
#[test]
fn any_type_can_be_sent() {
    fn through<T: PartialEq + std::fmt::Debug>(make: impl Fn(usize) -> T) {
        for cap in BUFFERED {
            let (tx, rx) = open(Some(cap));
            for round in 0..100 {
                assert!(tx.try_send(make(round)).is_ok());
                assert_eq!(rx.try_recv(), Ok(make(round)));
            }
        }
    }
    through(|_| ());
    through(|i| [i as u64; 300]);
    through(|i| i as u8);
    through(|i| (i as u8, i as u128));
    through(|i| Some(Some(i)).filter(|_| i % 2 == 0));
    through(|i| if i % 2 == 0 { Ok(i) } else { Err(RecvError) });
    through(std::cell::Cell::new);

    #[repr(align(128))]
    #[derive(PartialEq, Debug)]
    struct Wide(usize);
    let (tx, rx) = unbounded();
    for i in 0..100 {
        tx.try_send(Wide(i)).unwrap();
    }
    for i in 0..100 {
        let wide = rx.try_recv().unwrap();
        assert_eq!((std::ptr::from_ref(&wide) as usize % 128, wide), (0, Wide(i)));
    }
}

/// C27: a zero-sized type with a drop: each is dropped once, for counts beyond a segment.
#[test]
fn zero_sized_messages_are_dropped_once() {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            DROPS.fetch_add(1, SeqCst);
        }
    }
    let (tx, rx) = unbounded();
    for _ in 0..300 {
        assert!(tx.try_send(Nothing).is_ok());
    }
    for _ in 0..100 {
        drop(rx.try_recv());
    }
    assert_eq!(DROPS.load(SeqCst), 100);
    drop((tx, rx));
    assert_eq!(DROPS.load(SeqCst), 300);
}

/// A message may hold an end of its own channel.
#[test]
fn a_channel_through_itself() {
    struct Post(Receiver<Post>, #[expect(dead_code)] Arc<()>);
    let alive = Arc::new(());
    let (tx, rx) = unbounded();
    assert!(tx.try_send(Post(rx.clone(), alive.clone())).is_ok());
    let Post(again, _) = rx.try_recv().unwrap_or_else(|_| panic!("the message is there"));
    assert!(again.same_channel(&rx));
    drop((again, rx, tx));
    assert_eq!(Arc::strong_count(&alive), 1);
}

/// `never` neither receives nor closes.
#[test]
fn never_is_never() {
    let rx = never::<u8>();
    let mut receive = parked(rx.recv());
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert!(!rx.is_closed());
    receive.asleep();
    assert!(rx.clone().try_recv() == Err(TryRecvError::Empty));
}
