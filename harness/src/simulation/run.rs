//! Turns the crank over simulated time: the earliest of inputs and wake-ups, at equal times inputs first.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use fixedops_closed_loop::{
    Engine, GateBlocked, Happened, Inbound, LoopErrorKind, Medium, MessageCourier, Policies,
    SimulationFinished, SimulationStarted, StoreConfigured, link_token, streams,
};
use fixedops_connectors_traits::{
    CommitmentKey, DmsWriter, Event, Journal, JournalErrorKind, MessageTransport, PersonFact, PersonStore,
};
use fixedops_consent::capture::Disclosures;
use fixedops_vocab::{
    Channel, ContactHash, CustomerId, ProgramId, Purpose, RoId, RoLineId, RooftopId, SellerId, ServiceId,
    TouchKey, VehicleId,
};
use fixedops_world::{Input, Outreach, World};

use super::clock::Clock;
use super::draw::Draw;
use super::faults::Faults;
use super::setting::Setting;
use super::watch::{Watch, Watched};

/// How often a step is tried again when the journal does not answer.
const RETRIES: u32 = 8;

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
    /// The carrier's book or the store's key cannot be opened.
    #[error("cannot open {path}: {error}")]
    Carrier {
        /// Where it lies.
        path: String,
        /// Why not.
        error: std::io::Error,
    },
}

impl RunError {
    /// Whether the journal did not answer: the step may be tried again.
    fn unanswered(&self) -> bool {
        matches!(self, Self::Loop(error) if error.kind() == LoopErrorKind::Journal(JournalErrorKind::Unavailable))
    }
}

/// What a simulated store is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Seed of every draw.
    pub seed: u64,
    /// Number of the rooftop, from 0.
    pub rooftop: u32,
    /// How many rooftops are simulated together.
    pub rooftops: u32,
    /// Cars.
    pub vehicles: u32,
    /// Days.
    pub days: u32,
    /// What goes wrong on purpose.
    pub faults: Faults,
}

impl Shape {
    /// The world of this shape, as it ships.
    pub fn world(&self) -> World {
        Setting::shipped().world(self)
    }

