//! The TOML sections of a rule file, as they are written.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use fixedops_vocab::{Channel, ProgramId, Purpose};
use serde::{Deserialize, Deserializer};

use super::calendar::Calendar;
use super::rule::Rule;
use super::window::DayWindow;

/// One rule file: any of the sections, each section in one file only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    pub(super) name: String,
    pub(super) version: String,
    #[serde(default, rename = "rule")]
    pub(super) rules: Vec<Rule>,
    pub(super) quiet_hours: Option<QuietHours>,
    pub(super) business_relationship: Option<RelationshipTerms>,
    pub(super) registry: Option<RegistryTerms>,
    pub(super) confirmation: Option<ConfirmationTerms>,
    pub(super) revocation: Option<RevocationTerms>,
    pub(super) location: Option<LocationTerms>,
    pub(super) strict: Option<Strict>,
    pub(super) email: Option<EmailTerms>,
    pub(super) reply: Option<ReplyTerms>,
    pub(super) priority: Option<Priority>,
    #[serde(default, rename = "cap")]
    pub(super) caps: Vec<HouseCap>,
    #[serde(default)]
    pub(super) stacking: Vec<Stacking>,
    #[serde(default, rename = "calendar")]
    pub(super) calendars: Vec<Calendar>,
    #[serde(default, rename = "state")]
    pub(super) states: Vec<StateRules>,
    #[serde(default, rename = "area_code")]
    pub(super) area_codes: BTreeMap<String, AreaCode>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuietHours {
    pub(crate) rule: String,
    pub(crate) window: DayWindow,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RelationshipTerms {
    pub(crate) transaction_months: u32,
    pub(crate) inquiry_months: u32,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistryTerms {
    pub(crate) max_scrub_age_days: u32,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmationTerms {
    pub(crate) within_seconds: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevocationTerms {
    per_se: Vec<String>,
    courtesy: Vec<String>,
}

impl RevocationTerms {
    /// Whether a text is a word that revokes by itself, in any dress, with nothing but courtesy around it.
    pub(crate) fn is_per_se(&self, text: &str) -> bool {
        let joined = text.to_lowercase().replace("opt out", "optout").replace("opt-out", "optout");
        let mut words = joined
            .split(|letter: char| !letter.is_alphabetic())
            .filter(|word| !word.is_empty() && !self.courtesy.iter().any(|polite| polite == word))
            .peekable();
        words.peek().is_some() && words.all(|word| self.per_se.iter().any(|keyword| keyword == word))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocationTerms {
    #[serde(deserialize_with = "zones")]
    pub(crate) all_zones: Vec<Tz>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a named switch of one disputed point")]
pub(crate) struct Strict {
    pub(crate) texts_are_calls: bool,
    pub(crate) reassigned_no_data_blocks: bool,
    pub(crate) disputed_state_windows: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailTerms {
    pub(crate) bulk_daily_volume: u64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplyTerms {
    pub(crate) within_hours: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Priority {
    pub(crate) rule: String,
    pub(crate) otherwise: String,
    pub(crate) spacing_hours: u32,
    pub(crate) never_wait: Vec<String>,
    #[serde(rename = "class")]
    pub(crate) classes: Vec<Class>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) programs: Vec<ProgramId>,
}

impl Priority {
    /// Place and class of a touch: 0 is the most important.
    pub(crate) fn class_of(&self, purpose: Purpose, program: &ProgramId) -> (usize, &str) {
        let ranked = || self.classes.iter().enumerate();
        ranked()
            .find(|(_, class)| class.purposes.contains(&purpose))
            .or_else(|| ranked().find(|(_, class)| class.programs.contains(program)))
            .or_else(|| ranked().find(|(_, class)| class.name == self.otherwise))
            .map_or((usize::MAX, self.otherwise.as_str()), |(rank, class)| (rank, class.name.as_str()))
    }
}

/// At most so many touches in a rolling window.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HouseCap {
    pub(crate) rule: String,
    pub(crate) counts: Counts,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) max: Cap,
    pub(crate) hours: u32,
}

/// Whose touches a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Counts {
    Person,
    Household,
}

/// How many touches: a number, where 0 means none, or no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "CapForm")]
pub(crate) enum Cap {
    Unlimited,
    AtMost(u32),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CapForm {
    Number(u32),
    Word(String),
}

impl TryFrom<CapForm> for Cap {
    type Error = String;
    fn try_from(form: CapForm) -> Result<Self, String> {
        match form {
            CapForm::Number(max) => Ok(Self::AtMost(max)),
            CapForm::Word(word) if word == "unlimited" => Ok(Self::Unlimited),
            CapForm::Word(word) => Err(format!("{word:?} is no cap: write a number or \"unlimited\"")),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stacking {
    pub(crate) rule: String,
    pub(crate) hold: String,
    pub(crate) after: Vec<String>,
    pub(crate) hours: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateRules {
    pub(crate) code: String,
    #[serde(deserialize_with = "zones")]
    pub(crate) zones: Vec<Tz>,
    #[serde(default)]
    pub(crate) hours: Vec<StateHours>,
    #[serde(default)]
    pub(crate) holidays: Vec<StateHolidays>,
    #[serde(default)]
    pub(crate) caps: Vec<StateCap>,
    pub(crate) written_consent: Option<String>,
    pub(crate) emergency: Option<String>,
    pub(crate) registry_reaches_texts: Option<String>,
    pub(crate) optout_years: Option<OptOutYears>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptOutYears {
    pub(crate) rule: String,
    pub(crate) years: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateHours {
    pub(crate) rule: String,
    pub(crate) channels: Vec<Channel>,
    pub(crate) mon_fri: DayWindow,
    pub(crate) saturday: DayWindow,
    pub(crate) sunday: DayWindow,
    #[serde(default, deserialize_with = "zones")]
    pub(crate) also_zones: Vec<Tz>,
    #[serde(default)]
    pub(crate) lifted_by: Vec<Lift>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateHolidays {
    pub(crate) rule: String,
    pub(crate) channels: Vec<Channel>,
    pub(crate) calendar: String,
    #[serde(default)]
    pub(crate) window: Option<DayWindow>,
    #[serde(default)]
    pub(crate) lifted_by: Vec<Lift>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateCap {
    pub(crate) rule: String,
    pub(crate) channels: Vec<Channel>,
    pub(crate) max: Cap,
    pub(crate) hours: u32,
    pub(crate) same_subject: bool,
    #[serde(default)]
    pub(crate) lifted_by: Vec<Lift>,
}

/// What takes a state's limit away, and the rule that says so.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Lift {
    /// A consent for this channel that is in force.
    Consent { rule: String },
    /// A transaction within so many months (an inquiry does not count); without `months` the federal relationship.
    BusinessRelationship {
        rule: String,
        #[serde(default)]
        months: Option<u32>,
    },
    /// The call is about a thing bought from the caller within so many months.
    ItemBoughtHere { rule: String, months: u32 },
    /// A licensed dealer sells a vehicle.
    DealerVehicleSale { rule: String },
}

impl Lift {
    pub(crate) fn rule(&self) -> &str {
        match self {
            Self::Consent { rule }
            | Self::BusinessRelationship { rule, .. }
            | Self::ItemBoughtHere { rule, .. }
            | Self::DealerVehicleSale { rule } => rule,
        }
    }
}

/// Where an area code lies: zones of its own, or those of its parent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AreaCode {
    pub(super) state: Option<String>,
    #[serde(default, deserialize_with = "zones")]
    pub(super) zones: Vec<Tz>,
    pub(super) parent: Option<String>,
}

fn zones<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Tz>, D::Error> {
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|name| {
            name.parse().map_err(|_| serde::de::Error::custom(format!("{name:?} is no IANA time zone")))
        })
        .collect()
}
