//! `fixedops inspection`: a simulated store's inspections shown, reviewed, paid for, and handed to the score.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{Desk, rows};

const SPIFF: &str = r#"
version = "spiff_test/1"
source = "this test"
from = "2026-01-01"
until = "2027-12-31"
currency = "USD"
per_photo = "0.50"
per_completion = "3.00"
cap_inspection = "4.00"
cap_day = "40.00"
cap_month = "400.00"
"#;

#[test]
fn the_inspections_of_a_store_are_reviewed_paid_for_and_handed_to_the_score() {
    let desk = Desk::with(&[("spiff.toml", SPIFF)]);
    desk.done("simulate --seed 5 --vehicles 60 --days 120 --out d");
    let said = desk.done(
        "inspection review d/fixedops.db --spiff spiff.toml --payroll pay.csv --doubts doubts.csv \
         --inspections i.jsonl --json review.json",
    );
    let review: Value = serde_json::from_str(&desk.read("review.json")).unwrap();
    let count = |name: &str| review["completion"][name].as_u64().unwrap();
    assert!(count("completed") >= 15, "{said:?}");
    assert!(said.out.contains(&format!("inspections complete: {}", count("completed"))), "{said:?}");

    // The same by other means: from the journal file.
    desk.done("journal export d/fixedops.db --out j.jsonl");
    let events: Vec<Value> =
        desk.read("j.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| events.iter().filter(move |event| event["type"] == kind).collect::<Vec<_>>();
    let mut passes: BTreeMap<&str, u32> = BTreeMap::new();
    for passed in of("gate_passed") {
        *passes.entry(passed["data"]["inspection"].as_str().unwrap()).or_default() += 1;
    }
    let header = "key,technician,ro,reason,count,amount,currency,on,uncapped,policy";
    let paid = rows(&desk.path("pay.csv"), header);
    let completions: BTreeSet<&str> = paid
        .iter()
        .filter(|row| row[3] == "completion")
        .map(|row| row[0].split('/').next().unwrap())
        .collect();
    assert_eq!(completions, passes.keys().copied().collect(), "everyone who passed is paid, once");
    assert_eq!(paid.iter().map(|row| &row[0]).collect::<BTreeSet<_>>().len(), paid.len());
    let mut of_inspection: BTreeMap<&str, f64> = BTreeMap::new();
    for row in &paid {
        *of_inspection.entry(row[0].split('/').next().unwrap()).or_default() +=
            row[5].parse::<f64>().unwrap();
    }
    assert!(of_inspection.values().all(|amount| (0.0..=4.0).contains(amount)), "{of_inspection:?}");

    // Old pictures are seen by their time; each is doubted, and only photos of the world's old ones are.
    let doubts = rows(&desk.path("doubts.csv"), "ro,inspection,technician,finding,evidence,doubt");
    let old: BTreeSet<(String, String)> = of("inspection_completed")
        .iter()
        .flat_map(|event| {
            let data = &event["data"];
            let at = |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap();
            let done = at(&data["occurred_at"]);
            let evidence = data["evidence"].as_array().cloned().unwrap_or_default();
            evidence
                .into_iter()
                .filter(move |photo| at(&photo["taken_at"]) < done - chrono::TimeDelta::days(1))
                .map(|photo| {
                    (data["ro"].as_str().unwrap().to_owned(), photo["name"].as_str().unwrap().to_owned())
                })
                .collect::<Vec<_>>()
        })
        .collect();
    let doubted: BTreeSet<(String, String)> =
        doubts.iter().map(|row| (row[0].clone(), row[4].clone())).collect();
    assert!(!old.is_empty() && old == doubted, "{old:?} {doubted:?}");

    // As they were scored in the loop, they are scored again.
    let ranked: BTreeMap<&str, &Value> = of("inspection_ranked")
        .into_iter()
        .map(|event| (event["data"]["inspection"].as_str().unwrap(), &event["data"]))
        .collect();
    desk.done("score --in i.jsonl --out s.jsonl");
    let scored: Vec<Value> =
        desk.read("s.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(scored.len(), ranked.len());
    let order = |findings: &Value| -> Vec<(String, String)> {
        let all = findings.as_array().unwrap();
        all.iter().map(|one| (one["finding"].to_string(), one["score"].to_string())).collect()
    };
    for one in &scored {
        let known = ranked[one["inspection"].as_str().unwrap()];
        assert_eq!(order(&one["findings"]), order(&known["findings"]), "{one}");
    }

    // One of them as its customer sees it.
    let shown = ranked.values().find(|ranked| ranked["findings"].as_array().unwrap().len() > 3).unwrap();
    let ro = shown["ro"].as_str().unwrap();
    let page = desk.done(&format!("inspection show d/fixedops.db --ro {ro} --at 2027-12-01T00:00:00Z"));
    let page: Value = serde_json::from_str(&page.out).unwrap();
    let above = page["above_fold"].as_array().unwrap();
    assert_eq!(above.len() as u64, shown["fold"].as_u64().unwrap());
    assert_eq!(above[0]["id"], shown["findings"][0]["finding"]);
    assert!(!above[0]["reasons"].as_array().unwrap().is_empty());
}

#[test]
fn what_is_not_there_is_named() {
    let desk = Desk::with(&[
        ("spiff.toml", &SPIFF.replace("per_photo = \"0.50\"", "per_photo = \"-1\"")),
        ("no.db", ""),
    ]);
    desk.done("simulate --seed 5 --vehicles 4 --days 10 --out d");
    for (case, call, status, says) in [
        ("no store", "inspection review nowhere.db", 1, "nowhere.db"),
        (
            "no order",
            "inspection show d/fixedops.db --ro main/1",
            1,
            "no inspection of order main/1 was completed",
        ),
        ("no seller", "inspection review d/fixedops.db --seller nobody", 2, "no seller nobody"),
        (
            "an amount below zero",
            "inspection review d/fixedops.db --spiff spiff.toml",
            1,
            "per_photo: is below zero",
        ),
        ("no policy", "inspection review d/fixedops.db --evidence e.toml", 1, "e.toml"),
    ] {
        desk.refused(case, call, status, &[says]);
    }
    assert_eq!(desk.names(), ["d", "no.db", "spiff.toml"]);
}
