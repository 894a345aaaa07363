use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fixedops_attribution::Placement;
use fixedops_connectors_traits::{Batch, PersonFact, StreamId};
use fixedops_recovery::Case;
use fixedops_vocab::{CrossingId, ProgramId};
use serde::Deserialize;

use super::Engine;
use crate::fold::Loaded;
use crate::state::CaseState;
use crate::{CrossingOutcome, CrossingResolved, Happened, HouseholdPlaced, LoopError};

/// A batch in the making: what was read is guarded, what happened is appended, all or nothing.
pub(super) struct Turn<'e> {
    engine: &'e Engine,
    batch: Batch,
    /// Cases as this very batch leaves them.
    cases: BTreeMap<StreamId, Case>,
    pub(super) now: DateTime<Utc>,
}

impl<'e> Turn<'e> {
    pub(super) fn new(engine: &'e Engine, now: DateTime<Utc>) -> Self {
        Self { engine, batch: Batch::new(now), cases: BTreeMap::new(), now }
    }

    /// A case as this very batch leaves it.
    pub(super) fn leaves(&mut self, stream: &StreamId, case: Case) {
        self.cases.insert(stream.clone(), case);
    }

    /// A case as it stands with what this very batch did to it, while it is open.
    pub(super) fn open<'c>(&'c self, read: &'c Loaded<CaseState>) -> Option<&'c Case> {
        let stands = self.cases.get(&read.stream).or(read.state.case.as_ref());
        stands.filter(|case| case.closure().is_none())
    }

    /// The batch holds only if the stream still stands where it was read.
    ///
    /// Where it was read twice and moved in between, the first reading counts: something was decided on it.
    pub(super) fn guard<S>(&mut self, read: &Loaded<S>) {
        let first =
            self.batch.expected().get(&read.stream).map_or(read.version, |known| read.version.min(*known));
        self.batch.expect(read.stream.clone(), first);
    }

    /// Appends to a stream that was read.
    pub(super) fn push<S>(&mut self, read: &Loaded<S>, happened: Happened) -> Result<(), LoopError> {
        self.guard(read);
        self.push_to(&read.stream, happened)
    }

    /// Appends to a stream that is guarded already.
    pub(super) fn push_to(&mut self, stream: &StreamId, happened: Happened) -> Result<(), LoopError> {
        self.batch.push(stream.clone(), happened.into_event()?);
        Ok(())
    }

    /// Whether this very batch ends the case of `stream`.
    pub(super) fn ends(&self, stream: &StreamId) -> bool {
        self.appends_to(stream, "case_closed")
    }

    /// Whether this very batch appends an event of a type to `stream`.
    pub(super) fn appends_to(&self, stream: &StreamId, event_type: &str) -> bool {
        let mut events = self.batch.events().iter();
        events.any(|(written, event)| written == stream && event.event_type.as_str() == event_type)
    }

    /// What this very batch makes of a crossing, where it says anything.
    pub(super) fn outcome_of(&self, crossing: &CrossingId) -> Option<CrossingOutcome> {
        let told = self.batch.events().iter().rev();
        told.filter(|(_, event)| event.event_type.as_str() == "crossing_resolved")
            .filter_map(|(_, event)| CrossingResolved::deserialize(&event.data).ok())
            .find(|resolved| resolved.crossing == *crossing)
            .map(|resolved| resolved.outcome)
    }

    /// Where this very batch places a household in a programme, where it does.
    pub(super) fn placed(&self, household: &StreamId, program: &ProgramId) -> Option<Placement> {
        let mut told = self.batch.events().iter().rev();
        told.find_map(|(written, event)| {
            let placed = written == household && event.event_type.as_str() == "household_placed";
            let placed = placed.then(|| HouseholdPlaced::deserialize(&event.data).ok()).flatten()?;
            Some(placed.placement).filter(|placement| placement.program == *program)
        })
    }

    pub(super) fn facts(&mut self, facts: &[PersonFact]) {
        for fact in facts {
            self.batch.fact(fact.clone());
        }
    }

    pub(super) async fn commit(self) -> Result<(), LoopError> {
        let recorded = self.engine.journal.append(&self.engine.seller, &self.batch).await?;
        self.engine.cache.appended(recorded.events);
        Ok(())
    }
}
