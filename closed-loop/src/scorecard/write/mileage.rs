//! How right the mileage was.

use std::collections::BTreeMap;

use fixedops_odometer_core::{Model, Verdict, judge};
use fixedops_vocab::{Basis, Mileage, VehicleId};

use super::pen::{many, of};
use crate::Unit;
use crate::scorecard::course::Course;
use crate::scorecard::facts::Facts;
use crate::scorecard::policy::TargetName;
use crate::scorecard::tally::{Counts, more};
use crate::scorecard::{Accuracy, MileageAccuracy};

/// Every odometer as it is known at the end, and what was said of the readings before they came.
pub(super) struct Courses<'a> {
    by_car: BTreeMap<&'a VehicleId, Course>,
    said: Vec<Held>,
    readings: Counts,
}

/// What was said, held against what came out.
struct Held {
    mileage: Mileage,
    age_days: i64,
    read: f64,
    truth: Option<f64>,
}

impl<'a> Courses<'a> {
    /// Judges every reading in the light of all.
    pub(super) fn of(facts: &Facts<'a>, model: &Model) -> Self {
        let mut courses = Self { by_car: BTreeMap::new(), said: Vec::new(), readings: Counts::new() };
        for (vehicle, car) in &facts.tally.cars {
            let verdicts = judge(&car.readings, model);
            let mut course = Course::default();
            for (reading, judgement) in car.readings.iter().zip(&verdicts) {
                more(&mut courses.readings, judgement.verdict.as_str());
                match judgement.verdict {
                    Verdict::Accepted => course.push(reading.read_at, reading.raw.miles_f64()),
                    Verdict::Repaired { miles, .. } => course.push(reading.read_at, miles.as_f64()),
                    Verdict::SetAside(_) => {}
                }
            }
            let truth = facts.truth.and_then(|truth| truth.course(vehicle));
            for said in &car.said {
                let Some((reading, judgement)) =
                    car.readings.get(said.reading).zip(verdicts.get(said.reading))
                else {
                    continue;
                };
                // A reading that was itself put right or set aside is no yardstick.
                if judgement.verdict == Verdict::Accepted {
                    courses.said.push(Held {
                        mileage: said.mileage,
                        age_days: said.age_days,
                        read: reading.raw.miles_f64(),
                        truth: truth.and_then(|course| course.at(reading.read_at)),
                    });
                }
            }
            courses.by_car.insert(vehicle, course);
        }
        courses
    }

    pub(super) fn course(&self, vehicle: &VehicleId) -> Option<&Course> {
        self.by_car.get(vehicle)
    }
}

pub(super) fn section(facts: &Facts<'_>, courses: &Courses<'_>) -> MileageAccuracy {
    let against = |held: &Held| Some(held.read);
    let bases = [Basis::Read, Basis::Gps, Basis::Estimated];
    let by_basis = bases.into_iter().map(|basis| {
        let held = courses.said.iter().filter(|held| held.mileage.basis() == basis);
        let label = match basis {
            Basis::Read => "Read within a day",
            Basis::Gps => "Tracked by GPS",
            Basis::Estimated | Basis::Unknown => "Estimated",
        };
        accuracy(facts, basis.as_str(), label, held, against)
    });
    let edges = &facts.policy.file.accuracy.capture_ages_days;
    let lower = std::iter::once(0).chain(edges.iter().map(|edge| i64::from(*edge)));
    let upper = edges.iter().map(|edge| Some(i64::from(*edge))).chain(std::iter::once(None));
    let by_age = lower.zip(upper).map(|(from, to)| {
        let inside = |held: &&Held| held.age_days >= from && to.is_none_or(|to| held.age_days < to);
        let (key, label) = match to {
            Some(to) => (
                format!("{from}-{to}"),
                format!("Last capture {from} to {} days before", to.saturating_sub(1)),
            ),
            None => (format!("{from}-"), format!("Last capture {from} days or more before")),
        };
        accuracy(facts, &key, &label, courses.said.iter().filter(inside), against)
    });
    let mut now = Counts::new();
    let in_play = facts.tally.cars.values().filter(|car| car.owner_in_play().is_some());
    for car in in_play {
        more(&mut now, car.basis_now.map_or("never_assessed", Basis::as_str));
    }
    let truth = facts.truth.map(|_| {
        let held = courses.said.iter().filter(|held| held.truth.is_some());
        accuracy(facts, "truth", "Against the simulated truth", held, |held| held.truth)
    });
    MileageAccuracy {
        against_readings: accuracy(facts, "all", "Against the next reading", courses.said.iter(), against),
        by_basis: by_basis.collect(),
        by_age: by_age.collect(),
        against_truth: truth,
        basis_now: facts.counts(
            ("mileage.basis_now", "What is said of the mileage now", "basis"),
            &now,
            "vehicles in play",
            "What the last look at each vehicle in play could say of its mileage.",
        ),
        readings: facts.counts(
            ("mileage.readings", "Readings by what is thought of them", "verdict"),
            &courses.readings,
            "odometer readings taken in",
            "Every reading of the journal, each once, judged in the light of all others.",
        ),
    }
}

fn accuracy<'h>(
    facts: &Facts<'_>,
    key: &str,
    label: &str,
    held: impl Iterator<Item = &'h Held>,
    against: impl Fn(&Held) -> Option<f64>,
) -> Accuracy {
    let (mut asked, mut covered) = (0_u64, 0_u64);
    let (mut errors, mut signed) = (Vec::new(), Vec::new());
    for held in held {
        asked = asked.saturating_add(1);
        let (Some(range), Some(came_out)) = (held.mileage.range(), against(held)) else {
            continue;
        };
        let error = range.p50().as_f64() - came_out;
        errors.push(error.abs());
        signed.push(error);
        // Miles are kept to the tenth.
        let inside = range.p10().as_f64() - 0.05 <= came_out && came_out <= range.p90().as_f64() + 0.05;
        covered = covered.saturating_add(u64::from(inside));
    }
    let said = many(errors.len());
    let id = |figure: &str| format!("mileage.{key}.{figure}");
    let hours = facts.policy.file.accuracy.ask_hours_before;
    let coverage = facts.rate(
        &id("coverage"),
        "Readings within the 80% range",
        covered,
        &of(said, "readings a mileage was said before"),
        "How often what came out lay within the 10% and 90% bounds that were said.",
    );
    Accuracy {
        key: key.to_owned(),
        label: label.to_owned(),
        said: facts.count(
            &id("said"),
            "Mileages said",
            said,
            &of(asked, "accepted readings of vehicles that had been read before"),
            &format!("For each accepted reading of the period: what the loop's model answers {hours} hours before it, for the moment of the reading, from all that was journalled by then. Where it answers unknown nothing was said."),
        ),
        median_abs_error: facts.middle(&id("median_abs_error"), "Median error", errors, (Unit::Miles, "readings a mileage was said before"), "The middle of the differences between what was said and what came out, whichever way."),
        median_error: facts.middle(&id("median_error"), "Median of too much or too little", signed, (Unit::Miles, "readings a mileage was said before"), "The middle of what was said less what came out: above zero, too much was said."),
        coverage: facts.aimed(coverage, TargetName::Coverage),
    }
}
