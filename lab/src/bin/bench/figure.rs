//! A figure: its name, its bar, and what was measured.

use serde_json::{Value, json};

/// Whether more or less of it is better.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    More,
    Less,
}

/// One measured figure.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) value: f64,
    pub(crate) bar: f64,
    pub(crate) better: Better,
    /// Whatever else is worth knowing.
    pub(crate) detail: Value,
}

impl Figure {
    /// One of which less is better.
    pub(crate) fn at_most(
        name: &'static str,
        (unit, value, bar): (&'static str, f64, f64),
        detail: Value,
    ) -> Self {
        Self {
            name,
            unit,
            value,
            bar,
            better: Better::Less,
            detail,
        }
    }

    pub(crate) fn is_reached(&self) -> bool {
        match self.better {
            Better::More => self.value >= self.bar,
            Better::Less => self.value <= self.bar,
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "figure": self.name, "value": round(self.value), "unit": self.unit, "bar": self.bar,
            "reached": self.is_reached(), "detail": self.detail,
            "better": if self.better == Better::More { "more" } else { "less" },
        })
    }
}

/// Three significant digits are what these measurements are good for.
fn round(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// Quantiles of a sample: p50, p90, p99 and the greatest, in its own unit.
pub(crate) fn spread(sample: &mut [f64]) -> Value {
    sample.sort_by(f64::total_cmp);
    json!({
        "p50": round(quantile(sample, 0.5)), "p90": round(quantile(sample, 0.9)),
        "p99": round(quantile(sample, 0.99)), "max": round(quantile(sample, 1.0)),
        "samples": sample.len(),
    })
}

/// A quantile of a sorted sample.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into a sample"
    )]
    let at = ((sorted.len().saturating_sub(1)) as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// The figures for people.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut out =
        String::from("\nfigure                                    measured           bar\n");
    for figure in figures {
        let sign = if figure.better == Better::More {
            "≥"
        } else {
            "≤"
        };
        out += &format!(
            "{:<36} {:>12} {:<4} {sign} {:>8} {}\n",
            figure.name,
            format!("{}", round(figure.value)),
            figure.unit,
            figure.bar,
            if figure.is_reached() {
                "reached"
            } else {
                "MISSED"
            },
        );
    }
    out
}
