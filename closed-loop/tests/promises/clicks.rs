//! The click report: who opened the link of a message, and what came of it.

use chrono::TimeDelta;
use fixedops_closed_loop::clicks::{ClickReport, ClickRow, Lead};
use fixedops_closed_loop::{AppointmentMissed, Doors, Figure, Happened};
use fixedops_connectors_traits::AppointmentStatus;
use fixedops_vocab::Scope;

use crate::story::{ANNA, OIL, Story, at, contact, id, seller};

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
    assert_ne!(missed.standing, Lead::Booked, "he did not come");
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
    assert_eq!(lead.standing, Lead::LeaveAlone);
    assert!(lead.answered && lead.not_by_telephone, "{lead:?}");
    assert!(lead.calls.iter().all(|call| call.withdrawn));
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
            let (key, occurred_at) = (story.key(), story.now);
            story.tell(Happened::AppointmentMissed(AppointmentMissed {
                key,
                appointment: id("A-1"),
                vehicle: id("v1"),
                status: AppointmentStatus::Cancelled,
                occurred_at,
            }));
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
