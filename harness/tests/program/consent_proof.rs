//! Proof bundles as people make and check them: a real store, every event and field tampered with, and an erased person.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_closed_loop::proof::{Keyed, contacts, gather};
use fixedops_closed_loop::{Engine, MessageCourier, Policies};
use fixedops_connectors_traits::{
    CommitmentKey, DmsWriter, Journal, MemoryTransport, MemoryWriter, PersonStore,
};
use fixedops_consent::proof::{Bundle, Commitments as _, Contents, PointShown, SendOutcome, verify};
use fixedops_consent::{
    Consent, ContactFacts, ContentDigest, Decision, ReadVersions, Request, Revocation, RuleBook, decide,
};
use fixedops_journal_sqlite::SqliteJournal;
use fixedops_vocab::chain::{EventHash, event_hash};
use fixedops_vocab::{Channel, ContactHash, ContactPoint, Purpose, SellerId, TouchKey};
use futures_lite::future::block_on;
use serde_json::{Value, json};

use crate::Desk;

/// A store that was lived through once, and a contact of it that consented at the tablet, was written to and said STOP.
struct Lived {
    desk: Desk,
    contact: ContactHash,
    number: String,
}

fn lived() -> &'static Lived {
    static LIVED: OnceLock<Lived> = OnceLock::new();
    LIVED.get_or_init(|| {
        let desk = Desk::new();
        desk.done("demo --vehicles 250 --days 170 --out d");
        let store = SqliteJournal::open(desk.path("d/fixedops.db")).unwrap();
        let found = bundles(&store).into_iter().find(|bundle| {
            let account = &bundle.account;
            let captured = account.grants.iter().any(|grant| grant.evidence.is_some());
            let sent = account.sends.iter().filter(|send| send.outcome == SendOutcome::Sent).count();
            captured && sent >= 2 && account.revocations.iter().any(|revoked| revoked.words.is_some())
        });
        let bundle = found.expect("a world of this size has such a customer");
        let PointShown::InClear { value, .. } = &bundle.point else { panic!("his number is on file") };
        Lived { contact: bundle.contact, number: value.clone(), desk }
    })
}

fn seller() -> SellerId {
    "main-street-motors".parse().unwrap()
}

fn bundles(store: &SqliteJournal) -> Vec<Bundle> {
    let book = RuleBook::shipped();
    let all = block_on(contacts(store, &seller())).unwrap();
    let bundle = |contact| {
        let contents = block_on(gather(store, store, &seller(), contact)).unwrap();
        Bundle::new(contents, "2027-06-01T00:00:00Z".parse().unwrap(), &book).unwrap()
    };
    all.into_iter().map(bundle).collect()
}

fn key(desk: &Desk) -> Keyed {
    Keyed(CommitmentKey::from_hex(&desk.read("d/key-main-street-motors.hex")).unwrap())
}

