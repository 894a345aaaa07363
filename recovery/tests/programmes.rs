//! What the later programmes do, each by a story.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "in tests a panic is the way to fail"
)]

mod story;

use chrono::TimeDelta;
use fixedops_recovery::{
    Case, Closure, Command, DeclineReason, Event, Opening, Phase, Plan, Plans, State, Target, Trigger,
};
use fixedops_vocab::{Purpose, RoLineId};
use story::{Story, day, declined, start, touch};

fn plan(version: &str) -> Plan {
    Plans::shipped().plan(&version.parse().unwrap()).unwrap().clone()
}

fn story(plan: Plan, opening: Opening) -> Story {
    let case = Case::begin(&plan, opening).case;
    Story { plan, case, commands: Vec::new() }
}

fn around(early: i64, likely: i64, late: i64) -> Opening {
    Opening { target: Some(Target::between(day(early), day(likely), day(late))), ..Opening::at(start()) }
}

fn line(id: &str) -> RoLineId {
    id.parse().unwrap()
}

#[test]
fn a_state_is_64_bytes_at_most() {
    assert!(size_of::<State>() <= 64, "{}", size_of::<State>());
}

#[test]
fn the_warm_plan_speaks_within_48_hours_and_goes_on_with_the_tail() {
    let story = Story::of(plan("declined_recovery_warm/1"));
    assert_eq!(story.case.wake_at(), Some(start() + TimeDelta::hours(24)));
    let within = story.plan.touches()[0].within_minutes.unwrap();
    assert!(24 * 60 + within <= 48 * 60, "out by 48 hours");
    story
        .wakes_and_sends(1)
        .wakes_and_sends(60)
        .wakes_and_sends(90)
        .wakes_and_sends(120)
        .day(127, Event::Wake)
        .expect(&["hour-24-sms", "day-60-email", "day-90-call", "day-120-sms"], Some(Closure::Lapsed));
}

#[test]
fn wear_times_the_touches_by_its_own_range() {
    let story = story(plan("wear_timed_recovery/1"), around(40, 70, 110));
    assert_eq!(story.alarm_day(), Some(40));
    let story = story.wakes_and_sends(40);
    assert_eq!(story.alarm_day(), Some(56), "two weeks before the likeliest day");
    let story = story.wakes_and_sends(56);
    assert_eq!(story.alarm_day(), Some(70));
    let story = story.wakes_and_sends(70);
    assert_eq!(story.alarm_day(), Some(110));
    story
        .wakes_and_sends(110)
        .expect(&["wear-early-sms", "wear-14-days-email", "wear-call", "wear-late-sms"], None);
}

#[test]
fn a_newer_projection_moves_what_lies_ahead_and_keeps_the_rest() {
    let story = story(plan("wear_timed_recovery/1"), around(40, 70, 110)).wakes_and_sends(40);
    let sooner = Event::Projected { target: Target::between(day(30), day(50), day(80)) };
    let story = story.day(41, sooner);
    assert_eq!(story.alarm_day(), Some(47), "day 36 has passed: the rest of a week after day 40 is over");
    let later = Event::Projected { target: Target::between(day(60), day(100), day(150)) };
    let story = story.day(42, later);
    assert_eq!(story.alarm_day(), Some(86));
}

#[test]
fn a_wear_that_is_near_far_or_unknown_is_spoken_of_within_the_bounds() {
    for (opening, first) in [
        (around(-40, -20, 3), Some(14)),
        (around(400, 500, 600), Some(166)),
        (Opening::at(start()), Some(46)),
    ] {
        let story = story(plan("wear_timed_recovery/1"), opening.clone());
        // With no range the early end is the target itself, and the e-mail comes two weeks before.
        let alarm = story.alarm_day();
        assert!(alarm >= Some(14) && alarm <= Some(180), "{opening:?}: {alarm:?}");
        let next = story.case.ahead(&story.plan).map(|(_, at)| (at - start()).num_days()).min();
        assert!(next <= first.max(alarm), "{opening:?}: {next:?}");
        assert!(story.case.ends_at(&story.plan) <= day(210));
    }
}

