//! The short parts of the report: the machine, the noise, who won how much.

use super::table::{self, Cell, Mark, Table};
use crate::machine::Machine;
use crate::phase::Phase;
use crate::raw::{MemoryRow, Raw, Row, Scale};
use crate::stats::{Quartiles, figure, geometric_mean};
use crate::verdict::{Peers, Verdict, View};

pub(super) fn machine(raw: &Raw) -> Vec<String> {
    let Machine { cpu, cores, kernel, rustc, commit, command, started, .. } = &raw.machine;
    // Not every contestant is a package of the lock file.
    let mut packages = raw.machine.packages.clone();
    for one in raw.rows().flat_map(|row| &row.contestants) {
        let versioned = format!("{} {}", one.package, one.version);
        if !one.version.is_empty() && !packages.contains(&versioned) {
            packages.push(versioned);
        }
    }
    vec![
        format!("processor: {cpu}, {cores} cores"),
        format!("kernel: {kernel}"),
        format!("compiler: {rustc}"),
        format!("packages: {}", packages.join(", ")),
        format!("commit: {commit}"),
        format!("command: `{command}`"),
        format!("begun: {started}, took {} s", raw.machine.seconds),
        format!("load before: {}; after: {}", raw.machine.load_before, raw.machine.load_after),
    ]
}

pub(super) fn noise(raw: &Raw, threshold: f64) -> Vec<String> {
    let mut items = Vec::new();
    let others: Vec<f64> = raw.rounds().filter_map(|round| round.others).collect();
    if let Some(spread) = Quartiles::of(others.iter().copied()) {
        let much = others.iter().filter(|&&cpus| cpus > 0.2).count();
        let most = others.iter().copied().fold(0.0, f64::max);
        items.push(format!(
            "CPUs used by others: {:.2} ({:.2}–{:.2}), at most {most:.2}; more than 0.2 in {} % of \
             the rounds",
            spread.median,
            spread.low,
            spread.high,
            percent(much, others.len()),
        ));
    }
    let ends: Vec<[f64; 2]> = raw.rounds().filter_map(|round| round.bounce).collect();
    if !ends.is_empty() {
        let near = |ns: &f64| *ns < threshold;
        let both = |ends: &&[f64; 2]| ends.iter().all(near);
        let neither = |ends: &&[f64; 2]| !ends.iter().any(near);
        let median = |wanted: bool| {
            let of_kind = ends.iter().flatten().copied().filter(|ns| near(ns) == wanted);
            Quartiles::of(of_kind).map_or_else(|| "never".into(), |ns| ns.text() + " ns")
        };
        let (close, apart) =
            (ends.iter().filter(both).count(), ends.iter().filter(neither).count());
        items.push(format!(
            "a cache line to the other CPU and back: near {}, far {}, divided at {} ns",
            median(true),
            median(false),
            figure(threshold),
        ));
        items.push(format!(
            "rounds: {} % near, {} % far, {} % moved",
            percent(close, ends.len()),
            percent(apart, ends.len()),
            percent(ends.len() - close - apart, ends.len()),
        ));
    }
    if !raw.left_out.is_empty() {
        items.push(format!("rows for which there was no time: {}", raw.left_out.join(", ")));
    }
    let views: Vec<View<'_>> = raw.rows().map(|row| View::of(row, threshold)).collect();
    let count = |phase| views.iter().filter(|view| view.phase == phase).count();
    let moved: usize = views.iter().map(|view| view.counts.moved).sum();
    items.push(format!(
        "rows whose figures come from near rounds: {}, from far rounds: {}, from all: {} (in {moved} \
         interleaved rounds the CPUs moved)",
        count(Phase::Near),
        count(Phase::Far),
        count(Phase::All),
    ));
    items
}

fn percent(part: usize, whole: usize) -> String {
    format!("{:.0}", 100.0 * part as f64 / whole.max(1) as f64)
}

/// A row of ours with its ratio to the best peer.
struct Standing<'a> {
    row: &'a Row,
    ours: &'a str,
    peer: &'a str,
    ratio: f64,
    safe: Option<f64>,
}

fn of_rows<'a>(rows: &'a [Row], threshold: f64) -> Vec<Standing<'a>> {
    let mut all = Vec::new();
    for row in rows {
        let view = View::of(row, threshold);
        let Some((peer, _)) = view.best(Peers::All) else { continue };
        for ours in row.contestants.iter().filter(|one| one.own) {
            let Some(ratio) = view.ratio(&ours.name, Peers::All) else { continue };
            let safe = view.ratio(&ours.name, Peers::Safe);
            all.push(Standing { row, ours: &ours.name, peer: &peer.name, ratio, safe });
        }
    }
    all
}

