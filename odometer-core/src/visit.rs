use core::fmt;
use std::collections::BTreeSet;

use chrono::{DateTime, Days, Utc};
use fixedops_vocab::{Mileage, Miles, ServiceId};

use crate::{Assessment, Stage, VisitPolicy};

/// Services that are best done on one visit.
///
/// `Display` says it aloud: which one leads, why, and what is done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Visit {
    /// The leading service.
    pub lead: ServiceId,
    /// Why it leads.
    pub why: Lead,
    /// All of them, the leading one first, then in the order in which they would lead.
    pub services: Vec<ServiceId>,
    /// When the first of them falls due, as likely before as after; now where one is due. None where only its miles
    /// are known.
    pub due_at: Option<DateTime<Utc>>,
}

/// Why a service leads a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "these three, in this order")]
pub enum Lead {
    /// It is a matter of safety.
    Safety,
    /// It is overdue.
    Overdue,
    /// It falls due first.
    First,
}

impl Lead {
    /// `safety`, `overdue` or `first`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safety => "safety",
            Self::Overdue => "overdue",
            Self::First => "first",
        }
    }

    fn of(assessment: &Assessment) -> Self {
        match assessment.stage {
            _ if assessment.safety => Self::Safety,
            Stage::Overdue => Self::Overdue,
            _ => Self::First,
        }
    }
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.why {
            Lead::Safety => "a matter of safety",
            Lead::Overdue => "overdue",
            Lead::First => "due first",
        };
        write!(f, "{} leads ({why})", self.lead)?;
        for (place, service) in self.services.iter().skip(1).enumerate() {
            write!(f, "{}{service}", if place == 0 { ", with " } else { ", " })?;
        }
        Ok(())
    }
}

/// Puts services that fall due close together into one visit, each into exactly one.
///
/// The service that falls due first begins a visit; whatever falls due within `policy.days` of it, or within
/// `policy.miles`, joins, and so on with what is left. The window is laid once, at the first (for the miles of a first
/// that has none: at the first of what joined by its day): services never chain on.
/// What is due already falls due now. Within a visit a matter of safety leads, then what is overdue, then what falls due
/// first, then the name; so the order of `assessments` decides nothing. A service of which neither day nor miles can be
/// said is on no visit. `mileage` is the odometer at `at`.
///
/// ```
/// use fixedops_odometer_core::{Baseline, DuePolicy, Model, Posterior, Reading, Schedule, assess, bundle};
/// use fixedops_vocab::{DistanceUnit, RawOdometer};
/// let read = |day: &str, miles: &str| -> Result<_, Box<dyn std::error::Error>> {
///     Ok(Reading::reported(format!("{day}T12:00:00Z").parse()?, RawOdometer::parse(miles, DistanceUnit::Miles)?))
/// };
/// let readings = [read("2026-01-05", "41000")?, read("2026-03-06", "43100")?, read("2026-05-08", "45200")?];
/// let at = "2026-08-20T12:00:00Z".parse()?;
/// let posterior = Posterior::fit(&readings, &[], at, &Model::shipped());
/// let done = Baseline::here("2026-01-05T12:00:00Z".parse()?, Some("41000".parse()?), 1);
/// let schedule = Schedule::shipped();
/// let of = |service: &str| schedule.rules().iter().find(|rule| rule.service.as_str() == service);
/// let rules = [of("coolant"), of("tire_rotation"), of("oil_service")].into_iter().flatten();
/// let all: Vec<_> = rules.map(|rule| assess(rule, &done, &posterior, at, 0.5)).collect();
/// let visits = bundle(&all, &posterior.mileage_at(at), at, DuePolicy::shipped().visit());
/// assert_eq!(visits.len(), 2);
/// assert_eq!(visits[0].to_string(), "oil_service leads (due first), with tire_rotation");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn bundle(
    assessments: &[Assessment],
    mileage: &Mileage,
    at: DateTime<Utc>,
    policy: &VisitPolicy,
) -> Vec<Visit> {
    let mut open: Vec<Candidate<'_>> =
        assessments.iter().filter_map(|assessment| Candidate::of(assessment, mileage, at)).collect();
    open.sort_by_key(|candidate| candidate.falls_due());
    let mut visits = Vec::new();
    while let Some(first) = open.first().copied() {
        let last_day = first.day.and_then(|day| day.checked_add_days(Days::new(policy.days.into())));
        let by_day = |candidate: &Candidate<'_>| {
            candidate.day.is_some() && candidate.day <= last_day || candidate.is(&first)
        };
        // A first that is due by time alone has no miles: those of what goes with it stand in.
        let miles = first.miles.or_else(|| open.iter().filter(|c| by_day(c)).filter_map(|c| c.miles).min());
        let (mut joined, left): (Vec<_>, Vec<_>) = open
            .into_iter()
            .partition(|candidate| by_day(candidate) || candidate.is_near(miles, policy.miles));
        open = left;
        joined.sort_by_key(|candidate| (Lead::of(candidate.assessment), candidate.falls_due()));
        let mut named = BTreeSet::new();
        let services: Vec<ServiceId> = joined
            .iter()
            .map(|candidate| candidate.assessment.service.clone())
            .filter(|service| named.insert(service.clone()))
            .collect();
        if let Some(lead) = joined.first() {
            let (lead, why) = (lead.assessment.service.clone(), Lead::of(lead.assessment));
            visits.push(Visit { lead, why, services, due_at: first.day });
        }
    }
    visits
}

/// A service and where it falls due, seen from now.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    assessment: &'a Assessment,
    day: Option<DateTime<Utc>>,
    miles: Option<Miles>,
}

impl<'a> Candidate<'a> {
    fn of(assessment: &'a Assessment, mileage: &Mileage, at: DateTime<Utc>) -> Option<Self> {
        let shown = mileage.value();
        let (day, miles) = if assessment.crossed {
            (Some(at), shown.or(assessment.due_miles))
        } else {
            let day = assessment.due_p50.or(assessment.due_by).map(|day| day.max(at));
            // Miles that nobody can place in time or on the road bundle nothing.
            let miles = assessment.due_miles.filter(|_| assessment.p_due.is_some());
            (day, miles.map(|miles| shown.map_or(miles, |shown| miles.max(shown))))
        };
        (day.is_some() || miles.is_some()).then_some(Self { assessment, day, miles })
    }

    /// What falls due first comes first; a day before miles alone.
    fn falls_due(&self) -> (bool, Option<DateTime<Utc>>, bool, Option<Miles>, &'a ServiceId) {
        (self.day.is_none(), self.day, self.miles.is_none(), self.miles, &self.assessment.service)
    }

    fn is(&self, other: &Self) -> bool {
        core::ptr::eq(self.assessment, other.assessment)
    }

    fn is_near(&self, miles: Option<Miles>, window: Miles) -> bool {
        let (Some(own), Some(miles)) = (self.miles, miles) else { return false };
        own.since(miles).or_else(|| miles.since(own)).is_some_and(|apart| apart <= window)
    }
}
