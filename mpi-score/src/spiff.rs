use core::fmt;
use std::collections::BTreeSet;

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
    keys: BTreeSet<String>,
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
        let mut keys = BTreeSet::new();
        for entry in &entries {
            if !keys.insert(entry.key.clone()) {
                return Err(EntryTwice { key: entry.key.clone() });
            }
        }
        Ok(Self { entries, keys })
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
        let left = |cap: Decimal, paid: Decimal| cap.saturating_sub(paid);
        let inspection = |entry: &SpiffEntry| belongs(&entry.key, &earned.inspection);
        let day = |entry: &SpiffEntry| self.theirs(entry, earned, table) && entry.on == earned.on;
        let month = |entry: &SpiffEntry| {
            let same = (entry.on.year(), entry.on.month()) == (earned.on.year(), earned.on.month());
            self.theirs(entry, earned, table) && same
        };
        let mut amount = uncapped
            .min(left(table.cap_inspection, self.paid(inspection)))
            .min(left(table.cap_day, self.paid(day)))
            .min(left(table.cap_month, self.paid(month)));
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

    /// Takes an entry back, once: the inspection was reopened, a photo was no evidence.
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
        self.paid(|entry| {
            entry.technician == technician && entry.currency == currency && (from..=until).contains(&entry.on)
        })
    }

    /// The entry of an inspection for a reason that was not taken back.
    fn standing(&self, inspection: &InspectionId, reason: SpiffReason) -> Option<&SpiffEntry> {
        let of_it = |entry: &&SpiffEntry| entry.reason == reason && belongs(&entry.key, inspection);
        let last = self.entries.iter().rev().filter(|_| reason != SpiffReason::Reversal).find(of_it)?;
        (!self.keys.contains(&format!("{}/reversal", last.key))).then_some(last)
    }

    /// The key of the next entry; `None` while one stands.
    fn free_key(&self, inspection: &InspectionId, reason: SpiffReason) -> Option<String> {
        if self.standing(inspection, reason).is_some() {
            return None;
        }
        let first = key(inspection, reason);
        let again = (2_u64..).map(|nth| format!("{first}/{nth}"));
        core::iter::once(first.clone()).chain(again).find(|key| !self.keys.contains(key))
    }

    fn theirs(&self, entry: &SpiffEntry, earned: &Earned, table: &SpiffPolicyDraft) -> bool {
        entry.technician == earned.technician && entry.currency == table.currency
    }

    fn paid(&self, which: impl Fn(&SpiffEntry) -> bool) -> Decimal {
        let amounts = self.entries.iter().filter(|entry| which(entry)).map(|entry| entry.amount);
        amounts.fold(Decimal::ZERO, Decimal::saturating_add)
    }

    fn enter(&mut self, entry: SpiffEntry) -> Credit {
        self.keys.insert(entry.key.clone());
        self.entries.push(entry.clone());
        Credit::Entered(entry)
    }
}

/// The inspection's id cannot be read wrongly: it is escaped.
fn key(inspection: &InspectionId, reason: SpiffReason) -> String {
    format!("{}/{reason}", inspection.as_str().replace('%', "%25").replace('/', "%2F"))
}

fn belongs(key: &str, inspection: &InspectionId) -> bool {
    let escaped = inspection.as_str().replace('%', "%25").replace('/', "%2F");
    key.strip_prefix(escaped.as_str()).is_some_and(|rest| rest.starts_with('/'))
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
