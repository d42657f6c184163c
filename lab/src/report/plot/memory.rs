//! Memory: a line a row, a dot a contestant, one plot for all rows of a unit.

use super::Figure;
use super::dots::{self, Dot, Line};
use crate::raw::{Contestant, MemoryRow};
use crate::report::palette::styles;

pub(crate) fn figures(memory: &[MemoryRow]) -> Vec<Figure> {
    let mut units: Vec<&str> = memory.iter().map(|row| &*row.unit).collect();
    units.sort_unstable();
    units.dedup();
    // A share may be nothing, or less, which no logarithmic scale shows.
    units.retain(|&unit| unit != "%");
    units.into_iter().filter_map(|unit| of_unit(memory, unit)).collect()
}

fn of_unit(memory: &[MemoryRow], unit: &str) -> Option<Figure> {
    let rows: Vec<&MemoryRow> = memory.iter().filter(|row| row.unit == unit).collect();
    let mut everyone: Vec<Contestant> = Vec::new();
    for cell in rows.iter().flat_map(|row| &row.contestants) {
        if !everyone.iter().any(|known| known.name == cell.name) {
            // The name of the library is that of its package but for two.
            let package = match &*cell.name {
                "crossbeam" => "crossbeam-channel",
                "parking-lot" => "parking_lot",
                name => name,
            };
            let (name, package) = (cell.name.clone(), package.to_owned());
            everyone.push(Contestant { name, package, own: cell.own, ..Contestant::default() });
        }
    }
    let everyone: Vec<&Contestant> = everyone.iter().collect();
    let styles = styles(&everyone);
    let lines = rows.iter().map(|row| {
        let dots = row.contestants.iter().filter_map(|cell| {
            let value = cell.bytes.filter(|&bytes| bytes > 0.0)?;
            let &(_, style) = styles.iter().find(|(name, _)| *name == cell.name)?;
            Some(Dot { style, value, spread: None })
        });
        Line { name: &row.row, dots: dots.collect() }
    });
    let lines: Vec<Line<'_>> = lines.collect();
    let title = format!("Memory: {unit} (what took none is left out)");
    dots::draw(&format!("memory-{unit}"), &title, &styles, &lines)
}
