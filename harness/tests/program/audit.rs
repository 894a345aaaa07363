use proptest::prelude::*;
use serde_json::Value;

use crate::Desk;

const HEADER: &str = "RO Number,RO Status,Open Date,Close Date,RO Mileage,VIN,Customer Number,Cell Phone,Operation Codes,Operation Sale Types,Operation Amounts,Recommended Operation Codes,Recommended Operation Amounts,Customer Total Sale";
/// Two cars, three visits each, one open recommendation; lines 2 to 7 of the file.
const GOOD: &str = "\
1001,C,01/05/2026,01/05/2026,41000,1HGCM82633A004352,C1,(404) 555-0123,LOF,C,89.95,,,89.95
1002,C,03/06/2026,03/06/2026,43100,1HGCM82633A004352,C1,(404) 555-0123,LOF|ROT,C|C,89.95|20.00,BRK,399.00,109.95
1003,C,06/08/2026,06/09/2026,46200,1HGCM82633A004352,C1,(404) 555-0123,LOF,C,89.95,,,89.95
2001,C,01/07/2026,01/07/2026,11000,1M8GDM9AXKP042788,C2,(404) 555-0124,LOF,C,79.95,,,79.95
2002,C,04/02/2026,04/02/2026,14000,1M8GDM9AXKP042788,C2,(404) 555-0124,LOF,C,79.95,,,79.95
2003,C,06/20/2026,06/20/2026,16500,1M8GDM9AXKP042788,C2,(404) 555-0124,LOF|MPI,C|I,79.95|0,,,79.95
";
/// Customer-pay dollars of the good rows.
const GOOD_DOLLARS: &str = "529.70";

fn desk(rows: &str) -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("x")).unwrap();
    desk.put("x/repair_orders.csv", format!("{HEADER}\n{GOOD}{rows}"));
    desk
}

fn audited(desk: &Desk, more: &str) -> (Value, String) {
    let said = desk.done(&format!("audit x --out o{more}"));
    (serde_json::from_str(&desk.read("o/audit.json")).unwrap(), said.err)
}

/// Rows and dollars: read, used, set aside, of the repair orders.
fn totals(audit: &Value) -> [String; 6] {
    let file = &audit["read"]["files"][0];
    let rows = ["rows", "used", "set_aside"].map(|name| file[name].to_string());
    let dollars =
        [0, 1, 2].map(|place| audit["read"]["dollars"][place]["value"].as_str().unwrap().to_owned());
    let ([a, b, c], [d, e, f]) = (rows, dollars);
    [a, b, c, d, e, f]
}

fn fault<'a>(audit: &'a Value, kind: &str) -> &'a Value {
    let faults = audit["faults"].as_array().unwrap();
    faults.iter().find(|fault| fault["kind"] == kind).unwrap_or_else(|| panic!("{kind} is not in {faults:?}"))
}

fn figure<'a>(figures: &'a Value, id: &str) -> &'a Value {
    figures.as_array().unwrap().iter().find(|figure| figure["id"] == id).unwrap_or_else(|| panic!("{id}"))
}

