//! A store of three visits, made up: what is right of its credits is known by hand.

use fixedops_connectors_traits::EventHash;
use fixedops_world::Why;
use serde_json::{Value, json};

use super::*;

const OIL: &str = "mileage_due/v1/oil";
const BRAKES: &str = "declined_recovery/v1/R-0";

/// A journal and a truth in the making.
#[derive(Default)]
struct Told {
    credits: Credits,
    truth: Vec<OrderTruth>,
    position: u64,
}

impl Told {
    /// Two cases that can earn, one of a crossing and one of a declined line, and an appointment that carries the token of
    /// the first.
    fn new() -> Self {
        let mut told = Self::default();
        told.tell("case_opened", json!({"case": OIL, "program": "mileage_due", "crossing": "v1/oil/1"}));
        told.tell("case_opened", json!({"case": BRAKES, "program": "declined_recovery", "crossing": null}));
        told.tell("line_declined", json!({"case": BRAKES}));
        told.tell(
            "appointment_set",
            json!({"appointment": "A1", "touch": {"case": OIL, "touch": "day-0-sms"}}),
        );
        told.tell("appointment_set", json!({"appointment": "A2", "touch": null}));
        told
    }

    fn tell(&mut self, event_type: &str, data: Value) {
        self.position += 1;
        let event = Event {
            partition: "main-street".parse().unwrap(),
            position: self.position,
            stream: "any/1".parse().unwrap(),
            version: 1,
            at: "2027-03-01T12:00:00Z".parse().unwrap(),
            event_type: event_type.parse().unwrap(),
            data,
            hash: EventHash::from_bytes([0; 32]),
        };
        self.credits.apply(&event).unwrap();
    }

    /// An order with a line for each (op code, who pays, dollars), and the case whose touch caused it.
    fn order(
        &mut self,
        ro: &str,
        from: Option<&str>,
        lines: &[(&str, &str, &str)],
        cause: Option<(&str, &[&str])>,
    ) {
        let lines: Vec<Value> = (1..)
            .zip(lines)
            .map(|(number, (code, pays, amount))| {
                json!({"line": number.to_string(), "op_code": code, "service": null, "name": null,
                       "pay_type": pays, "amount": amount, "currency": "USD"})
            })
            .collect();
        let at = "2027-03-01T12:00:00Z";
        self.tell(
            "ro_closed",
            json!({"key": ro, "ro": ro, "vehicle": "v1", "span": 1, "opened_at": at, "initiated_from": from,
                   "voided": false, "odometer": null, "lines": lines, "occurred_at": at}),
        );
        let touch = cause
            .map(|(case, _)| TouchKey { case: case.parse().unwrap(), touch: "day-0-sms".parse().unwrap() });
        self.truth.push(OrderTruth {
            ro: ro.parse().unwrap(),
            vehicle: "v1".parse().unwrap(),
            at: at.parse().unwrap(),
            why: if cause.is_some() { Why::Touch } else { Why::Oil },
            touch,
            spoken: cause.iter().flat_map(|(_, codes)| *codes).map(|code| code.parse().unwrap()).collect(),
            otherwise: None,
        });
    }

    fn credit(&mut self, ro: &str, line: &str, amount: &str, case: &str, evidence: &str) {
        let receipt = json!({"body": {"trigger": {"case": case}}});
        self.tell(
            "credit_assigned",
            json!({"ro": ro, "line": line, "amount": amount, "currency": "USD",
                   "credit": {"evidence": evidence, "receipt": receipt}}),
        );
    }

    fn grade(&self) -> Graded {
        self.credits.grade(&self.truth)
    }
}

const TOKEN: &str = "appointment_token";
const WINDOW: &str = "op_code_group_in_window";
const PAID: &str = "customer_pay";

#[test]
fn a_credit_is_right_where_a_touch_of_that_very_case_caused_the_visit() {
    let mut told = Told::new();
    let lines = [
        ("LOF", PAID, "89.95"),
        ("ROT", PAID, "29.95"),
        ("BRKPAD", PAID, "389.90"),
        ("MPI", "internal", "0.00"),
    ];
    told.order("R-1", Some("A1"), &lines, Some((OIL, &["LOF", "ROT"])));
    told.credit("R-1", "1", "89.95", OIL, TOKEN);
    told.credit("R-1", "2", "29.95", OIL, TOKEN);
    let graded = told.grade();
    let expected = Lines { credited: 2, right: 2, earned: 2, earned_right: 2, ..Lines::default() };
    assert_eq!(graded.lines, Split { with_token: expected, without: Lines::default() });
    assert_eq!((expected.precision(), expected.recall()), (Some(1.0), Some(1.0)));
    assert_eq!(graded.rungs, [(TOKEN, (2, 2))].into());
    assert_eq!((graded.twice, graded.overpaid), (0, 0));
}

