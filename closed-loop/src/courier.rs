use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
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
    /// Its fields, without the person's.
    pub fields: BTreeMap<String, String>,
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
