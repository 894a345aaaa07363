use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use fixedops_vocab::PolicyVersion;

use crate::plan_file::line;
use crate::{FIELDS, TemplateError, TemplateFault};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    version: PolicyVersion,
    source: String,
    texts: Texts,
    letters: BTreeMap<char, String>,
    names: Names,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    plain_letters: bool,
    gives_way: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    not_names: BTreeSet<String>,
    most_letters: usize,
    in_capitals: BTreeSet<String>,
}

/// How the values of fields are made fit to print: letters for text messages, first names, and what is left out of a
/// text that would be too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordRules {
    version: PolicyVersion,
    source: String,
    plain_letters: bool,
    gives_way: Vec<&'static str>,
    letters: BTreeMap<char, String>,
    names: NameRules,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct NameRules {
    not_names: BTreeSet<String>,
    most_letters: usize,
    in_capitals: BTreeSet<String>,
}

impl WordRules {
    /// The rules of this crate.
    #[must_use]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../templates/words.toml"))
            .expect("shipped rules are read by this crate's tests")
    }

    /// Reads rules.
    ///
    /// # Errors
    /// [`TemplateError`] with the line where the file cannot be read, or a field that does not exist.
    pub fn from_toml(text: &str) -> Result<Self, TemplateError> {
        let refuse = |line, fault| TemplateError { template: String::new(), line, fault };
        let file: RulesFile = toml::from_str(text).map_err(|error| {
            let at = error.span().map(|span| line(text, span.start));
            refuse(at, TemplateFault::Unreadable(error.message().to_owned()))
        })?;
        let known = |name: String| match FIELDS.iter().find(|&&field| field == name) {
            Some(&field) => Ok(field),
            None => Err(refuse(None, TemplateFault::UnknownField(name))),
        };
        let Names { not_names, most_letters, in_capitals } = file.names;
        Ok(Self {
            version: file.version,
            source: file.source,
            plain_letters: file.texts.plain_letters,
            gives_way: file.texts.gives_way.into_iter().map(known).collect::<Result<_, _>>()?,
            letters: file.letters,
            names: NameRules { not_names, most_letters, in_capitals },
        })
    }

    /// The version of the file.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// Where the rules come from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Sends text messages as they are spelled, accents and all, in two to three times the segments.
    #[must_use]
    pub fn with_accents(mut self) -> Self {
        self.plain_letters = false;
        self
    }

    /// What is left out of a text message that would be too long, in this order.
    pub fn gives_way(&self) -> impl Iterator<Item = &'static str> {
        self.gives_way.iter().copied()
    }

    /// The text in letters the 7-bit alphabet has, as far as the rules know a plain one; as it is where the switch is
    /// off.
    ///
    /// ```
    /// use fixedops_recovery::WordRules;
    /// assert_eq!(WordRules::shipped().plain("José: “más fácil”"), "José: \"mas facil\"");
    /// assert_eq!(WordRules::shipped().with_accents().plain("más"), "más");
    /// ```
    #[must_use]
    pub fn plain<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.plain_letters || text.is_ascii() && !text.contains('`') {
            return Cow::Borrowed(text);
        }
        let mut plain = String::with_capacity(text.len());
        for c in text.chars() {
            match self.letters.get(&c) {
                Some(letters) => plain.push_str(letters),
                None => plain.push(c),
            }
        }
        Cow::Owned(plain)
    }

    /// The first name in what a record holds; `None` where that is no name to greet a person by.
    ///
    /// A record in capitals is written as names are, and a middle initial is left away.
    ///
    /// ```
    /// use fixedops_recovery::WordRules;
    /// let rules = WordRules::shipped();
    /// assert_eq!(rules.first_name("MARY-ANN J").as_deref(), Some("Mary-Ann"));
    /// assert_eq!(rules.first_name("DeShawn").as_deref(), Some("DeShawn"));
    /// for no_name in ["", "VALUED CUSTOMER", "N/A", "A", "John & Mary", "ACME 4x4"] {
    ///     assert_eq!(rules.first_name(no_name), None, "{no_name}");
    /// }
    /// ```
    #[must_use]
    pub fn first_name<'t>(&self, stored: &'t str) -> Option<Cow<'t, str>> {
        let rules = &self.names;
        // A name spelled as names are is the common case and costs no lookup but one.
        let mut name = stored.trim();
        if let Some((before, last)) = name.rsplit_once(' ')
            && last.trim_end_matches('.').chars().count() == 1
        {
            name = before.trim_end();
        }
        let letters = name.chars().filter(|c| c.is_alphabetic()).count();
        let fits = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’' | '.');
        if letters < 2 || letters > rules.most_letters || !name.chars().all(fits) {
            return None;
        }
        let lower = name.to_lowercase();
        if rules.not_names.contains(lower.trim_end_matches('.')) {
            return None;
        }
        let upper = !name.chars().any(char::is_lowercase);
        if upper && rules.in_capitals.contains(name) || !upper && name != lower {
            return Some(Cow::Borrowed(name));
        }
        let (mut written, mut first) = (String::with_capacity(lower.len()), true);
        for c in lower.chars() {
            if first {
                written.extend(c.to_uppercase());
            } else {
                written.push(c);
            }
            first = !c.is_alphabetic();
        }
        Some(Cow::Owned(written))
    }
}
