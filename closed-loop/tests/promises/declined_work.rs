//! Declined and deferred work: which lines travel together, what is said of them and when, and what ends it.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use fixedops_closed_loop::Policies;
use fixedops_connectors_traits::{
    AuthorizationStatus, BookingRequest, ConnectorError, ConnectorErrorKind, MemoryJournal, Scheduler, Slot,
    SlotQuery,
};
use fixedops_recovery::Phase;
use fixedops_vocab::{AppointmentId, Currency, Money, PayType};

use crate::doors::{BRAKES, a_store, cases, declined, endings, out};
use crate::inspections::{complete, tell};
use crate::judge::holds_and_replays;
use crate::story::{ANNA, Driver, OIL, Said, Story, World, at, id};

/// The same store, with declined work followed up on a plan.
fn on_plan(version: &str) -> Story {
    let mut world = World::over(MemoryJournal::new());
    let mut policies = Policies::shipped();
    assert!(policies.plans.choose(&id(version)));
    world.policies = Arc::new(policies);
    let mut story = Story::driven(world, Driver::BlockOn);
    story.store();
    story.owner("anna", "h1", ANNA);
    story.linked("anna", "h1", "anna@mail.example");
    story.car("v1", "anna");
    story
}

/// A car that is driven steadily comes in, and its front pads are measured.
fn measured_pads(story: &mut Story, millimetres: &str) {
    for (day, miles) in [("2026-08-02", "36000"), ("2026-09-02", "37200"), ("2026-10-04", "38400")] {
        story.reading("v1", day, miles);
    }
    story.opens_order("v1", "R-1");
    let mut record = complete(story);
    record.findings[0].measurements[0].value = millimetres.to_owned();
    tell(story, &record);
}

#[test]
fn declined_lines_of_one_order_travel_together_and_are_earned_one_by_one() {
    let mut story = a_store();
    story.opens_order("v1", "R-1");
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    declined(&mut story, "R-1", "3", "CAF", "cabin air filter", "price");
    assert_eq!(cases(&story), ["declined_recovery/R-1"]);
    story.now += TimeDelta::hours(2);
    story.order("v1", "R-1", "2026-12-01", None, &[OIL]);
    story.days(31);
    let said = out(&story, "declined_recovery");
    assert_eq!(said.len(), 1);
    assert!(said[0].1.contains("front brake pads and cabin air filter"), "{}", said[0].1);
    story.order("v1", "R-2", "2027-01-05", None, &[("1", "CAF", 9_900, PayType::CustomerPay)]);
    story.turn();
    assert_eq!(endings(&story, "declined_recovery"), Vec::<String>::new(), "the pads are still open");
    let credits = story.of("credit_assigned");
    assert_eq!(credits.len(), 1);
    assert_eq!(credits[0].data["trigger"], "declined_recovery/R-1#3");
    story.days(40);
    let said = out(&story, "declined_recovery");
    assert!(said[1].1.contains("front brake pads") && !said[1].1.contains("cabin air"), "{}", said[1].1);
    story.order("v1", "R-3", "2027-02-20", None, &[BRAKES]);
    story.turn();
    assert_eq!(endings(&story, "declined_recovery"), ["win"]);
    assert_eq!(story.count("credit_assigned"), 2);
    holds_and_replays(&story.world);
}

#[test]
fn work_declined_again_at_a_later_visit_is_spoken_of_with_the_lines_of_that_visit() {
    let mut story = a_store();
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    declined(&mut story, "R-1", "3", "CAF", "cabin air filter", "price");
    story.days(20);
    declined(&mut story, "R-2", "7", "BRKF", "front brake pads", "price");
    assert_eq!(cases(&story), ["declined_recovery/R-1", "declined_recovery/R-2"]);
    assert_eq!(endings(&story, "declined_recovery"), Vec::<String>::new());
    story.days(11);
    let said = out(&story, "declined_recovery/R-1");
    assert_eq!(said.len(), 1);
    assert!(!said[0].1.contains("brake"), "the pads moved: {}", said[0].1);
    declined(&mut story, "R-2", "8", "CAF", "cabin air filter", "price");
    assert_eq!(endings(&story, "declined_recovery/R-1"), ["withdrawn"]);
    let written = story.of("write_back_queued");
    assert!(written.iter().all(|event| event.data["write_back"]["kind"] != "disposition"), "it goes on");
    holds_and_replays(&story.world);
}

