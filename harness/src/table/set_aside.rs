use std::path::Path;

use super::BadField;
use crate::outcome::CommandError;

/// Counts and reports bad rows on standard error.
pub struct SetAside {
    strict: bool,
    count: u64,
}

impl SetAside {
    /// With `strict` the first bad row stops the work.
    pub fn new(strict: bool) -> Self {
        Self { strict, count: 0 }
    }

    /// Reports one bad row: file, line, field, value and reason.
    pub fn report(&mut self, file: &Path, line: u64, bad: &BadField) -> Result<(), CommandError> {
        let BadField { field, value, reason } = bad;
        self.report_row(file, line, &format!("{field} \"{value}\": {reason}"))
    }

    /// Reports a row that is set aside as a whole: no field of it is to blame.
    pub fn report_row(&mut self, file: &Path, line: u64, reason: &str) -> Result<(), CommandError> {
        self.count += 1;
        let report = format!("{}:{line}: {reason}", file.display());
        if self.strict {
            return Err(CommandError::failed(format!("{report} (--strict)")));
        }
        eprintln!("{report}");
        Ok(())
    }

    /// How many rows were set aside so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The last line on standard error.
    pub fn finish(&self) {
        eprintln!("set aside: {}", self.count);
    }
}
