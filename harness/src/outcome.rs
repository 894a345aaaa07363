use core::fmt;

/// How a command that ran to its end went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what was asked: exit 0.
    Done,
    /// It ran and the answer is no (a broken chain, a strict run that met a bad row): exit 1.
    Failed,
    /// It ran and what it looked at is well, but it could not look at everything: exit 3. Each command that ends so says so
    /// in its help.
    Partly,
}

/// Why a command could not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    /// The call was wrong (exit 2) rather than the work failed (exit 1).
    pub usage: bool,
    /// One sentence for a person, lower case, no full stop.
    pub message: String,
}

impl CommandError {
    /// The call was wrong: exit 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { usage: true, message: message.into() }
    }

    /// The work failed: exit 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { usage: false, message: message.into() }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
