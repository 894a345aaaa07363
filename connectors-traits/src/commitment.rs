use core::fmt;

use fixedops_consent::ContentDigest;
use fixedops_vocab::{ContactHash, ContactPoint, SellerId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The secret under which contact points and message contents are committed to in events: HMAC-SHA-256 (RFC 2104).
///
/// Whoever has the journal but not the key cannot find a number in it by trying them all. Lose the key and the
/// suppression list no longer matches anyone; it is kept with the person store, never in the journal.
///
/// ```
/// use fixedops_connectors_traits::CommitmentKey;
/// use fixedops_vocab::{ContactPoint, SellerId};
/// let key = CommitmentKey::new([7; 32]);
/// let phone = ContactPoint::Phone("+14045550123".parse()?);
/// let (here, there) = (SellerId::new("main-street")?, SellerId::new("elsewhere")?);
/// assert_eq!(key.contact(&here, &phone), key.contact(&here, &phone));
/// assert_ne!(key.contact(&here, &phone), key.contact(&there, &phone));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct CommitmentKey([u8; 32]);

impl CommitmentKey {
    /// A key from 32 secret bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key from 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`CommitmentKeyError`] for anything else.
    pub fn from_hex(text: &str) -> Result<Self, CommitmentKeyError> {
        // A contact hash has the same form; its parser is the one place that reads it.
        text.trim().parse::<ContactHash>().map(|h| Self(*h.as_bytes())).map_err(|_| CommitmentKeyError)
    }

    /// The keyed hash of `point` as a contact of `seller`. Phone and e-mail never collide.
    #[must_use]
    pub fn contact(&self, seller: &SellerId, point: &ContactPoint) -> ContactHash {
        let kind = match point {
            ContactPoint::Phone(_) => "phone",
            ContactPoint::Email(_) => "email",
        };
        ContactHash::from_bytes(self.mac("contact", &[seller.as_str(), kind, point.expose()]))
    }

    /// The keyed digest of a message's parts, in order.
    #[must_use]
    pub fn content(&self, parts: &[&str]) -> ContentDigest {
        ContentDigest::from_bytes(self.mac("content", parts))
    }

    /// Each part goes in with its length in front, so that two lists of parts never make one text.
    fn mac(&self, domain: &str, parts: &[&str]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("an HMAC takes a key of any length");
        for part in core::iter::once(domain).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for CommitmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommitmentKey(***)")
    }
}

/// The text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("commitment key is not 64 hexadecimal digits")]
pub struct CommitmentKeyError;
