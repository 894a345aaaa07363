//! Promise 5: (case, touch) goes out at most once, whatever crashes, repeats or arrives twice.

use chrono::TimeDelta;
use fixedops_closed_loop::streams;
use fixedops_connectors_traits::RefusalKind;
use fixedops_vocab::Scope;
use futures_lite::future::block_on;

use crate::judge::{holds, holds_and_replays};
use crate::outside::{Answer, Dies, Memory, held};
use crate::story::{ANNA, Story};

/// The process dies around the hand-over of Anna's first touch.
fn dies(how: Dies) -> Story {
    let mut story = Story::new();
    story.anna();
    *held(&story.world.meddling.dies) = Some(how);
    story.turn();
    assert_eq!((story.count("touch_cleared"), story.count("touch_sent")), (1, 0), "it died in between");
    story
}

#[test]
fn p5_never_seen_within_five_seconds_and_nothing_moved_goes_out_on_the_same_clearance() {
    for milliseconds in [0, 1_000, 4_999] {
        let mut story = dies(Dies::BeforeHandOver);
        story.now += TimeDelta::milliseconds(milliseconds);
        story.restarts();
        assert_eq!(
            (story.count("touch_cleared"), story.count("touch_sent")),
            (1, 1),
            "after {milliseconds} ms"
        );
        assert_eq!(story.world.carrier.out().len(), 1);
        assert_eq!(story.outcomes(), ["waiting", "sent"]);
        holds_and_replays(&story.world);
    }
}

#[test]
fn p5_never_seen_and_later_is_cleared_a_second_time_and_sent_once() {
    for seconds in [5, 3_600] {
        let mut story = dies(Dies::BeforeHandOver);
        story.now += TimeDelta::seconds(seconds);
        story.restarts();
        assert_eq!((story.count("touch_cleared"), story.count("touch_sent")), (2, 1), "after {seconds} s");
        assert_eq!(story.count("contact_budget_used"), 2, "one use, told to person and household");
        assert_eq!(story.world.carrier.out().len(), 1);
        story.days(60);
        holds_and_replays(&story.world);
    }
}

#[test]
fn p5_never_seen_within_five_seconds_but_something_moved_is_cleared_anew() {
    let mut story = dies(Dies::BeforeHandOver);
    // A second telephone of Anna's: nothing that forbids the touch, but not what was decided on.
    story.now += TimeDelta::seconds(1);
    story.linked("anna", "h1", "anna@mail.example");
    story.restarts();
    assert_eq!((story.count("touch_cleared"), story.count("touch_sent")), (2, 1));
    holds(&story.world);
}

#[test]
fn p5_never_seen_after_a_stop_is_suppressed() {
    for seconds in [1, 5, 3_600] {
        let mut story = dies(Dies::BeforeHandOver);
        story.now += TimeDelta::seconds(seconds);
        // The STOP is taken in before anything is settled.
        story.engine = story.world.engine();
        story.revokes(ANNA, Scope::All);
        story.restarts();
        assert!(story.world.carrier.out().is_empty(), "after {seconds} s");
        assert_eq!((story.count("touch_cleared"), story.count("touch_suppressed")), (1, 1));
        assert_eq!(story.of("touch_suppressed")[0].data["reason"], "opted_out");
        assert_eq!(story.outcomes().last().unwrap(), "suppressed(opted_out)");
        story.days(60);
        assert!(story.world.carrier.out().is_empty());
        holds(&story.world);
    }
}

/// Decided anew means the facts too: who booked meanwhile is not told to book.
#[test]
fn p5_never_seen_after_a_booking_is_held_back_as_it_would_be_without_the_crash() {
    let mut story = dies(Dies::BeforeHandOver);
    story.now += TimeDelta::hours(1);
    story.engine = story.world.engine();
    let starts_at = story.now + TimeDelta::days(2);
    story.books("v1", "A-1", starts_at, None);
    story.restarts();
    assert!(story.world.carrier.out().is_empty(), "he has booked");
    assert_eq!(story.of("touch_suppressed")[0].data["reason"], "booked");
    holds(&story.world);
}

#[test]
fn p5_accepted_is_journalled_after_the_crash_and_not_sent_again() {
    for seconds in [0, 3, 5, 86_400] {
        let mut story = dies(Dies::AfterHandOver);
        story.now += TimeDelta::seconds(seconds);
        story.restarts();
        story.restarts();
        assert_eq!((story.count("touch_cleared"), story.count("touch_sent")), (1, 1), "after {seconds} s");
        assert_eq!(story.world.carrier.out().len(), 1);
        story.days(60);
        holds_and_replays(&story.world);
    }
}