#[test]
fn an_appointment_is_confirmed_at_once_and_reminded_of_twice_and_ends_with_it() {
    let story = story(plan("appointment_reminder/1"), around(9, 9, 9));
    assert_eq!(story.case.wake_at(), Some(start()));
    let story = story.wakes_and_sends(0);
    assert_eq!(story.alarm_day(), Some(7));
    let story = story.wakes_and_sends(7);
    assert_eq!(story.alarm_day(), Some(8));
    story
        .wakes_and_sends(8)
        .day(9, Event::AppointmentShown)
        .expect(&["confirmed-sms", "two-days-email", "one-day-sms"], Some(Closure::Kept));
}

#[test]
fn an_appointment_of_tomorrow_is_confirmed_and_not_reminded_of_in_the_past() {
    let hours = |n| start() + TimeDelta::hours(n);
    let opening = Opening { target: Some(Target::at(hours(30))), ..Opening::at(start()) };
    let story = story(plan("appointment_reminder/1"), opening).wakes_and_sends(0);
    assert_eq!(story.case.wake_at(), Some(hours(6)), "24 hours before; two days before has passed");
    story
        .at(hours(6), Event::Wake)
        .at(hours(6), Event::Sent { touch: touch("one-day-sms") })
        .at(hours(42), Event::Wake)
        .expect(&["confirmed-sms", "one-day-sms"], Some(Closure::Lapsed));
}

#[test]
fn an_appointment_that_is_moved_is_confirmed_anew_and_one_that_is_missed_ends_its_case() {
    let story = story(plan("appointment_reminder/1"), around(9, 9, 9)).wakes_and_sends(0);
    let same = story.case.clone();
    let story = story.day(1, Event::Booked { appointment_at: day(9) });
    assert_eq!(story.case, same, "told twice");
    let story = story.day(2, Event::Booked { appointment_at: day(20) });
    assert_eq!((story.case.round(), story.alarm_day()), (2, Some(2)));
    story
        .wakes_and_sends(2)
        .wakes_and_sends(18)
        .day(20, Event::AppointmentMissed)
        .expect(&["confirmed-sms", "confirmed-sms-r2", "two-days-email-r2"], Some(Closure::Missed));
}

#[test]
fn an_inspection_goes_out_at_once_and_silence_is_no_decline() {
    let story = Story::of(plan("inspection_delivery/1"));
    assert_eq!(story.case.wake_at(), Some(start()));
    assert_eq!(story.plan.touches()[0].within_minutes, Some(5), "a deadline that the loop measures");
    let minutes = |n| start() + TimeDelta::minutes(n);
    let story = story.wakes_and_sends(0);
    assert_eq!(story.case.wake_at(), Some(minutes(45)));
    story
        .at(minutes(45), Event::Wake)
        .at(minutes(45), Event::Sent { touch: touch("reminder-sms") })
        .at(minutes(120), Event::Wake)
        .day(1, Event::Wake)
        .day(1, Event::Wake)
        .expect(&["link-sms", "reminder-sms", "advisor-call"], Some(Closure::NeverAnswered));
}

#[test]
fn work_put_off_to_a_day_is_asked_about_on_that_day() {
    story(plan("deferred_work/1"), around(33, 33, 33))
        .wakes_and_sends(33)
        .wakes_and_sends(43)
        .day(51, Event::Wake)
        .expect(&["wanted-day-sms", "ten-days-sms"], Some(Closure::Lapsed));
}

#[test]
fn put_off_is_a_state_of_its_own_to_a_day_or_to_the_next_visit() {
    let story = Story::of(declined()).wakes_and_sends(30).day(35, Event::DeferredToVisit);
    assert_eq!(story.case.phase(), Phase::Deferred { next: 1, wake_at: day(127), to_visit: true });
    let story = story.day(60, Event::Wake).expect_silent();
    let story = story.day(70, Event::AppointmentShown);
    assert_eq!(story.case.phase(), Phase::Visiting { next: 1, wake_at: day(73) });
    story.day(73, Event::Wake).wakes_and_sends(80).expect(&["day-30-sms", "day-60-email"], None);
}

