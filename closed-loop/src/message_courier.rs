use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{
    CommitmentKey, KnownOutcome, Message, MessageTransport, PersonStore, RefusalKind, SendOutcome,
};
use fixedops_consent::{Clearance, Sealable};
use fixedops_recovery::{FIELDS, Templates};
use fixedops_vocab::{Channel, ContactPoint, SellerId, TouchKey};
use minijinja::{Environment, UndefinedBehavior};

use crate::{Courier, Draft, TouchOrder, Undeliverable, streams};

/// Names of facts in the person store.
pub mod fact {
    /// First name, of a person.
    pub const FIRST_NAME: &str = "first_name";
    /// Telephone number in E.164, of a contact.
    pub const PHONE: &str = "phone";
    /// E-mail address, of a contact.
    pub const EMAIL: &str = "email";
    /// Before the key of a touch: the exact words that were cleared, of a contact, as JSON.
    pub const SENT: &str = "sent/";
}

/// The token in the links of a touch: what an appointment booked through the link carries back.
///
/// ```
/// use fixedops_closed_loop::link_token;
/// use fixedops_connectors_traits::CommitmentKey;
/// use fixedops_vocab::TouchKey;
/// let key = TouchKey { case: "mileage_due/c1".parse()?, touch: "day-0-sms".parse()? };
/// let token = link_token(&CommitmentKey::new([7; 32]), &"main-street".parse()?, &key);
/// assert_eq!(token.len(), 20);
/// # Ok::<(), fixedops_vocab::IdError>(())
/// ```
#[must_use]
pub fn link_token(secret: &CommitmentKey, seller: &SellerId, key: &TouchKey) -> String {
    let parts = ["link", seller.as_str(), key.case.as_str(), key.touch.as_str()];
    secret.content(&parts).to_string().chars().take(TOKEN_LENGTH).collect()
}

/// Characters of a link token: 80 bits, too many to guess.
const TOKEN_LENGTH: usize = 20;

/// The courier of a store: names and numbers from the person store, words from the templates, out through a
/// transport.
///
/// The booking link carries a token of the touch, computed under the store's secret; an e-mail ends with the postal
/// address and the way to unsubscribe.
#[derive(Clone)]
pub struct MessageCourier {
    persons: Arc<dyn PersonStore>,
    transport: Arc<dyn MessageTransport>,
    templates: Templates,
    secret: CommitmentKey,
}

impl core::fmt::Debug for MessageCourier {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("MessageCourier")
    }
}

impl MessageCourier {
    /// A courier.
    #[must_use]
    pub fn new(
        persons: Arc<dyn PersonStore>,
        transport: Arc<dyn MessageTransport>,
        templates: Templates,
        secret: CommitmentKey,
    ) -> Self {
        Self { persons, transport, templates, secret }
    }

    async fn stored(
        &self,
        order: &TouchOrder,
        subject: Result<fixedops_connectors_traits::StreamId, crate::LoopError>,
    ) -> Result<BTreeMap<String, String>, Undeliverable> {
        let unavailable = |error: &dyn std::error::Error| Undeliverable::Unavailable(error.to_string());
        let subject = subject.map_err(|error| unavailable(&error))?;
        self.persons.facts(&order.seller, &subject).await.map_err(|error| unavailable(&error))
    }
}

#[async_trait]
impl Courier for MessageCourier {
    async fn draft(&self, order: &TouchOrder) -> Result<Draft, Undeliverable> {
        let contact = self.stored(order, streams::contact(order.contact)).await?;
        let person = self.stored(order, streams::person(&order.person)).await?;
        let to = if order.channel == Channel::Email {
            contact.get(fact::EMAIL).and_then(|text| text.parse().ok()).map(ContactPoint::Email)
        } else {
            contact.get(fact::PHONE).and_then(|text| text.parse().ok()).map(ContactPoint::Phone)
        };
        let to = to.ok_or(Undeliverable::Forgotten)?;
        let template = self.templates.get(&order.template, order.channel).ok_or_else(|| {
            Undeliverable::Words(format!("no template {} for {}", order.template, order.channel))
        })?;
        let mut fields: BTreeMap<&str, String> = FIELDS.iter().map(|field| (*field, String::new())).collect();
        fields.extend(order.fields.iter().map(|(name, value)| (name.as_str(), value.clone())));
        if let Some(name) = person.get(fact::FIRST_NAME) {
            fields.insert("first_name", name.clone());
        }
        let token = link_token(&self.secret, &order.seller, &order.key);
        let book = order.fields.get("book_link").map_or("", String::as_str);
        fields.insert("book_link", format!("{book}?t={token}"));
        let render = |text: &str| -> Result<String, Undeliverable> {
            let mut words = Environment::new();
            words.set_undefined_behavior(UndefinedBehavior::Strict);
            words.render_str(text, &fields).map_err(|error| Undeliverable::Words(error.to_string()))
        };
        let mut body = render(template.body.trim())?;
        if order.channel == Channel::Email {
            let field = |name: &str| order.fields.get(name).map_or("", String::as_str);
            body = format!(
                "{body}\n\n--\n{}\n{}\nTo stop these e-mails: {}?t={}\n",
                field("dealer_name"),
                field("postal_address"),
                field("unsubscribe_link"),
                token
            );
        }
        let subject = template.subject.as_deref().map(render).transpose()?;
        let message = Message::new(
            &self.secret,
            order.seller.clone(),
            order.key.clone(),
            order.channel,
            order.purpose,
            to,
            subject,
            body,
            Vec::new(),
        );
        Ok(Draft { digest: message.digest(), message: Some(Box::new(message)) })
    }

