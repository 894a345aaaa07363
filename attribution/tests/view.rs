//! Last touch, first touch, even split: the same credits, other names.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

mod world;

use std::collections::BTreeMap;

use fixedops_attribution::{Policy, Trigger, View, assign, view};
use proptest::prelude::*;
use rust_decimal::Decimal;
use world::{any_world, appointment, oil, oil_due, order, text};

/// Three triggers for one oil service: `booked` holds the token of the appointment, `early` wrote first, `late` last.
fn three() -> Vec<Trigger> {
    let (mut booked, mut early, mut late) = (oil_due("booked"), oil_due("early"), oil_due("late"));
    booked.touches = vec![text("booked", 5)];
    booked.appointment = Some(appointment(6, 20));
    if let Some(appointment) = &mut booked.appointment {
        appointment.token = Some("token-booked".to_owned());
    }
    early.touches = vec![text("early", 2), text("early", 8)];
    late.touches = vec![text("late", 3), text("late", 12)];
    vec![booked, early, late]
}

fn shown(which: View) -> Vec<(String, String)> {
    let triggers = three();
    let credits = assign(&triggers, &[order("1", 20, vec![oil("1")])], &Policy::shipped()).credits;
    assert_eq!(credits[0].trigger, "booked", "the credit itself goes by the evidence");
    let shares = view(&credits, &triggers, which).unwrap();
    shares.into_iter().map(|share| (share.trigger, share.amount.to_string())).collect()
}

#[test]
fn each_view_names_its_own() {
    let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(trigger, amount)| ((*trigger).to_owned(), (*amount).to_owned())).collect()
    };
    assert_eq!(shown(View::LastTouch), own(&[("late", "89.95 USD")]));
    assert_eq!(shown(View::FirstTouch), own(&[("early", "89.95 USD")]));
    assert_eq!(
        shown(View::EvenSplit),
        own(&[("booked", "29.99 USD"), ("late", "29.98 USD"), ("early", "29.98 USD")])
    );
}

#[test]
fn a_claimant_that_is_not_given_is_named() {
    let triggers = three();
    let credits = assign(&triggers, &[order("1", 20, vec![oil("1")])], &Policy::shipped()).credits;
    let error = view(&credits, &triggers[..2], View::EvenSplit).unwrap_err();
    assert_eq!(error.to_string(), "the trigger late claims a line and was not given");
}

#[test]
fn fewer_cents_than_claimants_make_fewer_shares() {
    let triggers = three();
    let mut cheap = oil("1");
    cheap.amount = world::usd(2);
    let credits = assign(&triggers, &[order("1", 20, vec![cheap])], &Policy::shipped()).credits;
    let shares = view(&credits, &triggers, View::EvenSplit).unwrap();
    assert_eq!(shares.len(), 2);
}

proptest! {
    #[test]
    fn every_view_keeps_every_dollar((triggers, orders) in any_world()) {
        let assignment = assign(&triggers, &orders, &Policy::shipped());
        for which in View::ALL {
            let mut sums: BTreeMap<_, Decimal> = BTreeMap::new();
            for share in view(&assignment.credits, &triggers, *which).unwrap() {
                prop_assert!(share.amount.amount() > Decimal::ZERO);
                *sums.entry((share.ro, share.line)).or_default() += share.amount.amount();
            }
            let credited: BTreeMap<_, Decimal> = assignment
                .credits
                .iter()
                .map(|credit| ((credit.ro.clone(), credit.line.clone()), credit.amount.amount()))
                .collect();
            prop_assert_eq!(sums, credited, "{}", which);
        }
    }
}
