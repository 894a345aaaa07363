//! What the world says, told to the loop.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use fixedops_attribution::human::{HumanClicks, HumanScore, Opening};
use fixedops_closed_loop::{
    Alarm, AuthorizationTranslator, ConsentGranted, ConsentRevoked, DeliveryReported, DmsTranslator,
    Happened, Inbound, LinkOpened, Medium, ReadingRecorded, ReplyReceived, fact, streams,
    translate_inspection,
};
use fixedops_connectors_traits::{PersonFact, PingRecord};
use fixedops_consent::capture::{
    Act, Capture, Desk, GrantEvidence, Language, Place, Shown, TickBox, digest_of, examine,
};
use fixedops_consent::{Consent, Disclosure, ReplyContext, Signature, classify};
use fixedops_odometer_core::{Fix, ReadingKind};
use fixedops_vocab::{Channel, ConsentLevel, ContactHash, CustomerId, Scope, TouchKey, VehicleId};
use fixedops_world::{CallOutcome, ConsentSigned, Input, What};

/// What weighs an opened link, as whoever serves links would.
static CLICKS: LazyLock<HumanClicks> = LazyLock::new(HumanClicks::shipped);

use super::run::{Run, RunError};
use crate::edge::Typed;

impl Run {
    /// Tells the loop one input. What it makes of it is journalled under keys made of the input's own name, so that
    /// the same input again is one.
    pub(super) async fn take_in(&self, input: &Input, at: DateTime<Utc>) -> Result<(), RunError> {
        let key = format!("{}/{}/{}", input.source, input.id, input.at.timestamp());
        match &input.what {
            What::Dms(change) => {
                let translated = self.translator(|translator| translator.translate(change))?;
                self.ingest_all(&translated.inbounds, at).await
            }
            What::Inspection(record) => {
                let translated = translate_inspection(record)?;
                self.ingest_all(&translated.inbounds, at).await
            }
            What::Authorization(record) => {
                let owner_of = |vehicle: &VehicleId| self.owners.get(vehicle).cloned();
                let translator =
                    AuthorizationTranslator { reasons: &self.policies.decline_reasons, owner_of: &owner_of };
                let translated = translator.translate(record)?;
                self.ingest_all(&translated.inbounds, at).await
            }
            What::Consent(signed) => self.consent(signed, &key, at).await,
            What::Device { vehicle, odometer, read_at } => {
                let reading = ReadingRecorded {
                    key,
                    vehicle: vehicle.clone(),
                    odometer: *odometer,
                    kind: ReadingKind::DeviceOdometer,
                    occurred_at: *read_at,
                    source: "telematics".to_owned(),
                    wake_at: Alarm::Keep,
                };
                self.ingest(Happened::ReadingRecorded(reading), Vec::new(), at).await
            }
            What::Pings { vehicle, batch } => {
                let pings = self.world.pings(vehicle, *batch);
                let fixes: Vec<Fix> = pings.iter().map(fix).collect();
                self.engine.fold_fixes(vehicle, &key, &fixes, at).await?;
                Ok(())
            }
            What::Delivery { key: touch, delivered, status } => {
                let Some(&contact) = self.touches.get(touch) else {
                    return Ok(());
                };
                let report = DeliveryReported {
                    key,
                    contact,
                    case: touch.case.clone(),
                    touch: touch.touch.clone(),
                    delivered: *delivered,
                    status: (*status).to_owned(),
                    occurred_at: input.at,
                };
                self.ingest(Happened::DeliveryReported(report), Vec::new(), at).await
            }
            What::Click { key: touch, seen, .. } => {
                let opening = Opening {
                    head_request: seen.head_request,
                    agent: Some(seen.agent),
                    seconds_since_sent: Some(seen.seconds_since_sent),
                    hosting_network: seen.hosting_network,
                    script_ran: seen.script_ran,
                    ..Opening::default()
                };
                let HumanScore { percent, signs, policy } = CLICKS.score(&opening);
                let opened = LinkOpened {
                    key,
                    case: touch.case.clone(),
                    touch: touch.touch.clone(),
                    human_percent: percent,
                    signs,
                    judged_by: Some(policy),
                    occurred_at: input.at,
                };
                self.ingest(Happened::LinkOpened(opened), Vec::new(), at).await
            }
            What::Reply { key: touch, text } => self.reply(touch, text, &key, input.at, at).await,
            What::Unsubscribe { key: touch } => {
                self.revoke(touch, Scope::Email, "unsubscribe_link", key, input.at, at).await
            }
            What::Call { key: touch, outcome: CallOutcome::OptedOut, .. } => {
                self.revoke(touch, Scope::Calls, "call", key, input.at, at).await
            }
            What::Call { key: touch, outcome: CallOutcome::WrongNumber, .. } => {
                self.revoke(touch, Scope::Number, "wrong_number", key, input.at, at).await
            }
            // What was said in a call is the advisor's; a booking made in it comes from the scheduler.
            What::Call { .. } => Ok(()),
            // A kind of input this program does not know yet.
            _ => Ok(()),
        }
    }

