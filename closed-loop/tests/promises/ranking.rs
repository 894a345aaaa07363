//! What an inspection found, in the order in which a customer should see it; the pickup that waits for it; its review.

use chrono::TimeDelta;
use fixedops_closed_loop::review::{InspectionReview, ReviewBuilder, ReviewPolicies};
use fixedops_closed_loop::{Alarm, Doors, Happened, Ingested, Pickup, Policies, VehicleRecorded};
use fixedops_connectors_traits::{
    AuthorizationStatus, EvidenceMedium, EvidenceRecord, ExemptionRecord, FindingRecord, InspectionRecord,
    MemoryJournal, WriteBackKind,
};
use fixedops_mpi_score::{SpiffPolicy, Weights, score};
use fixedops_vocab::{Currency, InspectionCode, Money, OwnershipSpan, PayType};
use futures_lite::future::block_on;
use std::sync::Arc;

use crate::inspections::{complete, finding, measured, tell};
use crate::judge::holds_and_replays;
use crate::outside::held;
use crate::story::{ANNA, BEN, Driver, OIL, Said, Story, World, id};

/// A car that was here a year ago for oil and half a year ago for a declined brake fluid, in the shop again.
fn known_car(world: World) -> Story {
    let mut story = Story::driven(world, Driver::BlockOn);
    story.store();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-1", "2025-10-20", Some("30000"), &[OIL]);
    story.order("v1", "H-2", "2026-06-05", Some("39000"), &[("1", "ROT", 3_995, PayType::CustomerPay)]);
    story.declined_days_ago("v1", "H-2", "7", 179);
    for (day, miles) in [("2026-09-02", "42000"), ("2026-11-30", "46000")] {
        story.reading("v1", day, miles);
    }
    story.opens_order("v1", "R-1");
    story
}

fn shop() -> Story {
    known_car(World::over(MemoryJournal::new()))
}

/// A complete inspection: pads at the limit, brake fluid and oil yellow, a red wiper, a dear filter, and a recall.
fn findings(story: &Story) -> InspectionRecord {
    let mut record = complete(story);
    record.findings[0].measurements =
        vec![measured("pad", "front", "2", "mm"), measured("pad", "rear", "6", "mm")];
    record.findings[0].op_code = Some(id("PADF"));
    let tires = finding("f-2", "tires", InspectionCode::Yellow, 1);
    let measurements = core::mem::take(&mut record.findings[1].measurements);
    record.findings[1] = FindingRecord { measurements, op_code: Some(id("TIRES")), ..tires };
    let work = |name: &str, section: &str, code, op_code: &str, cents| FindingRecord {
        op_code: Some(id(op_code)),
        price: Some(Money::cents(cents, Currency::USD)),
        ..finding(name, section, code, 1)
    };
    record.findings.push(work("f-3", "wipers", InspectionCode::Red, "WIPER", 3_900));
    record.findings.push(work("f-4", "fluids", InspectionCode::Yellow, "BRKF", 14_900));
    record.findings.push(work("f-5", "fluids", InspectionCode::Yellow, "COOL", 18_900));
    record.findings.push(work("f-6", "filters", InspectionCode::Yellow, "CAF", 8_900));
    record
        .findings
        .push(FindingRecord { recall: true, ..work("f-7", "other", InspectionCode::Red, "RCL", 0) });
    record
}

