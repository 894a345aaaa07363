use core::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};
use fixedops_vocab::{Channel, ConsentLevel, ContactPoint, EmailAddress, PhoneNumber, SellerId};
use serde::{Deserialize, Serialize};

use super::number::nanp;
use super::record::{Act, Capture, Place, TickBox};
use super::{DisclosureText, Disclosures, Element, Rendered};
use crate::{Consent, ContentDigest, Signature};

/// Who takes consents down: the texts in use and the seller they are given to.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The disclosure texts.
    pub texts: &'a Disclosures,
    /// Us.
    pub seller: &'a SellerId,
    /// Our name as it stands in the texts.
    pub seller_name: &'a str,
}

/// One thing a capture lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Lack {
    /// The field of the capture it shows in.
    pub field: &'static str,
    /// What kind of thing it is.
    pub kind: LackKind,
    /// What is missing or wrong, in plain words; never a number or an address.
    pub reason: String,
    /// Where it stands that it is needed.
    pub citation: String,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.field, self.reason, self.citation)
    }
}

/// Who would miss it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LackKind {
    /// An element of the consent itself: [`decide`](crate::decide) would deny on it.
    Element,
    /// What could not be shown in court, though it may have happened.
    Proof,
    /// The carriers ask for it.
    Carrier,
}

/// A consent that was made as it has to be.
///
/// `Debug` hides the contact points.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    consent: Consent,
    phone: Option<PhoneNumber>,
    email: Option<EmailAddress>,
    evidence: GrantEvidence,
}

impl Grant {
    /// The consent as [`decide`](crate::decide) reads it.
    #[must_use]
    pub const fn consent(&self) -> &Consent {
        &self.consent
    }
    /// Every contact point it is for, with the consent for the channels that go there. A consent for telephone and
    /// e-mail is two: each stands in the stream of its own contact.
    #[must_use]
    pub fn per_contact(&self) -> Vec<(ContactPoint, Consent)> {
        let phone = self.phone.clone().map(ContactPoint::Phone);
        let email = self.email.clone().map(ContactPoint::Email);
        let points = phone.into_iter().chain(email);
        points
            .filter_map(|point| {
                let mut consent = self.consent.clone();
                consent.channels.retain(|channel| point.takes(*channel));
                (!consent.channels.is_empty()).then_some((point, consent))
            })
            .collect()
    }
    /// Ties the private part of the capture ([`Capture::private_text`]) to the evidence, by a keyed digest.
    #[must_use]
    pub const fn with_private_digest(mut self, digest: ContentDigest) -> Self {
        self.evidence.private_digest = Some(digest);
        self
    }
    /// What is kept in the journal to prove it: no personal data.
    #[must_use]
    pub const fn evidence(&self) -> &GrantEvidence {
        &self.evidence
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("consent", &self.consent)
            .field("evidence", &self.evidence)
            .finish_non_exhaustive()
    }
}

/// What the journal keeps of a capture: the exact words that were shown with their digest, the act, the page's digest.
///
/// No number, address, IP or user agent is in it: those lie in the person store, and `private_digest` (a keyed digest
/// the caller computes) ties them to the event until they are erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantEvidence {
    /// Which text.
    pub disclosure: String,
    /// Its version.
    pub version: String,
    /// The version of the file of texts.
    pub texts: String,
    /// Its language, and the page's.
    pub language: super::Language,
    /// The exact words, the seller's name filled in.
    pub text: String,
    /// SHA-256 of those words.
    pub text_digest: ContentDigest,
    /// SHA-256 of the page, the scanned sheet or the messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_digest: Option<ContentDigest>,
    /// Where it was taken down.
    pub place: Place,
    /// How the box stood.
    pub r#box: TickBox,
    /// What the person did.
    pub act: Act,
    /// The campaign or occasion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// Keyed digest of the capture's private part (see `Capture`), where the caller computed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_digest: Option<ContentDigest>,
}

const WRITTEN: &str = "47 CFR 64.1200(f)(9)";
const ESIGN: &str = "15 USC 7001(a), 7006(5); 47 CFR 64.1200(f)(9)(ii)";
const BURDEN: &str = "burden of proof: Berman v. Freedom Fin. (2019, 2020); Braver v. NorthStar";
const EXPRESS: &str = "47 CFR 64.1200(a)(1)";

