//! Our own form: read or refused; scored, gated and doubted; written, it reads back; columns and counterfactuals agree.
#![no_main]

use std::sync::LazyLock;

use fixedops_mpi_score::forms::read_sheet;
use fixedops_mpi_score::{
    Columns, CustomerFit, EvidencePolicy, GatePolicy, RoFacts, VehicleHistory, Weights, counterfactuals,
    doubts, gate, score, score_columns,
};
use libfuzzer_sys::fuzz_target;

static WEIGHTS: LazyLock<Weights> = LazyLock::new(Weights::shipped);
static GATE: LazyLock<GatePolicy> = LazyLock::new(GatePolicy::shipped);
static EVIDENCE: LazyLock<EvidencePolicy> = LazyLock::new(EvidencePolicy::shipped);

fuzz_target!(|text: &str| {
    let Ok(form) = read_sheet(text) else { return };
    let (sheet, history, fit) = (form.sheet, VehicleHistory::default(), CustomerFit::default());
    let inspection = &sheet.inspection;
    let ranking = score(inspection, &history, &fit, &WEIGHTS);
    for ranked in &ranking.findings {
        let sum = ranked.contributions;
        assert_eq!(sum.safety.get() + sum.history.get() + sum.fit.get(), ranked.score.get());
        assert!(!ranked.floored || ranked.above_fold);
    }
    let mut columns = Columns::default();
    let order =
        |id: &str| inspection.findings.iter().position(|finding| finding.id == id).unwrap_or(usize::MAX);
    columns.push(&ranking, order);
    if let Ok(first) = score_columns(&columns, &WEIGHTS, None) {
        let ours: Vec<_> = ranking.findings.iter().take(3).map(|ranked| ranked.score).collect();
        assert_eq!(first[0].scores[..ours.len()], ours[..]);
    }
    if inspection.findings.len() < 12 {
        for would in counterfactuals(inspection, &history, &fit, &WEIGHTS) {
            assert!(would.would_be < would.rank, "{would:?}");
        }
    }
    let _ = gate(inspection, &RoFacts { ro: inspection.ro.clone(), pay_types: vec![] }, &GATE, None);
    let _ = doubts(&sheet, &[], &EVIDENCE);
    let written = serde_json::to_string(&sheet).expect("a sheet can be written");
    assert_eq!(read_sheet(&written).map(|form| form.sheet).as_ref(), Ok(&sheet));
});
