//! The SPIFF ledger: each entry once, within its caps, and what payroll gets adds up.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use chrono::NaiveDate;
use fixedops_mpi_score::{Credit, Earned, SpiffEntry, SpiffLedger, SpiffPolicy, SpiffReason};
use fixedops_vocab::Currency;
use proptest::prelude::*;
use rust_decimal::Decimal;

const POLICY: &str = r#"
version = "spiff_spring/1"
source = "the store"
from = "2026-03-01"
until = "2026-05-31"
currency = "USD"
per_photo = "0.50"
per_completion = "5.00"
cap_inspection = "8.00"
cap_day = "20.00"
cap_month = "50.00"
"#;

fn policy() -> SpiffPolicy {
    SpiffPolicy::from_toml(POLICY).unwrap()
}

fn on(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
}

fn earned(inspection: &str, reason: SpiffReason, count: u32, on: NaiveDate) -> Earned {
    let (inspection, ro) = (inspection.parse().unwrap(), "north/1".parse().unwrap());
    Earned { technician: "T-4".to_owned(), inspection, ro, reason, count, on }
}

fn amount(credit: &Credit) -> Option<String> {
    match credit {
        Credit::Entered(entry) => Some(entry.amount.to_string()),
        _ => None,
    }
}

#[test]
fn caps_hold_by_inspection_day_and_month() {
    let (mut ledger, policy) = (SpiffLedger::default(), policy());
    let mut credit = |inspection: &str, reason, count, day| {
        amount(&ledger.credit(&earned(inspection, reason, count, on(day)), &policy))
    };
    assert_eq!(credit("a", SpiffReason::Completion, 1, 2).as_deref(), Some("5.00"));
    // Ten photos are 5.00; the inspection has 3.00 left.
    assert_eq!(credit("a", SpiffReason::Photos, 10, 2).as_deref(), Some("3.00"));
    assert_eq!(credit("b", SpiffReason::Photos, 40, 2).as_deref(), Some("8.00"));
    // 16.00 of the day's 20.00 are gone.
    assert_eq!(credit("c", SpiffReason::Photos, 40, 2).as_deref(), Some("4.00"));
    assert_eq!(credit("d", SpiffReason::Photos, 40, 2), None);
    assert_eq!(credit("e", SpiffReason::Photos, 40, 3).as_deref(), Some("8.00"));
    assert_eq!(credit("f", SpiffReason::Photos, 40, 3).as_deref(), Some("8.00"));
    // 36.00 of the month's 50.00 are gone.
    assert_eq!(credit("g", SpiffReason::Photos, 40, 4).as_deref(), Some("8.00"));
    assert_eq!(credit("h", SpiffReason::Photos, 40, 4).as_deref(), Some("6.00"));
    assert_eq!(credit("i", SpiffReason::Photos, 40, 5), None);
    assert_eq!(ledger.owed("T-4", Currency::USD, on(1), on(31)).to_string(), "50.00");
    assert_eq!(ledger.owed("T-4", Currency::USD, on(3), on(3)).to_string(), "16.00");
    assert_eq!(ledger.owed("T-5", Currency::USD, on(1), on(31)), Decimal::ZERO);
}

#[test]
fn an_entry_is_made_once_and_taken_back_once() {
    let (mut ledger, policy) = (SpiffLedger::default(), policy());
    let photos = earned("a/b", SpiffReason::Photos, 4, on(2));
    assert_eq!(amount(&ledger.credit(&photos, &policy)).as_deref(), Some("2.00"));
    assert_eq!(ledger.credit(&photos, &policy), Credit::Already);
    // Another inspection whose id begins alike is another.
    assert!(amount(&ledger.credit(&earned("a", SpiffReason::Photos, 4, on(2)), &policy)).is_some());
    let id = "a/b".parse().unwrap();
    assert_eq!(amount(&ledger.reverse(&id, SpiffReason::Photos, on(9))).as_deref(), Some("-2.00"));
    assert_eq!(ledger.reverse(&id, SpiffReason::Photos, on(9)), Credit::Already);
    assert_eq!(ledger.reverse(&"z".parse().unwrap(), SpiffReason::Photos, on(9)), Credit::Already);
    assert_eq!(ledger.owed("T-4", Currency::USD, on(1), on(31)).to_string(), "2.00");
}

#[test]
fn nothing_is_paid_outside_the_term() {
    let (mut ledger, policy) = (SpiffLedger::default(), policy());
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    for (on, paid) in
        [("2026-02-28", false), ("2026-03-01", true), ("2026-05-31", true), ("2026-06-01", false)]
    {
        let credit = ledger.credit(&earned(on, SpiffReason::Completion, 1, day(on)), &policy);
        assert_eq!(matches!(credit, Credit::Entered(_)), paid, "{on}");
        assert!(paid || credit == Credit::NotThen, "{on}");
    }
}

