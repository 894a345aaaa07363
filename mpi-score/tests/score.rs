//! The score: what comes first, and why.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

mod form;

use fixedops_mpi_score::{
    CustomerFit, Declined, Fault, Input, Ranking, Reason, ServiceHistory, Unit, VehicleHistory, Weights,
    WeightsDraft, inputs, score,
};
use fixedops_vocab::{InspectionCode::*, Miles};
use form::{Form, finding, measured};

fn ranked(form: &Form) -> Ranking {
    score(&form.inspection(), &VehicleHistory::default(), &CustomerFit::default(), &Weights::shipped())
}

fn order(ranking: &Ranking) -> Vec<&str> {
    ranking.findings.iter().map(|ranked| ranked.finding.as_str()).collect()
}

#[test]
fn a_red_brake_never_ranks_below_a_cabin_filter_whatever_history_and_customer_say() {
    let mut filter = finding("filter", "filters", Red);
    filter.service = Some("cabin_filter".parse().unwrap());
    filter.price = Some("1.00 USD".parse().unwrap());
    let mut pads = finding("pads", "brakes", Red);
    pads.price = Some("40000.00 USD".parse().unwrap());
    let form = Form::new(vec![filter, pads]);
    let history = VehicleHistory {
        services: vec![ServiceHistory {
            service: "cabin_filter".parse().unwrap(),
            miles_since: Some(Miles::from_whole(90_000).unwrap()),
            interval: Some(Miles::from_whole(15_000).unwrap()),
            missed: Some(9),
            declined: Some(Declined::DaysAgo(900)),
        }],
    };
    let fit = CustomerFit {
        annual_spend: Some("9000.00 USD".parse().unwrap()),
        visits: Some(12),
        warranty: Some(true),
        financing: Some(true),
    };
    let ranking = score(&form.inspection(), &history, &fit, &Weights::shipped());
    assert_eq!(order(&ranking), ["pads", "filter"]);
    assert!(ranking.findings[0].score < ranking.findings[1].score, "the floor did it, not the score");
    assert_eq!(ranking.findings[0].reasons[0], Reason::RedFloor { section: "brakes".to_owned() });
}

#[test]
fn the_floor_can_be_turned_off_and_is_on_as_shipped() {
    let shipped = Weights::shipped();
    assert!(shipped.table().safety_floor);
    let off = Weights::new(WeightsDraft { safety_floor: false, ..shipped.table().clone() }).unwrap();
    let mut form = Form::new(vec![finding("pads", "brakes", Red)]);
    form.findings[0].measurements = vec![measured("pad", "front", "1.0", Unit::Millimetres)];
    let ranking = score(&form.inspection(), &VehicleHistory::default(), &CustomerFit::default(), &off);
    assert!(!ranking.findings[0].floored);
}

#[test]
fn measurements_at_or_past_a_safety_limit_are_floored_and_nothing_short_of_it_is() {
    for (case, name, value, unit, floored) in [
        ("tread at the legal limit", "tread", "2", Unit::ThirtySeconds, true),
        ("tread past it", "tread", "1.5", Unit::ThirtySeconds, true),
        ("tread a hair above", "tread", "2.1", Unit::ThirtySeconds, false),
        ("tread in millimetres, 1.5 mm is under 2/32", "tread", "1.5", Unit::Millimetres, true),
        ("tread in millimetres, 1.6 mm is above 2/32", "tread", "1.6", Unit::Millimetres, false),
        ("pad at the minimum", "pad", "2.0", Unit::Millimetres, true),
        ("pad above it", "pad", "2.1", Unit::Millimetres, false),
        ("a weak battery strands but does not endanger", "battery_capacity", "10", Unit::Percent, false),
    ] {
        let mut form = Form::new(vec![finding("f", "elsewhere", Yellow)]);
        form.findings[0].measurements = vec![measured(name, "front", value, unit)];
        assert_eq!(ranked(&form).findings[0].floored, floored, "{case}");
    }
}

#[test]
fn a_green_finding_is_in_order_unless_it_measures_at_the_limit() {
    let mut form = Form::new(vec![finding("ok", "tires", Green), finding("bald", "tires", Green)]);
    form.findings[0].measurements = vec![measured("tread", "front_left", "8", Unit::ThirtySeconds)];
    form.findings[1].measurements = vec![measured("tread", "rear_left", "2", Unit::ThirtySeconds)];
    let ranking = ranked(&form);
    assert_eq!(order(&ranking), ["bald"]);
    assert_eq!(ranking.in_order, ["ok"]);
    assert!(ranking.findings[0].reasons.contains(&Reason::GreenAtLimit));
}

