//! What the macros accept, and what they do with it.

use std::time::{Duration, Instant};

use strait::channel::{Receiver, bounded, rendezvous, unbounded};
use strait::select::{after, at};
use strait::{select, select_biased, select_blocking, select_blocking_biased};

use crate::support::hand::block_on;

#[test]
fn every_kind_of_arm_and_body() {
    let (tx, rx) = bounded(1);
    let (full, _held) = bounded(1);
    full.try_send(0).unwrap();
    let nothing: Option<&Receiver<u8>> = None;
    for round in 0..3 {
        tx.try_send(round).unwrap();
        let got = block_on(async {
            select_biased! {
                _ = nothing.map(|rx| rx.recv()) => unreachable!(),
                _ = std::future::pending::<()>() => unreachable!(),
                sent = full.send(1), if round > 10 => { sent.unwrap(); 100 }
                (n, 7) | (n, _) = async { (rx.recv().await.unwrap(), 7) }, if round == 1 => 10 + n,
                _ = Some(std::future::pending::<()>()) => 4
                , message = rx.recv() => match message {
                    Ok(n) => n,
                    Err(error) => panic!("{error}"),
                },
                _ = after(Duration::from_secs(100)) => {
                    -2
                },
            }
        });
        assert_eq!(got, [0, 11, 2][round as usize]);
    }
}

#[test]
fn threads_default_and_time() {
    let (tx, rx) = rendezvous::<i32>();
    let answer = select_blocking! {
        _ = rx.recv() => 1,
        _ = tx.send(2) => 2,
        default => 3,
    };
    assert_eq!(answer, 3);
    let start = Instant::now();
    let answer = select_blocking_biased! {
        _ = rx.recv() => 1,
        _ = tx.send(2) => 2,
        _ = at(start + Duration::from_millis(3)) => 4
    };
    assert_eq!(answer, 4);
    assert!(start.elapsed() >= Duration::from_millis(3));
    let sum = block_on(async {
        let (tx, rx) = unbounded();
        let mut sum = 0;
        for i in 0..10 {
            select! {
                sent = tx.send(i) => sent.unwrap(),
                got = rx.recv() => sum += got.unwrap(),
            }
        }
        sum += rx.drain().sum::<i32>();
        let late = select! {
            got = rx.recv() => got.unwrap(),
            _ = after(Duration::from_millis(2)) => 1000,
        };
        sum + late
    });
    assert!(sum >= 1000);
}
