use fixedops_vocab::{Channel, PolicyVersion};
use toml::Spanned;

use crate::plan_file::line;
use crate::{Template, TemplateError, TemplateFault, Templates};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateFile {
    version: PolicyVersion,
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
}

impl Templates {
    /// The templates of this crate, in English.
    #[must_use]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../templates/en.toml"))
            .expect("shipped templates are read by this crate's tests")
    }

    /// Reads templates.
    ///
    /// # Errors
    /// [`TemplateError`] naming the line, the template and the reason of the first fault.
    pub fn from_toml(text: &str) -> Result<Self, TemplateError> {
        let file: TemplateFile = toml::from_str(text).map_err(|error| TemplateError {
            template: String::new(),
            line: error.span().map(|span| line(text, span.start)),
            fault: TemplateFault::Unreadable(error.message().to_owned()),
        })?;
        let read = file.template.into_iter().map(|table| {
            let at = line(text, table.span().start);
            let TemplateTable { id, channel, subject, body } = table.into_inner();
            Template::new(id, channel, subject, body.trim_end(), file.version.clone())
                .map_err(|error| TemplateError { line: Some(at), ..error })
        });
        Self::new(read.collect::<Result<Vec<_>, _>>()?)
    }
}
