//! Distances between near points on the WGS-84 ellipsoid, in nothing but additions, products, quotients and roots: the
//! same bits on every machine, and no sine for each fix.

use core::f64::consts::{FRAC_PI_2, PI};

/// WGS 84 (NIMA TR8350.2): semi-major axis, metres, and first eccentricity squared.
const SEMI_MAJOR: f64 = 6_378_137.0;
const ECCENTRICITY_SQUARED: f64 = 6.694_379_990_141_3e-3;

/// Units of a coordinate in a degree: about a centimetre each.
pub(crate) const PER_DEGREE: f64 = 1e7;
const RADIANS: f64 = PI / 180.0 / PER_DEGREE;
/// Once round the globe.
const ROUND: i64 = 3_600_000_000;
/// A band of latitude spans 2^20 units: about a tenth of a degree.
const BAND_BITS: u32 = 20;

/// What a unit of latitude and of longitude is worth in metres within a band of latitude.
///
/// North: the radius of curvature of the meridian M at the middle of the band. It changes by at most 1 % over a radian of
/// latitude, so by 9.2e-6 over the half band of 9.2e-4 rad. East: N cos(latitude) with its exact slope, -M sin(latitude),
/// at the middle of the band; what is left out is half the square of the way from there, 4.2e-7. So a leg is within
/// 0.001 % of the radii at its middle latitude, which are within 0.01 % of the geodesic over legs up to 100 km (a test
/// compares with geographiclib).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Band {
    number: i32,
    middle: f64,
    north: f64,
    east: f64,
    east_slope: f64,
}

impl Band {
    /// The band of a latitude, in units.
    pub(crate) fn at(lat: i32) -> Self {
        let number = lat >> BAND_BITS;
        let middle = f64::from(number << BAND_BITS) + f64::from(1 << (BAND_BITS - 1));
        let cosine = cosine(middle * RADIANS);
        let sine = (1.0 - cosine * cosine).max(0.0).sqrt() * middle.signum();
        let w = 1.0 - ECCENTRICITY_SQUARED * sine * sine;
        let prime_vertical = SEMI_MAJOR / w.sqrt();
        let meridian = prime_vertical * (1.0 - ECCENTRICITY_SQUARED) / w;
        Self {
            number,
            middle,
            north: meridian * RADIANS,
            east: prime_vertical * cosine * RADIANS,
            east_slope: -meridian * sine * RADIANS * RADIANS,
        }
    }

    /// Metres north and east from one point (latitude, longitude, in units) to another; the band moves along.
    #[inline]
    pub(crate) fn offsets(&mut self, from: (i32, i32), to: (i32, i32)) -> (f64, f64) {
        // Within 90 degrees either way the sum of two latitudes fits.
        let middle = (from.0 + to.0) >> 1;
        if middle >> BAND_BITS != self.number {
            *self = Self::at(middle);
        }
        let (north, east) = (to.0 - from.0, shorter_way(i64::from(to.1) - i64::from(from.1)));
        let scale = self.east + self.east_slope * (f64::from(middle) - self.middle);
        // Within half a turn a difference of longitudes is exact in a float.
        #[allow(clippy::cast_precision_loss)]
        let east = east as f64;
        (f64::from(north) * self.north, east * scale)
    }
}

/// A difference of longitudes, in units, within half a turn either way.
#[inline]
fn shorter_way(turn: i64) -> i64 {
    if turn > ROUND / 2 {
        turn - ROUND
    } else if turn < -ROUND / 2 {
        turn + ROUND
    } else {
        turn
    }
}

/// The cosine of a latitude (radians, within a quarter turn): the series to x^16, within 1e-11.
fn cosine(x: f64) -> f64 {
    let x = x.clamp(-FRAC_PI_2, FRAC_PI_2);
    let square = x * x;
    // Horner from the highest term: each divides by the next two whole numbers.
    let mut sum = 1.0;
    for n in [16.0, 14.0, 12.0, 10.0, 8.0, 6.0, 4.0, 2.0_f64] {
        sum = 1.0 - sum * square / (n * (n - 1.0));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use geographiclib_rs::{Geodesic, InverseGeodesic};
    use proptest::prelude::*;

    fn units(place: (f64, f64)) -> (i32, i32) {
        #[allow(clippy::cast_possible_truncation)]
        let units = |degrees: f64| (degrees * PER_DEGREE).round() as i32;
        (units(place.0), units(place.1))
    }

    proptest! {
        #[test]
        fn legs_of_a_drive_agree_with_the_geodesic(
            lat in -75.0..75.0_f64, lon in -180.0..180.0_f64, north in -0.4..0.4_f64, east in -0.4..0.4_f64,
        ) {
            let turned = if lon + east > 180.0 { lon + east - 360.0 } else if lon + east < -180.0 { lon + east + 360.0 } else { lon + east };
            let (from, to) = ((lat, lon), (lat + north, turned));
            let truth: f64 = Geodesic::wgs84().inverse(from.0, from.1, to.0, to.1);
            let (north, east) = Band::at(0).offsets(units(from), units(to));
            prop_assert!((north.hypot(east) - truth).abs() <= 0.03 + truth * 1e-4);
        }

        #[test]
        fn a_band_carried_along_measures_as_one_made_anew(
            first in (-900_000_000..=900_000_000_i32, -1_800_000_000..=1_800_000_000_i32),
            second in (-900_000_000..=900_000_000_i32, -1_800_000_000..=1_800_000_000_i32),
            third in (-900_000_000..=900_000_000_i32, -1_800_000_000..=1_800_000_000_i32),
        ) {
            let mut carried = Band::at(first.0);
            let _ = carried.offsets(first, second);
            prop_assert_eq!(carried.offsets(second, third), Band::at(third.0).offsets(second, third));
        }

        #[test]
        fn the_series_is_the_cosine(x in -FRAC_PI_2..FRAC_PI_2) {
            prop_assert!((cosine(x) - x.cos()).abs() < 1e-11, "{}", cosine(x) - x.cos());
        }
    }
}
