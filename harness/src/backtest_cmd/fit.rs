//! The constants of `[habit]` fitted to histories, and what that brings on vehicles the fit did not see.

use chrono::NaiveDate;
use fixedops_odometer_core::Model;
use serde::Serialize;
use serde_json::Value;

use super::chance::{Chance, interval};
use super::fields::{Form, Place};
use super::ours;
use super::question::{Question, Questions};
use super::score::{mean, pinball};
use crate::outcome::CommandError;

/// Fewer vehicles teach nothing that another vehicle would agree with.
const FEWEST: usize = 10;
/// More vehicles, and more questions about one, are thinned: a fit must end.
const MOST: usize = 400;
const MOST_QUESTIONS: usize = 24;
/// Parts of the vehicles, each foretold by constants fitted to the others.
const PARTS: usize = 5;
/// A car that hardly moves is off by many times its miles: it counts as one that drives so much of the median car's.
const LEAST_USUAL: f64 = 0.25;
/// Steps of a search.
const STEPS: u32 = 120;
/// Size of a step at the beginning and at the end, as a share of a constant's range.
const FIRST_STEP: f64 = 0.20;
const LAST_STEP: f64 = 0.02;

/// What a fit came to.
#[derive(Debug, Serialize)]
pub struct Fitted {
    /// Vehicles and questions it rests on.
    pub vehicles: usize,
    pub questions: usize,
    /// Loss over that of the given constants, on the vehicles it was fitted to: flattering.
    pub seen: f64,
    /// The same on vehicles it did not see, with its 5-95 % interval.
    pub unseen: f64,
    pub unseen_5_95: Option<[f64; 2]>,
    /// Whether it is better there beyond chance.
    pub better: bool,
    /// The constants, as given and as fitted.
    pub constants: Vec<Constant>,
    /// Version of the model it began with.
    pub began_with: String,
    #[serde(skip)]
    form: Form,
}

/// One constant.
#[derive(Debug, Serialize)]
pub struct Constant {
    pub name: &'static str,
    pub given: f64,
    pub fitted: f64,
}

/// The questions about one vehicle, and the miles by which its losses are divided, so that each counts alike.
struct Vehicle<'q> {
    questions: Vec<&'q Question>,
    usual: f64,
}

impl Vehicle<'_> {
    /// Pinball loss as a share of the miles driven.
    fn loss(&self, model: &Model) -> f64 {
        let losses: Vec<f64> = self
            .questions
            .iter()
            .map(|question| {
                let last = question.run.last().map_or(0.0, |point| point.miles);
                pinball(question.truth, ours::range(question, model).unwrap_or([last; 3]))
            })
            .collect();
        mean(&losses) / self.usual
    }
}

