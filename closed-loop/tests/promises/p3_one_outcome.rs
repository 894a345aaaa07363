//! Promise 3: each crossing is at any time in exactly one outcome, and it adds up.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use fixedops_closed_loop::LoopErrorKind;
use fixedops_connectors_traits::{RefusalKind, UnitKind};
use fixedops_vocab::{PayType, Scope, TouchKey};
use proptest::prelude::*;

use crate::judge::{conserved, holds_and_replays};
use crate::outside::{Answer, Desk, Dies, Memory, held};
use crate::story::{ANNA, BEN, OIL, Story, at, id};

#[test]
fn p3_a_touch_that_goes_out_makes_its_crossing_sent_and_nothing_changes_it_after() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    assert_eq!(story.outcomes(), ["waiting", "sent"]);

    // Whatever comes later: a bounce, a STOP, a reminder that may not go, the work done.
    let touch = story.first_touch();
    story.delivered(ANNA, &touch, false);
    story.revokes(ANNA, Scope::All);
    story.days(60);
    story.order("v1", "R-1", "2027-01-20", Some("49000"), &[OIL]);
    story.days(10);
    assert_eq!(story.outcomes(), ["waiting", "sent"]);
    holds_and_replays(&story.world);
}

#[test]
fn p3_two_services_due_at_once_are_one_message_and_the_second_is_bundled_into_the_first() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-1", "2026-08-03", Some("40000"), &[OIL, ("2", "ROT", 2_995, PayType::CustomerPay)]);
    for (day, miles) in [("2026-09-02", "42000"), ("2026-10-04", "44000"), ("2026-11-30", "47600")] {
        story.reading("v1", day, miles);
    }
    story.turn();
    let mut outcomes: Vec<_> = conserved(&story.events()).into_values().collect();
    outcomes.sort();
    assert_eq!(outcomes, ["bundled", "sent"]);
    assert_eq!(story.world.carrier.out().len(), 1);
    holds_and_replays(&story.world);
}

/// The order that ends the case of the oil shows miles at which the brake fluid is due: that is a message of its own,
/// not one bundled into a case that is over.
#[test]
fn p3_what_comes_due_as_a_case_ends_is_not_bundled_into_it() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-0", "2024-02-05", Some("5000"), &[("1", "BRKF", 14_900, PayType::CustomerPay)]);
    story.order("v1", "H-1", "2026-08-03", Some("40000"), &[OIL]);
    for (day, miles) in [("2026-09-02", "42000"), ("2026-10-04", "44000"), ("2026-11-30", "47600")] {
        story.reading("v1", day, miles);
    }
    story.turn();
    assert_eq!(story.count("threshold_crossed"), 1, "the oil");
    story.days(7);
    story.order("v1", "R-1", "2026-12-08", Some("50100"), &[OIL]);
    story.days(40);
    let outcomes = conserved(&story.events());
    let fluid = outcomes.iter().find(|(crossing, _)| crossing.contains("brake_fluid")).expect("it came due");
    assert_ne!(fluid.1, "bundled", "{outcomes:?}");
    holds_and_replays(&story.world);
}

/// Anna's car is found due at one in the morning in Atlanta: nothing goes out before eight.
fn at_night(story: &mut Story) {
    story.now = at("2026-12-02T06:00:00Z");
    story.anna();
    story.turn();
    assert_eq!((story.count("touch_deferred"), story.count("touch_cleared")), (1, 0));
}

