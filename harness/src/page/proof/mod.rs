//! A proof bundle as a page to print: for a lawyer, in plain words.

mod words;

use chrono::{DateTime, Utc};
use fixedops_consent::Effect;
use fixedops_consent::proof::{Bundle, GrantEntry, PointShown, SendEntry, SendOutcome, Verdict};
use fixedops_vocab::{ConsentLevel, SellerId};
use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;

use super::PageError;

/// The page of one bundle.
pub fn proof(bundle: &Bundle, verdict: &Verdict) -> Result<String, PageError> {
    let view = View::of(bundle, verdict);
    render("proof.html", include_str!("proof.html"), context! { page => Serde(&view) })
}

/// The page of a store: every contact's verdict.
pub fn proof_of_store(
    name: &str,
    rows: &[Contact],
    journal_holds: bool,
    not_retaken: usize,
) -> Result<String, PageError> {
    let broken: usize = rows.iter().filter(|row| !row.breaks.is_empty()).count();
    let view = context! { name, rows => Serde(&rows.to_vec()), journal_holds, broken, not_retaken };
    render("proof_store.html", include_str!("proof_store.html"), view)
}

fn render(name: &'static str, template: &'static str, view: minijinja::Value) -> Result<String, PageError> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    // Names that end in .html are escaped: everything a customer wrote is text here.
    templates.add_template(name, template)?;
    templates.add_template("proof.css", include_str!("proof.css"))?;
    Ok(templates.get_template(name)?.render(view)?)
}

/// A contact of a store, and its verdict.
#[derive(Clone, Debug, Serialize)]
pub struct Contact {
    seller: String,
    contact: String,
    events: usize,
    consents: usize,
    sent: usize,
    opted_out: bool,
    breaks: Vec<String>,
}

impl Contact {
    /// The row of a contact.
    pub fn new(seller: &SellerId, bundle: &Bundle, verdict: &Verdict) -> Self {
        let sent = bundle.account.sends.iter().filter(|send| send.outcome == SendOutcome::Sent);
        Self {
            seller: seller.as_str().to_owned(),
            contact: bundle.contact.to_string(),
            events: verdict.events,
            consents: bundle.account.grants.len(),
            sent: sent.count(),
            opted_out: bundle.account.revocations.iter().any(|revoked| revoked.later_grants.is_empty()),
            breaks: verdict.breaks.iter().map(ToString::to_string).collect(),
        }
    }
}

#[derive(Serialize)]
struct View {
    title: String,
    notice: String,
    whom: String,
    erased: bool,
    /// `good`, `partly` or `bad`.
    verdict: &'static str,
    headline: String,
    breaks: Vec<Broken>,
    remarks: Vec<String>,
    checked: String,
    facts: Vec<(String, String)>,
    timeline: Vec<Line>,
    grants: Vec<Grant>,
    revocations: Vec<Revocation>,
    replies: Vec<Vec<String>>,
    sends: Vec<Send>,
    retention: Vec<Vec<String>>,
    streams: Vec<Vec<String>>,
    digest: String,
}

#[derive(Serialize)]
struct Broken {
    kind: String,
    place: String,
    what: String,
}

/// One line of the story in short.
#[derive(Serialize)]
struct Line {
    at: String,
    what: String,
    event: u64,
    sort: DateTime<Utc>,
}

#[derive(Serialize)]
struct Grant {
    event: u64,
    title: String,
    rows: Vec<(String, String)>,
    text: Option<String>,
    lacks: Vec<String>,
}

#[derive(Serialize)]
struct Revocation {
    event: u64,
    rows: Vec<(String, String)>,
    words: Option<String>,
}

#[derive(Serialize)]
struct Send {
    number: usize,
    event: u64,
    title: String,
    subject: Option<String>,
    words: Option<String>,
    rows: Vec<(String, String)>,
    findings: Vec<Vec<String>>,
}

/// An instant, as a lawyer writes it, to the second.
fn instant(at: DateTime<Utc>) -> String {
    at.format("%B %-d, %Y, %H:%M:%S UTC").to_string()
}

fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

