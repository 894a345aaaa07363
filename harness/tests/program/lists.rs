//! Do-not-call lists: built, brought up to date and asked, and refused when they must not be answered from.

use crate::Desk;

const FLAT: &str = "404,5550100\r\n404,5550123\r\n\r\n212-555-0147\r\n404,5550100\r\n";
const BUILD: &str = "consent list build --in r.txt --as-of 2026-11-01 --out l.dnc";
const CHECK: &str = "consent list check --list l.dnc --in n.csv --out o.csv --today 2026-11-29";

/// A desk with a national list of three numbers of 2026-11-01.
fn desk() -> Desk {
    let desk = Desk::with(&[("r.txt", FLAT), ("n.csv", "phone\n4045550123\n4045550124\n")]);
    let said = desk.done(BUILD);
    assert_eq!(said.last(), "set aside: 0");
    assert!(
        said.out.is_empty() && said.err.contains("national list as of 2026-11-01: 4 numbers read"),
        "{said:?}"
    );
    desk
}

#[test]
fn every_row_keeps_its_place_and_columns_and_is_told_whether_it_is_listed() {
    let desk = desk();
    desk.put(
        "n.csv",
        b"\xEF\xBB\xBFid,phone,note\n1,(404) 555-0123,\"a, b\"\n2,404 555 0124,J\xfcrgen\n3,,\n4,911,x\n5\n6,+1 212 555 0147,y\n7,4045550100,z,more\n",
    );
    let said = desk.done(CHECK);
    assert_eq!(
        desk.bytes("o.csv"),
        b"id,phone,note,listed\n1,(404) 555-0123,\"a, b\",true\n2,404 555 0124,J\xfcrgen,false\n3,,,\n4,911,x,\n5,,,\n6,+1 212 555 0147,y,true\n7,4045550100,z,\n",
    );
    assert_eq!(
        said.err,
        "n.csv:4: phone: empty\nn.csv:5: phone: neither ten digits nor 1 and ten digits\nn.csv:6: phone: empty\n\
         n.csv:8: row: more fields than the header\nnational list as of 2026-11-01: 2 of 7 listed\nset aside: 4\n"
    );
    desk.refused("strict", &format!("{CHECK} --strict"), 1, &["n.csv:4: phone: empty (--strict)"]);
}

#[test]
fn more_rows_than_are_looked_up_together_are_all_answered() {
    let desk = desk();
    let rows: String = (0..2_500).map(|n| format!("40455{:05}\n", 50_000 + n % 200)).collect();
    desk.put("n.csv", format!("phone\n{rows}"));
    let said = desk.done(CHECK);
    assert!(said.err.contains("24 of 2500 listed"), "twelve times two of 200: {said:?}");
    assert_eq!(desk.read("o.csv").lines().filter(|line| line.ends_with(",true")).count(), 24);
}

#[test]
fn a_stale_list_one_dated_ahead_and_one_of_another_kind_are_refused() {
    let desk = desk();
    for (case, call, says) in [
        (
            "32 days old",
            format!("{CHECK}x").replace("2026-11-29x", "2026-12-03"),
            "l.dnc: stale: as of 2026-11-01 it is 32 days old",
        ),
        ("older than asked", format!("{CHECK} --max-age-days 27"), "28 days old on 2026-11-29, more than 27"),
        (
            "of tomorrow",
            format!("{CHECK}x").replace("2026-11-29x", "2026-10-31"),
            "dated ahead: as of 2026-11-01, and today is 2026-10-31",
        ),
        ("not ours", format!("{CHECK} --kind internal"), "kind is national, not internal"),
    ] {
        desk.refused(case, &call, 1, &[says]);
    }
    assert!(!desk.names().contains(&"o.csv".to_owned()), "nothing was answered");
    desk.done(&format!("{CHECK} --max-age-days 28 --kind national"));
}