/// Who is in the way, and in which outcome the crossing ends when every day of the plan is over.
#[test]
fn p3_every_way_a_crossing_can_end() {
    type Given = fn(&mut Story);
    let ways: &[(&str, Given, &str)] = &[
        (
            "nothing in the way",
            |story| {
                story.anna();
            },
            "sent",
        ),
        ("night", at_night, "sent"),
        ("no contact point", |story| story.due_car("v1", "anna"), "suppressed(no_contact)"),
        (
            "no written consent",
            |story| {
                story.linked("anna", "h1", ANNA);
                story.due_car("v1", "anna");
            },
            "suppressed",
        ),
        (
            "opted out long ago",
            |story| {
                story.anna();
                story.revokes(ANNA, Scope::All);
            },
            "suppressed(opted_out)",
        ),
        (
            "refused for good, each time",
            |story| {
                story.linked("anna", "h1", MAIL);
                story.anna();
                *held(&story.world.carrier.answer) = Answer::Refuses(RefusalKind::BadAddress, None);
            },
            "failed",
        ),
        (
            "nobody can say whether it went out",
            |story| {
                story.anna();
                *held(&story.world.carrier.answer) = Answer::SendsAndIsCutOff;
                *held(&story.world.carrier.memory) = Memory::None;
            },
            "failed(outcome_unknown)",
        ),
        (
            "done before anything was said",
            |story| {
                at_night(story);
                story.order("v1", "R-1", "2026-12-02", Some("47650"), &[OIL]);
            },
            "withdrawn(serviced)",
        ),
        (
            "sold before anything was said",
            |story| {
                at_night(story);
                story.unit("v1", None, UnitKind::Stock, None);
            },
            "withdrawn(owner_changed)",
        ),
    ];
    for (name, given, expected) in ways {
        let mut story = Story::new();
        given(&mut story);
        story.days(60);
        let outcomes = story.outcomes();
        assert_eq!(outcomes.first().map(String::as_str), Some("waiting"), "{name}: {outcomes:?}");
        let last = outcomes.last().unwrap();
        assert!(last.starts_with(expected), "{name}: {outcomes:?}");
        assert_eq!(conserved(&story.events()).len(), 1, "{name}");
        holds_and_replays(&story.world);
    }
}

/// Anything that may come in, on either of two cars.
#[derive(Clone, Debug)]
enum Told {
    Hours(u16),
    Reading { car: u8, miles: u32, days_ago: u16 },
    Corrected { car: u8, miles: u32 },
    Closed { car: u8, ro: u8, oil: bool, cents: i32, days_ago: u16, miles: Option<u32> },
    Opened { car: u8, ro: u8 },
    Booked { car: u8, appointment: u8, in_hours: i16, touched: bool },
    Shown { car: u8, appointment: u8 },
    Missed { car: u8, appointment: u8 },
    Stop { phone: u8, scope: u8 },
    Consents { phone: u8 },
    Reply { phone: u8, scope: u8, touched: bool },
    Sold { car: u8, to: u8 },
    Declined { car: u8, ro: u8, line: u8 },
    Delivered { phone: u8, delivered: bool },
    Clicked(u8),
    Again(u8),
    Carrier(u8),
    DeskDown(bool),
    Dies(bool),
    Restart,
}

fn told() -> impl Strategy<Value = Told> {
    let car = 0..2_u8;
    prop_oneof![
        6 => (0..400_u16).prop_map(Told::Hours),
        2 => (car.clone(), 30_000..90_000_u32, 0..200_u16)
            .prop_map(|(car, miles, days_ago)| Told::Reading { car, miles, days_ago }),
        2 => (car.clone(), 40_000..60_000_u32).prop_map(|(car, miles)| Told::Corrected { car, miles }),
        2 => (car.clone(), 0..4_u8, any::<bool>(), -500..20_000_i32, 0..200_u16, proptest::option::of(40_000..60_000_u32))
            .prop_map(|(car, ro, oil, cents, days_ago, miles)| Told::Closed { car, ro, oil, cents, days_ago, miles }),
        1 => (car.clone(), 0..4_u8).prop_map(|(car, ro)| Told::Opened { car, ro }),
        2 => (car.clone(), 0..3_u8, -48..200_i16, any::<bool>())
            .prop_map(|(car, appointment, in_hours, touched)| Told::Booked { car, appointment, in_hours, touched }),
        1 => (car.clone(), 0..3_u8).prop_map(|(car, appointment)| Told::Shown { car, appointment }),
        1 => (car.clone(), 0..3_u8).prop_map(|(car, appointment)| Told::Missed { car, appointment }),
        2 => (0..3_u8, 0..7_u8).prop_map(|(phone, scope)| Told::Stop { phone, scope }),
        2 => (0..2_u8).prop_map(|phone| Told::Consents { phone }),
        1 => (0..2_u8, 0..9_u8, any::<bool>()).prop_map(|(phone, scope, touched)| Told::Reply { phone, scope, touched }),
        1 => (car.clone(), 0..4_u8).prop_map(|(car, to)| Told::Sold { car, to }),
        1 => (car, 0..4_u8, 0..3_u8).prop_map(|(car, ro, line)| Told::Declined { car, ro, line }),
        1 => (0..2_u8, any::<bool>()).prop_map(|(phone, delivered)| Told::Delivered { phone, delivered }),
        1 => any::<u8>().prop_map(Told::Clicked),
        3 => any::<u8>().prop_map(Told::Again),
        2 => (0..5_u8).prop_map(Told::Carrier),
        1 => any::<bool>().prop_map(Told::DeskDown),
        1 => any::<bool>().prop_map(Told::Dies),
        1 => Just(Told::Restart),
    ]
}

