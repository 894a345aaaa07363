use std::collections::BTreeMap;

use fixedops_vocab::{OpCode, PolicyVersion, ServiceId};

/// Which service of the schedule an operation of a dealer stands for, as versioned data. Codes differ by dealer.
///
/// A code is looked up before the name of the operation. A pattern holds `*` for any run of characters (`LOF*`, `*ROT`,
/// `*oil change*`); an exact entry wins over patterns, the longer pattern over the shorter. Two patterns of one length that may
/// both be a code's and mean different things are refused when the map is loaded. Names are compared in lower case with
/// single spaces and without punctuation.
///
/// An operation may be excluded from look-back: it has to do with a service and is not one. A tyre repair last month is
/// not the last tyre service, and no interval counts from it.
///
/// ```
/// use fixedops_odometer_core::{OpCodes, Operation};
/// let map = OpCodes::from_toml(r#"
///     version = "op_codes/main-street/1"
///     effective = 2026-11-28
///     source = "The store's own operation file."
///     [codes]
///     "LOF*" = "oil_service"
///     ROT = "tire_rotation"
///     [names]
///     "*oil change*" = "oil_service"
///     [excluded]
///     LOFTOP = "a top-up is no oil service"
/// "#)?;
/// let code = |text: &str| text.parse().ok();
/// assert_eq!(map.operation(code("LOF5").as_ref(), None), Operation::Service(&"oil_service".parse()?));
/// assert_eq!(map.operation(code("LOFTOP").as_ref(), None), Operation::Excluded("a top-up is no oil service"));
/// assert_eq!(map.operation(code("X1").as_ref(), Some("Oil change, 0W-20")), Operation::Service(&"oil_service".parse()?));
/// assert_eq!(map.operation(code("X1").as_ref(), None), Operation::Unmapped);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpCodes {
    version: PolicyVersion,
    source: String,
    codes: Entries,
    names: Entries,
}

/// What an operation means to the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every answer")]
pub enum Operation<'a> {
    /// It is this service: its interval counts from here.
    Service(&'a ServiceId),
    /// It is known and no service, for this reason: look further back.
    Excluded(&'a str),
    /// Nobody has said what it is.
    Unmapped,
}

/// What an entry of a map says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Meaning {
    Service(ServiceId),
    Excluded(String),
}

/// Exact entries and patterns, the longest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entries {
    exact: BTreeMap<String, Meaning>,
    patterns: Vec<(Pattern, Meaning)>,
}

/// Text with `*` in it: what stands before the first, between two, and after the last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pattern {
    before: String,
    between: Vec<String>,
    after: String,
}

impl Pattern {
    /// None without a `*`, or with nothing but.
    fn of(text: &str) -> Option<Self> {
        let (before, rest) = text.split_once('*')?;
        let mut between: Vec<String> = rest.split('*').map(str::to_owned).collect();
        let after = between.pop()?;
        between.retain(|part| !part.is_empty());
        let pattern = Self { before: before.to_owned(), between, after };
        (pattern.len() > 0).then_some(pattern)
    }

    fn matches(&self, text: &str) -> bool {
        let inner = text.strip_prefix(&self.before).and_then(|rest| rest.strip_suffix(&self.after));
        // Each part as early as it can be leaves the most for the next.
        let next = |rest, part: &String| str::split_once(rest, part.as_str()).map(|(_, rest)| rest);
        inner.is_some_and(|inner| self.between.iter().try_fold(inner, next).is_some())
    }

    /// How many characters it names.
    fn len(&self) -> usize {
        let between: usize = self.between.iter().map(String::len).sum();
        self.before.len().saturating_add(between).saturating_add(self.after.len())
    }

    /// Whether some text matches both: one that holds the parts of both in turn does, where neither end contradicts the
    /// other's.
    fn meets(&self, other: &Self) -> bool {
        (self.before.starts_with(&other.before) || other.before.starts_with(&self.before))
            && (self.after.ends_with(&other.after) || other.after.ends_with(&self.after))
    }
}

impl core::fmt::Display for Pattern {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}*", self.before)?;
        for part in &self.between {
            write!(f, "{part}*")?;
        }
        f.write_str(&self.after)
    }
}

