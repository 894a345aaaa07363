//! What customers answer to recommended lines: yes, no, not now, and all of it told twice, late or in another order.

use chrono::TimeDelta;
use fixedops_closed_loop::{
    Alarm, AuthorizationTranslator, DeclineReasons, Happened, Inbound, Ingested, LineDeferred, LoopErrorKind,
    RecommendedLine,
};
use fixedops_connectors_traits::{AuthorizationMethod, AuthorizationRecord, AuthorizationStatus};
use fixedops_vocab::PayType;

use crate::judge::holds_and_replays;
use crate::story::{ANNA, Driver, Line, OIL, Said, Story, at, id};

use AuthorizationStatus::{Approved, Declined, Deferred};

const WIPERS: Line<'static> = ("9", "WIPER", 14_900, PayType::CustomerPay);
const PRICE: Said<'static> = Said { reason: Some("Too expensive"), until: None, minutes_ago: 5 };
const YES: Said<'static> = Said { reason: None, until: None, minutes_ago: 0 };

/// Anna's car is in the shop on order R-1; nothing is due.
fn in_the_shop() -> Story {
    let mut story = Story::new();
    set_up(&mut story);
    story
}

fn set_up(story: &mut Story) {
    story.owner("anna", "h1", ANNA);
    story.linked("anna", "h1", "anna@mail.example");
    story.car("v1", "anna");
    story.opens_order("v1", "R-1");
    story.now += TimeDelta::hours(1);
}

