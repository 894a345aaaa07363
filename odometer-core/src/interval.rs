use chrono::{DateTime, Datelike, Days, Months, Utc};
use fixedops_vocab::{Miles, ServiceId};

use crate::{Baseline, OriginKind};

/// One service of a schedule: due after a distance or a time, whichever comes first.
///
/// The two windows around the due point make the stages: `lead_*` is the soft threshold (from there on it is due soon),
/// `grace_*` the hard one (from there on it is overdue). They belong to this rule alone: no rule lends its windows to
/// another.
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
    /// Distance from the delivery of the new car to the first, where it differs.
    #[cfg_attr(feature = "serde", serde(default, deserialize_with = "door::some_miles"))]
    pub first_distance: Option<Miles>,
    /// Months from the delivery of the new car to the first, where they differ.
    #[cfg_attr(feature = "serde", serde(default))]
    pub first_months: Option<u32>,
    /// Due once in the life of the car.
    #[cfg_attr(feature = "serde", serde(default))]
    pub once: bool,
    /// From where the miles of the next are counted.
    #[cfg_attr(feature = "serde", serde(default))]
    pub grid: Grid,
    /// From where the months of the next are counted: completion, or the anniversary of the delivery, as legal
    /// inspections do.
    #[cfg_attr(feature = "serde", serde(default))]
    pub time_grid: Grid,
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
    /// The furthest the car's own countdown may put the service off, miles after the last one: the maker's longest
    /// variable interval. None: the countdown may only bring it forward.
    #[cfg_attr(feature = "serde", serde(default, deserialize_with = "door::some_miles"))]
    pub longest_distance: Option<Miles>,
    /// The same in months.
    #[cfg_attr(feature = "serde", serde(default))]
    pub longest_months: Option<u32>,
    /// A matter of safety: it leads the visit it is done on.
    #[cfg_attr(feature = "serde", serde(default))]
    pub safety: bool,
}

/// From where the next service is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "there are these two ways")]
pub enum Grid {
    /// From where the last one was done: its odometer, its day.
    #[default]
    Rolling,
    /// At fixed points (7,500, 15,000, ... on the odometer; the anniversaries of the delivery), whenever the last one
    /// was done.
    Fixed,
}

/// No car is kept for more than a hundred years: beyond that a number is a slip.
const MOST_MONTHS: u32 = 1_200;
/// The shortest month.
const SHORTEST_MONTH: u32 = 28;

/// The whole months in which a driver of `annual_miles` a year drives a distance; at least one.
#[must_use]
pub fn calendar_months(distance: Miles, annual_miles: u32) -> u32 {
    // At most a million miles by one a year: far within a u32.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let months = (distance.as_f64() / f64::from(annual_miles.max(1)) * 12.0).round().max(1.0) as u32;
    months
}

impl IntervalRule {
    /// A rule of one service with nothing else set: neither leg, rolling, no windows.
    #[must_use]
    pub const fn of(service: ServiceId) -> Self {
        Self {
            service,
            distance: None,
            months: None,
            first_distance: None,
            first_months: None,
            once: false,
            grid: Grid::Rolling,
            time_grid: Grid::Rolling,
            lead_distance: Miles::ZERO,
            lead_days: 0,
            grace_distance: Miles::ZERO,
            grace_days: 0,
            longest_distance: None,
            longest_months: None,
            safety: false,
        }
    }