#[test]
fn a_number_becomes_a_file_and_a_page_that_hold_and_say_so() {
    let lived = lived();
    let desk = &lived.desk;
    let (number, contact) = (&lived.number, lived.contact);
    let call = format!(
        "consent proof d/fixedops.db --number {number} --at 2027-06-01T00:00:00Z --out b.json --html b.html"
    );
    let said = desk.done(&call);
    assert!(said.out.contains("every link holds") && said.out.contains("digest "), "{said:?}");
    let by_hash =
        format!("consent proof d/fixedops.db --contact {contact} --at 2027-06-01T00:00:00Z --out h.json");
    desk.done(&by_hash);
    let with_key = format!(
        "consent proof d/fixedops.db --number {number} --key-file d/key-main-street-motors.hex \
         --seller main-street-motors --at 2027-06-01T00:00:00Z --out k.json"
    );
    let said = desk.done(&with_key);
    assert!(said.out.contains("the number was recomputed under the key"), "{said:?}");
    assert_eq!(desk.read("b.json"), desk.read("h.json"), "the same contact, the same bytes");
    assert_eq!(desk.read("b.json"), desk.read("k.json"), "the key leaves no trace");
    let key = desk.read("d/key-main-street-motors.hex");
    for file in ["b.json", "b.html", "k.json"] {
        assert!(!desk.read(file).contains(key.trim()), "{file}");
    }

    let page = desk.read("b.html");
    for words in [
        number.as_str(),
        "Every link holds",
        "not legal advice",
        "By checking this box",
        "Opt-outs",
        "FED-TCPA-PEWC",
    ] {
        assert!(page.contains(words) || page.contains("Al marcar esta casilla"), "{words}");
    }
    assert!(
        !page.contains("<script") && page.contains("default-src 'none'") && page.contains("@media print")
    );

    let bundle = Bundle::from_json(&desk.read("b.json")).unwrap();
    for send in bundle.account.sends.iter().filter(|send| send.outcome == SendOutcome::Sent) {
        let words = send.words.as_deref().expect("the exact words of every message are kept");
        assert!(words.contains(number) && words.contains("STOP"), "{words}");
    }
    assert!(page.contains("Reply STOP to opt out"));

    let digest = said_digest(&desk.done(&by_hash).out);
    desk.done(&format!("consent verify b.json --digest {digest} --html v.html"));
    let call = format!("consent verify b.json --digest {} --html other.html", "0".repeat(64));
    desk.refused("another digest", &call, 1, &["digest_differs_from_kept"]);
    assert!(!desk.run(&call).out.contains("every link holds"));
    let page = desk.read("other.html");
    assert!(page.contains("1 broken link") && !page.contains("Every link holds"));
    desk.refused("no digest", "consent verify b.json --digest 12ab", 2, &["--digest"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for file in ["b.json", "b.html", "v.html"] {
            let mode = fs::metadata(desk.path(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{file} holds customer data: it is for its owner only");
        }
    }
}

fn said_digest(out: &str) -> String {
    let at = out.find("digest ").unwrap() + "digest ".len();
    out[at..at + 64].to_owned()
}

#[test]
fn a_whole_store_is_checked_contact_by_contact() {
    let desk = &lived().desk;
    let call = "consent verify d/fixedops.db --key-file d/key-main-street-motors.hex --html s.html";
    let said = desk.done(call);
    assert!(said.out.contains("every link holds") && said.out.contains("the chain holds"), "{said:?}");
    assert!(desk.read("s.html").contains(&lived().contact.to_string()));
}

#[test]
fn wrong_calls_and_broken_files_are_told_apart() {
    let lived = lived();
    let desk = Desk::with(&[("no.json", "{}"), ("key", "12"), ("bin", "\u{0}\u{1}")]);
    fs::copy(lived.desk.path("d/fixedops.db"), desk.path("s.db")).unwrap();
    for (case, call, status, says) in [
        ("no such file", "consent verify gone.json", 1, "gone.json"),
        ("no bundle", "consent verify no.json", 1, "no proof bundle"),
        ("not JSON", "consent verify bin", 1, "not JSON"),
        ("not a key", "consent verify no.json --key-file key", 2, "64 hexadecimal"),
        ("nobody asked for", "consent proof s.db --out b.json", 2, "--number"),
        ("two asked for", "consent proof s.db --number 1 --contact 2 --out b.json", 2, "cannot be used with"),
        ("no number", "consent proof s.db --number abc --out b.json", 2, "--number"),
        ("no hash", "consent proof s.db --contact abc --out b.json", 2, "--contact"),
        ("unknown number", "consent proof s.db --number 212-555-0199 --out b.json", 1, "no such contact"),
        (
            "unknown seller",
            "consent proof s.db --number 212-555-0199 --seller x --out b.json",
            1,
            "no such contact",
        ),
        ("no store", "consent proof gone.db --number 212-555-0199 --out b.json", 1, "gone.db"),
        (
            "a digest of a store",
            &format!("consent verify s.db --digest {}", "0".repeat(64)),
            2,
            "for a bundle",
        ),
        ("a directory", "consent proof . --number 212-555-0199 --out b.json", 2, "fixedops.db"),
        ("a directory to verify", "consent verify .", 2, "fixedops.db"),
    ] {
        desk.refused(case, call, status, &[says]);
        assert!(!desk.path("b.json").exists(), "{case}");
    }
}

/// Every value in the bundle, by its path, leaves only.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(name, inner)| leaves(inner, &format!("{path}/{}", escape(name)), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, inner)| leaves(inner, &format!("{path}/{n}"), found))
        }
        _ => found.push(path.to_owned()),
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[test]
fn every_value_of_a_real_bundle_tampered_with_in_turn_is_caught_and_the_event_named() {
    let lived = lived();
    lived.desk.done(&format!("consent proof d/fixedops.db --contact {} --out t.json", lived.contact));
    let (book, key) = (RuleBook::shipped(), key(&lived.desk));
    let whole: Value = serde_json::from_str(&lived.desk.read("t.json")).unwrap();
    let mut paths = Vec::new();
    leaves(&whole, "", &mut paths);
    assert!(paths.len() > 500, "{}", paths.len());
    let (mut unreadable, mut named) = (0, BTreeSet::new());
    for (nth, path) in paths.iter().enumerate() {
        // The events of the streams each; of the tables drawn up from them, every fifth value.
        if !path.starts_with("/streams") && nth % 5 != 0 {
            continue;
        }
        let mut other = whole.clone();
        let value = other.pointer_mut(path).unwrap();
        *value = match &*value {
            Value::String(text) => json!(format!("{text}x")),
            Value::Number(number) => json!(number.as_u64().unwrap_or(0) + 1),
            Value::Bool(flag) => json!(!flag),
            _ => json!("x"),
        };
        let Ok(mut bundle) = Bundle::from_json(&other.to_string()) else {
            unreadable += 1;
            continue;
        };
        // A forger computes the digest of the whole anew.
        if path != "/digest" {
            bundle.digest = bundle.computed_digest().unwrap();
        }
        let verdict = verify(&bundle, &book, Some(&key));
        // No event commits to a first name; the verdict says so.
        let first_name = path
            .strip_suffix("/value")
            .and_then(|fact| whole.pointer(fact)?.get("name"))
            .is_some_and(|name| name == "first_name");
        let exempt = ["/made_at", "/seller"].contains(&path.as_str()) || first_name;
        assert!(!verdict.holds() || exempt, "{path} was changed, and nothing said so");
        if let Some(rest) = path.strip_prefix("/streams/")
            && let Some((stream, event)) = rest.split_once("/events/")
            && !event.ends_with("/version")
        {
            let event: usize = event.split('/').next().unwrap().parse().unwrap();
            let stream = &bundle.streams[stream.parse::<usize>().unwrap()].stream;
            let kind = stream.split('/').next().unwrap();
            let there = verdict.breaks.iter().any(|found| {
                found.stream.as_deref().is_some_and(|at| at.starts_with(kind))
                    && found.version == Some(event as u64 + 1)
            });
            assert!(there, "{path}: {:#?}", verdict.breaks);
            named.insert((stream.clone(), event));
        }
    }
    let events: usize =
        whole["streams"].as_array().unwrap().iter().map(|s| s["events"].as_array().unwrap().len()).sum();
    assert_eq!(named.len(), events, "some event was never tampered with");
    assert!(unreadable > 20, "{unreadable}");
}

/// Numbers and hashes every stream anew and draws every table up again, as a forger does who has the program.
fn forged(bundle: &Bundle, book: &RuleBook) -> Bundle {
    let mut streams = bundle.streams.clone();
    for record in &mut streams {
        let (mut version, mut hash) = (0, EventHash::ZERO);
        for event in &mut record.events {
            version += 1;
            event.version = version;
            event.hash =
                event_hash(hash, &record.stream, version, event.at, &event.event_type, &event.data).unwrap();
            hash = event.hash;
        }
        (record.head_version, record.head_hash) = (version, hash);
    }
    let Bundle { seller, contact, point, private, made_at, .. } = bundle.clone();
    Bundle::new(Contents { seller, contact, point, streams, private }, made_at, book).unwrap()
}

/// Another value that reads as well: a day later, another digest, another word.
fn plausible(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            if let Ok(at) = text.parse::<DateTime<Utc>>() {
                json!(at + TimeDelta::days(1))
            } else if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
                let first = if text.starts_with('0') { "1" } else { "0" };
                json!(format!("{first}{}", &text[1..]))
            } else {
                json!(format!("{text}x"))
            }
        }
        Value::Number(number) => json!(number.as_u64().unwrap_or(0) + 1),
        Value::Bool(flag) => json!(!flag),
        _ => json!("x"),
    }
}

