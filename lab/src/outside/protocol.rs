//! What is said: one JSON object a line, a job there, a cost or a fault back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::meter::Cost;
use crate::tally::Fault;
use crate::workload::Job;

/// What is done with the channels; the names are those of the programs.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Workload {
    Streams,
    PingPong,
    Ready,
    SelectRecv,
    SelectReady,
    SelectPlain,
    Cross,
    Both,
    Cancel,
    Mutex,
    Semaphore,
    RwLock,
    Broadcast,
    Latest,
}

#[derive(Serialize)]
struct Request {
    workload: Workload,
    capacity: String,
    producers: usize,
    consumers: usize,
    messages: usize,
    arms: usize,
    busy: usize,
    work: u32,
    /// 1 for yes.
    yields: u8,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Reply {
    Fault {
        fault: String,
    },
    /// `least` and `most` are turns in parts of the mean, where they differ.
    Cost {
        wall_ns: u64,
        cpu_ns: u64,
        least: Option<f64>,
        most: Option<f64>,
    },
}

/// The line that asks for a round.
pub(super) fn request(workload: Workload, job: Job) -> String {
    let request = Request {
        workload,
        capacity: job.capacity.to_string(),
        producers: job.producers,
        consumers: job.consumers,
        messages: job.messages,
        arms: job.arms,
        busy: job.busy,
        work: job.work,
        yields: job.yields.into(),
    };
    serde_json::to_string(&request).expect("numbers and strings can be written")
}

/// What the line that answers means.
pub(super) fn reply(line: &str) -> Result<Cost, Fault> {
    match serde_json::from_str(line) {
        Ok(Reply::Cost { wall_ns, cpu_ns, least, most }) => {
            let cost = Cost::new(Duration::from_nanos(wall_ns), Duration::from_nanos(cpu_ns));
            Ok(Cost { spread: least.zip(most).map(|(least, most)| [least, most]), ..cost })
        }
        Ok(Reply::Fault { fault }) => Err(Fault::Outside(fault)),
        Err(_) => Err(Fault::Outside(format!("no answer: {line}"))),
    }
}
