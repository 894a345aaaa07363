//! The shape of a vehicle's year, where its history is long enough to show one.

use core::f64::consts::TAU;

use crate::HabitModel;
use crate::judge::Anchor;

const DAYS_IN_YEAR: f64 = 365.25;
/// A wave a year and a wave every half year.
const WAVES: usize = 2;
const TERMS: usize = 2 * WAVES;
/// All waves together swing a day's driving by at most so much: what is driven on a day stays above nothing.
const MOST_SWING: f64 = 0.6;

/// How much of an average day's driving each day of the year holds: 1 plus two waves.
///
/// It bends time: between two dates there are [`Season::days`] average days. Everything else about the habit is said
/// for average days, so that a distribution that never falls with time still never does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Season {
    /// Cosine and sine of each wave; none at all where the history does not support them.
    waves: Option<[f64; TERMS]>,
}

/// What is driven between two readings.
#[derive(Clone, Copy)]
struct Stretch {
    start: f64,
    days: f64,
    miles: f64,
}

impl Season {
    /// Learns from the readings that count, in time order; no shape below `season_least_days` of history.
    ///
    /// Ridge regression of each stretch's rate over the level about it (an average with the weights falling off over a
    /// year to both sides) on the mean of each wave over the stretch: with little evidence the waves shrink to nothing.
    pub(crate) fn learn(anchors: &[Anchor], model: &HabitModel) -> Self {
        let span = anchors.first().zip(anchors.last()).map_or(0.0, |(first, last)| first.days_until(last));
        if span < model.season_least_days {
            return Self::default();
        }
        let stretches = stretches(anchors, model.gain_days);
        let levels = levels(&stretches);
        let mut normal = [[0.0; TERMS]; TERMS];
        let mut target = [0.0; TERMS];
        for (stretch, level) in stretches.iter().zip(levels) {
            let over = (stretch.miles / stretch.days / level - 1.0).clamp(-1.0, 2.0);
            let terms = terms(stretch.start, stretch.start + stretch.days);
            for ((row, target), one) in normal.iter_mut().zip(&mut target).zip(terms) {
                *target += stretch.days * one * over;
                for (cell, other) in row.iter_mut().zip(terms) {
                    *cell += stretch.days * one * other;
                }
            }
        }
        for (place, row) in normal.iter_mut().enumerate() {
            if let Some(cell) = row.get_mut(place) {
                *cell += model.season_ridge_days;
            }
        }
        let waves = solve(normal, target);
        let swing: f64 =
            waves.chunks(2).map(|wave| wave.iter().map(|term| term * term).sum::<f64>().sqrt()).sum();
        let shrink = if swing > MOST_SWING { MOST_SWING / swing } else { 1.0 };
        Self { waves: swing.is_finite().then(|| waves.map(|term| term * shrink)) }
    }

    /// Average days between two times, days since 1970; as many as days where no shape is known.
    pub(crate) fn days(&self, from: f64, to: f64) -> f64 {
        let days = to - from;
        let Some(waves) = self.waves.filter(|_| days > 0.0) else { return days };
        let mean: f64 = terms(from, to).iter().zip(waves).map(|(term, wave)| term * wave).sum();
        days * (1.0 + mean)
    }
}

/// The mean of each wave between two times.
fn terms(from: f64, to: f64) -> [f64; TERMS] {
    let mut terms = [0.0; TERMS];
    let days = (to - from).max(1e-6);
    let mut wave = 0.0;
    for pair in terms.chunks_mut(2) {
        wave += 1.0;
        let turn = TAU * wave / DAYS_IN_YEAR;
        let (sine_from, cosine_from) = (turn * from).sin_cos();
        let (sine_to, cosine_to) = (turn * to).sin_cos();
        if let [cosine, sine] = pair {
            *cosine = (sine_to - sine_from) / (turn * days);
            *sine = (cosine_from - cosine_to) / (turn * days);
        }
    }
    terms
}

/// Stretches of at least so many days, within segments.
fn stretches(anchors: &[Anchor], shortest: f64) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut start: Option<&Anchor> = None;
    for anchor in anchors {
        let Some(from) = start.filter(|from| from.segment == anchor.segment) else {
            start = Some(anchor);
            continue;
        };
        let days = from.days_until(anchor);
        if days >= shortest && days > 0.0 {
            let miles = (anchor.miles - from.miles).max(0.0);
            stretches.push(Stretch { start: from.day, days, miles });
            start = Some(anchor);
        }
    }
    stretches
}

