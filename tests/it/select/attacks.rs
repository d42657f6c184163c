//! What an adversarial reading of `channel/choice.rs` suspected, a test for each suspicion. Here are
//! turns, offers, places and wake-ups; `asleep` is about those who sleep on another select's message.

#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use strait::channel::{TryRecvError, rendezvous};
use strait::{select, select_biased};

use crate::support::caps::Kind;
use crate::support::hand::{hand, parked, poll_once};
use crate::support::raw_waker::{Asked, hooked};
use crate::support::watch::within;

/// Never ready; when it is dropped it runs what it was given.
pub(super) struct Last<F: FnMut()>(pub(super) F);

impl<F: FnMut()> Future for Last<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl<F: FnMut()> Drop for Last<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// In a fair channel the turn for a select's own message is not its own receive's.
#[test]
fn a_turn_for_its_own_message() {
    within(20, || {
        for cap in [Some(0), Some(1)] {
            for lock_free in [false, true] {
                let kind = Kind { cap, fair: true, lock_free };
                let (tx, rx) = kind.open::<u32>();
                let mut both = parked(async {
                    select_biased! {
                        sent = tx.send_acked(1) => sent.is_ok(),
                        got = rx.recv() => panic!("{got:?} from itself"),
                    }
                });
                let mut receive = hand(rx.recv());
                let mut got = receive.settle();
                for _ in 0..100 {
                    let mut still = true;
                    if got.is_none() && receive.woken() {
                        got = receive.settle();
                        still = false;
                    }
                    if got.is_none() && both.woken() {
                        // It must come to rest: it can do nothing but wait.
                        both.park();
                        still = false;
                    }
                    if still {
                        break;
                    }
                }
                assert_eq!(got, Some(Ok(1)), "{kind:?}");
                assert!(both.ready());
            }
        }
    });
}

/// A message that waits for its receipt stays undecided though there is room. Its own receive must
/// not keep waking it, and another one must be told.
#[test]
fn an_acked_message_and_a_receive_in_one() {
    within(20, || {
        for kind in [Some(0), Some(1), Some(2), None].into_iter().flat_map(Kind::all) {
            for turned in [false, true] {
                let (tx, rx) = kind.open::<u32>();
                let mut both = hand(async {
                    if turned {
                        select_biased! {
                            got = rx.recv() => panic!("{got:?} from itself"),
                            sent = tx.send_acked(1) => sent.is_ok(),
                        }
                    } else {
                        select_biased! {
                            sent = tx.send_acked(1) => sent.is_ok(),
                            got = rx.recv() => panic!("{got:?} from itself"),
                        }
                    }
                });
                both.park();
                both.asleep();
                for _ in 0..3 {
                    both.park();
                    both.asleep();
                }
                assert!(kind.fair || rx.try_recv() == Ok(1), "{kind:?}, turned: {turned}");
                assert!(kind.fair || both.ready());
            }
        }
    });
}

/// A future that is an arm receives from the channel that another arm sends to. It may get that
/// message or not; but the select comes to rest, and somebody else can get it.
#[test]
fn a_future_that_receives_what_its_select_sends() {
    within(20, || {
        for kind in Kind::all(Some(0)) {
            for acked in [false, true] {
                let (tx, rx) = kind.open::<u32>();
                let mut both = hand(async {
                    let receive = async { rx.recv().await };
                    if acked {
                        select_biased! {
                            sent = tx.send_acked(1) => sent.is_ok(),
                            got = receive => got == Ok(1),
                        }
                    } else {
                        select_biased! {
                            sent = tx.send(1) => sent.is_ok(),
                            got = receive => got == Ok(1),
                        }
                    }
                });
                println!("{kind:?}, acked: {acked}");
                if both.settle().is_none() {
                    let mut receive = hand(rx.recv());
                    let mut got = receive.settle();
                    for _ in 0..10 {
                        got = got.or_else(|| receive.woken().then(|| receive.settle()).flatten());
                        if got.is_none() && both.woken() {
                            both.settle();
                        }
                    }
                    assert_eq!(got, Some(Ok(1)), "{kind:?}, acked: {acked}");
                }
            }
        }
    });
}

