use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A number for a person to decide by: never without what it means and what it was counted from.
///
/// A rate carries its numerator and its base; where the base is zero there is no value. A figure over a small base says
/// so.
///
/// ```
/// use fixedops_closed_loop::{Figure, Unit};
/// let shown = Figure::rate("show_rate", "Show rate", 41, 50, "appointments set", "arrived / set", 30);
/// assert_eq!(shown.value.map(|value| value.to_string()), Some("82.0".to_owned()));
/// assert_eq!((shown.unit, shown.base, shown.small_base), (Unit::Percent, Some(50), false));
/// let none = Figure::rate("show_rate", "Show rate", 0, 0, "appointments set", "arrived / set", 30);
/// assert_eq!(none.value, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Its name in data, lower case.
    pub id: String,
    /// Its name on a page.
    pub label: String,
    /// The value in `unit`, as decimal text; `None` where the base is zero or nothing is known.
    pub value: Option<Decimal>,
    /// What the value counts.
    pub unit: Unit,
    /// What was counted or added up, where the value is a share or a mean.
    pub numerator: Option<Decimal>,
    /// What it was divided by, where that is not the count of the base: dollars of dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator: Option<Decimal>,
    /// How many it was counted over.
    pub base: Option<u64>,
    /// What these are, in words.
    pub base_label: Option<String>,
    /// What the figure means and how it is computed, in one or two sentences.
    pub definition: String,
    /// Where the rule or the figure comes from, if from outside.
    pub source: Option<String>,
    /// The base is too small to decide by.
    pub small_base: bool,
    /// What one would like to see, in `unit`.
    pub target: Option<Decimal>,
    /// How far from the target, either way, still meets it; `None` where more is better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_within: Option<Decimal>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_source: Option<String>,
}

/// What the value of a [`Figure`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unit {
    /// Things.
    Count,
    /// US dollars, to the cent.
    Dollars,
    /// Hundredths of the base, to the tenth.
    Percent,
    /// Miles, to the tenth.
    Miles,
    /// Days, to the tenth.
    Days,
    /// Hours, to the tenth.
    Hours,
    /// Minutes, to the tenth.
    Minutes,
    /// How many for each one of the base, to the hundredth.
    Each,
}

impl Figure {
    /// A plain count; its base is itself.
    #[must_use]
    pub fn count(id: &str, label: &str, count: u64, definition: &str) -> Self {
        Self::new(id, label, Some(Decimal::from(count)), Unit::Count, definition)
    }

    /// A value as it is, without a base: `None` where nothing is known.
    #[must_use]
    pub fn new(id: &str, label: &str, value: Option<Decimal>, unit: Unit, definition: &str) -> Self {
        Self {
            id: id.to_owned(),
            label: label.to_owned(),
            value: value.map(|value| rounded(value, unit)),
            unit,
            numerator: None,
            denominator: None,
            base: None,
            base_label: None,
            definition: definition.to_owned(),
            source: None,
            small_base: false,
            target: None,
            target_within: None,
            target_source: None,
        }
    }

    /// A share of a base, in percent; a base under `small` is marked.
    #[must_use]
    pub fn rate(
        id: &str,
        label: &str,
        numerator: u64,
        base: u64,
        base_label: &str,
        definition: &str,
        small: u64,
    ) -> Self {
        let numerator = Decimal::from(numerator);
        let value =
            numerator.checked_mul(Decimal::ONE_HUNDRED).and_then(|n| n.checked_div(Decimal::from(base)));
        Self::new(id, label, value, Unit::Percent, definition).over(Some(numerator), base, base_label, small)
    }

    /// Dollars of dollars, in percent; `base` is the count behind the dollars below the line.
    #[must_use]
    #[allow(clippy::too_many_arguments, reason = "a share without one of them cannot be checked")]
    pub fn share(
        id: &str,
        label: &str,
        numerator: Decimal,
        denominator: Decimal,
        base: u64,
        base_label: &str,
        definition: &str,
        small: u64,
    ) -> Self {
        let value = numerator.checked_mul(Decimal::ONE_HUNDRED).and_then(|n| n.checked_div(denominator));
        let figure = Self::new(id, label, value, Unit::Percent, definition);
        Self { denominator: Some(denominator), ..figure.over(Some(numerator), base, base_label, small) }
    }

