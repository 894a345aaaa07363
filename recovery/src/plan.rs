use chrono::{DateTime, Days, NaiveDate, Utc};
use fixedops_vocab::{Channel, PolicyVersion, ProgramId, TouchId};

use crate::lint::{self, PlanError};
use crate::{Pitch, RelevanceTable, Templates};

/// How a plan speaks. A safety plan has no offers: the loader refuses one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "there are two")]
pub enum Tone {
    /// Service work a customer may buy or leave.
    Service,
    /// A safety recall: a free remedy.
    Safety,
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
    /// Minutes before a deferred or refused touch is tried again, whatever the other side asked for; at least 1.
    pub retry_minutes: u32,
}

/// One touch of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedTouch {
    /// Its name in the plan: `day-30-sms`.
    pub id: TouchId,
    /// Days after the case was opened.
    pub day: u32,
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
    /// Where its days and numbers come from.
    pub source: String,
    /// How it speaks.
    pub tone: Tone,
    /// The probability of being due at which it opens, above 0 and at most 1; 1 for a plan not opened by mileage.
    pub level: f64,
    /// Days after which an unanswered case lapses.
    pub horizon_days: u32,
    /// Whether work declined once more begins the plan anew.
    pub restarts: bool,
    /// The rests it keeps.
    pub pace: Pace,
    /// What facts about the vehicle do to a touch.
    pub relevance: RelevanceTable,
    /// The touches, by day.
    pub touches: Vec<TouchDraft>,
}

/// A touch as written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct TouchDraft {
    /// Its name, unique in the plan, at most 48 bytes.
    pub id: TouchId,
    /// Days after the case was opened.
    pub day: u32,
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
/// let days: Vec<u32> = plan.touches().iter().map(|touch| touch.day).collect();
/// assert_eq!(days, [0, 14, 30]);
/// # Ok::<(), fixedops_vocab::IdError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    draft: PlanDraft,
    touches: Vec<PlannedTouch>,
}

impl Plan {
    /// Checks a plan against itself and the templates it names.
    ///
    /// # Errors
    /// [`PlanError`] with the place and the reason of the first fault.
    pub fn new(draft: PlanDraft, templates: &Templates) -> Result<Self, PlanError> {
        let touches = lint::check(&draft, templates)?;
        Ok(Self { draft, touches })
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

    /// The touches, by day; never empty.
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

    pub(crate) fn due(&self, index: usize, anchor: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.touches.get(index).map(|touch| later(anchor, touch.day))
    }

    pub(crate) fn end(&self, anchor: DateTime<Utc>) -> DateTime<Utc> {
        later(anchor, self.draft.horizon_days)
    }
}

/// So many days later; the last instant there is where the calendar ends.
pub(crate) fn later(from: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    from.checked_add_days(Days::new(u64::from(days))).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
