//! Some households are left alone, to see what comes anyway: what is withheld, what never is, and what stands in the journal.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use fixedops_attribution::{Arm, ControlKey, Controls, Share};
use fixedops_closed_loop::{Happened, LoopErrorKind, Policies, RecallOpened};
use fixedops_connectors_traits::{AuthorizationStatus, Event, MemoryJournal};
use fixedops_vocab::{PayType, ProgramId};

use crate::inspections::{complete, tell};
use crate::judge::holds_and_replays;
use crate::story::{ANNA, BEN, Driver, Line, OIL, Said, Story, World, id, seller};

const BRAKES: Line<'static> = ("1", "BRKF", 14_900, PayType::CustomerPay);
const STANDARD: &str = "declined_recovery_30_60_90_120/2";
const WARM: &str = "declined_recovery_warm/1";

fn share(program: &str, control_percent: u8, plans: &[(&str, u8)]) -> Share {
    let plans = plans.iter().map(|(plan, weight)| ((*plan).to_owned(), *weight)).collect();
    Share { program: id(program), control_percent, plans }
}

/// Half of the households are left alone in both programmes.
fn halves() -> Controls {
    let shares = [share("mileage_due", 50, &[]), share("declined_recovery", 50, &[])];
    Controls::new(id("control/test"), 6, shares).unwrap()
}

/// A store that places households under a key.
fn store(controls: Controls, key: ControlKey) -> Story {
    let mut world = World::over(MemoryJournal::new());
    world.policies = Arc::new(Policies { controls, ..Policies::shipped() });
    let mut story = Story::driven(world, Driver::BlockOn);
    story.engine = story.engine.clone().with_control_key(key);
    story.store();
    story
}

/// A key under which a household stands so in each of the programmes on the first day of a story.
fn key_for(controls: &Controls, household: &str, wanted: &[(&str, Arm)]) -> ControlKey {
    let season = controls.season(id("2026-12-01"));
    let fits = |key: &ControlKey| {
        wanted.iter().all(|(program, arm)| {
            let program: ProgramId = id(program);
            let programme = controls.withholdable(&program).unwrap();
            controls.place(key, &seller(), &id(household), programme, season).arm == *arm
        })
    };
    let mut keys = (0..=u8::MAX).map(|byte| ControlKey::new([byte; 32]));
    keys.find(fits).expect("one of 256 keys places it so")
}

fn left_alone(program: &str) -> Story {
    let controls = halves();
    let key = key_for(&controls, "h1", &[(program, Arm::Control)]);
    store(controls, key)
}

fn texts(events: &[Event], key: &str) -> Vec<String> {
    events.iter().map(|event| event.data[key].as_str().unwrap().to_owned()).collect()
}

#[test]
fn p3_of_a_household_left_alone_nothing_goes_out_and_each_touch_is_withheld() {
    let mut story = left_alone("mileage_due");
    story.anna();
    story.days(60);
    assert_eq!(texts(&story.of("touch_withheld"), "touch"), ["day-0-sms", "day-14-sms", "day-30-email"]);
    assert_eq!(texts(&story.of("crossing_resolved"), "outcome"), ["waiting", "control"]);
    assert_eq!(texts(&story.of("case_closed"), "closure"), ["lapsed"]);
    for never in
        ["touch_cleared", "touch_sent", "touch_suppressed", "contact_budget_used", "write_back_queued"]
    {
        assert_eq!(story.count(never), 0, "{never}");
    }
    assert!(story.world.carrier.counts().is_empty());
    let [opened] = &story.of("case_opened")[..] else { panic!("one case") };
    let [placed] = &story.of("household_placed")[..] else { panic!("one place") };
    assert_eq!(placed.stream.as_str(), "household/h1");
    assert_eq!(opened.data["placement"], placed.data["placement"]);
    assert_eq!(opened.data["placement"]["arm"], "control");
    assert_eq!(opened.data["placement"]["policy"], "control/test");
    holds_and_replays(&story.world);
}

#[test]
fn p3_a_household_spoken_to_is_spoken_to_as_if_there_were_no_experiment() {
    let controls = halves();
    let key = key_for(&controls, "h1", &[("mileage_due", Arm::Treated)]);
    let (mut tried, mut plain) = (store(controls, key), Story::new());
    for story in [&mut tried, &mut plain] {
        story.anna();
        story.days(60);
        holds_and_replays(&story.world);
    }
    assert_eq!(tried.count("touch_withheld"), 0);
    assert_eq!(tried.world.carrier.counts(), plain.world.carrier.counts());
    assert_eq!(tried.of("case_opened")[0].data["placement"]["arm"], "treated");
    assert!(plain.of("case_opened")[0].data.get("placement").is_none(), "without a key nobody is placed");
}

