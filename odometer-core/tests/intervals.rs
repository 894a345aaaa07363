//! Intervals, due points, visits, asks, components and months: the complaints users of other products have about them.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the way to fail")]

use chrono::{DateTime, Duration, Utc};
use fixedops_odometer_core::{
    Ask, AskWhen, Assessment, Baseline, ComponentError, Countdown, DuePoint, DuePolicy, DueSource,
    IntervalRule, Lead, Leg, Model, MonthBasis, Mounting, OpCodes, Operation, OriginKind, Posterior, Reading,
    ReadingKind, Schedule, Stage, Verdict, Visit, ask, assess, assess_due, bundle, component_miles, judge,
    usage,
};
use fixedops_vocab::{Basis, DistanceUnit, Miles, OpCode, RawOdometer, ServiceId, VehicleId};
use proptest::prelude::*;

fn at(day: &str) -> DateTime<Utc> {
    format!("{day}T12:00:00Z").parse().unwrap()
}

fn day(number: i64) -> DateTime<Utc> {
    at("2025-01-01") + Duration::days(number)
}

fn miles(whole: u32) -> Miles {
    Miles::from_whole(whole).unwrap()
}

fn read(on: DateTime<Utc>, shown: u32) -> Reading {
    Reading::reported(on, RawOdometer::parse(&shown.to_string(), DistanceUnit::Miles).unwrap())
}

/// Thirty miles a day, read every thirty days, from `begins` on day 0; the last reading on day 210.
fn steady(begins: u32) -> Vec<Reading> {
    (0..8_u32).map(|n| read(day(i64::from(n) * 30), begins + n * 900)).collect()
}

fn fit(readings: &[Reading], on: DateTime<Utc>) -> Posterior {
    Posterior::fit(readings, &[], on, &Model::shipped())
}

fn service(name: &str) -> ServiceId {
    ServiceId::new(name).unwrap()
}

fn rule(name: &str, distance: Option<u32>, months: Option<u32>) -> IntervalRule {
    IntervalRule { distance: distance.map(miles), months, ..IntervalRule::of(service(name)) }
}

fn shipped(name: &str) -> IntervalRule {
    Schedule::shipped().rule(&service(name)).unwrap().clone()
}

/// A countdown to the oil service.
fn says(on: i64, shows: u32, left: i32, days: Option<i32>) -> Countdown {
    let left = RawOdometer::new(i64::from(left) * 1000, DistanceUnit::Miles);
    let said =
        Countdown::read(service("oil_service"), day(on)).with_odometer(miles(shows)).with_distance(left);
    Countdown { days_left: days, ..said }
}

fn due_point(rule: &IntervalRule, baseline: &Baseline, said: &[Countdown], on: i64) -> DuePoint {
    let posterior = fit(&[], day(on));
    let policy = DuePolicy::shipped();
    DuePoint::of(rule, baseline).with_countdowns(
        rule,
        baseline,
        said,
        &posterior,
        day(on),
        policy.countdown(),
    )
}

#[test]
fn i2_a_service_is_due_by_miles_however_young_it_is() {
    let posterior = fit(&steady(40_000), day(240));
    let base = Baseline::here(day(120), Some(miles(40_000)), 1);
    let found = assess(&rule("oil_service", Some(5_000), Some(120)), &base, &posterior, day(240), 0.5);
    assert_eq!((found.crossed, found.leg), (true, Some(Leg::Distance)));
}

#[test]
fn i17_a_car_that_hardly_drives_is_due_by_months() {
    let readings: Vec<Reading> = (0..8_u32).map(|n| read(day(i64::from(n) * 30), 40_000 + n * 20)).collect();
    let base = Baseline::here(day(0), Some(miles(40_000)), 1);
    let found =
        assess(&rule("oil_service", Some(5_000), Some(6)), &base, &fit(&readings, day(200)), day(200), 0.5);
    assert_eq!((found.crossed, found.leg), (true, Some(Leg::Time)));
    assert!(!found.reason.contains(" mi"), "{}", found.reason);
}