/// Fits, all horizons together.
pub fn fit(asked: &[Questions], model: &Model, seed: u64) -> Result<Fitted, CommandError> {
    let broken = |error: String| CommandError::failed(format!("--fit: {error}"));
    let vehicles = vehicles(asked);
    if vehicles.len() < FEWEST {
        return Err(CommandError::failed(format!(
            "--fit: {} vehicles can be asked about, and constants fitted to fewer than {FEWEST} hold for no other \
             vehicle; stay with the model as it is",
            vehicles.len()
        )));
    }
    let form = Form::of(model).map_err(broken)?;
    let given: Vec<f64> = vehicles.iter().map(|vehicle| vehicle.loss(model)).collect();
    // The last part is empty: what is fitted to all.
    let searches: Vec<Result<(Vec<usize>, Place), String>> = std::thread::scope(|scope| {
        let begun: Vec<_> = (0..=PARTS)
            .map(|part| {
                let (vehicles, form) = (&vehicles, &form);
                scope.spawn(move || {
                    let (held, seen): (Vec<usize>, Vec<usize>) =
                        (0..vehicles.len()).partition(|number| part < PARTS && number % PARTS == part);
                    search(vehicles, &seen, form, seed.wrapping_add(part as u64)).map(|place| (held, place))
                })
            })
            .collect();
        let lost = || Err("a search was lost".to_owned());
        begun.into_iter().map(|search| search.join().unwrap_or_else(|_| lost())).collect()
    });
    let mut unseen = given.clone();
    let mut fitted = form.clone();
    for (part, search) in searches.into_iter().enumerate() {
        let (held, place) = search.map_err(broken)?;
        let moved = form.at(&place).map_err(broken)?;
        let model = moved.model().map_err(broken)?;
        for number in held {
            if let (Some(slot), Some(vehicle)) = (unseen.get_mut(number), vehicles.get(number)) {
                *slot = vehicle.loss(&model);
            }
        }
        if part == PARTS {
            fitted = moved;
        }
    }
    let model_fitted = fitted.model().map_err(broken)?;
    let seen: Vec<f64> = vehicles.iter().map(|vehicle| vehicle.loss(&model_fitted)).collect();
    let ratio = |of: &[f64], places: &[usize]| {
        let sum = |all: &[f64]| places.iter().filter_map(|place| all.get(*place)).sum::<f64>();
        sum(of) / sum(&given).max(f64::MIN_POSITIVE)
    };
    let all: Vec<usize> = (0..vehicles.len()).collect();
    let unseen_5_95 = interval(vehicles.len(), seed, |places| ratio(&unseen, places));
    let constants = form.values().into_iter().zip(fitted.values());
    Ok(Fitted {
        vehicles: vehicles.len(),
        questions: vehicles.iter().map(|vehicle| vehicle.questions.len()).sum(),
        seen: ratio(&seen, &all),
        unseen: ratio(&unseen, &all),
        better: unseen_5_95.is_some_and(|[_, high]| high < 1.0),
        unseen_5_95,
        constants: constants.map(|((name, given), (_, fitted))| Constant { name, given, fitted }).collect(),
        began_with: model.version().to_string(),
        form: fitted,
    })
}

/// The vehicles with their questions over all horizons, thinned where they are too many.
fn vehicles(asked: &[Questions]) -> Vec<Vehicle<'_>> {
    let mut by_vehicle: std::collections::BTreeMap<usize, Vec<&Question>> = std::collections::BTreeMap::new();
    for question in asked.iter().flat_map(|asked| &asked.all) {
        by_vehicle.entry(question.vehicle).or_default().push(question);
    }
    let every = by_vehicle.len().div_ceil(MOST).max(1);
    let vehicles = by_vehicle.into_values().step_by(every).map(|questions| {
        let every = questions.len().div_ceil(MOST_QUESTIONS).max(1);
        let questions: Vec<&Question> = questions.into_iter().step_by(every).collect();
        let driven = |question: &&Question| {
            let last = question.run.last().map_or(0.0, |point| point.miles);
            (question.truth - last).abs()
        };
        let usual = mean(&questions.iter().map(driven).collect::<Vec<_>>());
        Vehicle { questions, usual }
    });
    let mut vehicles: Vec<Vehicle<'_>> = vehicles.collect();
    let mut driven: Vec<f64> = vehicles.iter().map(|vehicle| vehicle.usual).collect();
    driven.sort_by(f64::total_cmp);
    let middle = driven.get(driven.len() / 2).copied().unwrap_or_default();
    for vehicle in &mut vehicles {
        vehicle.usual = vehicle.usual.max(LEAST_USUAL * middle).max(1.0);
    }
    vehicles
}

