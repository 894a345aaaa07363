//! The words the grammar knows, each by a number, and how a word of a text becomes one of them.

use std::collections::HashMap;

use core::hash::{BuildHasherDefault, Hasher};

/// A word by its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct WordId(pub(super) u16);

impl WordId {
    /// A word the grammar does not know.
    pub(super) const UNKNOWN: Self = Self(0);
    /// A word that was read already.
    pub(super) const READ: Self = Self(1);
    const FIRST_FREE: u16 = 2;

    pub(super) const fn place(self) -> usize {
        self.0 as usize
    }
}

/// What a word is by its looks, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds(pub(super) u8);

impl Kinds {
    pub(super) const NUMBER: Self = Self(1);
    pub(super) const TIME: Self = Self(2);
    pub(super) const MILES: Self = Self(4);
    pub(super) const YEAR: Self = Self(8);
    pub(super) const NAME: Self = Self(16);
    pub(super) const ING: Self = Self(32);
    /// How many there are.
    pub(super) const COUNT: usize = 6;

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One word of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) id: WordId,
    pub(super) kinds: Kinds,
    /// Where its letters lie in [`super::text::Reduced::letters`].
    pub(super) start: u32,
    pub(super) end: u32,
}

/// FNV-1a over eight bytes at a time is enough for words of one fixed table.
#[derive(Default)]
pub(super) struct WordHasher(u64);

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut eight = [0; 8];
            for (to, from) in eight.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.0 = (self.0.rotate_left(23) ^ u64::from_le_bytes(eight)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    fn write_u8(&mut self, _: u8) {}
}

type Table<V> = HashMap<Box<str>, V, BuildHasherDefault<WordHasher>>;

/// Every word the grammar knows, and the shorthand it writes out.
#[derive(Debug, Default)]
pub(super) struct Words {
    ids: Table<WordId>,
    texts: Vec<Box<str>>,
    shorthand: Table<Box<[WordId]>>,
}

impl Words {
    /// The number of a word; a new one if it was not known.
    pub(super) fn learn(&mut self, word: &str) -> WordId {
        if let Some(&id) = self.ids.get(word) {
            return id;
        }
        let id = WordId(
            u16::try_from(self.texts.len())
                .ok()
                .and_then(|known| known.checked_add(WordId::FIRST_FREE))
                .expect("the shipped grammar has fewer words than that"),
        );
        self.texts.push(word.into());
        self.ids.insert(word.into(), id);
        id
    }

    /// Makes `short` stand for the words of `long`.
    pub(super) fn abbreviate(&mut self, short: &str, long: &str) {
        let long = long.split_whitespace().map(|word| self.learn(word)).collect();
        self.shorthand.insert(short.into(), long);
    }

    pub(super) fn id(&self, word: &str) -> WordId {
        self.ids.get(word).copied().unwrap_or(WordId::UNKNOWN)
    }

    pub(super) fn written_out(&self, word: &str) -> Option<&[WordId]> {
        self.shorthand.get(word).map(|long| &**long)
    }

    pub(super) fn text(&self, id: WordId) -> &str {
        id.place()
            .checked_sub(usize::from(WordId::FIRST_FREE))
            .and_then(|place| self.texts.get(place))
            .map_or("", |text| text)
    }

    /// One more than the greatest number.
    pub(super) fn count(&self) -> usize {
        self.texts.len() + usize::from(WordId::FIRST_FREE)
    }
}

/// What a word is by its looks.
pub(super) fn kinds(text: &str, capital: bool, known: bool) -> Kinds {
    let mut kinds = Kinds::default();
    let bytes = text.as_bytes();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if bytes.first().is_some_and(u8::is_ascii_digit) {
        if digits(text) {
            if text.len() <= 4 {
                kinds = kinds.and(Kinds::NUMBER);
            }
            if (4..=6).contains(&text.len()) {
                kinds = kinds.and(Kinds::MILES);
            }
            if text.len() == 4 && (text.starts_with("19") || text.starts_with("20")) {
                kinds = kinds.and(Kinds::YEAR);
            }
        } else if text.strip_suffix('k').is_some_and(|thousands| digits(thousands) && thousands.len() <= 3) {
            kinds = kinds.and(Kinds::MILES);
        }
        let bare = text.trim_end_matches("am").trim_end_matches("pm");
        let (hour, minute) = bare.split_once(':').unwrap_or((bare, "00"));
        let marked = bare.len() < text.len() || bare.contains(':');
        if digits(hour)
            && hour.len() <= 2
            && digits(minute)
            && minute.len() == 2
            && (marked || hour.parse::<u32>().is_ok_and(|hour| (1..=12).contains(&hour)))
        {
            kinds = kinds.and(Kinds::TIME);
        }
    }
    if capital && !known && bytes.len() >= 3 {
        kinds = kinds.and(Kinds::NAME);
    }
    if text.len() > 4 && text.ends_with("ing") {
        kinds = kinds.and(Kinds::ING);
    }
    kinds
}