#[test]
fn a_clean_extract_is_read_whole_and_says_what_it_lacks() {
    let desk = desk("");
    let (audit, err) = audited(&desk, "");
    assert_eq!(err, "set aside: 0\n");
    assert_eq!(totals(&audit), ["6", "6", "0", GOOD_DOLLARS, GOOD_DOLLARS, "0.00"]);
    assert_eq!(audit["extract"]["last_day"], "2026-06-20");
    let missing: Vec<&str> = audit["read"]["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|file| file["present"] == false)
        .map(|file| file["missing"].as_str().unwrap())
        .collect();
    assert_eq!(missing.len(), 6);
    assert!(audit["reach"]["note"].as_str().unwrap().contains("consents.csv is not there"));
    assert_eq!(figure(&audit["reach"]["figures"], "provable_text")["numerator"], "0");
    assert_eq!(figure(&audit["vehicles"]["figures"], "in_play")["value"], "2");
    let declined = &audit["declined"];
    assert_eq!(figure(&declined["figures"], "open_items")["value"], "1");
    assert_eq!(figure(&declined["figures"], "open_dollars")["value"], "399.00");
    let worth: Vec<&str> = declined["worth"]
        .as_array()
        .unwrap()
        .iter()
        .map(|worth| worth["by_price"].as_str().unwrap())
        .collect();
    assert_eq!(worth, ["23.94", "47.88", "79.80"]);
    assert!(desk.read("o/audit.html").contains("<!doctype html>"));
}

#[test]
fn every_fault_of_a_row_is_found_by_name_row_and_reason_and_the_rest_goes_on() {
    let same = "1001,C,01/05/2026,01/05/2026,41000,1HGCM82633A004352,C1,(404) 555-0123,LOF,C,89.95,,,89.95";
    // Kind, row, whether it is set aside, its customer-pay dollars.
    for (kind, row, aside, dollars) in [
        ("duplicate_identical", same, true, "89.95"),
        (
            "duplicate_different",
            "1001,C,01/05/2026,01/06/2026,41000,1HGCM82633A004352,C1,,LOF,C,99.95,,,99.95",
            true,
            "99.95",
        ),
        ("number_missing", ",C,05/05/2026,,41000,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", true, "10.00"),
        ("date_missing", "3,C,,,41000,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", true, "10.00"),
        ("date_unreadable", "3,C,25/12/2025,,41000,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", true, "10.00"),
        ("date_too_early", "3,C,05/05/1926,,41000,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", true, "10.00"),
        ("future_date", "3,C,05/05/2062,,41000,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", true, "10.00"),
        ("voided", "3,VOID,05/05/2026,,41000,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", true, "10.00"),
        (
            "too_many_fields",
            "3,C,05/05/2026,,41000,1HGCM82633A004352,C1,,LOF,C,10,,,10.00,more",
            true,
            "10.00",
        ),
        ("unreadable_row", "\"3,C,05/05/2026,,41000", true, "0.00"),
        ("short_row", "3,C,05/05/2026,,45000,1HGCM82633A004352,C1", false, "0.00"),
        ("vin_missing", "3,C,05/05/2026,,41000,,C1,,LOF,C,10,,,10.00", false, "10.00"),
        ("vin_bad", "3,C,05/05/2026,,41000,1HGCM82633AO04352,C1,,LOF,C,10,,,10.00", false, "10.00"),
        ("vin_check_digit", "3,C,05/05/2026,,41000,1HGCM82633A004353,C1,,LOF,C,10,,,10.00", false, "10.00"),
        ("customer_missing", "3,C,05/05/2026,,45000,1HGCM82633A004352,,,LOF,C,10,,,10.00", false, "10.00"),
        (
            "two_customers_one_vin",
            "3,C,05/05/2026,,45000,1HGCM82633A004352,C9,,LOF,C,10,,,10.00",
            false,
            "10.00",
        ),
        (
            "number_on_two_vehicles",
            "1001,C,05/05/2026,,15000,1M8GDM9AXKP042788,C2,,LOF,C,10,,,10.00",
            false,
            "10.00",
        ),
        (
            "closes_before_opens",
            "3,C,05/05/2026,05/01/2026,45000,1HGCM82633A004352,C1,,LOF,C,10,,,10.00",
            false,
            "10.00",
        ),
        (
            "negative_line",
            "3,C,05/05/2026,,45000,1HGCM82633A004352,C1,,LOF|DISC,C|C,10|-4,,,6.00",
            false,
            "6.00",
        ),
        ("negative_order", "3,C,05/05/2026,,45000,1HGCM82633A004352,C1,,LOF,C,1,,,(6.00)", false, "-6.00"),
        ("mixed_date_format", "3,C,2026-05-05,,45000,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", false, "10.00"),
        ("two_digit_year", "3,C,05/05/26,,45000,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", false, "10.00"),
        (
            "other_date_unreadable",
            "3,C,05/05/2026,soon,45000,1HGCM82633A004352,C1,,LOF,C,10,,,10.00",
            false,
            "10.00",
        ),
        ("money_unreadable", "3,C,05/05/2026,,45000,1HGCM82633A004352,C1,,LOF,C,10,,,ten", false, "10.00"),
        ("pay_type_unknown", "3,C,05/05/2026,,45000,1HGCM82633A004352,C1,,LOF,Q,10,,,10.00", false, "10.00"),
        ("ragged_list", "3,C,05/05/2026,,45000,1HGCM82633A004352,C1,,LOF|ROT,C,10,,,10.00", false, "10.00"),
        ("mileage_unreadable", "3,C,05/05/2026,,tba,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", false, "10.00"),
        ("mileage_missing", "3,C,05/05/2026,,,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", false, "10.00"),
        ("phone_bad", "3,C,05/05/2026,,45000,1HGCM82633A004352,C1,call her,LOF,C,10,,,10.00", false, "10.00"),
        ("odometer_rollback", "3,C,05/05/2026,,31007,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", false, "10.00"),
        ("odometer_zero", "3,C,05/05/2026,,0,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", false, "10.00"),
        ("odometer_negative", "3,C,05/05/2026,,-5,1HGCM82633A004352,C1,,LOF,C,10,,,10.00", false, "10.00"),
        (
            "odometer_too_fast",
            "3,C,05/05/2026,,450003,1HGCM82633A004352,C1,,LOF,C,10,,,10.00",
            false,
            "10.00",
        ),
    ] {
        let desk = desk(&format!("{row}\n"));
        let (audit, err) = audited(&desk, "");
        let found = fault(&audit, kind);
        // The later version of an order stands: the earlier one, line 2, is set aside.
        let (line, lost) = if kind == "duplicate_different" { (2, "89.95") } else { (8, dollars) };
        assert_eq!(found["count"], 1, "{kind}: {found}");
        assert_eq!(found["examples"], serde_json::json!([line]), "{kind}");
        let [rows, used, set_aside, read, in_use, left] = totals(&audit);
        assert_eq!(rows, "7", "{kind}");
        assert_eq!(
            (used.as_str(), set_aside.as_str()),
            if aside { ("6", "1") } else { ("7", "0") },
            "{kind}"
        );
        assert_eq!(left, if aside { lost } else { "0.00" }, "{kind}");
        let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
        assert_eq!(cents(&read), cents(&in_use) + cents(&left), "{kind}");
        assert_eq!(cents(&read), cents(GOOD_DOLLARS) + cents(dollars), "{kind}");
        assert_eq!(audit["read"]["adds_up"], true, "{kind}");
        assert!(err.ends_with(&format!("set aside: {}\n", u8::from(aside))), "{kind}: {err}");
        if aside {
            assert!(err.contains(&format!("repair_orders.csv:{line}: ")), "{kind}: {err}");
            desk.refused(kind, "audit x --out o --strict", 1, &["(--strict)"]);
        }
    }
}

#[test]
fn a_byte_order_mark_and_latin_1_are_read() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("x")).unwrap();
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(format!("{HEADER}\r\n{}", GOOD.replace('\n', "\r\n")).bytes());
    bytes.extend(b"3,C,05/05/2026,,45000,1HGCM82633A004352,M\xfcller,,LOF,C,10,,,10.00\r\n");
    desk.put("x/repair_orders.csv", bytes);
    let (audit, _) = audited(&desk, "");
    assert_eq!(totals(&audit)[..3], ["7", "7", "0"]);
    assert_eq!(fault(&audit, "not_utf8")["examples"], serde_json::json!([8]));
}

