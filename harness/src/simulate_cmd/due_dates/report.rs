//! What the looks came to: one line to read, one of JSON.

use core::fmt;

use serde::Serialize;

use super::Worlds;
use super::look::{Answered, LOOKS, Look, Side, Silence};
use super::tally::{Mean, median_per_car, per_car};

/// Thirds by the age of the last reading.
const THIRDS: usize = 3;

/// Due dates against the truth. Shares and means count each car once.
#[derive(Debug, Serialize)]
pub struct Report {
    worlds: u64,
    first_seed: u64,
    vehicles_per_world: u32,
    days: u32,
    looks_per_vehicle: u32,
    /// Cars with at least one range.
    vehicles: usize,
    /// Ranges.
    looks: usize,
    /// Share of truths within p10 to p90, and its 5-95 % interval over cars.
    within: Option<f64>,
    within_5_95: Option<[f64; 2]>,
    before_p10: Option<f64>,
    after_p90: Option<f64>,
    by_staleness: Vec<Third>,
    /// Looks at which p90 lies past the model's horizon: a truth after p10 counts as within.
    open_ended: usize,
    unanswered: Unanswered,
    /// Looks at which the odometer had already been read past the service: there is no date to foretell.
    read_past_it: usize,
    /// Median over cars of the mean number of days off, on the looks at which all three name a day.
    days_off: DaysOff,
}

#[derive(Debug, Serialize)]
struct Third {
    /// The last reading was at most so many days old.
    up_to_days: f64,
    looks: usize,
    within: f64,
}

#[derive(Debug, Default, Serialize)]
struct Unanswered {
    no_baseline: usize,
    no_habit: usize,
    past_horizon: usize,
}

#[derive(Debug, Serialize)]
struct DaysOff {
    looks: usize,
    p50: Option<f64>,
    flat_calendar: Option<f64>,
    lifetime_average: Option<f64>,
}

impl Report {
    /// Adds up the looks at each car.
    pub fn of(worlds: Worlds, cars: &[Vec<Look>]) -> Self {
        let said: Vec<Vec<Answered>> =
            cars.iter().map(|looks| looks.iter().filter_map(|look| look.ok()).collect()).collect();
        let share = |of: &dyn Fn(&Answered) -> bool| {
            per_car(said.iter().map(|looks| looks.iter().map(|look| f64::from(u8::from(of(look)))).collect()))
        };
        let within = share(&|look| look.side == Side::Within);
        let mut unanswered = Unanswered::default();
        let mut read_past_it = 0;
        for silence in cars.iter().flatten().filter_map(|look| look.err()) {
            *match silence {
                Silence::NoBaseline => &mut unanswered.no_baseline,
                Silence::NoHabit => &mut unanswered.no_habit,
                Silence::PastHorizon => &mut unanswered.past_horizon,
                Silence::ReadPastIt => &mut read_past_it,
            } += 1;
        }
        let cars = said.iter().filter(|looks| !looks.is_empty()).count();
        let mean = |found: Option<Mean>| found.map(|found| rounded(found.mean, 4));
        Self {
            worlds: u64::from(worlds.seeds) * u64::from(worlds.rooftops),
            first_seed: worlds.seed,
            vehicles_per_world: worlds.vehicles,
            days: worlds.days,
            looks_per_vehicle: LOOKS,
            vehicles: cars,
            looks: said.iter().map(Vec::len).sum(),
            within: mean(within),
            // Of few cars the normal interval is none.
            within_5_95: within.filter(|_| cars >= 30).map(|Mean { mean, error }| {
                [-1.645, 1.645].map(|sds| rounded((mean + sds * error).clamp(0.0, 1.0), 4))
            }),
            before_p10: mean(share(&|look| look.side == Side::Before)),
            after_p90: mean(share(&|look| look.side == Side::After)),
            by_staleness: thirds(&said),
            open_ended: said.iter().flatten().filter(|look| look.open).count(),
            unanswered,
            read_past_it,
            days_off: DaysOff::of(&said),
        }
    }
}

/// Coverage by thirds of all looks, by the age of the last reading; within a third each car counts once.
fn thirds(said: &[Vec<Answered>]) -> Vec<Third> {
    let mut ages: Vec<f64> = said.iter().flatten().map(|look| look.stale).collect();
    ages.sort_by(f64::total_cmp);
    let mut from = f64::NEG_INFINITY;
    let mut thirds = Vec::new();
    for number in 1..=THIRDS {
        let Some(&until) = ages.get((ages.len() * number / THIRDS).saturating_sub(1)) else { break };
        let of_it = |look: &&Answered| look.stale > from && look.stale <= until;
        let looks = said.iter().flatten().filter(of_it).count();
        let within = per_car(said.iter().map(|looks| {
            looks.iter().filter(of_it).map(|look| f64::from(u8::from(look.side == Side::Within))).collect()
        }));
        if let Some(found) = within {
            thirds.push(Third { up_to_days: rounded(until, 1), looks, within: rounded(found.mean, 4) });
        }
        from = until;
    }
    thirds
}

impl DaysOff {
    fn of(said: &[Vec<Answered>]) -> Self {
        let off = |which: usize| {
            let days = |look: &Answered| look.off.and_then(|off| off.get(which).copied());
            median_per_car(said.iter().map(|looks| looks.iter().filter_map(days).collect()))
                .map(|days| rounded(days, 1))
        };
        Self {
            looks: said.iter().flatten().filter(|look| look.off.is_some()).count(),
            p50: off(0),
            flat_calendar: off(1),
            lifetime_average: off(2),
        }
    }
}

fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10.0_f64.powi(digits);
    (value * scale).round() / scale
}

/// `80.1 %`, or a dash.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = |days: Option<f64>| days.map_or_else(|| "-".to_owned(), |days| format!("{days:.1}"));
        let Unanswered { no_baseline, no_habit, past_horizon } = self.unanswered;
        write!(
            f,
            "due dates in {} worlds, {} cars, {} looks: the truth lay within p10 to p90 at {}",
            self.worlds,
            self.vehicles,
            self.looks,
            percent(self.within)
        )?;
        if let Some([low, high]) = self.within_5_95 {
            write!(f, " (5-95 %: {:.1} to {:.1})", 100.0 * low, 100.0 * high)?;
        }
        write!(f, ", before it at {}, after it at {}", percent(self.before_p10), percent(self.after_p90))?;
        let mut word = "; by age of the last reading";
        for third in &self.by_staleness {
            write!(f, "{word} up to {:.0} days {}", third.up_to_days, percent(Some(third.within)))?;
            word = ",";
        }
        write!(
            f,
            "; median car {} days off, flat calendar {}, lifetime average {}; {} looks without an answer",
            days(self.days_off.p50),
            days(self.days_off.flat_calendar),
            days(self.days_off.lifetime_average),
            no_baseline + no_habit + past_horizon
        )
    }
}