    /// The draws of everything around the world: carrier, secrets, faults.
    pub fn draw(&self) -> Draw {
        Draw(self.seed.wrapping_add(u64::from(self.rooftop).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    fn started(&self, world: String) -> SimulationStarted {
        SimulationStarted {
            key: "started".to_owned(),
            seed: self.seed,
            rooftop: self.rooftop,
            rooftops: self.rooftops,
            vehicles: self.vehicles,
            days: self.days,
            faults: self.faults.names(),
            world,
        }
    }

    fn check(&self, world: String, started: &SimulationStarted) -> Result<(), RunError> {
        let asked = self.started(world);
        if *started == asked {
            return Ok(());
        }
        let words = |run: &SimulationStarted| {
            let faults = if run.faults.is_empty() { "none".to_owned() } else { run.faults.join(",") };
            let SimulationStarted { seed, rooftops, vehicles, days, world, .. } = run;
            let rooftops = if *rooftops == 1 { String::new() } else { format!("{rooftops} rooftops, ") };
            format!(
                "seed {seed}, {rooftops}{vehicles} vehicles, {days} days, faults {faults} and world {world}"
            )
        };
        let message = format!(
            "the run that is here has {}; asked for {}: take another folder, or remove it",
            words(started),
            words(&asked)
        );
        Err(RunError::Foreign(message))
    }
}

/// Who a simulated store deals with.
pub struct Parties {
    /// Names and numbers.
    pub persons: Arc<dyn PersonStore>,
    /// Brings messages out.
    pub transport: Arc<dyn MessageTransport>,
    /// Takes what is written back.
    pub dms: Arc<dyn DmsWriter>,
    /// What they take the time from.
    pub clock: Arc<Clock>,
}

/// A store being simulated.
pub struct Run {
    pub(super) shape: Shape,
    /// The name of its world.
    world_name: String,
    pub(super) seller: SellerId,
    pub(super) rooftop: RooftopId,
    pub(super) secret: CommitmentKey,
    /// Names and numbers.
    pub(super) persons: Arc<dyn PersonStore>,
    /// What the tablet shows.
    pub(super) texts: Disclosures,
    pub(super) world: World,
    pub(super) engine: Engine,
    pub(super) journal: Arc<Watched>,
    pub(super) policies: Arc<Policies>,
    clock: Arc<Clock>,
    /// What is still to come in, earliest first, at equal times by source and id; and how often it came in before.
    pending: BTreeMap<(DateTime<Utc>, &'static str, String, u8), Input>,
    /// Contact point of each touch that went out, and what its link carries.
    pub(super) touches: BTreeMap<TouchKey, ContactHash>,
    pub(super) tokens: BTreeMap<String, TouchKey>,
    /// The telephone of each person, as it was linked last.
    phones: BTreeMap<CustomerId, ContactHash>,
    /// Whose each vehicle is.
    pub(super) owners: BTreeMap<VehicleId, CustomerId>,
    /// What each case is about, as the world needs to know it.
    cases: BTreeMap<String, CaseOpening>,
    /// Inputs the loop refused, and why.
    refused: Vec<String>,
}

/// What a case is about.
struct CaseOpening {
    program: ProgramId,
    vehicle: VehicleId,
    person: CustomerId,
    services: Vec<ServiceId>,
    declined: Vec<(RoId, RoLineId)>,
}

impl Run {
    /// A run over `journal`, which may be empty or unfinished.
    pub fn new(
        shape: Shape,
        setting: &Setting,
        journal: Arc<dyn Journal>,
        parties: Parties,
    ) -> Result<Self, RunError> {
        let secret = CommitmentKey::new(shape.draw().secret("commitment key"));
        let world = setting.world(&shape);
        let seller = world.seller();
        let policies = Arc::new(setting.policies());
        let courier = MessageCourier::new(
            Arc::clone(&parties.persons),
            parties.transport,
            policies.templates.clone(),
            secret.clone(),
        );
        let journal = Arc::new(Watched::new(journal, Watch::new(seller.clone())));
        let engine = Engine::new(
            seller.clone(),
            Arc::clone(&journal) as Arc<dyn Journal>,
            Arc::new(courier),
            parties.dms,
            Arc::clone(&policies),
        );
        let engine = match setting.placing(&shape) {
            Some(placing) => engine.with_placing(placing),
            None => engine,
        };
        Ok(Self {
            rooftop: world.rooftop(),
            shape,
            world_name: setting.world_name(),
            seller,
            secret,
            persons: parties.persons,
            texts: Disclosures::shipped(),
            world,
            engine,
            journal,
            policies,
            clock: parties.clock,
            pending: BTreeMap::new(),
            touches: BTreeMap::new(),
            tokens: BTreeMap::new(),
            phones: BTreeMap::new(),
            owners: BTreeMap::new(),
            cases: BTreeMap::new(),
            refused: Vec::new(),
        })
    }

    /// The seller.
    #[cfg(test)]
    pub const fn seller(&self) -> &SellerId {
        &self.seller
    }

    /// The world, as it stands.
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// Inputs the loop refused in this life, and why.
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// Refuses a journal that is not of this run, before anything is written beside it.
    pub async fn refuse_foreign(
        shapes: &[Shape],
        setting: &Setting,
        journal: &dyn Journal,
    ) -> Result<(), RunError> {
        let world = || setting.world_name();
        let stream = streams::simulation()?;
        for seller in journal.partitions().await? {
            let first = journal.read(&seller, &stream, 0, 1).await?;
            let shape = shapes.iter().find(|shape| shape.world().seller() == seller);
            match first.first().map(Happened::read).transpose()?.flatten() {
                Some(Happened::SimulationStarted(started)) => {
                    let Some(shape) = shape else {
                        // Another size, most often: then that is said.
                        if let Some(asked) = shapes.first() {
                            Shape { rooftop: started.rooftop, ..asked.clone() }.check(world(), &started)?;
                        }
                        let message =
                            format!("the run that is here has the store {seller}, which was not asked for");
                        return Err(RunError::Foreign(message));
                    };
                    shape.check(world(), &started)?;
                }
                _ => {
                    let message = "this journal is not of a simulated store: it is left untouched";
                    return Err(RunError::Foreign(message.to_owned()));
                }
            }
        }
        Ok(())
    }

    /// Runs, or goes on, to the end. `tick` is told the simulated time now and then. A run that has ended only looks
    /// at what it did, so that the world knows again what became of it; then this is false.
    pub async fn finish(&mut self, mut tick: impl FnMut(DateTime<Utc>)) -> Result<bool, RunError> {
        let start = self.world.start();
        let last = self.journal.last(&self.seller).await?;
        let simulation = self.engine.simulation().await?;
        let mut clock = last.map_or(start, |event| event.at);
        self.clock.set(clock);
        self.remember(clock).await?;
        if simulation.finished {
            return Ok(false);
        }
        self.begin(start).await?;
        self.settle(clock).await?;
        for input in self.world.inputs()? {
            self.await_input(input, clock);
        }
        let end = self.world.end();
        loop {
            self.look(clock)?;
            let wake = self.engine.next_wake().await?;
            let input = self.pending.first_key_value().map(|((at, ..), _)| *at);
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
            self.clock.set(clock);
            tick(clock);
            match wake {
                // At equal times inputs first.
                Some(wake) if input.is_none_or(|at| wake.at < at) => {
                    self.retried(async |run: &mut Self| Ok(run.engine.wake(&wake, clock).await?)).await?;
                }
                _ => {
                    if let Some((_, input)) = self.pending.pop_first() {
                        self.offer(&input, clock).await?;
                    }
                }
            }
        }
        let finished = SimulationFinished { key: "finished".to_owned() };
        self.retried(async |run: &mut Self| {
            run.ingest(Happened::SimulationFinished(finished.clone()), Vec::new(), end).await
        })
        .await?;
        self.look(end)?;
        Ok(true)
    }

    /// A step, again where the journal did not answer: it may have been written, and its key says so then.
    async fn retried(
        &mut self,
        mut step: impl AsyncFnMut(&mut Self) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let mut left = RETRIES;
        loop {
            match step(self).await {
                Err(error) if error.unanswered() && left > 0 => left -= 1,
                answer => return answer,
            }
        }
    }

    async fn settle(&mut self, now: DateTime<Utc>) -> Result<(), RunError> {
        self.retried(async |run: &mut Self| {
            run.engine.settle(now).await?;
            Ok(())
        })
        .await
    }

    async fn begin(&mut self, start: DateTime<Utc>) -> Result<(), RunError> {
        let started = self.shape.started(self.world_name.clone());
        let store = self.world.store();
        let configured = StoreConfigured {
            key: "configured".to_owned(),
            rooftop: self.rooftop.clone(),
            dealer_name: store.dealer_name,
            dealer_phone: store.dealer_phone,
            postal_address: store.postal_address,
            book_url: store.book_url,
            unsubscribe_url: store.unsubscribe_url,
            inspection_url: Some("https://service.example/i".to_owned()),
            photo_url: Some("https://service.example/p".to_owned()),
            advisors: std::collections::BTreeMap::new(),
            timezone: Some("America/New_York".to_owned()),
            policies: self.policies.versions(),
        };
        self.retried(async |run: &mut Self| {
            run.ingest(Happened::SimulationStarted(started.clone()), Vec::new(), start).await?;
            run.ingest(Happened::StoreConfigured(configured.clone()), Vec::new(), start).await
        })
        .await
    }

    pub(super) async fn ingest(
        &self,
        happened: Happened,
        facts: Vec<PersonFact>,
        at: DateTime<Utc>,
    ) -> Result<(), RunError> {
        let inbound = Inbound::new(happened, facts).map_err(|error| RunError::Foreign(error.to_string()))?;
        self.engine.ingest(&inbound, at).await?;
        Ok(())
    }

    /// Takes an input in, if it still happens. One that the loop refuses is set aside and told at the end.
    async fn offer(&mut self, input: &Input, clock: DateTime<Utc>) -> Result<(), RunError> {
        if !self.world.take(input) {
            return Ok(());
        }
        match self.retried(async |run: &mut Self| run.take_in(input, clock).await).await {
            Err(RunError::Loop(error)) if error.kind() == LoopErrorKind::Refused => {
                self.refused.push(format!("{} {}: {error}", input.source, input.id));
                Ok(())
            }
            answer => answer,
        }
    }

    /// Puts an input in line, late or twice where the faults want it so. Those before the clock were taken in by the
    /// run that is gone on with.
    fn await_input(&mut self, input: Input, clock: DateTime<Utc>) {
        let name = format!("{}/{}/{}", input.source, input.id, input.at.timestamp());
        // The first day's import is what the DMS held before: it comes in order.
        let (late, again) = if input.at <= self.world.start() {
            Default::default()
        } else {
            self.shape.faults.of_input(self.shape.draw(), &name)
        };
        if let Some(again) = again {
            self.line_up(input.at + again, 1, input.clone(), clock);
        }
        self.line_up(input.at + late, 0, input, clock);
    }

    fn line_up(&mut self, at: DateTime<Utc>, time: u8, input: Input, clock: DateTime<Utc>) {
        if at >= clock {
            self.pending.insert((at, input.source, input.id.clone(), time), input);
        }
    }

    /// What the journal held when this life began: the world answers to it as it did then.
    async fn remember(&mut self, clock: DateTime<Utc>) -> Result<(), RunError> {
        let mut seen = 0;
        loop {
            let events = self.journal.scan(&self.seller, seen, 2_000).await?;
            let Some(last) = events.last() else {
                return Ok(());
            };
            seen = last.position;
            for event in &events {
                self.notice(event, clock)?;
            }
        }
    }

    /// Lets the world answer what went out since it was last looked at.
    fn look(&mut self, clock: DateTime<Utc>) -> Result<(), RunError> {
        for event in self.journal.hook.take() {
            self.notice(&event, clock)?;
        }
        Ok(())
    }

    /// Something of ours reached, or called, a customer: what he does.
    fn reach(
        &mut self,
        key: TouchKey,
        contact: Option<ContactHash>,
        channel: Channel,
        purpose: Purpose,
        token: String,
        sent_at: DateTime<Utc>,
    ) -> Result<Vec<Input>, RunError> {
        if let Some(contact) = contact {
            self.touches.insert(key.clone(), contact);
        }
        let Some(case) = self.cases.get(key.case.as_str()) else {
            return Ok(Vec::new());
        };
        let outreach = Outreach {
            vehicle: case.vehicle.clone(),
            customer: Some(case.person.clone()),
            channel,
            purpose,
            program: case.program.clone(),
            services: case.services.clone(),
            declined: case.declined.clone(),
            sent_at,
            token,
            key,
        };
        Ok(self.world.react(&outreach)?)
    }

    fn notice(&mut self, event: &Event, clock: DateTime<Utc>) -> Result<(), RunError> {
        if !matches!(
            event.event_type.as_str(),
            "contact_linked"
                | "vehicle_recorded"
                | "case_opened"
                | "line_declined"
                | "touch_sent"
                | "gate_blocked"
                | "call_task_opened"
        ) {
            return Ok(());
        }
        let answers = match Happened::read(event)? {
            Some(Happened::CaseOpened(opened)) => {
                let about = CaseOpening {
                    program: opened.program,
                    vehicle: opened.vehicle,
                    person: opened.person,
                    services: opened.services,
                    declined: opened.declined.into_iter().map(|line| (line.ro, line.line)).collect(),
                };
                self.cases.insert(opened.case.to_string(), about);
                return Ok(());
            }
            Some(Happened::LineDeclined(declined)) => {
                // It travels with the lines of its order.
                let line = (declined.declined.ro, declined.declined.line);
                let case = declined.case.and_then(|case| self.cases.get_mut(case.as_str()));
                if let Some(case) = case.filter(|case| !case.declined.contains(&line)) {
                    case.declined.push(line);
                }
                return Ok(());
            }
            Some(Happened::ContactLinked(linked)) => {
                if linked.medium == Medium::Phone {
                    self.phones.insert(linked.person, linked.contact);
                }
                return Ok(());
            }
            Some(Happened::VehicleRecorded(record)) => {
                match record.owner {
                    Some(owner) => drop(self.owners.insert(record.vehicle, owner)),
                    None => drop(self.owners.remove(&record.vehicle)),
                }
                return Ok(());
            }
            Some(Happened::TouchSent(sent)) => {
                let key = sent.about.key();
                let token = link_token(&self.secret, &self.seller, &key);
                self.tokens.insert(token.clone(), key.clone());
                self.reach(key, sent.about.contact, sent.about.channel, sent.about.purpose, token, event.at)?
            }
            Some(Happened::CallTaskOpened(task)) => {
                // The advisor dials what the person's record says.
                let key = TouchKey { case: task.case, touch: task.touch };
                let case = self.cases.get(key.case.as_str());
                let contact = case.and_then(|case| self.phones.get(&case.person)).copied();
                self.reach(key, contact, Channel::LiveCall, task.purpose, String::new(), event.at)?
            }
            Some(Happened::GateBlocked(GateBlocked {
                ro, inspection: Some(inspection), missing, ..
            })) => {
                let missing = missing.into_iter().map(|missing| missing.words).collect();
                self.world.blocked(&fixedops_world::GateBlocked { ro, inspection, at: event.at, missing })
            }
            _ => return Ok(()),
        };
        for input in answers {
            self.await_input(input, clock);
        }
        Ok(())
    }
}
