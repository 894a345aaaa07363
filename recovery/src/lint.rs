use core::fmt;
use std::collections::BTreeSet;

use fixedops_vocab::{Channel, Purpose};

use crate::{Offer, Pitch, PlanDraft, PlannedTouch, Templates, Tone, TouchDraft};

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
    /// Two touches on one day.
    #[error("another touch is on day {0}")]
    SameDay(u32),
    /// The touch stands after a later one, so it would never be reached.
    #[error("cannot be reached: the touch before it is on day {0}")]
    Unreachable(u32),
    /// Two touches closer than the plan's own spacing.
    #[error("comes {found} days after the touch before it, the plan keeps {spacing} days between touches")]
    TooClose {
        /// Days between them.
        found: u32,
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
    let mut previous: Option<u32> = None;
    let mut touches = Vec::with_capacity(draft.touches.len());
    for (index, touch) in draft.touches.iter().enumerate() {
        let at = |field, fault| (Some(index), field, fault);
        if touch.id.as_str().len() > LONGEST_TOUCH || looks_like_a_round(touch.id.as_str()) {
            return Err(at("id", PlanFault::NameOfARound));
        }
        if !names.insert(&touch.id) {
            return Err(at("id", PlanFault::RepeatedName));
        }
        day(draft, touch.day, previous).map_err(|fault| at("day", fault))?;
        previous = Some(touch.day);
        touches.push(words(draft.tone, touch, templates).map_err(|(field, fault)| at(field, fault))?);
    }
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
        ("horizon_days", draft.horizon_days, 1, FARTHEST_DAY),
        ("spacing_days", pace.spacing_days, 0, 365),
        ("news_days", pace.news_days, 1, 365),
        ("call_days", pace.call_days, 1, 365),
        ("talk_days", pace.talk_days, 1, 365),
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

fn day(draft: &PlanDraft, day: u32, previous: Option<u32>) -> Result<(), PlanFault> {
    let spacing = draft.pace.spacing_days;
    match previous {
        Some(before) if before == day => return Err(PlanFault::SameDay(day)),
        Some(before) if before > day => return Err(PlanFault::Unreachable(before)),
        Some(before) if day - before < spacing => {
            return Err(PlanFault::TooClose { found: day - before, spacing });
        }
        _ => {}
    }
    if day >= draft.horizon_days { Err(PlanFault::BeyondHorizon(draft.horizon_days)) } else { Ok(()) }
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
        (Tone::Service, offer) => Pitch::Service { purpose: touch.purpose, offer },
    };
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
        day: touch.day,
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
