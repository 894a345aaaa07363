use chrono::{DateTime, Utc};
use fixedops_vocab::{Channel, ConsentLevel};

use crate::{Consent, Disclosure, Signature};

/// The name under which a consent names us.
const US: &str = "us";

/// Whether the consent names this channel and us, and was given by `now`.
fn reaches(consent: &Consent, channel: Channel, now: DateTime<Utc>) -> bool {
    consent.given_at <= now
        && consent.channels.contains(&channel)
        && (consent.sellers.is_empty() || consent.sellers.iter().any(|seller| seller == US))
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
    let technology = match channel {
        Channel::Sms | Channel::Mms => says(Disclosure::AutomatedTechnology),
        Channel::AiCall | Channel::PrerecordedCall => says(Disclosure::ArtificialOrPrerecordedVoice),
        Channel::LiveCall | Channel::Email => true,
    };
    let elements = [
        (consent.level == ConsentLevel::Pewc, "consent is not written consent"),
        (consent.given_at <= now, "consent lies in the future"),
        (consent.channels.contains(&channel), "written consent does not name this channel"),
        (
            consent.sellers.is_empty() || consent.sellers.iter().any(|seller| seller == US),
            "written consent does not name us",
        ),
        (consent.in_writing == Some(true), "there is no writing"),
        (is_signed(consent) || consent.phone_matches != Some(true), "there is no signature"),
        (consent.phone_matches == Some(true), "the writing does not name this number"),
        (technology, "the technology is not disclosed"),
        (says(Disclosure::NotConditionOfPurchase), "not disclosed: no condition of purchase"),
        (says(Disclosure::SellerNamed), "the seller is not named"),
    ];
    elements.into_iter().find(|(present, _)| !present).map(|(_, lacking)| lacking)
}
