//! Exemptions that outrun the policy, and completion that never counts one.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use fixedops_mpi_score::{ExemptionPolicy, Gate, GateRecord, Person, Points, completion, exemption_alarms};
use proptest::prelude::*;

fn exempt(code: &str) -> Gate {
    Gate::Exempt { code: code.to_owned(), by: "9".to_owned(), reason: "told so".to_owned() }
}

fn record(ro: usize, advisor: &str, gate: Gate) -> GateRecord {
    GateRecord {
        ro: format!("n/{ro}").parse().unwrap(),
        advisor: Some(advisor.to_owned()),
        technician: Some(format!("t{advisor}")),
        gate,
    }
}

/// So many of so many orders exempted.
fn orders(advisor: &str, exempted: usize, of: usize) -> Vec<GateRecord> {
    let gate = |n| if n < exempted { exempt("warranty_only") } else { Gate::Pass };
    (0..of).map(|n| record(n, advisor, gate(n))).collect()
}

#[test]
fn an_alarm_needs_a_share_that_is_surely_too_large() {
    for (exempted, of, alarmed, case) in [
        (2, 3, false, "three orders judge nobody"),
        (19, 19, false, "nineteen are one too few"),
        (3, 20, false, "15 % of 20 may be chance where 10 % are allowed"),
        (5, 20, true, "a quarter of 20 may not"),
        (11, 100, false, "11 % of 100 may be chance"),
        (17, 100, true, "17 % of 100 may not"),
        (0, 500, false, "none at all"),
    ] {
        let alarms = exemption_alarms(&orders("17", exempted, of), &ExemptionPolicy::shipped());
        assert_eq!(!alarms.is_empty(), alarmed, "{case}: {alarms:?}");
        if alarmed {
            let who: Vec<_> = alarms.iter().map(|alarm| alarm.person.clone()).collect();
            assert_eq!(who, [Person::Advisor("17".into()), Person::Technician("t17".into())], "{case}");
        }
    }
}

#[test]
fn a_code_can_be_too_frequent_by_itself() {
    let policy = ExemptionPolicy::from_toml(
        &include_str!("../policies/exemptions.toml").replace("most = 800", "most = 100"),
    )
    .unwrap();
    let gate = |n| if n < 6 { exempt("declined_at_write_up") } else { Gate::Pass };
    let records: Vec<_> = (0..100).map(|n| record(n, "3", gate(n))).collect();
    let alarms = exemption_alarms(&records, &policy);
    assert_eq!(alarms[0].code.as_deref(), Some("declined_at_write_up"));
    assert!(
        alarms[0]
            .to_string()
            .starts_with("advisor 3: 6 of 100 orders exempted (declined_at_write_up), 6.0 %")
    );
    assert_eq!(alarms.len(), 2, "and the technician: {alarms:?}");
}

#[test]
fn an_order_counts_once_with_what_was_said_last() {
    let mut records = orders("17", 10, 30);
    records.extend((0..10).map(|n| record(n, "17", Gate::Pass)));
    assert!(exemption_alarms(&records, &ExemptionPolicy::shipped()).is_empty());
    assert_eq!(completion(&records).completed, 30);
}

#[test]
fn an_exemption_is_no_completion() {
    let mut records = orders("17", 10, 30);
    records.push(record(30, "17", Gate::Block(vec![])));
    let all = completion(&records);
    assert_eq!((all.completed, all.exempt, all.blocked), (20, 10, 1));
    assert_eq!(all.rate(), Points::new(6_451).ok());
    assert_eq!(completion(&[]).rate(), None);
}

#[test]
fn a_policy_with_a_fault_names_its_field() {
    let shipped = include_str!("../policies/exemptions.toml");
    for (from, to, field) in [
        ("most = 1000", "most = 10001", "most"),
        ("certainty = 9500", "certainty = 4000", "certainty"),
        ("certainty = 9500", "certainty = 10000", "certainty"),
    ] {
        assert_eq!(ExemptionPolicy::from_toml(&shipped.replace(from, to)).unwrap_err().field, field, "{to}");
    }
}

proptest! {
    /// One more exemption never raises the completion rate and never stills an alarm.
    #[test]
    fn more_exemptions_are_never_better(exempted in 0_usize..60, of in 1_usize..120) {
        let exempted = exempted.min(of - 1);
        let (few, more) = (orders("1", exempted, of), orders("1", exempted + 1, of));
        prop_assert!(completion(&more).rate() <= completion(&few).rate());
        let alarmed = |records: &[GateRecord]| !exemption_alarms(records, &ExemptionPolicy::shipped()).is_empty();
        prop_assert!(!alarmed(&few) || alarmed(&more));
    }
}
