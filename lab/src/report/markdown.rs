//! The page as Markdown.

use std::fmt::Write;

use super::page::{Block, Page};
use super::table::{Cell, Mark, Table};

pub(crate) fn render(page: &Page) -> String {
    format!("# {}\n{}", page.title, blocks(&page.blocks))
}

pub(crate) fn blocks(blocks: &[Block]) -> String {
    let mut text = String::new();
    for block in blocks {
        text.push('\n');
        let _ = match block {
            Block::Head(head) => writeln!(text, "## {head}"),
            Block::Text(prose) => writeln!(text, "{}", escaped(prose)),
            Block::List(items) => items.iter().try_for_each(|item| writeln!(text, "- {item}")),
            Block::Table(table) => write!(text, "{}", rendered(table)),
            Block::Figure(figure) => writeln!(text, "![{}]({})", figure.title, figure.file()),
        };
    }
    text
}

/// Nothing outside of backticks is taken for a tag.
fn escaped(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let part = |(place, part): (usize, &str)| match place % 2 {
        0 => part.replace('<', "&lt;"),
        _ => part.to_owned(),
    };
    parts.map(part).collect::<Vec<_>>().join("`")
}

fn rendered(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let side = if table.prose { "---" } else { "--:" };
    let rule =
        (0..table.head.len()).map(|column| if column == 0 { "---" } else { side }.to_owned());
    let mut text = line(table.head.clone()) + &line(rule.collect());
    for row in &table.rows {
        text += &line(row.iter().map(cell).collect());
    }
    text
}

/// What is bad is bold: nobody overlooks it.
fn cell(cell: &Cell) -> String {
    let text = escaped(&cell.text).replace('|', "\\|");
    match cell.mark {
        Mark::Bad | Mark::Fault if !text.is_empty() => format!("**{text}**"),
        _ => text,
    }
}
