//! Threads that empty queues of ours: those of pools, and of single dispatchers.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::Arc;

use crate::kernel::parker::Parker;
use crate::kernel::prim::{cores, start_thread};

use super::crowd::{Crowd, Drainer, Turn};
use super::gate::Gate;
use super::port::{Kind, Port, Work};
use super::runtime::Runtime;
use super::sleepers::Sleep;
use super::solo::Solo;

/// How often a thread looks for work before it parks: about two microseconds.
const LOOKS: u32 = 2_000;

/// Starts the threads of a pool.
pub(super) fn pool(name: &str, count: usize) -> (Port, Arc<Gate>) {
    let gate = Gate::new(count);
    let (port, drainers) = Crowd::open(count, Some(gate.clone()));
    rouse(&gate, &port);
    for (i, drainer) in drainers.into_iter().enumerate() {
        let gate = gate.clone();
        in_runtime(&format!("{name}-{i}"), move || drain(drainer, &gate));
    }
    (port, gate)
}

/// Starts the thread of a single dispatcher.
pub(super) fn single(name: &str) -> (Port, Arc<Gate>) {
    let gate = Gate::new(1);
    let port = Port::new(Kind::Solo(Solo::new(Some(gate.clone()))));
    rouse(&gate, &port);
    let (own, at) = (port.clone(), gate.clone());
    in_runtime(name, move || alone(&own, &at));
    (port, gate)
}

fn rouse(gate: &Arc<Gate>, port: &Port) {
    let port = port.clone();
    gate.roused_by(move || port.rouse());
}

/// Starts a thread on which timers and sockets of the current runtime work, if there is one.
fn in_runtime(name: &str, run: impl FnOnce() + Send + 'static) {
    let runtime = Runtime::try_current();
    start_thread(name, move || {
        let _guard = runtime.as_ref().map(Runtime::enter);
        run();
    });
}

fn drain(mut drainer: Drainer, gate: &Gate) {
    Parker::with(|parker| {
        loop {
            if drainer.turn(parker.waker()) == Turn::Again {
                continue;
            }
            if gate.is_over() {
                break;
            }
            parker.park(None);
        }
    });
    if let Kind::Crowd(crowd) = drainer.port().kind() {
        crowd.close();
    }
    drop(drainer);
    gate.thread_gone();
}

fn alone(port: &Port, gate: &Gate) {
    let Kind::Solo(solo) = port.kind() else { return };
    let mut batch: VecDeque<Work> = VecDeque::new();
    let mut sleep = Sleep::default();
    Parker::with(|parker| {
        loop {
            if solo.take(&mut batch, &mut sleep) {
                while let Some(work) = batch.pop_front() {
                    work.run();
                }
            } else if gate.is_over() {
                break;
            } else if !look(solo) && solo.lie_down(&mut sleep, parker.waker()) {
                if gate.is_over() {
                    break;
                }
                parker.park(None);
            }
        }
    });
    gate.thread_gone();
}

/// Looks for work for a while.
fn look(solo: &Solo) -> bool {
    let looks = if cores() > 1 { LOOKS } else { 0 };
    (0..looks).any(|i| {
        // Loads, with few pauses: a virtual machine takes a core away from who pauses.
        if i % 16 == 0 {
            std::hint::spin_loop();
        }
        !solo.is_empty()
    })
}
