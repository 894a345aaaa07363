use core::fmt;
use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use fixedops_vocab::{Currency, InspectionId, Money, PolicyVersion, RoId};
use rust_decimal::Decimal;

use crate::PolicyError;
use crate::policy::policy_doors;

/// What a technician is paid for good inspections (a SPIFF), as written: [`SpiffPolicy::new`] checks it.
/// Amounts are text in TOML: `per_photo = "1.50"`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct SpiffPolicyDraft {
    /// Name and version, as every entry cites it.
    pub version: PolicyVersion,
    /// Who decided it.
    pub source: String,
    /// First day it is paid for.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::policy::date"))]
    pub from: NaiveDate,
    /// Last day.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::policy::date"))]
    pub until: NaiveDate,
    /// The currency of everything below.
    pub currency: Currency,
    /// For each photo that is evidence of a finding.
    pub per_photo: Decimal,
    /// For a complete inspection.
    pub per_completion: Decimal,
    /// The most one inspection earns.
    pub cap_inspection: Decimal,
    /// The most a technician earns in a day.
    pub cap_day: Decimal,
    /// The most a technician earns in a calendar month.
    pub cap_month: Decimal,
}

/// A checked policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpiffPolicy(SpiffPolicyDraft);

impl SpiffPolicy {
    /// Checks a policy.
    ///
    /// # Errors
    /// [`PolicyError`] naming the field of the first fault.
    pub fn new(draft: SpiffPolicyDraft) -> Result<Self, PolicyError> {
        for (field, amount) in [
            ("per_photo", draft.per_photo),
            ("per_completion", draft.per_completion),
            ("cap_inspection", draft.cap_inspection),
            ("cap_day", draft.cap_day),
            ("cap_month", draft.cap_month),
        ] {
            let money =
                Money::new(amount, draft.currency).map_err(|e| PolicyError::at(field, e.to_string()))?;
            if money.amount().is_sign_negative() && !money.amount().is_zero() {
                return Err(PolicyError::at(field, "is below zero"));
            }
        }
        if draft.from > draft.until {
            return Err(PolicyError::at("until", "is before from"));
        }
        Ok(Self(draft))
    }
}

policy_doors!(SpiffPolicy(SpiffPolicyDraft) in 0);

/// What a technician earned by one inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Earned {
    /// The technician, by his number.
    pub technician: String,
    /// The inspection.
    pub inspection: InspectionId,
    /// Its repair order.
    pub ro: RoId,
    /// For what.
    pub reason: SpiffReason,
    /// How many: photos that are evidence; 1 for a completion.
    pub count: u32,
    /// The day, by the store's calendar.
    pub on: NaiveDate,
}

/// What a SPIFF is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SpiffReason {
    /// Photos.
    Photos,
    /// A complete inspection; an exempted one is none.
    Completion,
    /// An entry taken back.
    Reversal,
}

/// One line of the ledger; as it stands, a row for payroll.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a plain row")]
pub struct SpiffEntry {
    /// Unique in the ledger: the inspection and the reason, and which time it is, where one before was taken back.
    pub key: String,
    /// The technician, by his number.
    pub technician: String,
    /// The repair order.
    pub ro: RoId,
    /// For what.
    pub reason: SpiffReason,
    /// How many.
    pub count: u32,
    /// The amount; below zero for a reversal.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// The day.
    pub on: NaiveDate,
    /// What it would have been without caps.
    pub uncapped: Decimal,
    /// The policy.
    pub policy: PolicyVersion,
}

/// What became of something earned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every answer")]
pub enum Credit {
    /// A new entry.
    Entered(SpiffEntry),
    /// It was entered before, or there is nothing to take back: nothing changed.
    Already,
    /// The policy does not pay on that day.
    NotThen,
    /// Caps are reached, or nothing is paid for it.
    NothingLeft,
}

