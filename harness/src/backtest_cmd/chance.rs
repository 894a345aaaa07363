//! Seeded chance for the search and for resampling: the same call, the same answer.

/// SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Begins at a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// From 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        // 53 bits fit a double exactly.
        #[allow(clippy::cast_precision_loss)]
        let whole = (self.word() >> 11) as f64;
        whole / 9_007_199_254_740_992.0
    }

    /// From 0 to below `below`; 0 where that is 0.
    pub fn below(&mut self, below: usize) -> usize {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place in a list"
        )]
        let drawn = (self.unit() * below as f64) as usize;
        drawn.min(below.saturating_sub(1))
    }

    /// About the standard normal distribution: twelve evenly spread numbers, less six.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// The 5-95 % interval of `figure` over vehicles drawn anew, each as often as it comes up.
pub fn interval(vehicles: usize, seed: u64, figure: impl Fn(&[usize]) -> f64) -> Option<[f64; 2]> {
    if vehicles < 2 {
        return None;
    }
    let mut chance = Chance::new(seed);
    let mut drawn: Vec<f64> = (0..1_000)
        .map(|_| figure(&(0..vehicles).map(|_| chance.below(vehicles)).collect::<Vec<_>>()))
        .collect();
    drawn.sort_by(f64::total_cmp);
    Some([drawn.get(50).copied()?, drawn.get(949).copied()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_fill_their_range() {
        let mut chance = Chance::new(3);
        let mean = (0..20_000).map(|_| chance.unit()).sum::<f64>() / 20_000.0;
        let square = (0..20_000).map(|_| chance.normal().powi(2)).sum::<f64>() / 20_000.0;
        assert!((mean - 0.5).abs() < 0.01 && (square - 1.0).abs() < 0.05, "{mean} {square}");
        assert!((0..500).all(|_| chance.below(3) < 3));
    }

    #[test]
    fn an_interval_is_as_wide_as_its_sample_is_small() {
        let values: Vec<f64> = (0..100_u32).map(f64::from).collect();
        let mean = |places: &[usize]| places.iter().map(|place| values[*place]).sum::<f64>() / 100.0;
        let [low, high] = interval(100, 1, mean).unwrap();
        // The standard error of the mean is 2.9.
        assert!((7.0..12.0).contains(&(high - low)) && low < 49.5 && high > 49.5, "{low} {high}");
        assert_eq!(interval(1, 1, |_| 0.0), None);
    }
}
