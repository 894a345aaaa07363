//! Promise 4: no send without a clearance, and no clearance after a revocation is journalled.

use chrono::TimeDelta;
use fixedops_closed_loop::{Engine, Happened, Inbound, streams};
use fixedops_connectors_traits::{RefusalKind, StreamId, Wake};
use fixedops_vocab::Scope;
use futures_lite::future::block_on;

use crate::judge::{holds, holds_and_replays};
use crate::outside::{Answer, held};
use crate::story::{ANNA, BEN, OIL, Story, contact, id};

/// Another process takes something in, right now.
fn meanwhile(story: &Story, happened: Happened) -> Box<dyn FnOnce() + Send> {
    let (other, now): (Engine, _) = (story.world.engine(), story.now);
    Box::new(move || {
        block_on(other.ingest(&Inbound::new(happened, Vec::new()).unwrap(), now)).unwrap();
    })
}

#[test]
fn p4_a_stop_that_lands_between_read_and_append_is_seen_and_nothing_is_cleared() {
    // On the telephone the text would go to, and on another contact point of the same person.
    for point in [ANNA, BEN, "anna@mail.example"] {
        let mut story = Story::new();
        story.linked("anna", "h1", BEN);
        story.linked("anna", "h1", "anna@mail.example");
        story.anna();
        let stop = story.revocation(point, Scope::All);
        let deed = meanwhile(&story, stop);
        *held(&story.world.meddling.while_drafting) = Some(deed);
        story.turn();

        assert!(
            held(&story.world.meddling.while_drafting).is_none(),
            "the STOP landed while the words were made"
        );
        assert_eq!(story.count("touch_cleared"), 0, "{point}");
        assert!(story.world.carrier.out().is_empty());
        assert_eq!(story.outcomes(), ["waiting", "suppressed(opted_out)"]);
        story.days(60);
        assert_eq!(story.count("touch_cleared"), 0, "{point}");
        holds_and_replays(&story.world);
    }
}

#[test]
fn p4_without_the_stop_the_same_story_sends() {
    let mut story = Story::new();
    story.linked("anna", "h1", BEN);
    story.anna();
    story.turn();
    assert_eq!((story.count("touch_cleared"), story.count("touch_sent")), (1, 1));
}

/// What a denial was decided on is guarded as well: a consent that lands in between is seen.
#[test]
fn p4_a_consent_that_lands_while_a_denial_is_made_is_seen() {
    let mut story = Story::new();
    story.linked("anna", "h1", ANNA);
    story.due_car("v1", "anna");
    let consent = story.consent(ANNA, "2026-08-03T16:00:00Z");
    let deed = meanwhile(&story, consent);
    *held(&story.world.meddling.while_drafting) = Some(deed);
    story.turn();
    assert_eq!((story.count("touch_suppressed"), story.count("touch_sent")), (0, 1));
    holds_and_replays(&story.world);
}

/// The case of a vehicle.
fn case_of(story: &Story, vehicle: &str) -> StreamId {
    let opened = story.of("case_opened");
    opened.iter().find(|event| event.data["vehicle"] == vehicle).unwrap().stream.clone()
}

/// Six to a household in thirty days is the house's cap: five went out, Anna's and Zoe's are both due.
fn full_household(meddled: bool) -> Story {
    let mut story = Story::new();
    for n in 1..=5 {
        story.owner(&format!("p{n}"), "h1", &format!("+1404555020{n}"));
        story.due_car(&format!("c{n}"), &format!("p{n}"));
    }
    story.turn();
    assert_eq!(story.count("touch_sent"), 5, "the household's first five");
    story.owner("zoe", "h1", BEN);
    story.due_car("v0", "zoe");
    story.anna();
    for vehicle in ["v0", "v1"] {
        story.wakes(streams::vehicle(&id(vehicle)).unwrap());
    }
    let (annas, zoes) = (case_of(&story, "v1"), case_of(&story, "v0"));
    if meddled {
        let (other, now) = (story.world.engine(), story.now);
        *held(&story.world.meddling.while_drafting) = Some(Box::new(move || {
            block_on(other.wake(&Wake { stream: zoes, at: now }, now)).unwrap();
        }));
    }
    story.wakes(annas);
    story
}

#[test]
fn p4_a_send_to_the_other_phone_of_the_household_between_read_and_append_counts_against_the_cap() {
    let story = full_household(true);
    assert_eq!(story.count("touch_cleared"), 6, "Zoe's was the sixth");
    let deferred = story.of("touch_deferred");
    assert_eq!(deferred.len(), 1);
    assert_eq!(deferred[0].data["reason"], "HOUSE-HOUSEHOLD-CAP");
    assert_eq!(deferred[0].stream, case_of(&story, "v1"), "Anna's waits");
    holds(&story.world);
}