    /// The same rule as a calendar has it: instead of its miles, the whole months in which a driver of `annual_miles` a year
    /// drives them, where these are fewer than its own. A rule by time alone stays as it is.
    ///
    /// ```
    /// use fixedops_odometer_core::IntervalRule;
    /// let mut oil = IntervalRule::of("oil_service".parse()?);
    /// (oil.distance, oil.months) = (Some("7500".parse()?), Some(12));
    /// let oil = oil.by_calendar(13_476);
    /// assert_eq!((oil.distance, oil.months), (None, Some(7)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn by_calendar(&self, annual_miles: u32) -> Self {
        let sooner = |own: Option<u32>, distance: Option<Miles>| {
            own.into_iter().chain(distance.map(|miles| calendar_months(miles, annual_miles))).min()
        };
        let first_distance = self.first_distance.or(self.distance.filter(|_| self.first_months.is_some()));
        Self {
            distance: None,
            months: sooner(self.months, self.distance),
            first_distance: None,
            first_months: sooner(self.first_months, first_distance),
            ..self.clone()
        }
    }

    /// The odometer at which the next is due. None for a rule by time only, an odometer nobody knows, past the end of
    /// the odometer, a one-off already done, or one whose miles a used car had behind it when it was delivered.
    ///
    /// On a fixed grid a service done within the lead before a point counts for that point; a delivery counts for none.
    ///
    /// ```
    /// use fixedops_odometer_core::{Baseline, Schedule};
    /// use fixedops_vocab::ServiceId;
    /// let schedule = Schedule::shipped();
    /// let oil = schedule.rule(&ServiceId::new("oil_service")?).ok_or("no oil service")?;
    /// let done = Baseline::here("2026-01-05T12:00:00Z".parse()?, Some("41000".parse()?), 3);
    /// assert_eq!(oil.due_miles(&done), Some("48500".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn due_miles(&self, baseline: &Baseline) -> Option<Miles> {
        let distance = self.distance?;
        let done = baseline.miles?;
        let kind = baseline.origin.kind;
        if kind == OriginKind::Countdown || (self.once && baseline.cycle > 0) {
            return None;
        }
        let first = self.first_distance.unwrap_or(distance);
        if kind == OriginKind::DeliveredUsed && (self.once || self.first_distance.is_some()) {
            // The first one stands at its place on the odometer, if that still lies ahead.
            if done < first {
                return Some(first);
            }
            if self.once {
                return None;
            }
        }
        if self.once && self.grid == Grid::Fixed {
            return Some(first);
        }
        match self.grid {
            Grid::Rolling if baseline.cycle == 0 && kind != OriginKind::DeliveredUsed => {
                done.checked_add(first)
            }
            Grid::Rolling => done.checked_add(distance),
            Grid::Fixed => {
                let lead = if kind.is_delivery() { Miles::ZERO } else { self.lead_distance };
                let reached = done.checked_add(lead)?;
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

    /// The instant at which the time leg is due. None for a rule by distance only, a one-off already done, or a one-off
    /// of a used car, whose age nobody told.
    ///
    /// On a fixed grid the points are the anniversaries of [`Baseline::grid_from`]; a service done within the lead days
    /// before one counts for it. A month that is too short ends on its last day, and the next point is counted from the
    /// beginning again: the 31st stays the 31st.
    ///
    /// ```
    /// use fixedops_odometer_core::{Baseline, Grid, IntervalRule};
    /// let rolling = IntervalRule { months: Some(12), ..IntervalRule::of("state_inspection".parse()?) };
    /// let anniversary = IntervalRule { time_grid: Grid::Fixed, ..rolling.clone() };
    /// let late = Baseline::here("2025-05-01T12:00:00Z".parse()?, None, 1).on_grid_from("2024-03-15T00:00:00Z".parse()?);
    /// assert_eq!(rolling.due_by(&late), Some("2026-05-01T12:00:00Z".parse()?));
    /// assert_eq!(anniversary.due_by(&late), Some("2026-03-15T00:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn due_by(&self, baseline: &Baseline) -> Option<DateTime<Utc>> {
        let months = self.months?;
        let kind = baseline.origin.kind;
        if kind == OriginKind::Countdown
            || (self.once && (baseline.cycle > 0 || kind == OriginKind::DeliveredUsed))
        {
            return None;
        }
        let first = self.first_months.unwrap_or(months);
        match (self.time_grid, baseline.grid_from) {
            (Grid::Rolling, _) => {
                let is_first = baseline.cycle == 0 && kind != OriginKind::DeliveredUsed;
                months_after(baseline.done_at, if is_first { first } else { months })
            }
            // The grid begins with what is known: one interval on.
            (Grid::Fixed, None) => months_after(baseline.done_at, months),
            (Grid::Fixed, Some(begins)) => {
                let lead = if kind.is_delivery() { 0 } else { self.lead_days };
                let reached = baseline.done_at.checked_add_days(Days::new(lead.into()))?;
                first_point_after(begins, first, months, reached)
            }
        }
    }

    pub(crate) fn check(&self) -> Result<(), &'static str> {
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
        if self.months.max(self.first_months).max(self.longest_months) > Some(MOST_MONTHS) {
            return Err("more than 1200 months");
        }
        if self.distance.is_none() && self.first_distance.is_some() {
            return Err("first_distance without distance");
        }
        if self.months.is_none() && self.first_months.is_some() {
            return Err("first_months without months");
        }
        let shortest = self.distance.min(self.first_distance.or(self.distance));
        if shortest.is_some_and(|distance| self.lead_distance >= distance) {
            return Err("lead_distance is not shorter than distance and first_distance");
        }
        let shortest = self.months.min(self.first_months.or(self.months));
        if shortest.is_some_and(|months| self.lead_days >= months.saturating_mul(SHORTEST_MONTH)) {
            return Err("lead_days are not fewer than the days of months and first_months");
        }
        if self.longest_distance.is_some_and(|longest| Some(longest) < self.distance) {
            return Err("longest_distance is shorter than distance");
        }
        if self.longest_months.is_some_and(|longest| Some(longest) < self.months) {
            return Err("longest_months are fewer than months");
        }
        Ok(())
    }
}

