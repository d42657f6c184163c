//! What object graphs cost, in nanoseconds a node: built, walked, collected, moved and frozen.
//!
//! Two shapes of 100,000 nodes, each with a number and three links: a ring that is linked both ways,
//! and a binary tree with parent links. Both are one strongly connected component. Each round does
//! everything once and checks what it did; the figures are the medians and quartiles of all rounds
//! but the first.

mod round;
mod shape;

use std::fmt;

use crate::stats::Quartiles;

pub use self::shape::Shape;

/// The nodes of each shape.
pub const NODES: usize = 100_000;

/// A step of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Make the nodes, link them, drop the handles but one.
    Build,
    /// Read all nodes under borrows.
    Walk,
    /// Look for garbage where there is none.
    CollectLive,
    /// Drop the last handle and collect.
    CollectDead,
    /// Prove that nothing outside leads in.
    Detach,
    /// Make it one of this thread.
    Attach,
    /// Drop a detached graph.
    DropDetached,
    /// Freeze.
    Freeze,
    /// Read all nodes of the frozen graph.
    WalkFrozen,
    /// Drop the last handle of the frozen graph.
    ReleaseFrozen,
}

/// What is to be reached, in nanoseconds a node.
const BARS: [(Step, f64); 8] = [
    (Step::Build, 35.0),
    (Step::Walk, 3.0),
    (Step::CollectLive, 14.0),
    (Step::CollectDead, 35.0),
    (Step::Detach, 12.0),
    (Step::Freeze, 20.0),
    (Step::WalkFrozen, 1.8),
    (Step::ReleaseFrozen, 20.0),
];

/// The figures of one step of one shape, in nanoseconds a node.
#[derive(Clone, Debug)]
pub struct Row {
    /// The shape.
    pub shape: Shape,
    /// The step.
    pub step: Step,
    /// One figure for each round.
    pub figures: Vec<f64>,
}

/// The figures of all rounds.
#[derive(Clone, Debug)]
pub struct Table {
    /// By shape, then by step, in the order of a round.
    pub rows: Vec<Row>,
}

/// Runs some rounds of both shapes. The first round of each is a rehearsal.
pub fn measure(rounds: usize) -> Table {
    let mut rows: Vec<Row> = Vec::new();
    for shape in [Shape::Ring, Shape::Tree] {
        let mut own: Vec<Row> = Vec::new();
        for _ in 0..=rounds {
            let figures = round::run(shape);
            if own.is_empty() {
                let row = |(step, _): &(Step, f64)| Row { shape, step: *step, figures: vec![] };
                own = figures.iter().map(row).collect();
                continue;
            }
            for (row, (_, figure)) in own.iter_mut().zip(figures) {
                row.figures.push(figure);
            }
        }
        rows.extend(own);
    }
    Table { rows }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:5}  {:14}  {:>5}  median (quartiles), ns a node", "shape", "step", "bar")?;
        for Row { shape, step, figures } in &self.rows {
            let bar = BARS.iter().find(|(barred, _)| barred == step);
            let bar = bar.map_or_else(String::new, |(_, bar)| bar.to_string());
            let text = Quartiles::of(figures.iter().copied()).map(Quartiles::text);
            let (shape, step) = (format!("{shape:?}"), format!("{step:?}"));
            writeln!(f, "{shape:5}  {step:14}  {bar:>5}  {}", text.unwrap_or_default())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_figures() {
        let table = measure(1);
        assert_eq!(table.rows.len(), 20);
        for Row { shape, step, figures } in &table.rows {
            assert!(figures.len() == 1 && figures[0] >= 0.0, "{shape:?} {step:?}: {figures:?}");
        }
        let text = table.to_string();
        assert_eq!(text.lines().count(), 21, "{text}");
    }

    /// For a look at the figures: `cargo test --release -p strait-lab --lib graph -- --ignored
    /// --nocapture`.
    #[test]
    #[ignore = "takes a while, and prints"]
    fn figures() {
        println!("{}", measure(25));
    }
}
