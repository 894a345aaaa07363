use crate::{Desk, miles, rows};

const HEADER: &str = "vehicle_id,service,due_miles,due_p10,due_p50,due_p90,p_due,stage,reason,schedule,counted_from,visit,visit_lead,visit_why,ask_due_at_least,ask_p_due,ask_from";
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

/// The columns behind those of the contract, of one row.
fn column(desk: &Desk, vehicle: &str, service: &str, name: &str) -> String {
    let place = HEADER.split(',').position(|column| column == name).unwrap();
    let found = rows(&desk.path("o.csv"), HEADER);
    found.iter().find(|row| row[0] == vehicle && row[1] == service).unwrap()[place].clone()
}

const OPERATIONS: &str = "vehicle_id,date,odometer,unit,op_code,name,where,record,by
A,2026-01-01,10000,mi,LOF5,,here,R-1,a-7
A,2026-02-01,11000,mi,LOFTOP,top-up,here,R-2,
A,2026-02-02,11000,mi,WASH,wash,here,R-3,
B,2026-01-01,50000,mi,,Oil change,elsewhere,,
B,2026-01-02,50000,mi,,,here,,
B,2026-01-02,50000,mi,LOF5,,there,,
";
const MAP: &str = include_str!("../../samples/op_codes.toml");

#[test]
fn op_codes_reset_their_interval_and_what_is_excluded_does_not() {
    let desk =
        Desk::with(&[("r.csv", READINGS), ("v.csv", OPERATIONS), ("s.toml", SCHEDULE), ("m.toml", MAP)]);
    let said = desk.done(&format!("{CALL} 2026-05-10 --op-codes m.toml"));
    assert!(said.err.contains("v.csv:6: op_code \"\": empty, and so is the name"), "{said:?}");
    assert!(said.err.contains("v.csv:7: where \"there\": neither here nor elsewhere"), "{said:?}");
    assert!(
        said.err.contains(
            "v.csv: operations that reset no interval: 1 excluded from look-back, 1 not in the map"
        ),
        "{said:?}"
    );
    assert_eq!(said.last(), "set aside: 2");
    // The top-up a month later is not the last oil service.
    assert!((miles(&column(&desk, "A", "oil_service", "due_miles")) - 17_500.0).abs() < 0.05);
    assert_eq!(
        column(&desk, "A", "oil_service", "counted_from"),
        "service here on 2026-01-01 (record R-1, by a-7)"
    );
    assert_eq!(column(&desk, "B", "oil_service", "counted_from"), "service done elsewhere on 2026-01-01");
    assert_eq!(column(&desk, "A", "brake_fluid", "counted_from"), "");

    desk.refused("no map", &format!("{CALL} 2026-05-10"), 2, &["--op-codes"]);
    desk.put(
        "bad.toml",
        "version = \"x\"\neffective = 2026-01-01\nsource = \"x\"\n[codes]\n\"L*\" = \"a\"\n\"*L\" = \"b\"\n",
    );
    desk.refused(
        "an ambiguous map",
        &format!("{CALL} 2026-05-10 --op-codes bad.toml"),
        1,
        &["bad.toml", "may both match"],
    );
    desk.put("v.csv", "vehicle_id,date,odometer,unit\n");
    desk.refused(
        "neither service nor code",
        &format!("{CALL} 2026-05-10"),
        1,
        &["column service is missing"],
    );
}

