//! The click report: who opened the link of a message, and what came of it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_closed_loop::clicks::{ClickReport, ClickRow, Lead};
use fixedops_closed_loop::{
    AppointmentMissed, AppointmentSet, AppointmentShown, ConsentRevoked, Doors, Figure, Happened,
    ReplyReceived, RoClosed, RoOpened,
};
use fixedops_connectors_traits::{AppointmentStatus, Event};
use fixedops_vocab::{OwnershipSpan, Scope, TouchKey};
use proptest::prelude::*;

use crate::story::{ANNA, OIL, Story, at, contact, id, secret, seller};

fn report(story: &Story) -> ClickReport {
    ClickReport::fold(seller(), &story.events(), story.now, &Doors::shipped()).unwrap()
}

fn only(story: &Story) -> ClickRow {
    let report = report(story);
    assert_eq!(report.rows.len(), 1, "{:#?}", report.rows);
    report.rows.into_iter().next().unwrap()
}

fn count(report: &ClickReport, id: &str) -> u64 {
    let of = |figure: &&Figure| figure.id == id;
    let figure = report.figures.iter().find(of).unwrap();
    figure.numerator.or(figure.value).unwrap().try_into().unwrap()
}

/// Anna was written to about her oil service, and a machine opened the link first.
fn written_to() -> Story {
    let mut story = Story::new();
    story.anna();
    story.days(1);
    let touch = story.first_touch();
    story.clicks(&touch, 5);
    story
}

#[test]
fn a_machine_is_no_lead_and_a_person_is_one_with_his_car_and_mileage_reason() {
    let mut story = written_to();
    let machines = report(&story);
    assert!(machines.rows.is_empty());
    assert_eq!(count(&machines, "clicks.machines_only"), 1);
    story.pass(TimeDelta::minutes(10));
    let clicked_at = story.now;
    let touch = story.first_touch();
    story.clicks(&touch, 60);
    story.pass(TimeDelta::minutes(1));
    story.clicks(&touch, 95);
    let lead = only(&story);
    assert_eq!((lead.standing, lead.answered), (Lead::Waiting, false));
    assert_eq!(lead.person.expose(), "anna");
    assert_eq!(lead.contact, Some(contact(ANNA)));
    assert_eq!(lead.vehicle.as_str(), "v1");
    assert_eq!((lead.clicked_at, lead.clicks, lead.human_percent), (clicked_at, 2, 95));
    assert_eq!(lead.last_click_at, clicked_at + TimeDelta::minutes(1));
    let reason = &lead.reason;
    assert_eq!(reason.program.as_str(), "mileage_due");
    assert_eq!(reason.services[0].as_str(), "oil_service");
    assert!(reason.due_miles.is_some(), "the mile it is due at: {reason:?}");
    let mileage = reason.mileage.as_ref().unwrap();
    assert!(mileage.range().is_some() && mileage.last_capture().is_some(), "never without what it is");
    assert!(!reason.words.is_empty());
    let tried: Vec<_> = lead.tried.iter().map(|sent| (sent.touch.as_str(), sent.channel.as_str())).collect();
    assert_eq!(tried, [(touch.touch.as_str(), "sms")]);
    let answered = report(&story);
    assert_eq!(count(&answered, "clicks.waiting"), 1);
    assert_eq!(count(&answered, "clicks.clicked"), 1);
    assert_eq!(count(&answered, "clicks.machines_only"), 0);
}

