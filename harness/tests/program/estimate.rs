use crate::{Desk, miles, rows};

const HEADER: &str = "vehicle_id,as_of,at,p10,p50,p90,basis,last_reading_at,readings_used,readings_set_aside";
const CALL: &str = "estimate --readings r.csv --queries q.csv --out o.csv";

/// About 33 miles a day; the last of May is learned a week late, one in April is nonsense.
const READINGS: &str = "vehicle_id,date,odometer,unit,learned_at
A,2026-01-01,10000,mi,
A,2026-02-01,11000,mi,
A,2026-03-01,12000,mi,
A,2026-04-01,99,mi,
A,2026-05-31,15000,mi,2026-06-07 12:00
";

/// The answers to these queries.
fn answers(readings: &str, queries: &str) -> Vec<Vec<String>> {
    let desk = Desk::with(&[("r.csv", readings), ("q.csv", queries)]);
    desk.done(CALL);
    rows(&desk.path("o.csv"), HEADER)
}

#[test]
fn only_what_was_read_and_learned_by_as_of_counts_that_instant_included() {
    for (case, as_of, used, set_aside, last) in [
        ("before everything", "2025-12-31", "0", "0", ""),
        ("at the very reading", "2026-01-01", "1", "0", "2026-01-01T00:00:00Z"),
        ("a second before the next", "2026-01-31 23:59:59", "1", "0", "2026-01-01T00:00:00Z"),
        ("at the next", "2026-02-01T00:00:00Z", "2", "0", "2026-02-01T00:00:00Z"),
        ("the same instant, elsewhere", "2026-01-31T19:00:00-05:00", "2", "0", "2026-02-01T00:00:00Z"),
        ("with the one set aside", "2026-04-01", "3", "1", "2026-03-01T00:00:00Z"),
        ("read, not learned", "2026-06-07 11:59", "3", "1", "2026-03-01T00:00:00Z"),
        ("learned", "2026-06-07 12:00", "4", "1", "2026-05-31T00:00:00Z"),
    ] {
        let found = answers(READINGS, &format!("vehicle_id,as_of,at\nA,{as_of},2026-06-10\n"));
        assert_eq!(found[0][7..], [last, used, set_aside], "{case}");
    }
}

#[test]
fn what_is_learned_later_does_not_change_the_answer_of_today() {
    let queries = "vehicle_id,as_of,at\nA,2026-03-02,2026-04-15\nA,2026-03-02,2026-02-10\n";
    let known: String = READINGS.lines().take(4).map(|line| format!("{line}\n")).collect();
    assert_eq!(answers(READINGS, queries), answers(&known, queries));
}

#[test]
fn basis_is_read_within_24_hours_estimated_beyond_and_unknown_leaves_the_miles_empty() {
    for (case, vehicle, at, basis) in [
        ("at the reading", "A", "2026-03-01", "read"),
        ("24 hours after", "A", "2026-03-02", "read"),
        ("24 hours before", "A", "2026-02-28", "read"),
        ("a minute more", "A", "2026-03-02 00:01", "estimated"),
        ("between two", "A", "2026-02-14", "estimated"),
        ("ahead", "A", "2026-03-20", "estimated"),
        ("before the first", "A", "2025-06-01", "unknown"),
        ("no such vehicle", "B", "2026-03-01", "unknown"),
    ] {
        let found = answers(READINGS, &format!("vehicle_id,as_of,at\n{vehicle},2026-03-10,{at}\n"));
        assert_eq!(found[0][6], basis, "{case}");
        let [p10, p50, p90] = [&found[0][3], &found[0][4], &found[0][5]];
        if basis == "unknown" {
            assert!(p10.is_empty() && p50.is_empty() && p90.is_empty(), "{case}: {found:?}");
        } else {
            assert!(miles(p10) <= miles(p50) && miles(p50) <= miles(p90), "{case}: {found:?}");
        }
    }
    let one = answers(
        "vehicle_id,date,odometer,unit\nA,2026-01-01,10000,mi\n",
        "vehicle_id,as_of,at\nA,2026-03-01,2026-03-01\n",
    );
    assert_eq!((one[0][4].as_str(), one[0][6].as_str()), ("", "unknown"), "one reading has no habit");
}

#[test]
fn every_query_has_its_row_in_order_with_what_was_asked_as_it_was_written() {
    let queries = "at,colour,as_of,vehicle_id
2026-03-05T10:00:00+01:00,red,2026-03-04 08:00,A
soon,red,2026-03-04,A
2026-03-05,red,2026-13-04,\"A, the second\"
2026-03-05,red,2026-03-04,
2026-03-05
2026-03-05,red,2026-03-04,\"A\"
";
    let desk = Desk::with(&[("r.csv", READINGS), ("q.csv", queries)]);
    let said = desk.done(CALL);
    let found = rows(&desk.path("o.csv"), HEADER);
    let echo: Vec<[&str; 4]> =
        found.iter().map(|row| [&row[0], &row[1], &row[2], &row[6]].map(String::as_str)).collect();
    assert_eq!(
        echo,
        [
            ["A", "2026-03-04 08:00", "2026-03-05T10:00:00+01:00", "estimated"],
            ["A", "2026-03-04", "soon", "unknown"],
            ["A, the second", "2026-13-04", "2026-03-05", "unknown"],
            ["", "2026-03-04", "2026-03-05", "unknown"],
            ["", "", "2026-03-05", "unknown"],
            ["A", "2026-03-04", "2026-03-05", "estimated"],
        ]
    );
    assert_eq!(
        said.err,
        "q.csv:3: at \"soon\": not a time (RFC 3339 or YYYY-MM-DD[ HH:MM[:SS]])\n\
         q.csv:4: as_of \"2026-13-04\": not a time (RFC 3339 or YYYY-MM-DD[ HH:MM[:SS]])\n\
         q.csv:5: vehicle_id \"\": empty\n\
         q.csv:6: vehicle_id \"\": empty\n\
         set aside: 4\n"
    );
}

#[test]
fn used_and_set_aside_are_the_readable_readings_and_unreadable_ones_are_neither() {
    let readings = format!(
        "{READINGS}A,2026-02-10,unknown,mi,\nA,2026-02-11,11300,leagues,\nA,2026-02-12,11350,mi,later\n"
    );
    let desk =
        Desk::with(&[("r.csv", &readings), ("q.csv", "vehicle_id,as_of,at\nA,2026-07-01,2026-07-01\n")]);
    let said = desk.done(CALL);
    assert_eq!(said.last(), "set aside: 3");
    let found = rows(&desk.path("o.csv"), HEADER);
    assert_eq!(found[0][8..], ["4", "1"]);
}

#[test]
fn units_are_brought_to_miles() {
    let queries = "vehicle_id,as_of,at\nA,2026-02-01,2026-02-01\n";
    for (unit, first, last) in
        [("mi", "10000", "11000"), ("km", "16093.44", "17702.784"), ("m", "16093440", "17702784")]
    {
        let readings = format!(
            "vehicle_id,date,odometer,unit\nA,2026-01-01,{first},{unit}\nA,2026-02-01,{last},{unit}\n"
        );
        let found = answers(&readings, queries);
        assert!((miles(&found[0][4]) - 11_000.0).abs() <= 0.2, "{unit}: {found:?}");
    }
}
