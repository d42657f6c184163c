//! The budget file, and what it says to new figures.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{STEP, valgrind};
use crate::step::Failure;
use crate::workspace;

/// How far a count may be off its budget, in percent: code that is not ours shifts a little.
const TOLERANCE: f64 = 2.0;

/// As it is written to `lab/budget.json`.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Budget {
    /// Counts are comparable where these are the same.
    pub(super) tools: Vec<String>,
    /// Percent.
    pub(super) tolerance: f64,
    /// Instructions of one operation, path by path.
    pub(super) paths: BTreeMap<String, f64>,
}

impl Budget {
    pub(super) fn of(paths: BTreeMap<String, f64>) -> Result<Self, Failure> {
        Ok(Self { tools: valgrind::tools()?, tolerance: TOLERANCE, paths })
    }

    fn place() -> PathBuf {
        workspace::root().join("lab/budget.json")
    }

    pub(super) fn read() -> Result<Self, Failure> {
        let text = match fs::read_to_string(Self::place()) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(unusable(&error)),
        };
        serde_json::from_str(&text).map_err(|error| unusable(&error))
    }

    pub(super) fn write(&self) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(|error| unusable(&error))?;
        fs::write(Self::place(), text + "\n").map_err(|error| unusable(&error))
    }
}

fn unusable(error: &dyn fmt::Display) -> Failure {
    Failure::new(STEP, format!("{}: {error}", Budget::place().display()))
}

/// A path in the file and now; one that is missing on either side has no figure there.
pub(super) struct Change {
    pub(super) path: String,
    pub(super) budget: Option<f64>,
    pub(super) counted: Option<f64>,
    tolerance: f64,
}

/// All paths of both; if the new figures are not the `whole`, those of the new ones alone.
pub(super) fn compare(old: &Budget, new: &Budget, whole: bool) -> Vec<Change> {
    let gone = old.paths.keys().filter(|path| whole && !new.paths.contains_key(*path));
    let change = |path: &String| Change {
        path: path.clone(),
        budget: old.paths.get(path).copied(),
        counted: new.paths.get(path).copied(),
        tolerance: old.tolerance / 100.0,
    };
    new.paths.keys().chain(gone).map(change).collect()
}

impl Change {
    /// More than allowed; a path without a budget is a budget that nobody has decided on, and a
    /// budget without a path is a check that has got lost.
    pub(super) fn is_worse(&self) -> bool {
        match (self.budget, self.counted) {
            (Some(budget), Some(counted)) => counted > budget * (1.0 + self.tolerance),
            _ => true,
        }
    }

    pub(super) fn is_better(&self) -> bool {
        match (self.budget, self.counted) {
            (Some(budget), Some(counted)) => counted < budget * (1.0 - self.tolerance),
            _ => false,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "    {}: ", self.path)?;
        match (self.budget, self.counted) {
            (Some(budget), Some(counted)) => {
                let percent = (counted / budget - 1.0) * 100.0;
                write!(f, "{counted:.1} instructions, budget {budget:.1} ({percent:+.1} %)")
            }
            (None, Some(counted)) => write!(f, "{counted:.1} instructions, not in the file"),
            (_, None) => write!(f, "in the file, but there is no such path"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(paths: &[(&str, f64)]) -> Budget {
        let paths = paths.iter().map(|&(path, count)| (path.to_owned(), count)).collect();
        Budget { tools: Vec::new(), tolerance: 2.0, paths }
    }

    fn worse_and_better(old: &Budget, new: &Budget, whole: bool) -> (Vec<String>, Vec<String>) {
        let changes = compare(old, new, whole);
        let names = |wanted: fn(&Change) -> bool| {
            let wanted = changes.iter().filter(|&change| wanted(change));
            wanted.map(|change| change.path.clone()).collect()
        };
        (names(Change::is_worse), names(Change::is_better))
    }

    #[test]
    fn what_is_beyond_the_tolerance_is_told() {
        let old = budget(&[("more", 100.0), ("less", 100.0), ("up", 100.0), ("down", 100.0)]);
        let new = budget(&[("more", 102.5), ("less", 97.5), ("up", 101.5), ("down", 98.5)]);
        let told = (vec!["more".to_owned()], vec!["less".to_owned()]);
        assert_eq!(worse_and_better(&old, &new, true), told);
    }

    #[test]
    fn a_path_that_came_or_went_fails() {
        let (old, new) = (budget(&[("went", 1.0)]), budget(&[("came", 1.0)]));
        let both = vec!["came".to_owned(), "went".to_owned()];
        assert_eq!(worse_and_better(&old, &new, true), (both, vec![]));
        assert_eq!(worse_and_better(&old, &new, false).0, ["came"]);
    }
}