#[test]
fn one_household_is_on_one_side_with_all_its_owners_and_cars() {
    let mut story = left_alone("mileage_due");
    story.anna();
    story.owner("ben", "h1", BEN);
    story.due_car("v2", "ben");
    story.due_car("v3", "anna");
    story.days(20);
    assert_eq!(story.count("case_opened"), 3);
    assert_eq!(story.count("household_placed"), 1, "it is placed once");
    assert_eq!((story.count("touch_withheld"), story.count("touch_cleared")), (6, 0));
    holds_and_replays(&story.world);
}

#[test]
fn at_the_next_season_a_household_is_placed_anew_and_an_open_case_keeps_its_place() {
    let mut story = left_alone("mileage_due");
    // The season turns on the first of January, between the second and the third touch.
    story.days(10);
    story.anna();
    story.days(60);
    assert_eq!(story.count("touch_withheld"), 3, "the case that was open keeps its place");
    assert_eq!(story.count("household_placed"), 1);
    let today = story.now.format("%Y-%m-%d").to_string();
    story.order("v1", "R-2", &today, Some("52000"), &[OIL]);
    for (days, miles) in [(30, "54200"), (30, "56400"), (30, "58600"), (30, "60800")] {
        story.days(days);
        let today = story.now.format("%Y-%m-%d").to_string();
        story.reading("v1", &today, miles);
    }
    story.days(2);
    let seasons: Vec<_> = story
        .of("household_placed")
        .iter()
        .map(|event| event.data["placement"]["season"].to_string())
        .collect();
    assert_eq!(seasons, ["{\"part\":2,\"year\":2026}", "{\"part\":1,\"year\":2027}"]);
    holds_and_replays(&story.world);
}

#[test]
fn p8_a_recall_reaches_who_is_left_alone_and_so_does_what_belongs_to_his_own_visit() {
    let mut story = left_alone("mileage_due");
    story.anna();
    let recalled = RecallOpened {
        key: story.key(),
        vehicle: id("v1"),
        campaign: "24V-123".to_owned(),
        name: "Fuel pump".to_owned(),
        remedy: true,
        occurred_at: story.now,
    };
    story.tell(Happened::RecallOpened(recalled));
    let starts_at = story.now + TimeDelta::days(6);
    story.days(1);
    story.books("v1", "A-1", starts_at, None);
    story.days(4);
    let sent: BTreeSet<String> = texts(&story.of("touch_sent"), "program").into_iter().collect();
    assert_eq!(sent, ["appointment_reminder".to_owned(), "recall".to_owned()].into());
    let opened = story.of("case_opened");
    for event in opened.iter().filter(|event| event.data["program"] != "mileage_due") {
        assert!(event.data.get("placement").is_none(), "{}: not an experiment", event.data["program"]);
    }
    holds_and_replays(&story.world);
}

#[test]
fn who_is_left_alone_still_gets_the_inspection_of_his_visit() {
    let mut story = left_alone("mileage_due");
    story.anna();
    story.turn();
    story.opens_order("v1", "R-1");
    let record = complete(&story);
    tell(&mut story, &record);
    story.pass(TimeDelta::hours(1));
    let sent = texts(&story.of("touch_sent"), "program");
    assert!(!sent.is_empty() && sent.iter().all(|program| program == "inspection_delivery"), "{sent:?}");
    assert_eq!(story.count("touch_withheld"), 1, "that of the service, before the visit");
    holds_and_replays(&story.world);
}

#[test]
fn facts_hold_a_touch_back_before_it_could_be_withheld() {
    let mut story = left_alone("mileage_due");
    story.anna();
    let starts_at = story.now + TimeDelta::days(3);
    story.books("v1", "A-1", starts_at, None);
    story.turn();
    assert_eq!(story.count("touch_withheld"), 0);
    let suppressed = story.of("touch_suppressed");
    assert!(suppressed.iter().any(|event| event.data["reason"] == "booked"), "{suppressed:?}");
    holds_and_replays(&story.world);
}

#[test]
fn p7_who_comes_by_himself_ends_the_case_and_earns_nothing() {
    let mut story = left_alone("mileage_due");
    story.anna();
    story.days(2);
    story.order("v1", "R-1", "2026-12-03", Some("47800"), &[OIL]);
    story.days(2);
    assert_eq!(texts(&story.of("case_closed"), "closure"), ["win"]);
    assert_eq!((story.count("credit_assigned"), story.count("ro_attributed")), (0, 2));
    assert_eq!(texts(&story.of("crossing_resolved"), "outcome").last().unwrap(), "control");
    holds_and_replays(&story.world);
}

