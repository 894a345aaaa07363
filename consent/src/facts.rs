use core::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use fixedops_vocab::{Channel, ConsentLevel, ProgramId, Purpose, Scope, VehicleId};
use serde::{Deserialize, Serialize};

/// Everything known about one contact when a decision is taken: the contact's stream of the journal read back, with
/// the parts of the person's and household's streams that bear on it.
///
/// The JSON form is that of the decision vectors in `testdata/scenarios.jsonl`; every field may be absent. Absent
/// means *none is on record* for consents, revocations, list entries and history, and *unknown* for evidence and
/// circumstances. Where the zone is unknown every US zone counts; where the state is unknown only the federal rules do
/// (vector S140), so give every plausible one. `Debug` hides ZIP codes and the words of people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactFacts {
    /// Where and what the contact point is.
    pub recipient: Recipient,
    /// Consents given, in any order.
    pub consents: Vec<Consent>,
    /// Revocations received, in any order; those of the person and the household that reach this contact included.
    pub revocations: Vec<Revocation>,
    /// Do-not-call lists.
    pub dnc: DncStatus,
    /// Dates on which a business relationship rests.
    pub ebr: BusinessRelationship,
    /// Earlier solicitations to this person, and to the household.
    pub history: Vec<Solicitation>,
    /// Circumstances of the moment.
    pub facts: Circumstances,
}

/// Evidence of where a contact point is and what it is.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipient {
    /// Whether the number belongs to the North American Numbering Plan; absent means it does. `Some(false)` denies.
    pub nanp: Option<bool>,
    /// Kind of line, where known. Unknown counts as wireless.
    pub line_type: Option<LineType>,
    /// Three digits.
    pub area_code: Option<String>,
    /// Confirmed ZIP code.
    pub zip: Option<String>,
    /// Every plausible state, two letters each; empty, or anything that is no state, means unknown.
    pub states: Vec<String>,
    /// Every plausible IANA zone; empty means: work it out from the states and the area code.
    pub candidate_zones: Vec<String>,
}

/// Kind of a telephone line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LineType {
    /// A mobile telephone.
    Wireless,
    /// A line in a house.
    Landline,
    /// A line over the internet.
    Voip,
}

/// One consent as it was given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// What it was taken as. Whether it holds is checked element by element when a message is decided.
    pub level: ConsentLevel,
    /// The channels it names.
    pub channels: Vec<Channel>,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// Whether there is a writing.
    #[serde(default)]
    pub in_writing: Option<bool>,
    /// How it was signed.
    #[serde(default)]
    pub signed: Option<Signature>,
    /// Whether the number in the writing is this number.
    #[serde(default)]
    pub phone_matches: Option<bool>,
    /// What the writing disclosed.
    #[serde(default)]
    pub disclosure: Vec<Disclosure>,
    /// The sellers it names; empty means us.
    #[serde(default)]
    pub sellers: Vec<String>,
    /// What is kept to prove it, in free words.
    #[serde(default)]
    pub proof: Vec<String>,
    /// How it came about, in free words; `START reply` is a bare START.
    #[serde(default)]
    pub how: Option<String>,
}

#[cfg(feature = "decide")]
impl Consent {
    /// What it lacks to be prior express written consent for `channel` at `now`, 47 CFR 64.1200(f)(9), in plain words;
    /// `None` if nothing. What [`decide`](crate::decide) asks of it, without the circumstances of one message.
    #[must_use]
    pub fn lacks_written(&self, channel: Channel, now: DateTime<Utc>) -> Option<&'static str> {
        crate::decide::grant::lacks_written(self, channel, now)
    }
}

/// How a consent was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Signature {
    /// A box ticked on a page (E-SIGN).
    EsignCheckbox,
    /// A reply by text message (E-SIGN).
    EsignSmsReply,
    /// A pen on paper.
    WetInk,
    /// Spoken: no signature in the sense of 47 CFR 64.1200(f)(9).
    Verbal,
    /// A kind this version does not know: counts as none.
    #[serde(other)]
    Unknown,
}

/// What the text of a consent said, 47 CFR 64.1200(f)(9)(i).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Disclosure {
    /// Messages may be sent with automated technology.
    AutomatedTechnology,
    /// Calls may use an artificial or prerecorded voice.
    ArtificialOrPrerecordedVoice,
    /// Signing is not a condition of purchase.
    NotConditionOfPurchase,
    /// The seller is named.
    SellerNamed,
    /// Something this version does not know: discloses nothing.
    #[serde(other)]
    Unknown,
}

/// One revocation as it was received.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// How it came in.
    #[serde(default)]
    pub channel: Means,
    /// Its words.
    #[serde(default)]
    pub text: Option<String>,
    /// Whether its words revoke by themselves, where that was read already and the words are not at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_se: Option<bool>,
    /// What it means, already read; `None` revokes nothing.
    #[serde(with = "revoked_scope")]
    pub scope: Option<Scope>,
    /// The vehicle a [`Scope::ThisVehicle`] speaks of; absent means that it could be any.
    #[serde(default)]
    pub vehicle: Option<VehicleId>,
    /// The purposes it is limited to (a preference page: no appointment reminders); empty means all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<Purpose>,
}