    async fn dispatch(&self, clearance: Clearance, draft: Draft, now: DateTime<Utc>) -> Option<SendOutcome> {
        let expired = SendOutcome::Refused { kind: RefusalKind::ClearanceExpired, retry_at: None };
        let Some(message) = draft.message else {
            return Some(expired);
        };
        Some(match clearance.seal(*message, now) {
            Ok(cleared) => self.transport.send(cleared, now).await,
            Err(_) => expired,
        })
    }

    async fn outcome(&self, key: &TouchKey) -> KnownOutcome {
        self.transport.outcome(key).await
    }
}

#[cfg(test)]
mod tests {
    use fixedops_connectors_traits::{
        Batch, Journal as _, MemoryJournal, MemoryTransport, NewEvent, PersonFact,
    };
    use fixedops_recovery::Plans;
    use futures_lite::future::block_on;

    use super::*;

    fn order(template: &str, channel: Channel) -> TouchOrder {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        TouchOrder {
            seller: "main-street".parse().unwrap(),
            key: TouchKey { case: "mileage_due/c1".parse().unwrap(), touch: "t1".parse().unwrap() },
            channel,
            purpose: fixedops_vocab::Purpose::Marketing,
            contact: fixedops_vocab::ContactHash::from_bytes([1; 32]),
            person: "c1".parse().unwrap(),
            template: template.to_owned(),
            fields: BTreeMap::from([
                field("book_link", "https://service.example/b"),
                field("dealer_name", "Main Street Motors"),
                field("dealer_phone", "404-555-0199"),
                field("postal_address", "1 Main Street, Atlanta, GA 30303"),
                field("unsubscribe_link", "https://service.example/u"),
            ]),
        }
    }

    /// A courier whose person store knows one person with both contact points under one contact.
    fn courier(known: bool) -> MessageCourier {
        let journal = Arc::new(MemoryJournal::new());
        if known {
            let order = order("", Channel::Sms);
            let contact = streams::contact(order.contact).unwrap();
            let mut batch = Batch::new("2026-12-01T14:00:00Z".parse().unwrap());
            batch.expect(contact.clone(), 0);
            batch.push(contact.clone(), NewEvent::new("contact_noted", serde_json::json!({})).unwrap());
            let facts = [
                (contact.clone(), fact::PHONE, "+14045550123"),
                (contact, fact::EMAIL, "avery@mail.example"),
                (streams::person(&order.person).unwrap(), fact::FIRST_NAME, "Avery"),
            ];
            for (subject, name, value) in facts {
                batch.fact(PersonFact { subject, name: name.to_owned(), value: value.to_owned() });
            }
            block_on(journal.append(&order.seller, &batch)).unwrap();
        }
        let transport = Arc::new(MemoryTransport::default());
        MessageCourier::new(journal, transport, Templates::shipped(), CommitmentKey::new([7; 32]))
    }

    #[test]
    fn every_message_of_every_shipped_plan_names_the_dealer_the_number_the_link_and_the_way_out() {
        let courier = courier(true);
        let mut messages = 0;
        for plan in Plans::shipped().iter() {
            for touch in plan.touches().iter().filter(|touch| !touch.channel.is_call()) {
                let order = order(&touch.template, touch.channel);
                let draft = block_on(courier.draft(&order)).unwrap();
                let message = draft.message.unwrap();
                let token = link_token(&CommitmentKey::new([7; 32]), &order.seller, &order.key);
                let way_out = match touch.channel {
                    Channel::Email => format!("https://service.example/u?t={token}"),
                    _ => "Reply STOP to opt out".to_owned(),
                };
                let link = format!("https://service.example/b?t={token}");
                for needed in ["Main Street Motors", "404-555-0199", &link, &way_out] {
                    assert!(
                        message.body().contains(needed),
                        "{} lacks {needed}: {}",
                        touch.id,
                        message.body()
                    );
                }
                assert!(!message.body().contains("{{"), "{}", message.body());
                if touch.channel == Channel::Email {
                    assert!(message.body().contains("1 Main Street, Atlanta, GA 30303"), "{}", touch.id);
                    assert!(message.subject().is_some_and(|subject| !subject.is_empty()), "{}", touch.id);
                }
                messages += 1;
            }
        }
        assert_eq!(messages, 6, "a plan changed: look at its words");
    }

    #[test]
    fn the_same_order_has_the_same_digest() {
        let order = order("mileage_due_now", Channel::Sms);
        let (one, two) = (courier(true), courier(true));
        let digest = |courier: &MessageCourier| block_on(courier.draft(&order)).unwrap().digest;
        assert_eq!(digest(&one), digest(&two));
    }

    #[test]
    fn who_was_erased_is_not_written_to() {
        let answer = block_on(courier(false).draft(&order("mileage_due_now", Channel::Sms)));
        assert_eq!(answer, Err(Undeliverable::Forgotten));
    }

    #[test]
    fn a_template_that_is_missing_is_named() {
        let answer = block_on(courier(true).draft(&order("no_such_words", Channel::Sms)));
        assert!(
            matches!(&answer, Err(Undeliverable::Words(why)) if why.contains("no_such_words")),
            "{answer:?}"
        );
    }
}
