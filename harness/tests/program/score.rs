//! Scoring inspections, holding the score against experts, learning from them, and watching for drift.

use fixedops_mpi_score::Weights;
use serde_json::{Value, json};

use crate::Desk;

/// A desk with a simulated store's inspections in `s`.
fn simulated(more: &str) -> Desk {
    let desk = Desk::new();
    desk.done(&format!("simulate --inspections --out s {more}"));
    desk
}

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
    assert!(said.err.contains("i.jsonl:1: findings[2].code: unknown variant `mauve`"), "{said:?}");
    assert!(said.err.contains("i.jsonl:2: line \"not json\": document: "), "{said:?}");
    let lines: Vec<Value> =
        desk.read("o.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[1], &lines[2]), (3, &Value::Null, &Value::Null));
    assert_eq!(lines[0]["findings"][0]["finding"], "pads");
    assert_eq!(lines[0]["weights"], Weights::shipped().version().as_str());
    assert_eq!(lines[0]["words"]["pads"][0], "above the fold: a safety limit is reached");
    let would = &lines[0]["would"];
    assert!(
        would.get("pads").is_none() && would.get("filter").is_none(),
        "nothing lifts a filter over a limit"
    );
    desk.refused("strict", "score --in i.jsonl --out p.jsonl --strict", 1, &["i.jsonl:1"]);
}

#[test]
fn what_the_score_sets_aside_is_counted_and_stops_a_strict_call() {
    let sheet = json!({"inspection": "i-1", "ro": "n/1", "vehicle": "v-1", "completed_at": null, "findings": [
        {"id": "pads", "section": "Brakes", "item": "Pads", "code": "red", "price": "ten",
         "measurements": [{"name": "pad", "place": "front", "value": "40", "unit": "mm"}]},
        {"id": "x", "section": "nowhere", "item": "X", "code": "yellow"}]});
    let desk = Desk::with(&[("i.jsonl", &format!("\n{sheet}\n"))]);
    let said = desk.done("score --in i.jsonl --out o.jsonl");
    for told in [
        "i.jsonl:2: findings[0].price: ",
        "i.jsonl:2: findings[0].measurements[0].value: 40 is not between 0 and 25 mm",
        "i.jsonl:2: findings[1].section: \"nowhere\" is no section of the weights; it counts as other",
    ] {
        assert!(said.err.contains(told), "{told}: {said:?}");
    }
    assert_eq!(said.last(), "set aside: 3");
    let ranking: Value = serde_json::from_str(&desk.read("o.jsonl")).unwrap();
    assert_eq!(ranking["set_aside"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&ranking["findings"][0]["finding"], &ranking["findings"][0]["floored"]),
        (&json!("pads"), &json!(true))
    );
    let good = sheet.to_string().replace("\"ten\"", "null").replace("nowhere", "lights");
    desk.put("g.jsonl", good.as_bytes());
    desk.refused(
        "strict",
        "score --in g.jsonl --out p.jsonl --strict",
        1,
        &["g.jsonl:1: findings[0].measurements[0].value"],
    );
}

#[test]
fn twenty_five_inspections_judged_by_four_experts_are_no_hundred() {
    let desk = simulated("--seed 3 --vehicles 300 --experts as_shipped");
    let rows = desk.read("s/quarter-1/as_shipped.csv");
    let many: Vec<String> = rows
        .lines()
        .skip(1)
        .flat_map(|row| {
            let choice = row.split(',').take(3).collect::<Vec<_>>().join(",");
            (0..4).map(move |expert| format!("{choice},e{expert}"))
        })
        .collect();
    desk.put("e.csv", format!("inspection,finding,rank,expert\n{}\n", many.join("\n")).as_bytes());
    let validate = |expert: &str| {
        desk.run(&format!("score validate --inspections s/quarter-1/inspections.jsonl --expert {expert}"))
    };
    let (one, four) = (validate("s/quarter-1/as_shipped.csv"), validate("e.csv"));
    let judged = |said: &str| said.lines().find(|line| line.starts_with("all ")).unwrap().to_owned();
    assert_eq!(judged(&four.out), judged(&one.out), "four times the same judgement is no more of it");
    assert_eq!((one.status, four.status), (3, 3), "{four:?}");
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
    // An amount without a currency is in the store's, or nobody's.
    let mut priced = star.clone();
    priced["labor_operations"][0]["amount"] = json!({"value": "90.00"});
    priced["labor_operations"][0]["inspections"].as_array_mut().unwrap().remove(0);
    desk.put("p.jsonl", format!("{priced}\n").as_bytes());
    let said = desk.done("score --form star --in p.jsonl --out o.jsonl");
    assert!(said.err.contains("labor_operations[0].amount.value: names no currency"), "{said:?}");
    assert_eq!(
        desk.done("score --form star --in p.jsonl --out o.jsonl --currency CAD").last(),
        "set aside: 0"
    );
    let ranking: Value = serde_json::from_str(&desk.read("o.jsonl")).unwrap();
    assert_eq!(ranking["findings"][0]["price"]["currency"], "CAD");
    desk.refused(
        "no currency",
        "score --form star --in p.jsonl --out o.jsonl --currency dollars",
        2,
        &["--currency"],
    );
}

