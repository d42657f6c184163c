//! What the report says, in the order it says it; how it looks is not known here.

use super::plot::{self, Figure};
use super::table::{self, Table};
use super::{bars, summary};
use crate::phase;
use crate::raw::{Raw, Set};
use crate::stats::figure;

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
}

/// In prose and in cells, backticks enclose code.
#[derive(Debug)]
pub(crate) enum Block {
    Head(String),
    Text(String),
    List(Vec<String>),
    Table(Table),
    Figure(Figure),
}

impl Page {
    pub(crate) fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Figure(figure) => Some(figure),
            _ => None,
        })
    }
}

const LEGEND: &str = "\
A figure is wall ns a message: median (quartiles) of the rounds, then `c` and the median CPU ns a \
message over all threads. The second column says how many interleaved rounds the figures come \
from, and how far apart the CPUs were in them: near, far, or all rounds where too few were alike. \
A ratio is the median of ours over that of the fastest peer in the row (won to 0.95, even to 1.05, \
else lost), then over that of the fastest peer that is safe to cancel. × is the ratio to the plain \
operation. `s` is how many turns at a lock the one with the fewest had and the one with the most, \
in parts of the mean. In rows of locks and of one to many a message is one turn, one send, one read \
or one that was woken, as their sets say. † loses or doubles messages when a future is dropped. ‡ is a control, slow on purpose, \
and never the best peer. futures-channel holds one message more for each sender than its row \
says. A fault in place of a figure means that the round's count, sum or order \
was wrong, or that it hung: no time is given then. Row and contestant are named as in `raw.json`.";

pub(crate) fn of(raw: &Raw) -> Page {
    let threshold = phase::threshold(raw);
    let mut blocks = vec![Block::List(summary::machine(raw))];
    blocks.push(Block::Head("Noise".into()));
    blocks.push(Block::List(summary::noise(raw, threshold)));
    if !raw.sets.is_empty() {
        blocks.push(Block::Head("Bars".into()));
        blocks.push(Block::Text(bars::NOTE.into()));
        blocks.push(Block::Table(bars::table(raw, threshold)));
        blocks.push(Block::Head("Rows won and lost".into()));
        blocks.push(Block::Table(summary::standings(raw, threshold)));
        let lost = summary::lost(raw, threshold);
        if !lost.rows.is_empty() {
            blocks.push(Block::Text("Rows lost, the worst first:".into()));
            blocks.push(Block::Table(lost));
        }
        blocks.push(Block::List(summary::control(raw, threshold)));
        let faults = summary::faults(raw);
        if !faults.rows.is_empty() {
            blocks
                .push(Block::Text("Faults, which void all times of a contestant in a row:".into()));
            blocks.push(Block::Table(faults));
        }
        figures(&mut blocks, "The talk", plot::talk::figures(raw, threshold));
        figures(&mut blocks, "Select by the number of arms", plot::arms::figures(raw, threshold));
        let crowds = plot::crowd::figures(raw, threshold);
        figures(&mut blocks, "Locks and the latest value by how many there are", crowds);
        blocks.push(Block::Head("All rows".into()));
        blocks.push(Block::Text(LEGEND.into()));
    }
    raw.sets.iter().for_each(|one| blocks.extend(set(one, threshold)));
    if !raw.memory.is_empty() {
        figures(&mut blocks, "Memory", plot::memory::figures(&raw.memory));
        raw.memory.iter().for_each(|row| blocks.push(Block::Table(summary::memory(row))));
    }
    if let Some(scale) = &raw.scale {
        figures(&mut blocks, "Beyond this machine: a model", plot::scale::figures(scale));
        blocks.push(Block::Text(
            "These are not measurements: a simulation of who owns which cache line, calibrated by \
             the figures below. Where this machine has so many cores, the model is checked."
                .into(),
        ));
        let calibrated = scale.calibration.iter();
        let calibrated = calibrated.map(|(name, ns)| format!("{name}: {} ns", figure(*ns)));
        blocks.push(Block::List(calibrated.collect()));
        blocks.push(Block::Table(summary::check(scale)));
    }
    blocks.retain(|block| !matches!(block, Block::List(items) if items.is_empty()));
    Page { title: "strait-lab".into(), blocks }
}

fn figures(blocks: &mut Vec<Block>, head: &str, figures: Vec<Figure>) {
    if !figures.is_empty() {
        blocks.push(Block::Head(head.into()));
        blocks.extend(figures.into_iter().map(Block::Figure));
    }
}

/// The blocks of one set of rows.
pub(crate) fn set(set: &Set, threshold: f64) -> Vec<Block> {
    let mut blocks = vec![Block::Head(set.title.clone())];
    if !set.note.is_empty() {
        blocks.push(Block::Text(set.note.clone()));
    }
    blocks.extend(plot::dots::of_set(set, threshold).map(Block::Figure));
    blocks.push(Block::Table(table::of_set(set, threshold)));
    blocks
}
