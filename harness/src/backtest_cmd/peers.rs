//! What others would say: the usual rules, re-implemented from their published descriptions.

use chrono::{DateTime, Datelike};

use super::histories::day;
use super::line::Point;
use super::question::Question;

/// A rule that foretells an odometer.
pub struct Peer {
    /// Its name.
    pub name: &'static str,
    foretell: fn(&Question) -> f64,
}

impl Peer {
    /// What it says. Where it cannot say, the last reading.
    pub fn foretell(&self, question: &Question) -> f64 {
        (self.foretell)(question)
    }
}

/// All of them. Each is given what Fleetio's rule does not void, but the last, which looks for the longest plausible run.
pub const PEERS: [Peer; 9] = [
    Peer { name: "lifetime average (Fleetio)", foretell: |q| on(q, &q.not_voided, lifetime) },
    Peer { name: "last two visits", foretell: |q| on(q, &q.not_voided, last_two) },
    Peer { name: "median of last four", foretell: |q| on(q, &q.not_voided, median_of_four) },
    Peer { name: "least squares", foretell: |q| least_squares(&q.not_voided, day(q.at)) },
    Peer { name: "month profile (Mitchell1)", foretell: |q| month_profile(&q.not_voided, day(q.at)) },
    Peer { name: "last 14 days (Connected Cars)", foretell: |q| on(q, &q.not_voided, last_fortnight) },
    Peer { name: "seasonal average (Cobalt)", foretell: |q| seasonal(&q.not_voided, day(q.at)) },
    Peer { name: "flat calendar", foretell: |q| on(q, &q.not_voided, |_| Some(FLAT)) },
    Peer { name: "plausible run, lifetime average", foretell: |q| on(q, &q.run, lifetime) },
];

/// The flat calendar: 13,500 miles a year for everybody (FHWA's 13,476 a driver a year, rounded).
const FLAT: f64 = 13_500.0 / 365.25;
/// Days of a year, and of a fortnight.
const YEAR: f64 = 365.25;
const FORTNIGHT: f64 = 14.0;

/// The last reading and a rate.
fn on(question: &Question, points: &[Point], rate: fn(&[Point]) -> Option<f64>) -> f64 {
    let Some(last) = points.last() else { return 0.0 };
    last.miles + rate(points).unwrap_or(0.0) * (day(question.at) - last.day)
}

fn between(from: &Point, to: &Point) -> Option<f64> {
    (to.day > from.day).then(|| (to.miles - from.miles) / (to.day - from.day))
}

/// Fleetio, service-reminder-forecasting: `(max - min) / (date_max - date_min)` over all time.
fn lifetime(points: &[Point]) -> Option<f64> {
    between(points.first()?, points.last()?)
}

/// Two invoices make a rate: Mitchell1 (forum t=13258) where there are no more, many shop systems always.
fn last_two(points: &[Point]) -> Option<f64> {
    let [.., before, last] = points else { return None };
    between(before, last)
}

/// The median of the last four rates: a common guard against one wild gain.
fn median_of_four(points: &[Point]) -> Option<f64> {
    let mut rates: Vec<f64> = points
        .windows(2)
        .rev()
        .filter_map(|pair| if let [from, to] = pair { between(from, to) } else { None })
        .take(4)
        .collect();
    rates.sort_by(f64::total_cmp);
    let middle = |place: usize| rates.get(place).copied();
    Some(f64::midpoint(middle(rates.len() / 2)?, middle(rates.len().checked_sub(1)? / 2)?))
}

/// A straight line through all readings (Gauss), where spreadsheets end up.
fn least_squares(points: &[Point], at: f64) -> f64 {
    let Some(last) = points.last() else { return 0.0 };
    #[allow(clippy::cast_precision_loss, reason = "a history has far fewer readings than 2^52")]
    let count = points.len() as f64;
    let middle = |of: fn(&Point) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (days, miles) = (middle(|point| point.day), middle(|point| point.miles));
    let spread: f64 = points.iter().map(|point| (point.day - days).powi(2)).sum();
    if spread <= 0.0 {
        return last.miles;
    }
    let slope = points.iter().map(|point| (point.day - days) * (point.miles - miles)).sum::<f64>() / spread;
    miles + slope * (at - days)
}

/// Connected Cars (help page 22382145461010): the distance of the last 14 days. Between readings the odometer is taken to
/// rise evenly.
fn last_fortnight(points: &[Point]) -> Option<f64> {
    let last = points.last()?;
    let begin = last.day - FORTNIGHT;
    let place = points.iter().rposition(|point| point.day <= begin);
    let Some((from, next)) = place.and_then(|place| Some((points.get(place)?, points.get(place + 1)?)))
    else {
        return lifetime(points);
    };
    let then = from.miles + between(from, next)? * (begin - from.day);
    Some((last.miles - then) / FORTNIGHT)
}

/// Mitchell1 (managerforum t=13258): more invoices over several years make a profile of twelve monthly rates; two make
/// a plain rate. Several years are taken to be two; a month never seen drives the lifetime average.
fn month_profile(points: &[Point], at: f64) -> f64 {
    by_period(points, at, |month| month, lifetime)
}

