//! The page as one HTML file that opens without a server: plots and colours are in it, scripts are
//! not.

use std::fmt::Write;

use super::page::{Block, Page};
use super::svg;
use super::table::{Cell, Mark, Table};

const STYLE: &str = include_str!("page.css");

pub(crate) fn render(page: &Page) -> String {
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{0}</title>\n\
         <style>\n{STYLE}{1}\n</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n",
        escaped(&page.title),
        svg::style(),
    );
    text += &contents(page);
    let mut number = 0;
    for block in &page.blocks {
        let _ = match block {
            Block::Head(head) => {
                number += 1;
                writeln!(text, "<h2 id=\"s{number}\">{}</h2>", prose(head))
            }
            Block::Text(words) => writeln!(text, "<p>{}</p>", prose(words)),
            Block::List(items) => {
                let item = |item: &String| format!("<li>{}</li>\n", prose(item));
                writeln!(text, "<ul>\n{}</ul>", items.iter().map(item).collect::<String>())
            }
            Block::Table(table) => writeln!(text, "{}", rendered(table)),
            Block::Figure(figure) => {
                let title = escaped(&figure.title);
                let plot = figure.inline();
                writeln!(text, "<figure role=\"img\" aria-label=\"{title}\">\n{plot}</figure>")
            }
        };
    }
    text + "</main>\n</body>\n</html>\n"
}

/// Links to the parts.
fn contents(page: &Page) -> String {
    let heads = page.blocks.iter().filter_map(|block| match block {
        Block::Head(head) => Some(head),
        _ => None,
    });
    let link = |(place, head): (usize, &String)| {
        format!("<a href=\"#s{}\">{}</a>\n", place + 1, prose(head))
    };
    format!("<nav>\n{}</nav>\n", heads.enumerate().map(link).collect::<String>())
}

fn rendered(table: &Table) -> String {
    let head = table.head.iter().map(|head| format!("<th>{}</th>", prose(head)));
    let row = |row: &Vec<Cell>| {
        let cells: String = row.iter().map(cell).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let class = if table.prose { " class=\"prose\"" } else { "" };
    format!(
        "<div class=\"wide\"><table{class}>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n\
         </table></div>",
        head.collect::<String>(),
        table.rows.iter().map(row).collect::<String>(),
    )
}

fn cell(cell: &Cell) -> String {
    let class = match cell.mark {
        Mark::Plain => "",
        Mark::Good => " class=\"good\"",
        Mark::Bad => " class=\"bad\"",
        Mark::Fault => " class=\"fault\"",
    };
    format!("<td{class}>{}</td>", prose(&cell.text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Escaped, with what stands between backticks or double asterisks set apart.
fn prose(text: &str) -> String {
    let pairs = |text: &str, mark: &str, tag: &str| {
        let parts = text.split(mark).enumerate();
        let part = |(place, part): (usize, &str)| match place % 2 {
            0 => part.to_owned(),
            _ => format!("<{tag}>{part}</{tag}>"),
        };
        parts.map(part).collect::<String>()
    };
    pairs(&pairs(&escaped(text), "`", "code"), "**", "b")
}