/// Who is owed what. Entries keep the order they came in; an entry is made once whatever is offered again, and once more
/// only after it was taken back.
///
/// ```
/// use chrono::NaiveDate;
/// use fixedops_mpi_score::{Credit, Earned, SpiffLedger, SpiffPolicy, SpiffReason};
/// let policy = SpiffPolicy::from_toml(r#"
///     version = "spiff_spring/1"
///     source = "the store"
///     from = "2026-03-01"
///     until = "2026-05-31"
///     currency = "USD"
///     per_photo = "0.50"
///     per_completion = "5.00"
///     cap_inspection = "8.00"
///     cap_day = "40.00"
///     cap_month = "400.00""#)?;
/// let mut ledger = SpiffLedger::default();
/// let photos = Earned {
///     technician: "T-4".to_owned(),
///     inspection: "i-1".parse()?,
///     ro: "north/6044".parse()?,
///     reason: SpiffReason::Photos,
///     count: 20,
///     on: NaiveDate::from_ymd_opt(2026, 3, 2).expect("a day"),
/// };
/// // Twenty photos are ten dollars, and the inspection earns eight at most.
/// let Credit::Entered(entry) = ledger.credit(&photos, &policy) else { panic!("nothing was entered") };
/// assert_eq!(entry.amount.to_string(), "8.00");
/// assert_eq!(ledger.credit(&photos, &policy), Credit::Already);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpiffLedger {
    entries: Vec<SpiffEntry>,
    /// Where each key stands among the entries.
    keys: BTreeMap<String, usize>,
    /// By inspection (as keys spell it) and reason: the last entry.
    last: BTreeMap<(String, SpiffReason), usize>,
    /// What was paid, by what a cap is for; an entry taken back no longer counts.
    paid: BTreeMap<Cap, Decimal>,
}

/// What a cap is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cap {
    /// One inspection, as keys spell it.
    Inspection(String),
    /// A technician's day, in one currency.
    Day(String, String, NaiveDate),
    /// A technician's calendar month, in one currency.
    Month(String, String, i32, u32),
}

impl Cap {
    /// All that something counts against.
    fn all(inspection: &str, technician: &str, currency: Currency, on: NaiveDate) -> [Self; 3] {
        let (technician, currency) = (technician.to_owned(), currency.to_string());
        [
            Self::Inspection(inspection.to_owned()),
            Self::Day(technician.clone(), currency.clone(), on),
            Self::Month(technician, currency, on.year(), on.month()),
        ]
    }
}

/// A stored ledger that is none: two entries with one key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {key:?} is there twice")]
#[allow(clippy::exhaustive_structs, reason = "the key is all there is")]
pub struct EntryTwice {
    /// The key.
    pub key: String,
}

impl SpiffLedger {
    /// A ledger that was stored.
    ///
    /// # Errors
    /// [`EntryTwice`] where two entries have one key.
    pub fn from_entries(entries: Vec<SpiffEntry>) -> Result<Self, EntryTwice> {
        let mut ledger = Self::default();
        for (place, entry) in entries.iter().enumerate() {
            if ledger.keys.insert(entry.key.clone(), place).is_some() {
                return Err(EntryTwice { key: entry.key.clone() });
            }
        }
        ledger.entries = entries;
        (0..ledger.entries.len()).for_each(|place| ledger.count(place));
        Ok(ledger)
    }

    /// Every entry, in the order it came in: the rows for payroll.
    #[must_use]
    pub fn entries(&self) -> &[SpiffEntry] {
        &self.entries
    }

    /// Enters what was earned, once, within the caps; what was taken back can be earned again.
    pub fn credit(&mut self, earned: &Earned, policy: &SpiffPolicy) -> Credit {
        let table = policy.table();
        let Some(key) = self.free_key(&earned.inspection, earned.reason) else { return Credit::Already };
        if earned.on < table.from || earned.on > table.until {
            return Credit::NotThen;
        }
        let rate = match earned.reason {
            SpiffReason::Photos => table.per_photo,
            SpiffReason::Completion => table.per_completion,
            SpiffReason::Reversal => return Credit::NothingLeft,
        };
        let uncapped = rate.saturating_mul(Decimal::from(earned.count));
        let caps = Cap::all(inspection_of(&key), &earned.technician, table.currency, earned.on);
        let most = [table.cap_inspection, table.cap_day, table.cap_month];
        let left = caps
            .iter()
            .zip(most)
            .map(|(cap, most)| most.saturating_sub(self.paid.get(cap).copied().unwrap_or_default()));
        let mut amount = left.fold(uncapped, Decimal::min);
        amount.rescale(2);
        if amount <= Decimal::ZERO {
            return Credit::NothingLeft;
        }
        self.enter(SpiffEntry {
            key,
            technician: earned.technician.clone(),
            ro: earned.ro.clone(),
            reason: earned.reason,
            count: earned.count,
            amount,
            currency: table.currency,
            on: earned.on,
            uncapped,
            policy: table.version.clone(),
        })
    }

