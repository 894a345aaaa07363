//! The consent commands as people call them: order, bad lines, what is set aside, `--strict`, and odd files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// A deny, an allow and a defer of one Ohio number.
const STOPPED: &str = r#"{"id":"stopped","now":"2026-11-24T17:00:00Z","message":{"channel":"sms","purpose":"informational"},"recipient":{"states":["OH"],"candidate_zones":["America/New_York"]},"consents":[{"level":"pec","channels":["sms"],"given_at":"2026-03-02T15:00:00Z"}],"revocations":[{"received_at":"2026-11-24T16:00:00Z","channel":"sms","text":"STOP","scope":"all"}]}"#;
const SERVICE: &str = r#"{"id":"service","now":"2026-11-24T17:00:00Z","message":{"channel":"sms","purpose":"informational"},"recipient":{"states":["OH"],"candidate_zones":["America/New_York"]},"consents":[{"level":"pec","channels":["sms"],"given_at":"2026-03-02T15:00:00Z"}]}"#;
const EARLY: &str = r#"{"id":7,"now":"2026-11-24T12:00:00Z","message":{"channel":"live_call","purpose":"marketing"},"recipient":{"states":["OH"],"candidate_zones":["America/New_York"]}}"#;

fn call(folder: &Path, args: &[&str]) -> (i32, String) {
    let program = env!("CARGO_BIN_EXE_fixedops");
    let output = Command::new(program).current_dir(folder).arg("consent").args(args).output().unwrap();
    assert!(output.stdout.is_empty(), "results go to the file, reports to standard error");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// Decides `input`: exit status, standard error, and the answers if the file is there.
fn decide(input: &[u8], more: &[&str]) -> (i32, String, Option<Vec<Value>>) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("s.jsonl"), input).unwrap();
    let args = [&["decide", "--in", "s.jsonl", "--out", "o.jsonl"], more].concat();
    let (status, err) = call(folder.path(), &args);
    let answers = fs::read_to_string(folder.path().join("o.jsonl"))
        .ok()
        .map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
    (status, err, answers)
}

fn outcomes(answers: &[Value]) -> Vec<(String, String)> {
    answers.iter().map(|answer| (answer["id"].to_string(), answer["outcome"].to_string())).collect()
}

fn pairs<const N: usize>(expected: [(&str, &str); N]) -> Vec<(String, String)> {
    expected.iter().map(|(id, outcome)| ((*id).to_owned(), (*outcome).to_owned())).collect()
}

