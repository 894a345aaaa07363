//! What a DMS would hold of a simulated store, gathered from its inputs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use fixedops_connectors_traits::{
    AppointmentRecord, CustomerRecord, DmsChange, PingRecord, RepairOrderRecord, VehicleRecord,
};
use fixedops_vocab::{AppointmentId, CustomerId, RoId, VehicleId};
use fixedops_world::{ConsentSigned, Input, StoreProfile, What, World};

/// A touch that the store itself sent, as its list says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TouchSent {
    pub vehicle: VehicleId,
    pub customer: Option<CustomerId>,
    pub sent_at: DateTime<Utc>,
    pub channel: &'static str,
    pub reason: String,
}

/// Everything that goes into an extract. Inputs are taken in the order in which they come in.
#[derive(Debug)]
pub struct Extract {
    pub(super) zone: Tz,
    pub(super) customers: BTreeMap<CustomerId, CustomerRecord>,
    pub(super) vehicles: BTreeMap<VehicleId, VehicleRecord>,
    /// Closed and voided orders as they came, a later version beside the earlier one.
    pub(super) orders: Vec<RepairOrderRecord>,
    pub(super) open: BTreeMap<RoId, RepairOrderRecord>,
    /// First record and last.
    pub(super) appointments: BTreeMap<AppointmentId, (DateTime<Utc>, AppointmentRecord)>,
    pub(super) consents: Vec<ConsentSigned>,
    pub(super) revoked: BTreeMap<CustomerId, DateTime<Utc>>,
    pub(super) touches: Vec<TouchSent>,
    pub(super) pings: Vec<PingRecord>,
    /// Advisor and technician of an order, by their numbers.
    pub(super) staff: BTreeMap<RoId, (Option<String>, Option<String>)>,
}

impl Extract {
    /// An empty one.
    pub fn of(store: &StoreProfile) -> Self {
        Self {
            zone: store.zone,
            customers: BTreeMap::new(),
            vehicles: BTreeMap::new(),
            orders: Vec::new(),
            open: BTreeMap::new(),
            appointments: BTreeMap::new(),
            consents: Vec::new(),
            revoked: BTreeMap::new(),
            touches: Vec::new(),
            pings: Vec::new(),
            staff: BTreeMap::new(),
        }
    }

    /// Takes in what happened. `pings_from`: position reports before it are left out, for they are many.
    pub fn take(&mut self, input: &Input, world: &World, pings_from: DateTime<Utc>) {
        match &input.what {
            What::Dms(change) => self.change(change),
            What::Consent(consent) => self.consents.push(consent.clone()),
            What::Pings { vehicle, batch } if input.at >= pings_from => {
                self.pings.extend(world.pings(vehicle, *batch));
            }
            What::Inspection(inspection) => {
                let staff = (inspection.advisor.clone(), inspection.technician.clone());
                self.staff.insert(inspection.ro.clone(), staff);
            }
            _ => {}
        }
    }

    fn change(&mut self, change: &DmsChange) {
        match change {
            DmsChange::Customer(record) => {
                self.customers.insert(record.customer.clone(), record.clone());
            }
            DmsChange::Vehicle(record) => {
                self.vehicles.insert(record.vehicle.clone(), record.clone());
            }
            DmsChange::RepairOrder(record) if record.closed_at.is_some() || record.voided => {
                self.open.remove(&record.ro);
                self.orders.push(record.clone());
            }
            DmsChange::RepairOrder(record) => {
                let closed = self.orders.iter().any(|known| known.ro == record.ro);
                if !closed {
                    self.open.insert(record.ro.clone(), record.clone());
                }
            }
            DmsChange::Appointment(record) => {
                let first = self.appointments.get(&record.appointment).map(|(first, _)| *first);
                let both = (first.unwrap_or(record.changed_at), record.clone());
                self.appointments.insert(record.appointment.clone(), both);
            }
            _ => {}
        }
    }

    /// Notes a touch of the store's own.
    pub fn touched(&mut self, touch: TouchSent) {
        self.touches.push(touch);
    }

    /// Notes that a customer said STOP.
    pub fn stopped(&mut self, customer: CustomerId, at: DateTime<Utc>) {
        self.revoked.entry(customer).or_insert(at);
    }
}