#[test]
fn a_damaged_list_is_refused_by_every_command() {
    let desk = desk();
    let whole = desk.bytes("l.dnc");
    desk.put("c.txt", "404,5550177,2026-11-02,A\n");
    let apply = "consent list apply --list l.dnc --changes c.txt --as-of 2026-11-02 --out l2.dnc";
    let mut turned = whole.clone();
    turned[70] ^= 1;
    for (case, bytes, says) in [
        ("cut", &whole[..whole.len() - 1], "truncated"),
        ("a bit turned", &turned, "corrupt: the checksum of the body"),
        ("another file", FLAT.as_bytes(), "not a list"),
        ("empty", b"", "truncated: 0 bytes of 64"),
    ] {
        desk.put("l.dnc", bytes);
        for call in [CHECK, apply, "consent list verify l.dnc"] {
            desk.refused(case, call, 1, &["l.dnc: ", says]);
        }
    }
    assert!(!desk.names().iter().any(|name| name == "o.csv" || name == "l2.dnc"));
    desk.put("l.dnc", whole);
    let said = desk.done("consent list verify l.dnc");
    assert!(said.out.starts_with("the list holds: national, as of 2026-11-01, 3 numbers, "), "{said:?}");
}

#[test]
fn a_change_list_leads_from_day_to_day_and_is_refused_with_a_gap_or_twice() {
    let desk = desk();
    let apply = |since: &str, as_of: &str| {
        let since = if since.is_empty() { String::new() } else { format!(" --since {since}") };
        format!("consent list apply --list l.dnc --changes c.txt{since} --as-of {as_of} --out l.dnc")
    };
    desk.put("c.txt", "404,5550177,2026-11-05,A\n");
    desk.refused(
        "a gap",
        &apply("", "2026-11-06"),
        1,
        &["gap: the list is as of 2026-11-01, the first change of 2026-11-05"],
    );
    desk.refused(
        "a gap that is said",
        &apply("2026-11-04", "2026-11-06"),
        1,
        &["gap: ", "those in between are missing"],
    );
    desk.refused("changes after the day", &apply("", "2026-11-04"), 1, &["c.txt: "]);
    desk.put("c.txt", "404,5550177,A\n404,5550123,D\n");
    desk.refused("no dates", &apply("", "2026-11-02"), 1, &["no change has a date: say with --since"]);
    desk.refused("back", &apply("2026-11-01", "2026-11-01"), 1, &["which is not later"]);

    desk.put("c.txt", "404,5550177,2026-11-02,A\n404,5550123,2026-11-02,D\n404,5550123,2026-11-02,X\n212,5550147,2026-11-01,A\n612,5550100,D\n");
    let said = desk.done(&apply("", "2026-11-02"));
    assert!(said.err.contains("c.txt:3: field: neither a date"), "{said:?}");
    assert!(
        said.err.contains(
            "as of 2026-11-02: 1 added, 1 removed, 3 numbers (1 were listed already, 1 were not listed)"
        ),
        "{said:?}"
    );
    assert_eq!(said.last(), "set aside: 1");
    desk.refused(
        "twice",
        &apply("", "2026-11-03"),
        1,
        &["out of order: the list is as of 2026-11-02 already"],
    );
    desk.refused("strict", &format!("{} --strict", apply("", "2026-11-03")), 1, &["(--strict)"]);

    desk.refused(
        "a year ahead",
        &apply("", "2027-12-30"),
        1,
        &["its last change is of 2026-11-02: it leads to no later day than 2026-11-03"],
    );
    desk.put("c.txt", "404,5550177,2026-11-03,A\n404,5550123,2026-11-02,D\n");
    desk.refused(
        "once more",
        &apply("2026-11-02", "2026-11-03"),
        1,
        &["it changes nothing: was it applied before?"],
    );
    desk.put("c.txt", "404,5550188,A\n");
    desk.refused(
        "without a date, far ahead",
        &apply("2026-11-02", "2026-12-30"),
        1,
        &["no change has a date: it may lead 31 days on"],
    );

    // The same as one built anew.
    desk.put("anew.txt", "404,5550100\n404,5550177\n212,5550147\n");
    desk.done("consent list build --in anew.txt --as-of 2026-11-02 --out anew.dnc");
    assert_eq!(desk.bytes("l.dnc"), desk.bytes("anew.dnc"));
}

