//! The extract in memory: interned texts, fixed-size rows. Two million rows fit in a few hundred megabytes.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDateTime};
use fixedops_odometer_core::TrackSummary;
use fixedops_vocab::{CheckDigit, PayType, RawOdometer, Vin};

use super::fault::{FaultKind, Stands};
use super::intern::{Texts, hashed};
use super::policy::AuditPolicy;
use super::record::{
    AppointmentRow, ConsentRow, ContactState, CustomerRow, ExtractFile, OrderRow, RowAt, TouchRow, VehicleRow,
};

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
    same_number: u32,
    digest: u64,
    pub(super) is_closed: bool,
    /// Its dates contradict each other: its mileage does not count.
    pub(super) dates_unsure: bool,
    pub(super) aside: bool,
}

/// One operation; the operations of an order are a chain from its last to its first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) before: u32,
    pub(super) code: u32,
    pub(super) cents: Option<i32>,
    /// Of its number in the order; 0 where it has none.
    line_id: u32,
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
    last_read: Option<i64>,
    /// Its first customer, to see whether there is a second.
    first_customer: Option<u32>,
}

/// What is known of a customer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Person {
    pub(super) phone: ContactState,
    pub(super) email: ContactState,
    pub(super) opt_out: bool,
    pub(super) block_phone: bool,
    pub(super) block_mail: bool,
    /// The furthest of all rows, revocations apart.
    consent: Consented,
    /// When the last provable consent was given.
    given: Option<i64>,
    /// When consent was last revoked.
    revoked: Option<i64>,
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
    pub(super) cancelled: bool,
    pub(super) arrived: Option<bool>,
}

/// A touch: of a vehicle, or of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Touch {
    pub(super) subject: u32,
    pub(super) sent: i64,
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
    /// First order of each number.
    first_of_number: Vec<u32>,
    pub(super) orders: Vec<Order>,
    pub(super) operations: Vec<Operation>,
    pub(super) vehicles: Vec<Vehicle>,
    pub(super) people: Vec<Person>,
    pub(super) appointments: Vec<Appointment>,
    pub(super) touches_of_vehicles: Vec<Touch>,
    pub(super) touches_of_people: Vec<Touch>,
    pub(super) tracks: BTreeMap<u32, TrackSummary>,
    pub(super) cents_read: i64,
    pub(super) cents_aside: i64,
}

