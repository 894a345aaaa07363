//! Whether what is inspected, or what the score makes of it, has changed since the last validation.

use std::collections::BTreeMap;

use fixedops_mpi_score::{Weights, inputs};
use rust_decimal::prelude::ToPrimitive as _;
use statrs::distribution::{ChiSquared, ContinuousCDF as _, Normal};

use super::agreement::mean;
use super::case::Case;

/// Both samples need so many inspections.
pub const LEAST: usize = 50;
/// A change smaller than this is not worth a word, however sure it is: the usual mark of a moderate PSI, and a tenth of all
/// inspections for the distance of Kolmogorov and Smirnov.
pub const MATERIAL: f64 = 0.10;
/// All alarms of one quarter together may be false this often by the tables. The tables are for large samples: at 150
/// inspections a little more slips through, and 5 % is the promise.
pub const FALSE_ALARMS: f64 = 0.03;
/// A base is cut into so many parts.
const BINS: usize = 10;

/// One input or part, then and now.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Its name.
    pub name: &'static str,
    /// How many inspections had it then and now.
    pub n: [usize; 2],
    /// Its mean then and now.
    pub means: [f64; 2],
    /// Population stability index.
    pub psi: f64,
    /// How likely such an index is by chance.
    pub psi_chance: f64,
    /// Largest distance between the two distributions (Kolmogorov, Smirnov).
    pub ks: f64,
    /// How likely such a distance is by chance.
    pub ks_chance: f64,
    /// Whether it is surely and noticeably another.
    pub drifted: bool,
}

/// One number of every inspection for every input and part.
///
/// Findings of one car hang together (its four tires), so they count as one number: otherwise chance would be underrated.
pub fn series(cases: &[Case], weights: &Weights) -> BTreeMap<&'static str, Vec<f64>> {
    let mut all = BTreeMap::<&'static str, Vec<f64>>::new();
    for case in cases {
        let mut put = |name: &'static str, value: Option<f64>| {
            all.entry(name).or_default().extend(value.filter(|value| value.is_finite()));
        };
        let found = inputs(&case.sheet.inspection, &case.history, &case.fit, weights);
        let over = |value: &dyn Fn(&fixedops_mpi_score::Inputs) -> Option<f64>| {
            let values: Vec<f64> = found.iter().filter_map(value).collect();
            (!values.is_empty()).then(|| mean(&values))
        };
        let share = |points: u16| f64::from(points) / 10_000.0;
        put("input: findings", Some(found.len() as f64));
        put("input: colour", over(&|found| Some(f64::from(found.code as u8))));
        put("input: wear", over(&|found| found.wear.map(|wear| share(wear.get()))));
        put("input: interval driven", over(&|found| found.interval_driven.map(|driven| driven as f64 / 1e4)));
        put("input: missed services", over(&|found| found.missed.map(f64::from)));
        put(
            "input: declined before",
            over(&|found| found.declined.map(|d| f64::from(u8::from(d.is_some())))),
        );
        put("input: days since declined", over(&|found| found.declined.flatten().map(f64::from)));
        put("input: price beside spend", over(&|found| found.price_share.map(|s| (s.max(1) as f64).ln())));
        put("input: annual spend", case.fit.annual_spend.and_then(|spend| spend.amount().to_f64()));
        put("input: visits", case.fit.visits.map(f64::from));
        put("input: warranty", case.fit.warranty.map(|yes| f64::from(u8::from(yes))));
        put("input: financing", case.fit.financing.map(|yes| f64::from(u8::from(yes))));
        let ranking = case.ranking(weights);
        let part = |value: &dyn Fn(&fixedops_mpi_score::Ranked) -> u16| {
            let values: Vec<f64> = ranking.findings.iter().map(|ranked| share(value(ranked))).collect();
            (!values.is_empty()).then(|| mean(&values))
        };
        put("part: safety", part(&|ranked| ranked.safety.value.get()));
        put("part: history", part(&|ranked| ranked.history.value.get()));
        put("part: customer fit", part(&|ranked| ranked.fit.value.get()));
        put("score", part(&|ranked| ranked.score.get()));
    }
    all
}

