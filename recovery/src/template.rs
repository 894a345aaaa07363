use std::collections::{BTreeMap, BTreeSet};

use fixedops_vocab::{Channel, PolicyVersion};

use crate::segments::{gsm_units, segments};
use crate::{Language, must_say, syntax};

/// The fields a template may use, in alphabetical order. All are text, each may be absent, and the words keep a
/// sentence that reads well without it; only what a template prints outside every condition must be there.
///
/// Miles come labelled ("about 42,300 mi (estimated)") and are printed as they are; `wear_miles` comes bare ("2,100
/// mi"), the words around it say "about".
pub const FIELDS: &[&str] = &[
    "advisor",
    "appointment_time",
    "book_link",
    "dealer_name",
    "dealer_phone",
    "discount",
    "due_miles",
    "first_name",
    "inspection_link",
    "line_name",
    "line_price",
    "mileage",
    "miles_since",
    "offer_ends",
    "offer_name",
    "photo_link",
    "postal_address",
    "price_then",
    "reason",
    "recall_name",
    "recall_number",
    "service_date",
    "service_name",
    "slot",
    "unsubscribe_link",
    "unsubscribe_mail",
    "vehicle",
    "wear_date",
    "wear_miles",
    "wear_now",
];

/// How the reader can answer a text message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Answer {
    /// Through the scheduler: it prints `book_link`.
    #[default]
    BookLink,
    /// On the inspection page: it prints `inspection_link`.
    InspectionLink,
    /// By a reply to it.
    Reply,
    /// By a call to the dealership; there is nothing to book yet.
    Call,
}

impl Answer {
    const fn field(self) -> Option<&'static str> {
        match self {
            Self::BookLink => Some("book_link"),
            Self::InspectionLink => Some("inspection_link"),
            Self::Reply | Self::Call => None,
        }
    }
}

/// A template before it was checked.
///
/// ```
/// use fixedops_recovery::{Template, TemplateDraft};
/// use fixedops_vocab::Channel;
/// let body = "{{ dealer_name }}: {{ vehicle or \"your vehicle\" }} is ready. {{ book_link }}, {{ dealer_phone }}. \
///             Reply STOP to opt out";
/// let template = Template::new(TemplateDraft::new("ready", Channel::Sms, body), "words/1".parse()?)?;
/// assert_eq!(template.always().collect::<Vec<_>>(), ["book_link", "dealer_name", "dealer_phone"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a draft is its parts; Template::new is the door")]
pub struct TemplateDraft {
    /// Its name, as plans call it.
    pub id: String,
    /// The language it is written in.
    pub language: Language,
    /// The channel it is written for.
    pub channel: Channel,
    /// The subject line of an e-mail.
    pub subject: Option<String>,
    /// The text; for a call, the script.
    pub body: String,
    /// How a text message can be answered.
    pub answer: Answer,
    /// The most segments a text message may take; `None` where nobody set a bound.
    pub most_segments: Option<usize>,
}

impl TemplateDraft {
    /// An English draft without a subject or a bound on its length, answered through the scheduler.
    #[must_use]
    pub fn new(id: impl Into<String>, channel: Channel, body: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            language: Language::English,
            channel,
            subject: None,
            body: body.into(),
            answer: Answer::default(),
            most_segments: None,
        }
    }
}

/// The words of one touch on one channel in one language, in the syntax of Jinja.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Template {
    /// Its name, as plans call it.
    pub id: String,
    /// The language it is written in.
    pub language: Language,
    /// The channel it is written for.
    pub channel: Channel,
    /// The subject line of an e-mail.
    pub subject: Option<String>,
    /// The text; for a call, the script.
    pub body: String,
    /// How a text message can be answered.
    pub answer: Answer,
    /// The most segments a text message may take; `None` where nobody set a bound.
    pub most_segments: Option<usize>,
    /// The version of the file it came from.
    pub version: PolicyVersion,
    fields: BTreeSet<&'static str>,
    always: BTreeSet<&'static str>,
}

