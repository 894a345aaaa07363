use fixedops_vocab::PolicyVersion;

use crate::bank::MOST_MEMORIES;

/// What is assumed before a vehicle has taught us better: versioned constants, each with its source in the file.
///
/// ```
/// use fixedops_odometer_core::Model;
/// let model = Model::shipped();
/// assert!(model.version().as_str().starts_with("odometer-model/"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Unchecked"))]
pub struct Model {
    version: PolicyVersion,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "String::is_empty"))]
    source: String,
    pub(crate) judge: JudgeModel,
    pub(crate) repair: RepairModel,
    pub(crate) habit: HabitModel,
    pub(crate) track: TrackModel,
    pub(crate) due: DueModel,
}

/// A model as written.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    version: PolicyVersion,
    /// For the reader of the file; nothing is computed from it.
    effective: Option<toml::value::Datetime>,
    #[serde(default)]
    source: String,
    judge: JudgeModel,
    repair: RepairModel,
    habit: HabitModel,
    track: TrackModel,
    due: DueModel,
}

#[cfg(feature = "serde")]
impl TryFrom<Unchecked> for Model {
    type Error = ModelError;
    fn try_from(read: Unchecked) -> Result<Self, ModelError> {
        let Unchecked { version, source, judge, repair, habit, track, due, .. } = read;
        Self::new(version, judge, repair, habit, track, due).map(|model| Self { source, ..model })
    }
}

macro_rules! constants {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident in $least:literal..=$most:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
        pub struct $name {
            $($(#[$fdoc])* pub $field: f64,)+
        }

        impl $name {
            fn check(&self, table: &'static str) -> Result<(), ModelError> {
                $(if !($least..=$most).contains(&self.$field) {
                    return Err(ModelError::OutOfRange {
                        table, field: stringify!($field), found: self.$field, least: $least, most: $most,
                    });
                })+
                Ok(())
            }
        }
    };
}

constants! {
    /// How readings are judged.
    JudgeModel {
        /// Believable at once, miles.
        slack_miles in 0.0..=10_000.0,
        /// Believable beyond that, miles a day.
        fastest_miles_per_day in 1.0..=5_000.0,
        /// A burst that strains nothing, miles.
        burst_miles in 1.0..=10_000.0,
        /// A gain is strained from this many times the usual.
        strained_from in 1.0..=100.0,
        /// Cost of each further e-fold, in readings.
        strain_cost in 0.0..=100.0,
        /// Cost of an unusual gain that strains nothing, in readings: below a quarter, so that no reading is given up.
        odd_cost in 0.0..=0.24,
        /// A gain that is unusual by so few miles is not, miles.
        odd_miles in 1.0..=10_000.0,
        /// Days of driving at the population's rate that the usual rate starts from.
        usual_prior_days in 0.0..=10_000.0,
        /// Largest step back that is no error, miles.
        honest_reversal_miles in 0.0..=100.0,
        /// Longest time over which it is none, days.
        honest_reversal_days in 0.0..=30.0,
        /// What it costs, in readings.
        reversal_cost in 0.0..=100.0,
        /// Readings that agree after (or before) all others before they are a new (an older) cluster.
        shift_readings in 2.0..=1_000.0,
        /// And over how many days at least.
        shift_days in 0.0..=10_000.0,
        /// Cost of passing 99,999 on five digits, in readings.
        rollover_cost in 0.0..=1_000.0,
        /// Five digits may be about to begin again from here, miles.
        rollover_from_miles in 50_000.0..=100_000.0,
        /// Five digits may just have begun again up to here, miles.
        rollover_until_miles in 0.0..=50_000.0,
        /// Shortest time between two readings, days: a date without a time may hide so much.
        least_days in 0.0..=1.0,
        /// The usual rate of a vehicle is at least this share of the population's.
        least_usual_share in 0.0..=1.0,
        /// What the odometer at delivery counts, in readings.
        delivery_weight in 0.0..=1_000.0,
        /// What all readings by devices count together, as a share of what people read.
        device_share in 0.0..=1.0,
        /// A reading repeated to the digit is looked at from so many days on.
        stale_days in 0.01..=10_000.0,
        /// And from so many usual miles on it was carried over, not read.
        stale_miles in 1.0..=100_000.0,
        /// So many readings off the line that agree with each other are something else's.
        other_readings in 2.0..=1_000.0,
        /// Least average speed an hour meter implies, miles an hour.
        hour_meter_mph_least in 1.0..=1_000.0,
        /// Greatest average speed an hour meter implies, miles an hour.
        hour_meter_mph_most in 1.0..=1_000.0,
        /// A reading dated so much later than it was learned of is dated wrong, days.
        future_slack_days in 0.0..=10_000.0,
        /// Readings back that the line may reach.
        reach in 1.0..=1_000.0,
        /// Least share of the readings on one line.
        least_share in 0.0..=1.0,
        /// From how many readings the share is asked.
        min_readings_for_share in 1.0..=1_000_000.0,
    }
}

constants! {
    /// How often readings go wrong in each way, and how sure a repair must be.
    RepairModel {
        /// Relative weight.
        dropped_digit in 0.0..=1_000.0,
        /// Relative weight.
        extra_digit in 0.0..=1_000.0,
        /// Relative weight.
        swapped_digits in 0.0..=1_000.0,
        /// Relative weight.
        wrong_digit in 0.0..=1_000.0,
        /// Relative weight.
        kilometres_as_miles in 0.0..=1_000.0,
        /// Relative weight.
        miles_as_kilometres in 0.0..=1_000.0,
        /// Relative weight.
        tenths_as_miles in 0.0..=1_000.0,
        /// Relative weight.
        metres_as_kilometres in 0.0..=1_000.0,
        /// How often tenths entered as miles end in 0 in a history of whole miles: the rest are read off a dial.
        tenths_of_whole in 0.0..=1.0,
        /// Relative weight of a number from nowhere.
        junk in 0.0..=1_000.0,
        /// Miles over which it is spread evenly.
        junk_spread_miles in 1.0..=10_000_000.0,
        /// Sd of the true reading at the ends of the gap between its neighbours, miles.
        bridge_sd_miles in 0.1..=1_000.0,
        /// Sd besides, as a share of the gap's miles times the root of share passed and share ahead.
        bridge_sd_share in 0.0..=10.0,
        /// Sd of the true reading after the last or before the first neighbour, miles.
        ahead_sd_miles in 0.1..=10_000.0,
        /// Sd besides, as a share of the usual miles.
        ahead_sd_share in 0.0..=10.0,
        /// Least probability of a repair.
        level in 0.5..=1.0,
    }
}

/// One memory of the bank: how fast it forgets, and how far it is believed at first.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Memory {
    /// Time constant with which it forgets, days.
    pub days: f64,
    /// Its weight before the vehicle has taught us better, relative to the others.
    pub share: f64,
}

