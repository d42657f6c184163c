//! Models: every interleaving of a few operations, under the C11 memory model as loom knows it.
//!
//! Segments have two cells here, and tickets start two before the wrap. Each model has a mutant,
//! a build with one line of the algorithm taken away (`--cfg strait_mutant="NAME"`), that it must
//! catch: `cargo x loom --mutants`.

#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Wake, Waker};

use ::loom::future::block_on;
use ::loom::sync::Arc;
use ::loom::sync::atomic::{AtomicUsize, Ordering};
use ::loom::thread;

use super::*;

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

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    let waker = Waker::from(StdArc::new(Idle));
    future.poll(&mut Context::from_waker(&waker))
}

fn model(f: impl Fn() + Sync + Send + 'static) {
    model_with(2, f);
}

/// Explores with so many preemptions, unless the environment says otherwise.
fn model_with(preemptions: usize, f: impl Fn() + Sync + Send + 'static) {
    let mut builder = ::loom::model::Builder::new();
    builder.max_branches = 20_000;
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.check(f);
}

/// M1, M2: a send meets a receive that is about to sleep.
/// Mutants: recv_no_recheck, notify_unordered.
#[test]
fn send_wakes_the_receiver() {
    for capacity in [0, 1, 2] {
        model(move || {
            let (tx, rx) = bounded(capacity);
            let sender = thread::spawn(move || block_on(tx.send(Token::new(1))).unwrap());
            assert_eq!(block_on(rx.recv()).unwrap().1, 1);
            sender.join().unwrap();
        });
    }
}

/// M2, the other side: a receive meets a send that is about to sleep.
/// Mutant: send_no_recheck.
#[test]
fn receive_wakes_the_sender() {
    model(|| {
        let (tx, rx) = bounded(1);
        tx.try_send(Token::new(0)).unwrap();
        let sender = thread::spawn(move || block_on(tx.send(Token::new(1))).unwrap());
        assert_eq!(rx.try_recv().unwrap().1, 0);
        sender.join().unwrap();
        assert_eq!(rx.try_recv().unwrap().1, 1);
    });
}

/// M3: a receiver that was told, and is dropped, tells the next one.
/// Mutant: recv_no_baton.
#[test]
fn a_dropped_receiver_passes_its_wake_up_on() {
    for fair in [false, true] {
        model(move || {
            let (tx, rx) = Builder::new().unbounded().fair(fair).build::<Token>();
            let mut first = Box::pin(rx.recv());
            let polled = poll_once(first.as_mut());
            assert!(polled.is_pending());
            let other = rx.clone();
            let second = thread::spawn(move || block_on(other.recv()).unwrap().1);
            let sender = thread::spawn(move || {
                tx.try_send(Token::new(7)).unwrap();
                tx
            });
            drop(first);
            assert_eq!(second.join().unwrap(), 7);
            drop(sender.join().unwrap());
        });
    }
}

/// M4: a waiting send is dropped while a receiver takes what is there.
/// Mutants: withdraw_always, hole_not_counted.
#[test]
fn a_withdrawn_send_is_received_or_dropped() {
    for (capacity, acked) in [(0, false), (1, false), (1, true)] {
        model(move || {
            let (tx, rx) = bounded(capacity);
            for i in 0..capacity {
                tx.try_send(Token::new(i)).unwrap();
            }
            let sender = {
                let tx = tx.clone();
                thread::spawn(move || {
                    if acked {
                        let mut send = Box::pin(tx.send_acked(Token::new(9)));
                        matches!(poll_once(send.as_mut()), Poll::Ready(Ok(())))
                    } else {
                        let mut slot = Some(Token::new(9));
                        let send = Box::pin(tx.send_ref(&mut slot));
                        let mut send = send;
                        let _ = poll_once(send.as_mut());
                        drop(send);
                        slot.is_none()
                    }
                })
            };
            let mut got = Vec::new();
            for _ in 0..2 {
                got.extend(rx.try_recv().ok().map(|token| token.1));
            }
            let sent = sender.join().unwrap();
            got.extend(rx.drain().map(|token| token.1));
            let received = got.contains(&9);
            assert!(received || !sent, "what was sent is received");
            assert!(acked || sent || !received, "what came back is not received");
            // The window is as it was: exactly `capacity` sends fit.
            for i in 0..capacity {
                tx.try_send(Token::new(i)).unwrap();
            }
            assert!(tx.try_send(Token::new(5)).is_err());
        });
    }
}