#[test]
fn an_expert_who_agrees_passes_us_another_does_not_and_few_inspections_judge_nobody() {
    let many = simulated("--seed 3 --vehicles 1200 --experts as_shipped,history_first");
    let few = simulated("--seed 3 --vehicles 40 --experts as_shipped");
    for (desk, expert, status, verdict) in [
        (&many, "as_shipped", 0, "verdict: passed"),
        (&many, "history_first", 1, "verdict: not passed"),
        (&few, "as_shipped", 3, "verdict: too few inspections to judge by"),
    ] {
        let of = "score validate --inspections s/quarter-1/inspections.jsonl --expert s/quarter-1";
        let said = desk.run(&format!("{of}/{expert}.csv"));
        assert_eq!(said.status, status, "{expert}: {said:?}");
        assert!(
            said.out.contains(verdict) && said.out.contains("top-3 agreement: of the expert's first"),
            "{said:?}"
        );
        for row in ["store north", "advisor 11", &format!("expert {expert}")] {
            assert!(said.out.contains(row), "{row}: {said:?}");
        }
    }
}

#[test]
fn rows_of_experts_that_do_not_read_are_named() {
    let desk = simulated("--vehicles 40");
    let line: Value =
        serde_json::from_str(desk.read("s/quarter-1/inspections.jsonl").lines().next().unwrap()).unwrap();
    let id = line["inspection"].as_str().unwrap();
    let rows = format!("{id},1,0\n{id},,1\n{id},1,1\n{id},1,2\ni-7,1,1\n{id},zz,3\n");
    desk.put("e.csv", format!("inspection,finding,rank\n{rows}").as_bytes());
    let said = desk.run("score validate --inspections s/quarter-1/inspections.jsonl --expert e.csv");
    for named in [
        "e.csv:2: rank \"0\": no rank from 1",
        "e.csv:3: finding \"\": empty",
        "e.csv:5: rank \"2\": the rank or the finding is there twice",
        &format!("e.csv: inspection {id} has no finding zz"),
        "e.csv: inspection i-7 is judged and not there",
    ] {
        assert!(said.err.contains(named), "{named}: {said:?}");
    }
    assert_eq!(said.last(), "set aside: 3");
}

/// The whole way: a store is simulated, its expert does not agree with what ships, the weights are fitted to one quarter of his
/// judgements, and pass on the next; and a quarter that has drifted is told from one that has not.
#[test]
fn from_simulated_inspections_to_weights_that_pass_and_a_drift_that_is_seen() {
    let desk = simulated("--seed 7 --vehicles 1200 --quarters 3 --drift more_declined");
    let quarter = |number: u32| format!("--inspections s/quarter-{number}/inspections.jsonl");
    let judged = |number: u32| format!("{} --expert s/quarter-{number}/history_first.csv", quarter(number));

    let before = desk.run(&format!("score validate {}", judged(2)));
    assert_eq!(before.status, 1, "{before:?}");
    assert!(before.out.contains("verdict: not passed"), "{before:?}");
    let fitted = desk.done(&format!("score fit {} --out w.toml --name north/1", judged(1)));
    assert!(fitted.out.contains("verdict: better; written to w.toml"), "{fitted:?}");
    let after = desk.done(&format!("score validate {} --weights w.toml", judged(2)));
    assert!(after.out.contains("weights north/1") && after.out.contains("verdict: passed"), "{after:?}");
    // What is written of the expert himself reads back, and he agrees with himself but for his moods.
    desk.done(&format!("score validate {} --weights s/history_first.toml", judged(2)));

    let base = "score drift --base s/quarter-1/inspections.jsonl";
    let steady = desk.done(&format!("{base} {}", quarter(2)));
    assert!(steady.out.contains("2027 quarter 2") && steady.out.contains("verdict: nothing has drifted"));
    let drifted = desk.run(&format!("{base} {}", quarter(3)));
    assert_eq!(drifted.status, 1, "{drifted:?}");
    assert!(drifted.out.contains("2027 quarter 3") && drifted.out.contains("verdict: drifted: "));
}

