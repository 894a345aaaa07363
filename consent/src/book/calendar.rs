use core::str::FromStr;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::Deserialize;

/// The holidays of one state.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calendar {
    pub(crate) name: String,
    observed: Observed,
    days: Vec<HolidayRule>,
}

/// Years whose dates are worked out when a book is read; those of any other year are worked out when asked for.
const WORKED_OUT: core::ops::Range<i32> = 2015..2056;

/// The dates of a calendar.
#[derive(Clone, Debug)]
pub(crate) struct YearlyDates {
    calendar: Calendar,
    /// Sorted.
    dates: Vec<NaiveDate>,
}

impl YearlyDates {
    pub(crate) fn of(calendar: &Calendar) -> Self {
        // The holidays of the year after may be observed in the last one.
        let mut dates: Vec<NaiveDate> =
            (WORKED_OUT.start..=WORKED_OUT.end).flat_map(|year| calendar.kept_in(year)).collect();
        dates.retain(|date| WORKED_OUT.contains(&date.year()));
        dates.sort_unstable();
        dates.dedup();
        Self { calendar: calendar.clone(), dates }
    }

    /// Whether `date` is one of the holidays, or the day one is observed on.
    pub(crate) fn hold(&self, date: NaiveDate) -> bool {
        if WORKED_OUT.contains(&date.year()) {
            self.dates.binary_search(&date).is_ok()
        } else {
            self.calendar.holds(date)
        }
    }
}

/// Where a fixed day that falls on a weekend is kept as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Observed {
    /// Nowhere else.
    None,
    /// Sunday on Monday.
    Mon,
    /// Saturday on Friday, Sunday on Monday.
    FriMon,
}

/// One holiday, as a rule that gives its date in any year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
enum HolidayRule {
    Fixed { month: u32, day: u32 },
    Nth { nth: u8, weekday: Weekday, month: u32, days_after: u64 },
    Last { weekday: Weekday, month: u32 },
    Easter { days: i32 },
    Election,
}

impl Calendar {
    /// Whether `date` is one of the holidays, or the day one is observed on.
    fn holds(&self, date: NaiveDate) -> bool {
        // New Year's Day may be observed on the last day of the year before.
        (date.year()..=date.year().saturating_add(1)).any(|year| self.kept_in(year).any(|kept| kept == date))
    }

    /// The holidays of a year, each with the day it is observed on.
    fn kept_in(&self, year: i32) -> impl Iterator<Item = NaiveDate> + '_ {
        self.days.iter().filter_map(move |rule| Some((rule, rule.date(year)?))).flat_map(|(rule, day)| {
            let fixed = matches!(rule, HolidayRule::Fixed { .. });
            let observed = match (self.observed, day.weekday()) {
                (Observed::FriMon, Weekday::Sat) if fixed => day.pred_opt(),
                (Observed::FriMon | Observed::Mon, Weekday::Sun) if fixed => day.succ_opt(),
                _ => None,
            };
            core::iter::once(day).chain(observed)
        })
    }
}

impl HolidayRule {
    fn date(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::Fixed { month, day } => NaiveDate::from_ymd_opt(year, month, day),
            Self::Nth { nth, weekday, month, days_after } => {
                NaiveDate::from_weekday_of_month_opt(year, month, weekday, nth)?
                    .checked_add_days(Days::new(days_after))
            }
            Self::Last { weekday, month } => {
                (4..=5).rev().find_map(|nth| NaiveDate::from_weekday_of_month_opt(year, month, weekday, nth))
            }
            Self::Easter { days } => {
                easter(year)?.checked_add_signed(chrono::TimeDelta::days(i64::from(days)))
            }
            // The Tuesday after the first Monday of November, 2 USC 7.
            Self::Election => NaiveDate::from_weekday_of_month_opt(year, 11, Weekday::Mon, 1)?.succ_opt(),
        }
    }
}

/// Easter Sunday of the Gregorian calendar (the "anonymous" computus of Meeus, Jones and Butcher).
fn easter(year: i32) -> Option<NaiveDate> {
    let a = year % 19;
    let (b, c) = (year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(sum / 31).ok()?, u32::try_from(sum % 31).ok()? + 1)
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl FromStr for HolidayRule {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).ok_or_else(|| {
            format!(
                "{text:?} is no holiday: write \"MM-DD\", \"1st mon sep\", \"last mon may\", \"easter-2\", \
                 \"election\" or \"day after 4th thu nov\""
            )
        })
    }
}