#[test]
fn a_lead_is_answered_by_an_appointment_then_by_the_visit_and_what_came_before_the_click_answers_nothing() {
    let mut story = written_to();
    let touch = story.first_touch();
    story.clicks(&touch, 95);
    story.pass(TimeDelta::hours(1));
    story.books("v1", "A-1", at("2026-12-08T15:00:00Z"), Some(touch));
    let booked = only(&story);
    assert_eq!((booked.standing, booked.answered), (Lead::Booked, true));
    let set = booked.appointment.unwrap();
    assert_eq!((set.standing.as_str(), set.starts_at), ("set", at("2026-12-08T15:00:00Z")));
    story.misses("v1", "A-1");
    let missed = only(&story);
    assert_eq!(missed.appointment.unwrap().standing, "no_show");
    assert_eq!((missed.standing, missed.answered), (Lead::Waiting, false), "he did not come");
    story.days(8);
    story.order("v1", "R-1", "2026-12-09", None, &[OIL]);
    story.days(1);
    let came = only(&story);
    assert_eq!((came.standing, came.answered), (Lead::Came, true));
    assert!(came.came_at.is_some() && came.ended.is_some(), "the work is done: {came:?}");
}

#[test]
fn who_wants_no_more_is_left_alone_and_not_called() {
    let mut story = written_to();
    let touch = story.first_touch();
    story.clicks(&touch, 95);
    assert!(!only(&story).not_by_telephone);
    story.pass(TimeDelta::hours(1));
    story.revokes(ANNA, Scope::All);
    story.turn();
    let lead = only(&story);
    assert_eq!(lead.standing, Lead::OptedOut);
    assert!(lead.answered && lead.not_by_telephone, "{lead:?}");
    assert!(lead.calls.iter().all(|call| call.withdrawn));

    // What he said before the click, and what a list says of him, is no answer to the click.
    for source in ["reply", "dms_flag"] {
        let mut story = written_to();
        let touch = story.first_touch();
        if source == "dms_flag" {
            story.clicks(&touch, 95);
            story.pass(TimeDelta::hours(1));
        }
        let Happened::ConsentRevoked(revoked) = story.revocation(ANNA, Scope::All) else { panic!() };
        story.tell(Happened::ConsentRevoked(ConsentRevoked { source: source.to_owned(), ..revoked }));
        story.turn();
        if source == "reply" {
            story.pass(TimeDelta::hours(1));
            story.clicks(&touch, 95);
        }
        let lead = only(&story);
        assert_eq!((lead.standing, lead.answered), (Lead::LeaveAlone, false), "{source}");
    }
}

#[test]
fn an_appointment_set_anew_after_one_fell_away_answers_and_one_that_was_kept_is_a_visit() {
    for called_off in [false, true] {
        let mut story = written_to();
        let touch = story.first_touch();
        story.clicks(&touch, 95);
        story.pass(TimeDelta::hours(1));
        story.books("v1", "A-1", at("2026-12-04T15:00:00Z"), Some(touch));
        story.days(3);
        if called_off {
            story.calls_off("v1", "A-1")
        } else {
            story.misses("v1", "A-1")
        }
        let fell = only(&story);
        assert!(fell.standing.waits() && !fell.answered, "called off: {called_off}, {:?}", fell.standing);
        story.pass(TimeDelta::hours(1));
        story.books("v1", "A-2", at("2026-12-09T15:00:00Z"), None);
        let again = only(&story);
        assert_eq!((again.standing, again.answered), (Lead::Booked, true), "called off: {called_off}");
        let set = again.appointment.unwrap();
        assert_eq!((set.appointment.as_str(), set.standing.as_str()), ("A-2", "set"));
        // He comes, and no order was opened yet.
        story.days(4);
        story.shows("v1", "A-2");
        let shown = only(&story);
        assert_eq!((shown.standing, shown.answered), (Lead::Came, true));
        assert_eq!(shown.came_at, Some(story.now));
        assert_eq!(story.count("ro_opened") + story.count("ro_closed"), 1, "only the order of August");
    }
    // The same appointment, set anew under its own id.
    let mut story = written_to();
    let touch = story.first_touch();
    story.clicks(&touch, 95);
    story.books("v1", "A-1", at("2026-12-04T15:00:00Z"), None);
    story.days(3);
    story.misses("v1", "A-1");
    story.pass(TimeDelta::hours(1));
    story.books("v1", "A-1", at("2026-12-09T15:00:00Z"), None);
    let again = only(&story);
    assert_eq!((again.standing, again.answered), (Lead::Booked, true));
    assert_eq!(again.appointment.unwrap().starts_at, at("2026-12-09T15:00:00Z"));
}

