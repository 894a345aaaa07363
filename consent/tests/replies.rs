//! The replies of `testdata/replies.csv`: what must be caught, what must be let through, measured and held.

use fixedops_consent::{ReplyContext, ReplyScope, classify};
use fixedops_vocab::Scope;

struct Row {
    text: String,
    label: String,
    scope: String,
    notes: String,
}

fn rows() -> Vec<Row> {
    csv::Reader::from_reader(include_bytes!("../testdata/replies.csv").as_slice())
        .records()
        .map(|record| {
            let record = record.unwrap();
            Row { text: record[0].into(), label: record[1].into(), scope: record[2].into(), notes: record[3].into() }
        })
        .collect()
}

fn read(row: &Row) -> ReplyScope {
    classify(&row.text, &ReplyContext::default()).scope
}

/// Whether what is suppressed covers what was meant.
fn covers(got: ReplyScope, meant: &str) -> bool {
    let ReplyScope::Suppress(got) = got else { return false };
    match got {
        Scope::All => true,
        Scope::Number => meant != "email",
        narrow => narrow.as_str() == meant,
    }
}

#[test]
fn every_opt_out_is_caught_and_nothing_else_is_suppressed() {
    let (mut missed, mut false_alarms, mut let_through, mut held) = (vec![], vec![], vec![], vec![]);
    let (mut meant, mut not_meant, mut unclear) = (0, 0, 0);
    for row in rows() {
        let got = read(&row);
        let line = format!("{:?} {} -> {got}", row.text, row.scope);
        match row.scope.as_str() {
            "none" => {
                not_meant += 1;
                match got {
                    ReplyScope::None => {}
                    ReplyScope::Clarify => held.push(line),
                    ReplyScope::Suppress(_) => false_alarms.push(line),
                }
            }
            "clarify" => {
                unclear += 1;
                if got == ReplyScope::None {
                    let_through.push(line);
                }
            }
            scope => {
                meant += 1;
                if !covers(got, scope) {
                    missed.push(line);
                }
            }
        }
    }
    assert_eq!((meant, not_meant, unclear), (174, 266, 28));
    assert_eq!(missed, [""; 0], "missed");
    assert_eq!(false_alarms, [""; 0], "suppressed although nothing was meant");
    assert_eq!(let_through, [""; 0], "unclear and let through");
    assert_eq!(held, [""; 0], "held although nothing was meant");
}

#[test]
fn zz_print() {
    for row in rows() {
        let got = classify(&row.text, &ReplyContext::default());
        if got.label.as_str() != row.label || got.scope.as_str() != row.scope {
            let group = if row.scope == "none" && got.scope != ReplyScope::None { "FALSE" }
                else if row.scope == "clarify" && got.scope == ReplyScope::None { "THROUGH" }
                else if row.scope != "none" && row.scope != "clarify" && !covers(got.scope, &row.scope) { "MISSED" } else if got.scope.as_str() != row.scope { "scope" } else { "label" };
            println!("{group} {:?} {} {} -> {} {} {:?}", row.text, row.label, row.scope, got.label, got.scope, got.intents);
        }
        let _ = &row.notes;
    }
}
