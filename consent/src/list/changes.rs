use core::cmp::Ordering;
use core::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::nanp::{LINES, PLACES};
use super::write::{date, days};
use super::{Action, Change, ListError, ListKind, Nanp};

const MAGIC: [u8; 8] = [0x8F, b'D', b'N', b'C', b'C', b'\r', b'\n', 0x1A];
const VERSION: u16 = 1;
const HEADER: usize = 48;
/// The checksum at the end.
const END: usize = 4;

/// What came on to a list and went off it between two of its dates.
///
/// It goes on top of the list of exactly `since`, which it makes the list of `date`: so nothing is skipped, and nothing
/// is done twice. Of several changes to a number the latest counts; where a day has both without a time, the number is
/// listed. Changes without a day count as the latest.
///
/// ```
/// use chrono::NaiveDate;
/// use fixedops_consent::list::{Changes, ListKind, changes};
/// let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).expect("a date");
/// let text = b"404,5550123,2026-11-02,A\n404,5550123,2026-11-03,D\n212,5550100,2026-11-02,A\n";
/// let read = changes(text).collect::<Result<Vec<_>, _>>()?;
/// let changes = Changes::new(ListKind::National, day(1), day(3), read)?;
/// assert_eq!((changes.added().len(), changes.removed().len()), (1, 1));
/// assert_eq!(Changes::from_bytes(&changes.to_bytes())?, changes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Changes {
    kind: ListKind,
    since: NaiveDate,
    date: NaiveDate,
    added: Vec<Nanp>,
    removed: Vec<Nanp>,
}

/// Why changes make no list of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangesError {
    /// They end no later than they begin.
    #[error("changes since {since} lead to {date}, which is not later")]
    Backwards {
        /// Date of the list they go on top of.
        since: NaiveDate,
        /// Date they lead to.
        date: NaiveDate,
    },
    /// A change bears a date before or after them: another file, or another date was meant.
    #[error("a change of {at} lies outside {since} to {date}")]
    Outside {
        /// Date of the change.
        at: NaiveDate,
        /// Date of the list they go on top of.
        since: NaiveDate,
        /// Date they lead to.
        date: NaiveDate,
    },
}

impl Changes {
    /// Of the list of `since`, up to `date`. A change dated on either of the two days belongs to them.
    ///
    /// # Errors
    ///
    /// [`ChangesError`], with the dates.
    pub fn new(
        kind: ListKind,
        since: NaiveDate,
        date: NaiveDate,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<Self, ChangesError> {
        if date <= since {
            return Err(ChangesError::Backwards { since, date });
        }
        let mut all = Vec::new();
        for Change { number, action, at } in changes {
            if let Some(at) = at.map(|at| at.date()).filter(|at| !(since..=date).contains(at)) {
                return Err(ChangesError::Outside { at, since, date });
            }
            all.push((
                number,
                at.unwrap_or(NaiveDateTime::new(date, NaiveTime::MIN) + chrono::Days::new(1)),
                action,
            ));
        }
        all.sort_unstable();
        let mut made = Self { kind, since, date, added: vec![], removed: vec![] };
        for same in all.chunk_by(|one, other| one.0 == other.0) {
            match same.last() {
                Some((number, _, Action::Added)) => made.added.push(*number),
                Some((number, _, Action::Removed)) => made.removed.push(*number),
                None => {}
            }
        }
        Ok(made)
    }

    /// Whose list they change.
    #[must_use]
    pub fn kind(&self) -> ListKind {
        self.kind
    }

    /// Date of the list they go on top of.
    #[must_use]
    pub fn since(&self) -> NaiveDate {
        self.since
    }

    /// Date of the list that they make.
    #[must_use]
    pub fn date(&self) -> NaiveDate {
        self.date
    }

    /// Numbers that came on to the list, in order. Customer data.
    #[must_use]
    pub fn added(&self) -> &[Nanp] {
        &self.added
    }

    /// Numbers that went off the list, in order. Customer data.
    #[must_use]
    pub fn removed(&self) -> &[Nanp] {
        &self.removed
    }

    /// As bytes, to be kept in a file: a header, the numbers as distances from one to the next in groups of seven bits,
    /// and a checksum of all of it. Some three bytes a number.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        put(&self.added, &mut body);
        put(&self.removed, &mut body);
        let length = HEADER + body.len() + END;
        let (code, state) = self.kind.code();
        let mut file = Vec::with_capacity(length);
        file.extend_from_slice(&MAGIC);
        file.extend_from_slice(&VERSION.to_le_bytes());
        file.extend_from_slice(&[code, 0]);
        file.extend_from_slice(&state);
        file.extend_from_slice(&[0; 2]);
        file.extend_from_slice(&days(self.since).to_le_bytes());
        file.extend_from_slice(&days(self.date).to_le_bytes());
        file.extend_from_slice(&(self.added.len() as u64).to_le_bytes());
        file.extend_from_slice(&(self.removed.len() as u64).to_le_bytes());
        file.extend_from_slice(&(length as u64).to_le_bytes());
        file.extend_from_slice(&body);
        let crc = crc32fast::hash(&file);
        file.extend_from_slice(&crc.to_le_bytes());
        file
    }

