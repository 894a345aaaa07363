//! A small world, looked at from outside.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::{
    AuthorizationRecord, CustomerRecord, DmsChange, InspectionRecord, RepairOrderRecord, UnitKind,
    VehicleRecord,
};
use fixedops_vocab::{CaseId, Channel, ProgramId, Purpose, ServiceId, TouchId, TouchKey, VehicleId};
use fixedops_world::{Input, Outreach, Parameters, Truth, What, World};

pub(crate) const CARS: u32 = 100;
pub(crate) const DAYS: u32 = 90;

pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) inputs: Vec<Input>,
    pub(crate) truth: Truth,
}

impl Scene {
    pub(crate) fn new(parameters: Parameters, seed: u64) -> Self {
        let world = World::new(parameters, seed, 0, CARS, DAYS);
        let (inputs, truth) = (world.inputs().unwrap(), world.truth());
        Self { world, inputs, truth }
    }

    /// `days` before the end: what began by then has come in whole.
    pub(crate) fn before_end(&self, days: i64) -> DateTime<Utc> {
        self.world.end() - TimeDelta::days(days)
    }

    pub(crate) fn customers(&self) -> Vec<&CustomerRecord> {
        let records = self.inputs.iter().filter_map(|input| match &input.what {
            What::Dms(DmsChange::Customer(record)) => Some(record),
            _ => None,
        });
        let mut records: Vec<_> = records.collect();
        records.sort_by_key(|record| record.customer.expose());
        records
    }

    /// The first record of each vehicle.
    pub(crate) fn vehicles(&self) -> Vec<&VehicleRecord> {
        let records = self.inputs.iter().filter(|input| !input.id.contains('/')).filter_map(|input| {
            match &input.what {
                What::Dms(DmsChange::Vehicle(record)) => Some(record),
                _ => None,
            }
        });
        let mut records: Vec<_> = records.collect();
        records.sort_by_key(|record| record.vehicle.clone());
        records
    }

    /// Orders with what their inputs are called, by the number of the visit (without S and V).
    pub(crate) fn orders(&self) -> BTreeMap<String, Vec<(&Input, &RepairOrderRecord)>> {
        let mut orders: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for input in &self.inputs {
            if let What::Dms(DmsChange::RepairOrder(record)) = &input.what {
                orders.entry(number(&input.id)).or_default().push((input, record));
            }
        }
        orders
    }

    pub(crate) fn inspections(&self) -> Vec<(String, &InspectionRecord)> {
        let found = self.inputs.iter().filter_map(|input| match &input.what {
            What::Inspection(record) => Some((number(&input.id), record)),
            _ => None,
        });
        found.collect()
    }

    pub(crate) fn answers(&self) -> Vec<(String, &AuthorizationRecord)> {
        let found = self.inputs.iter().filter_map(|input| match &input.what {
            What::Authorization(record) => Some((number(&input.id), record)),
            _ => None,
        });
        found.collect()
    }

    /// One retail car of each owner that is not sold in the run, and whose owner is not about to come by himself.
    pub(crate) fn reachable(&self, at: DateTime<Utc>) -> Vec<VehicleId> {
        let mut owners = BTreeSet::new();
        let retail = self.vehicles().into_iter().filter(|record| record.unit == UnitKind::Retail);
        let first = retail.filter(|record| owners.insert(record.owner.as_ref().unwrap().expose().to_owned()));
        let free = first.map(|record| record.vehicle.clone()).filter(|vehicle| {
            let truth = self.truth.vehicles.iter().find(|truth| truth.vehicle == *vehicle).unwrap();
            let near = at - TimeDelta::days(1)..at + TimeDelta::days(45);
            truth.sold.is_none()
                && truth.delivered < at
                && !truth.own.iter().any(|own| own.here && near.contains(&own.at))
        });
        free.collect()
    }
}

/// The number of a visit in the id of an input.
pub(crate) fn number(id: &str) -> String {
    id.split('/').next().unwrap().trim_end_matches(['S', 'V']).to_owned()
}

/// A touch about oil.
pub(crate) fn touch(vehicle: &VehicleId, channel: Channel, at: DateTime<Utc>) -> Outreach {
    Outreach {
        key: TouchKey {
            case: CaseId::new(format!("mileage_due/{vehicle}")).unwrap(),
            touch: TouchId::new(channel.as_str()).unwrap(),
        },
        vehicle: vehicle.clone(),
        customer: None,
        channel,
        purpose: Purpose::Marketing,
        program: ProgramId::new("mileage_due").unwrap(),
        services: vec![ServiceId::new("oil_service").unwrap()],
        declined: Vec::new(),
        sent_at: at,
        token: "token".to_owned(),
    }
}
