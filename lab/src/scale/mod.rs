//! What more cores than this machine has would make of a channel: a model, calibrated here and
//! checked here, as far as that can be.
//!
//! - `lines`: which core has which cache line, by discrete events; `prices`: what that takes.
//! - `program`: operations as steps on lines; `counts`: strait's, counted from its code by
//!   `cargo x count`; `designs`: those of others, from their sources.
//! - `world`, `worker`, `queue`: cores that run the steps on one channel.
//! - `calibrate`, `pair`: the prices of this machine; `micro`, `check`: how far the model is off.
//!
//! The model knows no bandwidth, no overlapping loads, no threads that sleep, and takes the ways
//! between far cores from what others published. It tells designs apart; it is no measurement.

mod calibrate;
mod check;
mod counts;
mod designs;
mod lines;
mod micro;
mod pair;
mod prices;
mod program;
mod queue;
mod record;
mod show;
mod worker;
mod world;

pub(crate) use self::record::{Check, Point, Record, Series};

use self::prices::{Prices, ns};
use self::world::Setting;

/// As many as two sockets of 72 have.
const CORES: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 96, 144];

/// Calibrates, checks, and runs the model. `tick` hears what is done now. `None`: there are no two
/// processors to calibrate the model with, or others never leave them alone.
pub(crate) fn run(mut tick: impl FnMut(&str)) -> Option<Record> {
    let cpus = pair::cpus()?;
    let calibration = calibrate::measure(cpus, &mut tick)?;
    let prices = calibration.prices();
    let check = check::check(cpus, &calibration, prices, &mut tick);
    let series = series(prices, calibration.work, &mut tick);
    Some(Record { calibration: calibration.named(&prices), series, check })
}

/// Throughput by cores, for each scenario and design.
fn series(prices: Prices, work: f64, mut tick: impl FnMut(&str)) -> Vec<Series> {
    let mut series = Vec::new();
    for capacity in [64, 1024, 0] {
        let all = [
            counts::strait(capacity),
            designs::kotlin(capacity),
            designs::faa_cells(),
            designs::cas_ring(),
            designs::queued_lock(),
            designs::spin_lock(),
        ];
        // Of the others there is no such thing as a hand-over, or none that is this simple.
        let designs = if capacity == 0 { &all[..2] } else { &all[..] };
        for (steps, suffix) in check::WORKS {
            let scenario = format!("mpmc/{capacity}{suffix}");
            tick(&format!("model {scenario}"));
            for design in designs {
                let point = |&cores: &usize| {
                    let work = ns(if steps > 0 { work } else { 0.0 });
                    let messages = 1_500 + 20 * cores as u64;
                    let setting = Setting { cores, capacity, work, messages, seed: 1 };
                    let run = world::run(design, prices, setting);
                    Point { cores, mmsgs: 1e3 / run.ns }
                };
                // One core can hand nothing over to itself.
                let cores = CORES.iter().filter(|cores| capacity > 0 || **cores > 1);
                let (scenario, design) = (scenario.clone(), design.name.to_owned());
                series.push(Series { scenario, design, points: cores.map(point).collect() });
            }
        }
    }
    series
}
