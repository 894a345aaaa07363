use core::fmt;
use core::str::FromStr;

use crate::IdError;

/// A word that is none of those a type knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is none of: {known}")]
pub struct UnknownWord {
    /// The word that was found (cut at 40 characters).
    pub found: String,
    /// The words that are known.
    pub known: String,
}

/// An enum whose variants are fixed words in files and events.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum $name {
            $($(#[$vdoc])* #[cfg_attr(feature = "serde", serde(rename = $word))] $variant,)+
        }

        impl $name {
            /// Every one, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in files and events.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::service::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    $crate::service::UnknownWord {
                        found: text.chars().take(40).collect(),
                        known: known.join(", "),
                    }
                })
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Who pays for a line of a repair order; per line, never per order. Names of STAR's `PayTypes`.
    #[allow(clippy::exhaustive_enums, reason = "STAR's list; a new one needs a decision everywhere")]
    PayType {
        /// The customer (STAR `CUSTOMER_PAY`).
        CustomerPay = "customer_pay",
        /// The maker's warranty (`WARRANTY`).
        Warranty = "warranty",
        /// The dealership itself (`INTERNAL`).
        Internal = "internal",
        /// An outside shop (`SUBLET`).
        Sublet = "sublet",
        /// The maker, outside warranty (`MANUFACTURER`).
        Manufacturer = "manufacturer",
        /// Dealer goodwill (`DEALER`).
        Dealer = "dealer",
    }
}

words! {
    /// The department that wrote a repair order.
    #[derive(Default)]
    #[non_exhaustive]
    Department {
        /// The service drive, express lanes included.
        #[default]
        Service = "service",
        /// The body shop: collision work, as a rule paid by insurers.
        BodyShop = "body_shop",
    }
}

impl Department {
    /// Whether it is the service department, as an order is that does not say.
    #[must_use]
    pub const fn is_service(&self) -> bool {
        matches!(self, Self::Service)
    }
}

impl PayType {
    /// STAR's spelling: `CUSTOMER_PAY`.
    #[must_use]
    pub fn star_name(self) -> String {
        self.as_str().to_ascii_uppercase()
    }
}

words! {
    /// Whose code an operation code is. Names of STAR's `ServiceIdentifierTypes`.
    #[non_exhaustive]
    ServiceIdentifierType {
        /// The maker's operation code (`OEM_OP_CODE`).
        OemOpCode = "oem_op_code",
        /// The dealer's code in his DMS (`DMS_SERVICE_CODE`).
        DmsServiceCode = "dms_service_code",
        /// STAR's own id (`STAR_SERVICE_ID`).
        StarServiceId = "star_service_id",
    }
}

words! {
    /// The colour of an inspection finding. Names of STAR's `inspection_code`.
    #[allow(clippy::exhaustive_enums, reason = "a traffic light has three colours")]
    InspectionCode {
        /// In order.
        Green = "green",
        /// Needs attention soon.
        Yellow = "yellow",
        /// Needs attention now.
        Red = "red",
    }
}

/// An operation code as a dealer's system writes it: 1 to 64 characters, upper case. It differs by dealer; a map
/// leads from it to a [`ServiceId`].
///
/// ```
/// use fixedops_vocab::OpCode;
/// assert_eq!(OpCode::new(" lof5 ")?.as_str(), "LOF5");
/// # Ok::<(), fixedops_vocab::IdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct OpCode(String);

/// A service by its normal name, the same at every dealer: lower-case letters, digits and `_`, 1 to 64 of them
/// (`oil_service`, `brake_pads_front`).
///
/// ```
/// use fixedops_vocab::ServiceId;
/// assert_eq!(ServiceId::new("oil_service")?.to_string(), "oil_service");
/// assert!(ServiceId::new("Oil Service").is_err());
/// # Ok::<(), fixedops_vocab::IdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct ServiceId(String);

impl OpCode {
    /// The code, trimmed and in upper case.
    ///
    /// # Errors
    /// [`IdError`] for empty or too long text and control characters.
    pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
        let text = text.as_ref().trim().to_ascii_uppercase();
        match text.len() {
            0 => Err(IdError::Empty),
            1..=64 if text.chars().any(char::is_control) => Err(IdError::BadCharacter),
            1..=64 => Ok(Self(text)),
            _ => Err(IdError::TooLong),
        }
    }
}

impl ServiceId {
    /// The id.
    ///
    /// # Errors
    /// [`IdError`] for empty or too long text and characters other than a-z, 0-9 and `_`.
    pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
        let text = text.into();
        match text.len() {
            0 => Err(IdError::Empty),
            1..=64 if text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') => {
                Ok(Self(text))
            }
            1..=64 => Err(IdError::BadCharacter),
            _ => Err(IdError::TooLong),
        }
    }
}

macro_rules! code_text {
    ($name:ident) => {
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }
        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }
        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}
code_text!(OpCode);
code_text!(ServiceId);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Channel, ConsentLevel, Purpose, Scope};

    fn round_trips<T: FromStr + fmt::Display + PartialEq + fmt::Debug + Copy>(all: &[T])
    where
        T::Err: fmt::Debug,
    {
        for word in all {
            assert_eq!(word.to_string().parse::<T>().unwrap(), *word);
        }
    }

    #[test]
    fn every_word_reads_back() {
        round_trips(Channel::ALL);
        round_trips(Purpose::ALL);
        round_trips(ConsentLevel::ALL);
        round_trips(Scope::ALL);
        round_trips(PayType::ALL);
        round_trips(InspectionCode::ALL);
        round_trips(ServiceIdentifierType::ALL);
    }

    #[test]
    fn an_unknown_word_is_named_with_the_known_ones() {
        let error = "cash".parse::<PayType>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"cash\" is none of: customer_pay, warranty, internal, sublet, manufacturer, dealer"
        );
    }

    #[test]
    fn pay_types_carry_stars_names() {
        assert_eq!(PayType::CustomerPay.star_name(), "CUSTOMER_PAY");
    }
}
