//! A story: it owns the calendar, and tells an engine what happened, in the trade's words.
//!
//! Given lines set the store up, when lines tell what happens or let time pass, and what then stands in the journal is
//! read with `events` and judged in `judge`.

use core::fmt::Debug;
use core::future::Future;
use core::str::FromStr;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_closed_loop::{
    Alarm, AppointmentMissed, AppointmentSet, AppointmentShown, AuthorizationTranslator, ClosedLine,
    ConsentGranted, ConsentRevoked, ContactLinked, DeclineReasons, DeclinedLine, DeliveryReported, Engine,
    ExemptionAsked, Happened, Inbound, Ingested, LineDeclined, LinkOpened, LoopError, Medium, MessageCourier,
    Policies, ReadingRecorded, ReplyReceived, RoClosed, RoOpened, StoreConfigured, VehicleRecorded, fact,
    streams,
};
use fixedops_connectors_traits::{
    AppointmentStatus, AuthorizationMethod, AuthorizationRecord, AuthorizationStatus, CommitmentKey, Event,
    Journal, MemoryJournal, PersonFact, PersonStore, StreamId, UnitKind, Wake,
};
use fixedops_consent::{Consent, Disclosure, LineType, Recipient, Signature};
use fixedops_journal_sqlite::SqliteJournal;
use fixedops_odometer_core::ReadingKind;
use fixedops_vocab::{
    Channel, ConsentLevel, ContactHash, ContactPoint, Currency, Department, DistanceUnit, Money,
    OwnershipSpan, PayType, RawOdometer, Scope, SellerId, TouchKey,
};

use crate::outside::{Carrier, Dms, Failing, Fails, Meddled, Meddling};

/// A Tuesday, ten in the morning in Atlanta.
pub(crate) const START: &str = "2026-12-01T15:00:00Z";

/// A value from its text.
pub(crate) fn id<T: FromStr>(text: &str) -> T
where
    T::Err: Debug,
{
    text.parse().unwrap()
}

/// An instant from its text.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    id(text)
}

/// Who drives the engine.
pub(crate) enum Driver {
    /// The smallest executor there is.
    BlockOn,
    /// A runtime with two workers: every step runs on one of them.
    Tokio(tokio::runtime::Runtime),
}

impl Driver {
    fn run<F>(&self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        match self {
            Self::BlockOn => futures_lite::future::block_on(future),
            Self::Tokio(runtime) => runtime.block_on(runtime.spawn(future)).unwrap(),
        }
    }
}

/// What is still there after the process died: the journal, the person store, and everyone outside.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) persons: Arc<dyn PersonStore>,
    pub(crate) carrier: Arc<Carrier>,
    pub(crate) dms: Arc<Dms>,
    pub(crate) meddling: Arc<Meddling>,
    pub(crate) policies: Arc<Policies>,
}

impl World {
    pub(crate) fn over<J: Journal + PersonStore + 'static>(journal: J) -> Self {
        let journal = Arc::new(journal);
        Self {
            journal: Arc::clone(&journal) as Arc<dyn Journal>,
            persons: journal,
            carrier: Arc::default(),
            dms: Arc::default(),
            meddling: Arc::default(),
            policies: Arc::new(Policies::shipped()),
        }
    }

    /// A loop, freshly started.
    pub(crate) fn engine(&self) -> Engine {
        let courier = MessageCourier::new(
            Arc::clone(&self.persons),
            Arc::clone(&self.carrier) as _,
            self.policies.templates.clone(),
            secret(),
        );
        let courier = Meddled { courier, meddling: Arc::clone(&self.meddling) };
        Engine::new(
            seller(),
            Arc::clone(&self.journal),
            Arc::new(courier),
            Arc::clone(&self.dms) as _,
            Arc::clone(&self.policies),
        )
    }

    /// The journal, from the first event on.
    pub(crate) fn events(&self) -> Vec<Event> {
        futures_lite::future::block_on(self.journal.scan(&seller(), 0, usize::MAX)).unwrap()
    }
}

pub(crate) fn seller() -> SellerId {
    id("main-street")
}

pub(crate) fn secret() -> CommitmentKey {
    CommitmentKey::new([7; 32])
}

