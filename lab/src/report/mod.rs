//! The report: `RESULTS.md`, `index.html` and the plots, all made from the raw record alone.

mod bars;
mod html;
mod markdown;
mod page;
mod palette;
mod plot;
mod summary;
mod svg;
mod table;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::Path;

use crate::raw::{Raw, Set};

/// The file to open.
pub(crate) const PAGE: &str = "index.html";

/// Writes everything but the record itself to `folder`.
pub(crate) fn write(raw: &Raw, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder.join("plots"))?;
    let page = page::of(raw);
    for figure in page.figures() {
        fs::write(folder.join(figure.file()), figure.alone())?;
    }
    fs::write(folder.join("RESULTS.md"), markdown::render(&page))?;
    fs::write(folder.join(PAGE), html::render(&page))
}

/// The table of one set, for a terminal.
pub(crate) fn set_as_text(set: &Set, threshold: f64) -> String {
    let mut blocks = page::set(set, threshold);
    blocks.retain(|block| !matches!(block, page::Block::Figure(_)));
    markdown::blocks(&blocks)
}