/// The same with a receive of its own beside the future, and another select that only receives.
#[test]
fn a_future_that_receives_beside_a_receive_and_a_send() {
    within(20, || {
        for kind in Kind::all(Some(0)) {
            for (waits, late) in [(true, true), (true, false), (false, true), (false, false)] {
                let (tx, rx) = kind.open::<u32>();
                let mut both = hand(async {
                    let receive = async {
                        if waits {
                            return rx.recv().await;
                        }
                        std::future::poll_fn(|_| match rx.try_recv() {
                            Ok(got) => Poll::Ready(Ok(got)),
                            Err(_) => Poll::Pending,
                        })
                        .await
                    };
                    select_biased! {
                        sent = tx.send(1) => sent.is_ok(),
                        got = rx.recv() => panic!("{got:?} from itself"),
                        got = receive => got == Ok(1),
                    }
                });
                let mut receives = hand(async {
                    select_biased! {
                        got = rx.recv() => got,
                    }
                });
                println!("{kind:?}, waits: {waits}, late: {late}");
                let (mut done, mut got) = (None, None);
                for turn in 0..2_000 {
                    let first = turn == 0;
                    if done.is_none() && (both.woken() || first && late) {
                        done = if let Poll::Ready(end) = both.poll() { Some(end) } else { None };
                    }
                    if got.is_none() && (receives.woken() || first) {
                        got = if let Poll::Ready(end) = receives.poll() { Some(end) } else { None };
                    }
                    if done.is_none() && first && !late {
                        done = if let Poll::Ready(end) = both.poll() { Some(end) } else { None };
                    }
                }
                let case = format!("{kind:?}, waits: {waits}, late: {late}");
                assert_eq!((done, got), (Some(true), Some(Ok(1))), "{case}");
            }
        }
    });
}

/// A select waits to receive, and its own message is in line: a `try_send` still finds a receiver.
#[test]
fn a_try_send_finds_a_select_that_also_sends() {
    for kind in Kind::all(Some(0)) {
        let (tx, rx) = kind.open();
        let mut both = parked(async {
            select_biased! {
                sent = tx.send(1) => sent.map(|()| 0).unwrap(),
                got = rx.recv() => got.unwrap(),
            }
        });
        assert_eq!(tx.try_send(2), Ok(()), "{kind:?}");
        assert_eq!(both.ready(), 2, "{kind:?}");
    }
}

/// A select is decided for one arm: nobody gets its messages in other lines. They take up room there
/// until it has run, for which it was woken; not longer.
#[test]
fn the_places_of_a_decided_select_are_gone_when_it_has_run() {
    for kind in Kind::all(Some(1)) {
        let ((c, c_rx), (d, d_rx)) = (kind.open(), kind.open());
        c.try_send(0).unwrap();
        d.try_send(0).unwrap();
        let mut select = parked(async {
            select_biased! {
                sent = c.send(1) => { sent.unwrap(); 1 }
                sent = d.send(2) => { sent.unwrap(); 2 }
            }
        });
        assert_eq!((c_rx.try_recv(), d_rx.try_recv()), (Ok(0), Ok(0)));
        assert_eq!(c_rx.try_recv(), Ok(1));
        // It has sent 1: so there is nothing for anybody in the other channel.
        assert_eq!(d_rx.try_recv(), Err(TryRecvError::Empty), "{kind:?}");
        assert!(select.woken());
        assert_eq!(select.ready(), 1);
        assert_eq!((d.len(), d.try_send(3)), (0, Ok(())), "{kind:?}");
    }
}

/// A select was chosen by a `try_send` and its message was taken by a faster one. It waits on, in
/// both its arms.
#[test]
fn chosen_in_vain_it_waits_on() {
    for how in 0..3 {
        let ((c, c_rx), (d, d_rx)) = (rendezvous::<u32>(), rendezvous::<u32>());
        let mut select = parked(async {
            select_biased! {
                got = c_rx.recv() => got.unwrap(),
                sent = d.send(7) => sent.map(|()| 0).unwrap(),
            }
        });
        assert_eq!(c.try_send(1), Ok(()));
        // It is decided: its other arm is not to be had.
        assert_eq!(d_rx.try_recv(), Err(TryRecvError::Empty));
        assert!(c.try_send(2).is_err());
        assert_eq!(c_rx.try_recv(), Ok(1));
        assert!(select.woken());
        match how {
            0 => {
                select.park();
                assert_eq!(d_rx.try_recv(), Ok(7));
                assert_eq!(select.ready(), 0);
            }
            1 => {
                select.park();
                assert_eq!(c.try_send(3), Ok(()));
                assert_eq!(select.ready(), 3);
            }
            _ => {
                // Somebody waits for its other arm by now.
                let mut receive = parked(d_rx.recv());
                assert_eq!(select.now(), 0);
                assert_eq!(receive.ready(), Ok(7));
            }
        }
    }
}

