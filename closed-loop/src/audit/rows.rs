//! The rows of the other files taken in.

use chrono::NaiveDateTime;
use fixedops_odometer_core::TrackSummary;

use super::fault::FaultKind;
use super::record::{
    AppointmentRow, ConsentRow, ContactState, CustomerRow, ExtractFile, TouchRow, VehicleRow,
};
use super::store::{Appointment, AuditBuilder, Consented, NONE, Touch, index, seconds};

impl AuditBuilder {
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
            if let Some(person) = owner.and_then(|number| self.people.get_mut(index(number))) {
                person.on_record = true;
            }
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
        if let (None, Some(subject)) = (vehicle, customer) {
            self.known_customer(FILE, row.at.line, subject);
            if !row.cancelled {
                self.appointments_of_people.push(Touch::at(subject, seconds(row.starts)));
            }
        }
        self.appointments.push(Appointment {
            vehicle: vehicle.unwrap_or(NONE),
            starts: seconds(row.starts),
            made: seconds(row.created.unwrap_or(row.starts)),
            made_known: row.created.is_some(),
            order: row.order.and_then(|number| self.line_of(number, vehicle)).unwrap_or(NONE),
            cancelled: row.cancelled,
            arrived: row.arrived.or(row.order.is_some().then_some(true)),
        });
        None
    }

    /// The line of the order with this number, and of this vehicle where one is named.
    fn line_of(&self, number: &str, vehicle: Option<u32>) -> Option<u32> {
        let mut next = *self.first_of_number.get(index(self.numbers.known(number)?))?;
        while let Some(order) = self.orders.get(index(next)) {
            if vehicle.is_none_or(|vehicle| vehicle == order.vehicle) {
                return Some(order.line);
            }
            next = order.same_number;
        }
        None
    }

    /// Takes in a touch.
    pub fn touch(&mut self, row: &TouchRow<'_>) -> Option<(u64, FaultKind)> {
        const FILE: ExtractFile = ExtractFile::Touches;
        self.counted(FILE).rows += 1;
        let (vehicle, _) = self.vehicle(row.vin);
        let customer = self.customer(row.customer);
        let touch = Touch {
            service: row
                .service
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .and_then(|text| self.names.number(text)),
            replied: row.replied.map(seconds),
            ..Touch::at(NONE, seconds(row.sent))
        };
        match (vehicle, customer) {
            (Some(subject), _) => self.touches_of_vehicles.push(Touch { subject, ..touch }),
            (None, Some(subject)) => {
                self.known_customer(FILE, row.at.line, subject);
                self.touches_of_people.push(Touch { subject, ..touch });
            }
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
        self.known_customer(FILE, row.at.line, number);
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

    /// Names a customer of another file whom no repair order and no vehicle knows: his rows lead nowhere.
    fn known_customer(&mut self, file: ExtractFile, line: u64, customer: u32) {
        if self.people.get(index(customer)).is_some_and(|person| !person.on_record) {
            self.fault(file, line, FaultKind::CustomerUnknown, 0, None);
        }
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
