use core::fmt;

use crate::{CaseId, TouchId};

/// The idempotency key of a touch: (case, touch) goes out at most once, whatever crashes or repeats.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TouchKey {
    /// The case.
    pub case: CaseId,
    /// The touch within it.
    pub touch: TouchId,
}

impl fmt::Display for TouchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.case, self.touch)
    }
}