impl View {
    fn of(bundle: &Bundle, verdict: &Verdict) -> Self {
        let account = &bundle.account;
        let (whom, erased) = match &bundle.point {
            PointShown::InClear { value, .. } => (value.clone(), false),
            PointShown::NotOnFile => ("a contact whose number is no longer on file".to_owned(), true),
        };
        let sent: Vec<&SendEntry> =
            account.sends.iter().filter(|send| send.outcome == SendOutcome::Sent).collect();
        let standing = account.revocations.iter().filter(|revoked| revoked.later_grants.is_empty()).count();
        let mut facts = vec![
            pair("Seller", bundle.seller.as_str()),
            pair("Contact, as the journal names it", bundle.contact.to_string()),
            pair(
                "Consents",
                format!(
                    "{}, {} of them written",
                    account.grants.len(),
                    account.grants.iter().filter(|g| g.level == ConsentLevel::Pewc).count()
                ),
            ),
            pair(
                "Opt-outs",
                format!("{}, {standing} of them with no later consent", account.revocations.len()),
            ),
            pair("Messages sent", sent.len().to_string()),
            pair("Made", instant(bundle.made_at)),
        ];
        if let Some(link) = account.links.last() {
            facts.insert(2, pair("Person, by the dealer's id", link.person.clone()));
        }
        Self {
            title: format!("Consent and message record: {whom}"),
            notice: bundle.notice.clone(),
            erased,
            verdict: match (verdict.holds(), verdict.is_full()) {
                (true, true) => "good",
                (true, false) => "partly",
                (false, _) => "bad",
            },
            headline: headline(verdict),
            breaks: verdict.breaks.iter().map(broken).collect(),
            remarks: verdict.remarks.clone(),
            checked: format!(
                "{} events of {} streams were followed hash by hash; {} clearances were judged against the consents and \
                 opt-outs before them; {} of their decisions were taken again; {}; {}.",
                verdict.events,
                bundle.streams.len(),
                verdict.clearances,
                verdict.retaken,
                if verdict.number_checked {
                    "the number was recomputed under the seller's key"
                } else {
                    "the number was not held against the contact's hash, for want of the seller's key or of a number"
                },
                words_held(verdict)
            ),
            facts,
            timeline: timeline(bundle),
            grants: account.grants.iter().map(grant).collect(),
            revocations: account
                .revocations
                .iter()
                .map(|revoked| {
                    let mut rows = vec![
                        pair("Received", instant(revoked.occurred_at)),
                        pair("Recorded", instant(revoked.recorded_at)),
                        pair("Reaches", words::scope(revoked.scope)),
                        pair("Came in by", words::source(&revoked.source)),
                        pair(
                            "Later consents",
                            if revoked.later_grants.is_empty() {
                                "none: it stands".to_owned()
                            } else {
                                format!("event {}", numbers(&revoked.later_grants))
                            },
                        ),
                    ];
                    if let Some(vehicle) = &revoked.vehicle {
                        rows.insert(3, pair("Vehicle", vehicle.clone()));
                    }
                    Revocation { event: revoked.version, rows, words: revoked.words.clone() }
                })
                .collect(),
            replies: account
                .replies
                .iter()
                .map(|reply| {
                    vec![
                        reply.version.to_string(),
                        instant(reply.occurred_at),
                        reply.words.clone().unwrap_or_else(|| "(no longer on file)".to_owned()),
                        format!("{}; suppresses: {}", words::plain(&reply.label), words::plain(&reply.scope)),
                    ]
                })
                .collect(),
            sends: account
                .sends
                .iter()
                .enumerate()
                .map(|(place, send)| sent_message(bundle, place, send))
                .collect(),
            retention: bundle
                .retention
                .iter()
                .map(|entry| {
                    vec![
                        format!("{} (event {})", entry.record, entry.version),
                        entry.from.to_string(),
                        entry.until.map_or_else(|| "for good".to_owned(), |until| until.to_string()),
                        entry.because.join("; "),
                    ]
                })
                .collect(),
            streams: bundle
                .streams
                .iter()
                .map(|stream| {
                    let kind = stream.stream.split_once('/').map_or("", |(kind, _)| kind);
                    vec![kind.to_owned(), stream.head_version.to_string(), stream.head_hash.to_string()]
                })
                .collect(),
            digest: bundle.digest.to_string(),
            whom,
        }
    }
}

fn broken(found: &fixedops_consent::proof::Break) -> Broken {
    let place = match (&found.stream, found.version) {
        (Some(stream), Some(version)) => format!("{stream}, event {version}"),
        (Some(stream), None) => stream.clone(),
        _ => String::new(),
    };
    Broken { kind: words::plain(found.kind.as_str()), place, what: found.what.clone() }
}

