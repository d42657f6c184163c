//! Select: what a message costs against the number of arms, one line a contestant.

use std::collections::BTreeMap;

use super::Figure;
use super::lines::Chart;
use super::talk::of_rows;
use crate::raw::{Raw, Row};

/// Fewer points than this are no line.
const LEAST: usize = 3;

/// A figure for all rows that differ in their arms alone.
pub(crate) fn figures(raw: &Raw, threshold: f64) -> Vec<Figure> {
    grouped(raw, threshold, group, ("arms", "arms"))
}

/// A figure for all rows of one `group` that differ in a number alone; what the files are called,
/// and the number.
pub(super) fn grouped(
    raw: &Raw,
    threshold: f64,
    group: impl Fn(&Row) -> Option<(String, u32)>,
    (kind, x_label): (&str, &str),
) -> Vec<Figure> {
    let mut groups: BTreeMap<String, Vec<(u32, &Row)>> = BTreeMap::new();
    for row in raw.rows() {
        if let Some((group, arms)) = group(row) {
            groups.entry(group).or_default().push((arms, row));
        }
    }
    groups.retain(|_, rows| rows.len() >= LEAST);
    let figure = |(group, rows): (&String, &Vec<(u32, &Row)>)| {
        let lines = of_rows(rows, threshold, |ns| ns);
        let ticks = rows.iter().map(|row| f64::from(row.0)).collect();
        let title = format!("{group}: ns a message, median");
        let (name, y_label) = (&*format!("{kind}-{group}"), "ns");
        Chart { name, title: &title, x_label, y_label, log: true, ticks, lines }.figure()
    };
    groups.iter().filter_map(figure).collect()
}

/// The name with the number of arms left open, as in `threads/select-recv/N/one`.
fn group(row: &Row) -> Option<(String, u32)> {
    let at = row.name.split('/').position(|part| part.starts_with("select-"))? + 1;
    left_open(row, at).filter(|_| row.job.arms > 1)
}

/// The name with its part `at` left open, and the number that stands there.
pub(super) fn left_open(row: &Row, at: usize) -> Option<(String, u32)> {
    let mut parts: Vec<&str> = row.name.split('/').collect();
    let number = parts.get(at)?.parse().ok()?;
    parts[at] = "N";
    Some((parts.join("/"), number))
}
