use fixedops_vocab::{Channel, PolicyVersion, ProgramId, Purpose, TouchId};
use toml::Spanned;

use crate::lint::{self, Place, PlanError, PlanFault};
use crate::{
    CalendarTerms, Follows, Pace, Plan, PlanDraft, Reasons, RelevanceTable, Replaces, Silence, TargetTerms,
    Templates, TimedBy, Timing, Tone, TouchDraft, Trigger,
};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile {
    version: PolicyVersion,
    program: ProgramId,
    subject: Spanned<String>,
    effective: String,
    opened_by: Option<Trigger>,
    #[serde(default)]
    standard: bool,
    source: Spanned<String>,
    tone: Tone,
    level: Option<Spanned<f64>>,
    calendar: Option<Spanned<CalendarTerms>>,
    horizon_days: Spanned<u32>,
    restarts: bool,
    #[serde(default)]
    follows: Follows,
    #[serde(default)]
    silence: Silence,
    target: Option<Spanned<TargetTerms>>,
    reasons: Option<Spanned<Reasons>>,
    photo_days: Option<Spanned<u32>>,
    replaces: Option<Spanned<Replaces>>,
    pace: Spanned<Pace>,
    relevance: Spanned<RelevanceTable>,
    #[serde(default)]
    touch: Vec<Spanned<TouchTable>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TouchTable {
    id: Spanned<TouchId>,
    day: Option<Spanned<u32>>,
    after: Option<Spanned<String>>,
    before: Option<Spanned<String>>,
    timed_by: Option<Spanned<TimedBy>>,
    within: Option<Spanned<String>>,
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
            opened_by: self.opened_by.unwrap_or(match self.tone {
                Tone::Safety => Trigger::Recall,
                Tone::Upsell => Trigger::Offer,
                Tone::Service if self.level.is_some() => Trigger::Crossing,
                Tone::Service => Trigger::Decline,
            }),
            standard: self.standard,
            source: self.source.as_ref().clone(),
            tone: self.tone,
            level: self.level.as_ref().map_or(1.0, |level| *level.as_ref()),
            calendar: self.calendar.as_ref().map(|terms| *terms.as_ref()),
            horizon_days: *self.horizon_days.as_ref(),
            restarts: self.restarts,
            follows: self.follows,
            silence: self.silence,
            target: self.target.as_ref().map(|terms| *terms.as_ref()).unwrap_or_default(),
            reasons: self.reasons.as_ref().map(|reasons| *reasons.as_ref()).unwrap_or_default(),
            photo_days: self.photo_days.as_ref().map(|days| *days.as_ref()),
            replaces: self.replaces.as_ref().map(|replaces| replaces.as_ref().clone()),
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
                    "day" => touch.time_span().unwrap_or(table.span()),
                    "timed_by" => touch.timed_by.as_ref().map_or(table.span(), Spanned::span),
                    "within" => touch.within.as_ref().map_or(table.span(), Spanned::span),
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
                "calendar" => self.calendar.as_ref()?.span(),
                "horizon_days" => self.horizon_days.span(),
                "wait_days" => self.relevance.span(),
                "target" => self.target.as_ref()?.span(),
                "reasons" => self.reasons.as_ref()?.span(),
                "photo_days" => self.photo_days.as_ref()?.span(),
                "replaces" => self.replaces.as_ref()?.span(),
                "spacing_days" | "news_days" | "call_days" | "talk_days" | "visit_days" | "retry_minutes" => {
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
            timing: self.timing(&fault)?,
            within_minutes: match &self.within {
                None => None,
                Some(text) => {
                    let minutes = minutes(text.as_ref()).and_then(|minutes| u32::try_from(minutes).ok());
                    let unreadable = || {
                        let why = PlanFault::Unreadable(format!("{:?} is no time ({TIMES})", text.as_ref()));
                        fault("within", text.span(), why)
                    };
                    Some(minutes.ok_or_else(unreadable)?)
                }
            },
            channel,
            purpose,
            template: self.template.as_ref().clone(),
            percent_off: self.percent_off.as_ref().map(|percent| *percent.as_ref()),
            with_slot: self.with_slot.as_ref().is_some_and(|with_slot| *with_slot.as_ref()),
            why: self.why.as_ref().clone(),
        })
    }
}

/// How a time is written.
const TIMES: &str = "5m, 2h or 30d";

/// The longest time a plan may name: ten years.
const LONGEST: i64 = 3650 * 24 * 60;

/// Minutes of `5m`, `2h` or `30d`.
fn minutes(text: &str) -> Option<i64> {
    let unit = match text.as_bytes().last()? {
        b'm' => 1,
        b'h' => 60,
        b'd' => 24 * 60,
        _ => return None,
    };
    let count: u32 = text.get(..text.len() - 1)?.parse().ok()?;
    Some(i64::from(count) * unit).filter(|minutes| *minutes <= LONGEST)
}

impl TouchTable {
    /// Where its time stands.
    fn time_span(&self) -> Option<core::ops::Range<usize>> {
        let day = self.day.as_ref().map(Spanned::span);
        day.or_else(|| self.after.as_ref().or(self.before.as_ref()).map(Spanned::span))
    }

    fn timing(
        &self,
        fault: &impl Fn(&'static str, core::ops::Range<usize>, PlanFault) -> PlanError,
    ) -> Result<Timing, PlanError> {
        let written = |text: &Spanned<String>| {
            minutes(text.as_ref()).ok_or_else(|| {
                let why = PlanFault::Unreadable(format!("{:?} is no time ({TIMES})", text.as_ref()));
                fault("day", text.span(), why)
            })
        };
        let (minutes, otherwise) = match (&self.day, &self.after, &self.before) {
            (Some(day), None, None) => (i64::from(*day.as_ref()) * 24 * 60, TimedBy::Opening),
            (None, Some(after), None) => (written(after)?, TimedBy::Opening),
            (None, None, Some(before)) => (-written(before)?, TimedBy::Target),
            _ => {
                let span = self.time_span().unwrap_or(self.id.span());
                return Err(fault("day", span, PlanFault::NotOneTime));
            }
        };
        let by = self.timed_by.as_ref().map_or(otherwise, |by| *by.as_ref());
        Ok(Timing { by, minutes })
    }
}

/// The line of a byte, from 1.
pub(crate) fn line(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|&b| b == b'\n').count()
}
