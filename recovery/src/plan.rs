use chrono::{Days, NaiveDate};
use fixedops_vocab::{Channel, PolicyVersion, ProgramId, TouchId};

use crate::lint::{self, PlanError};
use crate::{Pitch, Reasons, RelevanceTable, Templates, Timing};

/// How a plan speaks. A safety plan has no offers: the loader refuses one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "there are two")]
pub enum Tone {
    /// Service work a customer may buy or leave.
    Service,
    /// A safety recall: a free remedy.
    Safety,
    /// An offer that nobody asked for: a season, tyres, add-ons. It says so, and never speaks of declined work.
    Upsell,
}

/// What opens a case of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a caller answers every one")]
pub enum Trigger {
    /// A service came due by miles or time.
    Crossing,
    /// Work was declined.
    Decline,
    /// Work was put off to a day, or to the next visit.
    Deferral,
    /// A vehicle was delivered.
    Delivery,
    /// A recall campaign is open for the vehicle, and its remedy is there.
    Recall,
    /// A recall campaign is open for the vehicle, and its remedy is not there yet.
    RecallWithoutRemedy,
    /// An inspection was completed.
    Inspection,
    /// An appointment was made.
    Appointment,
    /// A customer did not come.
    NoShow,
    /// A link was opened, and nothing booked.
    Click,
    /// A reading would change what is due.
    Doubt,
    /// A season, or the store's own list.
    Offer,
}

impl Trigger {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::Crossing,
        Self::Decline,
        Self::Deferral,
        Self::Delivery,
        Self::Recall,
        Self::RecallWithoutRemedy,
        Self::Inspection,
        Self::Appointment,
        Self::NoShow,
        Self::Click,
        Self::Doubt,
        Self::Offer,
    ];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crossing => "crossing",
            Self::Decline => "decline",
            Self::Deferral => "deferral",
            Self::Delivery => "delivery",
            Self::Recall => "recall",
            Self::RecallWithoutRemedy => "recall_without_remedy",
            Self::Inspection => "inspection",
            Self::Appointment => "appointment",
            Self::NoShow => "no_show",
            Self::Click => "click",
            Self::Doubt => "doubt",
            Self::Offer => "offer",
        }
    }
}

/// What an appointment is to a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "there are two")]
pub enum Follows {
    /// A pause: the case goes on if the customer does not come.
    #[default]
    Nothing,
    /// What it is about: the touches are timed by it, and the case ends with it.
    Appointment,
}

/// What it means that a plan ran to its end without an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "there are two")]
pub enum Silence {
    /// The case lapsed: the work is left alone.
    #[default]
    Lapses,
    /// A question was never answered, which is neither a decline nor a deferral.
    IsNoAnswer,
}

/// How a plan is timed by a target: an appointment, a projected wear, the day a customer named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "a new term needs a decision in every plan")]
pub struct TargetTerms {
    /// Days after day 0 that stand for a target nobody knows.
    pub otherwise_days: u32,
    /// The target is never taken to be nearer to the opening than so many days.
    #[cfg_attr(feature = "serde", serde(default))]
    pub soonest_days: Option<u32>,
    /// Nor farther from it than so many.
    #[cfg_attr(feature = "serde", serde(default))]
    pub latest_days: Option<u32>,
    /// The case ends so many minutes after the target, if its horizon does not come first.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ends_after_minutes: Option<u32>,
}

/// How a plan is timed by a calendar: a service comes due on the day on which an average driver would have driven its miles.
/// What it says is labelled by time, and names no mileage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "a new term needs a decision in every plan")]
pub struct CalendarTerms {
    /// Miles an average driver drives in a year: 1,000 to 100,000.
    pub annual_miles: u32,
}

/// A plan that takes over the open cases of an earlier version.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "a version and its touches")]
pub struct Replaces {
    /// The version that is retired.
    pub plan: PolicyVersion,
    /// For each of its touches that has a successor here, which.
    pub touches: std::collections::BTreeMap<TouchId, TouchId>,
}

/// The rests a plan keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "a new rest needs a decision in every plan")]
pub struct Pace {
    /// Days between two touches of one case, at least; also the rest after a missed appointment.
    pub spacing_days: u32,
    /// Days after an appointment or a visit until the case goes on without news of it; at least 1.
    pub news_days: u32,
    /// Days an advisor has for a call task; at least 1.
    pub call_days: u32,
    /// Days the sequence is silent after the customer wrote; at least 1.
    pub talk_days: u32,
    /// Days a customer is given who wants to talk about it at the next visit; at least 1.
    #[cfg_attr(feature = "serde", serde(default = "visit_days"))]
    pub visit_days: u32,
    /// Minutes before a deferred or refused touch is tried again, whatever the other side asked for; at least 1.
    pub retry_minutes: u32,
}

