use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::progress::Watched;
use super::records::{Record, Records};
use crate::outcome::CommandError;

/// The rows of a CSV file, read one at a time.
pub struct Rows {
    path: PathBuf,
    records: Records<BufReader<Watched<File>>>,
    names: Vec<&'static str>,
    columns: Vec<Option<usize>>,
    record: Record,
}

impl Rows {
    /// Opens a file and finds its columns. Columns are named in the order `required`, then `optional`; that is
    /// their number in [`Row::text`]. Others are ignored. A byte order mark and CRLF are read past.
    pub fn open(
        path: &Path,
        required: &[&'static str],
        optional: &[&'static str],
    ) -> Result<Self, CommandError> {
        let shown = path.display();
        let cannot = |error: std::io::Error| CommandError::failed(format!("cannot open {shown}: {error}"));
        let file = File::open(path).map_err(cannot)?;
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let watched = Watched::new(file, bytes, format!("reading {shown}"));
        let unreadable =
            |error: std::io::Error| CommandError::failed(format!("cannot read {shown}: {error}"));
        let mut records = Records::new(BufReader::with_capacity(1 << 16, watched)).map_err(unreadable)?;
        let mut header = Record::default();
        records.read(&mut header).map_err(unreadable)?;
        if let Some((fault, begins)) = header.fault() {
            let (begins, fault) = (printable(begins), fault.as_str());
            return Err(CommandError::failed(format!("{shown}: header \"{begins}\": {fault}")));
        }
        let found: Vec<String> =
            header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        if found.iter().all(String::is_empty) {
            return Err(CommandError::failed(format!("{shown} is empty: it has no header")));
        }
        let place = |name: &&'static str| found.iter().position(|other| other == name);
        for name in required {
            if place(name).is_none() {
                let found: Vec<String> = found.iter().map(|name| printable(name.as_bytes())).collect();
                let found = found.join(", ");
                return Err(CommandError::failed(format!(
                    "{shown}: column {name} is missing; found: {found}"
                )));
            }
        }
        let names: Vec<&'static str> = required.iter().chain(optional).copied().collect();
        let columns = names.iter().map(place).collect();
        Ok(Self { path: path.to_owned(), records, names, columns, record: Record::default() })
    }

    /// Whether the file has this column.
    pub fn has(&self, column: usize) -> bool {
        self.columns.get(column).copied().flatten().is_some()
    }

    /// The next row; None at the end.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, CommandError> {
        let more = self
            .records
            .read(&mut self.record)
            .map_err(|error| CommandError::failed(format!("cannot read {}: {error}", self.path.display())))?;
        Ok(more.then_some(Row { rows: self }))
    }
}

/// One row.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    rows: &'a Rows,
}

/// Why a row cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadField {
    /// The column; `row` where the whole row cannot be read.
    pub field: &'static str,
    /// What stands there, cut and made printable.
    pub value: String,
    /// What is wrong with it.
    pub reason: String,
}

impl<'a> Row<'a> {
    /// The line on which the row begins; the header is line 1.
    pub fn line(&self) -> u64 {
        self.rows.record.line()
    }

    /// The bytes of a column as they stand; none if the column is absent or the row cannot be read. For what is
    /// echoed, in any encoding.
    pub fn bytes(&self, column: usize) -> &'a [u8] {
        let place = self.rows.columns.get(column).copied().flatten();
        place.and_then(|place| self.rows.record.get(place)).unwrap_or_default()
    }

    /// Whether the row could be read at all; every way to a value asks it.
    fn whole(&self) -> Result<(), BadField> {
        self.rows.record.fault().map_or(Ok(()), |(fault, begins)| {
            Err(BadField { field: "row", value: printable(begins), reason: fault.as_str().to_owned() })
        })
    }

    /// The text of a column, trimmed; None if the column is absent or empty.
    pub fn text(&self, column: usize) -> Result<Option<&'a str>, BadField> {
        self.whole()?;
        let text =
            core::str::from_utf8(self.bytes(column)).map_err(|_| self.bad(column, "not UTF-8 text"))?.trim();
        Ok((!text.is_empty()).then_some(text))
    }

    /// The text of a column that must hold some.
    pub fn required(&self, column: usize) -> Result<&'a str, BadField> {
        self.text(column)?.ok_or_else(|| self.bad(column, "empty"))
    }

    /// An id: bytes as they stand, so that ids in any encoding go in and come out the same. Not empty.
    pub fn id(&self, column: usize) -> Result<&'a [u8], BadField> {
        self.whole()?;
        let bytes = self.bytes(column);
        if bytes.iter().all(u8::is_ascii_whitespace) { Err(self.bad(column, "empty")) } else { Ok(bytes) }
    }

    /// A complaint about a column.
    pub fn bad(&self, column: usize, reason: impl Into<String>) -> BadField {
        BadField {
            field: self.rows.names.get(column).copied().unwrap_or("?"),
            value: printable(self.bytes(column)),
            reason: reason.into(),
        }
    }
}

/// The first 40 characters, control characters and broken bytes escaped.
pub fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(40).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn the_missing_column_is_named_with_those_found() {
        let file = file(b"vehicle,date\nA,2026-01-01\n");
        let error = Rows::open(file.path(), &["vehicle_id", "date"], &[]).err().unwrap();
        assert!(!error.usage);
        assert!(
            error.message.ends_with("column vehicle_id is missing; found: vehicle, date"),
            "{}",
            error.message
        );
    }

    #[test]
    fn an_empty_file_says_so() {
        let error = Rows::open(file(b"").path(), &["vehicle_id"], &[]).err().unwrap();
        assert!(error.message.ends_with("is empty: it has no header"), "{}", error.message);
    }

    #[test]
    fn a_byte_order_mark_crlf_quotes_and_unknown_columns_are_read_past() {
        let file = file(b"\xef\xbb\xbf\"vehicle_id\",colour,date\r\n\"A,1\",red,2026-01-01\r\n");
        let mut rows = Rows::open(file.path(), &["vehicle_id", "date"], &["unit"]).unwrap();
        let row = rows.next_row().unwrap().unwrap();
        assert_eq!((row.id(0).unwrap(), row.required(1).unwrap()), (b"A,1".as_slice(), "2026-01-01"));
        assert_eq!((row.text(2).unwrap(), row.line()), (None, 2));
        assert!(rows.next_row().unwrap().is_none());
    }

    #[test]
    fn latin_1_ids_keep_their_bytes_and_latin_1_elsewhere_is_a_bad_field() {
        let file = file(b"vehicle_id,date\nM\xfcller,2026\xa001\n");
        let mut rows = Rows::open(file.path(), &["vehicle_id", "date"], &[]).unwrap();
        let row = rows.next_row().unwrap().unwrap();
        assert_eq!(row.id(0).unwrap(), b"M\xfcller");
        let bad = row.required(1).unwrap_err();
        assert_eq!((bad.field, bad.reason.as_str()), ("date", "not UTF-8 text"));
    }

    #[test]
    fn a_short_row_lacks_its_fields_and_a_long_value_is_cut() {
        let file = file(format!("vehicle_id,date\nA\nB,{}\n", "9".repeat(100)).as_bytes());
        let mut rows = Rows::open(file.path(), &["vehicle_id", "date"], &[]).unwrap();
        assert_eq!(rows.next_row().unwrap().unwrap().required(1).unwrap_err().reason, "empty");
        assert_eq!(rows.next_row().unwrap().unwrap().bad(1, "long").value.len(), 40);
    }
}
