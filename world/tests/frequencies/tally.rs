//! Successes among trials, each with the share it should have.

use std::collections::BTreeMap;

/// How many standard deviations a count may lie off. Seeds are fixed; were they drawn, a hundred right rows would
/// raise a false alarm in less than one run of a hundred (normal approximation: 6 in 100,000 a row).
const MOST: f64 = 4.0;

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    trials: u64,
    seen: f64,
    expected: f64,
    variance: f64,
}

/// Counts by parameter.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<String, Count>);

impl Tally {
    /// One trial of `name`, which should come out true with `share`.
    pub(crate) fn trial(&mut self, name: &str, share: f64, happened: bool) {
        let count = self.0.entry(name.to_owned()).or_default();
        count.trials += 1;
        count.seen += f64::from(u8::from(happened));
        count.expected += share;
        count.variance += share * (1.0 - share);
    }

    /// Everything counted elsewhere is counted here too.
    pub(crate) fn add(&mut self, other: &Self) {
        for (name, more) in &other.0 {
            let count = self.0.entry(name.clone()).or_default();
            count.trials += more.trials;
            count.seen += more.seen;
            count.expected += more.expected;
            count.variance += more.variance;
        }
    }

    /// Whether `name` was seen as often as it should be, and often enough to tell.
    pub(crate) fn verdict(&self, name: &str) -> Result<(), String> {
        let Some(count) = self.0.get(name) else {
            return Err(format!("{name}: nothing measures it"));
        };
        let Count { trials, seen, expected, variance } = count;
        let off = ((seen - expected).abs() - 0.5).max(0.0) / variance.sqrt().max(0.5);
        if *expected < 12.0 {
            return Err(format!("{name}: {expected:.1} expected of {trials} trials are too few to tell"));
        }
        if off > MOST {
            return Err(format!(
                "{name}: {seen} of {trials}, expected {expected:.1}: {off:.1} deviations off"
            ));
        }
        Ok(())
    }
}