/// Why a template was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}template {template:?}: {fault}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
#[non_exhaustive]
pub struct TemplateError {
    /// The template; empty where the file could not be read at all.
    pub template: String,
    /// The line of the file, from 1, where it is known.
    pub line: Option<usize>,
    /// Why.
    pub fault: TemplateFault,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateFault {
    /// Not TOML, a field is missing, unknown, or of the wrong kind; the reader's own words.
    #[error("{0}")]
    Unreadable(String),
    /// It uses a field that is none of [`FIELDS`].
    #[error("uses the unknown field {0:?}")]
    UnknownField(String),
    /// It lacks something the channel needs.
    #[error("does not mention {0}")]
    Lacks(&'static str),
    /// A call that does not say in its first sentence from where it comes.
    #[error("does not name the dealership in its first sentence")]
    NotNamedFirst,
    /// A field is printed under a condition that does not say it is known: it could leave a blank.
    #[error("prints {0} where it may be missing")]
    NotGuarded(&'static str),
    /// An e-mail without a subject of one line, or a subject elsewhere.
    #[error("an e-mail has a subject line, nothing else has one")]
    Subject,
    /// A text message whose fixed words alone are longer than it may be.
    #[error("takes {found} segments before any field is known, at most {most} are allowed")]
    TooLong {
        /// Segments of the fixed words.
        found: usize,
        /// Segments allowed.
        most: usize,
    },
    /// A brace or percent sign opens something that is not closed, or an if, else or endif stands alone.
    #[error("has an expression that is not closed")]
    NotClosed,
    /// An expression that is neither one field nor a condition of fields.
    #[error("has an expression that is no field and no condition: {0:?}")]
    Expression(String),
    /// A comment: it would be checked and never sent.
    #[error("has a comment")]
    Comment,
    /// Two templates of one name for one channel in one language.
    #[error("is there twice for {0}")]
    Repeated(Channel),
    /// It speaks of money in one language and not in the other; a plan is checked by its English words.
    #[error("speaks of {0} in one language only")]
    MoneyInOneLanguage(&'static str),
}

/// Fields of work that was declined.
const DECLINED_WORK: &[&str] =
    &["line_name", "line_price", "price_then", "wear_miles", "wear_date", "wear_now"];

impl Template {
    /// Checks a template: known fields only, printed where they are known, and what its channel needs.
    ///
    /// Every one names the dealership and a number to call back. A text message carries the link its answer needs and
    /// the words to opt out; an e-mail the postal address and the link to unsubscribe; a call names the dealership in
    /// its first sentence and says how the calls stop. What is needed stands outside every condition: no value of any
    /// field takes it away.
    ///
    /// # Errors
    /// [`TemplateError`] with the first fault.
    pub fn new(draft: TemplateDraft, version: PolicyVersion) -> Result<Self, TemplateError> {
        match check(&draft) {
            Err(fault) => Err(TemplateError { template: draft.id, line: None, fault }),
            Ok((fields, always)) => {
                let TemplateDraft { id, language, channel, subject, body, answer, most_segments } = draft;
                Ok(Self {
                    id,
                    language,
                    channel,
                    subject,
                    body,
                    answer,
                    most_segments,
                    version,
                    fields,
                    always,
                })
            }
        }
    }

    /// The fields it uses, in alphabetical order.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().copied()
    }

    /// The fields it cannot be rendered without, in alphabetical order.
    pub fn always(&self) -> impl Iterator<Item = &'static str> {
        self.always.iter().copied()
    }

    /// The first field that speaks of work that was declined, if there is one.
    pub fn speaks_of_declined_work(&self) -> Option<&'static str> {
        self.fields().find(|field| DECLINED_WORK.contains(field))
    }

    /// The first field or word that speaks of money, if there is one.
    #[must_use]
    pub fn speaks_of_money(&self) -> Option<&'static str> {
        let words = format!("{} {}", self.subject.as_deref().unwrap_or_default(), self.body);
        must_say::money(self.fields(), &words, self.language)
    }
}

type FieldSets = (BTreeSet<&'static str>, BTreeSet<&'static str>);

