use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use fixedops_connectors_traits::{
    CommitmentKey, KnownOutcome, Message, MessageTransport, PersonStore, RefusalKind, SendOutcome,
};
use fixedops_consent::{Clearance, Sealable};
use fixedops_recovery::{Fields, Language, RenderError, Rendered, Renderer, Templates};
use fixedops_vocab::{Channel, ContactPoint, SellerId, TouchKey};

use crate::courier::spoken;
use crate::{Courier, Draft, PhotoLink, TouchOrder, Undeliverable, streams};

/// Names of facts in the person store.
pub mod fact {
    /// First name, of a person.
    pub const FIRST_NAME: &str = "first_name";
    /// The language a person reads (`en`, `es`), of a person; English where it is not stored.
    pub const LANGUAGE: &str = "language";
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

/// The token in the link of a touch to a photo: it holds to the end of `until`, and for no other touch.
///
/// Who keeps the photos computes it anew from what the link names and compares; the photos are those of the lines of the
/// touch's case.
///
/// ```
/// use fixedops_closed_loop::{link_token, photo_token};
/// use fixedops_connectors_traits::CommitmentKey;
/// use fixedops_vocab::TouchKey;
/// let (secret, seller) = (CommitmentKey::new([7; 32]), "main-street".parse()?);
/// let key = TouchKey { case: "declined_recovery/R-1".parse()?, touch: "day-30-sms".parse()? };
/// let token = |day: &str| photo_token(&secret, &seller, &key, day.parse().expect("a day"));
/// assert_ne!(token("2027-05-01"), token("2027-05-02"), "a link cannot be made to hold longer");
/// assert_ne!(token("2027-05-01"), link_token(&secret, &seller, &key));
/// # Ok::<(), fixedops_vocab::IdError>(())
/// ```
#[must_use]
pub fn photo_token(secret: &CommitmentKey, seller: &SellerId, key: &TouchKey, until: NaiveDate) -> String {
    let until = until.format(UNTIL).to_string();
    let parts = ["photo", seller.as_str(), key.case.as_str(), key.touch.as_str(), &until];
    secret.content(&parts).to_string().chars().take(TOKEN_LENGTH).collect()
}

/// How a photo's link names its last day.
const UNTIL: &str = "%Y%m%d";

/// Links of the store that lead to the touch; a photo's link is signed for itself.
const LINKS: &[&str] = &["book_link", "inspection_link", "unsubscribe_link"];

/// The link with the token of the touch, also where it has a query already.
fn tokened(link: &str, token: &str) -> String {
    let sign = if link.contains('?') { '&' } else { '?' };
    format!("{link}{sign}t={token}")
}

/// Characters of a link token: 80 bits, too many to guess.
const TOKEN_LENGTH: usize = 20;

/// The courier of a store: names and numbers from the person store, words from the templates, out through a
/// transport.
///
/// Every link carries a token of the touch, computed under the store's secret. The words are in the person's language
/// where it is stored and there are words in it. An e-mail goes out in text and HTML, with the postal address and the
/// headers by which a mail program unsubscribes.
#[derive(Clone)]
pub struct MessageCourier {
    persons: Arc<dyn PersonStore>,
    transport: Arc<dyn MessageTransport>,
    /// Templates the engine does not take are reported by every draft, not when the loop starts: a store with a broken
    /// file still reads its replies.
    words: Result<Arc<Renderer>, RenderError>,
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
        let words = Renderer::new(&templates).map(Arc::new);
        Self { persons, transport, words, secret }
    }

