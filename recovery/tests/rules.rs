//! The rules of a sequence, each by a story.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "in tests a panic is the way to fail"
)]

mod story;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_recovery::{Case, Closure, Command, Event, HandOver, Phase, Transition, Wait};
use fixedops_vocab::{Channel, Purpose, RoLineId};
use story::{Story, day, declined, mileage_due, recall, start, touch};

#[test]
fn an_unanswered_decline_gets_four_touches_and_lapses_after_day_120() {
    Story::of(declined())
        .wakes_and_sends(30)
        .wakes_and_sends(60)
        .wakes_and_sends(90)
        .wakes_and_sends(120)
        .day(127, Event::Wake)
        .expect(&["day-30-sms", "day-60-email", "day-90-call", "day-120-sms"], Some(Closure::Lapsed));
}

#[test]
fn a_service_that_comes_due_gets_three_touches_and_lapses_on_day_45() {
    let story = Story::of(mileage_due());
    assert_eq!(story.case.wake_at(), Some(start()), "the first touch is due the moment the miles are");
    story
        .wakes_and_sends(0)
        .wakes_and_sends(14)
        .wakes_and_sends(30)
        .day(44, Event::Wake)
        .expect(&["day-0-sms", "day-14-sms", "day-30-email"], None)
        .day(45, Event::Wake)
        .expect(&["day-0-sms", "day-14-sms", "day-30-email"], Some(Closure::Lapsed));
}

#[test]
fn the_day_30_text_offers_ten_percent_off_that_line() {
    let story = Story::of(declined()).day(30, Event::Wake);
    let [Command::Send { channel, purpose, template, offer, round, .. }] = &story.commands[..] else {
        panic!("one send, not {:?}", story.commands)
    };
    assert_eq!((*channel, *purpose, *round), (Channel::Sms, Purpose::Marketing, 1));
    assert_eq!((template.as_str(), offer.map(|offer| offer.percent())), ("declined_photo", Some(10)));
}

#[test]
fn the_day_90_call_goes_to_an_advisor_with_a_slot_to_offer() {
    let story = Story::of(declined()).day(90, Event::Wake);
    assert!(matches!(&story.commands[..], [Command::CallTask { with_slot: true, .. }]));
}

#[test]
fn an_early_wake_does_nothing() {
    let story = Story::of(declined());
    let case = story.case.clone();
    assert_eq!(story.day(29, Event::Wake).expect(&[], None).case, case);
}

#[test]
fn after_an_outage_the_latest_due_touch_goes_out_once_and_the_older_ones_never() {
    Story::of(declined())
        .wakes_and_sends(100)
        .day(101, Event::Wake)
        .expect(&["day-90-call"], None)
        .wakes_and_sends(120)
        .expect(&["day-90-call", "day-120-sms"], None);
}

#[test]
fn an_outage_past_the_horizon_ends_in_silence() {
    Story::of(declined()).day(400, Event::Wake).expect(&[], Some(Closure::Lapsed));
}

#[test]
fn a_wake_that_arrives_twice_sends_once() {
    Story::of(declined()).day(30, Event::Wake).day(30, Event::Wake).expect(&["day-30-sms"], None);
}

#[test]
fn an_opt_out_between_touches_is_the_last_word() {
    Story::of(declined())
        .wakes_and_sends(30)
        .day(35, Event::OptedOut)
        .day(60, Event::Wake)
        .day(61, Event::DeclinedAgain { at: day(61) })
        .expect(&["day-30-sms"], Some(Closure::OptedOut));
}

#[test]
fn an_opt_out_while_a_send_is_under_way_ends_the_case_and_its_outcome_changes_nothing() {
    Story::of(declined())
        .day(30, Event::Wake)
        .day(30, Event::OptedOut)
        .day(30, Event::Deferred { touch: touch("day-30-sms"), until: day(31) })
        .day(31, Event::Wake)
        .expect(&["day-30-sms"], Some(Closure::OptedOut));
}

