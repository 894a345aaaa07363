use core::fmt;

use crate::{Model, TrackSummary};

const METRES_PER_MILE: f64 = 1_609.344;
/// How much of an older stretch still counts with each new one.
const KEPT: f32 = 0.7;
/// Share of agreeing stretches from which the device is believed.
const BELIEVED: f32 = 0.8;
/// Values that fall by less than this were rounded, metres.
const ROUNDED: f64 = 200.0;
/// What a unit taken for another makes of a way: metres for kilometres, miles for kilometres, metres for miles, feet for
/// metres, tenths for wholes.
const SLIPS: [f64; 5] = [1_000.0, 1.609_344, 1_609.344, 3.280_84, 10.0];
/// How near to it a ratio must lie.
const SLIP_WITHIN: f64 = 0.08;

/// What a device's own odometer is worth, judged by the GPS miles of the same stretches.
///
/// A device that counts miles of its own is one more witness and no more: it may stand still, start anew with every trip
/// or be told the wrong unit, and then it must not win over good GPS. Each stretch of some miles by GPS is compared with
/// what the device says of it; older stretches fade. The state is of constant size.
///
/// ```
/// use fixedops_odometer_core::{DeviceOdometer, DeviceVerdict, Model, TrackSummary};
/// let model = Model::shipped();
/// let mut device = DeviceOdometer::new();
/// for mile in 0..60_u32 {
///     let tracked = TrackSummary { distance_miles: mile.into(), ..TrackSummary::default() };
///     // It counts kilometres, and its feed says metres.
///     device.note(5_000.0 + 1.609 * f64::from(mile), &tracked, &model);
/// }
/// assert_eq!(device.verdict(), DeviceVerdict::WrongUnit);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Stored", into = "stored::Stored")
)]
pub struct DeviceOdometer {
    /// Where the stretch began: metres by the device and by GPS.
    from: Option<(f64, f64)>,
    /// The last value, metres.
    last: f64,
    /// How often each verdict of [`FOUND`] was found, fading.
    found: [f32; FOUND.len()],
    /// The last of them.
    latest: Option<u8>,
    /// Agreeing stretches, fading: metres by the device and by GPS.
    agreed: (f64, f64),
}

/// What a device's own odometer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum DeviceVerdict {
    /// Nothing to compare yet.
    Unproven,
    /// It counts what the GPS sees, within what a dash may err.
    Agrees,
    /// It does not move.
    Stuck,
    /// It moves, and by far too little.
    Short,
    /// It moves by a unit's slip too much or too little: 1,000 or 1.609 times, and their like.
    WrongUnit,
    /// It moves by far too much.
    Jumps,
    /// It goes back: it starts anew.
    Resets,
}

/// What one stretch may show, in the order in which it is counted.
const FOUND: [DeviceVerdict; 6] = [
    DeviceVerdict::Agrees,
    DeviceVerdict::Stuck,
    DeviceVerdict::Short,
    DeviceVerdict::WrongUnit,
    DeviceVerdict::Jumps,
    DeviceVerdict::Resets,
];

impl DeviceVerdict {
    /// The word in files and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unproven => "unproven",
            Self::Agrees => "agrees",
            Self::Stuck => "stuck",
            Self::Short => "short",
            Self::WrongUnit => "wrong_unit",
            Self::Jumps => "jumps",
            Self::Resets => "resets",
        }
    }
}

impl fmt::Display for DeviceVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl DeviceOdometer {
    /// A device that has said nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the device's value, metres, with what the track came to at that moment. Values no odometer can show are
    /// passed over.
    pub fn note(&mut self, odometer_m: f64, tracked: &TrackSummary, model: &Model) {
        let gps = tracked.distance_miles * METRES_PER_MILE;
        if !(0.0..=1e12).contains(&odometer_m) || !(0.0..=1e12).contains(&gps) {
            return;
        }
        let Some((device_from, gps_from)) = self.from else {
            (self.from, self.last) = (Some((odometer_m, gps)), odometer_m);
            return;
        };
        if odometer_m < self.last - ROUNDED {
            self.finds(DeviceVerdict::Resets);
            (self.from, self.last) = (Some((odometer_m, gps)), odometer_m);
            return;
        }
        self.last = odometer_m;
        let (device, gps_way) = (odometer_m - device_from, gps - gps_from);
        // A track that began anew: so does the stretch.
        if gps_way < 0.0 {
            self.from = Some((odometer_m, gps));
        } else if gps_way >= model.track.device_stretch_miles * METRES_PER_MILE {
            let verdict = stretch(device, gps_way, model);
            self.finds(verdict);
            if verdict == DeviceVerdict::Agrees {
                let kept = f64::from(KEPT);
                self.agreed = (self.agreed.0 * kept + device, self.agreed.1 * kept + gps_way);
            }
            self.from = Some((odometer_m, gps));
        }
    }

