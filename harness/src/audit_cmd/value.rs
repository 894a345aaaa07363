//! Dates, money and lists as a DMS writes them.

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use super::mapping::is_one;

/// What a date was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadDate {
    pub date: NaiveDate,
    /// Where the field held a time too.
    pub time: Option<NaiveTime>,
    /// By which form: its place in the mapping.
    pub form: usize,
    /// Its year has two digits.
    pub two_digits: bool,
}

/// The name of the form of a spreadsheet: days since the end of 1899, the time behind the point.
pub const EXCEL: &str = "excel";

/// Reads dates and times in the forms of a mapping.
#[derive(Debug)]
pub struct Dates {
    forms: Vec<Form>,
    times: Vec<Vec<Item<'static>>>,
    zone: Tz,
}

#[derive(Debug)]
struct Form {
    how: How,
    two_digits: bool,
}

#[derive(Debug)]
enum How {
    /// MM/DD/YYYY: read by hand, for it is what most files hold.
    Usual,
    Excel,
    Items(Vec<Item<'static>>),
}

fn items(form: &str) -> Vec<Item<'static>> {
    StrftimeItems::new(form).parse_to_owned().unwrap_or_default()
}

impl Dates {
    /// Forms were checked when the mapping was read.
    pub fn new(date_formats: &[String], time_formats: &[String], zone: Tz) -> Self {
        let form = |form: &String| Form {
            how: match form.as_str() {
                "%m/%d/%Y" => How::Usual,
                EXCEL => How::Excel,
                form => How::Items(items(form)),
            },
            two_digits: form.contains("%y") || form.contains("%D") || form.contains("%x"),
        };
        Self {
            forms: date_formats.iter().map(form).collect(),
            times: time_formats.iter().map(|form| items(form)).collect(),
            zone,
        }
    }

    /// A date, with the time if the field holds one.
    pub fn date(&self, text: &str) -> Option<ReadDate> {
        for (place, form) in self.forms.iter().enumerate() {
            let found = match &form.how {
                How::Usual => usual(text),
                How::Excel => excel(text),
                How::Items(items) => by_items(text, items),
            };
            if let Some((date, time)) = found.filter(|(date, _)| (1000..=9999).contains(&date.year())) {
                return Some(ReadDate { date, time, form: place, two_digits: form.two_digits });
            }
        }
        let at = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&self.zone).naive_local();
        Some(ReadDate { date: at.date(), time: Some(at.time()), form: self.forms.len(), two_digits: false })
    }

    /// A time of day.
    pub fn time(&self, text: &str) -> Option<NaiveTime> {
        self.times.iter().find_map(|form| {
            let mut parsed = Parsed::new();
            parse(&mut parsed, text, form.iter()).ok()?;
            parsed.to_naive_time().ok()
        })
    }

    /// An instant in the store's own civil time.
    pub fn civil(&self, at: DateTime<chrono::Utc>) -> NaiveDateTime {
        at.with_timezone(&self.zone).naive_local()
    }
}

/// MM/DD/YYYY.
fn usual(text: &str) -> Option<(NaiveDate, Option<NaiveTime>)> {
    let number = |text: &str, most: usize| {
        let digits = !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (month, rest) = text.split_once('/')?;
    let (day, year) = rest.split_once('/')?;
    let year = i32::try_from(number(year, 4)?).ok()?;
    Some((NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?)?, None))
}

/// A day number of a spreadsheet, of the years 1954 to 2119: five digits, and the time of the day behind a point.
fn excel(text: &str) -> Option<(NaiveDate, Option<NaiveTime>)> {
    let (days, part) = text.split_once('.').map_or((text, None), |(days, part)| (days, Some(part)));
    let digits =
        |text: &str| !text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    if days.len() != 5 || !digits(days) || !part.is_none_or(digits) {
        return None;
    }
    let days: u64 = days.parse().ok().filter(|days| (20_000..80_000).contains(days))?;
    let date = NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days))?;
    let time = part.and_then(|part| {
        let seconds = (format!("0.{part}").parse::<f64>().ok()? * 86_400.0).round().min(86_399.0);
        // Below the seconds of a day.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        NaiveTime::from_num_seconds_from_midnight_opt(seconds as u32, 0)
    });
    Some((date, time))
}