#[test]
fn what_a_forger_can_change_who_rehashes_everything_is_known_field_by_field() {
    let lived = lived();
    lived.desk.done(&format!("consent proof d/fixedops.db --contact {} --out r.json", lived.contact));
    let (book, key) = (RuleBook::shipped(), key(&lived.desk));
    let honest = Bundle::from_json(&lived.desk.read("r.json")).unwrap();
    assert!(forged(&honest, &book) == honest && verify(&honest, &book, Some(&key)).holds());
    let remarks = verify(&honest, &book, Some(&key)).remarks;
    let mut unseen = BTreeSet::new();
    let mut tried = 0;
    for (stream, record) in honest.streams.iter().enumerate() {
        for (place, event) in record.events.iter().enumerate() {
            let mut paths = Vec::new();
            leaves(&event.data, "", &mut paths);
            for path in paths {
                let mut bundle = honest.clone();
                let value =
                    bundle.streams[stream].events[place].data.pointer_mut(&path).expect("a leaf of it");
                *value = plausible(value);
                let verdict = verify(&forged(&bundle, &book), &book, Some(&key));
                tried += 1;
                if verdict.holds() && verdict.remarks == remarks {
                    let field: Vec<&str> =
                        path.split('/').filter(|part| part.parse::<u8>().is_err()).collect();
                    unseen.insert(format!("{}{}", event.event_type, field.join("/")));
                }
            }
        }
    }
    assert!(tried > 300, "{tried}");
    // What only the digest that was kept elsewhere holds fast.
    let known: BTreeSet<String> = UNBOUND.iter().map(|&field| field.to_owned()).collect();
    assert_eq!(unseen, known);
}

