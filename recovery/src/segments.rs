//! How many segments a text message takes, and why.

/// How a text message is encoded on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the carriers know these two")]
pub enum Encoding {
    /// The 7-bit alphabet of GSM 03.38 with its extension table.
    Gsm7,
    /// 16-bit units: one character outside the 7-bit alphabet turns the whole message into this.
    Ucs2,
}

impl Encoding {
    /// Units that fit in a message of one segment.
    #[must_use]
    pub const fn single(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units that fit in each segment of a longer message; a header that joins them takes the rest.
    #[must_use]
    pub const fn joined(self) -> usize {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }
}

/// What a text message costs on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Segments {
    /// The encoding its characters force.
    pub encoding: Encoding,
    /// Units of that encoding: an extended GSM character and a surrogate pair are two.
    pub units: usize,
    /// Segments sent and billed; 0 for an empty text.
    pub segments: usize,
}

/// Counts the segments of a text message.
///
/// No character is split between segments, so two units that would straddle a border move to the next segment.
///
/// ```
/// use fixedops_recovery::segments::{Encoding, segments};
/// assert_eq!(segments(&"a".repeat(160)).segments, 1);
/// assert_eq!(segments(&"a".repeat(161)).segments, 2);
/// let accented = segments("más");
/// assert_eq!((accented.encoding, accented.units), (Encoding::Ucs2, 3));
/// ```
#[must_use]
pub fn segments(text: &str) -> Segments {
    // Plain English without brackets is the common case: one unit a byte.
    if text.bytes().all(|b| PLAIN.get(usize::from(b)) == Some(&true)) {
        let one = text.len() <= Encoding::Gsm7.single();
        let segments =
            if one { usize::from(!text.is_empty()) } else { text.len().div_ceil(Encoding::Gsm7.joined()) };
        return Segments { encoding: Encoding::Gsm7, units: text.len(), segments };
    }
    let encoding = if text.chars().all(|c| gsm_units(c).is_some()) { Encoding::Gsm7 } else { Encoding::Ucs2 };
    let width = |c: char| match encoding {
        Encoding::Gsm7 => gsm_units(c).unwrap_or(1),
        Encoding::Ucs2 => c.len_utf16(),
    };
    let units: usize = text.chars().map(width).sum();
    let segments =
        if units <= encoding.single() { usize::from(units > 0) } else { joined(text, encoding, width) };
    Segments { encoding, units, segments }
}

/// The bytes of ASCII that are one unit of GSM 03.38.
const PLAIN: [bool; 128] = {
    let mut plain = [false; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        // Indexed in a constant: out of bounds would not compile.
        #[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
        {
            plain[byte as usize] = matches!(gsm_units(byte as char), Some(1));
        }
        byte += 1;
    }
    plain
};

fn joined(text: &str, encoding: Encoding, width: impl Fn(char) -> usize) -> usize {
    let (mut segments, mut filled) = (1, 0);
    for units in text.chars().map(width) {
        if filled + units > encoding.joined() {
            segments += 1;
            filled = 0;
        }
        filled += units;
    }
    segments
}

/// The characters that force a text out of the 7-bit alphabet, in order, repeats included.
///
/// ```
/// use fixedops_recovery::segments::outside_gsm7;
/// assert_eq!(outside_gsm7("José está aquí").collect::<String>(), "áí");
/// ```
pub fn outside_gsm7(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|&c| gsm_units(c).is_none())
}

/// Units of a character in GSM 03.38; `None` for one that is not in it.
#[must_use]
pub const fn gsm_units(c: char) -> Option<usize> {
    match c {
        '\u{c}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        '`' => None,
        '\n' | '\r' | ' '..='~' => Some(1),
        '£' | '¥' | 'è' | 'é' | 'ù' | 'ì' | 'ò' | 'Ç' | 'Ø' | 'ø' | 'Å' | 'å' | 'Δ' | 'Φ' | 'Γ' | 'Λ'
        | 'Ω' | 'Π' | 'Ψ' | 'Σ' | 'Θ' | 'Ξ' | 'Æ' | 'æ' | 'ß' | 'É' | '¤' | '¡' | 'Ä' | 'Ö' | 'Ñ' | 'Ü'
        | '§' | '¿' | 'ä' | 'ö' | 'ñ' | 'ü' | 'à' => Some(1),
        _ => None,
    }
}
