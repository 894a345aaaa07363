//! The files beside the repair orders.

use std::borrow::Cow;

use fixedops_closed_loop::audit::{
    AppointmentRow, ConsentRow, ContactState, CustomerRow, ExtractFile, FaultKind, RowAt, TouchRow,
    VehicleRow,
};
use fixedops_vocab::{Channel, ConsentLevel};

use super::contact;
use super::mapping::{
    AppointmentField, ConsentField, CustomerField, TouchField, VehicleField, Words, is_one,
};
use super::read::{Reader, odometer, open, optional_date, push, required_date, yes};
use super::sheet::{Aside, SheetRow};
use super::value::entries;
use crate::outcome::CommandError;

/// What every row is asked first.
fn checked(row: &SheetRow<'_>, faults: &mut Vec<FaultKind>) -> Result<(), Aside> {
    faults.clear();
    row.check(faults)?;
    if row.is_latin() {
        push(faults, FaultKind::NotUtf8);
    }
    Ok(())
}

/// Reads `customers.csv`.
pub fn customers(reader: &mut Reader<'_>) -> Result<(), CommandError> {
    use CustomerField as Field;
    const FILE: ExtractFile = ExtractFile::Customers;
    let mapping = reader.mapping;
    let Some((mut sheet, path)) = open(reader, FILE, &mapping.customers.all(), &["customer"])? else {
        return Ok(());
    };
    let mut faults = Vec::new();
    while let Some(row) = sheet.next_row()? {
        let line = row.line();
        if let Err(aside) = checked(&row, &mut faults) {
            reader.aside(FILE, &path, line, &aside, None)?;
            continue;
        }
        let told = reader.builder.customer_row(&CustomerRow {
            at: RowAt { line, faults: &faults },
            customer: &row.text(Field::customer).unwrap_or_default(),
            phone: row.text(Field::phone).map_or(ContactState::Missing, |text| contact::phone(&text)),
            email: row.text(Field::email).map_or(ContactState::Missing, |text| contact::email(&text)),
            opt_out: yes(mapping, &row, Field::opt_out)
                || yes(mapping, &row, Field::block_automatic_messages),
            block_phone: yes(mapping, &row, Field::block_phone),
            block_mail: yes(mapping, &row, Field::block_mail),
        });
        reader.told(&path, told)?;
    }
    Ok(())
}

/// Reads `vehicles.csv`.
pub fn vehicles(reader: &mut Reader<'_>) -> Result<(), CommandError> {
    use VehicleField as Field;
    const FILE: ExtractFile = ExtractFile::Vehicles;
    let mapping = reader.mapping;
    let Some((mut sheet, path)) = open(reader, FILE, &mapping.vehicles.all(), &["vin"])? else {
        return Ok(());
    };
    let mut faults = Vec::new();
    while let Some(row) = sheet.next_row()? {
        let line = row.line();
        if let Err(aside) = checked(&row, &mut faults) {
            reader.aside(FILE, &path, line, &aside, None)?;
            continue;
        }
        let delivered = optional_date(&reader.dates, &row, Field::delivered, None, &mut faults);
        let odometer = odometer(mapping, &row, Field::delivery_mileage, &mut faults);
        let unit = row.text(Field::unit);
        let told = reader.builder.vehicle_row(&VehicleRow {
            at: RowAt { line, faults: &faults },
            vin: row.text(Field::vin).as_deref(),
            customer: row.text(Field::customer).as_deref(),
            delivered: delivered.map(|(at, _)| at.date()),
            delivery_odometer: odometer,
            not_retail: unit.is_some_and(|unit| is_one(&mapping.words.not_retail, &unit)),
        });
        reader.told(&path, told)?;
    }
    Ok(())
}

/// Reads `appointments.csv`.
pub fn appointments(reader: &mut Reader<'_>) -> Result<(), CommandError> {
    use AppointmentField as Field;
    const FILE: ExtractFile = ExtractFile::Appointments;
    let mapping = reader.mapping;
    let Some((mut sheet, path)) = open(reader, FILE, &mapping.appointments.all(), &["starts"])? else {
        return Ok(());
    };
    let mut faults = Vec::new();
    while let Some(row) = sheet.next_row()? {
        let line = row.line();
        let starts = checked(&row, &mut faults).and_then(|()| {
            let time = Some(Field::starts_time.into());
            required_date(&reader.dates, &row, Field::starts, time, &mut faults)
        });
        let starts = match starts {
            Ok(starts) => starts,
            Err(aside) => {
                reader.aside(FILE, &path, line, &aside, None)?;
                continue;
            }
        };
        let created = optional_date(&reader.dates, &row, Field::created, None, &mut faults);
        let status = row.text(Field::status).unwrap_or_default();
        let order = row.text(Field::order);
        let order = match (row.text(Field::dealer), order) {
            (Some(dealer), Some(order)) => Some(Cow::Owned(format!("{dealer}/{order}"))),
            (_, order) => order,
        };
        let arrived = match () {
            () if is_one(&mapping.words.arrived, &status) => Some(true),
            () if is_one(&mapping.words.no_show, &status) => Some(false),
            () => None,
        };
        let told = reader.builder.appointment(&AppointmentRow {
            at: RowAt { line, faults: &faults },
            vin: row.text(Field::vin).as_deref(),
            customer: row.text(Field::customer).as_deref(),
            starts,
            created: created.map(|(at, _)| at),
            cancelled: is_one(&mapping.words.cancelled, &status),
            arrived,
            order: order.as_deref(),
        });
        reader.told(&path, told)?;
    }
    Ok(())
}

