//! Chance without a stream of chance: every draw is a function of the seed, the rooftop and a name.

use core::hash::Hasher;

use sha2::{Digest, Sha256};
use siphasher::sip::SipHasher13;

/// Where draws come from. A child draws under its own name, so that nothing one part of the world draws moves what
/// another draws. SipHash under keys that SHA-256 makes of seed and rooftop: millions of draws a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Draw(u64, u64);

impl Draw {
    /// All draws of one rooftop.
    pub(crate) fn new(world: &str, seed: u64, rooftop: u32) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(world.as_bytes());
        hasher.update(seed.to_be_bytes());
        hasher.update(rooftop.to_be_bytes());
        let mut keys = hasher.finalize().into_iter();
        let mut key = || keys.by_ref().take(8).fold(0, |key, byte| key << 8 | u64::from(byte));
        Self(key(), key())
    }

    /// The draws of what is called `name` and numbered `number`.
    pub(crate) fn under(self, name: &str, number: u64) -> Self {
        Self(self.word(name, number), self.word(name, number ^ 0x9E37_79B9_7F4A_7C15))
    }

    /// 64 bits.
    pub(crate) fn word(self, name: &str, number: u64) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.0, self.1);
        hasher.write(name.as_bytes());
        hasher.write_u8(0xFF);
        hasher.write(&number.to_le_bytes());
        hasher.finish()
    }

    /// A number from 0 to below 1.
    pub(crate) fn unit(self, name: &str, number: u64) -> f64 {
        // 53 bits fit a double exactly.
        #[allow(clippy::cast_precision_loss)]
        let whole = (self.word(name, number) >> 11) as f64;
        whole / 9_007_199_254_740_992.0
    }

    /// Whether what happens with `share` happens.
    pub(crate) fn chance(self, share: f64, name: &str, number: u64) -> bool {
        self.unit(name, number) < share
    }

    /// A number from `low` to below `high`.
    pub(crate) fn between(self, low: f64, high: f64, name: &str, number: u64) -> f64 {
        low + (high - low) * self.unit(name, number)
    }

    /// A whole number from 0 to below `below`; 0 where that is 0.
    pub(crate) fn below(self, below: usize, name: &str, number: u64) -> usize {
        // Far fewer things than 2^53 are ever chosen from.
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let drawn = (self.unit(name, number) * below as f64) as usize;
        drawn.min(below.saturating_sub(1))
    }

    /// One of `all`.
    pub(crate) fn pick<'a, T>(self, all: &'a [T], name: &str, number: u64) -> Option<&'a T> {
        all.get(self.below(all.len(), name, number))
    }

    /// One of `all`, each as often as its weight says.
    pub(crate) fn weighted<'a, T>(
        self,
        all: impl Iterator<Item = (&'a T, u32)> + Clone,
        name: &str,
        number: u64,
    ) -> Option<&'a T> {
        let total: u32 = all.clone().map(|(_, weight)| weight).sum();
        let mut left = self.unit(name, number) * f64::from(total);
        all.into_iter()
            .find(|(_, weight)| {
                left -= f64::from(*weight);
                left < 0.0
            })
            .map(|(one, _)| one)
    }

    /// A number of the standard normal distribution (Box and Muller 1958).
    pub(crate) fn normal(self, name: &str, number: u64) -> f64 {
        let (a, b) = (1.0 - self.unit(name, number), self.unit(name, !number));
        libm::sqrt(-2.0 * libm::log(a)) * libm::cos(core::f64::consts::TAU * b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_seed_rooftop_and_name_and_on_nothing_else() {
        let one = Draw::new("w", 1, 0);
        assert_eq!(one.word("a", 1), Draw::new("w", 1, 0).word("a", 1));
        let others = [
            one.word("b", 1),
            one.word("a", 2),
            Draw::new("w", 2, 0).word("a", 1),
            Draw::new("w", 1, 1).word("a", 1),
            Draw::new("v", 1, 0).word("a", 1),
            one.under("a", 1).word("a", 1),
        ];
        assert!(others.iter().all(|other| *other != one.word("a", 1)), "{others:?}");
    }

    #[test]
    fn draws_fill_their_range_evenly() {
        let draw = Draw::new("w", 7, 0);
        let mean = (0..20_000).map(|i| draw.unit("x", i)).sum::<f64>() / 20_000.0;
        assert!((0.49..0.51).contains(&mean), "{mean}");
        let normals: Vec<f64> = (0..20_000).map(|i| draw.normal("y", i)).collect();
        let mean = normals.iter().sum::<f64>() / 20_000.0;
        let variance = normals.iter().map(|n| (n - mean) * (n - mean)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
    }

    #[test]
    fn weights_are_kept() {
        let draw = Draw::new("w", 3, 0);
        let all = [("rare", 1_u32), ("often", 9)];
        let often = (0..10_000)
            .filter(|i| {
                let picked = draw.weighted(all.iter().map(|(name, weight)| (name, *weight)), "p", *i);
                picked == Some(&"often")
            })
            .count();
        assert!((8_850..9_150).contains(&often), "{often}");
    }
}
