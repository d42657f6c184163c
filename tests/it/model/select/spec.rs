//! Channels that do one thing at a time, and selects over them.
//!
//! A channel is as in the model of one channel: a line of messages, those of sends that wait included.
//! A select that waits to send has a *place* in the line of each of those channels. A receive that
//! comes to a place takes the message, and in the same step the select is done and its other places
//! are gone. While a select runs it may leave its places and take others at the rear, for whoever
//! comes to one then goes on without it; while it sleeps it may not. So a receive must not find a
//! channel empty in which a sleeping select waits to send.
//!
//! A send that cannot wait, on a rendezvous channel, succeeds if a select waits to receive there, and
//! then the select is *owed*: it is not to be had for anything else until it runs. Then it takes a
//! message there, if nobody was faster; if there is none, it goes on.
//!
//! The places of a select that is done take up room until it has returned: meanwhile a send that
//! cannot wait may find a channel full that is not (`attacks` has the plain case).
//!
//! A select that does not wait looks at one arm after the other, each at a moment of its own.

#![forbid(unsafe_code)]

/// An arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arm {
    /// A receive from this channel.
    Recv(usize),
    /// A send of this message.
    Send(usize, u32),
}

/// The arms of a select.
pub type Arms = [Option<Arm>; 3];

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A call with one arm that may wait, which is no select.
    Plain(Arm),
    /// One that does not wait.
    Try(Arm),
    /// A select that may wait.
    Select(Arms),
    /// A select with a default.
    Now(Arms),
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// By this arm (0 for those that have one), and what it received.
    Chose(usize, Option<u32>),
    /// By none: full, or empty, or the default.
    Nothing,
    /// It was given up, without effect.
    GivenUp,
}

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Not called yet.
    Absent,
    /// Under way.
    Open {
        /// It runs.
        awake: bool,
        /// The arms that were not ready when they were looked at.
        looked: u8,
        /// The receive arm that it was chosen for.
        owed: Option<u8>,
    },
    /// It has had its effect, and will return this.
    Settled(End),
    /// Returned.
    Done,
}

/// A state in which the channels may be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// In each line the call and the arm.
    lines: Vec<Vec<(u8, u8)>>,
    /// One for each call of the history.
    pub phases: Vec<Phase>,
}

/// What does not change during a history.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The capacities.
    pub caps: Vec<usize>,
    /// What each call is.
    pub ops: Vec<Op>,
}

/// Called just now.
pub const CALLED: Phase = Phase::Open { awake: true, looked: 0, owed: None };

impl Op {
    /// Its arms.
    pub fn arms(self) -> Arms {
        match self {
            Self::Plain(arm) | Self::Try(arm) => [Some(arm), None, None],
            Self::Select(arms) | Self::Now(arms) => arms,
        }
    }

    fn waits(self) -> bool {
        matches!(self, Self::Plain(_) | Self::Select(_))
    }
}

impl Config {
    fn place(&self, channel: usize, call: usize, arm: usize) -> Option<usize> {
        self.lines[channel].iter().position(|at| *at == (call as u8, arm as u8))
    }

    /// The call is done: of its places only that of the arm it sent by stays, unless it was taken.
    fn settle(&mut self, call: usize, end: End, stays: Option<usize>) {
        self.phases[call] = Phase::Settled(end);
        for line in &mut self.lines {
            line.retain(|(whose, arm)| {
                usize::from(*whose) != call || stays == Some(usize::from(*arm))
            });
        }
    }
}

impl Spec {
    /// The state before the first call.
    pub fn start(&self) -> Config {
        let lines = vec![Vec::new(); self.caps.len()];
        Config { lines, phases: vec![Phase::Absent; self.ops.len()] }
    }

    /// How many messages may stand before one that is admitted.
    fn limit(&self, config: &Config, channel: usize) -> usize {
        let cap = self.caps[channel];
        let waits = |(op, phase): &(&Op, &Phase)| {
            **op == Op::Plain(Arm::Recv(channel)) && matches!(phase, Phase::Open { .. })
        };
        let waiting = self.ops.iter().zip(&config.phases).filter(waits).count();
        if cap < 2 { cap + waiting } else { cap }
    }

