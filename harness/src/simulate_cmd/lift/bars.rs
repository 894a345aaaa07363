//! What a run must reach, and whether it did. The values lie in `bars.toml`, each with its source; that no line is credited
//! twice and no more dollars than paid has no value to it.

use fixedops_vocab::PolicyVersion;
use serde::{Deserialize, Serialize};

use super::credits::Graded;

/// The values.
#[derive(Clone, Debug)]
pub struct Bars {
    version: PolicyVersion,
    judged_from_seeds: u32,
    missed_percent: u32,
    usual_widths: u32,
    precision_percent: u32,
    recall_percent: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: PolicyVersion,
    #[serde(rename = "effective")]
    _effective: toml::value::Datetime,
    judged_from_seeds: Sourced,
    missed_percent: Sourced,
    usual_widths: Sourced,
    precision_percent: Sourced,
    recall_percent: Sourced,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sourced {
    value: u32,
    source: String,
}

impl Sourced {
    fn checked(self, name: &str) -> Result<u32, String> {
        if self.source.trim().is_empty() {
            Err(format!("{name}: the source is empty"))
        } else {
            Ok(self.value)
        }
    }
}

/// One bar, and how a run stands to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// Which.
    pub bar: String,
    /// What must hold, in words.
    pub must: String,
    /// What was found; null where there was nothing to judge.
    pub found: Option<f64>,
    /// Whether it holds; null where there was nothing to judge.
    pub holds: Option<bool>,
}

/// What of a measure is judged.
pub struct OfMeasure<'a> {
    /// Which.
    pub name: &'a str,
    /// Worlds in which a number was shown.
    pub spoke: u32,
    /// Of these those in which the range missed.
    pub missed: u32,
    /// The widest range of those at the planned end, in usual widths.
    pub widest: Option<f64>,
}

impl Bars {
    /// The shipped ones.
    ///
    /// # Errors
    /// What does not read; a test reads them.
    pub fn shipped() -> Result<Self, String> {
        let file: File = toml::from_str(include_str!("bars.toml")).map_err(|error| error.to_string())?;
        Ok(Self {
            version: file.version,
            judged_from_seeds: file.judged_from_seeds.checked("judged_from_seeds")?,
            missed_percent: file.missed_percent.checked("missed_percent")?,
            usual_widths: file.usual_widths.checked("usual_widths")?,
            precision_percent: file.precision_percent.checked("precision_percent")?,
            recall_percent: file.recall_percent.checked("recall_percent")?,
        })
    }

    /// Their version.
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// Whether a run of so many stores is judged without being asked to.
    pub const fn judge(&self, seeds: u32) -> bool {
        seeds >= self.judged_from_seeds
    }

    /// Every bar, and how the run stands to it.
    pub fn of(&self, measures: &[OfMeasure<'_>], graded: &Graded) -> Vec<Bar> {
        let mut bars = Vec::new();
        let spoke = measures.iter().map(|measure| measure.spoke).max().unwrap_or(0);
        bars.push(Bar {
            bar: "shown".to_owned(),
            must: "a number in one store at least: a range that is never shown misses nothing".to_owned(),
            found: Some(f64::from(spoke)),
            holds: Some(spoke > 0),
        });
        for measure in measures {
            let most = u64::from(self.missed_percent) * u64::from(measure.spoke) / 100;
            let judged = measure.spoke > 0;
            bars.push(Bar {
                bar: format!("missed/{}", measure.name),
                must: format!("at most {most} of the {} stores that showed a number", measure.spoke),
                found: judged.then(|| f64::from(measure.missed)),
                holds: judged.then(|| u64::from(measure.missed) <= most),
            });
            bars.push(Bar {
                bar: format!("width/{}", measure.name),
                must: format!("at most {} usual widths at the planned end", self.usual_widths),
                found: measure.widest,
                holds: measure.widest.map(|widest| widest <= f64::from(self.usual_widths)),
            });
        }
        for (bar, found) in [("credited_twice", graded.twice), ("credited_more_than_paid", graded.overpaid)] {
            #[allow(clippy::cast_precision_loss, reason = "lines and orders, by the thousand")]
            let count = found as f64;
            bars.push(Bar {
                bar: bar.to_owned(),
                must: "none".to_owned(),
                found: Some(count),
                holds: Some(found == 0),
            });
        }
        let lines = &graded.lines_own_token.with_token;
        for (bar, found, least) in [
            ("precision_with_token", lines.precision(), self.precision_percent),
            ("recall_with_token", lines.recall(), self.recall_percent),
        ] {
            let least = f64::from(least) / 100.0;
            bars.push(Bar {
                bar: bar.to_owned(),
                must: format!("at least {least}"),
                found,
                holds: found.map(|found| found >= least),
            });
        }
        bars
    }
}

#[cfg(test)]
mod tests {
    use super::super::credits::Lines;
    use super::*;

    fn failed(measures: &[OfMeasure<'_>], graded: &Graded) -> Vec<String> {
        let bars = Bars::shipped().unwrap().of(measures, graded);
        bars.into_iter().filter(|bar| bar.holds == Some(false)).map(|bar| bar.bar).collect()
    }

    const fn visits(spoke: u32, missed: u32, widest: Option<f64>) -> OfMeasure<'static> {
        OfMeasure { name: "visits", spoke, missed, widest }
    }

    fn lines(credited: u64, right: u64, earned: u64) -> Graded {
        let mut graded = Graded::default();
        graded.lines_own_token.with_token =
            Lines { credited, right, earned, earned_right: right, ..Lines::default() };
        graded
    }

    #[test]
    fn sixteen_misses_of_two_hundred_hold_and_seventeen_do_not() {
        let nothing = Graded::default();
        assert_eq!(failed(&[visits(200, 16, Some(1.6))], &nothing), [""; 0]);
        assert_eq!(failed(&[visits(200, 17, Some(1.6))], &nothing), ["missed/visits"]);
        // Stores that showed no number are no stores that held.
        assert_eq!(failed(&[visits(25, 3, None)], &nothing), ["missed/visits"]);
    }

    #[test]
    fn each_bar_that_is_not_reached_is_named() {
        let one = [visits(100, 0, Some(2.01))];
        assert_eq!(failed(&one, &Graded::default()), ["width/visits"]);
        assert_eq!(failed(&[visits(0, 0, None)], &Graded::default()), ["shown"]);
        let good = [visits(100, 0, Some(2.0))];
        assert_eq!(failed(&good, &lines(100, 98, 103)), [""; 0]);
        assert_eq!(failed(&good, &lines(100, 97, 100)), ["precision_with_token"]);
        assert_eq!(failed(&good, &lines(100, 100, 106)), ["recall_with_token"]);
        let wrong = Graded { twice: 1, overpaid: 2, ..Graded::default() };
        assert_eq!(failed(&good, &wrong), ["credited_twice", "credited_more_than_paid"]);
    }

    #[test]
    fn what_there_was_nothing_of_is_neither_reached_nor_missed() {
        let bars = Bars::shipped().unwrap().of(&[visits(0, 0, None)], &Graded::default());
        let open: Vec<_> =
            bars.iter().filter(|bar| bar.holds.is_none()).map(|bar| bar.bar.as_str()).collect();
        assert_eq!(open, ["missed/visits", "width/visits", "precision_with_token", "recall_with_token"]);
        assert!(bars.iter().all(|bar| bar.holds.is_some() || bar.found.is_none()));
    }
}
