//! The constants that are fitted: one table. A model is taken apart and put together by the names in its file, so a
//! constant that comes or goes changes a line here and nothing else.

use fixedops_odometer_core::Model;
use serde_json::Value;

/// How a constant is stepped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// By factors.
    Log,
    /// By differences.
    Even,
}

/// One constant of `[habit]`, and between which values it is looked for.
struct Field {
    name: &'static str,
    least: f64,
    most: f64,
    scale: Scale,
}

const fn field(name: &'static str, least: f64, most: f64, scale: Scale) -> Field {
    Field { name, least, most, scale }
}

/// Left alone: what is policy and no fact of driving (how long a reading or a fix stands, from when a habit is spoken of,
/// what is only displayed); the shape of a year, which takes five years to show; the memories, a list.
const FIELDS: [Field; 11] = [
    field("prior_miles_per_day", 5.0, 100.0, Scale::Log),
    field("prior_days", 0.5, 60.0, Scale::Log),
    field("gain_days", 5.0, 90.0, Scale::Log),
    field("bank_eta", 0.3, 20.0, Scale::Log),
    field("bank_forget_days", 60.0, 3_000.0, Scale::Log),
    field("lean", -0.4, 0.4, Scale::Even),
    field("rate_log_sd", 0.05, 1.0, Scale::Log),
    field("rate_log_sd_weight", 0.3, 30.0, Scale::Log),
    field("few_readings_log_sd", 0.0, 0.8, Scale::Even),
    field("burst_sd_miles", 3.0, 150.0, Scale::Log),
    field("walk_sd", 0.5, 20.0, Scale::Log),
];

/// A place among all values of the constants: each from 0 (its least) to 1 (its most).
pub type Place = Vec<f64>;

/// A model as a tree of names, with the constants that are fitted.
#[derive(Clone, Debug)]
pub struct Form(Value);

impl Form {
    /// Of a model; why not, where a constant of the table is not in it.
    pub fn of(model: &Model) -> Result<Self, String> {
        let form = Self(serde_json::to_value(model).map_err(|error| error.to_string())?);
        form.place().map(|_| form)
    }

    /// Where its constants stand.
    pub fn place(&self) -> Result<Place, String> {
        let value = |field: &Field| {
            let found = self.0.get("habit").and_then(|habit| habit.get(field.name)).and_then(Value::as_f64);
            let found = found.ok_or_else(|| format!("the model has no [habit] {}", field.name))?;
            Ok(field.scale.place(found.clamp(field.least, field.most), field.least, field.most))
        };
        FIELDS.iter().map(value).collect()
    }

    /// The model with its constants at `place`; those that have not moved keep the very value they had.
    pub fn at(&self, place: &[f64]) -> Result<Self, String> {
        let here = self.place()?;
        let mut moved = self.clone();
        for ((field, at), was) in FIELDS.iter().zip(place).zip(here) {
            // Neither differs where it was not stepped: the very same bits.
            if at.to_bits() == was.to_bits() {
                continue;
            }
            let value = field.scale.value(at.clamp(0.0, 1.0), field.least, field.most);
            if let Some(slot) = moved.0.get_mut("habit").and_then(|habit| habit.get_mut(field.name)) {
                *slot = Value::from(four_digits(value));
            }
        }
        Ok(moved)
    }

    /// The model; why not, where it is none.
    pub fn model(&self) -> Result<Model, String> {
        serde_json::from_value(self.0.clone()).map_err(|error| error.to_string())
    }

    /// The tree.
    pub fn tree(&self) -> &Value {
        &self.0
    }

    /// The constants that stand at an end of what was searched: they may want to go further.
    pub fn at_their_ends(&self) -> Vec<&'static str> {
        let place = self.place().unwrap_or_default();
        let ends = |at: &f64| !(0.02..=0.98).contains(at);
        FIELDS.iter().zip(&place).filter(|(_, at)| ends(at)).map(|(field, _)| field.name).collect()
    }

    /// The constants with their values.
    pub fn values(&self) -> Vec<(&'static str, f64)> {
        let value = |field: &Field| Some((field.name, self.0.get("habit")?.get(field.name)?.as_f64()?));
        FIELDS.iter().filter_map(value).collect()
    }
}

impl Scale {
    fn place(self, value: f64, least: f64, most: f64) -> f64 {
        match self {
            Self::Log => (value / least).ln() / (most / least).ln(),
            Self::Even => (value - least) / (most - least),
        }
    }

    fn value(self, place: f64, least: f64, most: f64) -> f64 {
        match self {
            Self::Log => least * (most / least).powf(place),
            Self::Even => least + (most - least) * place,
        }
    }
}

/// Four digits that count: more would claim more than a fit knows.
fn four_digits(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_model_has_every_constant_of_the_table_and_within_its_bounds() {
        let form = Form::of(&Model::shipped()).unwrap();
        for ((name, value), field) in form.values().into_iter().zip(&FIELDS) {
            assert_eq!(name, field.name);
            assert!((field.least..=field.most).contains(&value), "{name} = {value}");
        }
        assert_eq!(form.values().len(), FIELDS.len());
        assert_eq!(form.at(&form.place().unwrap()).unwrap().model().unwrap(), Model::shipped());
    }

    #[test]
    fn either_end_of_every_constant_is_a_model() {
        let form = Form::of(&Model::shipped()).unwrap();
        let middle = form.place().unwrap();
        for number in 0..FIELDS.len() {
            for end in [0.0, 1.0] {
                let mut place = middle.clone();
                place[number] = end;
                let moved = form.at(&place).unwrap();
                assert!(moved.model().is_ok(), "{}", FIELDS[number].name);
                let expected = if end > 0.5 { FIELDS[number].most } else { FIELDS[number].least };
                assert!((moved.values()[number].1 - expected).abs() < 1e-3 * expected.abs().max(1.0));
            }
        }
    }
}