#[test]
fn one_row_for_each_line_makes_the_same_orders() {
    let (as_orders, _) = audited(&desk(""), "");
    let desk = Desk::new();
    std::fs::create_dir(desk.path("x")).unwrap();
    let mapping = include_str!("../../mappings/dealervault.toml")
        .replace("rows = \"order\"", "rows = \"line\"\nline = \"Line\"\ndeclined = \"Declined\"")
        .replace("customer_pay = \"Customer Total Sale\"\n", "");
    desk.put("x/mapping.toml", mapping);
    let header = "RO Number,Line,Open Date,Close Date,RO Mileage,VIN,Customer Number,Cell Phone,Operation Code,Sale Type,Operation Amount,Declined";
    let mut rows = String::new();
    for row in GOOD.lines() {
        let fields: Vec<&str> = row.split(',').collect();
        let (codes, types, amounts) = (fields[8].split('|'), fields[9].split('|'), fields[10].split('|'));
        let wanted = (!fields[11].is_empty()).then_some((fields[11], "C", fields[12], "Y"));
        let lines = codes
            .zip(types)
            .zip(amounts)
            .map(|((code, kind), amount)| (code, kind, amount, ""))
            .chain(wanted);
        for (place, (code, kind, amount, declined)) in lines.enumerate() {
            let car = fields[2..8].join(",");
            rows.push_str(&format!("{},{place},{car},{code},{kind},{amount},{declined}\n", fields[0]));
        }
    }
    // The last line once more: it is the same line.
    let again = rows.lines().last().unwrap().to_owned();
    desk.put("x/repair_orders.csv", format!("{header}\n{rows}{again}\n"));
    let (as_lines, _) = audited(&desk, "");
    assert_eq!(fault(&as_lines, "duplicate_identical")["count"], 1);
    for part in ["vehicles", "intervals", "declined", "path"] {
        assert_eq!(as_lines[part], as_orders[part], "{part}");
    }
    assert_eq!(figure(&as_lines["measures"], "mean_visit"), figure(&as_orders["measures"], "mean_visit"));
}

#[test]
fn consent_is_provable_only_with_level_channel_date_and_proof_and_not_after_a_revocation() {
    let header = "Customer Number,Channel,Consent Level,Consent Date,Revoked Date,Proof";
    for (case, rows, reason) in [
        ("proven", "C1,TEXT,PEWC,01/05/2026,,form 1", "reachable"),
        ("no written consent", "C1,TEXT,PEC,01/05/2026,,form 1", "not_written"),
        ("another channel", "C1,EMAIL,PEWC,01/05/2026,,form 1", "no_consent"),
        ("no date", "C1,TEXT,PEWC,,,form 1", "no_date"),
        ("no proof", "C1,TEXT,PEWC,01/05/2026,,", "no_proof"),
        ("revoked", "C1,TEXT,PEWC,01/05/2026,02/05/2026,form 1", "revoked"),
        (
            "given again",
            "C1,TEXT,PEWC,01/05/2026,02/05/2026,form 1\nC1,TEXT,PEWC,03/05/2026,,form 2",
            "reachable",
        ),
        (
            "revoked elsewhere, undated",
            "C1,TEXT,PEWC,03/05/2026,,form 2\nC1,TEXT,PEWC,01/05/2026,yes,form 1",
            "revoked",
        ),
        ("nobody", "C9,TEXT,PEWC,01/05/2026,,form 1", "no_consent"),
    ] {
        let desk = desk("");
        desk.put("x/consents.csv", format!("{header}\n{rows}\n"));
        let (audit, _) = audited(&desk, "");
        let why = audit["reach"]["why_not"].as_array().unwrap();
        let count = |id: &str| why.iter().find(|share| share["id"] == id).unwrap()["count"].as_u64().unwrap();
        // The other car's owner has no consent at all.
        assert_eq!(count(reason), 1 + u64::from(reason == "no_consent"), "{case}: {why:?}");
        assert_eq!(audit["reach"]["note"], Value::Null, "{case}");
    }
}

#[test]
fn an_opt_out_flag_beats_every_consent() {
    let desk = desk("");
    desk.put(
        "x/consents.csv",
        "Customer Number,Channel,Consent Level,Consent Date,Proof\nC1,TEXT,PEWC,01/05/2026,f\n",
    );
    desk.put("x/customers.csv", "Customer Number,Cell Phone,Opt Out\nC1,404-555-0123,Y\n");
    let (audit, _) = audited(&desk, "");
    assert_eq!(figure(&audit["reach"]["figures"], "provable_text")["numerator"], "0");
}

#[test]
fn a_wrong_call_a_missing_file_and_a_wrong_mapping_are_told_apart() {
    let desk = desk("");
    std::fs::create_dir(desk.path("empty")).unwrap();
    desk.put("m.toml", "version = \"m/1\"\nsource = \"s\"\ndate_formats = [\"%m/%d/%Y\"]\n");
    desk.put("other.csv", "a,b\n1,2\n");
    std::fs::create_dir(desk.path("strange")).unwrap();
    desk.put("strange/repair_orders.csv", "Auftrag,Datum\n1,2\n");
    desk.refused("no folder", "audit nowhere", 2, &["nowhere is no folder"]);
    desk.refused("no extract", "audit", 2, &["DIR"]);
    desk.refused("no file", "audit empty", 1, &["repair_orders.csv"]);
    desk.refused("no zone", "audit x --mapping m.toml", 1, &["m.toml", "missing field `timezone`"]);
    desk.refused("no heading", "audit strange", 1, &["number", "RO Number", "found: Auftrag, Datum"]);
    assert!(!desk.path("o").exists() && !desk.path("fixedops-audit").exists(), "nothing is written");
}