fn check(draft: &TemplateDraft) -> Result<FieldSets, TemplateFault> {
    let words = syntax::read(&draft.body)?;
    let subject = draft.subject.as_deref().map(syntax::read).transpose()?;
    let one_line = draft.subject.as_deref().is_none_or(|subject| !subject.contains(char::is_control));
    if subject.is_some() != (draft.channel == Channel::Email) || !one_line {
        return Err(TemplateFault::Subject);
    }
    let link = draft.answer.field().filter(|_| draft.channel.is_text());
    for &needed in must_say::must_print(draft.channel).iter().chain(&link) {
        if !words.always.contains(needed) {
            return Err(TemplateFault::Lacks(needed));
        }
    }
    let plain = words.plain.split_whitespace().collect::<Vec<_>>().join(" ");
    for phrases in must_say::must_say(draft.channel, draft.language) {
        if !phrases.iter().any(|phrase| plain.contains(phrase)) {
            return Err(TemplateFault::Lacks(phrases.first().copied().unwrap_or_default()));
        }
    }
    if draft.channel.is_call() && !words.named_first {
        return Err(TemplateFault::NotNamedFirst);
    }
    if let Some(most) = draft.most_segments.filter(|_| draft.channel.is_text()) {
        // Accents may be taken off when it is sent; the shortest it can be is what counts here.
        let shortest: String = plain.chars().map(|c| if gsm_units(c).is_some() { c } else { 'a' }).collect();
        let found = segments(&shortest).segments;
        if found > most {
            return Err(TemplateFault::TooLong { found, most });
        }
    }
    let (mut fields, mut always) = (words.fields, words.always);
    if let Some(subject) = subject {
        fields.extend(subject.fields);
        always.extend(subject.always);
    }
    Ok((fields, always))
}

/// A set of templates, one for each name, channel and language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates {
    all: Vec<Template>,
    /// How words that come from elsewhere are said in a language, as pattern and translation.
    terms: BTreeMap<Language, Vec<(String, String)>>,
}

impl Templates {
    /// Puts templates together.
    ///
    /// # Errors
    /// [`TemplateFault::Repeated`] for two of one name, channel and language;
    /// [`TemplateFault::MoneyInOneLanguage`] for one that speaks of money in one of its languages only.
    pub fn new(templates: impl IntoIterator<Item = Template>) -> Result<Self, TemplateError> {
        let mut all = Self::default();
        for template in templates {
            all.add(template)?;
        }
        Ok(all)
    }

    /// Adds the templates and terms of `other`.
    ///
    /// # Errors
    /// Those of [`Templates::new`].
    pub fn with(mut self, other: Self) -> Result<Self, TemplateError> {
        for template in other.all {
            self.add(template)?;
        }
        for (language, terms) in other.terms {
            self.terms.entry(language).or_default().extend(terms);
        }
        Ok(self)
    }

    pub(crate) fn add(&mut self, template: Template) -> Result<(), TemplateError> {
        let refuse = |fault| Err(TemplateError { template: template.id.clone(), line: None, fault });
        for other in &self.all {
            if other.id != template.id || other.channel != template.channel {
                continue;
            }
            if other.language == template.language {
                return refuse(TemplateFault::Repeated(template.channel));
            }
            match (other.speaks_of_money(), template.speaks_of_money()) {
                (Some(_), Some(_)) | (None, None) => {}
                (Some(word), None) | (None, Some(word)) => {
                    return refuse(TemplateFault::MoneyInOneLanguage(word));
                }
            }
        }
        self.all.push(template);
        Ok(())
    }

    /// The template of that name for that channel: in English, or in whatever language it is there.
    #[must_use]
    pub fn get(&self, id: &str, channel: Channel) -> Option<&Template> {
        self.get_in(id, channel, Language::English)
    }

    /// The template of that name for that channel in that language; in English where there is none, and in whatever
    /// language it is there where there is no English one.
    ///
    /// ```
    /// # #[cfg(feature = "serde")] {
    /// use fixedops_recovery::{Language, Templates};
    /// use fixedops_vocab::Channel;
    /// let templates = Templates::shipped();
    /// let spanish = templates.get_in("mileage_due_now", Channel::Sms, Language::Spanish).expect("it ships");
    /// assert_eq!(spanish.language, Language::Spanish);
    /// # }
    /// ```
    #[must_use]
    pub fn get_in(&self, id: &str, channel: Channel, language: Language) -> Option<&Template> {
        let of_id = || self.all.iter().filter(|template| template.id == id && template.channel == channel);
        let spoken = |language| of_id().find(|template| template.language == language);
        spoken(language).or_else(|| spoken(Language::English)).or_else(|| of_id().next())
    }

    /// All of them, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.all.iter()
    }

    /// How words that come from elsewhere (services, lines, labels of miles, days) are said in `language`: what is
    /// looked for and what is said instead, in the order of the file.
    pub fn terms(&self, language: Language) -> impl Iterator<Item = (&str, &str)> {
        let terms = self.terms.get(&language).into_iter().flatten();
        terms.map(|(term, said)| (term.as_str(), said.as_str()))
    }

    #[cfg(feature = "serde")]
    pub(crate) fn say(&mut self, language: Language, terms: impl IntoIterator<Item = (String, String)>) {
        self.terms.entry(language).or_default().extend(terms);
    }
}
