#![doc = include_str!("../README.md")]

mod case;
mod command;
mod event;
mod lint;
mod pitch;
mod plan;
#[cfg(feature = "serde")]
mod plan_file;
#[cfg(feature = "serde")]
mod plans;
pub mod ports;
mod relevance;
mod step;
#[cfg(feature = "serde")]
mod stored;
mod syntax;
mod template;
#[cfg(feature = "serde")]
mod template_file;

pub use case::{Case, Closure, Phase, Wait};
pub use command::{Command, Transition};
pub use event::Event;
pub use lint::{Place, PlanError, PlanFault};
pub use pitch::{Offer, Pitch};
pub use plan::{Pace, Plan, PlanDraft, PlannedTouch, Tone, TouchDraft};
#[cfg(feature = "serde")]
pub use plans::Plans;
pub use relevance::{Fact, Relevance, RelevanceTable};
pub use template::{FIELDS, Template, TemplateError, TemplateFault, Templates};
