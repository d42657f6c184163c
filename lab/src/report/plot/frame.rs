//! What all plots share: the canvas, the title, the legend, text and markers.

use std::fmt::Debug;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::report::palette::{Ink, Shape, Style};

pub(super) type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Drawing into a string does not fail.
pub(super) type Drawn = Result<(), Box<dyn std::error::Error>>;

/// The size of text, of which plotters makes 0.8, and how wide one of its letters is taken to be.
pub(super) const TEXT: i32 = 15;
const LETTER: f64 = 0.5;

pub(super) fn width(text: &str, size: i32) -> i32 {
    (text.chars().count() as f64 * f64::from(size) * LETTER).ceil() as i32
}

/// Draws a plot of this size; `None` if there was nothing to draw.
pub(super) fn draw(size: (i32, i32), plot: impl FnOnce(&Canvas<'_>) -> Drawn) -> String {
    let mut text = String::new();
    let size = (size.0.unsigned_abs(), size.1.unsigned_abs());
    let canvas = SVGBackend::with_string(&mut text, size).into_drawing_area();
    let drawn = canvas
        .fill(&Ink::Ground.color())
        .map_err(Into::into)
        .and_then(|()| plot(&canvas))
        .and_then(|()| canvas.present().map_err(Into::into));
    drop(canvas);
    drawn.expect("a string takes all that is drawn");
    text
}

/// Where a text lies from its point.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    Right,
    Left,
    Below,
}

pub(super) fn write(
    canvas: &Canvas<'_>,
    text: &str,
    (x, y): (i32, i32),
    at: At,
    (ink, size): (Ink, i32),
) -> Drawn {
    let pos = match at {
        At::Right => Pos::new(HPos::Left, VPos::Center),
        At::Left => Pos::new(HPos::Right, VPos::Center),
        At::Below => Pos::new(HPos::Center, VPos::Top),
    };
    let style = ("sans-serif", size).into_font().color(&ink.color()).pos(pos);
    Ok(canvas.draw_text(text, &style, (x, y))?)
}

pub(super) fn rule(canvas: &Canvas<'_>, from: (i32, i32), to: (i32, i32), ink: Ink) -> Drawn {
    Ok(canvas.draw(&PathElement::new(vec![from, to], ink.color().stroke_width(1)))?)
}

pub(super) fn path(canvas: &Canvas<'_>, points: Vec<(i32, i32)>, style: Style) -> Drawn {
    let width = if style.strong { 3 } else { 1 };
    Ok(canvas.draw(&PathElement::new(points, style.ink.color().stroke_width(width)))?)
}

pub(super) fn marker(canvas: &Canvas<'_>, (x, y): (i32, i32), style: Style) -> Drawn {
    let r = if style.strong { 7 } else { 5 };
    let long = f64::from(r) * 1.3;
    let corner = |across: f64, down: f64| {
        (x + (across * long).round() as i32, y + (down * long).round() as i32)
    };
    let color = style.ink.color();
    let outline = color.stroke_width(2);
    let corners = match style.shape {
        Shape::Disc => {
            let brush = if style.hollow { outline } else { color.filled() };
            return Ok(canvas.draw(&Circle::new((x, y), r, brush))?);
        }
        Shape::Cross | Shape::Plus => {
            let (a, b) = match style.shape {
                Shape::Cross => ([(-0.75, -0.75), (0.75, 0.75)], [(-0.75, 0.75), (0.75, -0.75)]),
                _ => ([(-0.95, 0.0), (0.95, 0.0)], [(0.0, -0.95), (0.0, 0.95)]),
            };
            for stroke in [a, b] {
                let ends = stroke.map(|(across, down)| corner(across, down)).to_vec();
                canvas.draw(&PathElement::new(ends, outline))?;
            }
            return Ok(());
        }
        Shape::Square => vec![(-0.7, -0.7), (0.7, -0.7), (0.7, 0.7), (-0.7, 0.7)],
        Shape::Up => vec![(0.0, -0.95), (0.85, 0.65), (-0.85, 0.65)],
        Shape::Down => vec![(0.0, 0.95), (0.85, -0.65), (-0.85, -0.65)],
        Shape::Diamond => vec![(0.0, -1.0), (0.9, 0.0), (0.0, 1.0), (-0.9, 0.0)],
    };
    let mut corners: Vec<(i32, i32)> =
        corners.into_iter().map(|(across, down)| corner(across, down)).collect();
    if style.hollow {
        corners.push(corners[0]);
        Ok(canvas.draw(&PathElement::new(corners, outline))?)
    } else {
        Ok(canvas.draw(&Polygon::new(corners, color.filled()))?)
    }
}

/// Title and legend, in lines that are as wide as the plot.
#[derive(Debug)]
pub(super) struct Head<'a> {
    title: &'a str,
    /// Text, style, x and line of each item.
    items: Vec<(&'a str, Style, i32, i32)>,
    lines: i32,
}

const LINE: i32 = 22;
const MARGIN: i32 = 16;

impl<'a> Head<'a> {
    pub(super) fn new(title: &'a str, wide: i32, items: &[(&'a str, Style)]) -> Self {
        let (mut x, mut line) = (MARGIN, 0);
        let mut placed = Vec::new();
        for &(text, style) in items {
            let taken = 20 + width(text, TEXT) + 14;
            if x + taken > wide && x > MARGIN {
                (x, line) = (MARGIN, line + 1);
            }
            placed.push((text, style, x, line));
            x += taken;
        }
        let lines = if items.is_empty() { 0 } else { line + 1 };
        Self { title, items: placed, lines }
    }

    /// Where the plot itself may begin.
    pub(super) fn height(&self) -> i32 {
        44 + self.lines * LINE
    }

    pub(super) fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        write(canvas, self.title, (MARGIN, 22), At::Right, (Ink::Text, 20))?;
        for &(text, style, x, line) in &self.items {
            let y = 48 + line * LINE;
            marker(canvas, (x + 8, y), style)?;
            write(canvas, text, (x + 20, y), At::Right, (Ink::Text, TEXT))?;
        }
        Ok(())
    }
}