#[test]
fn the_same_extract_gives_the_same_bytes_and_names_no_customer() {
    let desk = desk("");
    audited(&desk, "");
    let first = desk.bytes("o/audit.json");
    desk.done("audit x --out p");
    assert_eq!(first, desk.bytes("p/audit.json"));
    for name in ["o/audit.json", "o/audit.html"] {
        let text = desk.read(name);
        for secret in ["1HGCM82633A004352", "555-0123", "\"C1\"", "1003"] {
            assert!(!text.contains(secret), "{secret} is in {name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever a row holds: the rest is read, rows and dollars add up, nothing panics.
    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let desk = desk("");
        let mut file = desk.bytes("x/repair_orders.csv");
        file.extend(&bytes);
        desk.put("x/repair_orders.csv", file);
        for name in ["appointments", "customers", "vehicles", "touches", "consents", "pings"] {
            let header = "VIN,Customer Number,Appointment Date,Sent Date,t,lat,lon\n";
            let mut file = header.as_bytes().to_vec();
            file.extend(&bytes);
            desk.put(&format!("x/{name}.csv"), file);
        }
        let (audit, _) = audited(&desk, "");
        prop_assert_eq!(&audit["read"]["adds_up"], true);
        for file in audit["read"]["files"].as_array().unwrap() {
            let count = |name: &str| file[name].as_u64().unwrap();
            prop_assert_eq!(count("rows"), count("used") + count("set_aside"));
        }
    }
}

type Change<'a> = &'a dyn Fn(&str) -> String;

/// The same store, written as another system writes it.
fn written(change: impl Fn(&str) -> String) -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("x")).unwrap();
    desk.put("x/repair_orders.csv", change(&format!("{HEADER}\n{GOOD}")));
    desk
}

#[test]
fn tabs_semicolons_spreadsheet_dates_times_in_the_date_and_lower_case_vins_are_read_alike() {
    let (plain, _) = audited(&written(str::to_owned), "");
    // Open and closing dates replaced in every row.
    let dated = |text: &str, write: &dyn Fn(chrono::NaiveDate) -> String| {
        let mut out = String::new();
        for line in text.lines() {
            let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
            for field in &mut fields {
                if let Ok(date) = chrono::NaiveDate::parse_from_str(field, "%m/%d/%Y") {
                    *field = write(date);
                }
            }
            out.push_str(&fields.join(","));
            out.push('\n');
        }
        out
    };
    let zero = chrono::NaiveDate::from_ymd_opt(1899, 12, 30).unwrap();
    let serial = |date: chrono::NaiveDate| (date - zero).num_days().to_string();
    let cases: [(&str, Change<'_>); 7] = [
        ("tabs", &|text| text.replace(',', "\t")),
        ("semicolons", &|text| text.replace(',', ";")),
        ("ISO dates", &|text| dated(text, &|date| date.to_string())),
        ("a day number", &|text| dated(text, &serial)),
        ("a time behind it", &|text| dated(text, &|date| date.format("%-m/%-d/%Y 12:00").to_string())),
        ("twelve hours", &|text| dated(text, &|date| date.format("%m/%d/%Y 12:00:00 PM").to_string())),
        ("small letters", &|text| text.replace("1HGCM82633A004352", " 1hgcm82633a004352 ")),
    ];
    for (case, change) in cases {
        let (audit, err) = audited(&written(change), "");
        assert_eq!(err, "set aside: 0\n", "{case}");
        for part in ["read", "vehicles", "intervals", "path", "declined", "measures"] {
            assert_eq!(audit[part], plain[part], "{case}: {part}");
        }
        assert!(audit["faults"].as_array().unwrap().iter().all(|fault| fault["kind"] != "mixed_date_format"));
    }
}

#[test]
fn a_file_that_is_no_csv_is_called_what_it_is() {
    for (bytes, says) in [
        (&b"PK\x03\x04rest"[..], "an Excel workbook: save it as CSV"),
        (b"\xff\xfeR\0O\0", "UTF-16 text: save it as CSV"),
        (b"", "empty"),
        (b"\n\n", "empty"),
    ] {
        let desk = Desk::new();
        std::fs::create_dir(desk.path("x")).unwrap();
        desk.put("x/repair_orders.csv", bytes);
        desk.refused(says, "audit x", 1, &[says]);
    }
}

#[test]
fn a_doubtful_reading_is_said_before_any_answer_and_a_good_one_is_not_doubted() {
    let row_a_line = |text: &str| {
        let (header, rows) = text.split_once('\n').unwrap();
        let both = rows.lines().map(|row| format!("{row}\n{}\n", row.replace("LOF", "ROT")));
        format!("{header}\n{}", both.collect::<String>())
    };
    let cases: [(&str, Change<'_>, &[&str]); 6] = [
        ("as it should be", &str::to_owned, &[]),
        ("rows of lines", &row_a_line, &["6 of 12 rows", "rows = \"line\""]),
        ("days first", &|text| text.replace("06/20/", "20/06/"), &["cannot be read", "date format"]),
        ("no VIN", &|text| text.replace("VIN", "Fahrgestell"), &["hold the VIN", "Name its heading"]),
        (
            "no money",
            &|text| text.replace("Customer Total", "C T").replace("Operation Amounts", "A"),
            &["what the customer paid"],
        ),
        ("no row", &|text| text.lines().next().unwrap().to_owned(), &["nothing to audit"]),
    ];
    for (case, change, says) in cases {
        let desk = written(change);
        let (audit, _) = audited(&desk, "");
        let first = audit["headlines"][0].as_str().unwrap();
        for words in says {
            assert!(first.contains(words), "{case}: {first}");
        }
        assert_eq!(says.is_empty(), first.contains("usable mileage"), "{case}: {first}");
        assert!(audit["read"]["adds_up"].as_bool().unwrap(), "{case}");
        // Whoever did not export a column is not told to type it at write-up.
        let fix = audit["fix_first"].to_string();
        assert!(case != "no VIN" || !fix.contains("Scan the VIN"), "{fix}");
        // No dollars are shown where none are known.
        assert!(case != "no money" || audit["path"]["steps"][7]["dollars"].is_null(), "{fix}");
    }
}

#[test]
fn a_total_of_the_order_on_every_line_is_not_counted_again() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("x")).unwrap();
    let mapping = include_str!("../../mappings/dealervault.toml")
        .replace("rows = \"order\"", "rows = \"line\"\nline = \"Line\"");
    desk.put("x/mapping.toml", mapping);
    let mut file =
        "RO Number,Line,Open Date,VIN,Customer Number,Operation Code,Sale Type,Operation Amount,Customer Total Sale\n"
            .to_owned();
    for (line, code, pay, amount) in [(1, "LOF", "C", 80), (2, "ROT", "C", 30), (3, "RECALL", "W", 200)] {
        let row = format!("7,{line},05/05/2026,1HGCM82633A004352,C1,{code},{pay},{amount}.00,110.00\n");
        file.push_str(&row);
    }
    desk.put("x/repair_orders.csv", file);
    let (audit, _) = audited(&desk, "");
    assert_eq!(audit["read"]["dollars"][1]["value"], "110.00");
    assert_eq!(fault(&audit, "line_total")["count"], 3);
    assert!(audit["headlines"].to_string().contains("customer-pay total that is not their own"));
}

