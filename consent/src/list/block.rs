//! The lines of one exchange as bytes. How they are written follows from how many there are, so that a set of numbers
//! has one form only and no field says what another contradicts.
//!
//! | lines | form | bytes |
//! |---|---|---|
//! | 0, 10,000 | nothing | 0 |
//! | 1 to 40 | each in two bytes, little-endian, ascending | 2 n |
//! | 41 to 255 | 40 buckets of 256 numbers: where each ends (one byte), then the low bytes | 40 + n |
//! | 256 to 624 | the same, ends in two bytes | 80 + n |
//! | 625 to 9,999 | a bit for each number, lowest first | 1,250 |
//!
//! No block takes more than two bytes a number. Buckets would be smaller than bits up to 1,169 lines, but they are two
//! misses of the memory and a search where bits are one miss and none.

use super::nanp::LINES;

/// Buckets of an exchange: 10,000 / 256, rounded up.
const BUCKETS: u16 = 40;
const MOST_PAIRS: u16 = 40;
const LEAST_NARROW: u16 = MOST_PAIRS + 1;
const MOST_NARROW: u16 = 255;
const LEAST_WIDE: u16 = MOST_NARROW + 1;
const MOST_WIDE: u16 = 624;
const LEAST_BITS: u16 = MOST_WIDE + 1;
const BITMAP: u32 = 1_250;

/// Zeros behind the last block: a look-up reads eight bytes at once and looks at those that count.
pub(super) const SLACK: usize = 8;

/// Bytes of a block of so many lines.
pub(super) const fn size(count: u16) -> u32 {
    match count {
        0 | LINES.. => 0,
        1..=MOST_PAIRS => 2 * count as u32,
        LEAST_NARROW..=MOST_NARROW => BUCKETS as u32 + count as u32,
        LEAST_WIDE..=MOST_WIDE => 2 * BUCKETS as u32 + count as u32,
        _ => BITMAP,
    }
}

/// Adds the block of `lines`, ascending and each once.
pub(super) fn encode(lines: &[u16], out: &mut Vec<u8>) {
    let count = u16::try_from(lines.len()).unwrap_or(LINES);
    match count {
        0 | LINES.. => {}
        1..=MOST_PAIRS => lines.iter().for_each(|line| out.extend_from_slice(&line.to_le_bytes())),
        LEAST_NARROW..=MOST_WIDE => {
            let mut rest = lines.iter().peekable();
            let mut end = 0_u16;
            for bucket in 0..BUCKETS {
                while rest.next_if(|line| **line >> 8 == bucket).is_some() {
                    end += 1;
                }
                let [low, high] = end.to_le_bytes();
                out.push(low);
                if count > MOST_NARROW {
                    out.push(high);
                }
            }
            out.extend(lines.iter().map(|line| line.to_le_bytes()[0]));
        }
        _ => {
            let mut rest = lines.iter().peekable();
            for byte in 0..BITMAP {
                let mut bits = 0_u8;
                while let Some(line) = rest.next_if(|line| u32::from(**line >> 3) == byte) {
                    bits |= 1 << (line & 7);
                }
                out.push(bits);
            }
        }
    }
}

/// The lines of a block, ascending; `None` if `block` is not what [`encode`] writes for `count` of them.
pub(super) fn decode(count: u16, block: &[u8], lines: &mut Vec<u16>) -> Option<()> {
    lines.clear();
    if count > LINES || block.len() != usize::try_from(size(count)).ok()? {
        return None;
    }
    match count {
        0 => {}
        LINES.. => lines.extend(0..LINES),
        1..=MOST_PAIRS => lines.extend(block.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair))),
        LEAST_NARROW..=MOST_WIDE => {
            let wide = count > MOST_NARROW;
            let (ends, lows) = block.split_at_checked(usize::from(BUCKETS) << usize::from(wide))?;
            let mut begin = 0_usize;
            for bucket in 0..BUCKETS {
                let place = usize::from(bucket);
                let end = if wide {
                    ends.as_chunks::<2>().0.get(place).map(|end| usize::from(u16::from_le_bytes(*end)))?
                } else {
                    usize::from(*ends.get(place)?)
                };
                lines.extend(lows.get(begin..end)?.iter().map(|low| bucket << 8 | u16::from(*low)));
                begin = end;
            }
        }
        _ => {
            for (byte, bits) in (0_u16..).zip(block) {
                lines.extend((0..8).filter(|bit| bits >> bit & 1 == 1).map(|bit| byte << 3 | bit));
            }
        }
    }
    let right = lines.len() == usize::from(count)
        && lines.last().is_none_or(|last| *last < LINES)
        && lines.is_sorted_by(|one, next| one < next);
    right.then_some(())
}

