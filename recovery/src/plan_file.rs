use fixedops_vocab::{Channel, PolicyVersion, ProgramId, Purpose, TouchId};
use toml::Spanned;

use crate::lint::{self, Place, PlanError, PlanFault};
use crate::{Pace, Plan, PlanDraft, RelevanceTable, Templates, Tone, TouchDraft};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile {
    version: PolicyVersion,
    program: ProgramId,
    subject: Spanned<String>,
    effective: String,
    source: Spanned<String>,
    tone: Tone,
    level: Option<Spanned<f64>>,
    horizon_days: Spanned<u32>,
    restarts: bool,
    pace: Spanned<Pace>,
    relevance: Spanned<RelevanceTable>,
    #[serde(default)]
    touch: Vec<Spanned<TouchTable>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TouchTable {
    id: Spanned<TouchId>,
    day: Spanned<u32>,
    channel: Spanned<String>,
    purpose: Spanned<String>,
    template: Spanned<String>,
    percent_off: Option<Spanned<u8>>,
    with_slot: Option<Spanned<bool>>,
    why: Spanned<String>,
}

impl Plan {
    /// Reads a plan and checks it against the shipped templates.
    ///
    /// # Errors
    /// [`PlanError`] naming the line, the touch, the field and the reason of the first fault.
    pub fn from_toml(text: &str) -> Result<Self, PlanError> {
        Self::from_toml_with(text, &Templates::shipped())
    }

    /// Reads a plan and checks it against a store's own templates.
    ///
    /// # Errors
    /// As [`Plan::from_toml`].
    pub fn from_toml_with(text: &str, templates: &Templates) -> Result<Self, PlanError> {
        let file: PlanFile = toml::from_str(text).map_err(|error| PlanError {
            place: Place { touch: None, field: "", line: error.span().map(|span| line(text, span.start)) },
            fault: PlanFault::Unreadable(error.message().to_owned()),
        })?;
        let draft = file.draft(text)?;
        lint::find(&draft, templates).map_err(|(touch, field, fault)| {
            let place = Place {
                touch: touch.and_then(|index| draft.touches.get(index)).map(|touch| touch.id.to_string()),
                field,
                line: file.offset(touch, field).map(|offset| line(text, offset)),
            };
            PlanError { place, fault }
        })?;
        Self::new(draft, templates)
    }
}

impl PlanFile {
    fn draft(&self, text: &str) -> Result<PlanDraft, PlanError> {
        let effective = self.effective.parse().map_err(|_| PlanError {
            place: Place { touch: None, field: "effective", line: None },
            fault: PlanFault::Unreadable(format!("{:?} is not a date (YYYY-MM-DD)", self.effective)),
        })?;
        let touches = self.touch.iter().map(|touch| touch.as_ref().draft(text)).collect::<Result<_, _>>()?;
        Ok(PlanDraft {
            version: self.version.clone(),
            program: self.program.clone(),
            subject: self.subject.as_ref().clone(),
            effective,
            source: self.source.as_ref().clone(),
            tone: self.tone,
            level: self.level.as_ref().map_or(1.0, |level| *level.as_ref()),
            horizon_days: *self.horizon_days.as_ref(),
            restarts: self.restarts,
            pace: *self.pace.as_ref(),
            relevance: *self.relevance.as_ref(),
            touches,
        })
    }

    /// Where a field stands in the text, in bytes; its table where the field itself was left out.
    fn offset(&self, touch: Option<usize>, field: &str) -> Option<usize> {
        let span = match touch.and_then(|index| self.touch.get(index)) {
            Some(table) => {
                let touch = table.as_ref();
                match field {
                    "id" => touch.id.span(),
                    "day" => touch.day.span(),
                    "purpose" => touch.purpose.span(),
                    "template" => touch.template.span(),
                    "why" => touch.why.span(),
                    "percent_off" => touch.percent_off.as_ref().map_or(table.span(), Spanned::span),
                    "with_slot" => touch.with_slot.as_ref().map_or(table.span(), Spanned::span),
                    _ => table.span(),
                }
            }
            None => match field {
                "subject" => self.subject.span(),
                "source" => self.source.span(),
                "level" => self.level.as_ref()?.span(),
                "horizon_days" => self.horizon_days.span(),
                "wait_days" => self.relevance.span(),
                "spacing_days" | "news_days" | "call_days" | "talk_days" | "retry_minutes" => {
                    self.pace.span()
                }
                _ => return None,
            },
        };
        Some(span.start)
    }
}

impl TouchTable {
    fn draft(&self, text: &str) -> Result<TouchDraft, PlanError> {
        let fault = |field, span: core::ops::Range<usize>, fault| PlanError {
            place: Place {
                touch: Some(self.id.as_ref().to_string()),
                field,
                line: Some(line(text, span.start)),
            },
            fault,
        };
        let channel: Channel =
            self.channel.as_ref().parse().map_err(|unknown: fixedops_vocab::UnknownWord| {
                fault("channel", self.channel.span(), PlanFault::UnknownChannel(unknown.to_string()))
            })?;
        let purpose: Purpose =
            self.purpose.as_ref().parse().map_err(|unknown: fixedops_vocab::UnknownWord| {
                fault("purpose", self.purpose.span(), PlanFault::UnknownPurpose(unknown.to_string()))
            })?;
        Ok(TouchDraft {
            id: self.id.as_ref().clone(),
            day: *self.day.as_ref(),
            channel,
            purpose,
            template: self.template.as_ref().clone(),
            percent_off: self.percent_off.as_ref().map(|percent| *percent.as_ref()),
            with_slot: self.with_slot.as_ref().is_some_and(|with_slot| *with_slot.as_ref()),
            why: self.why.as_ref().clone(),
        })
    }
}

/// The line of a byte, from 1.
pub(crate) fn line(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|&b| b == b'\n').count()
}
