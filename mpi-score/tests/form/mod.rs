//! An inspection form, filled in by tests.
#![allow(dead_code, reason = "each test fills in its own")]

use fixedops_mpi_score::{Finding, Inspection, Measurement, Unit};
use fixedops_vocab::InspectionCode;

pub(crate) struct Form {
    pub(crate) findings: Vec<Finding>,
}

impl Form {
    pub(crate) fn new(findings: Vec<Finding>) -> Self {
        Self { findings }
    }

    pub(crate) fn inspection(&self) -> Inspection {
        Inspection {
            inspection: "i-1".parse().unwrap(),
            ro: "north/6044".parse().unwrap(),
            vehicle: "v-7".parse().unwrap(),
            completed_at: Some("2026-03-02T16:30:00Z".parse().unwrap()),
            findings: self.findings.clone(),
        }
    }
}

pub(crate) fn finding(id: &str, section: &str, code: InspectionCode) -> Finding {
    Finding {
        id: id.to_owned(),
        section: section.to_owned(),
        item: id.to_owned(),
        code,
        measurements: Vec::new(),
        photos: Vec::new(),
        note: None,
        service: None,
        op_code: None,
        price: None,
        recall: false,
    }
}

pub(crate) fn measured(name: &str, place: &str, value: &str, unit: Unit) -> Measurement {
    Measurement { name: name.to_owned(), place: Some(place.to_owned()), value: value.parse().unwrap(), unit }
}