/// The keyed hash of a telephone or a mailbox.
pub(crate) fn contact(point: &str) -> ContactHash {
    secret().contact(&seller(), &point_of(point))
}

fn point_of(point: &str) -> ContactPoint {
    if point.contains('@') { ContactPoint::Email(id(point)) } else { ContactPoint::Phone(id(point)) }
}

/// A line of a repair order: number, operation code, cents, who pays.
pub(crate) type Line<'a> = (&'a str, &'a str, i32, PayType);

/// How a customer answers.
#[derive(Clone, Copy, Default)]
pub(crate) struct Said<'a> {
    pub(crate) reason: Option<&'a str>,
    pub(crate) until: Option<&'a str>,
    pub(crate) minutes_ago: i64,
}

/// An oil service a customer pays for.
pub(crate) const OIL: Line<'static> = ("1", "LOF", 8_995, PayType::CustomerPay);

/// A story told to one engine.
pub(crate) struct Story {
    pub(crate) world: World,
    pub(crate) engine: Engine,
    pub(crate) now: DateTime<Utc>,
    driver: Driver,
    keys: usize,
    told: Vec<Inbound>,
    _dir: Option<tempfile::TempDir>,
}

impl Story {
    /// A store on its first day, its journal in memory.
    pub(crate) fn new() -> Self {
        let mut story = Self::driven(World::over(MemoryJournal::new()), Driver::BlockOn);
        story.store();
        story
    }