#[test]
fn each_car_gets_the_schedule_that_is_closest_to_it() {
    let honda = include_str!("../../samples/pack-crv.toml");
    let cars = "vehicle_id,year,make,model\nA,2019,HONDA,cr v\nB,2016,Honda,CR-V\nB2,x,,\nC,2019,Honda,CR-V\nC,2020,Kia,Rio\n";
    let desk = Desk::with(&[
        ("r.csv", READINGS),
        ("v.csv", SERVICES),
        ("s.toml", SCHEDULE),
        ("h.toml", honda),
        ("cars.csv", cars),
    ]);
    let said = desk.done(&format!("{CALL} 2026-05-10 --schedule h.toml --vehicles cars.csv"));
    assert!(said.err.contains("cars.csv:4: year \"x\": not a year"), "{said:?}");
    assert!(said.err.contains("cars.csv:6: vehicle_id \"C\": stands there twice"), "{said:?}");
    assert_eq!(column(&desk, "A", "oil_service", "schedule"), "schedule/sample-crv/1");
    assert!((miles(&column(&desk, "A", "oil_service", "due_miles")) - 20_000.0).abs() < 0.05);
    assert_eq!(column(&desk, "B", "oil_service", "schedule"), "schedule/sample/1");
    assert_eq!(
        column(&desk, "C", "oil_service", "schedule"),
        "schedule/sample/1",
        "nobody knows which it is"
    );

    desk.refused(
        "two for the same cars",
        &format!("{CALL} 2026-05-10 --schedule s.toml"),
        1,
        &["equally close", "schedule/sample/1"],
    );
    let only = CALL.replace("s.toml", "h.toml");
    let said = desk.done(&format!("{only} 2026-05-10"));
    assert!(said.err.contains("vehicle A: no schedule is for it"), "{said:?}");
    assert_eq!(rows(&desk.path("o.csv"), HEADER).len(), 0);
}

#[test]
fn the_cars_own_countdown_brings_the_due_point_forward_and_a_reset_is_said() {
    let said = "vehicle_id,date,service,odometer,distance_left,unit,days_left,learned_at
A,2026-03-01,oil_service,12000,4000,mi,,
A,2026-05-01,oil_service,14000,7400,mi,,
A,2026-05-02,oil_service,14050,,mi,,
D,2026-05-01,oil_service,,,,-3,
";
    let desk = Desk::with(&[("r.csv", READINGS), ("v.csv", SERVICES), ("s.toml", SCHEDULE), ("c.csv", said)]);
    let said = desk.done(&format!("{CALL} 2026-05-10 --countdowns c.csv"));
    assert!(said.err.contains("c.csv:4: distance_left \"\": empty, and so is days_left"), "{said:?}");
    assert!((miles(&column(&desk, "A", "oil_service", "due_miles")) - 16_000.0).abs() < 0.05);
    let reason = column(&desk, "A", "oil_service", "reason");
    assert!(reason.contains("set back by 2026-05-01 without a service on record"), "{reason}");
    // Nothing but the countdown is known of this car, and it says three days ago.
    assert_eq!(column(&desk, "D", "oil_service", "stage"), "due");
    assert_eq!(
        column(&desk, "D", "oil_service", "counted_from"),
        "the car's own countdown, read on 2026-05-01"
    );
    assert_eq!(column(&desk, "D", "brake_fluid", "stage"), "unknown");
}

#[test]
fn services_close_together_are_one_visit_and_a_wide_open_one_is_asked_about() {
    let services = "vehicle_id,date,odometer,unit,service
A,2026-01-01,10000,mi,oil_service
A,2024-09-01,,,brake_fluid
B,2026-01-01,50000,mi,oil_service
";
    let desk = Desk::with(&[("r.csv", READINGS), ("v.csv", services), ("s.toml", SCHEDULE)]);
    desk.done(&format!("{CALL} 2026-08-20"));
    for service in ["oil_service", "brake_fluid"] {
        assert_eq!(column(&desk, "A", service, "visit"), "1", "{service}");
        assert_eq!(column(&desk, "A", service, "visit_lead"), "oil_service", "{service}");
        assert_eq!(column(&desk, "A", service, "visit_why"), "first", "{service}");
    }
    // One reading and a calendar: a second reading would settle it.
    assert!((miles(&column(&desk, "B", "oil_service", "ask_due_at_least")) - 57_500.0).abs() < 0.05);
    assert_eq!(column(&desk, "B", "oil_service", "ask_from"), "2026-08-20T00:00:00Z");
    assert_eq!(column(&desk, "B", "oil_service", "ask_p_due"), "");
    assert_eq!(column(&desk, "B", "brake_fluid", "visit"), "", "nothing is known of it");

    desk.put("p.toml", include_str!("../../samples/due.toml").replace("from = 0.25", "from = 2"));
    desk.refused("a policy", &format!("{CALL} 2026-08-20 --due-policy p.toml"), 1, &["p.toml", "ask.from"]);
}

