//! Forms of other systems: read or refused, every place named, and what was read can be scored.
#![no_main]

use std::sync::LazyLock;

use fixedops_mpi_score::forms::{Beside, Form, read_shopware, read_star, read_visit_inspection};
use fixedops_mpi_score::{CustomerFit, PartNames, VehicleHistory, Weights, score};
use libfuzzer_sys::fuzz_target;

static NAMES: LazyLock<PartNames> = LazyLock::new(PartNames::shipped);
static WEIGHTS: LazyLock<Weights> = LazyLock::new(Weights::shipped);

fuzz_target!(|text: &str| {
    let (currency, completed_at) = ("USD".parse().ok(), None);
    let beside = Beside { ro: "north/1".parse().ok(), vehicle: "v-1".parse().ok(), currency, completed_at };
    let star = read_star(text, &NAMES, &beside).ok();
    let rows = read_visit_inspection(text, &NAMES, &beside).ok();
    let shopware = read_shopware(text, &NAMES, &beside).unwrap_or_default();
    for Form { sheet, set_aside } in star.into_iter().chain(rows).chain(shopware) {
        assert!(set_aside.iter().all(|unread| !unread.path.is_empty() && !unread.reason.is_empty()));
        assert!(sheet.stray_evidence().is_empty(), "evidence belongs to a finding that was read");
        let ranking = score(&sheet.inspection, &VehicleHistory::default(), &CustomerFit::default(), &WEIGHTS);
        let told = ranking.findings.len() + ranking.recalls.len() + ranking.in_order.len();
        assert!(told <= sheet.inspection.findings.len());
    }
});