fn headline(verdict: &Verdict) -> String {
    match (verdict.breaks.len(), verdict.is_full()) {
        (0, true) => "Every link holds".to_owned(),
        (0, false) => format!(
            "What was looked at holds, and it is not fully checked: {} of {} decisions were not taken again",
            verdict.not_retaken, verdict.clearances
        ),
        (1, _) => "1 broken link".to_owned(),
        (many, _) => format!("{many} broken links"),
    }
}

fn words_held(verdict: &Verdict) -> String {
    match (verdict.words_checked, verdict.words_unchecked) {
        (0, 0) => "no words or private parts are on file".to_owned(),
        (0, shown) => format!(
            "none of the {shown} words and private parts below was held against the journal, for want of the seller's key"
        ),
        (held, _) => format!("{held} words and private parts were held against the journal under the key"),
    }
}

fn numbers(versions: &[u64]) -> String {
    versions.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// What happened, in short, in the order of time.
fn timeline(bundle: &Bundle) -> Vec<Line> {
    let account = &bundle.account;
    let mut lines = Vec::new();
    let mut add = |at: DateTime<Utc>, event: u64, what: String| {
        lines.push(Line { at: instant(at), what, event, sort: at });
    };
    let mut person = None;
    for link in &account.links {
        let what = match person.replace(&link.person) {
            None => "Linked to a person",
            Some(before) if *before == link.person => "Linked to the same person again",
            Some(_) => "Linked to another person",
        };
        add(link.recorded_at, link.version, what.to_owned());
    }
    for reply in &account.replies {
        add(reply.occurred_at, reply.version, format!("Answer: read as {}", words::plain(&reply.label)));
    }
    for send in &account.sends {
        for report in &send.deliveries {
            let arrived = if report.delivered { "delivered" } else { "not delivered" };
            let what = format!("Carrier's report on event {}: {arrived}", send.cleared_version);
            add(report.occurred_at, report.version, what);
        }
    }
    for granted in &account.grants {
        let what =
            format!("{} given for {}", words::level(granted.level), words::channels(&granted.channels));
        add(granted.given_at, granted.version, what);
    }
    for revoked in &account.revocations {
        add(revoked.occurred_at, revoked.version, format!("Opt-out: {}", words::scope(revoked.scope)));
    }
    for send in &account.sends {
        let what = format!(
            "{} {}: {}",
            words::purpose(send.purpose),
            words::channel(send.channel),
            words::outcome(send.outcome)
        );
        add(send.cleared_at, send.cleared_version, what);
    }
    for erased in &account.erasures {
        add(
            erased.at,
            erased.version,
            "The person's data were erased (event of the person's stream)".to_owned(),
        );
    }
    lines.sort_by_key(|line| (line.sort, line.event));
    lines
}

fn grant(granted: &GrantEntry) -> Grant {
    let mut rows = vec![
        pair("Given", instant(granted.given_at)),
        pair("Recorded", instant(granted.recorded_at)),
        pair("For", words::channels(&granted.channels)),
        pair("Taken down", words::source(&granted.source)),
        pair("Signature", words::signature(granted.consent.signed)),
        pair("Disclosed", words::disclosures(&granted.consent.disclosure)),
    ];
    if let Some(evidence) = &granted.evidence {
        rows.extend([
            pair(
                "Text shown",
                format!(
                    "{} version {}, {}",
                    evidence.disclosure,
                    evidence.version,
                    words::language(evidence.language)
                ),
            ),
            pair("Act", format!("{}; the box {}", words::act(evidence.act), words::tick_box(evidence.r#box))),
            pair("SHA-256 of the text", evidence.text_digest.to_string()),
        ]);
        if let Some(page) = evidence.page_digest {
            rows.push(pair("SHA-256 of the page", page.to_string()));
        }
        if let Some(campaign) = &evidence.campaign {
            rows.push(pair("Occasion", campaign.clone()));
        }
    }
    match &granted.private {
        Some(private) => rows.extend(words::private(private)),
        None => rows.push(pair("Number as entered, IP address, browser", "not on file")),
    }
    rows.push(pair("Proof id (event hash)", granted.hash.clone()));
    Grant {
        event: granted.version,
        title: words::level(granted.level).to_owned(),
        rows,
        text: granted.evidence.as_ref().map(|evidence| evidence.text.clone()),
        lacks: if granted.level == ConsentLevel::Pewc { granted.lacks_written.clone() } else { Vec::new() },
    }
}

fn sent_message(bundle: &Bundle, place: usize, send: &SendEntry) -> Send {
    let local = bundle.places.iter().find(|place| place.cleared_version == send.cleared_version);
    let mut rows = vec![
        pair("Cleared (suppression check)", instant(send.cleared_at)),
        pair("What became of it", words::outcome(send.outcome)),
    ];
    if let Some(at) = send.outcome_at {
        rows.push(pair("Recorded", format!("{} (event {})", instant(at), send.outcome_version.unwrap_or(0))));
    }
    if let Some(id) = &send.provider_id {
        rows.push(pair("Transport's id", id.clone()));
    }
    if let Some(reason) = &send.reason {
        rows.push(pair("Reason", words::plain(reason)));
    }
    for report in &send.deliveries {
        let arrived = if report.delivered { "delivered" } else { "not delivered" };
        rows.push(pair(
            "Carrier's report",
            format!("{arrived} ({}), {}", report.status, instant(report.occurred_at)),
        ));
    }
    if send.crossed_revocation == Some(true) {
        rows.push(pair("Opt-out on the way", "an opt-out landed between clearance and send"));
    }
    let said = send.words.as_deref().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let part = |name: &str| {
        let text = said.as_ref()?.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    if let Some(to) = part("to") {
        rows.push(pair("Went to", to));
    }
    let media = said.as_ref().and_then(|said| said.get("media")?.as_array()).into_iter().flatten();
    let media: Vec<&str> = media.filter_map(serde_json::Value::as_str).collect();
    if !media.is_empty() {
        rows.push(pair("With", media.join(", ")));
    }
    rows.push(pair("Vehicle", send.vehicle.clone()));
    rows.push(pair(
        "Opt-outs before it that speak of it",
        if send.reached_by.is_empty() {
            "none".to_owned()
        } else {
            format!(
                "event {}; a later consent or the rules below say why it went out",
                numbers(&send.reached_by)
            )
        },
    ));
    rows.push(pair(
        "Consent it rests on",
        if send.rests_on.is_empty() {
            "none".to_owned()
        } else {
            format!("event {}", numbers(&send.rests_on))
        },
    ));
    if let Some(place) = local {
        let times: Vec<String> = place.local.iter().map(|l| format!("{} in {}", l.time, l.zone)).collect();
        if !times.is_empty() {
            rows.push(pair("Local time", times.join("; ")));
        }
        let mut evidence = Vec::new();
        if let Some(code) = &place.area_code {
            evidence.push(format!("area code {code}"));
        }
        if !place.states.is_empty() {
            evidence.push(format!("state {}", place.states.join(", ")));
        }
        if !place.zones_given.is_empty() {
            evidence.push(format!("zones worked out beforehand: {}", place.zones_given.join(", ")));
        }
        if !evidence.is_empty() {
            rows.push(pair("Known from", evidence.join("; ")));
        }
    }
    rows.push(pair(
        "Decided at",
        format!(
            "event {} of the contact, {} of the person, {} of the household",
            send.read.contact, send.read.person, send.read.household
        ),
    ));
    rows.push(pair("Keyed digest of the words", send.content_digest.to_string()));
    rows.push(pair("Rule book", send.rule_book.as_str().replace('+', ", ")));
    Send {
        subject: part("subject"),
        words: part("body"),
        number: place + 1,
        event: send.cleared_version,
        title: format!(
            "{} {}, programme {}",
            words::purpose(send.purpose),
            words::channel(send.channel),
            words::plain(&send.program)
        ),
        rows,
        findings: send
            .findings
            .iter()
            .map(|found| {
                let effect = match found.finding {
                    Effect::Permits => "permits",
                    Effect::Notes => "notes",
                    Effect::Defers => "holds back",
                    Effect::Blocks => "forbids",
                };
                let detail = found.detail.clone().unwrap_or_default();
                let until = found.until.map(|until| format!(" until {}", instant(until)));
                vec![
                    found.rule.clone(),
                    format!("{effect}{}", until.unwrap_or_default()),
                    found.citation.clone(),
                    found.effective.clone(),
                    words::confidence(found.confidence).to_owned(),
                    detail,
                ]
            })
            .collect(),
    }
}