#[test]
fn an_inspection_is_ranked_in_its_batch_from_what_the_loop_knows() {
    let mut story = shop();
    let record = findings(&story);
    tell(&mut story, &record);
    let ranked = &story.of("inspection_ranked")[0].data;
    assert_eq!(ranked["weights"], Weights::shipped().version().to_string());
    let names: Vec<_> = ranked["findings"].as_array().unwrap().iter().map(|f| f["finding"].clone()).collect();
    assert_eq!(names[0], "f-1", "at the limit, it stands first: {names:?}");
    assert_eq!(ranked["findings"][0]["floored"], true);
    assert_eq!(ranked["recalls"], serde_json::json!(["f-7"]));
    assert!(!names.contains(&"f-7".into()));
    // Brake fluid was declined 179 days ago and coolant never: with one section, colour and interval between them that alone
    // orders the two.
    let place = |name: &str| names.iter().position(|known| known == name).unwrap();
    assert!(place("f-4") < place("f-5"), "{names:?}");
    let of = |service: &str| {
        let all = ranked["history"]["services"].as_array().unwrap();
        all.iter()
            .find(|known| known["service"] == service)
            .unwrap_or_else(|| panic!("{service}: {all:?}"))
            .clone()
    };
    assert_eq!(of("brake_fluid")["declined"]["days_ago"], 179);
    assert_eq!(
        (&of("coolant")["declined"], &of("op_code_wiper")["declined"]),
        (&"never".into(), &"never".into())
    );
    // 39.95 for the rotation in June; the oil of October of last year is more than a year ago.
    assert_eq!(
        (&ranked["fit"]["annual_spend"]["amount"], &ranked["fit"]["visits"]),
        (&"39.95".into(), &1.into())
    );
    let why = &ranked["findings"][place("f-4")];
    let (reasons, advisor) = (why["reasons"].to_string(), why["for_advisor"].to_string());
    assert!(
        reasons.contains("declined 179 days ago and still open") && !reasons.contains("not known"),
        "{reasons}"
    );
    assert!(advisor.contains("not known: "), "nobody tells of warranties: {advisor}");

    // Anyone can make it again from what stands beside it.
    let sheet = ReviewBuilder::scored(&reviewed(&story, None).0).remove(0);
    let again = score(&sheet.sheet.inspection, &sheet.history, &sheet.fit, &Weights::shipped());
    let again: Vec<_> = again.findings.iter().map(|ranked| ranked.finding.as_str()).collect();
    assert_eq!(names, again);
    holds_and_replays(&story.world);
}

#[test]
fn miles_since_a_service_are_those_of_the_odometer_and_whole_intervals_are_missed() {
    let mut story = shop();
    let mut record = findings(&story);
    record.findings.push(FindingRecord {
        op_code: Some(id("LOF")),
        ..finding("f-8", "fluids", InspectionCode::Yellow, 1)
    });
    tell(&mut story, &record);
    let ranked = &story.of("inspection_ranked")[0].data;
    let services = ranked["history"]["services"].as_array().unwrap();
    let oil = services.iter().find(|known| known["service"] == "oil_service").unwrap();
    let miles =
        oil["miles_since"].as_f64().or_else(|| oil["miles_since"].as_str().unwrap().parse().ok()).unwrap();
    assert!((15_900.0..16_200.0).contains(&miles), "30,000 then, 46,000 yesterday: {oil}");
    let interval = Policies::shipped().schedule.rule(&id("oil_service")).unwrap().distance.unwrap().as_f64();
    assert!(oil["missed"].as_u64().unwrap() >= (miles / interval) as u64, "{oil}");
    holds_and_replays(&story.world);
}

#[test]
fn a_version_completed_before_the_one_known_is_not_ranked() {
    let mut story = shop();
    let early = findings(&story);
    story.now += TimeDelta::minutes(30);
    let late = InspectionRecord { completed_at: Some(story.now), changed_at: story.now, ..early.clone() };
    tell(&mut story, &late);
    tell(&mut story, &early);
    assert_eq!((story.count("inspection_completed"), story.count("inspection_ranked")), (2, 1));
    holds_and_replays(&story.world);
}

