//! The arms side by side: every figure with its definition, its base and its spread over the seeds.

use fixedops_closed_loop::{Figure, Unit};
use fixedops_vocab::PolicyVersion;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use super::arms::Arm;
use super::count::Counted;

/// Fewer lines than this are a small base, as on the scorecard.
const SMALL: u64 = 30;
/// From so many seeds on an interval is told.
const LEAST_SEEDS: usize = 3;

/// What the comparison rests on: said wherever its figures stand.
pub const RESTS_ON: &str = "The stores, cars and customers are invented. How customers respond to a touch about declined \
work is a law of the simulated world, and most of it is our choice: the further the part truly is, the more they respond, and \
the longer ago the visit was, the less. Words, photo, price and discount change nothing. A scenario multiplies all of it. What \
one plan does better than another follows from these laws.";

/// What a comparison was made from.
#[derive(Clone, Debug, Serialize)]
pub struct Made {
    /// The simulated world.
    pub world: String,
    /// Its parameters.
    pub parameters: String,
    /// Cars of each store.
    pub vehicles: u32,
    /// Days.
    pub days: u32,
    /// Days every declined line is looked at from its decline on.
    pub follow_days: u32,
    /// The first seed.
    pub first_seed: u64,
    /// How many seeds: stores.
    pub seeds: u32,
    /// What went wrong on purpose.
    pub faults: Vec<String>,
}

/// All arms.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The form of this file.
    pub format: &'static str,
    /// What it was made from.
    pub made: Made,
    /// What it rests on.
    pub rests_on: &'static str,
    /// What is said of intervals.
    pub intervals: &'static str,
    /// The arm without messages first, then scenario by scenario in the order asked for.
    pub arms: Vec<Compared>,
}

/// One arm.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Percent of the scenario; null for the arm without messages, which is the same in each.
    pub scenario: Option<u32>,
    /// The plan; null where nothing is said of declined work.
    pub plan: Option<PolicyVersion>,
    /// What each seed came to.
    pub seeds: Vec<Counted>,
    /// Its figures, over all seeds.
    pub figures: Vec<Measured>,
}

/// A figure, and how it spreads over the seeds.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Over all seeds together.
    #[serde(flatten)]
    pub figure: Figure,
    /// 90 % interval of the mean over seeds, a share within 0 to 100; null of fewer than three seeds, and of counts.
    pub interval: Option<[Decimal; 2]>,
}

impl Report {
    /// Lays arms side by side. `none` is the arm without messages; `others` follow scenario by scenario, the plans of
    /// each in one order.
    pub fn of(made: Made, none: Vec<Counted>, others: Vec<(Arm, Vec<Counted>)>) -> Self {
        let mut arms = vec![Compared {
            scenario: None,
            plan: None,
            figures: figures(&none, None, None),
            seeds: none.clone(),
        }];
        for (arm, seeds) in &others {
            let first = others.iter().find(|(other, _)| other.scenario == arm.scenario);
            let first = first.filter(|(other, _)| other != arm).map(|(_, seeds)| seeds.as_slice());
            arms.push(Compared {
                scenario: arm.scenario,
                plan: arm.plan.clone(),
                figures: figures(seeds, Some(&none), first),
                seeds: seeds.clone(),
            });
        }
        Self {
            format: "plans-compared/1",
            made,
            rests_on: RESTS_ON,
            intervals: "90% interval of the mean over stores (seeds), each store counted once, by Student's t; differences \
                        are taken store by store, since every arm lives in the same worlds. It says nothing of whether the laws of the world hold.",
            arms,
        }
    }

    /// The scenarios in order.
    pub fn scenarios(&self) -> Vec<u32> {
        let mut scenarios: Vec<u32> = Vec::new();
        for scenario in self.arms.iter().filter_map(|arm| arm.scenario) {
            if !scenarios.contains(&scenario) {
                scenarios.push(scenario);
            }
        }
        scenarios
    }

    /// The arms of a scenario, the one without messages last.
    pub fn arms_of(&self, scenario: u32) -> impl Iterator<Item = &Compared> {
        let with = self.arms.iter().filter(move |arm| arm.scenario == Some(scenario));
        with.chain(self.arms.iter().filter(|arm| arm.scenario.is_none()))
    }
}

