//! The extract in memory: interned texts, fixed-size rows. Two million rows fit in a few hundred megabytes.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use fixedops_attribution::Department;
use fixedops_odometer_core::TrackSummary;
use fixedops_vocab::{CheckDigit, PayType, RawOdometer, Vin};

use super::fault::{FaultKind, Stands};
use super::intern::Texts;
use super::policy::AuditPolicy;
use super::record::{ContactState, ExtractFile, RowAt};

/// No number.
pub(super) const NONE: u32 = u32::MAX;
/// Line numbers kept as examples of a fault.
const EXAMPLES: usize = 5;

/// A repair order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) line: u32,
    pub(super) vehicle: u32,
    pub(super) customer: u32,
    pub(super) opened: i64,
    /// Closed, or opened where it is not known.
    pub(super) closed: i64,
    pub(super) odometer: Option<RawOdometer>,
    /// Cents.
    pub(super) customer_pay: Option<i64>,
    pub(super) last_line: u32,
    /// The next order with the same number.
    pub(super) same_number: u32,
    pub(super) digest: u64,
    pub(super) is_closed: bool,
    /// Its dates contradict each other: its mileage does not count.
    pub(super) dates_unsure: bool,
    pub(super) department: Department,
    pub(super) aside: bool,
}

/// One operation; the operations of an order are a chain from its last to its first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) before: u32,
    pub(super) code: u32,
    pub(super) cents: Option<i32>,
    /// Of its number in the order; 0 where it has none.
    pub(super) line_id: u32,
    pub(super) pay_type: Option<PayType>,
    pub(super) declined: bool,
}

/// What is known of a vehicle besides its orders.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Vehicle {
    /// Owner by the vehicle file.
    pub(super) owner: Option<u32>,
    pub(super) delivered: Option<i64>,
    pub(super) delivery_odometer: Option<RawOdometer>,
    pub(super) not_retail: bool,
    /// Kinds of faults on its rows, by place.
    pub(super) faults: u64,
    /// When its odometer was last written down.
    pub(super) last_read: Option<i64>,
    /// Its first customer, to see whether there is a second.
    pub(super) first_customer: Option<u32>,
}

/// What is known of a customer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Person {
    /// In a repair order, or the owner of a vehicle.
    pub(super) on_record: bool,
    pub(super) phone: ContactState,
    pub(super) email: ContactState,
    pub(super) opt_out: bool,
    pub(super) block_phone: bool,
    pub(super) block_mail: bool,
    /// The furthest of all rows, revocations apart.
    pub(super) consent: Consented,
    /// When the last provable consent was given.
    pub(super) given: Option<i64>,
    /// When consent was last revoked.
    pub(super) revoked: Option<i64>,
}

impl Person {
    /// How far the consent on record goes. A grant lifts a revocation only if it is later.
    pub(super) fn consented(&self) -> Consented {
        match (self.given, self.revoked) {
            (Some(given), Some(revoked)) if given <= revoked => Consented::Revoked,
            (Some(_), _) => Consented::Provable,
            (None, Some(_)) if self.consent == Consented::NoRecord => Consented::Revoked,
            (None, _) => self.consent,
        }
    }
}

/// How far the consent on record goes, for marketing by text; the furthest of all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Consented {
    #[default]
    NoRecord,
    OtherChannel,
    NotWritten,
    NoDate,
    NoProof,
    Provable,
    Revoked,
}

/// An appointment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Appointment {
    pub(super) vehicle: u32,
    pub(super) starts: i64,
    pub(super) made: i64,
    /// Whether the extract says when it was made.
    pub(super) made_known: bool,
    /// The line of the repair order that came of it.
    pub(super) order: u32,
    pub(super) cancelled: bool,
    pub(super) arrived: Option<bool>,
}

/// A touch: of a vehicle, or of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Touch {
    pub(super) subject: u32,
    pub(super) sent: i64,
    /// What it was about, by the number of its name.
    pub(super) service: Option<u32>,
    /// When the customer first answered.
    pub(super) replied: Option<i64>,
}

impl Touch {
    pub(super) const fn at(subject: u32, sent: i64) -> Self {
        Self { subject, sent, service: None, replied: None }
    }
}

/// Rows of one file.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    pub(super) present: bool,
    pub(super) rows: u64,
    pub(super) aside: u64,
    pub(super) absent_fields: Vec<String>,
}

/// One kind of fault in one file.
#[derive(Clone, Debug, Default)]
pub(super) struct FaultCount {
    pub(super) count: u64,
    pub(super) cents: i64,
    pub(super) examples: Vec<u64>,
}

impl FaultCount {
    pub(super) fn add(&mut self, line: u64, cents: i64) {
        self.count += 1;
        self.cents = self.cents.saturating_add(cents);
        if self.examples.len() < EXAMPLES {
            self.examples.push(line);
        }
    }
}

