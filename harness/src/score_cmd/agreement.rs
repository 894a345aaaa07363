//! How far the score and an expert show the same findings first.

use std::collections::BTreeMap;

use fixedops_mpi_score::Weights;
use statrs::distribution::{ContinuousCDF as _, Normal};

use super::case::Judged;

/// How agreement is counted, as it is printed.
pub const DEFINITION: &str = "top-3 agreement: of the expert's first three findings, the share that is among the \
     first three of the score; one that the score does not rank (green, a recall, set aside) counts as missed. An inspection \
     that several experts judged counts once, with the mean of their shares; one with three findings or fewer to rank, where \
     nobody chose any other, leaves no choice and is counted apart. Interval: Wilson 95 %, with inspections as sample size";

/// Agreement over some inspections.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    /// The share of each inspection that counts, in order of first mention; of several experts, the mean.
    pub shares: Vec<f64>,
    /// Inspections with nothing to choose.
    pub nothing_to_choose: usize,
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
    /// Of all of these.
    pub fn of<'a>(judged: impl IntoIterator<Item = &'a Judged<'a>>, weights: &Weights) -> Self {
        let mut places = Places::default();
        let mut theirs = Vec::<Vec<f64>>::new();
        for judged in judged {
            let place = places.of(judged);
            if place == theirs.len() {
                theirs.push(Vec::new());
            }
            if let Some(shares) = theirs.get_mut(place) {
                shares.extend(share(judged, weights));
            }
        }
        let counted: Vec<f64> =
            theirs.iter().filter(|shares| !shares.is_empty()).map(|shares| mean(shares)).collect();
        Self { nothing_to_choose: theirs.len() - counted.len(), shares: counted }
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

/// Numbers inspections from 0 in order of first mention: several judgements of one have one number.
#[derive(Debug, Default)]
pub struct Places<'a>(BTreeMap<&'a str, usize>);

impl<'a> Places<'a> {
    /// The number of its inspection.
    pub fn of(&mut self, judged: &Judged<'a>) -> usize {
        let next = self.0.len();
        *self.0.entry(judged.case.sheet.inspection.inspection.as_str()).or_insert(next)
    }
}

/// How many of the expert's first three are among the first three of the score; none where there is nothing to choose: all
/// that is ranked is among the first three, and the expert chose nothing else.
fn share(judged: &Judged<'_>, weights: &Weights) -> Option<f64> {
    let ranking = judged.case.ranking(weights);
    let theirs: Vec<&String> = judged.first.iter().take(3).collect();
    let ours: Vec<&String> = ranking.findings.iter().take(3).map(|ranked| &ranked.finding).collect();
    let same = theirs.iter().filter(|id| ours.contains(id)).count();
    if theirs.is_empty() || (ranking.findings.len() <= 3 && same == theirs.len()) {
        return None;
    }
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
