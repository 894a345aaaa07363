use fixedops_vocab::InspectionCode;

use crate::score::{Form, interval_driven, price_share};
use crate::{CustomerFit, Declined, Inspection, Points, VehicleHistory, Weights};

/// What the score of one finding is made of, as numbers: for fitting weights and for watching drift.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "a plain answer")]
pub struct Inputs {
    /// The finding.
    pub finding: String,
    /// Its section, as the weights spell it where they have it.
    pub section: String,
    /// Its colour.
    pub code: InspectionCode,
    /// The worst of its measurements: 0 as new, 1 at the limit.
    pub wear: Option<Points>,
    /// Ten-thousandths of the service's interval driven since it was done.
    pub interval_driven: Option<i64>,
    /// Scheduled services missed.
    pub missed: Option<u32>,
    /// Days since it was declined; `Some(None)` where it is known that it never was.
    pub declined: Option<Option<u32>>,
    /// The price in ten-thousandths of annual spend.
    pub price_share: Option<i64>,
}

/// The inputs of every finding that has an id of its own and is no recall, in the order of the form; those in order too.
#[must_use]
pub fn inputs(
    inspection: &Inspection,
    history: &VehicleHistory,
    fit: &CustomerFit,
    weights: &Weights,
) -> Vec<Inputs> {
    let mut form = Form::default();
    let mut found = Vec::new();
    for finding in &inspection.findings {
        if form.unnamed(finding).is_some() || finding.recall {
            continue;
        }
        let measured = form.measured(finding, weights, &mut |_, _| {});
        let known = finding.service.as_ref().and_then(|service| history.of(service));
        let price = finding.price.filter(|price| !price.amount().is_sign_negative());
        found.push(Inputs {
            finding: finding.id.clone(),
            section: weights
                .section(&finding.section)
                .map_or_else(|| finding.section.clone(), |section| section.name.clone()),
            code: finding.code,
            wear: measured.known.iter().map(|(_, limit, value)| limit.wear(*value)).max(),
            interval_driven: known.and_then(interval_driven),
            missed: known.and_then(|known| known.missed),
            declined: known.and_then(|known| known.declined).map(|declined| match declined {
                Declined::Never => None,
                Declined::DaysAgo(days) => Some(days),
            }),
            price_share: price.and_then(|price| price_share(price, fit)),
        });
    }
    found
}