impl Compared {
    /// A figure by its id.
    pub fn get(&self, id: &str) -> Option<&Measured> {
        self.figures.iter().find(|measured| measured.figure.id == id)
    }

    /// The plan for a reader.
    pub fn name(&self) -> String {
        self.plan.as_ref().map_or_else(|| "no message about declined work".to_owned(), ToString::to_string)
    }
}

/// A share or a mean of one seed; None of nothing.
type Of<'a> = &'a dyn Fn(&Counted) -> Option<Decimal>;

fn over(above: Decimal, below: u64, times: u64) -> Option<Decimal> {
    above.checked_mul(Decimal::from(times))?.checked_div(Decimal::from(below))
}

fn percent(above: u64, below: u64) -> Option<Decimal> {
    over(above.into(), below, 100)
}

#[allow(clippy::too_many_lines, reason = "one entry for each figure, with its definition")]
fn figures(seeds: &[Counted], none: Option<&[Counted]>, first: Option<&[Counted]>) -> Vec<Measured> {
    let all = seeds.iter().fold(Counted::default(), |sum, seed| sum.and(seed));
    let lines = "declined lines";
    let count = |id: &str, label: &str, n: u64, definition: &str| {
        plain(Figure::count(id, label, n, definition).over(None, all.lines, lines, SMALL))
    };
    let money = |id: &str, label: &str, sum: Decimal, definition: &str| {
        plain(
            Figure::new(id, label, Some(sum), Unit::Dollars, definition).over(None, all.lines, lines, SMALL),
        )
    };
    let rate = |id: &str, label: &str, n: u64, definition: &str, of: Of<'_>| Measured {
        figure: Figure::rate(id, label, n, all.lines, lines, definition, SMALL),
        interval: of_share(interval(&seeds.iter().map(of).collect::<Vec<_>>(), 1)),
    };
    let touches = all.touches();
    let each =
        |id: &str, label: &str, value: Option<Decimal>, base: (u64, &str), definition: &str, of: Of<'_>| {
            Measured {
                figure: Figure::new(id, label, value, Unit::Each, definition)
                    .over(None, base.0, base.1, SMALL),
                interval: interval(&seeds.iter().map(of).collect::<Vec<_>>(), 2),
            }
        };
    // Store by store against another arm; a store without declined lines says nothing.
    let against = |other: &[Counted], of: Of<'_>| -> Vec<Option<Decimal>> {
        let pairs = seeds.iter().zip(other);
        pairs.map(|(seed, other)| of(seed)?.checked_sub(of(other)?)).filter(Option::is_some).collect()
    };
    let difference =
        |id: &str, label: &str, unit: Unit, other: Option<&[Counted]>, definition: &str, of: Of<'_>| {
            let differences = other.map(|other| against(other, of)).unwrap_or_default();
            let places = if unit == Unit::Dollars { 0 } else { 1 };
            let stores = u64::try_from(differences.len()).unwrap_or(u64::MAX);
            Measured {
                figure: Figure::new(id, label, mean(&differences), unit, definition)
                    .over(None, stores, "stores", 0),
                interval: interval(&differences, places),
            }
        };
    let recovered: Of<'_> = &|seed| percent(seed.recovered, seed.lines);
    let came_back: Of<'_> = &|seed| percent(seed.came_back, seed.lines);
    vec![
        count(
            "lines_in_run",
            "Lines declined in the run",
            all.lines_in_run,
            "Lines whose last answer is no, each (order, line) once, declined since the run began. The base of all that follows are those declined early enough to be looked at to the end of their time.",
        ),
        count(
            "lines",
            "Declined lines",
            all.lines,
            "Of those, the lines declined at least the follow-up time before the end of the run: the base. Each is looked at for that time from its decline on, whatever the plan; what came later counts nowhere. In the trade's words a declined ticket is one such line here.",
        ),
        money(
            "dollars",
            "Dollars declined",
            all.dollars,
            "Prices of these lines, as quoted when they were declined; a line without a price adds nothing.",
        ),
        rate(
            "contacted",
            "Contacted",
            all.contacted,
            "Lines about which a text or an e-mail went out or an advisor had a call to make.",
            &|seed| percent(seed.contacted, seed.lines),
        ),
        rate(
            "recovered",
            "Recovered, credited",
            all.recovered,
            "Lines whose own case earned a credit in force on an order closed in their time, of all declined lines, contacted or not. As the trade counts it: who would have come anyway is in it.",
            recovered,
        ),
        money("recovered_dollars", "Dollars recovered, credited", all.recovered_dollars, "Those credits."),
        Measured {
            figure: Figure::share(
                "recovered_dollars_rate",
                "Declined dollars recovered",
                all.recovered_dollars,
                all.dollars,
                all.priced,
                "declined lines with a price",
                "Dollars of those credits, of the dollars declined.",
                SMALL,
            ),
            interval: interval(
                &seeds
                    .iter()
                    .map(|seed| {
                        seed.recovered_dollars.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(seed.dollars)
                    })
                    .collect::<Vec<_>>(),
                1,
            ),
        },
        rate(
            "came_back",
            "Done here, whoever brought them",
            all.came_back,
            "Lines whose work (same op code, or same service) stands on a later order of the car closed in their time, credited or not.",
            came_back,
        ),
        money(
            "came_back_dollars",
            "Dollars done here",
            all.came_back_dollars,
            "Those order lines, each once, however many declined lines asked for the same work.",
        ),
        difference(
            "over_none",
            "Done here beyond the arm without messages, percentage points",
            Unit::Percent,
            none,
            "Share of lines done here less the same share where nothing is said of declined work, store by store: what the messages added. Mean over stores.",
            came_back,
        ),
        difference(
            "dollars_over_none",
            "Dollars done here beyond the arm without messages, a store",
            Unit::Dollars,
            none,
            "Dollars done here less those of the arm without messages, store by store. Mean over stores.",
            &|seed| Some(seed.came_back_dollars),
        ),
        difference(
            "over_first",
            "Recovered beyond the first plan, percentage points",
            Unit::Percent,
            first,
            "Share of lines recovered less that of the first plan of the same scenario, store by store. Mean over stores.",
            recovered,
        ),
        count("texts", "Texts", all.texts, "Texts that went out for these lines."),
        count("emails", "E-mails", all.emails, "E-mails that went out for them."),
        count("calls", "Calls", all.calls, "Calls an advisor had to make for them."),
        each(
            "touches_per_recovered",
            "Touches for each recovered line",
            over(touches.into(), all.recovered, 1),
            (all.recovered, "recovered lines"),
            "Texts, e-mails and calls together, for each line recovered.",
            &|seed| over(seed.touches().into(), seed.recovered, 1),
        ),
        count(
            "opt_outs",
            "Opt-outs",
            all.opt_outs,
            "Customers who wanted to hear no more by text, link or on the telephone, where a touch about one of these lines was the last to reach them; each time it was said once.",
        ),
        each(
            "opt_outs_per_1000",
            "Opt-outs for 1,000 touches",
            over(all.opt_outs.into(), touches, 1_000),
            (touches, "texts, e-mails and calls"),
            "Opt-outs for each thousand texts, e-mails and calls.",
            &|seed| over(seed.opt_outs.into(), seed.touches(), 1_000),
        ),
    ]
}

