use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use fixedops_connectors_traits::{KnownOutcome, Message, SendOutcome};
use fixedops_consent::{Clearance, ContentDigest};
use fixedops_vocab::{Channel, ContactHash, CustomerId, Purpose, SellerId, TouchKey};

/// What is to be said, to whom: everything about a touch but the person's own data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TouchOrder {
    /// In whose name.
    pub seller: SellerId,
    /// (case, touch).
    pub key: TouchKey,
    /// How.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// To which contact point.
    pub contact: ContactHash,
    /// To whom.
    pub person: CustomerId,
    /// The template.
    pub template: String,
    /// Its fields, without the person's: text, except that lists, days and times travel as such and are put into words by who
    /// makes the message.
    pub fields: BTreeMap<String, String>,
    /// The photo the message may show.
    pub photo: Option<PhotoLink>,
}

/// Where a photo lies, and how long its link holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoLink {
    /// The store's own address of photos.
    pub url: String,
    /// The last day.
    pub until: NaiveDate,
}

/// Between the names of a list in a field.
const BETWEEN: char = '\u{1f}';

/// A field that lists names; `None` of none.
pub(crate) fn names(names: impl IntoIterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.into_iter().collect();
    (!names.is_empty()).then(|| names.join(&BETWEEN.to_string()))
}

/// A field that is a day.
pub(crate) fn day(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

/// A field that is a time of day at the store.
pub(crate) fn local(at: NaiveDateTime) -> String {
    at.format(LOCAL).to_string()
}

const LOCAL: &str = "%Y-%m-%dT%H:%M";

/// Fields made by [`names`].
const LISTS: &[&str] = &["line_name", "reason", "service_name"];
/// Fields made by [`day`].
const DAYS: &[&str] = &["service_date", "wear_date", "offer_ends"];
/// Fields made by [`local`].
const TIMES: &[&str] = &["appointment_time", "slot"];
/// More names of a list than these are counted: a text has no room for a whole estimate.
const NAMED: usize = 2;

/// A field in English words, which the templates of another language translate. What is no list, no day and no time is said
/// as it stands.
pub(crate) fn spoken(field: &str, value: &str) -> String {
    if LISTS.contains(&field) {
        let all: Vec<&str> = value.split(BETWEEN).collect();
        return match all.as_slice() {
            [first, second, ..] if all.len() > NAMED + 1 => {
                format!("{first}, {second} and {} more", all.len() - NAMED)
            }
            [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => value.to_owned(),
        };
    }
    let said = if DAYS.contains(&field) {
        value.parse::<NaiveDate>().ok().map(|date| date.format("%B %-d").to_string())
    } else if TIMES.contains(&field) {
        let at = NaiveDateTime::parse_from_str(value, LOCAL).ok();
        at.map(|at| at.format("%A, %B %-d at %-I:%M %p").to_string())
    } else {
        None
    };
    said.unwrap_or_else(|| value.to_owned())
}

/// A message that is ready, and has no permission yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Keyed digest of the words: the clearance is for these words and no others.
    pub digest: ContentDigest,
    /// The message. A courier that only replays has none.
    pub message: Option<Box<Message>>,
}

/// Why no message could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undeliverable {
    /// The person was erased, or was never stored.
    #[error("no contact point is stored")]
    Forgotten,
    /// The person store did not answer: not a reason to say nothing, but to try later.
    #[error("the person store did not answer: {0}")]
    Unavailable(String),
    /// The template is missing, or does not render.
    #[error("the words could not be made: {0}")]
    Words(String),
}

impl Undeliverable {
    /// The word in events.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Forgotten => "forgotten",
            Self::Unavailable(_) => "unavailable",
            Self::Words(_) => "no_words",
        }
    }
}

/// Makes messages and brings them out.
///
/// # Contract
///
/// - **Same words**: the same order gives the same digest, as long as the person's data are the same.
/// - **Cleared**: `dispatch` uses the clearance up, and sends nothing that the clearance does not name.
/// - `dispatch` and `outcome` keep the contract of [`fixedops_connectors_traits::MessageTransport`].
#[async_trait]
pub trait Courier: Send + Sync {
    /// Makes the message.
    async fn draft(&self, order: &TouchOrder) -> Result<Draft, Undeliverable>;

    /// Hands it to the transport, once. `None`: no answer yet; the touch stays unsettled, and [`Courier::outcome`] is
    /// asked when the clearance has run out.
    async fn dispatch(&self, clearance: Clearance, draft: Draft, now: DateTime<Utc>) -> Option<SendOutcome>;

    /// What became of `key`.
    async fn outcome(&self, key: &TouchKey) -> KnownOutcome;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_days_and_times_are_said_in_words_and_nothing_else_is_touched() {
        let list = |all: &[&str]| names(all.iter().map(|name| (*name).to_owned())).unwrap();
        let day = day("2026-12-11".parse().unwrap());
        for (field, value, said) in [
            ("line_name", list(&["pads"]), "pads"),
            ("line_name", list(&["pads", "wipers"]), "pads and wipers"),
            ("line_name", list(&["pads", "wipers", "filter"]), "pads, wipers and filter"),
            ("line_name", list(&["pads", "wipers", "filter", "coolant"]), "pads, wipers and 2 more"),
            ("service_date", day.clone(), "December 11"),
            (
                "appointment_time",
                local("2026-12-11T09:30:00".parse().unwrap()),
                "Friday, December 11 at 9:30 AM",
            ),
            ("slot", "soon".to_owned(), "soon"),
            ("recall_name", day, "2026-12-11"),
        ] {
            assert_eq!(spoken(field, &value), said, "{field}");
        }
        assert_eq!(names([]), None);
    }
}
