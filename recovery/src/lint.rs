use core::fmt;
use std::collections::BTreeSet;

use fixedops_vocab::{Channel, Purpose};

use crate::{
    DeclineReason, Follows, Offer, Pitch, PlanDraft, PlannedTouch, ReasonAnswer, Templates, TimedBy, Timing,
    Tone, TouchDraft, Trigger,
};

/// Longest name of a touch, so that a round can be added to it.
const LONGEST_TOUCH: usize = 48;
/// Most touches of a plan: a case counts them in a byte.
const MOST_TOUCHES: usize = 100;
/// Farthest horizon: ten years.
const FARTHEST_DAY: u32 = 3650;

/// Where in a plan a fault is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The touch, by its name; `None` for the plan itself.
    pub touch: Option<String>,
    /// The field, as the file spells it; empty where the text could not be read at all.
    pub field: &'static str,
    /// The line of the file, from 1; `None` for a plan that was not read from a file.
    pub line: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        match (&self.touch, self.field) {
            (Some(touch), field) => write!(f, "touch {touch:?}, field {field}"),
            (None, "") => f.write_str("plan"),
            (None, field) => write!(f, "plan, field {field}"),
        }
    }
}

/// Why a plan was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
#[non_exhaustive]
pub struct PlanError {
    /// Where.
    pub place: Place,
    /// Why.
    pub fault: PlanFault,
}

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanFault {
    /// Not TOML, a field is missing, unknown, or of the wrong kind; the reader's own words.
    #[error("{0}")]
    Unreadable(String),
    /// No touch at all.
    #[error("has no touch")]
    NoTouch,
    /// More touches than a case can count.
    #[error("has more than 100 touches")]
    TooManyTouches,
    /// A number outside its bounds.
    #[error("{found} is not between {least} and {most}")]
    OutOfBounds {
        /// The number.
        found: String,
        /// The least it may be.
        least: u32,
        /// The most it may be.
        most: u32,
    },
    /// Empty text where a reason, a source or a subject belongs.
    #[error("is empty")]
    Empty,
    /// Two touches of one name.
    #[error("another touch has this name")]
    RepeatedName,
    /// A name that leaves no room for a round, or looks as if it had one.
    #[error("is longer than 48 bytes or ends like a round (-r2)")]
    NameOfARound,
    /// Not one of `day`, `after` and `before`.
    #[error("has to be due by one of day, after and before")]
    NotOneTime,
    /// Two touches at one time.
    #[error("another touch is due {0} too")]
    SameTime(Timing),
    /// The touch stands after a later one, so it would never be reached.
    #[error("cannot be reached: the touch before it is due {0}")]
    Unreachable(Timing),
    /// A touch before the case opens.
    #[error("is due before the case opens")]
    BeforeOpening,
    /// A touch timed by a target in a plan that does not say what stands for an unknown one.
    #[error("is timed by a target, and the plan has no [target]")]
    NoTarget,
    /// The nearest a target is taken to be is not nearer than the farthest.
    #[error("soonest_days is not before latest_days")]
    TargetRange,
    /// A plan timed by a calendar that no crossing opens.
    #[error("times what comes due, and the plan is opened by something else")]
    NoCrossing,
    /// A plan that follows an appointment and has no touch timed by it, or is opened by something else.
    #[error("a plan that follows an appointment is opened by one and has a touch before it")]
    FollowsNothing,
    /// An offer in a message that is not marketing: it would be counted and cleared as something else.
    #[error("an offer makes it marketing, and the purpose is {0}")]
    OfferIsMarketing(Purpose),
    /// A plan opened by a decline that does not answer a reason to decline.
    #[error("a plan opened by a decline says what reasons do, and wait_days is missing for one that waits")]
    NoReasons,
    /// An upsell that speaks of work that was declined.
    #[error("an upsell cannot use template {template:?}: it speaks of declined work ({field})")]
    DeclinedWorkInUpsell {
        /// The template.
        template: String,
        /// The field.
        field: &'static str,
    },
    /// A photo that is gone before the last message that links to it.
    #[error("photos are kept {kept} days, and the case may run {needed}")]
    PhotoGone {
        /// Days they are kept.
        kept: u32,
        /// Days of the horizon.
        needed: u32,
    },
    /// The successor of a touch that is none of the plan's.
    #[error("{0} is no touch of this plan")]
    NoSuccessor(String),
    /// Two touches of the retired plan in another order here.
    #[error("the touches of the retired plan have another order here")]
    SuccessorsCross,
    /// Two touches closer than the plan's own spacing.
    #[error("comes {found} days after the touch before it, the plan keeps {spacing} days between touches")]
    TooClose {
        /// Days between them.
        found: i64,
        /// Days the plan keeps.
        spacing: u32,
    },
    /// A day on or after the one the case lapses.
    #[error("is not before the horizon of {0} days")]
    BeyondHorizon(u32),
    /// A channel nobody knows.
    #[error("unknown channel: {0}")]
    UnknownChannel(String),
    /// A purpose nobody knows.
    #[error("unknown purpose: {0}")]
    UnknownPurpose(String),
    /// No template of that name for that channel.
    #[error("there is no template {template:?} for {channel}")]
    NoTemplate {
        /// The template.
        template: String,
        /// The channel.
        channel: Channel,
    },
    /// A recall is never an offer.
    #[error("a safety plan makes no offer")]
    OfferInSafetyPlan,
    /// A recall message outside a safety plan, or another in one.
    #[error("purpose {found} does not belong in a {tone:?} plan")]
    WrongPurpose {
        /// The purpose.
        found: Purpose,
        /// The tone of the plan.
        tone: Tone,
    },
    /// A template of a safety plan that speaks of money.
    #[error("a safety plan cannot use template {template:?}: it speaks of {field}")]
    PriceInSafetyPlan {
        /// The template.
        template: String,
        /// The field.
        field: &'static str,
    },
    /// An advisor's call offers a slot, not a discount.
    #[error("a live call carries no discount")]
    OfferOnACall,
    /// A slot is held for an advisor's call only.
    #[error("only a live call has a slot to offer")]
    SlotWithoutACall,
    /// A purpose that answers something and cannot be planned.
    #[error("purpose {0} cannot be planned ahead")]
    NotPlannable(Purpose),
}

