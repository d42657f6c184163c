//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::memory::Memory;
use crate::rival::{self, Rival};

/// Measure strait beside other libraries; every round is checked.
///
/// Without a command: run the rows and write the report.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print what became faster and what slower from one raw record to another
    Compare(Compare),
    /// Measure what channels hold, and those who wait on them, in bytes
    Memory(Memory),
    /// Run the model of more cores than this machine has, calibrated and checked first
    Scale,
    /// Write the report of a raw record again
    Report(Report),
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Fewer and shorter rounds of the rows that say most: ends within two minutes
    #[arg(long)]
    pub(crate) quick: bool,

    /// Only rows whose name contains this, as in threads/spsc/64, sync/mutex or many/latest, or the
    /// part `memory` or `scale`; may be repeated
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

    /// Hold each row to as many CPUs as it has threads that work
    #[arg(long)]
    pub(crate) pin: bool,

    /// Where the report goes: RESULTS.md, index.html, the plots and raw.json
    #[arg(long, value_name = "DIR", default_value = "lab/report")]
    pub(crate) out: PathBuf,

    /// Write raw.json to this file too
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Go on with the raw record in the folder of the report, which was begun so many seconds ago:
    /// how the program calls itself when a contestant hung
    #[arg(long, hide = true, value_name = "SECONDS")]
    pub(crate) resume: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    pub(crate) old: PathBuf,
    pub(crate) new: PathBuf,

    /// Fail if a row of ours became slower by more than this factor
    #[arg(long, value_name = "R")]
    pub(crate) fail_above: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    pub(crate) raw: PathBuf,

    /// Where the report goes; beside the record unless said otherwise
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Cli {
        Cli::try_parse_from(line.split(' ')).unwrap()
    }

    #[test]
    fn options_and_commands_are_told_apart() {
        let run = parsed("strait-lab --quick --filter spsc --filter mpsc --peers strait,kanal");
        assert!(run.command.is_none() && run.run.quick);
        assert_eq!((run.run.filter.len(), run.run.peers.len()), (2, 2));
        assert_eq!(run.run.out, PathBuf::from("lab/report"));
        let compare = parsed("strait-lab compare a.json b.json --fail-above 1.5");
        let Some(Command::Compare(compare)) = compare.command else { panic!("{compare:?}") };
        assert_eq!(compare.fail_above, Some(1.5));
        assert!(Cli::try_parse_from(["strait-lab", "--quick", "compare", "a", "b"]).is_err());
        assert!(Cli::try_parse_from(["strait-lab", "--rounds", "0"]).is_err());
    }
}
