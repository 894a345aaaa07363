//! No input breaks it: every fault is named with its place, good rows go on, results appear whole or not at all.

use std::fs;

use crate::{Desk, rows};

const CLEANED: &str = "vehicle_id,date,odometer,unit,verdict,reason,repaired_miles,confidence";
const CLEAN: &str = "clean --readings r.csv --out o.csv";
const GOOD: &str = "vehicle_id,date,odometer,unit\nA,2026-01-01,10000,mi\nA,2026-02-01,11000,mi\n";

/// A call, the file it reads first, and the columns it must find there.
const DOORS: [(&str, &str, &str); 7] = [
    ("clean --readings x --out o.csv", "r", "vehicle_id,date,odometer,unit"),
    ("estimate --readings x --queries q --out o.csv", "r", "vehicle_id,date,odometer,unit"),
    ("estimate --readings r --queries x --out o.csv", "q", "vehicle_id,as_of,at"),
    ("track --pings x --out o.csv", "p", "vehicle_id,t,lat,lon"),
    ("track --pings p --readings x --out o.csv", "r", "vehicle_id,date,odometer,unit"),
    (
        "due --readings r --schedule s --services x --at 2026-03-01 --out o.csv",
        "v",
        "vehicle_id,date,odometer,unit,service",
    ),
    ("consent classify --in x --out o.csv", "t", "text"),
];

/// A desk with a good file for every door: r, q, p, v, t, and the schedule s.
fn desk() -> Desk {
    Desk::with(&[
        ("r", GOOD),
        ("q", "vehicle_id,as_of,at\nA,2026-03-01,2026-03-01\n"),
        ("p", "vehicle_id,t,lat,lon\nA,2026-01-01,33.75,-84.39\nA,2026-01-02,33.75,-84.39\n"),
        ("v", "vehicle_id,date,odometer,unit,service\nA,2026-01-01,10000,mi,oil_service\n"),
        ("t", "text\nSTOP\n"),
        ("s", include_str!("../../samples/schedule.toml")),
        ("o.csv", "what was there"),
    ])
}

#[test]
fn a_missing_column_is_named_with_those_that_were_found_on_every_door() {
    for (call, good, columns) in DOORS {
        let desk = desk();
        let rest = desk.read(good).replacen(columns, "", 1);
        for missing in columns.split(',') {
            // The heading with one column renamed.
            let heading: Vec<&str> =
                columns.split(',').map(|name| if name == missing { "Vehicle" } else { name }).collect();
            desk.put("x", format!("{}{rest}", heading.join(",")));
            let says = format!("x: column {missing} is missing; found: {}", heading.join(", "));
            desk.refused(call, call, 1, &[&says]);
        }
        assert_eq!(desk.read("o.csv"), "what was there", "{call}");
    }
}

#[test]
fn a_file_without_a_header_or_without_itself_is_refused_on_every_door() {
    for (call, _, columns) in DOORS {
        for (case, bytes, says) in [
            ("empty", b"".as_slice(), "x is empty: it has no header"),
            ("line ends only", b"\r\n\n\n", "x is empty: it has no header"),
            ("a byte order mark only", b"\xef\xbb\xbf", "x is empty: it has no header"),
            ("a quote left open in the header", b"\"vehicle_id,date\nA,2026\n", "a quote is opened"),
            ("binary", b"\x7fELF\x02\x01\x01\0\0\0", "is missing; found: \\u{7f}ELF"),
            ("UTF-16", b"\xff\xfev\0e\0h\0", "is missing; found:"),
            ("semicolons", b"vehicle_id;text\n", "is missing; found: vehicle_id;text"),
        ] {
            let desk = desk();
            desk.put("x", bytes);
            desk.refused(&format!("{case}: {call}"), call, 1, &[says]);
            assert_eq!(desk.read("o.csv"), "what was there", "{case}: {call}");
        }
        let desk = desk();
        desk.refused("no such file", call, 1, &["cannot open x"]);
        fs::create_dir(desk.path("x")).unwrap();
        desk.refused("a folder", call, 1, &["cannot read x"]);
        assert_eq!(desk.read("o.csv"), "what was there", "{call}");

        fs::remove_dir(desk.path("x")).unwrap();
        desk.put("x", format!("{columns}\n"));
        assert_eq!(desk.done(call).last(), "set aside: 0", "the header alone is a file without rows: {call}");
        assert!(desk.read("o.csv").ends_with('\n'));
    }
}

