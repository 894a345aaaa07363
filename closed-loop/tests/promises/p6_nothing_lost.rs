//! Promise 6: what came in is journalled before it is acknowledged, once; what is to be written back is, in order, or
//! is parked with a reason.

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_closed_loop::{Happened, Inbound, Ingested};
use fixedops_connectors_traits::AuthorizationStatus;
use fixedops_odometer_core::Fix;
use fixedops_vocab::{PayType, Scope};
use futures_lite::future::block_on;

use crate::judge::{holds, holds_and_replays};
use crate::outside::{Desk, Fails, held};
use crate::story::{ANNA, BEN, Driver, OIL, Said, Story, World, at, failing_world, id};

/// A whole round: sent, delivered, clicked, booked, shown, closed, credited; a decline; a STOP from another customer.
pub(crate) fn a_whole_round(story: &mut Story) {
    story.anna();
    story.owner("ben", "h2", BEN);
    story.due_car("v2", "ben");
    story.turn();
    let touch = story.first_touch();
    story.now += TimeDelta::minutes(5);
    story.delivered(ANNA, &touch, true);
    story.clicks(&touch, 95);
    story.replies(BEN, None, "sms");
    let starts_at = story.now + TimeDelta::days(2);
    story.books("v1", "A-1", starts_at, Some(touch));
    story.days(2);
    story.shows("v1", "A-1");
    story.opens_order("v1", "R-1");
    story.now += TimeDelta::hours(3);
    let mut closed = story.closing("v1", "R-1", "2026-12-03", Some("47700"), &two_lines());
    closed.initiated_from = Some(id("A-1"));
    closed.opened_at = starts_at;
    closed.occurred_at = story.now;
    story.tell(Happened::RoClosed(closed));
    story.declines("v1", "R-1", "9");
    story.exempts("v1", "R-1");
    let until = Some("2027-01-20");
    story.answers("v1", "R-7", AuthorizationStatus::Deferred, Said { until, ..Said::default() });
    story.turn();
    story.days(130);
}

/// Two customer-pay lines and one under warranty.
pub(crate) fn two_lines() -> [(&'static str, &'static str, i32, PayType); 3] {
    [OIL, ("2", "ROT", 2_995, PayType::CustomerPay), ("3", "RECALL", 12_500, PayType::Warranty)]
}

#[test]
fn p6_everything_that_comes_in_twice_is_taken_in_once() {
    let mut story = Story::new();
    a_whole_round(&mut story);
    let before = story.events();
    assert!(
        story.count("credit_assigned") > 0 && story.count("consent_revoked") > 0,
        "the round goes all the way"
    );

    let again = |story: &Story, when: &str| {
        for inbound in story.told() {
            let what = format!("{:?} {when}", inbound.key());
            assert_eq!(story.offer(inbound).unwrap(), Ingested::Duplicate, "{what}");
        }
        assert_eq!(story.events(), before, "nothing is written {when}");
    };
    again(&story, "again");
    story.restarts();
    again(&story, "after a restart");
    holds_and_replays(&story.world);
}

#[test]
fn p6_fixes_that_arrive_twice_are_folded_once() {
    let mut story = Story::new();
    story.anna();
    let from = at("2026-12-01T15:10:00Z");
    let fixes: Vec<Fix> = (0..90)
        .map(|n| {
            Fix::new(from + TimeDelta::seconds(20 * i64::from(n)), 33.75 + f64::from(n) * 0.0024, -84.39)
        })
        .collect();
    story.now += TimeDelta::hours(2);
    let fold =
        |story: &Story| block_on(story.engine.fold_fixes(&id("v1"), "fixes/1", &fixes, story.now)).unwrap();
    assert_eq!(fold(&story), Ingested::Recorded);
    let before = story.events();
    assert_eq!(fold(&story), Ingested::Duplicate);
    story.restarts();
    assert_eq!(fold(&story), Ingested::Duplicate);
    let new: Vec<_> = story.events().split_off(before.len());
    assert!(
        new.iter().all(|event| event.event_type.as_str() != "track_advanced"),
        "the restart only settles"
    );
    holds(&story.world);
}

/// The write-backs of revenue that stand in the journal under a type, by key.
fn keys(story: &Story, event_type: &str) -> Vec<String> {
    let key = |event: &fixedops_connectors_traits::Event| {
        let data = if event_type == "write_back_queued" { &event.data["write_back"] } else { &event.data };
        data["key"].as_str().unwrap().to_owned()
    };
    story.of(event_type).iter().map(key).filter(|key| key.starts_with("recovered/")).collect()
}

/// The whole round, with the desk in some mood when the credits are to be written.
fn written_back(desk: Vec<Desk>) -> Story {
    let mut story = Story::new();
    held(&story.world.dms.next).extend(desk);
    // Both lines are of services the message spoke of.
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-1", "2026-08-03", Some("40000"), &two_lines());
    for (day, miles) in [("2026-09-02", "42000"), ("2026-10-04", "44000"), ("2026-11-30", "47600")] {
        story.reading("v1", day, miles);
    }
    story.turn();
    let touch = story.first_touch();
    story.now += TimeDelta::minutes(12);
    let starts_at = story.now + TimeDelta::days(1);
    story.books("v1", "A-1", starts_at, Some(touch));
    story.days(1);
    let mut closed = story.closing("v1", "R-1", "2026-12-02", Some("47700"), &two_lines());
    closed.initiated_from = Some(id("A-1"));
    closed.opened_at = starts_at;
    closed.occurred_at = story.now + TimeDelta::hours(2);
    story.now = closed.occurred_at;
    story.tell(Happened::RoClosed(closed));
    story.turn();
    story
}

