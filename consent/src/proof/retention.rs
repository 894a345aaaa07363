use chrono::{DateTime, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::story::{SettledKind, Story};

/// How long records are kept: the shipped table.
#[derive(Clone, Debug)]
pub struct Retention {
    version: String,
    terms: Vec<Term>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "name")]
    _name: String,
    version: String,
    record: Vec<Term>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Term {
    what: What,
    from: From,
    #[serde(default)]
    years: Option<u32>,
    #[serde(default)]
    forever: bool,
    #[serde(default)]
    states: Vec<String>,
    citation: String,
    confidence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Consent,
    Revocation,
    Send,
    Reply,
}

impl What {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Revocation => "revocation",
            Self::Send => "send",
            Self::Reply => "reply",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum From {
    LastReliance,
    Received,
    Sent,
}

/// How long one record is kept, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionEntry {
    /// `consent`, `revocation`, `send`, `reply`.
    pub record: String,
    /// Version of its event in the contact's stream.
    pub version: u64,
    /// The day the term runs from: when it was given, received or sent, or last relied on.
    pub from: NaiveDate,
    /// The first day it need not be kept any more; `None`: for good.
    pub until: Option<NaiveDate>,
    /// Every term that applies, with its source and how sure we are of it.
    pub because: Vec<String>,
}

impl Retention {
    /// The table that ships with this crate.
    #[must_use]
    pub fn shipped() -> Self {
        let text = include_str!("../../rules/retention.toml");
        Self::from_toml(text).expect("the shipped file is read by a test")
    }

    fn from_toml(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        if let Some(term) = file.record.iter().find(|term| term.forever == term.years.is_some()) {
            return Err(format!("{}: either years or forever", term.what.as_str()));
        }
        let fits = |term: &&Term| {
            matches!(
                (term.what, term.from),
                (What::Consent, From::LastReliance)
                    | (What::Revocation | What::Reply, From::Received)
                    | (What::Send, From::Sent)
            )
        };
        if let Some(term) = file.record.iter().find(|term| !fits(term)) {
            return Err(format!("{}: a term that runs from a day it does not have", term.what.as_str()));
        }
        Ok(Self { version: file.version, terms: file.record })
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The term of every record of a story.
    pub(super) fn of(&self, story: &Story) -> Vec<RetentionEntry> {
        let states: Vec<&str> =
            story.links.iter().flat_map(|linked| &linked.data.recipient.states).map(String::as_str).collect();
        let mut entries = Vec::new();
        let mut add = |what: What, version: u64, at: DateTime<Utc>| {
            let from = at.date_naive();
            let applies = |term: &&Term| {
                term.what == what
                    && (term.states.is_empty() || term.states.iter().any(|s| states.contains(&s.as_str())))
            };
            let terms: Vec<&Term> = self.terms.iter().filter(applies).collect();
            let until = if terms.iter().any(|term| term.forever) {
                None
            } else {
                let years = terms.iter().filter_map(|term| term.years).max().unwrap_or(0);
                from.checked_add_months(Months::new(years.saturating_mul(12)))
            };
            let because =
                terms.iter().map(|term| format!("{} [{}]", term.citation, term.confidence)).collect();
            entries.push(RetentionEntry { record: what.as_str().to_owned(), version, from, until, because });
        };
        for granted in &story.grants {
            let relied = story
                .cleared
                .iter()
                .filter(|cleared| story.rests_on(cleared).contains(&granted.version))
                .map(|cleared| cleared.at)
                .max();
            add(What::Consent, granted.version, relied.unwrap_or(granted.data.occurred_at));
        }
        for revoked in &story.revocations {
            add(What::Revocation, revoked.version, revoked.data.occurred_at);
        }
        for reply in &story.replies {
            add(What::Reply, reply.version, reply.data.occurred_at);
        }
        let sent = |kind| matches!(kind, SettledKind::Sent | SettledKind::Unknown);
        for settled in story.cleared.iter().filter_map(|cleared| cleared.settled.as_ref()) {
            if sent(settled.kind) {
                add(What::Send, settled.version, settled.at);
            }
        }
        entries.sort_by_key(|entry| entry.version);
        entries
    }
}
