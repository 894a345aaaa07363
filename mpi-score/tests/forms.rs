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
use fixedops_vocab::{Currency, InspectionCode};
use proptest::prelude::*;
use serde_json::json;

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

/// What is known beside every form here: the car, as the store names it.
fn car() -> Beside {
    Beside { vehicle: Some("v-1".parse().unwrap()), ..Beside::default() }
}

fn star(text: &str) -> Form {
    read_star(text, &PartNames::shipped(), &car()).unwrap()
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
    assert_eq!(inspection.vehicle.as_str(), "v-1", "and not the VIN");
    // Oil life is no fluid level, and the number is kept.
    let life = &oil.measurements[0];
    assert_eq!(
        (life.name.as_str(), life.value.to_string().as_str(), life.unit),
        ("eng_oil", "15", Unit::Percent)
    );
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
        // Nothing is counted in points where the part is not known to be a tire: that is a second thing to say.
        let things = if to.contains("FLUX") { 2 } else { 1 };
        assert!(named.len() == things && named[0].starts_with(said), "{to}: {named:?}");
        assert!(form.sheet.inspection.findings.len() >= 4, "{to}");
    }
}

#[test]
fn a_document_that_is_none_is_refused() {
    let read = |text: &str| read_star(text, &PartNames::shipped(), &car()).unwrap_err().to_string();
    assert!(read("{").starts_with("document: "));
    assert_eq!(read("[]"), "document: is no object");
    assert_eq!(read("{}"), "document: says no multi_point_inspection_key");
    assert!(read(r#"{"multi_point_inspection_key": "i"}"#).starts_with("repair_order_key: is missing"));
    // A VIN is no name of a vehicle in a journal.
    assert_eq!(
        read_star(STAR, &PartNames::shipped(), &Beside::default()).unwrap_err().to_string(),
        "vehicle_identifier: names the vehicle by its VIN at most: say which of the store's vehicles it is"
    );
    let beside = Beside { ro: Some("ro-1".parse().unwrap()), ..car() };
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
    let beside = Beside { currency: Some(Currency::USD), ..car() };
    let forms = read_shopware(text, &PartNames::shipped(), &beside).unwrap();
    assert_eq!(forms.len(), 2);
    let pads = &forms[0].sheet.inspection.findings;
    assert_eq!((pads.len(), pads[0].id.as_str(), pads[0].section.as_str()), (1, "2-9", "brakes"));
    assert_eq!(pads[0].price.unwrap().to_string(), "355.00 USD");
    assert_eq!(forms[0].sheet.details[0].status.as_deref(), Some("DECLINED"));
    assert_eq!(aside(&forms[0]), [r#"results[2].service.inspections[1].state: "mauve" is no colour"#]);
    assert_eq!(aside(&forms[1]), [r#"results[1].quick_price_cents: "100.5" is no number of cents"#]);
    assert!(read_shopware(text, &PartNames::shipped(), &Beside::default()).is_err(), "whose car?");
    let poor = read_shopware(text, &PartNames::shipped(), &car()).unwrap();
    assert_eq!(poor[0].sheet.inspection.findings[0].price, None, "nobody says in which currency");
    assert_eq!(
        aside(&poor[0])[0],
        "results[0].quick_price_cents: names no currency, and the store's is not known"
    );
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
    assert_eq!(
        (form.sheet.technician.as_deref(), form.sheet.inspection.vehicle.as_str()),
        (Some("12"), "77")
    );
    let ours = read_visit_inspection(text, &PartNames::shipped(), &car()).unwrap();
    assert_eq!(ours.sheet.inspection.vehicle.as_str(), "v-1", "what the caller knows of the car comes first");
    for (number, told) in [
        ("\"1HGCM82633A004352\"", "vehicle.vehId: is a VIN"),
        ("null", "vehicle.vehId: is missing, and nothing is known beside the form"),
    ] {
        let text = text.replacen("77", number, 1);
        let error = read_visit_inspection(&text, &PartNames::shipped(), &Beside::default()).unwrap_err();
        assert!(error.to_string().starts_with(told), "{error}");
    }
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
        [
            "findings[0].code",
            "findings[1].measurements[0]",
            "findings[2]",
            "evidence[2]",
            "evidence[1].finding"
        ]
    );
    assert!(read_sheet(r#"{"findings": 3}"#).is_err());
    assert!(read_sheet(r#"{"findings": []}"#).unwrap_err().to_string().contains("missing field"));
    // What is written reads back.
    let written = serde_json::to_string(&form.sheet).unwrap();
    assert_eq!(read_sheet(&written).unwrap().sheet, form.sheet);
}

/// A red brake stays a red brake, whatever else of it does not read.
#[test]
fn a_bad_field_is_set_aside_alone_and_a_red_brake_stays_above_the_fold() {
    let good = json!({"id": "a", "section": "brakes", "item": "Pads", "code": "red", "photos": ["p"], "note": "thin",
        "service": "brake_pads", "op_code": "BRK", "recall": false, "price": {"amount": "10.00", "currency": "USD"},
        "measurements": []});
    for (field, bad, told) in [
        ("price", json!("ten dollars"), "findings[0].price"),
        ("price", json!({"amount": "10.001", "currency": "USD"}), "findings[0].price"),
        ("photos", json!("p"), "findings[0].photos"),
        ("photos", json!([7]), "findings[0].photos[0]"),
        ("measurements", json!({"pad": 2}), "findings[0].measurements"),
        ("note", json!(7), "findings[0].note"),
        ("service", json!(""), "findings[0].service"),
        ("op_code", json!({}), "findings[0].op_code"),
        ("recall", json!("no"), "findings[0].recall"),
        ("section", json!(null), "findings[0].section"),
        ("item", json!(["Pads"]), "findings[0].item"),
    ] {
        let mut finding = good.clone();
        finding[field] = bad.clone();
        let sheet = json!({"inspection": "i-1", "ro": "n/1", "vehicle": "v-1", "completed_at": null, "findings": [
            finding, {"id": "b", "section": "filters", "item": "Filter", "code": "yellow"}]});
        let form = read_sheet(&sheet.to_string()).unwrap();
        let paths: Vec<_> = form.set_aside.iter().map(|unread| unread.path.as_str()).collect();
        assert_eq!(paths, [told], "{bad}");
        let brake = &form.sheet.inspection.findings[0];
        let kept = brake.note.is_some()
            && brake.op_code.is_some()
            && brake.price.is_some()
            && !brake.photos.is_empty();
        assert_eq!(kept, !matches!(field, "note" | "op_code" | "price" | "photos" | "recall"), "{field}");
        let (history, fit) = (VehicleHistory::default(), CustomerFit::default());
        let ranking = score(&form.sheet.inspection, &history, &fit, &Weights::shipped());
        assert!(ranking.findings[0].finding == "a" && ranking.findings[0].floored, "{field} {bad}");
    }
}

#[test]
fn what_stands_beside_the_findings_is_set_aside_alone_too() {
    let text = r#"{"inspection": "i-1", "ro": "n/1", "vehicle": "v-1", "completed_at": "noon", "vin": "1HG", "odometer": "far",
      "technician": 7, "ro_opened_at": 3, "findings": [], "evidence": {"finding": "b"}, "details": "none"}"#;
    let form = read_sheet(text).unwrap();
    let paths: Vec<_> = form.set_aside.iter().map(|unread| unread.path.as_str()).collect();
    assert_eq!(
        paths,
        ["completed_at", "technician", "vin", "odometer", "ro_opened_at", "details", "evidence"]
    );
    assert_eq!(form.set_aside.last().unwrap().to_string(), "evidence: is no list");
    assert!(form.sheet.inspection.completed_at.is_none());
}

#[test]
fn a_number_on_any_part_is_kept_with_its_unit_or_set_aside() {
    let with = |part: &str, value: &str, unit: &str| {
        let text = STAR.replacen("LF_TIRE", part, 1).replacen(
            r#""value": "4", "narrative_uom_type": "POINTS""#,
            &format!(r#""value": "{value}"{unit}"#),
            1,
        );
        let form = star(&text);
        let found = form.sheet.inspection.findings[1].clone();
        let condition = form.sheet.detail(&found.id).unwrap().condition.clone();
        let measured =
            found.measurements.into_iter().next().map(|m| (m.name, m.value.normalize().to_string(), m.unit));
        (measured, condition, aside(&form))
    };
    let inches = r#", "narrative_uom_type": "INCH""#;
    let millimetres = r#", "narrative_uom_type": "MILLIMETER""#;
    let play = |value: &str, unit| Some(("ball_joint_play".to_owned(), value.to_owned(), unit));
    assert_eq!(with("BALL JOINTS", "0.05", inches), (play("50", Unit::ThousandthsInch), None, vec![]));
    assert_eq!(with("BALL_JOINT", "1.2", millimetres), (play("1.2", Unit::Millimetres), None, vec![]));
    let (measured, condition, said) = with("WIPERS", "7", "");
    assert_eq!((measured, condition.as_deref()), (None, Some("7")));
    assert_eq!(
        said,
        [r#"labor_operations[1].inspections[0].narrative_uom_type: no unit does not measure "WIPERS""#]
    );
}

#[test]
fn an_amount_without_a_currency_is_in_the_stores_or_set_aside() {
    let text = STAR.replacen(r#""310.50", "currency_code": "USD""#, r#""310.50""#, 1);
    let form = star(&text);
    assert_eq!(form.sheet.inspection.findings[0].price, None);
    assert_eq!(
        aside(&form),
        ["labor_operations[0].amount.value: names no currency, and the store's is not known"]
    );
    let canadian = Beside { currency: Some("CAD".parse().unwrap()), ..car() };
    let form = read_star(&text, &PartNames::shipped(), &canadian).unwrap();
    assert_eq!(form.sheet.inspection.findings[0].price.unwrap().to_string(), "310.50 CAD");
}

proptest! {
    /// A form with anything in any place is read or refused, and never breaks the reader.
    #[test]
    fn nothing_breaks_a_reader(at in 0..STAR.len(), to in "\\PC{0,3}", cut in 0..STAR.len()) {
        let mut text = STAR.to_owned();
        text.replace_range(at..(at + 1).min(STAR.len()), &to);
        let names = PartNames::shipped();
        let _ = read_star(&text, &names, &car());
        let _ = read_star(STAR.get(..cut).unwrap(), &names, &car());
        let _ = read_sheet(&text);
        let _ = read_visit_inspection(&text, &names, &car());
        let _ = read_shopware(&text, &names, &car());
    }
}
