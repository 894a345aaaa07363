use std::fmt::Write as _;

use chrono::{DateTime, Duration, Utc};

use crate::{Desk, rows};

/// The nine of the contract come first, for ever.
const HEADER: &str = "vehicle_id,distance_miles,sd_miles,from,to,fixes_used,fixes_set_aside,gap_miles,scale,\
    invalid,repeated,late,inaccurate,thrown,future,other_device,unconfirmed,\
    device_odometer,scale_sd,scale_changed_at";
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
        assert_eq!(row[9..17], ["0"; 8], "no fault");
        assert_eq!(row[17..], ["", "0.0160", ""], "no device odometer, the factor's prior, no change");
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
    assert_eq!((found[0][6].as_str(), found[0][13].as_str()), ("1", "1"), "set aside as thrown");
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

/// Fifty miles north in a day at 40 mph, a fix each ten seconds, with what else is said in each.
fn long_drive(says: impl Fn(u32) -> String) -> String {
    let mut text = "vehicle_id,t,lat,lon,odometer_m,device\n".to_owned();
    for fix in 0..450_u32 {
        let (hour, minute, second) = (14 + fix / 360, fix / 6 % 60, fix % 6 * 10);
        let lat = 33.75 + 0.0016 * f64::from(fix);
        writeln!(text, "A,2026-06-01T{hour}:{minute:02}:{second:02}Z,{lat:.4},-84.39,{}", says(fix)).unwrap();
    }
    text
}

fn tracked_with(pings: &str, call: &str) -> Vec<Vec<String>> {
    let desk = Desk::with(&[("p.csv", pings)]);
    desk.done(call);
    rows(&desk.path("o.csv"), HEADER)
}

#[test]
fn i11_and_i12_the_odometer_of_the_device_is_a_witness_and_no_more() {
    let metres = |fix: u32| 177.5 * f64::from(fix);
    let way = tracked_with(&long_drive(|_| ",".to_owned()), CALL)[0][1].clone();
    for (case, says, expected) in [
        ("a good one", (|m| format!("{:.0},", 9e6 + m)) as fn(f64) -> String, "agrees"),
        ("stuck", |_| "9000000,".to_owned(), "stuck"),
        ("kilometres for metres", |m| format!("{:.3},", 9e3 + m / 1e3), "wrong_unit"),
        ("miles for kilometres", |m| format!("{:.0},", 9e6 + m / 1.609), "wrong_unit"),
        ("0.03 km of all", |m| format!("{:.0},", 9e6 + m / 2_600.0), "short"),
        ("no number that can be", |_| "-5,".to_owned(), "unproven"),
    ] {
        let found = tracked_with(&long_drive(|fix| says(metres(fix))), CALL);
        assert_eq!(found[0][17], expected, "{case}");
        assert_eq!(found[0][1], way, "{case}: the miles are those of the GPS");
    }
}

#[test]
fn two_devices_in_a_car_are_one_drive() {
    let one = tracked_with(&long_drive(|fix| format!("{:.0},1", 177.5 * f64::from(fix))), CALL);
    let mut both = long_drive(|fix| format!("{:.0},1", 177.5 * f64::from(fix)));
    // The second: a hundred metres beside, at the same seconds, with a trip counter.
    let other = long_drive(|fix| format!("{},2", fix % 7)).replace("-84.39,", "-84.391,");
    both.extend(other.lines().skip(1).map(|line| format!("{line}\n")));
    let both = tracked_with(&both, CALL);
    assert_eq!((both[0][1].as_str(), both[0][15].as_str()), (one[0][1].as_str(), "450"));
    assert_eq!((both[0][17].as_str(), both[0][5].as_str()), ("agrees", "450"));
}