#[test]
fn however_a_spreadsheet_writes_it_the_same_rows_are_read() {
    let expected = {
        let desk = Desk::with(&[("r.csv", GOOD)]);
        desk.done(CLEAN);
        desk.read("o.csv")
    };
    for (case, text) in [
        ("a byte order mark", format!("\u{feff}{GOOD}")),
        ("CR LF", GOOD.replace('\n', "\r\n")),
        ("CR alone", GOOD.replace('\n', "\r")),
        ("no line end at the end", GOOD.trim_end().to_owned()),
        ("empty lines", GOOD.replace('\n', "\n\n\r\n")),
        (
            "everything quoted",
            GOOD.replace(',', "\",\"").replace('\n', "\"\n\"").trim_end_matches('"').to_owned(),
        ),
        ("blanks around the headings", GOOD.replacen("date,odometer", " date , odometer", 1)),
        (
            "more columns than were asked for",
            GOOD.replace("mi\n", "mi,,,\n").replace("unit\n", "unit,,,colour\n"),
        ),
    ] {
        let text = if case == "everything quoted" { format!("\"{text}") } else { text };
        let desk = Desk::with(&[("r.csv", &text)]);
        assert_eq!(desk.done(CLEAN).last(), "set aside: 0", "{case}");
        assert_eq!(desk.read("o.csv"), expected, "{case}");
    }
}

#[test]
fn a_bad_row_is_named_by_line_field_value_and_reason_and_good_rows_go_on() {
    let long = "9".repeat((1 << 20) + 1);
    for (case, row, says) in [
        (
            "a word for a number",
            "A,2026-01-15,about 10k,mi",
            "r.csv:3: odometer \"about 10k\": not a decimal number",
        ),
        ("too few columns", "A,2026-01-15", "r.csv:3: odometer \"\": empty"),
        (
            "a long value is cut",
            &format!("A,2026-01-15,{},mi", "x".repeat(99)),
            &format!("odometer \"{}\":", "x".repeat(40)),
        ),
        ("control characters are shown, not sent", "A,\u{1b}[2J,1,mi", "r.csv:3: date \"\\u{1b}[2J\""),
        ("a line break in a field", "\"A\",\"2026\n-01-15\",1,mi", "r.csv:3: date \"2026\\n-01-15\""),
        (
            "a row of more than 1 MiB",
            &format!("A,2026-01-15,{long},mi"),
            "r.csv:3: row \"A,2026-01-15,9999999",
        ),
        (
            "a quote left open",
            "\"A,2026-01-15,10500,mi",
            "r.csv:3: row \"\\\"A,2026-01-15,10500,mi\\n\": a quote is opened",
        ),
    ] {
        for end in ["\n", "\r\n"] {
            let text = GOOD.replacen("mi\n", &format!("mi\n{row}\n"), 1).replace('\n', end);
            let desk = Desk::with(&[("r.csv", &text)]);
            let said = desk.done(CLEAN);
            let says = if end == "\n" { says.to_owned() } else { says.replace("\\n", "\\r\\n") };
            assert!(said.err.contains(&says), "{case}: {:?}", said.err);
            assert_eq!(said.last(), "set aside: 1", "{case}");
            let found = rows(&desk.path("o.csv"), CLEANED);
            assert_eq!(found.len(), 3, "{case}: a row for every row");
            assert!(found[1][5].starts_with("unreadable: "), "{case}: {found:?}");
            assert_eq!([&found[0][4], &found[2][4]], ["accepted", "accepted"], "{case}");

            desk.put("o.csv", "what was there");
            desk.refused(case, &format!("{CLEAN} --strict"), 1, &[&says, "--strict"]);
            assert_eq!(
                desk.read("o.csv"),
                "what was there",
                "{case}: --strict stops before anything is written"
            );
        }
    }
}