#[test]
fn decisions_keep_the_order_of_the_scenarios_and_name_rule_citation_and_finding() {
    let (status, err, answers) = decide(format!("{EARLY}\n{STOPPED}\n{SERVICE}").as_bytes(), &[]);
    let answers = answers.unwrap();
    assert_eq!((status, err.as_str()), (0, "set aside: 0\n"));
    let expected = [("7", "\"defer\""), ("\"stopped\"", "\"deny\""), ("\"service\"", "\"allow\"")];
    assert_eq!(outcomes(&answers), pairs(expected));
    assert_eq!(answers[0]["until"], "2026-11-24T13:00:00Z", "whole seconds with Z");
    assert_eq!(answers[1]["until"], Value::Null);
    for answer in &answers {
        let rules: Vec<&str> = answer["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reason| reason["rule"].as_str().unwrap())
            .collect();
        let once: std::collections::BTreeSet<&&str> = rules.iter().collect();
        assert_eq!(once.len(), rules.len(), "each rule once: {rules:?}");
        for reason in answer["reasons"].as_array().unwrap() {
            assert!(!reason["citation"].as_str().unwrap().is_empty(), "{reason}");
            assert!(["permits", "blocks", "defers", "notes"].contains(&reason["finding"].as_str().unwrap()));
        }
    }
}

#[test]
fn a_bad_line_is_named_and_set_aside_and_keeps_its_place() {
    let changed = |from: &str, to: &str| {
        assert!(SERVICE.contains(from), "{from}");
        SERVICE.replacen(from, to, 1)
    };
    let revocation = r#"{"received_at":"2026-11-24T16:00:00Z","scope":"all"}"#;
    for (case, line, id, says) in [
        ("not JSON", "{\"id\":1".to_owned(), "null", "s.jsonl:2: line \"{\\\"id\\\":1\": not JSON"),
        ("no object", "[1]".to_owned(), "null", "s.jsonl:2: line \"[1]\": not a JSON object"),
        (
            "no time",
            changed("\"now\":\"2026-11-24T17:00:00Z\",", ""),
            "\"service\"",
            "s.jsonl:2: now \"null\": ",
        ),
        ("date out of range", changed("2026-11-24T17", "2026-13-24T17"), "\"service\"", "s.jsonl:2: now "),
        ("unknown channel", changed("\"sms\"", "\"pigeon\""), "\"service\"", "s.jsonl:2: message "),
        (
            "null for a list",
            changed("\"consents\":[", "\"revocations\":null,\"consents\":["),
            "\"service\"",
            "s.jsonl:2: revocations ",
        ),
        (
            "an opt-out and after it an empty list",
            changed(
                "\"consents\":[",
                &format!("\"revocations\":[{revocation}],\"revocations\":[],\"consents\":["),
            ),
            "\"service\"",
            "duplicate field `revocations`",
        ),
        (
            "a scope that is none of ours",
            changed(
                "\"consents\":[",
                "\"revocations\":[{\"received_at\":\"2026-11-24T16:00:00Z\",\"scope\":\"everything\"}],\"consents\":[",
            ),
            "\"service\"",
            "s.jsonl:2: revocations ",
        ),
        (
            "longer than a megabyte",
            changed("\"id\"", &format!("\"pad\":\"{}\",\"id\"", "x".repeat(1 << 20))),
            "null",
            "longer than 1 MiB",
        ),
    ] {
        let (status, err, answers) = decide(format!("{STOPPED}\n{line}\n{SERVICE}\n").as_bytes(), &[]);
        assert_eq!(status, 0, "{case}");
        assert!(err.contains(says) && err.ends_with("\nset aside: 1\n"), "{case}: {err}");
        assert!(err.len() < 1_000, "{case}: the report is short");
        let expected = [("\"stopped\"", "\"deny\""), (id, "null"), ("\"service\"", "\"allow\"")];
        assert_eq!(outcomes(&answers.unwrap()), pairs(expected), "{case}");
    }
    let latin1 = [STOPPED.as_bytes(), b"\n{\"id\":\"Jos\xE9\"}\n", SERVICE.as_bytes()].concat();
    let (status, err, answers) = decide(&latin1, &[]);
    assert!(status == 0 && err.ends_with("\nset aside: 1\n"), "{err}");
    assert_eq!(answers.unwrap().len(), 3, "bytes that are not UTF-8 cost one line");
}

#[test]
fn strict_stops_at_the_first_bad_line_and_writes_nothing() {
    let (status, err, answers) = decide(format!("{SERVICE}\nbad\nworse\n").as_bytes(), &["--strict"]);
    assert_eq!(status, 1);
    assert!(err.contains("s.jsonl:2: ") && !err.contains("s.jsonl:3: "), "{err}");
    assert!(answers.is_none(), "no result at all");
    let (status, ..) = decide(SERVICE.as_bytes(), &["--strict"]);
    assert_eq!(status, 0, "good lines pass");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let plain = decide(format!("{STOPPED}\n{SERVICE}\n").as_bytes(), &[]);
    for (case, text) in [
        ("a byte order mark", format!("\u{FEFF}{STOPPED}\n{SERVICE}\n")),
        ("CR LF", format!("{STOPPED}\r\n{SERVICE}\r\n")),
        ("empty lines", format!("\n{STOPPED}\n  \n{SERVICE}\n\n")),
        ("no line feed at the end", format!("{STOPPED}\n{SERVICE}")),
    ] {
        assert_eq!(decide(text.as_bytes(), &[]), plain, "{case}");
    }
}

#[test]
fn an_empty_file_has_no_decisions() {
    assert_eq!(decide(b"", &[]), (0, "set aside: 0\n".to_owned(), Some(vec![])));
}

#[test]
fn a_wrong_call_or_a_missing_file_is_said_and_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("s.jsonl"), SERVICE).unwrap();
    for (case, args, expected) in [
        ("no file", &["decide", "--in", "none.jsonl", "--out", "o.jsonl"][..], 1),
        ("out is a folder", &["decide", "--in", "s.jsonl", "--out", "."], 2),
        ("no --out", &["decide", "--in", "s.jsonl"], 2),
        ("no file of replies", &["classify", "--in", "none.csv", "--out", "o.csv"], 1),
    ] {
        let (status, err) = call(folder.path(), args);
        assert!(status == expected && !err.is_empty(), "{case}: {status} {err}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Reads the replies of `input`: exit status, standard error, and the file if it is there.
fn classify(input: &[u8], more: &[&str]) -> (i32, String, Option<String>) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("r.csv"), input).unwrap();
    let args = [&["classify", "--in", "r.csv", "--out", "o.csv"], more].concat();
    let (status, err) = call(folder.path(), &args);
    (
        status,
        err,
        fs::read(folder.path().join("o.csv")).ok().map(|out| String::from_utf8_lossy(&out).into_owned()),
    )
}