#[test]
fn declined_work_of_who_is_left_alone_is_on_nobodys_list() {
    let mut story = left_alone("declined_recovery");
    story.owner("anna", "h1", ANNA);
    story.linked("anna", "h1", "anna@mail.example");
    story.car("v1", "anna");
    story.declines("v1", "R-1", "9");
    story.days(140);
    let withheld = texts(&story.of("touch_withheld"), "channel");
    assert!(withheld.contains(&"live_call".to_owned()), "{withheld:?}");
    assert_eq!((story.count("call_task_opened"), story.count("touch_cleared")), (0, 0));
    // Why it was declined is still told to the DMS; that nobody answered is not, since nobody asked.
    assert_eq!(story.count("write_back_queued"), 1);
    holds_and_replays(&story.world);
}

/// A service that comes due waits for a more important message that is due within a day; not for one that is withheld.
#[test]
fn what_is_withheld_stands_in_nobodys_way() {
    let controls = halves();
    let sent = |declined: Arm| {
        let key = key_for(&controls, "h1", &[("declined_recovery", declined), ("mileage_due", Arm::Treated)]);
        let mut story = store(controls.clone(), key);
        story.owner("anna", "h1", ANNA);
        story.car("v1", "anna");
        story.declined_days_ago("v1", "R-1", "9", 29);
        story.pass(TimeDelta::hours(6));
        story.due_car("v1", "anna");
        story.turn();
        holds_and_replays(&story.world);
        (texts(&story.of("touch_sent"), "program"), texts(&story.of("touch_deferred"), "reason"))
    };
    assert_eq!(sent(Arm::Treated), (vec![], vec!["HOUSE-PRIORITY".to_owned()]));
    assert_eq!(sent(Arm::Control), (vec!["mileage_due".to_owned()], vec![]));
}

#[test]
fn plans_are_tried_side_by_side_and_a_household_keeps_its_own() {
    let shares = [share("declined_recovery", 20, &[(STANDARD, 50), (WARM, 50)])];
    let controls = Controls::new(id("control/plans"), 6, shares).unwrap();
    let mut story = store(controls, ControlKey::new([9; 32]));
    for number in 0..40 {
        let (person, household, vehicle) = (format!("p{number}"), format!("h{number}"), format!("v{number}"));
        story.owner(&person, &household, &format!("+1404555{:04}", 100 + number));
        for car in ["a", "b"] {
            let vehicle = format!("{vehicle}{car}");
            story.car(&vehicle, &person);
            story.declines(&vehicle, &format!("R-{vehicle}"), "9");
        }
    }
    story.days(70);
    assert_eq!(story.count("household_placed"), 40);
    let opened = story.of("case_opened");
    assert_eq!(opened.len(), 80);
    let mut on = std::collections::BTreeMap::<String, usize>::new();
    for event in &opened {
        let (plan, placement) = (&event.data["plan"], &event.data["placement"]);
        if placement["arm"] == "treated" {
            assert_eq!(plan, &placement["plan"], "the case runs on the plan of its place");
        }
        *on.entry(format!("{} {}", placement["arm"], plan)).or_default() += 1;
    }
    // Those left alone are in the same sequence as the others of the standard plan, and nothing of it goes out.
    let arms: Vec<&str> = on.keys().map(String::as_str).collect();
    let expected = [
        format!("\"control\" \"{STANDARD}\""),
        format!("\"treated\" \"{STANDARD}\""),
        format!("\"treated\" \"{WARM}\""),
    ];
    assert_eq!(arms, expected);
    let control: BTreeSet<String> = opened
        .iter()
        .filter(|event| event.data["placement"]["arm"] == "control")
        .map(|event| event.data["case"].to_string())
        .collect();
    let sent = story.of("touch_sent");
    assert!(!sent.is_empty());
    assert!(sent.iter().all(|event| !control.contains(&event.data["case"].to_string())));
    holds_and_replays(&story.world);
}

/// Anna's car is driven little: by its miles it is due in a year, by the calendar of the average driver it was due in October.
fn driven_little(plan: &str) -> Story {
    let shares = [share("mileage_due", 0, &[(plan, 100)])];
    let controls = Controls::new(id("control/timing"), 6, shares).unwrap();
    let mut story = store(controls, ControlKey::new([9; 32]));
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-1", "2026-03-02", Some("40000"), &[OIL]);
    for (day, miles) in [("2026-06-02", "40600"), ("2026-09-04", "41200"), ("2026-11-30", "41800")] {
        story.reading("v1", day, miles);
    }
    story.days(40);
    story
}

