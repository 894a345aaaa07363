//! The registry's text files, and lists people keep themselves.

use core::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::{Nanp, NanpError};

/// One line of a change list.
#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "what a line of the registry says")]
pub struct Change {
    /// The number.
    pub number: Nanp,
    /// What became of it.
    pub action: Action,
    /// When, if the line says so; at midnight where it gives a day only.
    pub at: Option<NaiveDateTime>,
}

/// What became of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the registry knows these two")]
pub enum Action {
    /// `D`: it was taken off the list.
    Removed,
    /// `A`: it was put on the list. The greater of the two: where one instant has both, it is listed.
    Added,
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Change({} {:?}", self.number, self.action)?;
        self.at.iter().try_for_each(|at| write!(f, " {at}"))?;
        f.write_str(")")
    }
}

/// A line that was set aside: nothing is guessed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}: {reason}", .reason.field())]
#[non_exhaustive]
pub struct BadLine {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: LineError,
}

/// What is wrong with a line. The line itself is customer data, and not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// There is no number where one belongs.
    #[error("{0}")]
    Number(#[from] NanpError),
    /// The file was downloaded in its XML form.
    #[error("XML; download the flat text file instead")]
    Xml,
    /// A line of a change list says neither `A` nor `D`.
    #[error("neither A nor D")]
    NoAction,
    /// It says so twice.
    #[error("given twice")]
    ActionTwice,
    /// It has two dates.
    #[error("given twice")]
    DateTwice,
    /// A field is none of number, date, time, `A` or `D`.
    #[error("neither a date (YYYY-MM-DD or YYYYMMDD), a time (HH:MM:SS), A nor D")]
    Unknown,
}

impl LineError {
    /// The field that is to blame.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Number(error) => error.field(),
            Self::Xml => "line",
            Self::NoAction | Self::ActionTwice => "change",
            Self::DateTwice => "date",
            Self::Unknown => "field",
        }
    }
}

/// The number of one line; `None` of a blank one.
///
/// As [`Nanp::parse`]: `404,5550123` as the registry's flat file has it, ten digits, and the forms people write. Spaces
/// about it, CR LF and a byte order mark are read past.
///
/// # Errors
///
/// What is wrong with the line.
pub fn read_number(line: &[u8]) -> Result<Option<Nanp>, LineError> {
    let line = bare(line);
    match line.first() {
        None => Ok(None),
        Some(b'<') => Err(LineError::Xml),
        Some(_) => Ok(Some(Nanp::parse(line)?)),
    }
}

/// The change of one line; `None` of a blank one.
///
/// A number first, in any form of [`Nanp::parse`]; behind it, in any order, `A` or `D`, and where known the day
/// (`YYYY-MM-DD` or `YYYYMMDD`, with a time of day behind `T` or a space) of the change. Fields are parted by commas or
/// tabs; where there are none, by spaces. A field that is none of these refuses the line.
///
/// ```
/// use fixedops_consent::list::{Action, read_change};
/// for line in ["404,5550123,2026-11-02,A", "4045550123\tA\t20261102", "4045550123 2026-11-02 A"] {
///     let change = read_change(line.as_bytes())?.expect("not blank");
///     assert_eq!((change.number.expose(), change.action), (4_045_550_123, Action::Added));
///     assert_eq!(change.at.map(|at| at.to_string()).as_deref(), Some("2026-11-02 00:00:00"));
/// }
/// assert!(read_change(b"404,5550123,2026-11-02").is_err(), "added or removed?");
/// # Ok::<(), fixedops_consent::list::LineError>(())
/// ```
///
/// # Errors
///
/// What is wrong with the line.
pub fn read_change(line: &[u8]) -> Result<Option<Change>, LineError> {
    let line = bare(line);
    match line.first() {
        None => return Ok(None),
        Some(b'<') => return Err(LineError::Xml),
        Some(_) => {}
    }
    let by_sign = line.iter().any(|byte| matches!(byte, b',' | b'\t'));
    let parts = |byte: &u8| if by_sign { matches!(byte, b',' | b'\t') } else { *byte == b' ' };
    let mut fields = line.split(parts).map(<[u8]>::trim_ascii).filter(|field| by_sign || !field.is_empty());
    let first = fields.next().unwrap_or_default();
    let mut rest = fields.clone();
    // An area code by itself is followed by the seven digits that belong to it.
    let number = match rest.next() {
        Some(seven) if first.len() == 3 && seven.len() == 7 => {
            fields = rest;
            Nanp::parse(&[first, seven].concat())?
        }
        _ => Nanp::parse(first)?,
    };
    let (mut action, mut day, mut time) = (None, None, None);
    for field in fields.flat_map(|field| field.split(|byte| *byte == b' ')).filter(|field| !field.is_empty())
    {
        if let [letter @ (b'A' | b'D' | b'a' | b'd')] = field {
            let said = if letter.eq_ignore_ascii_case(&b'A') { Action::Added } else { Action::Removed };
            if action.replace(said).is_some() {
                return Err(LineError::ActionTwice);
            }
        } else if let Some((date, at)) = date_and_time(field) {
            if day.replace(date).is_some() {
                return Err(LineError::DateTwice);
            }
            time = at.or(time);
        } else if let (Some(at), Some(_), None) = (time_of_day(field), day, time) {
            time = Some(at);
        } else {
            return Err(LineError::Unknown);
        }
    }
    let at = day.map(|day: NaiveDate| day.and_time(time.unwrap_or(NaiveTime::MIN)));
    Ok(Some(Change { number, action: action.ok_or(LineError::NoAction)?, at }))
}

