use core::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_consent::{Cleared, ContentDigest, Sealable};
use fixedops_vocab::{Channel, ContactHash, ContactPoint, Purpose, SellerId, TouchKey};
use serde::{Deserialize, Serialize};

use crate::CommitmentKey;

/// A message to one person, with the keyed commitments under which events speak of it.
///
/// The hash and the digest are computed here from the contact point and the content, so they cannot disagree with
/// them. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    seller: SellerId,
    key: TouchKey,
    channel: Channel,
    purpose: Purpose,
    to: ContactPoint,
    subject: Option<String>,
    body: String,
    media: Vec<String>,
    contact: ContactHash,
    digest: ContentDigest,
}

impl Message {
    /// A message; its contact hash and content digest are computed under `secret`.
    #[must_use]
    #[allow(clippy::too_many_arguments, reason = "a message is its parts; none has a sensible default")]
    pub fn new(
        secret: &CommitmentKey,
        seller: SellerId,
        key: TouchKey,
        channel: Channel,
        purpose: Purpose,
        to: ContactPoint,
        subject: Option<String>,
        body: String,
        media: Vec<String>,
    ) -> Self {
        let contact = secret.contact(&seller, &to);
        let mut parts =
            vec![channel.as_str(), purpose.as_str(), to.expose(), subject.as_deref().unwrap_or(""), &body];
        parts.extend(media.iter().map(String::as_str));
        let digest = secret.content(&parts);
        Self { seller, key, channel, purpose, to, subject, body, media, contact, digest }
    }

    /// In whose name it goes out.
    #[must_use]
    pub const fn seller(&self) -> &SellerId {
        &self.seller
    }
    /// Where it goes.
    #[must_use]
    pub const fn to(&self) -> &ContactPoint {
        &self.to
    }
    /// The subject of an e-mail.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }
    /// The words.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
    /// Addresses of pictures.
    #[must_use]
    pub fn media(&self) -> &[String] {
        &self.media
    }
}

impl Sealable for Message {
    fn contact(&self) -> ContactHash {
        self.contact
    }
    fn channel(&self) -> Channel {
        self.channel
    }
    fn purpose(&self) -> Purpose {
        self.purpose
    }
    fn digest(&self) -> ContentDigest {
        self.digest
    }
    fn key(&self) -> &TouchKey {
        &self.key
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({} by {} for {})", self.key, self.channel, self.purpose)
    }
}

/// The transport's own id of a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderMessageId(pub String);

/// Why a transport said no. The message did not go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefusalKind {
    /// The carrier or provider has an opt-out on file (Twilio 21610, Telnyx 40300, ...): a revocation.
    OptedOut,
    /// Nobody can be reached there.
    BadAddress,
    /// Too many at once.
    RateLimited,
    /// The content was not accepted.
    Content,
    /// The account may not send this.
    Account,
    /// The clearance had run out before the message left.
    ClearanceExpired,
    /// Anything else, for good.
    Other,
}

impl RefusalKind {
    /// The word in events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptedOut => "opted_out",
            Self::BadAddress => "bad_address",
            Self::RateLimited => "rate_limited",
            Self::Content => "content",
            Self::Account => "account",
            Self::ClearanceExpired => "clearance_expired",
            Self::Other => "other",
        }
    }
}

/// What became of one attempt to send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the loop must handle every answer")]
pub enum SendOutcome {
    /// The transport has it and answers for it.
    Accepted(ProviderMessageId),
    /// The transport said no; nothing went out.
    Refused {
        /// Why.
        kind: RefusalKind,
        /// From when another attempt makes sense, if ever.
        retry_at: Option<DateTime<Utc>>,
    },
    /// No answer: it may have gone out.
    Unknown,
}

/// What the transport knows of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the loop must handle every answer")]
pub enum KnownOutcome {
    /// It was accepted.
    Accepted(ProviderMessageId),
    /// It was refused.
    Refused {
        /// Why.
        kind: RefusalKind,
        /// From when another attempt makes sense, if ever.
        retry_at: Option<DateTime<Utc>>,
    },
    /// It never came here.
    NeverSeen,
    /// This transport does not keep keys.
    CannotSay,
}

/// The one door to a person.
///
/// # Contract
///
/// - **Cleared**: a message comes in only as [`Cleared`], and is opened with `now` before anything is sent; where
///   that fails, the answer is `Refused(ClearanceExpired)` and nothing went out.
/// - **Once**: a key that was accepted is never sent again; a second `send` of it gives the same id.
/// - **One attempt**: `send` tries once and does not retry by itself. `Unknown` is said only where the message may
///   have gone out.
/// - **Honest**: `outcome` answers `Accepted` for every key that `send` accepted, and `NeverSeen` only for keys that
///   did not go out and will not.
#[async_trait]
pub trait MessageTransport: Send + Sync {
    /// Tries once to send.
    async fn send(&self, message: Cleared<Message>, now: DateTime<Utc>) -> SendOutcome;

    /// What became of `key`.
    async fn outcome(&self, key: &TouchKey) -> KnownOutcome;
}