#[test]
fn customer_numbers_that_meet_nobody_are_named_and_appointments_are_found_by_customer() {
    let desk = desk("");
    desk.put(
        "x/consents.csv",
        "Customer Number,Channel,Consent Level,Consent Date,Proof\n001,TEXT,PEWC,01/05/2026,f\n",
    );
    desk.put(
        "x/appointments.csv",
        "Customer Number,Appointment Date,Appointment Status\nC1,06/08/2026,ARRIVED\n",
    );
    let (audit, _) = audited(&desk, "");
    assert_eq!(fault(&audit, "customer_unknown")["count"], 1);
    assert!(audit["headlines"].to_string().contains("leading zeros"), "{}", audit["headlines"]);
    desk.put(
        "x/consents.csv",
        "Customer Number,Channel,Consent Level,Consent Date,Proof\nC1,TEXT,PEWC,01/05/2026,f\n",
    );
    let header = "Customer Number,Sent Date\nC1,05/05/2026\n";
    desk.put("x/touches.csv", header);
    // Far enough back that the first car is in play when the window begins, and known well enough.
    let early = "990,C,03/01/2025,,20000,1HGCM82633A004352,C1,,LOF,C,80.00,,,80.00\n991,C,08/01/2025,,28000,1HGCM82633A004352,C1,,LOF,C,80.00,,,80.00\n992,C,12/01/2025,,36500,1HGCM82633A004352,C1,,LOF,C,80.00,,,80.00\n";
    desk.put("x/repair_orders.csv", format!("{HEADER}\n{early}{GOOD}"));
    let (audit, _) = audited(&desk, "");
    let step = |id: &str| {
        let steps = audit["path"]["steps"].as_array().unwrap();
        steps.iter().find(|step| step["id"] == id).unwrap()["vehicles"].clone()
    };
    assert_eq!((step("touched"), step("booked")), (1.into(), 1.into()), "{}", audit["path"]["steps"]);
}

#[test]
fn words_typed_as_a_recommendation_are_not_shown_of_one_car_and_null_is_nothing() {
    let desk = written(|text| {
        text.replace("BRK", "call Mrs Smith 555-0123 about brakes").replace(",,,79.95", ",NULL,N/A,79.95")
    });
    let (audit, _) = audited(&desk, "");
    assert_eq!(figure(&audit["declined"]["figures"], "open_items")["value"], "1");
    assert_eq!(audit["declined"]["by_op_code"][0]["label"], "In free words, on a few vehicles each");
    for name in ["o/audit.json", "o/audit.html"] {
        assert!(!desk.read(name).contains("Smith"), "{name}");
    }
}

/// The two cars of the good rows, written to and booked.
fn with_touches(touches: &str) -> Desk {
    let desk = desk("");
    desk.put("x/touches.csv", format!("VIN,Customer Number,Sent Date,Service,Reply Date\n{touches}"));
    desk.put(
        "x/appointments.csv",
        "VIN,Customer Number,Appointment Date,Appointment Create Date,Appointment Status,RO Number\n\
         1M8GDM9AXKP042788,C2,06/20/2026,06/03/2026,ARRIVED,2003\n",
    );
    desk
}

const TOUCHES: &str = "1HGCM82633A004352,C1,03/01/2026,oil service,\n1M8GDM9AXKP042788,C2,06/01/2026,LOF,\n";

/// Words with their counts.
type Counted = Vec<(String, u64)>;

