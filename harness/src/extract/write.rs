//! The files as a DMS writes them: headings of DealerVault's repair-order file, MM/DD/YYYY, time beside date, lists inside
//! columns.

use std::io::Write;
use std::path::Path;

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{
    AppointmentStatus, RepairOrderLine, RepairOrderRecord, UnitKind, VehicleRecord,
};
use fixedops_vocab::{CustomerId, PayType, RoId};
use rust_decimal::Decimal;

use super::Extract;
use crate::outcome::CommandError;
use crate::table::Output;
use crate::whole_file::WholeFile;

const DEALER: &str = "DVD00000";

const ORDERS: [&str; 38] = [
    "DV Dealer ID",
    "RO Number",
    "RO Status",
    "RO Department",
    "Open Date",
    "Open Time",
    "Close Date",
    "Close Time",
    "RO Mileage",
    "VIN",
    "Make",
    "Model",
    "Year",
    "Customer Number",
    "Full Name",
    "State",
    "Zip",
    "Cell Phone",
    "Email",
    "Opt Out",
    "Block Auto Messages",
    "Block Phone",
    "Block Mail",
    "Operation Codes",
    "Operation Code Descriptions",
    "Operation Sale Types",
    "Operation Amounts",
    "Recommendations",
    "Recommended Operation Codes",
    "Recommended Operation Amounts",
    "Service Advisor Name",
    "Tech Number",
    "Appointment Flag",
    "Customer Total Sale",
    "Warranty Total Sale",
    "Internal Total Sale",
    "Total Sale",
    "Payment Method",
];

impl Extract {
    /// Writes the folder.
    pub fn write(&self, folder: &Path) -> Result<(), CommandError> {
        std::fs::create_dir_all(folder)
            .map_err(|error| CommandError::failed(format!("cannot write {}: {error}", folder.display())))?;
        let mut orders = Output::create(&folder.join("repair_orders.csv"), &ORDERS)?;
        for order in self.orders.iter().chain(self.open.values()) {
            orders.row(self.order(order))?;
        }
        orders.finish()?;
        self.customers_file(folder)?;
        self.vehicles_file(folder)?;
        self.appointments_file(folder)?;
        self.touches_file(folder)?;
        self.consents_file(folder)?;
        self.pings_file(folder)?;
        let mapping = include_str!("../../mappings/dealervault.toml")
            .replace("dealervault-like/2", "sample-store/2")
            .replace("America/New_York", self.zone.name())
            .replace("\n# IANA zone", "\nnote = \"simulated store: nobody in it is real\"\n# IANA zone");
        text(folder, "mapping.toml", &mapping)?;
        text(folder, "README.md", README)
    }

    fn date(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%m/%d/%Y").to_string()
    }

    fn time(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%H:%M:%S").to_string()
    }

    fn order(&self, order: &RepairOrderRecord) -> Vec<String> {
        let vehicle = self.vehicles.get(&order.vehicle);
        let customer = order.customer.as_ref().and_then(|customer| self.customers.get(customer));
        let optional = |at: Option<DateTime<Utc>>, part: fn(&Self, DateTime<Utc>) -> String| {
            at.map_or(String::new(), |at| part(self, at))
        };
        let done: Vec<&RepairOrderLine> = order.lines.iter().filter(|line| !line.declined).collect();
        let declined: Vec<&RepairOrderLine> = order.lines.iter().filter(|line| line.declined).collect();
        let total = |pay: &[PayType]| {
            let of = done.iter().filter(|line| pay.contains(&line.pay_type));
            let mut sum = of.map(|line| line.amount.amount()).sum::<Decimal>();
            sum.rescale(2);
            sum.to_string()
        };
        let (advisor, technician) = self.staff.get(&order.ro).cloned().unwrap_or_default();
        let flags = customer.map(|customer| customer.opt_out).unwrap_or_default();
        let word = |text: Option<&String>| text.cloned().unwrap_or_default();
        vec![
            DEALER.to_owned(),
            number(&order.ro).to_owned(),
            if order.voided {
                "VOID"
            } else if order.closed_at.is_some() {
                "C"
            } else {
                "O"
            }
            .to_owned(),
            "SERVICE".to_owned(),
            self.date(order.opened_at),
            self.time(order.opened_at),
            optional(order.closed_at, Self::date),
            optional(order.closed_at, Self::time),
            order.odometer_in.map_or(String::new(), |raw| whole(raw.thousandths())),
            vehicle.and_then(|vehicle| vehicle.vin.clone()).unwrap_or_default(),
            word(vehicle.and_then(|vehicle| vehicle.make.as_ref())),
            word(vehicle.and_then(|vehicle| vehicle.model.as_ref())),
            vehicle.and_then(|vehicle| vehicle.year).map_or(String::new(), |year| year.to_string()),
            order.customer.as_ref().map_or(String::new(), |customer| customer.expose().to_owned()),
            customer.map_or(String::new(), full_name),
            word(customer.and_then(|customer| customer.state.as_ref())),
            word(customer.and_then(|customer| customer.zip.as_ref())),
            word(customer.and_then(|customer| customer.phone.as_ref())),
            word(customer.and_then(|customer| customer.email.as_ref())),
            flag(flags.opt_out),
            flag(flags.block_automatic_messages),
            flag(flags.block_phone),
            flag(flags.block_mail),
            list(&done, code),
            list(&done, description),
            list(&done, |line| sale_type(line.pay_type).to_owned()),
            list(&done, |line| line.amount.amount().to_string()),
            list(&declined, description),
            list(&declined, code),
            list(&declined, |line| line.amount.amount().to_string()),
            advisor.map_or(String::new(), |number| format!("Advisor {number}")),
            technician.unwrap_or_default(),
            flag(order.initiated_from.is_some()),
            total(&[PayType::CustomerPay]),
            total(&[PayType::Warranty, PayType::Manufacturer]),
            total(&[PayType::Internal, PayType::Dealer]),
            total(PayType::ALL),
            String::new(),
        ]
    }

