//! What a run of the model leaves: in the raw file, and for the plots.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::calibrate::Calibration;
use super::prices::{FAR_SOURCE, OTHER_SOCKET, Prices, SAME_SOCKET};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Nanoseconds by name, but for what says to be a ratio. Names that begin with `published` are
    /// not measured here.
    pub(crate) calibration: BTreeMap<String, f64>,
    pub(crate) series: Vec<Series>,
    pub(crate) check: Vec<Check>,
}

/// A line of a plot, from the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Series {
    pub(crate) scenario: String,
    pub(crate) design: String,
    pub(crate) points: Vec<Point>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Point {
    pub(crate) cores: usize,
    /// Million messages a second.
    pub(crate) mmsgs: f64,
}

/// The model beside a measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Check {
    pub(crate) cores: usize,
    pub(crate) scenario: String,
    pub(crate) design: String,
    pub(crate) model_ns: f64,
    pub(crate) measured_ns: f64,
}

impl Check {
    /// How much more the model takes than what was measured, as a share.
    pub(crate) fn error(&self) -> f64 {
        self.model_ns / self.measured_ns - 1.0
    }
}

impl Calibration {
    /// As it stands in the record.
    pub(super) fn named(&self, prices: &Prices) -> BTreeMap<String, f64> {
        let model = |time: u64| time as f64 / 1e3;
        let figures = [
            ("load", self.load),
            ("store", self.store),
            ("read-modify-write", self.rmw),
            ("pause", self.pause),
            ("yield", self.give_way),
            ("work", self.work),
            ("work between spaced additions", self.gap),
            ("line, one way", self.pair.one_way),
            ("two cores, fetch-and-add", self.pair.fetch_add),
            ("two cores, spaced additions", self.pair.spaced),
            ("two cores, compare-and-swap", self.pair.compare_swap),
            ("two cores, lost for each that won (ratio)", self.pair.losses),
            ("two cores, spin lock", self.pair.lock),
            ("model: transfer inside a group", model(prices.near)),
            ("model: transfer inside a socket", model(prices.socket)),
            ("model: transfer to another socket", model(prices.across)),
            ("model: a line stays with a writer, fitted", model(prices.hold)),
        ];
        let published = [
            (format!("published: one way inside a socket ({FAR_SOURCE})"), SAME_SOCKET),
            (format!("published: one way to another socket ({FAR_SOURCE})"), OTHER_SOCKET),
        ];
        figures.map(|(name, time)| (name.to_owned(), time)).into_iter().chain(published).collect()
    }
}