#[test]
fn strict_stops_at_the_first_bad_row_on_every_door() {
    for (call, good, columns) in DOORS {
        let desk = desk();
        let commas = ",".repeat(columns.split(',').count() - 1);
        // In a row of one column only its bytes can be wrong.
        let bad = if commas.is_empty() {
            b"\xff\n\xff\n".to_vec()
        } else {
            format!("{commas}\n{commas}\n").into_bytes()
        };
        desk.put("x", [desk.bytes(good), bad].concat());
        let said = desk.done(call);
        assert_eq!(said.last(), "set aside: 2", "{call}");
        desk.put("o.csv", "what was there");
        let said = desk.run(&format!("{call} --strict"));
        assert_eq!((said.status, said.err.lines().count()), (1, 1), "{call}: {said:?}");
        assert_eq!(desk.read("o.csv"), "what was there", "{call}");
    }
}

#[test]
fn an_id_in_latin_1_goes_through_and_other_fields_in_latin_1_are_bad() {
    let desk = Desk::new();
    desk.put(
        "r.csv",
        b"vehicle_id,date,odometer,unit\nM\xfcller,2026-01-01,10000,mi\nA,2026\xb701,10000,mi\n",
    );
    let said = desk.done(CLEAN);
    assert!(said.err.contains("r.csv:3: date \"2026\u{fffd}01\": not UTF-8 text"), "{}", said.err);
    let text = desk.bytes("o.csv");
    let mut lines = text.split(|byte| *byte == b'\n').skip(1);
    assert!(lines.next().unwrap().starts_with(b"M\xfcller,2026-01-01,10000,mi,accepted"));
    assert!(lines.next().unwrap().starts_with(b"A,2026\xb701,10000,mi,set_aside,unreadable: date"));
}

#[test]
fn an_id_keeps_its_commas_quotes_and_blanks() {
    let ids = ["A,1", "the \"old\" one", " A", "A ", "two\nlines", "0017", "+17", "=cmd()", "\u{1f697}"];
    let mut text = "vehicle_id,date,odometer,unit\n".to_owned();
    for id in ids {
        text.push_str(&format!("\"{}\",2026-01-01,10000,mi\n", id.replace('"', "\"\"")));
    }
    let desk = Desk::with(&[("r.csv", &text)]);
    desk.done(CLEAN);
    let found: Vec<String> =
        rows(&desk.path("o.csv"), CLEANED).into_iter().map(|mut row| row.remove(0)).collect();
    assert_eq!(found, ids);
}

#[test]
fn a_result_that_cannot_be_written_leaves_nothing_behind() {
    for (call, _, _) in DOORS {
        let desk = desk();
        desk.put("x", "");
        for (case, out, status) in
            [("no such folder", "none/o.csv", 1), ("a file as a folder", "r/o.csv", 1), ("a folder", ".", 2)]
        {
            let call = call.replace("x --", "r --").replace("o.csv", out);
            let before = desk.names();
            let said = desk.run(&call);
            // A wrong file may be met first; it is a refusal all the same.
            assert!(said.status == status || said.err.contains("is missing"), "{case}: {call}: {said:?}");
            assert_eq!(desk.names(), before, "{case}: {call}");
        }
    }
}

#[test]
fn any_bytes_on_any_door_end_in_an_answer() {
    // A small generator of our own: the same bytes on every machine.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut draw = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let words: [&[u8]; 16] = [
        b",",
        b"\n",
        b"\r\n",
        b"\"",
        b"\"\"",
        b"A",
        b"2026-01-01",
        b"9999-12-31T23:59:60Z",
        b"1e308",
        b"-0",
        b"mi",
        b"km",
        b"\xff",
        b"\0",
        b"-90",
        b"180",
    ];
    for (call, _, columns) in DOORS {
        let desk = desk();
        for _ in 0..12 {
            let mut bytes = columns.as_bytes().to_vec();
            bytes.push(b'\n');
            for _ in 0..draw(400) {
                let word = words[draw(words.len())];
                bytes.extend_from_slice(word);
                // Mostly well-formed rows, so that values reach the work behind the door.
                bytes.extend_from_slice(if draw(3) == 0 { b"" } else { b"," });
            }
            desk.put("x", &bytes);
            assert_eq!(desk.run(call).status, 0, "{call}: {}", String::from_utf8_lossy(&bytes));
            bytes.iter_mut().for_each(|byte| *byte = u8::try_from(draw(256)).unwrap());
            desk.put("x", &bytes);
            assert!(desk.run(call).status <= 1, "{call}: {}", String::from_utf8_lossy(&bytes));
        }
    }
    let desk = desk();
    for length in [1, 7, 300, 20_000] {
        let bytes: Vec<u8> = (0..length).map(|_| u8::try_from(draw(256)).unwrap()).collect();
        desk.put("x", &bytes);
        for call in [
            "journal verify x",
            "journal import x --store new.db",
            "journal replay x",
            "journal repair --dry-run x",
            "journal export x --out y",
            "due --readings r --schedule x --services v --at 2026-03-01 --out o.csv",
            "clean --readings r --model x --out o.csv",
            "consent decide --in x --out o.csv",
        ] {
            assert!(desk.run(call).status <= 1, "{call}: {bytes:?}");
        }
        assert_eq!(desk.bytes("x"), bytes, "the file is as it was");
    }
}

