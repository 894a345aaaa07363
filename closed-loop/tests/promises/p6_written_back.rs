//! Promise 6, outward: what is to be written back goes to the right place, in order, through nights when the DMS is down.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use fixedops_closed_loop::Happened;
use fixedops_connectors_traits::{AuthorizationStatus, WriteBack, WriteBackKind, WriteBackTarget};
use fixedops_vocab::{PayType, Scope};

use crate::judge::{holds, holds_and_replays};
use crate::outside::{Desk, Fails, held};
use crate::story::{ANNA, BEN, Driver, Line, OIL, Said, Story, failing_world, id};

const WIPERS: Line<'static> = ("4", "WIPER", 14_900, PayType::CustomerPay);

/// Anna declined wipers on R-1, was written to a month later and booked from it; R-2 is still to be closed.
fn comes_back(story: &mut Story) {
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.opens_order("v1", "R-1");
    let said = Said { reason: Some("price"), ..Said::default() };
    story.answers("v1", "R-1", AuthorizationStatus::Declined, said);
    story.order("v1", "R-1", "2026-12-01", None, &[("1", "INSP", 2_000, PayType::CustomerPay)]);
    story.days(32);
    let touch = story.first_touch();
    let starts_at = story.now + TimeDelta::days(1);
    story.books("v1", "A-1", starts_at, Some(touch));
    story.days(1);
    story.shows("v1", "A-1");
}

/// Anna was written to about her oil service and booked from it; R-2 is still to be closed.
fn booked_for_miles(story: &mut Story) {
    story.anna();
    story.turn();
    let touch = story.first_touch();
    story.now += TimeDelta::minutes(12);
    let starts_at = story.now + TimeDelta::days(1);
    story.books("v1", "A-1", starts_at, Some(touch));
    story.days(1);
}

fn closes(story: &mut Story, lines: &[Line<'_>]) {
    let day = story.now.date_naive().to_string();
    let mut closed = story.closing("v1", "R-2", &day, None, lines);
    closed.initiated_from = Some(id("A-1"));
    closed.occurred_at = story.now;
    story.tell(Happened::RoClosed(closed));
}

fn written(story: &Story) -> Vec<WriteBack> {
    held(&story.world.dms.written).clone()
}

fn kinds(story: &Story) -> Vec<&'static str> {
    let name = |write_back: &WriteBack| match write_back.kind {
        WriteBackKind::DeclineReason { .. } => "decline_reason",
        WriteBackKind::Disposition { .. } => "disposition",
        WriteBackKind::RecoveredRevenue { .. } => "recovered_revenue",
        WriteBackKind::RecoveredRevenueReversed { .. } => "reversed",
        _ => "?",
    };
    written(story).iter().map(name).collect()
}

#[test]
fn p6_reason_disposition_and_recovered_revenue_go_where_they_belong() {
    let mut story = Story::on_sqlite(Driver::BlockOn);
    comes_back(&mut story);
    closes(&mut story, &[WIPERS]);
    story.turn();
    let r1 = WriteBackTarget::RepairOrder(id("R-1"));
    let all = written(&story);
    assert_eq!(kinds(&story).len(), 3, "{all:?}");
    assert_eq!(all[0].target, r1, "the reason stands where it was declined");
    assert_eq!(all[1].target, WriteBackTarget::Customer(id("anna")), "the disposition is the customer's");
    let WriteBackKind::Disposition { closure, disposition, .. } = &all[1].kind else { panic!("{all:?}") };
    assert_eq!(
        (closure.as_str(), disposition.as_str()),
        ("win", "Follow-up on declined work: work done here")
    );
    assert_eq!(all[2].target, r1, "recovered revenue goes to the order it was declined on");
    let WriteBackKind::RecoveredRevenue { sold_on, line, amount, .. } = &all[2].kind else {
        panic!("{all:?}")
    };
    assert_eq!(
        (sold_on, line.as_str(), amount.to_string()),
        (&Some(id("R-2")), "4", "149.00 USD".to_owned())
    );
    let queued = story.of("write_back_queued");
    let streams: Vec<_> = queued.iter().map(|event| event.stream.as_str()).collect();
    assert_eq!(streams, ["ro/R-1", "dms/anna", "ro/R-1"]);
    assert_eq!(format!("{:?}", queued[1].stream), "dms/***", "a customer's number stays out of logs");
    holds_and_replays(&story.world);
}

