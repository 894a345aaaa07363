use crate::{Desk, miles, rows};

const HEADER: &str = "vehicle_id,service,due_miles,due_p10,due_p50,due_p90,p_due,stage,reason";
const CALL: &str = "due --readings r.csv --schedule s.toml --services v.csv --out o.csv --at";
const READINGS: &str = "vehicle_id,date,odometer,unit
A,2026-01-01,10000,mi
A,2026-03-01,12000,mi
A,2026-05-01,14000,mi
B,2026-01-01,50000,mi
";
const SERVICES: &str = "service,vehicle_id,date,odometer,unit,note
oil_service,A,2026-01-01,10000,mi,
delivery,C,2024-06-01,,,
oil_service,C,2026-05-01,next time,mi,
";
const SCHEDULE: &str = include_str!("../../samples/schedule.toml");

fn found(at: &str) -> (Vec<Vec<String>>, String) {
    let desk = Desk::with(&[("r.csv", READINGS), ("v.csv", SERVICES), ("s.toml", SCHEDULE)]);
    let said = desk.done(&format!("{CALL} {at}"));
    (rows(&desk.path("o.csv"), HEADER), said.err)
}

#[test]
fn every_vehicle_known_has_a_row_for_every_service_of_the_schedule() {
    let (found, err) = found("2026-05-10");
    let names: Vec<String> = found.iter().map(|row| row[..2].join(" ")).collect();
    assert_eq!(
        names,
        [
            "A oil_service",
            "A brake_fluid",
            "B oil_service",
            "B brake_fluid",
            "C oil_service",
            "C brake_fluid"
        ]
    );
    assert_eq!(err, "v.csv:4: odometer \"next time\": not a decimal number\nset aside: 1\n");
}

#[test]
fn the_stage_follows_the_miles_driven_or_the_months_gone_and_says_so() {
    for (case, at, vehicle, service, stage, reason) in [
        ("far from due", "2026-05-10", "A", "oil_service", "not_yet", "by distance"),
        ("long past the miles", "2026-12-15", "A", "oil_service", "overdue", "by distance"),
        ("by months alone", "2026-08-20", "C", "brake_fluid", "overdue", "by time"),
        (
            "nothing to count from",
            "2026-05-10",
            "B",
            "oil_service",
            "unknown",
            "no known service or delivery",
        ),
        ("the service is not known yet", "2025-12-31", "A", "oil_service", "unknown", "no known service"),
    ] {
        let (found, _) = found(at);
        let row = found.iter().find(|row| row[0] == vehicle && row[1] == service).unwrap();
        assert_eq!(row[7], stage, "{case}: {row:?}");
        assert!(row[8].contains(reason), "{case}: {row:?}");
        if stage == "unknown" {
            assert!(row[2..7].iter().all(String::is_empty), "{case}: {row:?}");
        }
    }
    let (found, _) = found("2026-05-10");
    assert!((miles(&found[0][2]) - 17_500.0).abs() < 0.05, "{:?}", found[0]);
    assert!(found[0][3] < found[0][4] && found[0][4] < found[0][5], "{:?}", found[0]);
    assert!((0.0..=1.0).contains(&found[0][6].parse::<f64>().unwrap()), "{:?}", found[0]);
}

#[test]
fn a_leg_of_time_prints_no_mileage() {
    let (found, _) = found("2026-08-20");
    let row = found.iter().find(|row| row[0] == "C" && row[1] == "brake_fluid").unwrap();
    assert_eq!((row[2].as_str(), row[6].as_str()), ("", ""), "{row:?}");
    assert!(!row[8].contains(" mi"), "{row:?}");
}

#[test]
fn a_wrong_instant_level_or_schedule_is_named() {
    let desk = Desk::with(&[
        ("r.csv", READINGS),
        ("v.csv", SERVICES),
        ("s.toml", SCHEDULE),
        ("broken.toml", "version = "),
        (
            "odd.toml",
            "version = \"schedule/x/1\"\neffective = 2026-01-01\nsource = \"x\"\n[[service]]\nservice = \"oil\"\n",
        ),
    ]);
    let other = |schedule: &str| CALL.replace("s.toml", schedule);
    for (case, call, status, says) in [
        ("no date", format!("{CALL} tomorrow"), 2, "--at tomorrow"),
        ("a level of nothing", format!("{CALL} 2026-05-10 --level 0"), 2, "--level 0"),
        ("no level", format!("{CALL} 2026-05-10 --level NaN"), 2, "--level NaN"),
        ("no schedule", format!("{} 2026-05-10", other("none.toml")), 1, "none.toml"),
        ("no TOML", format!("{} 2026-05-10", other("broken.toml")), 1, "broken.toml"),
        (
            "neither miles nor months",
            format!("{} 2026-05-10", other("odd.toml")),
            1,
            "neither distance nor months",
        ),
    ] {
        desk.refused(case, &call, status, &[says]);
        assert!(!desk.path("o.csv").exists(), "{case}");
    }
}
