//! Inspections and the gate: complete, incomplete, and let go without.

use chrono::TimeDelta;
use fixedops_closed_loop::{Ingested, Translated, translate_inspection};
use fixedops_connectors_traits::{ExemptionRecord, FindingRecord, InspectionRecord, MeasurementRecord};
use fixedops_vocab::{Currency, InspectionCode, Money, PayType};
use serde_json::Value;

use crate::judge::holds_and_replays;
use crate::story::{ANNA, OIL, Story, id};

pub(crate) fn finding(name: &str, section: &str, code: InspectionCode, photos: usize) -> FindingRecord {
    FindingRecord {
        id: name.to_owned(),
        section: section.to_owned(),
        item: format!("{section} looked at"),
        code,
        measurements: Vec::new(),
        photos: (0..photos).map(|n| format!("https://photos.example/{name}/{n}")).collect(),
        note: Some("told Mr Carter".to_owned()),
        op_code: None,
        price: None,
        recall: false,
    }
}

pub(crate) fn measured(name: &str, place: &str, value: &str, unit: &str) -> MeasurementRecord {
    MeasurementRecord {
        name: name.to_owned(),
        place: Some(place.to_owned()),
        value: value.to_owned(),
        unit: unit.to_owned(),
    }
}

/// A complete inspection: every section, every measurement, a photo of the red finding.
pub(crate) fn complete(story: &Story) -> InspectionRecord {
    let mut brakes = finding("f-1", "brakes", InspectionCode::Red, 1);
    brakes.measurements = vec![measured("pad", "front", "2.5", "mm"), measured("pad", "rear", "6", "MM")];
    brakes.op_code = Some(id("BRKF"));
    brakes.price = Some(Money::cents(38_900, Currency::USD));
    let mut tires = finding("f-2", "tires", InspectionCode::Green, 0);
    for place in ["front_left", "front_right", "rear_left", "rear_right"] {
        tires.measurements.push(measured("tread", place, "7", "32nds"));
    }
    let others = ["fluids", "battery", "suspension"];
    let others = others.map(|section| finding(section, section, InspectionCode::Green, 0));
    InspectionRecord {
        inspection: id("I-1"),
        ro: id("R-1"),
        vehicle: id("v1"),
        completed_at: Some(story.now),
        technician: Some("t-7".to_owned()),
        advisor: Some("a-2".to_owned()),
        exemption: None,
        findings: [brakes, tires].into_iter().chain(others).collect(),
        vin: None,
        evidence: Vec::new(),
        changed_at: story.now,
    }
}

fn in_the_shop() -> Story {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.opens_order("v1", "R-1");
    story
}

pub(crate) fn tell(story: &mut Story, record: &InspectionRecord) -> Translated {
    let translated = translate_inspection(record).unwrap();
    for inbound in &translated.inbounds {
        assert_eq!(story.offer(inbound.clone()).unwrap(), Ingested::Recorded);
        assert_eq!(story.offer(inbound.clone()).unwrap(), Ingested::Duplicate);
    }
    story.now += TimeDelta::minutes(10);
    translated
}

/// The gate's answers, oldest first.
fn gate(story: &Story) -> Vec<String> {
    let events = story.events();
    let types = events.iter().map(|event| event.event_type.as_str());
    types.filter(|kind| kind.starts_with("gate_")).map(str::to_owned).collect()
}

#[test]
fn a_complete_inspection_passes_the_gate_in_the_same_batch() {
    let mut story = in_the_shop();
    let record = complete(&story);
    tell(&mut story, &record);
    let events = story.events();
    let place = events.iter().position(|e| e.event_type.as_str() == "inspection_completed").unwrap();
    let (completed, passed) = (&events[place], &events[place + 1]);
    assert_eq!(passed.event_type.as_str(), "gate_passed");
    assert_eq!((&passed.stream, passed.at), (&completed.stream, completed.at));
    assert_eq!(passed.data["policy"], "mpi_gate/2");
    let brakes = &completed.data["findings"][0];
    assert_eq!((&brakes["photos"], &brakes["price"]["amount"]), (&1.into(), &"389.00".into()));
    assert_eq!((&brakes["code"], &completed.data["technician"]), (&"red".into(), &"t-7".into()));
    assert!(!completed.data.to_string().contains("Carter"), "the technician's words stay with the record");
    holds_and_replays(&story.world);
}

#[test]
fn an_incomplete_inspection_is_blocked_with_everything_that_is_missing_until_it_is_there() {
    let mut story = in_the_shop();
    let whole = complete(&story);
    let mut partial = whole.clone();
    partial.findings[0].photos.clear();
    partial.findings.retain(|finding| finding.section != "battery");
    tell(&mut story, &partial);
    let blocked = &story.of("gate_blocked")[0].data["missing"];
    let words: Vec<_> = blocked.as_array().unwrap().iter().map(|missing| &missing["words"]).collect();
    assert_eq!(words, ["section battery is empty", "finding f-1 has 0 of 1 photos"]);
    assert_eq!((&blocked[1]["missing"], &blocked[1]["needed"]), (&Value::from("photo"), &1.into()));

    let again = InspectionRecord { changed_at: story.now, ..partial };
    tell(&mut story, &again);
    assert_eq!(gate(&story), ["gate_blocked"], "the same answer is not journalled again");
    let whole = InspectionRecord { changed_at: story.now, ..whole };
    tell(&mut story, &whole);
    assert_eq!(gate(&story), ["gate_blocked", "gate_passed"]);
    holds_and_replays(&story.world);
}

