//! Which patterns could hold in a clause, told from its words before any is tried.

use super::grammar::{Element, One, Pattern};
use super::words::{Kinds, Word, WordId};

/// How many of a pattern's elements are looked up before it is tried.
const ANCHORS: usize = 3;

/// Sets of patterns as bits, by word and by kind: those of which the word fits the first, second, third anchor.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// How many numbers a set takes.
    stride: usize,
    by_word: Vec<u64>,
    by_kind: Vec<u64>,
    /// Patterns that lack the anchor.
    free: Vec<u64>,
}

impl Index {
    pub(super) fn new(patterns: &[Pattern], words: usize) -> Self {
        let stride = patterns.len().div_ceil(64);
        let set = stride * ANCHORS;
        let mut index = Self {
            stride,
            by_word: vec![0; set * words],
            by_kind: vec![0; set * Kinds::COUNT],
            free: vec![0; set],
        };
        // A word of many patterns tells little.
        let mut commonness = vec![1_usize; words];
        for one in patterns.iter().flat_map(|pattern| &pattern.elements).filter_map(Element::one) {
            for word in &one.words {
                if let Some(count) = commonness.get_mut(word.place()) {
                    *count += 1;
                }
            }
        }
        let cost = |one: &&One| {
            let words: usize = one.words.iter().filter_map(|word| commonness.get(word.place())).sum();
            words + if one.kinds == Kinds::default() { 0 } else { 40 }
        };
        for (number, pattern) in patterns.iter().enumerate() {
            let mut required: Vec<&One> =
                pattern.elements.iter().filter_map(Element::one).filter(|one| one.is_required()).collect();
            required.sort_by_key(cost);
            let (cell, bit) = (number / 64, 1_u64 << (number % 64));
            for anchor in 0..ANCHORS {
                let place = anchor * stride + cell;
                let mark = |sets: &mut Vec<u64>, at: usize| {
                    if let Some(cell) = sets.get_mut(at * set + place) {
                        *cell |= bit;
                    }
                };
                let Some(one) = required.get(anchor) else {
                    mark(&mut index.free, 0);
                    continue;
                };
                for word in &one.words {
                    mark(&mut index.by_word, word.place());
                }
                for kind in (0..Kinds::COUNT).filter(|kind| one.kinds.0 & (1 << kind) != 0) {
                    mark(&mut index.by_kind, kind);
                }
            }
        }
        index
    }

    /// The patterns that could hold in a clause, in their order.
    pub(super) fn candidates(&self, clause: &[Word], found: &mut Vec<u64>) {
        let set = self.stride * ANCHORS;
        found.clear();
        found.extend_from_slice(&self.free);
        let mut merge = |sets: &[u64], at: usize| {
            for (cell, more) in found.iter_mut().zip(sets.get(at * set..).unwrap_or(&[])) {
                *cell |= more;
            }
        };
        let mut kinds = Kinds::default();
        for word in clause {
            if word.id != WordId::UNKNOWN {
                merge(&self.by_word, word.id.place());
            }
            kinds = kinds.and(word.kinds);
        }
        for kind in (0..Kinds::COUNT).filter(|kind| kinds.0 & (1 << kind) != 0) {
            merge(&self.by_kind, kind);
        }
        let (first, others) = found.split_at_mut(self.stride);
        for other in others.chunks(self.stride) {
            for (cell, also) in first.iter_mut().zip(other) {
                *cell &= also;
            }
        }
        found.truncate(self.stride);
    }
}
