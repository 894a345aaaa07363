//! A device's own odometer beside good GPS.

use fixedops_odometer_core::{DeviceOdometer, DeviceVerdict, Model, TrackSummary};
use proptest::prelude::*;

/// Says `says(mile)` at each mile of a drive.
fn after(miles: u32, says: impl Fn(f64) -> f64) -> DeviceOdometer {
    let model = Model::shipped();
    let mut device = DeviceOdometer::new();
    for mile in 0..=miles {
        let tracked = TrackSummary { distance_miles: mile.into(), ..TrackSummary::default() };
        device.note(says(mile.into()), &tracked, &model);
    }
    device
}

const MILE: f64 = 1_609.344;

#[test]
fn i11_a_broken_device_odometer_does_not_win_over_good_gps() {
    type Says = fn(f64) -> f64;
    let cases: [(&str, Says, DeviceVerdict); 9] = [
        ("a good one", |mile| 5e6 + 0.985 * MILE * mile, DeviceVerdict::Agrees),
        ("a good one of whole kilometres", |mile| (5e3 + 1.61 * mile).floor() * 1e3, DeviceVerdict::Agrees),
        ("one that stands", |_| 5e6, DeviceVerdict::Stuck),
        ("trips of 0.03 km", |mile| 5e6 + 30.0 * (mile / 12.0).floor(), DeviceVerdict::Short),
        ("half of what is driven", |mile| 5e6 + 0.5 * MILE * mile, DeviceVerdict::Short),
        ("twice what is driven", |mile| 5e6 + 2.0 * MILE * mile, DeviceVerdict::Jumps),
        (
            "a leap with every trip",
            |mile| 5e6 + MILE * mile + 7e5 * (mile / 15.0).floor(),
            DeviceVerdict::Jumps,
        ),
        ("anew with every trip", |mile| MILE * (mile % 12.0), DeviceVerdict::Resets),
        ("nothing at all", |_| f64::NAN, DeviceVerdict::Unproven),
    ];
    for (case, says, expected) in cases {
        let device = after(120, says);
        assert_eq!(device.verdict(), expected, "{case}: {device:?}");
        assert_eq!(device.ratio().is_some(), expected == DeviceVerdict::Agrees, "{case}");
    }
}

#[test]
fn i12_kilometres_for_metres_and_their_like_are_named() {
    for (case, per_metre) in [
        ("kilometres said to be metres", 1e-3),
        ("metres said to be kilometres", 1e3),
        ("kilometres said to be miles", 1.609_344),
        ("miles said to be kilometres", 1.0 / 1.609_344),
        ("miles said to be metres", 1.0 / 1_609.344),
        ("feet said to be metres", 3.280_84),
        ("tenths said to be wholes", 10.0),
    ] {
        // Its dash errs by as much as dashes do.
        for dash in [0.975, 1.0, 1.03] {
            let device = after(60, |mile| 5e6 + per_metre * dash * MILE * mile);
            assert_eq!(device.verdict(), DeviceVerdict::WrongUnit, "{case}, {dash}");
            assert_eq!(device.ratio(), None, "{case}");
        }
    }
}

#[test]
fn a_device_is_believed_again_once_it_agrees_for_a_while() {
    let swapped = |at: f64| move |mile: f64| if mile < at { 9e6 + MILE * mile } else { MILE * (mile - at) };
    assert_eq!(after(62, swapped(55.0)).verdict(), DeviceVerdict::Resets);
    assert_eq!(after(120, swapped(55.0)).verdict(), DeviceVerdict::Agrees);
    let ratio = after(120, |mile| 5e6 + 1.03 * MILE * mile).ratio().unwrap();
    assert!((ratio - 1.03).abs() < 1e-6, "{ratio}");
}

#[test]
fn a_track_that_starts_anew_starts_the_stretch_anew() {
    let model = Model::shipped();
    let mut device = DeviceOdometer::new();
    for mile in 0..200_u32 {
        let tracked = TrackSummary { distance_miles: f64::from(mile % 25), ..TrackSummary::default() };
        device.note(5e6 + MILE * f64::from(mile), &tracked, &model);
    }
    assert_eq!(device.verdict(), DeviceVerdict::Agrees);
}

proptest! {
    #[test]
    fn no_value_breaks_the_witness_and_it_is_read_back_as_it_was(
        notes in prop::collection::vec((any::<f64>(), any::<f64>(), prop::bool::ANY), 0..60),
    ) {
        let model = Model::shipped();
        let mut device = DeviceOdometer::new();
        for (odometer, miles, tame) in notes {
            let (odometer, miles) = if tame { (odometer.abs() % 1e7, miles.abs() % 1e3) } else { (odometer, miles) };
            let tracked = TrackSummary { distance_miles: miles, ..TrackSummary::default() };
            device.note(odometer, &tracked, &model);
            prop_assert!(device.ratio().is_none_or(|ratio| ratio.is_finite() && ratio > 0.0));
        }
        let back: DeviceOdometer = serde_json::from_str(&serde_json::to_string(&device).unwrap()).unwrap();
        prop_assert_eq!(back.verdict(), device.verdict());
    }
}

#[test]
fn no_stored_witness_lets_in_what_cannot_be() {
    let stored = serde_json::to_value(after(60, |mile| 5e6 + MILE * mile)).unwrap();
    assert!(serde_json::from_value::<DeviceOdometer>(stored.clone()).is_ok());
    for (field, bad) in [
        ("last", serde_json::json!(-1.0)),
        ("from", serde_json::json!([-1.0, 0.0])),
        ("found", serde_json::json!([-1.0, 0.0, 0.0, 0.0, 0.0, 0.0])),
        ("latest", serde_json::json!(3)),
        ("latest", serde_json::json!(6)),
        ("agreed", serde_json::json!([0.0, -2.0])),
    ] {
        let mut changed = stored.clone();
        changed[field] = bad;
        assert!(serde_json::from_value::<DeviceOdometer>(changed).is_err(), "{field}");
    }
}