#[test]
fn p6_revenue_of_a_mileage_case_goes_to_the_order_it_was_sold_on() {
    let mut story = Story::new();
    booked_for_miles(&mut story);
    closes(&mut story, &[OIL]);
    story.turn();
    let revenue: Vec<_> = written(&story).into_iter().filter(|w| w.key.0.starts_with("recovered/")).collect();
    assert_eq!(revenue.len(), 1);
    assert_eq!(revenue[0].target, WriteBackTarget::RepairOrder(id("R-2")));
    assert!(matches!(&revenue[0].kind, WriteBackKind::RecoveredRevenue { sold_on: None, .. }));
    holds_and_replays(&story.world);
}

#[test]
fn p6_revenue_that_was_written_is_reversed_behind_it_when_the_credit_falls() {
    let mut story = Story::new();
    comes_back(&mut story);
    closes(&mut story, &[WIPERS]);
    story.turn();
    // Closed again: the line is gone.
    story.now += TimeDelta::days(1);
    closes(&mut story, &[OIL]);
    story.turn();
    let all = written(&story);
    let last = all.last().unwrap();
    assert_eq!(last.target, WriteBackTarget::RepairOrder(id("R-1")));
    let WriteBackKind::RecoveredRevenueReversed { sold_on, amount, reason, .. } = &last.kind else {
        panic!("{all:?}")
    };
    assert_eq!((sold_on, amount.to_string()), (&Some(id("R-2")), "149.00 USD".to_owned()));
    assert_eq!(*reason, story.of("credit_reversed")[0].data["reason"].as_str().unwrap());
    holds_and_replays(&story.world);
}

#[test]
fn p6_revenue_that_was_never_tried_is_taken_off_the_queue_and_what_was_tried_is_reversed() {
    // Another entry is stuck before it, or it is itself what the DMS did not answer to.
    for (stuck, expected) in [("another", "write_back_withdrawn"), ("itself", "reversed")] {
        let mut story = Story::new();
        comes_back(&mut story);
        let until = story.now + TimeDelta::days(3);
        held(&story.world.dms.next).push_back(Desk::Down(Some(until)));
        if stuck == "another" {
            story.declines("v1", "R-1", "7");
            story.turn();
        }
        closes(&mut story, &[WIPERS]);
        story.turn();
        assert_eq!(story.count("credit_assigned"), 1);
        story.now += TimeDelta::seconds(1);
        closes(&mut story, &[OIL]);
        story.turn();
        assert_eq!(story.count("credit_reversed"), 1);
        assert!(written(&story).iter().all(|w| !w.key.0.starts_with("recovered/")), "nothing is written yet");
        story.days(5);
        match expected {
            "write_back_withdrawn" => {
                assert_eq!(story.count("write_back_withdrawn"), 1);
                assert!(!kinds(&story).contains(&"recovered_revenue"));
                assert!(!kinds(&story).contains(&"reversed"));
            }
            _ => {
                assert_eq!(story.count("write_back_withdrawn"), 0);
                let revenue: Vec<_> =
                    kinds(&story).into_iter().filter(|kind| *kind != "disposition").collect();
                assert_eq!(revenue, ["decline_reason", "recovered_revenue", "reversed"], "in this order");
            }
        }
        holds_and_replays(&story.world);
    }
}

#[test]
fn p6_what_the_dms_took_and_the_journal_never_heard_of_is_reversed_when_the_credit_falls() {
    let mut unheard = 0;
    for appends in 1..12 {
        let (world, failing) = failing_world(None);
        let mut story = Story::driven(world, Driver::BlockOn);
        story.store();
        booked_for_miles(&mut story);
        closes(&mut story, &[OIL]);
        *held(&failing.fails) = Some((appends, Fails::Before));
        let died = story.try_turn().is_err();
        *held(&failing.fails) = None;
        let confirmed = |story: &Story| {
            story
                .of("write_back_confirmed")
                .iter()
                .any(|e| e.data["key"].as_str().unwrap().starts_with("recovered/"))
        };
        unheard += usize::from(died && kinds(&story).contains(&"recovered_revenue") && !confirmed(&story));
        // The process starts again, and before it goes on the order is closed without the line.
        story.restarts();
        closes(&mut story, &[WIPERS]);
        story.days(2);
        let keys = story.world.dms.keys("");
        let taken = keys.iter().filter_map(|key| key.strip_prefix("recovered/")).collect::<BTreeSet<_>>();
        let given = keys.iter().filter_map(|key| key.strip_prefix("reversed/")).collect::<BTreeSet<_>>();
        assert_eq!(taken, given, "killed at append {appends}: the DMS shows revenue nobody claims");
        assert_eq!(story.count("credit_assigned"), story.count("credit_reversed"));
        holds_and_replays(&story.world);
    }
    assert_eq!(unheard, 1, "one of the kills falls between the DMS and the journal");
}

