//! Models of select, as in `channel/loom.rs`: every interleaving, and a mutant for each.

#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Wake, Waker};

use ::loom::future::block_on;
use ::loom::sync::Arc;
use ::loom::thread;

use crate::channel::{Builder, bounded, rendezvous, unbounded};
use crate::select::Select;
use crate::select_biased;

/// A message that loom misses if it is leaked, and that says if it is dropped twice.
#[derive(Clone, Debug)]
struct Token(#[expect(dead_code, reason = "its drop counts")] Arc<()>, usize);

impl Token {
    fn new(id: usize) -> Self {
        Self(Arc::new(()), id)
    }
}

struct Idle;

impl Wake for Idle {
    fn wake(self: StdArc<Self>) {}
}

pub(super) fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    let waker = Waker::from(StdArc::new(Idle));
    future.poll(&mut Context::from_waker(&waker))
}

pub(super) fn model(preemptions: usize, f: impl Fn() + Sync + Send + 'static) {
    let mut builder = ::loom::model::Builder::new();
    builder.max_branches = 50_000;
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.check(f);
}

/// A select that sends meets a receive that waits, on a channel of any kind.
#[test]
fn a_send_arm_meets_a_receive() {
    for capacity in [0, 1] {
        model(2, move || {
            let (tx, rx) = bounded(capacity);
            let (_other, silent) = unbounded::<Token>();
            if capacity == 1 {
                tx.try_send(Token::new(0)).unwrap();
            }
            let sender = thread::spawn(move || {
                block_on(async {
                    select_biased! {
                        sent = tx.send(Token::new(1)) => sent.unwrap(),
                        _ = silent.recv() => unreachable!(),
                    }
                });
                tx
            });
            for id in 1 - capacity..2 {
                assert_eq!(block_on(rx.recv()).unwrap().1, id);
            }
            drop(sender.join().unwrap());
            assert!(block_on(rx.recv()).is_err());
        });
    }
}

/// What a receiver that does not wait gets is what the select has sent; and what it has not sent
/// is back.
#[test]
fn a_send_arm_is_taken_or_comes_back() {
    model(2, || {
        let (tx, rx) = rendezvous();
        let (go, other) = bounded(1);
        let sender = thread::spawn(move || {
            let mut slot = Some(Token::new(1));
            let chosen = block_on(async {
                select_biased! {
                    sent = tx.send_ref(&mut slot) => { sent.unwrap(); true }
                    _ = other.recv() => false,
                }
            });
            assert_eq!(chosen, slot.is_none());
            (chosen, tx)
        });
        let first = rx.try_recv().is_ok();
        go.try_send(()).unwrap();
        let second = rx.try_recv().is_ok();
        let (sent, tx) = sender.join().unwrap();
        assert_eq!(sent, first || second, "received {first} {second}");
        assert!(!(first && second));
        assert!(rx.try_recv().is_err());
        // The window is as it was.
        assert!(tx.try_send(Token::new(2)).is_err());
    });
}

/// Two selects in opposite directions: exactly one message goes over.
/// Mutants: decides_twice, offer_not_awaited.
#[test]
fn opposite_selects_meet_once() {
    model(2, || {
        let (to_b, from_a) = rendezvous();
        let (to_a, from_b) = rendezvous::<Token>();
        let a = thread::spawn(move || {
            block_on(async {
                select_biased! {
                    sent = to_b.send(Token::new(1)) => { sent.unwrap(); 0 }
                    got = from_b.recv() => got.unwrap().1,
                }
            })
        });
        let b = block_on(async {
            select_biased! {
                sent = to_a.send(Token::new(2)) => { sent.unwrap(); 0 }
                got = from_a.recv() => got.unwrap().1,
            }
        });
        let a = a.join().unwrap();
        assert!((a, b) == (2, 0) || (a, b) == (0, 1), "{a} {b}");
    });
}

/// The same where both list the channels in the same order.
#[test]
fn parallel_selects_meet_once() {
    model(2, || {
        let (to_b, from_a) = rendezvous();
        let (to_a, from_b) = rendezvous::<Token>();
        let a = thread::spawn(move || {
            block_on(async {
                select_biased! {
                    got = from_b.recv() => got.unwrap().1,
                    sent = to_b.send(Token::new(1)) => { sent.unwrap(); 0 }
                }
            })
        });
        let b = block_on(async {
            select_biased! {
                sent = to_a.send(Token::new(2)) => { sent.unwrap(); 0 }
                got = from_a.recv() => got.unwrap().1,
            }
        });
        let a = a.join().unwrap();
        assert!((a, b) == (2, 0) || (a, b) == (0, 1), "{a} {b}");
    });
}

