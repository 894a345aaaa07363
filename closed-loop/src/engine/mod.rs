//! The engine: takes the contracts, turns the crank, loses nothing.

mod answer;
mod attribute;
mod case;
mod door;
mod ingest;
mod inspection;
mod person;
mod place;
mod present;
mod rank;
mod send;
mod touch;
mod track;
mod turn;
mod vehicle;
mod wear;
mod withdraw;
mod words;
mod write_back;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_attribution::ControlKey;
use fixedops_connectors_traits::{DmsWriter, Journal, PersonStore, PriceBook, Scheduler, StreamId, Wake};
use fixedops_vocab::{CustomerId, SellerId};

use crate::error::LoopErrorKind;
use crate::fold::{Cache, Fold, Loaded, load};
use crate::state::{ContactState, PersonState, SimulationState};
use crate::{Courier, Happened, Inbound, LoopError, PersonErased, Policies, streams};
pub(crate) use answer::LAST_YEAR;
pub use inspection::Pickup;
pub use place::Placing;
pub(crate) use place::{Places, RecordedPlaces};
pub use present::{Presentation, Presented, PresentedRecall};
use turn::Turn;

/// How often a decision is taken anew because another writer was first, before the caller is told.
const ATTEMPTS: usize = 32;
/// A clearance lives this long; by then an unsettled touch is settled.
const CLEARANCE_LIFE: TimeDelta = TimeDelta::seconds(5);

/// What became of an inbound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "it was new or it was not")]
pub enum Ingested {
    /// It is journalled, with what followed at once.
    Recorded,
    /// Its key was journalled before: nothing was written.
    Duplicate,
}

/// The loop of one seller.
///
/// It has no clock, no runtime and no thread of its own: the caller offers what came in ([`Engine::ingest`]), asks for
/// the next wake-up ([`Engine::next_wake`]) and has it handled ([`Engine::wake`]), each time saying what time it is.
/// Everything it knows is in the journal; several engines may work on one journal, and where two meet, the journal's
/// versions decide and the later one decides anew.
///
/// Call [`Engine::settle`] once after a start, before anything else.
#[derive(Clone)]
pub struct Engine {
    seller: SellerId,
    journal: Arc<dyn Journal>,
    courier: Arc<dyn Courier>,
    dms: Arc<dyn DmsWriter>,
    policies: Arc<Policies>,
    cache: Arc<Cache>,
    scheduler: Option<Arc<dyn Scheduler>>,
    prices: Option<Arc<dyn PriceBook>>,
    clock: Option<Clock>,
    places: Option<Places>,
}

/// What time it really is, where the caller's `now` may have grown old on the way.
type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

impl core::fmt::Debug for Engine {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Engine({})", self.seller)
    }
}

impl Engine {
    /// A loop for `seller` over its journal and the outside world.
    #[must_use]
    pub fn new(
        seller: SellerId,
        journal: Arc<dyn Journal>,
        courier: Arc<dyn Courier>,
        dms: Arc<dyn DmsWriter>,
        policies: Arc<Policies>,
    ) -> Self {
        Self {
            seller,
            journal,
            courier,
            dms,
            policies,
            cache: Arc::default(),
            scheduler: None,
            prices: None,
            clock: None,
            places: None,
        }
    }

    /// Places households in the experiments of [`Policies::controls`] under `key`: some are left alone in a programme, to see
    /// what comes anyway, some get another of the plans that are tried side by side. Without a key everyone is spoken to.
    ///
    /// The key is kept as long as experiments run, the same on every machine; the journal keeps each place, so that it can
    /// be replayed without it. Recalls, safety and transactional messages reach everyone.
    #[must_use]
    pub fn with_control_key(self, key: ControlKey) -> Self {
        self.with_placing(Arc::new(key))
    }

    /// The same, under another rule than the shares' own: for who studies the loop in worlds of his own.
    #[must_use]
    pub fn with_placing(mut self, placing: Arc<dyn Placing>) -> Self {
        self.places = Some(Places::Asked(placing));
        self
    }

    /// Takes every place from a record.
    pub(crate) fn with_recorded_places(mut self, record: Arc<dyn RecordedPlaces>) -> Self {
        self.places = Some(Places::Recorded(record));
        self
    }

    /// Asks `scheduler` for a free slot before a call that offers one is put on the advisors' list.
    #[must_use]
    pub fn with_scheduler(mut self, scheduler: Arc<dyn Scheduler>) -> Self {
        self.scheduler = Some(scheduler);
        self
    }

    /// Asks `prices` what work costs today before a message speaks of it. Without them, and where one has no price, a
    /// message names the price of the day it was recommended, and says so.
    #[must_use]
    pub fn with_prices(mut self, prices: Arc<dyn PriceBook>) -> Self {
        self.prices = Some(prices);
        self
    }

    /// Looks at `clock` when a message is handed over, so that the five seconds of a clearance count what the journal took
    /// to save it. Without a clock they count from the caller's `now`: right for a simulation, whose time stands still
    /// meanwhile, and for nothing else.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// The policies it decides by.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// The seller.
    #[must_use]
    pub const fn seller(&self) -> &SellerId {
        &self.seller
    }

    /// Journals `inbound` and what follows from it at once, in one batch; a key that was journalled before changes
    /// nothing. When this returns `Ok` the sender may be told that it arrived.
    ///
    /// # Errors
    /// [`LoopErrorKind::Refused`] where the input contradicts what is known (an order for a vehicle nobody told of);
    /// otherwise the journal's.
    pub async fn ingest(&self, inbound: &Inbound, now: DateTime<Utc>) -> Result<Ingested, LoopError> {
        for _ in 0..ATTEMPTS {
            match self.take_in(inbound, now).await {
                Err(error) if error.is_conflict() => {}
                answer => return answer,
            }
        }
        Err(self.contended())
    }

