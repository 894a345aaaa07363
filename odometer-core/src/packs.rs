use core::fmt;
use core::ops::RangeInclusive;

use fixedops_vocab::PolicyVersion;

use crate::Schedule;

/// Which cars a schedule is for: every field it names must be the car's. None named: a generic plan, for any car.
///
/// Names are compared without regard to case, spaces and punctuation: `CR-V`, `crv` and `Cr V` are one model.
///
/// ```
/// use fixedops_odometer_core::{Car, Fits};
/// let fits = Fits { years: Some((2017, 2022)), make: Some("Honda".into()), model: Some("CR-V".into()), engine: None };
/// let car = Car { year: Some(2019), make: Some("HONDA".into()), model: Some("crv".into()), engine: None };
/// assert!(fits.fits(&car));
/// assert!(!fits.fits(&Car { year: None, ..car }), "what is not known does not fit");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "year, make, model and engine, as schedules are published")]
pub struct Fits {
    /// Model years, from and to, both included.
    #[cfg_attr(feature = "serde", serde(default))]
    pub years: Option<(u16, u16)>,
    /// The maker.
    #[cfg_attr(feature = "serde", serde(default))]
    pub make: Option<String>,
    /// The model of that make.
    #[cfg_attr(feature = "serde", serde(default))]
    pub model: Option<String>,
    /// The engine of that model, as the vendor writes it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub engine: Option<String>,
}

/// What is known of a car, as far as schedules tell cars apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "year, make, model and engine, as schedules are published")]
pub struct Car {
    /// Model year.
    pub year: Option<u16>,
    /// The maker.
    pub make: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The engine.
    pub engine: Option<String>,
}

impl Fits {
    /// Whether it is for any car.
    #[must_use]
    pub fn is_generic(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `car` is one of them. What is not known of a car does not fit.
    #[must_use]
    pub fn fits(&self, car: &Car) -> bool {
        let same = |wanted: &Option<String>, known: &Option<String>| match (wanted, known) {
            (None, _) => true,
            (Some(wanted), Some(known)) => plain(wanted) == plain(known),
            (Some(_), None) => false,
        };
        self.range().is_none_or(|years| car.year.is_some_and(|year| years.contains(&year)))
            && same(&self.make, &car.make)
            && same(&self.model, &car.model)
            && same(&self.engine, &car.engine)
    }

    fn range(&self) -> Option<RangeInclusive<u16>> {
        self.years.map(|(from, to)| from..=to)
    }

    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.years.is_some_and(|(from, to)| from > to || from < 1900 || to > 2200) {
            return Err("years are not from and to within 1900 to 2200");
        }
        if [&self.make, &self.model, &self.engine].into_iter().flatten().any(|name| plain(name).is_empty()) {
            return Err("a name without a letter or digit");
        }
        if self.model.is_some() && self.make.is_none() {
            return Err("model without make");
        }
        if self.engine.is_some() && self.model.is_none() {
            return Err("engine without model");
        }
        Ok(())
    }

    /// The more it names, the higher: engine before model before make before years, fewer years before many.
    fn rank(&self) -> (bool, bool, bool, u16) {
        let few = self.years.map_or(0, |(from, to)| u16::MAX - to.saturating_sub(from));
        (self.engine.is_some(), self.model.is_some(), self.make.is_some(), few)
    }

    /// Whether one car may be among both.
    fn meets(&self, other: &Self) -> bool {
        let may = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (Some(one), Some(other)) => plain(one) == plain(other),
            _ => true,
        };
        let years = match (self.years, other.years) {
            (Some((from, to)), Some((other_from, other_to))) => from <= other_to && other_from <= to,
            _ => true,
        };
        years
            && may(&self.make, &other.make)
            && may(&self.model, &other.model)
            && may(&self.engine, &other.engine)
    }
}