/// Checks a capture element by element.
///
/// For written consent every element of 47 CFR 64.1200(f)(9) for every channel it names; for express consent what that
/// needs. What this accepts, [`Consent::lacks_written`] finds nothing missing in; tests hold the two together.
///
/// # Errors
/// Every [`Lack`], in the order of their fields; never only the first.
pub fn examine(capture: &Capture, desk: &Desk<'_>, now: DateTime<Utc>) -> Result<Grant, Vec<Lack>> {
    let mut lacks = Lacks(Vec::new());
    let written = capture.level == ConsentLevel::Pewc;

    let given_at = when(capture, now, &mut lacks);
    act(capture, written, &mut lacks);
    let shown = text(capture, desk, given_at, &mut lacks);
    let (phone, email) = points(capture, written, &mut lacks);
    match capture.seller.as_deref().map(str::trim).filter(|seller| !seller.is_empty()) {
        None => lacks.add("seller", LackKind::Element, "no seller is named", WRITTEN),
        Some(seller) if seller != desk.seller.as_str() => {
            lacks.add("seller", LackKind::Element, "is given to another seller than us", WRITTEN);
        }
        Some(_) => {}
    }
    match capture.condition_of_purchase {
        Some(true) => lacks.add(
            "condition_of_purchase",
            LackKind::Element,
            "the purchase could not go on without it",
            "47 CFR 64.1200(f)(9)(i)(B)",
        ),
        None if written => lacks.add(
            "condition_of_purchase",
            LackKind::Proof,
            "nobody says that the purchase could go on without it",
            "47 CFR 64.1200(f)(9)(i)(B)",
        ),
        _ => {}
    }
    proof(capture, written, &mut lacks);

    let (Some(given_at), Some((text, shown)), true) = (given_at, shown, lacks.0.is_empty()) else {
        lacks.0.sort_by_key(|lack| lack.field);
        return Err(lacks.0);
    };
    let in_writing = capture.act != Act::Spoken;
    let consent = Consent {
        level: capture.level,
        channels: capture.channels.clone(),
        given_at,
        in_writing: Some(in_writing),
        signed: capture.act.signature(),
        phone_matches: Some(true),
        disclosure: text.elements.iter().filter_map(|element| element.disclosure()).collect(),
        sellers: vec!["us".to_owned()],
        proof: kept(capture),
        how: None,
    };
    let evidence = GrantEvidence {
        disclosure: text.id.clone(),
        version: text.version.clone(),
        texts: desk.texts.version().to_owned(),
        language: text.language,
        text: shown.text,
        text_digest: shown.digest,
        page_digest: capture.page_digest,
        place: capture.place,
        r#box: capture.r#box,
        act: capture.act,
        campaign: capture.campaign.clone(),
        private_digest: None,
    };
    Ok(Grant { consent, phone, email, evidence })
}

struct Lacks(Vec<Lack>);

impl Lacks {
    fn add(&mut self, field: &'static str, kind: LackKind, reason: impl Into<String>, citation: &str) {
        self.0.push(Lack { field, kind, reason: reason.into(), citation: citation.to_owned() });
    }
}

fn when(capture: &Capture, now: DateTime<Utc>, lacks: &mut Lacks) -> Option<DateTime<Utc>> {
    match DateTime::parse_from_rfc3339(capture.at.trim()) {
        Ok(at) => {
            let at = at.to_utc();
            if at > now {
                lacks.add("at", LackKind::Element, "lies in the future", WRITTEN);
            }
            Some(at)
        }
        Err(_) => {
            let naive = capture.at.trim().replace('T', " ");
            let formats = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
            let reason = if formats.iter().any(|f| NaiveDateTime::parse_from_str(&naive, f).is_ok()) {
                "has no offset from UTC: nobody can say when it was"
            } else {
                "is not an RFC 3339 instant"
            };
            lacks.add("at", LackKind::Element, reason, WRITTEN);
            None
        }
    }
}

