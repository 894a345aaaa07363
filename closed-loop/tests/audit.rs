//! The audit of an extract: what may not change its answer.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use chrono::{NaiveDate, TimeDelta};
use fixedops_closed_loop::OpCodes;
use fixedops_closed_loop::audit::{
    AppointmentRow, Audit, AuditBuilder, AuditPolicy, Department, Extract, ExtractFile, LadderRow, OrderLine,
    OrderRow, RowAt, TouchRow,
};
use fixedops_odometer_core::{Model, Schedule};
use fixedops_vocab::{DistanceUnit, PayType, RawOdometer};
use proptest::prelude::*;
use rust_decimal::Decimal;

const VINS: [&str; 4] = ["1HGCM82633A004352", "1M8GDM9AXKP042788", "11111111111111111", "1HGCM82633AO0435"];
const CODES: [&str; 4] = ["LOF", "ROT", "BRK", "TIRE"];

/// One row: number, car, customer, day, miles, cents, what was done, what was declined.
type Row = (u16, usize, u8, u16, u32, Option<i32>, usize, Option<usize>);

fn any_row() -> impl Strategy<Value = Row> {
    (
        0..40_u16,
        0..VINS.len(),
        0..3_u8,
        0..900_u16,
        0..200_000_u32,
        prop::option::of(-5_000..90_000_i32),
        0..CODES.len(),
        prop::option::of(0..CODES.len()),
    )
}

/// Two readings in three fit a car that is driven 35 miles a day; the others are anything.
fn shown(car: usize, day: u16, miles: u32) -> u32 {
    if miles.is_multiple_of(3) {
        return miles;
    }
    20_000 * (u32::try_from(car).unwrap() + 1) + 35 * u32::from(day) + miles % 200
}

fn builder(rows: &[Row]) -> AuditBuilder {
    let mut builder = AuditBuilder::new(AuditPolicy::shipped());
    builder.present(ExtractFile::RepairOrders, Vec::new());
    for (line, (number, car, customer, day, miles, cents, done, declined)) in (2..).zip(rows) {
        let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap().and_hms_opt(12, 0, 0).unwrap();
        let operation = |code: usize, declined| OrderLine {
            op_code: CODES[code],
            pay_type: Some(PayType::CustomerPay),
            amount: Some(5_000),
            declined,
        };
        let mut lines = vec![operation(*done, false)];
        lines.extend(declined.map(|code| operation(code, true)));
        let _ = builder.order(&OrderRow {
            at: RowAt { line, faults: &[] },
            number: &number.to_string(),
            vin: Some(VINS[*car]),
            customer: Some(&customer.to_string()),
            opened: first + TimeDelta::days(i64::from(*day)),
            closed: (day % 7 != 0).then(|| first + TimeDelta::days(i64::from(*day) + 1)),
            voided: day % 50 == 0,
            department: [None, Some(Department::Service), Some(Department::BodyShop)]
                [usize::from(*number % 3)],
            odometer: Some(RawOdometer::new(
                i64::from(shown(*car, *day, *miles)) * 1_000,
                DistanceUnit::Miles,
            )),
            customer_pay: cents.map(i64::from),
            lines: &lines,
            line_id: None,
            one_of_many: false,
        });
        // Some weeks before it something was sent, of some it is said what about, and some led to an appointment.
        let sent = first + TimeDelta::days(i64::from(*day) - i64::from(miles % 100));
        if miles % 2 == 0 {
            builder.present(ExtractFile::Touches, Vec::new());
            let _ = builder.touch(&TouchRow {
                at: RowAt { line, faults: &[] },
                vin: (miles % 5 != 0).then_some(VINS[*car]),
                customer: Some(&customer.to_string()),
                sent,
                service: [None, Some("LOF"), Some("oil service"), Some("nobody knows")][*done],
                replied: (miles % 3 == 0).then(|| sent + TimeDelta::hours(3)),
            });
        }
        if miles % 3 == 0 {
            builder.present(ExtractFile::Appointments, Vec::new());
            let _ = builder.appointment(&AppointmentRow {
                at: RowAt { line, faults: &[] },
                vin: Some(VINS[*car]),
                customer: None,
                starts: first + TimeDelta::days(i64::from(*day)),
                created: (miles % 4 != 0).then(|| sent + TimeDelta::days(1)),
                cancelled: miles % 7 == 0,
                arrived: None,
                order: (miles % 9 == 0).then_some(number.to_string()).as_deref(),
            });
        }
    }
    builder
}