#[test]
fn a_reason_to_decline_does_what_the_plan_says_and_an_advisor_hears_of_a_lack_of_trust() {
    for (reason, opened, ended) in [
        ("price", 1, None),
        ("time", 1, None),
        ("trust", 1, Some("handed_to_human")),
        ("does_own_service", 0, None),
        ("selling_vehicle", 0, None),
        ("done_elsewhere", 0, None),
    ] {
        let mut story = a_store();
        declined(&mut story, "R-1", "2", "BRKF", "front brake pads", reason);
        assert_eq!(cases(&story).len(), opened, "{reason}");
        let ends: Vec<String> = ended.into_iter().map(str::to_owned).collect();
        assert_eq!(endings(&story, "declined_recovery"), ends, "{reason}");
        holds_and_replays(&story.world);
    }
    // Heard later, of one line of two: the other is still spoken of.
    let mut story = a_store();
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "not_told");
    declined(&mut story, "R-1", "3", "CAF", "cabin air filter", "not_told");
    story.days(3);
    declined(&mut story, "R-1", "3", "CAF", "cabin air filter", "does_own_service");
    story.days(30);
    assert!(out(&story, "declined_recovery")[0].1.contains("front brake pads"));
    assert!(!out(&story, "declined_recovery")[0].1.contains("cabin"));
    holds_and_replays(&story.world);
}

#[test]
fn a_line_put_off_to_the_next_visit_is_silent_until_then() {
    let mut story = a_store();
    story.opens_order("v1", "R-1");
    story.answers("v1", "R-1", AuthorizationStatus::Declined, Said { minutes_ago: 5, ..Said::default() });
    story.answers("v1", "R-1", AuthorizationStatus::Deferred, Said::default());
    story.now += TimeDelta::hours(2);
    story.order("v1", "R-1", "2026-12-01", None, &[OIL]);
    let case = story.of("step_taken").pop().unwrap();
    let state: fixedops_recovery::Case = serde_json::from_value(case.data["state"].clone()).unwrap();
    assert!(matches!(state.phase(), Phase::Deferred { to_visit: true, .. }), "{:?}", state.phase());
    story.days(60);
    assert_eq!(out(&story, "declined_recovery").len(), 0);
    story.books("v1", "A-1", story.now + TimeDelta::days(2), None);
    story.days(2);
    story.shows("v1", "A-1");
    story.opens_order("v1", "R-2");
    story.days(1);
    let day = story.now.date_naive().to_string();
    story.order("v1", "R-2", &day, None, &[OIL]);
    story.days(40);
    assert!(!out(&story, "declined_recovery").is_empty(), "after the visit he is asked");
    holds_and_replays(&story.world);
}

#[test]
fn a_line_put_off_is_left_out_of_the_message_about_the_others() {
    let mut story = a_store();
    story.opens_order("v1", "R-1");
    story.answers("v1", "R-1", AuthorizationStatus::Declined, Said { minutes_ago: 5, ..Said::default() });
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    let until = Some("2027-04-01");
    story.answers("v1", "R-1", AuthorizationStatus::Deferred, Said { until, ..Said::default() });
    story.now += TimeDelta::hours(2);
    story.order("v1", "R-1", "2026-12-01", None, &[OIL]);
    story.days(31);
    let said = out(&story, "declined_recovery");
    assert_eq!(said.len(), 1, "the pads are not put off");
    assert!(said[0].1.contains("front brake pads") && !said[0].1.contains("wiper"), "{}", said[0].1);
    holds_and_replays(&story.world);
}

/// A scheduler with one free slot each day at noon UTC.
struct Noon;

#[async_trait]
impl Scheduler for Noon {
    async fn slots(&self, query: &SlotQuery) -> Result<Vec<Slot>, ConnectorError> {
        let noon = |at: DateTime<Utc>| at.date_naive().and_hms_opt(12, 0, 0).unwrap().and_utc();
        let days = (0..).map(|day| noon(query.from) + TimeDelta::days(day));
        let free =
            days.skip_while(|at| *at < query.from).take_while(|at| *at < query.until).take(query.limit);
        Ok(free.map(|starts_at| Slot { id: starts_at.to_rfc3339(), starts_at }).collect())
    }

    async fn book(&self, _: &BookingRequest) -> Result<AppointmentId, ConnectorError> {
        Err(ConnectorError::new(ConnectorErrorKind::Refused, "nothing is booked here"))
    }
}

