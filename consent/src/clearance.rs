use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::{Channel, ContactHash, Purpose, TouchKey};

use crate::ContentDigest;

/// How long a clearance lives, in seconds: long enough to hand a message to a transport, too short to store one.
const LIFETIME_SECONDS: i64 = 5;

/// Versions of the three journal streams a decision has read. A revocation or another send moves one of them, and
/// the append that goes with the clearance then fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReadVersions {
    /// Of the contact's stream.
    pub contact: u64,
    /// Of the person's stream; 0 where nobody is known behind the contact.
    pub person: u64,
    /// Of the household's stream; 0 where there is none.
    pub household: u64,
}

/// Permission to send one message once, now.
///
/// There is no public constructor: only `decide` makes one, with `Decision::Allow`. It cannot be cloned, stored or
/// read from a file; [`Clearance::seal`] uses it up. It names contact, channel, purpose, content, touch and the
/// journal versions that were read, and lives five seconds.
#[must_use = "a clearance that is dropped sends nothing"]
#[derive(Debug)]
pub struct Clearance {
    contact: ContactHash,
    channel: Channel,
    purpose: Purpose,
    digest: ContentDigest,
    versions: ReadVersions,
    key: TouchKey,
    issued_at: DateTime<Utc>,
}

impl Clearance {
    #[cfg(feature = "decide")]
    pub(crate) const fn issue(
        contact: ContactHash,
        (channel, purpose): (Channel, Purpose),
        digest: ContentDigest,
        versions: ReadVersions,
        key: TouchKey,
        issued_at: DateTime<Utc>,
    ) -> Self {
        Self { contact, channel, purpose, digest, versions, key, issued_at }
    }

    /// Who may be written to.
    #[must_use]
    pub const fn contact(&self) -> ContactHash {
        self.contact
    }
    /// On which channel.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }
    /// For which purpose, as the message states it.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }
    /// With which content.
    #[must_use]
    pub const fn digest(&self) -> &ContentDigest {
        &self.digest
    }
    /// The journal versions the decision has read.
    #[must_use]
    pub const fn versions(&self) -> &ReadVersions {
        &self.versions
    }
    /// The touch it is for.
    #[must_use]
    pub const fn key(&self) -> &TouchKey {
        &self.key
    }
    /// When it was decided.
    #[must_use]
    pub const fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }
    /// The first instant at which it is void: five seconds after it was issued.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.issued_at
            .checked_add_signed(TimeDelta::seconds(LIFETIME_SECONDS))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Binds the permission to the message it was given for.
    ///
    /// # Errors
    /// [`SealError`] where the message is not the one that was cleared, or `now` is outside the five seconds. The
    /// clearance is used up in any case: decide anew.
    pub fn seal<M: Sealable>(self, message: M, now: DateTime<Utc>) -> Result<Cleared<M>, SealError> {
        self.check_time(now)?;
        for (same, error) in [
            (self.contact == message.contact(), SealError::OtherContact),
            (self.channel == message.channel(), SealError::OtherChannel),
            (self.purpose == message.purpose(), SealError::OtherPurpose),
            (self.digest == message.digest(), SealError::OtherContent),
            (self.key == *message.key(), SealError::OtherTouch),
        ] {
            if !same {
                return Err(error);
            }
        }
        Ok(Cleared { clearance: self, message })
    }

    fn check_time(&self, now: DateTime<Utc>) -> Result<(), SealError> {
        if now < self.issued_at {
            return Err(SealError::NotYet);
        }
        if now < self.expires_at() { Ok(()) } else { Err(SealError::Expired) }
    }
}

/// A message that can be bound to a clearance: it says whom it goes to, how, why, with what content, for which touch.
pub trait Sealable {
    /// Keyed hash of the contact point it goes to.
    fn contact(&self) -> ContactHash;
    /// The channel it goes out on.
    fn channel(&self) -> Channel;
    /// The purpose it states.
    fn purpose(&self) -> Purpose;
    /// Digest of the exact content.
    fn digest(&self) -> ContentDigest;
    /// The touch it is.
    fn key(&self) -> &TouchKey;
}

/// A message together with its permission. Only [`Clearance::seal`] makes one, and a transport accepts nothing else.
#[must_use = "a cleared message that is dropped was not sent"]
#[derive(Debug)]
pub struct Cleared<M> {
    clearance: Clearance,
    message: M,
}

impl<M> Cleared<M> {
    /// The message, to be sent now.
    ///
    /// # Errors
    /// [`SealError::Expired`] at and after [`Clearance::expires_at`], [`SealError::NotYet`] before it was issued.
    pub fn open(self, now: DateTime<Utc>) -> Result<M, SealError> {
        self.clearance.check_time(now)?;
        Ok(self.message)
    }
    /// A look at the message, not to be sent.
    #[must_use]
    pub const fn peek(&self) -> &M {
        &self.message
    }
    /// The permission it carries.
    pub const fn clearance(&self) -> &Clearance {
        &self.clearance
    }
}

/// Why a message and a clearance do not fit together. In every case: decide anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The five seconds are over.
    #[error("clearance has expired")]
    Expired,
    /// The clock stands before the decision.
    #[error("clearance was issued after this instant")]
    NotYet,
    /// Another contact was cleared.
    #[error("clearance is for another contact")]
    OtherContact,
    /// Another channel was cleared.
    #[error("clearance is for another channel")]
    OtherChannel,
    /// Another purpose was cleared.
    #[error("clearance is for another purpose")]
    OtherPurpose,
    /// Other content was cleared.
    #[error("clearance is for other content")]
    OtherContent,
    /// Another touch was cleared.
    #[error("clearance is for another touch")]
    OtherTouch,
}