impl Entries {
    fn add(&mut self, text: &str, plain: String, meaning: Meaning) -> Result<(), OpCodesError> {
        if plain.chars().all(|c| c == '*' || c == ' ') {
            return Err(OpCodesError::Empty(text.to_owned()));
        }
        let Some(pattern) = Pattern::of(&plain) else {
            return match self.exact.insert(plain, meaning) {
                Some(_) => Err(OpCodesError::Twice(text.to_owned())),
                None => Ok(()),
            };
        };
        let rival = self.patterns.iter().find(|(known, means)| {
            known.len() == pattern.len() && known.meets(&pattern) && *means != meaning
        });
        if let Some((rival, _)) = rival {
            return Err(OpCodesError::Ambiguous { one: rival.to_string(), other: text.to_owned() });
        }
        self.patterns.push((pattern, meaning));
        Ok(())
    }

    fn sorted(mut self) -> Self {
        self.patterns
            .sort_by(|(one, _), (other, _)| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        self
    }

    fn get(&self, text: &str) -> Option<&Meaning> {
        self.exact.get(text).or_else(|| {
            self.patterns.iter().find(|(pattern, _)| pattern.matches(text)).map(|(_, means)| means)
        })
    }
}

impl Meaning {
    fn operation(&self) -> Operation<'_> {
        match self {
            Self::Service(service) => Operation::Service(service),
            Self::Excluded(reason) => Operation::Excluded(reason),
        }
    }
}

impl OpCodes {
    /// A map from its parts: patterns of codes and of names with the service they stand for, and patterns of codes that
    /// are no service, each with the reason.
    ///
    /// # Errors
    /// [`OpCodesError`] naming the entry.
    pub fn new(
        version: PolicyVersion,
        source: impl Into<String>,
        codes: impl IntoIterator<Item = (String, ServiceId)>,
        names: impl IntoIterator<Item = (String, ServiceId)>,
        excluded: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, OpCodesError> {
        let source = source.into();
        if source.trim().is_empty() {
            return Err(OpCodesError::NoSource);
        }
        let mut by_code = Entries::default();
        for (text, service) in codes {
            by_code.add(&text, plain_code(&text), Meaning::Service(service))?;
        }
        for (text, reason) in excluded {
            if reason.trim().is_empty() {
                return Err(OpCodesError::NoReason(text));
            }
            by_code.add(&text, plain_code(&text), Meaning::Excluded(reason))?;
        }
        let mut by_name = Entries::default();
        for (text, service) in names {
            by_name.add(&text, plain_name(&text), Meaning::Service(service))?;
        }
        Ok(Self { version, source, codes: by_code.sorted(), names: by_name.sorted() })
    }

    /// The sample map that ships with this crate (`policies/op_codes.toml`); a store brings its own.
    #[cfg(feature = "serde")]
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "the embedded file is read by a test")]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../policies/op_codes.toml")).expect("a test reads the embedded map")
    }

    /// A map from the text of a file shaped like the shipped one.
    ///
    /// # Errors
    /// [`OpCodesError`] naming the line or the entry.
    #[cfg(feature = "serde")]
    pub fn from_toml(text: &str) -> Result<Self, OpCodesError> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            version: PolicyVersion,
            #[serde(rename = "effective")]
            _effective: toml::value::Datetime,
            source: String,
            codes: BTreeMap<String, ServiceId>,
            #[serde(default)]
            names: BTreeMap<String, ServiceId>,
            #[serde(default)]
            excluded: BTreeMap<String, String>,
        }
        let file: File = toml::from_str(text).map_err(|error| OpCodesError::Shape(error.to_string()))?;
        Self::new(file.version, file.source, file.codes, file.names, file.excluded)
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What an operation with this code and this name means. A code that the map knows decides; the name is asked only
    /// where it does not.
    #[must_use]
    pub fn operation(&self, code: Option<&OpCode>, name: Option<&str>) -> Operation<'_> {
        code.and_then(|code| self.codes.get(code.as_str()))
            .or_else(|| self.names.get(&plain_name(name?)))
            .map_or(Operation::Unmapped, Meaning::operation)
    }

    /// The service `code` stands for; None where it is excluded from look-back or not known.
    #[must_use]
    pub fn service(&self, code: &OpCode) -> Option<&ServiceId> {
        match self.operation(Some(code), None) {
            Operation::Service(service) => Some(service),
            Operation::Excluded(_) | Operation::Unmapped => None,
        }
    }

    /// Every service the map names, once, in order.
    #[must_use]
    pub fn services(&self) -> Vec<&ServiceId> {
        let all = [&self.codes, &self.names];
        let mut services: Vec<&ServiceId> = all
            .iter()
            .flat_map(|entries| entries.exact.values().chain(entries.patterns.iter().map(|(_, means)| means)))
            .filter_map(|means| match means {
                Meaning::Service(service) => Some(service),
                Meaning::Excluded(_) => None,
            })
            .collect();
        services.sort();
        services.dedup();
        services
    }

    /// The exact codes that stand for `service`. Codes that only a pattern covers are not among them: ask
    /// [`service`](Self::service) about each code one has.
    pub fn codes_of<'a>(&'a self, service: &'a ServiceId) -> impl Iterator<Item = OpCode> + 'a {
        self.codes
            .exact
            .iter()
            .filter(move |(_, means)| matches!(means, Meaning::Service(known) if known == service))
            .filter_map(|(code, _)| OpCode::new(code).ok())
    }
}