/// How driving is carried forward.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct HabitModel {
    /// Median rate of the population, miles a day.
    pub prior_miles_per_day: f64,
    /// Days of driving the prior is worth.
    pub prior_days: f64,
    /// Least span of readings for a habit of the vehicle's own, days.
    pub least_days: f64,
    /// The averages that forget, 1 to 8 of them.
    pub memories: Vec<Memory>,
    /// Shortest time over which a rate is taken, days.
    pub gain_days: f64,
    /// How fast the bank's weights follow the errors.
    pub bank_eta: f64,
    /// Time constant with which old errors are forgotten, days.
    pub bank_forget_days: f64,
    /// Log of the median rate to come over the bank's mean.
    pub lean: f64,
    /// Log sd of the rate to come, of most vehicles.
    pub rate_log_sd: f64,
    /// How many of the vehicle's own errors that is worth.
    pub rate_log_sd_weight: f64,
    /// Added (in quadrature, over the square root of the number of gains) while a history is short.
    pub few_readings_log_sd: f64,
    /// Sd of the odometer within days, miles.
    pub burst_sd_miles: f64,
    /// Sd per square root of (rate x days), square root of miles, of most vehicles.
    pub walk_sd: f64,
    /// Least history that shows the shape of a year, days.
    pub season_least_days: f64,
    /// So many days of driving without any shape are assumed besides: more, and the shape shrinks.
    pub season_ridge_days: f64,
    /// Log sd of the rate between vehicles, for display only.
    pub population_log_sd: f64,
    /// How long a reading stands for itself, hours.
    pub read_hours: f64,
    /// How long tracked miles stand for the odometer after the last fix, hours: a parked car sends none.
    pub gps_hours: f64,
}