/// FIELD 3.1: one event however many periods are jumped, and it names the cycle that was missed first.
#[test]
fn six_periods_jumped_at_once_are_one_crossing_of_that_service() {
    let posterior = fit(&[read(day(0), 40_000), read(day(200), 85_000)], day(200));
    let base = Baseline::here(day(0), Some(miles(40_000)), 3);
    for rule in [shipped("oil_service"), shipped("tire_rotation"), shipped("multi_point_inspection")] {
        let found = assess(&rule, &base, &posterior, day(200), 0.5);
        assert!(found.crossed, "{}", rule.service);
        assert_eq!((found.cycle, found.stage), (3, Stage::Overdue), "{}", rule.service);
    }
    // Done once, it is done: nothing is left over of the periods that were missed.
    let done = Baseline::here(day(200), Some(miles(85_000)), 4);
    let after = assess(&shipped("oil_service"), &done, &posterior, day(200), 0.5);
    assert_eq!((after.crossed, after.due_miles), (false, Some(miles(92_500))));
}

/// FIELD 3.2: a reminder's own threshold overwrote the shared one, and every later reminder used it.
#[test]
fn one_rules_threshold_does_not_leak_into_the_next() {
    let wide =
        IntervalRule { lead_distance: miles(7_000), lead_days: 300, ..rule("a", Some(7_500), Some(12)) };
    let narrow = IntervalRule { lead_distance: miles(100), lead_days: 5, ..rule("b", Some(7_500), Some(12)) };
    let posterior = fit(&steady(40_000), day(210));
    let base = Baseline::here(day(150), Some(miles(44_500)), 1);
    let stage = |rule: &IntervalRule| assess(rule, &base, &posterior, day(210), 0.5).stage;
    assert_eq!((stage(&wide), stage(&narrow)), (Stage::Soon, Stage::NotYet));
    assert_eq!((stage(&narrow), stage(&wide)), (Stage::NotYet, Stage::Soon), "in either order");
    let text = "version = \"v\"\neffective = 2026-01-01\nsource = \"test\"\n[[service]]\nservice = \"a\"\ndistance = 7500\nlead_distance = 700\ngrace_days = 9\n[[service]]\nservice = \"b\"\ndistance = 7500\n";
    let schedule = Schedule::from_toml(text).unwrap();
    assert_eq!((schedule.rules()[1].lead_distance, schedule.rules()[1].grace_days), (Miles::ZERO, 0));
}

/// i16: bars anchored at install, not at delivery, read 3 % instead of 58 %.
#[test]
fn i16_the_interval_counts_from_delivery_not_from_when_we_first_heard_of_the_car() {
    let policy = DuePolicy::shipped();
    let posterior = fit(&[read(day(0), 4_000), read(day(30), 4_350)], day(30));
    let (oil, at) = (shipped("oil_service"), day(30));
    let new = Baseline::delivered(day(-200), Some(miles(12)), &policy);
    assert_eq!(assess(&oil, &new, &posterior, at, 0.5).due_miles, Some(miles(7_512)));
    let used = Baseline::delivered(day(-5), Some(miles(3_900)), &policy);
    assert_eq!(assess(&oil, &used, &posterior, at, 0.5).due_miles, Some(miles(11_400)));
    let unread = Baseline::delivered(day(-400), None, &policy);
    let found = assess(&oil, &unread, &posterior, at, 0.5);
    assert_eq!((found.due_miles, found.leg, found.crossed), (None, Some(Leg::Time), true));
}