/// M4: two waiting sends are withdrawn around one that stays; the one that stays is admitted.
/// Mutant: hole_not_counted.
#[test]
fn holes_do_not_hold_up_the_rest() {
    model(|| {
        let (tx, rx) = bounded(1);
        tx.try_send(Token::new(0)).unwrap();
        let mut gone = Box::pin(tx.send(Token::new(1)));
        assert!(poll_once(gone.as_mut()).is_pending());
        let stays = {
            let tx = tx.clone();
            thread::spawn(move || block_on(tx.send(Token::new(2))).unwrap())
        };
        let receiver = thread::spawn(move || {
            assert_eq!(rx.try_recv().unwrap().1, 0);
            rx
        });
        drop(gone);
        let rx = receiver.join().unwrap();
        stays.join().unwrap();
        assert_eq!(rx.try_recv().unwrap().1, 2);
        assert!(rx.try_recv().is_err());
        tx.try_send(Token::new(3)).unwrap();
        assert!(tx.try_send(Token::new(4)).is_err());
    });
}

/// M5: an announced receiver goes away; the window is narrow again, and nothing is lost.
/// Mutant: no_retract.
#[test]
fn an_announcement_is_taken_back() {
    model(|| {
        let (tx, rx) = rendezvous();
        let sender = {
            let tx = tx.clone();
            thread::spawn(move || tx.try_send(Token::new(1)).is_ok())
        };
        let mut recv = Box::pin(rx.recv());
        let polled = poll_once(recv.as_mut());
        drop(recv);
        let sent = sender.join().unwrap();
        let left = rx.try_recv().is_ok();
        assert_eq!(sent, polled.is_ready() || left);
        assert!(tx.try_send(Token::new(2)).is_err(), "nobody waits");
    });
}

/// M6: segments are recycled while senders come and go.
/// Mutant: retire_unfinished.
#[test]
fn segments_are_recycled_behind_the_front() {
    model(|| {
        let (tx, rx) = unbounded();
        for i in 0..3 {
            tx.try_send(Token::new(i)).unwrap();
        }
        let sender = thread::spawn(move || {
            tx.try_send(Token::new(3)).unwrap();
            tx.try_send(Token::new(4)).unwrap();
        });
        let other = rx.clone();
        let receiver = thread::spawn(move || other.try_recv().unwrap().1);
        let mut got: Vec<_> = (0..2).map(|_| block_on(rx.recv()).unwrap().1).collect();
        got.push(receiver.join().unwrap());
        while let Ok(token) = block_on(rx.recv()) {
            got.push(token.1);
        }
        sender.join().unwrap();
        got.sort_unstable();
        assert_eq!(got, [0, 1, 2, 3, 4]);
    });
}

/// M7: a send that races with the close is received, or fails.
/// Mutant: late_send_lands.
#[test]
fn close_races_with_send_and_receive() {
    for capacity in [0, 1] {
        model(move || {
            let (tx, rx) = bounded(capacity);
            let sender = {
                let tx = tx.clone();
                thread::spawn(move || block_on(tx.send(Token::new(1))).is_ok())
            };
            let closer = thread::spawn(move || {
                assert!(tx.close());
                tx
            });
            let received = block_on(rx.recv()).is_ok();
            assert!(block_on(rx.recv()).is_err());
            drop(closer.join().unwrap());
            assert_eq!(sender.join().unwrap(), received);
        });
    }
}

/// M8: the last receiver goes while a send waits: its message comes back, and what was in the
/// channel is dropped. Mutant: returned_is_sent.
#[test]
fn cancel_gives_waiting_sends_their_messages_back() {
    for capacity in [0, 1] {
        model(move || {
            let (tx, rx) = bounded(capacity);
            for i in 0..capacity {
                tx.try_send(Token::new(i)).unwrap();
            }
            let sender = thread::spawn(move || {
                let sent = block_on(tx.send(Token::new(9)));
                assert_eq!(sent.unwrap_err().into_inner().1, 9);
            });
            drop(rx);
            sender.join().unwrap();
        });
    }
}

/// The same for a send that waits for its receipt.
/// Mutant: returned_is_sent.
#[test]
fn a_receipt_means_received() {
    model(|| {
        let (tx, rx) = unbounded();
        let received = Arc::new(AtomicUsize::new(0));
        let sender = {
            let received = Arc::clone(&received);
            thread::spawn(move || {
                if block_on(tx.send_acked(Token::new(1))).is_ok() {
                    received.fetch_add(1, Ordering::SeqCst);
                }
            })
        };
        let got = rx.try_recv().is_ok();
        drop(rx);
        sender.join().unwrap();
        assert_eq!(received.load(Ordering::SeqCst), usize::from(got));
    });
}

