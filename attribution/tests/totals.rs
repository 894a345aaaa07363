//! Bad rows are named, and the totals say where every dollar went.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

mod world;

use std::collections::BTreeMap;

use fixedops_attribution::intake::{Fault, Intake, Ownership, Row};
use fixedops_attribution::{Department, Evidence, Policy, Reason, Totals, assign};
use fixedops_vocab::{Currency, Money, OwnershipSpan, PayType};
use proptest::prelude::*;
use rust_decimal::Decimal;
use world::{any_world, day, line, oil, oil_due, order, text};

fn row(number: &str) -> Row {
    Row {
        rooftop: Some("north".parse().unwrap()),
        number: number.to_owned(),
        vehicle: Some("v1".parse().unwrap()),
        customer: Some("jane".parse().unwrap()),
        opened_at: Some(day(20)),
        closed_at: Some(day(21)),
        voided: false,
        department: Department::Service,
        initiated_from: None,
        lines: vec![oil("1")],
    }
}

/// Jane sold the car to Ravi on day 30.
fn owners() -> [Ownership; 2] {
    let of = |span, customer: &str, from, until| Ownership {
        vehicle: "v1".parse().unwrap(),
        span: OwnershipSpan(span),
        customers: vec![customer.parse().unwrap()],
        from,
        until,
    };
    [of(1, "jane", day(-900), Some(day(30))), of(2, "ravi", day(30), None)]
}

type Story = (&'static str, fn(&mut Row), Result<u32, Fault>);

#[test]
fn each_bad_row_is_named() {
    let table: [Story; 13] = [
        ("a good row", |_| {}, Ok(1)),
        ("no rooftop", |r| r.rooftop = None, Err(Fault::NoRooftop)),
        ("no number", |r| r.number.clear(), Err(Fault::NoNumber)),
        ("a number that is none", |r| r.number = "6044\n11".to_owned(), Err(Fault::NoNumber)),
        ("no VIN", |r| r.vehicle = None, Err(Fault::NoVehicle)),
        ("no write-up", |r| r.opened_at = None, Err(Fault::NoOpening)),
        (
            "a second customer on the VIN",
            |r| r.customer = Some("joe".parse().unwrap()),
            Err(Fault::OtherCustomer),
        ),
        (
            "the next owner, too soon",
            |r| r.customer = Some("ravi".parse().unwrap()),
            Err(Fault::OtherCustomer),
        ),
        (
            "the next owner on his first day",
            |r| {
                r.customer = Some("ravi".parse().unwrap());
                r.opened_at = Some(day(30));
            },
            Ok(2),
        ),
        ("the seller on that day", |r| r.opened_at = Some(day(30)), Err(Fault::OtherCustomer)),
        ("no customer: the owner then", |r| r.customer = None, Ok(1)),
        (
            "no customer, no owner",
            |r| {
                r.customer = None;
                r.vehicle = Some("v9".parse().unwrap());
            },
            Err(Fault::OwnerUnknown),
        ),
        ("closed before opened: taken, and never credited", |r| r.closed_at = Some(day(19)), Ok(1)),
    ];
    for (case, change, expected) in table {
        let mut row = row("604411");
        change(&mut row);
        let intake = Intake::of(vec![row], &owners());
        let found = match (intake.orders.as_slice(), intake.set_aside.as_slice()) {
            ([order], []) => Ok(order.owner_span.0),
            ([], [(0, fault)]) => Err(*fault),
            other => panic!("{case}: {other:?}"),
        };
        assert_eq!(found, expected, "{case}");
    }
}

#[test]
fn one_number_at_two_rooftops_is_two_orders() {
    let north = row("604411");
    let south = Row { rooftop: Some("south".parse().unwrap()), opened_at: Some(day(25)), ..north.clone() };
    let nowhere = Row { rooftop: None, ..north.clone() };
    let intake = Intake::of(vec![north, nowhere.clone(), south, nowhere], &owners());
    let ids: Vec<_> = intake.orders.iter().map(|order| order.ro.to_string()).collect();
    assert_eq!(ids, ["north/604411", "south/604411"]);
    assert_eq!(intake.set_aside, [(1, Fault::NoRooftop), (3, Fault::NoRooftop)]);
    assert_eq!(intake.left_out(), BTreeMap::from([(Fault::NoRooftop, 2)]));
}

/// The list of bad input, in one store: the totals name each.
#[test]
fn the_totals_say_what_was_left_out() {
    let cad = |cents| Money::cents(cents, "CAD".parse().unwrap());
    let mut mixed = order("02", 20, vec![oil("1"), line("2", "oil_service", PayType::CustomerPay, 0)]);
    mixed.lines[1].amount = cad(5_000);
    let mut backwards = order("03", 40, vec![oil("1")]);
    backwards.closed_at = Some(day(39));
    let mut twice = order("04", 60, vec![oil("1")]);
    let first = twice.clone();
    twice.lines[0].amount = world::usd(1);
    let discounted = order("01", 20, vec![oil("1"), line("9", "coupon", PayType::CustomerPay, -1_995)]);
    let orders = [discounted, mixed, backwards, first, twice];
    let mut told_later = oil_due("late");
    told_later.touches = vec![text("late", 45)];
    let triggers = [oil_due("a"), told_later];
    let assignment = assign(&triggers, &orders, &Policy::shipped());
    let totals = Totals::of(&assignment, &orders);

    let usd = &totals.by_currency[&Currency::USD];
    let lines = |reason| usd.not_credited.get(&reason).map_or(0, |sum| sum.lines);
    assert_eq!(usd.credited[&Evidence::OpCodeGroupInWindow].lines, 2);
    assert_eq!(usd.credited[&Evidence::OpCodeGroupInWindow].dollars, Decimal::new(7_000 + 8_995, 2));
    assert_eq!(usd.discounted, Decimal::new(1_995, 2));
    assert_eq!(lines(Reason::NotPositive), 1);
    assert_eq!(lines(Reason::ClosedBeforeOpened), 1);
    assert_eq!(lines(Reason::ConflictingRecords), 2);
    let canadian = &totals.by_currency[&"CAD".parse().unwrap()];
    assert_eq!(canadian.credited[&Evidence::OpCodeGroupInWindow].dollars, Decimal::new(5_000, 2));
}

proptest! {
    #[test]
    fn every_dollar_is_somewhere((triggers, orders) in any_world()) {
        let assignment = assign(&triggers, &orders, &Policy::shipped());
        let totals = Totals::of(&assignment, &orders);
        let mut credited = 0;
        for sums in totals.by_currency.values() {
            let all = |sums: &mut dyn Iterator<Item = (u64, Decimal)>| {
                sums.fold((0, Decimal::ZERO), |(n, d), (lines, dollars)| (n + lines, d + dollars))
            };
            let looked_at = all(&mut sums.by_pay_type.values().map(|s| (s.lines, s.dollars)));
            let (earned, dollars) = all(&mut sums.credited.values().map(|s| (s.lines, s.dollars)));
            let (others, rest) = all(&mut sums.not_credited.values().map(|s| (s.lines, s.dollars)));
            prop_assert_eq!(looked_at, (earned + others, dollars + sums.discounted + rest));
            prop_assert!(sums.discounted >= Decimal::ZERO);
            credited += earned;
        }
        prop_assert_eq!(credited, assignment.credits.len() as u64);
        let lines: u64 = totals.by_currency.values().flat_map(|s| s.by_pay_type.values()).map(|s| s.lines).sum();
        prop_assert_eq!(lines, (assignment.credits.len() + assignment.not_credited.len()) as u64);
    }
}