/// The row of an interval: orders, each rung that has any, each reason that has any.
fn interval(audit: &Value, id: &str) -> (u64, Counted, Counted) {
    let rows = audit["ladder"]["intervals"].as_array().unwrap().iter().chain([&audit["ladder"]["all"]]);
    let row = rows.clone().find(|row| row["id"] == id).unwrap_or_else(|| panic!("{id}"));
    let pairs = |list: &str, count: &str| -> Counted {
        let each = row[list].as_array().unwrap().iter();
        let each = each.map(|part| (part["id"].as_str().unwrap().to_owned(), part[count].as_u64().unwrap()));
        each.filter(|(_, count)| *count > 0).collect()
    };
    (row["orders"].as_u64().unwrap(), pairs("by_rung", "orders"), pairs("not_tied", "count"))
}

fn named(pairs: &[(&str, u64)]) -> Counted {
    pairs.iter().map(|(id, count)| ((*id).to_owned(), *count)).collect()
}

#[test]
fn customer_pay_orders_are_tied_back_by_the_ladder_interval_by_interval() {
    let desk = with_touches(TOUCHES);
    let (audit, err) = audited(&desk, "");
    assert_eq!(err, "set aside: 0\n");
    let ladder = &audit["ladder"];
    assert_eq!((&ladder["note"], &ladder["adds_up"]), (&Value::Null, &Value::Bool(true)), "{ladder}");
    assert_eq!((&ladder["from"], &ladder["until"]), (&"2026-03-01".into(), &"2026-06-20".into()));
    // 1002 five days after a touch about it; 2003 from an appointment made after one; 1003 too late; 2002 before.
    assert_eq!(
        interval(&audit, "oil_service"),
        (
            4,
            named(&[("initiated_from_appointment", 1), ("op_code_group_in_window", 1)]),
            named(&[("out_of_window", 1), ("touched_after_opening", 1)])
        )
    );
    // The rotation was done on that visit; nobody had written about it.
    assert_eq!(interval(&audit, "tire_rotation"), (1, Vec::new(), named(&[("not_linked", 1)])));
    assert_eq!(interval(&audit, "all").0, 4, "an order with two services counts once");
    let value = |id: &str| figure(&ladder["figures"], id)["value"].as_str().unwrap().to_owned();
    assert_eq!(value("ladder_tied"), "50.0");
    assert_eq!(value("ladder_booked"), "50.0");
    assert_eq!(value("ladder_tied_dollars"), "189.90", "the whole visits");
    assert_eq!(value("ladder_credited_dollars"), "169.90", "the lines the touches were about");
    assert_eq!(figure(&ladder["figures"], "ladder_tied")["small_base"], true);
    assert!(
        audit["headlines"].to_string().contains("2 of 4 customer-pay repair orders"),
        "{}",
        audit["headlines"]
    );
    assert!(desk.read("o/audit.html").contains("Which repair orders followed a message"));
    assert_eq!(audit["policies"]["attribution"], "fixedops-attribution/1");
}

#[test]
fn what_ties_an_order_is_no_stronger_than_what_the_files_tell() {
    let oil = |touches: &str, change: &dyn Fn(&Desk)| {
        let desk = with_touches(touches);
        change(&desk);
        let (audit, _) = audited(&desk, "");
        assert_eq!(audit["ladder"]["adds_up"], true, "{touches}");
        (interval(&audit, "oil_service"), audit["ladder"]["caveats"].to_string())
    };
    let second = "1M8GDM9AXKP042788,C2,06/01/2026,LOF,\n";
    let rungs = |found: &(u64, Counted, Counted)| found.1.clone();
    let appointments = |text: &'static str| {
        move |desk: &Desk| {
            let kept = desk.read("x/appointments.csv");
            desk.put("x/appointments.csv", kept.replace("06/20/2026,06/03/2026,ARRIVED,2003", text));
        }
    };
    // Nothing was sent about the other car. The appointment was made before the touch: the window alone ties them.
    let (row, _) = oil(second, &appointments("06/20/2026,05/20/2026,ARRIVED,2003"));
    assert_eq!(rungs(&row), named(&[("op_code_group_in_window", 1)]));
    // Nobody wrote down when it was made: it proves nothing, and the page says so.
    let (row, caveats) = oil(second, &appointments("06/20/2026,,ARRIVED,2003"));
    assert_eq!(rungs(&row), named(&[("op_code_group_in_window", 1)]));
    assert!(caveats.contains("1 appointments do not say when they were made"), "{caveats}");
    // It names no order; he had answered the touch, then booked.
    let (row, _) =
        oil(&second.replace("LOF,", "LOF,06/02/2026"), &appointments("06/20/2026,06/03/2026,ARRIVED,"));
    assert_eq!(rungs(&row), named(&[("reply_then_booking", 1)]));
    // Called off: the visit stands without it.
    let (row, _) = oil(second, &appointments("06/20/2026,06/03/2026,CANCELLED,2003"));
    assert_eq!(rungs(&row), named(&[("op_code_group_in_window", 1)]));
    // One kept before the touch, and one missed after it, stand in nobody's way.
    for another in ["05/25/2026,05/20/2026,ARRIVED,", "06/05/2026,06/02/2026,NO SHOW,"] {
        let (row, _) = oil(second, &|desk| {
            let kept = desk.read("x/appointments.csv");
            desk.put("x/appointments.csv", format!("{kept}1M8GDM9AXKP042788,C2,{another}\n"));
        });
        assert_eq!(rungs(&row), named(&[("initiated_from_appointment", 1)]), "{another}");
    }
    // About other work: a visit, and no line of the oil service.
    let (row, _) = oil(&second.replace("LOF", "tire rotation"), &|_| {});
    assert_eq!((rungs(&row), row.2), (Vec::new(), named(&[("not_linked", 1), ("no_trigger", 1)])));
    // A service nobody knows: what was due then.
    let (_, caveats) = oil(&second.replace("LOF", "spring special"), &|_| {});
    assert!(caveats.contains("1 touches name something that is neither"), "{caveats}");
    // Another owner's car by then.
    let (row, _) = oil(second, &|desk| {
        let orders = desk.read("x/repair_orders.csv");
        desk.put(
            "x/repair_orders.csv",
            orders.replace("16500,1M8GDM9AXKP042788,C2", "16500,1M8GDM9AXKP042788,C7"),
        );
    });
    assert_eq!((rungs(&row), row.2), (Vec::new(), named(&[("other_owner", 1), ("no_trigger", 1)])));
}

