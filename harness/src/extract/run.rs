//! A simulated store that runs without us: it sends a text six months after the last visit, to whoever left a number.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::{DmsChange, UnitKind};
use fixedops_vocab::{
    CaseId, Channel, CustomerId, IdError, ProgramId, Purpose, ServiceId, TouchId, TouchKey, VehicleId,
};
use fixedops_world::{Input, Outreach, Parameters, What, World};

use super::{Extract, TouchSent};

/// Position reports of the last days only.
const PING_DAYS: i64 = 7;
/// Days after a visit.
const REMINDER: i64 = 182;

/// The extract of a store of `vehicles` cars after `days` days.
pub fn run(seed: u64, vehicles: u32, days: u32) -> Result<Extract, IdError> {
    let mut world = World::new(Parameters::shipped(), seed, 0, vehicles, days);
    let mut extract = Extract::of(&world.store());
    let pings_from = world.end() - TimeDelta::days(PING_DAYS);
    let mut queue: BTreeMap<(DateTime<Utc>, &'static str, String), Input> = BTreeMap::new();
    let put = |queue: &mut BTreeMap<_, _>, inputs: Vec<Input>| {
        for input in inputs {
            queue.insert((input.at, input.source, input.id.clone()), input);
        }
    };
    let inputs = world.inputs()?;
    put(&mut queue, inputs);
    let mut calendar = Calendar::default();
    let mut day = world.start();
    while let Some((_, input)) = queue.pop_first() {
        if input.at > world.end() {
            break;
        }
        while day <= input.at {
            for outreach in calendar.due(day)? {
                put(&mut queue, world.react(&outreach)?);
                extract.touched(TouchSent {
                    vehicle: outreach.vehicle.clone(),
                    customer: outreach.customer.clone(),
                    sent_at: outreach.sent_at,
                    channel: "TEXT",
                    reason: "six months since last visit".to_owned(),
                });
            }
            day += TimeDelta::days(1);
        }
        if !world.take(&input) {
            continue;
        }
        if let What::Reply { key, text } = &input.what
            && text.trim().to_ascii_uppercase().starts_with("STOP")
            && let Some(customer) = calendar.sent_to.get(key)
        {
            extract.stopped(customer.clone(), input.at);
            calendar.stopped.push(customer.clone());
        }
        calendar.see(&input);
        extract.take(&input, &world, pings_from);
    }
    Ok(extract)
}

/// Who was here when, and who was written to.
#[derive(Default)]
struct Calendar {
    last_visit: BTreeMap<VehicleId, DateTime<Utc>>,
    owners: BTreeMap<VehicleId, CustomerId>,
    with_phone: BTreeMap<CustomerId, bool>,
    sent: BTreeMap<VehicleId, DateTime<Utc>>,
    sent_to: BTreeMap<TouchKey, CustomerId>,
    stopped: Vec<CustomerId>,
}

impl Calendar {
    fn see(&mut self, input: &Input) {
        let What::Dms(change) = &input.what else { return };
        match change {
            DmsChange::Customer(record) => {
                let flags = record.opt_out;
                let may = !flags.opt_out && !flags.block_phone && !flags.block_automatic_messages;
                self.with_phone.insert(record.customer.clone(), may && record.phone.is_some());
            }
            DmsChange::Vehicle(record) => match &record.owner {
                Some(owner) if record.unit == UnitKind::Retail => {
                    self.owners.insert(record.vehicle.clone(), owner.clone());
                }
                _ => {
                    self.owners.remove(&record.vehicle);
                }
            },
            DmsChange::RepairOrder(record) if !record.voided => {
                let last = self.last_visit.entry(record.vehicle.clone()).or_insert(record.opened_at);
                *last = (*last).max(record.opened_at);
            }
            _ => {}
        }
    }

    /// The texts of a day.
    fn due(&mut self, day: DateTime<Utc>) -> Result<Vec<Outreach>, IdError> {
        let mut outreach = Vec::new();
        for (vehicle, last) in &self.last_visit {
            let since = (day - *last).num_days();
            let Some(owner) = self.owners.get(vehicle) else { continue };
            let reachable = self.with_phone.get(owner).copied().unwrap_or(false);
            // Not twice in half a year; and not those who have not been here for a year: the list is cut there.
            let rested = self.sent.get(vehicle).is_none_or(|sent| (day - *sent).num_days() >= REMINDER);
            if !(REMINDER..365).contains(&since) || !reachable || !rested || self.stopped.contains(owner) {
                continue;
            }
            let key = TouchKey {
                case: CaseId::new(format!("calendar-{vehicle}-{}", day.format("%Y%m%d")))?,
                touch: TouchId::new("1")?,
            };
            outreach.push(Outreach {
                key,
                vehicle: vehicle.clone(),
                customer: Some(owner.clone()),
                channel: Channel::Sms,
                purpose: Purpose::Marketing,
                program: ProgramId::new("calendar_reminder")?,
                services: vec![ServiceId::new("oil_service")?],
                declined: Vec::new(),
                sent_at: day,
                token: String::new(),
            });
        }
        for touch in &outreach {
            self.sent.insert(touch.vehicle.clone(), day);
            if let Some(customer) = &touch.customer {
                self.sent_to.insert(touch.key.clone(), customer.clone());
            }
        }
        Ok(outreach)
    }
}