fn act(capture: &Capture, written: bool, lacks: &mut Lacks) {
    match capture.act.signature() {
        None => lacks.add("act", LackKind::Element, "the person did nothing that says yes", ESIGN),
        Some(Signature::Verbal) if written => lacks.add(
            "act",
            LackKind::Element,
            "spoken words are no signature: express consent at most, never written consent",
            "47 CFR 64.1200(f)(9); Bradford v. Sovereign Pest (5th Cir. 2026) is not relied on",
        ),
        _ => {}
    }
    if !capture.act.fits(capture.place) {
        lacks.add("act", LackKind::Proof, "cannot have happened at such a place", BURDEN);
    }
    match (capture.r#box, capture.act) {
        (TickBox::PreTicked, _) => {
            lacks.add("box", LackKind::Proof, "was ticked beforehand: that is no act of the person's", ESIGN);
        }
        (TickBox::Absent, Act::Tick) => {
            lacks.add("box", LackKind::Proof, "a tick without a box to tick", ESIGN);
        }
        _ => {}
    }
}

/// The text that was shown, and its words; what is wrong with it.
fn text<'a>(
    capture: &Capture,
    desk: &Desk<'a>,
    given_at: Option<DateTime<Utc>>,
    lacks: &mut Lacks,
) -> Option<(&'a DisclosureText, Rendered)> {
    let shown = &capture.disclosure;
    if shown.language != capture.page_language {
        let reason = format!(
            "the text is in {:?}, the page in {:?}: not clear and conspicuous",
            shown.language.as_str(),
            capture.page_language.as_str()
        );
        lacks.add("page_language", LackKind::Proof, reason, "47 CFR 64.1200(f)(9)(i)");
    }
    if capture.channels.is_empty() {
        lacks.add("channels", LackKind::Element, "no channel is named", WRITTEN);
    }
    let Some(text) = desk.texts.find(&shown.id, &shown.version, shown.language) else {
        lacks.add("disclosure", LackKind::Proof, "is not a text, version and language we know", BURDEN);
        return None;
    };
    if let Some(at) = given_at {
        // A text is dated by the day it has at the place of the act; where that is not known the stricter day counts.
        let day =
            DateTime::parse_from_rfc3339(capture.at.trim()).map_or(at.date_naive(), |at| at.date_naive());
        if day < text.effective {
            lacks.add("disclosure", LackKind::Proof, "was not in use yet on that day", BURDEN);
        }
        if text.retired.is_some_and(|retired| retired <= day) {
            lacks.add("disclosure", LackKind::Proof, "was retired by then", BURDEN);
        }
    }
    for element in Element::ALL {
        let needed = capture.channels.iter().find(|channel| element.is_needed(capture.level, **channel));
        let Some(channel) = needed.filter(|_| !text.elements.contains(element)) else { continue };
        let kind = match element {
            Element::MessageFrequency | Element::DataRates | Element::Help | Element::Stop => {
                LackKind::Carrier
            }
            // decide reads the three it knows by name; the rest only the words show.
            _ if element.disclosure().is_some() => LackKind::Element,
            _ => LackKind::Proof,
        };
        // Only text messages turn on automated technology where decide looks; express consent on none of them.
        let kind = if capture.level == ConsentLevel::Pewc { kind } else { kind.max(LackKind::Proof) };
        let reason = format!("the text does not hold {}, which {channel} needs", element.as_str());
        lacks.add("disclosure", kind, reason, desk.texts.citation(*element));
    }
    for channel in capture.channels.iter().filter(|channel| !text.channels.contains(channel)) {
        let reason = format!("{channel} is not covered by the text that was shown");
        lacks.add("channels", LackKind::Proof, reason, WRITTEN);
    }
    let Ok(rendered) = text.render(desk.seller_name) else {
        lacks.add("seller", LackKind::Element, "has no name that can stand in a text", WRITTEN);
        return None;
    };
    if rendered.digest != shown.digest {
        lacks.add(
            "disclosure",
            LackKind::Proof,
            "what was shown is not that text: the digests differ",
            BURDEN,
        );
    }
    Some((text, rendered))
}

