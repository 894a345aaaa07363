//! What no inspection can break.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

mod form;

use fixedops_mpi_score::{
    Columns, Contributions, CustomerFit, Declined, Finding, GatePolicy, Inspection, Points, Ranked, RoFacts,
    ServiceHistory, Unit, VehicleHistory, Weights, counterfactuals, gate, score, score_columns,
};
use fixedops_vocab::{Currency, InspectionCode, Miles, Money};
use form::{Form, finding};
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;

fn code() -> impl Strategy<Value = InspectionCode> {
    prop::sample::select(InspectionCode::ALL)
}

/// Thousandths that a policy believes.
fn measurement() -> impl Strategy<Value = (&'static str, i64, Unit)> {
    prop_oneof![
        (0..=24_000_i64).prop_map(|n| ("tread", n, Unit::ThirtySeconds)),
        (0..=25_000_i64).prop_map(|n| ("pad", n, Unit::Millimetres)),
        (0..=150_000_i64).prop_map(|n| ("battery_capacity", n, Unit::Percent)),
    ]
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let section = prop::sample::select(vec!["brakes", "tires", "belts", "filters", "battery", "other"]);
    let service = option::of(prop::sample::select(vec!["brake_pads", "cabin_filter", "battery"]));
    (section, code(), option::of(measurement()), service, option::of(0..500_000_i32)).prop_map(
        |(section, code, measured, service, cents)| {
            let mut found = finding("x", section, code);
            found.measurements = measured
                .map(|(name, n, unit)| {
                    let text = Decimal::new(n, 3).to_string();
                    form::measured(name, "front", &text, unit)
                })
                .into_iter()
                .collect();
            found.service = service.map(|service| service.parse().unwrap());
            found.price = cents.map(|cents| Money::cents(cents, Currency::USD));
            found
        },
    )
}

fn any_inspection() -> impl Strategy<Value = Inspection> {
    prop::collection::vec(any_finding(), 0..12).prop_map(|mut findings| {
        for (index, finding) in findings.iter_mut().enumerate() {
            finding.id = format!("f{index}");
        }
        Form::new(findings).inspection()
    })
}

fn any_history() -> impl Strategy<Value = VehicleHistory> {
    let declined = option::of(prop_oneof![Just(Declined::Never), (0..400_u32).prop_map(Declined::DaysAgo)]);
    let miles = || option::of((0..200_000_u32).prop_map(|miles| Miles::from_whole(miles).unwrap()));
    let service = prop::sample::select(vec!["brake_pads", "cabin_filter", "battery"]);
    let one = (service, miles(), miles(), option::of(0..6_u32), declined).prop_map(
        |(service, miles_since, interval, missed, declined)| {
            let service = service.parse().unwrap();
            ServiceHistory { service, miles_since, interval, missed, declined }
        },
    );
    prop::collection::vec(one, 0..4).prop_map(|services| VehicleHistory { services })
}

fn any_fit() -> impl Strategy<Value = CustomerFit> {
    let spend = option::of((0..900_000_i32).prop_map(|cents| Money::cents(cents, Currency::USD)));
    (spend, option::of(0..12_u32), option::of(any::<bool>()), option::of(any::<bool>())).prop_map(
        |(annual_spend, visits, warranty, financing)| CustomerFit {
            annual_spend,
            visits,
            warranty,
            financing,
        },
    )
}

/// One finding, not green, scored alone.
fn alone(finding: &Finding, history: &VehicleHistory, fit: &CustomerFit) -> Ranked {
    let inspection = Form::new(vec![finding.clone()]).inspection();
    let ranking = score(&inspection, history, fit, &Weights::shipped());
    assert_eq!(ranking.set_aside, []);
    ranking.findings.into_iter().next().expect("it is not in order")
}

fn flagged() -> impl Strategy<Value = Finding> {
    any_finding().prop_map(|mut finding| {
        if finding.code == InspectionCode::Green {
            finding.code = InspectionCode::Yellow;
        }
        finding
    })
}

