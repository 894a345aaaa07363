use std::sync::Arc;

use core::fmt;
use core::str::FromStr;

use crate::ServiceId;

/// Longest id that comes from outside, in bytes.
const LONGEST: usize = 64;
/// Longest id that is put together from others, in bytes.
const LONGEST_COMPOSED: usize = 512;

fn check(text: &str, longest: usize) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > longest {
        return Err(IdError::TooLong);
    }
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err(IdError::BadCharacter);
    }
    Ok(())
}

/// Escapes the separators of composed ids, so that two different lists of parts never make one id.
fn compose(parts: &[&str]) -> String {
    let escaped: Vec<String> = parts.iter().map(|p| p.replace('%', "%25").replace('/', "%2F")).collect();
    escaped.join("/")
}

/// Why an id was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// No characters at all.
    #[error("id is empty")]
    Empty,
    /// More than 64 bytes (512 for composed ids).
    #[error("id is too long")]
    TooLong,
    /// A control character, or white space at an end.
    #[error("id holds a control character, or white space at an end")]
    BadCharacter,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $longest:expr, $shown:tt) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as it was given.
            ///
            /// # Errors
            /// [`IdError`] for empty or too long text, control characters, or white space at an end.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                check(&text, $longest).map(|()| Self(text.into()))
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
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }

        id!(@$shown $name);
    };
    (@open $name:ident) => {
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
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
    (@redacted $name:ident) => {
        impl $name {
            /// The text. Customer data: not for logs.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("***")
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    };
}

id!(
    /// The dealership that a consent was given to; a journal is partitioned by it.
    SellerId, LONGEST, open
);
id!(
    /// One store of a seller: one roof, one service drive.
    RooftopId, LONGEST, open
);
id!(
    /// A person, by the id of the system that knows him. Redacted in `Debug` and `Display`.
    CustomerId, LONGEST, redacted
);
id!(
    /// People who share a home or a phone. Redacted in `Debug` and `Display`.
    HouseholdId, LONGEST, redacted
);
id!(
    /// A vehicle, by an opaque id of ours; its VIN lies in the person store.
    VehicleId, LONGEST, open
);
id!(
    /// A repair order, unique over the rooftops of a seller: see [`RoId::compose`].
    RoId, LONGEST_COMPOSED, open
);
id!(
    /// A line (labor operation) of a repair order, unique within it.
    RoLineId, LONGEST, open
);
id!(
    /// An appointment in the dealer's scheduler.
    AppointmentId, LONGEST, open
);
id!(
    /// A multi-point inspection.
    InspectionId, LONGEST, open
);
id!(
    /// One run of one plan for one trigger.
    CaseId, LONGEST_COMPOSED, open
);
id!(
    /// A touch within its case: one message, or one call.
    TouchId, LONGEST, open
);
id!(
    /// A mileage (or time) threshold passed once: see [`CrossingId::compose`].
    CrossingId, LONGEST_COMPOSED, open
);
id!(
    /// What a case is about: `mileage_due`, `declined_recovery`, ...
    ProgramId, LONGEST, open
);
id!(
    /// The name and version of a rule book, plan, schedule or weight table, as every decision cites it.
    PolicyVersion, LONGEST_COMPOSED, open
);

impl RoId {
    /// The repair order number `number` of `rooftop`; numbers repeat over rooftops, ids do not.
    ///
    /// ```
    /// use fixedops_vocab::{RoId, RooftopId};
    /// let id = RoId::compose(&RooftopId::new("north")?, "604411")?;
    /// assert_eq!(id.as_str(), "north/604411");
    /// # Ok::<(), fixedops_vocab::IdError>(())
    /// ```
    ///
    /// # Errors
    /// [`IdError`] where `number` is no id.
    pub fn compose(rooftop: &RooftopId, number: &str) -> Result<Self, IdError> {
        check(number, LONGEST)?;
        Self::new(compose(&[rooftop.as_str(), number]))
    }
}

/// Which ownership of a vehicle, counted from 1: mileage follows the VIN, everything else follows the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct OwnershipSpan(pub u32);

impl CrossingId {
    /// The crossing of `service` in its `cycle`-th interval (counted from 1), for the owner of `span`.
    ///
    /// ```
    /// use fixedops_vocab::{CrossingId, OwnershipSpan, SellerId, ServiceId, VehicleId};
    /// let id = CrossingId::compose(
    ///     &SellerId::new("main-street")?,
    ///     &VehicleId::new("v17")?,
    ///     OwnershipSpan(1),
    ///     &ServiceId::new("oil_service")?,
    ///     3,
    /// )?;
    /// assert_eq!(id.as_str(), "main-street/v17/1/oil_service/3");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`IdError::TooLong`] where the escaped parts are longer than 512 bytes.
    pub fn compose(
        seller: &SellerId,
        vehicle: &VehicleId,
        span: OwnershipSpan,
        service: &ServiceId,
        cycle: u32,
    ) -> Result<Self, IdError> {
        let (span, cycle) = (span.0.to_string(), cycle.to_string());
        Self::new(compose(&[seller.as_str(), vehicle.as_str(), &span, service.as_str(), &cycle]))
    }
}

impl CaseId {
    /// The case that `program` opens for `cause` (a crossing, a declined line, ...): one cause, one case.
    ///
    /// # Errors
    /// [`IdError`] where `cause` is empty or too long.
    pub fn compose(program: &ProgramId, cause: &str) -> Result<Self, IdError> {
        check(cause, LONGEST_COMPOSED)?;
        Self::new(format!("{}/{cause}", compose(&[program.as_str()])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn customers_and_households_never_show() {
        let customer = CustomerId::new("jane-doe-77").unwrap();
        let household = HouseholdId::new("doe-elm-street").unwrap();
        let shown = format!("{customer} {customer:?} {household} {household:?}");
        assert!(!shown.contains("doe"), "{shown}");
        assert_eq!(customer.expose(), "jane-doe-77");
    }

    #[test]
    fn what_is_no_id_is_refused_with_its_reason() {
        for (case, text, expected) in [
            ("nothing", String::new(), IdError::Empty),
            ("65 bytes", "x".repeat(65), IdError::TooLong),
            ("a line break", "a\nb".to_owned(), IdError::BadCharacter),
            ("a space in front", " a".to_owned(), IdError::BadCharacter),
        ] {
            assert_eq!(VehicleId::new(text), Err(expected), "{case}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_a_door_too() {
        assert!(serde_json::from_str::<VehicleId>("\"\"").is_err());
        assert_eq!(serde_json::to_string(&VehicleId::new("v1").unwrap()).unwrap(), "\"v1\"");
    }

    proptest! {
        #[test]
        fn different_parts_never_make_one_crossing(
            a in "[a-z/%0-9]{1,9}", b in "[a-z/%0-9]{1,9}", c in "[a-z/%0-9]{1,9}", d in "[a-z/%0-9]{1,9}",
        ) {
            let service = ServiceId::new("oil_service").unwrap();
            let make = |s: &str, v: &str| {
                let (seller, vehicle) = (SellerId::new(s).unwrap(), VehicleId::new(v).unwrap());
                CrossingId::compose(&seller, &vehicle, OwnershipSpan(1), &service, 1).unwrap()
            };
            prop_assert_eq!(make(&a, &b) == make(&c, &d), (a, b) == (c, d));
        }
    }
}
