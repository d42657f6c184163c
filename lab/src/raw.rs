//! Every round as it was, one JSON object a line: the machine first, then a line a row, written as
//! soon as the row is done.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::machine::Machine;
use crate::meter::PerMessage;
use crate::runner::Outcome;

#[derive(Debug)]
pub(crate) struct Raw(File);

#[derive(Serialize)]
struct RowRecord<'a> {
    set: &'a str,
    row: &'a str,
    contestants: Vec<LaneRecord<'a>>,
}

#[derive(Serialize)]
struct LaneRecord<'a> {
    name: &'a str,
    messages: usize,
    rounds: &'a [PerMessage],
    #[serde(skip_serializing_if = "<[PerMessage]>::is_empty")]
    plain: &'a [PerMessage],
    faults: Vec<String>,
}

impl Raw {
    pub(crate) fn create(path: &Path, machine: &Machine) -> io::Result<Self> {
        let mut raw = Self(File::create(path)?);
        raw.line(machine)?;
        Ok(raw)
    }

    pub(crate) fn row(&mut self, set: &str, row: &Outcome) -> io::Result<()> {
        let contestants = row.lanes.iter().map(|lane| LaneRecord {
            name: lane.rival.name,
            messages: lane.messages,
            rounds: &lane.rounds,
            plain: &lane.plain,
            faults: lane.faults.iter().map(ToString::to_string).collect(),
        });
        let contestants = contestants.collect();
        self.line(&RowRecord { set, row: &row.name, contestants })
    }

    fn line(&mut self, record: &impl Serialize) -> io::Result<()> {
        writeln!(self.0, "{}", serde_json::to_string(record)?)
    }
}