const MAIL: &str = "anna@mail.example";

fn tell(story: &mut Story, told: Told) {
    let car = |car: u8| if car == 0 { "v1" } else { "v2" };
    let phone = |phone: u8| [ANNA, BEN, MAIL][usize::from(phone)];
    let day =
        |story: &Story, ago: u16| (story.now - TimeDelta::days(ago.into())).format("%Y-%m-%d").to_string();
    let touch = |story: &Story, which: u8| -> Option<TouchKey> {
        let cleared = story.of("touch_cleared");
        let event = cleared.get(usize::from(which) % cleared.len().max(1))?;
        Some(TouchKey { case: id(event.data["case"].as_str()?), touch: id(event.data["touch"].as_str()?) })
    };
    match told {
        Told::Hours(hours) => story.pass(TimeDelta::hours(hours.into())),
        Told::Reading { car: which, miles, days_ago } => {
            let day = day(story, days_ago);
            story.reading(car(which), &day, &miles.to_string());
        }
        Told::Corrected { car: which, miles } => {
            story.corrects(car(which), &miles.to_string());
        }
        Told::Closed { car: which, ro, oil, cents, days_ago, miles } => {
            let (day, miles) = (day(story, days_ago), miles.map(|miles| miles.to_string()));
            let code = if oil { "LOF" } else { "BRKF" };
            let lines = [("1", code, cents, PayType::CustomerPay), ("2", "MPI", 0, PayType::Internal)];
            // An order belongs to one car.
            story.order(car(which), &format!("R-{which}-{ro}"), &day, miles.as_deref(), &lines);
        }
        Told::Opened { car: which, ro } => story.opens_order(car(which), &format!("R-{which}-{ro}")),
        Told::Booked { car: which, appointment, in_hours, touched } => {
            let starts_at = story.now + TimeDelta::hours(in_hours.into());
            let touch = touched.then(|| touch(story, appointment)).flatten();
            story.books(car(which), &format!("A-{which}-{appointment}"), starts_at, touch);
        }
        Told::Shown { car: which, appointment } => {
            story.shows(car(which), &format!("A-{which}-{appointment}"));
        }
        Told::Missed { car: which, appointment } => {
            story.misses(car(which), &format!("A-{which}-{appointment}"));
        }
        Told::Stop { phone: which, scope } => {
            story.revokes(phone(which), Scope::ALL[usize::from(scope) % Scope::ALL.len()]);
        }
        Told::Consents { phone: which } => {
            let now = story.now.to_rfc3339();
            story.consents(phone(which), &now);
        }
        Told::Reply { phone: which, scope, touched } => {
            let touch = touched.then(|| touch(story, scope)).flatten();
            let scope = Scope::ALL.get(usize::from(scope)).map_or("none", |scope| scope.as_str());
            story.replies(phone(which), touch, scope);
        }
        Told::Sold { car: which, to } => {
            let owner = [None, Some("anna"), Some("ben"), Some("cleo")][usize::from(to)];
            let unit = if owner.is_some() { UnitKind::Retail } else { UnitKind::Stock };
            story.unit(car(which), owner, unit, None);
        }
        Told::Declined { car: which, ro, line } => {
            story.declines(car(which), &format!("R-{which}-{ro}"), &format!("{}", 3 + line));
        }
        Told::Delivered { phone: which, delivered } => {
            if let Some(touch) = touch(story, which) {
                story.delivered(phone(which), &touch, delivered);
            }
        }
        Told::Clicked(which) => {
            if let Some(touch) = touch(story, which) {
                story.clicks(&touch, 90);
            }
        }
        Told::Again(which) => {
            let told = story.told();
            let before = story.events().len();
            let again = story.offer(told[usize::from(which) % told.len()].clone()).unwrap();
            assert_eq!(again, fixedops_closed_loop::Ingested::Duplicate);
            assert_eq!(story.events().len(), before);
        }
        Told::Carrier(how) => {
            let later = story.now + TimeDelta::hours(30);
            *held(&story.world.carrier.answer) = match how {
                0 | 1 => Answer::Accepts,
                2 => Answer::Refuses(RefusalKind::BadAddress, None),
                3 => Answer::Refuses(RefusalKind::RateLimited, Some(later)),
                _ => Answer::SendsAndIsCutOff,
            };
            *held(&story.world.carrier.memory) = if how == 1 { Memory::None } else { Memory::Honest };
        }
        Told::DeskDown(down) => {
            let desk = if down { Desk::Down(None) } else { Desk::Rejects("no such order") };
            held(&story.world.dms.next).push_back(desk);
        }
        Told::Dies(before) => {
            *held(&story.world.meddling.dies) =
                Some(if before { Dies::BeforeHandOver } else { Dies::AfterHandOver });
        }
        Told::Restart => story.restarts(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes in, in whatever order, late or twice, over restarts: after every batch each crossing has one
    /// outcome, sent is final, the outcomes add up to the crossings, and the journal replays.
    #[test]
    fn p3_it_adds_up_over_any_history(history in proptest::collection::vec(told(), 1..40)) {
        let mut story = Story::new();
        story.anna();
        story.linked("anna", "h1", MAIL);
        story.owner("ben", "h1", BEN);
        story.due_car("v2", "ben");
        for told in history {
            tell(&mut story, told);
        }
        // What is under way comes to its end.
        *held(&story.world.meddling.dies) = None;
        story.days(150);
        let events = story.events();
        let mut by_outcome: BTreeMap<String, usize> = BTreeMap::new();
        for outcome in conserved(&events).into_values() {
            *by_outcome.entry(outcome).or_default() += 1;
        }
        let crossings = events.iter().filter(|event| event.event_type.as_str() == "threshold_crossed").count();
        prop_assert_eq!(by_outcome.values().sum::<usize>(), crossings);
        holds_and_replays(&story.world);
    }
}

#[test]
fn p3_an_order_for_a_car_nobody_told_of_is_refused_and_leaves_nothing_behind() {
    let mut story = Story::new();
    let before = story.events();
    let closed = story.closing("v9", "R-9", "2026-12-01", None, &[OIL]);
    let inbound =
        fixedops_closed_loop::Inbound::new(fixedops_closed_loop::Happened::RoClosed(closed), Vec::new());
    let error = story.offer(inbound.unwrap()).unwrap_err();
    assert_eq!(error.kind(), LoopErrorKind::Refused);
    assert!(error.to_string().contains("v9"), "{error}");
    assert_eq!(story.events(), before);
}

/// The opening of an order that is told after its closing takes back nothing that was done.
#[test]
fn p3_a_late_opening_makes_nothing_due_again() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    story.days(2);
    story.order("v1", "R-1", "2026-12-03", Some("47800"), &[OIL]);
    story.days(1);
    story.opens_order("v1", "R-1");
    story.reading("v1", "2026-12-05", "47900");
    story.days(30);
    assert_eq!(story.count("threshold_crossed"), 1, "{:?}", story.outcomes());
    holds_and_replays(&story.world);
}

/// What is bundled into a case is named in its message.
#[test]
fn p3_a_bundled_service_is_named_in_the_message() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    let tires = ("2", "ROT", 2_995, PayType::CustomerPay);
    story.order("v1", "H-1", "2026-08-03", Some("40000"), &[OIL, tires]);
    for (day, miles) in [("2026-09-02", "42000"), ("2026-10-04", "44000"), ("2026-11-30", "47600")] {
        story.reading("v1", day, miles);
    }
    story.turn();
    let out = story.world.carrier.out();
    assert_eq!(out.len(), 1);
    assert!(out[0].body.contains("oil service and tire rotation"), "{}", out[0].body);
}
