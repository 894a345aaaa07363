use core::fmt;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use fixedops_vocab::SellerId;
use serde_json::Value;

use super::consents::Consents;
use super::credits::Credits;
use super::crossings::Crossings;
use super::write_backs::WriteBacks;
use crate::Event;

/// A promise of the family that a journal alone can show broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Promise {
    /// The event carries what its type must carry.
    Form,
    /// Each crossing has exactly one outcome, from the batch that opens it; sent is final.
    OneOutcome,
    /// No send without a clearance, none after a revocation.
    Cleared,
    /// A touch is sent at most once.
    NoSecondSend,
    /// What is to be written back is written in order, or parked with a reason.
    NothingLost,
    /// A line has at most one credit in force, never above its customer-pay amount.
    OneCredit,
    /// A recall is never an offer.
    RecallIsNoOffer,
}

impl Promise {
    /// Its number among the ten promises of the family; `None` for the form of events.
    #[must_use]
    pub const fn number(self) -> Option<u8> {
        match self {
            Self::Form => None,
            Self::OneOutcome => Some(3),
            Self::Cleared => Some(4),
            Self::NoSecondSend => Some(5),
            Self::NothingLost => Some(6),
            Self::OneCredit => Some(7),
            Self::RecallIsNoOffer => Some(8),
        }
    }
}

/// A promise broken, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Which promise.
    pub promise: Promise,
    /// In whose journal.
    pub partition: SellerId,
    /// At which event.
    pub position: u64,
    /// What happened, in words.
    pub message: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "position {} of {}: {}", self.position, self.partition, self.message)?;
        self.promise.number().map_or(Ok(()), |number| write!(f, " (promise {number})"))
    }
}

/// What an event does wrong: the promise, and the words.
pub(super) type Wrong = (Promise, String);

/// Where an event stands, for a breach that shows only later.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) partition: SellerId,
    pub(super) position: u64,
}

impl Place {
    pub(super) fn of(event: &Event) -> Self {
        Self { partition: event.partition.clone(), position: event.position }
    }

    pub(super) fn breach(&self, (promise, message): Wrong) -> Breach {
        Breach { promise, partition: self.partition.clone(), position: self.position, message }
    }
}

/// What must be remembered of one partition.
#[derive(Debug, Default)]
pub(super) struct Promises {
    cleared: BTreeSet<(String, String)>,
    sent: BTreeSet<(String, String)>,
    consents: Consents,
    crossings: Crossings,
    credits: Credits,
    write_backs: WriteBacks,
}

impl Promises {
    pub(super) fn event(&mut self, event: &Event) -> Vec<Breach> {
        let mut breaches = self.crossings.before(event);
        let judged = match event.event_type.as_str() {
            "touch_cleared" => self.cleared(event),
            "touch_sent" => self.sent(event),
            "consent_granted" => self.consents.granted(event),
            "consent_revoked" => self.consents.revoked(event),
            "threshold_crossed" => self.crossings.crossed(event),
            "crossing_resolved" => self.crossings.resolved(event),
            "ro_closed" => self.credits.closed(event),
            "credit_assigned" => self.credits.assigned(event),
            "credit_reversed" => self.credits.reversed(event),
            "write_back_queued" => self.write_backs.queued(event),
            "write_back_delayed" => self.write_backs.delayed(event),
            "write_back_confirmed" => self.write_backs.confirmed(event),
            "write_back_parked" => self.write_backs.parked(event),
            "write_back_withdrawn" => self.write_backs.withdrawn(event),
            _ => Ok(()),
        };
        let recall = recall_is_no_offer(event);
        let here = Place::of(event);
        breaches.extend([judged, recall].into_iter().filter_map(Result::err).map(|wrong| here.breach(wrong)));
        breaches
    }

    pub(super) fn end(self) -> Vec<Breach> {
        let mut breaches = self.crossings.end();
        breaches.extend(self.credits.end());
        breaches
    }

    fn cleared(&mut self, event: &Event) -> Result<(), Wrong> {
        self.cleared.insert(touch(event)?);
        self.consents.cleared(event)
    }

    fn sent(&mut self, event: &Event) -> Result<(), Wrong> {
        let touch = touch(event)?;
        let name = format!("touch {} of case {}", touch.1, touch.0);
        if !self.cleared.contains(&touch) {
            return Err((Promise::Cleared, format!("{name} was sent without having been cleared")));
        }
        if !self.sent.insert(touch) {
            return Err((Promise::NoSecondSend, format!("{name} was sent a second time")));
        }
        Ok(())
    }
}

fn touch(event: &Event) -> Result<(String, String), Wrong> {
    Ok((text(event, "case")?.to_owned(), text(event, "touch")?.to_owned()))
}

/// Touches of purpose recall hold no word of an offer and no key of a price.
fn recall_is_no_offer(event: &Event) -> Result<(), Wrong> {
    let is_recall = event.event_type.as_str().starts_with("touch_")
        && event.data.get("purpose").and_then(Value::as_str) == Some("recall");
    match is_recall.then(|| offer_in(&event.data)).flatten() {
        Some(offer) => Err((Promise::RecallIsNoOffer, format!("a recall touch holds an offer: {offer}"))),
        None => Ok(()),
    }
}

fn offer_in(value: &Value) -> Option<String> {
    let in_text = |text: &str| {
        let text = text.to_lowercase();
        ["discount", "coupon", "% off"].into_iter().find(|word| text.contains(word)).map(str::to_owned)
    };
    match value {
        Value::String(text) => in_text(text),
        Value::Array(items) => items.iter().find_map(offer_in),
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            let priced = key.to_lowercase().starts_with("price").then(|| format!("the key {key}"));
            priced.or_else(|| in_text(key)).or_else(|| offer_in(value))
        }),
        _ => None,
    }
}

/// The text under `key`.
pub(super) fn text<'e>(event: &'e Event, key: &str) -> Result<&'e str, Wrong> {
    event.data.get(key).and_then(Value::as_str).ok_or_else(|| form(event, key))
}

/// The instant under `key`.
pub(super) fn instant(event: &Event, key: &str) -> Result<DateTime<Utc>, Wrong> {
    text(event, key)?.parse().map_err(|_| form(event, key))
}

/// The word under `key`, of a vocabulary.
pub(super) fn word<T: core::str::FromStr>(event: &Event, key: &str) -> Result<T, Wrong> {
    text(event, key)?.parse().map_err(|_| form(event, key))
}

/// An event that lacks `key`, or holds something else there.
pub(super) fn form(event: &Event, key: &str) -> Wrong {
    (Promise::Form, format!("{} has no valid {key}", event.event_type))
}
