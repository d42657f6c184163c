//! Two raw records side by side: what became faster, what slower, what is the same within the
//! spread of both.

use std::fmt::Write;

use crate::phase::{self, Phase};
use crate::raw::{MemoryRow, Raw};
use crate::stats::{Quartiles, geometric_mean};
use crate::verdict::View;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Faster,
    Slower,
    Same,
}

impl Change {
    /// Different only if the middle halves of the rounds do not touch.
    fn of(old: Quartiles, new: Quartiles) -> Self {
        if new.high < old.low {
            Self::Faster
        } else if new.low > old.high {
            Self::Slower
        } else {
            Self::Same
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Same => "same",
        }
    }
}

/// One contestant in one row of both records.
#[derive(Debug)]
struct Pair {
    row: String,
    contestant: String,
    own: bool,
    old: Quartiles,
    new: Quartiles,
    /// Whether the CPUs were as far apart in both.
    alike: bool,
}

impl Pair {
    fn ratio(&self) -> f64 {
        self.new.median / self.old.median
    }

    fn change(&self) -> Change {
        Change::of(self.old, self.new)
    }
}

#[derive(Debug)]
pub(crate) struct Comparison {
    pairs: Vec<Pair>,
    /// What has figures in one record only: whole rows, or a row and a contestant.
    only_old: Vec<String>,
    only_new: Vec<String>,
    /// Row, contestant, bytes before and after.
    memory: Vec<(String, String, f64, f64)>,
}

impl Comparison {
    pub(crate) fn of(old: &Raw, new: &Raw) -> Self {
        let (before, after) = (figures(old), figures(new));
        let same = |a: &Figure, b: &Figure| a.row == b.row && a.contestant == b.contestant;
        let lone = |some: &[Figure], others: &[Figure]| {
            let lone = some.iter().filter(|one| !others.iter().any(|other| same(one, other)));
            let mut names: Vec<String> = lone
                .map(|one| match others.iter().any(|other| other.row == one.row) {
                    true => format!("{} {}", one.row, one.contestant),
                    false => one.row.clone(),
                })
                .collect();
            names.dedup();
            names
        };
        let (only_old, only_new) = (lone(&before, &after), lone(&after, &before));
        let pair = |new: Figure| {
            let old = before.iter().find(|old| same(old, &new))?;
            let alike = old.phase == new.phase;
            let Figure { row, contestant, own, wall, .. } = new;
            Some(Pair { row, contestant, own, old: old.wall, new: wall, alike })
        };
        let pairs = after.into_iter().filter_map(pair).collect();
        Self { pairs, only_old, only_new, memory: memory(&old.memory, &new.memory) }
    }

    /// Whether a row of ours is slower by more than `limit`.
    pub(crate) fn slower_than(&self, limit: f64) -> bool {
        let slower = |pair: &Pair| pair.change() == Change::Slower && pair.ratio() > limit;
        self.pairs.iter().any(|pair| pair.own && slower(pair))
    }

    /// Markdown.
    pub(crate) fn text(&self) -> String {
        let mut text = "\
ns a message: median (quartiles). A ratio is the new median over the old one; faster and slower \
need quartiles that do not touch. `*`: the CPUs were not as far apart in both.\n\n\
| row | contestant | old | new | ratio | |\n| --- | --- | --: | --: | --: | --- |\n"
            .to_owned();
        for pair in &self.pairs {
            let (ratio, word) = (pair.ratio(), pair.change().word());
            let mark = if pair.alike { "" } else { " *" };
            let (old, new) = (pair.old.text(), pair.new.text());
            let Pair { row, contestant, .. } = pair;
            let _ = writeln!(
                text,
                "| {row} | {contestant} | {old} | {new} | {ratio:.2} | {word}{mark} |"
            );
        }
        let mut names: Vec<&str> = Vec::new();
        for pair in &self.pairs {
            if !names.contains(&&*pair.contestant) {
                names.push(&pair.contestant);
            }
        }
        text.push('\n');
        for name in names {
            let of_name = || self.pairs.iter().filter(|pair| pair.contestant == name);
            let count = |wanted| of_name().filter(|pair| pair.change() == wanted).count();
            let ratios: Vec<f64> = of_name().map(Pair::ratio).collect();
            let _ = writeln!(
                text,
                "- {name}: {} faster, {} slower, {} the same; geometric mean {:.2}",
                count(Change::Faster),
                count(Change::Slower),
                count(Change::Same),
                geometric_mean(&ratios).unwrap_or(1.0),
            );
        }
        for (row, contestant, old, new) in &self.memory {
            let ratio = new / old;
            let _ =
                writeln!(text, "- memory, {row}, {contestant}: {old} B, then {new} B ({ratio:.2})");
        }
        for (which, rows) in [("old", &self.only_old), ("new", &self.only_new)] {
            rows.iter().for_each(|row| text += &format!("- only in the {which} record: {row}\n"));
        }
        text
    }
}