#[test]
fn three_stand_above_the_fold_and_more_where_more_are_at_a_limit() {
    let yellow = |n: usize| (0..n).map(move |i| finding(&format!("y{i}"), "filters", Yellow));
    let red = |n: usize| (0..n).map(move |i| finding(&format!("r{i}"), "brakes", Red));
    for (reds, yellows, fold) in [(0, 0, 0), (0, 2, 2), (0, 9, 3), (1, 9, 3), (5, 9, 5)] {
        let ranking = ranked(&Form::new(yellow(yellows).chain(red(reds)).collect()));
        assert_eq!(ranking.fold, fold, "{reds} red brakes, {yellows} yellow filters");
        assert_eq!(ranking.above_fold().len(), fold);
        assert!(ranking.findings.iter().all(|r| r.above_fold == (r.rank as usize <= fold)));
    }
}

#[test]
fn equal_scores_keep_the_order_of_the_form() {
    let form = Form::new(vec![finding("b", "filters", Yellow), finding("a", "filters", Yellow)]);
    assert_eq!(order(&ranked(&form)), ["b", "a"]);
}

#[test]
fn a_40_30_30_score_worked_by_hand() {
    // Belts weigh 0.5, yellow 0.5: safety 0.25. One interval driven: 0.7; one missed: 0.5; declined 90 days ago: 0.7;
    // history (5*0.7 + 2*0.5 + 3*0.7) / 10 = 0.66. Spend $500: 0.5; two visits: 0.6; warranty 1, financing 0; price
    // $500 beside $500: 0.5; fit (3*0.5 + 2*0.6 + 1 + 0 + 3*0.5) / 10 = 0.52.
    // 0.4*0.25 + 0.3*0.66 + 0.3*0.52 = 0.1 + 0.198 + 0.156 = 0.454.
    let mut form = Form::new(vec![finding("belt", "belts", Yellow)]);
    form.findings[0].service = Some("drive_belt".parse().unwrap());
    form.findings[0].price = Some("500.00 USD".parse().unwrap());
    let history = VehicleHistory {
        services: vec![ServiceHistory {
            service: "drive_belt".parse().unwrap(),
            miles_since: Some(Miles::from_whole(60_000).unwrap()),
            interval: Some(Miles::from_whole(60_000).unwrap()),
            missed: Some(1),
            declined: Some(Declined::DaysAgo(90)),
        }],
    };
    let fit = CustomerFit {
        annual_spend: Some("500.00 USD".parse().unwrap()),
        visits: Some(2),
        warranty: Some(true),
        financing: Some(false),
    };
    let ranking = score(&form.inspection(), &history, &fit, &Weights::shipped());
    let belt = &ranking.findings[0];
    let parts = [&belt.safety, &belt.history, &belt.fit].map(|part| part.value.to_string());
    assert_eq!(parts, ["0.2500", "0.6600", "0.5200"]);
    assert_eq!(belt.score.to_string(), "0.4540");
    assert!(belt.reasons.iter().all(|reason| !matches!(reason, Reason::NotKnown { .. })));
}

#[test]
fn what_is_not_known_is_said_and_not_guessed() {
    let mut form = Form::new(vec![finding("f", "filters", Yellow)]);
    let missing = |form: &Form, history: &VehicleHistory| {
        let ranking = score(&form.inspection(), history, &CustomerFit::default(), &Weights::shipped());
        let part = ranking.findings[0].history.clone();
        (part.value.get(), part.known.get(), part.missing)
    };
    let nothing = VehicleHistory::default();
    assert_eq!(missing(&form, &nothing), (0, 0, vec![Input::Service]));
    form.findings[0].service = Some("cabin_filter".parse().unwrap());
    let all = vec![Input::MilesSinceService, Input::MissedServices, Input::DeclinedBefore];
    assert_eq!(missing(&form, &nothing), (0, 0, all));
    let some = VehicleHistory {
        services: vec![ServiceHistory {
            service: "cabin_filter".parse().unwrap(),
            miles_since: None,
            interval: None,
            missed: Some(3),
            declined: None,
        }],
    };
    let rest = vec![Input::MilesSinceService, Input::DeclinedBefore];
    assert_eq!(missing(&form, &some), (10_000, 2_000, rest), "from what is known, and how much that is");
    let told = ranked(&form).findings[0].reasons.last().unwrap().to_string();
    assert_eq!(told, "not known: the price beside annual spend");
}

/// Promise 8.
#[test]
fn p8_a_recall_stands_apart_and_carries_no_price() {
    let mut form = Form::new(vec![finding("airbag", "recalls", Red), finding("f", "filters", Yellow)]);
    form.findings[0].recall = true;
    form.findings[0].price = Some("123.45 USD".parse().unwrap());
    let ranking = ranked(&form);
    assert_eq!(order(&ranking), ["f"]);
    assert_eq!(ranking.recalls[0].finding, "airbag");
    assert!(!serde_json::to_string(&ranking).unwrap().contains("123.45"));
}

