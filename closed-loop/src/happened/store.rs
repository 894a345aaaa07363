//! What a store is, and the simulation it may be.

use fixedops_vocab::{PolicyVersion, RooftopId};
use serde::{Deserialize, Serialize};

/// This journal is a simulated one: what it was made from. The first event of a demo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulationStarted {
    /// Key of the input.
    pub key: String,
    /// Seed of every draw.
    pub seed: u64,
    /// Number of the rooftop, from 0.
    #[serde(default)]
    pub rooftop: u32,
    /// How many rooftops were simulated together; left out of the event where it is the only one.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub rooftops: u32,
    /// Vehicles.
    pub vehicles: u32,
    /// Days.
    pub days: u32,
    /// What was made to go wrong on purpose, by name.
    #[serde(default)]
    pub faults: Vec<String>,
    /// Version of the simulated world.
    pub world: String,
}

const fn one() -> u32 {
    1
}

// serde hands over a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
const fn is_one(number: &u32) -> bool {
    *number == 1
}

/// The simulated days are over. The last event of a demo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulationFinished {
    /// Key of the input.
    pub key: String,
}

/// The dealership this journal speaks for, and the versions of every policy in force from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreConfigured {
    /// Key of the input.
    pub key: String,
    /// Where.
    pub rooftop: RooftopId,
    /// The name messages carry.
    pub dealer_name: String,
    /// The call-back number messages carry; the store's own, not a customer's.
    pub dealer_phone: String,
    /// The dealer's postal address, as e-mail law asks for it.
    pub postal_address: String,
    /// The dealer's own scheduler.
    pub book_url: String,
    /// Where one click unsubscribes.
    pub unsubscribe_url: String,
    /// Where customers see their inspections; without it no link to one is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspection_url: Option<String>,
    /// Where the photos of findings lie; without it no message shows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo_url: Option<String>,
    /// What customers call its advisors, by their number; of one who is not here no message prints a name.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub advisors: std::collections::BTreeMap<String, String>,
    /// The store's time zone, by its IANA name (`America/New_York`): appointments are spoken of in it. Without one no
    /// message prints a time of day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Rules, plans, schedule, models: name to version.
    pub policies: std::collections::BTreeMap<String, PolicyVersion>,
}
