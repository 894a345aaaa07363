//! Evidence that proves nothing is named, and what is not known accuses nobody.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

mod form;

use chrono::{DateTime, Utc};
use fixedops_mpi_score::{Doubt, Evidence, EvidencePolicy, ImageHash, KnownPhoto, Medium, Sheet, doubts};
use fixedops_vocab::InspectionCode;
use form::{Form, finding};

const SCENE: u64 = 0x3c7e_1f0f_8f83_e0c1;
const OTHER: u64 = 0xa5c3_5a96_e1b4_2d78;

fn photo(hash: u64) -> Evidence {
    Evidence {
        finding: Some("pads".to_owned()),
        medium: Medium::Photo,
        href: format!("{hash:x}"),
        taken_at: None,
        vin: None,
        hash: Some(ImageHash::new(hash)),
    }
}

fn sheet(evidence: Vec<Evidence>) -> Sheet {
    let inspection = Form::new(vec![finding("pads", "brakes", InspectionCode::Red)]).inspection();
    Sheet {
        vin: Some("1HGCM82633A004352".parse().unwrap()),
        ro_opened_at: Some(at("2026-03-02T14:00:00Z")),
        evidence,
        ..Sheet::of(inspection)
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn earlier(ro: &str, hash: u64) -> KnownPhoto {
    KnownPhoto { ro: ro.parse().unwrap(), href: "x".to_owned(), hash: ImageHash::new(hash) }
}

fn said(sheet: &Sheet, earlier: &[KnownPhoto]) -> Vec<String> {
    doubts(sheet, earlier, &EvidencePolicy::shipped()).iter().map(ToString::to_string).collect()
}

#[test]
fn one_picture_for_two_findings_is_named() {
    // Eight bits off are near, nine are not.
    assert_eq!(
        said(&sheet(vec![photo(SCENE), photo(SCENE)]), &[]),
        ["evidence[1]: the same picture as evidence[0]"]
    );
    let near = sheet(vec![photo(SCENE), photo(SCENE ^ 0xff)]);
    assert_eq!(said(&near, &[]), ["evidence[1]: looks like evidence[0] (8 of 64 bits differ)"]);
    assert!(said(&sheet(vec![photo(SCENE), photo(SCENE ^ 0x1ff)]), &[]).is_empty());
}

#[test]
fn a_picture_of_another_order_is_named_with_the_nearest() {
    let known = [earlier("north/2", SCENE ^ 3), earlier("north/1", SCENE ^ 1), earlier("north/3", OTHER)];
    let flags = doubts(&sheet(vec![photo(SCENE)]), &known, &EvidencePolicy::shipped());
    assert_eq!(flags[0].what, Doubt::UsedBefore { ro: "north/1".parse().unwrap(), bits: 1 });
    // Its own order, taken in again, accuses nobody.
    assert!(said(&sheet(vec![photo(SCENE)]), &[earlier("north/6044", SCENE)]).is_empty());
}

#[test]
fn a_picture_from_before_the_order_or_after_the_inspection_is_named() {
    for (taken, named) in [
        ("2026-03-02T13:40:00Z", Some("before the order was opened")),
        ("2026-03-02T13:50:00Z", None),
        ("2026-03-02T15:00:00Z", None),
        ("2026-03-02T16:40:00Z", None),
        ("2026-03-02T16:41:00Z", Some("after the inspection was completed")),
    ] {
        let said = said(&sheet(vec![Evidence { taken_at: Some(at(taken)), ..photo(SCENE) }]), &[]);
        match named {
            Some(named) => assert!(said.len() == 1 && said[0].contains(named), "{taken}: {said:?}"),
            None => assert!(said.is_empty(), "{taken}: {said:?}"),
        }
    }
}

#[test]
fn another_car_a_stray_photo_and_a_dark_lens_are_named() {
    let other = Evidence { vin: Some("1M8GDM9AXKP042788".parse().unwrap()), ..photo(SCENE) };
    assert_eq!(said(&sheet(vec![other]), &[]), ["evidence[0]: taken of another vehicle"]);
    let stray = Evidence { finding: Some("nothing".to_owned()), ..photo(SCENE) };
    assert_eq!(said(&sheet(vec![stray]), &[]), ["evidence[0]: belongs to a finding that is not there"]);
    let dark = said(&sheet(vec![photo(0), photo(0), photo(u64::MAX)]), &[earlier("north/1", 0)]);
    assert_eq!(dark.len(), 3, "dark photos are compared with none: {dark:?}");
    assert!(dark.iter().all(|said| said.ends_with("shows next to nothing")));
}

#[test]
fn what_is_not_known_accuses_nobody() {
    let unknown = Evidence { hash: None, ..photo(SCENE) };
    let mut sheet = sheet(vec![unknown.clone(), unknown]);
    (sheet.vin, sheet.ro_opened_at) = (None, None);
    assert!(said(&sheet, &[earlier("north/1", SCENE)]).is_empty());
}

#[test]
fn a_policy_with_a_fault_names_its_field() {
    let shipped = include_str!("../policies/evidence.toml");
    let text = shipped.replace("near_bits = 8", "near_bits = 32");
    assert_eq!(EvidencePolicy::from_toml(&text).unwrap_err().field, "near_bits");
    assert!(EvidencePolicy::from_toml(&shipped.replace("near_bits = 8", "near = 8")).is_err());
}
