//! What every policy shares: why one is refused, and the doors through which it is read.

#[cfg(feature = "serde")]
use chrono::NaiveDate;

/// Why a policy was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{field}: {reason}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
#[non_exhaustive]
pub struct PolicyError {
    /// The field, as the file spells it; `file` where the text could not be read at all.
    pub field: String,
    /// The line, from 1, where the reader knows it.
    pub line: Option<usize>,
    /// Why.
    pub reason: String,
}

impl PolicyError {
    pub(crate) fn at(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), line: None, reason: reason.into() }
    }

    #[cfg(feature = "serde")]
    fn unreadable(text: &str, error: &toml::de::Error) -> Self {
        let newlines = |byte| text.bytes().take(byte).filter(|&b| b == b'\n').count();
        Self {
            field: "file".to_owned(),
            line: error.span().map(|span| 1 + newlines(span.start)),
            reason: error.message().to_owned(),
        }
    }
}

/// A policy as written, from TOML.
#[cfg(feature = "serde")]
pub(crate) fn draft<D: serde::de::DeserializeOwned>(text: &str) -> Result<D, PolicyError> {
    toml::from_str(text).map_err(|error| PolicyError::unreadable(text, &error))
}

/// A day, from text: `2026-11-01`.
#[cfg(feature = "serde")]
pub(crate) fn date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    let text = <String as serde::Deserialize>::deserialize(deserializer)?;
    text.parse().map_err(|_| serde::de::Error::custom(format!("{text:?} is not a date (YYYY-MM-DD)")))
}

/// The doors of a checked policy `$policy` that keeps what was written (`$draft`) in its field `$at`: reading it, its version,
/// all of it, and the one that ships, where one does.
macro_rules! policy_doors {
    ($policy:ident($draft:ty) in $at:tt $(, shipped $file:literal)?) => {
        impl $policy {
            /// Reads it from TOML and checks it.
            ///
            /// # Errors
            /// [`PolicyError`](crate::PolicyError) naming the line or the field of the first fault.
            #[cfg(feature = "serde")]
            pub fn from_toml(text: &str) -> Result<Self, crate::PolicyError> {
                Self::new(crate::policy::draft(text)?)
            }

            $(
                /// The one that ships with this crate.
                #[cfg(feature = "serde")]
                #[must_use]
                pub fn shipped() -> Self {
                    Self::from_toml(include_str!(concat!("../policies/", $file)))
                        .expect("what ships is read by this crate's tests")
                }
            )?

            /// Name and version, as every answer cites it.
            #[must_use]
            pub const fn version(&self) -> &fixedops_vocab::PolicyVersion {
                &self.$at.version
            }

            /// All of it, as written.
            #[must_use]
            pub const fn table(&self) -> &$draft {
                &self.$at
            }
        }
    };
}
pub(crate) use policy_doors;
