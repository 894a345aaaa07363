use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};

use crate::Confidence;

/// One rule of the catalogue: what it says, where it stands, since when, and how sure we are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id, as findings name it.
    pub id: String,
    /// What it says, in plain words.
    #[serde(rename = "rule")]
    pub words: String,
    /// Where it stands.
    pub citation: String,
    /// Since when, as the source words it.
    pub effective: String,
    /// First day in force; absent means on every date before `until`.
    #[serde(default, deserialize_with = "date")]
    pub from: Option<NaiveDate>,
    /// First day no longer in force.
    #[serde(default, deserialize_with = "date")]
    pub until: Option<NaiveDate>,
    /// Standing.
    pub status: Status,
    /// How well its wording is known.
    pub confidence: Confidence,
    /// Where we have it from.
    pub source: String,
}

impl Rule {
    /// Whether it is in force on `day`.
    #[must_use]
    pub fn in_force(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }
}

/// Standing of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// In force between its dates.
    InForce,
    /// A waiver of another rule, between its dates.
    Waived,
    /// Sources disagree; the strict switch says whether it binds.
    Disputed,
    /// Comes into force on its first day.
    Scheduled,
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    use serde::de::Error;
    let value = toml::value::Datetime::deserialize(deserializer)?;
    let Some(date) = value.date else { return Err(D::Error::custom("expected a date, YYYY-MM-DD")) };
    NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
        .map(Some)
        .ok_or_else(|| D::Error::custom("no such day"))
}