fn tied(row: &LadderRow) -> u64 {
    row.by_rung.iter().map(|rung| rung.orders).sum()
}

fn audit(rows: &[Row], at_once: usize) -> Audit {
    let prepared = builder(rows).prepare(None, Model::shipped(), Schedule::shipped(), &OpCodes::shipped());
    let mut whole = prepared.look(0..0);
    let mut begin = 0;
    while begin < prepared.vehicles() {
        let end = (begin + at_once).min(prepared.vehicles());
        whole.merge(prepared.look(begin..end));
        begin = end;
    }
    prepared.finish(whole, Extract::default())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// However the vehicles are shared out among workers, the answer is the same.
    #[test]
    fn any_number_of_workers_gives_the_same_audit(rows in prop::collection::vec(any_row(), 0..60)) {
        prop_assert_eq!(audit(&rows, 1), audit(&rows, 100));
    }

    /// Rows and dollars add up; parts do not exceed their whole; every vehicle in play stands in one stage of each service.
    #[test]
    fn everything_adds_up(rows in prop::collection::vec(any_row(), 0..60)) {
        let audit = audit(&rows, 7);
        prop_assert!(audit.read.adds_up);
        prop_assert_eq!(audit.read.files[0].rows, rows.len() as u64);
        let in_play = audit.reach.why_not.iter().map(|share| share.count).sum::<u64>();
        prop_assert_eq!(audit.vehicles.by_basis.iter().map(|share| share.count).sum::<u64>(), in_play);
        prop_assert_eq!(audit.vehicles.by_age.iter().map(|share| share.count).sum::<u64>(), in_play);
        let estimated = audit.vehicles.by_basis.iter().find(|share| share.id == "estimated").unwrap().count;
        let half_width = audit.vehicles.figures.iter().find(|figure| figure.id == "half_width").unwrap();
        prop_assert_eq!(half_width.base, Some(estimated), "every estimate has a width");
        for standing in &audit.intervals.services {
            let all = standing.overdue + standing.due + standing.soon + standing.not_yet + standing.unknown;
            prop_assert_eq!(all, in_play);
        }
        for pair in audit.path.steps.windows(2) {
            prop_assert_eq!(pair[0].vehicles, pair[1].vehicles + pair[1].lost);
            prop_assert!(pair[1].came_anyway <= pair[1].lost);
        }
        let items = audit.declined.figures.iter().find(|figure| figure.id == "open_items").unwrap().value.unwrap();
        let by_age: u64 = audit.declined.by_age.iter().map(|group| group.items).sum();
        prop_assert_eq!(items.to_string(), by_age.to_string());
        let ladder = &audit.ladder;
        prop_assert_eq!(ladder.all.is_none(), ladder.note.is_some());
        if let Some(all) = &ladder.all {
            prop_assert!(ladder.adds_up);
            for row in ladder.intervals.iter().chain([all]) {
                let reasons: u64 = row.not_tied.iter().map(|share| share.count).sum();
                prop_assert_eq!(tied(row) + row.other_work + reasons, row.orders, "{}", row.id);
                prop_assert!(row.credited <= row.dollars, "no more is credited than was paid: {:?}", row);
            }
            let visits: Decimal = all.by_rung.iter().map(|rung| rung.dollars).sum();
            prop_assert!(all.credited <= visits, "what is credited was paid on a visit that is tied back");
        }
        prop_assert!(audit.faults.is_sorted_by(|one, other| one.dollars >= other.dollars));
    }

    /// The audit reads back from its JSON.
    #[test]
    fn json_keeps_it_whole(rows in prop::collection::vec(any_row(), 0..30)) {
        let audit = audit(&rows, 100);
        let json = serde_json::to_string(&audit).unwrap();
        prop_assert_eq!(serde_json::from_str::<Audit>(&json).unwrap(), audit);
    }
}

