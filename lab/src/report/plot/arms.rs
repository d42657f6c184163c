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
        let (name, x_label, y_label) = (&*format!("arms-{group}"), "arms", "ns");
        Chart { name, title: &title, x_label, y_label, log: true, ticks, lines }.figure()
    };
    groups.iter().filter_map(figure).collect()
}

/// The name with the number of arms left open, as in `threads/select-recv/N/one`.
fn group(row: &Row) -> Option<(String, u32)> {
    let parts: Vec<&str> = row.name.split('/').collect();
    let at = parts.iter().position(|part| part.starts_with("select-"))? + 1;
    let arms = parts.get(at)?.parse().ok()?;
    let with =
        |(place, part): (usize, &&str)| if place == at { "N".into() } else { (*part).to_owned() };
    let name: Vec<String> = parts.iter().enumerate().map(with).collect();
    (row.job.arms > 1).then(|| (name.join("/"), arms))
}