pub(crate) type Fault = (Option<usize>, &'static str, PlanFault);

/// The first fault as an error, its line looked up by the reader of the file.
pub(crate) fn check(draft: &PlanDraft, templates: &Templates) -> Result<Vec<PlannedTouch>, PlanError> {
    find(draft, templates).map_err(|(touch, field, fault)| PlanError {
        place: Place {
            touch: touch.and_then(|index| draft.touches.get(index)).map(|touch| touch.id.to_string()),
            field,
            line: None,
        },
        fault,
    })
}

/// Checks a plan; the first fault by touch index and field.
pub(crate) fn find(draft: &PlanDraft, templates: &Templates) -> Result<Vec<PlannedTouch>, Fault> {
    plan_itself(draft)?;
    let mut names = BTreeSet::new();
    let mut previous: Option<Timing> = None;
    let mut touches = Vec::with_capacity(draft.touches.len());
    for (index, touch) in draft.touches.iter().enumerate() {
        let at = |field, fault| (Some(index), field, fault);
        if touch.id.as_str().len() > LONGEST_TOUCH || looks_like_a_round(touch.id.as_str()) {
            return Err(at("id", PlanFault::NameOfARound));
        }
        if !names.insert(&touch.id) {
            return Err(at("id", PlanFault::RepeatedName));
        }
        time(draft, touch.timing, previous).map_err(|fault| at("day", fault))?;
        previous = Some(touch.timing);
        touches.push(words(draft.tone, touch, templates).map_err(|(field, fault)| at(field, fault))?);
    }
    terms(draft)?;
    Ok(touches)
}

fn plan_itself(draft: &PlanDraft) -> Result<(), Fault> {
    let of_plan = |field, fault| Err((None, field, fault));
    for (field, text) in [("subject", &draft.subject), ("source", &draft.source)] {
        if text.trim().is_empty() {
            return of_plan(field, PlanFault::Empty);
        }
    }
    if !(draft.level > 0.0 && draft.level <= 1.0) {
        let found = draft.level.to_string();
        return of_plan("level", PlanFault::OutOfBounds { found, least: 0, most: 1 });
    }
    let pace = &draft.pace;
    for (field, found, least, most) in [
        ("calendar", draft.calendar.map_or(1_000, |terms| terms.annual_miles), 1_000, 100_000),
        ("horizon_days", draft.horizon_days, 1, FARTHEST_DAY),
        ("spacing_days", pace.spacing_days, 0, 365),
        ("news_days", pace.news_days, 1, 365),
        ("call_days", pace.call_days, 1, 365),
        ("talk_days", pace.talk_days, 1, 365),
        ("visit_days", pace.visit_days, 1, FARTHEST_DAY),
        ("target", draft.target.otherwise_days, 0, FARTHEST_DAY),
        ("target", draft.target.soonest_days.unwrap_or(0), 0, FARTHEST_DAY),
        ("target", draft.target.latest_days.unwrap_or(1), 1, FARTHEST_DAY),
        ("reasons", draft.reasons.wait_days, 0, 365),
        ("photo_days", draft.photo_days.unwrap_or(1), 1, FARTHEST_DAY),
        ("retry_minutes", pace.retry_minutes, 1, 7 * 24 * 60),
        ("wait_days", draft.relevance.wait_days, 1, 365),
    ] {
        if !(least..=most).contains(&found) {
            return of_plan(field, PlanFault::OutOfBounds { found: found.to_string(), least, most });
        }
    }
    match draft.touches.len() {
        0 => of_plan("touch", PlanFault::NoTouch),
        1..=MOST_TOUCHES => Ok(()),
        _ => of_plan("touch", PlanFault::TooManyTouches),
    }
}

/// What the plan says of targets, reasons, photos and its predecessor.
fn terms(draft: &PlanDraft) -> Result<(), Fault> {
    let of_plan = |field, fault| Err((None, field, fault));
    let timed = |touch: &TouchDraft| touch.timing.by != TimedBy::Opening;
    if let (Some(soonest), Some(latest)) = (draft.target.soonest_days, draft.target.latest_days)
        && soonest >= latest
    {
        return of_plan("target", PlanFault::TargetRange);
    }
    if draft.target.otherwise_days == 0
        && let Some(index) = draft.touches.iter().position(timed)
    {
        return Err((Some(index), "timed_by", PlanFault::NoTarget));
    }
    if draft.calendar.is_some() && draft.opened_by != Trigger::Crossing {
        return of_plan("calendar", PlanFault::NoCrossing);
    }
    let follows = draft.follows == Follows::Appointment;
    let before = draft.touches.iter().any(|touch| timed(touch) && touch.timing.minutes < 0);
    if follows && !(draft.opened_by == Trigger::Appointment && before) {
        return of_plan("target", PlanFault::FollowsNothing);
    }
    let answered =
        DeclineReason::ALL.iter().any(|reason| draft.reasons.answer(*reason) != ReasonAnswer::GoOn);
    let waits = draft.reasons.waits() && draft.reasons.wait_days == 0;
    if waits || (draft.opened_by == Trigger::Decline && draft.replaces.is_some() && !answered) {
        return of_plan("reasons", PlanFault::NoReasons);
    }
    if let Some(kept) = draft.photo_days.filter(|kept| *kept < draft.horizon_days) {
        return of_plan("photo_days", PlanFault::PhotoGone { kept, needed: draft.horizon_days });
    }
    let Some(replaces) = &draft.replaces else { return Ok(()) };
    let mut places = Vec::new();
    for name in replaces.touches.values() {
        match draft.touches.iter().position(|touch| touch.id == *name) {
            Some(place) => places.push(place),
            None => return of_plan("replaces", PlanFault::NoSuccessor(name.to_string())),
        }
    }
    places.sort_unstable();
    if places.windows(2).any(|pair| pair.first() == pair.last()) {
        return of_plan("replaces", PlanFault::SuccessorsCross);
    }
    Ok(())
}

const DAY: i64 = 24 * 60;

fn time(draft: &PlanDraft, timing: Timing, previous: Option<Timing>) -> Result<(), PlanFault> {
    let spacing = draft.pace.spacing_days;
    if timing.by == TimedBy::Opening && timing.minutes < 0 {
        return Err(PlanFault::BeforeOpening);
    }
    if let Some(before) = previous {
        let apart = timing.minutes - before.minutes;
        // Of touches timed by different things nobody knows here how far they are apart; the machine keeps the rest.
        match (before.by as u8).cmp(&(timing.by as u8)) {
            core::cmp::Ordering::Greater => return Err(PlanFault::Unreachable(before)),
            core::cmp::Ordering::Equal if apart == 0 => return Err(PlanFault::SameTime(timing)),
            core::cmp::Ordering::Equal if apart < 0 => return Err(PlanFault::Unreachable(before)),
            core::cmp::Ordering::Equal if apart < i64::from(spacing) * DAY => {
                return Err(PlanFault::TooClose { found: apart / DAY, spacing });
            }
            _ => {}
        }
    }
    let horizon = i64::from(draft.horizon_days) * DAY;
    if timing.by == TimedBy::Opening && timing.minutes >= horizon {
        return Err(PlanFault::BeyondHorizon(draft.horizon_days));
    }
    Ok(())
}

fn words(
    tone: Tone,
    touch: &TouchDraft,
    templates: &Templates,
) -> Result<PlannedTouch, (&'static str, PlanFault)> {
    if matches!(touch.purpose, Purpose::Reply | Purpose::RevocationConfirmation) {
        return Err(("purpose", PlanFault::NotPlannable(touch.purpose)));
    }
    if (tone == Tone::Safety) != (touch.purpose == Purpose::Recall) {
        return Err(("purpose", PlanFault::WrongPurpose { found: touch.purpose, tone }));
    }
    let Some(template) = templates.get(&touch.template, touch.channel) else {
        let (template, channel) = (touch.template.clone(), touch.channel);
        return Err(("template", PlanFault::NoTemplate { template, channel }));
    };
    let offer = touch.percent_off.map(|percent| {
        let outside = || PlanFault::OutOfBounds { found: percent.to_string(), least: 1, most: 99 };
        Offer::percent_off(percent).ok_or_else(|| ("percent_off", outside()))
    });
    let offer = offer.transpose()?;
    let pitch = match (tone, offer) {
        (Tone::Safety, Some(_)) => return Err(("percent_off", PlanFault::OfferInSafetyPlan)),
        (Tone::Safety, None) => match template.speaks_of_money() {
            Some(field) => {
                let template = touch.template.clone();
                return Err(("template", PlanFault::PriceInSafetyPlan { template, field }));
            }
            None => Pitch::Safety,
        },
        (Tone::Upsell, _) if template.speaks_of_declined_work().is_some() => {
            let field = template.speaks_of_declined_work().unwrap_or_default();
            let template = touch.template.clone();
            return Err(("template", PlanFault::DeclinedWorkInUpsell { template, field }));
        }
        (Tone::Service | Tone::Upsell, offer) => Pitch::Service { purpose: touch.purpose, offer },
    };
    if offer.is_some() && touch.purpose != Purpose::Marketing {
        return Err(("percent_off", PlanFault::OfferIsMarketing(touch.purpose)));
    }
    let live = touch.channel == Channel::LiveCall;
    if live && offer.is_some() {
        return Err(("percent_off", PlanFault::OfferOnACall));
    }
    if touch.with_slot && !live {
        return Err(("with_slot", PlanFault::SlotWithoutACall));
    }
    if touch.why.trim().is_empty() {
        return Err(("why", PlanFault::Empty));
    }
    Ok(PlannedTouch {
        id: touch.id.clone(),
        timing: touch.timing,
        within_minutes: touch.within_minutes,
        channel: touch.channel,
        pitch,
        template: touch.template.clone(),
        with_slot: touch.with_slot,
        why: touch.why.clone(),
    })
}

fn looks_like_a_round(id: &str) -> bool {
    id.rsplit_once("-r").is_some_and(|(_, round)| round.parse::<u32>().is_ok())
}
