//! Words of the journal in plain words: rules, reasons, answers.

use std::collections::BTreeMap;

use fixedops_vocab::PolicyVersion;
use serde::Deserialize;

/// What a word of the journal is read as, by what the word is about.
///
/// ```
/// use fixedops_closed_loop::scorecard::PlainWords;
/// let words = PlainWords::shipped();
/// assert_eq!(words.reason("ro_open"), "the car is in the shop");
/// assert_eq!(words.reason("FED-DNC-NATIONAL"), "on the national do-not-call list");
/// assert_eq!(words.reason("a_word_of_tomorrow"), "a word of tomorrow");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainWords {
    version: PolicyVersion,
    #[serde(rename = "effective")]
    _effective: toml::value::Datetime,
    #[serde(rename = "source")]
    _source: String,
    rule: BTreeMap<String, String>,
    reason: BTreeMap<String, String>,
    pub(super) outcome: BTreeMap<String, String>,
    pub(super) credit: BTreeMap<String, String>,
    pub(super) evidence: BTreeMap<String, String>,
    pub(super) reply: BTreeMap<String, String>,
    pub(super) revoked_by: BTreeMap<String, String>,
    pub(super) scope: BTreeMap<String, String>,
}

/// The words of one kind, or the journal's own with spaces.
pub(super) fn say(words: &BTreeMap<String, String>, word: &str) -> String {
    words.get(word).cloned().unwrap_or_else(|| word.replace('_', " "))
}

impl PlainWords {
    /// The shipped words.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "the embedded file is read by a test")]
    pub fn shipped() -> Self {
        toml::from_str(include_str!("../../policies/words.toml"))
            .expect("the embedded words are read by a test")
    }

    /// Name and version.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// Whether a word is the id of a rule there are words for.
    #[must_use]
    pub fn is_rule(&self, word: &str) -> bool {
        self.rule.contains_key(word)
    }

    /// What ties a visit to a message.
    #[must_use]
    pub fn evidence(&self, evidence: fixedops_attribution::Evidence) -> String {
        say(&self.evidence, evidence.as_str())
    }

    /// Why a line earned no credit.
    #[must_use]
    pub fn not_credited(&self, reason: fixedops_attribution::Reason) -> String {
        say(&self.credit, reason.as_str())
    }

    /// Why something was not sent, or put off: a rule of the rule book, or a reason of the loop's own.
    #[must_use]
    pub fn reason(&self, word: &str) -> String {
        self.rule.get(word).cloned().unwrap_or_else(|| say(&self.reason, word))
    }
}

#[cfg(test)]
mod tests {
    use fixedops_attribution::{Evidence, Reason};
    use fixedops_consent::{ReplyLabel, RuleBook};
    use fixedops_vocab::Scope;

    use super::PlainWords;

    /// A new rule without words would stand on the page as its id.
    #[test]
    fn every_rule_of_the_shipped_rule_book_has_plain_words_and_no_words_are_left_over() {
        let (words, book) = (PlainWords::shipped(), RuleBook::shipped());
        let without: Vec<&str> =
            book.rules().map(|rule| rule.id.as_str()).filter(|id| !words.is_rule(id)).collect();
        assert!(without.is_empty(), "no words for {without:?}");
        let gone: Vec<&String> = words.rule.keys().filter(|id| book.rule(id).is_none()).collect();
        assert!(gone.is_empty(), "the rule book does not know {gone:?}");
        assert!(words.rule.len() > 90);
    }

    #[test]
    fn every_word_of_a_closed_list_has_plain_words() {
        let words = PlainWords::shipped();
        let credit = Reason::ALL.iter().map(|word| (&words.credit, word.as_str()));
        let evidence = Evidence::ALL.iter().map(|word| (&words.evidence, word.as_str()));
        let reply = ReplyLabel::ALL.iter().map(|word| (&words.reply, word.as_str()));
        let scope = Scope::ALL.iter().map(|word| (&words.scope, word.as_str()));
        let closure = fixedops_recovery::Closure::ALL
            .iter()
            .filter(|closure| **closure != fixedops_recovery::Closure::Win)
            .map(|word| (&words.reason, word.as_str()));
        for (table, word) in credit.chain(evidence).chain(reply).chain(scope).chain(closure) {
            assert!(table.contains_key(word), "no words for {word}");
        }
    }

    /// They stand beside a bar on a telephone, and among other words in a sentence.
    #[test]
    fn plain_words_are_short_and_hold_no_word_of_ours() {
        let words = PlainWords::shipped();
        let tables = [
            &words.rule,
            &words.reason,
            &words.outcome,
            &words.credit,
            &words.evidence,
            &words.reply,
            &words.revoked_by,
            &words.scope,
        ];
        for (word, plain) in tables.into_iter().flatten() {
            assert!((4..=76).contains(&plain.chars().count()), "{word}: {plain}");
            assert!(
                !plain.contains('_') && !plain.ends_with('.') && plain.trim() == plain,
                "{word}: {plain}"
            );
            assert!(!plain.contains("touch") && !plain.contains("programme"), "{word}: {plain}");
        }
    }
}