pub(crate) fn months_after(from: DateTime<Utc>, months: u32) -> Option<DateTime<Utc>> {
    from.checked_add_months(Months::new(months))
}

/// The first of the points `begins + first + k * step` months that lies after `reached`.
fn first_point_after(
    begins: DateTime<Utc>,
    first: u32,
    step: u32,
    reached: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let point =
        |k: u32| step.checked_mul(k).and_then(|m| m.checked_add(first)).and_then(|m| months_after(begins, m));
    let month = |at: DateTime<Utc>| i64::from(at.year()) * 12 + i64::from(at.month0());
    let passed = month(reached) - month(begins) - i64::from(first);
    // One early at most: the day of the month decides between this point and the next.
    let mut k = u32::try_from(passed.checked_div(i64::from(step))?.max(0)).ok()?;
    while point(k)? <= reached {
        k = k.checked_add(1)?;
    }
    point(k)
}

/// How distances stand in a file: whole miles, or the text with a decimal in what we wrote ourselves.
#[cfg(feature = "serde")]
pub(crate) mod door {
    use fixedops_vocab::Miles;
    use serde::{Deserialize, Deserializer, de::Error};

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

    pub(crate) fn miles<'de, D: Deserializer<'de>>(from: D) -> Result<Miles, D::Error> {
        Distance::deserialize(from)?.miles()
    }

    pub(crate) fn some_miles<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Miles>, D::Error> {
        Option::<Distance>::deserialize(from)?.map(Distance::miles).transpose()
    }
}