    /// The words of a touch, for what the order and the person store know.
    fn render(
        &self,
        order: &TouchOrder,
        person: &BTreeMap<String, String>,
        token: &str,
    ) -> Result<Rendered, RenderError> {
        let words = self.words.as_ref().map_err(Clone::clone)?;
        let language =
            person.get(fact::LANGUAGE).and_then(|tag| tag.parse().ok()).unwrap_or(Language::English);
        let mut fields = Fields::new();
        for (name, value) in &order.fields {
            let link = LINKS.contains(&name.as_str()) && !value.is_empty();
            fields.set(name, if link { tokened(value, token) } else { spoken(name, value) })?;
        }
        if let Some(PhotoLink { url, until }) = &order.photo {
            let token = photo_token(&self.secret, &order.seller, &order.key, *until);
            fields.set("photo_link", format!("{}&u={}", tokened(url, &token), until.format(UNTIL)))?;
        }
        if let Some(name) = person.get(fact::FIRST_NAME) {
            fields.set("first_name", name)?;
        }
        words.render(&order.template, order.channel, language, &fields)
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
        let token = link_token(&self.secret, &order.seller, &order.key);
        let said = self.render(order, &person, &token);
        let said = said.map_err(|error| Undeliverable::Words(error.to_string()))?;
        let headers = said.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let message = Message::new(
            &self.secret,
            order.seller.clone(),
            order.key.clone(),
            order.channel,
            order.purpose,
            to,
            said.subject,
            said.body,
            Vec::new(),
        )
        .with_parts(&self.secret, said.html, headers);
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
    use fixedops_recovery::{Answer, Plans};
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
            photo: None,
            fields: BTreeMap::from([
                field("book_link", "https://service.example/b"),
                field("dealer_name", "Main Street Motors"),
                field("dealer_phone", "404-555-0199"),
                field("inspection_link", "https://service.example/b?of=c1"),
                field("postal_address", "1 Main Street, Atlanta, GA 30303"),
                field("unsubscribe_link", "https://service.example/u"),
            ]),
        }
    }

    /// A courier whose person store knows one person with both contact points under one contact.
    fn courier(known: bool) -> MessageCourier {
        courier_for(known, None)
    }

    fn courier_for(known: bool, language: Option<&str>) -> MessageCourier {
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
            let reads = language.map(|tag| (streams::person(&order.person).unwrap(), fact::LANGUAGE, tag));
            for (subject, name, value) in facts.into_iter().chain(reads) {
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
                let shipped = Templates::shipped();
                let answer = shipped.get(&touch.template, touch.channel).unwrap().answer;
                // What is answered by a reply or a call has no link to print.
                let link = match answer {
                    Answer::BookLink | Answer::InspectionLink => format!("t={token}"),
                    _ => String::new(),
                };
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
        assert!(messages >= 6, "plans are gone: {messages}");
    }

    #[test]
    fn an_email_has_both_parts_and_is_unsubscribed_by_one_click() {
        let order = order("mileage_due_overdue", Channel::Email);
        let draft = block_on(courier(true).draft(&order)).unwrap();
        let message = draft.message.unwrap();
        let secret = CommitmentKey::new([7; 32]);
        let token = link_token(&secret, &order.seller, &order.key);
        let link = format!("https://service.example/u?t={token}");
        assert_eq!(
            message.headers(),
            [
                ("List-Unsubscribe".to_owned(), format!("<{link}>")),
                ("List-Unsubscribe-Post".to_owned(), "List-Unsubscribe=One-Click".to_owned()),
            ]
        );
        let html = message.html().unwrap();
        for needed in ["Hello Avery,", "Main Street Motors", "1 Main Street, Atlanta, GA 30303", &link] {
            assert!(html.contains(needed), "{needed}: {html}");
        }
        // What is shown is what was cleared: other markup or another header is another message.
        let parts = |html: Option<&str>, headers: &[(String, String)]| {
            let message = Message::new(
                &secret,
                order.seller.clone(),
                order.key.clone(),
                order.channel,
                order.purpose,
                message.to().clone(),
                message.subject().map(ToOwned::to_owned),
                message.body().to_owned(),
                Vec::new(),
            );
            message.with_parts(&secret, html.map(ToOwned::to_owned), headers.to_vec()).digest()
        };
        assert_eq!(parts(Some(html), message.headers()), draft.digest);
        assert_ne!(parts(Some("<p>Else</p>"), message.headers()), draft.digest);
        assert_ne!(parts(Some(html), &message.headers()[..1]), draft.digest);
        assert_ne!(parts(None, &[]), draft.digest);
    }

    #[test]
    fn who_reads_spanish_is_written_to_in_spanish() {
        let body = |language, template, channel| {
            let draft = block_on(courier_for(true, language).draft(&order(template, channel))).unwrap();
            draft.message.unwrap().body().to_owned()
        };
        let text = body(Some("es-MX"), "mileage_due_now", Channel::Sms);
        assert!(text.contains("Hola Avery, a su vehiculo ya le toca servicio"), "{text}");
        let mail = body(Some("es"), "mileage_due_overdue", Channel::Email);
        assert!(mail.starts_with("Hola Avery:"), "{mail}");
        // A language we have no words in is written to in English.
        for other in [None, Some("fr"), Some("")] {
            let text = body(other, "mileage_due_now", Channel::Sms);
            assert!(text.contains("Hi Avery, your vehicle is due for service"), "{text}");
        }
    }

    /// The way out that our texts name is read as one, alone and beneath a quote of the text; the quote alone is not.
    #[test]
    fn the_way_out_that_a_text_names_works() {
        use fixedops_consent::{ReplyContext, ReplyScope, classify};
        let context = ReplyContext::default();
        let opts_out = |text: &str| matches!(classify(text, &context).scope, ReplyScope::Suppress(_));
        for word in ["STOP", "ALTO", "stop", "Alto", "Alto, por favor"] {
            assert!(opts_out(word), "{word}");
        }
        let templates = Templates::shipped();
        for template in templates.iter().filter(|template| template.channel.is_text()) {
            let language = Some(template.language.as_str());
            let draft = block_on(courier_for(true, language).draft(&order(&template.id, template.channel)));
            let body = draft.unwrap().message.unwrap().body().to_owned();
            let quoted: String = body.lines().map(|line| format!("> {line}\n")).collect();
            assert!(!opts_out(&format!("ok\n\n{quoted}")), "{}: {quoted}", template.id);
            assert!(opts_out(&format!("STOP\n\n{quoted}")), "{}: {quoted}", template.id);
        }
    }

    #[test]
    fn a_store_without_a_booking_page_sends_no_empty_link() {
        let mut order = order("mileage_due_now", Channel::Sms);
        order.fields.insert("book_link".to_owned(), String::new());
        let answer = block_on(courier(true).draft(&order));
        assert!(matches!(&answer, Err(Undeliverable::Words(why)) if why.contains("book_link")), "{answer:?}");
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