#[test]
fn the_page_has_what_matters_above_the_fold_and_recalls_apart_without_a_price() {
    let mut story = shop();
    let record = findings(&story);
    tell(&mut story, &record);
    story.answers(
        "v1",
        "R-1",
        AuthorizationStatus::Declined,
        Said { reason: Some("price"), ..Said::default() },
    );
    let engine = story.world.engine();
    let shown = block_on(engine.presentation(&id("R-1"), story.now)).unwrap().unwrap();
    assert_eq!(shown.pickup, Pickup::Ready);
    assert_eq!(shown.above_fold.len(), 3);
    assert_eq!((shown.above_fold[0].found.id.as_str(), shown.above_fold[0].floored), ("f-1", true));
    let places: Vec<_> = shown.above_fold.iter().chain(&shown.additional).map(|one| one.rank).collect();
    assert_eq!(places, [1, 2, 3, 4, 5, 6]);
    let json = serde_json::to_value(&shown.recalls).unwrap();
    assert_eq!(json, serde_json::json!([{"finding": "f-7", "item": "other looked at"}]));
    assert_eq!(shown.in_order.len(), 3);
    let pads = &shown.above_fold[0];
    let at_minimum: Vec<_> =
        pads.wear.iter().map(|wear| (wear.place.as_deref(), wear.at_minimum_now)).collect();
    assert_eq!(at_minimum, [(Some("front"), true), (Some("rear"), false)]);
    assert!(pads.wear[1].early < pads.wear[1].late && pads.wear[1].miles_left.p50().tenths() > 0);
    let all = || shown.above_fold.iter().chain(&shown.additional);
    let wiper = all().find(|one| one.found.id == "f-3").unwrap();
    assert_eq!(wiper.answer, Some("declined"));
    assert!(all().all(|one| !one.reasons.is_empty()));
    let lifted: Vec<_> = all().filter_map(|one| Some((one.rank, one.would_be.clone()?))).collect();
    assert!(
        lifted.iter().any(|(rank, would)| *rank > 3 && would.starts_with("would be third if ")),
        "{lifted:?}"
    );
    assert!(block_on(engine.presentation(&id("H-1"), story.now)).unwrap().is_none(), "never inspected");
}

#[test]
fn an_inspection_looked_at_later_tells_of_the_part_it_saw() {
    let mut story = shop();
    let record = findings(&story);
    tell(&mut story, &record);
    story.now += TimeDelta::days(90);
    story.opens_order("v1", "R-2");
    let mut later = InspectionRecord { inspection: id("I-2"), ro: id("R-2"), ..findings(&story) };
    later.findings[0].measurements = vec![measured("pad", "front", "11.5", "mm")];
    tell(&mut story, &later);
    let of = |ro: &str| block_on(story.world.engine().presentation(&id(ro), story.now)).unwrap().unwrap();
    let front = |shown: fixedops_closed_loop::Presentation| {
        let all = shown.above_fold.into_iter().chain(shown.additional);
        let pads = all.into_iter().find(|one| one.found.id == "f-1").unwrap();
        pads.wear.into_iter().find(|wear| wear.place.as_deref() == Some("front")).unwrap()
    };
    let (then, now) = (front(of("R-1")), front(of("R-2")));
    assert!(then.at_minimum_now && !now.at_minimum_now, "{then:?} {now:?}");
}

#[test]
fn messages_name_declined_work_as_the_inspection_ranked_it() {
    let mut story = shop();
    let record = findings(&story);
    tell(&mut story, &record);
    let cheap = story.of("inspection_ranked")[0].data["findings"][0]["finding"].clone();
    assert_eq!(cheap, "f-1");
    // The wiper is dearer here than the pads, and yet named behind them.
    story.says("v1", "R-1", ("8", "f-1", "PADF", "front pads", 9_900), AuthorizationStatus::Declined);
    story.says("v1", "R-1", ("9", "f-3", "WIPER", "wiper blades", 14_900), AuthorizationStatus::Declined);
    story.now += TimeDelta::hours(2);
    story.order("v1", "R-1", "2026-12-01", None, &[OIL]);
    story.days(45);
    let sent = story.world.carrier.out();
    let about =
        sent.iter().find(|out| out.body.contains("wiper blades")).unwrap_or_else(|| panic!("{sent:?}"));
    let (pads, wiper) = (about.body.find("front pads").unwrap(), about.body.find("wiper blades").unwrap());
    assert!(pads < wiper, "{}", about.body);
    holds_and_replays(&story.world);
}

/// What the DMS was told of pickups, in order.
fn told(story: &Story) -> Vec<String> {
    let written = held(&story.world.dms.written);
    let of_pickup = written.iter().filter_map(|write_back| match &write_back.kind {
        WriteBackKind::PickupHeld { reason, .. } => Some(format!("held: {reason}")),
        WriteBackKind::PickupReleased { reason, by } => {
            Some(format!("released: {reason} {}", by.as_deref().unwrap_or_default()))
        }
        _ => None,
    });
    of_pickup.map(|told| told.trim().to_owned()).collect()
}