/// One touch of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedTouch {
    /// Its name in the plan: `day-30-sms`.
    pub id: TouchId,
    /// When it is due.
    pub timing: Timing,
    /// Within so many minutes of its time it is to be out; what is later is late, and measured.
    pub within_minutes: Option<u32>,
    /// How.
    pub channel: Channel,
    /// What it may say about money.
    pub pitch: Pitch,
    /// The template, by its id.
    pub template: String,
    /// For a call: whether the advisor should have a slot to offer.
    pub with_slot: bool,
    /// The reason a director would give.
    pub why: String,
}

impl PlannedTouch {
    /// What the message is for.
    #[must_use]
    pub const fn purpose(&self) -> fixedops_vocab::Purpose {
        self.pitch.purpose()
    }

    /// The offer, if it makes one.
    #[must_use]
    pub const fn offer(&self) -> Option<crate::Offer> {
        self.pitch.offer()
    }
}

/// A plan as written, before it is checked: [`Plan::new`] does that.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct PlanDraft {
    /// Name and version, as cases and decisions cite it.
    pub version: PolicyVersion,
    /// The programme it serves.
    pub program: ProgramId,
    /// What its messages are about, as consent's caps count them.
    pub subject: String,
    /// From when new cases may open on it.
    pub effective: NaiveDate,
    /// What opens a case of it.
    pub opened_by: Trigger,
    /// Whether it is the plan of its programme and trigger from the start; of several the first.
    pub standard: bool,
    /// Where its days and numbers come from.
    pub source: String,
    /// How it speaks.
    pub tone: Tone,
    /// The probability of being due at which it opens, above 0 and at most 1; 1 for a plan not opened by mileage.
    pub level: f64,
    /// Timed by a calendar instead of by mileage, as an experiment beside a plan that is timed by mileage.
    pub calendar: Option<CalendarTerms>,
    /// Days after which an unanswered case lapses.
    pub horizon_days: u32,
    /// Whether work declined once more begins the plan anew.
    pub restarts: bool,
    /// What an appointment is to a case.
    pub follows: Follows,
    /// What it means that it ran to its end.
    pub silence: Silence,
    /// How it is timed by a target.
    pub target: TargetTerms,
    /// What reasons to decline do.
    pub reasons: Reasons,
    /// Days the photos are kept that its touches link to; `None` where none does.
    pub photo_days: Option<u32>,
    /// The earlier version whose open cases it takes over.
    pub replaces: Option<Replaces>,
    /// The rests it keeps.
    pub pace: Pace,
    /// What facts about the vehicle do to a touch.
    pub relevance: RelevanceTable,
    /// The touches, in order.
    pub touches: Vec<TouchDraft>,
}

/// A touch as written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct TouchDraft {
    /// Its name, unique in the plan, at most 48 bytes.
    pub id: TouchId,
    /// When it is due.
    pub timing: Timing,
    /// Within so many minutes of its time it is to be out.
    pub within_minutes: Option<u32>,
    /// How.
    pub channel: Channel,
    /// What for.
    pub purpose: fixedops_vocab::Purpose,
    /// The template, by its id.
    pub template: String,
    /// A discount in percent of the line, 1 to 99.
    pub percent_off: Option<u8>,
    /// For a live call: whether the advisor should have a slot to offer.
    pub with_slot: bool,
    /// The reason a director would give.
    pub why: String,
}

/// A checked plan: immutable, versioned, and every touch of it can be reached.
///
/// ```
/// use fixedops_recovery::Plans;
/// let plans = Plans::shipped();
/// let plan = plans.for_program(&"mileage_due".parse()?).expect("it ships");
/// let days: Vec<i64> = plan.touches().iter().map(|touch| touch.timing.whole_days()).collect();
/// assert_eq!(days, [0, 14, 30]);
/// # Ok::<(), fixedops_vocab::IdError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    draft: PlanDraft,
    touches: Vec<PlannedTouch>,
    key: PlanKey,
    /// What the machine asks of each touch, side by side.
    times: Vec<(Timing, bool)>,
}

/// A version as a number: what a compact state names its plan by. FNV-1a of the text, 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanKey(u64);

impl PlanKey {
    /// The key of a version.
    #[must_use]
    pub fn of(version: &PolicyVersion) -> Self {
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(version.as_str().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, mix))
    }
}

impl Plan {
    /// Checks a plan against itself and the templates it names.
    ///
    /// # Errors
    /// [`PlanError`] with the place and the reason of the first fault.
    pub fn new(draft: PlanDraft, templates: &Templates) -> Result<Self, PlanError> {
        let touches = lint::check(&draft, templates)?;
        let key = PlanKey::of(&draft.version);
        let times = touches.iter().map(|touch| (touch.timing, touch.channel == Channel::LiveCall)).collect();
        Ok(Self { draft, touches, key, times })
    }

