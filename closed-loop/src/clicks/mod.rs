//! The click report: who opened the link of a message, about which car and for what reason, and what came of it.
//!
//! A click without a booking is a warm lead, where the message came of a programme that the policy names
//! (`click.programs` of the doors); clicks in other messages are counted apart. The representative who calls sees the car, the mileage reason with its range,
//! since when, and what was tried already. [`ClickReportBuilder`] reads a partition of the journal, event by event;
//! [`ClickReport::fold`] does it at once. It holds ids, no name and no number: those are in the person store, and whoever
//! shows the report joins them there. It is no permission to call: that is decided anew when the number is dialled.

mod builder;
mod car;
mod lead;

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use fixedops_connectors_traits::Event;
use fixedops_recovery::Closure;
use fixedops_vocab::{
    AppointmentId, CaseId, Channel, ContactHash, CustomerId, Mileage, Miles, PolicyVersion, ProgramId,
    SellerId, ServiceId, TouchId, VehicleId,
};
use serde::{Deserialize, Serialize};

use crate::{Doors, Figure, LoopError};

pub use builder::ClickReportBuilder;
pub use lead::Lead;

/// Who clicked and what came of it, as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClickReport {
    /// The form of this file: `clicks/2`.
    pub format: String,
    /// The dealership: the partition of the journal.
    pub seller: SellerId,
    /// Until when it speaks; later events are not in it.
    pub until: DateTime<Utc>,
    /// Events read.
    pub events: u64,
    /// Position of the last one.
    pub last_position: u64,
    /// The policy that says from when on a click is a person's.
    pub policy: PolicyVersion,
    /// From so many percent on a person opened the link.
    pub human_percent: u8,
    /// The programmes whose clicks are leads: a click says that somebody wants to book.
    pub programs: BTreeSet<ProgramId>,
    /// How many clicked, how many of them wait, how many openings were machines'.
    pub figures: Vec<Figure>,
    /// One for each case of these programmes that a person clicked in: who waits first, the longest first. The case that
    /// follows a click up is no lead of its own: what happened in it stands in the row of the first.
    pub rows: Vec<ClickRow>,
    /// Cases of other programmes that a person clicked in: no leads.
    pub others: Vec<OtherClicks>,
}

/// Cases of a programme whose clicks are no leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherClicks {
    /// The programme.
    pub program: ProgramId,
    /// How many of its cases a person clicked in.
    pub cases: u64,
}

/// A case that a person clicked in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClickRow {
    /// Where the lead stands.
    pub standing: Lead,
    /// Whether that is an answer of the customer's that stands ([`Lead::is_answer`]).
    pub answered: bool,
    /// The customer.
    pub person: CustomerId,
    /// The contact point that the clicked message went to.
    pub contact: Option<ContactHash>,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Year, make and model, in words.
    pub vehicle_name: String,
    /// What the message was about.
    pub reason: ClickReason,
    /// When a person first opened the link.
    pub clicked_at: DateTime<Utc>,
    /// When a person last did.
    pub last_click_at: DateTime<Utc>,
    /// How often persons did.
    pub clicks: u64,
    /// How sure it is that it was a person, in percent: the surest of the clicks.
    pub human_percent: u8,
    /// Messages that went out in this case and in the one that follows the click up, in order.
    pub tried: Vec<Tried>,
    /// Calls put on an advisor's list for it, in order. Whether he called is not in the journal.
    pub calls: Vec<CallListed>,
    /// The appointment that says most of those set, to come, kept or fallen away after the click: the one kept, else the
    /// next that stands, else the last that was missed or called off.
    pub appointment: Option<ClickAppointment>,
    /// When the car first came in after the click: an order opened that was not voided, or an appointment kept.
    pub came_at: Option<DateTime<Utc>>,
    /// What he last answered after the click; that the number is another's is no answer of his.
    pub reply: Option<ClickReply>,
    /// A revocation in force stands against calls on every telephone of his that is known, or none is known.
    pub not_by_telephone: bool,
    /// The case.
    pub case: CaseId,
    /// How it ended, where it did.
    pub ended: Option<Ended>,
}

/// What a clicked message was about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClickReason {
    /// The programme.
    pub program: ProgramId,
    /// The services it spoke of, the first the main one.
    pub services: Vec<ServiceId>,
    /// The declined lines it spoke of, in words.
    pub declined: Vec<String>,
    /// The odometer at which the service is due; none where it is due by time, or is no service.
    pub due_miles: Option<Miles>,
    /// The day on which its months are over.
    pub due_on: Option<NaiveDate>,
    /// The odometer when the service came due, with range, source and last capture.
    pub mileage: Option<Mileage>,
    /// The odometer as it was last assessed, in the same form.
    pub mileage_now: Option<Mileage>,
    /// Why it was due, in words.
    pub words: String,
}

/// A message that went out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The case it went out for.
    pub case: CaseId,
    /// The touch.
    pub touch: TouchId,
    /// How.
    pub channel: Channel,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the carrier reported it delivered; none where nothing was reported.
    pub delivered: Option<bool>,
}

/// A call on an advisor's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallListed {
    /// The case.
    pub case: CaseId,
    /// The touch.
    pub touch: TouchId,
    /// When it was put there.
    pub at: DateTime<Utc>,
    /// The slot to be offered.
    pub slot: Option<DateTime<Utc>>,
    /// It was taken off the list again.
    pub withdrawn: bool,
}

/// An appointment that followed a click.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickAppointment {
    /// The scheduler's id.
    pub appointment: AppointmentId,
    /// When it was set.
    pub set_at: DateTime<Utc>,
    /// When the customer is to come.
    pub starts_at: DateTime<Utc>,
    /// `set`, `shown`, `no_show`, `cancelled`.
    pub standing: String,
}

/// What a customer answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickReply {
    /// When.
    pub at: DateTime<Utc>,
    /// How it was read: `question`, `call_me`.
    pub label: String,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When.
    pub at: DateTime<Utc>,
    /// How.
    pub closure: Closure,
    /// Why, in words.
    pub reason: String,
}

impl ClickReport {
    /// The report of a whole partition, its events in the order of their positions; those recorded after `as_of` are
    /// passed over. `doors` says from which likeness to a person on a click counts.
    ///
    /// # Errors
    /// [`LoopError`] of kind corrupt where the data of a known type does not read.
    pub fn fold<'a>(
        seller: SellerId,
        events: impl IntoIterator<Item = &'a Event>,
        as_of: DateTime<Utc>,
        doors: &Doors,
    ) -> Result<Self, LoopError> {
        let mut builder = ClickReportBuilder::new(seller, as_of, doors);
        for event in events {
            builder.apply(event)?;
        }
        Ok(builder.finish())
    }
}
