use core::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use fixedops_vocab::chain::{EventHash, canonical_json};
use fixedops_vocab::{Channel, ContactHash, SellerId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::{Account, ErasureEntry, GrantEntry, LinkEntry, ReplyEntry, RevocationEntry, SendEntry};
use super::json;
use super::retention::{Retention, RetentionEntry};
use super::story::{ClearedTouch, Story};
use crate::capture::digest_of;
use crate::{ContentDigest, RuleBook};

/// What a bundle calls its form. It names the rules by which the account is drawn up, too: whoever changes them raises it,
/// or bundles that were made before would be found to differ.
pub const FORMAT: &str = "fixedops-proof-bundle/2";
/// What every bundle says of itself.
pub const NOTICE: &str =
    "Engineering record, not legal advice. Contains customer data: for the parties and the court.";

/// One event of a stream, with its place in the chain.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRecord {
    /// Its place in the stream, from 1, without gaps.
    pub version: u64,
    /// When it was recorded, UTC, to the millisecond.
    #[serde(with = "instant")]
    pub at: DateTime<Utc>,
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The particulars.
    pub data: Value,
    /// SHA-256 over the hash before it and the canonical JSON of this event.
    pub hash: EventHash,
}

/// A whole stream, from version 1 to its head.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamRecord {
    /// Its name: kind, a slash, id.
    pub stream: String,
    /// Version of its last event.
    pub head_version: u64,
    /// Hash of its last event.
    pub head_hash: EventHash,
    /// Its events.
    pub events: Vec<EventRecord>,
}

/// The contact point, if it may be shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status", deny_unknown_fields)]
#[allow(clippy::exhaustive_enums, reason = "it is shown or it is not")]
pub enum PointShown {
    /// In clear. Customer data.
    InClear {
        /// `phone` or `email`.
        medium: String,
        /// The number in E.164, or the address.
        value: String,
    },
    /// Erased, or never on file: only the keyed hash is left.
    NotOnFile,
}

/// A fact of the person store. Customer data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateFact {
    /// The stream it is about.
    pub subject: String,
    /// What it is: `phone`, `reply/KEY`, `capture/KEY`, ...
    pub name: String,
    /// The value.
    pub value: String,
}

/// Where the telephone may have been when a message was cleared, and what time it was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceEntry {
    /// Version of the clearance in the contact's stream.
    pub cleared_version: u64,
    /// The area code of the number.
    pub area_code: Option<String>,
    /// Every plausible state.
    pub states: Vec<String>,
    /// Zones that were worked out beforehand.
    pub zones_given: Vec<String>,
    /// The time in every zone that was taken into account; the window had to be open in all.
    pub local: Vec<LocalTime>,
}

/// A local time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalTime {
    /// IANA zone.
    pub zone: String,
    /// `YYYY-MM-DD HH:MM:SS`, with the offset.
    pub time: String,
}

/// What a bundle is made of: the streams and what the person store has. Everything else is drawn up from these.
#[derive(Clone, PartialEq)]
pub struct Contents {
    /// The seller in whose journal the streams are.
    pub seller: SellerId,
    /// The contact, as events name it.
    pub contact: ContactHash,
    /// The contact point itself.
    pub point: PointShown,
    /// The contact's stream, and those of every person and household its events name.
    pub streams: Vec<StreamRecord>,
    /// What the person store has about the contact and those persons.
    pub private: Vec<PrivateFact>,
}

/// A proof bundle.
///
/// `Debug` shows whose journal it is of, the contact's hash and the digest, no more.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// [`FORMAT`].
    pub format: String,
    /// [`NOTICE`].
    pub notice: String,
    /// When it was made.
    #[serde(with = "instant")]
    pub made_at: DateTime<Utc>,
    /// The seller in whose journal the streams are.
    pub seller: SellerId,
    /// The contact, as events name it: HMAC-SHA-256 of seller and contact point under the seller's key.
    pub contact: ContactHash,
    /// The contact point itself.
    pub point: PointShown,
    /// The account of the streams, drawn up from them.
    pub account: Account,
    /// Where the telephone was at each clearance.
    pub places: Vec<PlaceEntry>,
    /// The version of the retention table.
    pub retention_version: String,
    /// How long each record is kept.
    pub retention: Vec<RetentionEntry>,
    /// The streams.
    pub streams: Vec<StreamRecord>,
    /// What the person store has.
    pub private: Vec<PrivateFact>,
    /// SHA-256 over the canonical JSON (RFC 8785) of everything above.
    pub digest: ContentDigest,
}

