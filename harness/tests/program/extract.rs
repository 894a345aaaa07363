use std::fs;
use std::path::Path;

use crate::Desk;

/// The checked-in sample is what the generator makes: `cargo run -- extract --out harness/sample-store` makes it anew.
#[test]
fn the_sample_store_is_what_extract_writes() {
    let desk = Desk::new();
    desk.done("extract --out s");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-store");
    let mut names: Vec<_> = fs::read_dir(&sample).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let mut bytes = 0;
    for name in &names {
        let (kept, made) =
            (fs::read(sample.join(name)).unwrap(), fs::read(desk.path("s").join(name)).unwrap());
        bytes += kept.len();
        assert!(kept == made, "{name:?} differs: cargo run -- extract --out harness/sample-store");
    }
    assert_eq!(names.len(), fs::read_dir(desk.path("s")).unwrap().count());
    assert!(bytes < 1_000_000, "{bytes} bytes");
}

#[test]
fn nobody_in_the_sample_is_real() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-store");
    let mut reader = csv::Reader::from_path(sample.join("customers.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|heading| heading == name).unwrap();
    let (phone, email) = (place("Cell Phone"), place("Email"));
    for row in reader.records() {
        let row = row.unwrap();
        let digits: String = row[phone].chars().filter(char::is_ascii_digit).collect();
        let fiction = digits.len() < 10 || digits[digits.len() - 7..].starts_with("55501");
        assert!(fiction, "a number that somebody may have: {}", &row[phone]);
        assert!(!row[email].contains('@') || row[email].ends_with(".example"), "{}", &row[email]);
    }
}

#[test]
fn the_sample_store_can_be_audited_and_all_its_files_are_used() {
    let desk = Desk::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-store");
    let output = desk.command().args(["audit", sample.to_str().unwrap(), "--out", "o"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let audit: serde_json::Value = serde_json::from_str(&desk.read("o/audit.json")).unwrap();
    for file in audit["read"]["files"].as_array().unwrap() {
        assert!(file["present"] == true && file["used"].as_u64().unwrap() > 0, "{file}");
    }
    assert_eq!(audit["read"]["adds_up"], true);
    let steps = audit["path"]["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["vehicles"].as_u64().unwrap() > 0), "{steps:?}");
    assert!(
        audit["headlines"].as_array().unwrap().len() >= 5
            && audit["fix_first"].as_array().unwrap().len() == 3
    );
    assert_eq!(audit["extract"]["note"], "simulated store: nobody in it is real");
}
