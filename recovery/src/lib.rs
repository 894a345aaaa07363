#![doc = include_str!("../README.md")]

mod calendar;
mod case;
mod command;
mod event;
mod lint;
mod migrate;
mod moment;
mod pitch;
mod plan;
#[cfg(feature = "serde")]
mod plan_file;
#[cfg(feature = "serde")]
mod plans;
pub mod ports;
mod reason;
mod relevance;
mod state;
mod step;
#[cfg(feature = "serde")]
mod stored;
mod syntax;
mod template;
mod timetable;
#[cfg(feature = "serde")]
mod template_file;

pub use calendar::Calendar;
pub use case::{Case, Closure, Opening, Phase, Wait};
pub use command::{Command, Transition};
pub use event::Event;
pub use lint::{Place, PlanError, PlanFault};
pub use moment::Moment;
pub use pitch::{Offer, Pitch};
pub use plan::{
    Follows, Pace, Plan, PlanDraft, PlanKey, PlannedTouch, Replaces, Silence, TargetTerms, Tone, TouchDraft, Trigger,
};
#[cfg(feature = "serde")]
pub use plans::Plans;
pub use reason::{DeclineReason, HandOver, ReasonAnswer, Reasons};
pub use relevance::{Fact, Relevance, RelevanceTable};
pub use state::{Action, Actions, Signal, Spot, State};
pub use template::{FIELDS, Template, TemplateError, TemplateFault, Templates};
pub use timetable::{Target, TimedBy, Timing};