/// Where in the data the answer lies. A look-up is taken in steps, so that a batch takes each step for many numbers
/// before the next for any, and the memory fetches for all at once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spot {
    /// Where it begins.
    from: u32,
    /// How many of the form.
    count: u16,
    /// What is looked for.
    line: u16,
    form: Form,
}

#[derive(Clone, Copy, Debug, Default)]
enum Form {
    #[default]
    No,
    Yes,
    /// A pair that is the line.
    Pairs,
    /// A byte that is the line's low one.
    Low,
    /// The line's bit in the one byte.
    Bit,
}

/// The byte that [`narrow`] reads first: to be fetched beforehand.
#[inline]
pub(super) fn first_touched(from: u32, count: u16, line: u16) -> u32 {
    let bucket = u32::from(line >> 8);
    from.wrapping_add(match count {
        LEAST_NARROW..=MOST_NARROW => bucket,
        LEAST_WIDE..=MOST_WIDE => 2 * bucket,
        LEAST_BITS.. => u32::from(line >> 3),
        _ => 0,
    })
}

/// The first step, for a block of `count` lines at `from`. Data that is no list gives an answer too, of no worth.
#[inline]
pub(super) fn narrow(data: &[u8], from: u32, count: u16, line: u16) -> Spot {
    let bucket = u32::from(line >> 8);
    match count {
        0 => Spot::default(),
        1..=MOST_PAIRS => Spot { from, count, line, form: Form::Pairs },
        LEAST_NARROW..=MOST_NARROW => {
            let begin = if bucket == 0 { 0 } else { byte(data, from + bucket - 1) };
            let end = byte(data, from + bucket);
            let from = from + u32::from(BUCKETS) + u32::from(begin);
            Spot { from, count: u16::from(end.saturating_sub(begin)), line, form: Form::Low }
        }
        LEAST_WIDE..=MOST_WIDE => {
            let begin = if bucket == 0 { 0 } else { pair(data, from + 2 * bucket - 2) };
            let end = pair(data, from + 2 * bucket);
            let from = from + 2 * u32::from(BUCKETS) + u32::from(begin);
            Spot { from, count: end.saturating_sub(begin), line, form: Form::Low }
        }
        LINES.. => Spot { form: Form::Yes, ..Spot::default() },
        LEAST_BITS.. => Spot { from: from + u32::from(line >> 3), count: 1, line, form: Form::Bit },
    }
}

/// The second step.
#[inline]
pub(super) fn look(data: &[u8], Spot { from, count, line, form }: Spot) -> bool {
    match form {
        Form::No => false,
        Form::Yes => true,
        Form::Bit => byte(data, from) >> (line & 7) & 1 == 1,
        Form::Low => has_byte(data, from, count, line.to_le_bytes()[0]),
        Form::Pairs => has_pair(data, from, count, line),
    }
}

/// Both steps at once, for one number.
#[inline]
pub(super) fn contains(data: &[u8], from: u32, count: u16, line: u16) -> bool {
    match count {
        0 => false,
        1..=MOST_PAIRS => has_pair(data, from, count, line),
        LEAST_NARROW..=MOST_WIDE => {
            let Spot { from, count, .. } = narrow(data, from, count, line);
            has_byte(data, from, count, line.to_le_bytes()[0])
        }
        LINES.. => true,
        LEAST_BITS.. => byte(data, from + u32::from(line >> 3)) >> (line & 7) & 1 == 1,
    }
}

impl Spot {
    /// The byte that [`look`] reads first.
    #[inline]
    pub(super) fn touched(self) -> u32 {
        self.from
    }
}

/// Fetches the bytes at these places, all of them at once: nothing waits for what it reads. Without it each miss is met
/// in the middle of the work on one number, and only a few are under way together.
#[inline]
pub(super) fn fetch(data: &[u8], places: impl Iterator<Item = u32>) {
    core::hint::black_box(places.fold(0, |all, place| all ^ byte(data, place)));
}

#[inline]
fn byte(data: &[u8], at: u32) -> u8 {
    usize::try_from(at).ok().and_then(|at| data.get(at)).copied().unwrap_or(0)
}

#[inline]
fn pair(data: &[u8], at: u32) -> u16 {
    let chunk = usize::try_from(at).ok().and_then(|at| data.get(at..)?.first_chunk::<2>());
    chunk.map_or(0, |chunk| u16::from_le_bytes(*chunk))
}

