//! From rows as dealers' systems write them to [`RepairOrder`]s: what is missing or contradicts is named and set aside,
//! the rest goes on.
//!
//! | a row | what becomes of it |
//! |---|---|
//! | without rooftop or number | set aside: numbers repeat over rooftops, so the number alone is no name |
//! | one number at two rooftops | two orders |
//! | without vehicle | set aside: nobody can say whose trigger it answers |
//! | without write-up time | set aside: nobody can say what was sent before it |
//! | a customer who owned the vehicle at the write-up | that customer's ownership |
//! | a customer who never owned it, or not then | set aside: two customers on one VIN are not one owner |
//! | no customer | the owner at the write-up, if there was exactly one |
//! | negative lines | kept: a discount or a return, taken off before anything is credited |
//! | lines in two currencies | kept: each currency is added up apart |
//! | closed before it was opened | kept, and never credited (`closed_before_opened`) |

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fixedops_vocab::{AppointmentId, CustomerId, OwnershipSpan, RoId, RooftopId, VehicleId};

use crate::word::words;
use crate::{Department, RepairOrder, RoLine};

/// A repair order as a row holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Row {
    /// The store.
    pub rooftop: Option<RooftopId>,
    /// The number that the store gave it.
    pub number: String,
    /// The vehicle, where the VIN is known.
    pub vehicle: Option<VehicleId>,
    /// The customer on it.
    pub customer: Option<CustomerId>,
    /// The write-up.
    pub opened_at: Option<DateTime<Utc>>,
    /// The close.
    pub closed_at: Option<DateTime<Utc>>,
    /// Voided.
    pub voided: bool,
    /// The department.
    pub department: Department,
    /// The appointment it was made from.
    pub initiated_from: Option<AppointmentId>,
    /// Its lines.
    pub lines: Vec<RoLine>,
}

/// Who owned a vehicle, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Ownership {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Which ownership.
    pub span: OwnershipSpan,
    /// Everyone who is the owner: a couple is one.
    pub customers: Vec<CustomerId>,
    /// From this instant on.
    pub from: DateTime<Utc>,
    /// Up to and without this one; `None` while it lasts.
    pub until: Option<DateTime<Utc>>,
}

words! {
    /// Why a row was set aside.
    #[non_exhaustive]
    Fault {
        /// No rooftop: the number may be another store's too.
        NoRooftop = "no_rooftop",
        /// No number, or one that is no id.
        NoNumber = "no_number",
        /// No VIN.
        NoVehicle = "no_vehicle",
        /// No write-up time.
        NoOpening = "no_opening",
        /// The customer on it did not own the vehicle then.
        OtherCustomer = "other_customer",
        /// No customer on it, and nobody or more than one owned the vehicle then.
        OwnerUnknown = "owner_unknown",
    }
}

/// Rows taken in, and rows set aside. Together they are all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct Intake {
    /// What [`assign`](crate::assign) takes, in the order of the rows. Rows of one id that differ are all here: `assign`
    /// leaves them out by name.
    pub orders: Vec<RepairOrder>,
    /// The place of each row set aside, counted from 0, and the first fault that applies.
    pub set_aside: Vec<(usize, Fault)>,
}

impl Intake {
    /// Sorts rows.
    #[must_use]
    pub fn of(rows: Vec<Row>, ownerships: &[Ownership]) -> Self {
        let mut by_vehicle: BTreeMap<&VehicleId, Vec<&Ownership>> = BTreeMap::new();
        for ownership in ownerships {
            by_vehicle.entry(&ownership.vehicle).or_default().push(ownership);
        }
        let mut intake = Self::default();
        for (place, row) in rows.into_iter().enumerate() {
            match order(row, &by_vehicle) {
                Ok(order) => intake.orders.push(order),
                Err(fault) => intake.set_aside.push((place, fault)),
            }
        }
        intake
    }

    /// How many rows were set aside for each fault.
    #[must_use]
    pub fn left_out(&self) -> BTreeMap<Fault, u64> {
        let mut counts = BTreeMap::new();
        for (_, fault) in &self.set_aside {
            *counts.entry(*fault).or_default() += 1;
        }
        counts
    }
}

fn order(row: Row, by_vehicle: &BTreeMap<&VehicleId, Vec<&Ownership>>) -> Result<RepairOrder, Fault> {
    let rooftop = row.rooftop.ok_or(Fault::NoRooftop)?;
    let ro = RoId::compose(&rooftop, &row.number).map_err(|_| Fault::NoNumber)?;
    let vehicle = row.vehicle.ok_or(Fault::NoVehicle)?;
    let opened_at = row.opened_at.ok_or(Fault::NoOpening)?;
    let known = by_vehicle.get(&vehicle).map(Vec::as_slice).unwrap_or_default();
    let then = |ownership: &&&Ownership| {
        ownership.from <= opened_at && ownership.until.is_none_or(|until| opened_at < until)
    };
    let mut owners = known.iter().filter(then);
    let owner_span = match &row.customer {
        Some(customer) => {
            let owner = owners.find(|ownership| ownership.customers.contains(customer));
            owner.ok_or(Fault::OtherCustomer)?.span
        }
        None => match (owners.next(), owners.next()) {
            (Some(only), None) => only.span,
            _ => return Err(Fault::OwnerUnknown),
        },
    };
    Ok(RepairOrder {
        ro,
        vehicle,
        owner_span,
        opened_at,
        closed_at: row.closed_at,
        voided: row.voided,
        department: row.department,
        initiated_from: row.initiated_from,
        lines: row.lines,
    })
}
