//! The model's record as text.

use std::fmt;

use super::record::{Record, Series};

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Scale: a model of more cores, not a measurement\n\n## Calibration, ns\n")?;
        for (name, time) in &self.calibration {
            writeln!(f, "- {name}: {time:.1}")?;
        }
        writeln!(f, "\n## Check: the model beside measurements of this run, ns\n")?;
        writeln!(f, "| cores | scenario | design | model | measured | error |")?;
        writeln!(f, "| --: | --- | --- | --: | --: | --: |")?;
        for check in &self.check {
            writeln!(
                f,
                "| {} | {} | {} | {:.1} | {:.1} | {:+.0} % |",
                check.cores,
                check.scenario,
                check.design,
                check.model_ns,
                check.measured_ns,
                100.0 * check.error(),
            )?;
        }
        writeln!(f, "\nRows that others on the machine never left undisturbed are not there.")?;
        let mut scenario = "";
        for series in &self.series {
            if series.scenario != scenario {
                scenario = &series.scenario;
                head(f, series)?;
            }
            write!(f, "| {} |", series.design)?;
            series.points.iter().try_for_each(|point| write!(f, " {:.2} |", point.mmsgs))?;
            writeln!(f)?;
        }
        Ok(())
    }
}

fn head(f: &mut fmt::Formatter<'_>, series: &Series) -> fmt::Result {
    writeln!(f, "\n## Model: {}, million messages a second by cores\n", series.scenario)?;
    write!(f, "| design |")?;
    series.points.iter().try_for_each(|point| write!(f, " {} |", point.cores))?;
    writeln!(f, "\n| --- |{}", " --: |".repeat(series.points.len()))
}
