//! Who counts, for how long, and by what.

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_attribution::Arm;
use fixedops_closed_loop::trial::Unit;
use proptest::prelude::*;
use serde_json::json;

use crate::told::{PAID, PLACED, Told, contact};

/// A household of two persons and two cars, placed on the first of February.
fn a_household() -> Told {
    let mut told = Told::default();
    told.person("anna", "h1", &contact(1));
    told.person("ben", "h1", &contact(2));
    told.person("carl", "h2", &contact(3));
    told.car("v1", "anna", 1);
    told.car("v2", "ben", 1);
    told.car("v3", "carl", 1);
    told.placed("h1", "mileage_due", "treated", None, PLACED);
    told
}

#[test]
fn a_household_is_counted_by_all_its_cars_in_its_own_days_and_no_others() {
    let mut told = a_household();
    for (ro, vehicle, opened_at) in [
        ("B-0", "v1", "2026-01-20T12:00:00Z"),
        ("B-1", "v1", "2026-02-20T12:00:00Z"),
        ("B-2", "v2", "2027-02-01T11:59:59Z"),
        ("A-1", "v1", "2027-02-01T12:00:00Z"),
        ("A-2", "v2", "2027-05-02T11:59:59Z"),
        ("A-3", "v2", "2027-05-02T12:00:00Z"),
        ("C-1", "v3", "2027-03-01T12:00:00Z"),
    ] {
        told.order(ro, (vehicle, 1), opened_at, PAID);
    }
    let [unit] = &told.units("2027-05-16T12:00:00Z")[..] else { panic!("one household") };
    // B-0 is older than a year, A-2 is of the last second, A-3 a second late and another visit's part or not: not counted.
    assert_eq!(unit.figures, Some([(2, 2), (17_900, 17_900), (0, 0)]));
    assert_eq!((unit.arm, unit.household.expose()), (Arm::Treated, "h1"));
    let [early] = &told.units("2027-05-16T11:59:59Z")[..] else { panic!("one household") };
    assert_eq!(early.figures, None, "its days are not over");
}

#[test]
fn what_is_written_up_in_parts_is_one_visit_and_what_is_voided_none() {
    let mut told = a_household();
    told.order("A-1", ("v1", 1), "2027-03-01T12:00:00Z", PAID);
    told.order("A-1S", ("v1", 1), "2027-03-01T13:00:00Z", PAID);
    told.order("A-2", ("v2", 1), "2027-03-01T13:00:00Z", PAID);
    told.order("A-3", ("v1", 1), "2027-03-20T13:00:00Z", PAID);
    told.order("A-4", ("v1", 1), "2027-04-20T13:00:00Z", PAID);
    told.0.last_mut().unwrap().data["voided"] = json!(true);
    let [unit] = &told.units("2027-06-01T00:00:00Z")[..] else { panic!("one household") };
    assert_eq!(unit.figures, Some([(0, 3), (0, 35_800), (0, 0)]));
}

#[test]
fn the_dealers_own_work_the_body_shops_and_an_order_of_another_customer_are_no_visit() {
    let mut told = a_household();
    told.order("A-1", ("v1", 1), "2027-03-01T12:00:00Z", &[("internal", "400.00")]);
    told.order("A-2", ("v1", 1), "2027-03-10T12:00:00Z", &[("warranty", "400.00"), ("internal", "9.00")]);
    told.order("A-3", ("v1", 1), "2027-03-20T12:00:00Z", PAID);
    told.0.last_mut().unwrap().data["department"] = json!("body_shop");
    told.order("A-4", ("v1", 1), "2027-03-25T12:00:00Z", PAID);
    told.0.last_mut().unwrap().data["by_other"] = json!(true);
    let [unit] = &told.units("2027-06-01T00:00:00Z")[..] else { panic!("one household") };
    assert_eq!(unit.figures, Some([(0, 1), (0, 0), (0, 0)]), "the warranty brought him in");
}