const fn plain(figure: Figure) -> Measured {
    Measured { figure, interval: None }
}

/// The mean of values; None where one is missing or there is none.
fn mean(values: &[Option<Decimal>]) -> Option<Decimal> {
    let mut sum = Decimal::ZERO;
    for value in values {
        sum = sum.checked_add((*value)?)?;
    }
    sum.checked_div(Decimal::from(values.len()))
}

/// 90 % interval of the mean, to `places`; None of few values or where one is missing.
fn interval(values: &[Option<Decimal>], places: u32) -> Option<[Decimal; 2]> {
    let values: Option<Vec<f64>> =
        values.iter().map(|value| value.and_then(|value| value.to_f64())).collect();
    let values = values.filter(|values| values.len() >= LEAST_SEEDS)?;
    #[allow(clippy::cast_precision_loss, reason = "some seeds")]
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let off = student(values.len() - 1) * (squares / (n - 1.0) / n).sqrt();
    let rounded = |value: f64| {
        let value = Decimal::try_from(value).ok()?;
        let mut value = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
        value.rescale(places);
        Some(value)
    };
    Some([rounded(mean - off)?, rounded(mean + off)?])
}

/// No share is below nothing or above all.
fn of_share(interval: Option<[Decimal; 2]>) -> Option<[Decimal; 2]> {
    interval.map(|ends| ends.map(|end| end.clamp(Decimal::ZERO, Decimal::ONE_HUNDRED)))
}

