//! One line a system, on axes that are logarithmic or begin at 0.

use super::Figure;
use super::axis::{self, Axis};
use super::frame::{self, At, Head, TEXT};
use crate::report::palette::{Ink, Style};

const WIDE: i32 = 720;
const HIGH: i32 = 360;

/// A line, or points alone; without a name it is not in the legend.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) style: Style,
    pub(super) points: Vec<(f64, f64)>,
    pub(super) joined: bool,
}

pub(super) struct Chart<'a> {
    pub(super) name: &'a str,
    pub(super) title: &'a str,
    pub(super) x_label: &'a str,
    pub(super) y_label: &'a str,
    /// Whether y is logarithmic; x always is.
    pub(super) log: bool,
    /// Stand at the bottom instead of round numbers.
    pub(super) ticks: Vec<f64>,
    pub(super) lines: Vec<Line<'a>>,
}

impl Chart<'_> {
    /// `None` without a point.
    pub(super) fn figure(&self) -> Option<Figure> {
        let points = self.lines.iter().flat_map(|line| &line.points);
        let (x_low, x_high) = ends(points.clone().map(|point| point.0))?;
        let (y_low, y_high) = if self.log {
            axis::log_ends(points.map(|point| point.1))?
        } else {
            (0.0, points.map(|point| point.1).max_by(f64::total_cmp)? * 1.06)
        };
        let named = self.lines.iter().filter(|line| !line.name.is_empty());
        let items: Vec<_> = named.map(|line| (line.name, line.style)).collect();
        let head = Head::new(self.title, WIDE, &items);
        let y_ticks = match self.log {
            true => axis::log_ticks(y_low, y_high),
            false => axis::linear_ticks(y_high),
        };
        let labels = y_ticks.iter().map(|&tick| frame::width(&axis::label(tick), TEXT - 1));
        let left = labels.max().unwrap_or(0) + 36;
        let (top, right) = (head.height() + 22, WIDE - 28);
        let bottom = top + HIGH;
        let drawn = frame::draw((WIDE, bottom + 56), |canvas| {
            head.draw(canvas)?;
            let x_axis = Axis::log((x_low, x_high), (left, right));
            let y_axis = match self.log {
                true => Axis::log((y_low, y_high), (bottom, top)),
                false => Axis::linear(y_high, (bottom, top)),
            };
            let faint = (Ink::Faint, TEXT - 1);
            for tick in y_ticks {
                let y = y_axis.at(tick);
                frame::rule(canvas, (left, y), (right, y), Ink::Grid)?;
                frame::write(canvas, &axis::label(tick), (left - 8, y), At::Left, faint)?;
            }
            for &tick in &self.ticks {
                let x = x_axis.at(tick);
                frame::rule(canvas, (x, top), (x, bottom), Ink::Grid)?;
            }
            for (label, x) in labels_that_fit(&self.ticks, &x_axis) {
                frame::write(canvas, &label, (x, bottom + 8), At::Below, faint)?;
            }
            frame::write(canvas, self.y_label, (16, top - 16), At::Right, faint)?;
            let middle = i32::midpoint(left, right);
            frame::write(canvas, self.x_label, (middle, bottom + 32), At::Below, faint)?;
            for strong in [false, true] {
                for line in self.lines.iter().filter(|line| line.style.strong == strong) {
                    let points = line.points.iter().map(|&(x, y)| (x_axis.at(x), y_axis.at(y)));
                    let points: Vec<(i32, i32)> = points.collect();
                    if line.joined {
                        frame::path(canvas, points.clone(), line.style)?;
                    }
                    for point in points {
                        frame::marker(canvas, point, line.style)?;
                    }
                }
            }
            Ok(())
        });
        Some(Figure::new(self.name, self.title, &drawn))
    }
}

/// Powers of ten first, then whoever still has room.
fn labels_that_fit(ticks: &[f64], axis: &Axis) -> Vec<(String, i32)> {
    let round = |tick: &f64| tick.log10().fract() == 0.0;
    let (first, second): (Vec<f64>, Vec<f64>) = ticks.iter().partition(|tick| round(tick));
    let mut taken: Vec<(i32, i32)> = Vec::new();
    let mut labels = Vec::new();
    for tick in first.into_iter().chain(second) {
        let (label, x) = (axis::label(tick), axis.at(tick));
        let half = frame::width(&label, TEXT - 1) / 2 + 4;
        if taken.iter().all(|&(from, to)| x + half < from || x - half > to) {
            taken.push((x - half, x + half));
            labels.push((label, x));
        }
    }
    labels
}

/// The ends of an axis of counts, with room for half a marker.
fn ends(values: impl Iterator<Item = f64> + Clone) -> Option<(f64, f64)> {
    let low = values.clone().min_by(f64::total_cmp)?;
    let high = values.max_by(f64::total_cmp)?.max(low * 2.0);
    let room = (high / low).powf(0.03);
    Some((low / room, high * room))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_do_not_overlap() {
        let ticks = [1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 100.0, 1000.0];
        let axis = Axis::log((1.0, 1e6), (0, 300));
        let mut labels = labels_that_fit(&ticks, &axis);
        labels.sort_by_key(|label| label.1);
        assert!(labels.iter().any(|(label, _)| label == "100"), "{labels:?}");
        assert!(!labels.iter().any(|(label, _)| label == "64"), "{labels:?}");
        let ends = |(label, x): &(String, i32)| {
            let half = frame::width(label, TEXT - 1) / 2;
            (x - half, x + half)
        };
        assert!(labels.windows(2).all(|two| ends(&two[0]).1 < ends(&two[1]).0), "{labels:?}");
    }
}
