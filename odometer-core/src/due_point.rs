use chrono::{DateTime, Days, Utc};
use fixedops_vocab::Miles;

use crate::interval::months_after;
use crate::{Baseline, Countdown, CountdownPolicy, IntervalRule, Posterior};

/// Where a service falls due: the miles, the day, and who says so.
///
/// ```
/// use fixedops_odometer_core::{Baseline, DuePoint, DueSource, Schedule};
/// let schedule = Schedule::shipped();
/// let oil = schedule.rule(&"oil_service".parse()?).ok_or("no oil service")?;
/// let done = Baseline::here("2026-01-05T12:00:00Z".parse()?, Some("41000".parse()?), 3);
/// let due = DuePoint::of(oil, &done);
/// assert_eq!((due.miles, due.miles_from), (Some("48500".parse()?), DueSource::Schedule));
/// assert_eq!(due.by, Some("2027-01-05T12:00:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DuePoint {
    /// The odometer at which it is due, miles.
    pub miles: Option<Miles>,
    /// Who says the miles.
    pub miles_from: DueSource,
    /// When the time leg is due.
    pub by: Option<DateTime<Utc>>,
    /// Who says the day.
    pub by_from: DueSource,
    /// Since when the car's countdown is not followed any more, because it was reset and no service is on record.
    pub reset_unexplained: Option<DateTime<Utc>>,
}

/// Who says where a service falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "the schedule or the car")]
pub enum DueSource {
    /// The interval of the schedule, counted from the baseline.
    Schedule,
    /// The car's own countdown.
    Countdown {
        /// When it was read.
        read_at: DateTime<Utc>,
    },
}

impl DuePoint {
    /// As the schedule says it, counted from the baseline.
    #[must_use]
    pub fn of(rule: &IntervalRule, baseline: &Baseline) -> Self {
        Self {
            miles: rule.due_miles(baseline),
            miles_from: DueSource::Schedule,
            by: rule.due_by(baseline),
            by_from: DueSource::Schedule,
            reset_unexplained: None,
        }
    }

