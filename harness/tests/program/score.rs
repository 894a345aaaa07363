//! Scoring inspections, holding the score against experts, learning from them, and watching for drift.

#[path = "../../src/score_cmd/experts.rs"]
mod experts;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_mpi_score::Weights;
use serde_json::{Value, json};

use crate::Desk;
use experts::{Dice, Kind, Store, USUAL, choose, inspection, preference};

/// A store's inspections and what an expert of a kind would show first of them.
fn files(seed: u64, many: usize, store: Store, kind: Kind, noise: f64, from: &str) -> (String, String) {
    let mut dice = Dice(seed);
    let weights = preference(kind);
    let from: DateTime<Utc> = from.parse().unwrap();
    let (mut lines, mut chosen) = (String::new(), "inspection,finding,rank,expert\n".to_owned());
    for number in 0..many {
        let mut drawn = inspection(&mut dice, number, store);
        drawn.0.inspection.completed_at = Some(from + TimeDelta::hours(8 * i64::try_from(number).unwrap()));
        let mut line = serde_json::to_value(&drawn.0).unwrap();
        line["history"] = serde_json::to_value(&drawn.1).unwrap();
        line["fit"] = serde_json::to_value(&drawn.2).unwrap();
        lines.push_str(&format!("{line}\n"));
        for (rank, finding) in (1..).zip(choose(&mut dice, &drawn, &weights, noise)) {
            chosen.push_str(&format!("i-{number},{finding},{rank},mike\n"));
        }
    }
    (lines, chosen)
}

const MARCH: &str = "2026-03-02T08:00:00Z";

