//! What the person store has, against what the journal committed to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_vocab::ContactPoint;
use serde_json::Value;

use super::bundle::{Bundle, PointShown, PrivateFact};
use super::story::{ClearedTouch, Story};
use super::verdict::{BreakKind, Verdict};
use super::verify::Commitments;
use crate::ContentDigest;

/// The number, and every fact: committed to by an event, as it was then, and of nobody who was erased.
pub(super) fn check(bundle: &Bundle, story: &Story, key: Option<&dyn Commitments>, verdict: &mut Verdict) {
    let point = point(bundle, story, verdict);
    let committed = facts(bundle, story, verdict);
    words(story, point.as_ref(), &committed, verdict);
    missing(story, &committed, verdict);
    match key {
        Some(key) => under_the_key(bundle, story, (key, point.as_ref()), &committed, verdict),
        None => without_the_key(bundle, point.as_ref(), &committed, verdict),
    }
}

/// A fact of the contact that an event commits to.
struct Committed<'a> {
    version: u64,
    fact: &'a PrivateFact,
    what: What<'a>,
}

enum What<'a> {
    Reply(ContentDigest),
    Sent(&'a ClearedTouch),
    Capture(ContentDigest),
}

/// The number in clear, as a contact point: the one the person store has, of the kind that was linked.
fn point(bundle: &Bundle, story: &Story, verdict: &mut Verdict) -> Option<ContactPoint> {
    let own = format!("contact/{}", story.contact);
    let linked = story.links.last();
    let here = linked.map(|linked| linked.version);
    let stored: Vec<&PrivateFact> = bundle.private.iter().filter(|fact| is_point(fact, &own)).collect();
    let point = match &bundle.point {
        PointShown::NotOnFile => {
            if !stored.is_empty() {
                let what = "the number is said not to be on file, and it is in the file";
                verdict.add(BreakKind::NumberNotBound, Some(&own), here, what);
            }
            return None;
        }
        PointShown::InClear { medium, value } => {
            let parsed = match medium.as_str() {
                "phone" => value.parse().ok().map(ContactPoint::Phone),
                "email" => value.parse().ok().map(ContactPoint::Email),
                _ => None,
            };
            let same = matches!(stored.as_slice(), [one] if one.name == *medium && one.value == *value);
            if parsed.is_none() || !same || linked.is_some_and(|linked| linked.data.medium != *medium) {
                let what = "the number in clear is not the one of the person store, or none at all";
                verdict.add(BreakKind::NumberNotBound, Some(&own), here, what);
            }
            parsed
        }
    };
    let area_code = match &point {
        Some(ContactPoint::Phone(number)) => number.area_code().map(str::to_owned),
        _ => None,
    };
    for linked in &story.links {
        let known = linked.data.recipient.area_code.as_deref();
        if let (Some(known), Some(shown)) = (known, area_code.as_deref())
            && known != shown
        {
            let what = "the number in clear has another area code than the contact had when it was linked";
            verdict.add(BreakKind::NumberNotBound, Some(&own), Some(linked.version), what);
        }
    }
    point
}

fn is_point(fact: &PrivateFact, own: &str) -> bool {
    fact.subject == own && matches!(fact.name.as_str(), "phone" | "email")
}

/// Every fact once, committed to by an event, of nobody who was erased since.
fn facts<'a>(bundle: &'a Bundle, story: &'a Story, verdict: &mut Verdict) -> Vec<Committed<'a>> {
    let own = format!("contact/{}", story.contact);
    let allowed = story.streams();
    let (mut seen, mut committed) = (BTreeSet::new(), Vec::new());
    let erased = "the person was erased, and something of him is shown";
    for fact in &bundle.private {
        let stream = Some(fact.subject.as_str());
        if !seen.insert((&fact.subject, &fact.name)) {
            verdict.add(BreakKind::PrivateDiffers, stream, None, "a fact stands in the bundle twice");
        }
        if !allowed.contains(&fact.subject) {
            verdict.add(BreakKind::PrivateDiffers, stream, None, "is about somebody else");
        } else if is_point(fact, &own) {
            let person = story.links.last().map(|linked| linked.data.person.as_str());
            if !story.may_show(person, DateTime::<Utc>::MAX_UTC) {
                let here = story.links.last().map(|linked| linked.version);
                verdict.add(BreakKind::ErasedButShown, stream, here, erased);
            }
        } else if let (true, Some((found, person, at))) = (fact.subject == own, committing(story, fact)) {
            let here = Some(found.version);
            if !story.may_show(person, at) {
                verdict.add(BreakKind::ErasedButShown, stream, here, erased);
            }
            committed.push(found);
        } else if let Some(version) = uncommitted_capture(story, fact).filter(|_| fact.subject == own) {
            let what = "a number as entered, IP address or browser that the consent does not commit to";
            verdict.add(BreakKind::PrivateDiffers, stream, Some(version), what);
        } else if fact.name == "first_name" && fact.subject.starts_with("person/") {
            let person = fact.subject.strip_prefix("person/").unwrap_or_default();
            let back = |erased: DateTime<Utc>| {
                story.added.iter().any(|added| added.stream == fact.subject && added.told.at > erased)
            };
            if story.last_erased(person).is_some_and(|erased| !back(erased)) {
                let version =
                    story.erased.iter().rev().find(|(of, ..)| *of == fact.subject).map(|(_, v, _)| *v);
                verdict.add(BreakKind::ErasedButShown, stream, version, erased);
            } else {
                verdict.remark("a person's first name is in the file: no event commits to it");
            }
        } else {
            let what = "a fact of the person store that no event of the stream commits to";
            verdict.add(BreakKind::PrivateDiffers, stream, None, what);
        }
    }
    committed
}