/// Takes in the rows of an extract, one by one.
///
/// Rows may come in any order within a file; repair orders and vehicles come before pings. What each row is good for is
/// said at once: `Some(fault)` where it is set aside.
#[derive(Debug)]
pub struct AuditBuilder {
    pub(super) policy: AuditPolicy,
    pub(super) files: [Counted; 7],
    /// By file and kind; rows that were set aside for it apart from those that count.
    pub(super) faults: BTreeMap<(ExtractFile, FaultKind, bool), FaultCount>,
    pub(super) numbers: Texts,
    pub(super) vins: Texts,
    pub(super) customers: Texts,
    pub(super) codes: Texts,
    /// What touches say they are about.
    pub(super) names: Texts,
    /// First order of each number.
    pub(super) first_of_number: Vec<u32>,
    pub(super) orders: Vec<Order>,
    pub(super) operations: Vec<Operation>,
    pub(super) vehicles: Vec<Vehicle>,
    pub(super) people: Vec<Person>,
    pub(super) appointments: Vec<Appointment>,
    pub(super) touches_of_vehicles: Vec<Touch>,
    pub(super) touches_of_people: Vec<Touch>,
    /// Appointments that name a customer and no vehicle, not called off.
    pub(super) appointments_of_people: Vec<Touch>,
    pub(super) tracks: BTreeMap<u32, TrackSummary>,
    pub(super) cents_read: i64,
    pub(super) cents_aside: i64,
}

pub(super) fn seconds(at: NaiveDateTime) -> i64 {
    at.and_utc().timestamp()
}

pub(super) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl AuditBuilder {
    /// An empty extract.
    #[must_use]
    pub fn new(policy: AuditPolicy) -> Self {
        Self {
            policy,
            files: Default::default(),
            faults: BTreeMap::new(),
            numbers: Texts::default(),
            vins: Texts::default(),
            customers: Texts::default(),
            codes: Texts::default(),
            names: Texts::default(),
            first_of_number: Vec::new(),
            orders: Vec::new(),
            operations: Vec::new(),
            vehicles: Vec::new(),
            people: Vec::new(),
            appointments: Vec::new(),
            touches_of_vehicles: Vec::new(),
            touches_of_people: Vec::new(),
            appointments_of_people: Vec::new(),
            tracks: BTreeMap::new(),
            cents_read: 0,
            cents_aside: 0,
        }
    }

    /// A file of the extract is there; these fields of the mapping have no column in it.
    pub fn present(&mut self, file: ExtractFile, absent_fields: Vec<String>) {
        let counted = self.counted(file);
        counted.present = true;
        counted.absent_fields = absent_fields;
    }

    /// A row that its reader sets aside; `customer_pay` cents of it could be read all the same.
    pub fn set_aside(&mut self, file: ExtractFile, line: u64, kind: FaultKind, customer_pay: Option<i64>) {
        let cents = customer_pay.unwrap_or(0);
        self.counted(file).rows += 1;
        self.cents_read = self.cents_read.saturating_add(cents);
        self.aside(file, line, kind, cents);
    }

    pub(super) fn counted(&mut self, file: ExtractFile) -> &mut Counted {
        let place = ExtractFile::ALL.iter().position(|known| *known == file).unwrap_or(0);
        // Seven files, seven places.
        let [first, rest @ ..] = &mut self.files;
        match place.checked_sub(1).and_then(|place| rest.get_mut(place)) {
            Some(found) => found,
            None => first,
        }
    }

    pub(super) fn aside(&mut self, file: ExtractFile, line: u64, kind: FaultKind, cents: i64) {
        self.counted(file).aside += 1;
        self.cents_aside = self.cents_aside.saturating_add(cents);
        self.faults.entry((file, kind, true)).or_default().add(line, cents);
    }

    pub(super) fn fault(
        &mut self,
        file: ExtractFile,
        line: u64,
        kind: FaultKind,
        cents: i64,
        vehicle: Option<u32>,
    ) {
        self.faults.entry((file, kind, false)).or_default().add(line, cents);
        if let Some(vehicle) = vehicle.and_then(|number| self.vehicles.get_mut(index(number))) {
            vehicle.faults |= 1 << kind.place();
        }
    }

    pub(super) fn row_faults(&mut self, file: ExtractFile, at: RowAt<'_>, cents: i64, vehicle: Option<u32>) {
        for kind in at.faults.iter().filter(|kind| kind.stands() == Stands::Used) {
            self.fault(file, at.line, *kind, cents, vehicle);
        }
    }

    /// The vehicle of a VIN as written, with what is wrong with it.
    pub(super) fn vehicle(&mut self, vin: Option<&str>) -> (Option<u32>, Option<FaultKind>) {
        let Some(text) = vin.map(str::trim).filter(|text| !text.is_empty()) else {
            return (None, Some(FaultKind::VinMissing));
        };
        let Ok(vin) = text.parse::<Vin>() else { return (None, Some(FaultKind::VinBad)) };
        let Some(number) = self.vins.number(vin.expose()) else { return (None, None) };
        if index(number) == self.vehicles.len() {
            self.vehicles.push(Vehicle::default());
        }
        let wrong = matches!(vin.check_digit(), CheckDigit::Wrong { .. });
        (Some(number), wrong.then_some(FaultKind::VinCheckDigit))
    }

    pub(super) fn customer(&mut self, customer: Option<&str>) -> Option<u32> {
        let number = self.customers.number(customer.map(str::trim).filter(|text| !text.is_empty())?)?;
        if index(number) == self.people.len() {
            self.people.push(Person::default());
        }
        Some(number)
    }

    /// The operations of an order, the last first.
    pub(super) fn chain(&self, last: u32) -> impl Iterator<Item = &Operation> {
        let mut next = last;
        core::iter::from_fn(move || {
            let found = self.operations.get(index(next))?;
            next = found.before;
            Some(found)
        })
    }
}