/// The declined list of one car, followed by hand.
#[test]
fn work_done_later_is_recovered_and_what_is_recommended_again_is_one_item() {
    // Brakes declined on day 10 and again on day 110, done on day 201; tires declined on day 111 and never done.
    let row = |number, day, done, declined| {
        (number, 0, 1, day, u32::from(day) * 30 + 1_000, Some(10_000), done, declined)
    };
    let rows =
        [row(1, 10, 0, Some(2)), row(2, 110, 0, Some(2)), row(3, 111, 0, Some(3)), row(4, 201, 2, None)];
    let audit = audit(&rows, 1);
    let figure = |id: &str| {
        let all = audit.declined.figures.iter().chain(&audit.declined.own_recovery);
        all.clone().find(|figure| figure.id == id).unwrap().value.unwrap().to_string()
    };
    for (id, value) in [
        ("recommended", "3"),
        ("repeats", "1"),
        ("open_items", "1"),
        ("tickets", "1"),
        ("open_dollars", "50.00"),
        ("recovered", "1"),
        ("recovered_dollars", "50.00"),
        // Done after 191 days: not within the 120.
        ("own_recovery", "0.0"),
    ] {
        assert_eq!(figure(id), value, "{id}");
    }
}

/// Oil services paid by customers on days, and touches about them; each touch names its car, or its customer alone.
fn told(orders: &[(u64, usize, &str, i64)], touches: &[(u64, Option<usize>, &str, i64)]) -> Audit {
    let day = |day| {
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().and_hms_opt(12, 0, 0).unwrap() + TimeDelta::days(day)
    };
    let mut builder = AuditBuilder::new(AuditPolicy::shipped());
    builder.present(ExtractFile::RepairOrders, Vec::new());
    builder.present(ExtractFile::Touches, Vec::new());
    let oil = [OrderLine {
        op_code: "LOF",
        pay_type: Some(PayType::CustomerPay),
        amount: Some(5_000),
        declined: false,
    }];
    for (number, car, customer, opened) in orders {
        let _ = builder.order(&OrderRow {
            at: RowAt { line: *number, faults: &[] },
            number: &number.to_string(),
            vin: Some(VINS[*car]),
            customer: Some(customer),
            opened: day(*opened),
            closed: Some(day(*opened)),
            voided: false,
            department: None,
            odometer: None,
            customer_pay: Some(5_000),
            lines: &oil,
            line_id: None,
            one_of_many: false,
        });
    }
    for (line, car, customer, sent) in touches {
        let _ = builder.touch(&TouchRow {
            at: RowAt { line: *line, faults: &[] },
            vin: car.map(|car| VINS[car]),
            customer: Some(customer),
            sent: day(*sent),
            service: Some("LOF"),
            replied: None,
        });
    }
    let prepared = builder.prepare(None, Model::shipped(), Schedule::shipped(), &OpCodes::shipped());
    let counted = prepared.look(0..prepared.vehicles());
    prepared.finish(counted, Extract::default())
}

/// What an extract cannot know of owners is said where it applies, and is so.
#[test]
fn whose_a_car_was_is_only_known_from_orders_and_the_page_says_so() {
    const SOLD: &str = "of the cars there are orders of more than one customer";
    const BY_PERSON: &str = "counts for the cars he owns now only";
    for (case, orders, touches, orders_tied, said) in [
        // The touch went to c2, four days before his first order: to the records it was still the car of c1.
        (
            "a new owner",
            &[(1, 0, "c1", 0), (2, 0, "c2", 34)][..],
            &[(1, Some(0), "c2", 30)][..],
            (1, 0),
            [true, false],
        ),
        (
            "one owner",
            &[(1, 0, "c1", 0), (2, 0, "c1", 34)],
            &[(1, Some(0), "c1", 30)],
            (1, 1),
            [false, false],
        ),
        // Named by his number alone: his own order follows, but the car is c2's by now. Only c2's is left, and no touch of his.
        (
            "a car that was sold since",
            &[(1, 0, "c1", 0), (2, 0, "c1", 34), (3, 0, "c2", 60)],
            &[(1, None, "c1", 30)],
            (2, 0),
            [true, true],
        ),
        (
            "a car he still has",
            &[(1, 0, "c1", 0), (2, 0, "c1", 34)],
            &[(1, None, "c1", 30)],
            (1, 1),
            [false, true],
        ),
    ] {
        let ladder = told(orders, touches).ladder;
        let all = ladder.all.as_ref().unwrap();
        assert_eq!((all.orders, tied(all)), orders_tied, "{case}: {all:?}");
        let caveats = ladder.caveats.join(" ");
        assert_eq!([SOLD, BY_PERSON].map(|words| caveats.contains(words)), said, "{case}: {caveats}");
    }
}