/// Compares then and now. Inputs with too few inspections on a side are left out.
///
/// An input has drifted where the change is noticeable ([`MATERIAL`]) and surely none of chance: its index or its distance
/// would come about by chance less often than [`FALSE_ALARMS`] shared out over both measures of every input (Bonferroni).
/// `beside`: how many other questions are asked at the same time.
pub fn compare(
    base: &BTreeMap<&'static str, Vec<f64>>,
    now: &BTreeMap<&'static str, Vec<f64>>,
    beside: usize,
) -> Vec<Shift> {
    let enough = |series: &[f64]| series.len() >= LEAST;
    let both: Vec<_> = base
        .iter()
        .filter_map(|(name, base)| Some((*name, base, now.get(name)?)))
        .filter(|(_, base, now)| enough(base) && enough(now))
        .collect();
    let chance = FALSE_ALARMS / (2 * both.len() + beside).max(1) as f64;
    both.into_iter()
        .map(|(name, base, now)| {
            let (psi, psi_chance) = psi(base, now);
            let (ks, ks_chance) = ks(base, now);
            let drifted = (psi >= MATERIAL && psi_chance < chance) || (ks >= MATERIAL && ks_chance < chance);
            let (n, means) = ([base.len(), now.len()], [mean(base), mean(now)]);
            Shift { name, n, means, psi, psi_chance, ks, ks_chance, drifted }
        })
        .collect()
}

/// The population stability index: the sum of (now - then) ln(now / then) over tenths of the base, half an inspection added
/// to each so that none is empty; and how likely it is by chance. Without a change it is (1/n + 1/m) times chi-square with
/// one degree less than there are bins (B. Yurdakul, Statistical Properties of Population Stability Index, 2018).
pub fn psi(base: &[f64], now: &[f64]) -> (f64, f64) {
    let mut sorted = base.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> =
        (1..BINS).filter_map(|part| sorted.get(part * sorted.len() / BINS).copied()).collect();
    edges.dedup();
    // An edge at the least value cuts nothing off.
    edges.retain(|edge| sorted.first().is_some_and(|first| edge > first));
    let bins = edges.len() + 1;
    let shares = |values: &[f64]| {
        let mut counts = vec![0.5; bins];
        for value in values {
            if let Some(count) = counts.get_mut(edges.partition_point(|edge| edge <= value)) {
                *count += 1.0;
            }
        }
        let all = values.len() as f64 + 0.5 * bins as f64;
        counts.into_iter().map(|count| count / all).collect::<Vec<f64>>()
    };
    let index =
        shares(base).iter().zip(shares(now)).map(|(then, now)| (now - then) * (now / then).ln()).sum();
    if bins < 2 {
        return (index, if index > 0.0 { 0.0 } else { 1.0 });
    }
    let scale = 1.0 / base.len() as f64 + 1.0 / now.len() as f64;
    let chance = ChiSquared::new((bins - 1) as f64).map_or(1.0, |chi| chi.sf(index / scale));
    (index, chance)
}

/// The distance of Kolmogorov and Smirnov between two samples, and how likely it is by chance: Kolmogorov's series with
/// Stephens' correction (1970). With ties it is cautious.
pub fn ks(base: &[f64], now: &[f64]) -> (f64, f64) {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let (base, now) = (sorted(base), sorted(now));
    let (n, m) = (base.len() as f64, now.len() as f64);
    let mut distance = 0.0_f64;
    for value in base.iter().chain(&now) {
        let below = |values: &[f64]| values.partition_point(|other| other <= value) as f64;
        distance = distance.max((below(&base) / n - below(&now) / m).abs());
    }
    let root = (n * m / (n + m)).sqrt();
    let x = (root + 0.12 + 0.11 / root) * distance;
    if x < 0.2 {
        return (distance, 1.0);
    }
    let term = |k: i32| {
        let k = f64::from(k);
        let sign = if k as i64 % 2 == 1 { 2.0 } else { -2.0 };
        sign * (-2.0 * k * k * x * x).exp()
    };
    (distance, (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0))
}

/// How likely agreement fell so far by chance (one-sided, normal, by inspection).
pub fn fell(base: &[f64], now: &[f64]) -> f64 {
    let spread = |values: &[f64]| {
        let middle = mean(values);
        let squares = values.iter().map(|value| (value - middle) * (value - middle)).sum::<f64>();
        squares / (values.len().max(2) - 1) as f64 / values.len().max(1) as f64
    };
    let sd = (spread(base) + spread(now)).sqrt();
    let fell = mean(base) - mean(now);
    if sd > 0.0 { Normal::standard().sf(fell / sd) } else { f64::from(u8::from(fell <= 0.0)) }
}
