//! Middles and spreads.

/// The quartiles of some figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quartiles {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Quartiles {
    /// `None` of none.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let at = |share: f64| {
            let place = share * last as f64;
            let below = sorted[place as usize];
            let above = sorted[(place as usize + 1).min(last)];
            below + (above - below) * place.fract()
        };
        Some(Self { low: at(0.25), median: at(0.5), high: at(0.75) })
    }

    /// The median, and the quartiles in brackets.
    pub(crate) fn text(self) -> String {
        format!("{} ({}–{})", figure(self.median), figure(self.low), figure(self.high))
    }
}

/// The geometric mean, the only one for ratios; `None` of none.
pub(crate) fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let logs: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (!ratios.is_empty()).then(|| (logs / ratios.len() as f64).exp())
}

/// Three digits, or as many as there are before the point.
pub(crate) fn figure(value: f64) -> String {
    match value {
        _ if value < 9.995 => format!("{value:.2}"),
        _ if value < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_interpolate() {
        let quartiles = Quartiles::of([4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(quartiles, Quartiles { low: 1.75, median: 2.5, high: 3.25 });
        assert_eq!(Quartiles::of([]), None);
    }

    #[test]
    fn figures_have_three_digits() {
        assert_eq!(
            [9.994, 9.995, 99.94, 99.95, 1234.5].map(figure),
            ["9.99", "10.0", "99.9", "100", "1234"]
        );
    }

    #[test]
    fn a_ratio_and_its_inverse_cancel() {
        let mean = geometric_mean(&[0.25, 4.0]).unwrap();
        assert!((mean - 1.0).abs() < 1e-12);
    }
}
