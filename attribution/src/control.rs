use core::fmt;
use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use fixedops_vocab::{HouseholdId, PolicyVersion, ProgramId, SellerId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::word::words;

/// The secret under which households are placed: HMAC-SHA-256 (RFC 2104).
///
/// Whoever does not hold it cannot know or choose a household's place. Another key places everyone anew, so it is kept
/// for as long as an experiment runs, on every machine the same.
#[derive(Clone)]
pub struct ControlKey([u8; 32]);

impl ControlKey {
    /// A key from 32 secret bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A place from 0 up to and without 10,000; each part goes in with its length in front, so that two lists of parts
    /// never make one text.
    fn place(&self, parts: &[&str]) -> u16 {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("an HMAC takes a key of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let leading = digest.iter().take(8).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        u16::try_from((leading * PLACES) >> 64).unwrap_or(u16::MAX)
    }
}

const PLACES: u128 = 10_000;

impl fmt::Debug for ControlKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ControlKey(***)")
    }
}

/// Part of a year over which a household keeps its place, written `2026/1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Season {
    year: i32,
    part: u32,
}

impl fmt::Display for Season {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.year, self.part)
    }
}

words! {
    /// Where a household stands in a programme.
    #[allow(clippy::exhaustive_enums, reason = "callers must handle both")]
    Arm {
        /// Spoken to.
        Treated = "treated",
        /// Left alone, to see what comes anyway.
        Control = "control",
    }
}

/// A programme whose messages may be withheld from some, with the share that is left alone.
///
/// There is no other way to one than [`Controls::withholdable`], and that knows no recall and no safety programme: what
/// has no such value cannot be placed, so it is sent to everyone it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withholdable {
    program: ProgramId,
    control_percent: u8,
    plans: BTreeMap<String, u8>,
}

impl Withholdable {
    /// The programme.
    #[must_use]
    pub const fn program(&self) -> &ProgramId {
        &self.program
    }

    /// The share of households left alone, in percent (0 to 50).
    #[must_use]
    pub const fn control_percent(&self) -> u8 {
        self.control_percent
    }

    /// Plans tried side by side among those spoken to, with their weights in percent; empty where there is one plan for
    /// all.
    #[must_use]
    pub const fn plans(&self) -> &BTreeMap<String, u8> {
        &self.plans
    }
}

/// A household's place in a programme for a season: what is journalled, for those who are left alone too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct Placement {
    /// The programme.
    pub program: ProgramId,
    /// The season at the opening of the case. It holds for the whole sequence, should the season turn meanwhile.
    pub season: Season,
    /// Spoken to, or left alone.
    pub arm: Arm,
    /// Which plan those spoken to get, where the programme tries several.
    pub plan: Option<String>,
    /// The version of the shares.
    pub policy: PolicyVersion,
}

/// The shares per programme, under their version. Data, not code.
///
/// The place of a household comes from a keyed hash of seller, household, programme and season alone: it is the same
/// after a restart and on every machine, and two vehicles or owners of one household have one place.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use fixedops_attribution::{ControlKey, Controls};
/// let controls = Controls::shipped();
/// let mileage = controls.withholdable(&"mileage_due".parse()?).expect("a programme with a share");
/// let season = controls.season("2026-03-02".parse()?);
/// let place = |household: &str| -> Result<_, Box<dyn std::error::Error>> {
///     Ok(controls.place(&ControlKey::new([7; 32]), &"main-street".parse()?, &household.parse()?, mileage, season))
/// };
/// assert_eq!(place("h-17")?, place("h-17")?);
/// assert!(controls.withholdable(&"recall".parse()?).is_none(), "a recall reaches everyone");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A [`Withholdable`] cannot be made by hand:
///
/// ```compile_fail
/// let recall = fixedops_attribution::Withholdable { program: "recall".parse().unwrap(), control_percent: 10 };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controls {
    version: PolicyVersion,
    season_months: u8,
    first_month: u8,
    programmes: BTreeMap<ProgramId, Withholdable>,
}

/// The share of one programme.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Share {
    /// The programme.
    pub program: ProgramId,
    /// The share left alone, in percent: 0 to 50.
    pub control_percent: u8,
    /// Plans tried side by side among those spoken to, with their weights in percent, which add up to 100; empty: one
    /// plan for all.
    pub plans: BTreeMap<String, u8>,
}

/// Words that a programme's id holds where nothing may ever be withheld.
const NEVER: [&str; 2] = ["recall", "safety"];

impl Controls {
    /// Shares under a version of their own; seasons are parts of a year of `season_months` months (1, 2, 3, 4, 6 or
    /// 12).
    ///
    /// # Errors
    /// [`ControlsError`], naming the programme.
    pub fn new(
        version: PolicyVersion,
        season_months: u8,
        shares: impl IntoIterator<Item = Share>,
    ) -> Result<Self, ControlsError> {
        if ![1, 2, 3, 4, 6, 12].contains(&season_months) {
            return Err(ControlsError::Season(season_months));
        }
        let mut programmes = BTreeMap::new();
        for Share { program, control_percent, plans } in shares {
            if NEVER.iter().any(|word| program.as_str().to_lowercase().contains(word)) {
                return Err(ControlsError::NeverWithheld(program));
            }
            if control_percent > 50 {
                return Err(ControlsError::TooLarge(program, control_percent));
            }
            if !plans.is_empty() && plans.values().map(|weight| u32::from(*weight)).sum::<u32>() != 100 {
                return Err(ControlsError::Weights(program));
            }
            let programme = Withholdable { program: program.clone(), control_percent, plans };
            if programmes.insert(program.clone(), programme).is_some() {
                return Err(ControlsError::Twice(program));
            }
        }
        Ok(Self { version, season_months, first_month: 1, programmes })
    }

