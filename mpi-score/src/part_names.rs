use fixedops_vocab::PolicyVersion;

use crate::PolicyError;
use crate::policy::policy_doors;

/// What forms call a part, as written: [`PartNames::new`] checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct PartNamesDraft {
    /// Name and version.
    pub version: PolicyVersion,
    /// Where it comes from.
    pub source: String,
    /// The parts.
    pub part: Vec<NamedPart>,
}

/// One part, with everything it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct NamedPart {
    /// Its names.
    pub names: Vec<String>,
    /// The section of the form it stands in.
    pub section: String,
    /// What is measured on it, as limits name it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub measured: Option<String>,
    /// Where it is.
    #[cfg_attr(feature = "serde", serde(default))]
    pub place: Option<String>,
}

/// Checked names of parts.
///
/// ```
/// use fixedops_mpi_score::PartNames;
/// let names = PartNames::shipped();
/// let pads = names.find("Rear brake-linings").expect("it is known");
/// assert_eq!((pads.section.as_str(), pads.place.as_deref()), ("brakes", Some("rear")));
/// assert!(names.find("flux capacitor").is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartNames {
    table: PartNamesDraft,
    /// By name as compared, sorted.
    index: Vec<(String, usize)>,
}

impl PartNames {
    /// Checks names.
    ///
    /// # Errors
    /// [`PolicyError`] naming the part of the first fault.
    pub fn new(draft: PartNamesDraft) -> Result<Self, PolicyError> {
        let mut index = Vec::new();
        for (at, part) in draft.part.iter().enumerate() {
            let fault = |reason: String| Err(PolicyError::at(format!("part[{at}]"), reason));
            if part.names.is_empty() || part.section.trim().is_empty() {
                return fault("has no name or no section".to_owned());
            }
            for name in &part.names {
                let compared = compared(name);
                if compared.is_empty() {
                    return fault(format!("name {name:?} has no letter"));
                }
                index.push((compared, at));
            }
        }
        index.sort();
        if let Some((name, at)) = index.windows(2).find_map(|pair| match pair {
            [(one, _), (other, at)] if one == other => Some((one.clone(), *at)),
            _ => None,
        }) {
            return Err(PolicyError::at(format!("part[{at}]"), format!("name {name:?} is there twice")));
        }
        Ok(Self { table: draft, index })
    }

    /// The part that is called so.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&NamedPart> {
        let name = compared(name);
        let at = self.index.binary_search_by(|(known, _)| known.as_str().cmp(&name)).ok()?;
        self.index.get(at).and_then(|&(_, part)| self.table.part.get(part))
    }
}

policy_doors!(PartNames(PartNamesDraft) in table, shipped "parts.toml");

fn compared(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    for word in name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().flat_map(char::to_uppercase));
    }
    words
}
