//! Validation, fitting and drift against stores and experts whose truth is known.

use fixedops_mpi_score::{CodePoints, Weights, WeightsDraft};
use fixedops_world::experts::{Drift, Expert, ExpertKind, Experts, Inspected, Quarter};

use super::agreement::{Agreement, mean, wilson};
use super::case::{Case, Choices, Judged, join};
use super::learn::{Prepared, apart, learn};
use super::shift::{compare, fell, ks, psi, series};

/// Cars of a store that inspects some 340 a quarter.
const VEHICLES: u32 = 1_200;

/// The first inspections of a simulated store with something to choose.
fn cases(seed: u64, many: usize) -> Vec<Case> {
    let vehicles = u32::try_from(many).unwrap() * 12 + 100;
    let mut all = store(seed, vehicles, None);
    all.retain(|case| case.ranking(&Weights::shipped()).findings.len() > 3);
    assert!(all.len() >= many, "{} of {many}", all.len());
    all.truncate(many);
    all
}

fn store(seed: u64, vehicles: u32, drift: Option<Drift>) -> Vec<Case> {
    let quarter = Quarter { seed, rooftop: 0, vehicles, quarter: 0 };
    let made = Experts::shipped().inspections(&quarter, drift).unwrap();
    made.into_iter().map(|Inspected { sheet, history, fit }| Case { sheet, history, fit }).collect()
}

fn expert(kind: ExpertKind) -> Expert {
    Experts::shipped().expert(kind).unwrap()
}

fn judged<'a>(cases: &'a [Case], expert: &Expert, seed: u64) -> Vec<Judged<'a>> {
    let judge = |case: &'a Case| {
        let Case { sheet, history, fit } = case.clone();
        let first = expert.first(seed, &Inspected { sheet, history, fit });
        Judged { case, expert: "e".to_owned(), first }
    };
    cases.iter().map(judge).collect()
}

#[test]
fn an_expert_who_thinks_as_we_do_agrees_and_a_noisy_one_less() {
    let cases = cases(1, 120);
    let shipped = Weights::shipped();
    let exact = Agreement::of(&judged(&cases, &expert(ExpertKind::AsShipped).with_mood(0.0), 2), &shipped)
        .interval()
        .unwrap();
    assert!(exact.share > 0.999 && exact.low > 0.95, "{exact:?}");
    let noisy = Agreement::of(&judged(&cases, &expert(ExpertKind::AsShipped).with_mood(10.0), 2), &shipped)
        .interval()
        .unwrap();
    assert!(noisy.share < 0.95 && noisy.low < noisy.share && noisy.share < noisy.high, "{noisy:?}");
}

#[test]
fn only_the_first_three_of_an_expert_count() {
    let cases = cases(61, 20);
    let shipped = Weights::shipped();
    let all =
        |case: &Case| case.ranking(&shipped).findings.into_iter().map(|ranked| ranked.finding).collect();
    let judged: Vec<_> =
        cases.iter().map(|case| Judged { case, expert: String::new(), first: all(case) }).collect();
    let agreement = Agreement::of(&judged, &shipped);
    assert!(
        agreement.shares.len() > 10 && agreement.shares.iter().all(|&share| share == 1.0),
        "{agreement:?}"
    );
}

#[test]
fn what_we_do_not_rank_and_an_expert_does_is_missed() {
    let cases = cases(71, 12);
    let shipped = Weights::shipped();
    for case in &cases {
        let ranking = case.ranking(&shipped);
        let ours: Vec<String> =
            ranking.findings.iter().take(3).map(|ranked| ranked.finding.clone()).collect();
        let first = |unranked: &str, ours: &[String]| Judged {
            case,
            expert: "e".to_owned(),
            first: [&[unranked.to_owned()], ours].concat(),
        };
        let of = |judged: Judged<'_>| Agreement::of([&judged], &shipped).shares;
        // Green with us, or set aside and not there at all: two of three are met, and our third does not move up.
        for unranked in ranking.in_order.iter().map(String::as_str).take(1).chain(["gone"]) {
            let shares = of(first(unranked, &ours));
            assert!((shares[0] - 2.0 / 3.0).abs() < 1e-12, "{unranked}: {shares:?}");
        }
        assert_eq!(of(first("gone", &[])), [0.0], "chosen nothing of ours is no lack of choice");
    }
}