#[test]
fn an_older_version_that_comes_in_late_does_not_take_the_newer_one_back() {
    let mut story = in_the_shop();
    let mut partial = complete(&story);
    partial.findings[0].photos.clear();
    story.now += TimeDelta::minutes(30);
    let whole = complete(&story);
    tell(&mut story, &whole);
    tell(&mut story, &partial);
    assert_eq!(story.count("inspection_completed"), 2, "both are kept");
    assert_eq!(gate(&story), ["gate_passed"]);
    story.order("v1", "R-1", "2026-12-01", None, &[OIL]);
    story.turn();
    assert_eq!(gate(&story), ["gate_passed"]);
    holds_and_replays(&story.world);
}

#[test]
fn an_exemption_lets_an_order_go_and_is_no_completion() {
    let mut story = in_the_shop();
    let exemption = |code: &str, by: &str| {
        Some(ExemptionRecord {
            code: code.to_owned(),
            by: by.to_owned(),
            reason: "asked at write-up".to_owned(),
        })
    };
    let begun = InspectionRecord { completed_at: None, findings: Vec::new(), ..complete(&story) };
    assert!(
        translate_inspection(&begun).unwrap().inbounds.is_empty(),
        "one that is not complete says nothing"
    );
    for (code, by, expected) in [
        ("because", "a-2", "gate_blocked"),
        ("declined_at_write_up", " ", "gate_blocked"),
        ("declined_at_write_up", "a-2", "gate_exempted"),
    ] {
        let changed_at = story.now;
        tell(&mut story, &InspectionRecord { exemption: exemption(code, by), changed_at, ..begun.clone() });
        assert_eq!(gate(&story).last().map(String::as_str), Some(expected), "{code:?} by {by:?}");
    }
    let exempted = &story.of("gate_exempted")[0].data;
    assert_eq!((&exempted["code"], &exempted["by"]), (&"declined_at_write_up".into(), &"a-2".into()));
    assert_eq!(story.count("inspection_completed") + story.count("gate_passed"), 0);
    holds_and_replays(&story.world);
}

#[test]
fn an_exemption_for_orders_nobody_pays_falls_when_the_order_closes_with_a_customer_pay_line() {
    for (pay_type, expected) in [(PayType::Warranty, "gate_exempted"), (PayType::CustomerPay, "gate_blocked")]
    {
        let mut story = in_the_shop();
        let exemption = ExemptionRecord {
            code: "warranty_only".to_owned(),
            by: "a-2".to_owned(),
            reason: "recall only".to_owned(),
        };
        let begun = InspectionRecord { completed_at: None, exemption: Some(exemption), ..complete(&story) };
        tell(&mut story, &begun);
        assert_eq!(gate(&story), ["gate_exempted"]);
        story.order("v1", "R-1", "2026-12-01", None, &[(OIL.0, OIL.1, OIL.2, pay_type)]);
        story.turn();
        assert_eq!(gate(&story).last().map(String::as_str), Some(expected), "{pay_type}");
        holds_and_replays(&story.world);
    }
}

#[test]
fn a_measurement_that_does_not_read_is_set_aside_and_a_recall_has_no_price() {
    let mut story = in_the_shop();
    let mut record = complete(&story);
    record.findings[0].measurements.push(measured("rotor", "front", "about 20", "mm"));
    record.findings[0].measurements.push(measured("rotor", "rear", "20", "furlongs"));
    record.findings[0].recall = true;
    let translated = tell(&mut story, &record);
    let aside: Vec<_> =
        translated.set_aside.iter().map(|aside| (aside.field, aside.reason.as_str())).collect();
    assert_eq!(
        aside,
        [
            ("measurement", "rotor of finding f-1: is not a number"),
            ("measurement", "rotor of finding f-1: has no unit known here"),
            ("price", "finding f-1 is a recall, which is free"),
        ]
    );
    let finding = &story.of("inspection_completed")[0].data["findings"][0];
    assert!(finding["price"].is_null());
    assert_eq!(finding["measurements"].as_array().unwrap().len(), 2);
    holds_and_replays(&story.world);
}

#[test]
fn an_inspection_of_a_vehicle_nobody_told_of_is_refused_so_that_it_is_told_first() {
    let story = Story::new();
    let translated = translate_inspection(&complete(&story)).unwrap();
    assert!(story.offer(translated.inbounds[0].clone()).is_err());
}
