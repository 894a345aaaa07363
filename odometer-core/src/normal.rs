//! The normal distribution, deterministic on every machine that has IEEE floats.

/// P(Z <= z). Hart's rational approximation as given by West, "Better approximations to cumulative normal
/// functions", Wilmott 2005; absolute error below 1e-14.
pub(crate) fn cumulative(z: f64) -> f64 {
    // From here on the tail is less than half the step below 1: the sum is 1 to the bit.
    if z > 8.5 {
        return 1.0;
    }
    let x = z.abs();
    if x > 37.0 {
        return 0.0;
    }
    let bell = (-x * x / 2.0).exp();
    let tail = if x < 7.071_067_811_865_47 {
        let over = [
            3.526_249_659_989_11e-2,
            0.700_383_064_443_688,
            6.373_962_203_531_65,
            33.912_866_078_383,
            112.079_291_497_871,
            221.213_596_169_931,
            220.206_867_912_376,
        ];
        let under = [
            8.838_834_764_831_84e-2,
            1.755_667_163_182_64,
            16.064_177_579_207,
            86.780_732_202_946_1,
            296.564_248_779_674,
            637.333_633_378_831,
            793.826_512_519_948,
            440.413_735_824_752,
        ];
        let horner = |terms: &[f64]| terms.iter().fold(0.0, |sum, term| sum * x + term);
        bell * horner(&over) / horner(&under)
    } else {
        let fraction = x + 1.0 / (x + 2.0 / (x + 3.0 / (x + 4.0 / (x + 0.65))));
        bell / fraction / 2.506_628_274_631
    };
    if z > 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::cumulative;

    #[test]
    fn tabled_values() {
        for (z, p) in [
            (0.0, 0.5),
            (1.281_551_565_544_6, 0.9),
            (-1.281_551_565_544_6, 0.1),
            (3.0, 0.998_650_101_968_37),
            (-8.0, 6.220_960_574_271_8e-16),
        ] {
            assert!((cumulative(z) - p).abs() < 1e-10, "{z}");
        }
    }
}
