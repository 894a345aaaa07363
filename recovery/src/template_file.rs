use std::collections::BTreeMap;
use std::sync::LazyLock;

use fixedops_vocab::{Channel, PolicyVersion};
use toml::Spanned;

use crate::plan_file::line;
use crate::{Answer, Language, Template, TemplateDraft, TemplateError, TemplateFault, Templates};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateFile {
    version: PolicyVersion,
    /// A file that does not say is English.
    #[serde(default)]
    language: Language,
    /// The most segments of a text message that names no bound of its own.
    most_segments: Option<usize>,
    /// What stands below the words of every e-mail.
    #[serde(default)]
    email_footer: String,
    #[serde(default)]
    terms: BTreeMap<String, String>,
    #[serde(default)]
    template: Vec<Spanned<TemplateTable>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateTable {
    id: String,
    channel: Channel,
    subject: Option<String>,
    body: String,
    #[serde(default)]
    answer: Answer,
    most_segments: Option<usize>,
}

impl Templates {
    /// The templates of this crate, in every language.
    #[must_use]
    pub fn shipped() -> Self {
        // Every plan that is read asks for them.
        static SHIPPED: LazyLock<Templates> = LazyLock::new(|| {
            let read =
                |text| Templates::from_toml(text).expect("shipped templates are read by this crate's tests");
            read(include_str!("../templates/en.toml"))
                .with(read(include_str!("../templates/es.toml")))
                .expect("shipped templates are put together by this crate's tests")
        });
        SHIPPED.clone()
    }

    /// Reads templates of one language.
    ///
    /// # Errors
    /// [`TemplateError`] naming the line, the template and the reason of the first fault.
    pub fn from_toml(text: &str) -> Result<Self, TemplateError> {
        let file: TemplateFile = toml::from_str(text).map_err(|error| TemplateError {
            template: String::new(),
            line: error.span().map(|span| line(text, span.start)),
            fault: TemplateFault::Unreadable(error.message().to_owned()),
        })?;
        let mut templates = Self::default();
        for table in file.template {
            let at = line(text, table.span().start);
            let TemplateTable { id, channel, subject, body, answer, most_segments } = table.into_inner();
            let footer = if channel == Channel::Email { file.email_footer.trim() } else { "" };
            let body = [body.trim_end(), footer].join("\n\n").trim_end().to_owned();
            let most_segments = most_segments.or(file.most_segments);
            let language = file.language;
            let draft = TemplateDraft { id, language, channel, subject, body, answer, most_segments };
            let template = Template::new(draft, file.version.clone());
            let added = template.and_then(|template| templates.add(template));
            added.map_err(|error| TemplateError { line: Some(at), ..error })?;
        }
        templates.say(file.language, file.terms);
        Ok(templates)
    }
}
