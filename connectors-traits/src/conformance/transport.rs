use chrono::{DateTime, TimeDelta, Utc};
use fixedops_consent::{
    Cleared, ContactFacts, Decision, ReadVersions, Request, RuleBook, Sealable as _, decide,
};
use fixedops_vocab::{CaseId, Channel, ContactPoint, ProgramId, Purpose, SellerId, TouchId, TouchKey};

use crate::{CommitmentKey, KnownOutcome, Message, MessageTransport, RefusalKind, SendOutcome};

/// A number of the range that is kept for fiction, whose holder agreed to service texts. Noon on a Tuesday in Ohio.
const GRANT: &str = r#"{
    "recipient": {"line_type": "wireless", "area_code": "614", "zip": "43004", "states": ["OH"],
                  "candidate_zones": ["America/New_York"]},
    "consents": [{"level": "pec", "channels": ["sms"], "given_at": "2026-03-02T15:00:00Z", "in_writing": true,
                  "phone_matches": true}]
}"#;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_539_600, 0).expect("an instant in range")
}

fn key(touch: &str) -> TouchKey {
    let case = CaseId::new("conformance").expect("the kit's ids are ids");
    TouchKey { case, touch: TouchId::new(touch).expect("the kit's ids are ids") }
}

/// A text message that the rules have cleared at [`now`]: there is no other way to one.
fn cleared(touch: &str) -> Cleared<Message> {
    let seller = SellerId::new("conformance").expect("the kit's ids are ids");
    let phone = ContactPoint::Phone("+16145550123".parse().expect("a number in E.164"));
    let body = "Your car is ready.".to_owned();
    let (channel, purpose) = (Channel::Sms, Purpose::Informational);
    let secret = CommitmentKey::new([7; 32]);
    let message = Message::new(&secret, seller, key(touch), channel, purpose, phone, None, body, vec![]);
    let facts: ContactFacts = serde_json::from_str(GRANT).expect("the kit's grant reads");
    let request = Request {
        contact: message.contact(),
        channel,
        purpose,
        digest: message.digest(),
        versions: ReadVersions::default(),
        key: key(touch),
        program: ProgramId::new("conformance").expect("the kit's ids are ids"),
        subject: None,
        vehicle: None,
        contains_offer: false,
        competing: vec![],
    };
    let clearance = match decide(&facts, &request, now(), &RuleBook::shipped()).decision {
        Decision::Allow(clearance) => Some(clearance),
        _ => None,
    };
    let clearance = clearance.expect("the rules clear the kit's message");
    clearance.seal(message, now()).expect("a clearance fits the message it was given for")
}

/// **Cleared**: the message is opened at the time of sending, and what is not open any more does not go out.
pub async fn a_message_is_opened_at_the_time_of_sending(transport: &dyn MessageTransport) {
    let late = now() + TimeDelta::seconds(5);
    let outcome = transport.send(cleared("late"), late).await;
    let refused = SendOutcome::Refused { kind: RefusalKind::ClearanceExpired, retry_at: None };
    assert_eq!(outcome, refused, "cleared: a clearance of five seconds ago was used");
    let known = transport.outcome(&key("late")).await;
    assert!(!matches!(known, KnownOutcome::Accepted(_)), "cleared: a refused message counts as accepted");
}

/// **Once**: a key that was accepted gives the same id when it is sent again.
pub async fn a_key_is_sent_once(transport: &dyn MessageTransport) {
    let first = transport.send(cleared("once"), now()).await;
    assert!(matches!(first, SendOutcome::Accepted(_)), "once: the kit's message was not accepted: {first:?}");
    let second = transport.send(cleared("once"), now()).await;
    assert_eq!(first, second, "once: the same key went out a second time");
    let other = transport.send(cleared("other"), now()).await;
    assert!(matches!(other, SendOutcome::Accepted(_)), "once: another key was not accepted: {other:?}");
    assert_ne!(first, other, "once: two keys have one id");
}

/// **Honest**: what was accepted is answered for, under the same id, by a transport that keeps keys.
pub async fn what_was_accepted_is_answered_for(transport: &dyn MessageTransport) {
    let sent = transport.send(cleared("honest"), now()).await;
    let id = if let SendOutcome::Accepted(id) = sent { Some(id) } else { None };
    let id = id.expect("honest: the kit's message was not accepted");
    let known = transport.outcome(&key("honest")).await;
    let honest = known == KnownOutcome::Accepted(id) || known == KnownOutcome::CannotSay;
    assert!(honest, "honest: an accepted key is not answered for: {known:?}");
}

/// **Honest**: a key that never came is not claimed to have gone out or to have been refused.
pub async fn a_key_never_seen_is_not_claimed(transport: &dyn MessageTransport) {
    let known = transport.outcome(&key("never")).await;
    let honest = matches!(known, KnownOutcome::NeverSeen | KnownOutcome::CannotSay);
    assert!(honest, "never seen: a key that never came is claimed: {known:?}");
}