    /// Takes an entry back, once: the inspection was reopened, a photo was no evidence. It is a row of the day `on`, and makes
    /// room under the caps of the day and month of the entry it takes back, not of its own.
    pub fn reverse(&mut self, inspection: &InspectionId, reason: SpiffReason, on: NaiveDate) -> Credit {
        let Some(entry) = self.standing(inspection, reason) else { return Credit::Already };
        let key = format!("{}/reversal", entry.key);
        let back = SpiffEntry {
            key,
            reason: SpiffReason::Reversal,
            amount: -entry.amount,
            uncapped: -entry.uncapped,
            on,
            ..entry.clone()
        };
        self.enter(back)
    }

    /// What a technician is owed for the days from `from` to `until`, both included.
    #[must_use]
    pub fn owed(&self, technician: &str, currency: Currency, from: NaiveDate, until: NaiveDate) -> Decimal {
        let theirs = self.entries.iter().filter(|entry| {
            entry.technician == technician && entry.currency == currency && (from..=until).contains(&entry.on)
        });
        theirs.fold(Decimal::ZERO, |sum, entry| sum.saturating_add(entry.amount))
    }

    /// The entry of an inspection for a reason that was not taken back.
    fn standing(&self, inspection: &InspectionId, reason: SpiffReason) -> Option<&SpiffEntry> {
        let last = self.entries.get(*self.last.get(&(escaped(inspection), reason))?)?;
        (!self.keys.contains_key(&format!("{}{BACK}", last.key))).then_some(last)
    }

    /// The key of the next entry; `None` while one stands.
    fn free_key(&self, inspection: &InspectionId, reason: SpiffReason) -> Option<String> {
        if self.standing(inspection, reason).is_some() {
            return None;
        }
        let first = format!("{}/{reason}", escaped(inspection));
        let again = (2_u64..).map(|nth| format!("{first}/{nth}"));
        core::iter::once(first.clone()).chain(again).find(|key| !self.keys.contains_key(key))
    }

    fn enter(&mut self, entry: SpiffEntry) -> Credit {
        self.keys.insert(entry.key.clone(), self.entries.len());
        self.entries.push(entry.clone());
        self.count(self.entries.len() - 1);
        Credit::Entered(entry)
    }

    /// Counts an entry against its caps; a reversal against those of the entry it takes back.
    fn count(&mut self, place: usize) {
        let Some(entry) = self.entries.get(place) else { return };
        let counts = if entry.reason == SpiffReason::Reversal {
            // What takes back an entry that is not there makes no room.
            let taken_back = entry.key.strip_suffix(BACK).and_then(|key| self.keys.get(key));
            let Some(taken_back) = taken_back.and_then(|&place| self.entries.get(place)) else { return };
            taken_back
        } else {
            self.last.insert((inspection_of(&entry.key).to_owned(), entry.reason), place);
            entry
        };
        for cap in Cap::all(inspection_of(&counts.key), &counts.technician, counts.currency, counts.on) {
            let paid = self.paid.entry(cap).or_default();
            *paid = paid.saturating_add(entry.amount);
        }
    }
}

/// What the key of a reversal ends with, after the key of the entry it takes back.
const BACK: &str = "/reversal";

/// An inspection's id as keys spell it: it cannot be read wrongly.
fn escaped(inspection: &InspectionId) -> String {
    inspection.as_str().replace('%', "%25").replace('/', "%2F")
}

/// The inspection of a key.
fn inspection_of(key: &str) -> &str {
    key.split('/').next().unwrap_or(key)
}

impl fmt::Display for SpiffReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Photos => "photos",
            Self::Completion => "completion",
            Self::Reversal => "reversal",
        })
    }
}