/// As [`OpCode`] writes codes, with `*` left in its place.
fn plain_code(text: &str) -> String {
    text.trim().to_ascii_uppercase()
}

/// Lower case, letters and digits, single spaces; `*` stays where it is.
fn plain_name(text: &str) -> String {
    let lower: String = text
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() || c == '*' { c } else { ' ' })
        .collect();
    let words: Vec<&str> = lower.split_whitespace().collect();
    words.join(" ")
}

/// Why a map was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpCodesError {
    /// Not TOML of the right shape; the text names line, column and field.
    #[error("op codes: {0}")]
    Shape(String),
    /// A map that comes from nowhere.
    #[error("op codes: the source is empty")]
    NoSource,
    /// An exclusion without a reason.
    #[error("op codes: excluded {0:?} has no reason")]
    NoReason(String),
    /// An entry without a letter, or `*` alone.
    #[error("op codes: {0:?} would match anything or nothing")]
    Empty(String),
    /// One entry twice (codes are compared in upper case, names without punctuation).
    #[error("op codes: {0:?} stands there twice")]
    Twice(String),
    /// Two patterns of one length that may both match and mean different things.
    #[error("op codes: {one:?} and {other:?} may both match a code and mean different things")]
    Ambiguous {
        /// One.
        one: String,
        /// The other.
        other: String,
    },
}