impl fmt::Display for Fits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_generic() {
            return f.write_str("any car");
        }
        let years =
            self.years.map(|(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") });
        let names = [years.as_ref(), self.make.as_ref(), self.model.as_ref(), self.engine.as_ref()];
        let words: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        f.write_str(&words.join(" "))
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Several schedules, of which each car gets the one that fits it most closely.
///
/// Engine is closer than model, model closer than make, make closer than years, few years closer than many. Two packs
/// that are equally close to one car are refused when they are loaded, so that the order of files decides nothing.
///
/// ```
/// use fixedops_odometer_core::{Car, Fits, Packs, Schedule};
/// let generic = Schedule::shipped();
/// let honda = Schedule::shipped_severe().for_cars(Fits { make: Some("Honda".into()), ..Fits::default() })?;
/// let packs = Packs::new(vec![generic, honda])?;
/// let car = Car { make: Some("honda".into()), ..Car::default() };
/// assert_eq!(packs.for_car(&car).map(|s| s.version().to_string()), Some("schedule/generic-severe/2".into()));
/// assert_eq!(packs.for_car(&Car::default()).map(|s| s.version().to_string()), Some("schedule/generic-normal/2".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packs(Vec<Schedule>);

impl Packs {
    /// Packs that can be told apart for every car.
    ///
    /// # Errors
    /// [`PacksError`] naming both of a pair that cannot, or where there is none at all.
    pub fn new(mut packs: Vec<Schedule>) -> Result<Self, PacksError> {
        if packs.is_empty() {
            return Err(PacksError::None);
        }
        packs.sort_by(|one, other| {
            other.fits().rank().cmp(&one.fits().rank()).then_with(|| one.version().cmp(other.version()))
        });
        for (place, one) in packs.iter().enumerate() {
            let later = packs.iter().skip(place.saturating_add(1));
            let mut equal = later.take_while(|other| other.fits().rank() == one.fits().rank());
            if let Some(other) = equal.find(|other| other.fits().meets(one.fits())) {
                let (first, second) = (one.version().clone(), other.version().clone());
                return Err(PacksError::Tie { first, second, cars: one.fits().to_string() });
            }
        }
        Ok(Self(packs))
    }

    /// The schedule that fits `car` most closely; None where none fits and none is generic.
    #[must_use]
    pub fn for_car(&self, car: &Car) -> Option<&Schedule> {
        self.0.iter().find(|schedule| schedule.fits().fits(car))
    }

    /// All of them, the closest first.
    pub fn iter(&self) -> impl Iterator<Item = &Schedule> {
        self.0.iter()
    }
}

/// Why packs were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PacksError {
    /// Not one schedule.
    #[error("packs: there is no schedule")]
    None,
    /// Two that are equally close to one car.
    #[error("packs: {first} and {second} are equally close to {cars}")]
    Tie {
        /// One.
        first: PolicyVersion,
        /// The other.
        second: PolicyVersion,
        /// The cars of the first.
        cars: String,
    },
}

#[cfg(all(test, feature = "serde"))]
#[allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]
mod tests {
    use super::*;

    fn pack(name: &str, fits: &str) -> Schedule {
        let text = format!(
            "version = \"{name}\"\neffective = 2026-01-01\nsource = \"test\"\n[fits]\n{fits}\n[[service]]\nservice = \"oil_service\"\nmonths = 12\n"
        );
        Schedule::from_toml(&text).unwrap()
    }

    fn all() -> Vec<Schedule> {
        vec![
            pack("any", ""),
            pack("years", "years = [2019, 2019]"),
            pack("honda", "make = \"Honda\""),
            pack("honda-new", "make = \"Honda\"\nyears = [2020, 2030]"),
            pack("crv", "make = \"honda\"\nmodel = \"CR-V\""),
            pack("crv-2017", "make = \"honda\"\nmodel = \"CRV\"\nyears = [2017, 2022]"),
            pack("crv-2019", "make = \"honda\"\nmodel = \"CRV\"\nyears = [2019, 2019]"),
            pack("crv-hybrid", "make = \"honda\"\nmodel = \"CR V\"\nengine = \"2.0 Hybrid\""),
        ]
    }

    /// i21: the maker's schedule by year, make, model and engine.
    #[test]
    fn i21_the_pack_that_fits_most_closely_wins_whatever_the_order_of_files() {
        let mut backwards = all();
        backwards.reverse();
        for packs in [Packs::new(all()).unwrap(), Packs::new(backwards).unwrap()] {
            for (year, make, model, engine, expected) in [
                (None, None, None, None, "any"),
                (Some(2019), Some("Kia"), Some("Rio"), None, "years"),
                (Some(2018), Some("Honda"), Some("Fit"), None, "honda"),
                (Some(2019), Some("Honda"), Some("Fit"), None, "honda"),
                (Some(2021), Some("Honda"), Some("Fit"), None, "honda-new"),
                (Some(2010), Some("HONDA"), Some("crv"), None, "crv"),
                (Some(2018), Some("HONDA"), Some("crv"), None, "crv-2017"),
                (Some(2019), Some("HONDA"), Some("crv"), Some("1.5T"), "crv-2019"),
                (Some(2019), Some("HONDA"), Some("crv"), Some("2.0 hybrid"), "crv-hybrid"),
                (None, Some("HONDA"), Some("crv"), None, "crv"),
            ] {
                let own = |text: Option<&str>| text.map(str::to_owned);
                let car = Car { year, make: own(make), model: own(model), engine: own(engine) };
                assert_eq!(packs.for_car(&car).unwrap().version().to_string(), expected, "{car:?}");
            }
        }
    }

    #[test]
    fn packs_that_are_equally_close_to_a_car_are_refused_by_name() {
        for (one, other) in [
            ("", ""),
            ("make = \"Honda\"", "make = \"HONDA\""),
            ("make = \"Kia\"\nyears = [2010, 2012]", "make = \"Kia\"\nyears = [2012, 2014]"),
        ] {
            let error = Packs::new(vec![pack("b", other), pack("a", one)]).unwrap_err();
            assert!(error.to_string().starts_with("packs: a and b are equally close"), "{error}");
        }
        for (one, other) in [
            ("make = \"Honda\"", "make = \"Kia\""),
            ("make = \"Kia\"\nyears = [2010, 2012]", "make = \"Kia\"\nyears = [2013, 2015]"),
            ("make = \"Kia\"\nyears = [2010, 2012]", "make = \"Kia\"\nyears = [2012, 2015]"),
        ] {
            Packs::new(vec![pack("a", one), pack("b", other)]).unwrap();
        }
        assert_eq!(Packs::new(Vec::new()), Err(PacksError::None));
    }

    #[test]
    fn without_a_generic_plan_a_car_may_have_none() {
        let packs = Packs::new(vec![pack("honda", "make = \"Honda\"")]).unwrap();
        assert_eq!(packs.for_car(&Car::default()), None);
    }
}
