//! A figure of the data as a page shows it.

use fixedops_closed_loop::{Figure as Counted, Unit};

use super::{Figure, number};

impl From<&Counted> for Figure {
    fn from(counted: &Counted) -> Self {
        Self {
            id: counted.id.clone(),
            label: counted.label.clone(),
            value: value(counted),
            base: base(counted),
            definition: counted.definition.clone(),
            source: source(counted),
            target: target(counted),
            small_base: (counted.small_base && counted.value.is_some() && counted.base != Some(0))
                .then(|| format!("small base: {}", number::count(counted.base.unwrap_or(0)))),
        }
    }
}

/// The figures of a section.
pub fn figures<'a>(counted: impl IntoIterator<Item = &'a Counted>) -> Vec<Figure> {
    counted.into_iter().map(Figure::from).collect()
}

/// The value with its unit.
pub fn value(counted: &Counted) -> String {
    counted.value.map_or_else(|| "none yet".to_owned(), |value| in_unit(value, counted.unit))
}

fn in_unit(value: rust_decimal::Decimal, unit: Unit) -> String {
    let of = |places, unit: &str| format!("{}\u{a0}{unit}", number::decimal(value, places));
    match unit {
        Unit::Count => number::decimal(value, 0),
        Unit::Dollars => number::dollars(value),
        Unit::Percent => number::percent(value),
        Unit::Miles => of(0, "miles"),
        Unit::Days => of(1, "days"),
        Unit::Hours => of(1, "hours"),
        Unit::Minutes => of(0, "minutes"),
        _ => number::decimal(value, 2),
    }
}

/// What it was counted over, in words.
pub fn base(counted: &Counted) -> String {
    let over = counted.base_label.as_deref().unwrap_or("counted");
    let n = counted.base.map(number::count);
    match (counted.unit, counted.numerator, counted.denominator, n) {
        (_, _, _, Some(n)) if counted.base == Some(0) => format!("{n} {over}: nothing to count yet"),
        (Unit::Percent, Some(top), Some(bottom), Some(n)) => {
            format!("{} of {}, from {n} {over}", number::dollars(top), number::dollars(bottom))
        }
        (Unit::Percent, Some(top), None, Some(n)) => format!("{} of {n} {over}", number::decimal(top, 0)),
        // All of them: what they are.
        (Unit::Count, _, _, Some(n)) if counted.value == counted.base.map(Into::into) => {
            format!("{n} {over}")
        }
        (Unit::Count, _, _, Some(n)) => format!("of {n} {over}"),
        (Unit::Dollars, Some(sum), _, Some(n)) => format!("{} over {n} {over}", number::dollars(sum)),
        (_, _, _, Some(n)) => format!("over {n} {over}"),
        (_, _, _, None) => match (&counted.base_label, counted.unit) {
            (Some(over), _) => over.clone(),
            (None, Unit::Count) => "a plain count".to_owned(),
            (None, Unit::Dollars) => "a plain sum".to_owned(),
            (None, _) => "as it stands".to_owned(),
        },
    }
}

fn target(counted: &Counted) -> Option<String> {
    let target = counted.target?;
    let words = format!("target {}", in_unit(target, counted.unit).replace(".0%", "%"));
    let above = counted.value.is_some_and(|value| value > target);
    Some(match (counted.meets_target(), counted.target_within) {
        (None, _) => words,
        (Some(true), _) => format!("{words}: reached"),
        (Some(false), Some(_)) if above => format!("{words}: above it"),
        (Some(false), _) => format!("{words}: not reached"),
    })
}

fn source(counted: &Counted) -> Option<String> {
    match (&counted.source, &counted.target_source) {
        (Some(source), Some(target)) => Some(format!("{source} Of the target: {target}")),
        (Some(source), None) => Some(source.clone()),
        (None, Some(target)) => Some(format!("of the target: {target}")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Counted, Figure, Unit};
    use rust_decimal::Decimal;

    #[test]
    fn a_figure_says_what_it_was_counted_over_whatever_its_kind() {
        let d = Decimal::from;
        let rate = Counted::rate("r", "R", 13, 16, "appointments", "shown / set", 30);
        let none = Counted::rate("r", "R", 0, 0, "appointments", "shown / set", 30);
        let share =
            Counted::share("s", "S", d(1200), d(5000), 43, "declined lines", "recovered / declined", 30);
        let mean = Counted::mean("m", "M", d(21_000), 43, Unit::Dollars, "visits", "sum / n", 30);
        let median = Counted::new("d", "D", Some("3.25".parse().unwrap()), Unit::Days, "median")
            .over(None, 1_204, "messages", 30);
        for (case, figure, value, base) in [
            ("a share", &rate, "81.3%", "13 of 16 appointments"),
            ("no base", &none, "none yet", "0 appointments: nothing to count yet"),
            ("dollars of dollars", &share, "24.0%", "$1,200 of $5,000, from 43 declined lines"),
            ("a mean", &mean, "$488", "$21,000 over 43 visits"),
            ("a median", &median, "3.3\u{a0}days", "over 1,204 messages"),
            ("a count", &Counted::count("c", "C", 4_000, "all"), "4,000", "a plain count"),
            (
                "a count of others",
                &Counted::count("c", "C", 4, "all").over(None, 900, "owners", 30),
                "4",
                "of 900 owners",
            ),
        ] {
            let shown = Figure::from(figure);
            assert_eq!((shown.value.as_str(), shown.base.as_str()), (value, base), "{case}");
        }
    }

    #[test]
    fn a_target_that_is_to_be_met_from_both_sides_says_on_which_it_was_missed() {
        let held = |n| {
            let figure = Counted::rate("held", "Held", n, 100, "readings", "inside / all", 30);
            let figure =
                figure.with_sourced_target(Decimal::from(80), "an 80% range").within(Decimal::from(5));
            Figure::from(&figure).target.unwrap()
        };
        assert_eq!(held(94), "target 80%: above it");
        assert_eq!(held(85), "target 80%: reached");
        assert_eq!(held(60), "target 80%: not reached");
    }

    #[test]
    fn a_small_base_is_marked_and_nobody_is_blamed_over_one() {
        let rate = |shown, set| {
            let figure = Counted::rate("r", "R", shown, set, "appointments", "shown / set", 30);
            Figure::from(&figure.with_sourced_target(Decimal::from(80), "DealerMine"))
        };
        for (shown, set, small, target) in [
            (13, 16, Some("small base: 16"), "target 80%"),
            (24, 30, None, "target 80%: reached"),
            (23, 30, None, "target 80%: not reached"),
            (0, 0, None, "target 80%"),
        ] {
            let figure = rate(shown, set);
            assert_eq!(figure.small_base.as_deref(), small, "{shown} of {set}");
            assert_eq!(figure.target.as_deref(), Some(target), "{shown} of {set}");
            assert_eq!(figure.source.as_deref(), Some("of the target: DealerMine"));
        }
    }
}
