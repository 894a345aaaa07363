use fixedops_vocab::{PolicyVersion, ServiceId};

use crate::{Fits, IntervalRule};

/// The maintenance plan of a kind of car: what is due when, as versioned data.
///
/// ```
/// use fixedops_odometer_core::Schedule;
/// use fixedops_vocab::ServiceId;
/// let schedule = Schedule::shipped();
/// let oil = schedule.rule(&ServiceId::new("oil_service")?).ok_or("no oil service")?;
/// assert_eq!((oil.distance.map(|m| m.to_string()), oil.months), (Some("7500.0".to_owned()), Some(12)));
/// assert!(schedule.fits().is_generic());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    version: PolicyVersion,
    source: String,
    fits: Fits,
    rules: Vec<IntervalRule>,
}

impl Schedule {
    /// A schedule for every car, from its rules.
    ///
    /// # Errors
    /// [`ScheduleError`] naming the service.
    pub fn new(
        version: PolicyVersion,
        source: impl Into<String>,
        rules: Vec<IntervalRule>,
    ) -> Result<Self, ScheduleError> {
        let source = source.into();
        if source.trim().is_empty() {
            return Err(ScheduleError::NoSource);
        }
        for (index, rule) in rules.iter().enumerate() {
            rule.check().map_err(|reason| ScheduleError::Rule { service: rule.service.clone(), reason })?;
            if rules.iter().take(index).any(|earlier| earlier.service == rule.service) {
                return Err(ScheduleError::Twice(rule.service.clone()));
            }
        }
        Ok(Self { version, source, fits: Fits::default(), rules })
    }

    /// The same for these cars only: a pack of a maker.
    ///
    /// # Errors
    /// [`ScheduleError::Fits`] where they cannot be meant.
    pub fn for_cars(mut self, fits: Fits) -> Result<Self, ScheduleError> {
        fits.check().map_err(ScheduleError::Fits)?;
        self.fits = fits;
        Ok(self)
    }

    /// The generic plan for normal use that ships with this crate (`schedules/generic-normal.toml`).
    #[cfg(feature = "serde")]
    #[must_use]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../schedules/generic-normal.toml"))
            .expect("a test reads the embedded schedule")
    }

    /// The generic plan for severe use: short trips, dust, towing, taxi (`schedules/generic-severe.toml`).
    #[cfg(feature = "serde")]
    #[must_use]
    pub fn shipped_severe() -> Self {
        Self::from_toml(include_str!("../schedules/generic-severe.toml"))
            .expect("a test reads the embedded schedule")
    }

    /// A schedule from the text of a file shaped like the shipped ones. Distances are whole miles.
    ///
    /// # Errors
    /// [`ScheduleError`] naming the place.
    #[cfg(feature = "serde")]
    pub fn from_toml(text: &str) -> Result<Self, ScheduleError> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            version: PolicyVersion,
            #[serde(rename = "effective")]
            _effective: toml::value::Datetime,
            source: String,
            #[serde(default)]
            fits: Fits,
            service: Vec<IntervalRule>,
        }
        let file: File = toml::from_str(text).map_err(|error| ScheduleError::Shape(error.to_string()))?;
        Self::new(file.version, file.source, file.service)?.for_cars(file.fits)
    }

    /// The version every decision names.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// Where the intervals come from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Which cars it is for.
    #[must_use]
    pub const fn fits(&self) -> &Fits {
        &self.fits
    }

    /// The rules, in the order of the file.
    #[must_use]
    pub fn rules(&self) -> &[IntervalRule] {
        &self.rules
    }

    /// The rule of one service.
    #[must_use]
    pub fn rule(&self, service: &ServiceId) -> Option<&IntervalRule> {
        self.rules.iter().find(|rule| &rule.service == service)
    }
}

/// Why a schedule was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// Not TOML of the right shape; the text names line, column and field.
    #[error("schedule: {0}")]
    Shape(String),
    /// Intervals that come from nowhere.
    #[error("schedule: the source is empty")]
    NoSource,
    /// Cars that cannot be meant.
    #[error("schedule: fits: {0}")]
    Fits(&'static str),
    /// A rule that cannot be meant.
    #[error("schedule: service {service}: {reason}")]
    Rule {
        /// The service.
        service: ServiceId,
        /// What is wrong.
        reason: &'static str,
    },
    /// Two rules for one service.
    #[error("schedule: service {0} stands there twice")]
    Twice(ServiceId),
}

#[cfg(all(test, feature = "serde"))]
#[allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]
mod tests {
    use super::*;

    #[test]
    fn both_shipped_schedules_are_read_and_severe_is_never_longer() {
        let (normal, severe) = (Schedule::shipped(), Schedule::shipped_severe());
        for rule in severe.rules() {
            let usual = normal.rule(&rule.service).unwrap();
            assert!(rule.distance <= usual.distance && rule.months <= usual.months, "{}", rule.service);
            assert_eq!(rule.safety, usual.safety, "{}", rule.service);
        }
    }

    #[test]
    fn a_rule_that_cannot_be_meant_is_refused_by_name() {
        for (text, reason) in [
            ("", "neither distance nor months"),
            ("distance = 0", "always be due"),
            ("months = 0", "always be due"),
            ("months = 4294967295", "more than 1200 months"),
            ("distance = 100\nlead_distance = 100", "not shorter"),
            ("distance = 7500\nfirst_distance = 400\nlead_distance = 500", "not shorter"),
            ("months = 1\nlead_days = 28", "not fewer"),
            ("months = 12\nfirst_months = 1\nlead_days = 30", "not fewer"),
            ("months = 12\nfirst_distance = 5", "first_distance without"),
            ("distance = 5\nfirst_months = 5", "first_months without"),
            ("distance = 5\nlongest_distance = 4", "longest_distance is shorter"),
            ("months = 5\nlongest_months = 4", "longest_months are fewer"),
            ("distance = 5\ncolour = 5", "colour"),
            ("distance = 5\ngrid = \"sometimes\"", "sometimes"),
            ("distance = 1000000", "line 6"),
            (
                "distance = 5\n[[service]]\nservice = \"oil_service\"\nmonths = 6",
                "oil_service stands there twice",
            ),
            ("distance = 5\n[fits]\nmodel = \"CR-V\"", "model without make"),
        ] {
            let file = format!(
                "version = \"v\"\neffective = 2026-01-01\nsource = \"test\"\n[[service]]\nservice = \"oil_service\"\n{text}\n"
            );
            let error = Schedule::from_toml(&file).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
