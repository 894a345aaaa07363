use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use fixedops_vocab::{Channel, ConsentLevel};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use toml::Spanned;

use super::opt_in::OptInTerms;
use crate::{ContentDigest, Disclosure};

/// Where a seller's name goes.
const SELLER: &str = "{seller}";
/// A seller's name longer than this is no name.
const LONGEST_NAME: usize = 120;

/// The language of a text or a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Language {
    /// English.
    En,
    /// Spanish.
    Es,
}

impl Language {
    /// Every language, in order.
    pub const ALL: &'static [Self] = &[Self::En, Self::Es];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }
}

/// What the text of a consent can hold, one sentence of the law each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Element {
    /// It authorizes the seller to send, 47 CFR 64.1200(f)(9)(i)(A).
    Authorization,
    /// It says that what is sent is advertising or telemarketing, (f)(9)(i)(A).
    Advertising,
    /// Automated technology, (f)(9)(i)(A).
    AutomatedTechnology,
    /// An artificial or prerecorded voice, (f)(9)(i)(A); FCC 24-17 for a generated one.
    ArtificialOrPrerecordedVoice,
    /// Signing is not a condition of purchase, (f)(9)(i)(B).
    NotConditionOfPurchase,
    /// The seller's name, (f)(9).
    SellerNamed,
    /// The number it is for, (f)(9).
    NumberNamed,
    /// How often, CTIA 5.1.
    MessageFrequency,
    /// Message and data rates, CTIA 5.1.
    DataRates,
    /// HELP, CTIA 5.1.
    Help,
    /// STOP, CTIA 5.1.
    Stop,
    /// E-mail: how to unsubscribe, 15 USC 7704(a)(3).
    Unsubscribe,
}

impl Element {
    /// Every element, in order.
    pub const ALL: &'static [Self] = &[
        Self::Authorization,
        Self::Advertising,
        Self::AutomatedTechnology,
        Self::ArtificialOrPrerecordedVoice,
        Self::NotConditionOfPurchase,
        Self::SellerNamed,
        Self::NumberNamed,
        Self::MessageFrequency,
        Self::DataRates,
        Self::Help,
        Self::Stop,
        Self::Unsubscribe,
    ];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Advertising => "advertising",
            Self::AutomatedTechnology => "automated_technology",
            Self::ArtificialOrPrerecordedVoice => "artificial_or_prerecorded_voice",
            Self::NotConditionOfPurchase => "not_condition_of_purchase",
            Self::SellerNamed => "seller_named",
            Self::NumberNamed => "number_named",
            Self::MessageFrequency => "message_frequency",
            Self::DataRates => "data_rates",
            Self::Help => "help",
            Self::Stop => "stop",
            Self::Unsubscribe => "unsubscribe",
        }
    }

    /// What [`decide`](crate::decide) reads of it, if anything.
    #[must_use]
    pub const fn disclosure(self) -> Option<Disclosure> {
        match self {
            Self::AutomatedTechnology => Some(Disclosure::AutomatedTechnology),
            Self::ArtificialOrPrerecordedVoice => Some(Disclosure::ArtificialOrPrerecordedVoice),
            Self::NotConditionOfPurchase => Some(Disclosure::NotConditionOfPurchase),
            Self::SellerNamed => Some(Disclosure::SellerNamed),
            _ => None,
        }
    }

    /// Whether a text of `level` that is to cover `channel` must hold it.
    #[must_use]
    pub const fn is_needed(self, level: ConsentLevel, channel: Channel) -> bool {
        let written = matches!(level, ConsentLevel::Pewc);
        match self {
            Self::Authorization | Self::SellerNamed => true,
            Self::Advertising | Self::NotConditionOfPurchase => written,
            Self::NumberNamed => written && !matches!(channel, Channel::Email),
            Self::AutomatedTechnology | Self::MessageFrequency => written && channel.is_text(),
            Self::ArtificialOrPrerecordedVoice => {
                written && matches!(channel, Channel::AiCall | Channel::PrerecordedCall)
            }
            Self::DataRates | Self::Help | Self::Stop => channel.is_text(),
            Self::Unsubscribe => written && matches!(channel, Channel::Email),
        }
    }
}

