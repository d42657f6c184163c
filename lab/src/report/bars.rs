//! The bars: how far ahead strait means to be, set of rows by set of rows, and whether it is.

use super::table::{Cell, Mark, Table};
use crate::raw::{MemoryRow, Raw, Row};
use crate::stats::geometric_mean;
use crate::verdict::{Peers, View};

pub(super) const NOTE: &str = "\
strait as `strait`, and as `strait-dynamic` where a macro cannot do a row. A row holds up to 1.05 \
where it is to be even, up to 0.95 where it is to be won. Rows of channels with work or with \
other payloads count in the talk's bar alone.";

/// What a bar asks of the ratios of its rows.
#[derive(Clone, Copy)]
struct Limit {
    /// Of every row.
    each: f64,
    /// Of the geometric mean.
    mean: f64,
}

impl Limit {
    const fn each(each: f64) -> Self {
        Self { each, mean: f64::INFINITY }
    }

    fn holds(self, ratios: &[f64]) -> bool {
        let each = ratios.iter().all(|&ratio| ratio <= self.each);
        each && geometric_mean(ratios).is_some_and(|mean| mean <= self.mean)
    }
}

const WON: f64 = 0.95;
const EVEN: f64 = 1.05;

struct Bar {
    what: &'static str,
    text: &'static str,
    asks: Limit,
    goal: Limit,
    rows: fn(&Row) -> bool,
    ratio: fn(&View<'_>, &str) -> Option<f64>,
}

const BARS: [Bar; 10] = [
    Bar {
        what: "same thread, send then receive",
        text: "even in every row; goal: mean 0.85",
        asks: Limit::each(EVEN),
        goal: Limit { each: EVEN, mean: 0.85 },
        rows: |row| bare(row) && row.name.starts_with("threads/same/"),
        ratio: |view, ours| view.ratio(ours, Peers::All),
    },
    Bar {
        what: "threads",
        text: "even in every row, mean 0.9; goal: won in every row, mean 0.7",
        asks: Limit { each: EVEN, mean: 0.9 },
        goal: Limit { each: WON, mean: 0.7 },
        rows: |row| bare(row) && crowd(row) && row.name.starts_with("threads/"),
        ratio: |view, ours| view.ratio(ours, Peers::All),
    },
    Bar {
        what: "tasks, 1 and 2 workers",
        text: "even in every row, mean 0.85; goal: won in every row, mean 0.7",
        asks: Limit { each: EVEN, mean: 0.85 },
        goal: Limit { each: WON, mean: 0.7 },
        rows: |row| bare(row) && crowd(row) && row.name.starts_with("tasks"),
        ratio: |view, ours| view.ratio(ours, Peers::All),
    },
    Bar {
        what: "the same three against cancel-safe peers",
        text: "won in every row; goal: mean 0.4",
        asks: Limit::each(WON),
        goal: Limit { each: WON, mean: 0.4 },
        rows: |row| bare(row) && (crowd(row) || row.name.starts_with("threads/same/")),
        ratio: |view, ours| view.ratio(ours, Peers::Safe),
    },
    Bar {
        what: "the talk's three figures against Go and Kotlin",
        text: "won in every row; goal: 0.5 in every row",
        asks: Limit::each(WON),
        goal: Limit::each(0.5),
        rows: |row| row.name.starts_with("talk/"),
        ratio: |view, ours| against(view, ours, &["go", "kotlin"]),
    },
    Bar {
        what: "ready select against the plain operation",
        text: "1.3 in every row",
        asks: Limit::each(1.3),
        goal: Limit::each(1.3),
        rows: |row| bare(row) && row.name.contains("/select-ready/"),
        ratio: |view, ours| view.figures(ours)?.over_plain,
    },
    Bar {
        what: "waiting select against crossbeam, flume and tokio::select!",
        text: "won in every row",
        asks: Limit::each(WON),
        goal: Limit::each(WON),
        rows: |row| bare(row) && row.name.contains("/select-recv/"),
        ratio: |view, ours| against(view, ours, &["crossbeam-channel", "flume", "tokio"]),
    },
    Bar {
        what: "locks and semaphores against all but parking_lot and std",
        text: "won in every row",
        asks: Limit::each(WON),
        goal: Limit::each(WON),
        rows: |row| row.name.starts_with("sync/"),
        ratio: |view, ours| {
            let (_, best) =
                view.best_of(|one| one.peer() && !["parking_lot", "std"].contains(&&*one.package))?;
            Some(view.figures(ours)?.wall.median / best)
        },
    },
    Bar {
        what: "uncontended mutex against parking_lot",
        text: "1.3",
        asks: Limit::each(1.3),
        goal: Limit::each(1.3),
        rows: |row| row.name == "sync/mutex/threads/1",
        ratio: |view, ours| against(view, ours, &["parking_lot"]),
    },
    Bar {
        what: "broadcast and the latest value",
        text: "won in every row",
        asks: Limit::each(WON),
        goal: Limit::each(WON),
        rows: |row| row.name.starts_with("many/"),
        ratio: |view, ours| view.ratio(ours, Peers::All),
    },
];

/// Words, no work.
fn bare(row: &Row) -> bool {
    row.job.work == 0 && matches!(&*row.job.payload, "word" | "")
}

fn crowd(row: &Row) -> bool {
    let shape = row.name.split('/').nth(1);
    matches!(shape, Some("spsc" | "mpsc4" | "mpmc4x4" | "1000x1000"))
}

/// The ratio to the fastest of `packages`.
fn against(view: &View<'_>, ours: &str, packages: &[&str]) -> Option<f64> {
    let (_, best) = view.best_of(|one| one.peer() && packages.contains(&&*one.package))?;
    Some(view.figures(ours)?.wall.median / best)
}

/// The name that strait goes by in this row.
fn ours(row: &Row) -> Option<&str> {
    let named = |name: &&str| row.contestant(name).is_some_and(|one| one.own);
    ["strait", "strait-dynamic"].into_iter().find(named)
}

pub(super) fn table(raw: &Raw, threshold: f64) -> Table {
    let mut table = Table::prose(&["rows", "bar", "found", "worst row", "verdict"]);
    for bar in &BARS {
        let mut ratios = Vec::new();
        let mut worst: Option<(&str, f64)> = None;
        let mut void = Vec::new();
        for row in raw.rows().filter(|row| (bar.rows)(row)) {
            let Some(ours) = ours(row) else { continue };
            if row.contestant(ours).is_some_and(|one| !one.faults.is_empty()) {
                void.push(&*row.name);
            }
            let Some(ratio) = (bar.ratio)(&View::of(row, threshold), ours) else { continue };
            ratios.push(ratio);
            if worst.is_none_or(|(_, most)| ratio > most) {
                worst = Some((&row.name, ratio));
            }
        }
        let held = void.is_empty() && bar.asks.holds(&ratios);
        let over = ratios.iter().filter(|&&ratio| ratio > bar.asks.each).count();
        let mean = geometric_mean(&ratios);
        let mut found = mean.map_or_else(
            || "not measured".into(),
            |mean| {
                format!("mean {mean:.2}; {} of {} rows within", ratios.len() - over, ratios.len())
            },
        );
        if !void.is_empty() {
            found += &format!("; ours at fault in {}", void.join(", "));
        }
        let verdict = match mean {
            None if void.is_empty() => "".into(),
            _ if held && bar.goal.holds(&ratios) => Cell::marked("goal reached", Mark::Good),
            _ if held => Cell::marked("held", Mark::Good),
            _ => Cell::marked("missed", Mark::Bad),
        };
        let worst = worst.map_or_else(String::new, |(row, ratio)| format!("{row}: {ratio:.2}"));
        table.rows.push(vec![
            bar.what.into(),
            bar.text.into(),
            found.into(),
            worst.into(),
            verdict,
        ]);
    }
    table.rows.push(flat(raw, threshold));
    table.rows.push(create(raw, threshold));
    table.rows.push(idle(&raw.memory));
    table.rows.push(burst(&raw.memory));
    table
}

fn line(what: &str, text: &str, found: Option<(String, bool)>) -> Vec<Cell> {
    let (found, verdict) = match found {
        None => ("not measured".into(), "".into()),
        Some((found, true)) => (found, Cell::marked("held", Mark::Good)),
        Some((found, false)) => (found, Cell::marked("missed", Mark::Bad)),
    };
    vec![what.into(), text.into(), found.into(), "".into(), verdict]
}

/// What an arm that nobody sends into costs a select that goes on: most arms over fewest.
fn flat(raw: &Raw, threshold: f64) -> Vec<Cell> {
    let mut worst: Option<(f64, String)> = None;
    for place in ["threads", "tasks1", "tasks2"] {
        let of_place = raw.rows().filter(|row| {
            let mut parts = row.name.split('/');
            bare(row)
                && parts.next() == Some(place)
                && parts.next() == Some("select-recv")
                && parts.nth(1) == Some("one")
        });
        let figures = of_place.filter_map(|row| {
            let median = View::of(row, threshold).figures("strait-dynamic")?.wall.median;
            Some((row.job.arms, median))
        });
        let figures: Vec<(usize, f64)> = figures.collect();
        let (Some(few), Some(many)) =
            (figures.iter().min_by_key(|of| of.0), figures.iter().max_by_key(|of| of.0))
        else {
            continue;
        };
        let ratio = many.1 / few.1;
        if many.0 > few.0 && worst.as_ref().is_none_or(|(most, _)| ratio > *most) {
            worst =
                Some((ratio, format!("{ratio:.2} from {} to {} arms ({place})", few.0, many.0)));
        }
    }
    let found = worst.map(|(ratio, text)| (text, ratio <= 1.3));
    line("waiting kept select, one busy arm", "goal: flat in the number of arms (1.3)", found)
}

fn create(raw: &Raw, threshold: f64) -> Vec<Cell> {
    let rows = raw.rows().filter(|row| bare(row) && row.name.starts_with("threads/create/"));
    let medians = rows.filter_map(|row| {
        Some((View::of(row, threshold).figures("strait")?.wall.median, &row.name))
    });
    let worst = medians.max_by(|a, b| a.0.total_cmp(&b.0));
    let found = worst.map(|(ns, row)| (format!("at most {ns:.0} ns ({row})"), ns <= 100.0));
    line("making and dropping an empty channel", "100 ns", found)
}

/// The largest of strait's figures in `rows`, with the row.
fn most<'a>(rows: impl Iterator<Item = &'a MemoryRow>) -> Option<(f64, &'a str)> {
    let figures = rows.filter_map(|row| {
        let ours = row.contestants.iter().find(|cell| cell.name == "strait")?;
        Some((ours.bytes?, &*row.row))
    });
    figures.max_by(|a, b| a.0.total_cmp(&b.0))
}

fn idle(memory: &[MemoryRow]) -> Vec<Cell> {
    let fresh = |row: &&MemoryRow| row.row.starts_with("idle/") && !row.row.ends_with("/used");
    let found = most(memory.iter().filter(fresh)).map(|(bytes, row)| {
        let goal = if bytes <= 256.0 { ", the goal too" } else { "" };
        (format!("at most {bytes:.0} B ({row}){goal}"), bytes <= 512.0)
    });
    line("an empty channel", "512 B; goal: 256 B", found)
}

fn burst(memory: &[MemoryRow]) -> Vec<Cell> {
    let left =
        |row: &&MemoryRow| row.row.starts_with("burst/") && row.row.ends_with("/left of start");
    let found = most(memory.iter().filter(left))
        .map(|(share, row)| (format!("{share:.1} % more than before ({row})"), share <= 10.0));
    line("after a burst of 10,000,000 messages", "memory back within 10 % of the start", found)
}