/// A digest of the number of a line.
fn line_id(row: &OrderRow<'_>) -> u32 {
    // The lower half of a digest is one.
    #[allow(clippy::cast_possible_truncation)]
    row.line_id.map_or(0, |id| hashed(id) as u32)
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
            first_of_number: Vec::new(),
            orders: Vec::new(),
            operations: Vec::new(),
            vehicles: Vec::new(),
            people: Vec::new(),
            appointments: Vec::new(),
            touches_of_vehicles: Vec::new(),
            touches_of_people: Vec::new(),
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

    fn counted(&mut self, file: ExtractFile) -> &mut Counted {
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

    fn fault(&mut self, file: ExtractFile, line: u64, kind: FaultKind, cents: i64, vehicle: Option<u32>) {
        self.faults.entry((file, kind, false)).or_default().add(line, cents);
        if let Some(vehicle) = vehicle.and_then(|number| self.vehicles.get_mut(index(number))) {
            vehicle.faults |= 1 << kind.place();
        }
    }

    fn row_faults(&mut self, file: ExtractFile, at: RowAt<'_>, cents: i64, vehicle: Option<u32>) {
        for kind in at.faults.iter().filter(|kind| kind.stands() == Stands::Used) {
            self.fault(file, at.line, *kind, cents, vehicle);
        }
    }

    /// The vehicle of a VIN as written, with what is wrong with it.
    fn vehicle(&mut self, vin: Option<&str>) -> (Option<u32>, Option<FaultKind>) {
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

    fn customer(&mut self, customer: Option<&str>) -> Option<u32> {
        let number = self.customers.number(customer.map(str::trim).filter(|text| !text.is_empty())?)?;
        if index(number) == self.people.len() {
            self.people.push(Person::default());
        }
        Some(number)
    }

    /// Takes in a repair order, or a line of it.
    pub fn order(&mut self, row: &OrderRow<'_>) -> Option<(u64, FaultKind)> {
        const FILE: ExtractFile = ExtractFile::RepairOrders;
        let line = row.at.line;
        let cents = row.customer_pay.unwrap_or(0);
        self.counted(FILE).rows += 1;
        self.cents_read = self.cents_read.saturating_add(cents);
        let set_aside = match () {
            () if row.voided => Some(FaultKind::Voided),
            () if row.opened.year() < self.policy.dates.earliest_year => Some(FaultKind::DateTooEarly),
            () => None,
        };
        if let Some(kind) = set_aside {
            self.aside(FILE, line, kind, cents);
            return Some((line, kind));
        }
        let (vehicle, vin_fault) = self.vehicle(row.vin);
        let customer = self.customer(row.customer);
        let opened = seconds(row.opened);
        let closed = row.closed.map(seconds);
        let digest = hashed((
            (opened, closed, vehicle, customer, row.odometer.map(|raw| raw.thousandths()), row.customer_pay),
            row.lines
                .iter()
                .map(|line| (line.op_code, line.pay_type, line.amount, line.declined))
                .collect::<Vec<_>>(),
        ));
        let number = self.numbers.number(row.number)?;
        let mut order = Order {
            line: u32::try_from(line).unwrap_or(NONE),
            vehicle: vehicle.unwrap_or(NONE),
            customer: customer.unwrap_or(NONE),
            opened,
            closed: closed.unwrap_or(opened),
            odometer: row.odometer,
            customer_pay: row.customer_pay,
            last_line: NONE,
            same_number: NONE,
            digest,
            is_closed: closed.is_some(),
            dates_unsure: closed.is_some_and(|closed| closed < opened),
            aside: false,
        };
        let known = self.same_order(number, vehicle.unwrap_or(NONE));
        let mut told = None;
        match known.and_then(|place| self.orders.get(place).copied().map(|known| (place, known))) {
            Some((place, known)) if row.one_of_many => {
                if self.has_line(&known, row) {
                    self.aside(FILE, line, FaultKind::DuplicateIdentical, cents);
                    return Some((line, FaultKind::DuplicateIdentical));
                }
                let sum = match (known.customer_pay, row.customer_pay) {
                    (Some(one), Some(other)) => one.checked_add(other),
                    (one, other) => one.or(other),
                };
                let last_line = self.operations_of(row, known.last_line);
                if let Some(order) = self.orders.get_mut(place) {
                    *order = Order { customer_pay: sum, last_line, ..*order };
                    order.odometer = order.odometer.or(row.odometer);
                }
                self.row_faults(FILE, row.at, cents, vehicle);
                return None;
            }
            Some((_, known)) if known.digest == digest => {
                self.aside(FILE, line, FaultKind::DuplicateIdentical, cents);
                return Some((line, FaultKind::DuplicateIdentical));
            }
            Some((place, known)) => {
                // The later version counts: the one closed later, else the one further down.
                let newer = (order.is_closed, order.closed) >= (known.is_closed, known.closed);
                let (loser, kind) = (if newer { known } else { order }, FaultKind::DuplicateDifferent);
                self.aside(FILE, loser.line.into(), kind, loser.customer_pay.unwrap_or(0));
                told = Some((loser.line.into(), kind));
                if !newer {
                    return told;
                }
                order.last_line = self.operations_of(row, NONE);
                order.same_number = known.same_number;
                if let Some(kept) = self.orders.get_mut(place) {
                    *kept = order;
                }
            }
            None => {
                order.last_line = self.operations_of(row, NONE);
                let place = u32::try_from(self.orders.len()).ok()?;
                match self.first_of_number.get(index(number)).copied() {
                    Some(first) => {
                        order.same_number = first;
                        self.fault(FILE, line, FaultKind::NumberOnTwoVehicles, cents, vehicle);
                    }
                    None => self.first_of_number.push(place),
                }
                if let Some(first) = self.first_of_number.get_mut(index(number)) {
                    *first = place;
                }
                self.orders.push(order);
            }
        }
        self.order_faults(row, &order, vin_fault, vehicle, customer);
        told
    }

    /// What is wrong with an order that counts.
    fn order_faults(
        &mut self,
        row: &OrderRow<'_>,
        order: &Order,
        vin_fault: Option<FaultKind>,
        vehicle: Option<u32>,
        customer: Option<u32>,
    ) {
        const FILE: ExtractFile = ExtractFile::RepairOrders;
        let (line, cents) = (row.at.line, row.customer_pay.unwrap_or(0));
        self.row_faults(FILE, row.at, cents, vehicle);
        if let Some(kind) = vin_fault {
            self.fault(FILE, line, kind, cents, vehicle);
        }
        let negative: i64 = row.lines.iter().filter_map(|line| line.amount).filter(|cents| *cents < 0).sum();
        let without_mileage =
            row.odometer.is_none() && !row.at.faults.contains(&FaultKind::MileageUnreadable);
        for (kind, found, cents) in [
            (FaultKind::CustomerMissing, customer.is_none(), cents),
            (FaultKind::ClosesBeforeOpens, order.dates_unsure, cents),
            (FaultKind::MileageMissing, without_mileage, cents),
            (FaultKind::NegativeLine, negative < 0, negative.saturating_neg()),
            (FaultKind::NegativeOrder, cents < 0, cents.saturating_neg()),
        ] {
            if found {
                self.fault(FILE, line, kind, cents, vehicle);
            }
        }
        let Some(info) = vehicle.and_then(|number| self.vehicles.get_mut(index(number))) else { return };
        if row.odometer.is_some() {
            info.last_read = info.last_read.max(Some(order.opened));
        }
        if let Some(customer) = customer {
            let first = *info.first_customer.get_or_insert(customer);
            let seen = info.faults & (1 << FaultKind::TwoCustomersOneVin.place()) != 0;
            if first != customer && !seen {
                self.fault(FILE, line, FaultKind::TwoCustomersOneVin, cents, vehicle);
            }
        }
    }

    /// The place of the order with this number and vehicle.
    fn same_order(&self, number: u32, vehicle: u32) -> Option<usize> {
        let mut next = self.first_of_number.get(index(number)).copied().unwrap_or(NONE);
        while let Some(order) = self.orders.get(index(next)) {
            if order.vehicle == vehicle {
                return Some(index(next));
            }
            next = order.same_number;
        }
        None
    }

    /// Whether the operations of a row stand in the order already, in a file of lines.
    fn has_line(&self, order: &Order, row: &OrderRow<'_>) -> bool {
        let id = line_id(row);
        let same = |known: &Operation, code: u32, cents: Option<i64>, pay_type, declined| {
            (known.code, known.line_id) == (code, id)
                && known.cents.map(i64::from) == cents
                && known.pay_type == pay_type
                && known.declined == declined
        };
        !row.lines.is_empty()
            && row.lines.iter().all(|line| {
                self.codes.known(line.op_code).is_some_and(|code| {
                    self.chain(order.last_line)
                        .any(|known| same(known, code, line.amount, line.pay_type, line.declined))
                })
            })
    }

    fn operations_of(&mut self, row: &OrderRow<'_>, mut before: u32) -> u32 {
        for line in row.lines {
            let Some(code) = self.codes.number(line.op_code) else { continue };
            let Ok(place) = u32::try_from(self.operations.len()) else { continue };
            self.operations.push(Operation {
                before,
                code,
                cents: line.amount.and_then(|cents| i32::try_from(cents).ok()),
                pay_type: line.pay_type,
                declined: line.declined,
                line_id: line_id(row),
            });
            before = place;
        }
        before
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

    /// Takes in a customer. A later row of the same customer stands.
    pub fn customer_row(&mut self, row: &CustomerRow<'_>) -> Option<(u64, FaultKind)> {
        self.counted(ExtractFile::Customers).rows += 1;
        let Some(number) = self.customer(Some(row.customer)) else {
            self.aside(ExtractFile::Customers, row.at.line, FaultKind::NoSubject, 0);
            return Some((row.at.line, FaultKind::NoSubject));
        };
        self.row_faults(ExtractFile::Customers, row.at, 0, None);
        self.contact(number, row, ExtractFile::Customers);
        None
    }

    /// Contact points that stand in a row of another file (the customer inside the repair order).
    pub fn customer_inside(&mut self, file: ExtractFile, row: &CustomerRow<'_>) {
        if let Some(number) = self.customer(Some(row.customer)) {
            self.contact(number, row, file);
        }
    }

    fn contact(&mut self, number: u32, row: &CustomerRow<'_>, file: ExtractFile) {
        let Some(person) = self.people.get_mut(index(number)) else { return };
        let before = *person;
        // An empty field says nothing; a flag once set stands.
        for (known, found) in [(&mut person.phone, row.phone), (&mut person.email, row.email)] {
            if found != ContactState::Missing {
                *known = found;
            }
        }
        person.opt_out |= row.opt_out;
        person.block_phone |= row.block_phone;
        person.block_mail |= row.block_mail;
        for (kind, now, was) in
            [(FaultKind::PhoneBad, row.phone, before.phone), (FaultKind::EmailBad, row.email, before.email)]
        {
            if now == ContactState::Malformed && was != now {
                self.fault(file, row.at.line, kind, 0, None);
            }
        }
    }

    /// Takes in a vehicle.
    pub fn vehicle_row(&mut self, row: &VehicleRow<'_>) -> Option<(u64, FaultKind)> {
        const FILE: ExtractFile = ExtractFile::Vehicles;
        self.counted(FILE).rows += 1;
        let (vehicle, fault) = self.vehicle(row.vin);
        let Some(number) = vehicle else {
            let kind = fault.unwrap_or(FaultKind::NoSubject);
            let kind = if kind == FaultKind::VinMissing { FaultKind::NoSubject } else { kind };
            self.aside(FILE, row.at.line, kind, 0);
            return Some((row.at.line, kind));
        };
        self.row_faults(FILE, row.at, 0, vehicle);
        let owner = self.customer(row.customer);
        if let Some(known) = self.vehicles.get_mut(index(number)) {
            known.owner = owner.or(known.owner);
            known.delivered =
                row.delivered.and_then(|day| day.and_hms_opt(12, 0, 0)).map(seconds).or(known.delivered);
            known.delivery_odometer = row.delivery_odometer.or(known.delivery_odometer);
            known.not_retail |= row.not_retail;
        }
        None
    }

    /// Takes in an appointment.
    pub fn appointment(&mut self, row: &AppointmentRow<'_>) -> Option<(u64, FaultKind)> {
        const FILE: ExtractFile = ExtractFile::Appointments;
        self.counted(FILE).rows += 1;
        let (vehicle, _) = self.vehicle(row.vin);
        let by_order = || {
            let number = self.numbers.known(row.order?)?;
            let first = self.first_of_number.get(index(number))?;
            let order = self.orders.get(index(*first))?;
            (order.same_number == NONE && order.vehicle != NONE).then_some(order.vehicle)
        };
        let vehicle = vehicle.or_else(by_order);
        let customer = self.customer(row.customer);
        if vehicle.is_none() && customer.is_none() {
            self.aside(FILE, row.at.line, FaultKind::NoSubject, 0);
            return Some((row.at.line, FaultKind::NoSubject));
        }
        self.row_faults(FILE, row.at, 0, vehicle);
        self.appointments.push(Appointment {
            vehicle: vehicle.unwrap_or(NONE),
            starts: seconds(row.starts),
            made: seconds(row.created.unwrap_or(row.starts)),
            cancelled: row.cancelled,
            arrived: row.arrived.or(row.order.is_some().then_some(true)),
        });
        None
    }

    /// Takes in a touch.
    pub fn touch(&mut self, row: &TouchRow<'_>) -> Option<(u64, FaultKind)> {
        const FILE: ExtractFile = ExtractFile::Touches;
        self.counted(FILE).rows += 1;
        let (vehicle, _) = self.vehicle(row.vin);
        let customer = self.customer(row.customer);
        let sent = seconds(row.sent);
        match (vehicle, customer) {
            (Some(subject), _) => self.touches_of_vehicles.push(Touch { subject, sent }),
            (None, Some(subject)) => self.touches_of_people.push(Touch { subject, sent }),
            (None, None) => {
                self.aside(FILE, row.at.line, FaultKind::NoSubject, 0);
                return Some((row.at.line, FaultKind::NoSubject));
            }
        }
        self.row_faults(FILE, row.at, 0, vehicle);
        None
    }

    /// Takes in a consent.
    pub fn consent(&mut self, row: &ConsentRow<'_>) -> Option<(u64, FaultKind)> {
        const FILE: ExtractFile = ExtractFile::Consents;
        self.counted(FILE).rows += 1;
        let Some(number) = self.customer(Some(row.customer)) else {
            self.aside(FILE, row.at.line, FaultKind::NoSubject, 0);
            return Some((row.at.line, FaultKind::NoSubject));
        };
        self.row_faults(FILE, row.at, 0, None);
        let text = row.channels.iter().any(|channel| channel.is_text());
        let found = match () {
            () if !text => Consented::OtherChannel,
            () if row.level != Some(fixedops_vocab::ConsentLevel::Pewc) => Consented::NotWritten,
            () if row.given.is_none() => Consented::NoDate,
            () if !row.proof => Consented::NoProof,
            () => Consented::Provable,
        };
        if let Some(person) = self.people.get_mut(index(number)) {
            person.consent = person.consent.max(found);
            if found == Consented::Provable {
                person.given = person.given.max(row.given.map(seconds));
            }
            if text || row.channels.is_empty() {
                person.revoked = person.revoked.max(row.revoked.map(seconds));
            }
        }
        None
    }

    /// When the odometer of a vehicle was last written down: GPS miles count from there.
    #[must_use]
    pub fn last_reading(&self, vin: &str) -> Option<NaiveDateTime> {
        let vehicle = self.vins.known(vin.trim().to_ascii_uppercase().as_str())?;
        let read = self.vehicles.get(index(vehicle))?.last_read?;
        chrono::DateTime::from_timestamp(read, 0).map(|at| at.naive_utc())
    }

    /// Takes in what GPS says a vehicle drove since its last reading.
    pub fn track(&mut self, vin: &str, summary: TrackSummary) {
        if let Some(vehicle) = self.vins.known(vin.trim().to_ascii_uppercase().as_str()) {
            self.tracks.insert(vehicle, summary);
        }
    }

    /// Counts a row of pings that could be read.
    pub fn ping_row(&mut self, line: u64, vin: &str) -> Option<(u64, FaultKind)> {
        let known = self.vins.known(vin.trim().to_ascii_uppercase().as_str()).is_some();
        self.counted(ExtractFile::Pings).rows += 1;
        if known {
            return None;
        }
        self.aside(ExtractFile::Pings, line, FaultKind::VehicleUnknown, 0);
        Some((line, FaultKind::VehicleUnknown))
    }
}
