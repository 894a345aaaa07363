/// Why a rule file was refused. The old book stays in use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {reason}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct RuleBookError {
    /// The file, by the name it was handed in with.
    pub file: String,
    /// Line in it, from 1, where one line is to blame.
    pub line: Option<usize>,
    /// What is wrong, naming the field or the rule.
    pub reason: String,
}

impl RuleBookError {
    pub(super) fn in_file(file: &str, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, reason: reason.into() }
    }

    pub(super) fn from_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().map(|span| {
            text.bytes().take(span.start).filter(|byte| *byte == b'\n').count().saturating_add(1)
        });
        Self { file: file.to_owned(), line, reason: error.message().trim().replace('\n', " ") }
    }
}
