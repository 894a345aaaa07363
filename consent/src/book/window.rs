use core::str::FromStr;

use chrono::{NaiveTime, Timelike};
use serde::Deserialize;

/// A daily window of local time, start inclusive, end exclusive: `08:00-21:00`, or `none` for a closed day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct DayWindow {
    /// Seconds after midnight; a closed day opens and closes at 0.
    opens: u32,
    closes: u32,
}

impl DayWindow {
    /// Whether `time` is inside.
    pub(crate) fn contains(self, time: NaiveTime) -> bool {
        let second = time.num_seconds_from_midnight();
        self.opens <= second && second < self.closes
    }
    /// The time it opens, unless it is closed all day.
    pub(crate) fn opens(self) -> Option<NaiveTime> {
        (self.opens < self.closes)
            .then(|| NaiveTime::from_num_seconds_from_midnight_opt(self.opens, 0))
            .flatten()
    }
    /// The time it closes, unless it is closed all day.
    pub(crate) fn closes(self) -> Option<NaiveTime> {
        (self.opens < self.closes)
            .then(|| NaiveTime::from_num_seconds_from_midnight_opt(self.closes, 0))
            .flatten()
    }
    /// The same with the last second inside: "not after 9 p.m." read as the text has it.
    pub(crate) const fn with_its_end(self) -> Self {
        Self {
            opens: self.opens,
            closes: if self.opens < self.closes { self.closes + 1 } else { self.closes },
        }
    }
}

impl FromStr for DayWindow {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self { opens: 0, closes: 0 });
        }
        let wrong = || format!("{text:?} is no window: write \"HH:MM-HH:MM\" or \"none\"");
        let (opens, closes) = text.split_once('-').ok_or_else(wrong)?;
        let time = |part: &str| {
            NaiveTime::parse_from_str(part, "%H:%M")
                .map(|time| time.num_seconds_from_midnight())
                .map_err(|_| wrong())
        };
        let (opens, closes) = (time(opens)?, time(closes)?);
        if opens < closes { Ok(Self { opens, closes }) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for DayWindow {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
