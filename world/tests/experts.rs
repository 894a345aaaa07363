//! Experts and their inspections: what the store knew, the same seed, drift, moods, and what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use fixedops_mpi_score::{Declined, score};
use fixedops_vocab::InspectionCode;
use fixedops_world::ParametersError;
use fixedops_world::experts::{Drift, ExpertKind, Experts, Inspected, Quarter};

const SHIPPED: &str = include_str!("../experts.toml");

fn made(seed: u64, quarter: u32, drift: Option<Drift>) -> Vec<Inspected> {
    let quarter = Quarter { seed, rooftop: 0, vehicles: 400, quarter };
    Experts::shipped().inspections(&quarter, drift).unwrap()
}

#[test]
fn an_inspection_lies_in_its_quarter_and_holds_what_the_store_knew() {
    let day = |day: &str| format!("{day}T00:00:00Z").parse::<DateTime<Utc>>().unwrap();
    let mut ids = BTreeSet::new();
    for (quarter, from, until) in
        [(0, "2027-01-01", "2027-04-01"), (1, "2027-04-01", "2027-07-01"), (5, "2028-04-01", "2028-07-01")]
    {
        let all = made(1, quarter, None);
        assert!(all.len() > 50, "{}", all.len());
        assert!(all.is_sorted_by_key(|one| one.sheet.inspection.completed_at));
        for Inspected { sheet, history, fit } in &all {
            let completed = sheet.inspection.completed_at.unwrap();
            assert!((day(from)..day(until)).contains(&completed), "{completed}");
            assert!(ids.insert(sheet.inspection.inspection.clone()), "an id is of one inspection");
            assert_eq!((sheet.inspection.findings.len(), history.services.len()), (11, 11));
            for (found, known) in sheet.inspection.findings.iter().zip(&history.services) {
                assert_eq!(found.service.as_ref(), Some(&known.service));
                let missed = known
                    .miles_since
                    .zip(known.interval)
                    .map(|(since, interval)| since.tenths() / interval.tenths());
                assert_eq!(known.missed, missed);
                assert!(
                    found.code != InspectionCode::Green || found.price.is_none(),
                    "nobody prices what is in order"
                );
            }
            let spend = fit.annual_spend.unwrap();
            assert!(fit.visits != Some(0) || spend.amount().is_zero(), "nobody spends without a visit");
        }
        let share =
            |of: &dyn Fn(&Inspected) -> bool| all.iter().filter(|one| of(one)).count() * 100 / all.len();
        let unknown = share(&|one| one.history.services.iter().any(|known| known.miles_since.is_none()));
        assert!(
            (5..95).contains(&unknown),
            "some cars were bought elsewhere or came before the import: {unknown} %"
        );
        let declined = |one: &Inspected| {
            one.history.services.iter().any(|known| matches!(known.declined, Some(Declined::DaysAgo(1..))))
        };
        assert!(share(&declined) > 20, "declined work comes again: {} %", share(&declined));
    }
}

#[test]
fn the_same_seed_makes_the_same_and_every_quarter_has_cars_of_its_own() {
    assert_eq!(made(2, 0, None), made(2, 0, None));
    let odometers =
        |quarter| made(2, quarter, None).into_iter().map(|one| one.sheet.odometer).collect::<BTreeSet<_>>();
    let [one, other] = [odometers(0), odometers(1)];
    assert!(one.intersection(&other).count() * 20 < one.len(), "cars do not come again");
}

#[test]
fn a_drifted_store_differs_in_what_drifted() {
    let steady = made(3, 0, None);
    let flagged = |all: &[Inspected]| {
        let findings = all.iter().flat_map(|one| &one.sheet.inspection.findings);
        findings.filter(|found| found.code != InspectionCode::Green).count() as f64 / all.len() as f64
    };
    let declined = |all: &[Inspected]| {
        let services = all.iter().flat_map(|one| &one.history.services);
        services.filter(|known| matches!(known.declined, Some(Declined::DaysAgo(_)))).count() as f64
            / all.len() as f64
    };
    let price = |all: &[Inspected]| {
        let findings = all.iter().flat_map(|one| &one.sheet.inspection.findings);
        let pads = findings.filter(|found| found.item == "front brake pads");
        pads.filter_map(|found| found.price?.amount().to_string().parse::<f64>().ok()).fold(0.0, f64::max)
    };
    let drifted = |drift| made(3, 0, Some(drift));
    assert!(declined(&drifted(Drift::MoreDeclined)) > 1.2 * declined(&steady));
    assert!((1.9..2.1).contains(&(price(&drifted(Drift::Dearer)) / price(&steady))));
    assert!(flagged(&drifted(Drift::FewerFlagged)) < 0.9 * flagged(&steady));
    assert!(drifted(Drift::ComeLater).len() < steady.len());
}