#[test]
fn what_is_no_list_of_numbers_makes_no_list() {
    let desk = desk();
    let build = "consent list build --in x.txt --as-of 2026-11-01 --out x.dnc";
    for (name, text) in [
        ("empty", ""),
        ("xml", "<?xml version=\"1.0\"?>\n<list type=\"full\">\n</list>\n"),
        ("bytes", "SQLite format 3\u{0}\n\u{1}\u{2}\n"),
    ] {
        desk.put("x.txt", text);
        desk.refused(
            name,
            build,
            1,
            &["no line is a number: a list that is really empty is made with --allow-empty"],
        );
        assert!(!desk.path("x.dnc").exists(), "{name}: nothing was written");
    }
    let mut mostly = "404,5550123\n".repeat(50);
    mostly.push_str(&"what is this\n".repeat(21));
    desk.put("x.txt", &mostly);
    desk.refused("mostly", build, 1, &["21 of 71 lines are no number, more than one in 100"]);
    desk.put("x.txt", "");
    desk.done(&format!("{build} --allow-empty"));
}

#[test]
fn lines_that_are_no_numbers_are_named_without_being_repeated() {
    let desk = Desk::new();
    let long = "4".repeat((1 << 20) + 1);
    desk.put(
        "r.txt",
        format!("404,5550100\nphone\n404,555012\n911,5550123\n404,1550123\n{long}\n<list/>\n(212) 555-0147"),
    );
    let said = desk.done(BUILD);
    for says in [
        "r.txt:2: number: a character",
        "r.txt:3: number: a character",
        "r.txt:4: area_code: no area code",
        "r.txt:5: exchange: no exchange",
        "r.txt:6: line: longer than 1 MiB",
        "r.txt:7: line: XML; download the flat text file instead",
    ] {
        assert!(said.err.contains(says), "{says}: {said:?}");
    }
    assert_eq!(said.last(), "set aside: 6");
    assert!(!said.err.contains("555"), "{said:?}");
    assert!(desk.done("consent list verify l.dnc").out.contains(" 2 numbers"));
    desk.refused("strict", &format!("{BUILD} --strict"), 1, &["r.txt:2: ", "(--strict)"]);
}

#[test]
fn the_file_of_the_numbers_is_checked_before_anything_is_written() {
    let desk = desk();
    let before = desk.bytes("n.csv");
    desk.refused(
        "over its input",
        &CHECK.replace("o.csv", "n.csv"),
        2,
        &["that is the file n.csv that is read"],
    );
    desk.refused(
        "over the list",
        &CHECK.replace("o.csv", "l.dnc"),
        2,
        &["that is the file l.dnc that is read"],
    );
    assert_eq!(desk.bytes("n.csv"), before);
    for (case, header, says) in [
        ("another column", "mobile\n", "n.csv: column phone is missing; found: mobile"),
        ("checked already", "phone,listed\n", "n.csv: column listed is there already"),
        ("empty", "", "n.csv is empty: it has no header"),
    ] {
        desk.put("n.csv", header);
        desk.refused(case, CHECK, 1, &[says]);
    }
    desk.put("n.csv", "mobile\n4045550123\n");
    desk.done(&format!("{CHECK} --column mobile"));
    assert_eq!(desk.read("o.csv"), "mobile,listed\n4045550123,true\n");
    desk.refused("no list", &CHECK.replace("l.dnc", "nowhere.dnc"), 1, &["cannot read nowhere.dnc"]);
}
