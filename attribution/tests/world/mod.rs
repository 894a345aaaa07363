//! A small service drive: builders for stories, and a strategy for whole worlds.
#![allow(dead_code, unreachable_pub, reason = "every test file uses its own part")]

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use fixedops_attribution::{AppointmentFact, Delivery, Department, RepairOrder, RoLine, TouchFact, Trigger};
use fixedops_vocab::{
    AppointmentId, CaseId, Channel, Currency, Money, OpCode, OwnershipSpan, PayType, RoId, RoLineId,
    ServiceId, TouchId, TouchKey, VehicleId,
};
use proptest::prelude::*;

/// Noon of the `n`-th day of the story.
pub fn day(n: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 12, 0, 0).single().expect("a civil time in UTC") + TimeDelta::days(n)
}

pub fn usd(cents: i32) -> Money {
    Money::cents(cents, Currency::USD)
}

pub fn service(name: &str) -> ServiceId {
    ServiceId::new(name).expect("a service id")
}

pub fn appointment_id(id: &str) -> AppointmentId {
    AppointmentId::new(id).expect("an appointment id")
}

/// An oil service due on day 0 for the first owner of `v1`, told by one delivered text on day 1 with the token
/// `token-<id>`.
pub fn oil_due(id: &str) -> Trigger {
    let vehicle = VehicleId::new("v1").expect("a vehicle id");
    let mut trigger = Trigger::new(id, vehicle, OwnershipSpan(1), day(0));
    trigger.service = Some(service("oil_service"));
    trigger.op_codes.insert(OpCode::new("LOF5").expect("an op code"));
    trigger.names.insert("Oil & filter change".to_owned());
    trigger.proofs.insert("clearance".to_owned(), "c1ea".to_owned());
    trigger.touches.push(text(id, 1));
    trigger
}

pub fn text(id: &str, on: i64) -> TouchFact {
    TouchFact {
        sent_at: day(on),
        key: TouchKey {
            case: CaseId::new(format!("case-{id}")).expect("a case id"),
            touch: TouchId::new(format!("t{on}")).expect("a touch id"),
        },
        channel: Channel::Sms,
        delivery: Delivery::Delivered,
        token: Some(format!("token-{id}")),
        clicked_at: None,
        human_click: None,
        replied_at: None,
    }
}

/// An appointment `a1`, set on day `set` for day `at`, without token.
pub fn appointment(set: i64, at: i64) -> AppointmentFact {
    AppointmentFact { id: appointment_id("a1"), set_at: day(set), at: day(at), token: None }
}

/// An order for the first owner of `v1`, opened on day `on`, closed an hour later.
pub fn order(ro: &str, on: i64, lines: Vec<RoLine>) -> RepairOrder {
    RepairOrder {
        ro: RoId::new(ro).expect("an order id"),
        vehicle: VehicleId::new("v1").expect("a vehicle id"),
        owner_span: OwnershipSpan(1),
        opened_at: day(on),
        closed_at: Some(day(on) + TimeDelta::hours(1)),
        voided: false,
        department: Department::Service,
        initiated_from: None,
        lines,
    }
}

pub fn line(id: &str, of: &str, pay_type: PayType, cents: i32) -> RoLine {
    RoLine {
        line: RoLineId::new(id).expect("a line id"),
        op_code: None,
        service: Some(service(of)),
        name: None,
        pay_type,
        amount: usd(cents),
    }
}

/// A customer-pay oil service of 89.95 USD.
pub fn oil(id: &str) -> RoLine {
    line(id, "oil_service", PayType::CustomerPay, 8_995)
}

const SERVICES: [&str; 3] = ["oil_service", "brake_pads_front", "tire_rotation"];

prop_compose! {
    fn any_touch()(
        on in 0..60_i64,
        delivery in prop_oneof![4 => Just(Delivery::Delivered), 1 => prop::sample::select(Delivery::ALL)],
        token in prop::option::of("[ab]"),
        clicked in prop::option::of(0..60_i64),
        human_click in prop::option::of(0..=100_u8),
        replied in prop::option::of(0..60_i64),
    ) -> TouchFact {
        TouchFact {
            delivery,
            token,
            clicked_at: clicked.map(day),
            human_click,
            replied_at: replied.map(day),
            ..text("any", on)
        }
    }
}