/// Rows won, even and lost, and geometric means, per set and contestant of ours.
pub(super) fn standings(raw: &Raw, threshold: f64) -> Table {
    let mut table = Table::new(&[
        "set",
        "contestant",
        "won",
        "even",
        "lost",
        "mean / best",
        "mean / best safe",
    ]);
    for set in &raw.sets {
        let all = of_rows(&set.rows, threshold);
        for ours in table::contestants(set).into_iter().filter(|one| one.own) {
            let rows = || all.iter().filter(|standing| standing.ours == ours.name);
            let ratios: Vec<f64> = rows().map(|standing| standing.ratio).collect();
            let safe: Vec<f64> = rows().filter_map(|standing| standing.safe).collect();
            let count =
                |verdict| ratios.iter().filter(|&&ratio| Verdict::of(ratio) == verdict).count();
            let lost = count(Verdict::Lost);
            let mark = if lost > 0 { Mark::Bad } else { Mark::Plain };
            let mean = |ratios: &[f64]| match geometric_mean(ratios) {
                Some(mean) => Cell::verdict(format!("{mean:.2}"), Verdict::of(mean)),
                None => "".into(),
            };
            table.rows.push(vec![
                set.title.clone().into(),
                ours.name.clone().into(),
                count(Verdict::Won).to_string().into(),
                count(Verdict::Even).to_string().into(),
                Cell::marked(lost.to_string(), mark),
                mean(&ratios),
                mean(&safe),
            ]);
        }
    }
    table
}

/// Every row that is lost, the worst first.
pub(super) fn lost(raw: &Raw, threshold: f64) -> Table {
    let mut all: Vec<Standing<'_>> =
        raw.sets.iter().flat_map(|set| of_rows(&set.rows, threshold)).collect();
    all.retain(|standing| Verdict::of(standing.ratio) == Verdict::Lost);
    all.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
    let mut table = Table::new(&["row", "contestant", "/ best", "best peer", "/ best safe"]);
    table.rows.extend(all.into_iter().map(|standing| {
        let safe = standing.safe.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        vec![
            standing.row.name.clone().into(),
            standing.ours.into(),
            Cell::marked(format!("{:.2}", standing.ratio), Mark::Bad),
            standing.peer.into(),
            safe.into(),
        ]
    }));
    table
}

/// Who has no times in which row, and why.
pub(super) fn faults(raw: &Raw) -> Table {
    let mut table = Table::prose(&["row", "contestant", "fault"]);
    for row in raw.rows() {
        for one in row.contestants.iter().filter(|one| !one.faults.is_empty()) {
            let fault = Cell::marked(one.faults.join("; "), Mark::Fault);
            table.rows.push(vec![row.name.clone().into(), table::marked(one).into(), fault]);
        }
    }
    table
}

/// Whether what is slow on purpose came out slow.
pub(super) fn control(raw: &Raw, threshold: f64) -> Vec<String> {
    let mut rows = 0;
    let (mut names, mut ratios, mut quick) = (Vec::new(), Vec::new(), Vec::new());
    for row in raw.rows() {
        let view = View::of(row, threshold);
        let best = view.best_of(|one| !one.control);
        for one in row.contestants.iter().filter(|one| one.control) {
            let (Some(figures), Some((_, best))) = (view.figures_of(one), best) else { continue };
            rows += 1;
            let ratio = figures.wall.median / best;
            ratios.push(ratio);
            if !names.contains(&&*one.name) {
                names.push(&*one.name);
            }
            if Verdict::of(ratio) != Verdict::Lost {
                quick.push(format!("{} ({ratio:.2})", row.name));
            }
        }
    }
    if rows == 0 {
        return vec![];
    }
    let slow = rows - quick.len();
    let mean = geometric_mean(&ratios).unwrap_or(1.0);
    let but =
        if quick.is_empty() { String::new() } else { format!(", not in {}", quick.join(", ")) };
    let word = if quick.is_empty() { "slow, as it must" } else { "**not slow everywhere**" };
    vec![format!(
        "control ({}): came out {word}: slower than the fastest in {slow} of {rows} rows, by a mean \
         factor of {mean:.1}{but}",
        names.join(", "),
    )]
}

pub(super) fn memory(row: &MemoryRow) -> Table {
    let unit = &row.unit;
    let mut table = Table::new(&[&*row.row, unit, "/ strait", "allocations", "note"]);
    let ours = row.contestants.iter().find(|cell| cell.own).and_then(|cell| cell.bytes);
    let ours = ours.filter(|&ours| ours > 0.0 && unit == "B");
    let written = |value: Option<f64>| value.map(figure).unwrap_or_default();
    table.rows.extend(row.contestants.iter().map(|cell| {
        let safe = if cell.cancel_safe { "" } else { " †" };
        let control = if cell.control { " ‡" } else { "" };
        let ratio = cell.bytes.zip(ours).map(|(bytes, ours)| format!("{:.2}", bytes / ours));
        vec![
            format!("{}{safe}{control}", cell.name).into(),
            written(cell.bytes).into(),
            ratio.unwrap_or_default().into(),
            written(cell.allocations).into(),
            cell.note.clone().into(),
        ]
    }));
    table
}

/// The model beside the measurement.
pub(super) fn check(scale: &Scale) -> Table {
    let mut table = Table::new(&[
        "scenario",
        "design",
        "cores",
        "model, ns",
        "measured, ns",
        "model / measured",
    ]);
    table.rows.extend(scale.check.iter().map(|check| {
        vec![
            check.scenario.clone().into(),
            check.design.clone().into(),
            check.cores.to_string().into(),
            figure(check.model_ns).into(),
            figure(check.measured_ns).into(),
            format!("{:.2}", check.model_ns / check.measured_ns).into(),
        ]
    }));
    table
}