#[test]
fn p5_refused_is_journalled_after_the_crash_and_given_back_to_the_caps() {
    let mut story = Story::new();
    story.anna();
    *held(&story.world.carrier.answer) = Answer::Refuses(RefusalKind::BadAddress, None);
    *held(&story.world.meddling.dies) = Some(Dies::AfterHandOver);
    story.turn();
    story.restarts();
    assert_eq!(story.of("touch_failed")[0].data["reason"], "bad_address");
    assert_eq!(story.count("contact_budget_released"), 2);
    assert_eq!(story.count("touch_cleared"), 1);
    holds_and_replays(&story.world);
}

#[test]
fn p5_where_the_carrier_cannot_say_the_touch_is_not_sent_again_and_the_journal_says_so() {
    for how in [Dies::BeforeHandOver, Dies::AfterHandOver] {
        let mut story = dies(how);
        *held(&story.world.carrier.memory) = Memory::None;
        let touch = story.first_touch();
        story.restarts();
        assert_eq!((story.count("touch_outcome_unknown"), story.count("touch_sent")), (1, 0), "{how:?}");
        assert_eq!(story.outcomes().last().unwrap(), "failed(outcome_unknown)");
        assert_eq!(story.count("contact_budget_released"), 0, "it may have gone out: it counts");

        story.days(60);
        let cleared: Vec<_> = story.of("touch_cleared");
        let same = cleared.iter().filter(|event| event.data["touch"] == touch.touch.as_str());
        assert_eq!(same.count(), 1, "never again: {how:?}");
        holds_and_replays(&story.world);
    }
}

#[test]
fn p5_an_answer_that_is_lost_is_an_unknown_outcome() {
    let mut story = Story::new();
    story.anna();
    *held(&story.world.carrier.answer) = Answer::SendsAndIsCutOff;
    story.turn();
    assert_eq!((story.count("touch_outcome_unknown"), story.count("touch_sent")), (1, 0));
    assert_eq!(story.outcomes(), ["waiting", "failed(outcome_unknown)"]);
    holds_and_replays(&story.world);
}

/// Another process settles while the first is still handing over, and the carrier keeps no keys: unknown. Then the
/// first hears that it was taken: that is the later proof of sending.
#[test]
fn p5_a_later_proof_of_sending_makes_an_unknown_touch_sent() {
    let mut story = Story::new();
    story.anna();
    *held(&story.world.carrier.memory) = Memory::None;
    let (other, now) = (story.world.engine(), story.now);
    *held(&story.world.meddling.while_dispatching) = Some(Box::new(move || {
        block_on(other.settle(now)).unwrap();
    }));
    story.turn();
    assert_eq!((story.count("touch_outcome_unknown"), story.count("touch_sent")), (1, 1));
    assert_eq!(story.outcomes(), ["waiting", "failed(outcome_unknown)", "sent"]);
    story.days(60);
    holds(&story.world);
}

#[test]
fn p5_a_refusal_with_a_day_to_try_again_is_tried_then_and_goes_out_once() {
    let mut story = Story::new();
    story.anna();
    let retry = story.now + TimeDelta::hours(2);
    *held(&story.world.carrier.answer) = Answer::Refuses(RefusalKind::RateLimited, Some(retry));
    story.turn();
    assert_eq!(story.count("touch_failed"), 1);
    *held(&story.world.carrier.answer) = Answer::Accepts;
    story.days(1);
    assert_eq!((story.count("touch_cleared"), story.count("touch_sent")), (2, 1));
    assert!(story.of("touch_sent")[0].at >= retry);
    holds_and_replays(&story.world);
}

#[test]
fn p5_a_case_that_ended_before_its_touch_was_settled_sends_nothing_more() {
    let mut story = dies(Dies::BeforeHandOver);
    story.now += TimeDelta::hours(1);
    story.engine = story.world.engine();
    story.order("v1", "R-1", "2026-12-01", Some("47610"), &[crate::story::OIL]);
    story.wakes(streams::vehicle(&crate::story::id("v1")).unwrap());
    story.restarts();
    assert!(story.world.carrier.out().is_empty());
    assert_eq!(story.of("touch_failed")[0].data["reason"], "case_closed");
    assert_eq!(story.outcomes().last().unwrap(), "withdrawn(serviced)");
    holds(&story.world);
}

/// A line that is dead at the start does not keep the loop from starting.
#[test]
fn p5_settling_comes_to_an_end_where_no_hand_over_is_answered() {
    for seconds in [0, 60] {
        let mut story = dies(Dies::BeforeHandOver);
        story.now += TimeDelta::seconds(seconds);
        *held(&story.world.meddling.dead_line) = Some(0);
        story.restarts();
        *held(&story.world.meddling.dead_line) = None;
        story.now += TimeDelta::minutes(1);
        story.turn();
        assert_eq!(story.count("touch_sent"), 1, "once the line is there again");
        story.days(60);
        holds(&story.world);
    }
}
