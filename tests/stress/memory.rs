//! Memory over a long life: waves of messages, of waiters, of channels.

#![forbid(unsafe_code)]

use crate::run::Run;
use crate::support::alloc::Blocks;
use crate::support::caps::{CAPS, Kind};
use crate::support::hand::parked;
use crate::support::rng::Rng;
use crate::support::watch::scaled;

/// A channel that lives long, with waves of everything: what it keeps does not grow from one wave to
/// the next.
#[test]
#[ignore = "long"]
fn memory_stays_flat() {
    let run = Run::begin("memory");
    let rng = Rng::new(run.seed);
    let mut waves = 0;
    loop {
        for kind in CAPS.into_iter().flat_map(Kind::all) {
            let blocks = Blocks::new();
            let entered = blocks.enter();
            let (tx, rx) = kind.open::<[u64; 4]>();
            let mut early = 0;
            for wave in 0..40 {
                for _ in 0..scaled(2_000) {
                    match rng.below(4) {
                        0 => {
                            drop((0..rng.below(100)).map(|_| parked(rx.recv())).collect::<Vec<_>>())
                        }
                        1 => {
                            let sent =
                                (0..rng.below(300)).take_while(|_| tx.try_send([0; 4]).is_ok());
                            let sent = sent.count();
                            assert_eq!(rx.drain().count(), sent);
                        }
                        2 if kind.cap.is_some() => {
                            while tx.try_send([1; 4]).is_ok() {}
                            drop(
                                (0..rng.below(100))
                                    .map(|_| parked(tx.send([2; 4])))
                                    .collect::<Vec<_>>(),
                            );
                            while rx.try_recv().is_ok() {}
                        }
                        _ => drop((tx.clone(), rx.clone(), tx.downgrade())),
                    }
                }
                if wave == 9 {
                    early = blocks.bytes();
                }
            }
            waves += 40;
            let late = blocks.bytes();
            assert!(late <= early + (1 << 16), "{kind:?}: {early} bytes, later {late}");
            drop((tx, rx));
            drop(entered);
            assert_eq!(blocks.live(), 0);
        }
        if !run.go_on() {
            break;
        }
    }
    println!("memory: {waves} waves");
}