/// The level about each stretch, miles a day: weights fall off by e over a year, to both sides.
fn levels(stretches: &[Stretch]) -> Vec<f64> {
    let sweep = |order: &mut dyn Iterator<Item = &Stretch>| -> Vec<(f64, f64)> {
        let mut sums = (0.0, 0.0);
        order
            .map(|stretch| {
                let keep = (-stretch.days / DAYS_IN_YEAR).exp();
                sums = (sums.0 * keep + stretch.miles, sums.1 * keep + stretch.days);
                sums
            })
            .collect()
    };
    let before = sweep(&mut stretches.iter());
    let mut after = sweep(&mut stretches.iter().rev());
    after.reverse();
    let (miles, days) = stretches.iter().fold((0.0, 0.0), |sums, s| (sums.0 + s.miles, sums.1 + s.days));
    let least = (0.2 * miles / f64::max(days, 1.0)).max(0.1);
    let both = stretches.iter().zip(before.iter().zip(&after));
    both.map(|(own, (before, after))| {
        let (miles, days) = (before.0 + after.0 - own.miles, before.1 + after.1 - own.days);
        (miles / days.max(1e-9)).max(least)
    })
    .collect()
}

/// Solves a positive definite system by elimination.
fn solve(mut rows: [[f64; TERMS]; TERMS], mut target: [f64; TERMS]) -> [f64; TERMS] {
    for pivot in 0..TERMS {
        let (Some(&row), Some(&value)) = (rows.get(pivot), target.get(pivot)) else { continue };
        let Some(&diagonal) = row.get(pivot) else { continue };
        for below in pivot + 1..TERMS {
            let (Some(other), Some(goal)) = (rows.get_mut(below), target.get_mut(below)) else { continue };
            let factor = other.get(pivot).copied().unwrap_or(0.0) / diagonal;
            for (cell, from) in other.iter_mut().zip(row) {
                *cell -= factor * from;
            }
            *goal -= factor * value;
        }
    }
    let mut found = [0.0; TERMS];
    for pivot in (0..TERMS).rev() {
        let (Some(row), Some(&value)) = (rows.get(pivot), target.get(pivot)) else { continue };
        let known: f64 = row.iter().zip(found).skip(pivot + 1).map(|(cell, found)| cell * found).sum();
        if let (Some(slot), Some(diagonal)) = (found.get_mut(pivot), row.get(pivot)) {
            *slot = (value - known) / diagonal;
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]
mod tests {
    use super::*;
    use crate::Model;

    /// A car that does twice as much in July as in January, read every 20 days.
    fn summer_car(years: u32) -> Vec<Anchor> {
        let mut miles = 10_000.0;
        (0..years * 18)
            .map(|n| {
                let day = f64::from(n) * 20.0;
                let at = chrono::DateTime::from_timestamp(i64::from(n) * 20 * 86_400, 0).unwrap();
                let july = (TAU * (day + 10.0) / DAYS_IN_YEAR).cos();
                let anchor = Anchor { at, day, miles, segment: 0 };
                miles += 20.0 * 30.0 * (1.0 - july / 3.0);
                anchor
            })
            .collect()
    }

    #[test]
    fn a_long_history_shows_the_shape_of_its_year() {
        let model = Model::shipped();
        let season = Season::learn(&summer_car(12), &model.habit);
        let (january, july) = (season.days(3_650.0, 3_680.0), season.days(3_832.0, 3_862.0));
        assert!((0.65..0.85).contains(&(january / 30.0)), "{january}");
        assert!((1.15..1.35).contains(&(july / 30.0)), "{july}");
        let year = season.days(3_650.0, 3_650.0 + DAYS_IN_YEAR);
        assert!((year - DAYS_IN_YEAR).abs() < 1e-6, "a year has as many average days as days: {year}");
    }

    #[test]
    fn a_short_history_shows_none() {
        let season = Season::learn(&summer_car(2), &Model::shipped().habit);
        assert_eq!(season, Season::default());
        assert!((season.days(100.0, 130.0) - 30.0).abs() < 1e-12);
    }

    #[test]
    fn average_days_never_run_backwards() {
        let season = Season { waves: Some([0.3, 0.0, 0.3, 0.0]) };
        let mut last = 0.0;
        for day in 1..800 {
            let now = season.days(0.0, f64::from(day));
            assert!(now >= last, "{day}");
            last = now;
        }
    }
}