/// A seeded climb from where the model stands: one to three constants at a time, in steps that grow smaller; a step that
/// helps is kept.
fn search(vehicles: &[Vehicle<'_>], seen: &[usize], form: &Form, seed: u64) -> Result<Place, String> {
    let loss = |place: &[f64]| -> Result<f64, String> {
        let model = form.at(place)?.model()?;
        let losses =
            seen.iter().filter_map(|number| vehicles.get(*number)).map(|vehicle| vehicle.loss(&model));
        Ok(mean(&losses.collect::<Vec<_>>()))
    };
    let mut chance = Chance::new(seed);
    let mut best = form.place()?;
    let mut least = loss(&best)?;
    for step in 0..STEPS {
        let size = FIRST_STEP * (LAST_STEP / FIRST_STEP).powf(f64::from(step) / f64::from(STEPS));
        let mut next = best.clone();
        for _ in 0..=chance.below(3) {
            let number = chance.below(next.len());
            let stepped = size * chance.normal();
            if let Some(at) = next.get_mut(number) {
                *at = (*at + stepped).clamp(0.0, 1.0);
            }
        }
        // A place that makes no model is no step.
        if let Ok(found) = loss(&next)
            && found < least
        {
            (best, least) = (next, found);
        }
    }
    Ok(best)
}

impl Fitted {
    /// Whether to take it, in words.
    pub fn verdict(&self) -> String {
        let [low, high] = self.unseen_5_95.unwrap_or([f64::NAN; 2]);
        let figure = format!("loss {:.3} of theirs, 5-95 %: {low:.3} to {high:.3}", self.unseen);
        let ends = self.form.at_their_ends();
        if self.better && ends.is_empty() {
            format!("better than the given constants on vehicles the fit did not see: {figure}")
        } else if self.better {
            format!(
                "better than the given constants on vehicles the fit did not see: {figure}; but {} at an end of what was \
                 searched, which these few histories may not bear out: look at them before you take the model",
                ends.join(", ")
            )
        } else {
            format!(
                "the given constants are as good on vehicles the fit did not see: {figure}; stay with them"
            )
        }
    }

    /// The whole model as a file.
    pub fn to_toml(&self, effective: NaiveDate) -> Result<String, CommandError> {
        let Self { vehicles, questions, began_with, .. } = self;
        let source = format!(
            "[habit] fitted to the user's own histories by fixedops backtest --fit: {vehicles} vehicles, {questions} \
             questions, beginning with {began_with}; {}. Everything else as there.",
            self.verdict()
        );
        let text =
            toml_of(self.form.tree(), &format!("odometer-model/{effective}-fitted"), effective, &source);
        // What is written can be read.
        Model::from_toml(&text).map_err(|error| CommandError::failed(format!("--fit: {error}")))?;
        Ok(text)
    }
}

/// A tree of tables as TOML: plain values of a table first, then lists of tables.
fn toml_of(tree: &Value, version: &str, effective: NaiveDate, source: &str) -> String {
    use core::fmt::Write;
    let quoted = |text: &str| Value::from(text).to_string();
    let mut text =
        format!("version = {}\neffective = {effective}\nsource = {}\n", quoted(version), quoted(source));
    let tables = tree.as_object().into_iter().flatten();
    for (name, table) in tables.filter_map(|(name, table)| Some((name, table.as_object()?))) {
        let is_list = |value: &Value| value.as_array().is_some_and(|list| list.iter().any(Value::is_object));
        let (lists, plain): (Vec<_>, Vec<_>) = table.iter().partition(|(_, value)| is_list(value));
        // Writing to a string cannot fail.
        let _ = write!(text, "\n[{name}]\n");
        for (key, value) in plain {
            let _ = writeln!(text, "{key} = {value}");
        }
        for (key, value) in lists {
            for entry in value.as_array().into_iter().flatten().filter_map(Value::as_object) {
                let _ = write!(text, "\n[[{name}.{key}]]\n");
                for (key, value) in entry {
                    let _ = writeln!(text, "{key} = {value}");
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_written_as_toml_is_the_model_that_was_written() {
        let shipped = Model::shipped();
        let tree = serde_json::to_value(&shipped).unwrap();
        let effective = NaiveDate::from_ymd_opt(2027, 3, 1).unwrap();
        let text =
            toml_of(&tree, "odometer-model/2027-03-01-fitted", effective, "a \"source\"\nof two lines");
        let read = Model::from_toml(&text).unwrap();
        assert_eq!(read.version().as_str(), "odometer-model/2027-03-01-fitted");
        assert_eq!(read.source(), "a \"source\"\nof two lines");
        let tables = |model: &Model| {
            let mut tree = serde_json::to_value(model).unwrap();
            tree.as_object_mut().unwrap().retain(|_, value| value.is_object());
            tree
        };
        assert_eq!(tables(&read), tables(&shipped));
    }
}