#[test]
fn p1_mileage_and_calendar_timing_are_tried_side_by_side_and_the_calendar_names_no_mile() {
    let by_miles = driven_little("mileage_due/2");
    assert_eq!((by_miles.count("household_placed"), by_miles.count("threshold_crossed")), (1, 0));
    holds_and_replays(&by_miles.world);

    let by_calendar = driven_little("mileage_due_calendar/1");
    let [crossed] = &by_calendar.of("threshold_crossed")[..] else { panic!("one crossing") };
    assert_eq!((&crossed.data["leg"], &crossed.data["due_on"]), (&"time".into(), &"2026-10-02".into()));
    for mile in ["p", "basis", "mileage", "due_miles"] {
        assert!(crossed.data.get(mile).is_none_or(serde_json::Value::is_null), "{mile}");
    }
    let [opened] = &by_calendar.of("case_opened")[..] else { panic!("one case") };
    assert_eq!(opened.data["plan"], "mileage_due_calendar/1");
    assert_eq!(by_calendar.count("touch_sent"), 2);
    holds_and_replays(&by_calendar.world);
}

#[test]
fn the_calendar_that_is_tried_is_the_one_the_scorecard_compares_with() {
    let policy: toml::Table = include_str!("../../policies/scorecard.toml").parse().unwrap();
    let compared = policy["calendar_reminder"]["annual_miles"].as_integer().unwrap();
    let plans = Policies::shipped().plans;
    let tried = plans.plan(&id("mileage_due_calendar/1")).unwrap().calendar().unwrap().annual_miles;
    assert_eq!(i64::from(tried), compared);
}

#[test]
fn a_plan_that_is_none_of_its_programme_is_refused_by_name() {
    for tried in ["mileage_due/2", "winter_sale/1"] {
        let shares = [share("declined_recovery", 0, &[(tried, 100)])];
        let controls = Controls::new(id("control/plans"), 6, shares).unwrap();
        let mut story = store(controls, ControlKey::new([9; 32]));
        story.owner("anna", "h1", ANNA);
        story.car("v1", "anna");
        let mut plain = Story::new();
        plain.owner("anna", "h1", ANNA);
        plain.car("v1", "anna");
        plain.declines("v1", "R-1", "9");
        let declined = plain.told().pop().unwrap();
        let error = story.offer(declined).unwrap_err();
        assert_eq!(error.kind(), LoopErrorKind::Refused);
        assert!(error.to_string().contains(tried), "{error}");
    }
}

#[test]
fn a_person_of_no_household_is_one_by_himself() {
    let controls = Controls::new(id("control/one"), 6, [share("declined_recovery", 50, &[])]).unwrap();
    let mut story = store(controls, ControlKey::new([9; 32]));
    // Nobody ever linked a contact point to him.
    story.car("v1", "carl");
    story.order("v1", "H-1", "2026-11-20", Some("40000"), &[BRAKES]);
    story.declines("v1", "R-1", "9");
    let [placed] = &story.of("household_placed")[..] else { panic!("one place") };
    assert_eq!(placed.data["household"], "person/carl");
    story.days(40);
    assert_eq!(story.count("touch_cleared"), 0);
    holds_and_replays(&story.world);
}

/// Who names a day himself is asked on it, whatever experiment he is in: his request is kept.
#[test]
fn p3_a_line_left_alone_is_asked_about_on_the_day_its_owner_named_and_after_the_visit_he_named() {
    for until in [Some("2027-02-15"), None] {
        let mut story = left_alone("declined_recovery");
        story.owner("anna", "h1", ANNA);
        story.car("v1", "anna");
        story.declines("v1", "R-1", "9");
        story.days(3);
        story.answers("v1", "R-1", AuthorizationStatus::Deferred, Said { until, ..Said::default() });
        story.days(60);
        assert_eq!(story.count("touch_sent"), 0, "not before {until:?}");
        story.opens_order("v1", "R-2");
        let day = story.now.date_naive().to_string();
        story.now += TimeDelta::hours(3);
        story.order("v1", "R-2", &day, None, &[OIL]);
        story.days(30);
        let programs: BTreeSet<_> = texts(&story.of("touch_sent"), "program").into_iter().collect();
        assert_eq!(programs, BTreeSet::from(["deferred_work".to_owned()]), "{until:?}");
        let opened = texts(&story.of("case_opened"), "program");
        assert_eq!(opened, ["declined_recovery", "deferred_work"], "{until:?}");
        let closed = texts(&story.of("case_closed"), "case");
        assert!(
            closed[0].starts_with("declined_recovery/"),
            "it has nothing left to be silent of: {closed:?}"
        );
        holds_and_replays(&story.world);
    }
}

