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
