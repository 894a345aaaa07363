use fixedops_closed_loop::audit::{Audit, Extract};

use super::audit;

fn empty() -> Audit {
    serde_json::from_value(serde_json::json!({
        "schema": "fixedops-audit/1", "policies": {}, "headlines": [], "fix_first": [], "faults": [], "measures": [],
        "extract": Extract { note: Some("simulated <store>".into()), ..Extract::default() },
        "read": { "files": [], "left_out": [], "dollars": [], "adds_up": true },
        "vehicles": { "figures": [], "by_basis": [], "by_age": [],
            "backtest": { "definition": "", "coverage": null, "rules": [] } },
        "intervals": { "definition": "", "services": [], "any_due": [] },
        "reach": { "note": null, "figures": [], "why_not": [] },
        "path": { "from": null, "until": null, "service": "oil_service", "definition": "", "visit": [], "steps": [], "biggest_leak": null },
        "declined": { "definition": "", "figures": [], "by_age": [], "by_op_code": [], "worth": [], "own_recovery": [] },
    }))
    .unwrap()
}

#[test]
fn an_audit_of_nothing_is_a_page_that_says_so() {
    let html = audit(&empty()).unwrap();
    for words in ["No repair order could be used.", "Nothing was found.", "Simulated &lt;store&gt;"] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("<svg"));
    let ids: Vec<&str> =
        html.split("<section id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(
        ids,
        [
            "in-short",
            "path",
            "ladder",
            "vehicles",
            "intervals",
            "reach",
            "declined",
            "faults",
            "measures",
            "read",
            "computed-from"
        ]
    );
}

#[test]
fn a_leak_is_named_with_its_dollars_and_a_step_without_its_file_is_not_known() {
    let mut data = empty();
    let step = |id: &str, vehicles: u64, lost: u64, dollars: i64, unknown: bool| {
        serde_json::json!({
            "id": id, "label": format!("Step {id}"), "vehicles": vehicles, "lost": lost, "came_anyway": 1,
            "dollars": rust_decimal::Decimal::from(dollars), "how": "lost x mean visit", "leak": true, "unknown": unknown,
        })
    };
    data.path.steps = serde_json::from_value(serde_json::json!([
        step("due", 1_200, 0, 0, false),
        step("touched", 300, 900, 45_600, false),
        step("booked", 0, 0, 0, true),
    ]))
    .unwrap();
    data.path.biggest_leak = Some("touched".into());
    let html = audit(&data).unwrap();
    assert!(html.contains(
        "The biggest leak is at &quot;Step touched&quot;: 900 vehicles are lost there; those that did not come anyway come to $45,600."
    ));
    assert_eq!(html.matches("not known</td>").count(), 4);
    // Nothing can be lost for certain where nothing is known.
    assert!(!html.contains("Lost before: Step booked"));
}
