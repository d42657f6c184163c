//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::plan::Set;
use crate::rival::{self, Rival};
use crate::runner::Pace;

/// Measure strait beside other channel libraries; every round is checked.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Fewer and shorter rounds: the whole run takes less than three minutes
    #[arg(long)]
    pub(crate) quick: bool,

    /// Only rows whose name contains this, as in threads/spsc/64; may be repeated
    #[arg(long, value_name = "SUBSTR")]
    pub(crate) filter: Vec<String>,

    /// Who takes part; besides these there are strait-lockfree, strait-fair,
    /// strait-branches and strait-unordered (its futures in the idioms of others)
    /// and unordered-kanal
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

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Command {
    /// A model of more cores than this machine has, calibrated and checked first
    Scale,
}

impl Cli {
    pub(crate) fn pace(&self, set: &Set) -> Pace {
        let pace = match (self.quick, set.apart) {
            (false, _) => Pace::FULL,
            (true, false) => Pace::QUICK,
            (true, true) => Pace::BRIEF,
        };
        let rounds = self.rounds.map_or(pace.rounds, usize::from);
        Pace { rounds, apart: set.apart, ..pace }
    }
}
