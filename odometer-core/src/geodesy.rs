//! Distances between near points on the WGS-84 ellipsoid.

/// WGS 84 (NIMA TR8350.2): semi-major axis, metres, and first eccentricity squared.
const SEMI_MAJOR: f64 = 6_378_137.0;
const ECCENTRICITY_SQUARED: f64 = 6.694_379_990_141_3e-3;

/// Metres from one point to another, degrees; by the radii of curvature at the middle latitude.
///
/// Within 0.01 % of the geodesic up to 100 km outside the polar caps (a test compares), which no leg between fixes exceeds for
/// long; a thrown fix needs only to look far.
pub(crate) fn metres(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (north, east) = offsets(from, to);
    north.hypot(east)
}

/// Metres north and east from one point to another.
pub(crate) fn offsets(from: (f64, f64), to: (f64, f64)) -> (f64, f64) {
    let middle = f64::midpoint(from.0, to.0).to_radians();
    let turn = shorter_way(to.1 - from.1);
    let sine = middle.sin();
    let w = 1.0 - ECCENTRICITY_SQUARED * sine * sine;
    let prime_vertical = SEMI_MAJOR / w.sqrt();
    let meridian = prime_vertical * (1.0 - ECCENTRICITY_SQUARED) / w;
    ((to.0 - from.0).to_radians() * meridian, turn.to_radians() * prime_vertical * middle.cos())
}

/// A difference of longitudes, or a longitude that has left the range, within -180 to 180 degrees.
pub(crate) fn shorter_way(turn: f64) -> f64 {
    if turn > 180.0 {
        turn - 360.0
    } else if turn < -180.0 {
        turn + 360.0
    } else {
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geographiclib_rs::{Geodesic, InverseGeodesic};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn legs_of_a_drive_agree_with_the_geodesic(
            lat in -75.0..75.0_f64, lon in -180.0..180.0_f64, north in -0.4..0.4_f64, east in -0.4..0.4_f64,
        ) {
            let (from, to) = ((lat, lon), (lat + north, lon + east));
            let truth: f64 = Geodesic::wgs84().inverse(from.0, from.1, to.0, to.1);
            prop_assert!((metres(from, to) - truth).abs() <= 0.01 + truth * 1e-4);
        }
    }
}
