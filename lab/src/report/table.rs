//! Tables, and the table of a set of rows.

use crate::raw::{Contestant, Set};
use crate::stats::figure;
use crate::verdict::{Peers, Verdict, View};

/// What a cell says beside its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Plain,
    Good,
    Bad,
    /// A fault: there are no times.
    Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) mark: Mark,
}

impl Cell {
    pub(crate) fn marked(text: impl Into<String>, mark: Mark) -> Self {
        Self { text: text.into(), mark }
    }

    pub(crate) fn verdict(text: impl Into<String>, verdict: Verdict) -> Self {
        let mark = match verdict {
            Verdict::Won => Mark::Good,
            Verdict::Even => Mark::Plain,
            Verdict::Lost => Mark::Bad,
        };
        Self::marked(text, mark)
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::marked(text, Mark::Plain)
    }
}

/// The first column is text, the others are figures unless there is `prose`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) prose: bool,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        let head = head.iter().map(ToString::to_string).collect();
        Self { head, ..Self::default() }
    }

    pub(crate) fn prose(head: &[&str]) -> Self {
        Self { prose: true, ..Self::new(head) }
    }
}

/// Those who take part in at least one row of `set`, in their order.
pub(crate) fn contestants(set: &Set) -> Vec<&Contestant> {
    let mut all: Vec<&Contestant> = Vec::new();
    for one in set.rows.iter().flat_map(|row| &row.contestants) {
        if !all.iter().any(|known| known.name == one.name) {
            all.push(one);
        }
    }
    all
}

/// The name, with a dagger on what dropped futures lose or double, and two on a control.
pub(crate) fn marked(one: &Contestant) -> String {
    let safe = if one.cancel_safe { "" } else { " †" };
    let control = if one.control { " ‡" } else { "" };
    format!("{}{safe}{control}", one.name)
}

/// A line a row: the rounds, the ratios of ours, then everyone's figures.
pub(crate) fn of_set(set: &Set, threshold: f64) -> Table {
    let everyone = contestants(set);
    let ours: Vec<&Contestant> = everyone.iter().copied().filter(|one| one.own).collect();
    let mut head = vec!["row".to_owned(), "rounds".to_owned()];
    head.extend(ours.iter().map(|one| format!("{} / best, / safe", one.name)));
    head.extend(everyone.iter().map(|one| marked(one)));
    let rows = set.rows.iter().map(|row| {
        let view = View::of(row, threshold);
        let rounds = format!("{} {}", view.rounds(), view.phase.word());
        let mut cells = vec![row.name.clone().into(), rounds.into()];
        cells.extend(ours.iter().map(|one| ratio(&view, &one.name)));
        cells.extend(everyone.iter().map(|one| figures(&view, &one.name)));
        cells
    });
    Table { rows: rows.collect(), head, prose: false }
}

fn ratio(view: &View<'_>, name: &str) -> Cell {
    let (Some(all), Some((best, _))) = (view.ratio(name, Peers::All), view.best(Peers::All)) else {
        return "".into();
    };
    let verdict = Verdict::of(all);
    let safe = view.ratio(name, Peers::Safe).map(|safe| format!(", {safe:.2}"));
    let safe = safe.unwrap_or_default();
    Cell::verdict(format!("{all:.2} {} ({}){safe}", verdict.word(), best.name), verdict)
}

fn figures(view: &View<'_>, name: &str) -> Cell {
    let Some(one) = view.row.contestant(name) else { return "".into() };
    if let Some(fault) = one.faults.first() {
        return Cell::marked(fault, Mark::Fault);
    }
    let Some(figures) = view.figures_of(one) else { return "".into() };
    let plain = figures.over_plain.map(|ratio| format!(" ×{ratio:.2}")).unwrap_or_default();
    let spread = figures.spread.map(|[least, most]| format!(" s{least:.2}–{most:.2}"));
    let spread = spread.unwrap_or_default();
    format!("{} c{}{plain}{spread}", figures.wall.text(), figure(figures.cpu.median)).into()
}
