//! The share of the machine that other processes use.

use std::collections::VecDeque;
use std::fs;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

use crate::outside;

/// How far back a figure looks.
const WINDOW: Duration = Duration::from_secs(1);
/// How often the kernel is asked.
const STEP: Duration = Duration::from_millis(50);
/// The kernel counts in hundredths of a second, whatever its own tick is.
const TICK: f64 = 0.01;

/// The kernel counts busy time in steps of 10 ms a CPU, which says nothing of a round of 10 ms. So
/// the figure of a round is that of the last second (of what there is of it, at least a tenth),
/// which ends with the round: neighbours last longer than rounds do.
#[derive(Debug, Default)]
pub(crate) struct Others {
    samples: VecDeque<Sample>,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Instant,
    /// Seconds that all CPUs were busy, or taken by the host.
    busy: f64,
    /// Seconds of this process, of the children that it has waited for, and of those that play.
    own: f64,
}

impl Others {
    /// CPUs that others kept busy lately; `None` where the kernel does not tell, and at first.
    pub(crate) fn look(&mut self) -> Option<f64> {
        let now = Instant::now();
        if self.samples.back().is_none_or(|last| now - last.at >= STEP) {
            let stat = fs::read_to_string("/proc/stat").ok()?;
            let sample = Sample { at: now, busy: busy(&stat)?, own: own()? };
            self.samples.push_back(sample);
            while self.samples.get(1).is_some_and(|second| now - second.at >= WINDOW) {
                self.samples.pop_front();
            }
        }
        between(*self.samples.front()?, *self.samples.back()?)
    }
}

fn between(first: Sample, last: Sample) -> Option<f64> {
    let span = last.at - first.at;
    let others = (last.busy - first.busy) - (last.own - first.own);
    (span >= 2 * STEP).then(|| (others / span.as_secs_f64()).max(0.0))
}

/// From the first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal.
fn busy(stat: &str) -> Option<f64> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let ticks: Vec<f64> = fields.map_while(|field| field.parse().ok()).collect();
    let busy = ticks.get(..3)?.iter().chain(ticks.get(5..8)?);
    Some(busy.sum::<f64>() * TICK)
}

fn own() -> Option<f64> {
    let seconds = |who| {
        let usage = getrusage(who).ok()?;
        let seconds =
            |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 * 1e-6;
        Some(seconds(usage.user_time()) + seconds(usage.system_time()))
    };
    let ended = seconds(UsageWho::RUSAGE_SELF)? + seconds(UsageWho::RUSAGE_CHILDREN)?;
    Some(ended + outside::cpu_time().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_is_all_but_idle_and_waiting() {
        assert_eq!(busy("cpu  100 20 30 4000 500 6 7 8 0 0\ncpu0 1"), Some(1.71));
        assert_eq!(busy("intr 1 2 3"), None);
    }

    #[test]
    fn what_is_ours_is_not_theirs() {
        let at = Instant::now();
        let first = Sample { at, busy: 10.0, own: 1.0 };
        let last = Sample { at: at + Duration::from_secs(2), busy: 13.0, own: 2.0 };
        assert_eq!(between(first, last), Some(1.0));
        assert_eq!(between(first, first), None);
        assert_eq!(between(first, Sample { own: 5.0, ..last }), Some(0.0));
    }

    #[test]
    fn the_kernel_tells() {
        let mut others = Others::default();
        assert_eq!(others.look(), None);
        std::thread::sleep(3 * STEP);
        assert!(others.look().is_some_and(|cpus| cpus >= 0.0));
    }
}