/// What a household does is counted for 150 days after it was placed for declined work; the season turns on the first of January.
#[test]
fn a_household_keeps_its_place_over_the_turn_of_the_season_while_it_is_counted() {
    let controls = halves();
    let season = |day: &str| controls.season(id(day));
    // Left alone in this season and spoken to in the next.
    let fits = |key: &ControlKey| {
        let program: ProgramId = id("declined_recovery");
        let programme = controls.withholdable(&program).unwrap();
        let arm = |day| controls.place(key, &seller(), &id("h1"), programme, season(day)).arm;
        arm("2026-12-01") == Arm::Control && arm("2027-02-01") == Arm::Treated
    };
    let key = (0..=u8::MAX).map(|byte| ControlKey::new([byte; 32])).find(fits).unwrap();
    let mut story = store(controls.clone(), key);
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.declines("v1", "R-1", "9");
    story.days(60);
    story.declines("v1", "R-2", "8");
    story.days(80);
    let arms = |story: &Story| -> Vec<String> {
        let opened = story.of("case_opened").into_iter();
        opened.map(|event| event.data["placement"]["arm"].as_str().unwrap().to_owned()).collect()
    };
    assert!(arms(&story).iter().all(|arm| arm == "control"), "{:?}", arms(&story));
    assert_eq!((story.count("touch_sent"), story.count("household_placed")), (0, 1));
    story.days(11);
    story.declines("v1", "R-3", "7");
    story.days(40);
    assert_eq!(arms(&story).last().unwrap(), "treated", "its days are over, and it is placed anew");
    assert_eq!(story.count("household_placed"), 2);
    assert!(story.count("touch_sent") > 0);
    holds_and_replays(&story.world);
}

/// One owner is never on both sides, whatever household he is told to be of.
#[test]
fn a_person_who_changes_his_household_keeps_the_place_he_is_counted_under() {
    let controls = halves();
    let program: ProgramId = id("mileage_due");
    let fits = |key: &ControlKey| {
        let programme = controls.withholdable(&program).unwrap();
        let season = controls.season(id("2026-12-01"));
        let arm = |household: &str| controls.place(key, &seller(), &id(household), programme, season).arm;
        arm("h1") == Arm::Control && arm("h2") == Arm::Treated && arm("h3") == Arm::Treated
    };
    let key = (0..=u8::MAX).map(|byte| ControlKey::new([byte; 32])).find(fits).unwrap();
    let mut story = store(controls, key);
    story.anna();
    story.owner("carl", "h2", BEN);
    story.due_car("v3", "carl");
    story.days(5);
    assert_eq!((story.count("touch_sent"), story.count("touch_withheld")), (1, 1));
    // Anna moves in with Dora, whose household is placed after that, and another car of hers comes due.
    story.linked("anna", "h3", "anna@mail.example");
    story.owner("dora", "h3", "+14045550199");
    story.due_car("v4", "dora");
    story.days(1);
    story.due_car("v2", "anna");
    story.days(20);
    let arms: BTreeSet<(String, String)> = story
        .of("case_opened")
        .iter()
        .map(|event| {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            (text(&event.data["vehicle"]), text(&event.data["placement"]["arm"]))
        })
        .collect();
    let expected = [("v1", "control"), ("v2", "control"), ("v3", "treated"), ("v4", "treated")];
    assert_eq!(arms, expected.map(|(car, arm)| (car.to_owned(), arm.to_owned())).into());
    assert_eq!(story.count("household_placed"), 3);
    holds_and_replays(&story.world);
}

/// Without a key nobody new is placed; who stands in an experiment stays in it, so that what was decided is decided again.
#[test]
fn p9_experiments_that_are_switched_off_are_replayed() {
    let mut story = left_alone("declined_recovery");
    story.owner("anna", "h1", ANNA);
    story.owner("ben", "h2", BEN);
    story.car("v1", "anna");
    story.car("v2", "ben");
    story.declines("v1", "R-1", "9");
    story.days(5);
    story.engine = story.world.engine();
    story.declines("v1", "R-2", "8");
    story.declines("v2", "R-3", "7");
    story.days(40);
    let arms: Vec<_> =
        story.of("case_opened").iter().map(|event| event.data["placement"]["arm"].clone()).collect();
    assert_eq!(arms, [serde_json::json!("control"), serde_json::json!("control"), serde_json::Value::Null]);
    holds_and_replays(&story.world);
}
