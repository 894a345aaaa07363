use core::str::FromStr;

use chrono::NaiveTime;
use serde::Deserialize;

/// A daily window of local time, start inclusive, end exclusive: `08:00-21:00`, or `none` for a closed day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct DayWindow(Option<(NaiveTime, NaiveTime)>);

impl DayWindow {
    /// Whether `time` is inside.
    pub(crate) fn contains(self, time: NaiveTime) -> bool {
        self.0.is_some_and(|(opens, closes)| opens <= time && time < closes)
    }
    /// The time it opens, unless it is closed all day.
    pub(crate) fn opens(self) -> Option<NaiveTime> {
        self.0.map(|(opens, _)| opens)
    }
}

impl FromStr for DayWindow {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        let wrong = || format!("{text:?} is no window: write \"HH:MM-HH:MM\" or \"none\"");
        let (opens, closes) = text.split_once('-').ok_or_else(wrong)?;
        let time = |part: &str| NaiveTime::parse_from_str(part, "%H:%M").map_err(|_| wrong());
        let (opens, closes) = (time(opens)?, time(closes)?);
        if opens < closes { Ok(Self(Some((opens, closes)))) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for DayWindow {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
