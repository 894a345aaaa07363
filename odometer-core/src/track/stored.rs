//! The stored form of a track: plain numbers by name, and refused when read back if no track can be so.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::circle::Circle;
use super::counts::Counts;
use super::course::Course;
use super::gap::Pace;
use super::point::{NONE, Point};
use super::sum::Sum;
use super::window::{Entry, WINDOW, Window};
use super::{NO_DEVICE, Track};
use crate::FixFault;
use crate::judge::EARLIEST;

/// This form. Another one gets another number, and this one stays readable: a golden file of it is kept.
const FORM: u8 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    form: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    waiting: Vec<StoredPoint>,
    /// Of the first that waits, where no fix is in use yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    course: Option<StoredCourse>,
    used: u32,
    set_aside: Vec<u32>,
}

/// Coordinates in 10^-7 degrees.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPoint {
    ms: i64,
    lat: i32,
    lon: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    speed_cmps: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accuracy_dm: Option<u16>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCourse {
    first_ms: i64,
    first: (i32, i32),
    last_ms: i64,
    last: (i32, i32),
    confirmed: bool,
    /// In units of 1 / 65,536 m, m^2 / 1,024 and again 1 / 65,536 m.
    way: u64,
    variance: u64,
    gaps: u64,
    held_ms: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suspect: Option<StoredSuspect>,
    entered: (i32, i32),
    middle: (f32, f32),
    path: f32,
    inside_ms: u32,
    fixes_in_circle: u8,
    heading: (f32, f32),
    pace_metres: f32,
    pace_seconds: f32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSuspect {
    after_ms: u32,
    place: (i32, i32),
    count: u8,
}

fn given(value: u16) -> Option<u16> {
    (value != NONE).then_some(value)
}

impl From<Track> for Stored {
    fn from(Track { course, window, counts }: Track) -> Self {
        let waiting = window.points(course.last_ms).map(|point| StoredPoint {
            ms: point.ms,
            lat: point.lat,
            lon: point.lon,
            speed_cmps: given(point.speed),
            accuracy_dm: given(point.accuracy),
        });
        Self {
            form: FORM,
            waiting: waiting.collect(),
            base_ms: (!course.begun() && window.len() > 0).then_some(course.last_ms),
            device: (course.device != NO_DEVICE).then_some(course.device),
            course: course.begun().then(|| StoredCourse {
                first_ms: course.first_ms,
                first: course.first,
                last_ms: course.last_ms,
                last: course.last,
                confirmed: course.confirmed(),
                way: course.way.units(),
                variance: course.variance.units(),
                gaps: course.gaps.units(),
                held_ms: course.held_ms,
                suspect: (course.suspects > 0).then_some(StoredSuspect {
                    after_ms: course.suspect_after_ms,
                    place: course.suspect,
                    count: course.suspects,
                }),
                entered: course.circle.entered,
                middle: course.circle.middle,
                path: course.circle.path,
                inside_ms: course.circle.inside_ms,
                fixes_in_circle: course.fixes_in_circle,
                heading: course.heading,
                pace_metres: course.pace.metres,
                pace_seconds: course.pace.seconds,
            }),
            used: counts.used,
            set_aside: counts.faults.to_vec(),
        }
    }
}

type Refusal = &'static str;

fn when(ms: i64) -> Result<i64, Refusal> {
    let dated = ms >= EARLIEST * 1000 && DateTime::from_timestamp_millis(ms).is_some();
    if dated { Ok(ms) } else { Err("a fix of a track is dated from 1980 on") }
}

fn place(place: (i32, i32)) -> Result<(i32, i32), Refusal> {
    let on_globe = (-900_000_000..=900_000_000).contains(&place.0)
        && (-1_800_000_000..=1_800_000_000).contains(&place.1);
    if on_globe { Ok(place) } else { Err("a place of a track is on the globe") }
}

fn sum<const PER: u32>(units: u64) -> Result<Sum<PER>, Refusal> {
    Sum::of_units(units).ok_or("a sum of a track below 2^53")
}

fn way(value: f32) -> Result<f32, Refusal> {
    if value.is_finite() && value >= 0.0 { Ok(value) } else { Err("a way is a number from 0 on") }
}

fn offset(offset: (f32, f32)) -> Result<(f32, f32), Refusal> {
    if offset.0.is_finite() && offset.1.is_finite() { Ok(offset) } else { Err("a way is a number") }
}

impl TryFrom<StoredPoint> for Point {
    type Error = Refusal;
    fn try_from(stored: StoredPoint) -> Result<Self, Refusal> {
        let (lat, lon) = place((stored.lat, stored.lon))?;
        Ok(Self {
            ms: when(stored.ms)?,
            lat,
            lon,
            speed: stored.speed_cmps.unwrap_or(NONE),
            accuracy: stored.accuracy_dm.unwrap_or(NONE),
        })
    }
}

impl TryFrom<StoredCourse> for Course {
    type Error = Refusal;
    fn try_from(stored: StoredCourse) -> Result<Self, Refusal> {
        let suspect = stored.suspect.unwrap_or(StoredSuspect { after_ms: 0, place: (0, 0), count: 0 });
        let mut course = Self {
            first_ms: when(stored.first_ms)?,
            first: place(stored.first)?,
            last_ms: when(stored.last_ms)?,
            last: place(stored.last)?,
            way: sum(stored.way)?,
            variance: sum(stored.variance)?,
            gaps: sum(stored.gaps)?,
            held_ms: stored.held_ms,
            suspect_after_ms: suspect.after_ms,
            suspect: place(suspect.place)?,
            suspects: suspect.count,
            circle: Circle {
                entered: place(stored.entered)?,
                middle: offset(stored.middle)?,
                path: way(stored.path)?,
                inside_ms: stored.inside_ms,
            },
            heading: offset(stored.heading)?,
            pace: Pace { metres: way(stored.pace_metres)?, seconds: way(stored.pace_seconds)? },
            fixes_in_circle: stored.fixes_in_circle.max(1),
            ..Self::default()
        };
        course.mark_begun();
        if stored.confirmed {
            course.confirm();
        }
        if course.first_ms > course.last_ms {
            return Err("a track ends after it begins");
        }
        if course.gaps > course.way {
            return Err("the gaps of a track are part of its way");
        }
        Ok(course)
    }
}

impl TryFrom<Stored> for Track {
    type Error = Refusal;
    fn try_from(stored: Stored) -> Result<Self, Refusal> {
        if stored.form != FORM {
            return Err("a form of track that is not known");
        }
        let begun = stored.course.is_some();
        if (stored.used > 0) != begun {
            return Err("a track has begun where a fix is in use");
        }
        let mut course = stored.course.map_or(Ok(Course::default()), Course::try_from)?;
        course.device = stored.device.unwrap_or(NO_DEVICE);
        let mut counts = Counts { used: stored.used, ..Counts::default() };
        if stored.set_aside.len() > FixFault::ALL.len() {
            return Err("more faults than are known");
        }
        for (count, stored) in counts.faults.iter_mut().zip(stored.set_aside) {
            *count = stored;
        }
        if stored.waiting.len() > WINDOW {
            return Err("more fixes wait than the window holds");
        }
        let mut window = Window::default();
        match stored.base_ms {
            Some(base) if !begun => course.last_ms = when(base)?,
            None if begun || stored.waiting.is_empty() => {}
            _ => return Err("the base of a window that waits alone"),
        }
        for stored in stored.waiting {
            let point = Point::try_from(stored)?;
            let newest = window.points(course.last_ms).last().map_or(i64::MIN, |last| last.ms);
            let follows = point.ms > newest && (!begun || point.ms > course.last_ms);
            if !follows || !matches!(window.enter(&point, course.last_ms), Entry::Waits) {
                return Err("fixes wait in the order of time, after the last in use");
            }
        }
        Ok(Self { course, window, counts })
    }
}