    fn customers_file(&self, folder: &Path) -> Result<(), CommandError> {
        let header = [
            "Customer Number",
            "Full Name",
            "State",
            "Zip",
            "Cell Phone",
            "Email",
            "Opt Out",
            "Block Auto Messages",
            "Block Phone",
            "Block Mail",
        ];
        let mut file = Output::create(&folder.join("customers.csv"), &header)?;
        for customer in self.customers.values() {
            let flags = customer.opt_out;
            let word = |text: &Option<String>| text.clone().unwrap_or_default();
            file.row([
                customer.customer.expose().to_owned(),
                full_name(customer),
                word(&customer.state),
                word(&customer.zip),
                word(&customer.phone),
                word(&customer.email),
                flag(flags.opt_out),
                flag(flags.block_automatic_messages),
                flag(flags.block_phone),
                flag(flags.block_mail),
            ])?;
        }
        file.finish()
    }

    fn vehicles_file(&self, folder: &Path) -> Result<(), CommandError> {
        let header = ["VIN", "Customer Number", "Year", "Make", "Model", "Unit Type", "Delivery Date"];
        let mut file = Output::create(&folder.join("vehicles.csv"), &header)?;
        for vehicle in self.vehicles.values() {
            file.row([
                vehicle.vin.clone().unwrap_or_default(),
                vehicle.owner.as_ref().map_or(String::new(), |owner| owner.expose().to_owned()),
                vehicle.year.map_or(String::new(), |year| year.to_string()),
                vehicle.make.clone().unwrap_or_default(),
                vehicle.model.clone().unwrap_or_default(),
                unit(vehicle).to_owned(),
                vehicle.delivered_on.map_or(String::new(), |day| day.format("%m/%d/%Y").to_string()),
            ])?;
        }
        file.finish()
    }

    fn appointments_file(&self, folder: &Path) -> Result<(), CommandError> {
        let header = [
            "DV Dealer ID",
            "Appointment Number",
            "Appointment Date",
            "Appointment Time",
            "Appointment Create Date",
            "Appointment Status",
            "RO Number",
            "VIN",
            "Customer Number",
        ];
        let mut file = Output::create(&folder.join("appointments.csv"), &header)?;
        for (made, appointment) in self.appointments.values() {
            let orders = self.orders.iter().chain(self.open.values());
            let mut of =
                orders.filter(|order| order.initiated_from.as_ref() == Some(&appointment.appointment));
            let status = match appointment.status {
                AppointmentStatus::Arrived => "ARRIVED",
                AppointmentStatus::NoShow => "NO SHOW",
                AppointmentStatus::Cancelled => "CANCELLED",
                AppointmentStatus::Confirmed => "CONFIRMED",
                _ => "SCHEDULED",
            };
            file.row([
                DEALER.to_owned(),
                appointment.appointment.to_string(),
                self.date(appointment.starts_at),
                self.time(appointment.starts_at),
                self.date(*made),
                status.to_owned(),
                of.next().map_or(String::new(), |order| number(&order.ro).to_owned()),
                self.vin(&appointment.vehicle),
                id(appointment.customer.as_ref()),
            ])?;
        }
        file.finish()
    }

    fn touches_file(&self, folder: &Path) -> Result<(), CommandError> {
        let header = ["VIN", "Customer Number", "Sent Date", "Sent Time", "Channel", "Reason"];
        let mut file = Output::create(&folder.join("touches.csv"), &header)?;
        for touch in &self.touches {
            file.row([
                self.vin(&touch.vehicle),
                id(touch.customer.as_ref()),
                self.date(touch.sent_at),
                self.time(touch.sent_at),
                touch.channel.to_owned(),
                touch.reason.clone(),
            ])?;
        }
        file.finish()
    }

