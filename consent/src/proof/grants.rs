//! Consents, each in itself.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{FixedOffset, TimeDelta};
use fixedops_vocab::{Channel, SellerId};

use super::story::{GrantedData, Story, Told};
use super::verdict::{BreakKind, Verdict};
use crate::capture::{Capture, Desk, DisclosureText, Disclosures, GrantEvidence, Shown, digest_of, examine};
use crate::{Consent, Disclosure};

/// Every grant in itself.
pub(super) fn check(story: &Story, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let texts = Disclosures::shipped();
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for granted in &story.grants {
        let here = Some(granted.version);
        let data = &granted.data;
        let same = data.scope == data.consent.channels
            && data.level == data.consent.level
            && data.occurred_at == data.consent.given_at;
        if !same {
            let what = "level, channels or time differ between the event and its consent";
            verdict.add(BreakKind::GrantContradicts, Some(&own), here, what);
        }
        let Some(evidence) = &data.capture else {
            verdict.remark(format!(
                "the consent at version {} was recorded without the words that were shown: its elements are the store's word",
                granted.version
            ));
            continue;
        };
        if digest_of(&evidence.text) != evidence.text_digest {
            let what = "the words that were shown are not those of their digest";
            verdict.add(BreakKind::DisclosureText, Some(&own), here, what);
        }
        let text = texts.find(&evidence.disclosure, &evidence.version, evidence.language);
        let name = text.and_then(|text| name_in(text, &evidence.text));
        match text {
            None => verdict.remark(format!(
                "the text shown at version {} is not among those this program ships: its digest was checked, its elements were not",
                granted.version
            )),
            Some(text) => {
                if name.is_none() {
                    let what = format!("the words are not those of {} version {}", text.id, text.version);
                    verdict.add(BreakKind::DisclosureText, Some(&own), here, what);
                }
                let held: BTreeSet<Disclosure> = text.elements.iter().filter_map(|e| e.disclosure()).collect();
                if !data.consent.disclosure.iter().all(|said| held.contains(said)) {
                    let what = "the consent claims an element that its text does not hold";
                    verdict.add(BreakKind::DisclosureText, Some(&own), here, what);
                }
            }
        }
        if evidence.act.signature() != data.consent.signed {
            let what = "the signature is not of the kind that the act makes";
            verdict.add(BreakKind::GrantContradicts, Some(&own), here, what);
        }
        examined(granted, evidence, (&texts, name.as_deref()), &own, verdict);
        if let Some(name) = name {
            names.entry(name).or_default().push(granted.version.to_string());
        }
    }
    for (name, versions) in names {
        verdict.remark(format!(
            "the words shown at version {} name the seller {name:?}: no stream of a bundle says what the store is called, so \
             hold it against the dealer's own papers",
            versions.join(", ")
        ));
    }
}

/// The seller's name in the words of a text; `None` where they are not its words.
fn name_in(text: &DisclosureText, words: &str) -> Option<String> {
    const MARK: &str = "\u{203b}\u{203b}\u{203b}";
    let marked = text.render(MARK).ok()?.text;
    let mut parts = marked.split(MARK);
    let rest = words.strip_prefix(parts.next()?)?;
    let next = parts.next()?;
    let end = if next.is_empty() { rest.len() } else { rest.find(next)? };
    let name = rest.get(..end)?;
    text.render(name).ok().filter(|rendered| rendered.text == words).map(|_| name.to_owned())
}

/// What the desk asks of a capture, asked again of what the journal kept of it: the act and the box, and the text for
/// these channels on that day.
fn examined(
    granted: &Told<GrantedData>,
    evidence: &GrantEvidence,
    (texts, name): (&Disclosures, Option<&str>),
    own: &str,
    verdict: &mut Verdict,
) {
    let Ok(seller) = SellerId::new("us") else { return };
    let desk = Desk { texts, seller: &seller, seller_name: name.unwrap_or("us") };
    let consent = &granted.data.consent;
    let mail = consent.channels.contains(&Channel::Email);
    // What is private is not looked at here: the desk is given something it does not mind.
    let number = "404-555-0123".to_owned();
    let mut capture = Capture {
        disclosure: Shown {
            id: evidence.disclosure.clone(),
            version: evidence.version.clone(),
            language: evidence.language,
            digest: evidence.text_digest,
        },
        page_language: evidence.language,
        page_digest: evidence.page_digest,
        place: evidence.place,
        level: consent.level,
        channels: consent.channels.clone(),
        r#box: evidence.r#box,
        act: evidence.act,
        condition_of_purchase: Some(false),
        at: String::new(),
        number: Some(number.clone()),
        number_confirmed: Some(number),
        email: mail.then(|| "a@mail.example".to_owned()),
        seller: Some(seller.as_str().to_owned()),
        campaign: evidence.campaign.clone(),
        staff: Some("staff".to_owned()),
        ip: Some("192.0.2.1".to_owned()),
        user_agent: Some("device".to_owned()),
    };
    // A text is dated by the day at the place of the act, which is not known here: what it lacks on every day it may
    // have been there.
    let mut made: Option<Consent> = None;
    let mut lacking: Option<BTreeSet<(&'static str, String)>> = None;
    for hours in [0, -11] {
        let offset = FixedOffset::east_opt(hours * 3600);
        let Some(offset) = offset else { continue };
        capture.at = consent.given_at.with_timezone(&offset).to_rfc3339();
        let taken = examine(&capture, &desk, granted.at + TimeDelta::minutes(1));
        let lacks = match taken {
            Ok(grant) => {
                made = Some(grant.consent().clone());
                Vec::new()
            }
            Err(lacks) => lacks,
        };
        let lacks: BTreeSet<_> = lacks.into_iter().map(|lack| (lack.field, lack.reason)).collect();
        lacking = Some(match lacking {
            None => lacks,
            Some(before) => before.intersection(&lacks).cloned().collect(),
        });
    }
    let elements = |of: &Consent| {
        let Consent { in_writing, signed, phone_matches, disclosure, sellers, .. } = of.clone();
        (in_writing, signed, phone_matches, disclosure, sellers)
    };
    if made.is_some_and(|made| elements(&made) != elements(consent)) {
        let what = "its elements are not those that such an act under such a text makes";
        verdict.add(BreakKind::GrantContradicts, Some(own), Some(granted.version), what);
    }
    for (field, reason) in lacking.unwrap_or_default() {
        let kind = match field {
            "act" | "box" => BreakKind::GrantContradicts,
            // Of other words, and of texts that are not known, enough was said.
            "disclosure" | "channels" if name.is_some() => BreakKind::DisclosureText,
            _ => continue,
        };
        let what = format!("the desk would not have taken it: {field}: {reason}");
        verdict.add(kind, Some(own), Some(granted.version), what);
    }
}
