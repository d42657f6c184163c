//! Which lines of shared memory an operation of a channel touches, in which order: counted from
//! the code as it runs, for the model of many cores in `lab/src/scale`.
//!
//! One thread works on a channel in its steady state, so the sequences are those of operations
//! that meet nobody: what contention adds (a lost compare-and-swap, another look) the model makes
//! of them. `strait-ops.json` of the model must agree with the count: `cargo x count` checks it,
//! `cargo x count --write` renews it after a change that was meant.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::ptr;

use serde::Serialize;

use crate::kernel::cell::{Cell, Settled};
use crate::kernel::counted::{Access, Kind, record};
use crate::kernel::segment::Segment;
use crate::kernel::ticket::Ticket;

use super::core::Core;
use super::gate::Pending;
use super::recv::Claim;
use super::send::Begun;
use super::{Receiver, Sender, bounded, unbounded};

/// The message: one word, so that a cell has two.
type Word = usize;

const CELL: usize = size_of::<Cell<Word>>();
const RUN: usize = Segment::<Word>::CELLS as usize;
/// A whole number of runs, so that each run's share of the rare paths is there.
const MESSAGES: usize = 16 * RUN;
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lab/src/scale/strait-ops.json");

#[derive(Serialize)]
struct Counts {
    /// Bytes from one message to the next.
    cell_bytes: usize,
    /// Cells in a segment.
    run: usize,
    operations: Vec<Operation>,
}

/// All ways that one operation took.
#[derive(Serialize)]
struct Operation {
    capacity: String,
    name: &'static str,
    /// The most frequent first.
    paths: Vec<Route>,
}

#[derive(Serialize)]
struct Route {
    times: usize,
    /// `[count] kind place`.
    steps: Vec<String>,
}

/// The ways of the operations at one capacity, by their names.
type Ways = BTreeMap<&'static str, BTreeMap<Vec<String>, usize>>;

/// A channel, and the names of its memory.
struct Probe {
    tx: Sender<Word>,
    rx: Receiver<Word>,
    ways: Ways,
    /// Address of the cell that the operation is about, and its place in its segment.
    cell: usize,
    index: usize,
    is_warm: bool,
}

impl Probe {
    fn new(capacity: Option<usize>) -> Self {
        let (tx, rx) = capacity.map_or_else(unbounded, bounded);
        Self { tx, rx, ways: Ways::new(), cell: 0, index: 0, is_warm: false }
    }

    fn count<R>(&mut self, name: &'static str, operation: impl FnOnce(&Self) -> R) -> R {
        let (output, log) = record(|| operation(self));
        // Who moves a message in or out does so last; who finds none has looked at its place first.
        let unnamed = |access: &&Access| place(&self.tx.core, access.at).is_none();
        let moved = |access: &&Access| matches!(access.kind, Kind::Read | Kind::Write);
        let moved = log.iter().filter(unnamed).rfind(moved);
        self.cell = moved.or_else(|| log.iter().find(unnamed)).map_or(0, |access| access.at);
        self.cell = self.cell / CELL * CELL;
        if self.is_warm {
            let steps = self.steps(&log);
            *self.ways.entry(name).or_default().entry(steps).or_default() += 1;
        }
        output
    }

    /// The accesses by name, those in a row that are alike as one.
    fn steps(&self, log: &[Access]) -> Vec<String> {
        let mut steps: Vec<(usize, String)> = Vec::new();
        for access in log {
            let place = self.place(access.at);
            let step = format!("{} {place}", format!("{:?}", access.kind).to_lowercase());
            match steps.last_mut() {
                Some((count, last)) if *last == step => *count += 1,
                _ => steps.push((1, step)),
            }
        }
        let word = |(count, step): (usize, String)| match count {
            1 => step,
            _ => format!("{count} {step}"),
        };
        steps.into_iter().map(word).collect()
    }

