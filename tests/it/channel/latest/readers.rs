//! H15: many writers, many readers.

#![forbid(unsafe_code)]

use strait::channel::{RecvError, latest};

use crate::support::hand::{block_on, poll_once};
use crate::support::rng::{Rng, seed};
use crate::support::wake::Probe;
use crate::support::watch::{scaled, thread, within};

const WRITERS: usize = 10;
const READERS: usize = 10;

/// No change is lost, no reader goes back, all see the last.
#[test]
fn writers_and_readers() {
    within(120, || {
        let n = scaled(2_000);
        let (tx, rx) = latest((0_usize, Box::new(0_usize)));
        let readers: Vec<_> = (0..READERS)
            .map(|number| {
                let mut rx = rx.clone();
                let rng = Rng::new(seed(0x1a7e) ^ number as u64);
                thread(move || {
                    let mut last = 0;
                    loop {
                        let found = match rng.below(4) {
                            0 => Ok(rx.borrow()),
                            1 => rx.changed_blocking(),
                            2 => block_on(rx.changed()),
                            _ => {
                                let probe = Probe::default();
                                let mut wait = Box::pin(rx.changed());
                                for _ in 0..rng.below(6) {
                                    if poll_once(wait.as_mut(), &probe.waker()).is_ready() {
                                        break;
                                    }
                                }
                                continue;
                            }
                        };
                        let Ok((version, same)) = found else { break };
                        assert_eq!(*version, **same, "a value is whole");
                        assert!(*version >= last, "{version} after {last}");
                        last = *version;
                    }
                    assert_eq!(rx.borrow().0, WRITERS * n);
                })
            })
            .collect();
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                let tx = tx.clone();
                thread(move || {
                    for _ in 0..n {
                        tx.send_with(|(old, _)| (old + 1, Box::new(old + 1))).unwrap();
                    }
                })
            })
            .collect();
        drop((tx, rx));
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}

/// Ping and pong by state alone: no wake-up is lost.
#[test]
fn ping_pong() {
    within(120, || {
        let n = scaled(20_000);
        let (ping, mut pinged) = latest(0);
        let (pong, mut ponged) = latest(0);
        let other = thread(move || {
            while let Ok(value) = pinged.changed_blocking() {
                pong.send(*value).unwrap();
            }
        });
        for i in 1..=n {
            ping.send(i).unwrap();
            assert_eq!(*block_on(ponged.changed()).unwrap(), i);
        }
        drop(ping);
        assert_eq!(ponged.changed_blocking(), Err(RecvError));
        other.join().unwrap();
    });
}
