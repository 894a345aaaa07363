//! What a forger does to a finished bundle who rehashes every stream, draws every table up anew and computes the digest:
//! each lie is named all the same, with its stream and version, and without the key where it needs none.

use super::*;
use crate::proof::story::Story;

/// Numbers and hashes every stream anew, and the bundle's digest.
fn rehash(bundle: &mut Bundle) {
    for record in &mut bundle.streams {
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
    bundle.digest = bundle.computed_digest().unwrap();
}

/// Rehashes, and draws every table up anew as whoever makes a bundle does.
fn redraw(bundle: &mut Bundle) {
    rehash(bundle);
    let Bundle { seller, contact, point, streams, private, made_at, .. } = bundle.clone();
    *bundle = Bundle::new(Contents { seller, contact, point, streams, private }, made_at, &BOOK).unwrap();
}

fn stream<'a>(bundle: &'a mut Bundle, kind: &str) -> &'a mut StreamRecord {
    bundle.streams.iter_mut().find(|record| record.stream.starts_with(kind)).unwrap()
}

fn event<'a>(bundle: &'a mut Bundle, kind: &str, event_type: &str, nth: usize) -> &'a mut EventRecord {
    let events = stream(bundle, kind).events.iter_mut();
    events.filter(|event| event.event_type == event_type).nth(nth).unwrap()
}

fn data<'a>(bundle: &'a mut Bundle, kind: &str, event_type: &str, nth: usize) -> &'a mut Value {
    &mut event(bundle, kind, event_type, nth).data
}

/// Takes an event out, and makes every clearance after it read one version less, as a careful forger does.
fn drop_event(bundle: &mut Bundle, kind: &str, event_type: &str, nth: usize) {
    let gone = event(bundle, kind, event_type, nth).version;
    stream(bundle, kind).events.retain(|event| event.version != gone);
    for event in &mut stream(bundle, "contact").events {
        if let Some(read) = event.data.get_mut("read").and_then(|read| read.get_mut(kind))
            && read.as_u64().unwrap() >= gone
        {
            *read = json!(read.as_u64().unwrap() - 1);
        }
    }
    rehash(bundle);
}

/// Takes the decisions anew where they still allow, so that only the lie itself is left to be seen.
fn redecide(bundle: &mut Bundle) {
    rehash(bundle);
    let story = Story::read(bundle.contact, &bundle.streams);
    for cleared in &story.cleared {
        let rules = json!(findings_of(&story, cleared, &BOOK));
        let record = bundle.streams.iter_mut().find(|record| record.stream == own()).unwrap();
        let event = record.events.iter_mut().find(|event| event.version == cleared.version).unwrap();
        event.data["decision"]["rules"] = rules;
    }
}

fn named(bundle: &mut Bundle, name: &str) -> usize {
    bundle.private.iter().position(|fact| fact.name == name).unwrap()
}

