//! What is printed in the end.

use std::cmp::Reverse;
use std::fmt::Write;
use std::time::Duration;

use clap::ValueEnum;
use serde_json::json;

use crate::pipeline::{Mode, Summary};
use crate::tally::Tally;

/// So many errors are shown unasked.
const FEW: usize = 5;

/// The order of the types.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Sort {
    /// Most lines first
    Lines,
    /// Most files first
    Files,
    /// Most bytes first
    Bytes,
    /// By name
    Name,
}

/// The figures in their order.
pub(crate) struct Report<'a> {
    summary: &'a Summary,
    rows: Vec<(&'a str, Tally)>,
    mode: Mode,
    elapsed: Duration,
}

impl<'a> Report<'a> {
    pub(crate) fn new(summary: &'a Summary, mode: Mode, elapsed: Duration, sort: Sort) -> Self {
        let mut rows: Vec<_> =
            summary.types.iter().map(|(name, tally)| (&**name, *tally)).collect();
        // They come by name, and the sort is stable.
        match sort {
            Sort::Lines => rows.sort_by_key(|(_, tally)| Reverse(tally.lines)),
            Sort::Files => rows.sort_by_key(|(_, tally)| Reverse(tally.files)),
            Sort::Bytes => rows.sort_by_key(|(_, tally)| Reverse(tally.bytes)),
            Sort::Name => {}
        }
        Self { summary, rows, mode, elapsed }
    }

    fn seconds(&self) -> f64 {
        self.elapsed.as_secs_f64()
    }

    /// What was read, not what binary files weigh.
    fn megabytes_per_second(&self) -> f64 {
        self.summary.total().read as f64 / 1e6 / self.seconds().max(1e-9)
    }

    /// Aligned, with a total, and a word on what is missing.
    pub(crate) fn table(&self) -> String {
        let head = ["type", "files", "binary", "lines", "blank", "words", "bytes"];
        let mut rows = vec![head.map(String::from)];
        rows.extend(self.rows.iter().map(|(name, tally)| row(name, tally)));
        rows.push(row("total", &self.summary.total()));
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
        let widths: [usize; 7] = std::array::from_fn(|column| width(column).unwrap_or(0));
        let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1));

        let mut text = String::new();
        let last = rows.len() - 1;
        for (i, row) in rows.iter().enumerate() {
            if i == 1 || i == last {
                line(&mut text, &rule);
            }
            let mut cells = format!("{:<1$}", row[0], widths[0]);
            for (cell, width) in row.iter().zip(widths).skip(1) {
                let _ = write!(cells, "  {cell:>width$}");
            }
            line(&mut text, &cells);
        }
        line(&mut text, &self.foot());
        if let Some(skipped) = self.skipped() {
            line(&mut text, &skipped);
        }
        if self.summary.is_partial() {
            line(&mut text, "PARTIAL: interrupted before every file was counted");
        }
        text
    }

    fn foot(&self) -> String {
        let (read, rate) = (self.summary.total().read as f64 / 1e6, self.megabytes_per_second());
        let crew = match self.mode {
            Mode::Threads(n) => format!("threads: {n}"),
            Mode::Tasks(n) => format!("tasks: {n}"),
        };
        format!("{read:.1} MB read in {:.3} s, {rate:.1} MB/s ({crew})", self.seconds())
    }

    fn skipped(&self) -> Option<String> {
        let walk = self.summary.walk.unwrap_or_default();
        let kinds = [(walk.symlinks, "symbolic links"), (walk.special, "special files")];
        let kinds: Vec<_> = kinds
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, kind)| format!("{} {kind}", thousands(n)))
            .collect();
        (!kinds.is_empty()).then(|| format!("skipped: {}", kinds.join(", ")))
    }

    /// Everything, for programs. Names that are not UTF-8 are shown as well as they can be.
    pub(crate) fn json(&self) -> String {
        let named = |(name, tally): &(&str, Tally)| {
            let mut row = json!(tally);
            row["type"] = json!(name);
            row
        };
        let errors = self.summary.errors.iter();
        let errors: Vec<_> = errors
            .map(|(path, error)| json!({ "path": path.to_string_lossy(), "error": error.to_string() }))
            .collect();
        let walk = self.summary.walk.unwrap_or_default();
        let (crew, n) = match self.mode {
            Mode::Threads(n) => ("threads", n),
            Mode::Tasks(n) => ("tasks", n),
        };
        let report = json!({
            "partial": self.summary.is_partial(),
            "types": self.rows.iter().map(named).collect::<Vec<_>>(),
            "total": self.summary.total(),
            "skipped": { "symlinks": walk.symlinks, "special": walk.special },
            "errors": errors,
            "run": {
                crew: n,
                "seconds": self.seconds(),
                "megabytes_per_second": self.megabytes_per_second(),
            },
        });
        format!("{report:#}\n")
    }

    /// What could not be read, or the first of it; empty if there is nothing.
    pub(crate) fn errors(&self, all: bool) -> String {
        let errors = &self.summary.errors;
        let mut text = String::new();
        if errors.is_empty() {
            return text;
        }
        line(&mut text, &format!("{} could not be read:", thousands(errors.len() as u64)));
        let shown = if all { errors.len() } else { errors.len().min(FEW) };
        for (path, error) in &errors[..shown] {
            line(&mut text, &format!("  {}: {error}", path.display()));
        }
        if shown < errors.len() {
            let rest = thousands((errors.len() - shown) as u64);
            line(&mut text, &format!("  and {rest} more (--errors lists all)"));
        }
        text
    }
}

fn row(name: &str, tally: &Tally) -> [String; 7] {
    // A type that is binary throughout has no lines, which is not the same as none.
    let all_binary = tally.files > 0 && tally.files == tally.binary;
    let text = |n| if all_binary { String::from("-") } else { thousands(n) };
    [
        String::from(name),
        thousands(tally.files),
        thousands(tally.binary),
        text(tally.lines),
        text(tally.blank),
        text(tally.words),
        thousands(tally.bytes),
    ]
}

fn line(text: &mut String, content: &str) {
    text.push_str(content);
    text.push('\n');
}

/// `1234567` as `1,234,567`.
pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_stand_between_thousands() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")];
        for (n, text) in cases {
            assert_eq!(thousands(n), text);
        }
    }
}