#[test]
fn the_advisors_call_has_a_slot_that_the_scheduler_offers() {
    for asked in [true, false] {
        let mut story = a_store();
        if asked {
            story.engine = story.engine.clone().with_scheduler(Arc::new(Noon));
        }
        story.order("v1", "R-0", "2026-11-30", None, &[OIL]);
        declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
        while story.count("call_task_opened") == 0 {
            story.days(1);
            assert!(story.now < at("2027-06-01T00:00:00Z"), "a call is planned for day 90");
        }
        let task = &story.of("call_task_opened")[0];
        let slot = task.data["slot"].as_str().map(at);
        assert_eq!(slot.is_some(), asked);
        if let Some(slot) = slot {
            assert!(slot >= task.at + TimeDelta::hours(24) && slot < task.at + TimeDelta::days(10), "{slot}");
        }
        holds_and_replays(&story.world);
    }
}

#[test]
fn wear_that_was_measured_times_the_touches_of_its_plan_and_a_new_measurement_moves_them() {
    let mut story = on_plan("wear_timed_recovery/1");
    measured_pads(&mut story, "3.2");
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    story.now += TimeDelta::hours(1);
    story.order("v1", "R-1", "2026-12-01", Some("40600"), &[OIL]);
    let opened =
        story.of("case_opened").into_iter().find(|e| e.data["plan"] == "wear_timed_recovery/1").unwrap();
    let state: fixedops_recovery::Case = serde_json::from_value(opened.data["state"].clone()).unwrap();
    let first = state.target();
    assert!(first.early < first.likely && first.likely < first.late, "{first:?}");
    story.days(200);
    let said = out(&story, "declined_recovery");
    assert!(said.len() >= 2, "{said:#?}");
    assert!(said[0].1.contains(" mi ("), "miles with their range: {}", said[0].1);
    holds_and_replays(&story.world);

    // Nothing was measured: no plan that speaks of a projection is for it.
    let mut story = on_plan("wear_timed_recovery/1");
    declined(&mut story, "R-1", "3", "CAF", "cabin air filter", "price");
    let opened = &story.of("case_opened")[0];
    assert_eq!(opened.data["plan"], "declined_recovery_30_60_90_120/2");
    holds_and_replays(&story.world);
}

#[test]
fn two_lines_done_on_one_order_are_both_off_the_case() {
    let mut story = a_store();
    for (line, code, name) in
        [("2", "BRKF", "front brake pads"), ("3", "CAF", "cabin air filter"), ("4", "WIPER", "wiper blades")]
    {
        declined(&mut story, "R-1", line, code, name, "price");
    }
    let both = [BRAKES, ("2", "CAF", 9_900, PayType::CustomerPay)];
    story.order("v1", "R-2", "2026-12-10", None, &both);
    story.days(31);
    let said = out(&story, "declined_recovery");
    assert!(
        said[0].1.contains("wiper blades") && !said[0].1.contains("brake") && !said[0].1.contains("cabin")
    );
    story.order("v1", "R-3", "2027-01-05", None, &[("1", "WIPER", 2_900, PayType::CustomerPay)]);
    assert_eq!(endings(&story, "declined_recovery"), ["win"]);
    holds_and_replays(&story.world);
}

#[test]
fn a_line_put_off_to_a_day_is_asked_about_on_that_day_whatever_became_of_its_case() {
    let until = Some("2027-06-01");
    // Of two lines one was put off; the case of both is over by then.
    let mut story = a_store();
    story.opens_order("v1", "R-1");
    story.answers("v1", "R-1", AuthorizationStatus::Declined, Said { minutes_ago: 5, ..Said::default() });
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    story.answers("v1", "R-1", AuthorizationStatus::Deferred, Said { until, ..Said::default() });
    story.now += TimeDelta::hours(2);
    story.order("v1", "R-1", "2026-12-01", None, &[OIL]);
    story.days(190);
    assert_eq!(endings(&story, "declined_recovery"), ["lapsed"]);
    let said = out(&story, "deferred_work");
    assert!(!said.is_empty() && said[0].1.contains("wiper"), "{said:#?}");
    holds_and_replays(&story.world);
}

#[test]
fn a_line_put_off_to_the_next_visit_without_a_decline_is_asked_about_after_it() {
    let mut story = a_store();
    story.opens_order("v1", "R-1");
    story.answers("v1", "R-1", AuthorizationStatus::Deferred, Said::default());
    story.now += TimeDelta::hours(2);
    story.order("v1", "R-1", "2026-12-01", None, &[OIL]);
    story.days(40);
    assert_eq!(cases(&story), Vec::<String>::new());
    story.opens_order("v1", "R-2");
    let day = story.now.date_naive().to_string();
    story.now += TimeDelta::hours(3);
    story.order("v1", "R-2", &day, None, &[OIL]);
    story.days(10);
    assert_eq!(cases(&story), ["deferred_work/R-1/9"]);
    assert!(!out(&story, "deferred_work").is_empty());
    holds_and_replays(&story.world);
}

