use std::collections::BTreeMap;

use fixedops_vocab::PolicyVersion;
use serde::Deserialize;

/// What a decline without any reason is recorded as: nobody knows whether the customer was asked.
pub(crate) const NOT_TOLD: &str = "not_told";
/// What a reason that is none of the list is recorded as.
pub(crate) const OTHER: &str = "other";

/// Why customers decline: the coded list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclineReasons {
    version: PolicyVersion,
    #[serde(rename = "effective")]
    _effective: toml::value::Datetime,
    #[serde(rename = "source")]
    _source: String,
    reason: Vec<DeclineReason>,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DeclineReason {
    /// The word in events.
    pub code: String,
    /// The same in words, as they are written back.
    pub means: String,
    /// Other names records have for it.
    #[serde(default)]
    pub also: Vec<String>,
    /// Whether it leaves nothing to recover on the line.
    #[serde(default)]
    pub gone: bool,
}

impl DeclineReasons {
    /// The shipped list.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "the embedded file is read by a test")]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../policies/decline_reasons.toml"))
            .expect("the embedded list is read by a test")
    }

    /// A store's own list. It must have the codes `other` and `not_told`, and no name twice.
    ///
    /// # Errors
    /// Line and reason.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        let list: Self = toml::from_str(text)?;
        let mut codes = BTreeMap::new();
        for reason in &list.reason {
            for name in reason.names() {
                let before = codes.insert(name.clone(), &reason.code);
                if before.is_some_and(|code| *code != reason.code) {
                    return Err(serde::de::Error::custom(format!("{name:?} is a name of two reasons")));
                }
            }
        }
        for needed in [OTHER, NOT_TOLD] {
            if list.find(needed).is_none() {
                return Err(serde::de::Error::custom(format!("there is no reason {needed:?}")));
            }
        }
        Ok(list)
    }

    /// Name and version.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// The reason of a code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&DeclineReason> {
        self.reason.iter().find(|reason| reason.code == code)
    }

    /// The code of what a record says; `other` for words that are none of the list.
    ///
    /// ```
    /// use fixedops_closed_loop::DeclineReasons;
    /// let reasons = DeclineReasons::shipped();
    /// assert_eq!(reasons.code_of(Some("Done Elsewhere")), "done_elsewhere");
    /// assert_eq!(reasons.code_of(Some("she will ask her brother first")), "other");
    /// assert_eq!(reasons.code_of(None), "not_told");
    /// ```
    #[must_use]
    pub fn code_of(&self, said: Option<&str>) -> &str {
        let Some(said) = said.map(plain).filter(|said| !said.is_empty()) else { return NOT_TOLD };
        let known = self.reason.iter().find(|reason| reason.names().any(|name| name == said));
        known.map_or(OTHER, |reason| &reason.code)
    }
}

impl DeclineReason {
    fn names(&self) -> impl Iterator<Item = String> {
        core::iter::once(&self.code).chain(&self.also).map(|name| plain(name))
    }
}

/// Lower case, one space for whatever is neither letter nor digit.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_record_says_finds_its_code_however_it_is_written() {
        let reasons = DeclineReasons::shipped();
        for (said, code) in [
            ("done_elsewhere", "done_elsewhere"),
            ("DONE  ELSEWHERE", "done_elsewhere"),
            ("Does Own Service", "does_own_service"),
            ("too expensive!", "price"),
            ("call me after the first, Anna", "other"),
            (" ", "not_told"),
        ] {
            assert_eq!(reasons.code_of(Some(said)), code, "{said}");
        }
        assert!(reasons.find("done_elsewhere").is_some_and(|reason| reason.gone));
        assert!(reasons.find("price").is_some_and(|reason| !reason.gone));
    }

    #[test]
    fn a_list_without_its_needed_codes_or_with_a_name_twice_is_refused() {
        let list = |reasons: &str| {
            let head = "version = \"v/1\"\neffective = 2026-11-01\nsource = \"s\"\n";
            let whole = format!("{head}{reasons}[[reason]]\ncode = \"not_told\"\nmeans = \"m\"\n");
            DeclineReasons::from_toml(&whole).map_err(|error| error.to_string())
        };
        let other = "[[reason]]\ncode = \"other\"\nmeans = \"m\"\n";
        assert!(list(other).is_ok());
        assert!(list("").unwrap_err().contains("other"));
        let twice = format!("{other}[[reason]]\ncode = \"price\"\nmeans = \"m\"\nalso = [\"Other\"]\n");
        assert!(list(&twice).unwrap_err().contains("two reasons"));
    }
}
