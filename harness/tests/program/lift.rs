//! `simulate --lift`: the range of an experiment against the truth, and the credits against why each order came.

use serde_json::Value;

use crate::{Desk, Said};

const SMALL: &str = "simulate --lift --vehicles 30 --days 130 --seeds 2 --seed 31";

fn figures(said: &Said) -> Value {
    serde_json::from_str(said.out.lines().last().unwrap()).unwrap()
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
    // A hundred households in each group are not to be had of thirty cars.
    for measure in measures {
        assert_eq!((&measure["looks"], &measure["missed"]), (&0.into(), &0.into()), "{measure}");
    }
    assert!(number("/households") > 10, "{found}");
    // The two lives of a world differ in whom was spoken to and in nothing else: they place the same households.
    assert!(number("/unmatched") * 20 <= number("/households"), "{found}");
    assert!(number("/credits/lines") > 0, "{found}");
    assert_eq!((number("/credits/twice"), number("/credits/overpaid")), (0, 0));
    assert_eq!(said.out, desk.done(&format!("{SMALL} --workers 2")).out);
}

#[test]
fn a_wrong_question_is_exit_2() {
    let desk = Desk::new();
    for (case, call, says) in [
        ("more than half", "simulate --lift --control-percent 51", "--control-percent"),
        ("none", "simulate --lift --control-percent 0", "--control-percent"),
        ("a recall", "simulate --lift --program recall", "nothing is withheld"),
        ("a program nobody has", "simulate --lift --program winter_sale", "winter_sale"),
        ("files", "simulate --lift --out o", "--out"),
        ("rooftops", "simulate --lift --rooftops 2", "--rooftops"),
        ("a store", "simulate --lift --store sqlite:s.db", "--store"),
        ("plans", "simulate --lift --compare-plans --out o", "--compare-plans"),
        ("a share of nothing", "simulate --seeds 2 --control-percent 10", "--lift"),
    ] {
        desk.refused(case, call, 2, &[says]);
    }
    assert!(desk.names().is_empty());
}