prop_compose! {
    fn any_appointment()(id in "a[12]", set in 0..60_i64, ahead in 0..20_i64, token in prop::option::of("[ab]"))
        -> AppointmentFact
    {
        AppointmentFact { id: appointment_id(&id), set_at: day(set), at: day(set + ahead), token }
    }
}

prop_compose! {
    fn any_trigger()(
        id in "crossing-[1-9][0-9]",
        vehicle in "v(1|1|1|2)",
        span in prop_oneof![4 => Just(1_u32), 1 => Just(2)],
        wants in prop::option::weighted(0.9, prop::sample::select(&SERVICES[..])),
        opened in 0..10_i64,
        touches in prop::collection::vec(any_touch(), 0..5),
        appointment in prop::option::of(any_appointment()),
        others in prop::collection::vec(any_appointment(), 0..3),
        several in prop::bool::weighted(0.2),
    ) -> Trigger {
        let vehicle = VehicleId::new(vehicle).expect("a vehicle id");
        let mut trigger = Trigger::new(id, vehicle, OwnershipSpan(span), day(opened));
        trigger.service = wants.map(service);
        trigger.touches = touches;
        trigger.appointment = appointment;
        trigger.other_appointments = if several { others } else { Vec::new() };
        trigger
    }
}

prop_compose! {
    fn any_line()(
        id in "[1-4]",
        of in prop::sample::select(&SERVICES[..]),
        pay_type in prop_oneof![5 => Just(PayType::CustomerPay), 1 => prop::sample::select(PayType::ALL)],
        cents in prop_oneof![5 => 1..50_000_i32, 1 => -30_000..=0_i32],
        canadian in prop::bool::weighted(0.1),
    ) -> RoLine {
        let currency = if canadian { "CAD".parse().expect("a currency") } else { Currency::USD };
        RoLine { amount: Money::cents(cents, currency), ..line(&id, of, pay_type, 0) }
    }
}

prop_compose! {
    fn any_order()(
        ro in "ro-[1-9][0-9]",
        vehicle in "v(1|1|1|2)",
        span in prop_oneof![4 => Just(1_u32), 1 => Just(2)],
        on in 5..110_i64,
        open_for in prop_oneof![16 => (0..5_i64).prop_map(Some), 1 => Just(None), 1 => Just(Some(-1))],
        voided in prop::bool::weighted(0.05),
        body_shop in prop::bool::weighted(0.05),
        initiated_from in prop::option::weighted(0.2, "a[12]"),
        lines in prop::collection::btree_map("[1-4]", any_line(), 1..5),
    ) -> RepairOrder {
        RepairOrder {
            vehicle: VehicleId::new(vehicle).expect("a vehicle id"),
            owner_span: OwnershipSpan(span),
            closed_at: open_for.map(|days| day(on + days)),
            voided,
            department: if body_shop { Department::BodyShop } else { Department::Service },
            initiated_from: initiated_from.as_deref().map(appointment_id),
            // The key makes ids unique, as in most orders; `any_line` alone would repeat them.
            lines: lines
                .into_iter()
                .map(|(id, line)| RoLine { line: RoLineId::new(id).expect("a line id"), ..line })
                .collect(),
            ..order(&ro, on, Vec::new())
        }
    }
}

/// Triggers and orders of two vehicles with two owners each; ids repeat at times, with equal or other contents, and
/// at times an order repeats a line id.
pub fn any_world() -> impl Strategy<Value = (Vec<Trigger>, Vec<RepairOrder>)> {
    let odd_order = (any_order(), prop::collection::vec(any_line(), 0..3))
        .prop_map(|(order, lines)| RepairOrder { lines, ..order });
    let orders = prop_oneof![9 => any_order(), 1 => odd_order];
    let contradict = (prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    (prop::collection::vec(any_trigger(), 0..10), prop::collection::vec(orders, 0..10), contradict).prop_map(
        |(mut triggers, mut orders, (contradicting_trigger, contradicting_order))| {
            if let (true, Some(first)) = (contradicting_trigger, triggers.first().cloned()) {
                triggers.push(Trigger { opened_at: first.opened_at + TimeDelta::days(1), ..first });
            }
            if let (true, Some(first)) = (contradicting_order, orders.first().cloned()) {
                orders.push(RepairOrder { voided: !first.voided, ..first });
            }
            (triggers, orders)
        },
    )
}
