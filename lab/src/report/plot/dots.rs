//! A line a row, a dot a contestant, on a logarithmic scale: who is how far from whom.

use plotters::prelude::{Color, Rectangle};

use super::Figure;
use super::axis::{self, Axis};
use super::frame::{self, At, Head, TEXT};
use crate::raw::{Contestant, Set};
use crate::report::palette::{Ink, Style, styles};
use crate::report::table::contestants;
use crate::stats::Quartiles;
use crate::verdict::View;

const WIDE: i32 = 920;
const ROW: i32 = 26;

pub(super) struct Dot {
    pub(super) style: Style,
    pub(super) value: f64,
    pub(super) spread: Option<(f64, f64)>,
}

pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) dots: Vec<Dot>,
}

/// The figure of a set of rows; `None` if nobody has a time.
pub(crate) fn of_set(set: &Set, threshold: f64) -> Option<Figure> {
    let everyone: Vec<&Contestant> = contestants(set);
    let styles = styles(&everyone);
    let lines = set.rows.iter().map(|row| {
        let view = View::of(row, threshold);
        let dot = |&(name, style): &(&str, Style)| {
            let Quartiles { low, median, high } = view.figures(name)?.wall;
            Some(Dot { style, value: median, spread: style.strong.then_some((low, high)) })
        };
        Line { name: &row.name, dots: styles.iter().filter_map(dot).collect() }
    });
    let lines: Vec<Line<'_>> = lines.filter(|line| !line.dots.is_empty()).collect();
    let title = format!("{}: ns a message, median", set.title);
    draw(&format!("set-{}", set.title), &title, &styles, &lines)
}

pub(super) fn draw(
    name: &str,
    title: &str,
    styles: &[(&str, Style)],
    lines: &[Line<'_>],
) -> Option<Figure> {
    let values = lines.iter().flat_map(|line| &line.dots).flat_map(|dot| {
        let (low, high) = dot.spread.unwrap_or((dot.value, dot.value));
        [dot.value, low, high]
    });
    let (low, high) = axis::log_ends(values)?;
    let head = Head::new(title, WIDE, styles);
    let names = lines.iter().map(|line| frame::width(line.name, TEXT)).max().unwrap_or(0);
    let (left, right) = (names + 28, WIDE - 24);
    let top = head.height();
    let bottom = top + ROW * i32::try_from(lines.len()).ok()?;
    let drawn = frame::draw((WIDE, bottom + 34), |canvas| {
        head.draw(canvas)?;
        let scale = Axis::log((low, high), (left, right));
        let across = |value: f64| scale.at(value.clamp(low, high));
        for (place, _) in lines.iter().enumerate().filter(|(place, _)| place % 2 == 0) {
            let y = top + ROW * place as i32;
            let band = [(12, y), (WIDE - 12, y + ROW)];
            canvas.draw(&Rectangle::new(band, Ink::Band.color().filled()))?;
        }
        for tick in axis::log_ticks(low, high) {
            let x = across(tick);
            frame::rule(canvas, (x, top), (x, bottom), Ink::Grid)?;
            let style = (Ink::Faint, TEXT - 1);
            frame::write(canvas, &axis::label(tick), (x, bottom + 8), At::Below, style)?;
        }
        for (place, line) in lines.iter().enumerate() {
            let y = top + ROW * place as i32 + ROW / 2;
            frame::write(canvas, line.name, (left - 12, y), At::Left, (Ink::Text, TEXT))?;
            for dot in line.dots.iter().filter(|dot| !dot.style.strong) {
                frame::marker(canvas, (across(dot.value), y), dot.style)?;
            }
            for dot in line.dots.iter().filter(|dot| dot.style.strong) {
                if let Some((low, high)) = dot.spread {
                    let ends = vec![(across(low), y), (across(high), y)];
                    frame::path(canvas, ends, dot.style)?;
                }
                frame::marker(canvas, (across(dot.value), y), dot.style)?;
            }
        }
        Ok(())
    });
    Some(Figure::new(name, title, &drawn))
}
