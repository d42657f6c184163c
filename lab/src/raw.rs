//! The raw record: everything that a run measured, as one JSON document. The report, the plots and
//! every comparison are made from it alone.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::machine::Machine;
#[cfg(test)]
pub(crate) use crate::memory::Contestant as MemoryCell;
pub(crate) use crate::memory::Record as MemoryRow;
pub(crate) use crate::scale::Record as Scale;
#[cfg(test)]
pub(crate) use crate::scale::{Check, Point, Series};

/// The name of the record in the folder of a report.
pub(crate) const FILE: &str = "raw.json";

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Raw {
    pub(crate) machine: Machine,
    #[serde(default)]
    pub(crate) sets: Vec<Set>,
    /// Rows for which a quick run had no time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) memory: Vec<MemoryRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scale: Option<Scale>,
}

/// Rows that share a table and a geometric mean.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Set {
    pub(crate) title: String,
    pub(crate) note: String,
    pub(crate) rows: Vec<Row>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) job: Job,
    pub(crate) contestants: Vec<Contestant>,
    /// The program gave up in the middle of this row; only its faults mean something.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) partial: bool,
}

/// The shape of a row.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Job {
    pub(crate) capacity: String,
    pub(crate) producers: usize,
    pub(crate) consumers: usize,
    pub(crate) workers: usize,
    pub(crate) arms: usize,
    pub(crate) busy: usize,
    pub(crate) work: u32,
    pub(crate) payload: String,
}

/// What one contestant did in a row.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Contestant {
    pub(crate) name: String,
    pub(crate) package: String,
    pub(crate) version: String,
    pub(crate) own: bool,
    pub(crate) control: bool,
    pub(crate) cancel_safe: bool,
    pub(crate) messages: usize,
    pub(crate) rounds: Vec<Round>,
    /// The rounds of the plain run, where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) plain: Vec<Round>,
    /// The faults of all its rounds, warm-up included. One is enough to void the times.
    pub(crate) faults: Vec<String>,
}

/// One round; the times are nanoseconds a message.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Round {
    pub(crate) wall_ns: f64,
    pub(crate) cpu_ns: f64,
    /// Nanoseconds a round trip between two CPUs, before and after; `None` where there is one CPU.
    pub(crate) bounce: Option<[f64; 2]>,
    /// How many CPUs other processes kept busy.
    pub(crate) others: Option<f64>,
    /// The fewest turns that one had and the most, in parts of the mean, where they may differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) spread: Option<[f64; 2]>,
}

impl Raw {
    pub(crate) fn load(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    }

    /// Writes the whole document, beside the old one first: whatever ends the program, one of the
    /// two is there.
    pub(crate) fn store(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let fresh = path.with_extension("part");
        let mut file = BufWriter::new(fs::File::create(&fresh)?);
        serde_json::to_writer(&mut file, self)?;
        file.flush()?;
        fs::rename(fresh, path)
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.sets.iter().flat_map(|set| &set.rows)
    }

    /// All rounds of all rows.
    pub(crate) fn rounds(&self) -> impl Iterator<Item = &Round> {
        let contestants = self.rows().flat_map(|row| &row.contestants);
        contestants.flat_map(|contestant| contestant.rounds.iter().chain(&contestant.plain))
    }
}

impl Row {
    pub(crate) fn contestant(&self, name: &str) -> Option<&Contestant> {
        self.contestants.iter().find(|contestant| contestant.name == name)
    }
}

impl Contestant {
    pub(crate) fn sound(&self) -> bool {
        self.faults.is_empty() && !self.rounds.is_empty()
    }

    /// A peer that may be the best one.
    pub(crate) fn peer(&self) -> bool {
        !self.own && !self.control
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_record_comes_back_the_same() {
        let round = Round {
            wall_ns: 12.5,
            cpu_ns: 25.0,
            bounce: Some([70.0, 71.5]),
            others: None,
            spread: Some([0.5, 2.0]),
        };
        let contestant =
            Contestant { name: "kanal".into(), rounds: vec![round], ..Default::default() };
        let row = Row { name: "a/b".into(), contestants: vec![contestant], ..Default::default() };
        let raw =
            Raw { sets: vec![Set { rows: vec![row], ..Default::default() }], ..Default::default() };
        let path = std::env::temp_dir().join(format!("strait-lab-raw-{}.json", std::process::id()));
        raw.store(&path).unwrap();
        let again = Raw::load(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), serde_json::to_value(&raw).unwrap(),);
        assert_eq!(again.rounds().collect::<Vec<_>>(), [&round]);
    }

    #[test]
    fn a_record_of_channels_alone_is_read() {
        let text = r#"{"machine":{},"sets":[{"title":"T","note":"","rows":[{"name":"r","job":
            {"capacity":"64","producers":1,"consumers":1,"workers":0,"arms":1,"busy":1,"work":100,
            "payload":"word"},"contestants":[{"name":"go","package":"go","version":"1","own":false,
            "control":false,"cancel_safe":true,"messages":5,"rounds":[{"wall_ns":1,"cpu_ns":2,
            "bounce":null,"others":0.5}],"faults":[]}]}]}]}"#;
        let raw: Raw = serde_json::from_str(text).unwrap();
        assert_eq!(raw.rounds().next().and_then(|round| round.others), Some(0.5));
        assert!(raw.rows().all(|row| row.contestants[0].sound() && row.contestants[0].peer()));
    }
}
