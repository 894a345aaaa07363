use core::fmt;
use core::str::FromStr;

/// The language a message is written in.
///
/// ```
/// use fixedops_recovery::Language;
/// assert_eq!("es-MX".parse(), Ok(Language::Spanish));
/// assert_eq!(Language::default().as_str(), "en");
/// assert!("fr".parse::<Language>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Language {
    /// English as the trade speaks it in the United States.
    #[default]
    #[cfg_attr(feature = "serde", serde(rename = "en"))]
    English,
    /// Spanish as it is spoken in the United States and Mexico; the reader is addressed as usted.
    #[cfg_attr(feature = "serde", serde(rename = "es"))]
    Spanish,
}

/// A language there are no words in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("language is neither en nor es")]
pub struct LanguageError;

impl Language {
    /// Every language, English first: it is the one the others fall back to.
    pub const ALL: &'static [Self] = &[Self::English, Self::Spanish];

    /// The tag in files, in the person store and in the `lang` of a page.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    /// Reads a tag; what follows a hyphen or underscore (`es-MX`, `en_US`) says nothing about our words.
    fn from_str(tag: &str) -> Result<Self, LanguageError> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        let found = Self::ALL.iter().find(|language| language.as_str().eq_ignore_ascii_case(primary));
        found.copied().ok_or(LanguageError)
    }
}