impl Bundle {
    /// Draws a bundle up at `made_at`. It is not checked: a broken journal makes a bundle that [`super::verify`] finds
    /// broken.
    ///
    /// # Errors
    /// [`BundleError`] where something has no JSON form.
    pub fn new(contents: Contents, made_at: DateTime<Utc>, book: &RuleBook) -> Result<Self, BundleError> {
        let Contents { seller, contact, point, mut streams, mut private } = contents;
        streams.sort_by(|a, b| order(&a.stream).cmp(&order(&b.stream)));
        private.sort_by(|a, b| (&a.subject, &a.name).cmp(&(&b.subject, &b.name)));
        let story = Story::read(contact, &streams);
        let account = Account::of(&story, &private);
        let retention = Retention::shipped();
        let mut bundle = Self {
            format: FORMAT.to_owned(),
            notice: NOTICE.to_owned(),
            made_at: made_at.with_timezone(&Utc),
            seller,
            contact,
            point,
            places: places(&story, book),
            retention_version: retention.version().to_owned(),
            retention: retention.of(&story),
            account,
            streams,
            private,
            digest: ContentDigest::from_bytes([0; 32]),
        };
        bundle.digest = bundle.computed_digest()?;
        Ok(bundle)
    }

    /// Reads a bundle. Nothing is checked but its form: see [`super::verify`].
    ///
    /// # Errors
    /// [`BundleError`] for anything that is not JSON of this form, and for a key that stands twice.
    pub fn from_json(text: &str) -> Result<Self, BundleError> {
        let value = json::read(text).map_err(|error| BundleError::of(&error))?;
        match value.get("format").and_then(Value::as_str) {
            Some(FORMAT) => {}
            Some(other) if other.starts_with("fixedops-proof-bundle/") => {
                return Err(BundleError { message: "is of a format this version does not read".to_owned() });
            }
            _ => return Err(BundleError { message: "is no proof bundle: it has no format".to_owned() }),
        }
        let place = odd_field(&value);
        serde_json::from_value(value).map_err(|error| BundleError::at(&error, place))
    }

    /// Writes it, one field a line, keys in order.
    ///
    /// # Errors
    /// [`BundleError`] where something has no JSON form.
    pub fn to_json(&self) -> Result<String, BundleError> {
        let value = serde_json::to_value(self).map_err(|error| BundleError::of(&error))?;
        let mut text = serde_json::to_string_pretty(&value).map_err(|error| BundleError::of(&error))?;
        text.push('\n');
        Ok(text)
    }

    /// The digest of what it holds, computed anew.
    ///
    /// # Errors
    /// [`BundleError`] where something has no JSON form.
    pub fn computed_digest(&self) -> Result<ContentDigest, BundleError> {
        let mut value = serde_json::to_value(self).map_err(|error| BundleError::of(&error))?;
        if let Some(map) = value.as_object_mut() {
            map.remove("digest");
        }
        Ok(digest_of(canonical_json(&value).map_err(|error| BundleError::of(&error))?))
    }
}

impl fmt::Debug for EventRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventRecord({} {} {})", self.version, self.event_type, self.hash)
    }
}

impl fmt::Debug for StreamRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.stream.split_once('/').map_or("", |(kind, _)| kind);
        write!(f, "StreamRecord({kind}, to version {} {})", self.head_version, self.head_hash)
    }
}

impl fmt::Debug for PointShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InClear { medium, .. } => write!(f, "InClear({medium}: ***)"),
            Self::NotOnFile => f.write_str("NotOnFile"),
        }
    }
}

impl fmt::Debug for PrivateFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateFact(***)")
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contents({} {} {:?})", self.seller, self.contact, self.streams)
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bundle({} {} {})", self.seller, self.contact, self.digest)
    }
}

/// The contact's stream first, then persons, then households.
fn order(stream: &str) -> (u8, &str) {
    let kind = stream.split_once('/').map_or("", |(kind, _)| kind);
    (
        match kind {
            "contact" => 0,
            "person" => 1,
            "household" => 2,
            _ => 3,
        },
        stream,
    )
}

/// The place of every clearance: as the decision took it where that is kept, else as the rule book sees it.
pub(super) fn places(story: &Story, book: &RuleBook) -> Vec<PlaceEntry> {
    story.cleared.iter().map(|cleared| place_of(story, cleared, book)).collect()
}

pub(super) fn place_of(story: &Story, cleared: &ClearedTouch, book: &RuleBook) -> PlaceEntry {
    let recipient = story.linked_before(cleared.version).map(|linked| linked.recipient.clone());
    let recipient = recipient.unwrap_or_default();
    // An e-mail has no hours.
    let zones: Vec<Tz> = match &cleared.data.decision.place {
        _ if cleared.data.channel == Channel::Email => Vec::new(),
        Some(place) => place.zones.iter().filter_map(|zone| zone.parse().ok()).collect(),
        None => crate::decide::zones(&recipient, cleared.at, book),
    };
    PlaceEntry {
        cleared_version: cleared.version,
        area_code: recipient.area_code,
        states: recipient.states,
        zones_given: recipient.candidate_zones,
        local: zones.into_iter().map(|zone| local(zone, cleared.at)).collect(),
    }
}

pub(super) fn local(zone: Tz, at: DateTime<Utc>) -> LocalTime {
    let time = at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S %:z").to_string();
    LocalTime { zone: zone.name().to_owned(), time }
}

/// Why a bundle could not be read or written. Holds no customer data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("proof bundle {message}")]
pub struct BundleError {
    message: String,
}

