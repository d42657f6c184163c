//! How a contestant of ours compares with its peers in one row.

use crate::phase::{self, Counts, Phase};
use crate::raw::{Contestant, Round, Row};
use crate::stats::Quartiles;

/// Up to here a row is won.
const WON: f64 = 0.95;
/// Up to here it is even.
const EVEN: f64 = 1.05;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Won,
    Even,
    Lost,
}

impl Verdict {
    pub(crate) fn of(ratio: f64) -> Self {
        match ratio {
            _ if ratio <= WON => Self::Won,
            _ if ratio <= EVEN => Self::Even,
            _ => Self::Lost,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Won => "won",
            Self::Even => "even",
            Self::Lost => "lost",
        }
    }
}

/// Nanoseconds a message, on the wall and on all processors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figures {
    pub(crate) wall: Quartiles,
    pub(crate) cpu: Quartiles,
    /// The median on all processors divided by that of the plain run, where there is one. It is a
    /// matter of one thread, so this is the time on the wall without the neighbours.
    pub(crate) over_plain: Option<f64>,
    /// The medians of the fewest turns that one had and of the most, in parts of the mean.
    pub(crate) spread: Option<[f64; 2]>,
}

/// Whom a ratio is against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peers {
    All,
    /// Those that lose and double nothing when a future is dropped.
    Safe,
}

/// A row seen through the rounds of one phase.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) row: &'a Row,
    pub(crate) phase: Phase,
    pub(crate) counts: Counts,
    rounds: Vec<usize>,
}

impl<'a> View<'a> {
    pub(crate) fn of(row: &'a Row, threshold: f64) -> Self {
        let (phase, counts, rounds) = phase::choose(row, threshold);
        Self { row, phase, counts, rounds }
    }

    /// How many rounds the figures are taken from.
    pub(crate) fn rounds(&self) -> usize {
        self.rounds.len()
    }

    /// `None` where the contestant does not take part, or a fault voided its times.
    pub(crate) fn figures(&self, name: &str) -> Option<Figures> {
        let contestant = self.row.contestant(name)?;
        self.figures_of(contestant)
    }

    pub(crate) fn figures_of(&self, contestant: &Contestant) -> Option<Figures> {
        if !contestant.sound() {
            return None;
        }
        let wall = self.quartiles(&contestant.rounds, |round| round.wall_ns)?;
        let cpu = self.quartiles(&contestant.rounds, |round| round.cpu_ns)?;
        let plain = self.quartiles(&contestant.plain, |round| round.cpu_ns);
        let over_plain = plain.map(|plain| cpu.median / plain.median);
        Some(Figures { wall, cpu, over_plain, spread: self.spread(&contestant.rounds) })
    }

    fn spread(&self, rounds: &[Round]) -> Option<[f64; 2]> {
        let spreads = || {
            let rounds = self.rounds.iter().filter_map(|&number| rounds.get(number));
            rounds.filter_map(|round| round.spread)
        };
        let (least, most) = (
            Quartiles::of(spreads().map(|[least, _]| least))?,
            Quartiles::of(spreads().map(|[_, most]| most))?,
        );
        Some([least.median, most.median])
    }

    fn quartiles(&self, rounds: &[Round], pick: fn(&Round) -> f64) -> Option<Quartiles> {
        Quartiles::of(self.rounds.iter().filter_map(|&number| rounds.get(number)).map(pick))
    }

    /// The fastest peer and its median. A control is never one, nor is anyone with a fault.
    pub(crate) fn best(&self, peers: Peers) -> Option<(&'a Contestant, f64)> {
        self.best_of(|peer| peer.peer() && (peer.cancel_safe || peers == Peers::All))
    }

    pub(crate) fn best_of(
        &self,
        asked: impl Fn(&Contestant) -> bool,
    ) -> Option<(&'a Contestant, f64)> {
        let asked = self.row.contestants.iter().filter(|peer| asked(peer));
        asked
            .filter_map(|peer| Some((peer, self.figures_of(peer)?.wall.median)))
            .min_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// The median of `name` divided by that of the best peer; `None` without either.
    pub(crate) fn ratio(&self, name: &str, peers: Peers) -> Option<f64> {
        Some(self.figures(name)?.wall.median / self.best(peers)?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contestant(name: &str, walls: &[f64]) -> Contestant {
        let round = |&wall_ns: &f64| Round { wall_ns, cpu_ns: wall_ns * 2.0, ..Round::default() };
        Contestant {
            name: name.into(),
            cancel_safe: true,
            rounds: walls.iter().map(round).collect(),
            ..Contestant::default()
        }
    }

    fn row() -> Row {
        let strait = Contestant { own: true, ..contestant("strait", &[20.0, 10.0, 30.0]) };
        let unsafe_peer =
            Contestant { cancel_safe: false, ..contestant("kanal", &[16.0, 16.0, 16.0]) };
        let control = Contestant { control: true, ..contestant("sleeping-lock", &[1.0; 3]) };
        let mut broken = contestant("flume", &[2.0; 3]);
        broken.faults.push("panicked".into());
        let slow = contestant("tokio", &[40.0; 3]);
        Row { contestants: vec![strait, unsafe_peer, control, broken, slow], ..Row::default() }
    }

    #[test]
    fn neither_a_control_nor_a_broken_peer_is_the_best() {
        let row = row();
        let view = View::of(&row, 200.0);
        assert_eq!(view.best(Peers::All).map(|(peer, _)| &*peer.name), Some("kanal"));
        assert_eq!(view.ratio("strait", Peers::All), Some(1.25));
        assert_eq!(view.ratio("strait", Peers::Safe), Some(0.5));
        assert_eq!(view.ratio("flume", Peers::All), None);
        assert_eq!(view.ratio("nobody", Peers::All), None);
        assert_eq!(view.figures("strait").unwrap().cpu.median, 40.0);
    }

    #[test]
    fn figures_come_from_the_rounds_of_the_phase() {
        let mut row = row();
        row.contestants.truncate(1);
        let rounds = &mut row.contestants[0].rounds;
        rounds.extend(contestant("", &[90.0, 91.0]).rounds);
        for (round, ns) in rounds.iter_mut().zip([70.0, 70.0, 70.0, 400.0, 400.0]) {
            round.bounce = Some([ns, ns]);
        }
        let view = View::of(&row, 200.0);
        assert_eq!((view.phase, view.rounds()), (Phase::Near, 3));
        assert_eq!(view.figures("strait").unwrap().wall.high, 25.0);
    }

    #[test]
    fn the_plain_run_is_what_a_ready_select_is_divided_by() {
        let mut row = row();
        row.contestants[0].plain = contestant("", &[5.0; 3]).rounds;
        let view = View::of(&row, 200.0);
        assert_eq!(view.figures("strait").unwrap().over_plain, Some(4.0));
    }

    #[test]
    fn the_spread_of_turns_is_that_of_the_middle_round() {
        let mut row = row();
        let spreads = [[0.5, 1.5], [0.0, 8.0], [0.9, 1.1]].map(Some);
        for (round, spread) in row.contestants[0].rounds.iter_mut().zip(spreads) {
            round.spread = spread;
        }
        let view = View::of(&row, 200.0);
        assert_eq!(view.figures("strait").unwrap().spread, Some([0.5, 1.5]));
        assert_eq!(view.figures("kanal").unwrap().spread, None);
    }

    #[test]
    fn the_bounds_are_those_of_the_bars() {
        let of = |ratio| Verdict::of(ratio).word();
        assert_eq!([of(0.95), of(0.951), of(1.05), of(1.051)], ["won", "even", "even", "lost"]);
    }
}
