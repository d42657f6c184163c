//! The model: throughput against cores, one line a design, with what was measured on top.

use super::Figure;
use super::lines::{Chart, Line};
use crate::raw::Scale;
use crate::report::palette::{self, Shape, Style};

pub(crate) fn figures(scale: &Scale) -> Vec<Figure> {
    let mut scenarios: Vec<&str> = scale.series.iter().map(|series| &*series.scenario).collect();
    scenarios.sort_unstable();
    scenarios.dedup();
    scenarios.into_iter().filter_map(|scenario| of_scenario(scale, scenario)).collect()
}

fn of_scenario(scale: &Scale, scenario: &str) -> Option<Figure> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let series = scale.series.iter().filter(|series| series.scenario == scenario);
    for (place, series) in series.enumerate() {
        let points = series.points.iter().map(|point| (point.cores as f64, point.mmsgs));
        let style = palette::nth(&series.design, place);
        lines.push(Line { name: &series.design, style, points: points.collect(), joined: true });
    }
    let ticks = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 144.0].to_vec();
    let measured = scale.check.iter().filter(|check| check.scenario == scenario);
    let mut name = "rings: measured here";
    for check in measured {
        let of_design = lines.iter().find(|line| line.name == check.design);
        let style = of_design.map_or(palette::MEASURED, |line| line.style);
        let style = Style { shape: Shape::Disc, hollow: true, strong: true, ..style };
        let points = vec![(check.cores as f64, 1e3 / check.measured_ns)];
        if !name.is_empty() {
            let style = palette::MEASURED;
            lines.push(Line { name, style, points: vec![], joined: false });
        }
        lines.push(Line { name: "", style, points, joined: false });
        name = "";
    }
    let most = lines.iter().flat_map(|line| &line.points).map(|point| point.0).fold(1.0, f64::max);
    let title = format!("Model, not measured: {scenario}");
    Chart {
        name: &format!("scale-{scenario}"),
        title: &title,
        x_label: "cores",
        y_label: "million messages a second",
        log: true,
        ticks: ticks.into_iter().filter(|&cores| cores <= most).collect(),
        lines,
    }
    .figure()
}