    /// Name and version, as cases and decisions cite it.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.draft.version
    }

    /// The programme it serves.
    #[must_use]
    pub const fn program(&self) -> &ProgramId {
        &self.draft.program
    }

    /// What its messages are about, as consent's caps count them.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.draft.subject
    }

    /// From when new cases may open on it.
    #[must_use]
    pub const fn effective(&self) -> NaiveDate {
        self.draft.effective
    }

    /// Where its days and numbers come from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.draft.source
    }

    /// How it speaks.
    #[must_use]
    pub const fn tone(&self) -> Tone {
        self.draft.tone
    }

    /// What opens a case of it.
    #[must_use]
    pub const fn opened_by(&self) -> Trigger {
        self.draft.opened_by
    }

    /// Whether it is the plan of its programme and trigger from the start.
    #[must_use]
    pub const fn is_standard(&self) -> bool {
        self.draft.standard
    }

    /// What an appointment is to a case.
    #[must_use]
    pub const fn follows(&self) -> Follows {
        self.draft.follows
    }

    /// What it means that it ran to its end.
    #[must_use]
    pub const fn silence(&self) -> Silence {
        self.draft.silence
    }

    /// How it is timed by a target.
    #[must_use]
    pub const fn target_terms(&self) -> &TargetTerms {
        &self.draft.target
    }

    /// Whether any touch is timed by a target.
    #[must_use]
    pub fn has_target(&self) -> bool {
        self.touches.iter().any(|touch| touch.timing.by != crate::TimedBy::Opening)
    }

    /// What reasons to decline do.
    #[must_use]
    pub const fn reasons(&self) -> &Reasons {
        &self.draft.reasons
    }

    /// Days the photos are kept that its touches link to.
    #[must_use]
    pub const fn photo_days(&self) -> Option<u32> {
        self.draft.photo_days
    }

    /// The earlier version whose open cases it takes over.
    #[must_use]
    pub const fn replaces(&self) -> Option<&Replaces> {
        self.draft.replaces.as_ref()
    }

    /// Its version as a number.
    #[must_use]
    pub const fn key(&self) -> PlanKey {
        self.key
    }

    /// The touches, in order; never empty.
    #[must_use]
    pub fn touches(&self) -> &[PlannedTouch] {
        &self.touches
    }

    /// The probability of being due at which a mileage plan opens, above 0 and at most 1. A plan that is opened by
    /// something else than mileage says 1.
    #[must_use]
    pub const fn level(&self) -> f64 {
        self.draft.level
    }

    /// How it is timed by a calendar, where it is.
    #[must_use]
    pub const fn calendar(&self) -> Option<CalendarTerms> {
        self.draft.calendar
    }

    /// After how long an unanswered case lapses.
    #[must_use]
    pub const fn horizon(&self) -> Days {
        Days::new(self.draft.horizon_days as u64)
    }

    /// Whether work declined once more begins the plan anew.
    #[must_use]
    pub const fn restarts(&self) -> bool {
        self.draft.restarts
    }

    /// The rests it keeps.
    #[must_use]
    pub const fn pace(&self) -> &Pace {
        &self.draft.pace
    }

    /// What facts about the vehicle do to a touch.
    #[must_use]
    pub const fn relevance(&self) -> &RelevanceTable {
        &self.draft.relevance
    }

    /// The `index`-th touch under the name it has in `round`: the first round keeps the plan's name, later ones add
    /// `-r2`, `-r3`, so that (case, touch) never repeats.
    #[must_use]
    pub fn touch_in_round(&self, index: usize, round: u32) -> Option<TouchId> {
        let id = &self.touches.get(index)?.id;
        if round <= 1 { Some(id.clone()) } else { TouchId::new(format!("{id}-r{round}")).ok() }
    }

    /// The touch behind a name, whatever its round.
    #[must_use]
    pub fn touch(&self, id: &TouchId) -> Option<&PlannedTouch> {
        let of_round = |name: &str| {
            id.as_str().strip_prefix(name).is_some_and(|rest| {
                rest.is_empty()
                    || rest
                        .strip_prefix("-r")
                        .and_then(|round| round.parse::<u32>().ok())
                        .is_some_and(|r| r > 1)
            })
        };
        self.touches.iter().find(|touch| of_round(touch.id.as_str()))
    }

    pub(crate) fn timing(&self, index: usize) -> Option<Timing> {
        self.times.get(index).map(|(timing, _)| *timing)
    }

    pub(crate) fn is_call(&self, index: usize) -> bool {
        self.times.get(index).is_some_and(|(_, call)| *call)
    }

    /// Days after day 0 at which an unanswered case ends.
    #[must_use]
    pub const fn horizon_days(&self) -> u32 {
        self.draft.horizon_days
    }
}

/// What [`Pace::visit_days`] is where a plan does not say.
#[cfg(feature = "serde")]
const fn visit_days() -> u32 {
    120
}