#[test]
fn a_household_is_who_was_of_it_when_it_was_placed() {
    let mut told = a_household();
    // Ben moves to Carl, who was placed too; Dora moves in with Anna.
    told.placed("h2", "mileage_due", "control", None, "2027-02-01T13:00:00Z");
    told.person("ben", "h2", &contact(4));
    told.person("dora", "h1", &contact(5));
    told.car("v4", "dora", 1);
    for (ro, vehicle) in [("R-1", "v1"), ("R-2", "v2"), ("R-3", "v3"), ("R-4", "v4")] {
        told.order(ro, (vehicle, 1), "2027-03-01T12:00:00Z", PAID);
    }
    // Placed after he moved, he counts with his new household.
    told.placed("h2", "declined_recovery", "treated", None, "2027-02-10T12:00:00Z");
    told.placed("h1", "declined_recovery", "treated", None, "2027-02-10T12:00:00Z");
    let visits: Vec<_> = told
        .units("2027-09-01T00:00:00Z")
        .iter()
        .map(|unit| format!("{} {} {}", unit.program, unit.household.expose(), unit.figures.unwrap()[0].1))
        .collect();
    assert_eq!(
        visits,
        ["declined_recovery h1 2", "declined_recovery h2 2", "mileage_due h1 2", "mileage_due h2 1"],
        "Anna and Dora, Ben and Carl; Anna and Ben, Carl"
    );
}

#[test]
fn an_owner_of_no_known_household_is_one_by_himself() {
    let mut told = a_household();
    told.car("v9", "erik", 1);
    told.placed("person/erik", "mileage_due", "control", None, PLACED);
    told.order("R-9", ("v9", 1), "2027-03-01T12:00:00Z", PAID);
    // He is told of a household afterwards.
    told.person("erik", "h2", &contact(9));
    told.order("R-10", ("v9", 1), "2027-03-20T12:00:00Z", PAID);
    let units = told.units("2027-09-01T00:00:00Z");
    let erik = units.iter().find(|unit| unit.household.expose() == "person/erik").unwrap();
    assert_eq!(erik.figures.unwrap()[0], (0, 2));
}

#[test]
fn a_car_that_changes_hands_takes_its_orders_with_their_owner() {
    let mut told = a_household();
    told.order("A-1", ("v1", 1), "2027-03-01T12:00:00Z", PAID);
    told.car("v1", "carl", 2);
    told.order("A-2", ("v1", 2), "2027-03-05T12:00:00Z", PAID);
    let [unit] = &told.units("2027-06-01T00:00:00Z")[..] else { panic!("one household") };
    assert_eq!(unit.figures.unwrap()[0], (0, 1));
}

#[test]
fn who_wants_to_hear_no_more_counts_once_and_a_flag_of_the_dms_does_not() {
    for (case, revocations, expected) in [
        ("a reply", &[(1, "reply", "2027-02-20T12:00:00Z")][..], (0, 1)),
        (
            "both of them",
            &[(1, "reply", "2027-02-20T12:00:00Z"), (2, "call", "2027-03-20T12:00:00Z")],
            (0, 1),
        ),
        ("before it was placed", &[(1, "reply", "2027-01-20T12:00:00Z")], (1, 0)),
        ("a flag", &[(1, "dms_flag", "2027-02-20T12:00:00Z")], (0, 0)),
        ("another household", &[(3, "reply", "2027-02-20T12:00:00Z")], (0, 0)),
    ] {
        let mut told = a_household();
        for (number, source, at) in revocations {
            let data = json!({"contact": contact(*number), "occurred_at": at, "source": source});
            told.tell(at, "consent_revoked", data);
        }
        assert_eq!(told.units("2027-06-01T00:00:00Z")[0].figures.unwrap()[2], expected, "{case}");
    }
}

/// Visits after they were placed, by programme and household.
fn visits(units: &[Unit]) -> Vec<String> {
    let said =
        |unit: &Unit| format!("{} {} {}", unit.program, unit.household.expose(), unit.figures.unwrap()[0].1);
    units.iter().map(said).collect()
}

/// Anna of h1, which is placed on the first of February, moves to Carl, whose household is placed at `later`; each visits
/// twice: within the 90 days of either, and after those of h1.
fn anna_moves(later: &str) -> Told {
    let mut told = a_household();
    told.person("anna", "a-household", &contact(6));
    told.person("carl", "a-household", &contact(7));
    told.placed("a-household", "mileage_due", "control", None, later);
    told.placed("a-household", "declined_recovery", "control", None, later);
    for (ro, vehicle) in [("R-1", "v1"), ("R-2", "v2"), ("R-3", "v3")] {
        told.order(ro, (vehicle, 1), "2027-03-01T12:00:00Z", PAID);
        told.order(&format!("{ro}/2"), (vehicle, 1), "2027-05-05T12:00:00Z", PAID);
    }
    told
}

#[test]
fn a_person_who_moves_counts_in_one_household_of_a_programme_at_a_time() {
    let units = anna_moves("2027-02-21T12:00:00Z").units("2027-12-01T00:00:00Z");
    // In h1 Anna and Ben come once within its days; of the new household only Carl counts, though Anna is of it. Nobody was placed
    // in the other programme before: there she counts with her new household.
    assert_eq!(
        visits(&units),
        ["declined_recovery a-household 4", "mileage_due a-household 2", "mileage_due h1 2"]
    );
}