fn by_items(text: &str, items: &[Item<'_>]) -> Option<(NaiveDate, Option<NaiveTime>)> {
    let mut parsed = Parsed::new();
    parse(&mut parsed, text, items.iter()).ok()?;
    Some((parsed.to_naive_date().ok()?, parsed.to_naive_time().ok()))
}

/// Cents of an amount: `1,234.56`, `$12`, `(3.50)`, `$(3.50)`, `-3.50`, `3.50-`. More decimals are rounded.
pub fn cents(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_prefix('$').map_or(text, str::trim_start);
    let (text, bracketed) = match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => (inner.trim(), true),
        None => (text, false),
    };
    let (text, before) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
    let (text, after) = text.strip_suffix('-').map_or((text, false), |rest| (rest, true));
    let text = text.trim();
    let text = text.strip_prefix('$').map_or(text, str::trim);
    let (text, inner) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let grouped = match whole.split_once(',') {
        None => digits(whole),
        Some((first, rest)) => {
            (1..=3).contains(&first.len())
                && digits(first)
                && rest.split(',').all(|group| group.len() == 3 && digits(group))
        }
    };
    if !grouped || !digits(decimals) || (whole.is_empty() && decimals.is_empty()) {
        return None;
    }
    let mut sum: i64 = 0;
    for byte in whole.bytes().filter(u8::is_ascii_digit) {
        sum = sum.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
    }
    let mut places = decimals.bytes().chain(core::iter::repeat(b'0')).map(|byte| i64::from(byte - b'0'));
    let mut place = || places.next().unwrap_or(0);
    let (tens, ones, next) = (place(), place(), place());
    let cents = sum.checked_mul(100)?.checked_add(tens * 10 + ones + i64::from(next >= 5))?;
    // A billion dollars on a repair order is a slip of the keyboard.
    if cents > 100_000_000_000 {
        return None;
    }
    let negative = bracketed ^ before ^ after ^ inner;
    Some(if negative { -cents } else { cents })
}

/// The entries of a list inside a column, trimmed, the `nothing` ones empty; no entry where all are.
pub fn entries<'t>(text: &'t str, separator: char, nothing: &[String], into: &mut Vec<&'t str>) {
    into.clear();
    let entry = |entry: &'t str| if is_one(nothing, entry) { "" } else { entry.trim() };
    into.extend(text.split(separator).map(entry));
    while into.last().is_some_and(|entry| entry.is_empty()) && into.iter().all(|entry| entry.is_empty()) {
        into.pop();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dates() -> Dates {
        let forms =
            ["%m/%d/%Y", "%Y-%m-%d", "%m/%d/%y", "%d-%b-%Y", "%m/%d/%Y %H:%M", "excel"].map(str::to_owned);
        let times = ["%H:%M:%S", "%H:%M", "%I:%M %p"].map(str::to_owned);
        Dates::new(&forms, &times, chrono_tz::America::New_York)
    }

    #[test]
    fn dates_are_read_in_the_forms_of_the_mapping_and_no_other() {
        for (text, expected, mixed, two_digits) in [
            ("03/09/2026", "2026-03-09", false, false),
            ("3/9/2026", "2026-03-09", false, false),
            ("2026-03-09", "2026-03-09", true, false),
            ("03/09/26", "2026-03-09", true, true),
            ("09-Mar-2026", "2026-03-09", true, false),
            ("03/09/2026 14:05", "2026-03-09", true, false),
            ("46090", "2026-03-09", true, false),
            ("46090.75", "2026-03-09", true, false),
            ("2026-03-09T03:30:00Z", "2026-03-08", true, false),
        ] {
            let found = dates().date(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(found.date.to_string(), expected, "{text}");
            assert_eq!((found.form > 0, found.two_digits), (mixed, two_digits), "{text}");
        }
        for text in [
            "",
            "13/13/2026",
            "02/30/2026",
            "25/12/2026",
            "00/00/0000",
            "soon",
            "3/9",
            "1/1/20265",
            "4609",
            "99999",
            "46090.x",
        ] {
            assert_eq!(dates().date(text), None, "{text}");
        }
        assert_eq!(dates().date("46090.75").and_then(|read| read.time), NaiveTime::from_hms_opt(18, 0, 0));
        assert_eq!(dates().time("2:05PM"), NaiveTime::from_hms_opt(14, 5, 0));
        assert_eq!(dates().time("2:05 PM"), NaiveTime::from_hms_opt(14, 5, 0));
    }

    #[test]
    fn money_is_read_however_a_dms_writes_it() {
        for (text, expected) in [
            ("12", Some(1_200)),
            ("$1,234.56", Some(123_456)),
            ("(12.50)", Some(-1_250)),
            ("-12.5", Some(-1_250)),
            ("12.50-", Some(-1_250)),
            ("(1,234.50)", Some(-123_450)),
            ("($1,234.50)", Some(-123_450)),
            ("$(1,234.50)", Some(-123_450)),
            ("$-3", Some(-300)),
            ("-$3.00", Some(-300)),
            (".99", Some(99)),
            ("19.9950", Some(2_000)),
            ("0.00", Some(0)),
            ("", None),
            ("twelve", None),
            ("1,23", None),
            ("12,34,567", None),
            ("1.2.3", None),
            ("99999999999999999999", None),
            ("-", None),
        ] {
            assert_eq!(cents(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".*") {
            let _ = (cents(&text), dates().date(&text), dates().time(&text));
        }

        #[test]
        fn every_amount_reads_back(cents_in in -10_000_000_000_i64..10_000_000_000) {
            let text = format!("{}{}.{:02}", if cents_in < 0 { "-" } else { "" }, cents_in.abs() / 100, cents_in.abs() % 100);
            prop_assert_eq!(cents(&text), Some(cents_in));
        }

        #[test]
        fn the_usual_form_is_read_by_hand_as_by_chrono(text in "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}") {
            let by_chrono = by_items(&text, &items("%m/%d/%Y")).map(|(date, _)| date);
            prop_assert_eq!(usual(&text).map(|(date, _)| date), by_chrono);
        }
    }
}
