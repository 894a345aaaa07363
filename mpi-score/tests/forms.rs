//! Forms of other systems: what is read, what is set aside and where it stood, and that no bytes break a reader.
#![cfg(feature = "forms")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use fixedops_mpi_score::forms::{Beside, Form, read_sheet, read_shopware, read_star, read_visit_inspection};
use fixedops_mpi_score::{CustomerFit, Medium, PartNames, Unit, VehicleHistory, Weights, score};
use fixedops_vocab::InspectionCode;
use proptest::prelude::*;

const STAR: &str = r#"{
  "multi_point_inspection_key": "mpi-31", "repair_order_key": "ro-12",
  "multi_point_inspection_status_code": "PENDING_CUSTOMER_ACTION",
  "vehicle_identifier": {"vin": "1HGCM82633A004352", "odometer": {"value": "100000", "uom": "KILOMETERS"}},
  "labor_operations": [
    {"labor_operation_key": "op-1", "labor_operation_id": "brk-f", "name": "Front pads",
     "labor_operation_status": "PENDING_APPROVAL", "labor_operation_description": "Squeals when cold.",
     "staff_assignments": [{"staff_key": "t-4", "role_types": ["PRIMARY_TECHNICIAN"]},
                           {"staff_key": "a-2", "role_types": ["SERVICE_ADVISOR"]}],
     "amount": {"value": "310.50", "currency_code": "USD"},
     "inspections": [
       {"inspection_key": "pads", "part_inspected": "Front Brake Pads", "inspection_code": "RED_IMMEDIATE_ATTENTION",
        "value": "1.5", "narrative_uom_type": "MILLIMETER", "inspection_recommendation": "Replace now.",
        "medias": [{"media_href": "https://cdn.example/p.jpg", "media_type": "IMAGE"},
                   {"media_href": "https://cdn.example/v.mov?x=1"}]}]},
    {"labor_operation_key": "op-2", "labor_operation_status_type": "COMPLETED",
     "amount": {"value": "99.00", "currency_code": "USD"},
     "labor_operation_events": [
       {"new_status_type": "IN_PROGRESS", "occurrence_timestamp": "2026-03-02T15:00:00Z"},
       {"new_status_type": "COMPLETED", "occurrence_timestamp": "2026-03-02T11:30:00-05:00"}],
     "inspections": [
       {"part_inspected": "LF_TIRE", "inspection_code": "YELLOW", "value": "4", "narrative_uom_type": "POINTS"},
       {"part_inspected": "SUSP_SHOCK", "inspection_code": "RED", "value": "LEAKING_FL"},
       {"part_inspected": "ENG_OIL", "inspection_code": "YELLOW", "value": "15", "narrative_uom_type": "PERCENT"}]},
    {"labor_operation_key": "op-3", "labor_operation_type": "RECALL",
     "inspections": [{"part_inspected": "Headlights", "inspection_code": "YELLOW_MAY_REQUIRE_ATTENTION"}]}]}"#;

fn star(text: &str) -> Form {
    read_star(text, &PartNames::shipped(), &Beside::default()).unwrap()
}

fn aside(form: &Form) -> Vec<String> {
    form.set_aside.iter().map(ToString::to_string).collect()
}

#[test]
fn star_is_read_in_both_vocabularies() {
    let Form { sheet, set_aside } = star(STAR);
    assert!(set_aside.is_empty(), "{set_aside:?}");
    let inspection = &sheet.inspection;
    assert_eq!((inspection.inspection.as_str(), inspection.ro.as_str()), ("mpi-31", "ro-12"));
    assert_eq!(inspection.completed_at.unwrap().to_rfc3339(), "2026-03-02T16:30:00+00:00");
    assert_eq!((sheet.technician.as_deref(), sheet.advisor.as_deref()), (Some("t-4"), Some("a-2")));
    assert_eq!(sheet.odometer.unwrap().to_string(), "62137.1");

    let [pads, tire, shock, oil, lights] = &inspection.findings[..] else { panic!("{inspection:?}") };
    assert_eq!((pads.id.as_str(), pads.section.as_str(), pads.code), ("pads", "brakes", InspectionCode::Red));
    assert_eq!(pads.price.unwrap().to_string(), "310.50 USD");
    assert_eq!(pads.op_code.as_ref().unwrap().as_str(), "BRK-F");
    assert_eq!(pads.photos, ["https://cdn.example/p.jpg"]);
    assert_eq!(pads.note.as_deref(), Some("Squeals when cold."));
    let media: Vec<_> = sheet.evidence.iter().map(|evidence| evidence.medium).collect();
    assert_eq!(media, [Medium::Photo, Medium::Video]);
    let tread = &tire.measurements[0];
    assert_eq!((tread.name.as_str(), tread.unit), ("tread", Unit::ThirtySeconds));
    assert_eq!((tire.id.as_str(), tread.place.as_deref()), ("op-2/1", Some("front_left")));
    assert_eq!(tire.price, None, "one amount for three findings is nobody's price");
    assert_eq!(sheet.detail(&shock.id).unwrap().condition.as_deref(), Some("LEAKING_FL"));
    // Oil life is no fluid level.
    assert!(oil.measurements.is_empty() && sheet.detail(&oil.id).unwrap().condition.as_deref() == Some("15"));
    assert!(lights.recall && lights.code == InspectionCode::Yellow);

    let ranking = score(inspection, &VehicleHistory::default(), &CustomerFit::default(), &Weights::shipped());
    assert_eq!(ranking.findings[0].finding, "pads");
    assert_eq!(ranking.recalls[0].finding, lights.id);
}

