//! What the jobs of the program are doing, as a tree.
//!
//! It is built from the lists that cancellation needs anyway, so it costs nothing until it is
//! asked for. Each scope's lock is taken for a short copy, one after the other: the picture is not
//! that of one moment.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::Arc;

use super::error::Cause;
use super::place;
use super::settings::{Tree, root};
use super::tree::{Body, Frame, Look, Phase};

/// Jobs of one place and state that are shown one by one; more are counted.
const SHOWN: usize = 5;

/// The jobs and scopes of the whole process, as of now; shown by `Display` as a text, by
/// [`json`](Dump::json) as JSON.
///
/// # Examples
/// ```
/// use strait::task;
/// task::run_blocking(|s| async move {
///     s.launch(std::future::pending::<()>()).name("idle");
///     let dump = task::dump();
///     assert!(dump.to_string().contains("idle"));
///     assert!(dump.live() >= 1);
///     s.cancel("seen");
/// }).unwrap();
/// ```
pub fn dump() -> Dump {
    Dump { root: Scope::of(root()) }
}

/// See [`dump`].
#[derive(Clone, Debug)]
pub struct Dump {
    root: Scope,
}

#[derive(Clone, Debug)]
struct Scope {
    name: Option<String>,
    place: String,
    policy: String,
    state: String,
    counts: [(&'static str, usize); 5],
    jobs: Vec<Job>,
    scopes: Vec<Scope>,
}

#[derive(Clone, Debug)]
struct Job {
    name: Option<String>,
    place: String,
    state: String,
}

impl Scope {
    fn of(node: &Arc<Tree>) -> Self {
        let Look { phase, body, tally, frames } = node.look();
        Self {
            name: node.settings.name.as_deref().map(str::to_owned),
            place: place_of(node.settings.place),
            policy: format!("{:?}", node.policy()),
            state: state_of(phase, body),
            counts: [
                ("started", tally.started),
                ("ok", tally.succeeded),
                ("failed", tally.failed),
                ("panicked", tally.panicked),
                ("cancelled", tally.cancelled),
            ],
            jobs: frames.into_iter().map(|frame| Job::of(frame, phase)).collect(),
            scopes: node.below().iter().map(Self::of).collect(),
        }
    }

    fn live(&self) -> usize {
        self.jobs.len() + self.scopes.iter().map(Self::live).sum::<usize>()
    }

    fn text(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let indent = "  ".repeat(depth);
        let name = self.name.as_deref().unwrap_or("scope");
        write!(
            f,
            "{indent}{name} ({}, {})  {}  live {}",
            self.place,
            self.policy,
            self.state,
            self.live()
        )?;
        for (what, count) in self.counts.iter().filter(|(_, count)| *count > 0) {
            write!(f, "  {what} {count}")?;
        }
        writeln!(f)?;
        let mut groups: BTreeMap<(&str, &str), Vec<&Job>> = BTreeMap::new();
        for job in &self.jobs {
            groups.entry((&job.place, &job.state)).or_default().push(job);
        }
        for ((place, state), jobs) in groups {
            let (named, rest): (Vec<&Job>, Vec<&Job>) =
                jobs.into_iter().partition(|job| job.name.is_some());
            for job in named.iter().take(SHOWN) {
                writeln!(f, "{indent}  - {}  {place}  {state}", job.name.as_deref().unwrap_or(""))?;
            }
            let more = rest.len() + named.len().saturating_sub(SHOWN);
            if more > 0 {
                writeln!(f, "{indent}  - {more} of {place}  {state}")?;
            }
        }
        self.scopes.iter().try_for_each(|scope| scope.text(f, depth + 1))
    }

    fn json(&self, to: &mut String) {
        to.push('{');
        member(to, "name", self.name.as_deref());
        member(to, "place", Some(&self.place));
        member(to, "policy", Some(&self.policy));
        member(to, "state", Some(&self.state));
        for (what, count) in self.counts {
            let _ = write!(to, "\"{what}\":{count},");
        }
        to.push_str("\"jobs\":[");
        list(to, &self.jobs, |job, to| {
            to.push('{');
            member(to, "name", job.name.as_deref());
            member(to, "place", Some(&job.place));
            let _ = write!(to, "\"state\":{}", quoted(&job.state));
            to.push('}');
        });
        to.push_str("],\"scopes\":[");
        list(to, &self.scopes, Self::json);
        to.push_str("]}");
    }
}

impl Job {
    fn of(frame: Frame, phase: Phase) -> Self {
        let shield = if frame.shields > 0 { "shielded" } else { "live" };
        let state = match (frame.marked, phase) {
            (Some(cause), _) | (None, Phase::Cancelled(cause)) => {
                format!("{shield}, cancelled: {cause}")
            }
            _ => shield.to_owned(),
        };
        Self { name: frame.name.map(String::from), place: place_of(frame.place), state }
    }
}

fn state_of(phase: Phase, body: Body) -> String {
    let body = match body {
        Body::Running => "body runs",
        Body::Finished => "waits for children",
        Body::Abandoned => "dropped, waited for above",
    };
    match phase {
        Phase::Open => body.to_owned(),
        Phase::Cancelled(cause) => cancelled(cause, body),
        Phase::Ended(_) => "ended".to_owned(),
    }
}

fn cancelled(cause: Cause, body: &str) -> String {
    format!("cancelled: {cause}; {body}")
}

fn place_of(number: u32) -> String {
    match place::place(number) {
        Some(place) => format!("{}:{}", place.file(), place.line()),
        None => "?".to_owned(),
    }
}

impl Dump {
    /// How many jobs there are.
    pub fn live(&self) -> usize {
        self.root.live()
    }

    /// The same as a JSON object: `name`, `place`, `policy`, `state`, how many children `started`
    /// and ended how, the `jobs` with `name`, `place` and `state`, and the `scopes` below.
    pub fn json(&self) -> String {
        let mut json = String::new();
        self.root.json(&mut json);
        json
    }
}

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "job tree  pid {}  live {}", std::process::id(), self.live())?;
        self.root.text(f, 0)
    }
}

fn list<T>(to: &mut String, items: &[T], mut item: impl FnMut(&T, &mut String)) {
    for (i, one) in items.iter().enumerate() {
        if i > 0 {
            to.push(',');
        }
        item(one, to);
    }
}

/// A member of an object, which is not its last one.
fn member(to: &mut String, name: &str, value: Option<&str>) {
    let value = value.map_or_else(|| "null".to_owned(), quoted);
    let _ = write!(to, "\"{name}\":{value},");
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