/// i18: who reset it, and when.
#[test]
fn i18_every_interval_says_what_it_is_counted_from() {
    let posterior = fit(&steady(40_000), day(210));
    let oil = shipped("oil_service");
    for (baseline, kind, words) in [
        (
            Baseline::delivered_new(day(0), Some(miles(5))),
            OriginKind::DeliveredNew,
            "delivery (new) on 2025-01-01",
        ),
        (
            Baseline::here(day(0), Some(miles(40_000)), 2).of_record("R-7").by("dms"),
            OriginKind::ServiceHere,
            "service here on 2025-01-01 (record R-7, by dms)",
        ),
        (
            Baseline::elsewhere(day(0), Some(miles(40_000)), 2).by("a-3"),
            OriginKind::ServiceElsewhere,
            "service done elsewhere on 2025-01-01 (by a-3)",
        ),
        (Baseline::imported(day(0), None, 2), OriginKind::Import, "service taken over on 2025-01-01"),
    ] {
        let found = assess(&oil, &baseline, &posterior, day(210), 0.5);
        assert_eq!((found.origin.kind, found.counted_from), (kind, day(0)));
        assert!(found.reason.ends_with(&format!("counted from {words}")), "{}", found.reason);
    }
    // Soft, due, hard: the rule's own windows.
    let base = Baseline::here(day(0), None, 1);
    for (days, stage) in [(300, Stage::NotYet), (340, Stage::Soon), (366, Stage::Due), (396, Stage::Overdue)]
    {
        assert_eq!(assess(&oil, &base, &posterior, day(days), 0.5).stage, stage, "day {days}");
    }
}

/// i19 and FIELD 3.7: the op code of an order resets the interval; a tyre repair is not the last tyre service.
#[test]
fn i19_an_op_code_resets_the_interval_and_a_tire_repair_does_not() {
    let map = OpCodes::shipped();
    let orders = [(10, "ROT"), (100, "TIREREP"), (150, "FLAT22"), (160, "WASH")];
    let last = orders.iter().rev().find(|(_, code)| {
        map.operation(Some(&OpCode::new(code).unwrap()), None)
            == Operation::Service(&service("tire_rotation"))
    });
    assert_eq!(last, Some(&(10, "ROT")));
    let excluded = map.operation(Some(&OpCode::new("TIREREP").unwrap()), None);
    assert!(matches!(excluded, Operation::Excluded(reason) if reason.contains("no tire service")));
}

#[test]
fn a_service_done_elsewhere_counts_by_its_months_where_nobody_knows_its_miles() {
    let posterior = fit(&steady(40_000), day(210));
    let oil = shipped("oil_service");
    let unread = assess(&oil, &Baseline::elsewhere(day(100), None, 2), &posterior, day(210), 0.5);
    assert_eq!((unread.due_miles, unread.p_due, unread.stage), (None, None, Stage::NotYet));
    let known =
        assess(&oil, &Baseline::elsewhere(day(100), Some(miles(43_000)), 2), &posterior, day(210), 0.5);
    assert_eq!(known.due_miles, Some(miles(50_500)));
}