#[test]
fn an_inspection_of_several_experts_counts_once() {
    let cases = cases(81, 25);
    let shipped = Weights::shipped();
    let ours = |case: &Case| {
        case.ranking(&shipped).findings.into_iter().take(3).map(|ranked| ranked.finding).collect()
    };
    let judgement = |case, expert: &str, first| Judged { case, expert: expert.to_owned(), first };
    let mut all: Vec<Judged<'_>> = Vec::new();
    for case in &cases {
        for expert in ["a", "b", "c"] {
            all.push(judgement(case, expert, ours(case)));
        }
        all.push(judgement(case, "d", vec!["gone".to_owned()]));
    }
    let agreement = Agreement::of(&all, &shipped);
    assert_eq!((agreement.shares.len(), agreement.nothing_to_choose), (25, 0), "{agreement:?}");
    assert!(agreement.shares.iter().all(|share| (share - 0.75).abs() < 1e-12), "{agreement:?}");
    // All judgements of an inspection are on one side, whichever way they are divided.
    let prepared: Vec<_> = all.iter().map(|judged| Prepared::of(judged, &shipped)).collect();
    let prepared: Vec<&Prepared<'_>> = prepared.iter().collect();
    for (parts, part) in [(5, 0), (5, 4), (4, 3)] {
        let (test, rest) = apart(&prepared, parts, part);
        assert!(test.len() + rest.len() == 100 && test.len() % 4 == 0 && test.len() >= 20);
        let id = |prepared: &&Prepared<'_>| prepared.judged.case.sheet.inspection.inspection.clone();
        let held: std::collections::BTreeSet<_> = test.iter().map(id).collect();
        assert!(rest.iter().all(|prepared| !held.contains(&id(prepared))));
    }
}

#[test]
fn weights_whose_yellow_is_near_red_or_green_can_be_begun_with() {
    let cases = cases(11, 60);
    for (green, yellow, red) in [(0, 9_500, 10_000), (0, 5_000, 6_000), (4_500, 5_000, 10_000), (0, 500, 900)]
    {
        let draft = Weights::shipped().table().clone();
        let start = Weights::new(WeightsDraft { code: CodePoints { green, yellow, red }, ..draft }).unwrap();
        let learned = learn(&judged(&cases, &expert(ExpertKind::CheapFirst), 12), &start).unwrap();
        let code = learned.weights.table().code;
        assert!(code.green == green && code.red == red && (green..=red).contains(&code.yellow), "{code:?}");
    }
}

#[test]
fn an_inspection_with_nothing_to_choose_is_counted_apart() {
    let mut cases = cases(51, 4);
    cases.iter_mut().for_each(|case| case.sheet.inspection.findings.truncate(3));
    let shipped = Weights::shipped();
    let agreement =
        Agreement::of(&judged(&cases, &expert(ExpertKind::AsShipped).with_mood(0.0), 2), &shipped);
    assert_eq!((agreement.shares.len(), agreement.nothing_to_choose), (0, 4));
    assert_eq!(agreement.interval(), None);
}

#[test]
fn the_interval_is_wilsons() {
    // 85 of 100: Wilson 95 % is 0.767 to 0.907 (Newcombe 1998 gives the formula).
    let interval = wilson(0.85, 100.0, 0.95);
    assert!((interval.low - 0.7672).abs() < 5e-4 && (interval.high - 0.9069).abs() < 5e-4, "{interval:?}");
}

#[test]
fn weights_that_disagree_are_brought_to_85_percent_on_held_out_inspections() {
    let shipped = Weights::shipped();
    for kind in [ExpertKind::HistoryFirst, ExpertKind::CheapFirst, ExpertKind::StrandsFirst] {
        let (cases, expert) = (cases(11, 110), expert(kind));
        let learned = learn(&judged(&cases, &expert, 12), &shipped).unwrap();
        // Inspections nobody has learned from, of another draw.
        let fresh = self::cases(13, 200);
        let fresh = judged(&fresh, &expert, 14);
        let [before, held, after] = [
            mean(&Agreement::of(&fresh, &shipped).shares),
            mean(&learned.after.shares),
            mean(&Agreement::of(&fresh, &learned.weights).shares),
        ];
        let ceiling = mean(&Agreement::of(&fresh, expert.weights()).shares);
        println!(
            "{kind}: ceiling {ceiling:.3}, before {before:.3}, held out {held:.3}, fresh {after:.3}, parts {:?}",
            learned.weights.table().parts
        );
        assert!(before < 0.85, "{kind}: the start agrees already: {before}");
        assert!(held >= 0.85 && after >= 0.85, "{kind}: {held} {after}");
        assert!(learned.is_better(), "{kind}: {:?}", learned.gain);
        assert!(learned.weights.table().safety_floor, "the floor stays");
    }
}

