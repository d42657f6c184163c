//! Where a value lies along an axis, and ticks that a reader can read.

use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{IntoLogRange, LogCoord};

/// An axis between two pixels.
pub(super) struct Axis {
    map: Map,
    pixels: (i32, i32),
}

enum Map {
    Log(LogCoord<f64>),
    Linear(RangedCoordf64),
}

impl Axis {
    pub(super) fn log((low, high): (f64, f64), pixels: (i32, i32)) -> Self {
        Self { map: Map::Log((low..high).log_scale().into()), pixels }
    }

    /// From 0.
    pub(super) fn linear(high: f64, pixels: (i32, i32)) -> Self {
        Self { map: Map::Linear((0.0..high).into()), pixels }
    }

    pub(super) fn at(&self, value: f64) -> i32 {
        match &self.map {
            Map::Log(map) => map.map(&value, self.pixels),
            Map::Linear(map) => map.map(&value, self.pixels),
        }
    }
}

/// Where a logarithmic axis over `low..=high` has its ticks: at powers of ten, and at 2 and 5 times
/// those where there are few of them.
pub(super) fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    let decades = (high / low).log10();
    let steps: &[f64] = match decades {
        _ if decades > 3.2 => &[1.0],
        _ if decades > 1.6 => &[1.0, 3.0],
        _ if decades > 0.8 => &[1.0, 2.0, 5.0],
        _ => &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0],
    };
    let first = low.log10().floor() as i32;
    let last = high.log10().ceil() as i32;
    let all =
        (first..=last).flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
    all.filter(|tick| (low * 0.999..=high * 1.001).contains(tick)).collect()
}

/// Where a linear axis from 0 to `high` has its ticks: four to eight round numbers.
pub(super) fn linear_ticks(high: f64) -> Vec<f64> {
    let power = 10_f64.powf((high / 4.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    let step = step.into_iter().find(|step| high / step <= 8.0).unwrap_or(high);
    (0..=(high / step + 1e-9) as u32).map(|number| f64::from(number) * step).collect()
}

/// 1000 as 1k, 0.05 as it is, and no digits that say nothing.
pub(super) fn label(value: f64) -> String {
    let (value, unit) = match value {
        _ if value >= 0.9995e9 => (value / 1e9, "G"),
        _ if value >= 0.9995e6 => (value / 1e6, "M"),
        _ if value >= 0.9995e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let rounded = (value * 1e3).round() / 1e3;
    format!("{rounded}{unit}")
}

/// The ends of a logarithmic axis that shows all `values`, with some room; `None` without any.
pub(super) fn log_ends(values: impl Iterator<Item = f64> + Clone) -> Option<(f64, f64)> {
    let values = values.filter(|&value| value > 0.0 && value.is_finite());
    let low = values.clone().min_by(f64::total_cmp)?;
    let high = values.max_by(f64::total_cmp)?;
    // Less than a factor of three would make noise look like news.
    let middle = (low * high).sqrt();
    let (low, high) = (low.min(middle / 1.73), high.max(middle * 1.73));
    let room = (high / low).powf(0.03);
    Some((low / room, high * room))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_few_and_round() {
        assert_eq!(log_ticks(10.0, 20_000.0).len(), 4);
        assert_eq!(log_ticks(9.0, 60.0), [10.0, 20.0, 50.0]);
        assert_eq!(linear_ticks(47.0), [0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(linear_ticks(9.0), [0.0, 2.0, 4.0, 6.0, 8.0]);
        for high in [0.3, 1.0, 7.7, 12.0, 333.0] {
            assert!((4..=9).contains(&linear_ticks(high).len()), "{high}");
        }
    }

    #[test]
    fn labels_are_short() {
        let labels = [0.05, 1.0, 1.5, 50.0, 1000.0, 20_000.0, 3e6].map(label);
        assert_eq!(labels, ["0.05", "1", "1.5", "50", "1k", "20k", "3M"]);
    }

    #[test]
    fn a_narrow_range_is_not_stretched() {
        let (low, high) = log_ends([100.0, 101.0].into_iter()).unwrap();
        assert!(high / low > 3.0);
        assert_eq!(log_ends([0.0].into_iter()), None);
    }
}
