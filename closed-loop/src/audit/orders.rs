//! Repair orders taken in: doubles found, faults named.

use chrono::Datelike;
use fixedops_attribution::Department;

use super::fault::FaultKind;
use super::intern::hashed;
use super::record::{ExtractFile, OrderRow};
use super::store::{AuditBuilder, NONE, Operation, Order, index, seconds};

impl AuditBuilder {
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
            row.department,
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
            department: row.department.unwrap_or(Department::Service),
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
                    // One line that names a department speaks for the order.
                    order.department = row.department.unwrap_or(order.department);
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
        if let Some(person) = customer.and_then(|number| self.people.get_mut(index(number))) {
            person.on_record = true;
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
}

/// A digest of the number of a line.
fn line_id(row: &OrderRow<'_>) -> u32 {
    // The lower half of a digest is one.
    #[allow(clippy::cast_possible_truncation)]
    row.line_id.map_or(0, |id| hashed(id) as u32)
}
