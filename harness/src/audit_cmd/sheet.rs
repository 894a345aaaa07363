//! A file of an extract, read row by row by the headings of a mapping.

use std::borrow::Cow;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use fixedops_closed_loop::audit::FaultKind;

use super::mapping::Headings;
use crate::outcome::CommandError;
use crate::table::{BadField, Record, Records, Watched, printable};

/// The rows of a file, read one at a time.
pub struct Sheet {
    path: PathBuf,
    records: Records<BufReader<Watched<File>>>,
    record: Record,
    /// Places of the columns of each field.
    columns: Vec<Vec<usize>>,
    fields: Vec<&'static str>,
    width: usize,
    /// Fields without a column.
    absent: Vec<String>,
}

/// Why a row is set aside: the kind, and the field for a person.
pub type Aside = (FaultKind, BadField);

impl Sheet {
    /// Opens a file and finds the columns of its fields; the first `required` must be there.
    pub fn open(
        path: &Path,
        fields: &[(&'static str, &Headings)],
        required: &[&'static str],
    ) -> Result<Self, CommandError> {
        let shown = path.display();
        let cannot = |error: std::io::Error| CommandError::failed(format!("cannot read {shown}: {error}"));
        let file = File::open(path).map_err(cannot)?;
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let watched = Watched::new(file, bytes, format!("reading {shown}"));
        let mut records = Records::new(BufReader::with_capacity(1 << 16, watched)).map_err(cannot)?;
        let mut header = Record::default();
        records.read(&mut header).map_err(cannot)?;
        if let Some((fault, begins)) = header.fault() {
            let (begins, fault) = (printable(begins), fault.as_str());
            return Err(CommandError::failed(format!("{shown}: header \"{begins}\": {fault}")));
        }
        let found: Vec<String> =
            header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        if found.iter().all(String::is_empty) {
            return Err(CommandError::failed(format!("{shown} is empty: it has no header")));
        }
        let place =
            |heading: &String| found.iter().position(|name| name.eq_ignore_ascii_case(heading.trim()));
        let columns: Vec<Vec<usize>> =
            fields.iter().map(|(_, headings)| headings.0.iter().filter_map(place).collect()).collect();
        let mut absent = Vec::new();
        for ((field, headings), columns) in fields.iter().zip(&columns) {
            if !columns.is_empty() {
                continue;
            }
            if required.contains(field) {
                let found: Vec<String> = found.iter().map(|name| printable(name.as_bytes())).collect();
                return Err(CommandError::failed(format!(
                    "{shown}: {field}: none of the headings {:?} is there; found: {}",
                    headings.0,
                    found.join(", ")
                )));
            }
            if !headings.0.is_empty() {
                absent.push((*field).to_owned());
            }
        }
        Ok(Self {
            path: path.to_owned(),
            records,
            record: Record::default(),
            columns,
            fields: fields.iter().map(|(field, _)| *field).collect(),
            width: found.len(),
            absent,
        })
    }

    /// Fields of the mapping without a column here.
    pub fn absent(&self) -> Vec<String> {
        self.absent.clone()
    }

    /// The next row; None at the end.
    pub fn next_row(&mut self) -> Result<Option<SheetRow<'_>>, CommandError> {
        let more = self
            .records
            .read(&mut self.record)
            .map_err(|error| CommandError::failed(format!("cannot read {}: {error}", self.path.display())))?;
        Ok(more.then_some(SheetRow { sheet: self }))
    }
}

/// One row.
#[derive(Clone, Copy)]
pub struct SheetRow<'a> {
    sheet: &'a Sheet,
}

impl<'a> SheetRow<'a> {
    /// The line on which the row begins; the header is line 1.
    pub fn line(&self) -> u64 {
        self.sheet.record.line()
    }

    /// Whether the row has the fields of the header: fewer is a fault it can live with, more is not.
    pub fn check(&self, faults: &mut Vec<FaultKind>) -> Result<(), Aside> {
        if let Some((fault, begins)) = self.sheet.record.fault() {
            let bad = BadField { field: "row", value: printable(begins), reason: fault.as_str().to_owned() };
            return Err((FaultKind::UnreadableRow, bad));
        }
        let fields = self.sheet.record.len();
        if fields < self.sheet.width {
            faults.push(FaultKind::ShortRow);
        }
        let more = (self.sheet.width..fields).filter_map(|place| self.sheet.record.get(place));
        if more.into_iter().any(|field| !field.iter().all(u8::is_ascii_whitespace)) {
            let reason = format!("{fields} fields under a header of {}", self.sheet.width);
            return Err((FaultKind::TooManyFields, BadField { field: "row", value: String::new(), reason }));
        }
        Ok(())
    }

    /// The text of a field, trimmed: the first of its columns that is not empty. Bytes that are not UTF-8 are read as
    /// Latin-1.
    pub fn text(&self, field: impl Into<usize>) -> Option<Cow<'a, str>> {
        self.texts(field.into()).next()
    }

    /// The texts of every column of a field that is not empty.
    pub fn texts(&self, field: usize) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        let sheet = self.sheet;
        let columns = sheet.columns.get(field).map(Vec::as_slice).unwrap_or_default();
        columns.iter().filter_map(move |place| {
            let bytes = sheet.record.get(*place)?.trim_ascii();
            (!bytes.is_empty()).then(|| decoded(bytes))
        })
    }

    /// Whether some column in use holds bytes that are not UTF-8.
    pub fn is_latin(&self) -> bool {
        let record = &self.sheet.record;
        let mut places = self.sheet.columns.iter().flatten();
        places.any(|place| record.get(*place).is_some_and(|bytes| core::str::from_utf8(bytes).is_err()))
    }

    /// A complaint about a field.
    pub fn bad(&self, field: impl Into<usize>, reason: &str) -> BadField {
        let place = field.into();
        let value = self.text(place).unwrap_or_default();
        BadField {
            field: self.sheet.fields.get(place).copied().unwrap_or("?"),
            value: printable(value.as_bytes()),
            reason: reason.to_owned(),
        }
    }
}

fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match core::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}