fn parse(text: &str) -> Option<HolidayRule> {
    if text == "election" {
        return Some(HolidayRule::Election);
    }
    if let Some(days) = text.strip_prefix("easter") {
        return days
            .parse()
            .ok()
            .filter(|days: &i32| days.abs() <= 100)
            .map(|days| HolidayRule::Easter { days });
    }
    let (days_after, words) = text.strip_prefix("day after ").map_or((0, text), |rest| (1, rest));
    match words.split(' ').collect::<Vec<_>>().as_slice() {
        [date] if days_after == 0 => {
            let (month, day) = date.split_once('-')?;
            let (month, day) = (month.parse().ok()?, day.parse().ok()?);
            NaiveDate::from_ymd_opt(2024, month, day).map(|_| HolidayRule::Fixed { month, day })
        }
        ["last", weekday, month] if days_after == 0 => {
            Some(HolidayRule::Last { weekday: weekday.parse().ok()?, month: number(month)? })
        }
        [nth, weekday, month] => {
            let nth = match *nth {
                "1st" => 1,
                "2nd" => 2,
                "3rd" => 3,
                "4th" => 4,
                _ => return None,
            };
            Some(HolidayRule::Nth { nth, weekday: weekday.parse().ok()?, month: number(month)?, days_after })
        }
        _ => None,
    }
}

fn number(month: &str) -> Option<u32> {
    MONTHS.iter().zip(1..).find(|(name, _)| **name == month).map(|(_, number)| number)
}

impl TryFrom<String> for HolidayRule {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_falls_where_the_church_says() {
        for date in ["2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2285-03-22"] {
            assert_eq!(easter(day(date).year()), Some(day(date)), "{date}");
        }
    }

    #[test]
    fn holidays_fall_on_their_dates_and_on_the_days_they_are_observed() {
        let calendar: Calendar = toml::from_str(
            r#"name = "x"
               observed = "fri_mon"
               days = ["01-01", "4th thu nov", "day after 4th thu nov", "last mon may", "election", "easter-2", "07-04"]"#,
        )
        .unwrap();
        for (date, expected, why) in [
            ("2026-11-26", true, "Thanksgiving"),
            ("2026-11-27", true, "the day after"),
            ("2026-11-28", false, "an ordinary Saturday"),
            ("2027-05-31", true, "last Monday of May, the fifth"),
            ("2026-05-25", true, "last Monday of May, the fourth"),
            ("2026-11-03", true, "election day"),
            ("2026-04-03", true, "Good Friday"),
            ("2026-07-03", true, "the Fourth is a Saturday: observed on Friday"),
            ("2027-07-05", true, "the Fourth is a Sunday: observed on Monday"),
            ("2027-12-31", true, "New Year's Day 2028 is a Saturday: observed in the year before"),
            ("2026-12-31", false, "New Year's Day 2027 is a Friday"),
        ] {
            assert_eq!(calendar.holds(day(date)), expected, "{date} {why}");
            assert_eq!(YearlyDates::of(&calendar).hold(day(date)), expected, "{date} {why}, worked out");
        }
    }

    #[test]
    fn the_dates_worked_out_are_those_of_the_rules_on_every_day() {
        let calendar: Calendar = toml::from_str(
            r#"name = "x"
               observed = "fri_mon"
               days = ["01-01", "4th thu nov", "last mon may", "election", "easter-2", "07-04", "12-25"]"#,
        )
        .unwrap();
        let dates = YearlyDates::of(&calendar);
        for date in day("2013-12-01").iter_days().take_while(|date| *date < day("2058-02-01")) {
            assert_eq!(dates.hold(date), calendar.holds(date), "{date}");
        }
    }

    #[test]
    fn what_is_no_holiday_is_refused() {
        for text in
            ["", "02-30", "5th mon may", "1st moon may", "easter", "easter-2000000000", "day after 12-25"]
        {
            assert!(text.parse::<HolidayRule>().is_err(), "{text}");
        }
    }
}
