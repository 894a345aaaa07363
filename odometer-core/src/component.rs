use chrono::{DateTime, Utc};
use fixedops_vocab::{Basis, Miles, MilesRange, VehicleId};

use crate::Posterior;

/// A time that a component (a set of tires, a roof box, a battery) was mounted on a vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "what a fitting sheet says")]
pub struct Mounting {
    /// On which vehicle.
    pub vehicle: VehicleId,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when; None: it is still there.
    pub until: Option<DateTime<Utc>>,
}

/// The miles a component has run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ComponentMiles {
    /// The miles of every span that is known, with their 80 % range. Where a span is not known, the component has run
    /// at least these: look at [`is_whole`](Self::is_whole) before they are shown.
    pub miles: MilesRange,
    /// Each span, in the order of time.
    pub spans: Vec<SpanMiles>,
}

/// The miles of one mounting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SpanMiles {
    /// When and on which vehicle.
    pub mounting: Mounting,
    /// The miles with their 80 % range; None where they are not known.
    pub miles: Option<MilesRange>,
    /// Where they come from: the weaker of the two ends.
    pub basis: Basis,
    /// Why they are not known, in words.
    pub unknown: Option<String>,
}

impl ComponentMiles {
    /// Whether every span is known: then the sum is what the component has run.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.spans.iter().all(|span| span.miles.is_some())
    }
}

/// Why mountings were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// A mounting that ends before it begins.
    #[error("mounting on {vehicle} from {from} ends before it begins")]
    Backwards {
        /// On which vehicle.
        vehicle: VehicleId,
        /// Since when.
        from: DateTime<Utc>,
    },
    /// A component on two vehicles at once, or twice on one.
    #[error("mounting on {second} from {from} begins before the one on {first} ends")]
    Overlap {
        /// The earlier one.
        first: VehicleId,
        /// The later one.
        second: VehicleId,
        /// Since when the later one.
        from: DateTime<Utc>,
    },
}

/// The miles a component has run by `at`, over all vehicles it was mounted on.
///
/// A span is the odometer at its end less the odometer at its beginning, by the posterior of its vehicle. The errors of
/// the two ends, and those of the spans, are taken for independent: the range of the sum is the root of the sum of
/// squares. The ends of a span share the vehicle's readings and its habit, so that their errors partly cancel, and the
/// range is rather too wide than too narrow. A span is not known where either end is not, or where the odometer stands
/// lower at its end (a new cluster in between); it is left out of the sum and said. What is mounted after `at` is left
/// out; what is still mounted then ends at `at`.
///
/// ```
/// use fixedops_odometer_core::{Model, Mounting, Posterior, Reading, component_miles};
/// use fixedops_vocab::{DistanceUnit, RawOdometer, VehicleId};
/// let read = |day: &str, miles: &str| -> Result<_, Box<dyn std::error::Error>> {
///     Ok(Reading::reported(format!("{day}T12:00:00Z").parse()?, RawOdometer::parse(miles, DistanceUnit::Miles)?))
/// };
/// let at = "2026-05-01T12:00:00Z".parse()?;
/// let readings = [read("2025-11-01", "40000")?, read("2026-04-01", "45000")?];
/// let car = Posterior::fit(&readings, &[], at, &Model::shipped());
/// let winter_tires = [Mounting {
///     vehicle: VehicleId::new("v1")?,
///     from: "2025-11-01T12:00:00Z".parse()?,
///     until: Some("2026-04-01T12:00:00Z".parse()?),
/// }];
/// let run = component_miles(&winter_tires, |_| Some(&car), at)?;
/// assert!(run.is_whole());
/// assert_eq!(run.miles.p50().to_string(), "5000.0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ComponentError`] for mountings that overlap or run backwards.
pub fn component_miles<'p>(
    mountings: &[Mounting],
    posterior_of: impl Fn(&VehicleId) -> Option<&'p Posterior>,
    at: DateTime<Utc>,
) -> Result<ComponentMiles, ComponentError> {
    let mut spans: Vec<&Mounting> = mountings.iter().collect();
    spans.sort_by_key(|span| (span.from, span.until.unwrap_or(DateTime::<Utc>::MAX_UTC), &span.vehicle));
    for span in &spans {
        if span.until.is_some_and(|until| until < span.from) {
            return Err(ComponentError::Backwards { vehicle: span.vehicle.clone(), from: span.from });
        }
    }
    for (earlier, later) in spans.iter().zip(spans.iter().skip(1)) {
        if earlier.until.is_none_or(|until| later.from < until) {
            return Err(ComponentError::Overlap {
                first: earlier.vehicle.clone(),
                second: later.vehicle.clone(),
                from: later.from,
            });
        }
    }
    let spans: Vec<SpanMiles> = spans
        .into_iter()
        .filter(|span| span.from <= at)
        .map(|span| span_miles(span, posterior_of(&span.vehicle), at))
        .collect();
    let known = spans.iter().filter_map(|span| span.miles);
    let (mut sum, mut below, mut above) = (0.0, 0.0, 0.0);
    for range in known {
        let middle = range.p50().as_f64();
        sum += middle;
        below += (middle - range.p10().as_f64()).powi(2);
        above += (range.p90().as_f64() - middle).powi(2);
    }
    Ok(ComponentMiles { miles: around(sum, below.sqrt(), above.sqrt()), spans })
}

fn span_miles(mounting: &Mounting, posterior: Option<&Posterior>, at: DateTime<Utc>) -> SpanMiles {
    let until = mounting.until.map_or(at, |until| until.min(at));
    let found = posterior
        .ok_or_else(|| "nothing is known of the vehicle".to_owned())
        .and_then(|posterior| driven(posterior, mounting.from, until));
    let mounting = mounting.clone();
    match found {
        Ok((range, basis)) => SpanMiles { mounting, miles: Some(range), basis, unknown: None },
        Err(why) => SpanMiles { mounting, miles: None, basis: Basis::Unknown, unknown: Some(why) },
    }
}

/// The miles driven from one instant to another, with their range and the weaker basis of the two ends; or why they are
/// not known.
pub(crate) fn driven(
    posterior: &Posterior,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<(MilesRange, Basis), String> {
    let (begins, ends) = (posterior.mileage_at(from), posterior.mileage_at(until));
    let (Some(low), Some(high)) = (begins.range(), ends.range()) else {
        let day = if begins.range().is_none() { from } else { until };
        return Err(format!("the odometer is not known on {}", day.format("%Y-%m-%d")));
    };
    let Some(middle) = high.p50().since(low.p50()) else {
        return Err(
            "the odometer stands lower at the end: it was corrected or replaced in between".to_owned()
        );
    };
    let part = |one: Miles, other: Miles| one.as_f64() - other.as_f64();
    let below = part(high.p50(), high.p10()).hypot(part(low.p90(), low.p50()));
    let above = part(high.p90(), high.p50()).hypot(part(low.p50(), low.p10()));
    Ok((around(middle.as_f64(), below, above), begins.basis().max(ends.basis())))
}

fn around(middle: f64, below: f64, above: f64) -> MilesRange {
    let p50 = Miles::clamped(middle);
    let (p10, p90) = (Miles::clamped(middle - below).min(p50), Miles::clamped(middle + above).max(p50));
    MilesRange::new(p10, p50, p90).expect("put in order just above")
}