/// The event that commits to a fact of the contact, the person it is of, and when.
fn committing<'a>(
    story: &'a Story,
    fact: &'a PrivateFact,
) -> Option<(Committed<'a>, Option<&'a str>, DateTime<Utc>)> {
    let name = fact.name.as_str();
    if let Some(key) = name.strip_prefix("reply/") {
        let reply = story.replies.iter().find(|reply| reply.data.key == key)?;
        let person = story.linked_before(reply.version).map(|linked| linked.person.as_str());
        let found = Committed { version: reply.version, fact, what: What::Reply(reply.data.digest) };
        return Some((found, person, reply.at));
    }
    if let Some(key) = name.strip_prefix("capture/") {
        let of = |(granted, _): &(&super::story::Told<super::story::GrantedData>, _)| granted.data.key == key;
        let (granted, by) = story.grants.iter().zip(&story.granted_by).find(of)?;
        let digest = granted.data.capture.as_ref()?.private_digest?;
        let found = Committed { version: granted.version, fact, what: What::Capture(digest) };
        return Some((found, by.as_deref(), granted.at));
    }
    let mut cleared = story.cleared.iter().rev();
    let cleared = cleared.find(|cleared| cleared.words_fact() == name)?;
    let found = Committed { version: cleared.version, fact, what: What::Sent(cleared) };
    Some((found, Some(cleared.data.person.as_str()), cleared.at))
}

/// The consent whose capture it claims to be of, where that consent commits to none.
fn uncommitted_capture(story: &Story, fact: &PrivateFact) -> Option<u64> {
    let key = fact.name.strip_prefix("capture/")?;
    story.grants.iter().find(|granted| granted.data.key == key).map(|granted| granted.version)
}

/// What can be said of the words without a key: they went to this number, and the consent was given for it.
fn words(story: &Story, point: Option<&ContactPoint>, committed: &[Committed<'_>], verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    for Committed { version, fact, what } in committed {
        match what {
            What::Reply(_) => {}
            What::Sent(_) => match Words::read(&fact.value) {
                None => {
                    let what = "the words of the message do not read";
                    verdict.add(BreakKind::PrivateDiffers, Some(&own), Some(*version), what);
                }
                Some(words) => {
                    if point.is_some_and(|point| point.expose() != words.to) {
                        let what = "the message went to another number than the one in clear";
                        verdict.add(BreakKind::NumberNotBound, Some(&own), Some(*version), what);
                    }
                }
            },
            What::Capture(_) => {
                if point.is_some_and(|point| !is_entered(point, &fact.value)) {
                    let what = "the number or address as entered is another than the one in clear";
                    verdict.add(BreakKind::NumberNotBound, Some(&own), Some(*version), what);
                }
            }
        }
    }
}

/// Whether the private part of a capture names this contact point, or none of its kind.
fn is_entered(point: &ContactPoint, private: &str) -> bool {
    let Ok(Value::Object(entered)) = serde_json::from_str::<Value>(private) else { return false };
    let given = |name: &str| entered.get(name).and_then(Value::as_str);
    let digits = |text: &str| -> Vec<char> {
        let mut last: Vec<char> = text.chars().filter(char::is_ascii_digit).rev().take(10).collect();
        last.reverse();
        last
    };
    match point {
        ContactPoint::Phone(number) => {
            given("number").is_none_or(|entered| digits(entered) == digits(number.expose()))
        }
        ContactPoint::Email(address) => given("email")
            .is_none_or(|entered| entered.trim().to_lowercase() == address.expose().to_lowercase()),
    }
}