/// A select that waits to receive from two rendezvous channels admits one `try_send`, and takes
/// that message.
/// Mutant: decides_twice.
#[test]
fn a_waiting_select_admits_one_send() {
    model(2, || {
        let (tx1, rx1) = rendezvous();
        let (tx2, rx2) = rendezvous();
        let senders = [(1, tx1), (2, tx2)].map(|(id, tx)| {
            thread::spawn(move || {
                let sent = tx.try_send(Token::new(id)).is_ok();
                (sent, tx)
            })
        });
        let mut got = 0;
        {
            let mut select = pin!(async {
                select_biased! {
                    message = rx1.recv() => message.unwrap().1,
                    message = rx2.recv() => message.unwrap().1,
                }
            });
            if let Poll::Ready(id) = poll_once(select.as_mut()) {
                got = id;
            }
            let [first, second] = senders.map(|sender| sender.join().unwrap());
            assert!(!(first.0 && second.0), "one at the most");
            if got == 0
                && let Poll::Ready(id) = poll_once(select.as_mut())
            {
                got = id;
            }
            let sent = if first.0 {
                1
            } else if second.0 {
                2
            } else {
                0
            };
            assert_eq!(got, sent);
        }
        assert!(rx1.try_recv().is_err() && rx2.try_recv().is_err());
    });
}

/// The end of a channel while a select waits to send: by close it is delivered or refused, by
/// cancel refused.
#[test]
fn a_send_arm_meets_the_end() {
    for cancel in [false, true] {
        model(2, move || {
            let (tx, rx) = rendezvous();
            let (_other, silent) = unbounded::<Token>();
            let sender = thread::spawn(move || {
                block_on(async {
                    select_biased! {
                        sent = tx.send(Token::new(1)) => sent.is_ok(),
                        _ = silent.recv() => unreachable!(),
                    }
                })
            });
            if cancel {
                rx.cancel();
                assert!(rx.try_recv().is_err());
                assert!(!sender.join().unwrap());
            } else {
                rx.close();
                let got = rx.try_recv().is_ok();
                drop(rx);
                assert_eq!(sender.join().unwrap(), got);
            }
        });
    }
}

/// A select that waits to send and is dropped, while a receiver comes.
#[test]
fn a_dropped_select_leaves_nothing() {
    model(2, || {
        let (tx, rx) = rendezvous();
        let (_other, silent) = unbounded::<Token>();
        let sender = thread::spawn(move || {
            let mut slot = Some(Token::new(1));
            {
                let mut select = Box::pin(async {
                    select_biased! {
                        sent = tx.send_ref(&mut slot) => sent.unwrap(),
                        _ = silent.recv() => unreachable!(),
                    }
                });
                let _ = poll_once(select.as_mut());
                drop(select);
            }
            (slot.is_none(), tx)
        });
        let got = rx.try_recv().is_ok();
        let (sent, tx) = sender.join().unwrap();
        assert_eq!(sent, got);
        assert!(tx.try_send(Token::new(2)).is_err());
        assert!(rx.try_recv().is_err());
    });
}

/// While a select runs a future of the user, its message is out of the way of others, and its own
/// again.
#[test]
fn a_send_arm_beside_a_future_of_the_user() {
    model(2, || {
        let (tx, rx) = rendezvous();
        let (go, stop) = bounded(1);
        let chooser = thread::spawn(move || {
            let chosen = block_on(async {
                select_biased! {
                    sent = tx.send(Token::new(1)) => { sent.unwrap(); true }
                    _ = async { stop.recv().await } => false,
                }
            });
            (chosen, tx)
        });
        let first = rx.try_recv().is_ok();
        go.try_send(()).unwrap();
        let second = rx.try_recv().is_ok();
        let (sent, _tx) = chooser.join().unwrap();
        assert_eq!(sent, first || second);
        assert!(!(first && second) && rx.try_recv().is_err());
    });
}

