//! The figures of the talk: throughput against coroutines, one line a system; and against threads
//! where there are more than two counts of them.

use super::Figure;
use super::lines::{Chart, Line};
use crate::raw::{Contestant, Raw, Row};
use crate::report::palette::{Style, styles};
use crate::verdict::View;

/// A row `talk/{kind}/{coroutines}/{threads}`.
struct Place<'a> {
    row: &'a Row,
    kind: &'a str,
    coroutines: u32,
    threads: u32,
}

fn place(row: &Row) -> Option<Place<'_>> {
    let mut parts = row.name.strip_prefix("talk/")?.split('/');
    let kind = parts.next()?;
    let coroutines = parts.next()?.parse().ok()?;
    let threads = parts.next()?.parse().ok()?;
    Some(Place { row, kind, coroutines, threads })
}

pub(crate) fn figures(raw: &Raw, threshold: f64) -> Vec<Figure> {
    let places: Vec<Place<'_>> = raw.rows().filter_map(place).collect();
    let mut figures = Vec::new();
    for kind in values(places.iter().map(|place| place.kind)) {
        let of_kind: Vec<&Place<'_>> = places.iter().filter(|place| place.kind == kind).collect();
        let all_threads = values(of_kind.iter().map(|place| place.threads));
        for &threads in &all_threads {
            let points = of_kind.iter().filter(|place| place.threads == threads);
            let points: Vec<_> = points.map(|place| (place.coroutines, place.row)).collect();
            let plural = if threads == 1 { "thread" } else { "threads" };
            let name = format!("talk-{kind}-coroutines-{threads}");
            let title = format!("The talk: {kind}, {threads} {plural}");
            figures.extend(chart(&name, &title, "coroutines", &points, threshold));
        }
        if all_threads.len() > 2 {
            for coroutines in values(of_kind.iter().map(|place| place.coroutines)) {
                let points = of_kind.iter().filter(|place| place.coroutines == coroutines);
                let points: Vec<_> = points.map(|place| (place.threads, place.row)).collect();
                if points.len() > 2 {
                    let name = format!("talk-{kind}-threads-{coroutines}");
                    let title = format!("The talk: {kind}, {coroutines} coroutines");
                    figures.extend(chart(&name, &title, "threads", &points, threshold));
                }
            }
        }
    }
    figures
}

/// Each value once, in their order.
fn values<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = all.collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn chart(
    name: &str,
    title: &str,
    x_label: &str,
    points: &[(u32, &Row)],
    threshold: f64,
) -> Option<Figure> {
    let lines = of_rows(points, threshold, |ns| 1e3 / ns);
    let ticks = values(points.iter().map(|point| point.0)).into_iter().map(f64::from).collect();
    let y_label = "million messages a second";
    Chart { name, title, x_label, y_label, log: false, ticks, lines }.figure()
}

/// A line for everyone who takes part in one of these rows.
pub(super) fn of_rows<'a>(
    points: &[(u32, &'a Row)],
    threshold: f64,
    value: impl Fn(f64) -> f64,
) -> Vec<Line<'a>> {
    let mut everyone: Vec<&Contestant> = Vec::new();
    for one in points.iter().flat_map(|(_, row)| &row.contestants) {
        if !everyone.iter().any(|known| known.name == one.name) {
            everyone.push(one);
        }
    }
    let line = |(name, style): (&'a str, Style)| {
        let point = |&(x, row): &(u32, &Row)| {
            let median = View::of(row, threshold).figures(name)?.wall.median;
            Some((f64::from(x), value(median)))
        };
        let mut points: Vec<(f64, f64)> = points.iter().filter_map(point).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Line { name, style, points, joined: true }
    };
    styles(&everyone).into_iter().map(line).filter(|line| !line.points.is_empty()).collect()
}