#[test]
fn a_countdown_no_car_gives_is_named_and_makes_nothing_overdue() {
    let said = "vehicle_id,date,service,odometer,distance_left,unit,days_left,learned_at
E,2026-05-08,oil_service,,,,-5000000,
E,2026-05-08,oil_service,,-1000000000,mi,,
E,2026-05-08,oil_service,45000,-45001,mi,,
E,2026-05-08,oil_service,45000,160935,km,,
E,1970-01-01,oil_service,,,,45,
E,2026-05-08,oil_service,,,,2147483,
E,2026-05-08,oil_service,,,,-3651,
F,2026-05-08,oil_service,,,,-3650,
G,1980-01-01,oil_service,,100000,mi,3650,
";
    let desk = Desk::with(&[("r.csv", READINGS), ("v.csv", SERVICES), ("s.toml", SCHEDULE), ("c.csv", said)]);
    let said = desk.done(&format!("{CALL} 2026-05-10 --countdowns c.csv"));
    assert_eq!(
        said.err,
        "v.csv:4: odometer \"next time\": not a decimal number
c.csv:2: days_left \"-5000000\": outside -3,650 to 3,650 days
c.csv:3: distance_left \"-1000000000\": outside -100,000 to 100,000 miles
c.csv:4: distance_left \"-45001\": with that odometer due outside 0 to 999,999.9 miles
c.csv:5: distance_left \"160935\": outside -100,000 to 100,000 miles
c.csv:6: date \"1970-01-01\": before 1980
c.csv:7: days_left \"2147483\": outside -3,650 to 3,650 days
c.csv:8: days_left \"-3651\": outside -3,650 to 3,650 days
set aside: 8
"
    );
    let found = rows(&desk.path("o.csv"), HEADER);
    assert!(found.iter().all(|row| row[0] != "E"), "nothing good was said of it: {found:?}");
    assert_eq!(column(&desk, "F", "oil_service", "due_p50"), "2016-05-10T00:00:00Z");
    assert_eq!(column(&desk, "G", "oil_service", "due_p50"), "1989-12-29T00:00:00Z");
}

#[test]
fn a_service_no_schedule_knows_is_counted_and_one_that_is_no_id_is_a_bad_row() {
    let services = "vehicle_id,date,odometer,unit,service
A,2026-01-01,10000,mi,oil_service
A,2026-01-02,10000,mi,oil_srvice
A,2026-01-03,10000,mi,Oil Service
B,2026-01-03,50000,mi,tire_service
B,2024-01-03,,,delivery
";
    let said = "vehicle_id,date,service,days_left\nA,2026-05-01,brake_fluid,9\nA,2026-05-01,break_fluid,9\n";
    let desk = Desk::with(&[("r.csv", READINGS), ("v.csv", services), ("s.toml", SCHEDULE), ("c.csv", said)]);
    let call = format!("{CALL} 2026-05-10 --countdowns c.csv");
    let said = desk.done(&call);
    let lines: Vec<&str> = said.err.lines().collect();
    assert!(lines[0].starts_with("v.csv:4: service \"Oil Service\": "), "{said:?}");
    assert_eq!(
        lines[1..],
        [
            "v.csv: rows whose service no schedule knows: 2, the first oil_srvice on line 3",
            "c.csv: rows whose service no schedule knows: 1, the first break_fluid on line 3",
            "set aside: 1",
        ]
    );
    desk.refused("strict", &format!("{call} --strict"), 1, &["v.csv:4", "Oil Service"]);

    // Beside a map it is an operation like others, and what the map makes of a code is looked at as well.
    desk.put(
        "v.csv",
        format!(
            "{}\n",
            services.replace("service\n", "service,op_code\n").replace("mi,tire_service", "mi,,LOF5")
        ),
    );
    desk.put("m.toml", MAP.replace("oil_service", "engine_oil"));
    let said = desk.done(&format!("{CALL} 2026-05-10 --op-codes m.toml"));
    assert_eq!(
        said.err,
        "v.csv: operations that reset no interval: 0 excluded from look-back, 1 not in the map
v.csv: rows whose service no schedule knows: 2, the first oil_srvice on line 3
set aside: 0
"
    );
}
