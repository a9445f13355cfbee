//! Durations as medians and tails, and the table they are shown in.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

/// Time from one moment to another; nothing where a coarse clock puts the second before the first.
pub(crate) fn since(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// Durations of the same thing, sorted.
pub(crate) struct Series(Vec<Duration>);

impl Series {
    pub(crate) fn of(durations: impl IntoIterator<Item = Duration>) -> Self {
        let mut durations: Vec<Duration> = durations.into_iter().collect();
        assert!(!durations.is_empty());
        durations.sort_unstable();
        Self(durations)
    }

    /// The smallest duration that so many in a hundred do not exceed.
    fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0[rank - 1]
    }
}

/// Rows of names and figures.
#[derive(Default)]
pub(crate) struct Table(Vec<[String; 4]>);

impl Table {
    pub(crate) fn series(&mut self, name: &str, series: Series) {
        let [p50, p99, most] = [50, 99, 100].map(|percent| shown(series.percentile(percent)));
        self.0.push([name.to_owned(), p50, p99, most]);
    }

    pub(crate) fn one(&mut self, name: &str, duration: Duration) {
        self.text(name, shown(duration));
    }

    pub(crate) fn text(&mut self, name: &str, text: String) {
        self.0.push([name.to_owned(), text, String::new(), String::new()]);
    }
}

fn shown(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1e3)
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {:<52} | {:>11} | {:>11} | {:>11} |", "", "p50", "p99", "most")?;
        writeln!(f, "|{0:-<54}|{0:->12}:|{0:->12}:|{0:->12}:|", "")?;
        for [name, p50, p99, most] in &self.0 {
            writeln!(f, "| {name:<52} | {p50:>11} | {p99:>11} | {most:>11} |")?;
        }
        Ok(())
    }
}
