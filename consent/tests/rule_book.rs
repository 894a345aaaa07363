//! The shipped rule book agrees with its sources, and a wrong one is refused with file, line and reason.

#![cfg(all(feature = "decide", feature = "classify"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use fixedops_consent::{Confidence, RuleBook, RuleBookError};

fn records(bytes: &[u8]) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(bytes).records().map(Result::unwrap).collect()
}

#[test]
fn every_rule_of_the_catalogue_is_in_the_book_as_it_stands() {
    let book = RuleBook::shipped();
    let catalogue = records(include_bytes!("../data/rules.csv"));
    assert_eq!(catalogue.len(), 78);
    for row in catalogue {
        let rule = book.rule(&row[0]).unwrap_or_else(|| panic!("{} is missing", &row[0]));
        let confidence = match rule.confidence {
            Confidence::PrimaryText => "P",
            Confidence::Quoted => "Q",
            Confidence::Secondary => "S",
            Confidence::Memory => "M",
            Confidence::Derived => "D",
        };
        let found = [&rule.words, &rule.citation, &rule.effective, confidence, &rule.source];
        assert_eq!(found, [&row[1], &row[2], &row[3], &row[4], &row[5]], "{}", &row[0]);
    }
}

#[test]
fn every_state_is_known() {
    let book = RuleBook::shipped();
    let expected: Vec<String> =
        records(include_bytes!("../data/states.csv")).iter().map(|row| row[0].to_owned()).collect();
    let mut sorted = expected.clone();
    sorted.sort();
    assert_eq!(book.states().collect::<Vec<_>>(), sorted);
}

/// The shipped files with one passage replaced.
fn with(file: &str, from: &str, to: &str) -> Result<RuleBook, RuleBookError> {
    let files: Vec<(&str, String)> = RuleBook::SHIPPED_FILES
        .iter()
        .map(|(name, text)| {
            assert!(*name != file || text.contains(from), "{from} is in {file}");
            (*name, if *name == file { text.replacen(from, to, 1) } else { (*text).to_owned() })
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    RuleBook::from_files(&files)
}

#[test]
fn a_wrong_file_is_refused_by_name_line_and_reason() {
    for (file, from, to, line, reason) in [
        ("federal.toml", "\"08:00-21:00\"", "\"21:00-08:00\"", true, "is no window"),
        ("federal.toml", "version", "vversion", true, "unknown field"),
        ("federal.toml", "within_seconds = 300", "within_seconds = \"soon\"", true, "invalid type"),
        ("federal.toml", "\"America/Denver\"", "\"America/Dnver\"", true, "no IANA time zone"),
        ("states.toml", "\"easter-2\"", "\"easter monday\"", true, "is no holiday"),
        ("states.toml", "calendar = \"UT\"", "calendar = \"XX\"", true, "names calendar \"XX\""),
        ("states.toml", "rule = \"ST-TX-HOURS\"", "rule = \"ST-TX-OURS\"", true, "names rule \"ST-TX-OURS\""),
        ("states.toml", "code = \"AK\"", "code = \"AL\"", true, "given twice"),
        ("house.toml", "otherwise = \"offer\"", "otherwise = \"offers\"", true, "names class \"offers\""),
        ("house.toml", "max = 4", "max = \"many\"", true, "is no cap"),
        ("house.toml", "[reply]\nwithin_hours = 24", "", false, "[reply]"),
        (
            "area_codes.toml",
            "448 = { state = \"FL\"",
            "448 = { state = \"XX\"",
            true,
            "area code 448 lies in \"XX\"",
        ),
        (
            "area_codes.toml",
            "684 = { zones = [\"Pacific/Pago_Pago\"]",
            "684 = { zones = [\"Europe/Berlin\"]",
            true,
            "names zone \"Europe/Berlin\"",
        ),
        ("zip_codes.txt", "00501-00544 NY 0", "00501-00544 NY 99", true, "zones"),
        ("house.toml", "ro_open = \"go\"\n", "", true, "no answer to \"ro_open\""),
        ("house.toml", "ro_open = \"go\"", "ro_open = \"perhaps\"", true, "unknown variant"),
        ("house.toml", "programs = [\"recall\"]", "programs = [\"mileage_due\"]", true, "two rows"),
        ("federal.toml", "[\"TX\", \"LA\", \"MS\"]", "[\"TX\", \"ZZ\", \"MS\"]", true, "names state \"ZZ\""),
        ("email.toml", "bulk_daily_volume = 5000", "bulk_daily_volume =", true, ""),
    ] {
        let error = with(file, from, to).expect_err(to);
        assert!(error.reason.contains(reason), "{to}: {error}");
        assert_eq!(error.line.is_some(), line, "{to}: {error}");
        assert!(error.file == file || error.file == "rule book", "{to}: {error}");
    }
}

#[test]
fn the_version_names_every_file() {
    assert_eq!(
        RuleBook::shipped().version().as_str(),
        "federal@2026-11-29+states@2026-11-21+area_codes@2026-11-29+carriers@2026-11-29+email@2026-11-21+house@2026-11-29+zip_codes@2026-11-29"
    );
}

#[test]
fn a_section_may_stand_in_one_file_only() {
    let mut files = RuleBook::SHIPPED_FILES.to_vec();
    files.push(("extra.toml", "name = \"extra\"\nversion = \"1\"\n[reply]\nwithin_hours = 1\n"));
    let error = RuleBook::from_files(&files).unwrap_err();
    assert_eq!(error.to_string(), "extra.toml: [reply] stands in house.toml already");
}