#[inline]
fn word(data: &[u8], at: u32) -> u64 {
    let chunk = usize::try_from(at).ok().and_then(|at| data.get(at..)?.first_chunk::<8>());
    chunk.map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

/// Eight bytes at a time: a byte of `word ^ low in every byte` that is zero is `low`. The lowest mark of the usual trick
/// (`(x - 0x01..) & !x & 0x80..`) is always true, and only marks below the end are looked at.
#[inline]
fn has_byte(data: &[u8], mut from: u32, mut count: u16, low: u8) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let low = u64::from(low) * ONES;
    loop {
        let x = word(data, from) ^ low;
        let marks = x.wrapping_sub(ONES) & !x & HIGHS;
        if count <= 8 {
            // Shifted out: all but the lowest `count` bytes.
            let kept = if count == 0 { 0 } else { marks << (64 - 8 * u32::from(count)) };
            return kept != 0;
        }
        if marks != 0 {
            return true;
        }
        from += 8;
        count -= 8;
    }
}

#[inline]
fn has_pair(data: &[u8], from: u32, count: u16, line: u16) -> bool {
    let bytes = usize::try_from(from).ok().and_then(|from| data.get(from..from + 2 * usize::from(count)));
    let pairs = bytes.unwrap_or_default().as_chunks::<2>().0;
    // No early end: compared many at a time.
    pairs.iter().fold(false, |found, pair| found | (u16::from_le_bytes(*pair) == line))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every line of an exchange asked of a block, in both steps.
    fn asked(data: &[u8], count: u16) -> Vec<u16> {
        for line in 0..LINES {
            let spot = narrow(data, 0, count, line);
            assert_eq!(contains(data, 0, count, line), look(data, spot), "{count}: {line}");
        }
        let spots: Vec<Spot> = (0..LINES).map(|line| narrow(data, 0, count, line)).collect();
        (0..LINES).zip(spots).filter(|(_, spot)| look(data, *spot)).map(|(line, _)| line).collect()
    }

    fn round(lines: &[u16]) {
        let count = u16::try_from(lines.len()).unwrap();
        let mut block = vec![];
        encode(lines, &mut block);
        assert_eq!(block.len(), size(count) as usize, "{count}");
        let mut back = vec![];
        assert_eq!(decode(count, &block, &mut back), Some(()), "{count}");
        assert_eq!(back, lines);
        block.extend([0; SLACK]);
        assert_eq!(asked(&block, count), lines, "{count}");
    }

    #[test]
    fn every_form_holds_at_its_borders() {
        for count in [0, 1, 2, 39, 40, 41, 42, 254, 255, 256, 257, 623, 624, 625, 626, 9_999, 10_000] {
            round(&(0..count).collect::<Vec<_>>());
            round(&(LINES - count..LINES).collect::<Vec<_>>());
            let spread = |n: u16| u16::try_from(u32::from(n) * 9_999 / u32::from(count.max(2) - 1)).unwrap();
            round(&(0..count).map(spread).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_block_takes_more_than_two_bytes_a_number() {
        for count in 1..LINES {
            let n = u32::from(count);
            let (pairs, buckets) = (2 * n, if n < 256 { 40 + n } else { 80 + n });
            assert!(size(count) <= 2 * n, "{count}");
            assert_eq!(size(count), if BITMAP <= 2 * n { BITMAP } else { pairs.min(buckets) }, "{count}");
        }
    }

    #[test]
    fn a_block_out_of_order_or_beyond_the_exchange_is_none() {
        let mut lines = vec![];
        assert_eq!(decode(2, &[5, 0, 4, 0], &mut lines), None, "descending");
        assert_eq!(decode(2, &[5, 0, 5, 0], &mut lines), None, "twice");
        assert_eq!(decode(1, &[0x10, 0x27], &mut lines), None, "line 10000");
        assert_eq!(decode(1, &[0x0f, 0x27], &mut lines), Some(()), "line 9999");
        assert_eq!(decode(10_001, &[], &mut lines), None);
        assert_eq!(decode(1, &[1], &mut lines), None, "too short");
        let mut block = vec![];
        encode(&(0..60).collect::<Vec<_>>(), &mut block);
        block[39] = 59;
        assert_eq!(decode(60, &block, &mut lines), None, "ends before the last");
        let mut bits = vec![0xff; 1_250];
        bits[0] = 0xfe;
        assert_eq!(decode(9_999, &bits, &mut lines), Some(()));
        assert_eq!(decode(9_998, &bits, &mut lines), None, "another count");
    }

    proptest! {
        #[test]
        fn any_set_of_lines_comes_back(lines in prop::collection::btree_set(0..LINES, 0..1_400)) {
            round(&lines.into_iter().collect::<Vec<_>>());
        }

        /// No bytes make a look-up panic.
        #[test]
        fn any_bytes_are_looked_into(
            data in prop::collection::vec(any::<u8>(), 0..200),
            from in prop_oneof![0_u32..300, any::<u32>().prop_map(|n| n / 2)],
            count in any::<u16>(),
            line in 0..LINES,
        ) {
            let _ = look(&data, narrow(&data, from, count, line));
            let _ = decode(count, &data, &mut vec![]);
        }
    }
}