#[cfg(all(test, feature = "serde"))]
#[allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Schedule;

    fn map(body: &str) -> Result<OpCodes, OpCodesError> {
        OpCodes::from_toml(&format!("version = \"v\"\neffective = 2026-01-01\nsource = \"test\"\n{body}"))
    }

    #[test]
    fn the_shipped_map_reads_and_names_services_of_the_shipped_schedule() {
        let (codes, schedule) = (OpCodes::shipped(), Schedule::shipped());
        assert!(!codes.services().is_empty());
        for service in codes.services() {
            assert!(schedule.rule(service).is_some(), "{service} is not in the schedule");
        }
    }

    #[test]
    fn the_most_exact_entry_wins() {
        let map = map("[codes]\n\"L*\" = \"other\"\n\"LOF*\" = \"oil_service\"\n\"*AX\" = \"ends_in_x\"\n\"LO*DAX\" = \"lo_x\"\nLOFX = \"exactly\"\nlow = \"upper_case\"\n[names]\n\"*tire rotation*\" = \"tire_rotation\"\n\"Oil & Filter\" = \"oil_service\"\n[excluded]\n\"LOFT*\" = \"a top-up\"\nLOF9 = \"void\"\n").unwrap();
        for (case, code, name, expected) in [
            ("exact over every pattern", Some("LOFX"), None, "exactly"),
            ("the longest pattern", Some("LOF5"), None, "oil_service"),
            ("head and tail together are longer", Some("LODAX"), None, "lo_x"),
            ("the shortest that matches", Some("LUBE"), None, "other"),
            ("a tail", Some("BRAX"), None, "ends_in_x"),
            ("a pattern is longer than its text", Some("LO"), None, "other"),
            ("case does not matter", Some("lOw"), None, "upper_case"),
            ("excluded by a longer pattern", Some("LOFTOP"), None, "excluded: a top-up"),
            ("excluded exactly", Some("LOF9"), None, "excluded: void"),
            (
                "an excluded code is not saved by its name",
                Some("LOF9"),
                Some("tire rotation"),
                "excluded: void",
            ),
            (
                "the name where the code says nothing",
                Some("99"),
                Some("4-wheel TIRE  rotation"),
                "tire_rotation",
            ),
            ("punctuation does not matter", None, Some("oil filter"), "oil_service"),
            ("not where its words do not follow", Some("99"), Some("rotation of the tire"), "unmapped"),
            ("nobody said what it is", Some("99"), Some("wash"), "unmapped"),
            ("nothing is nothing", None, None, "unmapped"),
        ] {
            let code = code.map(|code| OpCode::new(code).unwrap());
            let found = match map.operation(code.as_ref(), name) {
                Operation::Service(service) => service.to_string(),
                Operation::Excluded(reason) => format!("excluded: {reason}"),
                Operation::Unmapped => "unmapped".to_owned(),
            };
            assert_eq!(found, expected, "{case}");
        }
    }

    #[test]
    fn a_map_that_cannot_be_meant_is_refused_with_the_entry() {
        for (body, says) in [
            ("[codes]\nLOF = \"Oil Service\"", "line 5"),
            ("[codes]\nLOF = \"oil\"\nlof = \"oil\"", "stands there twice"),
            ("[codes]\nLOF = \"oil\"\n[excluded]\nLOF = \"why\"", "\"LOF\" stands there twice"),
            ("[codes]\n\"*\" = \"oil\"", "anything or nothing"),
            ("[codes]\n\" \" = \"oil\"", "anything or nothing"),
            ("[codes]\n\"* *\" = \"oil\"", "anything or nothing"),
            ("[codes]\n[names]\n\"*oil*\" = \"oil\"\n\"*top*\" = \"top\"", "may both match"),
            ("[codes]\n\"LO*\" = \"oil\"\n\"*OF\" = \"brakes\"", "\"*OF\" and \"LO*\""),
            ("[codes]\n\"LO*\" = \"oil\"\n[excluded]\n\"L*F\" = \"why\"", "may both match"),
            ("[codes]\n[names]\n\"oil*\" = \"oil\"\n\"*oil\" = \"brakes\"", "may both match"),
            ("[codes]\n[excluded]\nLOF = \" \"", "has no reason"),
            ("[colours]", "colours"),
        ] {
            let error = map(body).unwrap_err().to_string();
            assert!(error.contains(says), "{body}: {error}");
        }
        map("[codes]\n\"LO*\" = \"oil\"\n\"L*F\" = \"oil\"\n\"RO*\" = \"tires\"\n\"LOFA*\" = \"x\"").unwrap();
        let unsourced = "version = \"v\"\neffective = 2026-01-01\nsource = \" \"\n[codes]\n";
        assert_eq!(OpCodes::from_toml(unsourced), Err(OpCodesError::NoSource));
    }

    proptest! {
        /// Whatever a map that was not refused holds: the order of its entries decides nothing.
        #[test]
        fn the_order_of_entries_decides_nothing(
            entries in prop::collection::vec(("[AB]{0,2}\\*?[AB]{0,2}\\*?[AB]?", 0..3_u8), 1..8), code in "[AB]{1,6}",
        ) {
            let entries: Vec<(String, ServiceId)> = entries
                .into_iter()
                .map(|(text, service)| (text, format!("s{service}").parse().unwrap()))
                .collect();
            let make = |entries: Vec<(String, ServiceId)>| {
                OpCodes::new("v".parse().unwrap(), "test", entries, Vec::new(), Vec::new())
            };
            let backwards = entries.iter().rev().cloned().collect();
            let code = OpCode::new(code).unwrap();
            match (make(entries), make(backwards)) {
                (Ok(one), Ok(other)) => prop_assert_eq!(one.service(&code), other.service(&code)),
                (one, other) => prop_assert!(one.is_err() && other.is_err()),
            }
        }

        #[test]
        fn no_text_breaks_a_map(text in ".*", name in ".*") {
            let _ = OpCodes::from_toml(&text);
            let _ = OpCodes::shipped().operation(OpCode::new(&text).ok().as_ref(), Some(&name));
        }
    }
}
