use std::collections::{BTreeMap, BTreeSet};

use fixedops_consent::ReplyLabel;
use fixedops_recovery::HandOver;
use fixedops_vocab::{PolicyVersion, ProgramId};
use serde::Deserialize;

/// When a programme opens besides a crossing and a decline, and when a person of the dealership takes over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doors {
    version: PolicyVersion,
    #[serde(rename = "effective")]
    _effective: toml::value::Datetime,
    #[serde(rename = "source")]
    _source: String,
    click: ClickDoor,
    doubt: DoubtDoor,
    hand_over: BTreeMap<ReplyLabel, HandOver>,
    several_vehicles: SeveralVehicles,
    slot: SlotWindow,
    wear: WearDoor,
    pickup: PickupDoor,
    disposition: Written,
    credit: Credit,
}

/// What the DMS is told of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PickupDoor {
    told: PickupTold,
}

/// When the DMS is told whether an order may go to ready for pickup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PickupTold {
    /// Never: it asks by itself ([`crate::Engine::pickup`]).
    Never,
    /// When an order is held back, and when it is let go again.
    WhenHeld,
    /// The same, and an order is held back from its opening: nobody has inspected it yet.
    FromOpening,
    /// The same as when held, and of every other order when it is let go: for a DMS that keeps orders back by itself until
    /// told.
    Always,
}

/// Which clicks are followed up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClickDoor {
    /// From so many percent on a person opened the link.
    pub human_percent: u8,
    /// The programmes.
    pub programs: BTreeSet<ProgramId>,
}

/// How often a driver is asked for his mileage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DoubtDoor {
    /// At most once in so many days.
    pub rest_days: u32,
}

/// Answers that may be about either of several vehicles.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SeveralVehicles {
    /// Written about within so many days.
    pub days: u32,
    /// The answers that need a vehicle.
    pub labels: BTreeSet<ReplyLabel>,
}

/// When a newer projection of wear counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WearDoor {
    /// It differs by at least so many days.
    pub moves_days: u32,
}

/// When the slot lies that a call offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SlotWindow {
    /// Not before so many hours from now.
    pub from_hours: u32,
    /// Within so many days from now.
    pub within_days: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    not_written: BTreeSet<ProgramId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Credit {
    programs: BTreeSet<ProgramId>,
    no_answer: BTreeSet<ReplyLabel>,
}

impl Doors {
    /// The shipped policy.
    ///
    /// ```
    /// use fixedops_closed_loop::Doors;
    /// use fixedops_recovery::HandOver;
    /// let doors = Doors::shipped();
    /// assert_eq!(doors.hand_over("angry"), Some(HandOver::Angry));
    /// assert_eq!(doors.hand_over("ack"), None);
    /// ```
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "the embedded file is read by a test")]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../policies/doors.toml"))
            .expect("the embedded policy is read by a test")
    }

    /// A store's own.
    ///
    /// # Errors
    /// Line and reason.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        let doors: Self = toml::from_str(text)?;
        if doors.click.human_percent > 100 {
            return Err(serde::de::Error::custom("click.human_percent is more than 100"));
        }
        if u64::from(doors.slot.from_hours) >= u64::from(doors.slot.within_days) * 24 {
            return Err(serde::de::Error::custom("slot.from_hours is not before slot.within_days"));
        }
        Ok(doors)
    }

    /// Name and version.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// Which clicks are followed up.
    #[must_use]
    pub const fn click(&self) -> &ClickDoor {
        &self.click
    }

    /// How often a driver is asked for his mileage.
    #[must_use]
    pub const fn doubt(&self) -> DoubtDoor {
        self.doubt
    }

    /// Why a person takes over after a reply of `label`; `None` where the sequence goes on.
    #[must_use]
    pub fn hand_over(&self, label: &str) -> Option<HandOver> {
        self.hand_over.iter().find(|(known, _)| known.as_str() == label).map(|(_, why)| *why)
    }

    /// Days within which two vehicles were written about, where an answer of `label` needs one of them.
    #[must_use]
    pub fn needs_a_vehicle(&self, label: &str) -> Option<u32> {
        let needs = self.several_vehicles.labels.iter().any(|known| known.as_str() == label);
        needs.then_some(self.several_vehicles.days)
    }

    /// When the slot lies that a call offers.
    #[must_use]
    pub const fn slot(&self) -> SlotWindow {
        self.slot
    }

    /// When a newer projection of wear counts.
    #[must_use]
    pub const fn wear(&self) -> WearDoor {
        self.wear
    }

    /// When the DMS is told whether an order may go to ready for pickup.
    #[must_use]
    pub const fn pickup(&self) -> PickupTold {
        self.pickup.told
    }

    /// Whether a case of `program` can earn a credit by itself, beside crossings and declined lines.
    #[must_use]
    pub fn earns(&self, program: &ProgramId) -> bool {
        self.credit.programs.contains(program)
    }

    /// Whether a reply of `label` is a customer's answer, as evidence of what was booked after it.
    #[must_use]
    pub fn is_answer(&self, label: &str) -> bool {
        !self.credit.no_answer.iter().any(|known| known.as_str() == label)
    }

    /// Whether the end of a case of `program` is written to the customer's record.
    #[must_use]
    pub fn writes_disposition(&self, program: &ProgramId) -> bool {
        !self.disposition.not_written.contains(program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_cannot_be_is_refused() {
        let shipped = include_str!("../policies/doors.toml");
        for (from, to, fault) in [
            ("human_percent = 50", "human_percent = 101", "human_percent"),
            ("from_hours = 24", "from_hours = 240", "from_hours"),
            ("angry = \"angry\"", "angry = \"furious\"", "furious"),
            ("angry = \"angry\"", "furious = \"angry\"", "furious"),
            ("rest_days = 90", "rest_days = 90\nsometimes = 1", "sometimes"),
            ("told = \"when_held\"", "told = \"loudly\"", "loudly"),
        ] {
            let broken = shipped.replacen(from, to, 1);
            assert_ne!(broken, shipped);
            let error = Doors::from_toml(&broken).unwrap_err().to_string();
            assert!(error.contains(fault), "{to}: {error}");
        }
    }

    #[test]
    fn every_programme_it_names_has_a_plan() {
        let (doors, plans) = (Doors::shipped(), fixedops_recovery::Plans::shipped());
        for program in
            doors.click.programs.iter().chain(&doors.disposition.not_written).chain(&doors.credit.programs)
        {
            assert!(plans.for_program(program).is_some(), "{program}");
        }
    }
}