#[test]
fn a_deferred_touch_is_decided_anew_at_the_moment_consent_named() {
    let story = Story::of(declined())
        .day(30, Event::Wake)
        .day(30, Event::Deferred { touch: touch("day-30-sms"), until: day(33) });
    assert_eq!(story.case.phase(), Phase::Waiting { next: 0, wake_at: day(33), wait: Wait::Consent });
    story.wakes_and_sends(33).expect(&["day-30-sms", "day-30-sms"], None);
}

#[test]
fn a_touch_deferred_until_a_later_one_is_due_gives_way_to_it() {
    Story::of(declined())
        .day(30, Event::Wake)
        .day(30, Event::Deferred { touch: touch("day-30-sms"), until: day(61) })
        .wakes_and_sends(61)
        .expect(&["day-30-sms", "day-60-email"], None);
}

#[test]
fn a_touch_deferred_past_the_horizon_lapses_at_the_horizon() {
    let story = Story::of(declined())
        .day(120, Event::Wake)
        .day(120, Event::Deferred { touch: touch("day-120-sms"), until: day(300) });
    assert_eq!(story.alarm_day(), Some(127));
    story.day(127, Event::Wake).expect(&["day-120-sms"], Some(Closure::Lapsed));
}

#[test]
fn a_deferral_into_the_past_still_waits_a_little_so_that_nothing_spins() {
    let story = Story::of(declined())
        .day(30, Event::Wake)
        .day(30, Event::Deferred { touch: touch("day-30-sms"), until: day(1) });
    assert_eq!(story.case.wake_at(), Some(day(30) + TimeDelta::minutes(15)));
}

#[test]
fn only_a_refusal_with_a_time_to_retry_tries_the_same_touch_again() {
    let sent =
        |event| Story::of(declined()).day(30, Event::Wake).day(30, event).wakes_and_sends(40).touches();
    let sms = || touch("day-30-sms");
    for (case, event, touches) in [
        ("refused, try later", Event::Failed { touch: sms(), retry_at: Some(day(31)) }, 2),
        ("refused for good", Event::Failed { touch: sms(), retry_at: None }, 1),
        ("nobody knows", Event::OutcomeUnknown { touch: sms() }, 1),
        ("sent", Event::Sent { touch: sms() }, 1),
        ("held back for the control group", Event::Withheld { touch: sms() }, 1),
        ("not allowed", Event::Suppressed { touch: sms(), ends_case: false }, 1),
    ] {
        assert_eq!(sent(event), vec!["day-30-sms"; touches], "{case}");
    }
}

#[test]
fn a_suppression_for_good_closes_the_case() {
    Story::of(declined())
        .day(30, Event::Wake)
        .day(30, Event::Suppressed { touch: touch("day-30-sms"), ends_case: true })
        .expect(&["day-30-sms"], Some(Closure::Suppressed));
}

#[test]
fn an_outcome_of_another_touch_changes_nothing() {
    let story = Story::of(declined()).day(30, Event::Wake);
    let case = story.case.clone();
    let story = story
        .day(30, Event::Sent { touch: touch("day-60-email") })
        .day(30, Event::Sent { touch: touch("day-30-sms-r2") });
    assert_eq!(story.case, case);
}

#[test]
fn a_booking_pauses_and_a_no_show_resumes_after_a_rest() {
    let story = Story::of(declined()).wakes_and_sends(30).day(32, Event::Booked { appointment_at: day(70) });
    assert_eq!(story.alarm_day(), Some(73), "three days after the appointment, in case no news comes");
    let story = story.day(60, Event::Wake).expect(&["day-30-sms"], None).day(71, Event::AppointmentMissed);
    assert_eq!(story.alarm_day(), Some(78), "a week after the no-show, not the same hour");
    story.wakes_and_sends(78).expect(&["day-30-sms", "day-60-email"], None);
}

#[test]
fn an_appointment_nobody_reports_on_resumes_by_itself() {
    Story::of(declined())
        .day(5, Event::Booked { appointment_at: day(10) })
        .day(13, Event::Wake)
        .wakes_and_sends(30)
        .expect(&["day-30-sms"], None);
}