#[test]
fn a_policy_with_a_fault_names_its_field() {
    for (from, to, field) in [
        (r#"per_photo = "0.50""#, r#"per_photo = "-0.50""#, "per_photo"),
        (r#"cap_day = "20.00""#, r#"cap_day = "20.001""#, "cap_day"),
        (r#"until = "2026-05-31""#, r#"until = "2026-02-01""#, "until"),
        (r#"from = "2026-03-01""#, r#"from = "spring""#, "file"),
    ] {
        assert_eq!(SpiffPolicy::from_toml(&POLICY.replace(from, to)).unwrap_err().field, field, "{to}");
    }
}

#[test]
fn payroll_gets_a_row_for_every_entry_and_a_stored_ledger_goes_on() {
    let (mut ledger, policy) = (SpiffLedger::default(), policy());
    let _ = ledger.credit(&earned("a", SpiffReason::Photos, 3, on(2)), &policy);
    let _ = ledger.reverse(&"a".parse().unwrap(), SpiffReason::Photos, on(3));
    let mut writer = csv::Writer::from_writer(Vec::new());
    ledger.entries().iter().for_each(|entry| writer.serialize(entry).unwrap());
    let written = String::from_utf8(writer.into_inner().unwrap()).unwrap();
    assert_eq!(
        written,
        "key,technician,ro,reason,count,amount,currency,on,uncapped,policy\n\
         a/photos,T-4,north/1,photos,3,1.50,USD,2026-03-02,1.50,spiff_spring/1\n\
         a/photos/reversal,T-4,north/1,reversal,3,-1.50,USD,2026-03-03,-1.50,spiff_spring/1\n"
    );
    let entries: Vec<SpiffEntry> =
        csv::Reader::from_reader(written.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap();
    let mut again = SpiffLedger::from_entries(entries.clone()).unwrap();
    assert_eq!(again, ledger);
    let photos = earned("a", SpiffReason::Photos, 3, on(2));
    let Credit::Entered(entry) = again.credit(&photos, &policy) else {
        panic!("what was taken back can be earned")
    };
    assert_eq!(entry.key, "a/photos/2");
    assert_eq!(again.credit(&photos, &policy), Credit::Already);
    let twice = [entries.clone(), entries].concat();
    assert_eq!(SpiffLedger::from_entries(twice).unwrap_err().key, "a/photos");
}

#[test]
fn an_entry_taken_back_makes_room_on_its_own_day_only() {
    let (mut ledger, policy) = (SpiffLedger::default(), policy());
    let photos = |inspection: &str, day| earned(inspection, SpiffReason::Photos, 40, on(day));
    for inspection in ["a", "b", "c"] {
        let _ = ledger.credit(&photos(inspection, 2), &policy);
    }
    // All twenty of the second are taken back on the third, and the third still pays twenty.
    for inspection in ["a", "b", "c"] {
        let back = ledger.reverse(&inspection.parse().unwrap(), SpiffReason::Photos, on(3));
        assert!(matches!(back, Credit::Entered(_)));
    }
    let third: Vec<_> = ["d", "e", "f", "g"]
        .map(|id| amount(&ledger.credit(&photos(id, 3), &policy)).unwrap_or_default())
        .into();
    assert_eq!(third, ["8.00", "8.00", "4.00", ""]);
    // A ledger that was stored knows it too, whatever the order of its rows.
    let mut rows = ledger.entries().to_vec();
    rows.reverse();
    let mut stored = SpiffLedger::from_entries(rows).unwrap();
    assert_eq!(stored.credit(&photos("h", 3), &policy), Credit::NothingLeft);
    assert_eq!(
        amount(&stored.credit(&photos("h", 2), &policy)).as_deref(),
        Some("8.00"),
        "the second has room again"
    );
    // The month has, too: nothing of the second is left in it.
    assert_eq!(ledger.owed("T-4", Currency::USD, on(1), on(31)).to_string(), "20.00");
}

proptest! {
    /// Whatever is earned and taken back in whatever order: no cap is passed by what stands, an entry and its reversal counted
    /// on the day of the entry; and a stored ledger goes on as the one that was not.
    #[test]
    fn no_cap_is_ever_passed(
        offers in prop::collection::vec((0_u32..8, 0_u8..4, 0_u32..60, 1_u32..6), 0..60)
    ) {
        let (mut ledger, policy) = (SpiffLedger::default(), policy());
        for (inspection, what, count, day) in offers {
            let id = format!("i{inspection}");
            let reason = if what % 2 == 0 { SpiffReason::Photos } else { SpiffReason::Completion };
            if what < 3 {
                let _ = ledger.credit(&earned(&id, reason, count, on(day)), &policy);
            } else {
                let _ = ledger.reverse(&id.parse().unwrap(), reason, on(day));
            }
        }
        let entries = ledger.entries();
        let day = |entry: &SpiffEntry| {
            let of = entry.key.strip_suffix("/reversal").unwrap_or(&entry.key);
            entries.iter().find(|other| other.key == of).unwrap().on
        };
        let sum = |which: &dyn Fn(&SpiffEntry) -> bool| -> Decimal {
            entries.iter().filter(|entry| which(entry)).map(|entry| entry.amount).sum()
        };
        for n in 0..8 {
            let of = format!("i{n}/");
            let inspection = sum(&|entry| entry.key.starts_with(&of));
            prop_assert!(inspection <= Decimal::from(8) && inspection >= Decimal::ZERO);
            prop_assert!(sum(&|entry| day(entry) == on(n + 1)) <= Decimal::from(20));
        }
        prop_assert!(sum(&|_| true) <= Decimal::from(50));
        for entry in entries {
            let back = entry.reason == SpiffReason::Reversal;
            prop_assert_eq!(back, entry.amount < Decimal::ZERO);
            prop_assert!(!entry.amount.is_zero());
        }
        prop_assert_eq!(&SpiffLedger::from_entries(entries.to_vec()).unwrap(), &ledger);
    }
}