    /// The same, in an SQLite file that goes with the story.
    pub(crate) fn on_sqlite(driver: Driver) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let journal = SqliteJournal::open(dir.path().join("journal.db")).unwrap();
        let mut story = Self::driven(World::over(journal), driver);
        story._dir = Some(dir);
        story.store();
        story
    }

    /// The same, over any journal and driver; the store is still to be set up.
    pub(crate) fn driven(world: World, driver: Driver) -> Self {
        Self { engine: world.engine(), world, now: at(START), driver, keys: 0, told: Vec::new(), _dir: None }
    }

    /// Sets the store up.
    pub(crate) fn store(&mut self) {
        let policies = self.world.policies.versions();
        let key = self.key();
        self.tell(Happened::StoreConfigured(StoreConfigured {
            key,
            rooftop: id("main"),
            dealer_name: "Main Street Motors".to_owned(),
            dealer_phone: "404-555-0199".to_owned(),
            postal_address: "1 Main Street, Atlanta, GA 30303".to_owned(),
            book_url: "https://service.example/b".to_owned(),
            unsubscribe_url: "https://service.example/u".to_owned(),
            inspection_url: Some("https://service.example/i".to_owned()),
            photo_url: Some("https://service.example/p".to_owned()),
            advisors: [("a-2".to_owned(), "Sam".to_owned())].into(),
            timezone: Some("America/New_York".to_owned()),
            policies,
        }));
    }

    // Given.

    /// Who owns cars, where he lives, how he is reached, and his written consent to texts where it is a telephone.
    pub(crate) fn owner(&mut self, person: &str, household: &str, point: &str) -> ContactHash {
        let hash = self.linked(person, household, point);
        if !point.contains('@') {
            self.consents(point, "2026-08-03T16:00:00Z");
        }
        hash
    }

    /// A contact point, without any consent.
    pub(crate) fn linked(&mut self, person: &str, household: &str, point: &str) -> ContactHash {
        let hash = contact(point);
        let (medium, name, recipient) = if point.contains('@') {
            (Medium::Email, fact::EMAIL, Recipient { states: vec!["GA".to_owned()], ..Recipient::default() })
        } else {
            let recipient = Recipient {
                nanp: Some(true),
                line_type: Some(LineType::Wireless),
                area_code: Some("404".to_owned()),
                states: vec!["GA".to_owned()],
                ..Recipient::default()
            };
            (Medium::Phone, fact::PHONE, recipient)
        };
        let facts = vec![
            PersonFact {
                subject: streams::contact(hash).unwrap(),
                name: name.to_owned(),
                value: point.to_owned(),
            },
            PersonFact {
                subject: streams::person(&id(person)).unwrap(),
                name: fact::FIRST_NAME.to_owned(),
                value: "Alex".to_owned(),
            },
        ];
        let linked = ContactLinked {
            key: self.key(),
            contact: hash,
            person: id(person),
            household: id(household),
            medium,
            recipient,
        };
        self.tell_with(Happened::ContactLinked(linked), facts);
        hash
    }

    /// Written consent to texts, with every element the law asks for.
    pub(crate) fn consents(&mut self, point: &str, given_at: &str) {
        let granted = self.consent(point, given_at);
        self.tell(granted);
    }

    pub(crate) fn consent(&mut self, point: &str, given_at: &str) -> Happened {
        let channels = vec![Channel::Sms, Channel::Mms];
        let consent = Consent {
            level: ConsentLevel::Pewc,
            channels: channels.clone(),
            given_at: at(given_at),
            in_writing: Some(true),
            signed: Some(Signature::EsignCheckbox),
            phone_matches: Some(true),
            disclosure: vec![
                Disclosure::AutomatedTechnology,
                Disclosure::NotConditionOfPurchase,
                Disclosure::SellerNamed,
            ],
            sellers: vec!["us".to_owned()],
            proof: vec!["disclosure_text_version".to_owned(), "timestamp".to_owned()],
            how: None,
        };
        Happened::ConsentGranted(ConsentGranted {
            key: self.key(),
            contact: contact(point),
            scope: channels,
            level: ConsentLevel::Pewc,
            occurred_at: at(given_at),
            source: "tablet".to_owned(),
            consent,
            capture: None,
        })
    }

    /// A car and whose it is. Nothing is known of when it was delivered.
    pub(crate) fn car(&mut self, vehicle: &str, owner: &str) {
        self.unit(vehicle, Some(owner), UnitKind::Retail, None);
    }

    /// A car of any kind.
    pub(crate) fn unit(
        &mut self,
        vehicle: &str,
        owner: Option<&str>,
        unit: UnitKind,
        delivered: Option<&str>,
    ) {
        let recorded = VehicleRecorded {
            key: self.key(),
            vehicle: id(vehicle),
            rooftop: id("main"),
            owner: owner.map(id),
            span: OwnershipSpan(1),
            unit,
            name: "2023 Honda CR-V".to_owned(),
            delivered_on: delivered.map(id),
            wake_at: Alarm::Keep,
        };
        self.tell(Happened::VehicleRecorded(recorded));
    }

    /// A car is another's now.
    pub(crate) fn unit_of(&mut self, vehicle: &str, owner: &str, span: u32) {
        let key = self.key();
        self.tell(Happened::VehicleRecorded(VehicleRecorded {
            key,
            vehicle: id(vehicle),
            rooftop: id("main"),
            owner: Some(id(owner)),
            span: OwnershipSpan(span),
            unit: UnitKind::Retail,
            name: "2023 Honda CR-V".to_owned(),
            delivered_on: None,
            wake_at: Alarm::Keep,
        }));
    }

    /// Somebody read the odometer.
    pub(crate) fn reading(&mut self, vehicle: &str, day: &str, miles: &str) -> Ingested {
        self.reads_as(ReadingKind::Reported, vehicle, &format!("{day}T16:00:00Z"), miles)
    }

    /// Somebody puts the mileage right, now.
    pub(crate) fn corrects(&mut self, vehicle: &str, miles: &str) -> Ingested {
        let now = self.now.to_rfc3339();
        self.reads_as(ReadingKind::ManualCorrection, vehicle, &now, miles)
    }

    /// An odometer is read by somebody of that kind.
    pub(crate) fn reads_as(
        &mut self,
        kind: ReadingKind,
        vehicle: &str,
        read_at: &str,
        miles: &str,
    ) -> Ingested {
        let reading = ReadingRecorded {
            key: self.key(),
            vehicle: id(vehicle),
            odometer: RawOdometer::parse(miles, DistanceUnit::Miles).unwrap(),
            kind,
            occurred_at: at(read_at),
            source: "repair_order".to_owned(),
            wake_at: Alarm::Keep,
        };
        self.tell(Happened::ReadingRecorded(reading))
    }

    /// An order as it was closed.
    pub(crate) fn order(
        &mut self,
        vehicle: &str,
        ro: &str,
        day: &str,
        miles: Option<&str>,
        lines: &[Line<'_>],
    ) {
        let closed = self.closing(vehicle, ro, day, miles, lines);
        self.tell(Happened::RoClosed(closed));
    }

    pub(crate) fn closing(
        &mut self,
        vehicle: &str,
        ro: &str,
        day: &str,
        miles: Option<&str>,
        lines: &[Line<'_>],
    ) -> RoClosed {
        let opened_at = at(&format!("{day}T14:00:00Z"));
        RoClosed {
            key: self.key(),
            ro: id(ro),
            vehicle: id(vehicle),
            span: OwnershipSpan(1),
            customer: None,
            by_other: false,
            opened_at,
            initiated_from: None,
            voided: false,
            department: Department::Service,
            odometer: miles.map(|miles| RawOdometer::parse(miles, DistanceUnit::Miles).unwrap()),
            lines: lines
                .iter()
                .map(|(line, code, cents, pay_type)| ClosedLine {
                    line: id(line),
                    op_code: Some(id(code)),
                    service: None,
                    name: None,
                    pay_type: *pay_type,
                    money: Money::cents(*cents, Currency::USD),
                })
                .collect(),
            occurred_at: opened_at + TimeDelta::hours(2),
            wake_at: Alarm::Keep,
        }
    }

    /// A car whose oil service is due by miles, today: done at 40,000, driven to 47,600 since, on four readings.
    pub(crate) fn due_car(&mut self, vehicle: &str, owner: &str) {
        self.car(vehicle, owner);
        self.order(vehicle, &format!("H-{vehicle}"), "2026-08-03", Some("40000"), &[OIL]);
        for (day, miles) in [("2026-09-02", "42000"), ("2026-10-04", "44000"), ("2026-11-30", "47600")] {
            self.reading(vehicle, day, miles);
        }
    }

    /// Anna, reached at one telephone, and her car, due today.
    pub(crate) fn anna(&mut self) -> ContactHash {
        let contact = self.owner("anna", "h1", ANNA);
        self.due_car("v1", "anna");
        contact
    }

    // When.

    /// A customer takes a consent back.
    pub(crate) fn revokes(&mut self, point: &str, scope: Scope) -> Ingested {
        let revoked = self.revocation(point, scope);
        self.tell(revoked)
    }

    pub(crate) fn revocation(&mut self, point: &str, scope: Scope) -> Happened {
        Happened::ConsentRevoked(ConsentRevoked {
            key: self.key(),
            contact: contact(point),
            scope,
            occurred_at: self.now,
            source: "reply".to_owned(),
            vehicle: None,
            means: None,
            per_se: None,
        })
    }

    /// A customer answers a touch: a scope; `none`, `clarify`, `opt_in`; `freetext` revokes all in other words.
    pub(crate) fn replies(&mut self, point: &str, touch: Option<TouchKey>, said: &str) -> Ingested {
        let (label, scope) = match said {
            "none" => ("question", "none"),
            "clarify" => ("not_interested", "clarify"),
            "opt_in" => ("opt_in", "none"),
            "freetext" => ("opt_out_freetext", "all"),
            "angry" | "price_objection" | "call_me" | "multi_intent" | "approve_all" | "mileage_report"
            | "auto_reply" => (said, "none"),
            scope => ("opt_out_keyword", scope),
        };
        let reply = ReplyReceived {
            key: self.key(),
            contact: contact(point),
            touch,
            digest: secret().content(&["reply"]),
            label: label.to_owned(),
            scope: scope.to_owned(),
            odometer: (said == "mileage_report").then(|| id("48900")),
            occurred_at: self.now,
        };
        self.tell(Happened::ReplyReceived(reply))
    }

    /// An appointment is booked.
    pub(crate) fn books(
        &mut self,
        vehicle: &str,
        appointment: &str,
        starts_at: DateTime<Utc>,
        touch: Option<TouchKey>,
    ) {
        let set = AppointmentSet {
            key: self.key(),
            appointment: id(appointment),
            vehicle: id(vehicle),
            starts_at,
            touch,
            occurred_at: self.now,
        };
        self.tell(Happened::AppointmentSet(set));
    }

    /// The customer comes.
    pub(crate) fn shows(&mut self, vehicle: &str, appointment: &str) {
        let key = self.key();
        let occurred_at = self.now;
        self.tell(Happened::AppointmentShown(AppointmentShown {
            key,
            appointment: id(appointment),
            vehicle: id(vehicle),
            touch: None,
            occurred_at,
        }));
    }

    /// The customer does not come.
    pub(crate) fn misses(&mut self, vehicle: &str, appointment: &str) {
        self.falls_away(vehicle, appointment, AppointmentStatus::NoShow);
    }

    /// The customer calls it off.
    pub(crate) fn calls_off(&mut self, vehicle: &str, appointment: &str) {
        self.falls_away(vehicle, appointment, AppointmentStatus::Cancelled);
    }

    fn falls_away(&mut self, vehicle: &str, appointment: &str, status: AppointmentStatus) {
        let key = self.key();
        let occurred_at = self.now;
        self.tell(Happened::AppointmentMissed(AppointmentMissed {
            key,
            appointment: id(appointment),
            vehicle: id(vehicle),
            status,
            occurred_at,
        }));
    }

    /// An order is opened.
    pub(crate) fn opens_order(&mut self, vehicle: &str, ro: &str) {
        let opened = RoOpened {
            key: self.key(),
            ro: id(ro),
            vehicle: id(vehicle),
            initiated_from: None,
            occurred_at: self.now,
        };
        self.tell(Happened::RoOpened(opened));
    }

    /// A recommended line is declined.
    pub(crate) fn declines(&mut self, vehicle: &str, ro: &str, line: &str) {
        self.declined_days_ago(vehicle, ro, line, 0);
    }

    /// It comes to light that a recommended line was declined some days ago.
    pub(crate) fn declined_days_ago(&mut self, vehicle: &str, ro: &str, line: &str, days: i64) {
        let declined = LineDeclined {
            key: self.key(),
            vehicle: id(vehicle),
            declined: DeclinedLine {
                ro: id(ro),
                line: id(line),
                op_code: Some(id("BRKF")),
                service: None,
                name: "brake fluid exchange".to_owned(),
                price: Some(Money::cents(14_900, Currency::USD)),
                declined_at: self.now - TimeDelta::days(days),
            },
            reason: "price".to_owned(),
            method: None,
            finding: None,
            case: None,
        };
        self.tell(Happened::LineDeclined(declined));
    }

    /// A customer answers to line 9 of an order, brake fluid of 149.00 that no op code of the schedule stands for, five
    /// minutes ago or so; the record goes through the translator.
    pub(crate) fn answers(
        &mut self,
        vehicle: &str,
        ro: &str,
        status: AuthorizationStatus,
        said: Said<'_>,
    ) -> Ingested {
        let (told, set_aside) = self.answers_with(vehicle, ro, status, said);
        assert!(set_aside.is_empty(), "{set_aside:?}");
        told
    }

    /// The same, with the fields of the record that were set aside.
    pub(crate) fn answers_with(
        &mut self,
        vehicle: &str,
        ro: &str,
        status: AuthorizationStatus,
        said: Said<'_>,
    ) -> (Ingested, Vec<&'static str>) {
        let record = AuthorizationRecord {
            ro: id(ro),
            line: id("9"),
            vehicle: id(vehicle),
            finding: Some("f-3".to_owned()),
            op_code: Some(id("WIPER")),
            description: Some("wiper blades".to_owned()),
            price: Some(Money::cents(14_900, Currency::USD)),
            status,
            deferred_until: said.until.map(id),
            reason: said.reason.map(str::to_owned),
            method: AuthorizationMethod::DigitalPortal,
            answered_at: self.now - TimeDelta::minutes(said.minutes_ago),
        };
        let reasons = DeclineReasons::shipped();
        let translator = AuthorizationTranslator { reasons: &reasons, owner_of: &|_| Some(id("anna")) };
        let translated = translator.translate(&record).unwrap();
        let [inbound] = &translated.inbounds[..] else { panic!("one answer, one input: {translated:?}") };
        self.told.push(inbound.clone());
        let set_aside = translated.set_aside.iter().map(|field| field.field).collect();
        (self.offer(inbound.clone()).unwrap(), set_aside)
    }

    /// A customer answers to a line of his choice: its number, finding, code, words and cents.
    pub(crate) fn says(
        &mut self,
        vehicle: &str,
        ro: &str,
        (line, finding, op_code, words, cents): (&str, &str, &str, &str, i32),
        status: AuthorizationStatus,
    ) {
        let record = AuthorizationRecord {
            ro: id(ro),
            line: id(line),
            vehicle: id(vehicle),
            finding: Some(finding.to_owned()),
            op_code: Some(id(op_code)),
            description: Some(words.to_owned()),
            price: Some(Money::cents(cents, Currency::USD)),
            status,
            deferred_until: None,
            reason: None,
            method: AuthorizationMethod::DigitalPortal,
            answered_at: self.now,
        };
        let reasons = DeclineReasons::shipped();
        let translator = AuthorizationTranslator { reasons: &reasons, owner_of: &|_| Some(id("anna")) };
        for inbound in translator.translate(&record).unwrap().inbounds {
            self.told.push(inbound.clone());
            self.offer(inbound).unwrap();
        }
    }

    /// Somebody takes it on himself to let an order go without an inspection.
    pub(crate) fn exempts(&mut self, vehicle: &str, ro: &str) {
        let asked = ExemptionAsked {
            key: self.key(),
            ro: id(ro),
            vehicle: id(vehicle),
            inspection: None,
            technician: None,
            advisor: None,
            code: "declined_at_write_up".to_owned(),
            by: "a-2".to_owned(),
            reason: "in a hurry".to_owned(),
            occurred_at: self.now,
        };
        self.tell(Happened::ExemptionAsked(asked));
    }

    /// The DMS flags line 9 of an order as declined, and knows nothing else.
    pub(crate) fn flags_declined(&mut self, vehicle: &str, ro: &str) -> Ingested {
        let declined = LineDeclined {
            key: self.key(),
            vehicle: id(vehicle),
            declined: DeclinedLine {
                ro: id(ro),
                line: id("9"),
                op_code: Some(id("WIPER")),
                service: None,
                name: "wiper blades".to_owned(),
                price: None,
                declined_at: self.now,
            },
            reason: "not_told".to_owned(),
            method: None,
            finding: None,
            case: None,
        };
        self.tell(Happened::LineDeclined(declined))
    }

    /// The carrier reports on a touch.
    pub(crate) fn delivered(&mut self, point: &str, touch: &TouchKey, delivered: bool) {
        let report = DeliveryReported {
            key: self.key(),
            contact: contact(point),
            case: touch.case.clone(),
            touch: touch.touch.clone(),
            delivered,
            status: "reported".to_owned(),
            occurred_at: self.now,
        };
        self.tell(Happened::DeliveryReported(report));
    }

    /// A link is opened.
    pub(crate) fn clicks(&mut self, touch: &TouchKey, human_percent: u8) {
        let opened = LinkOpened {
            key: self.key(),
            case: touch.case.clone(),
            touch: touch.touch.clone(),
            human_percent,
            signs: Vec::new(),
            judged_by: None,
            occurred_at: self.now,
        };
        self.tell(Happened::LinkOpened(opened));
    }

    // Time.

    /// Everything that is due now is handled.
    pub(crate) fn turn(&mut self) {
        self.try_turn().unwrap();
    }

    pub(crate) fn try_turn(&mut self) -> Result<usize, LoopError> {
        let (engine, now) = (self.engine.clone(), self.now);
        let handled = self.driver.run(async move { engine.turn(now, 10_000).await })?;
        assert!(handled < 10_000, "the loop turns without end at {now}");
        Ok(handled)
    }

    /// Time passes; each wake-up is handled when it is due.
    pub(crate) fn pass(&mut self, time: TimeDelta) {
        self.try_pass(time).unwrap();
    }

    pub(crate) fn try_pass(&mut self, time: TimeDelta) -> Result<(), LoopError> {
        let until = self.now + time;
        while let Some(wake) = self.next_wake()? {
            if wake.at > until {
                break;
            }
            self.now = self.now.max(wake.at);
            self.try_turn()?;
        }
        self.now = until;
        Ok(())
    }

    pub(crate) fn days(&mut self, days: i64) {
        self.pass(TimeDelta::days(days));
    }

    fn next_wake(&self) -> Result<Option<Wake>, LoopError> {
        let engine = self.engine.clone();
        self.driver.run(async move { engine.next_wake().await })
    }

    /// One wake-up of a stream is handled, whatever else is due.
    pub(crate) fn wakes(&self, stream: StreamId) {
        let (engine, now) = (self.engine.clone(), self.now);
        self.driver.run(async move { engine.wake(&Wake { stream, at: now }, now).await }).unwrap();
    }

    // Telling.

    pub(crate) fn key(&mut self) -> String {
        self.keys += 1;
        format!("in/{}", self.keys)
    }

    /// Tells the engine what happened.
    pub(crate) fn tell(&mut self, happened: Happened) -> Ingested {
        self.tell_with(happened, Vec::new())
    }

    fn tell_with(&mut self, happened: Happened, facts: Vec<PersonFact>) -> Ingested {
        let inbound = Inbound::new(happened, facts).unwrap();
        self.told.push(inbound.clone());
        self.offer(inbound).unwrap()
    }

    /// Tells it without a look at what was told before.
    pub(crate) fn offer(&self, inbound: Inbound) -> Result<Ingested, LoopError> {
        let (engine, now) = (self.engine.clone(), self.now);
        self.driver.run(async move { engine.ingest(&inbound, now).await })
    }

    /// Everything that was told so far.
    pub(crate) fn told(&self) -> Vec<Inbound> {
        self.told.clone()
    }

    /// The process died; another starts and settles first.
    pub(crate) fn restarts(&mut self) {
        self.engine = self.world.engine();
        let (engine, now) = (self.engine.clone(), self.now);
        self.driver.run(async move { engine.settle(now).await }).unwrap();
    }

    // Then.

    pub(crate) fn events(&self) -> Vec<Event> {
        self.world.events()
    }

    /// Events of a type, oldest first.
    pub(crate) fn of(&self, event_type: &str) -> Vec<Event> {
        self.events().into_iter().filter(|event| event.event_type.as_str() == event_type).collect()
    }

    /// How often each type of the list stands in the journal.
    pub(crate) fn count(&self, event_type: &str) -> usize {
        self.of(event_type).len()
    }

    /// Outcomes of the only crossing, in order.
    pub(crate) fn outcomes(&self) -> Vec<String> {
        let text = |event: &Event, key: &str| event.data[key].as_str().map(str::to_owned);
        let outcome = |event: &Event| match text(event, "reason") {
            Some(reason) => format!("{}({reason})", text(event, "outcome").unwrap()),
            None => text(event, "outcome").unwrap(),
        };
        self.of("crossing_resolved").iter().map(outcome).collect()
    }

    /// The first touch that went out or was cleared.
    pub(crate) fn first_touch(&self) -> TouchKey {
        let event = &self.of("touch_cleared")[0];
        TouchKey {
            case: id(event.data["case"].as_str().unwrap()),
            touch: id(event.data["touch"].as_str().unwrap()),
        }
    }
}

/// Anna's telephone.
pub(crate) const ANNA: &str = "+14045550101";
/// Ben's telephone.
pub(crate) const BEN: &str = "+14045550102";

/// A world whose journal can be made to fail at its n-th append.
pub(crate) fn failing_world(fails: Option<(usize, Fails)>) -> (World, Arc<Failing>) {
    let mut world = World::over(MemoryJournal::new());
    let failing =
        Arc::new(Failing { journal: Arc::clone(&world.journal), fails: Mutex::new(fails), page: usize::MAX });
    world.journal = Arc::clone(&failing) as Arc<dyn Journal>;
    (world, failing)
}

/// A world whose journal gives one event at a reading.
pub(crate) fn miserly_world() -> World {
    let mut world = World::over(MemoryJournal::new());
    let journal = Arc::clone(&world.journal);
    world.journal = Arc::new(Failing { journal, fails: Mutex::new(None), page: 1 });
    world
}