proptest! {
    #[test]
    fn contributions_sum_to_the_score_and_parts_stay_between_0_and_1(
        inspection in any_inspection(), history in any_history(), fit in any_fit(),
    ) {
        let ranking = score(&inspection, &history, &fit, &Weights::shipped());
        for ranked in &ranking.findings {
            let Contributions { safety, history, fit } = ranked.contributions;
            prop_assert_eq!(safety.get() + history.get() + fit.get(), ranked.score.get());
            prop_assert!(safety.get() <= 4_000 && history.get() <= 3_000 && fit.get() <= 3_000);
            prop_assert!(ranked.safety.value <= Points::ONE);
        }
        prop_assert!(ranking.set_aside.iter().all(|aside| aside.path.ends_with("].place")), "{:?}", ranking.set_aside);
        let told = ranking.findings.len() + ranking.in_order.len();
        prop_assert_eq!(told, inspection.findings.len(), "nothing is lost");
    }

    #[test]
    fn every_finding_at_a_safety_limit_stands_above_the_fold_whatever_else(
        inspection in any_inspection(), history in any_history(), fit in any_fit(),
    ) {
        let ranking = score(&inspection, &history, &fit, &Weights::shipped());
        for finding in &inspection.findings {
            let red = matches!(finding.section.as_str(), "brakes" | "tires") && finding.code == InspectionCode::Red;
            let at_limit = finding.measurements.iter().any(|m| {
                matches!(m.name.as_str(), "tread" | "pad") && m.value <= Decimal::TWO
            });
            if red || at_limit {
                let above = ranking.above_fold().iter().any(|ranked| ranked.finding == finding.id);
                prop_assert!(above, "{} is below the fold", finding.id);
            }
        }
    }

    #[test]
    fn the_same_inspection_gives_the_same_bytes(
        inspection in any_inspection(), history in any_history(), fit in any_fit(),
    ) {
        let read: Inspection = serde_json::from_str(&serde_json::to_string(&inspection).unwrap()).unwrap();
        let bytes = |inspection| {
            serde_json::to_string(&score(inspection, &history, &fit, &Weights::shipped())).unwrap()
        };
        prop_assert_eq!(bytes(&inspection), bytes(&read));
    }

    #[test]
    fn more_wear_never_lowers_the_score(
        finding in flagged(), (name, n, unit) in measurement(), less in 0..25_000_i64,
        history in any_history(), fit in any_fit(),
    ) {
        let with = |n: i64| {
            let text = Decimal::new(n, 3).to_string();
            let measurements = vec![form::measured(name, "front", &text, unit)];
            alone(&Finding { measurements, ..finding.clone() }, &history, &fit).score
        };
        prop_assert!(with((n - less).max(0)) >= with(n));
    }

    #[test]
    fn a_worse_colour_never_lowers_the_score(finding in flagged(), history in any_history(), fit in any_fit()) {
        let with = |code| alone(&Finding { code, ..finding.clone() }, &history, &fit).score;
        prop_assert!(with(InspectionCode::Red) >= with(InspectionCode::Yellow));
    }

    #[test]
    fn more_miles_more_misses_and_older_declines_never_lower_the_score(
        finding in flagged(), fit in any_fit(),
        miles in 0..150_000_u32, more_miles in 0..50_000_u32, interval in 1..100_000_u32,
        missed in 0..5_u32, more_missed in 0..5_u32, days in 0..300_u32, more_days in 0..300_u32,
    ) {
        let service: fixedops_vocab::ServiceId = "brake_pads".parse().unwrap();
        let finding = Finding { service: Some(service.clone()), ..finding };
        let with = |miles, missed, declined| {
            let one = ServiceHistory {
                service: service.clone(),
                miles_since: Miles::from_whole(miles).ok(),
                interval: Miles::from_whole(interval).ok(),
                missed: Some(missed),
                declined: Some(declined),
            };
            alone(&finding, &VehicleHistory { services: vec![one] }, &fit).score
        };
        let base = with(miles, missed, Declined::DaysAgo(days));
        prop_assert!(with(miles + more_miles, missed, Declined::DaysAgo(days)) >= base);
        prop_assert!(with(miles, missed + more_missed, Declined::DaysAgo(days)) >= base);
        prop_assert!(with(miles, missed, Declined::DaysAgo(days + more_days)) >= base);
        prop_assert!(with(miles, missed, Declined::Never) <= base);
    }

    #[test]
    fn a_better_fit_never_lowers_the_score_and_a_higher_price_never_raises_it(
        finding in flagged(), history in any_history(),
        spend in 1..500_000_i32, more in 0..400_000_i32, visits in 0..8_u32, more_visits in 0..8_u32,
        cents in 0..500_000_i32, dearer in 0..400_000_i32, warranty: bool,
    ) {
        let with = |spend, visits, warranty, cents| {
            let fit = CustomerFit {
                annual_spend: Some(Money::cents(spend, Currency::USD)),
                visits: Some(visits),
                warranty: Some(warranty),
                financing: Some(true),
            };
            let price = Some(Money::cents(cents, Currency::USD));
            alone(&Finding { price, ..finding.clone() }, &history, &fit).score
        };
        let base = with(spend, visits, warranty, cents);
        prop_assert!(with(spend + more, visits, warranty, cents) >= base);
        prop_assert!(with(spend, visits + more_visits, warranty, cents) >= base);
        prop_assert!(with(spend, visits, true, cents) >= base);
        prop_assert!(with(spend, visits, warranty, cents + dearer) <= base);
    }

    /// Promise 10.
    #[test]
    fn p10_no_document_and_no_number_breaks_it(
        text in ".{0,200}", value in prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX)], scale in 0..28_u32, history in any_history(), fit in any_fit(),
    ) {
        let _ = (serde_json::from_str::<Inspection>(&text), Weights::from_toml(&text));
        let mut found = finding("f", "brakes", InspectionCode::Red);
        let number = Decimal::try_from_i128_with_scale(i128::from(value), scale).unwrap();
        for unit in [Unit::Millimetres, Unit::ThirtySeconds, Unit::Percent, Unit::Volts] {
            found.measurements.push(form::measured("pad", "front", &number.to_string(), unit));
            let one = Form::new(vec![found.clone()]).inspection();
            let mut two = Form::new(vec![finding("first", "tires", InspectionCode::Red), found.clone()]).inspection();
            two.findings[1].section = "lights".to_owned();
            let _ = counterfactuals(&two, &history, &fit, &Weights::shipped());
            let _ = gate(&two, &RoFacts { ro: two.ro.clone(), pay_types: vec![] }, &GatePolicy::shipped(), None);
            let ranking = score(&one, &history, &fit, &Weights::shipped());
            prop_assert_eq!(ranking.findings.len(), 1);
            prop_assert!(ranking.findings[0].floored, "a red brake stays at the floor, whatever was measured");
        }
    }

    #[test]
    fn shares_round_trip_through_decimal_text(n in 0..=10_000_u16) {
        let points = Points::new(n).unwrap();
        let text = serde_json::to_string(&points).unwrap();
        prop_assert_eq!(&text, &format!("\"{points}\""));
        prop_assert_eq!(serde_json::from_str::<Points>(&text).unwrap(), points);
    }

    /// On columns every score is the same to the last digit, and so are the first three.
    #[test]
    fn columns_say_what_the_score_says(
        inspections in prop::collection::vec(any_inspection(), 0..6), history in any_history(), fit in any_fit()
    ) {
        let weights = Weights::shipped();
        let mut columns = Columns::default();
        let mut rankings = Vec::new();
        for inspection in &inspections {
            let ranking = score(inspection, &history, &fit, &weights);
            let order = |id: &str| inspection.findings.iter().position(|finding| finding.id == id).unwrap();
            columns.push(&ranking, order);
            let mut rows: Vec<_> = ranking.findings.iter().map(|ranked| order(&ranked.finding)).collect();
            rows.sort_unstable();
            rankings.push((ranking, rows.into_iter().map(|row| inspection.findings[row].id.clone()).collect::<Vec<_>>()));
        }
        let mut scores = Vec::new();
        let first = score_columns(&columns, &weights, Some(&mut scores)).unwrap();
        let mut row = 0;
        for (top, (ranking, rows)) in first.iter().zip(&rankings) {
            for id in rows {
                let ranked = ranking.findings.iter().find(|ranked| ranked.finding == *id).unwrap();
                prop_assert_eq!(scores[row], ranked.score);
                row += 1;
            }
            prop_assert_eq!(usize::from(top.count), ranking.findings.len().min(3));
            for (place, ranked) in ranking.findings.iter().take(3).enumerate() {
                prop_assert_eq!(&rows[usize::from(top.rows[place])], &ranked.finding);
                prop_assert_eq!(top.scores[place], ranked.score);
            }
        }
        prop_assert_eq!(first.len(), rankings.len());
        prop_assert_eq!(row, scores.len());
    }

    /// What a counterfactual says is so: with its change the finding stands as high as it says.
    #[test]
    fn a_counterfactual_keeps_its_word(
        inspection in any_inspection(), history in any_history(), fit in any_fit()
    ) {
        let weights = Weights::shipped();
        for would in counterfactuals(&inspection, &history, &fit, &weights) {
            let (inspection, history) = would.applied(&inspection, &history);
            let ranking = score(&inspection, &history, &fit, &weights);
            let ranked = ranking.findings.iter().find(|ranked| ranked.finding == would.finding).unwrap();
            prop_assert!(ranked.rank <= would.would_be && would.would_be < would.rank, "{:?}: {}", would, ranked.rank);
        }
    }
}
