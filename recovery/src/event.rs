use chrono::{DateTime, Utc};
use fixedops_vocab::{PolicyVersion, RoLineId, TouchId};

use crate::{DeclineReason, HandOver, Target};

/// What can happen to a case. Every event has an answer in every phase; one that does not fit changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "the exhaustive test visits them all")]
pub enum Event {
    /// The alarm went off. Safe to deliver early, late or twice.
    Wake,
    /// The message was accepted by the transport, or the call was made.
    Sent {
        /// The touch, as the command named it.
        touch: TouchId,
    },
    /// The message was refused and certainly not sent.
    Failed {
        /// The touch.
        touch: TouchId,
        /// When the transport wants it tried again; without it, the touch is over.
        retry_at: Option<DateTime<Utc>>,
    },
    /// Nobody can say whether it was sent: the touch is over, it is never sent twice.
    OutcomeUnknown {
        /// The touch.
        touch: TouchId,
    },
    /// Not now: quiet hours, a cap, a competing programme. The same touch is decided anew at `until`.
    Deferred {
        /// The touch.
        touch: TouchId,
        /// When to ask again.
        until: DateTime<Utc>,
    },
    /// This touch may not or need not go out.
    Suppressed {
        /// The touch.
        touch: TouchId,
        /// Whether nothing else of this case can go out either.
        ends_case: bool,
    },
    /// Held back on purpose: the case is in the control group.
    Withheld {
        /// The touch.
        touch: TouchId,
    },
    /// An appointment was made, or moved: the case pauses.
    Booked {
        /// When the car is due in the shop.
        appointment_at: DateTime<Utc>,
    },
    /// The customer did not come, or cancelled: the case resumes.
    AppointmentMissed,
    /// The customer came; what was done is not known yet.
    AppointmentShown,
    /// All the work was done here.
    WorkDone,
    /// One line was done here.
    ItemDone {
        /// The declined line.
        line: RoLineId,
    },
    /// One line is known to be done elsewhere.
    ItemDoneElsewhere {
        /// The declined line.
        line: RoLineId,
    },
    /// One line was recommended and declined once more on a later order, whose case speaks of it now.
    ItemMoved {
        /// The declined line.
        line: RoLineId,
    },
    /// The work is known to be done elsewhere.
    DoneElsewhere,
    /// The person wants no more of this. The last word.
    OptedOut,
    /// The vehicle was sold or traded in.
    Sold,
    /// The vehicle has another owner.
    OwnerChanged,
    /// The person died.
    Deceased,
    /// A person of the dealership took over.
    HandedToHuman {
        /// Why.
        why: HandOver,
    },
    /// The work was declined once more, at a visit or by any other door.
    DeclinedAgain {
        /// When; a decline not later than the one the case runs on changes nothing.
        at: DateTime<Utc>,
    },
    /// Another line of the same repair order was declined: it travels with the others. Of a case that is not about lines,
    /// or that has this line, it changes nothing.
    DeclinedAlso {
        /// The line.
        line: RoLineId,
    },
    /// The customer, or an advisor's note, says why the work was declined.
    DeclinedFor {
        /// Why.
        reason: DeclineReason,
    },
    /// The customer said when to ask again.
    DeferredByCustomer {
        /// That moment; one that has passed changes nothing.
        until: DateTime<Utc>,
    },
    /// The customer wants to talk about it at his next visit.
    DeferredToVisit,
    /// What the timetable is timed by is known better: a wear projected from a newer measurement or a newer reading.
    Projected {
        /// It, with its range.
        target: Target,
    },
    /// The customer wrote something that is neither yes nor no nor stop: the sequence leaves room for the talk.
    Answered,
    /// Its plan was retired and another took the case over: what [`Case::migrate`](crate::Case::migrate) did, for the
    /// record. A step changes nothing by it.
    PlanReplaced {
        /// By which.
        by: PolicyVersion,
    },
    /// What it asked was answered, in whatever way: nothing is left to say.
    Settled,
    /// What opened the case turned out to be wrong: a corrected reading, a recall campaign closed for this VIN.
    Withdrawn,
}
