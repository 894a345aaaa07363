use chrono::NaiveDate;

use super::nanp::PLACES;
use super::write::Writer;
use super::{ListKind, Nanp};

/// Numbers kept as they come in an exchange; more of them become a bitmap.
const FEW: usize = 512;
const WORDS: usize = 157;

/// Builds a list from numbers in any order, any of them more than once.
///
/// It works in bounded memory: an exchange costs at most 1,256 bytes beside its 32, however many numbers are added, so
/// the whole plan fits in 0.9 GB and the exchanges in use in North America in some 0.3 GB.
///
/// ```
/// use chrono::NaiveDate;
/// use fixedops_consent::list::{Accept, ListBuilder, ListKind, NumberList};
/// let day = NaiveDate::from_ymd_opt(2026, 11, 29).expect("a date");
/// let mut builder = ListBuilder::new(ListKind::Internal, day);
/// for text in ["404-555-0123", "(212) 555-0100", "4045550123"] {
///     builder.add(text.parse()?);
/// }
/// let list = NumberList::open(builder.finish(), &Accept::any())?;
/// assert_eq!(list.len(), 2);
/// assert!(list.contains("212-555-0100".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ListBuilder {
    kind: ListKind,
    as_of: NaiveDate,
    /// By area code; those met have a block for each exchange.
    areas: Vec<Vec<Block>>,
}

#[derive(Clone)]
enum Block {
    Few(Vec<u16>),
    Many(Box<[u64; WORDS]>),
}

impl core::fmt::Debug for Block {
    /// Customer data: how it is kept, and no number.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Few(_) => "Few",
            Self::Many(_) => "Many",
        })
    }
}

impl Block {
    fn add(&mut self, line: u16) {
        match self {
            Self::Few(lines) if lines.len() < FEW => lines.push(line),
            Self::Few(lines) => {
                let mut bits = Box::new([0; WORDS]);
                lines.iter().chain([&line]).for_each(|line| set(&mut bits, *line));
                *self = Self::Many(bits);
            }
            Self::Many(bits) => set(bits, line),
        }
    }

    /// In order, each once.
    fn into_lines(self, lines: &mut Vec<u16>) {
        lines.clear();
        match self {
            Self::Few(mut few) => {
                few.sort_unstable();
                few.dedup();
                lines.append(&mut few);
            }
            Self::Many(bits) => {
                for (word, bits) in (0_u16..).zip(bits.iter()) {
                    let mut left = *bits;
                    while left != 0 {
                        lines.push(64 * word + u16::try_from(left.trailing_zeros()).unwrap_or(0));
                        left &= left - 1;
                    }
                }
            }
        }
    }
}

fn set(bits: &mut [u64; WORDS], line: u16) {
    if let Some(word) = bits.get_mut(usize::from(line >> 6)) {
        *word |= 1 << (line & 63);
    }
}

impl ListBuilder {
    /// Begins a list of this kind, complete as of this day.
    #[must_use]
    pub fn new(kind: ListKind, as_of: NaiveDate) -> Self {
        Self { kind, as_of, areas: vec![vec![]; PLACES] }
    }

    /// Adds a number.
    pub fn add(&mut self, number: Nanp) {
        let (area, exchange) = number.places();
        let Some(exchanges) = self.areas.get_mut(area) else { return };
        if exchanges.is_empty() {
            exchanges.resize(PLACES, Block::Few(vec![]));
        }
        if let Some(block) = exchanges.get_mut(exchange) {
            block.add(number.line());
        }
    }

    /// The list as bytes, to be kept in a file. The same numbers, kind and day give the same bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let mut writer = Writer::default();
        let mut lines = Vec::new();
        for (area, exchanges) in self.areas.into_iter().enumerate() {
            for (exchange, block) in exchanges.into_iter().enumerate() {
                block.into_lines(&mut lines);
                writer.lines(area, exchange, &lines);
            }
        }
        writer.finish(self.kind, self.as_of)
    }
}

impl Extend<Nanp> for ListBuilder {
    fn extend<I: IntoIterator<Item = Nanp>>(&mut self, numbers: I) {
        numbers.into_iter().for_each(|number| self.add(number));
    }
}