#[test]
fn what_does_not_read_is_set_aside_with_its_place_and_the_rest_is_scored() {
    let bad = |change: fn(&mut fixedops_mpi_score::Finding)| {
        let mut form = Form::new(vec![finding("good", "brakes", Red), finding("bad", "brakes", Red)]);
        change(&mut form.findings[1]);
        let ranking = ranked(&form);
        assert_eq!(order(&ranking)[0], "good");
        ranking.set_aside[0].to_string()
    };
    let pad = |value, unit| vec![measured("pad", "front", value, unit)];
    assert_eq!(bad(|f| f.id = "good".to_owned()), "findings[1].id: another finding has this id");
    assert_eq!(bad(|f| f.id = " ".to_owned()), "findings[1].id: is empty");
    assert_eq!(
        bad(|f| f.price = Some("-1.00 USD".parse().unwrap())),
        "findings[1].price: price is below zero"
    );
    let mut form = Form::new(vec![finding("bad", "brakes", Red)]);
    for (value, unit, told) in [
        ("40", Unit::Millimetres, "findings[0].measurements[0].value: 40 is not between 0 and 25 mm"),
        ("-1", Unit::Millimetres, "findings[0].measurements[0].value: -1 is not between 0 and 25 mm"),
        ("3", Unit::Volts, "findings[0].measurements[0].unit: volts does not measure pad"),
    ] {
        form.findings[0].measurements = pad(value, unit);
        let ranking = ranked(&form);
        assert_eq!(ranking.set_aside[0].to_string(), told);
        // A slip of the pen does not lift a red brake out of the safety floor.
        assert!(ranking.findings[0].floored && ranking.findings[0].above_fold);
        assert_eq!(ranking.findings[0].safety.missing, [Input::Measurement]);
    }
    assert!(matches!(ranked(&form).set_aside[0].fault, Fault::WrongUnit { .. }));
}

#[test]
fn a_section_is_the_same_however_it_is_written() {
    for section in ["Brakes", "BRAKES", " brakes ", "bRaKeS\t"] {
        let form = Form::new(vec![finding("filter", "filters", Red), finding("pads", section, Red)]);
        let ranking = ranked(&form);
        assert_eq!(ranking.set_aside, [], "{section:?}");
        let pads = &ranking.findings[0];
        assert!(pads.finding == "pads" && pads.floored, "{section:?}");
        assert_eq!(pads.safety.value.to_string(), "1.0000", "{section:?}");
        let found = inputs(
            &form.inspection(),
            &VehicleHistory::default(),
            &CustomerFit::default(),
            &Weights::shipped(),
        );
        assert_eq!(found[1].section, "brakes");
    }
    let other = ranked(&Form::new(vec![finding("x", "Other", Yellow)]));
    assert_eq!(other.set_aside, [], "it says itself that it is of none");
}

#[test]
fn red_in_a_section_nobody_knows_is_not_hidden_below_what_is_harmless() {
    let lights = (0..4).map(|n| finding(&format!("y{n}"), "lights", Yellow));
    for section in ["Bremsen", "other"] {
        let form = Form::new(lights.clone().chain([finding("red", section, Red)]).collect());
        let first = &ranked(&form).findings[0];
        assert_eq!((first.finding.as_str(), first.floored), ("red", true), "{section}");
        assert_eq!(first.reasons[0].to_string(), format!("above the fold: marked red in {section}"));
    }
    let yellow = ranked(&Form::new(vec![finding("x", "Bremsen", Yellow)]));
    assert!(!yellow.findings[0].floored);
}

/// What safety knows is the colour and every measurement there is or should be; its value does not change by it.
#[test]
fn safety_says_how_much_of_it_is_known() {
    let pad = |value: &str, unit| measured("pad", "front", value, unit);
    let play = measured("ball_joint_play", "front", "50", Unit::ThousandthsInch);
    for (case, section, measurements, known, missing) in [
        ("measured", "brakes", vec![pad("5", Unit::Millimetres)], "1.0000", false),
        ("not measured", "brakes", vec![], "0.5000", true),
        ("not measured, in capitals", "TIRES", vec![], "0.5000", true),
        ("nothing is measured there", "wipers", vec![], "1.0000", false),
        ("measured in volts", "brakes", vec![pad("5", Unit::Volts)], "0.5000", true),
        (
            "one of two reads",
            "brakes",
            vec![pad("5", Unit::Millimetres), pad("99", Unit::Millimetres)],
            "0.6666",
            true,
        ),
        ("no limit", "suspension", vec![play], "0.5000", true),
    ] {
        let mut form = Form::new(vec![finding("f", section, Yellow)]);
        form.findings[0].measurements = measurements;
        let ranking = ranked(&form);
        let safety = &ranking.findings[0].safety;
        assert_eq!(
            (safety.known.to_string().as_str(), safety.missing.contains(&Input::Measurement)),
            (known, missing),
            "{case}"
        );
        let told = ranking.findings[0].reasons.contains(&Reason::NotKnown { input: Input::Measurement });
        assert_eq!(told, missing, "{case}");
    }
}