fn goes_home(story: &mut Story, lines: &[Line<'_>]) {
    story.now += TimeDelta::hours(2);
    story.order("v1", "R-1", "2026-12-01", None, lines);
    story.turn();
}

/// Every touch that was sent, and every reason why one was not.
fn touches(story: &Story) -> (usize, Vec<String>) {
    let reasons = story.of("touch_suppressed");
    (
        story.count("touch_sent"),
        reasons.iter().map(|e| e.data["reason"].as_str().unwrap().to_owned()).collect(),
    )
}

fn closures(story: &Story) -> Vec<String> {
    story.of("case_closed").iter().map(|event| event.data["closure"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_decline_told_by_the_customer_and_by_the_dms_is_one_decline() {
    for flag_first in [false, true] {
        let mut story = in_the_shop();
        let mut told = Vec::new();
        if flag_first {
            told.push(story.flags_declined("v1", "R-1"));
        }
        told.push(story.answers("v1", "R-1", Declined, PRICE));
        if !flag_first {
            told.push(story.flags_declined("v1", "R-1"));
        }
        assert_eq!(told[0], Ingested::Recorded);
        // The flag adds nothing to what the customer said; what he said adds his reason to the flag.
        assert_eq!(told[1], if flag_first { Ingested::Recorded } else { Ingested::Duplicate });
        let declined = story.of("line_declined");
        let cases: Vec<_> = declined.iter().filter(|event| !event.data["case"].is_null()).collect();
        assert_eq!((cases.len(), story.count("case_opened")), (1, 1), "flag first: {flag_first}");
        let last = &declined[declined.len() - 1].data;
        assert_eq!((&last["reason"], &last["method"]), (&"price".into(), &"digital_portal".into()));
        let reasons = story.of("write_back_queued");
        assert_eq!(reasons.len(), 1, "the reason is written back once");
        assert_eq!(reasons[0].data["write_back"]["reason"], "too expensive");
        goes_home(&mut story, &[]);
        story.days(130);
        assert!(story.count("touch_sent") > 0);
        holds_and_replays(&story.world);
    }
}

#[test]
fn the_case_of_a_declined_line_speaks_of_its_price() {
    let mut story = in_the_shop();
    story.answers("v1", "R-1", Declined, PRICE);
    goes_home(&mut story, &[]);
    story.days(130);
    let bodies: Vec<_> = story.world.carrier.out().into_iter().map(|out| out.body).collect();
    assert!(bodies.iter().any(|body| body.contains("149.00")), "{bodies:?}");
    holds_and_replays(&story.world);
}

#[test]
fn a_line_approved_after_all_is_not_spoken_of_and_is_won_when_the_order_closes() {
    let mut story = in_the_shop();
    story.answers("v1", "R-1", Declined, PRICE);
    assert_eq!(story.answers("v1", "R-1", Approved, YES), Ingested::Recorded);
    assert_eq!(story.answers("v1", "R-1", Approved, YES), Ingested::Duplicate);
    assert!(closures(&story).is_empty(), "a yes is not yet work done");
    goes_home(&mut story, &[WIPERS]);
    assert_eq!(closures(&story), ["win"]);
    story.days(130);
    assert_eq!(touches(&story).0, 0);
    holds_and_replays(&story.world);
}

#[test]
fn a_line_approved_and_not_done_is_not_spoken_of_either_until_it_is_declined_again() {
    let mut story = in_the_shop();
    story.answers("v1", "R-1", Declined, PRICE);
    story.answers("v1", "R-1", Approved, YES);
    goes_home(&mut story, &[]);
    story.days(45);
    let (sent, reasons) = touches(&story);
    assert_eq!((sent, reasons), (0, vec!["approved".to_owned()]), "the touch of day 30");
    story.answers("v1", "R-1", Declined, Said { minutes_ago: 0, ..PRICE });
    assert_eq!(story.count("case_opened"), 1, "the same line, the same case");
    story.days(130);
    assert!(touches(&story).0 > 0);
    assert_eq!(closures(&story), ["lapsed"]);
    holds_and_replays(&story.world);
}

#[test]
fn an_answer_that_was_overtaken_before_it_came_in_is_journalled_and_changes_nothing() {
    let mut story = in_the_shop();
    story.answers("v1", "R-1", Approved, YES);
    assert_eq!(
        story.answers("v1", "R-1", Declined, PRICE),
        Ingested::Recorded,
        "said five minutes before the yes"
    );
    assert_eq!((story.count("line_declined"), story.count("case_opened")), (1, 0));
    assert_eq!(story.count("write_back_queued"), 0);
    goes_home(&mut story, &[]);
    story.days(130);
    assert_eq!(touches(&story).0, 0);
    holds_and_replays(&story.world);
}

#[test]
fn what_was_done_elsewhere_opens_no_case_and_ends_the_one_that_is_open() {
    let elsewhere = Said { reason: Some("done elsewhere"), ..YES };
    let mut first = in_the_shop();
    first.answers("v1", "R-1", Declined, elsewhere);
    assert_eq!((first.count("line_declined"), first.count("case_opened")), (1, 0));
    holds_and_replays(&first.world);

    let mut later = in_the_shop();
    later.flags_declined("v1", "R-1");
    goes_home(&mut later, &[]);
    later.days(3);
    later.answers("v1", "R-1", Declined, elsewhere);
    assert_eq!(closures(&later), ["done_elsewhere"]);
    later.days(130);
    assert_eq!(touches(&later).0, 0);
    holds_and_replays(&later.world);
}

#[test]
fn a_customer_who_declined_for_another_reason_and_had_it_done_elsewhere_since_is_left_alone() {
    let elsewhere = Said { reason: Some("done elsewhere"), ..YES };
    let mut story = in_the_shop();
    story.answers("v1", "R-1", Declined, PRICE);
    goes_home(&mut story, &[]);
    story.days(20);
    assert_eq!(story.answers("v1", "R-1", Declined, elsewhere), Ingested::Recorded, "it says something new");
    assert_eq!(closures(&story), ["done_elsewhere"]);
    // What he said before comes in once more, by another door: it changes nothing any more.
    let before = Said { minutes_ago: 60 * 24 * 20, ..PRICE };
    assert_eq!(story.answers("v1", "R-1", Declined, before), Ingested::Duplicate);
    story.days(130);
    assert_eq!(touches(&story).0, 0);
    let words: Vec<_> =
        story.of("write_back_queued").iter().map(|e| e.data["write_back"]["reason"].clone()).collect();
    assert_eq!(words[..1], ["too expensive"]);
    assert!(words.contains(&"had it done elsewhere".into()), "{words:?}");
    holds_and_replays(&story.world);
}

#[test]
fn what_was_said_last_counts_though_it_comes_in_between() {
    // Declined, approved, declined again; the approval comes in last.
    let mut story = in_the_shop();
    story.answers("v1", "R-1", Declined, Said { minutes_ago: 30, ..PRICE });
    assert_eq!(story.answers("v1", "R-1", Declined, Said { minutes_ago: 10, ..PRICE }), Ingested::Recorded);
    story.answers("v1", "R-1", Approved, Said { minutes_ago: 20, ..YES });
    goes_home(&mut story, &[]);
    story.days(130);
    assert!(touches(&story).0 > 0, "his last word was no");
    holds_and_replays(&story.world);

    // The DMS flags the line at closing; that he deferred it an hour before comes in later.
    let mut story = in_the_shop();
    story.flags_declined("v1", "R-1");
    goes_home(&mut story, &[]);
    story.days(1);
    let until = Some("2027-03-01");
    let told = Said { reason: None, until, minutes_ago: 60 * 27 };
    assert_eq!(story.answers("v1", "R-1", Deferred, told), Ingested::Recorded);
    story.days(70);
    assert_eq!((story.count("case_opened"), touches(&story).0), (1, 0), "{} is before the day", story.now);
    story.days(30);
    assert_eq!(story.of("touch_sent")[0].at.date_naive(), id("2027-03-01"));
    holds_and_replays(&story.world);

    // He deferred it, and declines it on his page afterwards without a reason: that is no bare flag.
    let mut story = in_the_shop();
    story.answers("v1", "R-1", Deferred, Said { until, minutes_ago: 30, ..YES });
    story.answers("v1", "R-1", Declined, Said { reason: None, ..PRICE });
    assert_eq!(story.count("case_opened"), 1);
    holds_and_replays(&story.world);
}

#[test]
fn a_day_nobody_can_mean_is_not_taken_and_stops_nobody() {
    for until in ["2024-03-01", "+12026-03-01", "+262142-12-31"] {
        let mut story = in_the_shop();
        let (told, set_aside) = story.answers_with("v1", "R-1", Deferred, Said { until: Some(until), ..YES });
        assert_eq!((told, set_aside), (Ingested::Recorded, vec!["deferred_until"]), "{until}");
        story.days(200);
        assert_eq!(story.count("case_opened"), 0, "{until}: not now is not now");
        holds_and_replays(&story.world);
    }
    // A caller who makes the input himself is told, and the vehicle goes on.
    let mut story = in_the_shop();
    let deferred = LineDeferred {
        key: "k".to_owned(),
        vehicle: id("v1"),
        line: RecommendedLine {
            ro: id("R-1"),
            line: id("9"),
            op_code: None,
            service: None,
            name: "wiper blades".to_owned(),
            price: None,
        },
        until: Some(id("+12026-03-01")),
        method: None,
        finding: None,
        occurred_at: story.now,
        wake_at: Alarm::Keep,
    };
    let inbound = Inbound::new(Happened::LineDeferred(deferred), Vec::new()).unwrap();
    let refused = story.offer(inbound).unwrap_err();
    assert_eq!(refused.kind(), LoopErrorKind::Refused, "{refused}");
    story.days(200);
    holds_and_replays(&story.world);
}

#[test]
fn an_import_brings_days_long_past_to_light_and_none_of_them_is_spoken_of() {
    for (days_ago, opened) in [(400, 0), (60, 1)] {
        let mut story = in_the_shop();
        let day = (story.now - TimeDelta::days(days_ago)).date_naive().to_string();
        let minutes_ago = 60 * 24 * (days_ago + 30);
        story.answers("v1", "R-1", Deferred, Said { until: Some(&day), minutes_ago, ..YES });
        goes_home(&mut story, &[]);
        assert_eq!(story.count("case_opened"), opened, "{days_ago} days ago");
        let reason = &story.of("deferral_ended")[0].data["reason"];
        assert_eq!(reason.is_null(), opened == 1, "{reason}");
        holds_and_replays(&story.world);
    }
}

#[test]
fn a_line_deferred_to_a_day_is_spoken_of_from_that_day_on_and_not_before() {
    let mut story = Story::on_sqlite(Driver::BlockOn);
    set_up(&mut story);
    story.answers("v1", "R-1", Deferred, Said { until: Some("2027-01-11"), ..YES });
    // A DMS knows only declined and not: its flag does not speak against the deferral.
    story.flags_declined("v1", "R-1");
    goes_home(&mut story, &[]);
    story.days(40);
    assert_eq!(story.count("case_opened"), 0, "{} is before the day", story.now);
    story.days(1);
    let opened = &story.of("case_opened")[0];
    assert_eq!(opened.at, at("2027-01-11T12:00:00Z"));
    let sent = &story.of("touch_sent")[0];
    assert_eq!(sent.at.date_naive(), id("2027-01-11"), "he asked for that day, and is written to on it");
    assert_eq!(story.of("deferral_ended")[0].data["case"], opened.data["case"]);
    story.days(130);
    assert_eq!(story.count("case_opened"), 1);
    assert_eq!(closures(&story), ["lapsed"]);
    holds_and_replays(&story.world);
}

#[test]
fn a_line_deferred_to_the_next_visit_or_answered_meanwhile_opens_no_case() {
    type Then = fn(&mut Story);
    let cases: [(&str, Option<&str>, Then); 3] = [
        ("the next visit", None, |_| {}),
        ("approved meanwhile", Some("2027-01-11"), |story| {
            story.answers("v1", "R-1", Approved, YES);
        }),
        ("sold meanwhile", Some("2027-01-11"), |story| story.car("v1", "ben")),
    ];
    for (case, until, then) in cases {
        let mut story = in_the_shop();
        story.answers("v1", "R-1", Deferred, Said { until, minutes_ago: 1, ..YES });
        goes_home(&mut story, &[]);
        story.days(2);
        then(&mut story);
        story.days(200);
        assert_eq!((story.count("case_opened"), story.count("touch_sent")), (0, 0), "{case}");
        holds_and_replays(&story.world);
    }
}

#[test]
fn a_declined_line_that_is_deferred_to_a_day_moves_its_timetable() {
    let mut story = in_the_shop();
    story.answers("v1", "R-1", Declined, PRICE);
    goes_home(&mut story, &[]);
    story.days(3);
    story.answers("v1", "R-1", Deferred, Said { until: Some("2027-02-15"), ..YES });
    story.days(72);
    assert_eq!(story.count("touch_sent"), 0, "{} is before the day", story.now);
    story.days(2);
    assert_eq!(story.of("touch_sent").len(), 1);
    assert_eq!(story.of("touch_sent")[0].at.date_naive(), id("2027-02-15"));
    assert_eq!(story.of("deferral_ended")[0].data["reason"], "case_known");
    story.days(30);
    assert_eq!(story.count("case_opened"), 1);
    holds_and_replays(&story.world);
}

#[test]
fn a_call_that_is_on_the_list_is_taken_off_when_the_line_is_approved() {
    let mut story = in_the_shop();
    story.answers("v1", "R-1", Declined, PRICE);
    goes_home(&mut story, &[OIL]);
    while story.count("call_task_opened") == 0 {
        story.days(1);
        assert!(story.now < at("2027-06-01T00:00:00Z"), "a call is planned for day 90");
    }
    story.answers("v1", "R-1", Approved, YES);
    assert_eq!(story.count("call_task_withdrawn"), 1);
    let sent = story.count("touch_sent");
    story.days(60);
    assert_eq!(story.count("touch_sent"), sent);
    holds_and_replays(&story.world);
}

#[test]
fn words_that_are_no_code_lie_in_the_person_store_and_not_in_the_journal() {
    let words = "ask my neighbour Mr Carter first";
    let record = AuthorizationRecord {
        ro: id("R-1"),
        line: id("9"),
        vehicle: id("v1"),
        finding: None,
        op_code: None,
        description: None,
        price: None,
        status: Declined,
        deferred_until: None,
        reason: Some(words.to_owned()),
        method: AuthorizationMethod::VerbalPhone,
        answered_at: at("2026-12-01T16:00:00Z"),
    };
    let reasons = DeclineReasons::shipped();
    let owned = AuthorizationTranslator { reasons: &reasons, owner_of: &|_| Some(id("anna")) };
    let translated = owned.translate(&record).unwrap();
    let inbound = &translated.inbounds[0];
    assert_eq!(inbound.facts()[0].value, words);
    assert_eq!(inbound.facts()[0].subject.kind(), "person");
    let event = inbound.happened().clone().into_event().unwrap();
    assert_eq!(event.data["reason"], "other");
    assert!(!event.data.to_string().contains("Carter"));

    let unowned = AuthorizationTranslator { reasons: &reasons, owner_of: &|_| None };
    let translated = unowned.translate(&record).unwrap();
    assert!(translated.inbounds[0].facts().is_empty());
    assert_eq!(translated.set_aside[0].field, "reason");
    assert!(!translated.set_aside[0].reason.contains("Carter"));
}
