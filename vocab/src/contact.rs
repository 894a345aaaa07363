use core::fmt;
use core::str::FromStr;

use crate::service::words;

words! {
    /// How a person is reached.
    #[allow(clippy::exhaustive_enums, reason = "law differs by channel: callers must handle every one")]
    Channel {
        /// Text message.
        Sms = "sms",
        /// Text message with a picture.
        Mms = "mms",
        /// Electronic mail.
        Email = "email",
        /// A call dialled and spoken by a person.
        LiveCall = "live_call",
        /// A call spoken by a generated voice (FCC 24-17: an artificial voice).
        AiCall = "ai_call",
        /// A call that plays a recording.
        PrerecordedCall = "prerecorded_call",
    }
}

impl Channel {
    /// Whether it is a text message (SMS or MMS).
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Sms | Self::Mms)
    }
    /// Whether it is a voice call of any kind.
    #[must_use]
    pub const fn is_call(self) -> bool {
        matches!(self, Self::LiveCall | Self::AiCall | Self::PrerecordedCall)
    }
}

words! {
    /// What a message is for. A promotion inside a service message makes it marketing.
    #[allow(clippy::exhaustive_enums, reason = "law differs by purpose: callers must handle every one")]
    Purpose {
        /// Encourages a purchase.
        Marketing = "marketing",
        /// Tells something about a service relationship, sells nothing.
        Informational = "informational",
        /// Part of a transaction under way: appointment, car ready, inspection link.
        Transactional = "transactional",
        /// Safety recall: free remedy, never an offer.
        Recall = "recall",
        /// The answer to what the person just asked.
        Reply = "reply",
        /// The one message that confirms an opt-out.
        RevocationConfirmation = "revocation_confirmation",
    }
}

words! {
    /// How strong a consent is.
    #[allow(clippy::exhaustive_enums, reason = "the law knows these two")]
    ConsentLevel {
        /// Prior express consent, 47 CFR 64.1200(a)(1).
        Pec = "pec",
        /// Prior express written consent, 47 CFR 64.1200(f)(9).
        Pewc = "pewc",
    }
}

words! {
    /// What a revocation reaches.
    #[allow(clippy::exhaustive_enums, reason = "a scope left out would be an opt-out lost")]
    Scope {
        /// Everything that needs consent, on every channel.
        All = "all",
        /// This contact point, whoever answers it (a wrong or reassigned number).
        Number = "number",
        /// Text messages.
        Sms = "sms",
        /// Calls of every kind.
        Calls = "calls",
        /// E-mail.
        Email = "email",
        /// Marketing on every channel.
        Marketing = "marketing",
        /// Everything about one vehicle.
        ThisVehicle = "this_vehicle",
    }
}

/// A telephone number in E.164: a plus sign and 7 to 15 digits.
///
/// What people type is parsed at the edge by a phone-number library; this type only keeps the result.
/// `Debug` and `Display` show the country sign and the last two digits, no more.
///
/// ```
/// use fixedops_vocab::PhoneNumber;
/// let phone: PhoneNumber = "+14045550123".parse()?;
/// assert_eq!(phone.area_code(), Some("404"));
/// assert_eq!(phone.to_string(), "+***23");
/// assert!("404-555-0123".parse::<PhoneNumber>().is_err());
/// # Ok::<(), fixedops_vocab::ContactPointError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// The number. Customer data: not for logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The three-digit area code, if the number belongs to the North American Numbering Plan: +1, an area code and
    /// an exchange that start with 2 to 9, ten digits.
    #[must_use]
    pub fn area_code(&self) -> Option<&str> {
        let national = self.0.strip_prefix("+1")?;
        let nanp = national.len() == 10
            && [0, 3].iter().all(|&i| national.as_bytes().get(i).is_some_and(|b| (b'2'..=b'9').contains(b)));
        if nanp { national.get(..3) } else { None }
    }
}

impl FromStr for PhoneNumber {
    type Err = ContactPointError;
    fn from_str(text: &str) -> Result<Self, ContactPointError> {
        let digits = text.strip_prefix('+').ok_or(ContactPointError::NotE164)?;
        let right = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if right { Ok(Self(text.to_owned())) } else { Err(ContactPointError::NotE164) }
    }
}

/// An e-mail address, kept in lower case: one mailbox, one consent, however it was typed.
///
/// The rule is the form `local@domain.tld` with the lengths of RFC 5321 (64 and 255 bytes), no white space and no
/// control characters; whether it exists only a delivery can tell. `Debug` and `Display` show the last label of
/// the domain.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address. Customer data: not for logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = ContactPointError;
    fn from_str(text: &str) -> Result<Self, ContactPointError> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(ContactPointError::NotAnAddress)?;
        let labels = domain.split('.').collect::<Vec<_>>();
        let right = (1..=64).contains(&local.len())
            && domain.len() <= 255
            && labels.len() >= 2
            && labels
                .iter()
                .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
            && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>(),;:\"\\[]".contains(c))
            && !local.contains('@');
        if right { Ok(Self(text)) } else { Err(ContactPointError::NotAnAddress) }
    }
}

