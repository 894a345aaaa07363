use fixedops_vocab::{Miles, PolicyVersion, ServiceId};

/// The maintenance plan of a kind of car: what is due when, as versioned data.
///
/// ```
/// use fixedops_odometer_core::Schedule;
/// use fixedops_vocab::ServiceId;
/// let schedule = Schedule::shipped();
/// let oil = schedule.rule(&ServiceId::new("oil_service")?).ok_or("no oil service")?;
/// assert_eq!((oil.distance.map(|m| m.to_string()), oil.months), (Some("7500.0".to_owned()), Some(12)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    version: PolicyVersion,
    source: String,
    rules: Vec<IntervalRule>,
}

/// One service of a schedule: due after a distance or a time, whichever comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct IntervalRule {
    /// What is due.
    pub service: ServiceId,
    /// Distance between two, miles. None: by time only.
    #[cfg_attr(feature = "serde", serde(default, deserialize_with = "door::some_miles"))]
    pub distance: Option<Miles>,
    /// Calendar months between two. None: by distance only.
    #[cfg_attr(feature = "serde", serde(default))]
    pub months: Option<u32>,
    /// Distance from delivery to the first, where it differs.
    #[cfg_attr(feature = "serde", serde(default, deserialize_with = "door::some_miles"))]
    pub first_distance: Option<Miles>,
    /// Months from delivery to the first, where they differ.
    #[cfg_attr(feature = "serde", serde(default))]
    pub first_months: Option<u32>,
    /// Due once in the life of the car.
    #[cfg_attr(feature = "serde", serde(default))]
    pub once: bool,
    /// From where the next is counted.
    #[cfg_attr(feature = "serde", serde(default))]
    pub grid: Grid,
    /// Soon from this many miles before due.
    #[cfg_attr(feature = "serde", serde(default, deserialize_with = "door::miles"))]
    pub lead_distance: Miles,
    /// Soon from this many days before due.
    #[cfg_attr(feature = "serde", serde(default))]
    pub lead_days: u32,
    /// Overdue from this many miles after due.
    #[cfg_attr(feature = "serde", serde(default, deserialize_with = "door::miles"))]
    pub grace_distance: Miles,
    /// Overdue from this many days after due.
    #[cfg_attr(feature = "serde", serde(default))]
    pub grace_days: u32,
}

/// From where the next service is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "there are these two ways")]
pub enum Grid {
    /// From the odometer at which the last one was done.
    #[default]
    Rolling,
    /// At fixed points of the odometer (7,500, 15,000, ...), whenever the last one was done.
    Fixed,
}

/// No car is kept for more than a hundred years: beyond that a number is a slip.
const MOST_MONTHS: u32 = 1_200;

impl IntervalRule {
    /// The odometer at which the next is due, after one was done (or the car delivered, cycle 0) at `done`.
    /// None for a rule by time only, past the end of the odometer, or a one-off already done.
    ///
    /// On a fixed grid a service done within the lead before a point counts for that point.
    #[must_use]
    pub fn due_after(&self, done: Miles, cycle: u32) -> Option<Miles> {
        let distance = self.distance?;
        if self.once && cycle > 0 {
            return None;
        }
        let first = self.first_distance.unwrap_or(distance);
        match self.grid {
            Grid::Rolling => done.checked_add(if cycle == 0 { first } else { distance }),
            Grid::Fixed => {
                let reached = if cycle == 0 { done } else { done.checked_add(self.lead_distance)? };
                if reached < first {
                    return Some(first);
                }
                let steps = reached.tenths().checked_sub(first.tenths())?.checked_div(distance.tenths())?;
                let tenths =
                    distance.tenths().checked_mul(steps.checked_add(1)?)?.checked_add(first.tenths())?;
                Miles::from_tenths(tenths).ok()
            }
        }
    }

    /// The months of the time leg after `cycle` services. None for a rule by distance only or a one-off already done.
    #[must_use]
    pub fn months_after(&self, cycle: u32) -> Option<u32> {
        match cycle {
            0 => self.first_months.or(self.months),
            _ if self.once => None,
            _ => self.months,
        }
    }