#[test]
fn what_does_not_read_is_named_by_its_path_and_the_rest_goes_on() {
    for (from, to, said) in [
        (
            r#""inspection_code": "RED_IMMEDIATE_ATTENTION""#,
            r#""inspection_code": "PURPLE""#,
            r#"labor_operations[0].inspections[0].inspection_code: "PURPLE" is no colour"#,
        ),
        (
            r#""part_inspected": "LF_TIRE""#,
            r#""part_inspected": "FLUX_CAPACITOR""#,
            r#"labor_operations[1].inspections[0].part_inspected: "FLUX_CAPACITOR" is no part known here: section other"#,
        ),
        (
            r#""narrative_uom_type": "MILLIMETER""#,
            r#""narrative_uom_type": "GALLON""#,
            r#"labor_operations[0].inspections[0].narrative_uom_type: GALLON does not measure "Front Brake Pads""#,
        ),
        (r#""value": "310.50""#, r#""value": "310.505""#, "labor_operations[0].amount.value: "),
        (r#""value": "100000""#, r#""value": "-5""#, "vehicle_identifier.odometer.value: "),
        (
            r#""uom": "KILOMETERS""#,
            r#""uom": "LEAGUES""#,
            "vehicle_identifier.odometer.uom: LEAGUES is no distance",
        ),
        (
            r#""occurrence_timestamp": "2026-03-02T11:30:00-05:00""#,
            r#""occurrence_timestamp": "yesterday""#,
            "labor_operations[1].labor_operation_events[1].occurrence_timestamp: ",
        ),
        (
            r#""media_type": "IMAGE""#,
            r#""media_type": "SMELL""#,
            "labor_operations[0].inspections[0].medias[0].media_type: SMELL is no photo, video or voice note",
        ),
        (r#""vin": "1HGCM82633A004352""#, r#""vin": "1HG""#, "vehicle_identifier.vin: "),
    ] {
        let text = STAR.replacen(from, to, 1);
        assert_ne!(text, STAR, "{from} is not there");
        let form = star(&text);
        let named = aside(&form);
        assert!(named.len() == 1 && named[0].starts_with(said), "{to}: {named:?}");
        assert!(form.sheet.inspection.findings.len() >= 4, "{to}");
    }
}

#[test]
fn a_document_that_is_none_is_refused() {
    let read =
        |text: &str| read_star(text, &PartNames::shipped(), &Beside::default()).unwrap_err().to_string();
    assert!(read("{").starts_with("document: "));
    assert_eq!(read("[]"), "document: is no object");
    assert_eq!(read("{}"), "document: says no multi_point_inspection_key");
    assert!(read(r#"{"multi_point_inspection_key": "i"}"#).starts_with("repair_order_key: is missing"));
    let beside = Beside {
        ro: Some("ro-1".parse().unwrap()),
        vehicle: Some("v-1".parse().unwrap()),
        ..Beside::default()
    };
    let form = read_star(r#"{"multi_point_inspection_key": "i"}"#, &PartNames::shipped(), &beside).unwrap();
    assert_eq!(form.sheet.inspection.vehicle.as_str(), "v-1");
}

#[test]
fn shopware_gives_a_form_for_every_order() {
    let text = r#"{"results": [
      {"id": 2, "repair_order_id": 3, "approved": "false", "description": "Pads are thin", "quick_price_cents": 35500.0,
       "service": {"inspections": [{"id": 9, "name": "Front Brake Pads", "state": "red"}]}},
      {"id": 4, "repair_order_id": 5, "approved": null, "quick_price_cents": 100.5,
       "service": {"inspections": [{"id": 1, "name": "Wiper Blades", "state": "yellow"}]}},
      {"id": 6, "repair_order_id": 3, "service": {"inspections": [
         {"id": 1, "name": "Battery", "state": "unchecked"}, {"id": 2, "name": "Headlights", "state": "mauve"}]}},
      {"id": 7, "repair_order_id": 3, "service": {}}]}"#;
    let beside = Beside { vehicle: Some("v-1".parse().unwrap()), ..Beside::default() };
    let forms = read_shopware(text, &PartNames::shipped(), &beside).unwrap();
    assert_eq!(forms.len(), 2);
    let pads = &forms[0].sheet.inspection.findings;
    assert_eq!((pads.len(), pads[0].id.as_str(), pads[0].section.as_str()), (1, "2-9", "brakes"));
    assert_eq!(pads[0].price.unwrap().to_string(), "355.00 USD");
    assert_eq!(forms[0].sheet.details[0].status.as_deref(), Some("DECLINED"));
    assert_eq!(aside(&forms[0]), [r#"results[2].service.inspections[1].state: "mauve" is no colour"#]);
    assert_eq!(aside(&forms[1]), [r#"results[1].quick_price_cents: "100.5" is no number of cents"#]);
    assert!(read_shopware(text, &PartNames::shipped(), &Beside::default()).is_err(), "whose car?");
}

#[test]
fn rows_of_a_dealer_system_are_read() {
    let text = r#"{"roNumber": "6044", "vehicle": {"vehId": 77, "vin": "1HGCM82633A004352"}, "visitInspection": [
      {"formName": "Front Pads", "itemNo": "1", "itemOpCode": "brk", "itemStatus": "R", "itemNotes": "thin", "technicianId": "12"},
      {"formName": "Wipers", "itemNo": 2, "itemStatus": "07", "itemStatusDesc": "Yellow - soon"},
      {"formName": "Belts", "itemNo": 3, "itemStatus": "07", "itemStatusDesc": "soon"}]}"#;
    let form = read_visit_inspection(text, &PartNames::shipped(), &Beside::default()).unwrap();
    let found: Vec<_> =
        form.sheet.inspection.findings.iter().map(|f| (f.id.as_str(), f.section.as_str(), f.code)).collect();
    assert_eq!(found, [("1", "brakes", InspectionCode::Red), ("2", "wipers", InspectionCode::Yellow)]);
    assert_eq!(form.sheet.technician.as_deref(), Some("12"));
    assert_eq!(aside(&form), [r#"visitInspection[2].itemStatusDesc: "soon" is no colour"#]);
}

#[test]
fn one_bad_finding_of_our_own_form_leaves_the_others() {
    let text = r#"{"inspection": "i-1", "ro": "n/1", "vehicle": "v-1", "completed_at": null, "vin": "1HGCM82633A004352",
      "findings": [
        {"id": "a", "section": "brakes", "item": "Pads", "code": "mauve"},
        {"id": "b", "section": "tires", "item": "Tire", "code": "red", "measurements": [
           {"name": "tread", "place": "front_left", "value": "3", "unit": "furlongs"},
           {"name": "tread", "place": "front_left", "value": "3", "unit": "32nds"}]},
        7],
      "evidence": [{"finding": "b", "medium": "photo", "href": "p"}, {"finding": "z", "medium": "photo", "href": "q"},
                   {"medium": "scent", "href": "r"}]}"#;
    let form = read_sheet(text).unwrap();
    assert_eq!(form.sheet.inspection.findings.len(), 1);
    assert_eq!(form.sheet.inspection.findings[0].measurements.len(), 1);
    let paths: Vec<_> = form.set_aside.iter().map(|unread| unread.path.as_str()).collect();
    assert_eq!(
        paths,
        ["findings[0]", "findings[1].measurements[0]", "findings[2]", "evidence[2]", "evidence[1].finding"]
    );
    assert!(read_sheet(r#"{"findings": 3}"#).is_err());
    assert!(read_sheet(r#"{"findings": []}"#).unwrap_err().to_string().contains("missing field"));
    // What is written reads back.
    let written = serde_json::to_string(&form.sheet).unwrap();
    assert_eq!(read_sheet(&written).unwrap().sheet, form.sheet);
}

proptest! {
    /// A form with anything in any place is read or refused, and never breaks the reader.
    #[test]
    fn nothing_breaks_a_reader(at in 0..STAR.len(), to in "\\PC{0,3}", cut in 0..STAR.len()) {
        let mut text = STAR.to_owned();
        text.replace_range(at..(at + 1).min(STAR.len()), &to);
        let names = PartNames::shipped();
        let _ = read_star(&text, &names, &Beside::default());
        let _ = read_star(STAR.get(..cut).unwrap(), &names, &Beside::default());
        let _ = read_sheet(&text);
        let _ = read_visit_inspection(&text, &names, &Beside::default());
        let _ = read_shopware(&text, &names, &Beside::default());
    }
}
