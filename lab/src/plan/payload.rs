//! Rows whose messages are larger than a word, and rows whose producers and consumers do something
//! besides.

use super::channels::{ready, streams};
use super::{BUFFER, CROWDS, RENDEZVOUS, Row, Set, WORK, set};
use crate::rival::Rival;
use crate::shape::{Capacity, Payload};
use crate::workload::Job;

const PAYLOAD_NOTE: &str = "\
Messages of 32 bytes, and messages on the heap that the sender allocates and the receiver frees.";

const WORK_NOTE: &str = "\
After each operation both sides do 100 steps of an xorshift generator in the mean, geometrically \
distributed, about 180 ns: with two processors a message cannot take less than that.";

const ROOMS: [Capacity; 3] = [RENDEZVOUS, BUFFER, Capacity::Bounded(1024)];

pub(super) fn sets(rivals: &[&'static Rival]) -> Vec<Set> {
    vec![set("Payloads", PAYLOAD_NOTE, payloads(rivals)), set("With work", WORK_NOTE, work(rivals))]
}

/// On threads and on 2 workers, one to one and many to many.
fn places() -> impl Iterator<Item = (&'static str, Job)> {
    let crowds = CROWDS.into_iter().filter(|&(_, producers, consumers)| producers == consumers);
    crowds.flat_map(|(crowd, producers, consumers)| {
        let job = Job { producers, consumers, ..Job::at(BUFFER) };
        [(crowd, job), (crowd, Job { workers: 2, ..job })]
    })
}

fn payloads(rivals: &[&'static Rival]) -> Vec<Row> {
    let mut rows = Vec::new();
    for payload in [Payload::Bytes32, Payload::Boxed] {
        for capacity in [BUFFER, Capacity::Unbounded] {
            let job = Job { payload, ..Job::at(capacity) };
            let name = format!("threads/same/{capacity}");
            rows.push(Row::new(&name, job, rivals, |rival| (rival.threads)(capacity)?.same));
            rows.push(ready(rivals, Job { workers: 2, ..job }));
            for (crowd, job) in places() {
                rows.push(streams(rivals, crowd, Job { capacity, payload, ..job }));
            }
        }
    }
    rows
}

fn work(rivals: &[&'static Rival]) -> Vec<Row> {
    let rows = ROOMS.into_iter().flat_map(|capacity| {
        places().map(move |(crowd, job)| (crowd, Job { capacity, work: WORK, ..job }))
    });
    rows.map(|(crowd, job)| streams(rivals, crowd, job)).collect()
}
