//! `cargo x san`: the integration tests under the sanitizers of a nightly compiler.

use clap::Args;

use crate::step::{Failure, Step};
use crate::workspace;

/// The integration tests under AddressSanitizer and ThreadSanitizer (nightly)
#[derive(Args)]
pub(crate) struct San {
    /// Only AddressSanitizer, with its search for leaks
    #[arg(long)]
    address: bool,
    /// Only ThreadSanitizer
    #[arg(long)]
    thread: bool,
    /// Only the tests whose path contains this
    filter: Option<String>,
}

impl San {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let both = self.address == self.thread;
        if self.address || both {
            self.step("address", "")?
                .env("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1")
                .env("LSAN_OPTIONS", suppressed_by("lsan.supp") + ":print_suppressions=0")
                .run()?;
        }
        if self.thread || both {
            self.step("thread", LOCKS_IN_SIGHT)?
                .args(ON_TOKIO.iter().flat_map(|test| ["--skip", test]))
                .env("TSAN_OPTIONS", suppressed_by("tsan.supp") + ":halt_on_error=0")
                .run()?;
        }
        Ok(())
    }

    /// The tests with one sanitizer. Those that read source text or run cargo gain nothing.
    fn step(&self, sanitizer: &str, more: &str) -> Result<Step, Failure> {
        let flags = format!("-Zsanitizer={sanitizer} -Cunsafe-allow-abi-mismatch=sanitizer {more}");
        let step = Step::nightly(format!("{sanitizer} sanitizer"))
            .env("RUSTFLAGS", flags.trim())
            .env("STRAIT_SHRINK", "1")
            // The standard library prints back-traces under a lock of its own, which is not seen.
            .env("RUST_BACKTRACE", "0")
            .args(["test", "-p", "strait-tests", "--test", "it", "--target", &workspace::host()?])
            .arg("--target-dir")
            .arg(workspace::target(sanitizer))
            .arg("--")
            .args(&self.filter)
            .args(["--skip", "count::", "--skip", "rooms::", "--skip", "ui::"]);
        Ok(step)
    }
}

/// Tests that run on tokio's threads, which wait for each other under locks of the standard
/// library: ThreadSanitizer takes tokio's own state for a race there, and what runs inside too.
/// The same programs run on threads and on an executor of ours, and under AddressSanitizer.
const ON_TOKIO: [&str; 12] = [
    "four_by_four_tasks_at_capacity_zero",
    "transfer::by_tasks",
    "on_one_worker",
    "on_two_workers",
    "on_four_workers",
    "tasks_and_threads",
    "producers_and_workers",
    "nobody_starves",
    "rings_turn",
    "ten_thousand_timers",
    "selects_on_different_executors",
    // Its threads are those of a scope, at whose end they meet by code of the standard library.
    "two_senders_at_once",
];

/// ThreadSanitizer does not see the locks of the standard library, which was not built for it.
/// With this flag `kernel::prim` takes a lock of its own, so that what it guards is judged.
const LOCKS_IN_SIGHT: &str = "--cfg strait_tsan";

/// The list of void reports, each explained there.
fn suppressed_by(file: &str) -> String {
    format!("suppressions={}", workspace::root().join("tests").join(file).display())
}
