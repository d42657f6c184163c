//! The figures, as the raw record keeps them.

use serde::{Deserialize, Serialize};

/// One line of the table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// As in `idle/64`.
    pub row: String,
    /// `B` for bytes, `%` for a share.
    pub unit: String,
    /// How many channels, tasks or messages there were.
    pub count: u64,
    /// Those who took part, in the order of the tables.
    pub contestants: Vec<Contestant>,
}

/// What one library came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contestant {
    /// As in every other row.
    pub name: String,
    /// Strait, and not one of those it is compared with.
    pub own: bool,
    /// Not a library: what the row costs without a channel.
    #[serde(default)]
    pub control: bool,
    /// Whether a dropped future loses and doubles nothing.
    pub cancel_safe: bool,
    /// The figure, in the unit of the row; none if the measurement failed.
    pub bytes: Option<f64>,
    /// How often memory was asked for, for each of what is counted; none where that says nothing.
    pub allocations: Option<f64>,
    /// Why there is no figure, or what one must know of it.
    #[serde(default)]
    pub note: String,
}
