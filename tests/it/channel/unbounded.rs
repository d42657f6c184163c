//! No bound: never a wait, and what a burst took is given back.

#![forbid(unsafe_code)]

use std::process::Command;

use strait::channel::unbounded;

use crate::support::alloc::{Blocks, balanced};
use crate::support::hand::hand;
use crate::support::watch::{scaled, shrunk, within};

/// C7: a send never waits; order is kept over many segments.
#[test]
fn sends_never_wait() {
    let (tx, rx) = unbounded();
    let n = scaled(200_000);
    for i in 0..n {
        assert_eq!(hand(tx.send(i)).poll(), std::task::Poll::Ready(Ok(())));
    }
    assert_eq!((rx.len(), rx.is_full(), rx.capacity()), (n, false, None));
    for i in 0..n {
        assert_eq!(rx.try_recv(), Ok(i));
    }
    assert!(rx.is_empty());
}

/// C7: in waves of every size about a segment.
#[test]
fn waves() {
    let (tx, rx) = unbounded();
    let (mut sent, mut got) = (0, 0);
    for up in 1..140 {
        for down in [1, up / 2, up] {
            for _ in 0..up {
                tx.try_send(sent).unwrap();
                sent += 1;
            }
            for _ in 0..down {
                assert_eq!(rx.try_recv(), Ok(got));
                got += 1;
            }
            assert_eq!(rx.len(), sent - got);
        }
    }
    assert!(rx.drain().eq(got..sent));
}

/// A burst of a million is given back with the channel, every block of it; that most of it is given
/// back earlier, the next test looks at from outside.
#[test]
fn a_burst_is_given_back() {
    let burst = scaled(1_000_000);
    let blocks = Blocks::new();
    let entered = blocks.enter();
    let (tx, rx) = unbounded();
    for i in 0..burst {
        tx.try_send([i; 4]).unwrap();
    }
    let peak = blocks.bytes();
    assert!(peak >= (burst * 32) as i64, "what holds the messages is not counted: {peak} bytes");
    for i in 0..burst {
        assert_eq!(rx.try_recv(), Ok([i; 4]));
    }
    for i in 0..200 {
        tx.try_send([i; 4]).unwrap();
        rx.try_recv().unwrap();
    }
    drop((tx, rx));
    drop(entered);
    assert_eq!(blocks.live(), 0);
}

/// Bytes of this process that are in memory.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// The same burst in a process of its own, by what the system says is in memory.
#[test]
#[cfg(target_os = "linux")]
fn a_burst_leaves_the_memory() {
    if shrunk() {
        return;
    }
    let own = std::env::current_exe().unwrap();
    let name = "channel::unbounded::a_burst_in_a_process";
    let run = Command::new(own).args([name, "--exact", "--ignored", "--nocapture"]).output();
    let run = run.unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && told.contains("1 passed"), "{told}");
    println!("{told}");
}

#[test]
#[ignore = "run by a_burst_leaves_the_memory, alone in its process"]
#[cfg(target_os = "linux")]
fn a_burst_in_a_process() {
    let (tx, rx) = unbounded();
    let start = resident();
    for i in 0..1_000_000usize {
        tx.try_send([i; 8]).unwrap();
    }
    let peak = resident() - start;
    for i in 0..1_000_000 {
        assert_eq!(rx.try_recv(), Ok([i; 8]));
    }
    for i in 0..1000 {
        tx.try_send([i; 8]).unwrap();
        rx.try_recv().unwrap();
    }
    let after = resident().saturating_sub(start);
    println!("resident: {} KiB at the peak, {} KiB after", peak / 1024, after / 1024);
    assert!(peak > 60_000_000);
    assert!(after < peak / 4, "{after} of {peak} bytes stay");
}

/// Ends on many threads, and nothing is left over.
#[test]
fn nothing_is_left_over() {
    within(60, || {
        balanced(|| {
            let (tx, rx) = unbounded();
            let senders: Vec<_> = (0..3)
                .map(|_| {
                    let tx = tx.clone();
                    crate::support::watch::thread(move || {
                        (0..scaled(2000)).for_each(|i| tx.send_blocking(Box::new(i)).unwrap());
                    })
                })
                .collect();
            drop(tx);
            assert_eq!(rx.iter_blocking().count(), 3 * scaled(2000));
            senders.into_iter().for_each(|s| s.join().unwrap());
        });
    });
}
