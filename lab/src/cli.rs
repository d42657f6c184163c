//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::rival::{self, Rival};
use crate::runner::Pace;

/// Measure strait beside other channel libraries; every round is checked.
#[derive(Debug, Parser)]
pub(crate) struct Cli {
    /// Fewer and shorter rounds: the whole run takes less than two minutes
    #[arg(long)]
    pub(crate) quick: bool,

    /// Only rows whose name contains this, as in threads/spsc/64; may be repeated
    #[arg(long, value_name = "SUBSTR")]
    pub(crate) filter: Vec<String>,

    /// Who takes part; besides these there are strait-lockfree and strait-fair
    #[arg(long, value_delimiter = ',', value_name = "NAMES", value_parser = rival::named)]
    #[arg(default_value = rival::DEFAULT)]
    pub(crate) peers: Vec<&'static Rival>,

    /// Rounds a row
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) rounds: Option<u16>,

    /// Write every round to this file, one JSON object a row
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

impl Cli {
    pub(crate) fn pace(&self) -> Pace {
        let pace = if self.quick { Pace::QUICK } else { Pace::FULL };
        Pace { rounds: self.rounds.map_or(pace.rounds, usize::from), ..pace }
    }
}