#[test]
fn a_moved_appointment_moves_the_alarm() {
    let story = Story::of(declined())
        .day(5, Event::Booked { appointment_at: day(10) })
        .day(6, Event::Booked { appointment_at: day(20) });
    assert_eq!(story.alarm_day(), Some(23));
}

#[test]
fn a_touch_in_flight_when_the_booking_came_is_never_sent_again() {
    Story::of(declined())
        .day(30, Event::Wake)
        .day(30, Event::Booked { appointment_at: day(32) })
        .day(30, Event::Deferred { touch: touch("day-30-sms"), until: day(31) })
        .day(32, Event::AppointmentMissed)
        .wakes_and_sends(45)
        .expect(&["day-30-sms"], None);
}

#[test]
fn work_done_at_the_visit_wins() {
    Story::of(declined())
        .wakes_and_sends(30)
        .day(31, Event::Booked { appointment_at: day(35) })
        .day(35, Event::AppointmentShown)
        .day(36, Event::WorkDone)
        .expect(&["day-30-sms"], Some(Closure::Win));
}

#[test]
fn declined_again_at_the_visit_restarts_with_memory() {
    let story = Story::of(declined())
        .wakes_and_sends(30)
        .day(31, Event::Booked { appointment_at: day(35) })
        .day(35, Event::AppointmentShown)
        .day(36, Event::DeclinedAgain { at: day(35) });
    assert_eq!((story.case.round(), story.alarm_day()), (2, Some(65)));
    story
        .wakes_and_sends(65)
        .wakes_and_sends(95)
        .expect(&["day-30-sms", "day-30-sms-r2", "day-60-email-r2"], None);
}

#[test]
fn the_same_decline_told_twice_restarts_once() {
    let decline = || Event::DeclinedAgain { at: day(35) };
    let story = Story::of(declined()).day(36, decline()).day(36, decline()).day(50, decline());
    assert_eq!(story.case.round(), 2);
}

#[test]
fn a_mileage_plan_does_not_restart() {
    let story = Story::of(mileage_due()).wakes_and_sends(0).day(3, Event::DeclinedAgain { at: day(3) });
    assert_eq!((story.case.round(), story.alarm_day()), (1, Some(14)));
}

#[test]
fn a_customer_who_names_a_day_is_asked_on_that_day_and_the_rest_follows_in_step() {
    let story =
        Story::of(declined()).wakes_and_sends(30).day(35, Event::DeferredByCustomer { until: day(75) });
    assert_eq!(story.case.phase(), Phase::Deferred { next: 1, wake_at: day(75), to_visit: false });
    let story = story.wakes_and_sends(75);
    assert_eq!(story.alarm_day(), Some(105), "thirty days on, as the plan has it");
    story.expect(&["day-30-sms", "day-60-email"], None);
}

#[test]
fn a_customer_who_wrote_is_left_in_peace_for_the_talk() {
    let story = Story::of(declined()).wakes_and_sends(30).day(59, Event::Answered);
    assert_eq!(story.alarm_day(), Some(62));
    let story = Story::of(declined()).wakes_and_sends(30).day(35, Event::Answered);
    assert_eq!(story.alarm_day(), Some(60), "the talk is over long before the next touch");
}

#[test]
fn a_call_nobody_makes_is_taken_off_the_list_and_the_plan_goes_on() {
    let story = Story::of(declined()).day(90, Event::Wake);
    assert_eq!(story.alarm_day(), Some(95));
    let story = story.day(95, Event::Wake);
    assert!(matches!(story.commands.last(), Some(Command::WithdrawCall { .. })));
    assert_eq!(story.alarm_day(), Some(120));
}

