//! The report: one Markdown table a set, a line as soon as its row is done.

use crate::plan::Set;
use crate::rival::Rival;
use crate::runner::{Lane, Outcome, Pace};
use crate::stats::geometric_mean;
use crate::verdict::word;

/// What every table needs to be read.
pub(crate) const LEGEND: &str = "\
A cell is wall ns a message: median (quartiles) of the rounds, then `c` and the median CPU ns a \
message over all threads. A ratio is the median of ours over that of the fastest peer in the row \
(won to 0.95, even to 1.05), then over that of the fastest peer that is safe to cancel. † loses \
or doubles messages when a future is dropped. crossbeam has no futures; crossfire has no \
rendezvous (its capacity 0 is 1).";

/// The columns of one set.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<&'static Rival>,
    ratios: Vec<Ratios>,
}

/// The ratios of one contestant of ours over the rows so far.
#[derive(Debug)]
struct Ratios {
    name: &'static str,
    all: Vec<f64>,
    safe: Vec<f64>,
}

impl Table {
    pub(crate) fn new(columns: Vec<&'static Rival>) -> Self {
        let ours = columns.iter().filter(|rival| rival.own);
        let ratios = |rival: &&Rival| Ratios { name: rival.name, all: vec![], safe: vec![] };
        Self { ratios: ours.map(ratios).collect(), columns }
    }

    pub(crate) fn head(&self, set: &Set, pace: Pace) -> String {
        let names = self.columns.iter().map(|rival| rival.marked());
        let ratios = self.ratios.iter().map(|ours| format!("{} / best, / safe", ours.name));
        let cells: Vec<String> = names.chain(ratios).collect();
        let rule = " --: |".repeat(cells.len());
        let (title, note, rounds) = (set.title, set.note, pace.rounds);
        let note = if note.is_empty() { String::new() } else { format!("\n{note}") };
        format!(
            "\n## {title}\n\n{rounds} rounds.{note}\n\n| row | messages | {} |\n| --- | --: |{rule}",
            cells.join(" | ")
        )
    }

    pub(crate) fn line(&mut self, row: &Outcome) -> String {
        let mut cells = vec![row.name.clone(), row.messages().to_string()];
        cells.extend(
            self.columns.iter().map(|rival| row.lane(rival.name).map_or_else(String::new, cell)),
        );
        for ours in &mut self.ratios {
            let (all, safe) = (row.ratio(ours.name, false), row.ratio(ours.name, true));
            ours.all.extend(all);
            ours.safe.extend(safe);
            let all = all.map(|ratio| format!("{ratio:.2} {}", word(ratio)));
            let safe = safe.map(|ratio| format!(", {ratio:.2}"));
            cells.push(all.unwrap_or_default() + &safe.unwrap_or_default());
        }
        format!("| {} |", cells.join(" | "))
    }

    pub(crate) fn foot(&self) -> String {
        self.ratios.iter().filter_map(Ratios::summary).collect()
    }
}

impl Ratios {
    fn summary(&self) -> Option<String> {
        let count = |wanted: &str| self.all.iter().filter(|&&ratio| word(ratio) == wanted).count();
        let safe = geometric_mean(&self.safe).map(|mean| format!(", {mean:.2} against safe peers"));
        Some(format!(
            "\n{}: {} won, {} even, {} lost; geometric mean {:.2}{}\n",
            self.name,
            count("won"),
            count("even"),
            count("**lost**"),
            geometric_mean(&self.all)?,
            safe.unwrap_or_default(),
        ))
    }
}

fn cell(lane: &Lane) -> String {
    match (lane.wall(), lane.cpu(), lane.faults.first()) {
        (_, _, Some(fault)) => format!("**{fault}**"),
        (Some(wall), Some(cpu), None) => {
            let spread = format!("({}–{})", figure(wall.low), figure(wall.high));
            let plain = lane.over_plain().map(|ratio| format!(" ×{ratio:.2}"));
            let plain = plain.unwrap_or_default();
            format!("{} {spread} c{}{plain}", figure(wall.median), figure(cpu.median))
        }
        _ => String::new(),
    }
}

/// Three digits, or as many as there are before the point.
fn figure(ns: f64) -> String {
    match ns {
        _ if ns < 9.995 => format!("{ns:.2}"),
        _ if ns < 99.95 => format!("{ns:.1}"),
        _ => format!("{ns:.0}"),
    }
}