#[test]
fn whoever_moved_counts_anew_from_the_moment_his_days_are_over() {
    // 90 days from the first of February at noon.
    for (later, expected) in [("2027-05-02T11:59:59Z", 1), ("2027-05-02T12:00:00Z", 2)] {
        let units = anna_moves(later).units("2027-12-01T00:00:00Z");
        let of_program = |unit: &&Unit| unit.program.as_str() == "mileage_due";
        let [moved, first] = units.iter().filter(of_program).collect::<Vec<_>>()[..] else {
            panic!("{units:?}")
        };
        assert_eq!((moved.figures.unwrap()[0].1, first.figures.unwrap()[0].1), (expected, 2), "{later}");
    }
}

#[test]
fn who_was_left_out_of_a_household_stands_in_no_other_ones_way() {
    let mut told = anna_moves("2027-02-21T12:00:00Z");
    // Her days in h1 are over, and she moves on while those of a-household, in which she does not count, still run.
    told.person("anna", "h3", &contact(8));
    told.placed("h3", "mileage_due", "treated", None, "2027-05-04T12:00:00Z");
    let units = told.units("2027-12-01T00:00:00Z");
    let h3 = units.iter().find(|unit| unit.household.expose() == "h3").unwrap();
    assert_eq!(h3.figures.unwrap()[0].1, 1, "her visit of the fifth of May");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// However a person moves and households are placed, what he did on one day stands in one household of a programme at most.
    #[test]
    fn no_visit_is_counted_twice_in_one_programme(
        moves in prop::collection::vec((0..4_u8, prop::option::of(0..4_u8), 0..40_i64), 1..20),
        came_on in 0..600_i64,
    ) {
        let first: DateTime<Utc> = PLACED.parse().unwrap();
        let mut told = Told::default();
        told.car("v1", "anna", 1);
        let (mut at, mut own) = (first, "person/anna".to_owned());
        for (place, (household, placed, days)) in (1..).zip(moves) {
            at += TimeDelta::days(days);
            if let Some(household) = placed {
                // Mostly where she lives.
                let household = if household > 1 { own.clone() } else { format!("h{household}") };
                told.placed_under(&household, ("mileage_due", "control/test", place), ("control", None), &at.to_rfc3339());
            } else {
                own = format!("h{household}");
                told.person("anna", &own, &contact(household));
            }
        }
        told.order("R-1", ("v1", 1), &(first + TimeDelta::days(came_on)).to_rfc3339(), PAID);
        let units = told.units("2032-01-01T00:00:00Z");
        let counted: i64 = units.iter().map(|unit| unit.figures.unwrap()[0].1).sum();
        prop_assert!(counted <= 1, "{counted} times in {units:?}");
    }
}

#[test]
fn lines_in_another_currency_stand_in_no_figure_and_are_counted() {
    let mut told = a_household();
    told.placed("h2", "mileage_due", "treated", None, "2027-06-01T12:00:00Z");
    for (ro, vehicle, opened_at) in [
        ("too-old", "v1", "2026-01-20T12:00:00Z"),
        ("before", "v1", "2026-02-20T12:00:00Z"),
        ("after", "v2", "2027-03-01T12:00:00Z"),
        ("too-late", "v2", "2027-05-02T12:00:00Z"),
        ("runs-still", "v3", "2027-06-02T12:00:00Z"),
    ] {
        told.order(
            ro,
            (vehicle, 1),
            opened_at,
            &[
                ("customer_pay", "80.00"),
                ("customer_pay", "9.00"),
                ("warranty", "1.00"),
                ("customer_pay", "7.00"),
            ],
        );
        for line in [0, 1, 2] {
            told.0.last_mut().unwrap().data["lines"][line]["currency"] = json!("CAD");
        }
    }
    let units = told.units("2027-07-01T00:00:00Z");
    let other: Vec<_> = units
        .iter()
        .map(|unit| unit.other_currency.iter().map(|(ro, lines)| (ro.as_str(), *lines)).collect::<Vec<_>>())
        .collect();
    // The warranty line would not have counted in any currency.
    assert_eq!(other, [vec![("after", 2), ("before", 2)], vec![]]);
    assert_eq!(
        units[0].figures,
        Some([(1, 1), (700, 700), (0, 0)]),
        "the visits count, and the dollars alone"
    );
}