fn pickup(story: &Story, ro: &str) -> Option<Pickup> {
    block_on(story.world.engine().pickup(&id(ro))).unwrap()
}

#[test]
fn an_order_cannot_go_to_pickup_while_its_inspection_is_blocked_and_the_dms_is_told() {
    let mut story = shop();
    assert!(matches!(pickup(&story, "R-1"), Some(Pickup::Held(_))), "nobody inspected it");
    assert_eq!(pickup(&story, "R-9"), None);
    let whole = findings(&story);
    let mut partial = whole.clone();
    partial.findings[0].photos.clear();
    tell(&mut story, &partial);
    story.turn();
    let Some(Pickup::Held(held)) = pickup(&story, "R-1") else { panic!("it lacks a photo") };
    assert_eq!(held.missing[0].words, "finding f-1 has 0 of 1 photos");
    assert_eq!(told(&story), ["held: finding f-1 has 0 of 1 photos"]);
    let whole = InspectionRecord { changed_at: story.now, completed_at: Some(story.now), ..whole };
    tell(&mut story, &whole);
    story.turn();
    assert_eq!(pickup(&story, "R-1"), Some(Pickup::Ready));
    assert_eq!(told(&story)[1..], ["released: complete"]);
    holds_and_replays(&story.world);
}

#[test]
fn an_exemption_lets_go_by_name_and_an_order_that_was_never_held_is_not_let_go() {
    let mut story = shop();
    let mut partial = findings(&story);
    partial.findings[0].photos.clear();
    tell(&mut story, &partial);
    story.exempts("v1", "R-1");
    story.turn();
    assert_eq!(told(&story), ["held: finding f-1 has 0 of 1 photos", "released: declined_at_write_up a-2"]);
    assert!(matches!(pickup(&story, "R-1"), Some(Pickup::Exempt(_))));

    let mut other = shop();
    let record = findings(&other);
    tell(&mut other, &record);
    other.turn();
    assert!(told(&other).is_empty());
    holds_and_replays(&story.world);
    holds_and_replays(&other.world);
}

#[test]
fn a_store_chooses_whether_its_dms_is_told_always_or_never() {
    let shipped = include_str!("../../policies/doors.toml");
    let opened = "held: the inspection is not completed";
    for (told_when, expected) in [
        ("always", vec!["released: complete"]),
        ("never", vec![]),
        ("from_opening", vec![opened, "released: complete"]),
    ] {
        let text = shipped.replace("told = \"when_held\"", &format!("told = \"{told_when}\""));
        let mut world = World::over(MemoryJournal::new());
        let doors = Doors::from_toml(&text).unwrap();
        world.policies = Arc::new(Policies { doors, ..Policies::shipped() });
        let mut story = known_car(world);
        let record = findings(&story);
        tell(&mut story, &record);
        story.turn();
        assert_eq!(told(&story), expected, "{told_when}");
        // Another version that passes is no other release.
        let again = InspectionRecord { inspection: id("I-9"), completed_at: Some(story.now), ..record };
        let again = InspectionRecord { changed_at: story.now, ..again };
        tell(&mut story, &again);
        story.turn();
        assert_eq!(told(&story), expected, "{told_when}");
        holds_and_replays(&story.world);
    }
}

#[test]
fn a_finding_without_an_id_of_its_own_goes_on_and_no_red_one_is_in_order() {
    let mut story = shop();
    let mut record = findings(&story);
    record.findings[0].id = "f-2".to_owned();
    record.findings[2].id = " ".to_owned();
    let translated = tell(&mut story, &record);
    let aside: Vec<_> = translated.set_aside.iter().map(|aside| aside.reason.as_str()).collect();
    assert!(
        aside.contains(&"finding 2 of the form: another finding has its id; it is known as f-2#2"),
        "{aside:?}"
    );
    assert!(aside.contains(&"finding 3 of the form: has no id; it is known as #3"), "{aside:?}");
    let shown = block_on(story.world.engine().presentation(&id("R-1"), story.now)).unwrap().unwrap();
    let names: Vec<_> =
        shown.above_fold.iter().chain(&shown.additional).map(|one| one.found.id.as_str()).collect();
    assert_eq!(names[0], "f-2", "the pads at their limit: {names:?}");
    assert!(names.contains(&"f-2#2") && names.len() == 6, "{names:?}");
    assert_eq!(shown.in_order.len(), 3);
    holds_and_replays(&story.world);
}

