use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::promises::{Promise, Wrong, form, text};
use crate::Event;

/// What waits to be written into the DMS, by stream, in order.
#[derive(Debug, Default)]
pub(super) struct WriteBacks {
    queues: BTreeMap<String, VecDeque<String>>,
}

impl WriteBacks {
    pub(super) fn queued(&mut self, event: &Event) -> Result<(), Wrong> {
        let key = event.data.get("write_back").and_then(|write_back| write_back.get("key"));
        let key = key.and_then(Value::as_str).ok_or_else(|| form(event, "write_back"))?;
        self.queues.entry(event.stream.as_str().to_owned()).or_default().push_back(key.to_owned());
        Ok(())
    }

    /// Tried without an answer: it stays the first of its queue.
    pub(super) fn delayed(&self, event: &Event) -> Result<(), Wrong> {
        let key = text(event, "key")?;
        self.is_first(event, key).then_some(()).ok_or_else(|| out_of_turn(event, key))
    }

    pub(super) fn confirmed(&mut self, event: &Event) -> Result<(), Wrong> {
        self.done(event, text(event, "key")?)
    }

    pub(super) fn parked(&mut self, event: &Event) -> Result<(), Wrong> {
        let key = text(event, "key")?;
        self.done(event, key)?;
        match text(event, "reason")?.trim() {
            "" => Err((Promise::NothingLost, format!("write-back {key} was parked without a reason"))),
            _ => Ok(()),
        }
    }

    /// Taken off the queue wherever it stands.
    pub(super) fn withdrawn(&mut self, event: &Event) -> Result<(), Wrong> {
        let key = text(event, "key")?;
        let queue = self.queues.entry(event.stream.as_str().to_owned()).or_default();
        let waiting = queue.len();
        queue.retain(|known| known != key);
        if queue.len() < waiting { Ok(()) } else { Err(out_of_turn(event, key)) }
    }

    fn done(&mut self, event: &Event, key: &str) -> Result<(), Wrong> {
        let first = self.is_first(event, key);
        if let Some(queue) = self.queues.get_mut(event.stream.as_str()) {
            queue.retain(|known| known != key);
        }
        if first { Ok(()) } else { Err(out_of_turn(event, key)) }
    }

    fn is_first(&self, event: &Event, key: &str) -> bool {
        self.queues.get(event.stream.as_str()).and_then(VecDeque::front).is_some_and(|first| first == key)
    }
}

fn out_of_turn(event: &Event, key: &str) -> Wrong {
    let what = event.event_type.as_str();
    (Promise::NothingLost, format!("{what} of {key}, which was not the next to be written"))
}