#[test]
fn replies_keep_their_order_and_bad_rows_their_place() {
    let input = b"text,open_quotes,opted_out\nSTOP,,\n\"stop by, at 5\",,\nYES,1,no\nYES,many,no\nYES,,perhaps\nJos\xE9,,\nQUIT,,\n";
    let (status, err, out) = classify(input, &[]);
    assert_eq!(status, 0);
    for part in ["r.csv:5: open_quotes \"many\"", "r.csv:6: opted_out \"perhaps\""] {
        assert!(err.contains(part), "{part} is not in {err}");
    }
    assert!(err.ends_with("\nset aside: 3\n"), "{err}");
    let (status, _, again) = classify(input, &["--strict"]);
    assert_eq!((status, again), (1, None), "--strict stops and writes nothing");
    let out = out.unwrap();
    let rows: Vec<&str> = out.lines().collect();
    assert_eq!(rows[0], "text,label,scope,intents,items,odometer,lines");
    assert!(rows[1].starts_with("STOP,opt_out_keyword,all,"), "{}", rows[1]);
    assert!(rows[2].starts_with("\"stop by, at 5\",") && rows[2].contains(",none,"), "{}", rows[2]);
    assert!(rows[3].starts_with("YES,approve_all,none,"), "{}", rows[3]);
    assert_eq!(&rows[4..6], ["YES,,,,,,", "YES,,,,,,"]);
    assert!(rows[7].starts_with("QUIT,opt_out_keyword,all,"), "{}", rows[7]);
    assert_eq!(rows.len(), 8);
}

#[test]
fn lines_of_the_open_inspection_are_answered_in_their_order() {
    let input =
        b"text,lines\n\"oil yes, tires next time\",Oil change|Coolant flush|Four tires\n\"42,300\",\n";
    let (status, _, out) = classify(input, &[]);
    let out = out.unwrap();
    let rows: Vec<&str> = out.lines().collect();
    assert_eq!(status, 0);
    assert!(rows[1].ends_with(",approved||deferred (next time)"), "{}", rows[1]);
    assert!(rows[2].ends_with(",42300,"), "{}", rows[2]);
}

#[test]
fn odd_files_of_replies_are_read_or_refused_with_a_reason() {
    let plain = classify(b"text\nSTOP\nok\n", &[]);
    assert_eq!(plain.0, 0);
    for (case, input) in [
        ("a byte order mark", &b"\xEF\xBB\xBFtext\nSTOP\nok\n"[..]),
        ("CR LF", b"text\r\nSTOP\r\nok\r\n"),
        ("no line feed at the end", b"text\nSTOP\nok"),
        ("another column", b"from,text\n1,STOP\n2,ok\n"),
    ] {
        assert_eq!(classify(input, &[]), plain, "{case}");
    }
    let (status, err, out) = classify(b"message\nSTOP\n", &[]);
    assert!(
        status != 0 && err.contains("text") && err.contains("message"),
        "missing and found column: {err}"
    );
    assert_eq!(out, None);
    let (status, err, out) = classify(b"", &[]);
    assert!(status != 0 && !err.is_empty() && out.is_none(), "an empty file has no header: {err}");
}