#[cfg(all(test, feature = "serde"))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the way to fail")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Schedule;

    pub(crate) fn rule(text: &str) -> IntervalRule {
        let file = format!(
            "version = \"v\"\neffective = 2026-01-01\nsource = \"test\"\n[[service]]\nservice = \"oil_service\"\n{text}"
        );
        Schedule::from_toml(&file).unwrap().rules()[0].clone()
    }

    fn at(day: &str) -> DateTime<Utc> {
        format!("{day}T12:00:00Z").parse().unwrap()
    }

    fn whole(miles: u32) -> Miles {
        Miles::from_whole(miles).unwrap()
    }

    #[test]
    fn the_next_service_is_counted_from_the_right_place() {
        let rolling = "distance = 7500\n";
        let fixed = "distance = 7500\ngrid = \"fixed\"\nlead_distance = 500\n";
        let first = "distance = 10000\nfirst_distance = 1000\n";
        let grid_first = "distance = 10000\nfirst_distance = 1000\ngrid = \"fixed\"\nlead_distance = 900\n";
        let once = "distance = 100000\nonce = true\n";
        let plugs = "distance = 50000\nfirst_distance = 100000\n";
        let (new, used, done) =
            (OriginKind::DeliveredNew, OriginKind::DeliveredUsed, OriginKind::ServiceHere);
        for (case, text, kind, miles, cycle, due) in [
            ("rolling counts from completion", rolling, done, 8_200, 1, Some(15_700)),
            ("done elsewhere counts the same", rolling, OriginKind::ServiceElsewhere, 8_200, 1, Some(15_700)),
            ("the grid does not move when a service is late", fixed, done, 8_200, 1, Some(15_000)),
            ("a service just before a point counts for it", fixed, done, 14_700, 2, Some(22_500)),
            ("well before a point it does not", fixed, done, 13_000, 2, Some(15_000)),
            ("on the point the next is one interval on", fixed, done, 15_000, 2, Some(22_500)),
            (
                "a used car delivered just before a point was not serviced",
                fixed,
                used,
                14_700,
                0,
                Some(15_000),
            ),
            ("the first interval from delivery", first, new, 12, 0, Some(1_012)),
            ("a new car is not delivered serviced", grid_first, new, 200, 0, Some(1_000)),
            ("then the usual one", first, done, 1_100, 1, Some(11_100)),
            ("a used car has its first interval behind it", first, used, 31_000, 0, Some(41_000)),
            ("or still ahead, where it stands on the odometer", plugs, used, 31_000, 0, Some(100_000)),
            ("a one-off is due once", once, new, 0, 0, Some(100_000)),
            ("and never again", once, done, 100_200, 1, None),
            ("of a used car at its place on the odometer", once, used, 31_000, 0, Some(100_000)),
            ("and not where it may have been done before", once, used, 131_000, 0, None),
            ("nothing is due past the end of the odometer", rolling, done, 999_000, 9, None),
            ("a countdown alone counts no miles of the schedule", rolling, OriginKind::Countdown, 9, 0, None),
        ] {
            let baseline = Baseline {
                origin: crate::Origin { kind, ..crate::Origin::default() },
                ..Baseline::here(at("2026-01-05"), Some(whole(miles)), cycle)
            };
            assert_eq!(rule(text).due_miles(&baseline), due.map(whole), "{case}");
        }
        assert_eq!(rule(rolling).due_miles(&Baseline::elsewhere(at("2026-01-05"), None, 1)), None);
    }

    /// i20: anniversary against completion date.
    #[test]
    fn i20_an_anniversary_stays_where_it_is_and_a_rolling_date_moves_with_completion() {
        let anniversary = "months = 12\ntime_grid = \"fixed\"\nlead_days = 30\n";
        let rolling = "months = 12\nlead_days = 30\n";
        let first = "months = 24\nfirst_months = 36\ntime_grid = \"fixed\"\nlead_days = 30\n";
        let begins = "2024-03-15";
        for (case, text, done, cycle, due) in [
            ("rolling from completion", rolling, "2025-05-01", 1, "2026-05-01"),
            ("late: the anniversary stays", anniversary, "2025-05-01", 1, "2026-03-15"),
            ("a little early: it counts for this year", anniversary, "2025-02-20", 1, "2026-03-15"),
            ("much early: this year's is still due", anniversary, "2025-01-10", 1, "2025-03-15"),
            (
                "years late: the next anniversary, not the missed ones",
                anniversary,
                "2028-06-01",
                1,
                "2029-03-15",
            ),
            ("on the day", anniversary, "2025-03-15", 1, "2026-03-15"),
            ("a first that differs", first, "2024-03-15", 0, "2027-03-15"),
            ("then every second year from the first", first, "2027-03-20", 1, "2029-03-15"),
        ] {
            let mut baseline = Baseline::here(at(done), None, cycle).on_grid_from(at(begins));
            if cycle == 0 {
                baseline.origin.kind = OriginKind::DeliveredNew;
            }
            assert_eq!(rule(text).due_by(&baseline), Some(at(due)), "{case}");
        }
        let unknown = Baseline::here(at("2025-05-01"), None, 1);
        assert_eq!(rule(anniversary).due_by(&unknown), Some(at("2026-05-01")), "no delivery known");
        let january = Baseline::here(at("2025-03-02"), None, 2).on_grid_from(at("2024-01-31"));
        let monthly = rule("months = 1\ntime_grid = \"fixed\"");
        assert_eq!(monthly.due_by(&january), Some(at("2025-03-31")), "the 31st comes back");
    }

    #[test]
    fn the_months_of_a_one_off_and_of_a_used_car() {
        let once = rule("months = 120\nonce = true");
        let first = rule("months = 12\nfirst_months = 6");
        let (new, used) = (
            Baseline::delivered_new(at("2026-01-05"), None),
            Baseline::delivered_used(at("2026-01-05"), None),
        );
        assert_eq!(once.due_by(&new), Some(at("2036-01-05")));
        assert_eq!(once.due_by(&used), None, "nobody told its age");
        assert_eq!(once.due_by(&Baseline::here(at("2026-01-05"), None, 1)), None);
        assert_eq!(first.due_by(&new), Some(at("2026-07-05")));
        assert_eq!(first.due_by(&used), Some(at("2027-01-05")));
    }

    proptest! {
        /// Whatever was done whenever: the next point of a fixed grid lies ahead, on the grid, and no further than one
        /// step beyond the lead.
        #[test]
        fn the_next_point_of_a_grid_is_the_first_one_ahead(
            begins in 0..20_000_i64, later in 0..20_000_i64, step in 1..200_u32, first in 1..200_u32, lead in 0..27_u32,
        ) {
            let day = |number| at("1990-01-01") + chrono::Duration::days(number);
            let rule = IntervalRule {
                months: Some(step), first_months: Some(first), time_grid: Grid::Fixed, lead_days: lead,
                ..IntervalRule::of("oil_service".parse().unwrap())
            };
            let done = Baseline::here(day(begins + later), None, 1).on_grid_from(day(begins));
            let due = rule.due_by(&done).unwrap();
            let reached = done.done_at + chrono::Duration::days(lead.into());
            prop_assert!(due > reached);
            let k = (0..3_000).find(|k| months_after(day(begins), first + k * step) == Some(due));
            let k = k.expect("on the grid");
            prop_assert!(k == 0 || months_after(day(begins), first + (k - 1) * step).unwrap() <= reached);
        }
    }
}
