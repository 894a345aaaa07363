use core::fmt;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use fixedops_vocab::Channel;
use minijinja::value::{Object, Value};
use minijinja::{Environment, UndefinedBehavior};

use crate::fields::index;
use crate::segments::{Encoding, outside_gsm7, segments};
use crate::terms::Terms;
use crate::{Fields, Language, Template, Templates, WordRules, email};

/// A message as it goes out.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// The language it is in: the one that was asked for, or English where there is none in that.
    pub language: Language,
    /// The subject line of an e-mail.
    pub subject: Option<String>,
    /// The words; of an e-mail the text part, of a call the script.
    pub body: String,
    /// The HTML part of an e-mail, with the same words.
    pub html: Option<String>,
    /// Headers an e-mail must carry, by name and value: the way to unsubscribe.
    pub headers: Vec<(&'static str, String)>,
    /// What was known and left out so that a text message stays as short as it may be.
    pub left_out: Vec<&'static str>,
}

impl fmt::Debug for Rendered {
    /// Without the words: they may name a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rendered({}, {} bytes)", self.language, self.body.len())
    }
}

/// Why there are no words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// No template of that name for that channel.
    #[error("no template {template} for {channel}")]
    NoTemplate {
        /// The name.
        template: String,
        /// The channel.
        channel: Channel,
    },
    /// A field that is none of [`crate::FIELDS`].
    #[error("there is no field {0:?}")]
    UnknownField(String),
    /// The template needs a field that is unknown.
    #[error("template {template} cannot do without {field}")]
    Missing {
        /// The template.
        template: String,
        /// The field.
        field: &'static str,
    },
    /// A text message stays too long whatever is left out.
    #[error("template {template} takes {found} segments, at most {most} are allowed")]
    TooLong {
        /// The template.
        template: String,
        /// Segments at the shortest.
        found: usize,
        /// Segments allowed.
        most: usize,
    },
    /// The engine does not take the template; its own words.
    #[error("template {template}: {why}")]
    Engine {
        /// The template.
        template: String,
        /// The engine's words.
        why: String,
    },
}

/// Templates made ready to render: parsed once, used many times, from any thread.
///
/// Whatever is missing, a message reads well: words stand in for a missing field, or its clause is left away. What a
/// template cannot do without is an error and never a blank.
///
/// ```
/// use fixedops_recovery::{Fields, Language, Renderer, Templates};
/// use fixedops_vocab::Channel;
/// let renderer = Renderer::new(&Templates::shipped())?;
/// let mut fields = Fields::new();
/// fields
///     .set("dealer_name", "Main Street Motors")?
///     .set("dealer_phone", "(404) 555-0123")?
///     .set("book_link", "https://book.example/a1B2c3")?
///     .set("first_name", "ANN")?;
/// let text = renderer.render("mileage_due_now", Channel::Sms, Language::English, &fields)?;
/// assert!(text.body.starts_with("Main Street Motors: Hi Ann, your vehicle is due for service.\n"));
/// let spanish = renderer.render("mileage_due_now", Channel::Sms, Language::Spanish, &fields)?;
/// assert!(spanish.body.ends_with("Responda STOP para no recibir mas mensajes"));
/// # Ok::<(), fixedops_recovery::RenderError>(())
/// ```
pub struct Renderer {
    engine: Environment<'static>,
    compiled: BTreeMap<String, Vec<Compiled>>,
    terms: BTreeMap<Language, Terms>,
    rules: WordRules,
}