#[test]
fn an_answer_before_a_no_show_no_longer_answers_and_one_after_it_does() {
    let mut story = written_to();
    let touch = story.first_touch();
    story.clicks(&touch, 95);
    story.pass(TimeDelta::hours(1));
    story.replies(ANNA, Some(touch.clone()), "none");
    assert_eq!(only(&story).standing, Lead::Replied);
    story.books("v1", "A-1", at("2026-12-04T15:00:00Z"), Some(touch.clone()));
    story.days(3);
    story.misses("v1", "A-1");
    let missed = only(&story);
    assert!(missed.reply.is_some() && missed.standing.waits() && !missed.answered, "{missed:?}");
    let counted = report(&story);
    assert_eq!((count(&counted, "clicks.waiting"), count(&counted, "clicks.answered")), (1, 0));
    story.pass(TimeDelta::hours(1));
    story.replies(ANNA, Some(touch), "none");
    let lead = only(&story);
    assert_eq!((lead.standing, lead.answered), (Lead::Replied, true));
}

#[test]
fn clicks_in_messages_of_programmes_that_are_no_leads_are_counted_apart() {
    let mut story = written_to();
    let touch = story.first_touch();
    story.clicks(&touch, 95);
    let events = story.events();
    let fold = |doors: &Doors| ClickReport::fold(seller(), &events, story.now, doors).unwrap();
    let shipped = fold(&Doors::shipped());
    assert_eq!((shipped.rows.len(), shipped.others.len()), (1, 0));
    assert_eq!(count(&shipped, "clicks.other_programs"), 0);
    let doors = include_str!("../../policies/doors.toml");
    let without = doors.replacen("programs = [\"mileage_due\", ", "programs = [", 1);
    assert_ne!(without, doors);
    let apart = fold(&Doors::from_toml(&without).unwrap());
    assert!(apart.rows.is_empty() && !apart.programs.contains(&id("mileage_due")));
    let others: Vec<_> = apart.others.iter().map(|other| (other.program.as_str(), other.cases)).collect();
    assert_eq!(others, [("mileage_due", 1)]);
    let of = |id: &str| count(&apart, id);
    assert_eq!((of("clicks.clicked"), of("clicks.other_programs"), of("clicks.machines_only")), (0, 1, 0));
    assert!(apart.figures.iter().filter(|figure| figure.id != "clicks.call_listed").all(|figure| {
        figure.base == Some(if ["clicks.answered", "clicks.waiting"].contains(&&*figure.id) { 0 } else { 1 })
    }));
}

#[test]
fn that_the_number_is_anothers_is_no_answer_of_the_customer() {
    let mut story = written_to();
    let touch = story.first_touch();
    story.clicks(&touch, 95);
    story.pass(TimeDelta::hours(1));
    let key = story.key();
    story.tell(Happened::ReplyReceived(ReplyReceived {
        key,
        contact: contact(ANNA),
        touch: Some(touch),
        digest: secret().content(&["reply"]),
        label: "wrong_number".to_owned(),
        scope: "number".to_owned(),
        odometer: None,
        occurred_at: story.now,
    }));
    story.turn();
    let lead = only(&story);
    assert_eq!((lead.standing, lead.answered, lead.reply), (Lead::LeaveAlone, false, None));
    assert!(lead.not_by_telephone, "there is no other way to her");
    assert_eq!(count(&report(&story), "clicks.answered"), 0);
}