struct Forgery {
    case: &'static str,
    kind: BreakKind,
    /// Kind of the stream and version that the break must name.
    place: (&'static str, Option<u64>),
    /// Done before the tables are drawn up anew.
    lie: fn(&mut Bundle),
    /// Done to the tables.
    then: fn(&mut Bundle),
    needs_key: bool,
}

fn forgery(
    case: &'static str,
    kind: BreakKind,
    place: (&'static str, Option<u64>),
    lie: fn(&mut Bundle),
) -> Forgery {
    Forgery { case, kind, place, lie, then: |_| {}, needs_key: false }
}

fn table(
    case: &'static str,
    kind: BreakKind,
    place: (&'static str, Option<u64>),
    then: fn(&mut Bundle),
) -> Forgery {
    Forgery { case, kind, place, lie: |_| {}, then, needs_key: false }
}

#[allow(clippy::too_many_lines, reason = "one row for each lie")]
fn forgeries() -> Vec<Forgery> {
    use BreakKind as K;
    vec![
        // Opt-outs that were dropped.
        forgery("the revocation of an answer", K::RevocationAbsent, ("contact", Some(6)), |b| {
            drop_event(b, "contact", "consent_revoked", 0);
        }),
        forgery(
            "the revocation that his cases were told of",
            K::RevocationAbsent,
            ("person", Some(3)),
            |b| {
                drop_event(b, "contact", "consent_revoked", 0);
                drop_event(b, "contact", "reply_received", 0);
                b.private.retain(|fact| !fact.name.starts_with("reply/"));
            },
        ),
        forgery(
            "that, and that there was something to tell",
            K::RevocationAbsent,
            ("person", Some(3)),
            |b| {
                drop_event(b, "contact", "consent_revoked", 0);
                drop_event(b, "contact", "reply_received", 0);
                drop_event(b, "person", "revocation_applied", 0);
            },
        ),
        forgery("a revocation narrowed", K::RevocationAbsent, ("contact", Some(6)), |b| {
            data(b, "contact", "consent_revoked", 0)["scope"] = json!("calls");
        }),
        forgery("an answer that revokes nothing any more", K::RevocationAbsent, ("contact", Some(6)), |b| {
            data(b, "contact", "reply_received", 0)["scope"] = json!("none");
        }),
        // Events nobody knows.
        forgery("a revocation misspelt", K::EventUnreadable, ("contact", Some(7)), |b| {
            "consent_rewoked".clone_into(&mut event(b, "contact", "consent_revoked", 0).event_type);
        }),
        forgery("an erasure misspelt", K::EventUnreadable, ("person", Some(3)), |b| {
            "revocation_aplied".clone_into(&mut event(b, "person", "revocation_applied", 0).event_type);
        }),
        forgery("a count misspelt", K::EventUnreadable, ("household", Some(1)), |b| {
            "contact_budget_usedd"
                .clone_into(&mut event(b, "household", "contact_budget_used", 0).event_type);
        }),
        forgery(
            "a word nobody knows for how a send was learned of",
            K::EventUnreadable,
            ("contact", Some(4)),
            |b| {
                data(b, "contact", "touch_sent", 0)["learned"] = json!("x");
            },
        ),
        // Where the telephone was.
        table("no clock at all", K::PlaceWrong, ("contact", Some(3)), |b| b.places[0].local.clear()),
        table("a clock in Tokyo", K::PlaceWrong, ("contact", Some(3)), |b| {
            let tokyo = crate::proof::bundle::local(chrono_tz::Asia::Tokyo, at(10));
            b.places[0].local = vec![tokyo];
        }),
        forgery("the decision took him to be in Tokyo", K::PlaceWrong, ("contact", Some(3)), |b| {
            data(b, "contact", "touch_cleared", 0)["decision"]["place"]["zones"] = json!(["Asia/Tokyo"]);
        }),
        forgery("the decision took him to be nowhere", K::PlaceWrong, ("contact", Some(3)), |b| {
            data(b, "contact", "touch_cleared", 0)["decision"]["place"]["zones"] = json!([]);
        }),
        // Facts that nothing commits to.
        forgery("words for an opt-out by a flag", K::PrivateDiffers, ("contact", None), |b| {
            b.private.push(fact("reply/dms/1", "I love your messages"));
        }),
        forgery("a fact of no event", K::PrivateDiffers, ("contact", None), |b| {
            b.private.push(fact("note", "said yes on the phone"));
        }),
        forgery("words of a message nobody cleared", K::PrivateDiffers, ("contact", None), |b| {
            b.private.push(fact("sent/ghost#1", &words("ghost")));
        }),
        forgery("a message's words twice", K::PrivateDiffers, ("contact", None), |b| {
            b.private.push(fact("sent/first#1", &words("other")));
        }),
        forgery(
            "a private part that the consent does not commit to",
            K::PrivateDiffers,
            ("contact", Some(2)),
            |b| {
                let capture = data(b, "contact", "consent_granted", 0)["capture"].as_object_mut().unwrap();
                capture.remove("private_digest");
            },
        ),
        forgery("a private part of an imported consent", K::PrivateDiffers, ("contact", Some(2)), |b| {
            data(b, "contact", "consent_granted", 0).as_object_mut().unwrap().remove("capture");
        }),
        // The number.
        forgery("a number that is said not to be on file", K::NumberNotBound, ("contact", Some(1)), |b| {
            b.point = PointShown::NotOnFile;
        }),
        forgery("a number of another area", K::NumberNotBound, ("contact", Some(1)), |b| {
            let place = named(b, "phone");
            "+12125550123".clone_into(&mut b.private[place].value);
            b.point = PointShown::InClear { medium: "phone".into(), value: "+12125550123".into() };
        }),
        forgery("a message to another number", K::NumberNotBound, ("contact", Some(3)), |b| {
            let place = named(b, "sent/first#1");
            b.private[place].value = words("first").replace(NUMBER, "+14045550199");
        }),
        forgery("a consent for another number", K::NumberNotBound, ("contact", Some(2)), |b| {
            let place = named(b, "capture/g1");
            b.private[place].value = entered().replace("0123", "0199");
        }),
        Forgery {
            needs_key: true,
            ..forgery("other words of the customer", K::PrivateDiffers, ("contact", Some(6)), |b| {
                let place = named(b, "reply/r1");
                "sounds great".clone_into(&mut b.private[place].value);
            })
        },
        // Consents.
        forgery("a box that was ticked beforehand", K::GrantContradicts, ("contact", Some(2)), |b| {
            data(b, "contact", "consent_granted", 0)["capture"]["box"] = json!("pre_ticked");
        }),
        forgery("a tick without a box", K::GrantContradicts, ("contact", Some(2)), |b| {
            data(b, "contact", "consent_granted", 0)["capture"]["box"] = json!("absent");
        }),
        forgery("a tick on paper", K::GrantContradicts, ("contact", Some(2)), |b| {
            data(b, "contact", "consent_granted", 0)["capture"]["place"] = json!("paper");
        }),
        forgery("a channel the text does not speak of", K::DisclosureText, ("contact", Some(2)), |b| {
            for list in ["/scope", "/consent/channels"] {
                let list = data(b, "contact", "consent_granted", 0).pointer_mut(list).unwrap();
                list.as_array_mut().unwrap().push(json!("ai_call"));
            }
        }),
        forgery("a text that was not in use yet", K::DisclosureText, ("contact", Some(2)), |b| {
            for time in ["/occurred_at", "/consent/given_at"] {
                *data(b, "contact", "consent_granted", 0).pointer_mut(time).unwrap() =
                    json!("1970-01-01T00:00:00Z");
            }
        }),
        forgery(
            "a consent whose elements the act does not make",
            K::GrantContradicts,
            ("contact", Some(11)),
            |b| {
                data(b, "contact", "consent_granted", 1)["consent"]["phone_matches"] = json!(false);
            },
        ),
        // Links.
        forgery(
            "a contact that the person's stream does not know",
            K::OtherContact,
            ("contact", Some(1)),
            |b| {
                data(b, "person", "contact_added", 0)["contact"] = json!(ContactHash::from_bytes([9; 32]));
            },
        ),
        forgery("an answer read as nobody knows what", K::EventUnreadable, ("contact", Some(6)), |b| {
            data(b, "contact", "reply_received", 0)["label"] = json!("loves_us");
        }),
        forgery(
            "an answer's revocation that came by another way",
            K::RevocationAbsent,
            ("contact", Some(6)),
            |b| {
                data(b, "contact", "consent_revoked", 0)["source"] = json!("dms_flag");
            },
        ),
        // Decisions.
        forgery(
            "cleared at a version that holds its own count",
            K::ReadVersionContradicts,
            ("contact", Some(3)),
            |b| {
                data(b, "contact", "touch_cleared", 0)["read"]["person"] = json!(2);
            },
        ),
        forgery("a rule that was invented", K::FindingsDiffer, ("contact", Some(3)), |b| {
            data(b, "contact", "touch_cleared", 0)["decision"]["rules"] = json!([
                {"rule": "HOUSE-ALWAYS", "citation": "15 USC 1", "finding": "permits", "effective": "1990", "confidence": "P"}
            ]);
        }),
        forgery("a finding left out", K::FindingsDiffer, ("contact", Some(3)), |b| {
            let rules = &mut data(b, "contact", "touch_cleared", 0)["decision"]["rules"];
            rules.as_array_mut().unwrap().remove(0);
        }),
        forgery("another citation", K::FindingsDiffer, ("contact", Some(3)), |b| {
            data(b, "contact", "touch_cleared", 0)["decision"]["rules"][0]["citation"] = json!("15 USC 1");
        }),
        forgery("another confidence", K::FindingsDiffer, ("contact", Some(3)), |b| {
            let found = &mut data(b, "contact", "touch_cleared", 0)["decision"]["rules"][0];
            found["confidence"] = json!(if found["confidence"] == "M" { "P" } else { "M" });
        }),
        forgery("another effect", K::FindingsDiffer, ("contact", Some(3)), |b| {
            let found = &mut data(b, "contact", "touch_cleared", 0)["decision"]["rules"][0];
            found["finding"] = json!(if found["finding"] == "notes" { "permits" } else { "notes" });
        }),
        // Counts.
        forgery("a count at another time", K::NotCounted, ("person", Some(2)), |b| {
            data(b, "person", "contact_budget_used", 0)["occurred_at"] = json!(at(-3 * DAY));
        }),
        forgery("a count of another purpose", K::NotCounted, ("person", Some(2)), |b| {
            data(b, "person", "contact_budget_used", 0)["purpose"] = json!("transactional");
        }),
        forgery("a count of another programme", K::NotCounted, ("household", Some(1)), |b| {
            data(b, "household", "contact_budget_used", 0)["program"] = json!("declined_recovery");
        }),
        forgery("a count of another contact", K::NotCounted, ("contact", Some(3)), |b| {
            let count = data(b, "household", "contact_budget_used", 0);
            count["contact"] = json!(ContactHash::from_bytes([9; 32]));
        }),
        forgery("a count for somebody else", K::NotCounted, ("household", Some(1)), |b| {
            data(b, "household", "contact_budget_used", 0)["person"] = json!("cust-two");
        }),
        forgery("a count given back though it went out", K::NotCounted, ("household", Some(4)), |b| {
            let record = stream(b, "household");
            let mut last = record.events.last().unwrap().clone();
            "contact_budget_released".clone_into(&mut last.event_type);
            last.data = json!({"case": "second", "touch": "1"});
            record.events.push(last);
        }),
        // Times.
        forgery("an answer of the year 2099", K::TimeImpossible, ("contact", Some(6)), |b| {
            for event_type in ["reply_received", "consent_revoked"] {
                data(b, "contact", event_type, 0)["occurred_at"] = json!("2099-01-01T00:00:00Z");
            }
        }),
        forgery("a consent of the year 2099", K::TimeImpossible, ("contact", Some(11)), |b| {
            for time in ["/occurred_at", "/consent/given_at"] {
                *data(b, "contact", "consent_granted", 1).pointer_mut(time).unwrap() =
                    json!("2099-01-01T00:00:00Z");
            }
        }),
        forgery("delivered before it was cleared", K::TimeImpossible, ("contact", Some(5)), |b| {
            data(b, "contact", "delivery_reported", 0)["occurred_at"] = json!(at(-DAY));
        }),
        forgery("made before its events", K::TimeImpossible, ("contact", Some(11)), |b| {
            b.made_at = at(2 * DAY)
        }),
        // Persons who were erased.
        forgery("an erased person's name", K::ErasedButShown, ("person", Some(7)), |b| {
            erase(b, 6 * DAY);
            b.private = vec![PrivateFact {
                subject: "person/cust-one".into(),
                name: "first_name".into(),
                value: "Avery".into(),
            }];
            b.point = PointShown::NotOnFile;
        }),
        forgery(
            "an erased person's words, and the number is his again",
            K::ErasedButShown,
            ("contact", Some(6)),
            |b| {
                erase(b, 6 * DAY);
                let mut again = event(b, "contact", "contact_linked", 0).clone();
                again.at = at(7 * DAY);
                again.data["key"] = json!("l2");
                stream(b, "contact").events.push(again);
                let mut again = event(b, "person", "contact_added", 0).clone();
                again.at = at(7 * DAY);
                stream(b, "person").events.push(again);
            },
        ),
        // Tables, entry by entry.
        table("a consent in the account", K::AccountDiffers, ("contact", Some(2)), |b| {
            b.account.grants[0].given_at = at(-9)
        }),
        table("a send in the account", K::AccountDiffers, ("contact", Some(12)), |b| {
            "v2".clone_into(&mut b.account.sends[2].vehicle);
        }),
        table("how long a consent is kept", K::RetentionDiffers, ("contact", Some(2)), |b| {
            b.retention.iter_mut().find(|entry| entry.version == 2).unwrap().until = None;
        }),
    ]
}

fn erase(bundle: &mut Bundle, minutes: i64) {
    let mut last = stream(bundle, "person").events.last().unwrap().clone();
    last.at = at(minutes);
    "person_erased".clone_into(&mut last.event_type);
    last.data = json!({"key": "e", "person": "cust-one", "facts": 3});
    stream(bundle, "person").events.push(last);
}

fn forged(forgery: &Forgery) -> Bundle {
    let mut bundle = good().bundle();
    (forgery.lie)(&mut bundle);
    redraw(&mut bundle);
    (forgery.then)(&mut bundle);
    rehash(&mut bundle);
    bundle
}

fn names(verdict: &Verdict, forgery: &Forgery) -> bool {
    let (kind, version) = forgery.place;
    verdict.breaks.iter().any(|found| {
        let stream = found.stream.as_deref().unwrap_or("");
        found.kind == forgery.kind && stream.starts_with(kind) && found.version == version
    })
}

pub(super) fn kinds_caught() -> BTreeSet<BreakKind> {
    forgeries().iter().map(|forgery| forgery.kind).collect()
}

#[test]
fn each_forgery_of_a_finished_bundle_is_named_with_stream_and_version() {
    for forgery in forgeries() {
        let bundle = forged(&forgery);
        let chain = [BreakKind::ChainMismatch, BreakKind::BundleDigest, BreakKind::Truncated];
        for key in [Some(&KEY as &dyn Commitments), None] {
            if key.is_none() && forgery.needs_key {
                continue;
            }
            let verdict = verify(&bundle, &BOOK, key);
            assert!(names(&verdict, &forgery), "{} ({}): {:#?}", forgery.case, key.is_some(), verdict.breaks);
            assert!(!verdict.breaks.iter().any(|found| chain.contains(&found.kind)), "{}", forgery.case);
        }
    }
}

#[test]
fn the_tools_of_the_forger_leave_an_honest_bundle_as_it_is() {
    let mut bundle = good().bundle();
    redecide(&mut bundle);
    redraw(&mut bundle);
    assert!(bundle == good().bundle() && verified(&bundle).holds());
}

/// The only opt-out, and everything in the contact's stream that says so, is taken out, and every decision is taken anew
/// so that nothing else contradicts: the person's stream still knows.
#[test]
fn a_dropped_opt_out_is_seen_by_the_streams_of_others_alone() {
    let mut bundle = good().bundle();
    for (event_type, nth) in [
        ("consent_revoked", 0),
        ("reply_received", 0),
        ("delivery_reported", 1),
        ("touch_sent", 1),
        ("touch_cleared", 1),
    ] {
        drop_event(&mut bundle, "contact", event_type, nth);
    }
    drop_event(&mut bundle, "person", "contact_budget_used", 1);
    drop_event(&mut bundle, "household", "contact_budget_used", 1);
    bundle.private.retain(|fact| fact.name != "reply/r1" && fact.name != "sent/confirm#1");
    redecide(&mut bundle);
    redraw(&mut bundle);
    let verdict = verify(&bundle, &BOOK, None);
    assert_eq!(kinds(&verdict), BTreeSet::from([BreakKind::RevocationAbsent]), "{:#?}", verdict.breaks);
    assert!(verdict.breaks[0].to_string().starts_with("revocation_absent: person/*** version 3"));
}

#[test]
fn what_cannot_be_checked_is_said() {
    let remarks = |change: fn(&mut Bundle), key: bool| {
        let mut bundle = good().bundle();
        change(&mut bundle);
        redraw(&mut bundle);
        let verdict = verify(&bundle, &BOOK, key.then_some(&KEY as &dyn Commitments));
        assert!(verdict.holds(), "{:#?}", verdict.breaks);
        verdict
    };
    let says = |verdict: &Verdict, words: &str| verdict.remarks.iter().any(|remark| remark.contains(words));

    let bare = remarks(|_| {}, false);
    assert!(
        says(
            &bare,
            "answers of the customer: 1, words of messages: 3, numbers as entered with IP address and browser: 2"
        ),
        "{bare:?}"
    );
    assert_eq!((bare.words_checked, bare.words_unchecked), (0, 6));
    let keyed = remarks(|_| {}, true);
    assert_eq!((keyed.words_checked, keyed.words_unchecked), (6, 0));
    assert!(!says(&keyed, "was not checked"), "{keyed:?}");
    // Words that are gone though nobody was erased.
    let gone = remarks(|b| b.private.retain(|fact| fact.name == "phone"), true);
    for words in [
        "the words of the message at version 3 is missing",
        "the words of the answer at version 6 is missing",
        "the private part of the consent at version 11 is missing",
    ] {
        assert!(says(&gone, words), "{:#?}", gone.remarks);
    }
    // Another seller, and no number to tell by.
    let nobody = |b: &mut Bundle| {
        b.seller = "elsewhere".parse().unwrap();
        b.point = PointShown::NotOnFile;
        b.private.clear();
    };
    for key in [true, false] {
        assert!(says(&remarks(nobody, key), "nothing shows that this contact is one of elsewhere"));
    }
    // The name in the words of a consent.
    let farm = remarks(
        |b| {
            let texts = Disclosures::shipped();
            let shown = texts.find("service_texts", "1", Language::En).unwrap();
            let shown = shown.render("Evil Lead Farm Inc").unwrap();
            let capture = &mut data(b, "contact", "consent_granted", 0)["capture"];
            capture["text"] = json!(shown.text);
            capture["text_digest"] = json!(shown.digest);
        },
        true,
    );
    assert!(says(&farm, "version 2 name the seller \"Evil Lead Farm Inc\""), "{:#?}", farm.remarks);
    assert!(says(&farm, "version 11 name the seller \"Main Street Motors\""));
}

#[test]
fn under_another_rule_book_a_bundle_holds_and_is_not_fully_checked() {
    let mut bundle = good().bundle();
    for nth in 0..3 {
        data(&mut bundle, "contact", "touch_cleared", nth)["decision"]["rule_book"] =
            json!("federal@2031-01-01");
    }
    redraw(&mut bundle);
    let verdict = verified(&bundle);
    assert!(verdict.holds() && !verdict.is_full(), "{:#?}", verdict.breaks);
    assert_eq!((verdict.retaken, verdict.not_retaken), (0, 3));
}

#[test]
fn a_digest_that_was_kept_is_held_against_the_bundle() {
    let bundle = good().bundle();
    let mut verdict = verified(&bundle);
    verdict.hold_against(&bundle, bundle.digest);
    assert!(verdict.holds());
    verdict.hold_against(&bundle, digest_of("another"));
    assert_eq!(kinds(&verdict), BTreeSet::from([BreakKind::OtherDigest]));
}

#[test]
fn nothing_in_a_message_moves_the_cursor_of_a_terminal() {
    let evil = "\u{1b}[2Jevery link holds\u{202e}\r";
    let mut bundle = good().bundle();
    data(&mut bundle, "contact", "touch_cleared", 0)["decision"]["rules"][0]["rule"] = json!(evil);
    data(&mut bundle, "contact", "touch_cleared", 0)["decision"]["rules"][0]["finding"] = json!("blocks");
    data(&mut bundle, "contact", "touch_cleared", 1)["decision"]["outcome"] = json!(evil);
    evil.clone_into(&mut event(&mut bundle, "contact", "consent_revoked", 0).event_type);
    let mut stranger = bundle.streams[2].clone();
    stranger.stream = format!("contact/{evil}");
    bundle.streams.push(stranger.clone());
    stranger.stream = format!("{evil}/x");
    bundle.streams.push(stranger);
    bundle.private.push(PrivateFact { subject: evil.into(), name: evil.into(), value: evil.into() });
    rehash(&mut bundle);
    let verdict = verify(&bundle, &BOOK, None);
    let said: String =
        verdict.breaks.iter().map(|found| found.to_string() + "\n").chain(verdict.remarks.clone()).collect();
    assert!(verdict.breaks.len() > 5);
    assert!(!said.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{said:?}");
    assert!(!said.contains("every link holds"), "{said}");
}