#[test]
fn a_new_owner_is_not_told_what_the_one_before_him_declined() {
    let mut story = shop();
    story.owner("bert", "h2", BEN);
    let recorded = story.of("vehicle_recorded").pop().unwrap().data;
    let recorded: VehicleRecorded = serde_json::from_value(recorded).unwrap();
    let (key, owner) = (story.key(), Some(id("bert")));
    let sold = VehicleRecorded { key, owner, span: OwnershipSpan(2), wake_at: Alarm::Keep, ..recorded };
    assert_eq!(story.tell(Happened::VehicleRecorded(sold)), Ingested::Recorded);
    let record = findings(&story);
    tell(&mut story, &record);
    let ranked = story.of("inspection_ranked")[0].data.clone();
    assert!(!ranked.to_string().contains("179"), "{ranked}");
    let services = ranked["history"]["services"].as_array().unwrap();
    assert!(services.iter().all(|known| known["declined"].is_null()), "he was never here: {services:?}");
    assert!(ranked["fit"]["visits"].is_null() && ranked["fit"]["annual_spend"].is_null(), "{ranked}");
    holds_and_replays(&story.world);
}

#[test]
fn an_order_that_closes_while_it_is_held_is_told_of_no_more() {
    let mut story = shop();
    let mut partial = findings(&story);
    partial.findings[0].photos.clear();
    tell(&mut story, &partial);
    story.order("v1", "R-1", "2026-12-01", None, &[OIL]);
    story.turn();
    let whole = findings(&story);
    tell(&mut story, &whole);
    story.turn();
    assert_eq!(told(&story), ["held: finding f-1 has 0 of 1 photos"]);
    holds_and_replays(&story.world);
}

/// The review of a story's journal, and what it was made from.
fn reviewed(story: &Story, spiff: Option<&str>) -> (ReviewBuilder, InspectionReview) {
    let spiff = spiff.map(|text| SpiffPolicy::from_toml(text).unwrap());
    let mut builder = ReviewBuilder::new(ReviewPolicies { spiff, ..ReviewPolicies::shipped() });
    for event in story.events() {
        builder.apply(&event).unwrap();
    }
    let review = builder.finish(story.now);
    (builder, review)
}

const SPIFF: &str = r#"
version = "spiff_winter/1"
source = "the store of the story"
from = "2026-12-01"
until = "2026-12-31"
currency = "USD"
per_photo = "1.00"
per_completion = "5.00"
cap_inspection = "100.00"
cap_day = "100.00"
cap_month = "400.00"
"#;

/// A photo of a finding, taken just now, that looks like `hash`.
fn photo(story: &Story, finding: &str, hash: &str) -> EvidenceRecord {
    EvidenceRecord {
        finding: Some(finding.to_owned()),
        medium: EvidenceMedium::Photo,
        href: format!("https://photos.example/{finding}/{hash}"),
        taken_at: Some(story.now - TimeDelta::minutes(1)),
        vin: None,
        image_hash: Some(hash.to_owned()),
    }
}