#[test]
fn p4_without_it_annas_is_the_sixth() {
    let story = full_household(false);
    assert_eq!(story.count("touch_cleared"), 6);
    assert_eq!(story.count("touch_deferred"), 0);
}

#[test]
fn p4_a_revocation_that_lands_while_a_touch_is_in_flight_marks_it() {
    let scopes =
        [(None, false), (Some(Scope::All), true), (Some(Scope::Sms), true), (Some(Scope::Number), true)];
    let others = [(Some(Scope::Marketing), true), (Some(Scope::Email), false), (Some(Scope::Calls), false)];
    for (scope, crossed) in scopes.into_iter().chain(others) {
        let mut story = Story::new();
        story.anna();
        if let Some(scope) = scope {
            let stop = story.revocation(ANNA, scope);
            let deed = meanwhile(&story, stop);
            *held(&story.world.meddling.while_dispatching) = Some(deed);
        }
        story.turn();
        let sent = story.of("touch_sent");
        assert_eq!(sent.len(), 1, "{scope:?}: it was on its way");
        assert_eq!(sent[0].data["crossed_revocation"], crossed, "{scope:?}");
        assert_eq!(story.outcomes().last().unwrap(), "sent");
        if scope == Some(Scope::All) {
            story.days(60);
            assert_eq!(story.count("touch_cleared"), 1, "and nothing after it");
        }
        holds(&story.world);
    }
}

#[test]
fn p4_a_clearance_lives_five_seconds() {
    for (milliseconds, goes_out) in [(0, true), (4_999, true), (5_000, false), (60_000, false)] {
        let mut story = Story::new();
        story.anna();
        *held(&story.world.meddling.dawdles) = Some(TimeDelta::milliseconds(milliseconds));
        story.turn();
        assert_eq!(story.world.carrier.out().len(), usize::from(goes_out), "after {milliseconds} ms");
        if !goes_out {
            assert_eq!(story.of("touch_failed")[0].data["reason"], "clearance_expired");
            // What did not go out does not count against a cap.
            assert_eq!(story.count("contact_budget_released"), 2, "the person's and the household's");
        }
        holds_and_replays(&story.world);
    }
}

/// The journal took its time: the clock, not the caller, says how old the clearance is. The touch is decided anew.
#[test]
fn p4_the_five_seconds_count_what_the_journal_took() {
    for (seconds, goes_out) in [(0, true), (4, true), (5, false), (60, false)] {
        let mut story = Story::new();
        story.anna();
        let late = story.now + TimeDelta::seconds(seconds);
        let engine = story.world.engine().with_clock(move || late);
        block_on(engine.turn(story.now, 100)).unwrap();
        assert_eq!(story.world.carrier.out().len(), usize::from(goes_out), "after {seconds} s");
        assert_eq!(story.count("touch_failed"), usize::from(!goes_out));
        if !goes_out {
            story.pass(TimeDelta::minutes(20));
            assert_eq!(story.world.carrier.out().len(), 1, "decided anew");
        }
        holds(&story.world);
    }
}

#[test]
fn p4_consent_given_anew_after_a_stop_lets_messages_go_again() {
    let mut story = Story::new();
    story.anna();
    story.revokes(ANNA, Scope::Sms);
    story.turn();
    assert_eq!(story.count("touch_cleared"), 0);
    story.days(3);
    let now = story.now.to_rfc3339();
    story.consents(ANNA, &now);
    story.owner("anna", "h1", ANNA);
    story.due_car("v2", "anna");
    story.turn();
    assert_eq!(story.count("touch_cleared"), 1, "the grant is later in time and in the journal");
    holds_and_replays(&story.world);
}

/// A grant lifts a revocation only if it is later both in time and in the journal.
#[test]
fn p4_a_grant_that_is_not_later_lifts_nothing() {
    let mut story = Story::new();
    story.anna();
    story.revokes(ANNA, Scope::Sms);
    // Journalled after the STOP, given before it.
    story.consents(ANNA, "2026-11-29T15:00:00Z");
    story.turn();
    story.days(60);
    assert_eq!(story.count("touch_cleared"), 0);
    holds_and_replays(&story.world);
}

