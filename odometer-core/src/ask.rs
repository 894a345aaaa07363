use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::{Basis, Miles, ServiceId};

use crate::{AskPolicy, Assessment, Posterior};

/// The one reading that would settle whether a service is due: what to ask the driver, and when.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Ask {
    /// The service.
    pub service: ServiceId,
    /// Its cycle, as in the assessment.
    pub cycle: u32,
    /// The service is due if the odometer shows at least this, miles; below it, it is not.
    pub due_if_at_least: Miles,
    /// How likely the answer is "due", at the moment of asking. None where no habit is learned.
    pub p_due: Option<f64>,
    /// How likely the answer is "not yet".
    pub p_not_yet: Option<f64>,
    /// Now, or better from a day on.
    pub when: AskWhen,
    /// The same in words.
    pub reason: String,
}

/// When asking is best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "callers must handle both")]
pub enum AskWhen {
    /// Ask now.
    Now,
    /// Wait until then: before, the answer is most likely "not yet" and would have to be asked for again.
    From(DateTime<Utc>),
}

/// Which single reading would settle whether a service is due, and whether to ask for it now. None where no reading can
/// change the decision, or none is worth a question.
///
/// The rule, in this order:
///
/// 1. The time leg has come, or the odometer was read past the due point: due, whatever a reading says. No ask. Nor
///    without a distance leg.
/// 2. With a habit: the due date lies open between the day of P(due) = `from` and the day of P(due) = `settled`. Fewer
///    than `worth_days` between the two: waiting settles it as well. No ask. P(due) at `settled` or above: due in all
///    likelihood. No ask.
/// 3. P(due) of at least `from`: ask now. Below it: from the day on which it is reached, unless the time leg comes first.
/// 4. Without a habit, miles tracked by GPS may bring P(due) between the two: ask now. Else the distance leg is silent,
///    and a reading makes it speak: ask, but not before the car could have
///    driven the miles at `fastest_miles_per_day` from its last reading, and not where the time leg comes before that.
///
/// `assessment` is what [`assess`](crate::assess) says at `at`. A reading taken at `at` of at least
/// [`Ask::due_if_at_least`] makes the service crossed, a lower one does not, as long as the reading itself is believed:
/// a property test holds the rule to that. Source: the value of information, as decision analysis defines it (an
/// observation is worth nothing if no outcome of it changes the decision); the two probabilities are ours.
///
/// ```
/// use fixedops_odometer_core::{AskWhen, Baseline, DuePolicy, Model, Posterior, Reading, Schedule, ask, assess};
/// use fixedops_vocab::{DistanceUnit, RawOdometer};
/// let read = |day: &str, miles: &str| -> Result<_, Box<dyn std::error::Error>> {
///     Ok(Reading::reported(format!("{day}T12:00:00Z").parse()?, RawOdometer::parse(miles, DistanceUnit::Miles)?))
/// };
/// // One reading and a calendar: nothing can be said, but a second reading would.
/// let at = "2026-08-20T12:00:00Z".parse()?;
/// let posterior = Posterior::fit(&[read("2026-01-05", "41000")?], &[], at, &Model::shipped());
/// let schedule = Schedule::shipped();
/// let oil = schedule.rule(&"oil_service".parse()?).ok_or("no oil service")?;
/// let done = Baseline::here("2026-01-05T12:00:00Z".parse()?, Some("41000".parse()?), 3);
/// let wanted = ask(&assess(oil, &done, &posterior, at, 0.5), &posterior, at, DuePolicy::shipped().ask());
/// let wanted = wanted.ok_or("nothing to ask")?;
/// assert_eq!((wanted.due_if_at_least, wanted.when), ("48500".parse()?, AskWhen::Now));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn ask(
    assessment: &Assessment,
    posterior: &Posterior,
    at: DateTime<Utc>,
    policy: &AskPolicy,
) -> Option<Ask> {
    let due = assessment.due_miles?;
    let by_time_at = |then: DateTime<Utc>| assessment.due_by.is_some_and(|by| by <= then);
    if by_time_at(at) || posterior.probability_at_least(due, at) >= 1.0 {
        return None;
    }
    let (when, p_due) = if posterior.habit_learned() {
        with_habit(due, posterior, at, policy)?
    } else if posterior.is_tracked() && posterior.probability_at_least(due, at) >= policy.from {
        let p = posterior.probability_at_least(due, at);
        (p < policy.settled).then_some((AskWhen::Now, Some(p)))?
    } else {
        (without_habit(due, posterior, at, policy)?, None)
    };
    if let AskWhen::From(then) = when
        && by_time_at(then)
    {
        return None;
    }
    Some(Ask {
        service: assessment.service.clone(),
        cycle: assessment.cycle,
        due_if_at_least: due,
        p_due,
        p_not_yet: p_due.map(|p| 1.0 - p),
        when,
        reason: reason(due, p_due, when),
    })
}

fn with_habit(
    due: Miles,
    posterior: &Posterior,
    at: DateTime<Utc>,
    policy: &AskPolicy,
) -> Option<(AskWhen, Option<f64>)> {
    let p = posterior.probability_at_least(due, at);
    if p >= policy.settled {
        return None;
    }
    let begins = posterior.last_reading_at().unwrap_or(at).min(at);
    let until = at.checked_add_signed(TimeDelta::days(LOOKS_AHEAD_DAYS))?;
    let open_from = posterior.first_time(due, policy.from, begins, until)?;
    // Not settled within the horizon: open for as long as one can see.
    let settled_at = posterior.first_time(due, policy.settled, begins, until).unwrap_or(until);
    if (settled_at - open_from).num_days() < i64::from(policy.worth_days) {
        return None;
    }
    if p >= policy.from {
        Some((AskWhen::Now, Some(p)))
    } else {
        Some((AskWhen::From(open_from), Some(posterior.probability_at_least(due, open_from))))
    }
}

/// A driver is not asked years ahead.
const LOOKS_AHEAD_DAYS: i64 = 1_095;

fn without_habit(
    due: Miles,
    posterior: &Posterior,
    at: DateTime<Utc>,
    policy: &AskPolicy,
) -> Option<AskWhen> {
    let last = posterior.last_reading_at().and_then(|read_at| {
        // On the day of a reading the odometer is what was read.
        let mileage = posterior.mileage_at(read_at);
        mileage.value().filter(|_| mileage.basis() == Basis::Read).map(|shown| (read_at, shown))
    });
    let Some((read_at, shown)) = last else { return Some(AskWhen::Now) };
    let left = due.since(shown).unwrap_or(Miles::ZERO);
    // At most a million days: the pace is at least a mile a day.
    #[allow(clippy::cast_possible_truncation)]
    let days = (left.as_f64() / policy.fastest_miles_per_day).ceil() as i64;
    let earliest = read_at.checked_add_signed(TimeDelta::days(days))?;
    if earliest <= at {
        return Some(AskWhen::Now);
    }
    ((earliest - at).num_days() <= LOOKS_AHEAD_DAYS).then_some(AskWhen::From(earliest))
}

fn reason(due: Miles, p_due: Option<f64>, when: AskWhen) -> String {
    let likely = match p_due {
        Some(p) => format!("{:.0} in 100 that it does", p * 100.0),
        None => "no habit is known that would say how likely that is".to_owned(),
    };
    match when {
        AskWhen::Now => format!("ask now: due if the odometer shows at least {due} mi ({likely})"),
        AskWhen::From(then) => {
            let day = then.format("%Y-%m-%d");
            format!("ask from {day}: due if the odometer then shows at least {due} mi ({likely})")
        }
    }
}