/// A select gives its ticket back while a receiver of a lock-free channel takes it for that of a
/// sender that has stopped.
#[test]
fn a_ticket_that_is_given_back_is_not_claimed() {
    model(3, || {
        let (tx, rx) = Builder::new().capacity(0).lock_free(true).build();
        let (_other, silent) = unbounded::<Token>();
        let sender = thread::spawn(move || {
            {
                let mut select = Box::pin(async {
                    select_biased! {
                        sent = tx.send(Token::new(1)) => sent.unwrap(),
                        _ = silent.recv() => unreachable!(),
                    }
                });
                let _ = poll_once(select.as_mut());
            }
            tx
        });
        let _ = rx.try_recv();
        let tx = sender.join().unwrap();
        assert!(rx.try_recv().is_err());
        let mut receive = Box::pin(rx.recv());
        assert!(poll_once(receive.as_mut()).is_pending());
        tx.try_send(Token::new(2)).unwrap();
        assert!(poll_once(receive.as_mut()).is_ready());
    });
}

/// A receive arm that was told and lost wakes the next receiver.
#[test]
fn a_lost_receive_arm_passes_its_wake_up_on() {
    model(1, || {
        let (tx, rx) = unbounded::<Token>();
        let (go, other) = unbounded();
        let second = rx.clone();
        let plain = thread::spawn(move || block_on(second.recv()).unwrap().1);
        let sender = thread::spawn(move || {
            go.try_send(()).unwrap();
            tx.try_send(Token::new(1)).unwrap();
            tx
        });
        let got = block_on(async {
            select_biased! {
                _ = other.recv() => 0,
                got = rx.recv() => got.unwrap().1,
            }
        });
        let tx = sender.join().unwrap();
        if got == 1 {
            tx.try_send(Token::new(1)).unwrap();
        }
        assert_eq!(plain.join().unwrap(), 1);
    });
}

/// A kept select wakes for a message, whichever arm it is for.
#[test]
fn a_kept_select_is_woken() {
    model(2, || {
        let (tx, rx) = unbounded();
        let (_other, silent) = unbounded();
        let sender = thread::spawn(move || {
            tx.try_send(Token::new(1)).unwrap();
            tx.try_send(Token::new(2)).unwrap();
        });
        let mut select = Select::new();
        select.recv(&silent, |_: Result<Token, _>| 0);
        select.recv(&rx, |token: Result<Token, _>| token.map_or(3, |token| token.1));
        for id in 1..4 {
            assert_eq!(block_on(select.next()).unwrap().1, id);
        }
        sender.join().unwrap();
    });
}

/// While nobody waits for a kept select, what it is told goes to others, whether that was before
/// or after the end of its last round.
/// Mutants: away_counts, told_is_kept.
#[test]
fn a_kept_select_passes_on_what_it_is_told() {
    model(2, || {
        let (tx1, rx1) = unbounded();
        let (tx2, rx2) = unbounded();
        let mut select = Select::biased();
        select.recv(&rx2, |token: Result<Token, _>| token.unwrap().1);
        select.recv(&rx1, |token: Result<Token, _>| token.unwrap().1);
        // It waits once, so that both arms are in their lists.
        assert!(poll_once(pin!(select.next())).is_pending());
        let second = rx1.clone();
        let plain = thread::spawn(move || block_on(second.recv()).unwrap().1);
        let sender = thread::spawn(move || {
            tx2.try_send(Token::new(2)).unwrap();
            tx1.try_send(Token::new(1)).unwrap();
            (tx1, tx2)
        });
        let got = block_on(select.next()).unwrap().1;
        // Nobody asks the select again.
        let (tx1, _tx2) = sender.join().unwrap();
        if got == 1 {
            tx1.try_send(Token::new(1)).unwrap();
        }
        assert_eq!(plain.join().unwrap(), 1);
    });
}

/// A kept select whose send is taken in the moment in which its future is dropped reports it the
/// next time.
#[test]
fn a_kept_select_reports_a_late_send() {
    model(2, || {
        let (tx, rx) = rendezvous();
        let (_other, silent) = unbounded::<Token>();
        let receiver = thread::spawn(move || {
            let got = rx.try_recv().is_ok();
            (got, rx)
        });
        let mut select = Select::new();
        let key = select.send(&tx, Token::new(1), |sent| sent.is_ok());
        select.recv(&silent, |_| unreachable!());
        let early = match poll_once(pin!(select.next())) {
            Poll::Ready(fired) => fired,
            Poll::Pending => None,
        };
        let (got, rx) = receiver.join().unwrap();
        let late = select.try_next();
        assert_eq!(early.or(late), got.then_some((key, true)));
        assert!(rx.try_recv().is_err(), "nothing stays in line between rounds");
    });
}
