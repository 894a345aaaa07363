//! The batch gives what `assign` gives.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

mod world;

use chrono::TimeDelta;
use fixedops_attribution::batch::{Batch, BatchError, Deferred, DeferredCredit, OrderRow, assign_deferred};
use fixedops_attribution::{Assignment, Policy, Reason, RepairOrder, Trigger, assign};
use proptest::prelude::*;
use world::{any_world, day, oil, oil_due, order};

/// What the plain path says, as far as the batch says it too.
fn plain(assignment: &Assignment) -> Deferred {
    let whole = [
        Reason::ConflictingRecords,
        Reason::Voided,
        Reason::ExcludedDepartment,
        Reason::StillOpen,
        Reason::ClosedBeforeOpened,
    ];
    Deferred {
        credits: assignment
            .credits
            .iter()
            .map(|credit| DeferredCredit {
                ro: credit.ro.clone(),
                line: credit.line.clone(),
                amount: credit.amount,
                trigger: credit.trigger.clone(),
                evidence: credit.evidence,
                competing: credit.competing.len(),
            })
            .collect(),
        visits: assignment.visits.clone(),
        set_aside: assignment
            .not_credited
            .iter()
            .filter(|line| whole.contains(&line.reason))
            .cloned()
            .collect(),
        conflicting_triggers: assignment.conflicting_triggers.clone(),
    }
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let split = prop_oneof![Just(0_u16), Just(1), Just(24), Just(24 * 31)];
    (any::<bool>(), split, 1..120_u16, 0..64_u8).prop_map(|(ours, split, days, off)| {
        let policy = if ours { Policy::shipped() } else { Policy::dealermine() };
        let mut rules = policy.rules().clone();
        rules.split_ro_hours = split;
        rules.response_days = days;
        let rungs: Vec<_> = rules.rungs.iter().copied().collect();
        for (place, rung) in rungs.iter().enumerate().skip(1) {
            // Mostly whole, at times with rungs left out.
            if off >= 48 && (off >> (place - 1)) & 1 == 1 {
                rules.rungs.remove(rung);
            }
        }
        Policy::new("test/1".parse().unwrap(), rules).unwrap()
    })
}

/// The same world, with some instants off the whole second.
fn uneven(
    (mut triggers, orders): (Vec<Trigger>, Vec<RepairOrder>),
    off: bool,
) -> (Vec<Trigger>, Vec<RepairOrder>) {
    if let (true, Some(touch)) = (off, triggers.iter_mut().flat_map(|t| &mut t.touches).next()) {
        touch.sent_at += TimeDelta::nanoseconds(1);
    }
    (triggers, orders)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn the_batch_is_the_plain_path(
        world in any_world(),
        policy in any_policy(),
        off in prop::bool::weighted(0.2),
    ) {
        let (triggers, orders) = uneven(world, off);
        let assignment = assign(&triggers, &orders, &policy);
        prop_assert_eq!(assign_deferred(&triggers, &orders, &policy).unwrap(), plain(&assignment));
    }
}

/// A car that comes every day for three months: its visits hang together further back than the marks look.
#[test]
fn a_visit_that_began_long_before_is_found_whole() {
    for split in [24, 25, 30, 47, 48, 100] {
        let mut rules = Policy::shipped().rules().clone();
        rules.split_ro_hours = split;
        let policy = Policy::new("test/1".parse().unwrap(), rules).unwrap();
        for told in [1, 3, 5, 8, 40, 61] {
            let mut trigger = oil_due("a");
            trigger.touches[0].sent_at = day(told);
            trigger.opened_at = day(told - 1);
            let orders: Vec<RepairOrder> =
                (0..110).map(|on| order(&format!("ro-{on:03}"), on - 20, vec![oil("1")])).collect();
            let triggers = [trigger];
            let assignment = assign(&triggers, &orders, &policy);
            assert!(!assignment.credits.is_empty());
            assert_eq!(
                assign_deferred(&triggers, &orders, &policy).unwrap(),
                plain(&assignment),
                "{split} hours, told on day {told}"
            );
        }
    }
}

const DAY: u32 = 86_400;

