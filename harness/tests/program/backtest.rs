//! `backtest`: the program's own accuracy on a user's histories, and its constants fitted to them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::Desk;

fn sample() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/backtest.csv")).unwrap()
}

fn json(desk: &Desk, call: &str) -> Value {
    serde_json::from_str(&desk.done(&format!("{call} --format json")).out).unwrap()
}

/// A rule of a table by the beginning of its name.
fn rule<'t>(table: &'t Value, name: &str) -> &'t Value {
    let mut rules = table["rules"].as_array().unwrap().iter();
    rules.find(|rule| rule["name"].as_str().unwrap().starts_with(name)).unwrap()
}

/// Cars that drive `rate` miles a day to the mile, read every `every` days.
fn even_cars(cars: u32, rate: i64, every: i64) -> String {
    let mut text = "vehicle_id,date,odometer,unit\n".to_owned();
    for car in 0..cars {
        for number in 0..10 {
            let day = number * every;
            let date =
                chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + chrono::Days::new(day.unsigned_abs());
            writeln!(text, "E{car},{date},{},mi", 1_000 + day * rate).unwrap();
        }
    }
    text
}

#[test]
fn the_table_has_every_rule_fits_the_terminal_and_says_what_was_left_out() {
    let desk = Desk::with(&[("r.csv", &sample())]);
    let said = desk.done("backtest --readings r.csv");
    assert_eq!(said.last(), "set aside: 0");
    for words in [
        "this program",
        "Fleetio",
        "Mitchell1",
        "Connected Cars",
        "Cobalt",
        "last two visits",
        "median of last four",
        "least squares",
        "flat calendar",
        "plausible run",
        "of the best other",
        "1 on no common line",
        "questions about 13 vehicles",
    ] {
        assert!(said.out.contains(words), "{words:?} is not in {}", said.out);
    }
    assert!(said.out.lines().all(|line| line.chars().count() <= 100), "{}", said.out);
    assert_eq!(said.out, desk.done("backtest --readings r.csv").out);
}

#[test]
fn on_cars_that_drive_by_the_clock_the_rules_that_look_at_the_car_are_right_and_the_calendar_is_not() {
    let desk = Desk::with(&[("r.csv", &even_cars(6, 20, 60))]);
    let found = json(&desk, "backtest --readings r.csv --horizons visit,100");
    let tables = found["horizons"].as_array().unwrap();
    // Two readings before the first question of ten; over 100 days every second reading answers one.
    for (table, questions, days) in [(&tables[0], 8 * 6, 60.0), (&tables[1], 4 * 6, 120.0)] {
        assert_eq!((table["questions"].as_u64(), table["vehicles"].as_u64()), (Some(questions), Some(6)));
        for name in ["lifetime", "last two", "median", "least squares", "last 14", "plausible"] {
            assert_eq!(rule(table, name)["miles_off"], 0.0, "{name}");
        }
        let flat = rule(table, "flat")["miles_off"].as_f64().unwrap();
        assert!((flat - (13_500.0 / 365.25 - 20.0) * days).abs() < 0.1, "{flat}");
        let ours = rule(table, "this program");
        assert!(ours["miles_off"].as_f64().unwrap() < 0.1 * 20.0 * days && ours["within"] == 1.0, "{ours}");
        assert_eq!(table["unanswered"], 0);
    }
}

#[test]
fn a_reading_learned_late_is_not_known_before_unless_that_is_asked_for() {
    let mut text = "vehicle_id,date,odometer,unit,learned_at\n".to_owned();
    for line in even_cars(4, 20, 60).lines().skip(1) {
        // Each comes to light only years later.
        writeln!(text, "{line},2030-01-01").unwrap();
    }
    let desk = Desk::with(&[("r.csv", &text)]);
    let table = |call: &str| json(&desk, call)["horizons"][0].clone();
    assert_eq!(table("backtest --readings r.csv")["questions"], 0);
    assert_eq!(table("backtest --readings r.csv --learned read")["questions"], 8 * 4);
    assert!(desk.done("backtest --readings r.csv").out.contains("nothing could be asked"));
}

#[test]
fn a_fit_says_what_it_brings_on_vehicles_it_did_not_see_and_writes_a_model_that_is_read() {
    let desk = Desk::with(&[("r.csv", &sample())]);
    let call = "backtest --readings r.csv --fit --effective 2027-02-01 --out m.toml";
    let found = json(&desk, call);
    let fit = &found["fit"];
    assert_eq!(fit["vehicles"], 13);
    let number = |name: &str| fit[name].as_f64().unwrap();
    // What is kept helps on the vehicles seen; on others it flatters less.
    assert!(number("seen") < 1.0 && number("seen") <= number("unseen"), "{fit}");
    let text = desk.read("m.toml");
    for words in ["odometer-model/2027-02-01-fitted", "effective = 2027-02-01", "13 vehicles", "did not see"]
    {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }
    // The same call, the same bytes; and the model is one, and is another.
    desk.done(&call.replace("m.toml", "again.toml"));
    assert_eq!(text, desk.read("again.toml"));
    let ours = |call: &str| rule(&json(&desk, call)["horizons"][0], "this program").clone();
    let given = ours("backtest --readings r.csv");
    let fitted = ours("backtest --readings r.csv --model m.toml");
    assert_ne!(given, fitted);
    let said = desk.done("backtest --readings r.csv --fit").out;
    assert!(said.contains("rate_log_sd") && said.contains("vehicles the fit did not see"), "{said}");
}

#[test]
fn constants_that_are_far_off_are_found_and_said_to_be_better() {
    let desk = Desk::with(&[("r.csv", &even_cars(20, 20, 60))]);
    let found = json(&desk, "backtest --readings r.csv --fit");
    // Cars that drive by the clock need no wide range.
    let fit = &found["fit"];
    assert!(fit["better"] == true && fit["unseen"].as_f64().unwrap() < 0.7, "{fit}");
}

#[test]
fn wrong_calls_are_refused_and_a_fit_to_a_handful_is_too() {
    let desk = Desk::with(&[("r.csv", &even_cars(9, 20, 60))]);
    let fit = "backtest --readings r.csv --fit";
    desk.refused("too few vehicles", fit, 1, &["9 vehicles can be asked about", "stay with the model"]);
    for (case, call, says) in [
        ("a model without a fit", "backtest --readings r.csv --out m.toml --effective 2027-01-01", "--fit"),
        ("a model without a date", "backtest --readings r.csv --fit --out m.toml", "--effective"),
        ("no horizon", "backtest --readings r.csv --horizons never", "neither visit nor"),
        ("a horizon of nothing", "backtest --readings r.csv --horizons 0", "neither visit nor"),
        ("no readings", "backtest", "--readings"),
    ] {
        desk.refused(case, call, 2, &[says]);
    }
    desk.put("bad.csv", "vehicle_id,date,odometer,unit\nA,2026-01-01,many,mi\n");
    let said = desk.done("backtest --readings bad.csv");
    assert!(said.err.contains("bad.csv:2") && said.last() == "set aside: 1", "{said:?}");
    desk.refused("strict", "backtest --readings bad.csv --strict", 1, &["--strict"]);
    assert_eq!(desk.names(), ["bad.csv", "r.csv"]);
}
