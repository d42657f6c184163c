//! A select that is being polled or dropped is BUSY, and a select with a smaller address that meets
//! its message then goes to sleep on it (`Met::Left` in `channel/choice.rs`). Who wakes it? Here this is
//! no race: what runs in between is the destructor of a future that is an arm, or a waker.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Poll;

use strait::channel::{Receiver, Sender};
use strait::select_biased;

use super::attacks::Last;
use crate::support::caps::Kind;
use crate::support::hand::{parked, poll_once};
use crate::support::raw_waker::{Asked, hooked};
use crate::support::wake::Probe;
use crate::support::watch::within;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Shared<T> = Arc<Mutex<Option<T>>>;

/// A select that has run, what it gave, and how often it was woken by then.
type Ran = (Boxed<Option<u32>>, Option<Option<u32>>, usize);

/// Which of the two selects has the smaller address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Below {
    Sender,
    Receiver,
}

/// What runs while the select that sends is being dropped.
type Meanwhile = Box<dyn FnOnce() + Send>;

/// A select that sends 1, or one that receives; which of them is said before the first poll, when the address is known.
async fn either(
    tx: Sender<u32>,
    rx: Receiver<u32>,
    sends: Arc<OnceLock<bool>>,
    meanwhile: Shared<Meanwhile>,
) -> Option<u32> {
    if *sends.get().unwrap() {
        let run = Last(move || {
            let run = meanwhile.lock().unwrap().take();
            if let Some(run) = run {
                run();
            }
        });
        select_biased! {
            () = run => unreachable!(),
            // Acked, or it would meet the other one at once.
            sent = tx.send_acked(1) => sent.map(|()| 1).ok(),
        }
    } else {
        select_biased! {
            got = rx.recv() => got.ok(),
            () = pending::<()>() => unreachable!(),
        }
    }
}

/// A select that receives, and sleeps, and one that sends, and sleeps; the first was woken and has
/// not run.
struct Scene {
    tx: Sender<u32>,
    rx: Receiver<u32>,
    sender: Boxed<Option<u32>>,
    receiver: Boxed<Option<u32>>,
    meanwhile: Shared<Meanwhile>,
}

fn scene(kind: Kind, below: Below) -> Scene {
    let (tx, rx) = kind.open();
    let meanwhile = Shared::default();
    let new = || {
        let sends = Arc::new(OnceLock::new());
        let future = either(tx.clone(), rx.clone(), sends.clone(), meanwhile.clone());
        (Box::pin(future) as Boxed<Option<u32>>, sends)
    };
    let mut both = [new(), new()];
    both.sort_by_key(|(future, _)| (&raw const **future).cast::<()>().addr());
    let [(low, low_sends), (high, high_sends)] = both;
    low_sends.set(below == Below::Sender).unwrap();
    high_sends.set(below == Below::Receiver).unwrap();
    let (mut sender, mut receiver) = if below == Below::Sender { (low, high) } else { (high, low) };
    assert!(settle(&mut receiver, &Probe::default()).is_none());
    assert!(settle(&mut sender, &Probe::default()).is_none());
    Scene { tx, rx, sender, receiver, meanwhile }
}

/// Polls until it waits or is done.
fn settle<T>(future: &mut Boxed<T>, probe: &Probe) -> Option<T> {
    loop {
        let before = probe.count();
        match poll_once(future.as_mut(), &probe.waker()) {
            Poll::Ready(done) => return Some(done),
            Poll::Pending if probe.count() == before => return None,
            Poll::Pending => {}
        }
    }
}

/// The select that sends is dropped, and while it is, the one that receives runs; `before` has
/// happened to the channel by then. What does the second one get in the end? `None`: it sleeps.
fn met_while_leaving(
    kind: Kind,
    below: Below,
    before: impl FnOnce(&Sender<u32>),
) -> Option<Option<u32>> {
    let Scene { tx, rx: _rx, sender, mut receiver, meanwhile } = scene(kind, below);
    before(&tx);
    let probe = Probe::default();
    let result: Shared<Ran> = Arc::default();
    *meanwhile.lock().unwrap() = {
        let (probe, result) = (probe.clone(), result.clone());
        Some(Box::new(move || {
            let done = settle(&mut receiver, &probe);
            *result.lock().unwrap() = Some((receiver, done, probe.count()));
        }))
    };
    drop(sender);
    let (mut receiver, done, seen) = result.lock().unwrap().take().expect("the drop ran it");
    if done.is_none() && probe.count() != seen { settle(&mut receiver, &probe) } else { done }
}

/// A select leaves, and somebody sleeps on its message: who tells of the message behind it?
#[test]
fn the_message_behind_one_that_leaves_is_received() {
    within(20, || {
        for below in [Below::Sender, Below::Receiver] {
            for kind in Kind::all(Some(0)) {
                println!("{kind:?}, below: {below:?}");
                let kept = RefCell::new(Vec::new());
                let send = |tx: &Sender<u32>| {
                    // It waits, and is never polled again: it need not be, to be received.
                    let tx = tx.clone();
                    kept.borrow_mut().push(parked(async move { tx.send(2).await }));
                };
                let got = met_while_leaving(kind, below, send);
                assert_eq!(got, Some(Some(2)), "{kind:?}, below: {below:?}");
            }
        }
    });
}

/// The same, and the channel is closed: who tells of the end?
#[test]
fn the_end_behind_one_that_leaves_is_seen() {
    within(20, || {
        for below in [Below::Sender, Below::Receiver] {
            for kind in Kind::all(Some(0)) {
                println!("{kind:?}, below: {below:?}");
                let got = met_while_leaving(kind, below, |tx| _ = tx.close());
                assert_eq!(got, Some(None), "{kind:?}, below: {below:?}");
            }
        }
    });
}

/// A cancel wakes the receivers, then empties the line. One that runs in between, and sleeps on the
/// message of a select that is BUSY, must hear of the end all the same.
#[test]
fn a_cancel_between_two_selects_is_seen_by_both() {
    within(20, || {
        for below in [Below::Sender, Below::Receiver] {
            for kind in Kind::all(Some(0)) {
                println!("{kind:?}, below: {below:?}");
                let Scene { tx: _tx, rx, sender, receiver, meanwhile } = scene(kind, below);
                let (receiver, probe) = (Arc::new(Mutex::new(receiver)), Probe::default());
                let done: Shared<Option<u32>> = Arc::default();
                // Woken, it runs at once.
                let waker = {
                    let (receiver, probe, done) = (receiver.clone(), probe.clone(), done.clone());
                    hooked(move |asked| {
                        if asked == Asked::Wake
                            && let Ok(mut own) = receiver.try_lock()
                        {
                            *done.lock().unwrap() = settle(&mut own, &probe);
                        }
                    })
                };
                *meanwhile.lock().unwrap() = {
                    let receiver = receiver.clone();
                    Some(Box::new(move || {
                        // More than one poll: it yields at first.
                        for _ in 0..100 {
                            let poll = poll_once(receiver.lock().unwrap().as_mut(), &waker);
                            assert!(poll.is_pending(), "nobody has sent");
                        }
                        rx.cancel();
                    }))
                };
                drop(sender);
                let seen = done.lock().unwrap().take();
                if seen.is_none() {
                    assert_ne!(probe.count(), 0, "{kind:?}, below: {below:?}: not woken");
                    let end = settle(&mut receiver.lock().unwrap(), &probe);
                    assert_eq!(end, Some(None), "{kind:?}, below: {below:?}");
                }
            }
        }
    });
}