#[test]
fn an_order_that_is_voided_is_no_visit_and_neither_is_one_of_the_next_owner() {
    let mut story = written_to();
    let touch = story.first_touch();
    story.clicks(&touch, 95);
    story.days(1);
    story.opens_order("v1", "R-1");
    let came = only(&story);
    assert_eq!((came.standing, came.came_at), (Lead::Came, Some(story.now)));
    story.pass(TimeDelta::hours(1));
    let voided = story.closing("v1", "R-1", "2026-12-03", None, &[]);
    story.tell(Happened::RoClosed(RoClosed { voided: true, ..voided.clone() }));
    let back = only(&story);
    assert!(back.came_at.is_none() && !back.answered, "{back:?}");
    assert!(back.standing.waits(), "{:?}", back.standing);
    let key = story.key();
    story.tell(Happened::RoClosed(RoClosed { key, ..voided }));
    assert_eq!(only(&story).standing, Lead::Came, "closed again");

    let mut story = written_to();
    let touch = story.first_touch();
    story.clicks(&touch, 95);
    story.days(1);
    story.unit_of("v1", "ben", 2);
    story.opens_order("v1", "R-1");
    let sold = only(&story);
    assert_eq!((sold.standing, sold.answered, sold.came_at), (Lead::LeaveAlone, false, None));
}

#[test]
fn a_call_on_the_list_is_seen_and_a_reply_answers() {
    let mut story = written_to();
    let touch = story.first_touch();
    story.clicks(&touch, 95);
    story.days(1);
    let lead = only(&story);
    let calls = story.count("call_task_opened");
    assert_eq!(lead.calls.len(), calls, "those of the case that follows the click up");
    let expected = if calls > 0 { Lead::CallListed } else { Lead::Waiting };
    assert_eq!(lead.standing, expected);
    story.replies(ANNA, Some(touch), "none");
    let lead = only(&story);
    assert_eq!((lead.standing, lead.answered), (Lead::Replied, true));
    assert_eq!(lead.reply.unwrap().label, "question");
}

#[test]
fn what_he_answered_before_the_click_answers_nothing_and_an_appointment_he_still_has_does() {
    let mut story = written_to();
    let touch = story.first_touch();
    story.replies(ANNA, Some(touch.clone()), "none");
    story.pass(TimeDelta::hours(1));
    story.clicks(&touch, 95);
    let lead = only(&story);
    assert_eq!((lead.standing, lead.answered, lead.reply), (Lead::Waiting, false, None));

    for (called_off, standing) in [(false, Lead::Booked), (true, Lead::Waiting)] {
        let mut story = written_to();
        let touch = story.first_touch();
        story.books("v1", "A-1", at("2026-12-20T15:00:00Z"), None);
        if called_off {
            story.calls_off("v1", "A-1");
        }
        story.pass(TimeDelta::hours(1));
        story.clicks(&touch, 95);
        let lead = only(&story);
        assert_eq!((lead.standing, lead.answered), (standing, !called_off), "called off: {called_off}");
    }
}

#[test]
fn as_of_an_earlier_day_the_report_knows_nothing_of_what_came_later() {
    let mut story = written_to();
    let before = story.now;
    story.pass(TimeDelta::hours(2));
    let touch = story.first_touch();
    story.clicks(&touch, 95);
    let events = story.events();
    let then = ClickReport::fold(seller(), &events, before, &Doors::shipped()).unwrap();
    assert!(then.rows.is_empty() && then.events < u64::try_from(events.len()).unwrap());
    assert_eq!(report(&story).events, u64::try_from(events.len()).unwrap());
}

#[test]
fn it_names_no_telephone_and_reads_back() {
    let mut story = written_to();
    let touch = story.first_touch();
    story.clicks(&touch, 95);
    let text = serde_json::to_string(&report(&story)).unwrap();
    assert!(!text.contains(ANNA.trim_start_matches('+')), "{text}");
    assert_eq!(serde_json::from_str::<ClickReport>(&text).unwrap(), report(&story));
}

