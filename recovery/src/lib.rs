#![doc = include_str!("../README.md")]

mod case;
mod command;
#[cfg(feature = "render")]
mod email;
mod event;
#[cfg(feature = "render")]
mod fields;
mod language;
mod lint;
mod must_say;
mod pitch;
mod plan;
#[cfg(feature = "serde")]
mod plan_file;
#[cfg(feature = "serde")]
mod plans;
pub mod ports;
mod relevance;
#[cfg(feature = "render")]
mod render;
pub mod segments;
mod step;
#[cfg(feature = "serde")]
mod stored;
mod syntax;
mod template;
#[cfg(feature = "serde")]
mod template_file;
#[cfg(feature = "render")]
mod terms;
#[cfg(feature = "serde")]
mod word_rules;

pub use case::{Case, Closure, Phase, Wait};
pub use command::{Command, Transition};
pub use event::Event;
#[cfg(feature = "render")]
pub use fields::Fields;
pub use language::{Language, LanguageError};
pub use lint::{Place, PlanError, PlanFault};
pub use pitch::{Offer, Pitch};
pub use plan::{Pace, Plan, PlanDraft, PlannedTouch, Tone, TouchDraft};
#[cfg(feature = "serde")]
pub use plans::Plans;
pub use relevance::{Fact, Relevance, RelevanceTable};
#[cfg(feature = "render")]
pub use render::{RenderError, Rendered, Renderer};
pub use template::{Answer, FIELDS, Template, TemplateDraft, TemplateError, TemplateFault, Templates};
#[cfg(feature = "serde")]
pub use word_rules::WordRules;