#[test]
fn findings_are_ranked_with_reasons_and_bad_ones_leave_the_others() {
    let good = json!({"inspection": "i-1", "ro": "n/1", "vehicle": "v-1", "completed_at": null, "findings": [
        {"id": "filter", "section": "filters", "item": "Cabin filter", "code": "yellow"},
        {"id": "pads", "section": "brakes", "item": "Front pads", "code": "red",
         "measurements": [{"name": "pad", "place": "front", "value": "1.5", "unit": "mm"}]},
        {"id": "mauve", "section": "belts", "item": "Belt", "code": "mauve"}]});
    let desk = Desk::with(&[("i.jsonl", &format!("{good}\nnot json\n\n{{\"findings\": []}}\n"))]);
    let said = desk.done("score --in i.jsonl --out o.jsonl --would");
    assert_eq!(said.last(), "set aside: 3");
    assert!(said.err.contains("i.jsonl:1: findings[2]: unknown variant `mauve`"), "{said:?}");
    assert!(said.err.contains("i.jsonl:2: line \"not json\": document: "), "{said:?}");
    let lines: Vec<Value> =
        desk.read("o.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[1], &lines[2]), (3, &Value::Null, &Value::Null));
    assert_eq!(lines[0]["findings"][0]["finding"], "pads");
    assert_eq!(lines[0]["weights"], Weights::shipped().version().as_str());
    assert_eq!(lines[0]["words"]["pads"][0], "shown first because a safety limit is reached");
    let would = &lines[0]["would"];
    assert!(
        would.get("pads").is_none() && would.get("filter").is_none(),
        "nothing lifts a filter over a limit"
    );
    desk.refused("strict", "score --in i.jsonl --out p.jsonl --strict", 1, &["i.jsonl:1"]);
}

#[test]
fn a_star_document_is_ranked() {
    let star = json!({"multi_point_inspection_key": "m-1", "repair_order_key": "ro-1",
        "vehicle_identifier": {"vin": "1HGCM82633A004352"},
        "labor_operations": [{"labor_operation_key": "op", "inspections": [
            {"inspection_key": "a", "part_inspected": "WIPERS", "inspection_code": "YELLOW"},
            {"inspection_key": "b", "part_inspected": "REAR BRAKE PADS", "inspection_code": "RED", "value": "2",
             "narrative_uom_type": "MILLIMETER"}]}]});
    let desk = Desk::with(&[("i.jsonl", &format!("{star}\n"))]);
    assert_eq!(desk.done("score --form star --in i.jsonl --out o.jsonl").last(), "set aside: 0");
    let ranking: Value = serde_json::from_str(&desk.read("o.jsonl")).unwrap();
    assert_eq!(ranking["findings"][0]["finding"], "b");
}

#[test]
fn an_expert_who_agrees_passes_us_another_does_not_and_twenty_inspections_judge_nobody() {
    for (kind, many, status, verdict) in [
        (Kind::House, 120, 0, "verdict: passed"),
        (Kind::History, 120, 1, "verdict: not passed"),
        (Kind::House, 20, 3, "verdict: too few inspections to judge by"),
    ] {
        let (lines, chosen) = files(3, many, USUAL, kind, 0.5, MARCH);
        let desk = Desk::with(&[("i.jsonl", &lines), ("e.csv", &chosen)]);
        let said = desk.run("score validate --inspections i.jsonl --expert e.csv");
        assert_eq!(said.status, status, "{kind:?} {many}: {said:?}");
        assert!(
            said.out.contains(verdict) && said.out.contains("top-3 agreement: of the expert's first"),
            "{said:?}"
        );
        for row in ["store north", "advisor a0", "advisor a2", "expert mike"] {
            assert!(said.out.contains(row), "{row}: {said:?}");
        }
    }
}

#[test]
fn rows_of_experts_that_do_not_read_are_named() {
    let (lines, _) = files(3, 2, USUAL, Kind::House, 0.5, MARCH);
    let chosen = "inspection,finding,rank\ni-0,f1,0\ni-0,,1\ni-0,f1,1\ni-0,f1,2\ni-7,f1,1\ni-0,zz,3\n";
    let desk = Desk::with(&[("i.jsonl", &lines), ("e.csv", chosen)]);
    let said = desk.run("score validate --inspections i.jsonl --expert e.csv");
    for named in [
        "e.csv:2: rank \"0\": no rank from 1",
        "e.csv:3: finding \"\": empty",
        "e.csv:5: rank \"2\": the rank or the finding is there twice",
        "e.csv: inspection i-0 has no finding zz",
        "e.csv: inspection i-7 is judged and not there",
    ] {
        assert!(said.err.contains(named), "{named}: {said:?}");
    }
    assert_eq!(said.last(), "set aside: 3");
}

#[test]
fn weights_are_learned_and_pass_on_inspections_nobody_learned_from() {
    let (lines, chosen) = files(5, 140, USUAL, Kind::History, 1.0, MARCH);
    let (fresh, judged) = files(6, 140, USUAL, Kind::History, 1.0, MARCH);
    let desk =
        Desk::with(&[("i.jsonl", &lines), ("e.csv", &chosen), ("f.jsonl", &fresh), ("g.csv", &judged)]);
    let before = desk.run("score validate --inspections f.jsonl --expert g.csv");
    assert_eq!(before.status, 1, "{before:?}");
    let said = desk.done("score fit --inspections i.jsonl --expert e.csv --out w.toml --name north/1");
    assert!(said.out.contains("verdict: better; written to w.toml"), "{said:?}");
    let after = desk.done("score validate --inspections f.jsonl --expert g.csv --weights w.toml");
    assert!(after.out.contains("weights north/1") && after.out.contains("verdict: passed"), "{after:?}");
}

#[test]
fn where_nothing_is_gained_nothing_is_written() {
    let (lines, chosen) = files(8, 120, USUAL, Kind::House, 3.0, MARCH);
    let desk = Desk::with(&[("i.jsonl", &lines), ("e.csv", &chosen)]);
    let said = desk.done("score fit --inspections i.jsonl --expert e.csv --out w.toml");
    assert!(said.out.contains("is as good; nothing is written"), "{said:?}");
    assert!(!desk.path("w.toml").exists());
    desk.refused(
        "a name too long",
        &format!("score fit --inspections i.jsonl --expert e.csv --out w.toml --name {}", "n".repeat(600)),
        2,
        &["--name"],
    );
}

#[test]
fn drift_is_told_quarter_by_quarter() {
    let (base, base_expert) = files(9, 150, USUAL, Kind::House, 0.5, "2026-01-01T00:00:00Z");
    let steady = files(10, 150, USUAL, Kind::House, 0.5, "2026-04-02T00:00:00Z");
    let moved = files(11, 150, Store { declined: 0.7, ..USUAL }, Kind::House, 0.5, "2026-04-02T00:00:00Z");
    let other = files(12, 150, USUAL, Kind::Stranded, 0.5, "2026-04-02T00:00:00Z");
    let few = files(13, 20, USUAL, Kind::House, 0.5, "2026-04-02T00:00:00Z");
    for (case, (lines, chosen), status, verdict) in [
        ("steady", steady, 0, "verdict: nothing has drifted"),
        ("more is declined", moved, 1, "verdict: drifted: input: declined before"),
        ("the expert thinks otherwise", other, 1, "verdict: drifted: agreement"),
        ("twenty inspections", few, 3, "verdict: too few inspections to tell"),
    ] {
        let desk = Desk::with(&[
            ("b.jsonl", &base),
            ("be.csv", &base_expert),
            ("i.jsonl", &lines),
            ("e.csv", &chosen),
        ]);
        let said =
            desk.run("score drift --base b.jsonl --base-expert be.csv --inspections i.jsonl --expert e.csv");
        assert_eq!(said.status, status, "{case}: {said:?}");
        assert!(said.out.contains(verdict) && said.out.contains("2026 quarter 2"), "{case}: {said:?}");
    }
}

#[test]
fn the_samples_are_read() {
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let sample = |name: &str| std::fs::read_to_string(samples.join(name)).unwrap();
    let desk = Desk::with(&[("i.jsonl", &sample("inspections.jsonl")), ("e.csv", &sample("expert.csv"))]);
    // The second has a colour that is none.
    assert_eq!(desk.done("score --in i.jsonl --out o.jsonl --would").last(), "set aside: 1");
    assert_eq!(desk.read("o.jsonl").lines().count(), 2);
    let said = desk.run("score validate --inspections i.jsonl --expert e.csv");
    assert_eq!(said.status, 3, "{said:?}");
    assert!(said.out.contains("store north"), "{said:?}");
}
