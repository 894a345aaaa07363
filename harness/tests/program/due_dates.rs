//! `simulate --seeds N`: due dates against the truth.

use serde_json::Value;

use crate::{Desk, Said};

/// The line of JSON behind the line to read.
fn figures(said: &Said) -> Value {
    let lines: Vec<&str> = said.out.lines().collect();
    let [.., words, json] = lines.as_slice() else { panic!("{said:?}") };
    assert!(words.starts_with("due dates in "), "{words}");
    serde_json::from_str(json).unwrap()
}

#[test]
fn due_dates_are_held_against_the_truth_without_a_run_or_a_file() {
    let desk = Desk::new();
    let said = desk.done("simulate --seeds 4 --vehicles 60 --seed 11");
    assert_eq!((said.out.lines().count(), desk.names().len(), said.err.as_str()), (2, 0, ""), "{said:?}");
    let found = figures(&said);
    let number = |pointer: &str| found.pointer(pointer).and_then(Value::as_f64).unwrap();
    assert_eq!((number("/worlds"), number("/first_seed"), number("/vehicles_per_world")), (4.0, 11.0, 60.0));
    let all = number("/within") + number("/before_p10") + number("/after_p90");
    assert!((all - 1.0).abs() < 1e-3, "{found}");
    let (low, high) = (number("/within_5_95/0"), number("/within_5_95/1"));
    assert!(low < number("/within") && number("/within") < high && high - low < 0.2, "{found}");
    let thirds = found["by_staleness"].as_array().unwrap();
    let looks: f64 = thirds.iter().map(|third| third["looks"].as_f64().unwrap()).sum();
    assert_eq!((thirds.len(), looks), (3, number("/looks")));
    // A range that holds nothing, or everything, is none; whether it is right takes more worlds.
    assert!((0.5..0.98).contains(&number("/within")), "{found}");
    let silent: f64 = ["no_baseline", "no_habit", "past_horizon"]
        .iter()
        .map(|why| number(&format!("/unanswered/{why}")))
        .sum();
    let looked = number("/looks") + number("/read_past_it") + silent;
    assert!(looked > 4.0 * 60.0 * 4.0 * 0.8 && looked <= 4.0 * 60.0 * 4.0, "{looked}");
    assert!(number("/days_off/p50") < number("/days_off/flat_calendar"), "{found}");
}

#[test]
fn p2_the_80_percent_range_of_a_due_date_holds_the_true_day_about_80_times_in_a_hundred() {
    let desk = Desk::new();
    let found = figures(&desk.done("simulate --seeds 20"));
    let within = found["within"].as_f64().unwrap();
    assert!((0.77..=0.83).contains(&within), "{found}");
    for third in found["by_staleness"].as_array().unwrap() {
        assert!((0.70..=0.90).contains(&third["within"].as_f64().unwrap()), "{found}");
    }
}

#[test]
fn the_figures_are_the_same_whatever_the_workers_and_other_seeds_are_other_worlds() {
    let desk = Desk::new();
    let one = desk.done("simulate --seeds 3 --vehicles 30");
    assert_eq!(one.out, desk.done("simulate --seeds 3 --vehicles 30 --workers 3").out);
    assert_ne!(one.out, desk.done("simulate --seeds 3 --vehicles 30 --seed 9").out);
}

#[test]
fn runs_of_several_seeds_end_with_the_due_dates_of_their_worlds() {
    let desk = Desk::new();
    let runs = desk.done("simulate --seeds 2 --vehicles 6 --days 60 --out d");
    let looked = desk.done("simulate --seeds 2 --vehicles 6 --days 60");
    assert!(runs.out.ends_with(&looked.out) && runs.out.len() > looked.out.len(), "{runs:?}");
    assert_eq!(desk.names(), ["d"]);
    // One run says nothing of due dates unless it is asked for by --seeds.
    assert!(!desk.done("simulate --vehicles 6 --days 60 --out e").out.contains("due dates in"));
}

#[test]
fn what_speaks_of_runs_is_refused_where_none_is_made() {
    let desk = Desk::new();
    desk.refused("nothing to write to", "simulate", 2, &["--out DIR", "--seeds N"]);
    desk.refused("faults of no run", "simulate --seeds 2 --faults all", 2, &["--faults", "--out DIR"]);
    desk.refused("a store of no run", "simulate --seeds 1 --store sqlite:s.db", 2, &["--store", "--out DIR"]);
    assert!(desk.names().is_empty());
}
