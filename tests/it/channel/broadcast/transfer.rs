//! Threads and tasks together: nothing lost, doubled or out of order.

#![forbid(unsafe_code)]

use strait::channel::{BroadcastBuilder, BroadcastReceiver, BroadcastRecvError, BroadcastSender};

use crate::support::hand::{block_on, poll_once};
use crate::support::rng::{Rng, seed};
use crate::support::wake::Probe;
use crate::support::watch::{scaled, thread, within};

const SENDERS: usize = 3;

/// One that sends by thread, by task, and by futures that it drops.
fn send_all(tx: &BroadcastSender<(usize, usize)>, number: usize, n: usize, rng: &Rng) {
    for i in 0..n {
        match rng.below(3) {
            0 => drop(tx.send_blocking((number, i)).unwrap()),
            1 => drop(block_on(tx.send((number, i))).unwrap()),
            _ => loop {
                let probe = Probe::default();
                let mut send = Box::pin(tx.send((number, i)));
                let polls = 1 + rng.below(6);
                let sent = (0..polls).any(|_| poll_once(send.as_mut(), &probe.waker()).is_ready());
                drop(send);
                if sent {
                    break;
                }
                std::thread::yield_now();
            },
        }
    }
}

/// All elements, in the order of each sender; how many were missed.
fn recv_all(rx: &mut BroadcastReceiver<(usize, usize)>, rng: &Rng) -> (Vec<(usize, usize)>, u64) {
    let (mut seen, mut missed) = (Vec::new(), 0);
    loop {
        let received = match rng.below(4) {
            0 => rx.recv_blocking(),
            1 => block_on(rx.recv()),
            2 => rx.recv_ref_blocking().map(|element| *element),
            _ => {
                let probe = Probe::default();
                let mut recv = Box::pin(rx.recv());
                match poll_once(recv.as_mut(), &probe.waker()) {
                    std::task::Poll::Ready(received) => received,
                    std::task::Poll::Pending => continue,
                }
            }
        };
        match received {
            Ok(element) => seen.push(element),
            Err(BroadcastRecvError::Lagged(n)) => missed += n,
            Err(BroadcastRecvError::Closed) => return (seen, missed),
        }
    }
}

fn run(capacity: usize, lags: bool, receivers: usize) {
    let n = scaled(4_000);
    let (tx, rx) = BroadcastBuilder::new(capacity).lagging(lags).build();
    let readers: Vec<_> = (0..receivers)
        .map(|number| {
            let mut rx = rx.clone();
            thread(move || recv_all(&mut rx, &Rng::new(seed(0x7ead) ^ number as u64)))
        })
        .collect();
    drop(rx);
    let senders: Vec<_> = (0..SENDERS)
        .map(|number| {
            let tx = tx.clone();
            thread(move || send_all(&tx, number, n, &Rng::new(seed(0x5e4d) ^ number as u64)))
        })
        .collect();
    drop(tx);
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    let all: Vec<_> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
    for (seen, missed) in &all {
        assert_eq!(seen.len() + *missed as usize, SENDERS * n);
        assert!(lags || *missed == 0);
        let mut next = [0; SENDERS];
        for &(sender, i) in seen {
            assert!(i >= next[sender], "{i} of {sender} after {}", next[sender]);
            next[sender] = i + 1;
        }
    }
    if !lags {
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "one order for all");
    }
}

#[test]
fn lossless() {
    for (capacity, receivers) in [(1, 1), (1, 3), (3, 2), (16, 3)] {
        within(120, move || run(capacity, false, receivers));
    }
}

#[test]
fn lagging() {
    for (capacity, receivers) in [(1, 1), (1, 3), (3, 2), (16, 3)] {
        within(120, move || run(capacity, true, receivers));
    }
}
