//! Chance without a stream of chance: every draw is a function of the seed and a name.

use sha2::{Digest, Sha256};

/// A world's seed.
#[derive(Clone, Copy, Debug)]
pub struct Draw(pub u64);

impl Draw {
    fn bytes(self, name: &str) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.0.to_be_bytes());
        hasher.update(name.as_bytes());
        hasher.finalize().into()
    }

    /// A number from 0 to below 1.
    pub fn unit(self, name: &str) -> f64 {
        let [a, b, c, d, e, f, ..] = self.bytes(name);
        let whole = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        // 48 bits fit a double exactly.
        #[allow(clippy::cast_precision_loss)]
        let whole = whole as f64;
        whole / 281_474_976_710_656.0
    }

    /// A number from `low` to below `high`.
    pub fn between(self, name: &str, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit(name)
    }

    /// Twelve hexadecimal digits.
    pub fn word(self, name: &str) -> String {
        self.bytes(name).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// 32 bytes.
    pub fn secret(self, name: &str) -> [u8; 32] {
        self.bytes(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_seed_and_name_and_on_nothing_else() {
        let one = Draw(1);
        assert_eq!(one.unit("a").to_bits(), one.unit("a").to_bits());
        assert_ne!(one.unit("a").to_bits(), one.unit("b").to_bits());
        assert_ne!(one.unit("a").to_bits(), Draw(2).unit("a").to_bits());
    }

    #[test]
    fn draws_fill_the_unit_evenly() {
        let mean = (0..10_000).map(|i| Draw(7).unit(&format!("x{i}"))).sum::<f64>() / 10_000.0;
        assert!((0.49..0.51).contains(&mean), "{mean}");
    }
}
