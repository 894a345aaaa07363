//! Turns the crank over simulated time: the earliest of inputs and wake-ups, at equal times inputs first.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use fixedops_closed_loop::{
    Alarm, ConsentGranted, DeliveryReported, DmsTranslator, Engine, Happened, Inbound, LinkOpened, Policies,
    ReadingRecorded, ReplyReceived, SimulationFinished, SimulationStarted, StoreConfigured, link_token,
    streams,
};
use fixedops_connectors_traits::{
    CommitmentKey, DmsWriter, Event, Journal, MessageTransport, PersonFact, PersonStore,
};
use fixedops_consent::{Consent, Disclosure, ReplyContext, Signature, classify};
use fixedops_odometer_core::ReadingKind;
use fixedops_vocab::{Channel, ConsentLevel, ContactHash, RooftopId, SellerId, TouchKey};

use super::draw::Draw;
use super::world::{self, Input, What, World};
use crate::edge::Typed;

/// Why a run stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The loop or its journal.
    #[error("{0}")]
    Loop(#[from] fixedops_closed_loop::LoopError),
    /// The journal, asked directly.
    #[error("{0}")]
    Journal(#[from] fixedops_connectors_traits::JournalError),
    /// The world made an id that is none.
    #[error("the simulated world is wrong: {0}")]
    World(#[from] fixedops_vocab::IdError),
    /// The journal is of another run.
    #[error("{0}")]
    Foreign(String),
}

/// What a run is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Seed of every draw.
    pub seed: u64,
    /// Cars.
    pub vehicles: u32,
    /// Days.
    pub days: u32,
}

impl Size {
    fn check(self, started: &SimulationStarted) -> Result<(), RunError> {
        let Size { seed, vehicles, days } = self;
        let same = (started.seed, started.vehicles, started.days) == (seed, vehicles, days);
        if same && started.world == world::VERSION {
            return Ok(());
        }
        Err(RunError::Foreign(format!(
            "the run that is here has seed {}, {} vehicles, {} days and world {}; asked for seed {seed}, {vehicles} \
             vehicles, {days} days and world {}: take another folder, or remove it",
            started.seed,
            started.vehicles,
            started.days,
            started.world,
            world::VERSION
        )))
    }
}

/// A store being simulated.
pub struct Run {
    size: Size,
    seller: SellerId,
    rooftop: RooftopId,
    secret: CommitmentKey,
    world: World,
    engine: Engine,
    journal: Arc<dyn Journal>,
    policies: Arc<Policies>,
    /// What is still to come in, earliest first, at equal times by source and id.
    pending: BTreeMap<(DateTime<Utc>, &'static str, String), Input>,
    /// Positions up to here have been reacted to.
    seen: u64,
    /// Whose contact point is which.
    contacts: BTreeMap<ContactHash, usize>,
    /// Contact point of each touch that went out, and what its link carries.
    touches: BTreeMap<TouchKey, ContactHash>,
    tokens: BTreeMap<String, TouchKey>,
}

impl Run {
    /// A run over `journal`, which may be empty or unfinished.
    pub fn new(
        size: Size,
        journal: Arc<dyn Journal>,
        persons: Arc<dyn PersonStore>,
        transport: Arc<dyn MessageTransport>,
        dms: Arc<dyn DmsWriter>,
    ) -> Result<Self, RunError> {
        let draw = Draw(size.seed);
        let secret = CommitmentKey::new(draw.secret("commitment key"));
        let seller = SellerId::new("main-street-motors")?;
        let policies = Arc::new(Policies::shipped());
        let courier = fixedops_closed_loop::MessageCourier::new(
            persons,
            transport,
            policies.templates.clone(),
            secret.clone(),
        );
        let engine =
            Engine::new(seller.clone(), Arc::clone(&journal), Arc::new(courier), dms, Arc::clone(&policies));
        Ok(Self {
            size,
            seller,
            rooftop: World::rooftop()?,
            secret,
            world: World::new(size.seed, size.vehicles, size.days),
            engine,
            journal,
            policies,
            pending: BTreeMap::new(),
            seen: 0,
            contacts: BTreeMap::new(),
            touches: BTreeMap::new(),
            tokens: BTreeMap::new(),
        })
    }

    /// The seller.
    pub const fn seller(&self) -> &SellerId {
        &self.seller
    }

    /// Refuses a journal that is not of this run, before anything is written beside it.
    pub async fn refuse_foreign(size: Size, journal: &dyn Journal) -> Result<(), RunError> {
        let stream = streams::simulation()?;
        for seller in journal.partitions().await? {
            let first = journal.read(&seller, &stream, 0, 1).await?;
            match first.first().map(Happened::read).transpose()?.flatten() {
                Some(Happened::SimulationStarted(started)) => size.check(&started)?,
                _ => {
                    let message = "this journal is not of a demo: it is left untouched";
                    return Err(RunError::Foreign(message.to_owned()));
                }
            }
        }
        Ok(())
    }

    /// Runs, or goes on, to the end. `tick` is told the simulated time now and then.
    pub async fn finish(&mut self, mut tick: impl FnMut(DateTime<Utc>)) -> Result<(), RunError> {
        Self::refuse_foreign(self.size, self.journal.as_ref()).await?;
        let simulation = self.engine.simulation().await?;
        if simulation.finished {
            return Ok(());
        }
        let start = self.world.start();
        let mut clock = self.journal.last(&self.seller).await?.map_or(start, |event| event.at);
        self.begin(start).await?;
        self.engine.settle(clock).await?;
        for input in self.world.inputs()? {
            self.await_input(input, clock);
        }
        let end = self.world.end();
        loop {
            self.look(clock).await?;
            let wake = self.engine.next_wake().await?;
            let input = self.pending.first_key_value().map(|((at, _, _), _)| *at);
            let next = match (input, &wake) {
                (Some(at), Some(wake)) => at.min(wake.at.max(clock)),
                (Some(at), None) => at,
                (None, Some(wake)) => wake.at.max(clock),
                (None, None) => break,
            };
            if next > end {
                break;
            }
            clock = clock.max(next);
            tick(clock);
            match wake {
                // At equal times inputs first.
                Some(wake) if input.is_none_or(|at| wake.at < at) => self.engine.wake(&wake, clock).await?,
                _ => {
                    if let Some((_, input)) = self.pending.pop_first() {
                        self.take_in(&input, clock).await?;
                    }
                }
            }
        }
        let finished = SimulationFinished { key: "finished".to_owned() };
        self.ingest(Happened::SimulationFinished(finished), Vec::new(), end).await
    }

    async fn begin(&self, start: DateTime<Utc>) -> Result<(), RunError> {
        let Size { seed, vehicles, days } = self.size;
        let world = world::VERSION.to_owned();
        let started = SimulationStarted { key: "started".to_owned(), seed, vehicles, days, world };
        self.ingest(Happened::SimulationStarted(started), Vec::new(), start).await?;
        let configured = StoreConfigured {
            key: "configured".to_owned(),
            rooftop: self.rooftop.clone(),
            dealer_name: "Main Street Motors".to_owned(),
            dealer_phone: "404-555-0199".to_owned(),
            postal_address: "1 Main Street, Atlanta, GA 30303".to_owned(),
            book_url: "https://service.example/b".to_owned(),
            unsubscribe_url: "https://service.example/u".to_owned(),
            policies: self.policies.versions(),
        };
        self.ingest(Happened::StoreConfigured(configured), Vec::new(), start).await
    }

    async fn ingest(
        &self,
        happened: Happened,
        facts: Vec<PersonFact>,
        at: DateTime<Utc>,
    ) -> Result<(), RunError> {
        let inbound = Inbound::new(happened, facts).map_err(|error| RunError::Foreign(error.to_string()))?;
        self.engine.ingest(&inbound, at).await?;
        Ok(())
    }

    /// Puts an input in line. Those before the clock were taken in by the run that is gone on with.
    fn await_input(&mut self, input: Input, clock: DateTime<Utc>) {
        if input.at >= clock {
            self.pending.insert((input.at, input.source, input.id.clone()), input);
        }
    }

    /// Lets the world answer what went out since it was last looked at.
    async fn look(&mut self, clock: DateTime<Utc>) -> Result<(), RunError> {
        loop {
            let events = self.journal.scan(&self.seller, self.seen, 1_000).await?;
            let Some(last) = events.last() else {
                return Ok(());
            };
            self.seen = last.position;
            for event in &events {
                self.notice(event, clock)?;
            }
        }
    }

    fn notice(&mut self, event: &Event, clock: DateTime<Utc>) -> Result<(), RunError> {
        match Happened::read(event)? {
            Some(Happened::ContactLinked(linked)) => {
                // Ids of the world's customers end in the number of their car.
                if let Ok(index) = linked.person.expose().trim_start_matches('c').parse() {
                    self.contacts.insert(linked.contact, index);
                }
            }
            Some(Happened::TouchSent(sent)) => {
                let key = sent.about.key();
                let token = link_token(&self.secret, &self.seller, &key);
                self.tokens.insert(token.clone(), key.clone());
                let Some(contact) = sent.about.contact else {
                    return Ok(());
                };
                self.touches.insert(key.clone(), contact);
                if let Some(&index) = self.contacts.get(&contact) {
                    for input in self.world.react(index, &key, event.at, &token)? {
                        self.await_input(input, clock);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn take_in(&self, input: &Input, at: DateTime<Utc>) -> Result<(), RunError> {
        let key = format!("{}/{}/{}", input.source, input.id, input.at.timestamp());
        match &input.what {
            What::Dms(change) => {
                let touch_of = |token: &str| self.tokens.get(token).cloned();
                let translator = DmsTranslator {
                    seller: &self.seller,
                    rooftop: &self.rooftop,
                    secret: &self.secret,
                    phones: &Typed,
                    touch_of: &touch_of,
                };
                // What could not be taken of a record (a phone number that is none) is left out of it.
                for inbound in translator.translate(change)?.inbounds {
                    self.engine.ingest(&inbound, at).await?;
                }
                Ok(())
            }
            What::Consent { car, written, given_at } => {
                self.consent(*car, *written, *given_at, &key, at).await
            }
            What::Device { car, odometer } => {
                let reading = ReadingRecorded {
                    key,
                    vehicle: self.world.car(*car).vehicle()?,
                    odometer: *odometer,
                    kind: ReadingKind::DeviceOdometer,
                    occurred_at: input.at,
                    source: "telematics".to_owned(),
                    wake_at: Alarm::Keep,
                };
                self.ingest(Happened::ReadingRecorded(reading), Vec::new(), at).await
            }
            What::Fixes { car, fixes } => {
                self.engine.fold_fixes(&self.world.car(*car).vehicle()?, &key, fixes, at).await?;
                Ok(())
            }
            What::Delivery { key: touch, delivered } => {
                let Some(&contact) = self.touches.get(touch) else {
                    return Ok(());
                };
                let report = DeliveryReported {
                    key,
                    contact,
                    case: touch.case.clone(),
                    touch: touch.touch.clone(),
                    delivered: *delivered,
                    status: if *delivered { "delivered" } else { "undelivered" }.to_owned(),
                    occurred_at: input.at,
                };
                self.ingest(Happened::DeliveryReported(report), Vec::new(), at).await
            }
            What::Click { key: touch, human_percent } => {
                let opened = LinkOpened {
                    key,
                    case: touch.case.clone(),
                    touch: touch.touch.clone(),
                    human_percent: *human_percent,
                    occurred_at: input.at,
                };
                self.ingest(Happened::LinkOpened(opened), Vec::new(), at).await
            }
            What::Reply { key: touch, text } => self.reply(touch, text, &key, input.at, at).await,
        }
    }

    /// What the tablet took down: on every telephone of the owner.
    async fn consent(
        &self,
        car: usize,
        written: bool,
        given_at: DateTime<Utc>,
        key: &str,
        at: DateTime<Utc>,
    ) -> Result<(), RunError> {
        for contact in self.contacts_of(car).await? {
            let level = if written { ConsentLevel::Pewc } else { ConsentLevel::Pec };
            let channels = vec![Channel::Sms, Channel::Mms];
            let consent = Consent {
                level,
                channels: channels.clone(),
                given_at,
                in_writing: Some(written),
                signed: written.then_some(Signature::EsignCheckbox),
                phone_matches: Some(true),
                disclosure: if written {
                    vec![
                        Disclosure::AutomatedTechnology,
                        Disclosure::NotConditionOfPurchase,
                        Disclosure::SellerNamed,
                    ]
                } else {
                    Vec::new()
                },
                sellers: vec!["us".to_owned()],
                proof: vec!["disclosure_text_version".to_owned(), "timestamp".to_owned()],
                how: None,
            };
            let granted = ConsentGranted {
                key: key.to_owned(),
                contact,
                scope: channels,
                level,
                occurred_at: given_at,
                source: if written { "tablet" } else { "number given for the visit" }.to_owned(),
                consent,
            };
            self.ingest(Happened::ConsentGranted(granted), Vec::new(), at).await?;
        }
        Ok(())
    }

    /// Telephones of an owner, from the journal.
    async fn contacts_of(&self, car: usize) -> Result<Vec<ContactHash>, RunError> {
        let person = streams::person(&self.world.car(car).customer()?)?;
        let mut contacts = Vec::new();
        for event in self.journal.read(&self.seller, &person, 0, usize::MAX).await? {
            if let Some(Happened::ContactAdded(added)) = Happened::read(&event)?
                && added.medium == fixedops_closed_loop::Medium::Phone
            {
                contacts.push(added.contact);
            }
        }
        Ok(contacts)
    }

    /// A reply is read at the edge; its words go to the person store, its meaning into the journal.
    async fn reply(
        &self,
        touch: &TouchKey,
        text: &str,
        key: &str,
        occurred_at: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<(), RunError> {
        let Some(&contact) = self.touches.get(touch) else {
            return Ok(());
        };
        let reading = classify(text, &ReplyContext::default());
        let scope = reading.scope.as_str().to_owned();
        let fact = PersonFact {
            subject: streams::contact(contact)?,
            name: format!("reply/{key}"),
            value: text.to_owned(),
        };
        let received = ReplyReceived {
            key: key.to_owned(),
            contact,
            touch: Some(touch.clone()),
            digest: self.secret.content(&[text]),
            label: reading.label.as_str().to_owned(),
            scope,
            occurred_at,
        };
        self.ingest(Happened::ReplyReceived(received), vec![fact], at).await
    }
}