/// The journal up to Anna's click, the message she clicked in, and when.
static CLICKED: LazyLock<(Vec<Event>, TouchKey, DateTime<Utc>)> = LazyLock::new(|| {
    let mut story = written_to();
    let touch = story.first_touch();
    story.clicks(&touch, 95);
    (story.events(), touch, story.now)
});

/// What may happen after a click, each an hour after the other: to one of three appointments, one of two orders, or by word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Set(u8),
    Shown(u8),
    NoShow(u8),
    Cancelled(u8),
    Reply,
    WrongNumber,
    Opened(u8),
    Closed(u8),
    Voided(u8),
}

fn any_after() -> impl Strategy<Value = After> {
    prop_oneof![
        3 => (0..3_u8).prop_map(After::Set),
        1 => (0..3_u8).prop_map(After::Shown),
        2 => (0..3_u8).prop_map(After::NoShow),
        2 => (0..3_u8).prop_map(After::Cancelled),
        2 => Just(After::Reply),
        1 => Just(After::WrongNumber),
        1 => (0..2_u8).prop_map(After::Opened),
        1 => (0..2_u8).prop_map(After::Closed),
        2 => (0..2_u8).prop_map(After::Voided),
    ]
}

impl After {
    fn told(self, touch: &TouchKey, occurred_at: DateTime<Utc>) -> Happened {
        let (key, vehicle) = (format!("p/{occurred_at}"), id("v1"));
        let appointment = |number: u8| id(&format!("A-{number}"));
        let missed = |number: u8, status| AppointmentMissed {
            key: key.clone(),
            appointment: appointment(number),
            vehicle: id("v1"),
            status,
            occurred_at,
        };
        let ro = |number: u8| id(&format!("main/R-{number}"));
        let reply = |label: &str| ReplyReceived {
            key: key.clone(),
            contact: contact(ANNA),
            touch: Some(touch.clone()),
            digest: secret().content(&["reply"]),
            label: label.to_owned(),
            scope: "none".to_owned(),
            odometer: None,
            occurred_at,
        };
        let closed = |number: u8, voided: bool| RoClosed {
            key: key.clone(),
            ro: ro(number),
            vehicle: id("v1"),
            span: OwnershipSpan(1),
            customer: None,
            by_other: false,
            opened_at: occurred_at,
            initiated_from: None,
            voided,
            department: fixedops_vocab::Department::Service,
            odometer: None,
            lines: Vec::new(),
            occurred_at,
            wake_at: fixedops_closed_loop::Alarm::Keep,
        };
        match self {
            Self::Set(number) => Happened::AppointmentSet(AppointmentSet {
                key,
                appointment: appointment(number),
                vehicle,
                starts_at: occurred_at + TimeDelta::days(2),
                touch: None,
                occurred_at,
            }),
            Self::Shown(number) => Happened::AppointmentShown(AppointmentShown {
                key,
                appointment: appointment(number),
                vehicle,
                touch: None,
                occurred_at,
            }),
            Self::NoShow(number) => Happened::AppointmentMissed(missed(number, AppointmentStatus::NoShow)),
            Self::Cancelled(number) => {
                Happened::AppointmentMissed(missed(number, AppointmentStatus::Cancelled))
            }
            Self::Reply => Happened::ReplyReceived(reply("question")),
            Self::WrongNumber => Happened::ReplyReceived(reply("wrong_number")),
            Self::Opened(number) => Happened::RoOpened(RoOpened {
                key,
                ro: ro(number),
                vehicle,
                initiated_from: None,
                occurred_at,
            }),
            Self::Closed(number) => Happened::RoClosed(closed(number, false)),
            Self::Voided(number) => Happened::RoClosed(closed(number, true)),
        }
    }

    fn appointment(self) -> Option<u8> {
        match self {
            Self::Set(number) | Self::Shown(number) | Self::NoShow(number) | Self::Cancelled(number) => {
                Some(number)
            }
            _ => None,
        }
    }
}

