use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use fixedops_vocab::chain::{EventHash, event_hash};
use fixedops_vocab::{ContactHash, ContactPoint, Purpose, SellerId};

use super::account::{Account, forbids, reaches};
use super::bundle::{Bundle, FORMAT, NOTICE, PointShown, StreamRecord, local};
use super::retake::{Retaken, confirmed_before, retake};
use super::retention::Retention;
use super::story::{ClearedTouch, Odd, OddKind, Settled, SettledKind, Story};
use crate::capture::{Disclosures, digest_of};
use crate::{ContentDigest, Disclosure, Effect, RuleBook};

/// How long a clearance lives.
const CLEARANCE_LIFE: TimeDelta = TimeDelta::seconds(5);

/// Recomputes keyed commitments for a verifier who was given the seller's key.
pub trait Commitments {
    /// The keyed hash of a contact point as a contact of `seller`.
    fn contact(&self, seller: &SellerId, point: &ContactPoint) -> ContactHash;
    /// The keyed digest of the parts of a content.
    fn content(&self, parts: &[&str]) -> ContentDigest;
}

/// A link that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// Which kind of link.
    pub kind: BreakKind,
    /// The stream; ids of persons and households are left out.
    pub stream: Option<String>,
    /// The version in it.
    pub version: Option<u64>,
    /// What is wrong, in plain words, without customer data.
    pub what: String,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.kind)?;
        if let Some(stream) = &self.stream {
            write!(f, "{stream}")?;
            if let Some(version) = self.version {
                write!(f, " version {version}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.what)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// What kind of link is broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum BreakKind { $($(#[$doc])* $variant),+ }

        impl BreakKind {
            /// Every kind, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name on the command line and in the page.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

kinds! {
    /// The digest of the bundle is not that of its content: something was changed after it was made.
    BundleDigest = "bundle_digest",
    /// Format or notice are not those of a bundle.
    Form = "form",
    /// The hash of an event does not follow from the one before it.
    ChainMismatch = "chain_mismatch",
    /// A version is missing.
    VersionGap = "version_gap",
    /// A version stands twice, or out of order.
    VersionTwice = "version_twice",
    /// The stream ends before, or elsewhere than, its stated head.
    Truncated = "truncated",
    /// A stream that events name is not in the bundle.
    StreamAbsent = "stream_absent",
    /// A stream is in the bundle twice, or is none of this contact's.
    StreamForeign = "stream_foreign",
    /// An event was recorded before the one it follows.
    TimeBackwards = "time_backwards",
    /// The data of an event do not read.
    EventUnreadable = "event_unreadable",
    /// An event of this contact's stream names another contact.
    OtherContact = "other_contact",
    /// The number in clear is not the one the contact's hash stands for.
    NumberNotBound = "number_not_bound",
    /// What the person store has is not what the journal committed to.
    PrivateDiffers = "private_differs",
    /// Personal data are shown of a person who was erased.
    ErasedButShown = "erased_but_shown",
    /// The words of a disclosure are not those of its digest, its version, or its elements.
    DisclosureText = "disclosure_text",
    /// A grant says two things about itself.
    GrantContradicts = "grant_contradicts",
    /// A message claims a consent that is not in the stream.
    GrantAbsent = "grant_absent",
    /// A message claims a consent that was given or recorded after it.
    ConsentLater = "consent_later_than_send",
    /// A message went out without a clearance.
    SendWithoutClearance = "send_without_clearance",
    /// A message went out twice.
    SentTwice = "sent_twice",
    /// What went out is not what was cleared.
    SendDiffers = "send_differs_from_clearance",
    /// A message went out more than five seconds after its clearance.
    ClearanceExpired = "clearance_expired",
    /// A message was cleared after a revocation that forbids it.
    SendAfterRevocation = "send_after_revocation",
    /// A revocation landed between clearance and send, and the send does not say so; or it says so and none did.
    CrossedRevocation = "crossed_revocation_wrong",
    /// A second confirmation of an opt-out.
    SecondConfirmation = "second_confirmation",
    /// It was cleared at a version that is not there.
    ReadVersionAbsent = "read_version_absent",
    /// It was cleared at versions that the streams contradict: something stood in between.
    ReadVersionContradicts = "read_version_contradicts",
    /// A clearance is not counted with the person or the household, or a count has no clearance.
    NotCounted = "clearance_not_counted",
    /// The decision says no, and it was cleared.
    DeniedButCleared = "denied_but_cleared",
    /// The decision says no, and it was sent.
    DeniedButSent = "denied_but_sent",
    /// The decision, taken again from the streams, says no.
    RetakenDenies = "retaken_denies",
    /// A report about a message that nobody cleared.
    ReportOfNothing = "report_of_nothing",
    /// The account is not the one that the streams give.
    AccountDiffers = "account_differs",
    /// A local time or a zone is not what the instant gives.
    PlaceWrong = "place_wrong",
    /// The retention table is not what the streams give.
    RetentionDiffers = "retention_differs",
}

impl fmt::Display for BreakKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a verification came to.
#[must_use]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Every broken link, in the order they are looked for.
    pub breaks: Vec<Break>,
    /// What could not be checked, or is worth knowing, in plain words.
    pub remarks: Vec<String>,
    /// Events whose hash was computed.
    pub events: usize,
    /// Clearances judged.
    pub clearances: usize,
    /// Decisions taken again.
    pub retaken: usize,
    /// Whether the number was recomputed under the key.
    pub number_checked: bool,
}

impl Verdict {
    /// Whether every link holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.breaks.is_empty()
    }

    fn add(&mut self, kind: BreakKind, stream: Option<&str>, version: Option<u64>, what: impl Into<String>) {
        self.breaks.push(Break { kind, stream: stream.map(shown), version, what: what.into() });
    }
}

/// Ids of persons and households are their systems' own: they do not go into messages.
fn shown(stream: &str) -> String {
    match stream.split_once('/') {
        Some((kind @ ("person" | "household" | "dms"), _)) => format!("{kind}/***"),
        _ => stream.chars().take(90).collect(),
    }
}

/// Checks a bundle: every link, every one that is broken named.
///
/// `book` is the rule book under which decisions are taken again (those of another version are not). `key` recomputes
/// the keyed commitments, where the verifier was given the key. Nothing is asked of anyone: no network, no clock.
pub fn verify(bundle: &Bundle, book: &RuleBook, key: Option<&dyn Commitments>) -> Verdict {
    let mut verdict = Verdict::default();
    if bundle.computed_digest() != Ok(bundle.digest) {
        verdict.add(BreakKind::BundleDigest, None, None, "the bundle was changed after it was made");
    }
    if bundle.format != FORMAT || bundle.notice != NOTICE {
        verdict.add(BreakKind::Form, None, None, "format or notice are not those of a bundle");
    }
    for stream in &bundle.streams {
        follow(stream, &mut verdict);
    }
    let story = Story::read(bundle.contact, &bundle.streams);
    streams(bundle, &story, &mut verdict);
    odd(&story, &mut verdict);
    grants(&story, &mut verdict);
    for cleared in &story.cleared {
        clearance(bundle, &story, cleared, book, &mut verdict);
    }
    counted(&story, &mut verdict);
    private(bundle, &story, key, &mut verdict);
    drawn_up(bundle, &story, &mut verdict);
    verdict.clearances = story.cleared.len();
    verdict
}

/// The chain of one stream.
fn follow(record: &StreamRecord, verdict: &mut Verdict) {
    let name = Some(record.stream.as_str());
    let (mut version, mut hash, mut at) = (0_u64, EventHash::ZERO, DateTime::<Utc>::MIN_UTC);
    for event in &record.events {
        let here = Some(event.version);
        let expected = version.saturating_add(1);
        if event.version > expected {
            verdict.add(
                BreakKind::VersionGap,
                name,
                here,
                format!("version {expected} is missing before it"),
            );
        } else if event.version < expected {
            verdict.add(BreakKind::VersionTwice, name, here, format!("comes after version {version}"));
        }
        let computed =
            event_hash(hash, &record.stream, event.version, event.at, &event.event_type, &event.data);
        if computed.ok() != Some(event.hash) {
            verdict.add(
                BreakKind::ChainMismatch,
                name,
                here,
                format!(
                    "its hash does not follow: {} or what stands before it was changed",
                    event_word(&event.event_type)
                ),
            );
        }
        if event.at < at {
            verdict.add(BreakKind::TimeBackwards, name, here, "was recorded before the event it follows");
        }
        (version, hash, at) = (event.version, event.hash, event.at);
        verdict.events += 1;
    }
    if (version, hash) != (record.head_version, record.head_hash) {
        let what = format!(
            "the stream ends at version {version}, its head is stated as version {} ({})",
            record.head_version, record.head_hash
        );
        verdict.add(BreakKind::Truncated, name, None, what);
    }
}

fn event_word(event_type: &str) -> String {
    let known = event_type.len() <= 64 && event_type.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if known { format!("this {event_type}") } else { "this event".to_owned() }
}

/// Every stream that is named is there, once, and no other.
fn streams(bundle: &Bundle, story: &Story, verdict: &mut Verdict) {
    let named = story.streams();
    let mut seen = BTreeSet::new();
    for record in &bundle.streams {
        let name = record.stream.as_str();
        if !seen.insert(name) {
            verdict.add(BreakKind::StreamForeign, Some(name), None, "is in the bundle twice");
        } else if !named.contains(name) {
            verdict.add(BreakKind::StreamForeign, Some(name), None, "no event of this contact names it");
        }
    }
    for name in named.iter().filter(|name| !seen.contains(name.as_str())) {
        // A household or person who was never written to has no stream of his own yet.
        let empty = !name.starts_with("contact/") && !must_exist(story, name);
        if !empty {
            verdict.add(
                BreakKind::StreamAbsent,
                Some(name),
                None,
                "is named by this contact's events and not in the bundle",
            );
        }
    }
    if !bundle.streams.iter().any(|record| record.stream == format!("contact/{}", bundle.contact)) {
        verdict.add(
            BreakKind::OtherContact,
            None,
            None,
            "the bundle's contact hash is not that of the stream it holds",
        );
    }
}

fn must_exist(story: &Story, name: &str) -> bool {
    let linked = story.links.iter().any(|linked| name == format!("person/{}", linked.data.person));
    let read = story.cleared.iter().any(|cleared| {
        name == format!("person/{}", cleared.data.person)
            || name == format!("household/{}", cleared.data.household)
    });
    linked || read
}

fn odd(story: &Story, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    for Odd { version, event_type, what } in &story.odd {
        let (kind, says) = match what {
            OddKind::Unreadable => (BreakKind::EventUnreadable, "its data do not read"),
            OddKind::OtherContact => (BreakKind::OtherContact, "names another contact"),
            OddKind::NotCleared => (BreakKind::SendWithoutClearance, "no open clearance stands before it"),
            OddKind::SentTwice => (BreakKind::SentTwice, "this touch went out before"),
            OddKind::ReportOfNothing => {
                (BreakKind::ReportOfNothing, "reports on a touch that nobody cleared")
            }
        };
        verdict.add(kind, Some(&own), Some(*version), format!("{}: {says}", event_word(event_type)));
    }
}

/// Every grant in itself.
fn grants(story: &Story, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let texts = Disclosures::shipped();
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
            verdict.remarks.push(format!(
                "the consent at version {} was recorded without the words that were shown: its elements are the store's word",
                granted.version
            ));
            continue;
        };
        if digest_of(&evidence.text) != evidence.text_digest {
            let what = "the words that were shown are not those of their digest";
            verdict.add(BreakKind::DisclosureText, Some(&own), here, what);
        }
        match texts.find(&evidence.disclosure, &evidence.version, evidence.language) {
            None => verdict.remarks.push(format!(
                "the text shown at version {} is not among those this program ships: its digest was checked, its elements were not",
                granted.version
            )),
            Some(text) => {
                if !text.has_words(&evidence.text) {
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
    }
}

/// One clearance: its decision, its versions, the revocations before it, the consent it claims, what became of it.
fn clearance(bundle: &Bundle, story: &Story, cleared: &ClearedTouch, book: &RuleBook, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let (own, here) = (Some(own.as_str()), Some(cleared.version));
    let data = &cleared.data;
    let sent = cleared.settled.as_ref().filter(|settled| settled.kind == SettledKind::Sent);

    let against = |effect: Effect| matches!(effect, Effect::Blocks | Effect::Defers);
    let refusing: Vec<&str> = data
        .decision
        .rules
        .iter()
        .filter(|found| against(found.finding))
        .map(|found| found.rule.as_str())
        .collect();
    if data.decision.outcome != "allow" || !refusing.is_empty() {
        let what = format!("the decision is {:?}, against it: {}", data.decision.outcome, listed(&refusing));
        match sent {
            Some(sent) => verdict.add(BreakKind::DeniedButSent, own, Some(sent.version), what),
            None => verdict.add(BreakKind::DeniedButCleared, own, here, what),
        }
    }
    read_versions(bundle, story, cleared, verdict);
    revocations(story, cleared, sent, verdict);
    claimed_consent(story, cleared, verdict);
    if data.purpose == Purpose::RevocationConfirmation && confirmed_before(story, cleared) {
        verdict.add(BreakKind::SecondConfirmation, own, here, "this opt-out was confirmed already");
    }
    match retake(story, cleared, book) {
        Retaken::Allows => verdict.retaken += 1,
        Retaken::Refuses(rules) => {
            verdict.retaken += 1;
            let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
            let what = format!("taken again from the streams, the decision is no: {}", listed(&rules));
            verdict.add(BreakKind::RetakenDenies, own, here, what);
        }
        Retaken::OtherBook => verdict.remarks.push(format!(
            "the decision at version {} was taken under rule book {}, which is not the one at hand: it was not taken again",
            cleared.version, data.decision.rule_book
        )),
    }
    if let Some(settled) = &cleared.settled {
        outcome(cleared, settled, own, verdict);
    }
}

fn listed(rules: &[&str]) -> String {
    if rules.is_empty() { "no rule".to_owned() } else { rules.join(", ") }
}

/// What went out is what was cleared, in its five seconds.
fn outcome(cleared: &ClearedTouch, settled: &Settled, own: Option<&str>, verdict: &mut Verdict) {
    let (data, said) = (&cleared.data, &settled.data);
    let same = (&data.contact, data.channel, data.purpose, &data.program, &data.subject, &data.crossing)
        == (&said.contact, said.channel, said.purpose, &said.program, &said.subject, &said.crossing);
    if !same {
        let what = format!("is not the message that was cleared at version {}", cleared.version);
        verdict.add(BreakKind::SendDiffers, own, Some(settled.version), what);
    }
    if settled.kind != SettledKind::Sent || settled.at - cleared.at < CLEARANCE_LIFE {
        return;
    }
    let late = settled.at - cleared.at;
    if said.learned.is_some() {
        verdict.remarks.push(format!(
            "the send at version {} was learned of {} s after its clearance, by asking the transport or from its report: \
             the message itself was handed over within five seconds, or the transport would have refused it",
            settled.version,
            late.num_seconds()
        ));
    } else {
        let what = format!(
            "went out {} ms after its clearance at version {}; a clearance lives five seconds",
            late.num_milliseconds(),
            cleared.version
        );
        verdict.add(BreakKind::ClearanceExpired, own, Some(settled.version), what);
    }
}

/// The clearance stands at exactly the versions it read.
fn read_versions(bundle: &Bundle, story: &Story, cleared: &ClearedTouch, verdict: &mut Verdict) {
    let data = &cleared.data;
    let contact = format!("contact/{}", story.contact);
    let here = Some(cleared.version);
    if data.read.contact >= cleared.version {
        let what =
            format!("was cleared at version {} of its own stream, which came later", data.read.contact);
        verdict.add(BreakKind::ReadVersionAbsent, Some(&contact), here, what);
    } else {
        // Decided anew "as if that clearance were not there": only clearances of the same touch may stand between.
        let between = bundle.streams.iter().filter(|record| record.stream == contact).flat_map(|r| &r.events);
        let other = between
            .filter(|event| event.version > data.read.contact && event.version < cleared.version)
            .find(|event| {
                let of = |name: &str| event.data.get(name).and_then(serde_json::Value::as_str);
                event.event_type != "touch_cleared"
                    || of("case") != Some(&data.case)
                    || of("touch") != Some(&data.touch)
            });
        if let Some(other) = other {
            let what = format!(
                "was decided at version {} of this stream, and version {} stands in between",
                data.read.contact, other.version
            );
            verdict.add(BreakKind::ReadVersionContradicts, Some(&contact), here, what);
        }
    }
    let others = [
        (format!("person/{}", data.person), data.read.person),
        (format!("household/{}", data.household), data.read.household),
    ];
    for (name, read) in others {
        let events = bundle.streams.iter().find(|record| record.stream == name).map(|record| &record.events);
        let at = |version: u64| events.into_iter().flatten().find(|event| event.version == version);
        if read > 0 && at(read).is_none() {
            let what = format!("was cleared at version {read} of {}, which is not there", shown(&name));
            verdict.add(BreakKind::ReadVersionAbsent, Some(&contact), here, what);
            continue;
        }
        if at(read).is_some_and(|event| event.at > cleared.at) {
            let what = format!("was cleared at version {read} of {}, which was recorded later", shown(&name));
            verdict.add(BreakKind::ReadVersionContradicts, Some(&contact), here, what);
        }
        if at(read.saturating_add(1)).is_some_and(|event| event.at < cleared.at)
            && !re_cleared(story, cleared)
        {
            let what = format!(
                "was cleared at version {read} of {}, and a later one stood there by then",
                shown(&name)
            );
            verdict.add(BreakKind::ReadVersionContradicts, Some(&contact), here, what);
        }
    }
}

/// Whether the same touch was cleared before and never seen by the transport: then it was decided at the old versions.
fn re_cleared(story: &Story, cleared: &ClearedTouch) -> bool {
    story.cleared.iter().any(|earlier| {
        earlier.version < cleared.version
            && earlier.data.case == cleared.data.case
            && earlier.data.touch == cleared.data.touch
            && !earlier.went_out()
    })
}

/// No revocation that forbids it stood before the clearance; one that landed after it is owned up to.
fn revocations(story: &Story, cleared: &ClearedTouch, sent: Option<&Settled>, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let data = &cleared.data;
    for revoked in story.revocations.iter().filter(|revoked| revoked.version < cleared.version) {
        let lifted = story.grants_of(&data.person, cleared.version).any(|granted| {
            granted.version > revoked.version
                && granted.data.occurred_at > revoked.data.occurred_at
                && granted.data.scope.contains(&data.channel)
        });
        if !lifted && forbids(&revoked.data, data) {
            let what = format!(
                "{} by {} was cleared after the revocation of {} at version {}",
                data.purpose, data.channel, revoked.data.scope, revoked.version
            );
            let at = sent.map_or(cleared.version, |sent| sent.version);
            verdict.add(BreakKind::SendAfterRevocation, Some(&own), Some(at), what);
        }
    }
    let Some(sent) = sent else { return };
    let crossed = story.revocations.iter().any(|revoked| {
        revoked.version > cleared.version && revoked.version < sent.version && reaches(&revoked.data, data)
    });
    if sent.data.crossed_revocation != Some(crossed) {
        let what = if crossed {
            "a revocation landed between clearance and send, and the send does not say so"
        } else {
            "says that a revocation crossed it, and none stands between clearance and send"
        };
        verdict.add(BreakKind::CrossedRevocation, Some(&own), Some(sent.version), what);
    }
}

/// The consent that the decision found is there, and is not later than the message.
fn claimed_consent(story: &Story, cleared: &ClearedTouch, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let data = &cleared.data;
    let claims = |rule: &str| {
        let found = data.decision.rules.iter().find(|found| found.rule == rule);
        // A landline that is told something needs none; the finding says so.
        found.is_some_and(|found| found.finding == Effect::Permits && found.detail.is_none())
    };
    let written = claims("FED-TCPA-PEWC");
    if !written && !claims("FED-TCPA-PEC") {
        return;
    }
    if !story.rests_on(cleared).is_empty() {
        return;
    }
    let later = story.grants.iter().any(|granted| {
        let named = granted.data.consent.channels.contains(&data.channel);
        named && (granted.version > cleared.version || granted.data.consent.given_at > cleared.at)
    });
    let (kind, what) = if later {
        (
            BreakKind::ConsentLater,
            "the only consent for this channel was given or recorded after the message was cleared",
        )
    } else {
        (BreakKind::GrantAbsent, "the decision found a consent that is not in the stream")
    };
    verdict.add(kind, Some(&own), Some(cleared.version), what);
}

/// Every clearance is counted with its person and household, and every count of this contact has a clearance.
fn counted(story: &Story, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let mut touches: BTreeMap<(&str, &str), &ClearedTouch> = BTreeMap::new();
    for cleared in &story.cleared {
        touches.entry((&cleared.data.case, &cleared.data.touch)).or_insert(cleared);
    }
    for ((case, touch), cleared) in &touches {
        for stream in
            [format!("person/{}", cleared.data.person), format!("household/{}", cleared.data.household)]
        {
            let used = story.budgets.get(&stream).into_iter().flatten();
            if !used.into_iter().any(|used| used.data.case == *case && used.data.touch == *touch) {
                let what = format!("is not counted in {}", shown(&stream));
                verdict.add(BreakKind::NotCounted, Some(&own), Some(cleared.version), what);
            }
        }
    }
    for (stream, budgets) in &story.budgets {
        for used in budgets.iter().filter(|used| used.data.contact == story.contact) {
            if !touches.contains_key(&(used.data.case.as_str(), used.data.touch.as_str())) {
                let what = "counts a message to this contact that was never cleared";
                verdict.add(BreakKind::NotCounted, Some(stream), Some(used.version), what);
            }
        }
    }
}

/// What the person store has, against what the journal committed to.
fn private(bundle: &Bundle, story: &Story, key: Option<&dyn Commitments>, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let linked = story.links.last().map(|linked| &linked.data);
    let erased = linked.is_some_and(|linked| {
        let last_link = story.links.last().map(|linked| linked.at);
        let person = format!("person/{}", linked.person);
        story.erased.iter().any(|(stream, _, at)| *stream == person && Some(*at) >= last_link)
    });
    if erased
        && (bundle.point != PointShown::NotOnFile || bundle.private.iter().any(|fact| fact.subject == own))
    {
        verdict.add(
            BreakKind::ErasedButShown,
            Some(&own),
            None,
            "the person was erased, and something of him is shown",
        );
    }
    let allowed = story.streams();
    for fact in bundle.private.iter().filter(|fact| !allowed.contains(&fact.subject)) {
        verdict.add(BreakKind::PrivateDiffers, Some(&fact.subject), None, "is about somebody else");
    }
    let stored = |name: &str| bundle.private.iter().find(|fact| fact.subject == own && fact.name == name);
    let point = match &bundle.point {
        PointShown::NotOnFile => None,
        PointShown::InClear { medium, value } => {
            let parsed = match medium.as_str() {
                "phone" => value.parse().ok().map(ContactPoint::Phone),
                "email" => value.parse().ok().map(ContactPoint::Email),
                _ => None,
            };
            let same = stored(medium).is_some_and(|fact| fact.value == *value);
            if parsed.is_none() || !same || linked.is_some_and(|linked| linked.medium != *medium) {
                let what = "the number in clear is not the one of the person store, or none at all";
                verdict.add(BreakKind::NumberNotBound, None, None, what);
            }
            parsed
        }
    };
    let Some(key) = key else {
        if point.is_some() {
            verdict.remarks.push(
                "without the seller's key it was not checked that the number is the one the contact's hash stands for"
                    .to_owned(),
            );
        }
        return;
    };
    if let Some(point) = point {
        verdict.number_checked = true;
        if key.contact(&bundle.seller, &point) != bundle.contact {
            let what = "under the key given, the number has another hash than this contact";
            verdict.add(BreakKind::NumberNotBound, None, None, what);
        }
    }
    for reply in &story.replies {
        if let Some(fact) = stored(&format!("reply/{}", reply.data.key))
            && key.content(&[&fact.value]) != reply.data.digest
        {
            let what = "the customer's words are not those the journal committed to";
            verdict.add(BreakKind::PrivateDiffers, Some(&own), Some(reply.version), what);
        }
    }
    for cleared in story.cleared.iter().filter(|cleared| story.is_last_of_its_touch(cleared)) {
        let same = stored(&cleared.words_fact()).is_none_or(|fact| {
            parts(cleared, &fact.value).is_some_and(|parts| {
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                key.content(&parts) == cleared.data.digest
            })
        });
        if !same {
            let what = "the words of the message are not those that were cleared";
            verdict.add(BreakKind::PrivateDiffers, Some(&own), Some(cleared.version), what);
        }
    }
    for granted in &story.grants {
        let committed = granted.data.capture.as_ref().and_then(|evidence| evidence.private_digest);
        if let (Some(fact), Some(digest)) = (stored(&format!("capture/{}", granted.data.key)), committed)
            && key.content(&[&fact.value]) != digest
        {
            let what = "number as entered, IP address or browser are not those the journal committed to";
            verdict.add(BreakKind::PrivateDiffers, Some(&own), Some(granted.version), what);
        }
    }
}

/// The parts of a message in the order its digest goes over them.
fn parts(cleared: &ClearedTouch, words: &str) -> Option<Vec<String>> {
    #[derive(serde::Deserialize)]
    struct Words {
        to: String,
        subject: String,
        body: String,
        media: Vec<String>,
        #[serde(default)]
        html: String,
        #[serde(default)]
        headers: Vec<(String, String)>,
    }
    let Words { to, subject, body, media, html, headers } = serde_json::from_str(words).ok()?;
    let data = &cleared.data;
    let mut parts =
        vec![data.channel.as_str().to_owned(), data.purpose.as_str().to_owned(), to, subject, body];
    if html.is_empty() && headers.is_empty() {
        parts.extend(media);
        return Some(parts);
    }
    parts.insert(0, "message/2".to_owned());
    parts.push(media.len().to_string());
    parts.extend(media);
    parts.push(html);
    parts.extend(headers.into_iter().flat_map(|(name, value)| [name, value]));
    Some(parts)
}

/// The tables, drawn up again.
fn drawn_up(bundle: &Bundle, story: &Story, verdict: &mut Verdict) {
    let again = Account::of(story, &bundle.private);
    let account = &bundle.account;
    for (part, same) in [
        ("whose contact it was", account.links == again.links),
        ("the consents", account.grants == again.grants),
        ("the revocations", account.revocations == again.revocations),
        ("the replies", account.replies == again.replies),
        ("the sends", account.sends == again.sends),
        ("the erasures", account.erasures == again.erasures),
        ("the rule books", account.rule_books == again.rule_books),
    ] {
        if !same {
            verdict.add(
                BreakKind::AccountDiffers,
                None,
                None,
                format!("{part}: the account is not what the streams say"),
            );
        }
    }
    let versions: Vec<u64> = bundle.places.iter().map(|place| place.cleared_version).collect();
    let cleared: Vec<u64> = story.cleared.iter().map(|cleared| cleared.version).collect();
    if versions != cleared {
        verdict.add(BreakKind::PlaceWrong, None, None, "the places are not those of the clearances");
    }
    for (place, cleared) in bundle.places.iter().zip(&story.cleared) {
        let right = place
            .local
            .iter()
            .all(|stated| stated.zone.parse::<Tz>().is_ok_and(|zone| local(zone, cleared.at) == *stated));
        let recipient =
            story.linked_before(cleared.version).map(|linked| linked.recipient.clone()).unwrap_or_default();
        let evidence = place.area_code == recipient.area_code
            && place.states == recipient.states
            && place.zones_given == recipient.candidate_zones;
        if !right || !evidence {
            let own = format!("contact/{}", story.contact);
            let what =
                "the local time or the evidence of the place is not what the streams and the instant give";
            verdict.add(BreakKind::PlaceWrong, Some(&own), Some(cleared.version), what);
        }
    }
    let retention = Retention::shipped();
    if bundle.retention_version == retention.version() {
        if bundle.retention != retention.of(story) {
            verdict.add(
                BreakKind::RetentionDiffers,
                None,
                None,
                "the retention table is not what the streams give",
            );
        }
    } else {
        verdict.remarks.push(
            "the retention table is of another version than the one at hand: it was not computed again"
                .to_owned(),
        );
    }
}
