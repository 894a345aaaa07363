//! Policies of the inspection: refused, or ones that can be worked with.
#![no_main]

use fixedops_mpi_score::{
    CustomerFit, EvidencePolicy, ExemptionPolicy, GatePolicy, Inspection, PartNames, RoFacts, SpiffPolicy,
    VehicleHistory, WearPolicy, Weights, exemption_alarms, gate, score,
};
use libfuzzer_sys::fuzz_target;

const FORM: &str = r#"{"inspection": "i-1", "ro": "n/1", "vehicle": "v-7", "completed_at": null, "findings": [
    {"id": "a", "section": "brakes", "item": "Pads", "code": "red", "price": {"amount": "12.00", "currency": "USD"},
     "measurements": [{"name": "pad", "place": "front", "value": "2.5", "unit": "mm"}]},
    {"id": "b", "section": "tires", "item": "Tire", "code": "yellow",
     "measurements": [{"name": "tread", "place": "rear", "value": "3", "unit": "32nds"}]}]}"#;

fuzz_target!(|text: &str| {
    let inspection: Inspection = serde_json::from_str(FORM).expect("it reads");
    if let Ok(weights) = Weights::from_toml(text) {
        let ranking = score(&inspection, &VehicleHistory::default(), &CustomerFit::default(), &weights);
        assert_eq!(ranking.findings.len() + ranking.in_order.len(), 2);
    }
    if let Ok(policy) = GatePolicy::from_toml(text) {
        let _ = gate(&inspection, &RoFacts { ro: inspection.ro.clone(), pay_types: vec![] }, &policy, None);
    }
    if let Ok(policy) = ExemptionPolicy::from_toml(text) {
        assert!(exemption_alarms(&[], &policy).is_empty());
    }
    if let Ok(names) = PartNames::from_toml(text) {
        let _ = names.find("front pads");
    }
    let _ = EvidencePolicy::from_toml(text);
    let _ = SpiffPolicy::from_toml(text);
    let _ = WearPolicy::from_toml(text);
});