/// One template, as the renderer looks it up.
struct Compiled {
    channel: Channel,
    language: Language,
    /// Its name in the engine: the subject, where there is one, and the body, with [`BETWEEN`] between them.
    name: String,
    has_subject: bool,
    /// The fields it uses, in alphabetical order, and their places.
    used: Arc<[(&'static str, usize)]>,
    /// The fields it cannot do without, and their places.
    always: Vec<(&'static str, usize)>,
    most_segments: Option<usize>,
}

/// The values of one message, as the engine looks them up.
struct Known {
    used: Arc<[(&'static str, usize)]>,
    /// One for each field used; undefined where it is unknown.
    values: Vec<Value>,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

impl Object for Known {
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let place = self.used.binary_search_by(|(name, _)| (*name).cmp(key)).ok()?;
        self.values.get(place).filter(|value| !value.is_undefined()).cloned()
    }
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Renderer({} names)", self.compiled.len())
    }
}

impl Renderer {
    /// Makes templates ready, with the shipped rules for values.
    ///
    /// # Errors
    /// [`RenderError::Engine`] for a template the engine does not take.
    pub fn new(templates: &Templates) -> Result<Self, RenderError> {
        Self::with_rules(templates, WordRules::shipped())
    }

    /// Makes templates ready, with rules for values of your own.
    ///
    /// # Errors
    /// [`RenderError::Engine`] for a template the engine does not take.
    pub fn with_rules(templates: &Templates, rules: WordRules) -> Result<Self, RenderError> {
        let mut engine = Environment::empty();
        // A condition may ask for what is unknown; printing it is an error.
        engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        let mut compiled: BTreeMap<String, Vec<Compiled>> = BTreeMap::new();
        for template in templates.iter() {
            let one = compile(template, &mut engine)?;
            compiled.entry(template.id.clone()).or_default().push(one);
        }
        let terms = Language::ALL.iter().map(|&language| (language, Terms::new(templates.terms(language))));
        Ok(Self { engine, compiled, terms: terms.collect(), rules })
    }

    /// The words of a template for what is known: in `language`, or in English where there are none in it.
    ///
    /// A text message longer than its template allows is made shorter by leaving out what the rules say may give way.
    ///
    /// # Errors
    /// [`RenderError`]: no such template, a field it needs is unknown, or a text that stays too long.
    pub fn render(
        &self,
        id: &str,
        channel: Channel,
        language: Language,
        fields: &Fields<'_>,
    ) -> Result<Rendered, RenderError> {
        let template = self.find(id, channel, language).ok_or_else(|| {
            let template = id.to_owned();
            RenderError::NoTemplate { template, channel }
        })?;
        for &(field, place) in &template.always {
            if fields.at(place).is_none() {
                return Err(RenderError::Missing { template: id.to_owned(), field });
            }
        }
        let mut left_out = Vec::new();
        loop {
            let said = self.say(id, &template.name, self.known(template, fields, &left_out))?;
            let (subject, mut body) = match said.split_once(BETWEEN).filter(|_| template.has_subject) {
                Some((subject, body)) => (Some(capital(subject)), body.to_owned()),
                None => (None, said),
            };
            if channel.is_text() {
                if let Cow::Owned(plain) = self.rules.plain(&body) {
                    body = plain;
                }
                if let Some(most) = template.most_segments {
                    let length = segments(&body);
                    if length.segments > most {
                        let Some(field) = self.next_out(template, fields, &left_out, length.encoding) else {
                            let found = length.segments;
                            return Err(RenderError::TooLong { template: id.to_owned(), found, most });
                        };
                        left_out.push(field);
                        continue;
                    }
                }
            }
            let html = subject.as_ref().map(|subject| email::html(subject, &body, template.language, fields));
            let headers = if channel == Channel::Email { email::headers(fields) } else { Vec::new() };
            return Ok(Rendered { language: template.language, subject, body, html, headers, left_out });
        }
    }

    fn find(&self, id: &str, channel: Channel, language: Language) -> Option<&Compiled> {
        let all = self.compiled.get(id)?;
        let spoken = |language| all.iter().find(|one| one.channel == channel && one.language == language);
        spoken(language)
            .or_else(|| spoken(Language::English))
            .or_else(|| all.iter().find(|one| one.channel == channel))
    }

    /// The values the engine sees.
    fn known(&self, template: &Compiled, fields: &Fields<'_>, left_out: &[&str]) -> Value {
        let value = |&(name, index): &(&'static str, usize)| match fields.at(index) {
            Some(value) if !left_out.contains(&name) => self.value(template, name, value),
            _ => Value::UNDEFINED,
        };
        let values = template.used.iter().map(value).collect();
        Value::from_object(Known { used: Arc::clone(&template.used), values })
    }

    fn value(&self, template: &Compiled, name: &str, value: &str) -> Value {
        if name == "first_name" {
            return self.rules.first_name(value).map_or(Value::UNDEFINED, |name| Value::from(name.as_ref()));
        }
        if TRANSLATED.contains(&name)
            && let Some(said) = self.terms.get(&template.language).and_then(|terms| terms.say(value))
        {
            return Value::from(said);
        }
        Value::from(value)
    }

    fn say(&self, id: &str, name: &str, known: Value) -> Result<String, RenderError> {
        let engine =
            |error: minijinja::Error| RenderError::Engine { template: id.to_owned(), why: error.to_string() };
        let text = self.engine.get_template(name).and_then(|template| template.render(known));
        Ok(one_stop(text.map_err(engine)?))
    }

    /// What to leave out next of a text that is too long: first what forces the wider encoding.
    fn next_out(
        &self,
        template: &Compiled,
        fields: &Fields<'_>,
        left_out: &[&'static str],
        encoding: Encoding,
    ) -> Option<&'static str> {
        let may = || {
            self.rules.gives_way().filter(|field| {
                !left_out.contains(field)
                    && !template.always.iter().any(|(name, _)| name == field)
                    && template.used.iter().any(|(name, _)| name == field)
                    && fields.get(field).is_some()
            })
        };
        let wide = |field: &&'static str| {
            let value = fields.get(field).unwrap_or_default();
            outside_gsm7(&self.rules.plain(value)).next().is_some()
        };
        let widest = if encoding == Encoding::Ucs2 { may().find(wide) } else { None };
        widest.or_else(|| may().next())
    }
}

/// Fields whose values are words of the trade, labels of miles or days, and are said in the reader's language.
const TRANSLATED: &[&str] = &[
    "appointment_time",
    "due_miles",
    "line_name",
    "mileage",
    "miles_since",
    "offer_ends",
    "reason",
    "service_date",
    "service_name",
    "slot",
    "wear_date",
    "wear_miles",
];

/// Stands between the subject and the body, so that the engine is asked once; no value has a control character.
const BETWEEN: char = '\u{1f}';

fn compile(template: &Template, engine: &mut Environment<'static>) -> Result<Compiled, RenderError> {
    let name = format!("{}/{}/{}", template.language, template.channel, template.id);
    let subject = template.subject.as_deref().map(|subject| format!("{}{BETWEEN}", subject.trim()));
    let text = subject.clone().unwrap_or_default() + template.body.trim();
    engine
        .add_template_owned(name.clone(), text)
        .map_err(|error| RenderError::Engine { template: template.id.clone(), why: error.to_string() })?;
    let placed = |field| Some((field, index(field)?));
    Ok(Compiled {
        channel: template.channel,
        language: template.language,
        name,
        has_subject: subject.is_some(),
        used: template.fields().filter_map(placed).collect(),
        always: template.always().filter_map(placed).collect(),
        most_segments: template.most_segments,
    })
}

/// A value that ends in a full stop ("Motors Inc.") at the end of a sentence leaves one, not two.
fn one_stop(text: String) -> String {
    if !text.contains("..") {
        return text;
    }
    let mut once = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let doubled = c == '.' && once.ends_with('.') && !once.ends_with("..");
        let ends = chars.peek().is_none_or(|next| next.is_whitespace());
        if !(doubled && ends) {
            once.push(c);
        }
    }
    once
}

/// A subject begins with a capital, also where a field begins it.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if first.is_lowercase() => first.to_uppercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}
