//! Near and far. On a virtual machine the host moves the CPUs: a cache line that goes between two
//! of them takes some 60 ns a round trip at one time and 400 at another, and whatever two threads
//! do on one channel takes several times as long. Rounds are therefore grouped by that distance,
//! and a row's figures come from one group.

use crate::raw::{Raw, Row};

/// Where near ends, in ns a round trip, when the run itself does not tell.
const USUAL: f64 = 200.0;
/// The two groups must be this far apart, in the ratio of their geometric means.
const APART: f64 = 2.0;
/// Each group must hold at least one in so many of the values.
const SHARE: usize = 20;
/// Fewer complete rounds than this do not make a group.
const LEAST: usize = 3;

/// What the figures of a row are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Near,
    Far,
    /// All rounds: too few were of one kind, or nobody measured.
    All,
}

impl Phase {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Near => "near",
            Self::Far => "far",
            Self::All => "all",
        }
    }
}

/// How many complete interleaved rounds of a row were of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) near: usize,
    pub(crate) far: usize,
    /// Begun near and ended far, or the reverse, or in which contestants saw different distances.
    pub(crate) moved: usize,
}

/// Where near ends in this run: the cut that splits the logarithms of all distances into the two
/// groups that are tightest (the least sum of squares). [`USUAL`] if they are less than twice
/// apart, or one holds less than a twentieth: then the CPUs stayed where they were.
pub(crate) fn threshold(raw: &Raw) -> f64 {
    split(raw.rounds().filter_map(|round| round.bounce).flatten()).unwrap_or(USUAL)
}

fn split(distances: impl Iterator<Item = f64>) -> Option<f64> {
    let mut logs: Vec<f64> = distances.filter(|&ns| ns > 0.0).map(f64::ln).collect();
    logs.sort_by(f64::total_cmp);
    let total: f64 = logs.iter().sum();
    let mut below = 0.0;
    // The widest cut, how many lie below it, and the distance of the means.
    let mut best: Option<(f64, usize, f64)> = None;
    for at in 1..logs.len() {
        below += logs[at - 1];
        let (low, high) = (at as f64, (logs.len() - at) as f64);
        let distance = (total - below) / high - below / low;
        // Between the groups is what is not within them, so the widest is the tightest.
        let between = low * high * distance.powi(2);
        if best.is_none_or(|(widest, ..)| between > widest) {
            best = Some((between, at, distance));
        }
    }
    let (_, at, distance) = best?;
    let large = at.min(logs.len() - at) * SHARE >= logs.len();
    let cut = f64::midpoint(logs[at - 1], logs[at]);
    (large && distance >= APART.ln()).then(|| cut.exp())
}

/// The phase of `row` and its interleaved rounds, by number, that belong to it.
pub(crate) fn choose(row: &Row, threshold: f64) -> (Phase, Counts, Vec<usize>) {
    let sound = || row.contestants.iter().filter(|contestant| contestant.sound());
    let complete = sound().map(|contestant| contestant.rounds.len()).min().unwrap_or(0);
    let (mut near, mut far, mut counts) = (vec![], vec![], Counts::default());
    for number in 0..complete {
        let rounds = sound().flat_map(|contestant| {
            [contestant.rounds.get(number), contestant.plain.get(number)].into_iter().flatten()
        });
        let ends: Vec<f64> = rounds.filter_map(|round| round.bounce).flatten().collect();
        match ends.iter().filter(|&&ns| ns < threshold).count() {
            _ if ends.is_empty() => {}
            close if close == ends.len() => near.push(number),
            0 => far.push(number),
            _ => counts.moved += 1,
        }
    }
    (counts.near, counts.far) = (near.len(), far.len());
    let (phase, rounds) =
        if far.len() > near.len() { (Phase::Far, far) } else { (Phase::Near, near) };
    if rounds.len() >= LEAST {
        (phase, counts, rounds)
    } else {
        let most = sound().map(|contestant| contestant.rounds.len()).max().unwrap_or(0);
        (Phase::All, counts, (0..most).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::{Contestant, Round};

    #[test]
    fn the_cut_lies_between_two_groups() {
        let near = (0..40).map(|step| 60.0 + f64::from(step));
        let far = (0..10).map(|step| 380.0 + 5.0 * f64::from(step));
        let cut = split(near.clone().chain(far)).unwrap();
        assert!((99.0..380.0).contains(&cut), "{cut}");
        assert_eq!(split(near.clone()), None, "one group is not two");
        assert_eq!(split(near.chain([4000.0])), None, "a single stray value is no group");
        assert_eq!(split(std::iter::empty()), None);
        assert_eq!(split([70.0].into_iter()), None);
    }

    fn row(distances: &[&[(f64, f64)]]) -> Row {
        let contestant = |ends: &&[(f64, f64)]| Contestant {
            rounds: ends
                .iter()
                .map(|&(before, after)| Round { bounce: Some([before, after]), ..Round::default() })
                .collect(),
            ..Contestant::default()
        };
        Row { contestants: distances.iter().map(contestant).collect(), ..Row::default() }
    }

    #[test]
    fn the_phase_with_most_complete_rounds_is_taken() {
        let (n, f) = ((70.0, 70.0), (400.0, 400.0));
        let one = row(&[&[n, f, f, (70.0, 400.0), f, f], &[n, f, f, n, n, f]]);
        let (phase, counts, rounds) = choose(&one, 200.0);
        assert_eq!((phase, rounds), (Phase::Far, vec![1, 2, 5]));
        assert_eq!(counts, Counts { near: 1, far: 3, moved: 2 });
    }

    #[test]
    fn two_rounds_are_not_enough_and_a_broken_contestant_does_not_count() {
        let (n, f) = ((70.0, 70.0), (400.0, 400.0));
        let mut one = row(&[&[n, n, f], &[f, f, f]]);
        assert_eq!(choose(&one, 200.0).0, Phase::All);
        one.contestants[1].faults.push("panicked".into());
        let (phase, counts, rounds) = choose(&one, 200.0);
        assert_eq!((phase, counts.near, rounds), (Phase::All, 2, vec![0, 1, 2]));
    }

    #[test]
    fn without_distances_all_rounds_count() {
        let mut one = row(&[&[(1.0, 1.0); 4]]);
        one.contestants[0].rounds.iter_mut().for_each(|round| round.bounce = None);
        assert_eq!(choose(&one, 200.0), (Phase::All, Counts::default(), vec![0, 1, 2, 3]));
    }
}