    fn place(&self, at: usize) -> &'static str {
        place(&self.tx.core, at).unwrap_or_else(|| {
            // Cells follow the header of their segment.
            let segment = self.cell.saturating_sub(size_of::<Segment<Word>>() + self.index * CELL);
            if (self.cell..self.cell + CELL).contains(&at) {
                "cell"
            } else if (segment..segment + size_of::<Segment<Word>>()).contains(&at) {
                "segment"
            } else {
                "others"
            }
        })
    }

    fn about(&mut self, ticket: Ticket) {
        self.index = ticket.bits() as usize % RUN;
    }

    fn send(&mut self) {
        self.about(self.tx.core.load_rear().ticket());
        self.count("send", |probe| probe.tx.send_blocking(1)).unwrap();
    }

    fn recv(&mut self, name: &'static str) {
        self.about(self.rx.core.load_front().ticket());
        assert_eq!(self.count(name, |probe| probe.rx.recv_blocking()), Ok(1));
    }

    fn recv_in_vain(&mut self) {
        self.about(self.rx.core.load_front().ticket());
        let claim = self.count("recv-empty", |probe| probe.tx.core.claim(&mut false, None));
        assert!(matches!(claim, Claim::Empty));
    }

    fn send_over(&mut self) -> Pending<Word> {
        self.about(self.tx.core.load_rear().ticket());
        match self.count("send-over", |probe| probe.tx.core.begin_send(1, false)) {
            Begun::Waits(pending) => pending,
            _ => panic!("the channel is full"),
        }
    }

    /// Another look at a send that waits.
    fn settle(&mut self, name: &'static str, pending: &Pending<Word>) -> bool {
        self.about(pending.ticket);
        match self.count(name, |probe| probe.tx.core.settle(pending, 0)) {
            Settled::Pending => false,
            Settled::Sent => true,
            Settled::Returned(_) => panic!("nobody cancelled the channel"),
        }
    }

    /// A receiver that waits has said so, a send meets it.
    fn meet(&mut self) {
        assert!(self.count("announce", |probe| probe.tx.core.announce()));
        self.send();
        self.about(self.rx.core.load_front().ticket());
        let claim = self.count("recv", |probe| probe.tx.core.claim(&mut true, None));
        assert!(matches!(claim, Claim::Received(1)));
    }

    fn operations(self, capacity: Option<usize>) -> Vec<Operation> {
        let capacity = capacity.map_or_else(|| "unbounded".to_owned(), |c| c.to_string());
        let operation = |(name, ways): (_, BTreeMap<_, _>)| {
            let path = |(steps, times)| Route { times, steps };
            let mut paths: Vec<Route> = ways.into_iter().map(path).collect();
            paths.sort_by_key(|path| std::cmp::Reverse(path.times));
            Operation { capacity: capacity.clone(), name, paths }
        };
        self.ways.into_iter().map(operation).collect()
    }
}

/// The name of what lies at an address of the channel's head.
fn place(core: &Core<Word>, at: usize) -> Option<&'static str> {
    fn span<F>(field: &F) -> Range<usize> {
        let start = ptr::from_ref(field).addr();
        start..start + size_of::<F>()
    }
    // One name for what lies on one line.
    let places = [
        ("rear.limit", span(&core.rear.limit)),
        ("rear", span(&core.rear)),
        ("front", span(&core.front)),
        ("meta", span(&core.meta)),
        ("gate", span(&core.gate)),
        ("directory", span(&core.directory)),
        ("receivers", span(&core.receivers)),
    ];
    places.into_iter().find(|(_, span)| span.contains(&at)).map(|(name, _)| name)
}

/// One operation after another at one capacity, first unobserved, then counted.
fn count(capacity: Option<usize>) -> Vec<Operation> {
    let mut probe = Probe::new(capacity);
    for is_warm in [false, true] {
        probe.is_warm = is_warm;
        for _ in 0..MESSAGES {
            if capacity == Some(0) {
                probe.meet();
            } else {
                probe.send();
                probe.recv("recv");
            }
            probe.recv_in_vain();
        }
    }
    let Some(capacity) = capacity else { return probe.operations(None) };

    // The same on a full channel: each send waits, until a receive admits it, or takes it.
    let mut full = Probe::new(Some(capacity));
    (0..capacity).for_each(|_| full.send());
    for is_warm in [false, true] {
        full.is_warm = is_warm;
        for _ in 0..MESSAGES {
            let pending = full.send_over();
            assert!(!full.settle("send-wait", &pending));
            // Without capacity the receive takes this very message.
            let (recv, settle) = match capacity {
                0 => ("recv-over", "send-taken"),
                _ => ("recv", "send-admitted"),
            };
            full.recv(recv);
            assert!(full.settle(settle, &pending));
        }
    }
    let mut operations = probe.operations(Some(capacity));
    let of_full = full.operations(Some(capacity)).into_iter();
    operations.extend(of_full.filter(|operation| operation.name != "recv"));
    operations
}

#[test]
fn the_model_has_the_operations_of_the_code() {
    let capacities = [Some(0), Some(1), Some(64), Some(1024), None];
    let operations = capacities.into_iter().flat_map(count).collect();
    let counts = Counts { cell_bytes: CELL, run: RUN, operations };
    let fresh = serde_json::to_string_pretty(&counts).unwrap() + "\n";
    if std::env::var_os("STRAIT_COUNT_WRITE").is_some() {
        std::fs::write(FILE, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(Path::new(FILE)).unwrap_or_default();
    assert_eq!(kept, fresh, "`cargo x count --write` renews the file");
}

#[test]
fn each_counter_has_a_line_of_its_own() {
    let (tx, _rx) = bounded::<Word>(1);
    let words = [
        ptr::from_ref(&tx.core.rear.word).addr(),
        ptr::from_ref(&tx.core.front.word).addr(),
        ptr::from_ref(&tx.core.meta).addr(),
    ];
    assert!(words.is_sorted_by(|a, b| b - a >= 64), "{words:x?}");
}
