//! The control section where shares were changed and where money is in another currency.

use serde_json::{Value, json};

use crate::hand::{Hand, line, of};

/// An owner by himself with a car of his own name, placed.
fn placed(hand: &mut Hand, name: &str, (program, policy, arm): (&str, &str, &str), at: &str) {
    let placement = json!({ "program": program, "season": { "year": 2026, "part": 2 }, "arm": arm, "plan": null, "policy": policy });
    let data = json!({ "household": format!("person/{name}"), "placement": placement });
    hand.tell(at, &format!("household/person/{name}"), "household_placed", data);
}

fn order(hand: &mut Hand, ro: &str, vehicle: &str, opened: &str, lines: &Value) {
    let data = json!({ "key": ro, "ro": ro, "vehicle": vehicle, "span": 1, "opened_at": opened, "initiated_from": null,
        "voided": false, "odometer": null, "lines": lines, "occurred_at": opened });
    hand.tell(opened, &format!("ro/{ro}"), "ro_closed", data);
}

fn in_canada(id: &str) -> Value {
    let mut line = line(id, "LOF", "customer_pay", "100.00");
    line["currency"] = "CAD".into();
    line
}

#[test]
fn households_under_earlier_shares_and_lines_in_another_currency_are_counted_and_said() {
    let mut hand = Hand::new();
    for owner in ["d1", "d2", "d3"] {
        hand.vehicle(owner, owner, "retail");
    }
    let (first, second) = ("control/b", "control/a");
    placed(&mut hand, "d1", ("mileage_due", first, "treated"), "2026-07-01T12:00:00Z");
    placed(&mut hand, "d2", ("declined_recovery", first, "treated"), "2026-07-02T12:00:00Z");
    order(&mut hand, "1", "d1", "2026-07-20T12:00:00Z", &json!([in_canada("1")]));
    order(
        &mut hand,
        "2",
        "d2",
        "2026-07-20T12:00:00Z",
        &json!([in_canada("1"), in_canada("2"), line("3", "LOF", "customer_pay", "5.00")]),
    );
    placed(&mut hand, "d2", ("mileage_due", second, "control"), "2026-08-01T12:00:00Z");
    placed(&mut hand, "d3", ("mileage_due", second, "treated"), "2026-12-01T12:00:00Z");
    let control = hand.card("2027-01-15T00:00:00Z").control;
    let figures =
        [&control.placed, &control.left_alone, &control.earlier, &control.counted, &control.other_currency];
    // d1 is of the first shares; the days of d3 run. The order of d2 is within the days of one programme and before those of the
    // other: its two lines count once, and that of d1 not at all.
    assert_eq!(
        figures.map(of),
        [(4, 4), (1, 4), (1, 4), (2, 4), (2, 2)].map(|(value, base)| (value.to_string(), base))
    );
    let of_program = |program: &str| {
        let row = control.lift.iter().find(|row| row.program == program).unwrap();
        (row.shares.clone(), row.earlier, row.placed, row.counted)
    };
    assert_eq!(of_program("mileage_due"), (second.to_owned(), 1, [1, 1], [0, 1]));
    assert_eq!(of_program("declined_recovery"), (first.to_owned(), 0, [1, 0], [1, 0]));
    assert!(control.note.ends_with(
        " The shares of mileage due were changed: of those placed under other shares than control/a, the last, 1 household is not compared. 2 customer-pay lines in another currency stand in no dollars of the comparison."
    ), "{}", control.note);
    // So too where the last shares leave nothing to compare: one plan for all.
    let mut alone = Hand::new();
    for (shares, plan, at) in [
        (first, None, "2026-07-01T12:00:00Z"),
        (first, None, "2026-10-01T12:00:00Z"),
        (second, Some("c/1"), "2027-01-02T12:00:00Z"),
    ] {
        placed(&mut alone, &format!("c{at}"), ("mileage_due", shares, "treated"), at);
        alone.events.last_mut().unwrap().data["placement"]["plan"] = json!(plan);
    }
    let control = alone.card("2027-01-15T00:00:00Z").control;
    assert_eq!((of(&control.earlier), control.lift.len()), (("2".to_owned(), 3), 0));
    assert!(control.note.ends_with("the last, 2 households are not compared."), "{}", control.note);
    // Where there is neither, neither is spoken of.
    let mut plain = Hand::new();
    placed(&mut plain, "c1", ("mileage_due", first, "control"), "2026-07-01T12:00:00Z");
    let note = plain.card("2027-01-15T00:00:00Z").control.note;
    assert!(!note.contains("changed") && !note.contains("currency"), "{note}");
}