/// Reports over a store's journal: the files each can write, and the policies each reads.
const REPORTS: [(&str, &[&str], &[&str]); 4] = [
    ("attribute credits", &["--json"], &[]),
    ("clicks", &["--json", "--csv", "--html"], &["--doors"]),
    ("scorecard", &["--json", "--html"], &["--policy", "--satisfaction"]),
    (
        "inspection review",
        &["--json", "--doubts", "--inspections"],
        &["--evidence", "--exemptions", "--spiff"],
    ),
];

#[test]
fn a_report_over_what_is_no_journal_for_nobody_on_no_day_or_into_no_file_is_refused_by_name() {
    let desk =
        Desk::with(&[("text.db", "no store"), ("empty.db", ""), ("wrong.toml", "version = \"mine/1\"\n")]);
    desk.done("simulate --vehicles 2 --days 3 --seed 1 --out d");
    desk.done("simulate --rooftops 2 --vehicles 2 --days 2 --seed 1 --out two");
    let there = desk.names();
    let store = desk.bytes("d/fixedops.db");
    for (report, outputs, policies) in REPORTS {
        let refused = |case: &str, rest: &str, status: i32, says: &[&str]| {
            desk.refused(&format!("{report}: {case}"), format!("{report} {rest}").trim_end(), status, says);
        };
        refused("no store", "", 2, &["STORE"]);
        refused("none there", "nowhere.db", 1, &["nowhere.db"]);
        refused("a text", "text.db", 1, &["text.db"]);
        refused("an empty file", "empty.db", 1, &["empty.db"]);
        refused("a folder", "d", 1, &["d"]);
        refused("no path", "sqlite:", 2, &["the store is empty"]);
        refused("another kind", "postgres://store", 2, &["PostgreSQL"]);
        for day in ["yesterday", "2027-02-30", "2027-01-01T25:00:00Z", "12/01/2026", "-1", "99999-01-01"] {
            refused(day, &format!("d/fixedops.db --as-of={day}"), 2, &["--as-of"]);
        }
        refused("nobody", "d/fixedops.db --seller north", 2, &["d/fixedops.db", "no seller north"]);
        refused("which", "two/fixedops.db", 2, &["two/fixedops.db", "several sellers", "--seller"]);
        for output in outputs {
            refused("a folder", &format!("d/fixedops.db {output} d"), 2, &["d is a folder"]);
            refused("no folder", &format!("d/fixedops.db {output} no/f"), 1, &["cannot write no/f"]);
            let over = "d/../d/fixedops.db";
            refused("the store itself", &format!("d/fixedops.db {output} {over}"), 2, &["is the store"]);
            refused("below a file", &format!("d/fixedops.db {output} text.db/f"), 1, &["text.db/f"]);
        }
        for policy in policies {
            refused("no policy", &format!("d/fixedops.db {policy} none.toml"), 1, &["none.toml"]);
            refused("a wrong one", &format!("d/fixedops.db {policy} wrong.toml"), 1, &["wrong.toml"]);
            refused("a folder", &format!("d/fixedops.db {policy} d"), 1, &["d: "]);
        }
        // Before anything was known there is nothing to report, and that is no fault.
        desk.done(&format!("{report} d/fixedops.db --as-of 2001-01-01"));
    }
    assert_eq!(desk.names(), there, "nothing was left behind");
    assert!(desk.bytes("d/fixedops.db") == store, "the store is as it was");
}