    /// The same with a year of seasons that begins in another month than January (1 to 12). A season is named after the
    /// year in which its year of seasons begins.
    ///
    /// ```
    /// # #[cfg(feature = "serde")] {
    /// # use fixedops_attribution::Controls;
    /// let controls = Controls::shipped().beginning_in(12)?;
    /// assert_eq!(controls.season("2027-01-15".parse()?).to_string(), "2026/1");
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ControlsError::FirstMonth`].
    pub fn beginning_in(mut self, first_month: u8) -> Result<Self, ControlsError> {
        if !(1..=12).contains(&first_month) {
            return Err(ControlsError::FirstMonth(first_month));
        }
        self.first_month = first_month;
        Ok(self)
    }

    /// The version.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// The programme, if some households may be left out of it. `None`: everyone is spoken to.
    #[must_use]
    pub fn withholdable(&self, program: &ProgramId) -> Option<&Withholdable> {
        self.programmes.get(program)
    }

    /// Every programme with a share of its own, by id.
    pub fn shares(&self) -> impl Iterator<Item = &Withholdable> {
        self.programmes.values()
    }

    /// The season of a civil date.
    #[must_use]
    pub fn season(&self, date: NaiveDate) -> Season {
        let first = u32::from(self.first_month.saturating_sub(1));
        let (year, month) = match date.month0().checked_sub(first) {
            Some(month) => (date.year(), month),
            None => (date.year().saturating_sub(1), date.month0() + 12 - first),
        };
        Season { year, part: month / u32::from(self.season_months) + 1 }
    }

    /// Where `household` stands in `programme` in `season`. A person known to no household is one by himself: give his
    /// own id.
    #[must_use]
    pub fn place(
        &self,
        key: &ControlKey,
        seller: &SellerId,
        household: &HouseholdId,
        programme: &Withholdable,
        season: Season,
    ) -> Placement {
        let season_text = season.to_string();
        let place_for = |what| {
            key.place(&[what, seller.as_str(), household.expose(), programme.program.as_str(), &season_text])
        };
        let control = place_for("control") < u16::from(programme.control_percent) * 100;
        let plan = (!control && !programme.plans.is_empty()).then(|| {
            let (place, mut upto) = (place_for("plan"), 0);
            let chosen = programme.plans.iter().find(|(_, weight)| {
                upto += u16::from(**weight) * 100;
                place < upto
            });
            chosen.or(programme.plans.last_key_value()).map(|(plan, _)| plan.clone())
        });
        Placement {
            program: programme.program.clone(),
            season,
            arm: if control { Arm::Control } else { Arm::Treated },
            plan: plan.flatten(),
            policy: self.version.clone(),
        }
    }
}

/// Why shares were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlsError {
    /// The TOML does not read: the message names line and column, or the key.
    #[error("{0}")]
    Unreadable(String),
    /// A rule or programme without the source it was taken from.
    #[error("{0}: the source is empty")]
    NoSource(String),
    /// Recall and safety messages reach everyone.
    #[error("{0}: recall and safety messages are never withheld")]
    NeverWithheld(ProgramId),
    /// More than half would be left alone.
    #[error("{0}: {1} percent, more than 50, would be left alone")]
    TooLarge(ProgramId, u8),
    /// The weights of the plans do not add up to 100.
    #[error("{0}: the weights of the plans do not add up to 100")]
    Weights(ProgramId),
    /// The programme is named twice.
    #[error("{0}: named twice")]
    Twice(ProgramId),
    /// No part of a year.
    #[error("season_months: {0} is not 1, 2, 3, 4, 6 or 12")]
    Season(u8),
    /// No month.
    #[error("first_month: {0} is not 1 to 12")]
    FirstMonth(u8),
}

#[cfg(feature = "serde")]
mod file {
    use super::{BTreeMap, Controls, ControlsError, PolicyVersion, ProgramId, Share};

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        version: PolicyVersion,
        season_months: Months,
        #[serde(default)]
        first_month: Option<Months>,
        #[serde(default)]
        programme: Vec<Programme>,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Months {
        value: u8,
        source: String,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Programme {
        program: ProgramId,
        control_percent: u8,
        #[serde(default)]
        plans: BTreeMap<String, u8>,
        source: String,
    }

    impl Controls {
        /// This project's own shares, as shipped.
        #[must_use]
        pub fn shipped() -> Self {
            Self::from_toml(include_str!("../policies/control.toml"))
                .expect("the shipped shares are read by a test")
        }

        /// Shares from TOML: `version`, `season_months` with `value` and `source`, `first_month` in the same way where the
        /// year of seasons does not begin in January, and a `[[programme]]` each with
        /// `program`, `control_percent`, `source` and, for an experiment, `plans` with their weights.
        ///
        /// # Errors
        /// [`ControlsError`], naming the place.
        pub fn from_toml(text: &str) -> Result<Self, ControlsError> {
            let file: File = toml::from_str(text).map_err(|e| ControlsError::Unreadable(e.to_string()))?;
            if file.season_months.source.trim().is_empty() {
                return Err(ControlsError::NoSource("season_months".to_owned()));
            }
            if file.first_month.as_ref().is_some_and(|month| month.source.trim().is_empty()) {
                return Err(ControlsError::NoSource("first_month".to_owned()));
            }
            if let Some(bare) = file.programme.iter().find(|programme| programme.source.trim().is_empty()) {
                return Err(ControlsError::NoSource(bare.program.to_string()));
            }
            let shares = file.programme.into_iter().map(|programme| Share {
                program: programme.program,
                control_percent: programme.control_percent,
                plans: programme.plans,
            });
            Self::new(file.version, file.season_months.value, shares)?
                .beginning_in(file.first_month.map_or(1, |month| month.value))
        }
    }
}