#[test]
fn whatever_ends_the_reason_takes_the_open_call_off_the_list() {
    for (case, event, closes) in [
        ("opt-out", Event::OptedOut, true),
        ("sold", Event::Sold, true),
        ("booked", Event::Booked { appointment_at: day(99) }, false),
        ("came by", Event::AppointmentShown, false),
        ("declined again", Event::DeclinedAgain { at: day(91) }, false),
        ("asked to wait", Event::DeferredByCustomer { until: day(99) }, false),
        ("not now", Event::Deferred { touch: touch("day-90-call"), until: day(92) }, false),
    ] {
        let story = Story::of(declined()).day(90, Event::Wake).day(91, event);
        let withdrawn = Command::WithdrawCall { touch: touch("day-90-call") };
        assert_eq!(story.commands.get(1), Some(&withdrawn), "{case}");
        assert_eq!(story.case.closure().is_some(), closes, "{case}");
    }
}

#[test]
fn lines_of_one_order_travel_together_and_the_last_one_done_wins() {
    let plan = declined();
    let line = |id: &str| RoLineId::new(id).unwrap();
    let opened = Case::open_for(&plan, start(), vec![line("2"), line("3")]).case;
    let first = opened.step(&plan, &Event::ItemDone { line: line("2") }, day(10));
    assert_eq!((first.case.lines(), first.case.closure()), (&[line("3")][..], None));
    let again = first.case.step(&plan, &Event::ItemDone { line: line("2") }, day(11));
    assert_eq!(again.case.closure(), None, "the same line told twice");
    let last = again.case.step(&plan, &Event::ItemDone { line: line("3") }, day(12));
    assert_eq!(last.case.closure(), Some(Closure::Win));
}

#[test]
fn every_last_word_closes_with_its_own_reason() {
    for (event, closure) in [
        (Event::WorkDone, Closure::Win),
        (Event::DoneElsewhere, Closure::DoneElsewhere),
        (Event::OptedOut, Closure::OptedOut),
        (Event::Sold, Closure::Sold),
        (Event::OwnerChanged, Closure::OwnerChanged),
        (Event::Deceased, Closure::Deceased),
        (Event::HandedToHuman { why: HandOver::Price }, Closure::HandedToHuman),
        (Event::Settled, Closure::Answered),
        (Event::Withdrawn, Closure::Withdrawn),
    ] {
        let story = Story::of(declined()).day(3, event).expect(&[], Some(closure));
        assert_eq!(story.commands, [Command::Close { closure }]);
    }
}

#[test]
fn a_case_is_only_moved_by_its_own_plan_but_always_ended_by_an_opt_out() {
    let case = Case::open(&declined(), start()).case;
    let other = mileage_due();
    let Transition { case: same, commands } = case.clone().step(&other, &Event::Wake, day(60));
    assert_eq!((&same, commands.len()), (&case, 0));
    assert_eq!(same.step(&other, &Event::OptedOut, day(60)).case.closure(), Some(Closure::OptedOut));
}

/// Promise 8.
#[test]
fn p8_a_recall_goes_out_by_a_command_without_room_for_an_offer() {
    let story = Story::of(recall()).day(0, Event::Wake);
    assert!(matches!(&story.commands[..], [Command::SendSafety { .. }]));
    let story = story.day(0, Event::Sent { touch: touch("day-0-sms") }).day(14, Event::Wake);
    assert!(matches!(story.commands.last(), Some(Command::CallTask { purpose: Purpose::Recall, .. })));
}

#[test]
fn the_end_of_the_calendar_is_no_place_to_panic() {
    for moment in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
        let plan = declined();
        let case = Case::open(&plan, moment).case;
        for event in [
            Event::Wake,
            Event::Booked { appointment_at: moment },
            Event::AppointmentShown,
            Event::AppointmentMissed,
            Event::Answered,
            Event::DeclinedAgain { at: moment },
            Event::DeferredByCustomer { until: DateTime::<Utc>::MAX_UTC },
        ] {
            for now in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC, start()] {
                let moved = case.clone().step(&plan, &event, now).case;
                assert!(moved.closure().is_some() || moved.wake_at().is_some() || moved != case);
            }
        }
    }
}