/// Words and private parts that the journal commits to and the person store does not have, though nobody was erased.
fn missing(story: &Story, committed: &[Committed<'_>], verdict: &mut Verdict) {
    let there: BTreeSet<u64> = committed.iter().map(|found| found.version).collect();
    let replies = story.replies.iter().map(|reply| (reply.version, reply.at, "the words of the answer"));
    let sent =
        story.cleared.iter().filter(|cleared| story.is_last_of_its_touch(cleared) && cleared.went_out());
    let sent = sent.map(|cleared| (cleared.version, cleared.at, "the words of the message"));
    let captured = story.grants.iter().filter(|granted| {
        granted.data.capture.as_ref().is_some_and(|evidence| evidence.private_digest.is_some())
    });
    let captured = captured.map(|granted| (granted.version, granted.at, "the private part of the consent"));
    let all: BTreeMap<u64, (DateTime<Utc>, &str)> =
        replies.chain(sent).chain(captured).map(|(version, at, what)| (version, (at, what))).collect();
    for (version, (at, what)) in all {
        if !there.contains(&version) && !story.erased_since(at) {
            verdict.remark(format!(
                "{what} at version {version} is missing: the journal commits to it, and nobody behind the contact was \
                 erased since"
            ));
        }
    }
}

fn under_the_key(
    bundle: &Bundle,
    story: &Story,
    (key, point): (&dyn Commitments, Option<&ContactPoint>),
    committed: &[Committed<'_>],
    verdict: &mut Verdict,
) {
    let own = format!("contact/{}", story.contact);
    let here = story.links.last().map(|linked| linked.version);
    match point {
        Some(point) => {
            verdict.number_checked = true;
            if key.contact(&bundle.seller, point) != bundle.contact {
                let what = "under the key given, the number has another hash than this contact";
                verdict.add(BreakKind::NumberNotBound, Some(&own), here, what);
            }
        }
        None => verdict.remark(unbound(bundle)),
    }
    for Committed { version, fact, what } in committed {
        verdict.words_checked += 1;
        let (same, says) = match what {
            What::Reply(digest) => (
                key.content(&[&fact.value]) == *digest,
                "the customer's words are not those the journal committed to",
            ),
            What::Sent(cleared) => (
                Words::read(&fact.value)
                    .is_some_and(|words| key.content(&words.parts(cleared)) == cleared.data.digest),
                "the words of the message are not those that were cleared",
            ),
            What::Capture(digest) => (
                key.content(&[&fact.value]) == *digest,
                "number as entered, IP address or browser are not those the journal committed to",
            ),
        };
        if !same {
            verdict.add(BreakKind::PrivateDiffers, Some(&own), Some(*version), says);
        }
    }
}

fn without_the_key(
    bundle: &Bundle,
    point: Option<&ContactPoint>,
    committed: &[Committed<'_>],
    verdict: &mut Verdict,
) {
    verdict.words_unchecked = committed.len();
    match point {
        Some(_) => verdict.remark(
            "without the seller's key it was not checked that the number is the one the contact's hash stands for, nor \
             that the contact is one of this seller",
        ),
        None => verdict.remark(unbound(bundle)),
    }
    let of = |wanted: fn(&What<'_>) -> bool| committed.iter().filter(|found| wanted(&found.what)).count();
    if !committed.is_empty() {
        verdict.remark(format!(
            "without the seller's key nothing that is shown from the person store was held against the journal (answers of the \
             customer: {}, words of messages: {}, numbers as entered with IP address and browser: {}); whoever made the bundle \
             can have put others there",
            of(|what| matches!(what, What::Reply(_))),
            of(|what| matches!(what, What::Sent(_))),
            of(|what| matches!(what, What::Capture(_))),
        ));
    }
}

/// Where there is no number, nothing ties the contact's hash to the seller.
fn unbound(bundle: &Bundle) -> String {
    format!(
        "the number is not on file: nothing shows that this contact is one of {}, and not of another seller",
        bundle.seller
    )
}

/// A message as the person store keeps it.
#[derive(serde::Deserialize)]
struct Words {
    to: String,
    subject: String,
    body: String,
    media: Vec<String>,
    /// The HTML part of an e-mail, and headers it had to carry.
    #[serde(default)]
    html: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    /// How many pictures there are, as the digest has it.
    #[serde(skip)]
    pictures: String,
}

impl Words {
    fn read(text: &str) -> Option<Self> {
        let words: Self = serde_json::from_str(text).ok()?;
        let pictures = words.media.len().to_string();
        Some(Self { pictures, ..words })
    }

    /// The parts in the order a message's digest goes over them.
    fn parts<'a>(&'a self, cleared: &'a ClearedTouch) -> Vec<&'a str> {
        let data = &cleared.data;
        let mut parts =
            vec![data.channel.as_str(), data.purpose.as_str(), &self.to, &self.subject, &self.body];
        let media = self.media.iter().map(String::as_str);
        if self.html.is_empty() && self.headers.is_empty() {
            parts.extend(media);
            return parts;
        }
        parts.insert(0, "message/2");
        parts.push(&self.pictures);
        parts.extend(media);
        parts.push(&self.html);
        parts.extend(self.headers.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]));
        parts
    }
}