#[test]
fn p6_a_dms_that_is_down_is_asked_again_and_everything_is_written_in_order() {
    let until: DateTime<Utc> = at("2026-12-03T12:00:00Z");
    let mut story = written_back(vec![Desk::Down(Some(until)), Desk::Down(None), Desk::Down(None)]);
    let queued = keys(&story, "write_back_queued");
    assert_eq!(queued.len(), 2, "one for each credited line");
    assert_eq!((story.count("write_back_delayed"), keys(&story, "write_back_confirmed").len()), (1, 0));
    story.days(3);

    let delayed = story.of("write_back_delayed");
    assert_eq!(delayed.len(), 3);
    assert!(delayed.iter().all(|event| event.data["key"] == queued[0].as_str()), "the second waits its turn");
    assert_eq!(delayed[1].at, until, "not before the DMS said");
    assert_eq!(
        delayed.iter().map(|event| event.data["attempts"].as_u64().unwrap()).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    let pause = |n: usize| at(delayed[n].data["wake_at"].as_str().unwrap()) - delayed[n].at;
    assert!(pause(2) > pause(1), "the pauses grow");
    assert_eq!(keys(&story, "write_back_confirmed"), queued);
    assert_eq!(story.world.dms.keys("recovered/"), queued);
    holds_and_replays(&story.world);
}

#[test]
fn p6_what_a_dms_will_never_take_is_parked_with_its_reason_and_the_next_goes_on() {
    let mut story = written_back(vec![Desk::Rejects("the order is locked")]);
    story.days(1);
    let queued = keys(&story, "write_back_queued");
    assert_eq!(keys(&story, "write_back_parked"), queued[..1]);
    assert_eq!(story.of("write_back_parked")[0].data["reason"], "the order is locked");
    assert_eq!(keys(&story, "write_back_confirmed"), queued[1..]);
    assert_eq!(story.world.dms.keys("recovered/"), queued[1..]);
    holds_and_replays(&story.world);
}

/// What came in, and when.
type History = Vec<(DateTime<Utc>, Inbound)>;

/// A history of its own: the answers are those the undisturbed story gets.
fn history() -> History {
    let mut story = Story::new();
    let mut history = History::new();
    let note = |story: &Story, history: &mut History| {
        let known = history.len();
        history.extend(story.told().into_iter().skip(known).map(|inbound| (story.now, inbound)));
    };
    story.anna();
    story.owner("ben", "h1", BEN);
    story.due_car("v2", "ben");
    note(&story, &mut history);
    story.turn();
    let touch = story.first_touch();
    story.now += TimeDelta::minutes(12);
    let starts_at = story.now + TimeDelta::days(1);
    story.books("v1", "A-1", starts_at, Some(touch));
    story.revokes(BEN, Scope::Sms);
    note(&story, &mut history);
    story.days(1);
    let mut closed = story.closing("v1", "R-1", "2026-12-02", Some("47700"), &two_lines());
    closed.initiated_from = Some(id("A-1"));
    closed.opened_at = starts_at;
    story.tell(Happened::RoClosed(closed));
    story.exempts("v1", "R-1");
    let said = Said { reason: Some("price"), ..Said::default() };
    story.answers("v1", "R-1", AuthorizationStatus::Declined, said);
    let until = Some("2026-12-05");
    story.answers("v1", "R-7", AuthorizationStatus::Deferred, Said { until, ..Said::default() });
    note(&story, &mut history);
    history
}

/// Takes the history in over a world that may fail, starting again after each failure, to ten days past its end.
fn lived(history: &History, world: World) -> (World, usize) {
    let mut story = Story::driven(world, Driver::BlockOn);
    let mut restarts = 0;
    let mut again = |story: &mut Story| {
        restarts += 1;
        story.restarts();
    };
    for (when, inbound) in history {
        let until = *when - TimeDelta::seconds(1);
        while story.now < until {
            let left = until - story.now;
            if story.try_pass(left).is_err() {
                again(&mut story);
            }
        }
        story.now = *when;
        while story.offer(inbound.clone()).is_err() {
            again(&mut story);
        }
    }
    let end = story.now + TimeDelta::days(10);
    while story.now < end {
        let left = end - story.now;
        if story.try_pass(left).is_err() {
            again(&mut story);
        }
    }
    (story.world, restarts)
}

/// Killed just before and just after each append, started again, settled, gone on with: the same journal, to the byte,
/// and every touch out once.
#[test]
fn p6_a_run_killed_at_any_append_ends_in_the_journal_of_an_undisturbed_one() {
    let history = history();
    let (undisturbed, restarts) = lived(&history, failing_world(None).0);
    assert_eq!(restarts, 0);
    let expected = undisturbed.events();
    let of =
        |event_type: &str| expected.iter().filter(|event| event.event_type.as_str() == event_type).count();
    assert!(of("touch_sent") > 1 && of("credit_assigned") > 0 && of("write_back_confirmed") > 0);
    assert!(of("gate_exempted") == 1 && of("deferral_ended") == 1);
    let mut appends = 0;
    'kills: loop {
        appends += 1;
        for how in [Fails::Before, Fails::After] {
            let (world, failing) = failing_world(Some((appends, how)));
            let (world, restarts) = lived(&history, world);
            if held(&failing.fails).is_some() {
                break 'kills;
            }
            assert_eq!(restarts, 1, "killed {how:?} append {appends}");
            assert_eq!(world.events(), expected, "killed {how:?} append {appends}");
            assert!(
                world.carrier.counts().values().all(|times| *times == 1),
                "killed {how:?} append {appends}"
            );
        }
    }
    assert!(appends > 25, "only {appends} appends");
    holds_and_replays(&undisturbed);
}
