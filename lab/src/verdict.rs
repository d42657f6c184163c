//! How a contestant of ours compares with its peers in one row.

use crate::runner::{Lane, Outcome};
use crate::stats::Quartiles;

/// Up to here a row is won.
const WON: f64 = 0.95;
/// Up to here it is even.
const EVEN: f64 = 1.05;

impl Lane {
    /// Nanoseconds a message on the wall; `None` where a fault voided them.
    pub(crate) fn wall(&self) -> Option<Quartiles> {
        let sound = self.faults.is_empty();
        sound.then(|| Quartiles::of(self.rounds.iter().map(|round| round.wall_ns))).flatten()
    }

    /// Nanoseconds a message on all processors.
    pub(crate) fn cpu(&self) -> Option<Quartiles> {
        let sound = self.faults.is_empty();
        sound.then(|| Quartiles::of(self.rounds.iter().map(|round| round.cpu_ns))).flatten()
    }

    /// The median on all processors divided by that of the plain run; `None` where there is none.
    /// It is a matter of one thread, so this is the time on the wall without the neighbours.
    pub(crate) fn over_plain(&self) -> Option<f64> {
        let plain = Quartiles::of(self.plain.iter().map(|round| round.cpu_ns))?;
        Some(self.cpu()?.median / plain.median)
    }
}

impl Outcome {
    /// The messages of a round of those who had most.
    pub(crate) fn messages(&self) -> usize {
        let sound = self.lanes.iter().filter(|lane| lane.faults.is_empty());
        sound.map(|lane| lane.messages).max().unwrap_or(0)
    }

    pub(crate) fn lane(&self, name: &str) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.rival.name == name)
    }

    /// The median of `name` divided by that of the fastest peer here, or of the fastest that is
    /// safe to cancel; `None` without either.
    pub(crate) fn ratio(&self, name: &str, safe_only: bool) -> Option<f64> {
        let peers = self.lanes.iter().filter(|lane| !lane.rival.own);
        let best = peers
            .filter(|lane| lane.rival.cancel_safe || !safe_only)
            .filter_map(|lane| Some(lane.wall()?.median))
            .min_by(f64::total_cmp)?;
        Some(self.lane(name)?.wall()?.median / best)
    }
}

/// The word for a ratio.
pub(crate) fn word(ratio: f64) -> &'static str {
    match ratio {
        _ if ratio <= WON => "won",
        _ if ratio <= EVEN => "even",
        _ => "**lost**",
    }
}