/// Fields of events that nothing else in a bundle speaks of: what they say rests on the chain, and on the digest or the
/// heads that somebody else kept.
const UNBOUND: &[&str] = &[
    // What the desk was told besides the text and the act.
    "consent_granted/capture/campaign",
    "consent_granted/capture/page_digest",
    "consent_granted/capture/texts",
    "consent_granted/key",
    "consent_granted/source",
    // Of consents that were taken over without their words: the verdict says that they are the store's word.
    "consent_granted/consent/how",
    "consent_granted/consent/in_writing",
    "consent_granted/consent/phone_matches",
    "consent_granted/consent/proof",
    "consent_granted/consent/sellers",
    "consent_granted/consent/signed",
    // What only the loop, the carrier and the customer knew.
    "consent_revoked/means",
    "contact_linked/key",
    "contact_linked/recipient/zip",
    "delivery_reported/delivered",
    "delivery_reported/key",
    "delivery_reported/status",
    "reply_received/touch/case",
    "reply_received/touch/touch",
    "revocation_applied/ended",
    "revocation_applied/wake_at",
    "touch_cleared/vehicle",
    "touch_cleared/wake_at",
    "touch_sent/provider_id",
    "touch_sent/wake_at",
    // Of the person's other contact points, and what he drives.
    "contact_added/contact",
    "contact_added/household",
    "contact_added/medium",
    // Messages to those that count in no cap: an appointment, by e-mail.
    "contact_budget_used/case",
    "contact_budget_used/contact",
    "contact_budget_used/occurred_at",
    "contact_budget_used/person",
    "contact_budget_used/program",
    "contact_budget_used/subject",
    "contact_budget_used/touch",
    "vehicle_owned/span",
    "vehicle_owned/vehicle",
];

