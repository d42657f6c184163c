//! A program that runs beside this one and answers line by line. It ends with its input: when this
//! is dropped, and as well when this whole program dies.

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

impl Drop for Child {
    fn drop(&mut self) {
        // One that has just ended by itself is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
