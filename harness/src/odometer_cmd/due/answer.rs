use chrono::{DateTime, Utc};
use fixedops_odometer_core::{Ask, AskWhen, Assessment, Baseline, Lead};
use fixedops_vocab::{PolicyVersion, ServiceId};

use crate::odometer_cmd::estimate::rfc3339;

/// The columns of the contract first, then what was added since.
pub(super) const HEADER: [&str; 17] = [
    "vehicle_id",
    "service",
    "due_miles",
    "due_p10",
    "due_p50",
    "due_p90",
    "p_due",
    "stage",
    "reason",
    "schedule",
    "counted_from",
    "visit",
    "visit_lead",
    "visit_why",
    "ask_due_at_least",
    "ask_p_due",
    "ask_from",
];

/// What is said of one service of one vehicle.
pub(super) struct Answer {
    pub(super) service: ServiceId,
    pub(super) schedule: PolicyVersion,
    pub(super) found: Option<(Baseline, Assessment)>,
    /// The number of the visit, its leading service and why that leads.
    pub(super) visit: Option<(usize, ServiceId, Lead)>,
    pub(super) ask: Option<Ask>,
    /// When it is said.
    pub(super) at: DateTime<Utc>,
}

impl Answer {
    /// Every field behind the vehicle's id.
    pub(super) fn fields(&self) -> [String; 16] {
        let time = |at: Option<DateTime<Utc>>| at.map_or(String::new(), rfc3339);
        let probability = |p: Option<f64>| p.map_or(String::new(), |p| format!("{p:.4}"));
        let found = self.found.as_ref().map(|(_, found)| found);
        let text = |of: fn(&Assessment) -> String, none: &str| found.map_or_else(|| none.to_owned(), of);
        let (visit, lead, why) = match &self.visit {
            Some((number, lead, why)) => (number.to_string(), lead.to_string(), why.as_str().to_owned()),
            None => Default::default(),
        };
        let (at_least, p_due, from) = match &self.ask {
            Some(ask) => {
                let from = match ask.when {
                    AskWhen::Now => self.at,
                    AskWhen::From(then) => then,
                };
                (ask.due_if_at_least.to_string(), probability(ask.p_due), rfc3339(from))
            }
            None => Default::default(),
        };
        [
            self.service.to_string(),
            text(|found| found.due_miles.map_or(String::new(), |miles| miles.to_string()), ""),
            time(found.and_then(|found| found.due_p10)),
            time(found.and_then(|found| found.due_p50)),
            time(found.and_then(|found| found.due_p90)),
            probability(found.and_then(|found| found.p_due)),
            text(|found| found.stage.as_str().to_owned(), "unknown"),
            text(|found| found.reason.clone(), "unknown: no known service or delivery to count from"),
            self.schedule.to_string(),
            self.found.as_ref().map_or(String::new(), |(baseline, _)| baseline.to_string()),
            visit,
            lead,
            why,
            at_least,
            p_due,
            from,
        ]
    }
}