#[test]
fn a_bundle_of_another_rule_book_has_an_exit_status_and_a_headline_of_its_own() {
    let lived = lived();
    let desk = &lived.desk;
    desk.done(&format!("consent proof d/fixedops.db --contact {} --out o.json", lived.contact));
    let mut bundle = Bundle::from_json(&desk.read("o.json")).unwrap();
    for event in bundle.streams.iter_mut().flat_map(|record| &mut record.events) {
        if let Some(book) = event.data.pointer_mut("/decision/rule_book") {
            *book = json!("federal@2031-01-01");
        }
    }
    desk.put("o.json", forged(&bundle, &RuleBook::shipped()).to_json().unwrap());
    let said = desk.command().args(["consent", "verify", "o.json", "--html", "o.html"]).output().unwrap();
    let out = String::from_utf8_lossy(&said.stdout);
    assert_eq!(said.status.code(), Some(3), "{out}");
    assert!(out.contains("not fully checked") && !out.contains("every link holds"), "{out}");
    assert!(
        out.contains("nothing that is shown from the person store was held against the journal"),
        "{out}"
    );
    let page = desk.read("o.html");
    assert!(page.contains("it is not fully checked") && !page.contains("Every link holds"));
    let help = desk.done("consent verify --help").out;
    assert!(help.contains("Exit 0") && help.contains("not fully checked"), "{help}");
}

