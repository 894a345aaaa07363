use std::fmt::Write as _;

use crate::{Desk, rows};

const HEADER: &str = "vehicle_id,distance_miles,sd_miles,from,to,fixes_used,fixes_set_aside,gap_miles,scale";
const CALL: &str = "track --pings p.csv --out o.csv";

/// Two cars side by side, a fix each five seconds at about 30 mph.
fn drive() -> Vec<String> {
    let mut lines = Vec::new();
    for fix in 0..120_u32 {
        let (minute, second) = (fix * 5 / 60, fix * 5 % 60);
        let lat = 33.75 + 0.0006 * f64::from(fix);
        lines.push(format!("A,2026-06-01T14:{minute:02}:{second:02}Z,{lat:.4},-84.39"));
        lines.push(format!("B,2026-06-01 14:{minute:02}:{second:02},{lat:.4},-84.39"));
    }
    lines
}

fn tracked(lines: &[String]) -> Vec<Vec<String>> {
    let text = lines.iter().fold("vehicle_id,t,lat,lon\n".to_owned(), |mut text, line| {
        writeln!(text, "{line}").unwrap();
        text
    });
    let desk = Desk::with(&[("p.csv", &text)]);
    desk.done(CALL);
    rows(&desk.path("o.csv"), HEADER)
}

#[test]
fn a_drive_is_as_long_as_its_road() {
    let found = tracked(&drive());
    assert_eq!(found.len(), 2);
    for row in &found {
        // 119 legs of 0.0006 degrees north, 110.9 km a degree there.
        let distance: f64 = row[1].parse().unwrap();
        assert!((distance - 4.92).abs() < 0.05, "{row:?}");
        assert!(row[2].parse::<f64>().unwrap() >= 0.0, "{row:?}");
        assert_eq!(row[3..8], ["2026-06-01T14:00:00Z", "2026-06-01T14:09:55Z", "120", "0", "0.000"]);
        assert_eq!(row[8], "1.0000", "nothing taught the scale");
    }
}

#[test]
fn fixes_may_come_in_any_order_and_again() {
    let (lines, straight) = (drive(), tracked(&drive()));
    let backwards: Vec<String> = lines.iter().rev().cloned().collect();
    let mut found = tracked(&backwards);
    // Rows stand in order of appearance.
    assert_eq!([&found[0][0], &found[1][0]], ["B", "A"]);
    found.reverse();
    assert_eq!(found, straight, "backwards");

    let found = tracked(&lines.iter().chain(&lines).cloned().collect::<Vec<_>>());
    for (twice, once) in found.iter().zip(&straight) {
        assert_eq!(twice[1..5], once[1..5], "what is repeated is no way");
        let count = |row: &[String]| row[5].parse::<u32>().unwrap() + row[6].parse::<u32>().unwrap();
        assert_eq!(count(twice), 240, "used or set aside, every fix is counted");
    }
}

#[test]
fn a_fix_thrown_far_off_is_set_aside_and_no_way() {
    let (mut lines, straight) = (drive(), tracked(&drive()));
    lines[100] = "A,2026-06-01T14:04:10Z,34.9,-85.0".to_owned();
    let found = tracked(&lines);
    assert_eq!(found[0][6], "1");
    let way = |row: &[String]| row[1].parse::<f64>().unwrap();
    assert!((way(&found[0]) - way(&straight[0])).abs() < 0.05, "{found:?}");
}

#[test]
fn an_unreadable_fix_is_named_and_the_others_count() {
    let mut text = "lon,lat,extra,t,vehicle_id,speed_mps,accuracy_m\n".to_owned();
    for line in drive().iter().step_by(2) {
        let cells: Vec<&str> = line.split(',').collect();
        writeln!(text, "{},{},x,{},{},,-1", cells[3], cells[2], cells[1], cells[0]).unwrap();
    }
    text.push_str("-84.39,90.1,x,2026-06-01,A,,\n-84.39,NaN,x,2026-06-01,A,,\n-84.39,33.7,x,noon,A,,\n-84.39,33.7,x,2026-06-01,A,fast,\n");
    let desk = Desk::with(&[("p.csv", &text)]);
    let said = desk.done(CALL);
    assert_eq!(
        said.err,
        "p.csv:122: lat \"90.1\": outside -90 to 90\n\
         p.csv:123: lat \"NaN\": outside -90 to 90\n\
         p.csv:124: t \"noon\": not a time (RFC 3339 or YYYY-MM-DD[ HH:MM[:SS]])\n\
         p.csv:125: speed_mps \"fast\": not a number\n\
         set aside: 4\n"
    );
    let found = rows(&desk.path("o.csv"), HEADER);
    assert_eq!((found[0][0].as_str(), found[0][5].as_str()), ("A", "120"));
}
