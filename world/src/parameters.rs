//! How the store behaves: every figure with its source, read from TOML and checked at the door.

use core::fmt;

use fixedops_vocab::{OpCode, RooftopId, SellerId, ServiceId};
use serde::Deserialize;

/// A frequency, from 0 to 1.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The frequency.
    pub value: f64,
    /// Where it comes from.
    pub source: String,
}

/// A figure that is no frequency: miles, days, hours, a spread. Zero or more.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// The figure.
    pub value: f64,
    /// Where it comes from.
    pub source: String,
}

pub(crate) trait Figure {
    fn figure(&self) -> (f64, &str);
    fn most(&self) -> f64;
    fn is_share(&self) -> bool;
}

impl Figure for Share {
    fn figure(&self) -> (f64, &str) {
        (self.value, &self.source)
    }
    fn most(&self) -> f64 {
        1.0
    }
    fn is_share(&self) -> bool {
        true
    }
}

impl Figure for Amount {
    fn figure(&self) -> (f64, &str) {
        (self.value, &self.source)
    }
    fn most(&self) -> f64 {
        1e6
    }
    fn is_share(&self) -> bool {
        false
    }
}

/// Checks a figure: within its range, and from somewhere.
pub(crate) fn figure(name: &str, figure: &dyn Figure) -> Result<(), ParametersError> {
    let (value, source) = figure.figure();
    if !(0.0..=figure.most()).contains(&value) {
        return Err(ParametersError::OutOfRange(name.to_owned()));
    }
    if source.trim().is_empty() { Err(ParametersError::NoSource(name.to_owned())) } else { Ok(()) }
}

macro_rules! group {
    ($(#[$doc:meta])* $name:ident: $($kind:ident { $($field:ident)+ })+) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs, reason = "parameters.toml says beside each figure what it is and where it comes from")]
        pub struct $name {
            $($(pub $field: $kind,)+)+
        }

        impl $name {
            fn each<'a>(&'a self, see: &mut dyn FnMut(&'static str, &'a dyn Figure)) {
                $($(see(stringify!($field), &self.$field);)+)+
            }
        }
    };
}

group! {
    /// Of all vehicles, those that are no customer's; the rest are retail.
    Units: Share { stock loaner fleet employee }
}
group! {
    /// What the DMS knows of customers, and what they signed.
    People: Share {
        second_car household_with_next phone_with_next phone_missing phone_bad phone_of_another mail_missing
        mail_bad zip_missing other_state opt_out block_automatic block_phone block_mail consent_written
        consent_number_only signs_at_visit
    }
}
group! {
    /// Faults of VINs.
    Vins: Share { missing wrong_check_digit short }
}
group! {
    /// How cars are driven.
    Driving: Share { new_habit new_driver idle } Amount {
        yearly_miles yearly_miles_spread season uneven uneven_long uneven_spread idle_days
    }
}
group! {
    /// What owners do by themselves.
    Owners: Share {
        loyal late elsewhere loyal_here late_here elsewhere_here never_here booked_first sold conquest
        traded_in
    }
}
group! {
    /// Visits and what they are for.
    Visits: Share { repair warranty recall comeback rotation inspected } Amount { history_years }
}
group! {
    /// Technicians and the gate.
    Inspections: Share { photos_skipped photo_reused incomplete exemption left_blocked }
}
group! {
    /// What customers say to recommended lines.
    Answers: Share {
        red_few red_some red_many yellow_few yellow_some yellow_many deferred never_answered noted_on_order own_words
        recovered
    }
}
group! {
    /// How records of orders go wrong.
    Orders: Share { back_dated reopened voided split late repeated goodwill }
}
group! {
    /// Odometers mistyped at write-up.
    Typos: Share { dropped_digit extra_digit transposed zero kilometres other_car }
}
group! {
    /// What a message does.
    Touches: Share {
        text_undelivered mail_bounced text_preview mail_scanned text_clicked mail_clicked click_books text_replied
        mail_replied mileage_told text_opted_out mail_unsubscribed calls_in call_answered call_books call_opted_out reply_books
    } Amount { fatigue irrelevant }
}
group! {
    /// What is left of the response to a touch about declined work.
    Declined: Share { noticed remembered } Amount { half_days response }
}
group! {
    /// What becomes of appointments.
    Appointments: Share { shown cancelled moved confirmed }
}
group! {
    /// Devices in cars.
    Devices: Share { odometer gps silent repeated late gap drift thrown } Amount { odometer_every_days }
}
group! {
    /// The DMS as a machine.
    Dms: Share { outage } Amount { down_from_hour down_hours note_limit }
}
group! {
    /// When oil is truly due.
    Oil: Amount { miles months }
}

/// How a part wears: from `new` down by what is driven and by age. At or under `yellow` and `red` the technician
/// finds it so; at or under `gone` the owner had it done somewhere in between.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "said above, and in parameters.toml")]
pub struct WearLaw {
    pub section: String,
    pub item: String,
    pub new: f64,
    pub per_10k_miles: f64,
    pub per_year: f64,
    pub yellow: f64,
    pub red: f64,
    pub spread: f64,
    pub gone: f64,
    #[serde(default)]
    pub measure: Option<String>,
    #[serde(default)]
    pub unit: Option<String>,
    #[serde(default)]
    pub places: Vec<String>,
}

