//! Every stored form ever shipped stays readable.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "in tests a panic is the way to fail"
)]

mod story;

use chrono::DateTime;
use fixedops_recovery::{Case, Event, Plans};

const V1: &str = include_str!("../testdata/case-v1.json");

const V2: &str = include_str!("../testdata/case-v2.json");

fn moved_by_a_late_wake(text: &str, same_words: bool) {
    let stored: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let plans = Plans::shipped();
    for value in stored {
        let case: Case = serde_json::from_value(value.clone()).unwrap();
        let written = serde_json::to_value(&case).unwrap();
        assert_eq!(written == value, same_words, "{value}");
        let again: Case = serde_json::from_value(written).unwrap();
        assert_eq!(again, case, "what was written back is the same case");
        let plan = plans.plan(case.plan()).expect("plans of open cases ship on");
        let was_open = case.closure().is_none() && case.wake_at().is_some();
        let later = DateTime::parse_from_rfc3339("2028-01-01T00:00:00Z").unwrap().to_utc();
        let moved = case.clone().step(plan, &Event::Wake, later);
        assert_eq!(moved.case != case, was_open, "{value}");
    }
}

#[test]
fn cases_stored_in_form_1_are_read_written_in_the_form_of_today_and_moved() {
    moved_by_a_late_wake(V1, false);
}

#[test]
fn cases_stored_in_form_2_are_read_written_back_and_moved() {
    moved_by_a_late_wake(V2, true);
}

#[test]
fn a_form_nobody_knows_is_refused_by_name() {
    let newer = r#"{"form":"case/9","soul":21}"#;
    let error = serde_json::from_str::<Case>(newer).unwrap_err().to_string();
    assert!(error.contains("unknown variant `case/9`, expected `case/1` or `case/2`"), "{error}");
}

#[test]
fn a_broken_case_is_refused_with_the_reason() {
    let first = V1.lines().nth(1).unwrap().trim_end_matches(',');
    for (from, to, told) in [
        ("\"round\":1", "\"round\":0", "rounds are counted from 1"),
        ("\"next\":0", "\"next\":-1", "invalid value: integer `-1`"),
        ("\"waiting\"", "\"dreaming\"", "unknown variant `dreaming`"),
        ("\"plan\":\"mileage_due/1\"", "\"plan\":\"\"", "id is empty"),
        ("\"round\":1", "\"round\":1,\"soul\":21", "unknown field `soul`"),
    ] {
        let error = serde_json::from_str::<Case>(&first.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(told), "{told}: {error}");
    }
}