    fn translator<T>(&self, with: impl FnOnce(&DmsTranslator<'_>) -> T) -> T {
        let touch_of = |token: &str| self.tokens.get(token).cloned();
        with(&DmsTranslator {
            seller: &self.seller,
            rooftop: &self.rooftop,
            secret: &self.secret,
            rule_book: &self.engine.policies().rule_book,
            phones: &Typed,
            touch_of: &touch_of,
        })
    }

    /// What could not be taken of a record (a phone number that is none) is left out of it.
    async fn ingest_all(&self, inbounds: &[Inbound], at: DateTime<Utc>) -> Result<(), RunError> {
        for inbound in inbounds {
            self.engine.ingest(inbound, at).await?;
        }
        Ok(())
    }

    /// What the tablet took down: on every contact point of the customer that it speaks of. A written consent given
    /// since the texts of this program are in use is captured and examined; an older one was imported as it is.
    async fn consent(&self, signed: &ConsentSigned, key: &str, at: DateTime<Utc>) -> Result<(), RunError> {
        for contact in self.phones_of(&signed.customer).await? {
            let captured = if signed.written { self.capture(signed, contact, key, at).await? } else { None };
            let (consent, capture, facts) = captured.unwrap_or_else(|| (imported(signed), None, Vec::new()));
            let granted = ConsentGranted {
                key: key.to_owned(),
                contact,
                scope: consent.channels.clone(),
                level: consent.level,
                occurred_at: consent.given_at,
                source: if signed.written { "tablet" } else { "number given for the visit" }.to_owned(),
                consent,
                capture,
            };
            self.ingest(Happened::ConsentGranted(granted), facts, at).await?;
        }
        Ok(())
    }

    /// The capture of a consent signed at the tablet, examined; `None` where the texts were not in use yet, or the
    /// person was erased.
    async fn capture(
        &self,
        signed: &ConsentSigned,
        contact: ContactHash,
        key: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<Captured>, RunError> {
        let subject = streams::contact(contact)?;
        let spanish = self.shape.draw().unit(&format!("language/{}", signed.customer.expose())) < 0.2;
        let language = if spanish { Language::Es } else { Language::En };
        let Some(text) = self
            .texts
            .find("service_texts", "1", language)
            .filter(|text| text.effective <= signed.given_at.date_naive())
        else {
            return Ok(None);
        };
        let Some(number) = self.persons.facts(&self.seller, &subject).await?.remove(fact::PHONE) else {
            return Ok(None);
        };
        let name = self.world.store().dealer_name;
        let foreign = |what: &dyn std::fmt::Display| RunError::Foreign(format!("at the tablet: {what}"));
        let shown = text.render(&name).map_err(|error| foreign(&error))?;
        let capture = Capture {
            disclosure: Shown {
                id: text.id.clone(),
                version: text.version.clone(),
                language,
                digest: shown.digest,
            },
            page_language: language,
            page_digest: Some(digest_of(format!("<p>{}</p>", shown.text))),
            place: Place::Tablet,
            level: ConsentLevel::Pewc,
            channels: vec![Channel::Sms, Channel::Mms],
            r#box: TickBox::Unticked,
            act: Act::Tick,
            condition_of_purchase: Some(false),
            at: signed.given_at.to_rfc3339(),
            number: Some(number.clone()),
            number_confirmed: Some(number),
            email: None,
            seller: Some(self.seller.as_str().to_owned()),
            campaign: Some("check-in at the service drive".to_owned()),
            staff: Some("advisor-1".to_owned()),
            // An address of the kind that is kept for examples (RFC 5737).
            ip: Some("192.0.2.17".to_owned()),
            user_agent: Some("service tablet (simulated)".to_owned()),
        };
        let desk = Desk { texts: &self.texts, seller: &self.seller, seller_name: &name };
        let grant = examine(&capture, &desk, at).map_err(|lacks| {
            let lacks: Vec<String> = lacks.iter().map(ToString::to_string).collect();
            foreign(&lacks.join("; "))
        })?;
        let private = capture.private_text();
        let grant = grant.with_private_digest(self.secret.content(&[&private]));
        let fact = PersonFact { subject, name: format!("capture/{key}"), value: private };
        Ok(Some((grant.consent().clone(), Some(grant.evidence().clone()), vec![fact])))
    }

    /// Said no, otherwise than by answering: by a link, or to an advisor.
    async fn revoke(
        &self,
        touch: &TouchKey,
        scope: Scope,
        source: &str,
        key: String,
        occurred_at: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<(), RunError> {
        let Some(&contact) = self.touches.get(touch) else {
            return Ok(());
        };
        let revoked = ConsentRevoked {
            key,
            contact,
            scope,
            occurred_at,
            source: source.to_owned(),
            vehicle: None,
            means: None,
            per_se: None,
        };
        self.ingest(Happened::ConsentRevoked(revoked), Vec::new(), at).await
    }

    /// Telephones of a customer, from the journal.
    async fn phones_of(&self, customer: &CustomerId) -> Result<Vec<ContactHash>, RunError> {
        use fixedops_connectors_traits::Journal as _;
        let person = streams::person(customer)?;
        let mut contacts = Vec::new();
        for event in self.journal.read(&self.seller, &person, 0, usize::MAX).await? {
            if let Some(Happened::ContactAdded(added)) = Happened::read(&event)?
                && added.medium == Medium::Phone
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
            odometer: reading.odometer,
            occurred_at,
        };
        self.ingest(Happened::ReplyReceived(received), vec![fact], at).await
    }
}

/// A consent, the evidence of it, and what of it is private.
type Captured = (Consent, Option<GrantEvidence>, Vec<PersonFact>);

/// A consent as another system held it: its elements are that system's word.
fn imported(signed: &ConsentSigned) -> Consent {
    let ConsentSigned { written, given_at, .. } = *signed;
    let disclosure =
        [Disclosure::AutomatedTechnology, Disclosure::NotConditionOfPurchase, Disclosure::SellerNamed];
    Consent {
        level: if written { ConsentLevel::Pewc } else { ConsentLevel::Pec },
        channels: vec![Channel::Sms, Channel::Mms],
        given_at,
        in_writing: Some(written),
        signed: written.then_some(Signature::EsignCheckbox),
        phone_matches: Some(true),
        disclosure: if written { disclosure.to_vec() } else { Vec::new() },
        sellers: vec!["us".to_owned()],
        proof: vec!["disclosure_text_version".to_owned(), "timestamp".to_owned()],
        how: None,
    }
}

fn fix(ping: &PingRecord) -> Fix {
    let mut fix = Fix::new(ping.at, ping.latitude, ping.longitude);
    fix.speed_mps = ping.speed;
    fix.accuracy_m = ping.accuracy;
    fix
}
