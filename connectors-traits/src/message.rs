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
    html: Option<String>,
    headers: Vec<(String, String)>,
    contact: ContactHash,
    digest: ContentDigest,
}

/// The first part under the digest of a message with an HTML part or headers; no channel has this name, so it is never
/// the digest of a message without.
const WITH_PARTS: &str = "message/2";

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
        let (html, headers) = (None, Vec::new());
        Self { seller, key, channel, purpose, to, subject, body, media, html, headers, contact, digest }
    }

    /// The message with the HTML part of an e-mail and headers it must carry, by name and value. The digest then covers
    /// them too; with neither the message stays as it is.
    ///
    /// ```
    /// use fixedops_connectors_traits::{CommitmentKey, Message};
    /// use fixedops_consent::Sealable as _;
    /// use fixedops_vocab::{Channel, ContactPoint, Purpose, TouchKey};
    /// let secret = CommitmentKey::new([7; 32]);
    /// let key = TouchKey { case: "mileage_due/c1".parse()?, touch: "day-30-email".parse()? };
    /// let to = ContactPoint::Email("avery@mail.example".parse()?);
    /// let plain = Message::new(
    ///     &secret, "main-street".parse()?, key, Channel::Email, Purpose::Marketing, to,
    ///     Some("Service".to_owned()), "Hello".to_owned(), Vec::new(),
    /// );
    /// let header = ("List-Unsubscribe".to_owned(), "<https://service.example/u>".to_owned());
    /// let full = plain.clone().with_parts(&secret, Some("<p>Hello</p>".to_owned()), vec![header]);
    /// assert_eq!(full.html(), Some("<p>Hello</p>"));
    /// assert_ne!(full.digest(), plain.digest());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_parts(
        mut self,
        secret: &CommitmentKey,
        html: Option<String>,
        headers: Vec<(String, String)>,
    ) -> Self {
        if html.is_none() && headers.is_empty() {
            return self;
        }
        let media = self.media.len().to_string();
        let mut parts = vec![
            WITH_PARTS,
            self.channel.as_str(),
            self.purpose.as_str(),
            self.to.expose(),
            self.subject.as_deref().unwrap_or(""),
            &self.body,
            // How many follow, so that a picture is never taken for the HTML part.
            &media,
        ];
        parts.extend(self.media.iter().map(String::as_str));
        parts.push(html.as_deref().unwrap_or(""));
        parts.extend(headers.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]));
        self.digest = secret.content(&parts);
        (self.html, self.headers) = (html, headers);
        self
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
    /// The HTML part of an e-mail.
    #[must_use]
    pub fn html(&self) -> Option<&str> {
        self.html.as_deref()
    }
    /// Headers an e-mail must carry, by name and value.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
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
