use chrono::{DateTime, Utc};
use fixedops_vocab::{Channel, ContactHash, ProgramId, Purpose, TouchKey, VehicleId};
use serde::{Deserialize, Serialize};

use crate::{ContentDigest, ReadVersions};

/// The one message that is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Keyed hash of the contact point it would go to.
    pub contact: ContactHash,
    /// How.
    pub channel: Channel,
    /// Why, as the sender states it. With an offer inside it is decided as marketing.
    pub purpose: Purpose,
    /// Digest of the exact content.
    pub digest: ContentDigest,
    /// Journal versions that the facts were read at.
    pub versions: ReadVersions,
    /// The touch it is.
    pub key: TouchKey,
    /// The programme that wants to send it.
    pub program: ProgramId,
    /// What it is about: state caps count by subject.
    pub subject: Option<String>,
    /// The vehicle it is about.
    pub vehicle: Option<VehicleId>,
    /// Whether it holds a price, a discount or any other promotion.
    pub contains_offer: bool,
    /// Other touches to the same person that wait to be sent.
    pub competing: Vec<Competing>,
}

/// Another touch to the same person that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Competing {
    /// Which.
    pub key: TouchKey,
    /// Its programme.
    pub program: ProgramId,
    /// Its purpose.
    pub purpose: Purpose,
    /// When it is to go out.
    pub due_at: DateTime<Utc>,
}
