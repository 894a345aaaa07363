use chrono::{DateTime, Utc};
use fixedops_vocab::{Channel, ConsentLevel};

use crate::{Consent, Disclosure, Signature};

/// The name under which a consent names us.
const US: &str = "us";

/// Whether the consent names this channel and us, and was given by `now`.
fn reaches(consent: &Consent, channel: Channel, now: DateTime<Utc>) -> bool {
    consent.given_at <= now && consent.channels.contains(&channel) && names_us(consent)
}

/// Prior express consent: the person gave this number for this kind of message, in whatever form.
pub(super) fn is_express(consent: &Consent, channel: Channel, now: DateTime<Utc>) -> bool {
    reaches(consent, channel, now) && consent.phone_matches != Some(false)
}

/// Signed written permission naming the number, 47 CFR 64.1200(c)(2)(ii).
fn is_signed(consent: &Consent) -> bool {
    consent.in_writing == Some(true)
        && consent.phone_matches == Some(true)
        && matches!(
            consent.signed,
            Some(Signature::EsignCheckbox | Signature::EsignSmsReply | Signature::WetInk)
        )
}

/// What a consent lacks to be prior express written consent for `channel`, 47 CFR 64.1200(f)(9); `None` if nothing.
pub(crate) fn lacks_written(consent: &Consent, channel: Channel, now: DateTime<Utc>) -> Option<&'static str> {
    let says = |disclosure| consent.disclosure.contains(&disclosure);
    let signed = || is_signed(consent) || consent.phone_matches != Some(true);
    if consent.level != ConsentLevel::Pewc {
        Some("consent is not written consent")
    } else if consent.given_at > now {
        Some("consent lies in the future")
    } else if !consent.channels.contains(&channel) {
        Some("written consent does not name this channel")
    } else if !names_us(consent) {
        Some("written consent does not name us")
    } else if consent.in_writing != Some(true) {
        Some("there is no writing")
    } else if !signed() {
        Some("there is no signature")
    } else if consent.phone_matches != Some(true) {
        Some("the writing does not name this number")
    } else if !technology(channel).is_none_or(says) {
        Some("the technology is not disclosed")
    } else if !says(Disclosure::NotConditionOfPurchase) {
        Some("not disclosed: no condition of purchase")
    } else if !says(Disclosure::SellerNamed) {
        Some("the seller is not named")
    } else {
        None
    }
}

/// What a written consent must disclose of the technology of a channel.
const fn technology(channel: Channel) -> Option<Disclosure> {
    match channel {
        Channel::Sms | Channel::Mms => Some(Disclosure::AutomatedTechnology),
        Channel::AiCall | Channel::PrerecordedCall => Some(Disclosure::ArtificialOrPrerecordedVoice),
        Channel::LiveCall | Channel::Email => None,
    }
}

fn names_us(consent: &Consent) -> bool {
    consent.sellers.is_empty() || consent.sellers.iter().any(|seller| seller == US)
}
