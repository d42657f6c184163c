//! The search, as in the model of one channel.

#![forbid(unsafe_code)]

use std::collections::HashSet;

use super::spec::{CALLED, Config, End, Op, Phase, Spec};
use crate::model::history::{Event, What};

/// What selects did.
pub type Line = Event<Op, End>;

/// More states than a history of the length used here comes near to.
const STATES: usize = 2_000_000;

/// Whether some order explains the history. `Err` holds the number of events that one does.
pub fn linearizable(caps: &[usize], history: &[Line]) -> Result<(), usize> {
    let calls = history.iter().map(|event| event.call + 1).max().unwrap_or(0);
    let mut ops = vec![Op::Now([None; 3]); calls];
    for event in history {
        if let What::Call(op) = event.what {
            ops[event.call] = op;
        }
    }
    let spec = Spec { caps: caps.to_vec(), ops };
    let mut leaves = vec![false; calls];
    let mut states = HashSet::from([spec.start()]);
    for (done, event) in history.iter().enumerate() {
        let call = event.call;
        match event.what {
            What::Call(_) => states = change(states, |state| state.phases[call] = CALLED),
            What::Leaves => leaves[call] = true,
            What::Runs => states = change(states, |state| wake(&mut state.phases[call], true)),
            What::Waits => {
                states = closure(&spec, states, &leaves);
                // Who is met by a receiver while it falls asleep is woken at once.
                states.retain(|state| {
                    let open = matches!(state.phases[call], Phase::Open { owed: None, .. });
                    !open || spec.is_disturbed(state, call) || spec.is_in_line(state, call)
                });
                states = change(states, |state| {
                    if !spec.is_disturbed(state, call) {
                        wake(&mut state.phases[call], false);
                    }
                });
            }
            What::Return(seen) => {
                states = closure(&spec, states, &leaves);
                states.retain(|state| state.phases[call] == Phase::Settled(seen));
                states = change(states, |state| state.phases[call] = Phase::Done);
            }
        }
        if states.is_empty() {
            return Err(done);
        }
    }
    Ok(())
}

fn wake(phase: &mut Phase, wake: bool) {
    if let Phase::Open { awake, .. } = phase {
        *awake = wake;
    }
}

fn change(states: HashSet<Config>, change: impl Fn(&mut Config)) -> HashSet<Config> {
    let change = |mut state: Config| {
        change(&mut state);
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
