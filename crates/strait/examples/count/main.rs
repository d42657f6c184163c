//! Counts files, lines, blank lines, words and bytes by file type.
//!
//! ```text
//! cargo run --release --example count -- ~/src
//! cargo run --release --example count -- --tasks 8 --sort bytes --json .
//! ```
//!
//! One walker sends paths to N workers over a bounded channel, and the workers send what they count
//! to one collector over another:
//!
//! ```text
//!            paths              results
//!   walker ─────────▶ workers ───────────▶ collector
//!      └──────────── folders that failed ──────▲
//! ```
//!
//! The workers are threads (`--threads N`) or tokio tasks (`--tasks N`); the channels are the same
//! ones, and so are the walker and the collector. Nobody asks whether it is time to stop: Ctrl-C
//! cancels the channel of paths, so the walker cannot send and the workers have nothing to
//! receive, and the end runs down the pipeline by itself. A second Ctrl-C cancels the results too.

#![forbid(unsafe_code)]

mod pipeline;
mod report;
mod tally;

use std::io::{self, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{fs, thread};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use strait::channel::{bounded, oneshot};

use pipeline::{Crew, Mode, Summary};
use report::{Report, Sort};

/// The exit code of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;
/// The exit code of a program that was called wrongly; clap's as well.
const USAGE: u8 = 2;

/// Count files, lines, blank lines, words and bytes by file type.
///
/// A file with a NUL in its first 8 KiB is binary: it counts as a file and by its bytes. Symbolic
/// links and special files inside a folder are skipped and counted; those given by name are read.
#[derive(Debug, Parser)]
#[command(name = "count")]
struct Args {
    /// The folders to count, or files
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Read files on this many threads [default: as many as run in parallel]
    #[arg(long, value_name = "N", conflicts_with = "tasks")]
    threads: Option<NonZero<usize>>,
    /// Read files in this many tokio tasks
    #[arg(long, value_name = "N")]
    tasks: Option<NonZero<usize>>,
    /// Descend into .git too
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The order of the types
    #[arg(long, value_enum, default_value_t = Sort::Lines)]
    sort: Sort,
    /// List everything that could not be read, not just the first few
    #[arg(long)]
    errors: bool,
}

impl Args {
    fn mode(&self) -> Mode {
        match (self.threads, self.tasks) {
            (_, Some(tasks)) => Mode::Tasks(tasks),
            (Some(threads), None) => Mode::Threads(threads),
            (None, None) => {
                Mode::Threads(thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN))
            }
        }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    for path in &args.paths {
        if let Err(error) = fs::metadata(path) {
            eprintln!("count: {}: {error}", path.display());
            return ExitCode::from(USAGE);
        }
    }
    match run(&args) {
        Ok(code) => code,
        // Somebody who reads only the head of the table is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("count: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<ExitCode> {
    let begin = Instant::now();
    let bar = progress();

    // Bounds: a walker far ahead of the disk gains nothing, and memory stays flat however large the
    // tree is. The results are small and quickly added up; a few per worker keep it from waiting.
    let (path_tx, path_rx) = bounded(1024);
    let (result_tx, result_rx) = bounded(256);

    // Ctrl-C holds the channels weakly: it must not keep them open when the work is done.
    let (tell, mut interrupted) = oneshot();
    let (paths, results) = (path_rx.downgrade(), result_rx.downgrade());
    let (mut tell, screen) = (Some(tell), bar.clone());
    ctrlc::set_handler(move || match tell.take() {
        Some(tell) => {
            // Told first: who sees the cut sees the cause. The answer is of no use, nobody may
            // want to know any more.
            let _ = tell.send(());
            if let Some(paths) = paths.upgrade() {
                paths.cancel();
            }
            screen.suspend(|| {
                eprintln!("interrupted: finishing the files in hand (Ctrl-C again leaves them)");
            });
        }
        None => {
            if let Some(results) = results.upgrade() {
                results.cancel();
            }
        }
    })
    .map_err(io::Error::other)?;

    let walker = pipeline::Walker::new(args.paths.clone(), args.all, path_tx, result_tx.clone());
    let crew = Crew::start(args.mode(), walker, path_rx, result_tx)?;
    let summary = pipeline::collect(&result_rx, |so_far| show(&bar, so_far));
    bar.finish_and_clear();

    if interrupted.try_recv().is_ok() {
        crew.abandon();
    } else {
        crew.join();
    }

    let report = Report::new(&summary, args.mode(), begin.elapsed(), args.sort);
    let text = if args.json { report.json() } else { report.table() };
    let written = io::stdout().lock().write_all(text.as_bytes());
    eprint!("{}", report.errors(args.errors));
    written?;
    Ok(if summary.is_partial() { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

/// A line on stderr; nothing at all if that is not a terminal.
fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {human_pos} files, {msg}, {elapsed}");
    let bar = ProgressBar::new_spinner().with_style(style.expect("the template is well formed"));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn show(bar: &ProgressBar, so_far: &Summary) {
    if !bar.is_hidden() {
        bar.set_position(so_far.seen());
        bar.set_message(format!("{} lines", report::thousands(so_far.total().lines)));
    }
}
