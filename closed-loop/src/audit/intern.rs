use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// Texts kept once each, one after the other, and numbered by first appearance.
///
/// Looked up only, never walked, and hashed without a random key, so that no order of a map reaches a result.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    places: HashMap<u64, u32, BuildHasherDefault<DefaultHasher>>,
}

impl Texts {
    /// The number of a text, new or known. `None` beyond four gigabytes of texts.
    pub(super) fn number(&mut self, text: &str) -> Option<u32> {
        let mut hash = hashed(text);
        loop {
            match self.places.get(&hash) {
                Some(&known) if self.get(known) == Some(text) => return Some(known),
                // Two texts of one hash: the next free place.
                Some(_) => hash = hash.wrapping_add(1),
                None => break,
            }
        }
        let number = u32::try_from(self.ends.len()).ok()?;
        let end = u32::try_from(self.bytes.len().checked_add(text.len())?).ok()?;
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(end);
        self.places.insert(hash, number);
        Some(number)
    }

    /// The number of a text that is known.
    pub(super) fn known(&self, text: &str) -> Option<u32> {
        let mut hash = hashed(text);
        loop {
            match self.places.get(&hash) {
                Some(&known) if self.get(known) == Some(text) => return Some(known),
                Some(_) => hash = hash.wrapping_add(1),
                None => return None,
            }
        }
    }

    /// The text of a number.
    pub(super) fn get(&self, number: u32) -> Option<&str> {
        let place = usize::try_from(number).ok()?;
        let end = usize::try_from(*self.ends.get(place)?).ok()?;
        let begin = match place.checked_sub(1) {
            Some(before) => usize::try_from(*self.ends.get(before)?).ok()?,
            None => 0,
        };
        core::str::from_utf8(self.bytes.get(begin..end)?).ok()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// A digest without a key.
pub(super) fn hashed(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_and_reads_back() {
        let mut texts = Texts::default();
        let words: Vec<String> = (0..10_000).map(|n| format!("RO{}", n % 5_000)).collect();
        let numbers: Vec<u32> = words.iter().map(|word| texts.number(word).unwrap()).collect();
        assert_eq!(texts.len(), 5_000);
        for (word, number) in words.iter().zip(numbers) {
            assert_eq!((texts.get(number), texts.known(word)), (Some(word.as_str()), Some(number)));
        }
        assert_eq!((texts.known("RO5000"), texts.get(5_000)), (None, None));
    }
}