#[derive(Debug)]
struct Figure {
    row: String,
    contestant: String,
    own: bool,
    wall: Quartiles,
    phase: Phase,
}

fn figures(raw: &Raw) -> Vec<Figure> {
    let threshold = phase::threshold(raw);
    let of_row = |row| {
        let view = View::of(row, threshold);
        let figure = |one: &crate::raw::Contestant| {
            Some(Figure {
                row: row.name.clone(),
                contestant: one.name.clone(),
                own: one.own,
                wall: view.figures_of(one)?.wall,
                phase: view.phase,
            })
        };
        row.contestants.iter().filter_map(figure).collect::<Vec<_>>()
    };
    raw.rows().flat_map(of_row).collect()
}

fn memory(old: &[MemoryRow], new: &[MemoryRow]) -> Vec<(String, String, f64, f64)> {
    let mut both = Vec::new();
    for row in new.iter().filter(|row| row.unit == "B") {
        for cell in &row.contestants {
            let old = old.iter().filter(|old| old.row == row.row).flat_map(|old| &old.contestants);
            for old in old.filter(|old| old.name == cell.name) {
                if let (Some(old), Some(new)) = (old.bytes, cell.bytes) {
                    both.push((row.row.clone(), cell.name.clone(), old, new));
                }
            }
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::{Contestant, Round, Row, Set};

    fn raw(rows: &[(&str, &str, [f64; 3])]) -> Raw {
        let row = |&(row, name, walls): &(&str, &str, [f64; 3])| Row {
            name: row.into(),
            contestants: vec![Contestant {
                name: name.into(),
                own: name == "strait",
                rounds: walls.map(|wall_ns| Round { wall_ns, ..Round::default() }).to_vec(),
                ..Contestant::default()
            }],
            ..Row::default()
        };
        let rows = rows.iter().map(row).collect();
        Raw { sets: vec![Set { rows, ..Set::default() }], ..Raw::default() }
    }

    #[test]
    fn only_what_does_not_touch_is_different() {
        let old = raw(&[
            ("a", "strait", [10.0, 10.0, 12.0]),
            ("b", "strait", [10.0, 10.0, 12.0]),
            ("c", "strait", [10.0, 10.0, 12.0]),
            ("d", "kanal", [1.0; 3]),
            ("d", "flume", [1.0; 3]),
            ("a", "loole", [1.0; 3]),
        ]);
        let new = raw(&[
            ("a", "strait", [20.0, 20.0, 22.0]),
            ("b", "strait", [5.0; 3]),
            ("c", "strait", [10.5, 11.0, 13.0]),
            ("e", "kanal", [1.0; 3]),
        ]);
        let comparison = Comparison::of(&old, &new);
        let changes: Vec<Change> = comparison.pairs.iter().map(Pair::change).collect();
        assert_eq!(changes, [Change::Slower, Change::Faster, Change::Same]);
        assert!(comparison.slower_than(1.9) && !comparison.slower_than(2.1));
        let text = comparison.text();
        assert!(
            text.contains("| a | strait | 10.0 (10.0–11.0) | 20.0 (20.0–21.0) | 2.00 | slower |"),
            "{text}"
        );
        assert!(text.contains("only in the old record: d\n"), "{text}");
        assert!(text.contains("only in the old record: a loole\n"), "{text}");
        assert!(text.contains("only in the new record: e\n"), "{text}");
    }

    #[test]
    fn a_slower_peer_is_no_failure_of_ours() {
        let old = raw(&[("a", "kanal", [1.0; 3])]);
        let new = raw(&[("a", "kanal", [9.0; 3])]);
        assert!(!Comparison::of(&old, &new).slower_than(1.0));
    }
}
