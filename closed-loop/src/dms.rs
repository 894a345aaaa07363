//! What a DMS writes, translated into what the loop takes in.

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{
    AppointmentRecord, AppointmentStatus, CommitmentKey, CustomerRecord, DmsChange, OptOutFlags, PersonFact,
    RepairOrderRecord, VehicleRecord,
};
use fixedops_consent::{Means, Recipient, RuleBook};
use fixedops_vocab::{
    ContactHash, ContactPoint, HouseholdId, OwnershipSpan, PhoneNumber, RooftopId, Scope, SellerId, TouchKey,
};

use crate::decline_reasons::NOT_TOLD;
use crate::message_courier::fact;
use crate::{
    Alarm, AppointmentMissed, AppointmentSet, AppointmentShown, ClosedLine, ConsentRevoked, ContactLinked,
    Happened, Inbound, LoopError, Medium, RoClosed, RoOpened, VehicleRecorded, streams,
};

/// Reads telephone numbers as people type them. A well-kept phone-number library stands behind it, at the edge.
pub trait ReadsPhones {
    /// The number in E.164, or why it is none. The reason must not hold the number.
    ///
    /// # Errors
    /// Why it is no number, in words.
    fn read(&self, typed: &str) -> Result<PhoneNumber, String>;
}

/// What became of a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Translated {
    /// What the loop takes in, in this order.
    pub inbounds: Vec<Inbound>,
    /// Fields that could not be taken, and why; the rest of the record goes on.
    pub set_aside: Vec<FieldSetAside>,
}

/// A field of a record that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSetAside {
    /// Which field.
    pub field: &'static str,
    /// Why, in words, without the value.
    pub reason: String,
}

/// Translates DMS records of one seller.
pub struct DmsTranslator<'a> {
    /// In whose journal.
    pub seller: &'a SellerId,
    /// Where vehicles are served that come without a place.
    pub rooftop: &'a RooftopId,
    /// The secret of the store.
    pub secret: &'a CommitmentKey,
    /// What the flags of a record revoke.
    pub rule_book: &'a RuleBook,
    /// How typed numbers are read.
    pub phones: &'a dyn ReadsPhones,
    /// Which touch a token of an appointment stands for, as far as it is ours.
    pub touch_of: &'a dyn Fn(&str) -> Option<TouchKey>,
}

impl core::fmt::Debug for DmsTranslator<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "DmsTranslator({})", self.seller)
    }
}

