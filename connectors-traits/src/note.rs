//! Notes that survive a DMS: what is written back as text, in fields that cut at 255 to 512 characters.
//!
//! A [`Note`] is a list of named fields, the most important first. [`Note::write`] makes texts of it that each fit the
//! limit; [`read`] finds them again among the notes of an order or a customer, in any order and mixed with other
//! people's, and says of each note whether it came back whole. A text begins with a head,
//! `[fo 01/02 1a2b3c4d]`: which part of how many, and the first 8 hex digits of the SHA-256 of all parts together. A
//! part that was cut, changed or lost shows by them; what stands whole in a first part can still be read
//! ([`salvaged`]), which is why the order of the fields matters.
//!
//! Texts hold printable ASCII only, so that characters, bytes and UTF-16 units are the same number in any DMS, and no
//! space where one would be trimmed or run together: everything else is written `%` and two hex digits per byte.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::WriteBack;

/// Characters of a head with the space behind it.
const HEAD: usize = 20;
/// Most parts of a note.
const MOST_PARTS: usize = 99;
/// The smallest field a note can be written to: a head, and room for a few characters.
pub const SMALLEST_LIMIT: usize = HEAD + 8;

/// What is to be written, as named fields, the most important first.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    fields: Vec<(String, String)>,
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A note of a customer names him.
        write!(f, "Note({} fields)", self.fields.len())
    }
}

/// Why a note cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// The field is too small for any note.
    #[error("a note field of {0} characters is too small: it takes {SMALLEST_LIMIT}")]
    LimitTooSmall(usize),
    /// The note is too long for this field, in as many parts as can be counted.
    #[error("note takes more than {MOST_PARTS} parts")]
    TooLong,
}

/// Why a note does not read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteFault {
    /// A part is not there.
    #[error("part {0} is missing")]
    Missing(usize),
    /// Something was cut off or changed.
    #[error("note was cut or changed")]
    Changed,
}

impl Note {
    /// A note of these fields, the most important first.
    #[must_use]
    pub const fn new(fields: Vec<(String, String)>) -> Self {
        Self { fields }
    }

    /// The note of a write-back: its kind and line, what it is worth and why, its key, then the rest.
    ///
    /// ```
    /// use fixedops_connectors_traits::note::{self, Note};
    /// use fixedops_connectors_traits::{IdempotencyKey, WriteBack, WriteBackKind, WriteBackTarget};
    /// let write_back = WriteBack {
    ///     key: IdempotencyKey("d/6044/9".to_owned()),
    ///     target: WriteBackTarget::RepairOrder("6044".parse()?),
    ///     kind: WriteBackKind::DeclineReason { line: "9".parse()?, reason: "too expensive".to_owned() },
    /// };
    /// let texts = Note::of(&write_back).write(255)?;
    /// assert_eq!(texts, ["[fo 01/01 30e39e4f] kind=decline_reason; line=9; reason=too expensive; key=d/6044/9"]);
    /// assert!(note::stands(&write_back, &texts));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(write_back: &WriteBack) -> Self {
        // The target is where the note stands; every other field of the record is a text, or money.
        let mut rest = BTreeMap::new();
        flatten("", &serde_json::to_value(write_back).unwrap_or_default(), &mut rest);
        rest.remove("ro");
        rest.remove("customer");
        let first = FIRST.iter().filter_map(|name| rest.remove_entry(*name)).collect::<Vec<_>>();
        Self { fields: first.into_iter().chain(rest).collect() }
    }

    /// The fields, in order.
    #[must_use]
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// Texts of at most `limit` characters each, to be written in this order.
    ///
    /// # Errors
    /// [`NoteError`] where the limit leaves no room.
    pub fn write(&self, limit: usize) -> Result<Vec<String>, NoteError> {
        if limit < SMALLEST_LIMIT {
            return Err(NoteError::LimitTooSmall(limit));
        }
        let body = self.body();
        let parts = cut(&body, limit - HEAD);
        if parts.len() > MOST_PARTS {
            return Err(NoteError::TooLong);
        }
        let (count, sum) = (parts.len(), checksum(&body));
        Ok(parts
            .iter()
            .enumerate()
            .map(|(index, part)| format!("[fo {:02}/{count:02} {sum}] {part}", index + 1))
            .collect())
    }

    fn body(&self) -> String {
        let field =
            |(name, value): &(String, String)| format!("{}={}", escaped(name, "=;%"), escaped(value, ";%"));
        let fields: Vec<_> = self.fields.iter().map(field).collect();
        fields.join("; ")
    }
}

/// Fields in the order of what a person at the counter needs most.
const FIRST: [&str; 9] =
    ["kind", "line", "amount", "reason", "disposition", "closure", "key", "receipt", "sold_on"];

fn flatten(name: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let whole = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&whole, value, into);
            }
        }
        Value::Null => {}
        Value::String(text) => drop(into.insert(name.to_owned(), text.clone())),
        other => drop(into.insert(name.to_owned(), other.to_string())),
    }
}

/// Whether a write-back stands whole among the notes of what it was written to.
#[must_use]
pub fn stands<T: AsRef<str>>(write_back: &WriteBack, texts: &[T]) -> bool {
    let wanted = Note::of(write_back);
    read(texts).iter().any(|found| found.as_ref() == Ok(&wanted))
}