/// One disclosure text: one id, one version, one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosureText {
    /// Which text.
    pub id: String,
    /// Its version; the words of a version never change.
    pub version: String,
    /// Its language.
    pub language: Language,
    /// What it was written for.
    pub level: ConsentLevel,
    /// The channels it may cover.
    pub channels: Vec<Channel>,
    /// What it holds.
    pub elements: BTreeSet<Element>,
    /// First day it may be shown.
    pub effective: NaiveDate,
    /// First day it may no longer be shown.
    pub retired: Option<NaiveDate>,
    /// Where it comes from, and how sure we are.
    pub source: String,
    template: String,
}

impl DisclosureText {
    /// Whether these are the words of this text, whatever seller's name stands in them.
    #[must_use]
    pub fn has_words(&self, text: &str) -> bool {
        let mut parts = self.template.split(SELLER);
        let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
        // The name is what stands before the next words of the text; it must render to exactly these words.
        let Some(next) = parts.next() else { return rest.is_empty() };
        let end = if next.is_empty() { Some(rest.len()) } else { rest.find(next) };
        let name = end.and_then(|end| rest.get(..end)).unwrap_or("");
        self.render(name).is_ok_and(|rendered| rendered.text == text)
    }

    /// The words as they are shown to a person, with the seller's name in them.
    ///
    /// # Errors
    /// [`SellerNameError`] where the name is empty, longer than 120 bytes, or holds braces or control characters.
    pub fn render(&self, seller_name: &str) -> Result<Rendered, SellerNameError> {
        let name = seller_name.trim();
        let odd = |c: char| c.is_control() || c == '{' || c == '}';
        if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(odd) {
            return Err(SellerNameError);
        }
        let text = self.template.replace(SELLER, name);
        let digest = digest_of(&text);
        Ok(Rendered { text, digest })
    }
}

/// The exact words of a disclosure, and their digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The words.
    pub text: String,
    /// SHA-256 over their UTF-8 bytes.
    pub digest: ContentDigest,
}

/// The SHA-256 digest of exact words, or of the bytes of a page: what a tablet sends along with a consent.
///
/// ```
/// let digest = fixedops_consent::capture::digest_of("abc");
/// assert!(digest.to_string().starts_with("ba7816bf8f01cfea"));
/// ```
#[must_use]
pub fn digest_of(bytes: impl AsRef<[u8]>) -> ContentDigest {
    ContentDigest::from_bytes(Sha256::digest(bytes.as_ref()).into())
}

/// The seller's name cannot stand in a disclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("seller name is empty, longer than 120 bytes, or holds braces or control characters")]
pub struct SellerNameError;

/// Every disclosure text, by version and language, with the terms of the keyword double opt-in.
///
/// ```
/// use fixedops_consent::capture::{Disclosures, Language};
/// let texts = Disclosures::shipped();
/// let text = texts.find("service_texts", "1", Language::Es).expect("shipped in Spanish");
/// let shown = text.render("Main Street Motors")?;
/// assert!(shown.text.contains("Main Street Motors"));
/// # Ok::<(), fixedops_consent::capture::SellerNameError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Disclosures {
    version: String,
    elements: BTreeMap<Element, ElementRule>,
    texts: Vec<DisclosureText>,
    opt_in: OptInTerms,
}

#[derive(Clone, Debug)]
struct ElementRule {
    citation: String,
    phrases: BTreeMap<Language, Vec<String>>,
}

impl Disclosures {
    /// The file that ships with this crate.
    pub const SHIPPED_FILE: &'static str = include_str!("../../rules/disclosures.toml");