#[test]
fn the_page_shows_where_a_message_went_what_reached_it_and_what_came_back() {
    let lived = lived();
    let desk = &lived.desk;
    desk.done(&format!("consent proof d/fixedops.db --contact {} --out p.json --html p.html", lived.contact));
    let page = desk.read("p.html");
    for words in [
        "Went to",
        "Opt-outs before it that speak of it",
        "Vehicle",
        "Answer: read as",
        "Carrier&#x27;s report on event",
        "Linked to a person",
        "<bdi>",
        "under Known how well its source is",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn a_bundle_is_not_made_before_its_events() {
    let lived = lived();
    let call = format!(
        "consent proof d/fixedops.db --contact {} --at 2020-01-01T00:00:00Z --out early.json",
        lived.contact
    );
    lived.desk.refused("too early", &call, 2, &["--at"]);
    assert!(!lived.desk.path("early.json").exists());
}

#[test]
fn a_seller_changed_is_seen_under_the_key() {
    let lived = lived();
    let store = SqliteJournal::open(lived.desk.path("d/fixedops.db")).unwrap();
    let contents = block_on(gather(&store, &store, &seller(), lived.contact)).unwrap();
    let mut bundle =
        Bundle::new(contents, "2027-06-01T00:00:00Z".parse().unwrap(), &RuleBook::shipped()).unwrap();
    bundle.seller = "elsewhere".parse().unwrap();
    bundle.digest = bundle.computed_digest().unwrap();
    assert!(!verify(&bundle, &RuleBook::shipped(), Some(&key(&lived.desk))).holds());
}

#[test]
fn what_a_customer_wrote_is_text_on_the_page() {
    let lived = lived();
    let desk = &lived.desk;
    desk.done(&format!("consent proof d/fixedops.db --contact {} --out e.json", lived.contact));
    let evil = "<script>alert(1)</script><img src=x onerror=alert(2)>";
    let mut whole: Value = serde_json::from_str(&desk.read("e.json")).unwrap();
    for revoked in whole["account"]["revocations"].as_array_mut().unwrap() {
        revoked["words"] = json!(evil);
    }
    whole["point"]["value"] = json!(evil);
    desk.put("e.json", whole.to_string());
    let said = desk.run("consent verify e.json --html e.html");
    assert_eq!(said.status, 1, "{said:?}");
    let page = desk.read("e.html");
    assert!(!page.contains("<script>") && !page.contains("<img") && page.contains("&lt;script&gt;"));
    assert!(page.contains("broken link"));
    assert!(!said.err.contains("alert"), "{said:?}");
}

/// Copies a store that nobody has open.
fn copied(from: &Path, to: &Path) -> SqliteJournal {
    fs::copy(from, to).unwrap();
    SqliteJournal::open(to).unwrap()
}

#[test]
fn an_erased_person_stays_suppressed_and_his_bundle_verifies_without_him() {
    let lived = lived();
    let desk = Desk::new();
    let store = Arc::new(copied(&lived.desk.path("d/fixedops.db"), &desk.path("s.db")));
    fs::create_dir(desk.path("d")).unwrap();
    fs::copy(lived.desk.path("d/key-main-street-motors.hex"), desk.path("d/key-main-street-motors.hex"))
        .unwrap();
    let before = block_on(gather(store.as_ref(), store.as_ref(), &seller(), lived.contact)).unwrap();
    assert!(before.private.iter().any(|fact| fact.value == lived.number));

    let courier = MessageCourier::new(
        Arc::clone(&store) as Arc<dyn PersonStore>,
        Arc::new(MemoryTransport::new()),
        Policies::shipped().templates.clone(),
        key(&desk).0,
    );
    let engine = Engine::new(
        seller(),
        Arc::clone(&store) as Arc<dyn Journal>,
        Arc::new(courier),
        Arc::new(MemoryWriter::default()) as Arc<dyn DmsWriter>,
        Arc::new(Policies::shipped()),
    );
    let person = before.streams.iter().find_map(|record| record.stream.strip_prefix("person/")).unwrap();
    let at = "2027-06-01T12:00:00Z".parse().unwrap();
    let erased = block_on(engine.erase(store.as_ref(), &person.parse().unwrap(), "erase/1", at)).unwrap();
    assert!(erased >= 2, "{erased}");
    drop(engine);
    drop(store);

    // The number is found by its hash alone, under the key; the bundle holds, and shows nothing of him.
    let number = &lived.number;
    desk.refused(
        "no number on file",
        &format!("consent proof s.db --number {number} --out x.json"),
        1,
        &["--key-file"],
    );
    let call = format!(
        "consent proof s.db --number {number} --key-file d/key-main-street-motors.hex \
         --at 2027-06-02T00:00:00Z --out e.json --html e.html"
    );
    let said = desk.done(&call);
    assert!(said.out.contains("every link holds"), "{said:?}");
    desk.done("consent verify e.json --key-file d/key-main-street-motors.hex");
    desk.done("consent verify s.db");
    let bundle = Bundle::from_json(&desk.read("e.json")).unwrap();
    assert_eq!((bundle.contact, &bundle.point), (lived.contact, &PointShown::NotOnFile));
    assert!(bundle.private.is_empty() && bundle.account.erasures.len() == 1);
    for file in ["e.json", "e.html"] {
        let text = desk.read(file);
        for fact in &before.private {
            // Short words ("STOP", a first name) may stand anywhere; what identifies him does not.
            let telling = fact.value.len() > 8 || fact.name == "first_name";
            assert!(!telling || !text.contains(&fact.value), "{file} holds {}", fact.name);
        }
        assert!(!text.contains(number.trim_start_matches('+')) && !text.contains("192.0.2.17"), "{file}");
    }

    // Whoever asks under the same key meets the same hash, its opt-out, and a no.
    let point = ContactPoint::Phone(number.parse().unwrap());
    assert_eq!(key(&desk).contact(&seller(), &point), bundle.contact);
    let account = &bundle.account;
    let last = account.revocations.last().unwrap().occurred_at;
    let consents: Vec<Consent> = account
        .grants
        .iter()
        .filter(|grant| grant.given_at < last)
        .map(|grant| grant.consent.clone())
        .collect();
    let revocations = account.revocations.iter().map(|revoked| Revocation {
        received_at: revoked.occurred_at,
        channel: Default::default(),
        text: None,
        per_se: None,
        scope: Some(revoked.scope),
        vehicle: None,
        purposes: vec![],
    });
    let facts = ContactFacts { consents, revocations: revocations.collect(), ..ContactFacts::default() };
    let request = Request {
        contact: bundle.contact,
        channel: Channel::Sms,
        purpose: Purpose::Marketing,
        digest: ContentDigest::from_bytes([1; 32]),
        versions: ReadVersions::default(),
        key: TouchKey { case: "c".parse().unwrap(), touch: "t".parse().unwrap() },
        program: "mileage_due".parse().unwrap(),
        subject: None,
        vehicle: None,
        contains_offer: false,
        competing: Vec::new(),
    };
    let book = RuleBook::shipped();
    let decided = decide(&facts, &request, "2027-06-02T17:00:00Z".parse().unwrap(), &book);
    assert!(matches!(decided.decision, Decision::Deny), "{:?}", decided.findings);
}