#[test]
fn work_that_was_done_before_its_decline_was_told_opens_no_case() {
    // On the very order.
    let mut story = a_store();
    story.order("v1", "R-1", "2026-12-01", None, &[("2", "BRKF", 38_900, PayType::CustomerPay)]);
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    assert_eq!(cases(&story), Vec::<String>::new());
    // On a later one.
    story.order("v1", "R-3", "2026-12-20", None, &[BRAKES]);
    story.days(25);
    story.declined_days_ago("v1", "R-2", "2", 20);
    assert_eq!(cases(&story), Vec::<String>::new());
    // Declines of two orders told in reverse are spoken of once.
    let mut story = a_store();
    story.days(25);
    story.declined_days_ago("v1", "R-2", "2", 1);
    story.declined_days_ago("v1", "R-1", "2", 20);
    assert_eq!(cases(&story), ["declined_recovery/R-2"]);
    holds_and_replays(&story.world);
}

#[test]
fn a_part_at_its_minimum_is_no_matter_of_no_rush_and_an_unmeasured_line_has_no_projection() {
    let mut story = on_plan("wear_timed_recovery/1");
    measured_pads(&mut story, "1.5");
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    declined(&mut story, "R-1", "3", "CAF", "cabin air filter", "price");
    assert_eq!(cases(&story)[1..], ["declined_recovery/R-1/wear", "declined_recovery/R-1"]);
    story.now += TimeDelta::hours(2);
    story.order("v1", "R-1", "2026-12-01", Some("40600"), &[OIL]);
    story.days(60);
    let worn = out(&story, "declined_recovery/R-1/wear");
    assert!(worn.iter().any(|(_, body)| body.contains("was at our minimum")), "{worn:#?}");
    assert!(worn.iter().all(|(_, body)| !body.contains("No rush")), "{worn:#?}");
    for (key, body) in
        out(&story, "declined_recovery/R-1").iter().filter(|(key, _)| !key.case.as_str().ends_with("wear"))
    {
        assert!(!body.contains("minimum"), "{key}: {body}");
    }
    holds_and_replays(&story.world);
}

/// A store whose pads cost 412.00 today.
struct Menu;

#[async_trait]
impl fixedops_connectors_traits::PriceBook for Menu {
    async fn price(
        &self,
        query: &fixedops_connectors_traits::PriceQuery,
    ) -> Result<Option<Money>, ConnectorError> {
        Ok((query.op_code.as_str() == "BRKF").then(|| Money::cents(41_200, Currency::USD)))
    }
}

#[test]
fn the_price_is_todays_where_the_store_says_it_and_else_that_of_the_visit() {
    for asked in [true, false] {
        let mut story = a_store();
        if asked {
            story.engine = story.engine.clone().with_prices(Arc::new(Menu));
        }
        declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
        story.days(61);
        let mail = out(&story, "declined_recovery")
            .into_iter()
            .find(|(key, _)| key.touch.as_str() == "day-60-email");
        let body = mail.unwrap().1;
        let said = if asked { "The price today is 412.00 USD" } else { "The price then was 100.00 USD" };
        assert!(body.contains(said), "{body}");
        holds_and_replays(&story.world);
    }
}

#[test]
fn a_case_of_a_retired_plan_is_taken_over_at_its_next_alarm_and_says_nothing_twice() {
    let mut story = on_plan("declined_recovery_30_60_90_120/1");
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    assert_eq!(story.of("case_opened")[0].data["plan"], "declined_recovery_30_60_90_120/1");
    story.days(31);
    assert_eq!(out(&story, "declined_recovery").len(), 1);
    // The program is renewed: the plan is retired in it.
    story.world.policies = Arc::new(Policies::shipped());
    story.restarts();
    story.days(100);
    let replaced: Vec<_> = story
        .of("step_taken")
        .into_iter()
        .filter(|event| event.data["event"]["plan_replaced"]["by"] == "declined_recovery_30_60_90_120/2")
        .collect();
    assert_eq!(replaced.len(), 1);
    let said: Vec<String> =
        out(&story, "declined_recovery").into_iter().map(|(key, _)| key.touch.to_string()).collect();
    let mut once = said.clone();
    once.dedup();
    assert_eq!(said, once, "no touch twice");
    assert!(said.len() > 1, "it goes on: {said:?}");
    assert_eq!(endings(&story, "declined_recovery"), ["lapsed"]);
    crate::judge::holds(&story.world);
}
