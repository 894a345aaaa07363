use crate::{Desk, miles, rows};

const HEADER: &str = "vehicle_id,date,odometer,unit,verdict,reason,repaired_miles,confidence";
const CALL: &str = "clean --readings r.csv --out o.csv";

#[test]
fn every_row_has_its_verdict_in_order_with_what_stood_in_it() {
    let readings = "unit,odometer,note,date,vehicle_id
mi,10000,,2026-01-01,A
mi,11000,\"two
lines\",2026-02-01,A
mi,-5,,2026-02-15,A
mi,12000,,2026-03-01 08:00,A
furlong,5,,2026-03-02,A
mi,NaN,,2026-03-03,A
mi,,,2026-03-04,A
mi,13000,,2026-02-30,A
mi,13000,,2026-04-01,
mi,20000000,,2026-04-01,A
";
    let desk = Desk::with(&[("r.csv", readings)]);
    let said = desk.done(CALL);
    let found: Vec<String> = rows(&desk.path("o.csv"), HEADER).iter().map(|row| row[..6].join("|")).collect();
    assert_eq!(
        found,
        [
            "A|2026-01-01|10000|mi|accepted|",
            "A|2026-02-01|11000|mi|accepted|",
            "A|2026-02-15|-5|mi|set_aside|negative",
            "A|2026-03-01 08:00|12000|mi|accepted|",
            "A|2026-03-02|5|furlong|set_aside|unreadable: unit",
            "A|2026-03-03|NaN|mi|set_aside|unreadable: odometer",
            "A|2026-03-04||mi|set_aside|unreadable: odometer",
            "A|2026-02-30|13000|mi|set_aside|unreadable: date",
            "|2026-04-01|13000|mi|set_aside|unreadable: vehicle_id",
            "A|2026-04-01|20000000|mi|set_aside|beyond_odometer",
        ]
    );
    // Only the unreadable ones are complained of: the others were read and judged.
    assert_eq!(
        said.err,
        "r.csv:7: unit \"furlong\": unit is none of mi, km, m\n\
         r.csv:8: odometer \"NaN\": not a decimal number\n\
         r.csv:9: odometer \"\": empty\n\
         r.csv:10: date \"2026-02-30\": not a time (RFC 3339 or YYYY-MM-DD[ HH:MM[:SS]])\n\
         r.csv:11: vehicle_id \"\": empty\n\
         set aside: 5\n"
    );
}

#[test]
fn what_is_read_is_never_written_over() {
    let desk = Desk::with(&[("r.csv", "vehicle_id,date,odometer,unit\nA,2026-01-01,10000,mi\n")]);
    desk.refused(
        "itself",
        "clean --readings r.csv --out ./r.csv",
        2,
        &["that is the file r.csv that is read"],
    );
    assert!(desk.read("r.csv").starts_with("vehicle_id,date"));
}

#[test]
fn a_date_after_the_file_was_made_is_a_verdict() {
    let readings = "vehicle_id,date,odometer,unit
A,2026-01-01,10000,mi
A,2026-02-01,11000,mi
A,2099-02-01,12000,mi
";
    let desk = Desk::with(&[("r.csv", readings)]);
    for (call, verdict) in
        [(CALL.to_owned(), "set_aside"), (format!("{CALL} --as-of 2100-01-01"), "accepted")]
    {
        desk.done(&call);
        let found = rows(&desk.path("o.csv"), HEADER);
        assert_eq!(found[2][4], verdict, "{call}");
        assert_eq!(found[2][5], if verdict == "accepted" { "" } else { "future_date" }, "{call}");
    }
}

#[test]
fn a_number_is_what_parses_as_one() {
    for (odometer, verdict) in [
        ("12000", "accepted"),
        (" 12000 ", "accepted"),
        ("12000.4", "accepted"),
        ("1.2e4", "accepted"),
        ("-1", "set_aside negative"),
        ("99999999", "set_aside beyond_odometer"),
        ("0", "set_aside zero"),
        ("inf", "set_aside unreadable: odometer"),
        ("-inf", "set_aside unreadable: odometer"),
        ("nan", "set_aside unreadable: odometer"),
        ("1e400", "set_aside unreadable: odometer"),
        ("1e13", "set_aside unreadable: odometer"),
        ("0x2EE0", "set_aside unreadable: odometer"),
        ("12 000", "set_aside unreadable: odometer"),
        ("about 12000", "set_aside unreadable: odometer"),
        ("\u{0661}\u{0662}", "set_aside unreadable: odometer"),
    ] {
        let text = format!(
            "vehicle_id,date,odometer,unit\nA,2026-01-01,10000,mi\nA,2026-02-01,11000,mi\nA,2026-03-01,{odometer},mi\nA,2026-04-01,13000,mi\n"
        );
        let desk = Desk::with(&[("r.csv", &text)]);
        desk.done(CALL);
        let found = rows(&desk.path("o.csv"), HEADER);
        assert_eq!(found[2][2], odometer, "the echo");
        assert_eq!(found[2][4..6].join(" ").trim(), verdict, "{odometer}");
    }
}

#[test]
fn a_date_is_read_in_every_form_of_the_contract_and_in_no_other() {
    for (date, verdict) in [
        ("2026-03-01", "accepted"),
        ("2026-03-01 08:15", "accepted"),
        ("2026-03-01 08:15:30", "accepted"),
        ("2026-03-01T08:15:30Z", "accepted"),
        ("2026-03-01T08:15:30.25Z", "accepted"),
        ("2026-03-01T08:15:30-07:00", "accepted"),
        ("1066-10-14", "set_aside bad_date"),
        ("0999-12-31", "set_aside unreadable: date"),
        ("10000-01-01", "set_aside unreadable: date"),
        ("2026-02-30", "set_aside unreadable: date"),
        ("2026-03-01 24:30", "set_aside unreadable: date"),
        ("03/01/2026", "set_aside unreadable: date"),
        ("1772323200", "set_aside unreadable: date"),
    ] {
        let text = format!(
            "vehicle_id,date,odometer,unit\nA,2026-01-01,10000,mi\nA,2026-02-01,11000,mi\nA,{date},12000,mi\nA,2026-04-01,13000,mi\n"
        );
        let desk = Desk::with(&[("r.csv", &text)]);
        desk.done(CALL);
        let found = rows(&desk.path("o.csv"), HEADER);
        assert_eq!(found[2][4..6].join(" ").trim(), verdict, "{date}");
    }
}

#[test]
fn a_repaired_reading_shows_the_miles_that_were_meant_and_all_others_none() {
    let mut text = "vehicle_id,date,odometer,unit\n".to_owned();
    for month in 1..=9 {
        let odometer = if month == 5 { 50_000 } else { 1_000 * month };
        text.push_str(&format!("A,2026-{month:02}-01,{odometer},mi\n"));
    }
    let desk = Desk::with(&[("r.csv", &text)]);
    desk.done(CALL);
    for (place, row) in rows(&desk.path("o.csv"), HEADER).iter().enumerate() {
        let confidence: f64 = row[7].parse().unwrap();
        assert!((0.0..=1.0).contains(&confidence), "{row:?}");
        if place == 4 {
            assert_eq!(row[4], "repaired", "{row:?}");
            assert!((miles(&row[6]) - 5_000.0).abs() < 1.0, "{row:?}");
        } else {
            assert_eq!((row[4].as_str(), row[6].as_str()), ("accepted", ""), "{row:?}");
        }
    }
}