impl DmsTranslator<'_> {
    /// What `change` means to the loop. Keys are made of what the record says, so that the same record again is taken
    /// in once.
    ///
    /// # Errors
    /// [`LoopError`] where an id has no form in the journal.
    pub fn translate(&self, change: &DmsChange) -> Result<Translated, LoopError> {
        match change {
            DmsChange::Customer(record) => self.customer(record),
            DmsChange::Vehicle(record) => self.vehicle(record),
            DmsChange::RepairOrder(record) => repair_order(record),
            DmsChange::Appointment(record) => self.appointment(record),
            _ => Ok(Translated {
                inbounds: Vec::new(),
                set_aside: vec![FieldSetAside {
                    field: "record",
                    reason: "of a kind not known here".to_owned(),
                }],
            }),
        }
    }

    fn customer(&self, record: &CustomerRecord) -> Result<Translated, LoopError> {
        let mut translated = Translated::default();
        let mut points = Vec::new();
        match record.phone.as_deref().map(|typed| self.phones.read(typed)) {
            Some(Ok(phone)) => points.push(ContactPoint::Phone(phone)),
            Some(Err(reason)) => translated.set_aside.push(FieldSetAside { field: "phone", reason }),
            None => {}
        }
        match record.email.as_deref().map(str::parse) {
            Some(Ok(email)) => points.push(ContactPoint::Email(email)),
            Some(Err(error)) => {
                let error: fixedops_vocab::ContactPointError = error;
                translated.set_aside.push(FieldSetAside { field: "email", reason: error.to_string() });
            }
            None => {}
        }
        let person = record.customer.clone();
        let household = match &record.household {
            Some(household) => household.clone(),
            // Nobody shares his home as far as is known: he is a household of his own.
            None => HouseholdId::new(person.expose()).map_err(LoopError::unwritable)?,
        };
        let changed = stamp(record.changed_at);
        let mut contacts = Vec::new();
        for point in points {
            let contact = self.secret.contact(self.seller, &point);
            let (medium, recipient, name) = match &point {
                ContactPoint::Phone(phone) => (Medium::Phone, recipient(phone, record), fact::PHONE),
                ContactPoint::Email(_) => (Medium::Email, Recipient::default(), fact::EMAIL),
            };
            let mut facts = vec![PersonFact {
                subject: streams::contact(contact)?,
                name: name.to_owned(),
                value: point.expose().to_owned(),
            }];
            if let Some(first) = &record.first_name {
                let subject = streams::person(&person)?;
                facts.push(PersonFact { subject, name: fact::FIRST_NAME.to_owned(), value: first.clone() });
            }
            let linked = ContactLinked {
                key: format!("dms/customer/{}/{changed}/{contact}", person.expose()),
                contact,
                person: person.clone(),
                household: household.clone(),
                medium,
                recipient,
            };
            translated
                .inbounds
                .push(Inbound::new(Happened::ContactLinked(linked), facts).map_err(LoopError::unwritable)?);
            contacts.push((contact, medium));
        }
        if contacts.is_empty() && record.opt_out != OptOutFlags::default() {
            let reason = "the record names no contact point it could bind: a person must look".to_owned();
            translated.set_aside.push(FieldSetAside { field: "opt_out", reason });
        }
        for (contact, scope) in revoked_by(record.opt_out, &contacts, self.rule_book) {
            let revoked = ConsentRevoked {
                key: format!("dms/opt-out/{}/{changed}/{}", person.expose(), scope),
                contact,
                scope,
                occurred_at: record.changed_at,
                source: "dms_flag".to_owned(),
                vehicle: None,
                means: Some(Means::Other),
                per_se: None,
            };
            let inbound = Inbound::new(Happened::ConsentRevoked(revoked), Vec::new());
            translated.inbounds.push(inbound.map_err(LoopError::unwritable)?);
        }
        Ok(translated)
    }

    fn vehicle(&self, record: &VehicleRecord) -> Result<Translated, LoopError> {
        let mut translated = Translated::default();
        let mut facts = Vec::new();
        match record.vin.as_deref().map(str::parse::<fixedops_vocab::Vin>) {
            Some(Ok(vin)) => facts.push(PersonFact {
                subject: streams::vehicle(&record.vehicle)?,
                name: "vin".to_owned(),
                value: vin.expose().to_owned(),
            }),
            Some(Err(error)) => {
                translated.set_aside.push(FieldSetAside { field: "vin", reason: error.to_string() });
            }
            None => {}
        }
        let name = [record.year.map(|year| year.to_string()), record.make.clone(), record.model.clone()];
        let recorded = VehicleRecorded {
            key: format!("dms/vehicle/{}/{}", record.vehicle, stamp(record.changed_at)),
            vehicle: record.vehicle.clone(),
            rooftop: self.rooftop.clone(),
            owner: record.owner.clone(),
            span: OwnershipSpan(1),
            unit: record.unit,
            name: name.into_iter().flatten().collect::<Vec<_>>().join(" "),
            delivered_on: record.delivered_on,
            wake_at: Alarm::Keep,
        };
        translated.inbounds.push(inbound(Happened::VehicleRecorded(recorded), facts)?);
        Ok(translated)
    }

    fn appointment(&self, record: &AppointmentRecord) -> Result<Translated, LoopError> {
        let AppointmentRecord { appointment, vehicle, changed_at, status, .. } = record.clone();
        let key = |word: &str| format!("dms/appointment/{appointment}/{word}");
        let happened = match status {
            AppointmentStatus::Scheduled | AppointmentStatus::Confirmed => {
                Happened::AppointmentSet(AppointmentSet {
                    // Set, moved and set back are three records of three instants.
                    key: format!("{}/{}/{}", key("set"), stamp(record.starts_at), stamp(changed_at)),
                    appointment: appointment.clone(),
                    vehicle,
                    starts_at: record.starts_at,
                    touch: record.token.as_deref().and_then(|token| (self.touch_of)(token)),
                    occurred_at: changed_at,
                })
            }
            AppointmentStatus::Arrived => Happened::AppointmentShown(AppointmentShown {
                key: key("shown"),
                appointment: appointment.clone(),
                vehicle,
                touch: record.token.as_deref().and_then(|token| (self.touch_of)(token)),
                occurred_at: changed_at,
            }),
            AppointmentStatus::NoShow | AppointmentStatus::Cancelled => {
                Happened::AppointmentMissed(AppointmentMissed {
                    key: format!("{}/{}", key("missed"), stamp(changed_at)),
                    appointment: appointment.clone(),
                    vehicle,
                    status,
                    occurred_at: changed_at,
                })
            }
            _ => {
                let reason = "of a kind not known here".to_owned();
                let set_aside = vec![FieldSetAside { field: "status", reason }];
                return Ok(Translated { inbounds: Vec::new(), set_aside });
            }
        };
        Ok(Translated { inbounds: vec![inbound(happened, Vec::new())?], set_aside: Vec::new() })
    }
}

