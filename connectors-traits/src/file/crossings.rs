use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::promises::{Breach, Place, Promise, Wrong, form, instant, text};
use crate::{Event, StreamId};

/// The crossings of a partition and their outcomes.
#[derive(Debug, Default)]
pub(super) struct Crossings {
    /// Whether each crossing is sent.
    sent: BTreeMap<String, bool>,
    /// Crossings whose first outcome is still to come.
    open: BTreeMap<String, Opened>,
}

#[derive(Debug)]
struct Opened {
    place: Place,
    stream: StreamId,
    at: DateTime<Utc>,
}

impl Crossings {
    /// A batch has one instant: when it moves on, what was opened at the one before must have its outcome.
    pub(super) fn before(&mut self, event: &Event) -> Vec<Breach> {
        let left: Vec<String> = self
            .open
            .iter()
            .filter(|(_, opened)| opened.at != event.at)
            .map(|(name, _)| name.clone())
            .collect();
        left.iter()
            .filter_map(|name| self.open.remove(name).map(|opened| without_outcome(name, &opened)))
            .collect()
    }

    pub(super) fn crossed(&mut self, event: &Event) -> Result<(), Wrong> {
        let crossing = text(event, "crossing")?;
        if self.sent.insert(crossing.to_owned(), false).is_some() {
            return Err(wrong(format!("crossing {crossing} happens a second time")));
        }
        let opened = Opened { place: Place::of(event), stream: event.stream.clone(), at: event.at };
        self.open.insert(crossing.to_owned(), opened);
        Ok(())
    }

    pub(super) fn resolved(&mut self, event: &Event) -> Result<(), Wrong> {
        let (crossing, outcome) = (text(event, "crossing")?, text(event, "outcome")?);
        match outcome {
            "sent" | "control" => {}
            "suppressed" | "failed" | "withdrawn" => drop(text(event, "reason")?),
            "waiting" => drop(instant(event, "until")?),
            // Into which one: any other text of the event may name it.
            "bundled" if event.data.as_object().is_some_and(|data| data.len() > 2) => {}
            _ => return Err(form(event, "outcome")),
        }
        let Some(sent) = self.sent.get_mut(crossing) else {
            return Err(wrong(format!("crossing {crossing} has an outcome but never happened")));
        };
        if *sent {
            return Err(wrong(format!("crossing {crossing} becomes {outcome} after it was sent")));
        }
        *sent = outcome == "sent";
        match self.open.remove(crossing) {
            Some(opened) if opened.stream != event.stream => {
                Err(wrong(format!("crossing {crossing} has its first outcome in another stream")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn end(self) -> Vec<Breach> {
        self.open.iter().map(|(name, opened)| without_outcome(name, opened)).collect()
    }
}

fn without_outcome(crossing: &str, opened: &Opened) -> Breach {
    opened.place.breach(wrong(format!("crossing {crossing} has no outcome in the batch that opens it")))
}

const fn wrong(message: String) -> Wrong {
    (Promise::OneOutcome, message)
}
