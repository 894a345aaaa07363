use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// Reads RFC 3339, or `YYYY-MM-DD[ HH:MM[:SS]]` as UTC; a bare date is midnight.
pub fn parse_time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    const REASON: &str = "not a time (RFC 3339 or YYYY-MM-DD[ HH:MM[:SS]])";
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return in_range(time.with_timezone(&Utc));
    }
    for form in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, form) {
            return in_range(time.and_utc());
        }
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| REASON)?;
    in_range(date.and_hms_opt(0, 0, 0).ok_or(REASON)?.and_utc())
}

/// Four-digit years: no other date of a reading is meant.
fn in_range(time: DateTime<Utc>) -> Result<DateTime<Utc>, &'static str> {
    use chrono::Datelike;
    if (1000..=9999).contains(&time.year()) { Ok(time) } else { Err("year is outside 1000 to 9999") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_contract_is_read_as_utc() {
        for (text, expected) in [
            ("2026-03-02", "2026-03-02T00:00:00Z"),
            ("2026-03-02 15:04", "2026-03-02T15:04:00Z"),
            ("2026-03-02 15:04:05", "2026-03-02T15:04:05Z"),
            ("2026-03-02T15:04:05Z", "2026-03-02T15:04:05Z"),
            ("2026-03-02T15:04:05+02:00", "2026-03-02T13:04:05Z"),
        ] {
            assert_eq!(parse_time(text), Ok(expected.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in
            ["", "yesterday", "2026-13-01", "2026-02-30", "02/03/2026", "2026-03-02 25:00", "99999-01-01"]
        {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }
}
