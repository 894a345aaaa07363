//! RFC 4180 with a bound: the `csv` crate holds a whole record, however long, so one quote left open would hold the
//! rest of the file, and hide every row in it.

use std::io::{self, BufRead};

/// Longest row in bytes.
const LONGEST: usize = 1 << 20;

/// Splits a file into records, as leniently as the `csv` crate: LF, CR LF or CR ends a line, empty lines are skipped,
/// a quote counts as one at the beginning of a field.
///
/// A row longer than 1 MiB is at fault, and so is a quote that is not closed within 1 MiB or by the end of the file.
/// Reading goes on at the line after the one on which the faulty row begins.
pub struct Records<R> {
    input: R,
    separator: u8,
    /// The lines of the row in hand, as they stand.
    raw: Vec<u8>,
    /// What a quote left open had swallowed: read once more, before the input.
    again: Vec<u8>,
    /// How much of it was read once more.
    again_read: usize,
    /// The line that is read next, from 1.
    line: u64,
}

/// One record: its fields, unquoted, one after the other.
#[derive(Debug, Default)]
pub struct Record {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    line: u64,
    fault: Option<RowFault>,
}

/// What is wrong with a whole row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFault {
    /// Longer than 1 MiB.
    TooLong,
    /// A quote is opened and not closed.
    OpenQuote,
}

impl RowFault {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "longer than 1 MiB",
            Self::OpenQuote => "a quote is opened and not closed within 1 MiB",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    None,
    Whole,
    /// Its beginning is kept, and is itself too long.
    TooLong,
}

impl<R: BufRead> Records<R> {
    /// Begins; a UTF-8 byte order mark is read past.
    pub fn new(input: R) -> io::Result<Self> {
        Self::separated(input, b',')
    }

    /// The same, with something else than a comma between the fields: a tab, a semicolon.
    pub fn separated(mut input: R, separator: u8) -> io::Result<Self> {
        if input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            input.consume(3);
        }
        Ok(Self { input, separator, raw: Vec::new(), again: Vec::new(), again_read: 0, line: 1 })
    }

    /// Reads the next record into `record`; false at the end.
    pub fn read(&mut self, record: &mut Record) -> io::Result<bool> {
        self.raw.clear();
        record.begin(self.line);
        let mut line = self.take_line()?;
        while line == Line::Whole && self.raw.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            self.raw.clear();
            record.begin(self.line);
            line = self.take_line()?;
        }
        if line != Line::Whole {
            record.fault = (line == Line::TooLong).then_some(RowFault::TooLong);
            record.bytes.extend(self.raw.iter().take(100));
            return Ok(line == Line::TooLong);
        }
        let first = self.raw.len();
        let (mut from, mut state) = (0, State::FieldStart);
        loop {
            state = record.split(self.raw.get(from..).unwrap_or_default(), self.separator, state);
            if state != State::Quoted {
                record.ends.push(record.bytes.len());
                return Ok(true);
            }
            from = self.raw.len();
            if self.raw.len() > LONGEST || self.take_line()? != Line::Whole {
                break;
            }
        }
        record.fault = Some(RowFault::OpenQuote);
        record.bytes.splice(.., self.raw.iter().take(first.min(100)).copied());
        self.line = record.line + 1;
        self.raw.drain(..first);
        self.raw.extend_from_slice(self.again.get(self.again_read..).unwrap_or_default());
        core::mem::swap(&mut self.again, &mut self.raw);
        self.again_read = 0;
        Ok(true)
    }

    /// Adds the next line, with its end, to the row in hand.
    fn take_line(&mut self) -> io::Result<Line> {
        let begin = self.raw.len();
        // The last byte read, and how many were.
        let (mut last, mut length) = (None, 0_usize);
        loop {
            let again = self.again.get(self.again_read..).unwrap_or_default();
            let from_again = !again.is_empty();
            let chunk = if from_again { again } else { self.input.fill_buf()? };
            let taken = match (last, chunk.first()) {
                (_, None) | (Some(b'\n'), _) => break,
                // The line ended in CR: a LF behind it belongs to it.
                (Some(b'\r'), Some(next)) => usize::from(*next == b'\n'),
                _ => chunk
                    .iter()
                    .position(|byte| matches!(byte, b'\r' | b'\n'))
                    .map_or(chunk.len(), |at| at + 1),
            };
            if taken == 0 {
                break;
            }
            let chunk = chunk.get(..taken).unwrap_or_default();
            last = chunk.last().copied();
            // One more than may be, so that it is too long when it is read once more.
            let room = (LONGEST + 1).saturating_sub(length).min(taken);
            self.raw.extend_from_slice(chunk.get(..room).unwrap_or_default());
            length = length.saturating_add(taken);
            if from_again {
                self.again_read += taken;
            } else {
                self.input.consume(taken);
            }
        }
        if length == 0 {
            return Ok(Line::None);
        }
        self.line += 1;
        if length <= LONGEST {
            return Ok(Line::Whole);
        }
        self.raw.truncate(begin + LONGEST + 1);
        self.raw.push(b'\n');
        Ok(Line::TooLong)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
    /// A quote within a quoted field: its end, or the first half of a doubled one.
    QuoteSeen,
}