    /// The places that selects had which are done, and have not returned: as long, these may take up
    /// room.
    fn ghosts(&self, config: &Config, channel: usize) -> usize {
        let of = |(op, phase): (&Op, &Phase)| {
            let (Op::Select(arms), Phase::Settled(end)) = (op, phase) else { return 0 };
            let chosen = if let End::Chose(at, _) = end { *at } else { arms.len() };
            let is = |(at, arm): &(usize, &Option<Arm>)| {
                *at != chosen && matches!(arm, Some(Arm::Send(to, _)) if *to == channel)
            };
            arms.iter().enumerate().filter(is).count()
        };
        self.ops.iter().zip(&config.phases).map(of).sum()
    }

    fn message(&self, (call, arm): (u8, u8)) -> u32 {
        match self.ops[usize::from(call)].arms()[usize::from(arm)] {
            Some(Arm::Send(_, message)) => message,
            _ => unreachable!("only sends stand in a line"),
        }
    }

    /// Whether all arms that send have their places, as they must when a call sleeps.
    pub fn is_in_line(&self, config: &Config, call: usize) -> bool {
        let arms = self.ops[call].arms().into_iter().enumerate();
        arms.into_iter().all(|(at, arm)| match arm {
            Some(Arm::Send(channel, _)) => config.place(channel, call, at).is_some(),
            _ => true,
        })
    }

    /// Whether somebody else may be receiving from a channel to which the call sends.
    pub fn is_disturbed(&self, config: &Config, call: usize) -> bool {
        let sends = |channel| {
            let is = |arm: &Option<Arm>| matches!(arm, Some(Arm::Send(to, _)) if *to == channel);
            self.ops[call].arms().iter().any(is)
        };
        let others = self.ops.iter().zip(&config.phases).enumerate();
        others.into_iter().any(|(other, (op, phase))| {
            let receives = |arm: &Option<Arm>| matches!(arm, Some(Arm::Recv(from)) if sends(*from));
            let may_run = matches!(phase, Phase::Open { awake: true, .. } | Phase::Settled(_));
            other != call && may_run && op.arms().iter().any(receives)
        })
    }

    /// The states that one step of `call` leads to.
    pub fn steps(&self, config: &Config, call: usize, leaves: bool, mut to: impl FnMut(Config)) {
        let Phase::Open { awake, looked, owed } = config.phases[call] else { return };
        let op = self.ops[call];
        let is_select = matches!(op, Op::Select(_));
        if leaves {
            let mut next = config.clone();
            next.settle(call, End::GivenUp, None);
            to(next);
        }
        if let Some(arm) = owed {
            let Some(Arm::Recv(channel)) = op.arms()[usize::from(arm)] else { unreachable!() };
            if awake {
                self.receive(config, call, usize::from(arm), channel, &mut to);
                let mut next = config.clone();
                next.phases[call] = Phase::Open { awake, looked, owed: None };
                to(next);
            }
        }
        for (at, arm) in op.arms().into_iter().enumerate() {
            match arm {
                Some(Arm::Send(channel, _)) => {
                    if let Some(place) = config.place(channel, call, at) {
                        let may_settle = owed.is_none() && (awake || !is_select);
                        if may_settle && place < self.limit(config, channel) {
                            let mut next = config.clone();
                            next.settle(call, End::Chose(at, None), Some(at));
                            to(next);
                        }
                        if is_select && (awake || owed.is_some()) {
                            let mut next = config.clone();
                            next.lines[channel].remove(place);
                            to(next);
                        }
                    } else if awake && owed.is_none() {
                        self.send(config, call, at, channel, &mut to);
                    }
                }
                Some(Arm::Recv(channel)) if owed.is_none() && (awake || !is_select) => {
                    self.receive(config, call, at, channel, &mut to);
                }
                _ => {}
            }
        }
        if !op.waits() {
            self.look(config, call, looked, to);
        }
    }