#[test]
fn the_same_call_writes_the_same_inspections_and_another_seed_others() {
    let [one, again, other] = [8, 8, 9].map(|seed| {
        let desk = simulated(&format!("--vehicles 60 --rooftops 2 --experts cheap_first --seed {seed}"));
        let names = ["quarter-1/inspections.jsonl", "quarter-1/cheap_first.csv", "cheap_first.toml"];
        names.map(|name| desk.read(&format!("s/{name}")))
    });
    assert_eq!(one, again);
    assert!(one[0] != other[0] && one[1] != other[1] && one[2] == other[2]);
    for store in ["north", "central"] {
        assert!(one[0].contains(&format!("\"store\":\"{store}\"")), "{store}");
    }
}

#[test]
fn where_nothing_is_gained_nothing_is_written() {
    let desk = simulated("--seed 8 --vehicles 1200 --experts as_shipped");
    let fit = "score fit --inspections s/quarter-1/inspections.jsonl --expert s/quarter-1/as_shipped.csv";
    let said = desk.done(&format!("{fit} --out w.toml"));
    assert!(said.out.contains("is as good; nothing is written"), "{said:?}");
    assert!(!desk.path("w.toml").exists());
    desk.refused(
        "a name too long",
        &format!("{fit} --out w.toml --name {}", "n".repeat(600)),
        2,
        &["--name"],
    );
}

#[test]
fn another_expert_and_too_few_inspections_are_told() {
    let desk = simulated("--seed 9 --vehicles 1200 --quarters 2 --experts as_shipped,strands_first");
    let few = simulated("--seed 9 --vehicles 40 --quarters 2 --experts as_shipped,strands_first");
    for (case, desk, expert, status, verdict) in [
        ("the same expert", &desk, "as_shipped", 0, "verdict: nothing has drifted"),
        ("the expert thinks otherwise", &desk, "strands_first", 1, "verdict: drifted: agreement"),
        ("few inspections", &few, "as_shipped", 3, "verdict: too few inspections to tell"),
    ] {
        let said = desk.run(&format!(
            "score drift --base s/quarter-1/inspections.jsonl --base-expert s/quarter-1/as_shipped.csv \
             --inspections s/quarter-2/inspections.jsonl --expert s/quarter-2/{expert}.csv"
        ));
        assert_eq!(said.status, status, "{case}: {said:?}");
        assert!(said.out.contains(verdict) && said.out.contains("2027 quarter 2"), "{case}: {said:?}");
    }
}

/// Twenty inspections judged then are no ground to compare two hundred with, whatever they say.
#[test]
fn agreement_is_compared_where_enough_were_judged_then_and_now() {
    let desk = simulated("--seed 9 --vehicles 1200 --quarters 2 --experts as_shipped,strands_first");
    let base = desk.read("s/quarter-1/as_shipped.csv");
    desk.put("few.csv", base.lines().take(60).collect::<Vec<_>>().join("\n").as_bytes());
    let drift =
        "score drift --base s/quarter-1/inspections.jsonl --inspections s/quarter-2/inspections.jsonl";
    let said = desk.run(&format!("{drift} --base-expert few.csv --expert s/quarter-2/strands_first.csv"));
    assert_eq!(said.status, 3, "{said:?}");
    assert!(said.out.contains("too few judged to compare agreement"), "{said:?}");
}

#[test]
fn a_wrong_call_for_inspections_is_refused() {
    let desk = Desk::new();
    for (case, call, told) in [
        ("nowhere to write", "simulate --inspections", "--out"),
        ("an expert nobody knows", "simulate --inspections --out s --experts mike", "history_first"),
        ("a drift nobody knows", "simulate --inspections --out s --drift sideways", "more_declined"),
        ("no quarter", "simulate --inspections --out s --quarters 0", "0"),
        ("experts of a run", "simulate --out s --experts cheap_first", "--inspections"),
        ("faults of inspections", "simulate --inspections --out s --faults all", "--faults"),
        ("plans of inspections", "simulate --inspections --out s --keep-runs", "--compare-plans"),
    ] {
        desk.refused(case, call, 2, &[told]);
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
