//! A round that hangs ends the program: there is no way to take back a thread that waits for ever.

use std::process;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What the process ends with when a round hangs.
const HUNG: i32 = 3;

#[derive(Debug, Default)]
pub(crate) struct Watchdog {
    round: Arc<Mutex<Option<(String, Instant)>>>,
}

impl Watchdog {
    /// Watches rounds, none of which may take longer than `patience`.
    pub(crate) fn start(patience: Duration) -> Self {
        let watchdog = Self::default();
        let round = Arc::clone(&watchdog.round);
        thread::spawn(move || {
            loop {
                thread::sleep(Duration::from_secs(1));
                if let Some((round, since)) = &*round.lock().expect("no one panics with it")
                    && since.elapsed() > patience
                {
                    eprintln!("hung: {round} did not end within {patience:?}; giving up");
                    process::exit(HUNG);
                }
            }
        });
        watchdog
    }

    /// Runs a round under watch.
    pub(crate) fn watch<T>(&self, contestant: &str, row: &str, round: impl FnOnce() -> T) -> T {
        self.set(Some((format!("{contestant} in {row}"), Instant::now())));
        let result = round();
        self.set(None);
        result
    }

    fn set(&self, round: Option<(String, Instant)>) {
        *self.round.lock().expect("no one panics with it") = round;
    }
}