#[test]
fn an_expert_without_moods_ranks_by_his_weights_and_moods_move_him() {
    let (experts, all) = (Experts::shipped(), made(4, 0, None));
    for kind in ExpertKind::ALL {
        let expert = experts.expert(kind).unwrap();
        let calm = expert.clone().with_mood(0.0);
        let (mut near, mut far, mut of) = (0, 0, 0);
        for one in &all {
            let ranking = score(&one.sheet.inspection, &one.history, &one.fit, expert.weights());
            let ranked: Vec<String> =
                ranking.findings.iter().take(3).map(|ranked| ranked.finding.clone()).collect();
            assert_eq!(calm.first(1, one), ranked, "{kind}");
            assert_eq!(expert.first(1, one), expert.first(1, one), "{kind}");
            if ranking.findings.len() > 3 {
                let same = |first: Vec<String>| first.iter().filter(|id| ranked.contains(id)).count();
                near += same(expert.first(1, one));
                far += same(expert.clone().with_mood(20.0).first(1, one));
                of += 3;
            }
        }
        assert!(near * 100 > of * 85, "{kind}: he agrees with himself in {near} of {of}");
        assert!(far < near, "{kind}: {far} {near}");
    }
}

#[test]
fn what_is_at_a_safety_limit_comes_first_with_everybody() {
    let (experts, all) = (Experts::shipped(), made(5, 0, None));
    let mut seen = 0;
    for kind in ExpertKind::ALL {
        let expert = experts.expert(kind).unwrap().with_mood(50.0);
        for one in &all {
            let ranking = score(&one.sheet.inspection, &one.history, &one.fit, expert.weights());
            let floored: BTreeSet<_> =
                ranking.findings.iter().filter(|r| r.floored).map(|r| &r.finding).collect();
            let first = expert.first(1, one);
            assert!(first.iter().take(floored.len()).all(|id| floored.contains(id)), "{kind}: {first:?}");
            seen += usize::from(!floored.is_empty());
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn wrong_experts_are_named() {
    for (case, from, to, told) in [
        ("no TOML", "version = ", "version ", "parameters do not read"),
        ("a kind nobody knows", "kind = \"cheap_first\"", "kind = \"dear_first\"", "dear_first"),
        ("a kind twice", "kind = \"cheap_first\"", "kind = \"as_shipped\"", "cheap_first is empty"),
        ("a drift that is missing", "kind = \"dearer\"", "kind = \"come_later\"", "dearer is empty"),
        ("a factor below zero", "factor = 2.0", "factor = -2.0", "dearer.factor is out of range"),
        ("parts of more than all", "fit = 9000", "fit = 9001", "cheap_first: parts: weights sum to 10001"),
        ("a share of more than all", "value = 0.25", "value = 1.25", "strands_first.others is out of range"),
        (
            "a section nobody has",
            "\"belts\"",
            "\"wings\"",
            "strands_first.first: section \"wings\" is out of range",
        ),
        (
            "a mood from nowhere",
            "mood = { value = 0.3, source = \"Assumption of this project: he agrees with himself in more than nine of ten places.\" }",
            "mood = { value = 0.3, source = \" \" }",
            "history_first.mood names no source",
        ),
        (
            "a drift from nowhere",
            "source = \"Assumption of this project: miles and months between an owner's own oil services.\"",
            "source = \"\"",
            "come_later names no source",
        ),
        (
            "no financing",
            "financing = { value = 0.50",
            "financing = { value = -0.50",
            "customers.financing is out of range",
        ),
    ] {
        assert!(SHIPPED.contains(from), "{case}");
        let refused: ParametersError = Experts::from_toml(&SHIPPED.replacen(from, to, 1)).unwrap_err();
        assert!(refused.to_string().contains(told), "{case}: {refused}");
    }
}