#[test]
fn a_visit_for_other_work_after_a_touch_is_not_tied_back_and_stands_apart() {
    let desk = with_touches("1M8GDM9AXKP042788,C2,06/01/2026,tire rotation,\n");
    let (audit, _) = audited(&desk, "");
    let ladder = &audit["ladder"];
    let all = &ladder["all"];
    // 2003 came of an appointment made after the touch, for its oil; 1003 is the other car's.
    assert_eq!(interval(&audit, "all"), (2, Vec::new(), named(&[("no_trigger", 1)])));
    assert_eq!((&all["other_work"], &all["other_work_dollars"]), (&1.into(), &"79.95".into()));
    let told = |id: &str| {
        let found = figure(&ladder["figures"], id);
        (found["value"].as_str().unwrap_or("none").to_owned(), found["base"].as_u64().unwrap())
    };
    for (id, value, base) in [
        ("ladder_tied", "0.0", 2),
        ("ladder_booked", "none", 0),
        ("ladder_tied_dollars", "0.00", 0),
        ("ladder_credited_dollars", "0.00", 0),
        ("ladder_other_work", "50.0", 2),
        ("ladder_other_work_dollars", "79.95", 1),
    ] {
        assert_eq!(told(id), (value.to_owned(), base), "{id}");
    }
    assert_eq!(ladder["adds_up"], true);
    let said = audit["headlines"].to_string();
    assert!(said.contains("0 of 2 customer-pay") && said.contains("1 more came after a touch"), "{said}");
    assert!(desk.read("o/audit.html").contains("Came for other work"));
}

#[test]
fn orders_of_the_body_shop_are_left_out_of_the_ladder_and_the_totals_say_so() {
    // The last order is another department's, or nobody's.
    for (word, out) in [("Body Shop", true), ("COLLISION", true), ("SERVICE", false), ("", false)] {
        let desk = with_touches(TOUCHES);
        let orders = desk.read("x/repair_orders.csv");
        let mut rows: Vec<String> = orders.lines().map(|row| format!("{row},SERVICE")).collect();
        rows[0] = format!("{HEADER},RO Department");
        let last = rows.last_mut().unwrap();
        *last = last.replace(",SERVICE", &format!(",{word}"));
        desk.put("x/repair_orders.csv", rows.join("\n") + "\n");
        let (audit, _) = audited(&desk, "");
        let ladder = &audit["ladder"];
        assert_eq!(ladder["adds_up"], true, "{word}");
        let (orders, rungs, _) = interval(&audit, "all");
        let both = named(&[("initiated_from_appointment", 1), ("op_code_group_in_window", 1)]);
        let one = named(&[("op_code_group_in_window", 1)]);
        assert_eq!((orders, rungs), if out { (3, one) } else { (4, both) }, "{word}");
        let left = figure(&ladder["figures"], "ladder_excluded_dollars");
        let expected = if out { ("79.95", 1) } else { ("0.00", 0) };
        assert_eq!((left["value"].as_str().unwrap(), left["base"].as_u64().unwrap()), expected, "{word}");
        let credited = figure(&ladder["figures"], "ladder_credited_dollars")["value"].clone();
        assert_eq!(credited, if out { "89.95" } else { "169.90" }, "{word}");
        // Both its lines stand under the reason: the oil service, and the inspection nobody pays for.
        let lines = ladder["lines"].as_array().unwrap().iter();
        let lines = lines.filter(|line| line["id"] == "excluded_department");
        assert_eq!(lines.map(|line| line["lines"].as_u64().unwrap()).sum::<u64>(), if out { 2 } else { 0 });
        let caveats = ladder["caveats"].to_string();
        assert_eq!(caveats.contains("1 customer-pay orders of departments"), out, "{caveats}");
        assert!(!caveats.contains("No column says which department"), "{caveats}");
    }
    let (audit, _) = audited(&with_touches(TOUCHES), "");
    let caveats = audit["ladder"]["caveats"].to_string();
    assert!(caveats.contains("No column says which department"), "{caveats}");
}

