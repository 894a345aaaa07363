use std::collections::BTreeMap;

use fixedops_recovery::Closure;
use fixedops_vocab::{PolicyVersion, ProgramId};
use serde::Deserialize;

/// What is written to a customer's record when a follow-up ends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispositions {
    version: PolicyVersion,
    #[serde(rename = "effective")]
    _effective: toml::value::Datetime,
    #[serde(rename = "source")]
    _source: String,
    programs: BTreeMap<ProgramId, String>,
    closures: BTreeMap<Closure, String>,
}

impl Dispositions {
    /// The shipped words.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "the embedded file is read by a test")]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../policies/dispositions.toml"))
            .expect("the embedded words are read by a test")
    }

    /// A store's own words. Every closure must have some.
    ///
    /// # Errors
    /// Line and reason.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        let words: Self = toml::from_str(text)?;
        match Closure::ALL.iter().find(|closure| !words.closures.contains_key(closure)) {
            Some(closure) => Err(serde::de::Error::custom(format!("closures.{closure} has no words"))),
            None => Ok(words),
        }
    }

    /// Name and version.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// How a case of `program` ended, in words.
    ///
    /// ```
    /// use fixedops_closed_loop::Dispositions;
    /// use fixedops_recovery::Closure;
    /// let words = Dispositions::shipped().words(&"declined_recovery".parse()?, Closure::Win);
    /// assert_eq!(words, "Follow-up on declined work: work done here");
    /// # Ok::<(), fixedops_vocab::IdError>(())
    /// ```
    #[must_use]
    pub fn words(&self, program: &ProgramId, closure: Closure) -> String {
        let about = self.programs.get(program).map_or(program.as_str(), String::as_str);
        let how = self.closures.get(&closure).map_or(closure.as_str(), String::as_str);
        format!("{about}: {how}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_without_words_for_a_closure_is_refused() {
        let shipped = include_str!("../policies/dispositions.toml");
        let without = shipped.replace("sold = \"vehicle sold\"\n", "");
        let error = Dispositions::from_toml(&without).unwrap_err().to_string();
        assert!(error.contains("closures.sold"), "{error}");
        let unknown = shipped.replace("sold = ", "gone = ");
        assert!(Dispositions::from_toml(&unknown).is_err());
    }
}