fn bare(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line).trim_ascii()
}

fn date_and_time(field: &[u8]) -> Option<(NaiveDate, Option<NaiveTime>)> {
    let text = core::str::from_utf8(field).ok()?;
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    let (year, month, day) = match (day.len(), day.as_bytes()) {
        (8, _) => (day.get(..4)?, day.get(4..6)?, day.get(6..)?),
        (10, [_, _, _, _, b'-', _, _, b'-', ..]) => (day.get(..4)?, day.get(5..7)?, day.get(8..)?),
        _ => return None,
    };
    let year = i32::try_from(digits(year)?).ok().filter(|year| *year >= 1000)?;
    let day = NaiveDate::from_ymd_opt(year, digits(month)?, digits(day)?)?;
    match time {
        None => Some((day, None)),
        Some(time) => Some((day, Some(time_of_day(time.as_bytes())?))),
    }
}

/// `HH:MM:SS`, with a fraction and a Z or without.
fn time_of_day(field: &[u8]) -> Option<NaiveTime> {
    let text = core::str::from_utf8(field).ok()?;
    NaiveTime::parse_from_str(text.strip_suffix('Z').unwrap_or(text), "%H:%M:%S%.f").ok()
}

/// The lines of a text, each read by `read`.
#[derive(Clone)]
pub struct Lines<'a, T> {
    rest: Option<&'a [u8]>,
    line: u64,
    read: fn(&[u8]) -> Result<Option<T>, LineError>,
}

impl<T> fmt::Debug for Lines<'_, T> {
    /// Customer data: where it is, and no text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lines(before line {})", self.line)
    }
}

/// The numbers of a text, one a line, with the lines that hold none: a whole file, or a piece of one that ends where a
/// line ends.
///
/// ```
/// use fixedops_consent::list::{Nanp, numbers};
/// let text = b"404,5550123\r\n\r\n911,5550123\r\n(212) 555-0100";
/// let (read, bad): (Vec<_>, Vec<_>) = numbers(text).partition(Result::is_ok);
/// assert_eq!(read.len(), 2);
/// assert_eq!(bad[0].unwrap_err().to_string(), "line 3: area_code: no area code: 200 to 999, not ending in 11");
/// ```
#[must_use]
pub fn numbers(text: &[u8]) -> Lines<'_, Nanp> {
    Lines { rest: Some(text), line: 1, read: read_number }
}

/// The changes of a text, one a line, with the lines that hold none; see [`read_change`].
#[must_use]
pub fn changes(text: &[u8]) -> Lines<'_, Change> {
    Lines { rest: Some(text), line: 1, read: read_change }
}

impl<T> Lines<'_, T> {
    /// Counts from this line on: for a piece of a longer text.
    #[must_use]
    pub const fn from_line(self, line: u64) -> Self {
        Self { line, ..self }
    }

    /// The line that is read next, from 1. At the end of a piece that ends with a line feed: the first of the next piece.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }
}