/// How a revocation came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Means {
    /// A text message.
    Sms,
    /// Electronic mail, a click on its opt-out link included.
    Email,
    /// Spoken in the store.
    InPerson,
    /// Spoken on the telephone.
    Voice,
    /// A form on a web site.
    Web,
    /// Any other way, a flag in the dealer's system included.
    #[default]
    #[serde(other)]
    Other,
}

/// What the do-not-call lists say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DncStatus {
    /// On the national registry.
    pub national: Option<bool>,
    /// On a state's registry.
    pub state: Option<bool>,
    /// On our own list.
    pub internal: Option<bool>,
    /// Since when on our own list.
    pub internal_on: Option<NaiveDate>,
    /// `Some(false)`: no registry was looked at, so that nobody knows. Absent: `national` and `state` say what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked_up: Option<bool>,
    /// Date of the registry version that was looked at; absent means a fresh one.
    pub scrubbed_at: Option<NaiveDate>,
}

/// The dates an established business relationship rests on, 47 CFR 64.1200(f)(5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BusinessRelationship {
    /// Last purchase or repair order.
    pub last_transaction: Option<NaiveDate>,
    /// Last inquiry or application.
    pub last_inquiry: Option<NaiveDate>,
}

/// An earlier solicitation. Written as an object, or as a bare instant where nothing more is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SolicitationForm")]
pub struct Solicitation {
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// What it was about. Unknown counts as the same subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Our programme that sent it. State caps count every solicitation, house caps those of our programmes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<ProgramId>,
    /// Whom of the household it went to.
    pub reached: Reached,
}

/// Whom an earlier solicitation reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a cap counts one or the other")]
pub enum Reached {
    /// This person, at this or another contact point.
    #[default]
    Person,
    /// Somebody else of the household.
    Household,
}

impl Solicitation {
    /// One of which only the instant is known.
    #[must_use]
    pub const fn at(at: DateTime<Utc>) -> Self {
        Self { at, subject: None, program: None, reached: Reached::Person }
    }
    /// One that a programme of ours sent to this person.
    #[must_use]
    pub const fn of(program: ProgramId, at: DateTime<Utc>) -> Self {
        Self { at, subject: None, program: Some(program), reached: Reached::Person }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SolicitationForm {
    Bare(DateTime<Utc>),
    Full {
        at: DateTime<Utc>,
        #[serde(default)]
        subject: Option<String>,
        #[serde(default)]
        program: Option<ProgramId>,
        #[serde(default)]
        reached: Reached,
    },
}

impl From<SolicitationForm> for Solicitation {
    fn from(form: SolicitationForm) -> Self {
        match form {
            SolicitationForm::Bare(at) => Self::at(at),
            SolicitationForm::Full { at, subject, program, reached } => {
                Self { at, subject, program, reached }
            }
        }
    }
}

/// Circumstances of the moment. All optional: absent means unknown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Circumstances {
    /// The open appointment.
    pub appointment_at: Option<DateTime<Utc>>,
    /// Whether a repair order is open.
    pub ro_open: Option<bool>,
    /// Whether the content promotes anything: then it is marketing, whatever it calls itself.
    pub contains_offer: Option<bool>,
    /// `Some(false)`: the earlier solicitations were about other subjects.
    pub same_subject: Option<bool>,
    /// When the message arrived that a reply answers.
    pub inbound_at: Option<DateTime<Utc>>,
    /// Its words.
    pub inbound_text: Option<String>,
    /// Call: an automated interactive opt-out is offered.
    pub interactive_opt_out: Option<bool>,
    /// Call: the caller is named at the start.
    pub caller_identified: Option<bool>,
    /// E-mail: an opt-out link is in it.
    pub unsubscribe_link: Option<bool>,
    /// E-mail: a postal address is in it.
    pub postal_address: Option<bool>,
    /// E-mail: the one-click headers of RFC 8058 are set.
    pub one_click_headers: Option<bool>,
    /// E-mail: messages a day from this sender.
    pub daily_volume: Option<u64>,
    /// The carrier or provider blocks this number: `true`, or its code.
    #[serde(deserialize_with = "carrier_block")]
    pub carrier_block: Option<String>,
    /// Whose block it is.
    pub provider: Option<String>,
    /// When the person was asked which messages an opt-out meant.
    pub clarification_sent_at: Option<DateTime<Utc>>,
    /// The answer; absent means silence.
    pub clarification_reply: Option<String>,
    /// Since when an answer that may be an opt-out, and may not, holds marketing; absent once it is clear.
    pub held_since: Option<DateTime<Utc>>,
    /// Whether the opt-out was confirmed already.
    pub confirmation_already_sent: Option<bool>,
    /// Answer of the Reassigned Numbers Database.
    pub rnd: Option<ReassignedNumber>,
    /// The call is about a thing bought here.
    pub call_about_item_purchased_here: Option<bool>,
    /// When it was bought.
    pub item_purchased_at: Option<NaiveDate>,
    /// The caller holds a Mississippi motor vehicle dealer licence.
    pub caller_licensed_ms_dealer: Option<bool>,
    /// What the message is about, in the words of the scenario.
    pub subject: Option<String>,
    /// The recall campaign.
    pub nhtsa_campaign: Option<String>,
    /// Information only.
    pub legal_deadline: Option<NaiveDate>,
    /// States in which an emergency was declared that bans solicitations.
    pub declared_emergency: Vec<String>,
    /// Call: of the calls of this campaign that a person answered in the last 30 days, how many in a thousand were
    /// abandoned, rounded up.
    pub abandoned_per_mille: Option<u32>,
    /// What is true of the vehicle; an open appointment and an open repair order may stand here or in their own fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vehicle_facts: Vec<VehicleFact>,
}

/// What may be true of a vehicle at the moment a touch about it would go out: the columns of the table programme by
/// fact in the house policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a fact left out would be a message to the wrong person")]
pub enum VehicleFact {
    /// An appointment lies ahead.
    Booked,
    /// The work was done lately, here or elsewhere.
    RecentlyServiced,
    /// A repair order is open: the car is in the shop.
    RoOpen,
    /// The person does not own it any more.
    VehicleSold,
    /// It stands on the lot to be sold.
    StockUnit,
    /// It is lent to customers.
    LoanerUnit,
    /// A company runs it, with its own maintenance.
    FleetUnit,
    /// It belongs to the store's staff.
    EmployeeUnit,
}

impl VehicleFact {
    /// Every fact.
    pub const ALL: &'static [Self] = &[
        Self::Booked,
        Self::RecentlyServiced,
        Self::RoOpen,
        Self::VehicleSold,
        Self::StockUnit,
        Self::LoanerUnit,
        Self::FleetUnit,
        Self::EmployeeUnit,
    ];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::RecentlyServiced => "recently_serviced",
            Self::RoOpen => "ro_open",
            Self::VehicleSold => "vehicle_sold",
            Self::StockUnit => "stock_unit",
            Self::LoanerUnit => "loaner_unit",
            Self::FleetUnit => "fleet_unit",
            Self::EmployeeUnit => "employee_unit",
        }
    }
}

