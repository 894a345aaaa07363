use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::Answer;
use crate::capture::{Language, SellerNameError, TextsError};
use crate::capture::{line_of, plain};

/// Which of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "the dialogue says these and no others")]
pub enum TextId {
    /// The opt-out was received.
    Confirmed,
    /// It was received; which messages are meant?
    ConfirmedAndAsked,
    /// Is it an opt-out?
    Asked,
}

impl TextId {
    /// Every text, in order.
    pub const ALL: &'static [Self] = &[Self::Confirmed, Self::ConfirmedAndAsked, Self::Asked];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::ConfirmedAndAsked => "confirmed_and_asked",
            Self::Asked => "asked",
        }
    }
}

/// One text, one version, one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmationText {
    /// Which.
    pub id: TextId,
    /// Its version.
    pub version: String,
    /// Its language.
    pub language: Language,
    template: String,
}

impl ConfirmationText {
    /// The words, with the seller's name in them.
    ///
    /// # Errors
    /// [`SellerNameError`] where the name is empty, longer than 60 bytes, or holds braces or control characters.
    pub fn render(&self, seller_name: &str) -> Result<String, SellerNameError> {
        let name = seller_name.trim();
        let odd = |c: char| c.is_control() || c == '{' || c == '}';
        if name.is_empty() || name.len() > 60 || name.chars().any(odd) {
            return Err(SellerNameError);
        }
        Ok(self.template.replace("{seller}", name))
    }
}

/// The texts of the dialogue, and what answers its question.
///
/// ```
/// use fixedops_consent::capture::Language;
/// use fixedops_consent::confirmation::{ConfirmationTexts, TextId};
/// let texts = ConfirmationTexts::shipped();
/// let said = texts.find(TextId::Confirmed, Language::En).render("Main Street Motors")?;
/// assert!(said.starts_with("Main Street Motors: You are unsubscribed"));
/// # Ok::<(), fixedops_consent::capture::SellerNameError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConfirmationTexts {
    version: String,
    texts: Vec<ConfirmationText>,
    fallback: ConfirmationText,
    answers: Answers,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    all: Vec<String>,
    marketing: Vec<String>,
    keep: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "name")]
    _name: String,
    version: String,
    lint: Lint,
    #[serde(rename = "text")]
    texts: Vec<Entry>,
    answers: Spanned<Answers>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lint {
    en: Vec<String>,
    es: Vec<String>,
    any: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<TextId>,
    version: String,
    language: Language,
    source: String,
    text: Spanned<String>,
}

/// What no file can take off the lint: signs of a price, a percentage or a link.
const ALWAYS_REFUSED: [&str; 5] = ["http", "www.", "://", "$", "%"];

impl ConfirmationTexts {
    /// The file that ships with this crate.
    pub const SHIPPED_FILE: &'static str = include_str!("../../rules/confirmation.toml");

    /// The texts that ship with this crate.
    #[must_use]
    pub fn shipped() -> Self {
        Self::from_toml("confirmation.toml", Self::SHIPPED_FILE).expect("the shipped file is read by a test")
    }