    /// The same, with what the car itself said by `at`.
    ///
    /// - Only countdowns to this service, read after the baseline, count: a service supersedes what was said before it.
    /// - A newer countdown supersedes an older one.
    /// - A countdown may bring the due point forward as it likes. It may put it off no further than the rule's
    ///   `longest_distance` and `longest_months` (where there are none: not at all), and one older than the policy's
    ///   `stale_days` not any more.
    /// - A due point that moves back by more than the slack, or lies beyond that bound, is a counter that somebody set
    ///   back. Without a service on record that hides nothing: the due point from before stands and
    ///   [`reset_unexplained`](Self::reset_unexplained) says since when.
    ///
    /// Source: Connected Cars follows the car's counter and notes that a manual reset changes what it means; the rest
    /// is our caution.
    ///
    /// ```
    /// use fixedops_odometer_core::{Baseline, Countdown, DuePoint, DuePolicy, Model, Posterior, Schedule};
    /// use fixedops_vocab::{DistanceUnit, RawOdometer};
    /// let (schedule, policy) = (Schedule::shipped(), DuePolicy::shipped());
    /// let oil = schedule.rule(&"oil_service".parse()?).ok_or("no oil service")?;
    /// let done = Baseline::here("2026-01-05T12:00:00Z".parse()?, Some("41000".parse()?), 3);
    /// let says = |day: &str, shows: &str, left: &str| -> Result<_, Box<dyn std::error::Error>> {
    ///     Ok(Countdown::read("oil_service".parse()?, format!("{day}T12:00:00Z").parse()?)
    ///         .with_odometer(shows.parse()?)
    ///         .with_distance(RawOdometer::parse(left, DistanceUnit::Miles)?))
    /// };
    /// let said = [says("2026-04-01", "44000", "2000")?, says("2026-06-01", "45500", "7400")?];
    /// let at = "2026-06-02T12:00:00Z".parse()?;
    /// let unread = Posterior::fit(&[], &[], at, &Model::shipped());
    /// let due = DuePoint::of(oil, &done).with_countdowns(oil, &done, &said, &unread, at, policy.countdown());
    /// assert_eq!(due.miles, Some("46000".parse()?), "earlier than the schedule, as the car said in April");
    /// assert_eq!(due.reset_unexplained, Some("2026-06-01T12:00:00Z".parse()?), "and nobody did a service since");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_countdowns(
        self,
        rule: &IntervalRule,
        baseline: &Baseline,
        countdowns: &[Countdown],
        posterior: &Posterior,
        at: DateTime<Utc>,
        policy: &CountdownPolicy,
    ) -> Self {
        let mut said: Vec<&Countdown> = countdowns
            .iter()
            .filter(|said| {
                said.service == rule.service && said.known_at(at) && said.read_at >= baseline.done_at
            })
            // What was said in the very instant of a service was said before it.
            .filter(|said| said.read_at > baseline.done_at || !counts_as_service(baseline))
            .collect();
        said.sort();
        let bound_miles = bound_miles(rule, baseline, self.miles);
        let bound_by = bound_by(rule, baseline, self.by);
        let mut found = self;
        let (mut last_miles, mut last_by) = (bound_miles, bound_by);
        for said in said {
            let (miles, by) = (said.due_miles(Some(posterior)), said.due_by());
            let back = later_miles(miles, last_miles, policy) || later_day(by, last_by, policy);
            if back {
                // The first time it was seen counts.
                found.reset_unexplained = found.reset_unexplained.or(Some(said.read_at));
                continue;
            }
            found.reset_unexplained = None;
            let stale = at.signed_duration_since(said.read_at).num_days() > i64::from(policy.stale_days);
            let source = DueSource::Countdown { read_at: said.read_at };
            if let Some(miles) = miles {
                last_miles = Some(miles);
                let late = self.miles.is_some_and(|scheduled| miles > scheduled);
                (found.miles, found.miles_from) =
                    if stale && late { (self.miles, self.miles_from) } else { (Some(miles), source) };
            }
            if let Some(by) = by {
                last_by = Some(by);
                let late = self.by.is_some_and(|scheduled| by > scheduled);
                (found.by, found.by_from) =
                    if stale && late { (self.by, self.by_from) } else { (Some(by), source) };
            }
        }
        found
    }
}

fn counts_as_service(baseline: &Baseline) -> bool {
    baseline.origin.kind != crate::OriginKind::Countdown && !baseline.origin.kind.is_delivery()
}

/// The furthest a countdown may put the miles off; None: there is nothing to put off.
fn bound_miles(rule: &IntervalRule, baseline: &Baseline, scheduled: Option<Miles>) -> Option<Miles> {
    let scheduled = scheduled?;
    let longest = rule.longest_distance.and_then(|longest| baseline.miles?.checked_add(longest));
    Some(longest.map_or(scheduled, |longest| longest.max(scheduled)))
}

/// The same for the day.
fn bound_by(
    rule: &IntervalRule,
    baseline: &Baseline,
    scheduled: Option<DateTime<Utc>>,
) -> Option<DateTime<Utc>> {
    let scheduled = scheduled?;
    let longest = rule.longest_months.and_then(|longest| months_after(baseline.done_at, longest));
    Some(longest.map_or(scheduled, |longest| longest.max(scheduled)))
}

fn later_miles(said: Option<Miles>, before: Option<Miles>, policy: &CountdownPolicy) -> bool {
    let (Some(said), Some(before)) = (said, before) else { return false };
    said.since(before).is_some_and(|later| later > policy.slack_miles)
}

fn later_day(said: Option<DateTime<Utc>>, before: Option<DateTime<Utc>>, policy: &CountdownPolicy) -> bool {
    let (Some(said), Some(before)) = (said, before) else { return false };
    before.checked_add_days(Days::new(policy.slack_days.into())).is_some_and(|latest| said > latest)
}