    fn finds(&mut self, verdict: DeviceVerdict) {
        for ((weight, of), number) in self.found.iter_mut().zip(FOUND).zip(0_u8..) {
            *weight *= KEPT;
            if of == verdict {
                *weight += 1.0;
                self.latest = Some(number);
            }
        }
    }

    /// What it is worth by now. It is believed where nearly all of late agrees, the latest stretch with it.
    #[must_use]
    pub fn verdict(&self) -> DeviceVerdict {
        let all: f32 = self.found.iter().sum();
        let Some(latest) = self.latest else { return DeviceVerdict::Unproven };
        let share = self.found.first().map_or(0.0, |agrees| agrees / all);
        if latest == 0 && share >= BELIEVED {
            return DeviceVerdict::Agrees;
        }
        let faults = FOUND.iter().zip(self.found).skip(1);
        faults.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(DeviceVerdict::Unproven, |(verdict, _)| *verdict)
    }

    /// Metres it counts for each GPS metre. None unless it is believed.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        (self.verdict() == DeviceVerdict::Agrees && self.agreed.1 > 0.0)
            .then(|| self.agreed.0 / self.agreed.1)
    }
}

/// What a stretch shows: metres by the device, of so many by GPS.
fn stretch(device: f64, gps: f64, model: &Model) -> DeviceVerdict {
    let ratio = device / gps;
    let near = |factor: f64| (ratio / factor - 1.0).abs() <= SLIP_WITHIN;
    if device < 1.0 {
        DeviceVerdict::Stuck
    } else if (ratio - 1.0).abs() <= model.track.worst_scale_error {
        DeviceVerdict::Agrees
    } else if SLIPS.iter().any(|&slip| near(slip) || near(1.0 / slip)) {
        DeviceVerdict::WrongUnit
    } else if ratio < 1.0 {
        DeviceVerdict::Short
    } else {
        DeviceVerdict::Jumps
    }
}

/// What a stored witness cannot hold is refused when it is read back.
#[cfg(feature = "serde")]
mod stored {
    use serde::{Deserialize, Serialize};

    use super::{DeviceOdometer, FOUND};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Stored {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<(f64, f64)>,
        last: f64,
        found: [f32; FOUND.len()],
        #[serde(default, skip_serializing_if = "Option::is_none")]
        latest: Option<u8>,
        agreed: (f64, f64),
    }

    impl From<DeviceOdometer> for Stored {
        fn from(DeviceOdometer { from, last, found, latest, agreed }: DeviceOdometer) -> Self {
            Self { from, last, found, latest, agreed }
        }
    }

    impl TryFrom<Stored> for DeviceOdometer {
        type Error = &'static str;
        fn try_from(Stored { from, last, found, latest, agreed }: Stored) -> Result<Self, Self::Error> {
            let (from_device, from_gps) = from.unwrap_or_default();
            let way = |metres: &f64| metres.is_finite() && *metres >= 0.0;
            let weighs = |weight: &f32| weight.is_finite() && *weight >= 0.0;
            if ![from_device, from_gps, last, agreed.0, agreed.1].iter().all(way) || !found.iter().all(weighs)
            {
                return Err("a device's odometer and its counts are numbers from 0 on");
            }
            if latest.is_some_and(|latest| found.get(usize::from(latest)).is_none_or(|weight| *weight <= 0.0))
            {
                return Err("what was found last was found");
            }
            Ok(Self { from, last, found, latest, agreed })
        }
    }
}