#[test]
fn declined_work_is_recovered_where_the_customer_paid_and_stands_apart_where_he_did_not() {
    // Of forty jobs ten were done two months later: the line of the later order, and its customer-pay total.
    for (paid, in_time, recovered, others, dollars) in [
        ("BRK,C,100,,,100.00", "25.0", "10", "0", "1000.00"),
        ("BRK,W,100,,,0.00", "0.0", "0", "10", "0.00"),
        ("BRK,I,100,,,0.00", "0.0", "0", "10", "0.00"),
        // Nobody wrote down who pays: the customer paid for the order, or he did not.
        ("BRK,,100,,,100.00", "25.0", "10", "0", "1000.00"),
        ("BRK,,100,,,0.00", "0.0", "0", "10", "0.00"),
        // The maker's part and the customer's: his part counts.
        ("BRK|BRK,W|C,60|40,,,40.00", "25.0", "10", "0", "400.00"),
        ("BRK|BRK,C|W,40|60,,,40.00", "25.0", "10", "0", "400.00"),
    ] {
        let desk = declined(40, 10);
        let orders = desk.read("x/repair_orders.csv");
        desk.put("x/repair_orders.csv", orders.replace("BRK,C,100,,,100.00", paid));
        let (audit, _) = audited(&desk, "");
        let list = &audit["declined"];
        let of = |figures: &Value, id: &str| figure(figures, id)["value"].as_str().unwrap().to_owned();
        let own = |id: &str| of(&list["own_recovery"], id);
        assert_eq!(own("own_recovery"), in_time, "{paid}");
        assert_eq!(figure(&list["own_recovery"], "own_recovery")["base"], 40, "{paid}");
        assert_eq!((own("recovered"), own("done_by_others")), (recovered.into(), others.into()), "{paid}");
        assert_eq!(own("recovered_dollars"), dollars, "{paid}");
        assert_eq!(of(&list["figures"], "open_items"), "30", "whoever paid, it is done: {paid}");
    }
}

#[test]
fn touches_between_two_services_are_one_reason_to_write_and_a_declined_service_ends_none() {
    let desk = with_touches(
        "1M8GDM9AXKP042788,C2,04/10/2026,LOF,\n1M8GDM9AXKP042788,C2,06/01/2026,LOF,\n\
         1HGCM82633A004352,C1,03/01/2026,LOF,\n1HGCM82633A004352,C1,04/01/2026,LOF,\n",
    );
    // Between the first two the oil service of the second car was recommended and not done.
    let orders = desk.read("x/repair_orders.csv");
    let visit = "2009,C,05/05/2026,05/05/2026,15000,1M8GDM9AXKP042788,C2,(404) 555-0124,ROT,C,20.00,LOF,79.95,20.00\n";
    desk.put("x/repair_orders.csv", format!("{orders}{visit}"));
    let (audit, _) = audited(&desk, "");
    let rows = audit["ladder"]["intervals"].as_array().unwrap();
    let oil = rows.iter().find(|row| row["id"] == "oil_service").unwrap();
    // One of the second car; two of the first, whose oil service was done between its touches.
    assert_eq!(oil["triggers"], 3, "{oil}");
}

#[test]
fn without_touches_nothing_is_tied_back_and_the_page_says_so() {
    let (audit, _) = audited(&desk(""), "");
    let note = audit["ladder"]["note"].as_str().unwrap();
    assert!(note.contains("touches.csv is not there"), "{note}");
    assert!(!audit["headlines"].to_string().contains("that a touch before them was about"));
    let late = with_touches("1HGCM82633A004352,C1,08/01/2026,oil service,\n");
    let (audit, _) = audited(&late, "");
    assert!(audit["ladder"]["note"].as_str().unwrap().contains("holds no touch up to the last day"));
}

/// So many cars whose brakes were declined in January; of some they were done in March. Seen last in August.
fn declined(cars: usize, done: usize) -> Desk {
    let mut rows = String::new();
    for car in 0..cars {
        let head = |number: &str, day: &str, miles: usize| {
            format!("{number}{car},C,{day},{day},{miles},1HGCM82633A{car:06},C{car},,")
        };
        let (first, later, last) = (
            head("1", "01/12/2026", 20_000),
            head("2", "03/12/2026", 22_000),
            head("3", "08/12/2026", 27_000),
        );
        rows.push_str(&format!("{first}LOF,C,80,BRK,100.00,80.00\n"));
        if car < done {
            rows.push_str(&format!("{later}BRK,C,100,,,100.00\n"));
        }
        rows.push_str(&format!("{last}LOF,C,80,,,80.00\n"));
    }
    let desk = Desk::new();
    std::fs::create_dir(desk.path("x")).unwrap();
    desk.put("x/repair_orders.csv", format!("{HEADER}\n{rows}"));
    desk
}

#[test]
fn a_store_that_knows_its_own_recovery_is_valued_at_it_and_one_that_does_not_at_the_scenarios() {
    let (audit, _) = audited(&declined(40, 10), "");
    let declined_list = &audit["declined"];
    let own = &declined_list["own_worth"]["at"];
    let percents: Vec<&str> =
        own.as_array().unwrap().iter().map(|worth| worth["percent"].as_str().unwrap()).collect();
    // Wilson's range of 10 in 40.
    assert_eq!(percents, ["25.0", "14.2", "40.2"]);
    assert_eq!(own[0]["by_price"], "750.00", "a quarter of thirty open jobs at $100");
    assert_eq!(declined_list["own_worth"]["base"], 40);
    assert_eq!(declined_list["worth"].as_array().unwrap().len(), 3, "the published rates stay beside it");
    let bound = |id: &str| figure(&declined_list["own_recovery"], id)["value"].clone();
    assert_eq!((bound("own_recovery_low"), bound("own_recovery_high")), ("14.2".into(), "40.2".into()));
    let said = audit["headlines"].to_string();
    assert!(said.contains("own customers had 25.0 %") && !said.contains("Winning back"), "{said}");

    let desk = declined(29, 9);
    let (audit, _) = audited(&desk, "");
    assert_eq!(audit["declined"]["own_worth"], Value::Null, "a small base");
    let said = audit["headlines"].to_string();
    assert!(said.contains("Winning back 6 to 20 %") && !said.contains("own customers"), "{said}");
    assert!(desk.read("o/audit.html").contains("own rate is not known, or rests on few jobs"));
}
