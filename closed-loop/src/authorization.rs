//! What a customer answered to a recommended line, translated into what the loop takes in.

use chrono::{Datelike as _, NaiveDate};
use fixedops_connectors_traits::{AuthorizationRecord, AuthorizationStatus, PersonFact};
use fixedops_vocab::{CustomerId, VehicleId};

use crate::decline_reasons::OTHER;
use crate::dms::{inbound, stamp};
use crate::engine::LAST_YEAR;
use crate::{
    Alarm, DeclineReasons, FieldSetAside, Happened, LineApproved, LineDeclined, LineDeferred, LoopError,
    RecommendedLine, Translated, streams,
};

/// Translates answers to recommended lines.
pub struct AuthorizationTranslator<'a> {
    /// The list of reasons.
    pub reasons: &'a DeclineReasons,
    /// Whose a vehicle is: his words lie in the person store under his name, so that they go when he is erased.
    pub owner_of: &'a dyn Fn(&VehicleId) -> Option<CustomerId>,
}

impl core::fmt::Debug for AuthorizationTranslator<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AuthorizationTranslator({})", self.reasons.version())
    }
}

impl AuthorizationTranslator<'_> {
    /// What `record` means to the loop. Keys are made of what the record says, so that the same record again is taken
    /// in once. A line nobody answered has no record, and is neither declined nor deferred.
    ///
    /// # Errors
    /// [`LoopError`] where an id has no form in the journal.
    pub fn translate(&self, record: &AuthorizationRecord) -> Result<Translated, LoopError> {
        let mut translated = Translated::default();
        let key = |word: &str| {
            format!("authorization/{}/{}/{word}/{}", record.ro, record.line, stamp(record.answered_at))
        };
        let line = RecommendedLine {
            ro: record.ro.clone(),
            line: record.line.clone(),
            op_code: record.op_code.clone(),
            service: None,
            name: record.description.clone().unwrap_or_else(|| "recommended work".to_owned()),
            price: record.price,
        };
        let (vehicle, method, finding) =
            (record.vehicle.clone(), Some(record.method), record.finding.clone());
        let occurred_at = record.answered_at;
        let mut facts = Vec::new();
        let happened = match record.status {
            AuthorizationStatus::Approved => Happened::LineApproved(LineApproved {
                key: key("approved"),
                vehicle,
                line,
                method,
                finding,
                occurred_at,
            }),
            AuthorizationStatus::Declined => {
                let reason = self.reasons.code_of(record.reason.as_deref()).to_owned();
                if let Some(words) = record.reason.as_ref().filter(|_| reason == OTHER) {
                    match (self.owner_of)(&record.vehicle) {
                        Some(owner) => facts.push(PersonFact {
                            subject: streams::person(&owner)?,
                            name: format!("decline_reason/{}/{}", record.ro, record.line),
                            value: words.clone(),
                        }),
                        None => translated.set_aside.push(FieldSetAside {
                            field: "reason",
                            reason: "nobody is known whose words these are".to_owned(),
                        }),
                    }
                }
                Happened::LineDeclined(LineDeclined {
                    key: key("declined"),
                    vehicle,
                    declined: line.declined_at(occurred_at),
                    reason,
                    method,
                    finding,
                    case: None,
                })
            }
            AuthorizationStatus::Deferred => Happened::LineDeferred(LineDeferred {
                key: key("deferred"),
                vehicle,
                line,
                until: until(record, &mut translated.set_aside),
                method,
                finding,
                occurred_at,
                wake_at: Alarm::Keep,
            }),
            _ => {
                let reason = "of a kind not known here".to_owned();
                translated.set_aside.push(FieldSetAside { field: "status", reason });
                return Ok(translated);
            }
        };
        translated.inbounds.push(inbound(happened, facts)?);
        Ok(translated)
    }
}

/// The day until which a line is deferred. A day before the answer, or one no calendar of ours holds, is a slip of the
/// hand: what is left is "not now", and nothing is said before the next visit.
fn until(record: &AuthorizationRecord, set_aside: &mut Vec<FieldSetAside>) -> Option<NaiveDate> {
    let day = record.deferred_until?;
    let reason = if day < record.answered_at.date_naive() {
        "is before the day of the answer"
    } else if day.year() > LAST_YEAR {
        "is after the year 9999"
    } else {
        return Some(day);
    };
    set_aside.push(FieldSetAside { field: "deferred_until", reason: reason.to_owned() });
    None
}
