use fixedops_vocab::PolicyVersion;

/// The rules, as dated data.
#[derive(Clone, Debug)]
pub struct RuleBook {
    version: PolicyVersion,
}

impl RuleBook {
    /// Name and version.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }
    /// The book that ships with this crate.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn shipped() -> Self {
        Self { version: PolicyVersion::new("x").expect("a fixed id") }
    }
}