    /// The texts that ship with this crate.
    #[must_use]
    pub fn shipped() -> Self {
        Self::from_toml("disclosures.toml", Self::SHIPPED_FILE).expect("the shipped file is read by a test")
    }

    /// Reads texts from a file named `name`.
    ///
    /// # Errors
    /// [`TextsError`] with file, line, field and reason: no TOML, an unknown or missing field; a text without the place
    /// of the seller's name, without a phrase of an element it declares, or without an element its level and channels
    /// need; a text given twice; an element without phrases of a language; a double opt-in whose text is not there.
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
        let mut elements = BTreeMap::new();
        for entry in file.elements {
            let id = *entry.id.get_ref();
            let start = entry.id.span().start;
            if entry.citation.trim().is_empty() {
                return Err(at(start, "citation", format!("element {} has no citation", id.as_str())));
            }
            let mut phrases = BTreeMap::new();
            for (language, list) in [(Language::En, entry.en), (Language::Es, entry.es)] {
                let list: Vec<String> = list.iter().map(|phrase| plain(phrase)).collect();
                if list.is_empty() || list.iter().any(String::is_empty) {
                    let reason = format!("element {} has no phrase, or an empty one", id.as_str());
                    return Err(at(start, language.as_str(), reason));
                }
                phrases.insert(language, list);
            }
            if elements.insert(id, ElementRule { citation: entry.citation, phrases }).is_some() {
                return Err(at(start, "id", format!("element {} stands twice", id.as_str())));
            }
        }
        if let Some(missing) = Element::ALL.iter().find(|element| !elements.contains_key(element)) {
            let reason = format!("element {} is missing", missing.as_str());
            return Err(TextsError {
                file: name.to_owned(),
                line: None,
                field: "element".to_owned(),
                reason,
            });
        }
        let mut texts: Vec<DisclosureText> = Vec::new();
        for entry in file.texts {
            let start = entry.id.span().start;
            let fault = |field: &str, reason: String| at(start, field, reason);
            let read = entry.read(&elements, &fault, &|offset, reason| at(offset, "text", reason))?;
            if texts.iter().any(|known| known.is(&read.id, &read.version, read.language)) {
                return Err(fault("version", format!("{} {} stands twice", read.id, read.version)));
            }
            texts.push(read);
        }
        let start = file.double_opt_in.span().start;
        let opt_in = file.double_opt_in.into_inner();
        opt_in.check().map_err(|(field, reason)| at(start, field, reason))?;
        let signs = |text: &&DisclosureText| {
            text.id == opt_in.text
                && text.level == ConsentLevel::Pewc
                && text.channels.contains(&Channel::Sms)
        };
        if !texts.iter().any(|text| signs(&text)) {
            let reason = format!("{} is no text for written consent to SMS", opt_in.text);
            return Err(at(start, "text", reason));
        }
        Ok(Self { version: file.version, elements, texts, opt_in })
    }

    /// The shipped texts and one more, that holds just these elements: no file could.
    #[cfg(test)]
    pub(super) fn with(elements: BTreeSet<Element>) -> Self {
        let mut texts = Self::shipped();
        texts.texts.push(DisclosureText {
            id: "partial".to_owned(),
            version: "1".to_owned(),
            language: Language::En,
            level: ConsentLevel::Pec,
            channels: Channel::ALL.to_vec(),
            elements,
            effective: NaiveDate::default(),
            retired: None,
            source: "test".to_owned(),
            template: "words of {seller}".to_owned(),
        });
        texts
    }

    /// The version of the file.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Every text, retired ones included.
    #[must_use]
    pub fn texts(&self) -> &[DisclosureText] {
        &self.texts
    }

    /// One text.
    #[must_use]
    pub fn find(&self, id: &str, version: &str, language: Language) -> Option<&DisclosureText> {
        self.texts.iter().find(|text| text.is(id, version, language))
    }

    /// The terms of the keyword double opt-in.
    #[must_use]
    pub const fn opt_in(&self) -> &OptInTerms {
        &self.opt_in
    }

    /// Where an element stands in the law or in the carriers' rules.
    #[must_use]
    pub fn citation(&self, element: Element) -> &str {
        self.elements.get(&element).map_or("", |rule| rule.citation.as_str())
    }
}