/// The Cobalt Group's patents (US 7,617,028 and 7,672,984): average per period with seasonal adjustment. Here the
/// average of the last year times the factor of the quarter, where two years show one.
fn seasonal(points: &[Point], at: f64) -> f64 {
    by_period(
        points,
        at,
        |month| month / 3,
        |points| {
            let last = points.last()?;
            let year = points.iter().position(|point| last.day - point.day <= YEAR)?;
            lifetime(points.get(year.saturating_sub(1)..)?)
        },
    )
}

/// Day by day from the last reading at `rate` times the factor of the period of the year.
fn by_period(
    points: &[Point],
    at: f64,
    period: fn(usize) -> usize,
    rate: fn(&[Point]) -> Option<f64>,
) -> f64 {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return 0.0 };
    let (Some(rate), Some(overall)) = (rate(points), lifetime(points)) else { return last.miles };
    let mut sums = [(0.0, 0.0); 12];
    if points.len() >= 3 && last.day - first.day >= 2.0 * YEAR && overall > 0.0 {
        for pair in points.windows(2) {
            let [from, to] = pair else { continue };
            let Some(daily) = between(from, to) else { continue };
            for (month, days) in months(from.day, to.day) {
                if let Some(sum) = sums.get_mut(period(month)) {
                    *sum = (sum.0 + daily * days, sum.1 + days);
                }
            }
        }
    }
    let factor = |month: usize| match sums.get(period(month)) {
        Some((miles, days)) if *days > 0.0 => miles / days / overall,
        _ => 1.0,
    };
    last.miles + months(last.day, at).map(|(month, days)| days * rate * factor(month)).sum::<f64>()
}

/// The days from one day to another, cut where a day begins, each with its month (0 is January).
fn months(from: f64, to: f64) -> impl Iterator<Item = (usize, f64)> {
    let mut now = from;
    core::iter::from_fn(move || {
        if now >= to {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, reason = "days of some centuries")]
        let date = DateTime::from_timestamp((now.floor() as i64).saturating_mul(86_400), 0)?;
        let next = (now.floor() + 1.0).min(to);
        let days = next - now;
        now = next;
        Some((date.month0() as usize, days))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(all: &[(f64, f64)]) -> Vec<Point> {
        all.iter().map(|&(day, miles)| Point { day, miles }).collect()
    }

    #[test]
    fn each_rate_is_what_its_source_says() {
        let known =
            points(&[(0.0, 0.0), (100.0, 1_000.0), (150.0, 3_000.0), (160.0, 3_100.0), (180.0, 3_900.0)]);
        for (case, rate, expected) in [
            ("lifetime", lifetime(&known), 3_900.0 / 180.0),
            ("last two", last_two(&known), 40.0),
            ("median of 10, 40, 10 and 40", median_of_four(&known), 25.0),
            ("last fortnight", last_fortnight(&known), 40.0),
            ("a fortnight over two gaps", last_fortnight(&known[..4]), (40.0 * 4.0 + 100.0) / 14.0),
            (
                "a fortnight of two readings a week apart",
                last_fortnight(&points(&[(0.0, 0.0), (7.0, 70.0)])),
                10.0,
            ),
        ] {
            assert!((rate.unwrap() - expected).abs() < 1e-9, "{case}: {rate:?}");
        }
        assert!(
            (least_squares(&points(&[(0.0, 1.0), (10.0, 21.0), (20.0, 41.0)]), 30.0) - 61.0).abs() < 1e-9
        );
        assert_eq!(
            (lifetime(&known[..1]), last_two(&known[..1]), median_of_four(&known[..1])),
            (None, None, None)
        );
    }

    /// Three years, read on the first of each month: 60 miles a day in July, 20 otherwise.
    fn summer_car() -> Vec<Point> {
        let mut all = vec![Point { day: 0.0, miles: 0.0 }];
        for (month, days) in months(0.0, 3.0 * 365.0) {
            let last = *all.last().unwrap();
            let daily = if month == 6 { 60.0 } else { 20.0 };
            all.push(Point { day: last.day + days, miles: last.miles + daily * days });
        }
        all
    }

    #[test]
    fn a_profile_of_months_knows_july_and_one_of_quarters_knows_summer() {
        let known = summer_car();
        let last = *known.last().unwrap();
        // The last day of 1972, a leap year: 182 days later July begins.
        let july = |foretell: fn(&[Point], f64) -> f64| {
            foretell(&known, last.day + 213.0) - foretell(&known, last.day + 182.0)
        };
        assert!((july(month_profile) - 31.0 * 60.0).abs() < 1.0, "{}", july(month_profile));
        let quarter = (31.0 * 60.0 + 61.0 * 20.0) / 92.0 * 31.0;
        assert!((july(seasonal) - quarter).abs() < 20.0, "{} {quarter}", july(seasonal));
        // Less than two years show no profile: the plain rate.
        let short = known.get(..400).unwrap();
        let (end, rate) = (*short.last().unwrap(), lifetime(short).unwrap());
        assert!((month_profile(short, end.day + 50.0) - end.miles - 50.0 * rate).abs() < 1e-6);
    }
}