/// An operation as the store writes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Its code.
    pub op_code: OpCode,
    /// The service it is, where a schedule knows it.
    #[serde(default)]
    pub service: Option<ServiceId>,
    /// In words.
    pub description: String,
    /// Its usual price in cents.
    pub cents: i32,
    /// What an inspection looks at, if it does.
    #[serde(default)]
    pub wear: Option<WearLaw>,
}

/// A store.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "an address is its fields")]
pub struct StoreSeat {
    pub seller: SellerId,
    pub rooftop: RooftopId,
    pub dealer_name: String,
    pub street: String,
    pub city: String,
    pub state: String,
    pub zip: String,
    pub zip_prefix: String,
    pub zone: Zone,
    pub latitude: f64,
    pub longitude: f64,
    pub area_codes: Vec<u16>,
}

/// Another state that customers come from.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "two letters, two digits and a list")]
pub struct Away {
    pub state: String,
    pub zip_prefix: String,
    pub area_codes: Vec<u16>,
}

/// A make and its models.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "a make and its models")]
pub struct Make {
    pub make: String,
    pub models: Vec<String>,
}

/// First and last names.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "two lists")]
pub struct Names {
    pub first: Vec<String>,
    pub last: Vec<String>,
}

/// A reason to decline: its code, how often among all, and in words.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "said above")]
pub struct DeclineReason {
    pub code: String,
    pub weight: u32,
    pub words: Vec<String>,
}

/// A recovery of declined work that somebody claims: how strongly customers must respond for it to come about.
///
/// Its percent are of the declined lines (each order and line once) of a store that runs on the plan
/// `declined_recovery_30_60_90_120/2`: the share whose work is done here within 210 days of the decline, less the same share
/// of the same store where nothing is said of declined work. Who would have come anyway is not in it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Of the declined lines, brought back, in percent.
    pub percent: u32,
    /// Multiplies the response to touches about declined work ([`Declined::response`]).
    pub response: f64,
    /// How it was fitted.
    pub source: String,
}

/// How the store behaves.
///
/// ```
/// use fixedops_world::Parameters;
/// let parameters = Parameters::shipped();
/// assert_eq!(parameters.appointments.shown.value, 0.82);
/// assert!(parameters.appointments.shown.source.contains("Xtime"));
/// assert!(Parameters::from_toml("version = \"mine/1\"").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each group says what it is")]
pub struct Parameters {
    pub version: String,
    pub units: Units,
    pub people: People,
    pub vins: Vins,
    pub driving: Driving,
    pub owners: Owners,
    pub visits: Visits,
    pub inspection: Inspections,
    pub answers: Answers,
    pub orders: Orders,
    pub typos: Typos,
    pub touches: Touches,
    pub declined: Declined,
    pub appointments: Appointments,
    pub devices: Devices,
    pub dms: Dms,
    pub oil: Oil,
    #[serde(rename = "operation")]
    pub operations: Vec<Operation>,
    #[serde(rename = "store")]
    pub stores: Vec<StoreSeat>,
    pub away: Vec<Away>,
    #[serde(rename = "model")]
    pub makes: Vec<Make>,
    pub names: Names,
    #[serde(rename = "decline")]
    pub declines: Vec<DeclineReason>,
    #[serde(rename = "scenario", default)]
    pub scenarios: Vec<Scenario>,
}

impl Parameters {
    /// Reads and checks parameters.
    ///
    /// # Errors
    /// [`ParametersError`] names the figure or the line.
    pub fn from_toml(text: &str) -> Result<Self, ParametersError> {
        let parameters: Self =
            toml::from_str(text).map_err(|error| ParametersError::Toml(error.to_string()))?;
        parameters.check()?;
        Ok(parameters)
    }

    /// The shipped ones.
    ///
    /// # Panics
    /// Never: a test reads them.
    #[must_use]
    pub fn shipped() -> Self {
        #[allow(clippy::panic, reason = "shipped with the crate and read by its tests")]
        Self::from_toml(include_str!("../parameters.toml"))
            .unwrap_or_else(|error| panic!("shipped parameters: {error}"))
    }

    /// The same world in a scenario of recovery, by its percent; None where no such scenario was fitted.
    ///
    /// ```
    /// use fixedops_world::Parameters;
    /// let of = |percent| Parameters::shipped().in_scenario(percent).map(|p| p.declined.response.value);
    /// assert!(of(6) < of(12) && of(12) < of(20));
    /// assert_eq!(of(99), None);
    /// ```
    #[must_use]
    pub fn in_scenario(mut self, percent: u32) -> Option<Self> {
        let scenario = self.scenarios.iter().find(|scenario| scenario.percent == percent)?;
        self.declined.response = Amount { value: scenario.response, source: scenario.source.clone() };
        Some(self)
    }