/// i24: read the next-service distance from the car itself.
#[test]
fn i24_the_cars_own_countdown_is_a_source_with_its_own_trust() {
    let oil = shipped("oil_service");
    let variable =
        IntervalRule { longest_distance: Some(miles(12_000)), longest_months: Some(24), ..oil.clone() };
    let done = Baseline::here(day(0), Some(miles(40_000)), 2);
    let scheduled = (Some(miles(47_500)), None);
    let reset = |on| Some(day(on));
    for (case, rule, said, expected) in [
        ("nothing said", &oil, vec![], scheduled),
        (
            "earlier than the schedule is followed",
            &oil,
            vec![says(60, 43_000, 3_000, None)],
            (Some(miles(46_000)), None),
        ),
        (
            "the newer one counts",
            &oil,
            vec![says(90, 44_000, 1_500, None), says(60, 43_000, 3_000, None)],
            (Some(miles(45_500)), None),
        ),
        ("what was said before the service is over", &oil, vec![says(-1, 39_990, 10, None)], scheduled),
        ("what was said in the instant of the service too", &oil, vec![says(0, 40_000, -5, None)], scheduled),
        (
            "later than the schedule, without leave",
            &oil,
            vec![says(60, 43_000, 7_000, None)],
            (Some(miles(47_500)), reset(60)),
        ),
        (
            "later, as the maker's variable interval allows",
            &variable,
            vec![says(60, 43_000, 7_000, None)],
            (Some(miles(50_000)), None),
        ),
        (
            "later than any variable interval",
            &variable,
            vec![says(60, 43_000, 9_500, None)],
            (Some(miles(47_500)), reset(60)),
        ),
        (
            "a jump back within what is allowed is a reset all the same",
            &variable,
            vec![
                says(60, 43_000, 3_000, None),
                says(90, 44_000, 7_500, None),
                says(100, 44_300, 7_200, None),
            ],
            (Some(miles(46_000)), reset(90)),
        ),
        (
            "steps of the counter are none",
            &variable,
            vec![says(60, 43_000, 3_000, None), says(90, 44_000, 2_250, None)],
            (Some(miles(46_250)), None),
        ),
        ("past due stays past due", &oil, vec![says(200, 48_000, -400, None)], (Some(miles(47_600)), None)),
        ("not known yet", &oil, vec![says(60, 43_000, 3_000, None).learned_at(day(400))], scheduled),
    ] {
        let found = due_point(rule, &done, &said, 210);
        assert_eq!((found.miles, found.reset_unexplained), expected, "{case}: {found:?}");
    }
    // By days: the car's day stands in for the months, the newest within the slack.
    let found = due_point(&oil, &done, &[says(60, 43_000, 3_000, Some(100))], 70);
    assert_eq!((found.by, found.by_from), (Some(day(160)), DueSource::Countdown { read_at: day(60) }));
    assert_eq!(found.miles_from, DueSource::Countdown { read_at: day(60) });
}

#[test]
fn i24_a_reset_at_the_dash_hides_no_due_service_and_a_service_clears_the_doubt() {
    let oil = shipped("oil_service");
    let posterior = fit(&steady(40_000), day(300));
    let done = Baseline::here(day(0), Some(miles(35_000)), 2);
    // Due at 42,500; set back on day 100 at 43,000 without a service.
    let said = [says(100, 43_000, 7_500, Some(365))];
    let due = due_point(&oil, &done, &said, 210);
    let found = assess_due(&oil, &done, &due, &posterior, day(210), 0.5);
    assert!(found.crossed && found.stage == Stage::Overdue, "{found:?}");
    assert!(found.reason.contains("set back by 2025-04-11 without a service on record"), "{}", found.reason);
    // It was done elsewhere that day after all: the countdown agrees and is followed.
    let told = Baseline::elsewhere(day(99), Some(miles(42_990)), 3);
    let due = due_point(&oil, &told, &said, 210);
    assert_eq!((due.miles, due.reset_unexplained), (Some(miles(50_500)), None));
    assert!(!assess_due(&oil, &told, &due, &posterior, day(210), 0.5).crossed);
}

#[test]
fn i24_a_stale_countdown_puts_nothing_off_and_one_alone_is_better_than_nothing() {
    let oil = IntervalRule { longest_distance: Some(miles(12_000)), ..shipped("oil_service") };
    let done = Baseline::here(day(0), Some(miles(40_000)), 2);
    let later = [says(60, 43_000, 7_000, None)];
    assert_eq!(due_point(&oil, &done, &later, 240).miles, Some(miles(50_000)));
    assert_eq!(due_point(&oil, &done, &later, 241).miles, Some(miles(47_500)));
    let sooner = [says(60, 43_000, 1_000, None)];
    assert_eq!(due_point(&oil, &done, &sooner, 241).miles, Some(miles(44_000)));

    let only = Baseline::countdown_only(day(60));
    let due = due_point(&oil, &only, &later, 70);
    assert_eq!((due.miles, due.by), (Some(miles(50_000)), None));
    let found = assess_due(&oil, &only, &due, &fit(&steady(40_000), day(210)), day(210), 0.5);
    assert_eq!(found.origin.kind, OriginKind::Countdown);
    assert!(found.reason.contains("the car's own countdown, read on 2025-03-02"), "{}", found.reason);
}

