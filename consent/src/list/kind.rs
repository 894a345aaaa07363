use core::fmt;
use core::str::FromStr;

/// Whose list it is; a list answers for no other.
///
/// Written `national`, `state:FL`, `internal`.
///
/// ```
/// use fixedops_consent::list::{ListKind, State};
/// assert_eq!("state:FL".parse(), Ok(ListKind::State(State::new("FL").expect("a state"))));
/// assert_eq!(ListKind::National.to_string(), "national");
/// assert!("state:ZZ".parse::<ListKind>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the facts of a decision know these three")]
pub enum ListKind {
    /// The national do-not-call registry of the FTC.
    National,
    /// A state's own registry.
    State(State),
    /// The seller's own list, 47 CFR 64.1200(d).
    Internal,
}

/// A state, the District of Columbia, or a territory: two capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State([u8; 2]);

/// The text names no kind of list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of list: national, state:XX or internal")]
pub struct ListKindError;

const STATES: &[u8] = b"AKALARASAZCACOCTDCDEFLGAGUHIIAIDILINKSKYLAMAMDMEMIMNMOMPMSMTNCNDNENHNJNMNVNYOHOKORPAPRRISCSDTNTXUTVAVIVTWAWIWVWY";

impl State {
    /// From its two capital letters; `None` if there is no such state.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        code.as_bytes().try_into().ok().and_then(Self::from_bytes)
    }

    pub(super) fn from_bytes(code: [u8; 2]) -> Option<Self> {
        STATES.chunks_exact(2).any(|known| known == code).then_some(Self(code))
    }

    /// Its two capital letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ListKind {
    /// As it stands in a file: a number, and the letters of the state or zeros.
    pub(super) const fn code(self) -> (u8, [u8; 2]) {
        match self {
            Self::National => (1, [0; 2]),
            Self::State(State(letters)) => (2, letters),
            Self::Internal => (3, [0; 2]),
        }
    }

    pub(super) fn from_code(code: u8, state: [u8; 2]) -> Option<Self> {
        match (code, state) {
            (1, [0, 0]) => Some(Self::National),
            (2, letters) => State::from_bytes(letters).map(Self::State),
            (3, [0, 0]) => Some(Self::Internal),
            _ => None,
        }
    }
}

impl fmt::Display for ListKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::National => f.write_str("national"),
            Self::State(state) => write!(f, "state:{}", state.as_str()),
            Self::Internal => f.write_str("internal"),
        }
    }
}

impl FromStr for ListKind {
    type Err = ListKindError;
    fn from_str(text: &str) -> Result<Self, ListKindError> {
        match text {
            "national" => Ok(Self::National),
            "internal" => Ok(Self::Internal),
            _ => {
                let code = text.strip_prefix("state:").ok_or(ListKindError)?;
                State::new(&code.to_ascii_uppercase()).map(Self::State).ok_or(ListKindError)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_comes_back_from_its_text_and_its_code() {
        for text in ["national", "internal", "state:FL", "state:DC"] {
            let kind: ListKind = text.parse().unwrap();
            assert_eq!(kind.to_string(), text);
            let (code, state) = kind.code();
            assert_eq!(ListKind::from_code(code, state), Some(kind));
        }
        for text in ["", "National", "state", "state:", "state:XX", "state:FLA", "fl"] {
            assert!(text.parse::<ListKind>().is_err(), "{text}");
        }
        assert_eq!(STATES.len(), 2 * 56, "fifty states, DC, five territories");
        assert_eq!(ListKind::from_code(1, *b"FL"), None);
        assert_eq!(ListKind::from_code(0, [0; 2]), None);
    }
}
