//! A program that runs beside this one and answers line by line. It ends with its input: when this
//! is dropped, and as well when this whole program dies.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{self, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::tally::Fault;

#[derive(Debug)]
pub(super) struct Child {
    process: process::Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

impl Child {
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let input = process.stdin.take().expect("it is piped");
        let output = process.stdout.take().expect("it is piped");
        let (sender, answers) = mpsc::channel();
        // A thread of its own, for a read has no time limit. It sleeps while a round runs.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { process, input, answers })
    }

    /// The answer to a line. After a fault this child is worth nothing: it has ended, or its next
    /// answer may be to this line.
    pub(super) fn ask(&mut self, line: &str, patience: Duration) -> Result<String, Fault> {
        let asked = writeln!(self.input, "{line}").and_then(|()| self.input.flush());
        match asked.map(|()| self.answers.recv_timeout(patience)) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(RecvTimeoutError::Timeout)) => {
                Err(Fault::Outside(format!("no answer within {patience:?}")))
            }
            Ok(Err(RecvTimeoutError::Disconnected)) | Err(_) => {
                Err(Fault::Outside("its program ended".to_owned()))
            }
        }
    }
}

/// The kernel counts in hundredths of a second here, whatever its own tick is.
const TICK: Duration = Duration::from_millis(10);

impl Child {
    /// The processor time of all its threads; none where the kernel does not tell.
    pub(super) fn cpu_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()));
        stat.ok().and_then(|stat| ticks(&stat)).map_or(Duration::ZERO, |ticks| TICK * ticks)
    }
}

/// User and system time: the 12th and 13th field after the name, which is in brackets and may hold
/// anything.
pub(super) fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11).map_while(|field| field.parse::<u32>().ok());
    Some(fields.next()? + fields.next()?)
}

impl Drop for Child {
    fn drop(&mut self) {
        // One that has just ended by itself is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