#[test]
fn fixes_dated_after_they_were_received_are_in_the_future() {
    let text = long_drive(|_| ",".to_owned());
    let found = tracked_with(&text, &format!("{CALL} --received-at 2026-06-01T14:29:50Z"));
    // Half an hour, and the five minutes by which clocks may differ.
    assert_eq!((found[0][5].as_str(), found[0][14].as_str()), ("210", "240"));
    let desk = Desk::with(&[("p.csv", &text)]);
    let said = desk.run(&format!("{CALL} --received-at noon"));
    assert!(said.err.contains("--received-at noon: not a time"), "{}", said.err);
}

#[test]
fn i7_the_factor_of_the_dash_is_learned_and_dated_when_it_changed() {
    // The same road each month; from the seventh on the dash counts 3 % less: larger tyres.
    let (mut pings, mut readings) =
        ("vehicle_id,t,lat,lon\n".to_owned(), "vehicle_id,date,odometer,unit\n".to_owned());
    let mut dash = 20_000.0;
    for month in 1..=10_u32 {
        writeln!(readings, "A,2025-{month:02}-01,{dash:.0},mi").unwrap();
        for fix in 0..2_000_u32 {
            let (hour, minute, second) = (8 + fix / 180, fix / 3 % 60, fix % 3 * 20);
            let out = if fix < 1_000 { fix } else { 2_000 - fix };
            let lat = 33.75 + 0.005 * f64::from(out);
            writeln!(pings, "A,2025-{month:02}-10T{hour:02}:{minute:02}:{second:02}Z,{lat:.4},-84.39")
                .unwrap();
        }
        dash += 690.0 * if month < 7 { 1.0 } else { 0.97 };
    }
    let desk = Desk::with(&[("p.csv", &pings), ("r.csv", &readings)]);
    desk.done(&format!("{CALL} --readings r.csv"));
    let found = rows(&desk.path("o.csv"), HEADER);
    let factor: f64 = found[0][8].parse().unwrap();
    let (before, sd): (f64, f64) =
        (690.0 / (found[0][1].parse::<f64>().unwrap() / 10.0), found[0][18].parse().unwrap());
    assert!((factor / before - 0.97).abs() < 0.006 && sd < 0.01, "{before} {found:?}");
    assert_eq!(found[0][19], "2025-07-01T00:00:00Z");
}

#[test]
fn a_clock_five_minutes_ahead_is_forgiven_for_the_fix_and_for_its_odometer() {
    let pings = long_drive(|fix| format!("{:.0},", 9e6 + 177.5 * f64::from(fix)));
    // The last fix is of 15:14:50.
    let whole = tracked_with(&pings, CALL);
    let just = tracked_with(&pings, &format!("{CALL} --received-at 2026-06-01T15:09:50Z"));
    assert_eq!(just, whole, "nothing is ahead by more");
    let late = tracked_with(&pings, &format!("{CALL} --received-at 2026-06-01T15:09:49Z"));
    assert_eq!((late[0][5].as_str(), late[0][14].as_str()), ("449", "1"), "a second more is");
    // The shortest drive that proves the odometer, by two minutes and a half: it takes the last five to prove it.
    let first =
        |fixes: usize| pings.lines().take(1 + fixes).fold(String::new(), |text, line| text + line + "\n");
    let word = |pings: &str, call: &str| tracked_with(pings, call)[0][17].clone();
    let fixes = (1..=30).map(|n| n * 15).find(|&n| word(&first(n), CALL) != "unproven").unwrap();
    let drive = first(fixes);
    let last = drive.lines().last().unwrap().split(',').nth(1).unwrap().parse::<DateTime<Utc>>().unwrap();
    for (case, seconds, expected) in [("five minutes", 300, "agrees"), ("far more", 900, "unproven")] {
        let received = (last - Duration::seconds(seconds)).format("%Y-%m-%dT%H:%M:%SZ");
        assert_eq!(word(&drive, &format!("{CALL} --received-at {received}")), expected, "{case}");
    }
    let desk = Desk::with(&[]);
    assert!(desk.done("track --help").out.contains("five minutes"));
}