#[test]
fn a_credit_of_the_wrong_case_is_wrong_though_a_touch_caused_the_visit() {
    let mut told = Told::new();
    told.order(
        "R-1",
        Some("A1"),
        &[("LOF", PAID, "89.95"), ("BRKPAD", PAID, "389.90")],
        Some((OIL, &["LOF"])),
    );
    told.credit("R-1", "1", "89.95", BRAKES, WINDOW);
    told.credit("R-1", "2", "389.90", OIL, TOKEN);
    let lines = told.grade().lines.with_token;
    // The second came with the visit that its own case caused, though the message did not speak of it: told apart.
    let expected = Lines { credited: 2, right: 1, other_case: 1, beside: 1, earned: 1, ..Lines::default() };
    assert_eq!(lines, expected);
    assert_eq!((lines.precision(), lines.recall()), (Some(0.5), Some(0.0)));
    // The appointment carries a token of the oil case: the brake case's credit has none that survived.
    let own = told.grade().lines_own_token;
    let expected = Lines { credited: 1, right: 1, beside: 1, earned: 1, ..Lines::default() };
    assert_eq!(own.with_token, expected);
    assert_eq!(own.without, Lines { credited: 1, other_case: 1, ..Lines::default() });
    // By order, and whatever touch, the same two look right: that figure says less.
    let orders = told.grade().orders_any_touch.with_token;
    assert_eq!(orders, Orders { credited: 1, credited_caused: 1, caused: 1, caused_credited: 1 });
}

#[test]
fn a_visit_its_owner_makes_by_himself_earns_nothing() {
    let mut told = Told::new();
    told.order("R-2", Some("A2"), &[("LOF", PAID, "89.95")], None);
    told.credit("R-2", "1", "89.95", OIL, "initiated_from_appointment");
    let graded = told.grade();
    assert_eq!(graded.lines.without, Lines { credited: 1, no_touch: 1, ..Lines::default() });
    assert_eq!(graded.rungs, [("initiated_from_appointment", (1, 0))].into());
    assert_eq!(graded.lines.without.recall(), None, "nothing was to be credited");
}

#[test]
fn what_was_earned_and_not_credited_is_missed() {
    let mut told = Told::new();
    let lines = [("LOF", PAID, "89.95"), ("ROT", "warranty", "29.95"), ("BATT", PAID, "0.00")];
    told.order("R-1", Some("A1"), &lines, Some((OIL, &["LOF", "ROT", "BATT"])));
    // The second order of a visit came for the reason of the first.
    told.order("R-7S", None, &[("BRKPAD", PAID, "389.90")], None);
    told.truth.last_mut().unwrap().ro = "R-9".parse().unwrap();
    told.order(
        "R-7",
        None,
        &[("LOF", PAID, "89.95")],
        Some((&format!("click_follow_up/{BRAKES}"), &["BRKPAD"])),
    );
    told.credit("R-7S", "1", "389.90", BRAKES, WINDOW);
    let Split { with_token, without } = told.grade().lines;
    assert_eq!(with_token, Lines { earned: 1, not_credited: 1, ..Lines::default() });
    assert_eq!(without, Lines { credited: 1, right: 1, earned: 1, earned_right: 1, ..Lines::default() });
    // A case that nothing stands behind which could earn is in no recall.
    told.order("R-8", None, &[("LOF", PAID, "89.95")], Some(("first_service/v1", &["LOF"])));
    assert_eq!(told.grade().lines.without.earned, 1);
}

#[test]
fn a_line_credited_twice_and_more_dollars_than_paid_are_seen() {
    let mut told = Told::new();
    told.order(
        "R-1",
        None,
        &[("LOF", PAID, "89.95"), ("ROT", PAID, "29.95"), ("COUPON", PAID, "-20.00")],
        None,
    );
    told.credit("R-1", "1", "89.95", OIL, TOKEN);
    told.credit("R-1", "1", "89.95", BRAKES, WINDOW);
    assert_eq!((told.grade().twice, told.grade().overpaid), (1, 0));
    // Nine dollars and ninety-five cents are left of it when the discount is off.
    told.credit("R-1", "2", "9.96", OIL, TOKEN);
    assert_eq!(told.grade().overpaid, 1, "more than the order");
    told.tell("credit_reversed", json!({"ro": "R-1", "line": "2"}));
    assert_eq!(told.grade().overpaid, 0);
    told.tell("credit_reversed", json!({"ro": "R-1", "line": "1"}));
    told.credit("R-1", "2", "29.96", OIL, TOKEN);
    assert_eq!(
        (told.grade().twice, told.grade().overpaid),
        (1, 1),
        "more than its line; put anew is not twice"
    );
}