fn points(
    capture: &Capture,
    written: bool,
    lacks: &mut Lacks,
) -> (Option<PhoneNumber>, Option<EmailAddress>) {
    let citation = if written { WRITTEN } else { EXPRESS };
    let by_phone = capture.channels.iter().any(|channel| *channel != Channel::Email);
    let by_email = capture.channels.contains(&Channel::Email);
    let mut phone = None;
    if by_phone {
        match nanp(capture.number.as_deref().unwrap_or("")) {
            Err(why) => lacks.add("number", LackKind::Element, why, citation),
            Ok(number) => {
                match capture.number_confirmed.as_deref().map(nanp) {
                    None if written => lacks.add(
                        "number_confirmed",
                        LackKind::Proof,
                        "was not entered again or read back: a slip of the finger is a stranger's consent",
                        citation,
                    ),
                    Some(Err(why)) => lacks.add("number_confirmed", LackKind::Element, why, citation),
                    Some(Ok(again)) if again != number => {
                        lacks.add("number_confirmed", LackKind::Element, "is another number", citation);
                    }
                    _ => {}
                }
                phone = Some(number);
            }
        }
    }
    let mut email = None;
    if by_email {
        match capture.email.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::parse) {
            None => {
                lacks.add("email", LackKind::Element, "e-mail is named, and no address", "15 USC 7704(a)");
            }
            Some(Err(_)) => {
                lacks.add(
                    "email",
                    LackKind::Element,
                    "is not of the form local@domain.tld",
                    "15 USC 7704(a)",
                );
            }
            Some(Ok(address)) => email = Some(address),
        }
    }
    (phone, email)
}

/// What has to be kept so that the consent can be shown.
fn proof(capture: &Capture, written: bool, lacks: &mut Lacks) {
    if !written {
        return;
    }
    if capture.page_digest.is_none() {
        lacks.add("page_digest", LackKind::Proof, "the page as it was shown was not kept", BURDEN);
    }
    if capture.place == Place::Web {
        for (field, value) in [("ip", &capture.ip), ("user_agent", &capture.user_agent)] {
            if value.as_deref().is_none_or(|text| text.trim().is_empty()) {
                lacks.add(field, LackKind::Proof, "was not kept of a consent given on the web", BURDEN);
            }
        }
    }
    if capture.place == Place::Spoken && capture.act != Act::Spoken {
        lacks.add("place", LackKind::Proof, "what was only spoken is no writing", ESIGN);
    }
}

/// What is kept, in the words of [`Consent::proof`].
fn kept(capture: &Capture) -> Vec<String> {
    let mut kept = vec!["disclosure_text_version".to_owned(), "timestamp".to_owned()];
    for (there, word) in [
        (capture.page_digest.is_some(), "page_capture"),
        (capture.ip.is_some(), "ip"),
        (capture.user_agent.is_some(), "user_agent"),
    ] {
        if there {
            kept.push(word.to_owned());
        }
    }
    kept
}

/// What a capture says without having been examined: each field taken at its word.
#[cfg(test)]
pub(super) fn taken_at_its_word(capture: &Capture, desk: &Desk<'_>, given_at: DateTime<Utc>) -> Consent {
    let text =
        desk.texts.find(&capture.disclosure.id, &capture.disclosure.version, capture.disclosure.language);
    let mut disclosure: Vec<crate::Disclosure> =
        text.map(|text| text.elements.iter().filter_map(|e| e.disclosure()).collect()).unwrap_or_default();
    if capture.condition_of_purchase == Some(true) {
        disclosure.retain(|said| *said != crate::Disclosure::NotConditionOfPurchase);
    }
    let number = capture.number.as_deref().map(nanp);
    let same = capture.number_confirmed.as_deref().map(nanp).is_none_or(|again| Some(again) == number);
    let by_email = capture.channels == [Channel::Email];
    let email_fits = capture.email.as_deref().is_some_and(|text| text.parse::<EmailAddress>().is_ok());
    Consent {
        level: capture.level,
        channels: capture.channels.clone(),
        given_at,
        in_writing: Some(capture.act != Act::Spoken),
        signed: capture.act.signature(),
        phone_matches: Some(if by_email { email_fits } else { number.is_some_and(|n| n.is_ok()) && same }),
        disclosure,
        sellers: vec![
            capture
                .seller
                .as_deref()
                .map_or("", |s| if s == desk.seller.as_str() { "us" } else { s })
                .to_owned(),
        ],
        proof: Vec::new(),
        how: None,
    }
}
