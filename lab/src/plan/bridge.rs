//! Rows between a thread and a task.

use super::{ALL, LEAST_SHARE, Row};
use crate::rival::Rival;
use crate::workload::{BridgeRuns, Job, Run};

pub(super) const NOTE: &str = "\
The program's first thread at one end, a task on a runtime with 1 worker at the other. Those whose \
ends cannot be of different kinds are left out.";

pub(super) fn rows(rivals: &[&'static Rival]) -> Vec<Row> {
    type Pick = fn(BridgeRuns) -> Option<Run>;
    let ways: [(&str, Pick); 2] =
        [("thread-to-task", |runs| runs.to_task), ("task-to-thread", |runs| runs.to_thread)];
    let mut rows = Vec::new();
    for (way, pick) in ways {
        for capacity in ALL {
            let job = Job { workers: 1, messages: LEAST_SHARE, ..Job::at(capacity) };
            let name = format!("{way}/{capacity}");
            rows.push(Row::new(&name, job, rivals, |rival| {
                (rival.bridges)(capacity).and_then(pick)
            }));
        }
    }
    rows
}
