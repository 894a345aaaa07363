//! The TOML sections of a rule file, as they are written.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use fixedops_vocab::{Channel, ProgramId, Purpose, Scope};
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
    pub(super) oral_consent: Option<OralConsent>,
    pub(super) abandonment: Option<AbandonmentTerms>,
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
    pub(super) states: Vec<StateRulesForm>,
    #[serde(default, rename = "area_code")]
    pub(super) area_codes: BTreeMap<String, AreaCode>,
    pub(super) abroad: Option<Abroad>,
    pub(super) clarification: Option<ClarificationTerms>,
    #[serde(default, rename = "carrier_block")]
    pub(super) carrier_blocks: Vec<CarrierBlock>,
    #[serde(default, rename = "dms_flag")]
    pub(super) dms_flags: Vec<DmsFlag>,
    pub(super) relevance: Option<RelevanceTerms>,
}

/// Area codes of other countries of the North American Numbering Plan.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Abroad {
    pub(crate) area_codes: Vec<String>,
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
    pub(crate) max_reassigned_age_days: u32,
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
    /// Whether a text is a word that revokes by itself, in any case and punctuation, with nothing but courtesy around it. Dress
    /// that hides its letters is undone by the reading of replies, whose answer a revocation carries in `per_se`.
    pub(crate) fn is_per_se(&self, text: &str) -> bool {
        let mut words = text.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
        let mut revokes = false;
        while let Some(word) = words.next() {
            let is = |known: &String| word.eq_ignore_ascii_case(known);
            if self.per_se.iter().any(is) {
                revokes = true;
            } else if word.eq_ignore_ascii_case("opt") {
                // "Opt out" is one word in two.
                if !words.next().is_some_and(|next| next.eq_ignore_ascii_case("out")) {
                    return false;
                }
                revokes = true;
            } else if !self.courtesy.iter().any(is) {
                return false;
            }
        }
        revokes
    }
}

/// Words of an answer to the question which messages were meant.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClarificationTerms {
    /// Name the marketing.
    only: Vec<String>,
    /// Ask for something to go on.
    keep: Vec<String>,
    /// Mean everything, or no.
    never: Vec<String>,
    /// Mean no, but not where the marketing is named.
    against: Vec<String>,
}

impl ClarificationTerms {
    /// Whether an answer says that only some messages were meant.
    pub(crate) fn narrows(&self, answer: &str) -> bool {
        let answer = answer.replace(['\'', '\u{2019}'], "").to_lowercase();
        let holds = |listed: &[String]| {
            let mut words = answer.split(|letter: char| !letter.is_alphanumeric());
            words.any(|word| listed.iter().any(|known| known == word))
        };
        !holds(&self.never) && (holds(&self.only) || (holds(&self.keep) && !holds(&self.against)))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocationTerms {
    /// What records write where they know no state.
    pub(crate) no_state: Vec<String>,
    #[serde(deserialize_with = "zones")]
    pub(crate) all_zones: Vec<Tz>,
    #[serde(deserialize_with = "zones")]
    pub(crate) territory_zones: Vec<Tz>,
}

/// Switches of the disputed points; the rule file says what each means.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a named switch of one disputed point")]
pub(crate) struct Strict {
    pub(crate) any_request_ends_relationship: bool,
    pub(crate) texts_are_calls: bool,
    pub(crate) windows_bind_with_consent: bool,
    pub(crate) oral_consent_is_not_written: bool,
    pub(crate) revoke_all_binds_already: bool,
    pub(crate) disputed_state_windows: bool,
    pub(crate) windows_from_memory: bool,
    pub(crate) window_ends_are_shut: bool,
    pub(crate) recalls_need_consent: bool,
    pub(crate) reassigned_no_data_blocks: bool,
}

/// States whose federal courts take spoken consent for written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OralConsent {
    pub(crate) states: Vec<String>,
}

/// The highest share of calls answered and then abandoned.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AbandonmentTerms {
    pub(crate) max_per_mille: u32,
}

/// A provider's code for "this person opted out with us", and what such a block revokes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CarrierBlock {
    pub(crate) provider: String,
    pub(crate) codes: Vec<String>,
    pub(crate) scope: Scope,
}

/// A flag of a dealer management system, and what it revokes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DmsFlag {
    pub(crate) names: Vec<String>,
    pub(crate) scopes: Vec<Scope>,
}

/// The table programme by fact: what a fact does to a touch.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RelevanceTerms {
    pub(crate) wait_hours: u32,
    #[serde(rename = "fact")]
    pub(crate) facts: Vec<RelevanceFact>,
    #[serde(rename = "programme")]
    pub(crate) rows: Vec<RelevanceRow>,
}

/// A fact and the rule under which it holds a touch back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RelevanceFact {
    pub(crate) name: crate::VehicleFact,
    pub(crate) rule: String,
}

/// Answers of one programme; a key that is no fact is refused.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RelevanceRow {
    pub(crate) programs: Vec<ProgramId>,
    #[serde(flatten)]
    pub(crate) answers: BTreeMap<crate::VehicleFact, Answer>,
}

/// What a fact does to a touch; the later, the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// Nothing.
    Go,
    /// It waits.
    Wait,
    /// It is over.
    Skip,
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
pub(crate) struct StateRulesForm {
    pub(crate) code: String,
    /// As people write it.
    pub(crate) name: String,
    #[serde(deserialize_with = "zones")]
    pub(crate) zones: Vec<Tz>,
    #[serde(default)]
    pub(crate) hours: Vec<StateHoursForm>,
    #[serde(default)]
    pub(crate) holidays: Vec<StateHolidaysForm>,
    #[serde(default)]
    pub(crate) caps: Vec<StateCapForm>,
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
pub(crate) struct StateHoursForm {
    pub(crate) rule: String,
    pub(crate) channels: Vec<Channel>,
    pub(crate) mon_fri: DayWindow,
    pub(crate) saturday: DayWindow,
    pub(crate) sunday: DayWindow,
    #[serde(default, deserialize_with = "zones")]
    pub(crate) also_zones: Vec<Tz>,
    #[serde(default)]
    pub(crate) lifted_by: Vec<LiftForm>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateHolidaysForm {
    pub(crate) rule: String,
    pub(crate) channels: Vec<Channel>,
    pub(crate) calendar: String,
    #[serde(default)]
    pub(crate) window: Option<DayWindow>,
    #[serde(default)]
    pub(crate) lifted_by: Vec<LiftForm>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateCapForm {
    pub(crate) rule: String,
    pub(crate) channels: Vec<Channel>,
    pub(crate) max: Cap,
    pub(crate) hours: u32,
    pub(crate) same_subject: bool,
    #[serde(default)]
    pub(crate) lifted_by: Vec<LiftForm>,
}

/// What takes a state's limit away, and the rule that says so.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum LiftForm {
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

impl LiftForm {
    pub(crate) fn rule(&self) -> &str {
        match self {
            Self::Consent { rule }
            | Self::BusinessRelationship { rule, .. }
            | Self::ItemBoughtHere { rule, .. }
            | Self::DealerVehicleSale { rule } => rule,
        }
    }
}

/// Where an area code lies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AreaCode {
    pub(super) state: Option<String>,
    #[serde(deserialize_with = "zones")]
    pub(super) zones: Vec<Tz>,
}

fn zones<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Tz>, D::Error> {
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|name| {
            name.parse().map_err(|_| serde::de::Error::custom(format!("{name:?} is no IANA time zone")))
        })
        .collect()
}
