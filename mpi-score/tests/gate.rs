//! The gate: no repair order goes to ready for pickup on half an inspection.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

mod form;

use fixedops_mpi_score::{Exemption, Finding, Gate, GatePolicy, RoFacts, Unit, gate};
use fixedops_vocab::InspectionCode::*;
use fixedops_vocab::PayType;
use form::{Form, finding, measured};

fn complete() -> Form {
    let mut form = Form::new(
        ["brakes", "tires", "fluids", "battery", "suspension"].map(|s| finding(s, s, Green)).to_vec(),
    );
    form.findings[0].measurements = vec![
        measured("pad", "front_left", "6", Unit::Millimetres),
        measured("pad", "rear", "5", Unit::Millimetres),
    ];
    form.findings[1].measurements = ["front_left", "front_right", "rear_left", "rear_right"]
        .map(|place| measured("tread", place, "7", Unit::ThirtySeconds))
        .to_vec();
    form
}

fn ro(pay_types: &[PayType]) -> RoFacts {
    RoFacts { ro: "north/6044".parse().unwrap(), pay_types: pay_types.to_vec() }
}

fn decide(form: &Form, exemption: Option<&Exemption>) -> Gate {
    gate(&form.inspection(), &ro(&[PayType::CustomerPay]), &GatePolicy::shipped(), exemption)
}

fn blocks(form: &Form) -> Vec<String> {
    match decide(form, None) {
        Gate::Block(missing) => missing.iter().map(ToString::to_string).collect(),
        other => panic!("not blocked: {other:?}"),
    }
}

fn asks(code: &str, by: &str, reason: &str) -> Exemption {
    Exemption { code: code.to_owned(), by: by.to_owned(), reason: reason.to_owned() }
}

#[test]
fn a_complete_inspection_passes_exemption_or_not() {
    assert_eq!(decide(&complete(), None), Gate::Pass);
    let exemption = asks("declined_at_write_up", "e-12", "in a hurry");
    assert_eq!(decide(&complete(), Some(&exemption)), Gate::Pass);
}

#[test]
fn each_thing_that_is_missing_is_named() {
    let without = |change: fn(&mut Vec<Finding>)| {
        let mut form = complete();
        change(&mut form.findings);
        blocks(&form)
    };
    assert_eq!(without(|f| f[4].section = "other".to_owned()), ["section suspension is empty"]);
    assert_eq!(without(|f| f[2].code = Yellow), ["finding fluids has 0 of 1 photos"]);
    assert_eq!(without(|f| f[2].code = Red), ["finding fluids has 0 of 1 photos"]);
    let blank = without(|f| {
        f[2].code = Red;
        f[2].photos = vec![" ".to_owned()];
    });
    assert_eq!(blank, ["finding fluids has 0 of 1 photos"], "a blank address is no photo");
    assert_eq!(without(|f| drop(f[1].measurements.pop())), ["tread rear_right is not measured"]);
    assert_eq!(without(|f| drop(f[0].measurements.remove(0))), ["pad front is not measured"]);
}

#[test]
fn what_nobody_can_have_measured_is_no_measurement() {
    for (value, unit, told) in [
        ("40", Unit::Millimetres, "pad rear cannot measure 40 mm"),
        ("-1", Unit::Millimetres, "pad rear cannot measure -1 mm"),
        ("3", Unit::Volts, "pad rear cannot measure 3 V"),
        (
            "79228162514264337593543950335",
            Unit::Millimetres,
            "pad rear cannot measure 79228162514264337593543950335 mm",
        ),
    ] {
        let mut form = complete();
        form.findings[0].measurements[1] = measured("pad", "rear_left", value, unit);
        assert_eq!(blocks(&form), [told]);
        // Another one of the same place that can be is one.
        form.findings[0].measurements.push(measured("pad", "rear_right", "5", Unit::Millimetres));
        assert_eq!(decide(&form, None), Gate::Pass, "{told}");
    }
    let mut form = complete();
    form.findings[1].measurements[0] = measured("tread", "front_left", "-1", Unit::ThirtySeconds);
    assert_eq!(blocks(&form), ["tread front_left cannot measure -1/32 in"]);
    form.findings[1].measurements[0] = measured("tread", "front_left", "6", Unit::Millimetres);
    assert_eq!(decide(&form, None), Gate::Pass, "another unit of length measures it too");
}

#[test]
fn a_section_is_the_same_however_it_is_written() {
    let mut form = complete();
    form.findings[0].section = " Brakes".to_owned();
    form.findings[1].section = "TIRES ".to_owned();
    assert_eq!(decide(&form, None), Gate::Pass);
}

#[test]
fn a_photo_lets_a_red_finding_through() {
    let mut form = complete();
    form.findings[2].code = Red;
    form.findings[2].photos = vec!["https://photos.example/1".to_owned()];
    assert_eq!(decide(&form, None), Gate::Pass);
}

#[test]
fn an_inspection_of_another_order_or_not_completed_is_none() {
    let mut inspection = complete().inspection();
    inspection.completed_at = None;
    inspection.ro = "north/1".parse().unwrap();
    let Gate::Block(missing) = gate(&inspection, &ro(&[]), &GatePolicy::shipped(), None) else {
        panic!("passed")
    };
    let told: Vec<_> = missing.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["the inspection belongs to repair order north/1", "the inspection is not completed"]);
}

#[test]
fn an_exemption_needs_a_known_code_a_name_a_reason_and_a_fitting_order() {
    let empty = Form::new(Vec::new()).inspection();
    for (case, exemption, pays, refusal) in [
        ("signed", asks("declined_at_write_up", "e-12", "in a hurry"), PayType::CustomerPay, None),
        ("warranty work only", asks("warranty_only", "e-12", "recall"), PayType::Warranty, None),
        (
            "the customer pays",
            asks("warranty_only", "e-12", "recall"),
            PayType::CustomerPay,
            Some("exemption \"warranty_only\" does not fit a repair order with a customer-pay line"),
        ),
        (
            "nobody signed",
            asks("declined_at_write_up", "", "in a hurry"),
            PayType::CustomerPay,
            Some("exemption \"declined_at_write_up\" does not say who and why"),
        ),
        (
            "no reason",
            asks("declined_at_write_up", "e-12", " "),
            PayType::CustomerPay,
            Some("exemption \"declined_at_write_up\" does not say who and why"),
        ),
        (
            "made up",
            asks("busy_day", "e-12", "busy"),
            PayType::CustomerPay,
            Some("there is no exemption \"busy_day\""),
        ),
    ] {
        let decided = gate(&empty, &ro(&[pays]), &GatePolicy::shipped(), Some(&exemption));
        match (decided, refusal) {
            (Gate::Exempt { code, by, reason }, None) => {
                assert_eq!(asks(&code, &by, &reason), exemption, "{case}");
            }
            (Gate::Block(missing), Some(told)) => {
                assert_eq!(missing.last().unwrap().to_string(), told, "{case}");
                assert!(missing.len() > 1, "{case}: what is missing is still named");
            }
            (other, _) => panic!("{case}: {other:?}"),
        }
    }
}
