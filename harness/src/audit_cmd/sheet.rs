//! A file of an extract, read row by row by the headings of a mapping.

use std::borrow::Cow;
use std::cell::Cell;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use fixedops_closed_loop::audit::FaultKind;

use super::mapping::{Headings, is_one};
use crate::outcome::CommandError;
use crate::table::{BadField, Record, Records, Watched, printable};

/// The rows of a file, read one at a time.
pub struct Sheet {
    path: PathBuf,
    records: Input,
    record: Record,
    /// Places of the columns of each field.
    columns: Vec<Vec<usize>>,
    fields: Vec<&'static str>,
    width: usize,
    /// Fields without a column.
    absent: Vec<String>,
    /// Words for nothing.
    empty: Vec<String>,
    /// Bytes of the longest of them.
    longest_empty: usize,
    /// The date form of the first date in each field.
    forms: Vec<Cell<Option<usize>>>,
}

/// What may stand between fields instead of a comma.
const SEPARATORS: [u8; 3] = *b"\t;|";

type Input = Records<BufReader<Watched<File>>>;

/// Why a row is set aside: the kind, and the field for a person.
pub type Aside = (FaultKind, BadField);

impl Sheet {
    /// Opens a file and reads its header.
    fn begin(path: &Path, separator: u8) -> Result<(Input, Vec<String>), CommandError> {
        let shown = path.display();
        let cannot = |error: std::io::Error| CommandError::failed(format!("cannot read {shown}: {error}"));
        let file = File::open(path).map_err(cannot)?;
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let watched = Watched::new(file, bytes, format!("reading {shown}"));
        let mut input = BufReader::with_capacity(1 << 16, watched);
        let kind = match input.fill_buf().map_err(cannot)? {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16 text"),
            [b'P', b'K', 3, 4, ..] => Some("an Excel workbook"),
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Some("an old Excel workbook"),
            _ => None,
        };
        if let Some(kind) = kind {
            return Err(CommandError::failed(format!("{shown} is {kind}: save it as CSV in UTF-8")));
        }
        let mut records = Records::separated(input, separator).map_err(cannot)?;
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
        Ok((records, found))
    }

    /// Opens a file and finds the columns of its fields; the `required` must be there. Without a `separator` the one
    /// under which most fields are found. `empty`: words for nothing.
    pub fn open(
        path: &Path,
        fields: &[(&'static str, &Headings)],
        required: &[&'static str],
        separator: Option<u8>,
        empty: &[String],
    ) -> Result<Self, CommandError> {
        let shown = path.display();
        let (first, others) = match separator {
            Some(given) => (given, &[][..]),
            None => (b',', &SEPARATORS[..]),
        };
        let known = |found: &[String]| {
            let is_there =
                |headings: &&Headings| headings.0.iter().any(|name| place_of(found, name).is_some());
            fields.iter().map(|(_, headings)| *headings).filter(is_there).count()
        };
        let (mut records, mut found) = Self::begin(path, first)?;
        for separator in others {
            // A header that cannot be read so is not parted so.
            let Ok((other, names)) = Self::begin(path, *separator) else { continue };
            if known(&names) > known(&found) {
                (records, found) = (other, names);
            }
        }
        let place = |heading: &String| place_of(&found, heading);
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
            longest_empty: empty.iter().map(String::len).max().unwrap_or(0),
            empty: empty.to_vec(),
            forms: fields.iter().map(|_| Cell::new(None)).collect(),
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
            if bytes.is_empty() {
                return None;
            }
            let text = decoded(bytes);
            (text.len() > sheet.longest_empty || !is_one(&sheet.empty, &text)).then_some(text)
        })
    }

    /// Whether a date of this form stands in a field whose first date has another.
    pub fn is_mixed(&self, field: impl Into<usize>, form: usize) -> bool {
        let Some(first) = self.sheet.forms.get(field.into()) else { return false };
        let known = first.get().unwrap_or(form);
        first.set(Some(known));
        known != form
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

fn place_of(found: &[String], heading: &str) -> Option<usize> {
    found.iter().position(|name| name.eq_ignore_ascii_case(heading.trim()))
}

fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match core::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}