#[test]
fn i24_a_countdown_to_no_odometer_or_no_date_makes_nothing_due() {
    let oil = shipped("oil_service");
    let done = Baseline::here(day(0), Some(miles(40_000)), 2);
    let scheduled = DuePoint::of(&oil, &done);
    let posterior = fit(&steady(40_000), day(210));
    for (case, said) in [
        ("below zero", says(60, 43_000, -43_001, None)),
        ("far below zero", says(60, 43_000, -1_000_000_000, None)),
        ("past the end", says(60, 43_000, 960_000, None)),
        ("a year with a minus", says(60, 43_000, -43_001, Some(-5_000_000))),
        ("a year of three digits", says(60, 43_000, -43_001, Some(-380_000))),
        ("a year of five digits", says(60, 43_000, -43_001, Some(3_000_000))),
        ("no day at all", says(60, 43_000, -43_001, Some(i32::MIN))),
        ("nor the other way", says(60, 43_000, -43_001, Some(i32::MAX))),
    ] {
        assert_eq!((said.due_miles(None), said.due_by()), (None, None), "{case}");
        assert_eq!(due_point(&oil, &done, std::slice::from_ref(&said), 70), scheduled, "{case}");
        let only = Baseline::countdown_only(day(60));
        let due = due_point(&oil, &only, &[said], 70);
        assert_eq!(assess_due(&oil, &only, &due, &posterior, day(210), 0.5).stage, Stage::Unknown, "{case}");
    }
    let zero = says(60, 43_000, -43_000, Some(-300_000));
    assert_eq!(zero.due_miles(None), Some(Miles::ZERO), "the bounds themselves are something");
    assert_eq!(zero.due_by().map(|due| due.format("%Y").to_string()), Some("1203".to_owned()));
}

fn assessed(rules: &[IntervalRule], base: &Baseline, posterior: &Posterior, on: i64) -> Vec<Assessment> {
    rules.iter().map(|rule| assess(rule, base, posterior, day(on), 0.5)).collect()
}

#[test]
fn services_due_close_together_are_one_visit_and_the_safety_or_overdue_one_leads() {
    let posterior = fit(&steady(40_000), day(210));
    let base = Baseline::here(day(0), Some(miles(40_000)), 1);
    let named = |rule: IntervalRule, safety| IntervalRule { safety, ..rule };
    // About 46,300 on day 210, 30 a day.
    let rules = [
        named(rule("far", Some(20_000), None), false),
        named(rule("near_by_miles", Some(7_300), None), false),
        named(rule("first", Some(6_400), None), false),
        named(rule("just_beyond", Some(8_400), None), false),
        named(rule("months_only", None, Some(7)), false),
    ];
    let visits = |rules: &[IntervalRule]| {
        let all = assessed(rules, &base, &posterior, 210);
        bundle(&all, &posterior.mileage_at(day(210)), day(210), DuePolicy::shipped().visit())
    };
    let names = |visit: &Visit| visit.services.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let found = visits(&rules);
    let all: Vec<String> = found.iter().map(names).collect();
    assert_eq!(all, ["months_only first near_by_miles", "just_beyond", "far"], "{found:?}");
    assert_eq!(found[0].why, Lead::First);

    let mut safe = rules.clone();
    safe[1].safety = true;
    assert_eq!(names(&visits(&safe)[0]), "near_by_miles months_only first");
    assert_eq!(
        visits(&safe)[0].to_string(),
        "near_by_miles leads (a matter of safety), with months_only, first"
    );
    let mut overdue = rules.clone();
    overdue[4].months = Some(3);
    assert_eq!(
        (names(&visits(&overdue)[0]).as_str(), visits(&overdue)[0].why),
        ("months_only first near_by_miles", Lead::Overdue)
    );
    let mut backwards = rules.to_vec();
    backwards.reverse();
    assert_eq!(visits(&backwards), found, "the order decides nothing");
}