/// Reads `touches.csv`.
pub fn touches(reader: &mut Reader<'_>) -> Result<(), CommandError> {
    use TouchField as Field;
    const FILE: ExtractFile = ExtractFile::Touches;
    let mapping = reader.mapping;
    let Some((mut sheet, path)) = open(reader, FILE, &mapping.touches.all(), &["sent"])? else {
        return Ok(());
    };
    let mut faults = Vec::new();
    while let Some(row) = sheet.next_row()? {
        let line = row.line();
        let sent = checked(&row, &mut faults).and_then(|()| {
            let time = Some(Field::sent_time.into());
            required_date(&reader.dates, &row, Field::sent, time, &mut faults)
        });
        let replied =
            optional_date(&reader.dates, &row, Field::replied, Some(Field::replied_time.into()), &mut faults);
        let told = match sent {
            Ok(sent) => reader.builder.touch(&TouchRow {
                at: RowAt { line, faults: &faults },
                vin: row.text(Field::vin).as_deref(),
                customer: row.text(Field::customer).as_deref(),
                sent,
                service: row.text(Field::service).as_deref(),
                replied: replied.map(|(at, _)| at),
            }),
            Err(aside) => {
                reader.aside(FILE, &path, line, &aside, None)?;
                continue;
            }
        };
        reader.told(&path, told)?;
    }
    Ok(())
}

/// Reads `consents.csv`.
pub fn consents(reader: &mut Reader<'_>) -> Result<(), CommandError> {
    use ConsentField as Field;
    const FILE: ExtractFile = ExtractFile::Consents;
    let mapping = reader.mapping;
    let Some((mut sheet, path)) = open(reader, FILE, &mapping.consents.all(), &["customer"])? else {
        return Ok(());
    };
    let mut faults = Vec::new();
    while let Some(row) = sheet.next_row()? {
        let line = row.line();
        if let Err(aside) = checked(&row, &mut faults) {
            reader.aside(FILE, &path, line, &aside, None)?;
            continue;
        }
        let given =
            optional_date(&reader.dates, &row, Field::given, Some(Field::given_time.into()), &mut faults);
        let revoked = optional_date(&reader.dates, &row, Field::revoked, None, &mut faults);
        // A revocation nobody can date is one all the same: it holds from the end of time backwards.
        let undated = row.text(Field::revoked).filter(|_| revoked.is_none());
        let revoked = revoked.map(|(at, _)| at).or(undated.map(|_| chrono::NaiveDateTime::MAX));
        let level = row.text(Field::level).and_then(|word| level(&mapping.words, &word));
        let channels = row.text(Field::channel);
        let channels =
            channels.map_or(Vec::new(), |text| channels_of(&mapping.words, &text, mapping.list_separator));
        let told = reader.builder.consent(&ConsentRow {
            at: RowAt { line, faults: &faults },
            customer: &row.text(Field::customer).unwrap_or_default(),
            channels: &channels,
            level,
            given: given.map(|(at, _)| at),
            revoked,
            proof: row.text(Field::proof).is_some(),
        });
        reader.told(&path, told)?;
    }
    Ok(())
}

fn level(words: &Words, word: &str) -> Option<ConsentLevel> {
    match () {
        () if is_one(&words.written_consent, word) => Some(ConsentLevel::Pewc),
        () if is_one(&words.oral_consent, word) => Some(ConsentLevel::Pec),
        () => None,
    }
}

fn channels_of(words: &Words, text: &str, separator: char) -> Vec<Channel> {
    let mut list = Vec::new();
    entries(text, separator, &words.empty, &mut list);
    let channel = |word: &&str| match () {
        () if is_one(&words.text, word) => Some(Channel::Sms),
        () if is_one(&words.call, word) => Some(Channel::LiveCall),
        () if is_one(&words.email, word) => Some(Channel::Email),
        () => None,
    };
    list.iter().filter_map(channel).collect()
}