/// Chosen by a `try_send`, and dropped before it ran: the message is the next one's.
#[test]
fn chosen_and_dropped() {
    for kind in Kind::all(Some(0)) {
        let (tx, rx) = kind.open();
        let (never, other) = rendezvous::<u32>();
        let wait = || async {
            select! {
                got = rx.recv() => got.unwrap(),
                got = other.recv() => got.unwrap(),
            }
        };
        let (first, mut second) = (parked(wait()), parked(wait()));
        assert_eq!(tx.try_send(1), Ok(()));
        assert!(first.woken() && !second.woken());
        drop(first);
        assert_eq!(second.ready(), 1, "{kind:?}");
        drop(never);
    }
}

/// A waker that uses the channel while a select takes its places: the first place is out of line
/// when the second is taken.
#[test]
fn a_waker_that_receives_from_the_place_just_taken() {
    for kind in Kind::all(Some(0)) {
        let (tx, rx) = kind.open();
        let got = Arc::new(Mutex::new(Vec::new()));
        let waker = {
            let (got, rx) = (got.clone(), rx.clone());
            hooked(move |asked| {
                if asked == Asked::Clone
                    && let Ok(mut got) = got.try_lock()
                {
                    got.extend(rx.try_recv());
                }
            })
        };
        let (mut one, mut two) = (Some(1), Some(2));
        let mut select = Box::pin(async {
            select_biased! {
                sent = tx.send_ref(&mut one) => { sent.unwrap(); 1 }
                sent = tx.send_ref(&mut two) => { sent.unwrap(); 2 }
            }
        });
        let mut done = None;
        for _ in 0..1_000 {
            if let Poll::Ready(end) = poll_once(select.as_mut(), &waker) {
                done = Some(end);
                break;
            }
        }
        let last = rx.try_recv().ok();
        if done.is_none()
            && let Poll::Ready(end) = poll_once(select.as_mut(), Waker::noop())
        {
            done = Some(end);
        }
        drop(select);
        let mut all = got.lock().unwrap().clone();
        all.extend(last);
        let done = done.expect("somebody received");
        assert_eq!(all, [done], "{kind:?}");
        assert_eq!((one.is_none(), two.is_none()), (done == 1, done == 2), "{kind:?}");
    }
}

/// The destructor of a losing arm uses the channels of the others, for every way in which a select
/// may end.
#[test]
fn the_destructor_of_an_arm_uses_the_others() {
    within(20, || {
        for kind in Kind::all(Some(0)) {
            for ends in 0..3 {
                let (tx, rx) = kind.open();
                let (other, wins) = rendezvous::<u32>();
                let seen = Arc::new(Mutex::new(None));
                let mut slot = Some(1);
                let mut select = parked(async {
                    let last = Last({
                        let (seen, rx) = (seen.clone(), rx.clone());
                        move || *seen.lock().unwrap() = Some(rx.try_recv())
                    });
                    select_biased! {
                        () = last => unreachable!(),
                        sent = tx.send_ref(&mut slot) => { sent.unwrap(); 0 }
                        got = wins.recv() => got.unwrap(),
                    }
                });
                let mut received = None;
                match ends {
                    0 => drop(select),
                    1 => {
                        assert_eq!(other.try_send(9), Ok(()));
                        assert_eq!(select.ready(), 9);
                        drop(select);
                    }
                    _ => {
                        received = rx.try_recv().ok();
                        assert_eq!(select.ready(), 0);
                        drop(select);
                    }
                }
                let taken = seen.lock().unwrap().take().expect("it ran");
                // Nobody gets the message of a select that has ended in another way.
                assert_eq!(taken, Err(TryRecvError::Empty), "{kind:?}, {ends}");
                assert_eq!(
                    (received, slot),
                    ([None, None, Some(1)][ends], [Some(1), Some(1), None][ends])
                );
            }
        }
    });
}