proptest! {
    /// Every service of which something can be said is on exactly one visit, and the order decides nothing.
    #[test]
    fn each_service_is_on_one_visit(
        intervals in prop::collection::vec((1_000..30_000_u32, 1..40_u32, any::<bool>()), 1..9), swap in any::<prop::sample::Index>(),
    ) {
        let posterior = fit(&steady(40_000), day(210));
        let base = Baseline::here(day(0), Some(miles(40_000)), 1);
        let rules: Vec<IntervalRule> = intervals
            .iter()
            .enumerate()
            .map(|(place, (distance, months, safety))| IntervalRule { safety: *safety, ..rule(&format!("s{place}"), Some(*distance), Some(*months)) })
            .collect();
        let mut all = assessed(&rules, &base, &posterior, 210);
        let policy = DuePolicy::shipped();
        let visits = bundle(&all, &posterior.mileage_at(day(210)), day(210), policy.visit());
        let mut named: Vec<&ServiceId> = visits.iter().flat_map(|visit| &visit.services).collect();
        named.sort();
        let mut expected: Vec<&ServiceId> = rules.iter().map(|rule| &rule.service).collect();
        expected.sort();
        prop_assert_eq!(named, expected);
        for visit in &visits {
            prop_assert_eq!(visit.services.first(), Some(&visit.lead));
            let safe = rules.iter().any(|rule| rule.safety && visit.services.contains(&rule.service));
            prop_assert_eq!(safe, visit.why == Lead::Safety);
        }
        let other = swap.index(all.len());
        all.swap(0, other);
        prop_assert_eq!(bundle(&all, &posterior.mileage_at(day(210)), day(210), policy.visit()), visits);
    }
}

fn asked(rule: &IntervalRule, base: &Baseline, posterior: &Posterior, on: i64) -> Option<Ask> {
    ask(&assess(rule, base, posterior, day(on), 0.5), posterior, day(on), DuePolicy::shipped().ask())
}

/// i4: a nudge for a fresh reading when the estimate goes stale, and only where it matters.
#[test]
fn i4_a_reading_is_asked_for_where_it_settles_the_question_and_nowhere_else() {
    // Read three times in all, long ago, at changing rates: wide open by now.
    let stale = fit(&[read(day(0), 40_000), read(day(60), 41_200), read(day(100), 43_000)], day(400));
    let base = Baseline::here(day(100), Some(miles(43_000)), 2);
    let oil = rule("oil_service", Some(10_000), None);
    let now = asked(&oil, &base, &stale, 400).expect("the estimate is stale");
    assert_eq!((now.when, now.due_if_at_least), (AskWhen::Now, miles(53_000)));
    assert!((now.p_due.unwrap() + now.p_not_yet.unwrap() - 1.0).abs() < 1e-12);
    assert!(now.reason.contains("53000.0 mi"), "{}", now.reason);

    // A year earlier "not yet" is all but certain: wait until it no longer is.
    let early = asked(&oil, &base, &stale, 130).expect("it will open");
    let AskWhen::From(then) = early.when else { panic!("{early:?}") };
    assert!(stale.probability_at_least(miles(53_000), then) >= 0.25);
    assert!(stale.probability_at_least(miles(53_000), then - Duration::days(1)) < 0.25);

    let by_months = IntervalRule { months: Some(1), ..oil.clone() };
    for (case, rule, base, posterior, on) in [
        ("due by months whatever the odometer shows", &by_months, &base, &stale, 400),
        ("the months come before the question opens", &by_months, &base, &stale, 110),
        ("due in all likelihood", &oil, &base, &stale, 1_000),
        ("no distance leg", &rule_by_time(), &base, &stale, 400),
        ("nothing to count from", &oil, &Baseline::here(day(100), None, 2), &stale, 400),
        ("read past it", &oil, &Baseline::here(day(0), Some(miles(30_000)), 2), &stale, 400),
    ] {
        assert_eq!(asked(rule, base, posterior, on), None, "{case}");
    }
    // A car read every month on a steady habit settles by itself.
    let steady = fit(&steady(40_000), day(211));
    assert_eq!(
        asked(
            &rule("oil_service", Some(6_800), None),
            &Baseline::here(day(0), Some(miles(40_000)), 2),
            &steady,
            211
        ),
        None
    );
}