impl Record {
    fn begin(&mut self, line: u64) {
        self.bytes.clear();
        self.ends.clear();
        self.line = line;
        self.fault = None;
    }

    /// Takes one line apart; the state at its end.
    fn split(&mut self, line: &[u8], separator: u8, mut state: State) -> State {
        for &byte in line {
            state = match (state, byte) {
                (State::Quoted, b'"') => State::QuoteSeen,
                (State::FieldStart, b'"') => State::Quoted,
                (State::Quoted, _) | (State::QuoteSeen, b'"') => {
                    self.bytes.push(byte);
                    State::Quoted
                }
                (_, byte) if byte == separator => {
                    self.ends.push(self.bytes.len());
                    State::FieldStart
                }
                // Lines hold these at their end only.
                (_, b'\r' | b'\n') => state,
                _ => {
                    self.bytes.push(byte);
                    State::Plain
                }
            };
        }
        state
    }

    /// A field; None beyond the last, and in a faulty row.
    pub fn get(&self, place: usize) -> Option<&[u8]> {
        if self.fault.is_some() {
            return None;
        }
        let end = *self.ends.get(place)?;
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.bytes.get(start..end)
    }

    /// The fields; none of a faulty row.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len()).map_while(|place| self.get(place))
    }

    /// How many fields it has; none where it is faulty.
    pub fn len(&self) -> usize {
        if self.fault.is_some() { 0 } else { self.ends.len() }
    }

    /// The line on which it begins.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// What is wrong with it, and how it begins.
    pub fn fault(&self) -> Option<(RowFault, &[u8])> {
        self.fault.map(|fault| (fault, self.bytes.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Found = Vec<(u64, Result<Vec<String>, RowFault>)>;

    /// Read through a buffer of `at_once` bytes, so that every boundary is met.
    fn records(bytes: &[u8], at_once: usize) -> Found {
        let mut records = Records::new(io::BufReader::with_capacity(at_once, bytes)).unwrap();
        let (mut record, mut found) = (Record::default(), Vec::new());
        while records.read(&mut record).unwrap() {
            let fields = record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
            found.push((record.line(), record.fault().map_or(Ok(fields), |(fault, _)| Err(fault))));
        }
        found
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Result<Vec<String>, RowFault>) {
        (line, Ok(fields.iter().map(|field| (*field).to_owned()).collect()))
    }

    #[test]
    fn a_row_is_known_by_the_line_on_which_it_begins() {
        for (case, text, expected) in [
            ("LF", "a,b\nc\n", vec![row(1, &["a", "b"]), row(2, &["c"])]),
            ("CR LF", "a\r\nb\r\n", vec![row(1, &["a"]), row(2, &["b"])]),
            ("CR alone", "a\rb", vec![row(1, &["a"]), row(2, &["b"])]),
            ("empty lines", "\na\n\r\n\nb\n\n", vec![row(2, &["a"]), row(5, &["b"])]),
            ("a break in quotes", "\"a\r\n\nb\",c\nd", vec![row(1, &["a\r\n\nb", "c"]), row(4, &["d"])]),
            ("quotes doubled", "\"a\"\"b\",\"\"\n", vec![row(1, &["a\"b", ""])]),
            ("a quote within", "5\" wheel,x\"\n", vec![row(1, &["5\" wheel", "x\""])]),
            ("after a quote", "\"a\"b,c\n", vec![row(1, &["ab", "c"])]),
            ("commas only", ",,\n", vec![row(1, &["", "", ""])]),
            ("nothing", "", vec![]),
        ] {
            assert_eq!(records(text.as_bytes(), 64), expected, "{case}");
        }
    }

    #[test]
    fn fields_may_be_parted_by_something_else() {
        let mut records = Records::separated(&b"a,b\t\"c\td\"\n"[..], b'\t').unwrap();
        let mut record = Record::default();
        assert!(records.read(&mut record).unwrap());
        assert_eq!(record.iter().collect::<Vec<_>>(), [&b"a,b"[..], b"c\td"]);
    }

    #[test]
    fn a_quote_left_open_costs_its_own_line_only() {
        let open = |line| (line, Err(RowFault::OpenQuote));
        assert_eq!(
            records(b"a\n\"b,c\nd\ne,f\n", 5),
            [row(1, &["a"]), open(2), row(3, &["d"]), row(4, &["e", "f"])]
        );
        assert_eq!(records(b"\"", 5), [open(1)]);
        // The second one opens within what the first had swallowed.
        let text = "\"a\n\"\"b\nc,\"\"\"\nd\n";
        assert_eq!(records(text.as_bytes(), 3).last(), Some(&row(4, &["d"])));

        let mut text = b"\"open\n".to_vec();
        (0..200_000).for_each(|_| text.extend_from_slice(b"good,row\n"));
        let found = records(&text, 1 << 16);
        assert_eq!((found.len(), found.first()), (200_001, Some(&open(1))));
        assert_eq!(found.last(), Some(&row(200_001, &["good", "row"])));
    }

    #[test]
    fn a_row_too_long_is_set_aside_and_the_next_is_read() {
        let long = "x".repeat(LONGEST + 1);
        let too_long = |line| (line, Err(RowFault::TooLong));
        for (case, text, expected) in [
            ("in one field", format!("a\n{long}\nb\n"), vec![row(1, &["a"]), too_long(2), row(3, &["b"])]),
            ("at the end", format!("a\n{long}"), vec![row(1, &["a"]), too_long(2)]),
            (
                "behind an open quote",
                format!("\"a\n{long}\nb\n"),
                vec![(1, Err(RowFault::OpenQuote)), too_long(2), row(3, &["b"])],
            ),
            ("in quotes on one line", format!("\"{long}\"\nb\n"), vec![too_long(1), row(2, &["b"])]),
        ] {
            assert!(records(text.as_bytes(), 1 << 13) == expected, "{case}");
        }
    }

    proptest! {
        /// Where every quote is closed, the `csv` crate reads the same.
        #[test]
        fn rows_are_those_of_the_csv_crate(text in "([ab\",\r\n]|\"[ab,\r\n]{0,4}\"){0,40}", at_once in 1..20_usize) {
            let found = records(text.as_bytes(), at_once);
            prop_assume!(found.iter().all(|(_, row)| row.is_ok()));
            let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> =
                reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
            let found: Vec<Vec<String>> = found.into_iter().filter_map(|(_, row)| row.ok()).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn no_bytes_break_it_and_no_line_is_named_twice(bytes in prop::collection::vec(any::<u8>(), 0..300), at_once in 1..20_usize) {
            let found = records(&bytes, at_once);
            prop_assert!(found.is_sorted_by(|(earlier, _), (later, _)| earlier < later));
        }
    }
}
