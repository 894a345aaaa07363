//! Dates, money and lists as a DMS writes them.

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

/// What a date was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadDate {
    pub date: NaiveDate,
    /// Where the field held a time too.
    pub time: Option<NaiveTime>,
    /// Read by another form than the first.
    pub mixed: bool,
    /// Its year has two digits.
    pub two_digits: bool,
}

/// Reads dates and times in the forms of a mapping.
#[derive(Debug)]
pub struct Dates {
    forms: Vec<Form>,
    times: Vec<Vec<Item<'static>>>,
    zone: Tz,
}

#[derive(Debug)]
struct Form {
    items: Vec<Item<'static>>,
    two_digits: bool,
    /// MM/DD/YYYY: read by hand, for it is what most files hold.
    usual: bool,
}

fn items(form: &str) -> Vec<Item<'static>> {
    StrftimeItems::new(form).parse_to_owned().unwrap_or_default()
}

impl Dates {
    /// Forms were checked when the mapping was read.
    pub fn new(date_formats: &[String], time_formats: &[String], zone: Tz) -> Self {
        let form = |form: &String| Form {
            items: items(form),
            two_digits: form.contains("%y") || form.contains("%D") || form.contains("%x"),
            usual: form == "%m/%d/%Y",
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
            let found = if form.usual { usual(text) } else { by_items(text, &form.items) };
            if let Some((date, time)) = found.filter(|(date, _)| (1000..=9999).contains(&date.year())) {
                return Some(ReadDate { date, time, mixed: place > 0, two_digits: form.two_digits });
            }
        }
        let at = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&self.zone).naive_local();
        Some(ReadDate { date: at.date(), time: Some(at.time()), mixed: true, two_digits: false })
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

fn by_items(text: &str, items: &[Item<'_>]) -> Option<(NaiveDate, Option<NaiveTime>)> {
    let mut parsed = Parsed::new();
    parse(&mut parsed, text, items.iter()).ok()?;
    Some((parsed.to_naive_date().ok()?, parsed.to_naive_time().ok()))
}

/// Cents of an amount: `1,234.56`, `$12`, `(3.50)`, `-3.50`, `3.50-`. More decimals are rounded.
pub fn cents(text: &str) -> Option<i64> {
    let text = text.trim();
    let (text, bracketed) = match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => (inner.trim(), true),
        None => (text, false),
    };
    let (text, before) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
    let (text, after) = text.strip_suffix('-').map_or((text, false), |rest| (rest, true));
    let text = text.trim().trim_start_matches('$').trim();
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

/// The entries of a list inside a column, trimmed; empty where all are.
pub fn entries<'t>(text: &'t str, separator: char, into: &mut Vec<&'t str>) {
    into.clear();
    into.extend(text.split(separator).map(str::trim));
    while into.last().is_some_and(|entry| entry.is_empty()) && into.iter().all(|entry| entry.is_empty()) {
        into.pop();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dates() -> Dates {
        let forms = ["%m/%d/%Y", "%Y-%m-%d", "%m/%d/%y", "%d-%b-%Y", "%m/%d/%Y %H:%M"].map(str::to_owned);
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
            ("2026-03-09T03:30:00Z", "2026-03-08", true, false),
        ] {
            let found = dates().date(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(found.date.to_string(), expected, "{text}");
            assert_eq!((found.mixed, found.two_digits), (mixed, two_digits), "{text}");
        }
        for text in ["", "13/13/2026", "02/30/2026", "25/12/2026", "00/00/0000", "soon", "3/9", "1/1/20265"] {
            assert_eq!(dates().date(text), None, "{text}");
        }
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