    fn check(&self) -> Result<(), &'static str> {
        let none = |miles: Option<Miles>| miles == Some(Miles::ZERO);
        if self.distance.is_none() && self.months.is_none() {
            return Err("neither distance nor months");
        }
        if none(self.distance) || none(self.first_distance) {
            return Err("a distance of 0 would always be due");
        }
        if self.months == Some(0) || self.first_months == Some(0) {
            return Err("0 months would always be due");
        }
        if self.months.max(self.first_months) > Some(MOST_MONTHS) {
            return Err("more than 1200 months");
        }
        if self.distance.is_none() && self.first_distance.is_some() {
            return Err("first_distance without distance");
        }
        if self.months.is_none() && self.first_months.is_some() {
            return Err("first_months without months");
        }
        if self.distance.is_some_and(|distance| self.lead_distance >= distance) {
            return Err("lead_distance is not shorter than distance");
        }
        Ok(())
    }
}

impl Schedule {
    /// A schedule from its rules.
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
        Ok(Self { version, source, rules })
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
        let file: door::File =
            toml::from_str(text).map_err(|error| ScheduleError::Shape(error.to_string()))?;
        Self::new(file.version, file.source, file.service)
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

#[cfg(feature = "serde")]
mod door {
    use fixedops_vocab::{Miles, PolicyVersion};
    use serde::{Deserialize, Deserializer, de::Error};

    use super::IntervalRule;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct File {
        pub(super) version: PolicyVersion,
        #[serde(rename = "effective")]
        _effective: toml::value::Datetime,
        pub(super) source: String,
        pub(super) service: Vec<IntervalRule>,
    }

    /// Whole miles in a file, the text with a decimal in what we wrote ourselves.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Distance {
        Whole(u32),
        Text(Miles),
    }

    impl Distance {
        fn miles<E: Error>(self) -> Result<Miles, E> {
            match self {
                Self::Whole(miles) => Miles::from_whole(miles).map_err(E::custom),
                Self::Text(miles) => Ok(miles),
            }
        }
    }

    pub(super) fn miles<'de, D: Deserializer<'de>>(from: D) -> Result<Miles, D::Error> {
        Distance::deserialize(from)?.miles()
    }

    pub(super) fn some_miles<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Miles>, D::Error> {
        Option::<Distance>::deserialize(from)?.map(Distance::miles).transpose()
    }
}

#[cfg(all(test, feature = "serde"))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the way to fail")]
mod tests {
    use super::*;

    fn rule(text: &str) -> IntervalRule {
        let file = format!(
            "version = \"v\"\neffective = 2026-01-01\nsource = \"test\"\n[[service]]\nservice = \"oil_service\"\n{text}"
        );
        Schedule::from_toml(&file).unwrap().rules()[0].clone()
    }

    #[test]
    fn both_shipped_schedules_are_read_and_severe_is_never_longer() {
        let (normal, severe) = (Schedule::shipped(), Schedule::shipped_severe());
        for rule in severe.rules() {
            let usual = normal.rule(&rule.service).unwrap();
            assert!(rule.distance <= usual.distance && rule.months <= usual.months, "{}", rule.service);
        }
    }

    #[test]
    fn the_next_service_is_counted_from_the_right_place() {
        let rolling = "distance = 7500\n";
        let fixed = "distance = 7500\ngrid = \"fixed\"\nlead_distance = 500\n";
        let first = "distance = 10000\nfirst_distance = 1000\n";
        let once = "distance = 100000\nonce = true\n";
        for (case, text, done, cycle, due) in [
            ("rolling counts from completion", rolling, 8_200, 1, Some(15_700)),
            ("the grid does not move when a service is late", fixed, 8_200, 1, Some(15_000)),
            ("a service just before a point counts for it", fixed, 14_700, 2, Some(22_500)),
            ("well before a point it does not", fixed, 13_000, 2, Some(15_000)),
            ("on the point the next is one interval on", fixed, 15_000, 2, Some(22_500)),
            ("the first interval from delivery", first, 12, 0, Some(1_012)),
            ("then the usual one", first, 1_100, 1, Some(11_100)),
            ("a one-off is due once", once, 0, 0, Some(100_000)),
            ("and never again", once, 100_200, 1, None),
            ("nothing is due past the end of the odometer", rolling, 999_000, 9, None),
        ] {
            let done = Miles::from_whole(done).unwrap();
            assert_eq!(
                rule(text).due_after(done, cycle),
                due.map(|d| Miles::from_whole(d).unwrap()),
                "{case}"
            );
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
            ("months = 12\nfirst_distance = 5", "first_distance without"),
            ("distance = 5\nfirst_months = 5", "first_months without"),
            ("distance = 5\ncolour = 5", "colour"),
        ] {
            let file = format!(
                "version = \"v\"\neffective = 2026-01-01\nsource = \"test\"\n[[service]]\nservice = \"oil_service\"\n{text}\n"
            );
            let error = Schedule::from_toml(&file).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