#[test]
fn where_the_expert_thinks_as_we_do_40_30_30_is_as_good() {
    let shipped = Weights::shipped();
    let cases = cases(21, 110);
    let learned = learn(&judged(&cases, &expert(ExpertKind::AsShipped), 22), &shipped).unwrap();
    println!("gain {:?}", learned.gain);
    assert!(!learned.is_better(), "{:?}", learned.gain);
}

#[test]
fn nothing_to_learn_from_is_said() {
    let shipped = Weights::shipped();
    assert!(learn(&[], &shipped).is_err());
    let cases = cases(31, 40);
    let silent: Vec<_> =
        cases.iter().map(|case| Judged { case, expert: String::new(), first: vec![] }).collect();
    assert!(learn(&silent, &shipped).is_err());
}

#[test]
fn choices_meet_their_inspections_and_strays_are_named() {
    let cases = cases(41, 3);
    let id = cases[2].sheet.inspection.inspection.as_str();
    let found: Vec<&str> = cases[2].sheet.inspection.findings.iter().map(|found| found.id.as_str()).collect();
    let choice = |inspection: &str, ranks: &[(u32, &str)]| {
        let ranks = ranks.iter().map(|&(rank, finding)| (rank, finding.to_owned())).collect();
        ((inspection.to_owned(), "e".to_owned()), ranks)
    };
    let choices: Choices =
        [choice(id, &[(2, found[1]), (1, found[0]), (3, "zz")]), choice("i-9", &[(1, "1")])].into();
    let (judged, stray) = join(&cases, &choices);
    assert_eq!(judged.len(), 1);
    assert_eq!(judged[0].first, [found[0], found[1], "zz"], "no later choice moves up");
    let mut named = [
        format!("inspection {id} has no finding zz: counted as missed"),
        "inspection i-9 is judged and not there".to_owned(),
    ];
    named.sort();
    assert_eq!(stray, named);
}

#[test]
fn a_drifted_store_is_seen_within_a_quarter_and_a_steady_one_rarely_accused() {
    let weights = Weights::shipped();
    let quarter = |seed: u64, drift: Option<Drift>| series(&store(seed, VEHICLES, drift), &weights);
    let steady: Vec<_> = (0..41).map(|seed| quarter(seed, None)).collect();
    let accused = |then: usize, now: &_| compare(&steady[then], now, 1).iter().any(|shift| shift.drifted);
    // Each steady quarter beside the one before it.
    let false_alarms = (0..40).filter(|&before| accused(before, &steady[before + 1])).count();
    println!("false alarms: {false_alarms} of 40");
    assert!(false_alarms <= 2, "{false_alarms}");
    for drift in Drift::ALL {
        let seen = (0..10).filter(|&seed| accused(seed, &quarter(7_000 + seed as u64, Some(drift))));
        let seen = seen.count();
        println!("{drift:?}: seen in {seen} of 10 quarters");
        assert!(seen >= 9, "{drift:?}: {seen}");
    }
}

#[test]
fn indexes_and_distances_are_those_of_the_books() {
    let base: Vec<f64> = (0..1_000).map(f64::from).collect();
    let (same, chance) = psi(&base, &base);
    assert!(same.abs() < 1e-12 && chance > 0.99, "{same} {chance}");
    // All of the first tenth moved to the last: 10 % against next to nothing, 10 % against 20 %.
    let moved: Vec<f64> = base.iter().map(|&value| if value < 100.0 { 999.0 } else { value }).collect();
    let (index, chance) = psi(&base, &moved);
    let expected = 0.1 * (100.5_f64 / 0.5).ln() + 0.1 * (200.5_f64 / 100.5).ln();
    assert!((index - expected).abs() < 0.01 && chance < 1e-9, "{index} {expected}");
    let (distance, chance) = ks(&base, &moved);
    assert!((distance - 0.1).abs() < 1e-9, "{distance}");
    // D = 0.1 with n = m = 1,000: x = 2.24, p about 2 exp(-2 x^2) = 9e-5.
    assert!((5e-5..1.2e-4).contains(&chance), "{chance}");
    assert_eq!(ks(&base, &base), (0.0, 1.0));
    // A constant has one bin; another constant is another thing.
    let (index, _) = psi(&[1.0; 60], &[1.0; 60]);
    assert!(index.abs() < 1e-12);
}

#[test]
fn falling_agreement_is_told_from_chance() {
    let share =
        |good: usize, of: usize| -> Vec<f64> { (0..of).map(|n| f64::from(u8::from(n < good))).collect() };
    assert!(fell(&share(90, 100), &share(70, 100)) < 0.001);
    assert!(fell(&share(90, 100), &share(88, 100)) > 0.2);
    assert!(fell(&share(70, 100), &share(90, 100)) > 0.9);
    assert!(fell(&share(100, 100), &share(100, 100)) > 0.9);
}