/// Every note of ours among `texts`, in the order of their first parts, whole or with what is wrong with it. Other
/// people's notes are passed over. A part written twice counts once; where one of the two was cut or edited, the other.
#[must_use]
pub fn read<T: AsRef<str>>(texts: &[T]) -> Vec<Result<Note, NoteFault>> {
    let mut order = Vec::new();
    let mut notes: BTreeMap<(&str, usize), Parts<'_>> = BTreeMap::new();
    for text in texts {
        let Some(part) = Part::of(text.as_ref()) else { continue };
        let id = (part.sum, part.of);
        if !notes.contains_key(&id) {
            order.push(id);
        }
        notes.entry(id).or_default().entry(part.number).or_default().insert(part.body);
    }
    order.into_iter().filter_map(|id| notes.get(&id).map(|parts| join(id, parts))).collect()
}

/// The fields that stand whole at the beginning of a first part, however the rest was cut; empty where the text is no
/// first part of a note.
#[must_use]
pub fn salvaged(text: &str) -> Vec<(String, String)> {
    let Some(part) = Part::of(text).filter(|part| part.number == 1) else { return Vec::new() };
    let whole = part.of == 1 && checksum(part.body) == part.sum;
    let mut fields: Vec<&str> = part.body.split("; ").collect();
    if !whole {
        // Nobody can say whether the last one ends where it ends.
        fields.pop();
    }
    fields.into_iter().filter_map(field).collect()
}

/// The texts that stand for each part: one, unless somebody wrote a part again.
type Parts<'t> = BTreeMap<usize, BTreeSet<&'t str>>;

/// Most ways to put a note together from parts that stand there more than once.
const MOST_TRIES: usize = 4_096;

fn join((sum, of): (&str, usize), parts: &Parts<'_>) -> Result<Note, NoteFault> {
    let mut places = Vec::new();
    for number in 1..=of {
        let mut texts: Vec<_> = parts.get(&number).ok_or(NoteFault::Missing(number))?.iter().collect();
        // The longest first: what is shorter was cut more often than what is longer was added to.
        texts.sort_by_key(|text| core::cmp::Reverse(text.len()));
        places.push(texts);
    }
    let ways = places.iter().fold(1_usize, |ways, texts| ways.saturating_mul(texts.len()));
    let body = (0..ways.min(MOST_TRIES)).find_map(|way| {
        let mut left = way;
        let mut body = String::new();
        for texts in &places {
            body.push_str(texts.get(left % texts.len().max(1))?);
            left /= texts.len().max(1);
        }
        (checksum(&body) == sum).then_some(body)
    });
    let body = body.ok_or(NoteFault::Changed)?;
    if body.is_empty() {
        return Ok(Note::new(Vec::new()));
    }
    let fields: Option<Vec<_>> = body.split("; ").map(field).collect();
    fields.map(Note::new).ok_or(NoteFault::Changed)
}

fn field(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    Some((unescaped(name)?, unescaped(value)?))
}

/// One text, taken apart.
struct Part<'t> {
    number: usize,
    of: usize,
    sum: &'t str,
    body: &'t str,
}

impl<'t> Part<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let (head, body) = text.trim().strip_prefix("[fo ")?.split_once(']')?;
        let (place, sum) = head.split_once(' ')?;
        let (number, of) = place.split_once('/')?;
        let two = |digits: &str| {
            let fits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<usize>().ok().filter(|_| fits)
        };
        let (number, of) = (two(number)?, two(of)?);
        let fits =
            sum.len() == 8 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()) && (1..=of).contains(&number);
        fits.then(|| Self { number, of, sum, body: body.trim_start() })
    }
}

/// Pieces of at most `room` characters, none of which begins or ends with a space; at least one.
fn cut(body: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = body;
    while rest.len() > room {
        // Two spaces are never less than three apart, so one of these three places has none on either side of it.
        let clean = |at: &usize| {
            let around = rest.as_bytes().get(at.saturating_sub(1)..=*at).unwrap_or_default();
            around.iter().all(|byte| *byte != b' ')
        };
        let at = [room, room - 1, room - 2].into_iter().find(clean).unwrap_or(room);
        let Some((piece, behind)) = rest.split_at_checked(at) else { break };
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    pieces
}

fn checksum(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

fn escaped(text: &str, special: &str) -> String {
    let mut written = String::new();
    let bytes = text.as_bytes();
    for (place, &byte) in bytes.iter().enumerate() {
        let last = place + 1 == bytes.len();
        let behind = written.as_bytes();
        let kept = match byte {
            // At least two characters between two spaces, so that there is a place to cut between them.
            b' ' => !last && behind.len() >= 2 && !behind.iter().rev().take(2).any(|byte| *byte == b' '),
            b'!'..=b'~' => !special.contains(char::from(byte)),
            _ => false,
        };
        if kept { written.push(char::from(byte)) } else { written.push_str(&format!("%{byte:02X}")) }
    }
    written
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte == b'%' {
            let (hex, behind) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(core::str::from_utf8(hex).ok()?, 16).ok()?);
            rest = behind;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