fn rule_by_time() -> IntervalRule {
    rule("oil_service", None, Some(240))
}

#[test]
fn i4_without_a_habit_nobody_is_asked_before_the_car_can_have_driven_the_miles() {
    let one = fit(&[read(day(0), 40_000)], day(400));
    let base = Baseline::here(day(0), Some(miles(40_000)), 2);
    let oil = rule("oil_service", Some(7_500), None);
    // 7,500 miles at 150 a day are fifty days.
    for (on, when) in
        [(0, AskWhen::From(day(50))), (49, AskWhen::From(day(50))), (50, AskWhen::Now), (400, AskWhen::Now)]
    {
        let wanted = asked(&oil, &base, &one, on).expect("one reading settles it");
        assert_eq!((wanted.when, wanted.p_due), (when, None), "day {on}");
    }
    let never = fit(&[], day(400));
    assert_eq!(asked(&oil, &base, &never, 400).map(|wanted| wanted.when), Some(AskWhen::Now));
}

proptest! {
    /// The answer decides: at or above the mark the service is crossed, below it is not.
    #[test]
    fn an_answer_at_or_above_the_mark_is_due_and_one_below_is_not(
        gains in prop::collection::vec((10..120_i64, 100..4_000_u32), 0..5), interval in 2_000..12_000_u32,
        ahead in 0..500_i64, answer in 0..12_000_u32, level in 0.2..0.9_f64,
    ) {
        let (mut on, mut shown, mut readings) = (0, 40_000, vec![read(day(0), 40_000)]);
        for (days, gain) in gains {
            on += days;
            shown += gain;
            readings.push(read(day(on), shown));
        }
        let now = on + ahead;
        let (oil, base) = (rule("oil_service", Some(interval), None), Baseline::here(day(0), Some(miles(40_000)), 1));
        let posterior = fit(&readings, day(now));
        let before = assess(&oil, &base, &posterior, day(now), level);
        let policy = DuePolicy::shipped();
        let Some(wanted) = ask(&before, &posterior, day(now), policy.ask()) else { return Ok(()) };
        prop_assume!(wanted.when == AskWhen::Now);
        prop_assert_eq!(Some(wanted.due_if_at_least), before.due_miles);
        let answer = shown + answer;
        readings.push(read(day(now), answer));
        let told = judge(&readings, &Model::shipped());
        prop_assume!(told.iter().all(|judgement| judgement.verdict == Verdict::Accepted));
        let after = assess(&oil, &base, &fit(&readings, day(now)), day(now), level);
        prop_assert_eq!(after.crossed, miles(answer) >= wanted.due_if_at_least, "{:?}", after);
    }
}

/// i23: wear of a part that moves between cars and seasons.
#[test]
fn i23_a_set_of_tires_has_miles_of_its_own_over_seasons_and_cars() {
    let one = fit(&steady(40_000), day(210));
    let other = fit(&steady(90_000), day(210));
    let posterior_of = |vehicle: &VehicleId| match vehicle.as_str() {
        "v1" => Some(&one),
        "v2" => Some(&other),
        _ => None,
    };
    let span = |vehicle: &str, from: i64, until: Option<i64>| Mounting {
        vehicle: vehicle.parse().unwrap(),
        from: day(from),
        until: until.map(day),
    };
    let run = component_miles(
        &[span("v2", 150, None), span("v1", 0, Some(60)), span("v1", 90, Some(120))],
        posterior_of,
        day(210),
    )
    .unwrap();
    assert!(run.is_whole());
    let each: Vec<String> = run.spans.iter().map(|s| s.miles.unwrap().p50().to_string()).collect();
    assert_eq!(each, ["1800.0", "900.0", "1800.0"]);
    assert_eq!(run.miles.p50(), miles(4_500));

    // Beyond the last reading there is a range, and it carries into the sum.
    let later = component_miles(&[span("v1", 0, None)], posterior_of, day(260)).unwrap();
    assert_eq!(later.spans[0].basis, Basis::Estimated);
    assert!(later.miles.p10() < later.miles.p50() && later.miles.p50() < later.miles.p90());

    // What is not known is said and left out.
    let partly =
        component_miles(&[span("v1", 0, Some(60)), span("v9", 60, Some(90))], posterior_of, day(210))
            .unwrap();
    assert!(!partly.is_whole());
    assert_eq!((partly.miles.p50(), partly.spans[1].miles), (miles(1_800), None));
    assert_eq!(partly.spans[1].unknown.as_deref(), Some("nothing is known of the vehicle"));

    let both = component_miles(&[span("v1", 0, Some(60)), span("v2", 59, None)], posterior_of, day(210));
    assert!(matches!(both, Err(ComponentError::Overlap { .. })), "{both:?}");
    let open = component_miles(&[span("v1", 0, None), span("v2", 59, None)], posterior_of, day(210));
    assert!(matches!(open, Err(ComponentError::Overlap { .. })), "{open:?}");
    let back = component_miles(&[span("v1", 60, Some(0))], posterior_of, day(210));
    assert!(matches!(back, Err(ComponentError::Backwards { .. })), "{back:?}");
    // Not yet mounted.
    assert_eq!(component_miles(&[span("v1", 90, None)], posterior_of, day(30)).unwrap().spans, []);
}