#[test]
fn a_photo_used_on_another_order_taken_before_it_or_of_another_car_is_doubted_and_earns_nothing() {
    let mut story = shop();
    story.car("v2", "anna");
    let first = InspectionRecord {
        evidence: vec![photo(&story, "f-1", "3c7e1f0f8f83e0c1"), photo(&story, "f-3", "f0e1d2c3b4a59687")],
        ..findings(&story)
    };
    tell(&mut story, &first);
    story.now += TimeDelta::hours(4);
    story.opens_order("v2", "R-2");
    let mut second =
        InspectionRecord { inspection: id("I-2"), ro: id("R-2"), vehicle: id("v2"), ..findings(&story) };
    second.vin = Some(id("1HGCM82633A004352"));
    let mut other_car = photo(&story, "f-4", "0123456789abcdef");
    other_car.vin = Some(id("1M8GDM9AXKP042788"));
    let mut old = photo(&story, "f-5", "99aa33cc55ee7711");
    old.taken_at = Some(story.now - TimeDelta::days(3));
    second.evidence = vec![
        photo(&story, "f-1", "3c7e1f0f8f83e0c3"),
        photo(&story, "f-3", "5a5a3c3c96966969"),
        other_car,
        old,
        EvidenceRecord { image_hash: Some("blurred".to_owned()), ..photo(&story, "f-6", "b1b2b3b4c5c6c7c8") },
    ];
    let translated = tell(&mut story, &second);
    let aside: Vec<_> =
        translated.set_aside.iter().map(|aside| (aside.field, aside.reason.as_str())).collect();
    assert!(
        aside.contains(&("image_hash", "image hash of a photo of f-6: is not 16 hexadecimal digits")),
        "{aside:?}"
    );

    let (_, review) = reviewed(&story, Some(SPIFF));
    let words: Vec<_> =
        review.doubted.iter().map(|doubted| (doubted.ro.as_str(), doubted.words.as_str())).collect();
    assert_eq!(words.len(), 3, "{words:?}");
    assert_eq!(
        words[0],
        ("R-2", "evidence[0]: looks like a picture of repair order R-1 (1 of 64 bits differ)")
    );
    assert_eq!(words[1], ("R-2", "evidence[2]: taken of another vehicle"));
    assert!(words[2].1.starts_with("evidence[3]: taken "), "{words:?}");
    assert_eq!((review.evidence, review.compared), (7, 6));
    // Five dollars for each inspection; two photos of the first, two of the second that nobody doubts.
    let paid: Vec<_> =
        review.entries.iter().map(|e| (e.key.as_str(), e.count, e.amount.to_string())).collect();
    assert_eq!(
        paid,
        [
            ("I-1/completion", 1, "5.00".to_owned()),
            ("I-1/photos", 2, "2.00".to_owned()),
            ("I-2/completion", 1, "5.00".to_owned()),
            ("I-2/photos", 2, "2.00".to_owned()),
        ]
    );
    let journal: String = story.events().iter().map(|event| event.data.to_string()).collect();
    assert!(
        !journal.contains("1M8GDM9AXKP042788") && !journal.contains("photos.example"),
        "neither VIN nor address"
    );
    holds_and_replays(&story.world);
}

#[test]
fn what_a_technician_earned_is_taken_back_with_the_completion_and_earned_again_once() {
    let mut story = shop();
    let whole = findings(&story);
    tell(&mut story, &whole);
    let mut partial = whole.clone();
    partial.findings[0].photos.clear();
    for record in [partial, whole] {
        let record = InspectionRecord { completed_at: Some(story.now), changed_at: story.now, ..record };
        tell(&mut story, &record);
    }
    let (_, review) = reviewed(&story, Some(SPIFF));
    let keys: Vec<_> =
        review.entries.iter().map(|entry| (entry.key.as_str(), entry.amount.to_string())).collect();
    let at = |key: &str| keys.iter().find(|(known, _)| *known == key).map(|(_, amount)| amount.as_str());
    assert_eq!(at("I-1/completion"), Some("5.00"));
    assert_eq!(at("I-1/completion/reversal"), Some("-5.00"));
    assert_eq!(at("I-1/completion/2"), Some("5.00"));
    assert_eq!(keys.len(), 6, "photos likewise: {keys:?}");
    assert_eq!(review.completion.completed, 1);
}