    /// Every frequency: its name (`group.figure`) and its value.
    #[must_use]
    pub fn shares(&self) -> Vec<(String, f64)> {
        let mut shares = Vec::new();
        self.each(&mut |group, name, figure| {
            if figure.is_share() {
                shares.push((format!("{group}.{name}"), figure.figure().0));
            }
        });
        shares
    }

    fn each<'a>(&'a self, see: &mut dyn FnMut(&'static str, &'static str, &'a dyn Figure)) {
        macro_rules! groups {
            ($($group:ident)+) => { $(self.$group.each(&mut |name, figure| see(stringify!($group), name, figure));)+ };
        }
        groups!(units people vins driving owners visits inspection answers orders typos touches declined appointments
                devices dms oil);
    }

    fn check(&self) -> Result<(), ParametersError> {
        let mut right = Ok(());
        self.each(&mut |group, name, of| {
            if right.is_ok() {
                right = figure(&format!("{group}.{name}"), of);
            }
        });
        right?;
        let Self { units, people, owners, vins, typos, .. } = self;
        for (name, parts) in [
            ("units", vec![&units.stock, &units.loaner, &units.fleet, &units.employee]),
            ("people.consent", vec![&people.consent_written, &people.consent_number_only]),
            ("people.phone", vec![&people.phone_missing, &people.phone_bad]),
            ("people.mail", vec![&people.mail_missing, &people.mail_bad]),
            ("owners", vec![&owners.loyal, &owners.late, &owners.elsewhere]),
            ("vins", vec![&vins.missing, &vins.wrong_check_digit, &vins.short]),
            (
                "typos",
                vec![
                    &typos.dropped_digit,
                    &typos.extra_digit,
                    &typos.transposed,
                    &typos.zero,
                    &typos.kilometres,
                    &typos.other_car,
                ],
            ),
        ] {
            if parts.iter().map(|part| part.value).sum::<f64>() > 1.0 {
                return Err(ParametersError::MoreThanAll(name));
            }
        }
        let lists = [
            ("store", self.stores.is_empty() || self.stores.iter().any(|store| store.area_codes.is_empty())),
            ("away", self.away.is_empty() || self.away.iter().any(|away| away.area_codes.is_empty())),
            ("model", self.makes.is_empty() || self.makes.iter().any(|make| make.models.is_empty())),
            ("names", self.names.first.is_empty() || self.names.last.is_empty()),
            ("decline", !self.declines.iter().any(|reason| reason.weight > 0 && !reason.words.is_empty())),
        ];
        if let Some((name, _)) = lists.into_iter().find(|(_, empty)| *empty) {
            return Err(ParametersError::Empty(name));
        }
        for op_code in ["LOF", "ROT", "MPI", "DIAG", "WARR", "RECALL", "CMBK"] {
            if !self.operations.iter().any(|operation| operation.op_code.as_str() == op_code) {
                return Err(ParametersError::NoOperation(op_code));
            }
        }
        if self.oil.miles.value < 500.0 || self.oil.months.value < 1.0 {
            return Err(ParametersError::OutOfRange("oil".to_owned()));
        }
        for operation in &self.operations {
            if operation.wear.as_ref().is_some_and(|law| law.yellow <= law.red) {
                return Err(ParametersError::OutOfRange(format!("wear of {}", operation.op_code)));
            }
        }
        for scenario in &self.scenarios {
            let name = || format!("scenario {}", scenario.percent);
            if !(0.0..=100.0).contains(&scenario.response) || scenario.percent > 100 {
                return Err(ParametersError::OutOfRange(name()));
            }
            if scenario.source.trim().is_empty() {
                return Err(ParametersError::NoSource(name()));
            }
        }
        if self.declined.half_days.value < 1.0 {
            return Err(ParametersError::OutOfRange("declined.half_days".to_owned()));
        }
        if self.devices.odometer_every_days.value < 1.0 {
            return Err(ParametersError::OutOfRange("devices.odometer_every_days".to_owned()));
        }
        Ok(())
    }
}

/// Why parameters were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParametersError {
    /// No TOML, or not of this form; the text names the line.
    #[error("parameters do not read: {0}")]
    Toml(String),
    /// A share outside 0 to 1, or an amount that is negative or absurd.
    #[error("{0} is out of range")]
    OutOfRange(String),
    /// A figure that does not say where it comes from.
    #[error("{0} names no source")]
    NoSource(String),
    /// Shares that exclude each other are together more than 1.
    #[error("the shares of {0} are together more than 1")]
    MoreThanAll(&'static str),
    /// A list that must not be empty.
    #[error("{0} is empty, or a list in it")]
    Empty(&'static str),
    /// An operation every store has.
    #[error("the operation {0} is missing")]
    NoOperation(&'static str),
}

/// A zone of the IANA database, read by its name.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Zone(pub chrono_tz::Tz);

impl TryFrom<String> for Zone {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        name.parse().map(Self).map_err(|_| format!("{name:?} is no time zone"))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}
