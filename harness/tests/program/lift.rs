//! `simulate --lift`: the range of an experiment against the truth, and the credits against why each order came.

use serde_json::{Value, json};

use crate::{Desk, Said};

const SMALL: &str = "simulate --lift --vehicles 30 --days 130 --seeds 2 --seed 31";

fn figures(said: &Said) -> Value {
    serde_json::from_str(said.out.lines().last().unwrap()).unwrap()
}

/// How a run stands to a bar.
fn holds<'a>(found: &'a Value, bar: &str) -> &'a Value {
    let bars = found["bars"].as_array().unwrap();
    &bars.iter().find(|known| known["bar"] == bar).unwrap_or_else(|| panic!("{bar}: {found}"))["holds"]
}

#[test]
fn small_stores_say_nothing_too_early_and_the_same_whatever_the_workers() {
    let desk = Desk::new();
    let said = desk.done(SMALL);
    assert!(desk.names().is_empty(), "it leaves no files");
    let found = figures(&said);
    let number = |pointer: &str| found.pointer(pointer).and_then(Value::as_u64).unwrap();
    assert_eq!((number("/worlds"), number("/vehicles"), number("/control_percent")), (2, 30, 50));
    let measures = found["measures"].as_array().unwrap();
    assert_eq!(measures.len(), 3);
    // A hundred households in each group are not to be had of thirty cars: no number is no zero.
    for measure in measures {
        assert_eq!((&measure["spoke"], &measure["looks"]), (&0.into(), &0.into()), "{measure}");
        for none in [
            "missed",
            "missed_whole",
            "missed_by_single",
            "widest",
            "truth",
            "estimate",
            "reach",
            "taken_out",
        ] {
            assert_eq!(measure.get(none), Some(&Value::Null), "{none}: {measure}");
        }
        assert_eq!(
            (&measure["lacking"]["households"], &measure["lacking"]["need"]),
            (&2.into(), &100.into())
        );
    }
    assert_eq!(said.out.matches("no number in any store").count(), 3, "{}", said.out);
    assert_eq!((&found["judged"], holds(&found, "missed/visits")), (&json!(false), &Value::Null));
    assert!(number("/households") > 10, "{found}");
    // The two lives of a world differ in whom was spoken to and in nothing else: they place the same households.
    assert!(number("/unmatched") * 20 <= number("/households"), "{found}");
    assert!(number("/credits/lines/without/credited") > 0, "{found}");
    assert_eq!((number("/credits/twice"), number("/credits/overpaid")), (0, 0));
    assert_eq!(said.out, desk.done(&format!("{SMALL} --workers 2")).out);
    // Asked to be judged, a run that shows no number has reached nothing.
    let judged = desk.run("simulate --lift --vehicles 5 --days 20 --judge");
    assert_eq!(judged.status, 1, "{judged:?}");
    assert!(judged.out.contains("shown: NOT REACHED"), "{judged:?}");
}

#[test]
fn with_the_least_numbers_lowered_small_stores_show_ranges_and_are_judged() {
    let desk = Desk::new();
    let call = "simulate --lift --vehicles 60 --days 130 --seed 31 --least 3";
    let said = desk.done(call);
    let found = figures(&said);
    assert_eq!(found["least"], json!([3, 3]));
    let visits = &found["measures"][0];
    assert_eq!((&visits["measure"], &visits["spoke"]), (&json!("visits"), &json!(1)), "{visits}");
    assert!(visits["looks"].as_u64().unwrap() > 20, "{visits}");
    for number in ["truth", "estimate", "reach", "taken_out"] {
        assert!(visits[number].is_number(), "{number}: {visits}");
    }
    assert!(visits["missed"].as_u64().unwrap() <= 1);
    assert!(holds(&found, "missed/visits").is_boolean() && *holds(&found, "shown") == json!(true), "{found}");
    // The figures of the lines hang together: every credit is right, or wrong for one reason, and what was earned is credited to
    // its case, to another, or not.
    for place in ["with_token", "without"] {
        let lines = &found["credits"]["lines"][place];
        let number = |name: &str| lines[name].as_u64().unwrap();
        let wrong = number("no_touch") + number("other_case");
        assert!(number("beside") <= number("right"), "{lines}");
        assert_eq!(number("credited"), number("right") + wrong, "{lines}");
        assert!(number("earned") >= number("earned_right") + number("not_credited"), "{lines}");
        let precision = found["precision"][place].as_f64();
        assert_eq!(precision.is_some(), number("credited") > 0, "{found}");
    }
}

#[test]
fn a_wrong_question_is_exit_2() {
    let desk = Desk::new();
    for (case, call, says) in [
        ("more than half", "simulate --lift --control-percent 51", "--control-percent"),
        ("none", "simulate --lift --control-percent 0", "--control-percent"),
        ("groups of one", "simulate --lift --least 1", "--least"),
        ("a recall", "simulate --lift --program recall", "nothing is withheld"),
        ("a program nobody has", "simulate --lift --program winter_sale", "winter_sale"),
        ("files", "simulate --lift --out o", "--out"),
        ("rooftops", "simulate --lift --rooftops 2", "--rooftops"),
        ("a store", "simulate --lift --store sqlite:s.db", "--store"),
        ("plans", "simulate --lift --compare-plans --out o", "--compare-plans"),
        ("a share of nothing", "simulate --seeds 2 --control-percent 10", "--lift"),
        ("a bar of nothing", "simulate --seeds 2 --judge", "--lift"),
    ] {
        desk.refused(case, call, 2, &[says]);
    }
    assert!(desk.names().is_empty());
}