impl<T> Iterator for Lines<'_, T> {
    type Item = Result<T, BadLine>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let text = self.rest?;
            let line = self.line;
            let this = match text.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    let (this, rest) = text.split_at_checked(end)?;
                    self.rest = rest.get(1..);
                    self.line = line.saturating_add(1);
                    this
                }
                None => {
                    self.rest = None;
                    text
                }
            };
            match (self.read)(this) {
                Ok(None) => {}
                Ok(Some(value)) => return Some(Ok(value)),
                Err(reason) => return Some(Err(BadLine { line, reason })),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blank_lines_count_and_every_bad_one_is_named() {
        let text = b"\xEF\xBB\xBF404,5550123\r\n\n  \n212-555-0100 \n\xff\xfe\n404,555012\n404,1550123\n311,5550123\n<list>";
        let mut lines = numbers(text);
        let read: Vec<_> =
            lines.by_ref().map(|line| line.map(Nanp::expose).map_err(|e| e.to_string())).collect();
        assert_eq!(
            read,
            [
                Ok(4_045_550_123),
                Ok(2_125_550_100),
                Err("line 5: number: a character that belongs to no telephone number".to_owned()),
                Err("line 6: number: a character that belongs to no telephone number".to_owned()),
                Err("line 7: exchange: no exchange: 200 to 999, not ending in 11".to_owned()),
                Err("line 8: area_code: no area code: 200 to 999, not ending in 11".to_owned()),
                Err("line 9: line: XML; download the flat text file instead".to_owned()),
            ]
        );
        let mut piece = numbers(b"404,5550123\n\n").from_line(7);
        assert_eq!(piece.by_ref().count(), 1);
        assert_eq!(piece.line(), 9, "where the next piece goes on");
    }

    #[test]
    fn a_change_is_read_in_every_order_and_a_doubtful_one_is_refused() {
        use Action::{Added, Removed};
        let on = |text: &str| Some(text.parse::<NaiveDateTime>().unwrap());
        let day = on("2026-11-02T00:00:00");
        for (line, expected) in [
            ("404,5550123,A", Ok((Added, None))),
            ("404,5550123,2026-11-02,D", Ok((Removed, day))),
            ("404,5550123,D,2026-11-02", Ok((Removed, day))),
            ("4045550123,a,20261102", Ok((Added, day))),
            ("404\t5550123\t2026-11-02T13:30:00\tD", Ok((Removed, on("2026-11-02T13:30:00")))),
            ("404,5550123,2026-11-02 13:30:00.250,A,", Ok((Added, on("2026-11-02T13:30:00.250")))),
            ("4045550123 2026-11-02 13:30:00Z A", Ok((Added, on("2026-11-02T13:30:00")))),
            ("4045550123    20261102     D", Ok((Removed, day))),
            ("(404) 555-0123,A", Ok((Added, None))),
            ("404,5550123", Err(LineError::NoAction)),
            ("404,5550123,", Err(LineError::NoAction)),
            ("404,5550123,2026-11-02", Err(LineError::NoAction)),
            ("404,5550123,A,D", Err(LineError::ActionTwice)),
            ("404,5550123,A,2026-11-02,2026-11-03", Err(LineError::DateTwice)),
            ("404,5550123,A,2026-02-30", Err(LineError::Unknown)),
            ("404,5550123,A,11/02/2026", Err(LineError::Unknown)),
            ("404,5550123,A,0026-11-02", Err(LineError::Unknown)),
            ("404,5550123,A,2026-11-02T13:30:00+02:00", Err(LineError::Unknown)),
            ("404,5550123,A,13:30:00", Err(LineError::Unknown)),
            ("404,5550123,C", Err(LineError::Unknown)),
            ("404,5550123,ADD", Err(LineError::Unknown)),
            ("A,404,5550123", Err(LineError::Number(NanpError::Character))),
            ("404,555012,A", Err(LineError::Number(NanpError::Digits))),
            ("404,9115550,A", Err(LineError::Number(NanpError::Exchange))),
            ("<ph val=\"4045550123\"/>", Err(LineError::Xml)),
        ] {
            let read = read_change(line.as_bytes()).map(|change| change.unwrap());
            assert_eq!(read.map(|change| (change.action, change.at)), expected, "{line}");
            assert!(
                read.is_ok_and(|change| change.number.expose() == 4_045_550_123) || read.is_err(),
                "{line}"
            );
        }
        assert_eq!(read_change(b" \r"), Ok(None));
        let change = read_change(b"4045550123 A").unwrap().unwrap();
        assert_eq!(format!("{change:?}"), "Change(***23 Added)", "what is shown names nobody");
    }

    proptest! {
        /// No bytes make a reader panic, and every line is read, blank or named.
        #[test]
        fn any_text_is_read(text in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), b'0'..=b'9'], 0..200)) {
            let lines = 1 + text.iter().filter(|byte| **byte == b'\n').count();
            prop_assert!(numbers(&text).count() <= lines);
            prop_assert!(changes(&text).all(|line| line.map_or_else(|bad| bad.line <= lines as u64, |_| true)));
        }
    }
}