/// Lock-free mode: a receiver breaks the cell of a sender that does not come.
/// Mutant: break_blindly.
#[test]
fn a_broken_cell_loses_nothing() {
    model_with(3, || {
        let (tx, rx) = Builder::new().unbounded().lock_free(true).build();
        let other = tx.clone();
        let sender = thread::spawn(move || other.try_send(Token::new(1)).unwrap());
        tx.try_send(Token::new(2)).unwrap();
        drop(tx);
        let got = rx.try_recv().unwrap().1;
        sender.join().unwrap();
        let mut all: Vec<_> = rx.drain().map(|token| token.1).collect();
        all.push(got);
        all.sort_unstable();
        assert_eq!(all, [1, 2]);
    });
}

/// Two pushes into a conflated channel and a receiver: every message is somewhere, once.
#[test]
fn conflation_hands_back_what_it_displaces() {
    model(|| {
        let (tx, rx) = conflated();
        let other = tx.clone();
        let pusher = thread::spawn(move || other.push(Token::new(1)).unwrap().map(|t| t.1));
        let back = tx.push(Token::new(2)).unwrap().map(|t| t.1);
        let got = rx.try_recv().ok().map(|t| t.1);
        let other_back = pusher.join().unwrap();
        let rest: Vec<_> = rx.drain().map(|t| t.1).collect();
        assert!(rest.len() <= 1);
        let mut all: Vec<_> = rest.into_iter().chain(back).chain(got).chain(other_back).collect();
        all.sort_unstable();
        assert_eq!(all, [1, 2]);
    });
}

/// A future that is told while it is polled by another task wakes that one.
/// Mutant: rewake_forgets.
#[test]
fn a_receive_that_moves_to_another_task_wakes_it() {
    model(|| {
        let (tx, rx) = unbounded();
        let mut recv = Box::pin(rx.recv());
        assert!(poll_once(recv.as_mut()).is_pending());
        let sender = thread::spawn(move || {
            tx.try_send(Token::new(1)).unwrap();
            tx
        });
        assert_eq!(block_on(recv).unwrap().1, 1);
        drop(sender.join().unwrap());
    });
}

/// The same for a send. Mutant: rewake_forgets.
#[test]
fn a_send_that_moves_to_another_task_wakes_it() {
    model(|| {
        let (tx, rx) = bounded(1);
        tx.try_send(Token::new(0)).unwrap();
        let mut send = Box::pin(tx.send(Token::new(1)));
        assert!(poll_once(send.as_mut()).is_pending());
        let receiver = thread::spawn(move || {
            assert_eq!(rx.try_recv().unwrap().1, 0);
            rx
        });
        block_on(send).unwrap();
        drop(receiver.join().unwrap());
    });
}

/// The same for a wait for the end. Mutant: rewake_forgets.
#[test]
fn a_wait_for_the_end_that_moves_wakes_the_right_task() {
    model(|| {
        let (tx, rx) = bounded::<Token>(1);
        let mut closed = Box::pin(tx.closed());
        assert!(poll_once(closed.as_mut()).is_pending());
        let closer = thread::spawn(move || {
            rx.close();
            rx
        });
        block_on(closed);
        drop(closer.join().unwrap());
    });
}

/// A withdrawal widens the window, a retracted announcement narrows it: a receiver that looked
/// before must not take the front for unchanged.
#[test]
fn a_hole_and_a_retraction_do_not_cancel_out() {
    model(|| {
        let (tx, rx) = rendezvous();
        let mut recv = Box::pin(rx.recv());
        assert!(poll_once(recv.as_mut()).is_pending());
        let mut send = Box::pin(tx.send_acked(Token::new(9)));
        assert!(poll_once(send.as_mut()).is_pending());
        let other = rx.clone();
        let receiver = thread::spawn(move || other.try_recv().is_ok());
        drop(send);
        drop(recv);
        receiver.join().unwrap();
        assert!(rx.try_recv().is_err());
        let front = tx.core.load_front();
        assert_eq!((front.announced(), front.holes()), (0, 0), "the window is as it was");
        assert!(tx.try_send(Token::new(5)).is_err(), "nobody waits");
    });
}

/// A run of withdrawn sends loses its segment while a receiver looks at it with an old pointer.
#[test]
fn a_buried_run_is_not_taken_for_a_stopped_sender() {
    model_with(3, || {
        let (tx, rx) = Builder::new().unbounded().lock_free(true).build();
        tx.try_send(0).unwrap();
        tx.try_send(1).unwrap();
        rx.try_recv().unwrap();
        let senders: Vec<_> = (0..2)
            .map(|i| {
                let tx = tx.clone();
                thread::spawn(move || {
                    let mut send = Box::pin(tx.send_acked(5 + i));
                    let _ = poll_once(send.as_mut());
                })
            })
            .collect();
        rx.try_recv().unwrap();
        let _ = rx.try_recv();
        for sender in senders {
            sender.join().unwrap();
        }
    });
}
