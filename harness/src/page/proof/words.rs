//! The words of files in words of people.

use fixedops_consent::capture::{Act, Language, TickBox};
use fixedops_consent::proof::SendOutcome;
use fixedops_consent::{Confidence, Disclosure, Signature};
use fixedops_vocab::{Channel, ConsentLevel, Purpose, Scope};

/// A word of a file, readable.
pub(super) fn plain(word: &str) -> String {
    word.replace('_', " ")
}

pub(super) const fn level(level: ConsentLevel) -> &'static str {
    match level {
        ConsentLevel::Pec => "Prior express consent",
        ConsentLevel::Pewc => "Prior express written consent",
    }
}

pub(super) const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "text message",
        Channel::Mms => "text message with a picture",
        Channel::Email => "e-mail",
        Channel::LiveCall => "call by a person",
        Channel::AiCall => "call by a generated voice",
        Channel::PrerecordedCall => "call with a recording",
    }
}

pub(super) fn channels(channels: &[Channel]) -> String {
    channels.iter().map(|one| channel(*one)).collect::<Vec<_>>().join(", ")
}

pub(super) const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Marketing => "Marketing",
        Purpose::Informational => "Informational",
        Purpose::Transactional => "Transactional",
        Purpose::Recall => "Safety recall",
        Purpose::Reply => "Answering",
        Purpose::RevocationConfirmation => "Opt-out confirming",
    }
}

pub(super) const fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::All => "everything that needs consent",
        Scope::Number => "this number, whoever answers it",
        Scope::Sms => "text messages",
        Scope::Calls => "calls",
        Scope::Email => "e-mail",
        Scope::Marketing => "marketing",
        Scope::ThisVehicle => "messages about one vehicle",
    }
}

pub(super) fn source(source: &str) -> String {
    match source {
        "reply" => "reply to a message".to_owned(),
        "dms_flag" => "flag in the dealer's system".to_owned(),
        "carrier" => "the carrier".to_owned(),
        "copied" => "copied from another number of the same person".to_owned(),
        "unsubscribe_link" => "the link in an e-mail".to_owned(),
        "tablet" => "at the store's tablet".to_owned(),
        other => plain(other),
    }
}

pub(super) fn signature(signed: Option<Signature>) -> &'static str {
    match signed {
        Some(Signature::EsignCheckbox) => "electronic, on the page (E-SIGN)",
        Some(Signature::EsignSmsReply) => "electronic, by reply text (E-SIGN)",
        Some(Signature::WetInk) => "pen on paper",
        Some(Signature::Verbal) => "spoken: no signature",
        _ => "none",
    }
}

pub(super) fn disclosures(said: &[Disclosure]) -> String {
    let word = |said: &Disclosure| match said {
        Disclosure::AutomatedTechnology => "automated technology",
        Disclosure::ArtificialOrPrerecordedVoice => "artificial or prerecorded voice",
        Disclosure::NotConditionOfPurchase => "not a condition of purchase",
        Disclosure::SellerNamed => "the seller's name",
        _ => "something unknown",
    };
    if said.is_empty() { "nothing".to_owned() } else { said.iter().map(word).collect::<Vec<_>>().join(", ") }
}

pub(super) fn language(language: Language) -> &'static str {
    match language {
        Language::En => "in English",
        Language::Es => "in Spanish",
        _ => "in another language",
    }
}

pub(super) fn act(act: Act) -> &'static str {
    match act {
        Act::Tick => "ticked the box",
        Act::Button => "pressed the button",
        Act::TypedName => "typed the name",
        Act::DrawnSignature => "drew a signature",
        Act::SmsKeyword => "answered by text",
        Act::Pen => "signed with a pen",
        Act::Spoken => "said so",
        _ => "nothing",
    }
}

pub(super) fn tick_box(tick: TickBox) -> &'static str {
    match tick {
        TickBox::Absent => "there was none",
        TickBox::Unticked => "stood empty before",
        _ => "was ticked beforehand",
    }
}

pub(super) const fn outcome(outcome: SendOutcome) -> &'static str {
    match outcome {
        SendOutcome::Sent => "sent",
        SendOutcome::Failed => "not sent",
        SendOutcome::Unknown => "nobody can say whether it was sent",
        SendOutcome::Open => "not settled",
    }
}

/// How well a source is known, as the foot of the page explains it.
pub(super) const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::PrimaryText => "P",
        Confidence::Quoted => "Q",
        Confidence::Secondary => "S",
        Confidence::Memory => "M",
        Confidence::Derived => "D",
    }
}

/// The private part of a capture, as rows.
pub(super) fn private(text: &str) -> Vec<(String, String)> {
    let Ok(serde_json::Value::Object(map)) = serde_json::from_str(text) else {
        return vec![("Private part".to_owned(), "does not read".to_owned())];
    };
    let names = [
        ("number", "Number as entered"),
        ("number_confirmed", "Number as confirmed"),
        ("email", "Address as entered"),
        ("ip", "IP address"),
        ("user_agent", "Browser or device"),
        ("staff", "Staff present"),
        ("at", "Time as the device wrote it"),
    ];
    let shown = |(key, name): &(&str, &str)| Some(((*name).to_owned(), map.get(*key)?.as_str()?.to_owned()));
    names.iter().filter_map(shown).collect()
}