/// An opt-out that the carrier holds and that never came to us (Twilio 21610, Telnyx 40300) is one here too.
#[test]
fn p4_a_carriers_opt_out_is_a_revocation_of_texts() {
    let mut story = Story::new();
    story.anna();
    *held(&story.world.carrier.answer) = Answer::Refuses(RefusalKind::OptedOut, None);
    story.turn();
    let revoked = story.of("consent_revoked");
    assert_eq!(revoked.len(), 1);
    assert_eq!((&revoked[0].data["source"], &revoked[0].data["scope"]), (&"carrier".into(), &"sms".into()));
    // The carrier would take it again; we do not try.
    *held(&story.world.carrier.answer) = Answer::Accepts;
    story.days(60);
    assert!(story.world.carrier.out().is_empty());
    assert_eq!(story.count("touch_cleared"), 1);
    holds_and_replays(&story.world);
}

/// A telephone that two people share: a STOP from it binds both, on every contact point of either.
#[test]
fn p4_a_stop_from_a_shared_telephone_binds_everyone_behind_it() {
    let mut story = Story::new();
    story.anna();
    let mail = story.linked("anna", "h1", "anna@mail.example");
    // Ben gives the same number, later: the contact is linked to him last.
    story.owner("ben", "h1", ANNA);
    let bens = story.owner("ben", "h1", BEN);
    story.revokes(ANNA, Scope::All);
    let mut reached: Vec<String> =
        story.of("consent_revoked").iter().map(|revoked| revoked.data["contact"].to_string()).collect();
    reached.sort();
    let mut all: Vec<String> = [contact(ANNA), mail, bens].iter().map(|hash| format!("\"{hash}\"")).collect();
    all.sort();
    assert_eq!(reached, all);
    story.days(60);
    assert!(story.world.carrier.out().is_empty());
    holds_and_replays(&story.world);
}

/// A call task is put on an advisor's list only for somebody who may be called.
#[test]
fn p4_a_call_task_is_not_opened_after_a_stop_to_calls() {
    for (stop, tasks) in [(None, 1), (Some(Scope::Calls), 0)] {
        let mut story = Story::new();
        story.owner("anna", "h1", ANNA);
        story.car("v1", "anna");
        // He bought something: no registry was looked at, and a relationship lifts that.
        story.order("v1", "H-1", "2026-11-20", Some("40000"), &[OIL]);
        story.declines("v1", "H-1", "9");
        if let Some(scope) = stop {
            story.revokes(ANNA, scope);
        }
        story.days(100);
        assert_eq!(story.count("call_task_opened"), tasks, "{stop:?}");
        let suppressed = story.of("touch_suppressed");
        let call = suppressed.iter().find(|event| event.data["channel"] == "live_call");
        assert_eq!(
            call.map(|event| event.data["reason"].clone()),
            stop.map(|_| "opted_out".into()),
            "{stop:?}"
        );
        holds_and_replays(&story.world);
    }
}

/// "Not interested": it may be an opt-out, and may not. Nothing is marketed until the customer says more.
#[test]
fn p4_an_unclear_answer_holds_marketing_until_the_customer_opts_in() {
    for (answers, sent) in [(&["clarify"][..], 0), (&["clarify", "none"], 0), (&["clarify", "opt_in"], 1)] {
        let mut story = Story::new();
        story.owner("anna", "h1", ANNA);
        for scope in answers {
            story.replies(ANNA, None, scope);
            story.pass(TimeDelta::minutes(1));
        }
        story.due_car("v1", "anna");
        story.turn();
        assert_eq!(story.count("touch_sent"), sent, "{answers:?}");
        if sent == 0 {
            let held = story.of("touch_suppressed");
            assert!(
                held[0].data["decision"].to_string().contains("HOUSE-HELD-UNCLEAR"),
                "{:?}",
                held[0].data
            );
        }
        holds_and_replays(&story.world);
    }
}

/// A STOP by reply is cited as what it is, and a revocation of which only the scope is known as what that is.
#[test]
fn p4_how_an_opt_out_came_in_is_kept_and_cited() {
    for (label, rule) in [
        ("all", "FED-REVOKE-PERSE"),
        ("freetext", "FED-REVOKE-REASONABLE-PERSON"),
        ("", "FED-REVOKE-OTHER-MEANS"),
    ] {
        let mut story = Story::new();
        story.owner("anna", "h1", ANNA);
        story.due_car("v1", "anna");
        if label.is_empty() {
            story.revokes(ANNA, Scope::All);
        } else {
            story.replies(ANNA, None, label);
        }
        story.turn();
        let held = story.of("touch_suppressed");
        let decision = held[0].data["decision"].to_string();
        assert!(decision.contains(rule), "{label}: {decision}");
        assert!(decision.contains("America/New_York"), "where the telephone was taken to be: {decision}");
    }
}