/// An answer of the Reassigned Numbers Database, 47 CFR 64.1200(m).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReassignedNumber {
    /// What it answered.
    pub result: RndAnswer,
    /// When it was asked.
    #[serde(default)]
    pub checked_at: Option<NaiveDate>,
    /// The date it was asked about.
    #[serde(default)]
    pub since: Option<NaiveDate>,
}

/// Whether the number was disconnected on or after the date asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "the database gives these three")]
pub enum RndAnswer {
    /// It was: somebody else may hold it now.
    Yes,
    /// It was not.
    No,
    /// The database does not say: no safe harbour.
    NoData,
}

/// `true`, `false`, a code as number or text, or null.
fn carrier_block<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Flag(bool),
        Code(u64),
        Text(String),
    }
    Ok(match Option::<Form>::deserialize(deserializer)? {
        None | Some(Form::Flag(false)) => None,
        Some(Form::Flag(true)) => Some("blocked".to_owned()),
        Some(Form::Code(code)) => Some(code.to_string()),
        Some(Form::Text(text)) => Some(text),
    })
}

/// A scope as text, with `none` for a reply that revokes nothing.
mod revoked_scope {
    use fixedops_vocab::Scope;
    use serde::{Deserialize, Deserializer, Serializer};

    #[allow(clippy::ref_option, reason = "the signature serde asks for")]
    pub(super) fn serialize<S: Serializer>(scope: &Option<Scope>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(scope.map_or("none", Scope::as_str))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Scope>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "none" { Ok(None) } else { text.parse().map(Some).map_err(serde::de::Error::custom) }
    }
}

/// `Debug` without the fields that hold a person's words or place; a field that is not listed does not compile.
macro_rules! debug_hiding {
    ($type:ident { $($hidden:ident),+ } shows { $($shown:ident),+ $(,)? }) => {
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Self { $($shown,)+ $($hidden: _),+ } = self;
                let mut all = f.debug_struct(stringify!($type));
                $(all.field(stringify!($shown), $shown);)+
                $(all.field(stringify!($hidden), &format_args!("***"));)+
                all.finish()
            }
        }
    };
}
debug_hiding!(Recipient { zip } shows { nanp, line_type, area_code, states, candidate_zones });
debug_hiding!(Consent { proof, how } shows {
    level, channels, given_at, in_writing, signed, phone_matches, disclosure, sellers,
});
debug_hiding!(Revocation { text } shows { received_at, channel, per_se, scope, vehicle, purposes });
debug_hiding!(Circumstances { inbound_text, clarification_reply } shows {
    appointment_at, ro_open, contains_offer, same_subject, inbound_at, interactive_opt_out, caller_identified,
    unsubscribe_link, postal_address, one_click_headers, daily_volume, carrier_block, provider,
    clarification_sent_at, held_since, confirmation_already_sent, rnd, call_about_item_purchased_here, item_purchased_at,
    caller_licensed_ms_dealer, subject, nhtsa_campaign, legal_deadline, declared_emergency, abandoned_per_mille,
    vehicle_facts,
});