#[test]
fn p6_an_expired_password_holds_the_queue_up_and_parks_nothing() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    for _ in 0..3 {
        held(&story.world.dms.next).push_back(Desk::Locked);
    }
    story.declines("v1", "R-1", "7");
    story.declines("v1", "R-1", "8");
    story.turn();
    let delayed = &story.of("write_back_delayed")[0];
    assert_eq!(delayed.data["reason"], "the DMS knows this password no more", "a person can read why");
    story.days(1);
    assert_eq!((story.count("write_back_parked"), story.count("write_back_delayed")), (0, 3));
    assert_eq!(kinds(&story), ["decline_reason", "decline_reason"]);
    holds_and_replays(&story.world);
}

#[test]
fn p6_a_dms_that_says_not_before_the_end_of_time_is_asked_again_within_a_month() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    held(&story.world.dms.next).push_back(Desk::Down(Some(DateTime::<Utc>::MAX_UTC)));
    story.declines("v1", "R-1", "7");
    story.days(31);
    assert_eq!(kinds(&story), ["decline_reason"]);
    holds_and_replays(&story.world);
}

/// Every evening at eight the DMS goes down, until six.
fn night(now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let morning = |day: DateTime<Utc>| day.date_naive().and_hms_opt(6, 0, 0).map(|at| at.and_utc());
    match now.hour() {
        20.. => morning(now + TimeDelta::days(1)),
        0..6 => morning(now),
        _ => None,
    }
}

fn hours(story: &mut Story, hours: u32) {
    for hour in 0..hours {
        *held(&story.world.dms.down) = night(story.now);
        story.pass(TimeDelta::hours(1));
        if hour % 31 == 0 {
            story.restarts();
        }
    }
}

#[test]
fn p6_through_nights_when_the_dms_is_down_nothing_is_lost_and_each_queue_keeps_its_order() {
    let mut story = Story::on_sqlite(Driver::BlockOn);
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.owner("ben", "h2", BEN);
    story.due_car("v2", "ben");
    // Told at nine in the evening, and each evening after that.
    story.now += TimeDelta::hours(6);
    for evening in 0..3 {
        let ro = format!("E-{evening}");
        *held(&story.world.dms.down) = night(story.now);
        for line in ["7", "8", "9"] {
            story.declines("v1", &ro, line);
        }
        if evening == 1 {
            story.revokes(BEN, Scope::All);
        }
        story.turn();
        hours(&mut story, 24);
    }
    hours(&mut story, 24);

    assert!(*held(&story.world.dms.refused) >= 3, "the DMS was asked while it was down");
    for delayed in story.of("write_back_delayed") {
        let again: DateTime<Utc> = id(delayed.data["wake_at"].as_str().unwrap());
        assert_eq!((again.hour(), again.minute()), (6, 0), "not before the DMS said");
    }
    let all = written(&story);
    let queued = story.of("write_back_queued");
    assert_eq!(all.len(), queued.len(), "everything was written, once");
    assert_eq!(queued.len(), 10, "nine reasons and a disposition");
    let mut streams: Vec<_> = queued.iter().map(|event| event.stream.clone()).collect();
    streams.sort();
    streams.dedup();
    for stream in streams {
        let of = |event_type: &str, key: &dyn Fn(&serde_json::Value) -> String| {
            let events = story.of(event_type);
            events.iter().filter(|e| e.stream == stream).map(|e| key(&e.data)).collect::<Vec<_>>()
        };
        let text = |value: &serde_json::Value| value["key"].as_str().unwrap().to_owned();
        let queued = of("write_back_queued", &|data| text(&data["write_back"]));
        assert_eq!(of("write_back_confirmed", &text), queued, "{stream}");
    }
    holds(&story.world);
    holds_and_replays(&story.world);
}

#[test]
fn p6_a_disposition_a_dms_will_never_take_is_parked_and_stops_nobody_else() {
    let mut story = Story::new();
    comes_back(&mut story);
    held(&story.world.dms.next).push_back(Desk::Rejects("the order is archived"));
    closes(&mut story, &[WIPERS]);
    story.turn();
    let parked = story.of("write_back_parked");
    assert_eq!(parked.len(), 1);
    assert_eq!(
        (parked[0].stream.as_str(), &parked[0].data["reason"]),
        ("ro/R-1", &"the order is archived".into())
    );
    assert_eq!(kinds(&story), ["decline_reason", "disposition"]);
    // A parked entry is a person's: it is not reversed behind his back.
    story.now += TimeDelta::days(1);
    closes(&mut story, &[OIL]);
    story.days(2);
    assert_eq!(story.count("credit_reversed"), 1);
    assert_eq!(kinds(&story), ["decline_reason", "disposition"]);
    holds_and_replays(&story.world);
}