fn repair_order(record: &RepairOrderRecord) -> Result<Translated, LoopError> {
    let mut inbounds = Vec::new();
    let opened = RoOpened {
        key: format!("dms/ro/{}/opened/{}", record.ro, record.vehicle),
        ro: record.ro.clone(),
        vehicle: record.vehicle.clone(),
        initiated_from: record.initiated_from.clone(),
        occurred_at: record.opened_at,
    };
    inbounds.push(inbound(Happened::RoOpened(opened), Vec::new())?);
    if record.closed_at.is_some() || record.voided {
        let closed = RoClosed {
            // A later version of the same order is another closing.
            key: format!("dms/ro/{}/closed/{}", record.ro, stamp(record.changed_at)),
            ro: record.ro.clone(),
            vehicle: record.vehicle.clone(),
            span: OwnershipSpan(1),
            customer: record.customer.clone(),
            by_other: false,
            opened_at: record.opened_at,
            initiated_from: record.initiated_from.clone(),
            voided: record.voided,
            department: record.department,
            odometer: record.odometer_in,
            lines: record
                .lines
                .iter()
                .filter(|line| !line.declined)
                .map(|line| ClosedLine {
                    line: line.line.clone(),
                    op_code: line.op_code.clone(),
                    service: None,
                    name: line.description.clone(),
                    pay_type: line.pay_type,
                    money: line.amount,
                })
                .collect(),
            occurred_at: record.closed_at.unwrap_or(record.changed_at),
            wake_at: Alarm::Keep,
        };
        inbounds.push(inbound(Happened::RoClosed(closed), Vec::new())?);
    }
    for line in record.lines.iter().filter(|line| line.declined && !record.voided) {
        let declined = crate::LineDeclined {
            key: format!("dms/ro/{}/declined/{}", record.ro, line.line),
            vehicle: record.vehicle.clone(),
            declined: crate::DeclinedLine {
                ro: record.ro.clone(),
                line: line.line.clone(),
                op_code: line.op_code.clone(),
                service: None,
                name: line.description.clone().unwrap_or_else(|| "recommended work".to_owned()),
                price: Some(line.amount),
                declined_at: record.closed_at.unwrap_or(record.changed_at),
            },
            reason: NOT_TOLD.to_owned(),
            method: None,
            finding: None,
            case: None,
        };
        inbounds.push(inbound(Happened::LineDeclined(declined), Vec::new())?);
    }
    Ok(Translated { inbounds, set_aside: Vec::new() })
}

pub(crate) fn inbound(happened: Happened, facts: Vec<PersonFact>) -> Result<Inbound, LoopError> {
    Inbound::new(happened, facts).map_err(LoopError::unwritable)
}

/// What a number tells about where it is, without telling the number.
fn recipient(phone: &PhoneNumber, record: &CustomerRecord) -> Recipient {
    Recipient {
        nanp: Some(phone.area_code().is_some()),
        // Nobody looked it up; consent takes what is not known for wireless.
        line_type: None,
        area_code: phone.area_code().map(str::to_owned),
        // A ZIP is part of an address: it stays out of the journal. The state is enough to be strict by.
        states: record.state.clone().into_iter().collect(),
        ..Recipient::default()
    }
}

/// The revocations that flags of a record are. A flag without a contact point of its kind revokes on what there is.
fn revoked_by(
    flags: OptOutFlags,
    contacts: &[(ContactHash, Medium)],
    rule_book: &RuleBook,
) -> Vec<(ContactHash, Scope)> {
    let Some(&(first, _)) = contacts.first() else {
        return Vec::new();
    };
    let mut revoked = Vec::new();
    for (set, name) in [
        (flags.opt_out, "opt_out"),
        (flags.block_automatic_messages, "block_automatic_messages"),
        (flags.block_phone, "block_phone"),
        (flags.block_mail, "block_mail"),
    ] {
        for scope in rule_book.dms_flag(name).iter().filter(|_| set) {
            if !revoked.contains(&(first, *scope)) {
                revoked.push((first, *scope));
            }
        }
    }
    revoked
}

pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    fixedops_connectors_traits::instant_text(at)
}