#[test]
fn a_recall_without_its_remedy_is_another_plan_than_one_with_it() {
    let plans = Plans::shipped();
    let recall = "recall".parse().unwrap();
    let waiting = plans.for_trigger(&recall, Trigger::RecallWithoutRemedy).unwrap().clone();
    let there = plans.for_trigger(&recall, Trigger::Recall).unwrap().clone();
    let story = Story::of(waiting).wakes_and_sends(0).day(40, Event::Withdrawn);
    assert_eq!(story.case.closure(), Some(Closure::Withdrawn));
    let story = Story::of(there).wakes_and_sends(0).wakes_and_sends(7).day(21, Event::Wake);
    assert!(matches!(story.commands.last(), Some(Command::CallTask { purpose: Purpose::Recall, .. })));
    assert!(story.commands.iter().all(|command| !matches!(command, Command::Send { .. })));
}

#[test]
fn lines_done_elsewhere_close_a_case_that_nothing_was_done_on_here() {
    let plan = declined();
    let opened = Case::open_for(&plan, start(), vec![line("2"), line("3"), line("3")]).case;
    assert_eq!(opened.lines().len(), 2, "told twice is one line");
    let elsewhere =
        |case: Case, id: &str| case.step(&plan, &Event::ItemDoneElsewhere { line: line(id) }, day(3)).case;
    let here = |case: Case, id: &str| case.step(&plan, &Event::ItemDone { line: line(id) }, day(4)).case;
    assert_eq!(elsewhere(elsewhere(opened.clone(), "2"), "3").closure(), Some(Closure::DoneElsewhere));
    assert_eq!(here(elsewhere(opened.clone(), "2"), "3").closure(), Some(Closure::Win));
    assert_eq!(elsewhere(here(opened.clone(), "2"), "3").closure(), Some(Closure::Win));
    assert_eq!(elsewhere(opened.clone(), "9"), opened, "a line that is none of its own");
}

#[test]
fn nobody_is_reminded_of_an_appointment_that_has_begun() {
    let plan = plan("appointment_reminder/1");
    let opening = Opening { target: Some(Target::at(day(9))), ..Opening::at(start()) };
    let case = Case::begin(&plan, opening).case;
    let confirmed = case.step(&plan, &Event::Wake, start());
    let sent =
        confirmed.case.step(&plan, &Event::Sent { touch: "confirmed-sms".parse().unwrap() }, start()).case;
    // The loop was down from before the first reminder until an hour after he was to come.
    let late = sent.step(&plan, &Event::Wake, day(9) + TimeDelta::hours(1));
    assert_eq!(late.commands, []);
    assert_eq!(late.case.closure(), None, "whether he came is still to be told");
}

#[test]
fn a_decline_of_years_ago_opens_no_case_on_a_plan_that_is_timed_by_wear() {
    let plans = Plans::shipped();
    let wear = plans.plan(&"wear_timed_recovery/1".parse().unwrap()).unwrap();
    let learned = |after: i64| Case::open_since(wear, start(), day(after), vec![line("1")]);
    assert_eq!(learned(700), None);
    assert_eq!(learned(209), None, "a day before its end: what is left is held two weeks away");
    assert!(learned(100).is_some());
}

#[test]
fn a_line_declined_later_on_the_same_order_travels_with_the_others() {
    let plan = declined();
    let opened = Case::open_for(&plan, start(), vec![line("2")]).case;
    let also = |case: Case, id: &str| case.step(&plan, &Event::DeclinedAlso { line: line(id) }, day(1));
    let both = also(opened.clone(), "1");
    assert!(both.commands.is_empty());
    assert_eq!(both.case.lines(), [line("1"), line("2")]);
    assert_eq!(both.case.wake_at(), opened.wake_at(), "the days count from the first decline");
    assert_eq!(also(both.case.clone(), "2").case, both.case, "it has this one");
    let one = both.case.clone().step(&plan, &Event::ItemDone { line: line("2") }, day(9)).case;
    assert_eq!((one.closure(), one.lines()), (None, &[line("1")][..]));
    let won = one.step(&plan, &Event::ItemDoneElsewhere { line: line("1") }, day(9)).case;
    assert_eq!(won.closure(), Some(Closure::Win), "one of them was done here");
    assert_eq!(also(won.clone(), "3").case, won, "the closed stay closed");
    let moved = |case: Case, id: &str| case.step(&plan, &Event::ItemMoved { line: line(id) }, day(9)).case;
    assert_eq!(moved(opened.clone(), "1"), opened, "a line that is none of its own");
    assert_eq!(moved(opened.clone(), "2").closure(), Some(Closure::Withdrawn));
    assert_eq!(moved(both.case.clone(), "2").lines(), [line("1")]);
    let of_no_line = Case::open(&plan, start()).case;
    assert_eq!(also(of_no_line.clone(), "3").case, of_no_line);
}