impl HabitModel {
    fn check(&self) -> Result<(), ModelError> {
        let fields: [(&'static str, f64, f64, f64); 17] = [
            ("prior_miles_per_day", self.prior_miles_per_day, 0.1, 1_000.0),
            ("prior_days", self.prior_days, 0.0, 10_000.0),
            ("least_days", self.least_days, 0.0, 10_000.0),
            ("gain_days", self.gain_days, 0.01, 1_000.0),
            ("bank_eta", self.bank_eta, 0.0, 100.0),
            ("bank_forget_days", self.bank_forget_days, 1.0, 100_000.0),
            ("lean", self.lean, -1.0, 1.0),
            ("rate_log_sd", self.rate_log_sd, 0.001, 5.0),
            ("rate_log_sd_weight", self.rate_log_sd_weight, 0.0, 10_000.0),
            ("few_readings_log_sd", self.few_readings_log_sd, 0.0, 5.0),
            ("burst_sd_miles", self.burst_sd_miles, 0.1, 10_000.0),
            ("walk_sd", self.walk_sd, 0.0, 1_000.0),
            ("season_least_days", self.season_least_days, 366.0, 100_000.0),
            ("season_ridge_days", self.season_ridge_days, 1.0, 1e6),
            ("population_log_sd", self.population_log_sd, 0.001, 5.0),
            ("read_hours", self.read_hours, 0.0, 1_000.0),
            ("gps_hours", self.gps_hours, 0.0, 10_000.0),
        ];
        let memories = self.memories.iter().flat_map(|memory| {
            [("memories.days", memory.days, 1.0, 1_000_000.0), ("memories.share", memory.share, 1e-6, 1e6)]
        });
        for (field, found, least, most) in fields.into_iter().chain(memories) {
            if !(least..=most).contains(&found) {
                return Err(ModelError::OutOfRange { table: "habit", field, found, least, most });
            }
        }
        if self.memories.is_empty() || self.memories.len() > MOST_MEMORIES {
            return Err(ModelError::Memories(self.memories.len()));
        }
        Ok(())
    }
}

constants! {
    /// How GPS fixes become miles.
    TrackModel {
        /// Sd of the factor between GPS and dash, before it is learned.
        scale_sd in 0.0..=1.0,
        /// The largest error of a dash against the road.
        worst_scale_error in 0.0..=1.0,
        /// Sd of the factor from one stretch to the next.
        scale_noise in 0.000_1..=1.0,
        /// A bracket further off than so many sd counts for less.
        scale_wild_sigmas in 0.5..=100.0,
        /// The factor has changed for good where brackets in a row say so by this many sd.
        scale_change_sigmas in 1.0..=100.0,
        /// No car is faster, metres a second.
        fastest_mps in 1.0..=1_000.0,
        /// How long a receiver may repeat a position while the car moves on, seconds.
        hold_seconds in 0.0..=600.0,
        /// So many fixes in a row that agree with each other, and not with the last valid one, are the car.
        rejoin_fixes in 2.0..=100.0,
        /// Noise a leg may have beyond that, metres.
        slack_metres in 0.0..=10_000.0,
        /// A fix less accurate than this by the receiver's own word is set aside, metres.
        worst_accuracy_metres in 1.0..=100_000.0,
        /// The circle that must be left for movement to be beyond doubt, metres.
        zone_metres in 1.0..=1_000.0,
        /// From how long within the circle the car counts as parked, seconds.
        parked_seconds in 1.0..=3_600.0,
        /// Slower than this is standing, metres a second.
        standing_mps in 0.0..=10.0,
        /// A longer silence is a gap, seconds.
        gap_seconds in 1.0..=86_400.0,
        /// The way of a sparse leg is longer than its chord by this share for each second beyond `bend_from_seconds`,
        stretch_per_second in 0.0..=0.01,
        /// up to this many seconds.
        stretch_until_seconds in 0.0..=86_400.0,
        /// The pace of the drive forgets this share of it a second.
        pace_forgets_per_second in 0.000_01..=1.0,
        /// Share of what the car could have driven more across a gap, at its pace, that is taken for detours,
        detour_share in 0.0..=1.0,
        /// at most so much of the straight way,
        detour_most in 0.0..=10.0,
        /// in a silence of so many seconds; fading to none in one twice as long, in which it was parked.
        detour_until_seconds in 1.0..=86_400.0,
        /// Beyond this straight line across a gap the receiver was shipped, not driven, metres.
        gap_most_metres in 1_000.0..=50_000_000.0,
        /// Sd of the way across a gap, as a share of it.
        gap_sd_share in 0.0..=2.0,
        /// Sd of a leg as a share of it.
        leg_sd_share in 0.0..=1.0,
        /// Sd of a leg besides, metres.
        leg_sd_metres in 0.0..=1_000.0,
        /// Sd that all legs have in common, as a share of the way.
        common_sd_share in 0.0..=1.0,
        /// Legs of at least so many seconds are sparse: taken for arcs of roads, not straight lines.
        bend_from_seconds in 0.0..=86_400.0,
        /// The sharpest turn taken for an arc, radians.
        bend_most_radians in 0.0..=3.2,
        /// How far ahead of the time of receipt a fix may be dated: clocks differ, seconds.
        future_seconds in 0.0..=86_400.0,
        /// A receiver silent for so long gives way to another in the car, seconds.
        device_silence_seconds in 0.0..=86_400.0,
        /// A device's own odometer is compared with GPS over stretches of so many miles.
        device_stretch_miles in 0.1..=10_000.0,
        /// A first fix must be confirmed within so many seconds,
        first_seconds in 1.0..=31_536_000.0,
        /// and within so many metres.
        first_metres in 1_000.0..=50_000_000.0,
    }
}

constants! {
    /// How far ahead due dates are looked for.
    DueModel {
        /// A due date further ahead than this is not named, days.
        horizon_days in 1.0..=36_500.0,
        /// A scheduler is told to look again within this, days.
        next_look_days in 1.0..=36_500.0,
    }
}

/// Why a model file was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Not TOML of the right shape; the text names line, column and field.
    #[error("model file: {0}")]
    Shape(String),
    /// A file says from when it holds and where its numbers come from.
    #[error("model file: {0} is missing")]
    Unsigned(&'static str),
    /// A number no model can have.
    #[error("model file: [{table}] {field} = {found} is outside {least} to {most}")]
    OutOfRange {
        /// The table.
        table: &'static str,
        /// The field.
        field: &'static str,
        /// What it says.
        found: f64,
        /// Least allowed.
        least: f64,
        /// Most allowed.
        most: f64,
    },
    /// No memory, or more than are kept.
    #[error("model file: [habit] holds {0} memories, 1 to 8 are kept")]
    Memories(usize),
}

impl Model {
    /// A model from its parts.
    ///
    /// # Errors
    /// [`ModelError`] naming the field that no model can have.
    pub fn new(
        version: PolicyVersion,
        judge: JudgeModel,
        repair: RepairModel,
        habit: HabitModel,
        track: TrackModel,
        due: DueModel,
    ) -> Result<Self, ModelError> {
        let model = Self { version, source: String::new(), judge, repair, habit, track, due };
        model.check()?;
        Ok(model)
    }

    fn check(&self) -> Result<(), ModelError> {
        self.judge.check("judge")?;
        self.repair.check("repair")?;
        self.habit.check()?;
        self.track.check("track")?;
        self.due.check("due")
    }

    /// The model that ships with this crate (`model.toml`).
    #[cfg(feature = "serde")]
    #[must_use]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../model.toml")).expect("a test reads the embedded model")
    }

    /// A model from the text of a file shaped like the shipped `model.toml`.
    ///
    /// # Errors
    /// [`ModelError`] naming the place.
    #[cfg(feature = "serde")]
    pub fn from_toml(text: &str) -> Result<Self, ModelError> {
        let read: Unchecked = toml::from_str(text).map_err(|e| ModelError::Shape(e.to_string()))?;
        if read.effective.is_none() {
            return Err(ModelError::Unsigned("effective"));
        }
        if read.source.trim().is_empty() {
            return Err(ModelError::Unsigned("source"));
        }
        Self::try_from(read)
    }

    /// The version every decision names.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// Where the numbers come from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}
