//! A round that hangs. There is no way to take back a thread that waits for ever, so the program
//! begins again in its place, without the contestant that hung in that row: whoever starts the
//! watchdog says how.

use std::process;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What the process ends with when a round hangs and it cannot begin again.
const HUNG: i32 = 3;

/// The fault of a contestant that hung begins with this.
pub(crate) const FAULT: &str = "hung";

#[derive(Clone, Debug)]
struct Watched {
    row: String,
    contestant: &'static str,
    since: Instant,
}

#[derive(Debug, Default)]
pub(crate) struct Watchdog {
    round: Arc<Mutex<Option<Watched>>>,
}

impl Watchdog {
    /// Watches rounds, none of which may take longer than `patience`. If one does, `give_up` is
    /// told the row, the contestant and the fault, and the program ends when it returns.
    pub(crate) fn start(
        patience: Duration,
        give_up: impl FnOnce(&str, &str, String) + Send + 'static,
    ) -> Self {
        let watchdog = Self::default();
        let round = Arc::clone(&watchdog.round);
        thread::spawn(move || {
            let Watched { row, contestant, .. } = loop {
                thread::sleep(Duration::from_secs(1));
                let round = round.lock().expect("no one panics with it").clone();
                if let Some(round) = round.filter(|round| round.since.elapsed() > patience) {
                    break round;
                }
            };
            let fault = format!("{FAULT}: no end within {patience:?}");
            eprintln!("{contestant} in {row} {fault}");
            give_up(&row, contestant, fault);
            process::exit(HUNG);
        });
        watchdog
    }

    /// Runs a round under watch.
    pub(crate) fn watch<T>(
        &self,
        contestant: &'static str,
        row: &str,
        round: impl FnOnce() -> T,
    ) -> T {
        self.set(Some(Watched { row: row.to_owned(), contestant, since: Instant::now() }));
        let result = round();
        self.set(None);
        result
    }

    fn set(&self, round: Option<Watched>) {
        *self.round.lock().expect("no one panics with it") = round;
    }
}