    fn consents_file(&self, folder: &Path) -> Result<(), CommandError> {
        let header = [
            "Customer Number",
            "Channel",
            "Consent Level",
            "Consent Date",
            "Consent Time",
            "Revoked Date",
            "Proof",
        ];
        let mut file = Output::create(&folder.join("consents.csv"), &header)?;
        for (place, consent) in self.consents.iter().enumerate() {
            // A number somebody only gave was never signed for; and of the forms, some cannot be found.
            let found = consent.written && place % 11 != 10;
            file.row([
                consent.customer.expose().to_owned(),
                "TEXT".to_owned(),
                if consent.written { "PEWC" } else { "PEC" }.to_owned(),
                self.date(consent.given_at),
                self.time(consent.given_at),
                self.revoked.get(&consent.customer).map_or(String::new(), |at| self.date(*at)),
                if found { format!("tablet form {}", place + 1) } else { String::new() },
            ])?;
        }
        file.finish()
    }

    fn pings_file(&self, folder: &Path) -> Result<(), CommandError> {
        let header = ["VIN", "t", "lat", "lon", "speed_mps", "accuracy_m"];
        let mut file = Output::create(&folder.join("pings.csv"), &header)?;
        for ping in &self.pings {
            let given = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
            file.row([
                self.vin(&ping.vehicle),
                ping.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                format!("{:.5}", ping.latitude),
                format!("{:.5}", ping.longitude),
                given(ping.speed),
                given(ping.accuracy),
            ])?;
        }
        file.finish()
    }

    fn vin(&self, vehicle: &fixedops_vocab::VehicleId) -> String {
        self.vehicles.get(vehicle).and_then(|vehicle| vehicle.vin.clone()).unwrap_or_default()
    }
}

fn text(folder: &Path, name: &str, text: &str) -> Result<(), CommandError> {
    let path = folder.join(name);
    let mut file = WholeFile::create(&path)?;
    file.write_all(text.as_bytes())
        .map_err(|error| CommandError::failed(format!("cannot write {}: {error}", path.display())))?;
    file.finish(false)
}

/// The number of an order without its rooftop.
fn number(ro: &RoId) -> &str {
    ro.as_str().rsplit('/').next().unwrap_or_default()
}

fn id(customer: Option<&CustomerId>) -> String {
    customer.map_or(String::new(), |customer| customer.expose().to_owned())
}

fn full_name(customer: &fixedops_connectors_traits::CustomerRecord) -> String {
    let names = [&customer.first_name, &customer.last_name];
    names.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn flag(set: bool) -> String {
    if set { "Y" } else { "N" }.to_owned()
}

/// Thousandths of a unit, whole.
fn whole(thousandths: i64) -> String {
    (thousandths / 1_000).to_string()
}

fn list(lines: &[&RepairOrderLine], part: impl Fn(&RepairOrderLine) -> String) -> String {
    lines.iter().map(|line| part(line).replace('|', "/")).collect::<Vec<_>>().join("|")
}

fn code(line: &RepairOrderLine) -> String {
    line.op_code.as_ref().map_or_else(|| "MISC".to_owned(), |code| code.as_str().to_owned())
}

fn description(line: &RepairOrderLine) -> String {
    line.description.clone().unwrap_or_default()
}

fn sale_type(pay_type: PayType) -> &'static str {
    match pay_type {
        PayType::CustomerPay => "C",
        PayType::Warranty => "W",
        PayType::Internal => "I",
        PayType::Sublet => "S",
        PayType::Manufacturer => "M",
        PayType::Dealer => "G",
    }
}

fn unit(vehicle: &VehicleRecord) -> &'static str {
    match vehicle.unit {
        UnitKind::Retail => "RETAIL",
        UnitKind::Stock => "STOCK",
        UnitKind::Loaner => "LOANER",
        UnitKind::Fleet => "FLEET",
        UnitKind::Employee => "EMPLOYEE",
        UnitKind::Wholesale => "WHOLESALE",
    }
}

const README: &str = "# A simulated store's extract

Written by `fixedops extract`; nobody and nothing in it is real (telephone numbers are kept for fiction, mail goes to
`.example`, VINs begin with 0, which no maker uses). The files look as a DMS export looks: headings of DealerVault's
repair-order file, MM/DD/YYYY, time beside date, lists inside columns, the customer inside the repair order, and the
faults of real files: numbers that stand there twice, missing VINs, mistyped mileages, voided orders.

    fixedops audit harness/sample-store

`mapping.toml` says how it is read. The store sends a text six months after a customer's last visit, whatever the car has
driven: that is what `touches.csv` holds.
";
