//! How far the score and an expert show the same findings first.

use fixedops_mpi_score::Weights;
use statrs::distribution::{ContinuousCDF as _, Normal};

use super::case::Judged;

/// How agreement is counted, as it is printed.
pub const DEFINITION: &str = "top-3 agreement: of the expert's first three findings, the share that is among the \
     first three of the score, over inspections with more than three findings to choose from; interval: Wilson 95 %, with \
     inspections as sample size";

/// Agreement over some inspections.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    /// The share of each inspection that counts.
    pub shares: Vec<f64>,
    /// Inspections with nothing to choose: three findings or fewer.
    pub nothing_to_choose: u32,
}

/// A share with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// The share.
    pub share: f64,
    /// Upper end.
    pub high: f64,
}

impl Agreement {
    /// Adds one judged inspection.
    pub fn add(&mut self, judged: &Judged<'_>, weights: &Weights) {
        match share(judged, weights) {
            Some(share) => self.shares.push(share),
            None => self.nothing_to_choose += 1,
        }
    }

    /// Of all of these.
    pub fn of<'a>(judged: impl IntoIterator<Item = &'a Judged<'a>>, weights: &Weights) -> Self {
        let mut all = Self::default();
        judged.into_iter().for_each(|judged| all.add(judged, weights));
        all
    }

    /// The mean share with its interval; none without an inspection.
    pub fn interval(&self) -> Option<Interval> {
        let n = self.shares.len();
        (n > 0).then(|| wilson(mean(&self.shares), n as f64, 0.95))
    }
}

/// The mean of some numbers; 0 of none.
pub fn mean(numbers: &[f64]) -> f64 {
    if numbers.is_empty() { 0.0 } else { numbers.iter().sum::<f64>() / numbers.len() as f64 }
}

/// How many of the expert's first three are among the first three of the score; none where there is nothing to choose.
pub fn share(judged: &Judged<'_>, weights: &Weights) -> Option<f64> {
    let ranking = judged.case.ranking(weights);
    if ranking.findings.len() <= 3 {
        return None;
    }
    let ranked = |id: &&String| ranking.findings.iter().any(|ranked| ranked.finding == **id);
    let theirs: Vec<&String> = judged.first.iter().filter(ranked).take(3).collect();
    if theirs.is_empty() {
        return None;
    }
    let ours: Vec<&String> = ranking.findings.iter().take(3).map(|ranked| &ranked.finding).collect();
    let same = theirs.iter().filter(|id| ours.contains(id)).count();
    Some(same as f64 / theirs.len() as f64)
}

/// The Wilson score interval of a share of `n` (Wilson 1927). For a mean of shares it is never too narrow: no numbers
/// between 0 and 1 with this mean vary more than zeros and ones.
pub fn wilson(share: f64, n: f64, certainty: f64) -> Interval {
    let z = Normal::standard().inverse_cdf(0.5 + certainty / 2.0);
    let middle = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    Interval { low: ((middle - half) / whole).max(0.0), share, high: ((middle + half) / whole).min(1.0) }
}