impl BundleError {
    fn of(error: &serde_json::Error) -> Self {
        // serde's message may repeat a value; the place and the kind of error do not.
        let kind = if error.to_string().contains("stands twice") {
            "has a key that stands twice in one object"
        } else {
            match error.classify() {
                serde_json::error::Category::Syntax => "is not JSON",
                serde_json::error::Category::Eof => "ends in the middle",
                serde_json::error::Category::Io => "cannot be read",
                serde_json::error::Category::Data => "does not have the form of a bundle",
            }
        };
        let field = missing(&error.to_string());
        Self::with(error, kind, &field)
    }

    /// Of a value that is JSON and no bundle: in which field.
    fn at(error: &serde_json::Error, place: Option<String>) -> Self {
        let place = place.map(|place| format!(" in {place}")).unwrap_or_default();
        Self::with(
            error,
            "does not have the form of a bundle",
            &format!("{place}{}", missing(&error.to_string())),
        )
    }

    fn with(error: &serde_json::Error, kind: &str, field: &str) -> Self {
        let place = if error.line() > 0 { format!(", line {}", error.line()) } else { String::new() };
        Self { message: format!("{kind}{field}{place}") }
    }
}

/// The first field whose value does not read, by our own names and places in lists; values are not repeated.
fn odd_field(bundle: &Value) -> Option<String> {
    fn reads<T: DeserializeOwned>(value: Option<&Value>) -> bool {
        value.is_none_or(|value| T::deserialize(value).is_ok())
    }
    fn in_list<T: DeserializeOwned>(name: &str, value: Option<&Value>) -> Option<String> {
        let Some(Value::Array(items)) = value else {
            return (!reads::<Vec<T>>(value)).then(|| name.to_owned());
        };
        let place = items.iter().position(|item| T::deserialize(item).is_err())?;
        Some(format!("{name}[{place}]"))
    }
    let account = bundle.get("account");
    let of_account = |name: &str| account.and_then(|account| account.get(name));
    let plain = [
        ("made_at", reads::<Instant>(bundle.get("made_at"))),
        ("notice", reads::<String>(bundle.get("notice"))),
        ("seller", reads::<SellerId>(bundle.get("seller"))),
        ("contact", reads::<ContactHash>(bundle.get("contact"))),
        ("point", reads::<PointShown>(bundle.get("point"))),
        ("retention_version", reads::<String>(bundle.get("retention_version"))),
        ("digest", reads::<ContentDigest>(bundle.get("digest"))),
    ];
    if let Some((name, _)) = plain.iter().find(|(_, reads)| !reads) {
        return Some((*name).to_owned());
    }
    for (place, record) in bundle.get("streams").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let name = format!("streams[{place}].events");
        if let Some(found) = in_list::<EventRecord>(&name, record.get("events")) {
            return Some(found);
        }
    }
    in_list::<StreamRecord>("streams", bundle.get("streams"))
        .or_else(|| in_list::<PrivateFact>("private", bundle.get("private")))
        .or_else(|| in_list::<PlaceEntry>("places", bundle.get("places")))
        .or_else(|| in_list::<RetentionEntry>("retention", bundle.get("retention")))
        .or_else(|| in_list::<LinkEntry>("account.links", of_account("links")))
        .or_else(|| in_list::<GrantEntry>("account.grants", of_account("grants")))
        .or_else(|| in_list::<RevocationEntry>("account.revocations", of_account("revocations")))
        .or_else(|| in_list::<ReplyEntry>("account.replies", of_account("replies")))
        .or_else(|| in_list::<SendEntry>("account.sends", of_account("sends")))
        .or_else(|| in_list::<ErasureEntry>("account.erasures", of_account("erasures")))
        .or_else(|| (!reads::<Account>(account)).then(|| "account".to_owned()))
}

#[derive(Deserialize)]
struct Instant(
    #[serde(with = "instant")]
    #[allow(dead_code, reason = "it is only read")]
    DateTime<Utc>,
);

/// The field that serde names, where it names one of ours.
fn missing(message: &str) -> String {
    let named = ["missing field `", "unknown field `"].iter().find_map(|prefix| {
        let name = message.strip_prefix(prefix)?.split_once('`')?.0;
        let ours = prefix.starts_with("missing");
        Some(if ours {
            format!(": {name} is missing")
        } else {
            ": it has a field that is not known".to_owned()
        })
    });
    named.unwrap_or_default()
}

/// Instants as events write them: UTC, milliseconds, `Z`, and no other way.
pub(super) mod instant {
    use chrono::{DateTime, Utc};
    use fixedops_vocab::chain::instant_text;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::proof) fn serialize<S: Serializer>(
        at: &DateTime<Utc>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&instant_text(*at))
    }

    pub(in crate::proof) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at: DateTime<Utc> = text.parse().map_err(serde::de::Error::custom)?;
        if instant_text(at) == text {
            Ok(at)
        } else {
            Err(serde::de::Error::custom("instant is not written in its one form"))
        }
    }
}