/// Where a lead must stand after all of it, by the last word on each appointment and order.
fn expected(history: &[After]) -> Lead {
    let mut appointments: BTreeMap<u8, (usize, After)> = BTreeMap::new();
    let mut orders: BTreeMap<u8, bool> = BTreeMap::new();
    let mut replied = None;
    for (hour, after) in history.iter().copied().enumerate() {
        match after {
            After::Reply => replied = Some(hour),
            After::WrongNumber => {}
            After::Opened(ro) => {
                orders.entry(ro).or_insert(true);
            }
            After::Closed(ro) => {
                orders.insert(ro, true);
            }
            After::Voided(ro) => {
                orders.insert(ro, false);
            }
            _ => {
                appointments.insert(after.appointment().unwrap(), (hour, after));
            }
        }
    }
    let last = |of: fn(After) -> bool| {
        appointments.values().filter(|(_, after)| of(*after)).map(|(hour, _)| *hour).max()
    };
    let kept = last(|after| matches!(after, After::Shown(_))).is_some();
    let fell = last(|after| matches!(after, After::NoShow(_) | After::Cancelled(_)));
    if kept || orders.values().any(|counts| *counts) {
        Lead::Came
    } else if last(|after| matches!(after, After::Set(_))).is_some() {
        Lead::Booked
    } else if replied > fell {
        Lead::Replied
    } else {
        Lead::Waiting
    }
}

/// Events as a journal would have them, behind those that stand there.
fn behind(known: &[Event], told: impl Iterator<Item = (DateTime<Utc>, Happened)>) -> Vec<Event> {
    let mut events = known.to_vec();
    let last = known.last().unwrap().clone();
    for (at, happened) in told {
        let new = happened.into_event().unwrap();
        let position = events.len() as u64 + 1;
        events.push(Event { position, at, event_type: new.event_type, data: new.data, ..last.clone() });
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever follows a click: the lead stands in one place, by the last word on everything; it never waits and is
    /// answered at once; the figures count each lead once; and news of appointments that come in late change nothing.
    #[test]
    fn a_lead_stands_where_the_last_word_on_everything_puts_it(
        history in prop::collection::vec(any_after(), 0..14),
        late in any::<prop::sample::Index>(),
    ) {
        let (known, touch, now) = &*CLICKED;
        let hour = |place: usize| *now + TimeDelta::hours(1 + i64::try_from(place).unwrap());
        let end = hour(history.len() + 1);
        let told: Vec<_> =
            history.iter().enumerate().map(|(place, after)| (hour(place), after.told(touch, hour(place)))).collect();
        let fold = |events: &[Event]| ClickReport::fold(seller(), events, end, &Doors::shipped()).unwrap();
        let report = fold(&behind(known, told.iter().cloned()));
        prop_assert_eq!(report.rows.len(), 1);
        let row = &report.rows[0];
        prop_assert_eq!(row.standing, expected(&history));
        prop_assert_eq!(row.answered, !row.standing.waits());
        prop_assert_eq!(count(&report, "clicks.waiting") + count(&report, "clicks.answered"), 1);
        let stands = row.appointment.as_ref().map(|set| set.standing.as_str());
        match row.standing {
            Lead::Came => prop_assert!(row.came_at.is_some()),
            Lead::Booked => prop_assert_eq!(stands, Some("set")),
            _ => prop_assert!(row.came_at.is_none() && stands.is_none_or(|word| ["no_show", "cancelled"].contains(&word))),
        }
        // One piece of news about an appointment comes in last of all.
        let news: Vec<usize> = (0..history.len()).filter(|place| history[*place].appointment().is_some()).collect();
        if !news.is_empty() {
            let mut turned = told.clone();
            let moved = turned.remove(news[late.index(news.len())]);
            turned.push((end, moved.1));
            let late = fold(&behind(known, turned.into_iter()));
            prop_assert_eq!(late.rows[0].standing, row.standing);
        }
    }
}