#[test]
fn an_order_earns_once_and_what_it_earned_falls_with_it() {
    let amounts = |story: &Story| -> Vec<(String, String)> {
        let entries = reviewed(story, Some(SPIFF)).1.entries;
        entries.iter().map(|entry| (entry.key.clone(), entry.amount.to_string())).collect()
    };
    let of =
        |all: &[(String, String)]| all.iter().map(|(_, amount)| amount.parse::<f64>().unwrap()).sum::<f64>();
    let mut story = shop();
    let evidence = vec![photo(&story, "f-1", "3c7e1f0f8f83e0c1"), photo(&story, "f-3", "f0e1d2c3b4a59687")];
    let first = InspectionRecord { evidence, ..findings(&story) };
    tell(&mut story, &first);
    assert_eq!(of(&amounts(&story)), 7.0);
    // A second inspection of the order, with the same photos.
    let second = InspectionRecord {
        inspection: id("I-2"),
        completed_at: Some(story.now),
        changed_at: story.now,
        ..first
    };
    tell(&mut story, &second);
    assert_eq!(of(&amounts(&story)), 7.0, "{:?}", amounts(&story));
    // Another version with a photo more: three are paid, by a reversal and a new entry.
    let mut third = InspectionRecord { completed_at: Some(story.now), changed_at: story.now, ..second };
    third.evidence.push(photo(&story, "f-4", "0123456789abcdef"));
    tell(&mut story, &third);
    assert_eq!(of(&amounts(&story)), 8.0, "{:?}", amounts(&story));
    // The same, and nothing is told of the photos any more: they earn nothing, since this store's tablets tell of them.
    let silent = InspectionRecord {
        evidence: Vec::new(),
        completed_at: Some(story.now),
        changed_at: story.now,
        ..third
    };
    tell(&mut story, &silent);
    assert_eq!(of(&amounts(&story)), 5.0, "{:?}", amounts(&story));
    let mut closed = story.closing("v1", "R-1", "2026-12-01", None, &[OIL]);
    closed.voided = true;
    story.tell(Happened::RoClosed(closed));
    assert_eq!(of(&amounts(&story)), 0.0, "{:?}", amounts(&story));
    holds_and_replays(&story.world);
}

#[test]
fn a_photo_is_older_than_its_order_whenever_the_opening_is_told() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    let mut old = photo(&story, "f-1", "3c7e1f0f8f83e0c1");
    old.taken_at = Some(story.now - TimeDelta::hours(5));
    let record = InspectionRecord { evidence: vec![old], ..findings(&story) };
    tell(&mut story, &record);
    assert!(reviewed(&story, Some(SPIFF)).1.doubted.is_empty(), "nobody knows when the order was opened");
    story.opens_order("v1", "R-1");
    let review = reviewed(&story, Some(SPIFF)).1;
    assert_eq!(review.doubted.len(), 1);
    let photos: Vec<_> = review.entries.iter().filter(|entry| entry.key.contains("photos")).collect();
    assert_eq!(photos.len(), 2, "entered and taken back: {photos:?}");
}

#[test]
fn exemptions_of_one_advisor_raise_an_alarm_and_are_no_completions() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    for nth in 0..24_i64 {
        let ro = format!("R-{nth}");
        story.opens_order("v1", &ro);
        let mut record =
            InspectionRecord { inspection: id(&format!("I-{nth}")), ro: id(&ro), ..complete(&story) };
        if nth % 2 == 0 {
            record.completed_at = None;
            record.findings.clear();
            record.exemption = Some(ExemptionRecord {
                code: "declined_at_write_up".to_owned(),
                by: "a-2".to_owned(),
                reason: "no time".to_owned(),
            });
        }
        tell(&mut story, &record);
        story.now += TimeDelta::days(1);
    }
    // One more is closed, and nobody ever inspected it.
    let day = story.now.date_naive().to_string();
    story.order("v1", "R-99", &day, None, &[OIL]);
    let (_, review) = reviewed(&story, None);
    let counts = review.completion;
    assert_eq!((counts.completed, counts.exempt, counts.blocked), (12, 12, 1));
    assert_eq!(counts.rate().map(|rate| rate.to_string()), Some("0.4800".to_owned()));
    let alarms: Vec<_> = review.alarms.iter().map(ToString::to_string).collect();
    assert!(alarms[0].starts_with("advisor a-2: 12 of 24 orders exempted, 50.0 %"), "{alarms:?}");
    assert!(alarms.iter().any(|alarm| alarm.contains("(declined_at_write_up)")), "{alarms:?}");
    assert!(review.entries.is_empty(), "no amounts ship");
}