macro_rules! text_value {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = ContactPointError;
            fn try_from(text: String) -> Result<Self, ContactPointError> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}
text_value!(PhoneNumber);
text_value!(EmailAddress);

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+***{}", self.0.get(self.0.len().saturating_sub(2)..).unwrap_or(""))
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "***@***.{}", self.0.rsplit('.').next().unwrap_or(""))
    }
}

/// Where a person can be reached: a telephone number or an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "callers must handle both")]
pub enum ContactPoint {
    /// A telephone.
    Phone(PhoneNumber),
    /// A mailbox.
    Email(EmailAddress),
}

impl ContactPoint {
    /// The number or address. Customer data: not for logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.expose(),
            Self::Email(email) => email.expose(),
        }
    }

    /// Whether a message of `channel` can go there.
    #[must_use]
    pub const fn takes(&self, channel: Channel) -> bool {
        matches!((self, channel), (Self::Email(_), Channel::Email))
            || (matches!(self, Self::Phone(_)) && !matches!(channel, Channel::Email))
    }
}

impl fmt::Display for ContactPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(phone) => phone.fmt(f),
            Self::Email(email) => email.fmt(f),
        }
    }
}

/// The keyed hash of a contact point, as events name it: 32 bytes, written as 64 hexadecimal digits.
///
/// It says nothing about the number to anyone without the key, and it still denies after the person was erased.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct ContactHash([u8; 32]);

impl ContactHash {
    /// From the 32 bytes of a keyed hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ContactHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContactHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContactHash({self})")
    }
}

impl FromStr for ContactHash {
    type Err = ContactPointError;
    fn from_str(text: &str) -> Result<Self, ContactPointError> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Err(ContactPointError::NotAHash);
        }
        for (i, byte) in bytes.iter_mut().enumerate() {
            let pair = text.get(2 * i..2 * i + 2).ok_or(ContactPointError::NotAHash)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| ContactPointError::NotAHash)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for ContactHash {
    type Error = ContactPointError;
    fn try_from(text: String) -> Result<Self, ContactPointError> {
        text.parse()
    }
}

impl From<ContactHash> for String {
    fn from(hash: ContactHash) -> Self {
        hash.to_string()
    }
}

/// Why a contact point was refused. Never names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContactPointError {
    /// Not a plus sign and 7 to 15 digits.
    #[error("phone number is not in E.164 form")]
    NotE164,
    /// Not of the form local@domain.tld.
    #[error("e-mail address is not of the form local@domain.tld")]
    NotAnAddress,
    /// Not 64 lower-case hexadecimal digits.
    #[error("contact hash is not 64 hexadecimal digits")]
    NotAHash,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_north_american_numbers_have_an_area_code() {
        for (text, area) in [
            ("+14045550123", Some("404")),
            ("+11045550123", None),
            ("+14041550123", None),
            ("+442071234567", None),
            ("+1404555012", None),
        ] {
            assert_eq!(text.parse::<PhoneNumber>().unwrap().area_code(), area, "{text}");
        }
    }

    #[test]
    fn what_is_no_mailbox_is_refused() {
        for text in ["", "a", "a@b", "@b.com", "a@b..com", "a b@c.com", "a@@b.com", "a@-b.com", "<a@b.com>"] {
            assert_eq!(text.parse::<EmailAddress>(), Err(ContactPointError::NotAnAddress), "{text}");
        }
        assert_eq!(
            " Jane.Doe@Example.COM ".parse::<EmailAddress>().unwrap().expose(),
            "jane.doe@example.com"
        );
    }

    #[test]
    fn a_message_goes_only_where_its_channel_can() {
        let phone = ContactPoint::Phone("+14045550123".parse().unwrap());
        let email = ContactPoint::Email("jane@example.com".parse().unwrap());
        for &channel in Channel::ALL {
            assert_ne!(phone.takes(channel), email.takes(channel), "{channel}");
            assert_eq!(email.takes(channel), channel == Channel::Email, "{channel}");
        }
    }

    proptest! {
        #[test]
        fn no_contact_point_ever_shows(digits in "[2-9][0-9]{9}", local in "[a-z]{4,12}") {
            let phone = ContactPoint::Phone(format!("+1{digits}").parse().unwrap());
            let email = ContactPoint::Email(format!("{local}@mailbox.org").parse().unwrap());
            let shown = format!("{phone} {phone:?} {email} {email:?}");
            prop_assert!(!shown.contains(digits.get(..8).unwrap_or(&digits)) && !shown.contains(&local) && !shown.contains("mailbox"));
        }

        #[test]
        fn hashes_round_trip(bytes: [u8; 32]) {
            let hash = ContactHash::from_bytes(bytes);
            prop_assert_eq!(hash.to_string().parse::<ContactHash>().unwrap(), hash);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = (text.parse::<PhoneNumber>(), text.parse::<EmailAddress>(), text.parse::<ContactHash>());
        }
    }
}