    /// Reads the texts from a file named `name`.
    ///
    /// # Errors
    /// [`TextsError`] with file, line, field and reason: no TOML, an unknown or missing field, a text that promotes
    /// anything (the lint of 47 CFR 64.1200(a)(12): no marketing), lacks the place of the seller's name or a source,
    /// stands twice or is not there in English, an answer that two meanings share.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, TextsError> {
        let file: File = toml::from_str(text).map_err(|error| TextsError {
            file: name.to_owned(),
            line: error.span().map(|span| line_of(text, span.start)),
            field: String::new(),
            reason: error.message().trim().replace('\n', " "),
        })?;
        let at = |offset: usize, field: &str, reason: String| TextsError {
            file: name.to_owned(),
            line: Some(line_of(text, offset)),
            field: field.to_owned(),
            reason,
        };
        let mut texts: Vec<ConfirmationText> = Vec::new();
        for entry in file.texts {
            let (start, id) = (entry.id.span().start, *entry.id.get_ref());
            for (field, value) in [("version", &entry.version), ("source", &entry.source)] {
                if value.trim().is_empty() {
                    return Err(at(start, field, "is empty".to_owned()));
                }
            }
            let offset = entry.text.span().start;
            let template = entry.text.into_inner().trim().to_owned();
            if !template.contains("{seller}") || template.replace("{seller}", "").contains(['{', '}']) {
                return Err(at(offset, "text", "has no {seller}, or another brace".to_owned()));
            }
            let refused = file.lint.refused(&template, entry.language);
            if let Some(word) = refused {
                let reason = format!("holds {word:?}: a confirmation promotes nothing");
                return Err(at(offset, "text", reason));
            }
            if texts.iter().any(|known| known.id == id && known.language == entry.language) {
                return Err(at(start, "id", format!("{} stands twice", id.as_str())));
            }
            texts.push(ConfirmationText { id, version: entry.version, language: entry.language, template });
        }
        for id in TextId::ALL {
            if !texts.iter().any(|text| text.id == *id && text.language == Language::En) {
                return Err(at(0, "text", format!("{} is not there in English", id.as_str())));
            }
        }
        let start = file.answers.span().start;
        let answers = file.answers.into_inner();
        let mut seen = Vec::new();
        for word in answers.all.iter().chain(&answers.marketing).chain(&answers.keep) {
            if plain(word) != *word || word.is_empty() {
                return Err(at(start, "answers", format!("{word:?} is not trimmed lower case")));
            }
            if seen.contains(&word) {
                return Err(at(start, "answers", format!("{word:?} would mean two things")));
            }
            seen.push(word);
        }
        let english =
            |text: &&ConfirmationText| text.id == TextId::Confirmed && text.language == Language::En;
        let fallback = texts.iter().find(english).cloned();
        let fallback = fallback.ok_or_else(|| at(0, "text", "is not there in English".to_owned()))?;
        Ok(Self { version: file.version, texts, fallback, answers })
    }

    /// The version of the file.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Every text.
    #[must_use]
    pub fn texts(&self) -> &[ConfirmationText] {
        &self.texts
    }

    /// A text in a language, in English where it is not there.
    #[must_use]
    pub fn find(&self, id: TextId, language: Language) -> &ConfirmationText {
        let of = |language| self.texts.iter().find(move |text| text.id == id && text.language == language);
        of(language).or_else(|| of(Language::En)).unwrap_or(&self.fallback)
    }

    /// Reads an answer to the question: the whole message, nothing guessed.
    #[must_use]
    pub fn answer(&self, words: &str) -> Answer {
        let word = plain(words.trim().trim_matches(['.', '!', '"', '\'', '¡']));
        if self.answers.all.contains(&word) {
            Answer::All
        } else if self.answers.marketing.contains(&word) {
            Answer::Marketing
        } else if self.answers.keep.contains(&word) {
            Answer::Keep
        } else {
            Answer::Unclear
        }
    }
}

impl Lint {
    /// The first word of an offer, a price or a link in a text. Words are looked for at the beginning of words, signs
    /// anywhere.
    fn refused(&self, text: &str, language: Language) -> Option<String> {
        let text = plain(&text.replace("{seller}", ""));
        let own = match language {
            Language::En => &self.en,
            Language::Es => &self.es,
        };
        let begins = |word: &String| {
            let word = plain(word);
            !word.is_empty()
                && text.match_indices(&word).any(|(at, _)| {
                    text.get(..at)
                        .and_then(|before| before.chars().next_back())
                        .is_none_or(|c| !c.is_alphanumeric())
                })
        };
        let anywhere = |sign: &str| !sign.is_empty() && text.contains(&sign.to_lowercase());
        own.iter()
            .find(|word| begins(word))
            .cloned()
            .or_else(|| self.any.iter().find(|sign| anywhere(sign)).cloned())
            .or_else(|| ALWAYS_REFUSED.iter().find(|sign| anywhere(sign)).map(|sign| (*sign).to_owned()))
    }
}
