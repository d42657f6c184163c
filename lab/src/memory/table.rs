//! `strait-lab memory`: the table, a line a row.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::parent;
use super::record::{Contestant, Record};

/// The options of `strait-lab memory`.
#[derive(Debug, Args)]
pub(crate) struct Memory {
    /// A tenth of the channels, tasks and messages
    #[arg(long)]
    quick: bool,

    /// Only rows whose name contains this, as in idle/64; may be repeated
    #[arg(long, value_name = "SUBSTR")]
    filter: Vec<String>,

    /// Write the figures to this file as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Memory {
    pub(crate) fn run(&self) -> io::Result<ExitCode> {
        let shown = io::stderr().is_terminal();
        let records = parent::run(&self.filter, self.quick, |now| {
            if shown {
                eprint!("\r\x1b[K{now}");
            }
        });
        if shown {
            eprint!("\r\x1b[K");
        }
        if records.is_empty() {
            eprintln!("no row has such a name");
            return Ok(ExitCode::from(2));
        }
        if let Some(path) = &self.json {
            fs::write(path, serde_json::to_string_pretty(&records)?)?;
        }
        print!("{}", table(&records));
        let well =
            records.iter().flat_map(|record| &record.contestants).all(|one| one.note.is_empty());
        Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// A Markdown table: bytes, then how often memory was asked for.
pub(crate) fn table(records: &[Record]) -> String {
    let mut columns: Vec<&Contestant> = Vec::new();
    for one in records.iter().flat_map(|record| &record.contestants) {
        if !columns.iter().any(|column| column.name == one.name) {
            columns.push(one);
        }
    }
    let dagger =
        |one: &&Contestant| format!("{}{}", one.name, if one.cancel_safe { "" } else { "†" });
    let names: Vec<String> = columns.iter().map(dagger).collect();
    let rule = " --: |".repeat(columns.len());
    let mut text = format!("| row | of | {} |\n| --- | --: |{rule}\n", names.join(" | "));
    for record in records {
        let cell = |column: &&Contestant| {
            let one = record.contestants.iter().find(|one| one.name == column.name);
            one.map_or_else(String::new, |one| cell(one, &record.unit))
        };
        let cells: Vec<String> = columns.iter().map(cell).collect();
        let Record { row, count, .. } = record;
        text += &format!("| {row} | {count} | {} |\n", cells.join(" | "));
    }
    text
}

fn cell(one: &Contestant, unit: &str) -> String {
    let Some(bytes) = one.bytes else { return format!("**{}**", one.note) };
    let allocations = one.allocations.map(|count| format!(" ({count:.2})")).unwrap_or_default();
    match unit {
        "%" => format!("{bytes:.1} %"),
        _ if bytes.abs() >= 1e6 => format!("{:.1} MB{allocations}", bytes / 1e6),
        _ => format!("{bytes:.0} B{allocations}"),
    }
}
