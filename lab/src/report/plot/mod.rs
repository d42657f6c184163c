//! The plots.

pub(super) mod arms;
mod axis;
pub(super) mod crowd;
pub(super) mod dots;
mod frame;
mod lines;
pub(super) mod memory;
pub(super) mod scale;
pub(super) mod talk;

use super::svg;

/// A plot with its classes, and what it is called.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) title: String,
    name: String,
    svg: String,
}

impl Figure {
    /// `name` becomes the name of the file.
    fn new(name: &str, title: &str, drawn: &str) -> Self {
        let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        let mut name: String = name.to_lowercase().chars().map(letter).collect();
        while name.contains("--") {
            name = name.replace("--", "-");
        }
        Self { title: title.to_owned(), name, svg: svg::classed(drawn) }
    }

    pub(crate) fn file(&self) -> String {
        format!("plots/{}.svg", self.name)
    }

    /// As a file of its own, with its colours.
    pub(crate) fn alone(&self) -> String {
        svg::alone(&self.svg)
    }

    /// For a page that has the colours already.
    pub(crate) fn inline(&self) -> &str {
        &self.svg
    }
}
