//! Who loses or doubles a message when a future is dropped: tried, so that the daggers are no
//! hearsay. Futures are polled by hand and dropped between being completed from the other side and
//! being polled again. All at capacity 1, which every library has.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::{
    Rival, async_channel, crossfire, flume, futures_channel, kanal, loole, strait, tachyonix, tokio,
};
use crate::shape::{Capacity, Tasks};

/// Polls so often that a future which gives way to others before it waits is waiting then.
fn poll<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    (0..8).map(|_| future.as_mut().poll(&mut context)).find(Poll::is_ready).unwrap_or(Poll::Pending)
}

/// Whether a message is gone once the receive that waited for it is dropped.
fn loses<R: Tasks>() -> bool {
    let (mut tx, mut rx) = R::make(Capacity::Bounded(1));
    {
        let mut receive = pin!(R::recv(&mut rx));
        assert_eq!(poll(receive.as_mut()), Poll::Pending);
        assert!(R::try_send(&mut tx, 7));
    }
    poll(pin!(R::recv(&mut rx))) != Poll::Ready(Some(7))
}

/// Whether a message arrives although the send that waited with it was dropped unfinished: whoever
/// sends it again doubles it.
fn doubles<R: Tasks>() -> bool {
    let (mut tx, mut rx) = R::make(Capacity::Bounded(1));
    let mut received = Vec::new();
    let mut dropped = 0;
    loop {
        let mut send = pin!(R::send(&mut tx, dropped));
        if poll(send.as_mut()).is_pending() {
            received.push(poll(pin!(R::recv(&mut rx))));
            break;
        }
        dropped += 1;
    }
    received.extend((0..=dropped).map(|_| poll(pin!(R::recv(&mut rx)))));
    assert_eq!(received[0], Poll::Ready(Some(0)), "what is first in line comes first");
    received.contains(&Poll::Ready(Some(dropped)))
}

#[test]
fn daggers_are_where_dropped_futures_lose_or_double() {
    type Tries = [fn() -> bool; 2];
    fn tries<R: Tasks>() -> Tries {
        [loses::<R>, doubles::<R>]
    }
    let rivals: [(&Rival, Tries, [bool; 2]); 9] = [
        (&strait::PLAIN, tries::<strait::Strait<false, false>>(), [false, false]),
        (&tokio::RIVAL, tries::<tokio::Bounded>(), [false, false]),
        (&async_channel::RIVAL, tries::<async_channel::AsyncChannel>(), [false, false]),
        (&crossfire::RIVAL, tries::<crossfire::Bounded>(), [false, false]),
        (&tachyonix::RIVAL, tries::<tachyonix::Tachyonix>(), [false, false]),
        (&kanal::RIVAL, tries::<kanal::Kanal>(), [true, true]),
        (&flume::RIVAL, tries::<flume::Flume>(), [false, true]),
        (&loole::RIVAL, tries::<loole::Loole>(), [false, true]),
        (&futures_channel::RIVAL, tries::<futures_channel::Bounded>(), [false, true]),
    ];
    for (rival, [loses, doubles], known) in rivals {
        assert_eq!([loses(), doubles()], known, "{}: loses, doubles", rival.name);
        assert_eq!(rival.cancel_safe, known == [false, false], "{}", rival.name);
    }
}

/// The forms of one library are alike, and nobody who has futures goes untried.
#[test]
fn whoever_has_futures_is_tried() {
    let tried = [
        "strait",
        "tokio",
        "async-channel",
        "crossfire",
        "tachyonix",
        "kanal",
        "flume",
        "loole",
        "futures-channel",
    ];
    // Those outside are asked about elsewhere: nobody polls their futures by hand.
    for rival in super::ALL.iter().filter(|rival| rival.outside.is_none()) {
        let runs = (rival.tasks)(Capacity::Bounded(1)).is_some();
        assert!(!runs || tried.contains(&rival.package), "{}", rival.name);
    }
}
