use std::collections::BTreeSet;

use fixedops_vocab::{Channel, PolicyVersion};

use crate::syntax;

/// The fields a template may use. All are text; the renderer hands in every one, empty where it is not known, and
/// the templates keep a sentence that reads well without it.
pub const FIELDS: &[&str] = &[
    "advisor",
    "book_link",
    "dealer_name",
    "dealer_phone",
    "discount",
    "due_miles",
    "first_name",
    "line_name",
    "line_price",
    "mileage",
    "miles_since",
    "service_date",
    "service_name",
    "slot",
    "vehicle",
];

/// Fields that speak of money; a safety plan uses no template with one of them.
const MONEY: &[&str] = &["discount", "line_price"];

/// Words that make an offer of it; nor with one of these.
const OFFER: &[&str] = &["discount", "coupon", "% off"];

/// The words every text message ends with.
const OPT_OUT: &str = "Reply STOP to opt out";

/// The words of one touch on one channel, in the syntax of Jinja; rendering is the caller's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Template {
    /// Its name, as plans call it.
    pub id: String,
    /// The channel it is written for.
    pub channel: Channel,
    /// The subject line of an e-mail.
    pub subject: Option<String>,
    /// The text; for a live call, the script.
    pub body: String,
    /// The version of the file it came from.
    pub version: PolicyVersion,
    fields: BTreeSet<&'static str>,
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
    /// An e-mail without a subject line, or a subject line elsewhere.
    #[error("an e-mail has a subject line, nothing else has one")]
    Subject,
    /// A brace or percent sign opens something that is not closed, or an if, else or endif stands alone.
    #[error("has an expression that is not closed")]
    NotClosed,
    /// An expression that is neither one field nor a condition of fields.
    #[error("has an expression that is no field and no condition: {0:?}")]
    Expression(String),
    /// A comment: it would be checked and never sent.
    #[error("has a comment")]
    Comment,
    /// Two templates of one name for one channel.
    #[error("is there twice for {0}")]
    Repeated(Channel),
}

impl Template {
    /// Checks a template: known fields only, printed as they are or under a condition of fields, and what its channel
    /// needs. Every one names the dealership and a number to call back; a text message also carries the link to book
    /// and the words to opt out. What is needed stands outside every condition: no value of any field takes it away.
    ///
    /// # Errors
    /// [`TemplateError`] with the first fault.
    pub fn new(
        id: impl Into<String>,
        channel: Channel,
        subject: Option<String>,
        body: impl Into<String>,
        version: PolicyVersion,
    ) -> Result<Self, TemplateError> {
        let (id, body) = (id.into(), body.into());
        let refuse = |fault| Err(TemplateError { template: id.clone(), line: None, fault });
        let read = |text: &str| syntax::read(text);
        let words = match read(&body) {
            Ok(words) => words,
            Err(fault) => return refuse(fault),
        };
        let mut fields = words.fields.clone();
        match subject.as_deref().map(read).transpose() {
            Ok(of_subject) => fields.extend(of_subject.into_iter().flat_map(|words| words.fields)),
            Err(fault) => return refuse(fault),
        }
        if subject.is_some() != (channel == Channel::Email) {
            return refuse(TemplateFault::Subject);
        }
        for needed in ["dealer_name", "dealer_phone"] {
            if !words.always.contains(needed) {
                return refuse(TemplateFault::Lacks(needed));
            }
        }
        if channel.is_text() && !words.always.contains("book_link") {
            return refuse(TemplateFault::Lacks("book_link"));
        }
        if channel.is_text() && !words.plain.contains(OPT_OUT) {
            return refuse(TemplateFault::Lacks(OPT_OUT));
        }
        Ok(Self { id, channel, subject, body, version, fields })
    }

    /// The fields it uses, in alphabetical order.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().copied()
    }

    /// The first field or word that speaks of money, if there is one.
    #[must_use]
    pub fn speaks_of_money(&self) -> Option<&'static str> {
        let words = format!("{} {}", self.subject.as_deref().unwrap_or_default(), self.body).to_lowercase();
        self.fields()
            .find(|field| MONEY.contains(field))
            .or_else(|| OFFER.iter().copied().find(|word| words.contains(word)))
    }
}

/// A set of templates, one for each name and channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates(Vec<Template>);

impl Templates {
    /// Puts templates together.
    ///
    /// # Errors
    /// [`TemplateFault::Repeated`] for two of one name and channel.
    pub fn new(templates: impl IntoIterator<Item = Template>) -> Result<Self, TemplateError> {
        let mut all = Self::default();
        for template in templates {
            if all.get(&template.id, template.channel).is_some() {
                let fault = TemplateFault::Repeated(template.channel);
                return Err(TemplateError { template: template.id, line: None, fault });
            }
            all.0.push(template);
        }
        Ok(all)
    }

    /// The template of that name for that channel.
    #[must_use]
    pub fn get(&self, id: &str, channel: Channel) -> Option<&Template> {
        self.0.iter().find(|template| template.id == id && template.channel == channel)
    }

    /// All of them, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.0.iter()
    }
}
