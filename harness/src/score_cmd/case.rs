//! One inspection with what is known of vehicle and customer, and what an expert would show first.

use std::collections::BTreeMap;

use fixedops_mpi_score::{CustomerFit, Ranking, Sheet, VehicleHistory, Weights, score};

/// One inspection to score.
#[derive(Clone, Debug)]
pub struct Case {
    /// The inspection.
    pub sheet: Sheet,
    /// What is known of the vehicle.
    pub history: VehicleHistory,
    /// What is known of the customer.
    pub fit: CustomerFit,
}

impl Case {
    /// The findings in their order.
    pub fn ranking(&self, weights: &Weights) -> Ranking {
        score(&self.sheet.inspection, &self.history, &self.fit, weights)
    }
}

/// What one expert would show first, of one inspection.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The inspection.
    pub case: &'a Case,
    /// Who judged.
    pub expert: String,
    /// Findings, the most important first; also what is none of the inspection's, so that no later choice moves up.
    pub first: Vec<String>,
}

/// An expert's ranks by (inspection, expert): rank and finding.
pub type Choices = BTreeMap<(String, String), Vec<(u32, String)>>;

/// Joins cases and choices, in the order of the cases, then of the experts. Also the inspections judged that are no cases,
/// and the findings that are none of their inspection's.
pub fn join<'a>(cases: &'a [Case], choices: &Choices) -> (Vec<Judged<'a>>, Vec<String>) {
    let mut stray = Vec::new();
    let mut judged = Vec::new();
    let by_id: BTreeMap<&str, (usize, &Case)> = cases
        .iter()
        .enumerate()
        .map(|(place, case)| (case.sheet.inspection.inspection.as_str(), (place, case)))
        .collect();
    for ((inspection, expert), ranks) in choices {
        let Some(&(place, case)) = by_id.get(inspection.as_str()) else {
            stray.push(format!("inspection {inspection} is judged and not there"));
            continue;
        };
        let mut ranks = ranks.clone();
        ranks.sort();
        let mut first = Vec::new();
        for (_, finding) in ranks {
            if !case.sheet.inspection.findings.iter().any(|known| known.id == finding) {
                stray.push(format!("inspection {inspection} has no finding {finding}: counted as missed"));
            }
            first.push(finding);
        }
        judged.push((place, Judged { case, expert: expert.clone(), first }));
    }
    judged.sort_by(|a, b| (a.0, &a.1.expert).cmp(&(b.0, &b.1.expert)));
    (judged.into_iter().map(|(_, judged)| judged).collect(), stray)
}