    /// A send that has no place yet.
    fn send(
        &self,
        config: &Config,
        call: usize,
        at: usize,
        channel: usize,
        to: &mut impl FnMut(Config),
    ) {
        let entered = || {
            let mut next = config.clone();
            next.lines[channel].push((call as u8, at as u8));
            next
        };
        let length = config.lines[channel].len();
        if length < self.limit(config, channel) {
            let mut next = entered();
            next.settle(call, End::Chose(at, None), Some(at));
            to(next);
        }
        if self.ops[call].waits() {
            to(entered());
        }
        // Selects and those that do not wait choose a select that waits, if what stands in the line
        // are its own places, and messages for others that were chosen so.
        if self.caps[channel] == 0 && !matches!(self.ops[call], Op::Plain(_)) {
            let owed = self.owed(config, channel);
            for (other, op) in self.ops.iter().enumerate() {
                let Phase::Open { awake, looked, owed: None } = config.phases[other] else {
                    continue;
                };
                let Op::Select(arms) = op else { continue };
                let not_its = |(whose, _): &&(u8, u8)| usize::from(*whose) != other;
                let before = config.lines[channel].iter().filter(not_its).count();
                let arm = arms.iter().position(|arm| *arm == Some(Arm::Recv(channel)));
                if let Some(arm) = arm.filter(|_| other != call && before <= owed) {
                    let chosen = Phase::Open { awake, looked, owed: Some(arm as u8) };
                    let mut next = entered();
                    next.settle(call, End::Chose(at, None), Some(at));
                    next.phases[other] = chosen;
                    to(next);
                    // Another sender comes between.
                    let mut next = config.clone();
                    next.phases[other] = chosen;
                    to(next);
                }
            }
        }
    }

    /// How many selects were chosen to receive from a channel, and have not run.
    fn owed(&self, config: &Config, channel: usize) -> usize {
        let is = |(op, phase): &(&Op, &Phase)| {
            let Phase::Open { owed: Some(arm), .. } = phase else { return false };
            op.arms()[usize::from(*arm)] == Some(Arm::Recv(channel))
        };
        self.ops.iter().zip(&config.phases).filter(is).count()
    }

    /// A receive: the message at the front, if it is to be had.
    fn receive(
        &self,
        config: &Config,
        call: usize,
        at: usize,
        channel: usize,
        to: &mut impl FnMut(Config),
    ) {
        let Some(head) = config.lines[channel].first().copied() else { return };
        let (sender, arm) = (usize::from(head.0), usize::from(head.1));
        if sender == call {
            return;
        }
        let mut next = config.clone();
        next.lines[channel].remove(0);
        match config.phases[sender] {
            Phase::Open { owed: Some(_), .. } => return,
            Phase::Open { .. } => next.settle(sender, End::Chose(arm, None), None),
            _ => {}
        }
        next.settle(call, End::Chose(at, Some(self.message(head))), None);
        to(next);
    }

    /// A look at one arm more, which is not ready.
    fn look(&self, config: &Config, call: usize, looked: u8, mut to: impl FnMut(Config)) {
        let mut all = 0;
        for (at, arm) in self.ops[call].arms().into_iter().enumerate() {
            let Some(arm) = arm else { continue };
            all |= 1 << at;
            let is_ready = match arm {
                Arm::Recv(channel) => !config.lines[channel].is_empty(),
                // A receive that has only just been called does not wait yet.
                Arm::Send(channel, _) => {
                    let ghosts = self.ghosts(config, channel);
                    config.lines[channel].len() + ghosts < self.caps[channel]
                }
            };
            if looked & 1 << at == 0 && !is_ready {
                let mut next = config.clone();
                let looked = looked | 1 << at;
                next.phases[call] = Phase::Open { awake: true, looked, owed: None };
                to(next);
            }
        }
        if looked == all {
            let mut next = config.clone();
            next.settle(call, End::Nothing, None);
            to(next);
        }
    }
}