#[test]
fn a_thousandth_of_an_inch_is_converted() {
    // A quarter inch of linkage play is at the limit.
    for (value, floored) in [("250", true), ("249.9", false)] {
        let mut form = Form::new(vec![finding("f", "steering", Yellow)]);
        form.findings[0].measurements = vec![measured("linkage_play", "front", value, Unit::ThousandthsInch)];
        assert_eq!(ranked(&form).findings[0].floored, floored, "{value}");
    }
}

#[test]
fn reasons_read_as_sentences() {
    let mut form = Form::new(vec![finding("pads", "brakes", Red)]);
    form.findings[0].measurements = vec![
        measured("pad", "front", "2.0", Unit::Millimetres),
        measured("pad", "rear", "3.0", Unit::Millimetres),
    ];
    let told: Vec<_> = ranked(&form).findings[0].reasons.iter().map(ToString::to_string).collect();
    assert_eq!(told[0], "above the fold: a safety limit is reached");
    assert!(told[1].starts_with("pad front 2 mm is at or past the limit of 2 mm ("), "{}", told[1]);
    assert_eq!(told[2], "pad rear 3 mm: 75 % of the way to the limit");
    assert_eq!(told[3], "marked red in brakes");
}

#[test]
fn a_ranking_is_written_with_decimal_text_and_names_its_weights() {
    let value = serde_json::to_value(ranked(&Form::new(vec![finding("f", "belts", Yellow)]))).unwrap();
    assert_eq!(value["weights"], "mpi_40_30_30/4");
    assert_eq!(value["findings"][0]["score"], "0.1000");
    assert_eq!(value["findings"][0]["contributions"]["safety"], "0.1000");
}

#[test]
fn unknown_sections_mixed_units_and_one_place_twice_are_said_and_the_finding_counts() {
    let mut brakes = finding("a", "brakes", Yellow);
    brakes.measurements = vec![
        form::measured("pad", "front", "5", Unit::Millimetres),
        form::measured("pad", "rear", "5", Unit::ThirtySeconds),
    ];
    let mut again = finding("b", "brake", Yellow);
    again.measurements = vec![form::measured("pad", "front", "1.5", Unit::Millimetres)];
    let form = Form::new(vec![brakes, again, finding("c", "other", Red)]);
    let ranking =
        score(&form.inspection(), &VehicleHistory::default(), &CustomerFit::default(), &Weights::shipped());
    let said: Vec<_> = ranking.set_aside.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "findings[0].measurements[1].unit: pad is in 32nds here and in mm before; it is converted",
            "findings[1].section: \"brake\" is no section of the weights; it counts as other",
            "findings[1].measurements[0].place: pad front was measured before; both count",
        ]
    );
    assert_eq!(ranking.findings.len(), 3);
    assert_eq!((ranking.findings[0].finding.as_str(), ranking.findings[0].floored), ("b", true));
}

#[test]
fn a_rotor_counts_from_the_minimum_stamped_on_it() {
    // What is left above it: as new, worth a look, at it, and thinner than it.
    for (left, floored, safety) in [
        ("1.8", false, "0.5000"),
        ("0.4", false, "0.5000"),
        ("0.2", false, "0.7500"),
        ("0", true, "1.0000"),
        ("-0.3", true, "1.0000"),
    ] {
        let mut form = Form::new(vec![finding("rotor", "brakes", Yellow)]);
        form.findings[0].measurements =
            vec![measured("rotor_above_minimum", "front", left, Unit::Millimetres)];
        let ranking = ranked(&form);
        assert_eq!(ranking.set_aside, [], "{left}");
        let rotor = &ranking.findings[0];
        assert_eq!((rotor.floored, rotor.safety.value.to_string().as_str()), (floored, safety), "{left}");
    }
    // The whole thickness is no thickness above the minimum.
    let mut form = Form::new(vec![finding("rotor", "brakes", Yellow)]);
    form.findings[0].measurements = vec![measured("rotor_above_minimum", "front", "26.1", Unit::Millimetres)];
    assert_eq!(
        ranked(&form).set_aside[0].to_string(),
        "findings[0].measurements[0].value: 26.1 is not between -10 and 10 mm"
    );
}
