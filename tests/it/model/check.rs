//! The search: all states that the channel may be in, carried through the history event by event.
//!
//! At a return, every step that any call under way could have taken by then is taken (the closure of
//! the set of states), and only states in which the call has settled as it returned are kept. No
//! state left: no order explains the history. This is the search of Wing and Gong ("Testing and
//! verifying concurrent objects", 1993) with the states of one moment merged, as in Lowe's "Testing
//! for linearizability" (2017); calls of several steps, that wait and are given up, come for free.

#![forbid(unsafe_code)]

use std::collections::HashSet;

use super::history::{Event, Op, What};
use super::spec::{Config, Phase, Spec, agrees};
use crate::support::caps::Kind;

/// More states than a history of the length used here comes near to.
const STATES: usize = 2_000_000;

/// Whether some order explains the history. `Err` holds the number of events that one does.
pub fn linearizable(kind: Kind, history: &[Event]) -> Result<(), usize> {
    let calls = history.iter().map(|event| event.call + 1).max().unwrap_or(0);
    let mut ops = vec![Op::Len; calls];
    for event in history {
        if let What::Call(op) = event.what {
            ops[event.call] = op;
        }
    }
    let spec = Spec { kind, ops };
    let mut leaves = vec![false; calls];
    let mut states = HashSet::from([spec.start()]);
    for (done, event) in history.iter().enumerate() {
        let call = event.call;
        match event.what {
            What::Call(_) => states = set(states, call, Phase::Called),
            What::Leaves => leaves[call] = true,
            What::Runs => {}
            What::Waits => {
                states = closure(&spec, states, &leaves);
                states.retain(|s| spec.ops[call] == Op::Recv || s.phases[call] != Phase::Called);
            }
            What::Return(seen) => {
                states = closure(&spec, states, &leaves);
                states.retain(
                    |s| matches!(s.phases[call], Phase::Settled(outcome) if agrees(outcome, seen)),
                );
                states = set(states, call, Phase::Done);
            }
        }
        if states.is_empty() {
            return Err(done);
        }
    }
    Ok(())
}

fn set(states: HashSet<Config>, call: usize, phase: Phase) -> HashSet<Config> {
    let change = |mut state: Config| {
        state.phases[call] = phase;
        state
    };
    states.into_iter().map(change).collect()
}

fn closure(spec: &Spec, mut states: HashSet<Config>, leaves: &[bool]) -> HashSet<Config> {
    let mut fresh: Vec<Config> = states.iter().cloned().collect();
    while let Some(state) = fresh.pop() {
        for (call, leaves) in leaves.iter().enumerate() {
            spec.steps(&state, call, *leaves, |next| {
                if states.insert(next.clone()) {
                    fresh.push(next);
                }
            });
        }
        assert!(states.len() < STATES, "the history is too wide to be searched");
    }
    states
}
