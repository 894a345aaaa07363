#![doc = include_str!("../README.md")]

mod calendar;
mod case;
mod command;
#[cfg(feature = "render")]
mod email;
mod event;
#[cfg(feature = "render")]
mod fields;
mod language;
mod lint;
mod migrate;
mod moment;
mod must_say;
mod pitch;
mod plan;
#[cfg(feature = "serde")]
mod plan_file;
#[cfg(feature = "serde")]
mod plans;
pub mod ports;
mod reason;
mod relevance;
#[cfg(feature = "render")]
mod render;
pub mod segments;
mod state;
mod step;
#[cfg(feature = "serde")]
mod stored;
mod syntax;
mod template;
#[cfg(feature = "serde")]
mod template_file;
#[cfg(feature = "render")]
mod terms;
mod timetable;
#[cfg(feature = "serde")]
mod word_rules;

pub use calendar::Calendar;
pub use case::{Case, Closure, Opening, Phase, Wait};
pub use command::{Command, Transition};
pub use event::Event;
#[cfg(feature = "render")]
pub use fields::Fields;
pub use language::{Language, LanguageError};
pub use lint::{Place, PlanError, PlanFault};
pub use moment::Moment;
pub use pitch::{Offer, Pitch};
pub use plan::{
    CalendarTerms, Follows, Pace, Plan, PlanDraft, PlanKey, PlannedTouch, Replaces, Silence, TargetTerms,
    Tone, TouchDraft, Trigger,
};
#[cfg(feature = "serde")]
pub use plans::Plans;
pub use reason::{DeclineReason, HandOver, ReasonAnswer, Reasons};
pub use relevance::{Fact, Relevance, RelevanceTable};
#[cfg(feature = "render")]
pub use render::{RenderError, Rendered, Renderer};
pub use state::{Action, Actions, Signal, Spot, State};
pub use template::{Answer, FIELDS, Template, TemplateDraft, TemplateError, TemplateFault, Templates};
pub use timetable::{Target, TimedBy, Timing};
#[cfg(feature = "serde")]
pub use word_rules::WordRules;
