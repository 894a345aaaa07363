//! The files of an extract, pushed into the audit row by row.

use std::path::{Path, PathBuf};

use chrono::{NaiveDateTime, NaiveTime};
use fixedops_closed_loop::audit::{AuditBuilder, AuditPolicy, ExtractFile, FaultKind};
use fixedops_vocab::RawOdometer;

use super::mapping::{Mapping, is_one};
use super::sheet::{Aside, Sheet, SheetRow};
use super::value::Dates;
use crate::outcome::CommandError;
use crate::table::SetAside;

/// What all files are read with.
pub struct Reader<'m> {
    pub mapping: &'m Mapping,
    pub dates: Dates,
    pub builder: AuditBuilder,
    pub set_aside: SetAside,
    folder: PathBuf,
}

impl<'m> Reader<'m> {
    pub fn new(folder: &Path, mapping: &'m Mapping, policy: AuditPolicy, strict: bool) -> Self {
        let dates = Dates::new(&mapping.date_formats, &mapping.time_formats, mapping.timezone);
        Self {
            mapping,
            dates,
            builder: AuditBuilder::new(policy),
            set_aside: SetAside::new(strict),
            folder: folder.to_owned(),
        }
    }

    /// A file of the extract, if it is there; `repair_orders.csv` must be.
    pub fn path(&self, file: ExtractFile) -> Option<PathBuf> {
        let path = self.folder.join(file.file_name());
        (file == ExtractFile::RepairOrders || path.exists()).then_some(path)
    }

    /// Reports a row that its reader set aside, and counts it.
    pub fn aside(
        &mut self,
        file: ExtractFile,
        path: &Path,
        line: u64,
        (kind, bad): &Aside,
        customer_pay: Option<i64>,
    ) -> Result<(), CommandError> {
        self.builder.set_aside(file, line, *kind, customer_pay);
        self.set_aside.report(path, line, bad)
    }

    /// Reports a row that the audit set aside.
    pub fn told(&mut self, path: &Path, told: Option<(u64, FaultKind)>) -> Result<(), CommandError> {
        let Some((line, kind)) = told else { return Ok(()) };
        self.set_aside.report_row(path, line, kind.reason())
    }
}

/// A date of a row that must be there.
pub fn required_date(
    dates: &Dates,
    row: &SheetRow<'_>,
    field: impl Into<usize> + Copy,
    time: Option<usize>,
    faults: &mut Vec<FaultKind>,
) -> Result<NaiveDateTime, Aside> {
    let Some(text) = row.text(field) else {
        return Err((FaultKind::DateMissing, row.bad(field, "empty")));
    };
    let Some(read) = dates.date(&text) else {
        return Err((
            FaultKind::DateUnreadable,
            row.bad(field, "in none of the date formats of the mapping"),
        ));
    };
    note(row, field, &read, faults);
    let time = read.time.or_else(|| time_of(dates, row, time, faults));
    Ok(read.date.and_time(time.unwrap_or(noon())))
}

/// A date that may be missing, with whether its time is known.
pub fn optional_date(
    dates: &Dates,
    row: &SheetRow<'_>,
    field: impl Into<usize> + Copy,
    time: Option<usize>,
    faults: &mut Vec<FaultKind>,
) -> Option<(NaiveDateTime, bool)> {
    let text = row.text(field)?;
    let Some(read) = dates.date(&text) else {
        push(faults, FaultKind::OtherDateUnreadable);
        return None;
    };
    note(row, field, &read, faults);
    let time = read.time.or_else(|| time_of(dates, row, time, faults));
    Some((read.date.and_time(time.unwrap_or(noon())), time.is_some()))
}

fn time_of(
    dates: &Dates,
    row: &SheetRow<'_>,
    field: Option<usize>,
    faults: &mut Vec<FaultKind>,
) -> Option<NaiveTime> {
    let text = row.text(field?)?;
    let time = dates.time(&text);
    if time.is_none() {
        push(faults, FaultKind::OtherDateUnreadable);
    }
    time
}

/// A date without a time is taken as noon: the middle of its day.
fn noon() -> NaiveTime {
    NaiveTime::from_hms_opt(12, 0, 0).unwrap_or(NaiveTime::MIN)
}

fn note(
    row: &SheetRow<'_>,
    field: impl Into<usize>,
    read: &super::value::ReadDate,
    faults: &mut Vec<FaultKind>,
) {
    if row.is_mixed(field, read.form) {
        push(faults, FaultKind::MixedDateFormat);
    }
    if read.two_digits {
        push(faults, FaultKind::TwoDigitYear);
    }
}

/// Adds a fault once.
pub fn push(faults: &mut Vec<FaultKind>, kind: FaultKind) {
    if !faults.contains(&kind) {
        faults.push(kind);
    }
}

/// An odometer; a number with thousands commas is one too.
pub fn odometer(
    mapping: &Mapping,
    row: &SheetRow<'_>,
    field: impl Into<usize>,
    faults: &mut Vec<FaultKind>,
) -> Option<RawOdometer> {
    let text = row.text(field)?;
    let plain = if text.contains(',') { text.replace(',', "") } else { text.into_owned() };
    match RawOdometer::parse(&plain, mapping.odometer_unit) {
        Ok(raw) => Some(raw),
        Err(_) => {
            push(faults, FaultKind::MileageUnreadable);
            None
        }
    }
}

/// Whether a field holds one of the words for yes.
pub fn yes(mapping: &Mapping, row: &SheetRow<'_>, field: impl Into<usize>) -> bool {
    row.text(field).is_some_and(|text| is_one(&mapping.words.yes, &text))
}

/// Opens a file of the extract and says so to the audit.
pub fn open(
    reader: &mut Reader<'_>,
    file: ExtractFile,
    fields: &[(&'static str, &super::mapping::Headings)],
    required: &[&'static str],
) -> Result<Option<(Sheet, PathBuf)>, CommandError> {
    let Some(path) = reader.path(file) else { return Ok(None) };
    let mapping = reader.mapping;
    let sheet = Sheet::open(&path, fields, required, mapping.field_separator, &mapping.words.empty)?;
    reader.builder.present(file, sheet.absent());
    Ok(Some((sheet, path)))
}
