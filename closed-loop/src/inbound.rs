use fixedops_connectors_traits::{Event, PersonFact};

use crate::{Happened, LoopError};

/// One thing that came in from outside: a fact to be journalled under its key, and what it holds about persons.
///
/// An inbound is the first event of its batch, so a journal can be replayed from its own events.
#[derive(Clone, Debug, PartialEq)]
pub struct Inbound {
    happened: Happened,
    facts: Vec<PersonFact>,
}

/// The event is none that comes from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of this type does not come from outside")]
pub struct InboundError;

impl Inbound {
    /// A fact from outside, with the personal facts it came with.
    ///
    /// Fields that the loop works out itself (wake-ups, the span of ownership, the service of an operation code, the
    /// case of a declined line) are overwritten when it is taken in.
    ///
    /// # Errors
    /// [`InboundError`] for an event that only the loop itself appends.
    pub fn new(happened: Happened, facts: Vec<PersonFact>) -> Result<Self, InboundError> {
        let inbound = Self { happened, facts };
        if inbound.key().is_some() { Ok(inbound) } else { Err(InboundError) }
    }

    /// The inbound that an event was, if it came from outside.
    ///
    /// # Errors
    /// [`LoopError`] where the event does not read.
    pub fn from_event(event: &Event) -> Result<Option<Self>, LoopError> {
        Ok(Happened::read(event)?.and_then(|happened| Self::new(happened, Vec::new()).ok()))
    }

    /// The fact.
    #[must_use]
    pub const fn happened(&self) -> &Happened {
        &self.happened
    }

    /// What it holds about persons.
    #[must_use]
    pub fn facts(&self) -> &[PersonFact] {
        &self.facts
    }

    /// The key under which it is taken in once; `None` for what does not come from outside.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        Some(match &self.happened {
            Happened::SimulationStarted(x) => &x.key,
            Happened::SimulationFinished(x) => &x.key,
            Happened::StoreConfigured(x) => &x.key,
            Happened::ContactLinked(x) => &x.key,
            Happened::ConsentGranted(x) => &x.key,
            Happened::ConsentRevoked(x) => &x.key,
            Happened::VehicleRecorded(x) => &x.key,
            Happened::ReadingRecorded(x) => &x.key,
            Happened::TrackAdvanced(x) => &x.key,
            Happened::DeliveryReported(x) => &x.key,
            Happened::LinkOpened(x) => &x.key,
            Happened::ReplyReceived(x) => &x.key,
            Happened::InspectionCompleted(x) => &x.key,
            Happened::ExemptionAsked(x) => &x.key,
            Happened::LineApproved(x) => &x.key,
            Happened::LineDeclined(x) => &x.key,
            Happened::LineDeferred(x) => &x.key,
            Happened::AppointmentSet(x) => &x.key,
            Happened::AppointmentShown(x) => &x.key,
            Happened::AppointmentMissed(x) => &x.key,
            Happened::RoOpened(x) => &x.key,
            Happened::RoClosed(x) => &x.key,
            Happened::RecallOpened(x) => &x.key,
            Happened::RecallClosed(x) => &x.key,
            Happened::OfferMade(x) => &x.key,
            Happened::NoteTaken(x) => &x.key,
            Happened::PersonErased(x) => &x.key,
            _ => return None,
        })
    }
}