    /// From what [`Changes::to_bytes`] wrote, and nothing else.
    ///
    /// # Errors
    ///
    /// What is wrong with the bytes.
    pub fn from_bytes(file: &[u8]) -> Result<Self, ListError> {
        let have = file.len() as u64;
        if !file.starts_with(MAGIC.get(..file.len().min(MAGIC.len())).unwrap_or_default()) {
            return Err(ListError::NotAList);
        }
        let header = file.first_chunk::<HEADER>().filter(|_| file.len() >= HEADER + END);
        let header = header.ok_or(ListError::Truncated { have, needed: (HEADER + END) as u64 })?;
        let found = u16::from_le_bytes(at(header, 8));
        if found != VERSION {
            return Err(ListError::Version { found, known: VERSION });
        }
        let needed = u64::from_le_bytes(at(header, 40));
        match have.cmp(&needed) {
            Ordering::Less => return Err(ListError::Truncated { have, needed }),
            Ordering::Greater => return Err(ListError::TooLong { extra: have - needed, needed }),
            Ordering::Equal => {}
        }
        let (covered, crc) = file.split_last_chunk::<END>().ok_or(ListError::NotAList)?;
        let (found, stored) = (crc32fast::hash(covered), u32::from_le_bytes(*crc));
        if found != stored {
            return Err(ListError::Checksum { part: "body", found, stored });
        }
        let content = |field, value| ListError::Content { field, value };
        let [code, zero, one, other] = at(header, 10);
        let kind = ListKind::from_code(code, [one, other]).ok_or(content("kind", u64::from(code)))?;
        if zero != 0 || at(header, 14) != [0; 2] {
            return Err(content("reserved field", u64::from(zero)));
        }
        let day = |place| {
            let day = i32::from_le_bytes(at(header, place));
            date(day).ok_or(content("date", u64::from(day.cast_unsigned())))
        };
        let (since, date) = (day(16)?, day(20)?);
        if date <= since {
            return Err(content("date", u64::from(days(date).cast_unsigned())));
        }
        let mut rest = covered.get(HEADER..).unwrap_or_default();
        let (added, removed) = (u64::from_le_bytes(at(header, 24)), u64::from_le_bytes(at(header, 32)));
        let added = take(&mut rest, added).ok_or(content("numbers added", added))?;
        let removed = take(&mut rest, removed).ok_or(content("numbers removed", removed))?;
        if !rest.is_empty() {
            return Err(content("bytes behind the numbers", rest.len() as u64));
        }
        if let Some(twice) = removed.iter().position(|number| added.binary_search(number).is_ok()) {
            return Err(content("number removed and added", twice as u64));
        }
        Ok(Self { kind, since, date, added, removed })
    }
}

impl fmt::Debug for Changes {
    /// Kind, dates and counts; no number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, since, date, added, removed } = self;
        write!(f, "Changes({kind}, {since} to {date}, {} added, {} removed)", added.len(), removed.len())
    }
}

fn at<const N: usize>(header: &[u8; HEADER], at: usize) -> [u8; N] {
    header.get(at..).and_then(<[u8]>::first_chunk::<N>).copied().unwrap_or([0; N])
}

/// Numbers of the plan one after the other, gaps included.
fn place(number: Nanp) -> u64 {
    let (area, exchange) = number.places();
    (area * PLACES + exchange) as u64 * u64::from(LINES) + u64::from(number.line())
}

fn put(numbers: &[Nanp], body: &mut Vec<u8>) {
    let mut next = 0;
    for number in numbers {
        let mut gap = place(*number).saturating_sub(next);
        next = place(*number) + 1;
        while gap > 0x7f {
            body.push(0x80 | gap.to_le_bytes()[0]);
            gap >>= 7;
        }
        body.push(gap.to_le_bytes()[0]);
    }
}

fn take(rest: &mut &[u8], count: u64) -> Option<Vec<Nanp>> {
    // A number has a byte at least: no header makes room for more than there are.
    let mut numbers = Vec::with_capacity(usize::try_from(count).ok()?.min(rest.len()));
    let mut next = 0_u64;
    for _ in 0..count {
        let (mut gap, mut shift) = (0_u64, 0);
        loop {
            let (byte, behind) = rest.split_first()?;
            *rest = behind;
            gap |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                if *byte == 0 && shift > 7 {
                    return None;
                }
                break;
            }
            if shift > 28 {
                return None;
            }
        }
        let place = next.checked_add(gap)?;
        next = place + 1;
        let (front, line) = (place / u64::from(LINES), u16::try_from(place % u64::from(LINES)).ok()?);
        let front = usize::try_from(front).ok()?;
        numbers.push(Nanp::at(front / PLACES, front % PLACES, line)?);
    }
    Some(numbers)
}