/// The batch by numbers, against the plain path over the same facts written out: many cars, so that groups of cars
/// have borders.
#[test]
fn many_cars_in_many_groups_are_the_plain_path() {
    let policy = Policy::shipped();
    let mut batch = Batch::new(&policy);
    for ask in 0..3 {
        batch.link(ask, ask);
    }
    let (mut triggers, mut orders) = (Vec::new(), Vec::new());
    let mut state = 7_u64;
    let mut draw = |upto: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32 % upto
    };
    let instant = |seconds: u32| chrono::DateTime::from_timestamp(seconds.into(), 0).unwrap();
    let services = ["oil_service", "brake_pads_front", "tire_rotation"];
    for n in 0..3_000 {
        let (car, sent, ask) = (draw(400) * 50, 20_000 * DAY + draw(400 * DAY), draw(3));
        batch.text(car, sent - DAY, sent, ask).unwrap();
        let mut trigger = oil_due(&format!("t{n:05}"));
        trigger.vehicle = format!("v{car}").parse().unwrap();
        trigger.opened_at = instant(sent - DAY);
        trigger.touches[0].sent_at = instant(sent);
        trigger.op_codes.clear();
        trigger.names.clear();
        trigger.service = Some(world::service(services[ask as usize]));
        triggers.push(trigger);
    }
    for n in 0..6_000 {
        let (car, opened, lines) = (draw(400) * 50, 20_000 * DAY + draw(450 * DAY), 1 + draw(3));
        batch.order(OrderRow { car, opened, initiated_from: None }).unwrap();
        let mut order = order(&format!("ro-{n:05}"), 0, Vec::new());
        order.vehicle = format!("v{car}").parse().unwrap();
        order.opened_at = instant(opened);
        order.closed_at = Some(order.opened_at);
        for line in 0..lines {
            let (work, cents) = (draw(3), draw(40_000) as i32 - 5_000);
            batch.line(work, true, cents).unwrap();
            let id = line.to_string();
            order.lines.push(world::line(
                &id,
                services[work as usize],
                fixedops_vocab::PayType::CustomerPay,
                cents,
            ));
        }
        orders.push(order);
    }
    let joined = batch.join();
    let assignment = assign(&triggers, &orders, &policy);
    assert!(assignment.credits.len() > 500);
    let expected = plain(&assignment);
    let mut credits: Vec<_> = joined
        .credits
        .iter()
        .map(|credit| {
            let order = &orders[batch.order_of(credit.line)];
            (
                order.ro.clone(),
                i64::from(credit.cents),
                triggers[credit.trigger as usize].id.clone(),
                credit.evidence,
            )
        })
        .collect();
    credits.sort();
    let mut wanted: Vec<_> = expected
        .credits
        .iter()
        .map(|credit| {
            let cents = (credit.amount.amount().mantissa()) as i64;
            (credit.ro.clone(), cents, credit.trigger.clone(), credit.evidence)
        })
        .collect();
    wanted.sort();
    assert_eq!(credits, wanted);
    assert_eq!(joined.visits.len(), expected.visits.len());
    assert_eq!(joined.credited_cents, wanted.iter().map(|(_, cents, ..)| cents).sum::<i64>());
    assert_eq!(assign_deferred(&triggers, &orders, &policy).unwrap(), expected);
    assert_eq!(batch.join(), joined, "the same rows, the same result");
}

#[test]
fn rows_that_fit_no_column_are_refused() {
    let mut batch = Batch::new(&Policy::shipped());
    assert_eq!(batch.line(0, true, 1), Err(BatchError::NoOrder));
    assert_eq!(batch.text(u32::MAX, 1, 2, 0), Err(BatchError::TooLarge("car")));
    let order = OrderRow { car: 1, opened: 1, initiated_from: Some(u32::MAX) };
    assert_eq!(batch.order(order), Err(BatchError::TooLarge("appointment")));
    batch.order(OrderRow { initiated_from: None, ..order }).unwrap();
    assert_eq!(batch.line(u32::MAX, true, 1), Err(BatchError::TooLarge("work")));
    assert!(batch.join().credits.is_empty());
    assert!(Batch::new(&Policy::shipped()).join().credits.is_empty());
}

/// Small stories that chance seldom tells.
#[test]
fn the_last_instant_of_a_window_and_the_strongest_claim_to_the_last_dollar() {
    let policy = Policy::shipped();
    let same = |case: &str, triggers: &[Trigger], orders: &[RepairOrder]| {
        let assignment = assign(triggers, orders, &policy);
        assert_eq!(assign_deferred(triggers, orders, &policy).unwrap(), plain(&assignment), "{case}");
        assignment.credits
    };
    let told = oil_due("a");
    assert_eq!(same("day 90", std::slice::from_ref(&told), &[order("1", 91, vec![oil("1")])]).len(), 1);
    let mut late = order("1", 91, vec![oil("1")]);
    late.opened_at += TimeDelta::seconds(1);
    assert_eq!(same("a second past it", std::slice::from_ref(&told), &[late]).len(), 0);

    // Brakes by a token, oil by the window; a discount leaves too little for both.
    let mut brakes = oil_due("b");
    brakes.service = Some(world::service("brake_pads_front"));
    brakes.op_codes.clear();
    brakes.names.clear();
    brakes.appointment = Some(world::appointment(2, 20));
    if let Some(appointment) = &mut brakes.appointment {
        appointment.token = Some("token-b".to_owned());
    }
    let pays = fixedops_vocab::PayType::CustomerPay;
    let lines = vec![
        oil("1"),
        world::line("2", "brake_pads_front", pays, 41_000),
        world::line("3", "coupon", pays, -5_000),
    ];
    let credits = same("the strongest first", &[told, brakes], &[order("1", 20, lines)]);
    let amounts: Vec<String> = credits.iter().map(|credit| credit.amount.to_string()).collect();
    assert_eq!(amounts, ["39.95 USD", "410.00 USD"]);
}