    /// The earliest wake-up of the journal, ties by stream.
    ///
    /// # Errors
    /// The journal's.
    pub async fn next_wake(&self) -> Result<Option<Wake>, LoopError> {
        Ok(self.journal.due(&self.seller, DateTime::<Utc>::MAX_UTC, 1).await?.into_iter().next())
    }

    /// Handles one wake-up. One that is early or no longer set does nothing.
    ///
    /// # Errors
    /// The journal's; [`LoopErrorKind::Contended`] where other writers were first every time.
    pub async fn wake(&self, wake: &Wake, now: DateTime<Utc>) -> Result<(), LoopError> {
        for _ in 0..ATTEMPTS {
            match self.handle(&wake.stream, now).await {
                Err(error) if error.is_conflict() => {}
                answer => return answer,
            }
        }
        Err(self.contended())
    }

    /// Settles every touch that was cleared and whose outcome is not journalled. To be called after a start, before
    /// anything else. Returns how many there were.
    ///
    /// # Errors
    /// The journal's.
    pub async fn settle(&self, now: DateTime<Utc>) -> Result<usize, LoopError> {
        let mut settled = 0;
        let mut asked = BTreeSet::new();
        let mut unanswered = BTreeSet::new();
        loop {
            let wakes = self.journal.due(&self.seller, now + CLEARANCE_LIFE, usize::MAX).await?;
            let mut contacts =
                wakes.into_iter().map(|wake| wake.stream).filter(|stream| stream.kind() == "contact");
            let Some(stream) = contacts.find(|stream| !unanswered.contains(stream)) else {
                return Ok(settled);
            };
            let contact = self.load::<ContactState>(stream.clone()).await?;
            match contact.state.pending.first() {
                Some(touch) if asked.insert((stream.clone(), touch.clone())) => {
                    self.settle_contact(&stream, now).await?;
                    settled += 1;
                }
                // Nobody answers: its own alarm asks again, when the clearance has run out.
                _ => drop(unanswered.insert(stream)),
            }
        }
    }

    /// What the simulation stream says: of a journal that is not simulated, nothing.
    ///
    /// # Errors
    /// The journal's.
    pub async fn simulation(&self) -> Result<Arc<SimulationState>, LoopError> {
        Ok(self.load::<SimulationState>(streams::simulation()?).await?.state)
    }

    /// Handles wake-ups until none is due at `now`; at most `limit`. Returns how many were handled.
    ///
    /// # Errors
    /// As [`Engine::wake`].
    pub async fn turn(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, LoopError> {
        for done in 0..limit {
            let Some(wake) = self.journal.due(&self.seller, now, 1).await?.into_iter().next() else {
                return Ok(done);
            };
            self.wake(&wake, now).await?;
        }
        Ok(limit)
    }

    /// Erases a person: every fact about him and his contact points is gone from the person store; the journal keeps
    /// its ids and keyed hashes, still verifies, and still denies. Returns how many facts there were.
    ///
    /// # Errors
    /// The store's. Where the event could not be appended after the erasure, calling again completes it.
    pub async fn erase(
        &self,
        persons: &dyn PersonStore,
        person: &CustomerId,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, LoopError> {
        let stream = streams::person(person)?;
        let read = self.load::<PersonState>(stream.clone()).await?;
        let mut subjects = vec![stream];
        for (contact, _) in &read.state.contacts {
            subjects.push(streams::contact(*contact)?);
        }
        let facts = persons.erase(&self.seller, &subjects).await?;
        let erased = PersonErased { key: key.to_owned(), person: person.clone(), facts };
        let inbound =
            Inbound::new(Happened::PersonErased(erased), Vec::new()).map_err(LoopError::unwritable)?;
        self.ingest(&inbound, now).await?;
        // A message that was being made meanwhile may have left its words, and a contact point may have come. From here on
        // none can: a batch would meet the person's stream at another version, or find nobody to write to.
        let read = self.load::<PersonState>(streams::person(person)?).await?;
        for (contact, _) in &read.state.contacts {
            let stream = streams::contact(*contact)?;
            if !subjects.contains(&stream) {
                subjects.push(stream);
            }
        }
        persons.erase(&self.seller, &subjects).await?;
        Ok(facts)
    }

    async fn handle(&self, stream: &StreamId, now: DateTime<Utc>) -> Result<(), LoopError> {
        let head = self.journal.head(&self.seller, stream).await?;
        if head.wake_at.is_none_or(|at| at > now) {
            return Ok(());
        }
        match stream.kind() {
            "vehicle" => self.assess_vehicle(stream, now).await,
            "case" => self.wake_case(stream, now).await,
            "contact" => self.settle_contact(stream, now).await,
            "person" => self.apply_revocations(stream, now).await,
            "ro" => self.work_on_order(stream, now).await,
            "dms" => self.work_on_customer(stream, now).await,
            other => Err(LoopError::new(
                LoopErrorKind::Corrupt,
                format!("stream {stream} has a wake-up, and nobody handles kind {other}"),
            )),
        }
    }

    async fn load<S: Fold>(&self, stream: StreamId) -> Result<Loaded<S>, LoopError> {
        load(self.journal.as_ref(), &self.seller, &self.cache, stream).await
    }

    fn turn_at(&self, now: DateTime<Utc>) -> Turn<'_> {
        Turn::new(self, now)
    }

    fn contended(&self) -> LoopError {
        LoopError::new(
            LoopErrorKind::Contended,
            format!("other writers of {} were first every time", self.seller),
        )
    }
}