/// 95 % quantile of Student's t; for more degrees of freedom than the table has, its last entry, which is a little too
/// wide.
fn student(freedom: usize) -> f64 {
    const T: [f64; 30] = [
        6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782, 1.771, 1.761,
        1.753, 1.746, 1.740, 1.734, 1.729, 1.725, 1.721, 1.717, 1.714, 1.711, 1.708, 1.706, 1.703, 1.701,
        1.699, 1.697,
    ];
    T.get(freedom.clamp(1, T.len()) - 1).copied().unwrap_or(1.697)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: u64, recovered: u64, came_back: u64) -> Counted {
        let dollars = |n: u64| Decimal::from(n * 100);
        Counted {
            lines_in_run: lines * 2,
            lines,
            priced: lines,
            dollars: dollars(lines),
            contacted: lines / 2,
            texts: lines,
            emails: lines / 2,
            calls: lines / 4,
            opt_outs: 2,
            recovered,
            recovered_dollars: dollars(recovered),
            came_back,
            came_back_dollars: dollars(came_back),
        }
    }

    fn made() -> Made {
        Made {
            world: "w".to_owned(),
            parameters: "p".to_owned(),
            vehicles: 1,
            days: 365,
            follow_days: 210,
            first_seed: 1,
            seeds: 3,
            faults: Vec::new(),
        }
    }

    fn arm(plan: &str) -> Arm {
        Arm { scenario: Some(6), plan: Some(plan.parse().unwrap()) }
    }

    #[test]
    fn shares_are_of_all_seeds_together_and_differences_are_taken_store_by_store() {
        let none = vec![counted(100, 0, 10), counted(200, 0, 10), counted(100, 0, 20)];
        let one = vec![counted(100, 6, 15), counted(200, 6, 20), counted(100, 9, 25)];
        let two = vec![counted(100, 8, 15), counted(200, 10, 20), counted(100, 11, 25)];
        let report = Report::of(made(), none, vec![(arm("a/1"), one), (arm("b/1"), two)]);
        assert_eq!((report.arms.len(), report.scenarios()), (3, vec![6]));
        let value = |arm: usize, id: &str| {
            let measured = report.arms[arm].get(id).unwrap();
            let text = |value: Decimal| value.normalize().to_string();
            (measured.figure.value.map(text), measured.interval.map(|ends| ends.map(text)))
        };
        let some = |value: &str, ends: [&str; 2]| (Some(value.to_owned()), Some(ends.map(str::to_owned)));
        // 21 of 400; seeds 6, 3 and 9 percent: mean 6, sd 3, t 2.92.
        assert_eq!(value(1, "recovered"), some("5.3", ["0.9", "11.1"]));
        // 5, 5 and 5 points.
        assert_eq!(value(1, "over_none"), some("5", ["5", "5"]));
        // 2, 2 and 2 points beyond the first plan, which has none beyond itself.
        assert_eq!(value(2, "over_first"), some("2", ["2", "2"]));
        assert_eq!(value(1, "over_first"), (None, None));
        assert_eq!(value(0, "over_none"), (None, None), "it is what the others are held against");
        assert_eq!(value(0, "touches_per_recovered"), (None, None), "no rate of nothing");
        // 700 touches, 21 lines; 6 opt-outs.
        assert_eq!(value(1, "touches_per_recovered").0.as_deref(), Some("33.33"));
        assert_eq!(value(1, "opt_outs_per_1000").0.as_deref(), Some("8.57"));
        for measured in report.arms.iter().flat_map(|arm| &arm.figures) {
            assert!(!measured.figure.definition.is_empty() && measured.figure.base.is_some());
        }
    }

    #[test]
    fn of_two_seeds_no_interval_is_told() {
        let of = |n| vec![counted(100, n, n), counted(100, n, n)];
        let report = Report::of(made(), of(0), vec![(arm("a/1"), of(6))]);
        assert!(report.arms.iter().flat_map(|arm| &arm.figures).all(|measured| measured.interval.is_none()));
    }
}