#[test]
fn a_reason_to_wait_waits_and_one_that_ends_it_ends_it() {
    let told = |reason| Story::of(declined()).day(25, Event::DeclinedFor { reason });
    assert_eq!(told(DeclineReason::Time).alarm_day(), Some(39));
    assert_eq!(told(DeclineReason::Price).alarm_day(), Some(30));
    told(DeclineReason::Trust).expect(&[], Some(Closure::HandedToHuman));
    told(DeclineReason::DoesOwnService).expect(&[], Some(Closure::DoneElsewhere));
}

#[test]
fn a_retired_plan_hands_its_cases_over_without_saying_anything_twice() {
    let plans = Plans::shipped();
    let retired = plans.plan(&"declined_recovery_30_60_90_120/1".parse().unwrap()).unwrap().clone();
    let today = plans.successor(retired.version()).unwrap().clone();
    let story = Story::of(retired.clone()).wakes_and_sends(30);
    let case = story.case.migrate(&retired, &today, day(40)).unwrap();
    assert_eq!((case.plan(), case.wake_at()), (today.version(), Some(day(60))));
    Story { plan: today.clone(), case, commands: story.commands }
        .wakes_and_sends(60)
        .wakes_and_sends(90)
        .expect(&["day-30-sms", "day-60-email", "day-90-call"], None);

    let sending = Story::of(retired.clone()).day(30, Event::Wake).case;
    assert_eq!(sending.migrate(&retired, &today, day(31)), None, "a touch is on its way");
    let closed = Story::of(retired.clone()).day(1, Event::Sold).case;
    assert_eq!(closed.migrate(&retired, &today, day(31)), None);
    let other = Story::of(plan("first_service/1")).case;
    assert_eq!(other.migrate(&plan("first_service/1"), &today, day(3)), None, "it replaces another");
}

#[test]
fn a_successor_with_another_timetable_goes_on_where_the_old_one_stood() {
    let retired = declined();
    // The next version drops the e-mail, adds a text on day 45 and speaks of the last one on day 110.
    let text = include_str!("../plans/declined_recovery_30_60_90_120.toml");
    let (head, touches) = text.split_once("[[touch]]").unwrap();
    let (head, _) = head.split_once("[replaces]").unwrap();
    let head = head.replace("_120/2\"", "_120/9\"");
    let map = "[replaces]\nplan = \"declined_recovery_30_60_90_120/2\"\n[replaces.touches]\nday-30-sms = \"day-30-sms\"\nday-90-call = \"day-90-call\"\nday-120-sms = \"day-110-sms\"\n";
    let touches = format!("[[touch]]{touches}")
        .replace(
            "id = \"day-60-email\"\nday = 60\nchannel = \"email\"",
            "id = \"day-45-sms\"\nday = 45\nchannel = \"sms\"",
        )
        .replace("template = \"declined_miles_since\"", "template = \"declined_photo\"")
        .replace("id = \"day-120-sms\"\nday = 120", "id = \"day-110-sms\"\nday = 110");
    let next = Plan::from_toml(&format!("{head}{map}{touches}")).unwrap();
    for (sent_until, now, expected) in [
        (0, 10, ("day-30-sms", 30)),
        (30, 40, ("day-45-sms", 45)),
        (30, 50, ("day-90-call", 90)),
        (60, 70, ("day-90-call", 90)),
    ] {
        let mut story = Story::of(retired.clone());
        for day in [30, 60].into_iter().filter(|day| *day <= sent_until) {
            story = story.wakes_and_sends(day);
        }
        let case = story.case.migrate(&retired, &next, day(now)).unwrap();
        let (ahead, at) = case.ahead(&next).next().unwrap();
        assert_eq!(
            (ahead.id.as_str(), (at - start()).num_days()),
            expected,
            "sent until {sent_until}, day {now}"
        );
        assert_eq!(case.wake_at(), Some(at));
    }
}