impl DisclosureText {
    fn is(&self, id: &str, version: &str, language: Language) -> bool {
        self.id == id && self.version == version && self.language == language
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "name")]
    _name: String,
    version: String,
    #[serde(default, rename = "element")]
    elements: Vec<ElementEntry>,
    #[serde(default, rename = "text")]
    texts: Vec<TextEntry>,
    double_opt_in: Spanned<OptInTerms>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ElementEntry {
    id: Spanned<Element>,
    citation: String,
    en: Vec<String>,
    es: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextEntry {
    id: Spanned<String>,
    version: String,
    language: Language,
    level: ConsentLevel,
    channels: Vec<Channel>,
    effective: NaiveDate,
    #[serde(default)]
    retired: Option<NaiveDate>,
    source: String,
    elements: Vec<Element>,
    text: Spanned<String>,
}

impl TextEntry {
    fn read(
        self,
        rules: &BTreeMap<Element, ElementRule>,
        fault: &dyn Fn(&str, String) -> TextsError,
        in_text: &dyn Fn(usize, String) -> TextsError,
    ) -> Result<DisclosureText, TextsError> {
        let id = self.id.into_inner();
        for (field, value) in [("id", &id), ("version", &self.version), ("source", &self.source)] {
            if value.trim().is_empty() {
                return Err(fault(field, "is empty".to_owned()));
            }
        }
        if self.channels.is_empty() {
            return Err(fault("channels", format!("{id} covers no channel")));
        }
        if self.retired.is_some_and(|retired| retired <= self.effective) {
            return Err(fault("retired", format!("{id} is retired before it is in force")));
        }
        let start = self.text.span().start;
        let template = self.text.into_inner().trim().to_owned();
        let words = plain(&template);
        if !template.contains(SELLER) {
            return Err(in_text(start, format!("{id} has no place for the seller's name: write {SELLER}")));
        }
        if template.replace(SELLER, "").contains(['{', '}']) {
            return Err(in_text(start, format!("{id} holds a brace that is not {SELLER}")));
        }
        let elements: BTreeSet<Element> = self.elements.into_iter().collect();
        for element in &elements {
            let phrases = rules.get(element).and_then(|rule| rule.phrases.get(&self.language));
            if !phrases.into_iter().flatten().any(|phrase| words.contains(phrase.as_str())) {
                let word = element.as_str();
                return Err(in_text(start, format!("{id} declares {word}, and holds no phrase of it")));
            }
        }
        for channel in &self.channels {
            let needed = Element::ALL.iter().find(|element| {
                // A text that is not for written consent may leave out what only that needs.
                element.is_needed(self.level, *channel) && !elements.contains(element)
            });
            if let Some(element) = needed {
                let reason = format!("{id} is for {channel} and does not declare {}", element.as_str());
                return Err(fault("elements", reason));
            }
        }
        Ok(DisclosureText {
            id,
            version: self.version,
            language: self.language,
            level: self.level,
            channels: self.channels,
            elements,
            effective: self.effective,
            retired: self.retired,
            source: self.source,
            template,
        })
    }
}

/// Lower case, one space between words.
pub(crate) fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count().saturating_add(1)
}

/// Why a file of texts was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}{}: {reason}", .line.map(|line| format!(":{line}")).unwrap_or_default(), in_field(.field))]
pub struct TextsError {
    /// The file, by the name it was handed in with.
    pub file: String,
    /// Line in it, from 1, where one line is to blame.
    pub line: Option<usize>,
    /// The field, where one is to blame.
    pub field: String,
    /// What is wrong.
    pub reason: String,
}

fn in_field(field: &str) -> String {
    if field.is_empty() { String::new() } else { format!(" ({field})") }
}
