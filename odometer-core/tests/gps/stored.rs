//! The stored form: what is read back is what was written, and what cannot be is refused.

use fixedops_odometer_core::{Fix, FixFault, Model, Track, TrackSummary};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::hostile::any_fix;
use crate::road::{north, received, second};

/// A track with everything in it: fixes that wait, one in doubt, a circle, faults.
fn rich() -> Track {
    let model = Model::shipped();
    let mut track = Track::new();
    let with = |n: i32| Fix { speed_mps: Some(22.2), accuracy_m: Some(4.5), device: Some(3), ..north(n) };
    track.fold_batch((0..300).map(with), received(), &model);
    track.fold(Fix { at: second(301), lat: 48.0, ..with(301) }, received(), &model);
    track.fold_batch([with(20), with(299), Fix { lat: f64::NAN, ..with(5) }], received(), &model);
    let away = |n: i32| Fix { lat: 48.0, ..with(n) };
    track.fold_batch([away(303)], received(), &model);
    track.fold_batch((304..310).map(with), received(), &model);
    track
}

#[test]
fn the_first_stored_form_is_read_for_ever() {
    let golden = include_str!("../../testdata/track-form-1.json");
    let track: Track = serde_json::from_str(golden).unwrap();
    assert_eq!(serde_json::to_string_pretty(&track).unwrap(), golden.trim_end());
    let summary = track.summary(&Model::shipped());
    assert_eq!((summary.fixes_used, summary.fixes_set_aside()), (306, 5), "{summary:?}");
    assert_eq!((summary.from, summary.to), (Some(second(0)), Some(second(309))));
    // What is written today has the same fields, whatever the model makes of the drive.
    assert_eq!(
        fields(&serde_json::to_value(rich()).unwrap()),
        fields(&serde_json::from_str(golden).unwrap())
    );
}

/// The names of all that is stored.
fn fields(value: &Value) -> Vec<String> {
    let under = |name: String, value: &Value| {
        let inner = fields(value).into_iter().map(move |field| format!("{name}/{field}"));
        inner.collect::<Vec<_>>()
    };
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(name, value)| [vec![name.clone()], under(name.clone(), value)].concat())
            .collect(),
        Value::Array(list) => list.iter().flat_map(|value| under("-".to_owned(), value)).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn a_summary_written_before_a_fault_was_known_counts_none_of_it() {
    let mut old = serde_json::to_value(rich().summary(&Model::shipped())).unwrap();
    old["set_aside"] = json!([1, 2, 3, 4, 5]);
    let summary: TrackSummary = serde_json::from_value(old.clone()).unwrap();
    assert_eq!((summary.count(FixFault::Thrown), summary.count(FixFault::Future)), (5, 0));
    old["set_aside"] = json!([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert!(serde_json::from_value::<TrackSummary>(old).is_err());
}

#[test]
fn no_stored_track_lets_in_what_cannot_be() {
    let stored = serde_json::to_value(rich()).unwrap();
    assert!(serde_json::from_value::<Track>(stored.clone()).is_ok());
    let far = |ms: i64| stored["course"]["last_ms"].as_i64().unwrap() + ms;
    let point = |ms: i64| json!({ "ms": ms, "lat": 410_000_000, "lon": -876_000_000 });
    for (pointer, bad) in [
        ("/form", json!(2)),
        ("/used", json!(0)),
        ("/set_aside", json!([0, 0, 0, 0, 0, 0, 0, 0, 0])),
        ("/course", Value::Null),
        ("/course/way", json!(-1)),
        ("/course/way", json!(1_u64 << 53)),
        ("/course/variance", json!(0.5)),
        ("/course/gaps", json!(1_u64 << 50)),
        ("/course/first_ms", json!(far(1))),
        ("/course/first_ms", json!(0)),
        ("/course/last_ms", json!(i64::MAX)),
        ("/course/last", json!([900_000_001, 0])),
        ("/course/entered", json!([0, 1_800_000_001])),
        ("/course/suspect/place", json!([-900_000_001, 0])),
        ("/course/path", json!(-0.5)),
        ("/course/path", json!(1e39)),
        ("/course/middle", json!([1e39, 0.0])),
        ("/course/pace_seconds", json!(-1.0)),
        ("/course/fixes_in_circle", json!(256)),
        ("/waiting", json!([point(far(-1))])),
        ("/waiting", json!([point(far(2_000)), point(far(1_000))])),
        ("/waiting", json!([point(far(1_000)), point(far(1_000))])),
        ("/waiting", json!([point(far(1 << 40))])),
        ("/waiting", json!((1..8).map(|n| point(far(n))).collect::<Vec<_>>())),
        ("/waiting/0/lat", json!(900_000_001)),
    ] {
        let mut changed = stored.clone();
        *changed.pointer_mut(pointer).unwrap() = bad.clone();
        assert!(serde_json::from_value::<Track>(changed).is_err(), "{pointer} {bad}");
    }
    let mut more = stored.clone();
    more["unknown"] = json!(1);
    assert!(serde_json::from_value::<Track>(more).is_err(), "a field that is not known");
}

proptest! {
    #[test]
    fn a_track_read_back_goes_on_as_the_one_that_never_left(
        before in prop::collection::vec(any_fix(), 0..60), after in prop::collection::vec(any_fix(), 0..40),
    ) {
        let model = Model::shipped();
        let mut track = Track::new();
        track.fold_batch(before, received(), &model);
        let text = serde_json::to_string(&track).unwrap();
        let mut back: Track = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&back, &track);
        for one in [&mut track, &mut back] {
            one.fold_batch(after.iter().copied(), received(), &model);
        }
        prop_assert_eq!(back, track);
    }
}