#[test]
fn i23_a_new_cluster_in_between_makes_the_span_unknown_not_negative() {
    let mut readings = steady(40_000);
    readings.push(read(day(215), 100).of_kind(ReadingKind::ManualCorrection));
    readings.push(read(day(245), 1_000));
    let car = fit(&readings, day(245));
    let span = Mounting { vehicle: "v1".parse().unwrap(), from: day(30), until: Some(day(245)) };
    let run = component_miles(&[span], |_| Some(&car), day(245)).unwrap();
    assert_eq!(run.spans[0].miles, None);
    assert!(run.spans[0].unknown.as_ref().unwrap().contains("corrected or replaced"));
}

/// i15: monthly mileage with interpolation of missing months.
#[test]
fn i15_every_month_has_its_miles_and_says_where_they_come_from() {
    let on = |day: &str| -> DateTime<Utc> { format!("{day}T00:00:00Z").parse().unwrap() };
    let readings = [
        read(on("2026-01-01"), 40_000),
        read(on("2026-02-01"), 41_000),
        read(on("2026-05-01"), 43_670),
        read(on("2026-06-01"), 44_700),
    ];
    let car = fit(&readings, on("2026-06-01"));
    let months = usage(&car, "2025-12-15".parse().unwrap(), "2026-07-02".parse().unwrap());
    let found: Vec<String> = months
        .iter()
        .map(|m| {
            format!(
                "{} {} {}",
                m.month.format("%m"),
                m.basis.as_str(),
                m.miles.map_or("-".into(), |m| m.p50().to_string())
            )
        })
        .collect();
    assert_eq!(found[0], "12 unknown -");
    assert_eq!(found[1], "01 read 1000.0");
    assert!(found[2].starts_with("02 interpolated"), "{found:?}");
    assert!(found[4].starts_with("04 interpolated"), "{found:?}");
    assert_eq!(found[5], "05 read 1030.0");
    assert!(found[6].starts_with("06 estimated") && found[7].starts_with("07 estimated"), "{found:?}");
    let missing: f64 = months[2..5].iter().map(|m| m.miles.unwrap().p50().as_f64()).sum();
    assert!((missing - 2_670.0).abs() < 0.05, "what was shared out adds up: {missing}");
    assert!(
        months[6].basis == MonthBasis::Estimated
            && months[6].miles.unwrap().p90() > months[6].miles.unwrap().p10()
    );
    assert_eq!(usage(&car, "2026-03-01".parse().unwrap(), "2026-02-01".parse().unwrap()), []);
    assert_eq!(usage(&car, chrono::NaiveDate::MIN, chrono::NaiveDate::MAX).len(), 1_200);
    assert_eq!(usage(&car, chrono::NaiveDate::MAX, chrono::NaiveDate::MAX).len(), 1);
}
