//! What happens in the world, as outside systems tell it, and what is told to the world.

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{AuthorizationRecord, DmsChange, InspectionRecord};
use fixedops_vocab::{
    Channel, CustomerId, InspectionId, ProgramId, Purpose, RawOdometer, RoId, RoLineId, ServiceId, TouchKey,
    VehicleId,
};

/// What happens in the world, and when it comes in. Inputs stand in the order of (`at`, `source`, `id`), and no two
/// share all three.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// When it comes in.
    pub at: DateTime<Utc>,
    /// From where; ties in time are broken by source, then id.
    pub source: &'static str,
    /// Its name in the source.
    pub id: String,
    /// What it is.
    pub what: What,
    /// The visit without us that it is part of: something we caused may make that moot.
    pub(crate) own: Option<OwnVisit>,
}

/// A visit that the owner makes without us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OwnVisit {
    pub(crate) car: u32,
    pub(crate) number: u32,
}

impl Input {
    pub(crate) fn new(at: DateTime<Utc>, source: &'static str, id: String, what: What) -> Self {
        Self { at, source, id, what, own: None }
    }
}

/// What comes in.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum What {
    /// A record of the DMS or its scheduler.
    Dms(DmsChange),
    /// A consent taken down at the store, for every telephone of the customer.
    Consent(ConsentSigned),
    /// The car reports its odometer.
    Device {
        /// Which car.
        vehicle: VehicleId,
        /// What it shows, in the unit of the device.
        odometer: RawOdometer,
        /// When it was read: earlier than it came in where the batch is late.
        read_at: DateTime<Utc>,
    },
    /// The car reports where it was; the fixes are made when they are asked for: [`crate::World::pings`].
    Pings {
        /// Which car.
        vehicle: VehicleId,
        /// Which batch.
        batch: PingBatch,
    },
    /// An inspection of a tablet.
    Inspection(InspectionRecord),
    /// A customer's answer to a recommended line.
    Authorization(AuthorizationRecord),
    /// The carrier reports on a message.
    Delivery {
        /// Which message.
        key: TouchKey,
        /// Whether it arrived.
        delivered: bool,
        /// The carrier's word or code.
        status: &'static str,
    },
    /// A link was opened.
    Click {
        /// Of which message.
        key: TouchKey,
        /// What whoever serves the link sees of it.
        seen: ClickSeen,
        /// Whether a person opened it: the truth, which the link's server does not see.
        by_person: bool,
    },
    /// The customer wrote back.
    Reply {
        /// To which message.
        key: TouchKey,
        /// His words.
        text: String,
    },
    /// The customer used the unsubscribe link of an e-mail.
    Unsubscribe {
        /// Of which message.
        key: TouchKey,
    },
    /// A call of ours came to an end.
    Call {
        /// Which call.
        key: TouchKey,
        /// What became of it.
        outcome: CallOutcome,
        /// What the customer said, where he did.
        words: Option<String>,
    },
}

/// What the server of a link sees of one opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "read field by field")]
pub struct ClickSeen {
    /// It asked with HEAD.
    pub head_request: bool,
    /// What the client calls itself.
    pub agent: &'static str,
    /// It came from a network of servers.
    pub hosting_network: bool,
    /// The page was drawn.
    pub script_ran: bool,
    /// Seconds since the message went out.
    pub seconds_since_sent: u64,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every answer")]
pub enum CallOutcome {
    /// Nobody took it.
    NoAnswer,
    /// He was spoken to, and nothing came of it.
    Spoken,
    /// He was spoken to and booked; the appointment comes from the scheduler.
    Booked,
    /// He does not want to be called again.
    OptedOut,
    /// Somebody else has the number.
    WrongNumber,
}

/// A consent taken down at the store.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentSigned {
    /// Whose.
    pub customer: CustomerId,
    /// Whether he signed for marketing, in writing; otherwise he only gave his number.
    pub written: bool,
    /// For what.
    pub channels: Vec<Channel>,
    /// When.
    pub given_at: DateTime<Utc>,
}

impl core::fmt::Debug for ConsentSigned {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ConsentSigned(***, {})", self.given_at)
    }
}

/// A batch of position reports; a batch that comes twice is the same batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PingBatch {
    /// The day of the run, from 0.
    pub day: u32,
    /// The part of the day, from 0.
    pub part: u8,
}

/// A touch that went out, as the world has to know it to answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Outreach {
    /// Which touch.
    pub key: TouchKey,
    /// About which car.
    pub vehicle: VehicleId,
    /// To whom; None where only the car is known, then it is the owner.
    pub customer: Option<CustomerId>,
    /// By which channel.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// Of which programme.
    pub program: ProgramId,
    /// The services it speaks of.
    pub services: Vec<ServiceId>,
    /// The declined lines it speaks of.
    pub declined: Vec<(RoId, RoLineId)>,
    /// When it went out.
    pub sent_at: DateTime<Utc>,
    /// What its link carries.
    pub token: String,
}

/// An inspection that the gate sent back.
#[derive(Clone, Debug, PartialEq)]
pub struct GateBlocked {
    /// The repair order.
    pub ro: RoId,
    /// The inspection.
    pub inspection: InspectionId,
    /// When.
    pub at: DateTime<Utc>,
    /// What is missing, in words; the technician knows anyway.
    pub missing: Vec<String>,
}