    /// A sum over a base, for each of it: a mean.
    #[must_use]
    #[allow(clippy::too_many_arguments, reason = "a mean without one of them cannot be checked")]
    pub fn mean(
        id: &str,
        label: &str,
        sum: Decimal,
        base: u64,
        unit: Unit,
        base_label: &str,
        definition: &str,
        small: u64,
    ) -> Self {
        let value = sum.checked_div(Decimal::from(base));
        Self::new(id, label, value, unit, definition).over(Some(sum), base, base_label, small)
    }

    /// The same figure over a base: a base under `small` is marked.
    #[must_use]
    pub fn over(self, numerator: Option<Decimal>, base: u64, base_label: &str, small: u64) -> Self {
        let base_label = Some(base_label.to_owned());
        Self { numerator, base: Some(base), base_label, small_base: base < small, ..self }
    }

    /// The same figure with where it comes from.
    #[must_use]
    pub fn from_source(self, source: &str) -> Self {
        Self { source: Some(source.to_owned()), ..self }
    }

    /// The same figure with what one would like to see, and who says so.
    #[must_use]
    pub fn with_sourced_target(self, target: Decimal, source: &str) -> Self {
        Self { target: Some(target), target_source: Some(source.to_owned()), ..self }
    }

    /// The target is met only this near to it, either way: an 80% range that holds 95% is too wide.
    #[must_use]
    pub fn within(self, tolerance: Decimal) -> Self {
        Self { target_within: Some(tolerance), ..self }
    }

    /// Whether the target is met: at least it, or near enough to it either way. `None` where there is no value or no
    /// target, or the base is too small to say.
    ///
    /// ```
    /// use fixedops_closed_loop::Figure;
    /// use rust_decimal::Decimal;
    /// let held = |n| Figure::rate("held", "Held", n, 100, "readings", "inside / all", 30)
    ///     .with_sourced_target(Decimal::from(80), "what an 80% range says")
    ///     .within(Decimal::from(5));
    /// assert_eq!([held(74), held(82), held(94)].map(|figure| figure.meets_target()), [Some(false), Some(true), Some(false)]);
    /// ```
    #[must_use]
    pub fn meets_target(&self) -> Option<bool> {
        let (value, target) = self.value.zip(self.target).filter(|_| !self.small_base)?;
        Some(match self.target_within {
            Some(within) => value.checked_sub(target).is_some_and(|off| off.abs() <= within),
            None => value >= target,
        })
    }

    /// The same figure with what one would like to see.
    #[must_use]
    pub fn with_target(self, target: Decimal) -> Self {
        Self { target: Some(target), ..self }
    }
}

/// A value as figures of its unit carry it.
pub(crate) fn rounded(value: Decimal, unit: Unit) -> Decimal {
    let places = match unit {
        Unit::Count => 0,
        Unit::Dollars | Unit::Each => 2,
        Unit::Percent | Unit::Miles | Unit::Days | Unit::Hours | Unit::Minutes => 1,
    };
    let mut value =
        value.round_dp_with_strategy(places, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    value.rescale(places);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_without_a_base_has_no_value_and_a_small_base_is_marked() {
        for (numerator, base, value, small) in
            [(0, 0, None, true), (1, 3, Some("33.3"), true), (30, 30, Some("100.0"), false)]
        {
            let rate = Figure::rate("r", "R", numerator, base, "things", "a / b", 30);
            assert_eq!(rate.value.map(|value| value.to_string()).as_deref(), value, "{numerator}/{base}");
            assert_eq!(rate.small_base, small, "{numerator}/{base}");
        }
    }

    #[test]
    fn a_mean_of_dollars_is_to_the_cent_and_json_keeps_it_as_text() {
        let mean = Figure::mean("aro", "ARO", Decimal::from(1_000), 3, Unit::Dollars, "orders", "sum / n", 2);
        let json = serde_json::to_value(&mean).unwrap();
        assert_eq!(json["value"], "333.33");
        assert_eq!(serde_json::from_value::<Figure>(json).unwrap(), mean);
    }
}
