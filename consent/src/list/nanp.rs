use core::fmt;
use core::str::FromStr;

use fixedops_vocab::PhoneNumber;

/// A telephone number of the North American Numbering Plan: area code, exchange, line.
///
/// Area code and exchange are three digits from 200 to 999 and do not end in 11 (411, 911 and their like are services,
/// no places); the line is 0000 to 9999. Whether anybody has the number only the telephone network can tell. Numbers
/// are in the order of their digits. It is customer data: `Debug` and `Display` show the last two digits.
///
/// ```
/// use fixedops_consent::list::Nanp;
/// let number: Nanp = "(404) 555-0123".parse()?;
/// assert_eq!(number.expose(), 4_045_550_123);
/// assert_eq!(number.to_string(), "***23");
/// assert!("911-555-0123".parse::<Nanp>().is_err());
/// # Ok::<(), fixedops_consent::list::NanpError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanp {
    area: u16,
    exchange: u16,
    line: u16,
}

/// Why a text is no North American number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NanpError {
    /// There is no digit.
    #[error("empty")]
    Empty,
    /// Something stands there that is neither a digit nor a space, a hyphen, a full stop, or a bracket.
    #[error("a character that belongs to no telephone number")]
    Character,
    /// Neither ten digits nor eleven that begin with 1.
    #[error("neither ten digits nor 1 and ten digits")]
    Digits,
    /// It begins with + and something else than 1.
    #[error("a number of another country")]
    OtherCountry,
    /// The area code is below 200, or ends in 11.
    #[error("no area code: 200 to 999, not ending in 11")]
    AreaCode,
    /// The exchange is below 200, or ends in 11.
    #[error("no exchange: 200 to 999, not ending in 11")]
    Exchange,
}

impl NanpError {
    /// The part of the number that is to blame: `area_code`, `exchange`, or `number`.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::AreaCode => "area_code",
            Self::Exchange => "exchange",
            _ => "number",
        }
    }
}

/// Area codes, and exchanges within one: those below 200 are none.
pub(super) const PLACES: usize = 800;
/// The first of them.
pub(super) const FIRST: u16 = 200;
/// Lines of an exchange.
pub(super) const LINES: u16 = 10_000;

impl Nanp {
    /// From its three parts.
    ///
    /// # Errors
    ///
    /// [`NanpError::AreaCode`], [`NanpError::Exchange`], and [`NanpError::Digits`] for a line above 9999.
    pub const fn new(area: u16, exchange: u16, line: u16) -> Result<Self, NanpError> {
        if !is_place(area) {
            Err(NanpError::AreaCode)
        } else if !is_place(exchange) {
            Err(NanpError::Exchange)
        } else if line >= LINES {
            Err(NanpError::Digits)
        } else {
            Ok(Self { area, exchange, line })
        }
    }

    /// From its ten digits as a number.
    ///
    /// # Errors
    ///
    /// As [`Nanp::new`]; [`NanpError::Digits`] where there are more than ten.
    pub fn from_digits(digits: u64) -> Result<Self, NanpError> {
        let front = u32::try_from(digits / u64::from(LINES)).map_err(|_| NanpError::Digits)?;
        let part = |number: u32| u16::try_from(number).map_err(|_| NanpError::Digits);
        let line = u16::try_from(digits % u64::from(LINES)).map_err(|_| NanpError::Digits)?;
        if front >= 1_000_000 {
            return Err(NanpError::Digits);
        }
        Self::new(part(front / 1_000)?, part(front % 1_000)?, line)
    }

    /// From text: ten digits, with or without a 1 or +1 before them, with spaces, hyphens, full stops and brackets
    /// anywhere, or as the registry writes it, `404,5550123`. Nothing else is read as a number, and bytes need not be
    /// UTF-8. Takes some nanoseconds where there are digits only.
    ///
    /// ```
    /// use fixedops_consent::list::{Nanp, NanpError};
    /// for text in ["4045550123", "404,5550123", "14045550123", "+1 404 555 0123", "(404) 555-0123", "404.555.0123"] {
    ///     assert_eq!(Nanp::parse(text.as_bytes()).map(Nanp::expose), Ok(4_045_550_123), "{text}");
    /// }
    /// assert_eq!(Nanp::parse(b"+44 20 7946 0123"), Err(NanpError::OtherCountry));
    /// assert_eq!(Nanp::parse(b"404555012"), Err(NanpError::Digits));
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with it; the text is not repeated.
    pub fn parse(text: &[u8]) -> Result<Self, NanpError> {
        if let Some(number) = text.as_array::<10>().and_then(|digits| plain(digits.as_slice(), &[])) {
            return number;
        }
        if let Some((area, [b',', rest @ ..])) = text.split_first_chunk::<3>()
            && rest.len() == 7
            && let Some(number) = plain(area, rest)
        {
            return number;
        }
        punctuated(text)
    }

    /// Area code, 200 to 999.
    #[must_use]
    pub const fn area_code(self) -> u16 {
        self.area
    }

    /// Exchange, 200 to 999.
    #[must_use]
    pub const fn exchange(self) -> u16 {
        self.exchange
    }

    /// Line within the exchange, 0 to 9999.
    #[must_use]
    pub const fn line(self) -> u16 {
        self.line
    }

    /// The ten digits as a number. Customer data: not for logs.
    #[must_use]
    pub fn expose(self) -> u64 {
        u64::from(self.area) * 10_000_000 + u64::from(self.exchange) * 10_000 + u64::from(self.line)
    }

    /// Place of its area code and of its exchange, from 0.
    pub(super) fn places(self) -> (usize, usize) {
        (usize::from(self.area.wrapping_sub(FIRST)), usize::from(self.exchange.wrapping_sub(FIRST)))
    }

    /// From the places of area code and exchange, which the caller knows to be some.
    pub(super) fn at(area: usize, exchange: usize, line: u16) -> Option<Self> {
        let part = |place: usize| u16::try_from(place).ok()?.checked_add(FIRST);
        Self::new(part(area)?, part(exchange)?, line).ok()
    }
}

/// Whether three digits are an area code or an exchange.
pub(super) const fn is_place(number: u16) -> bool {
    number >= FIRST && number < 1_000 && number % 100 != 11
}

/// Ten digits in two pieces; `None` where one is no digit.
fn plain(front: &[u8], back: &[u8]) -> Option<Result<Nanp, NanpError>> {
    let mut number = 0_u64;
    for byte in front.iter().chain(back) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    Some(Nanp::from_digits(number))
}

fn punctuated(text: &[u8]) -> Result<Nanp, NanpError> {
    let text = text.trim_ascii();
    let (plus, rest) = text.strip_prefix(b"+").map_or((false, text), |rest| (true, rest));
    let (mut number, mut digits) = (0_u64, 0_usize);
    for byte in rest {
        match byte {
            b'0'..=b'9' if digits == 15 => return Err(NanpError::Digits),
            b'0'..=b'9' => {
                digits += 1;
                number = number * 10 + u64::from(byte - b'0');
            }
            b' ' | b'-' | b'.' | b'(' | b')' => {}
            _ => return Err(NanpError::Character),
        }
    }
    let first = rest.iter().find(|byte| byte.is_ascii_digit());
    match (first, digits) {
        (None, _) => Err(NanpError::Empty),
        (Some(b'1'), 11) => Nanp::from_digits(number % 10_000_000_000),
        (Some(first), _) if plus && *first != b'1' => Err(NanpError::OtherCountry),
        (_, 10) if !plus => Nanp::from_digits(number),
        _ => Err(NanpError::Digits),
    }
}

impl FromStr for Nanp {
    type Err = NanpError;
    fn from_str(text: &str) -> Result<Self, NanpError> {
        Self::parse(text.as_bytes())
    }
}

impl TryFrom<&PhoneNumber> for Nanp {
    type Error = NanpError;
    fn try_from(number: &PhoneNumber) -> Result<Self, NanpError> {
        Self::parse(number.expose().as_bytes())
    }
}

impl fmt::Display for Nanp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "***{:02}", self.line % 100)
    }
}

impl fmt::Debug for Nanp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nanp({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_written_and_nothing_else_is() {
        use NanpError::{AreaCode, Character, Digits, Empty, Exchange, OtherCountry};
        for (text, expected) in [
            ("2002000000", Ok(2_002_000_000)),
            ("9999999999", Ok(9_999_999_999)),
            ("404,5550123", Ok(4_045_550_123)),
            ("1-404-555-0123", Ok(4_045_550_123)),
            ("+1(404)555.0123", Ok(4_045_550_123)),
            ("  404 555 0123\t", Ok(4_045_550_123)),
            ("1999999999", Err(AreaCode)),
            ("0445550123", Err(AreaCode)),
            ("2119990000", Err(AreaCode)),
            ("911,9990000", Err(AreaCode)),
            ("4041550123", Err(Exchange)),
            ("4044110123", Err(Exchange)),
            ("404,9110000", Err(Exchange)),
            ("24045550123", Err(Digits)),
            ("40455501234", Err(Digits)),
            ("404555012", Err(Digits)),
            ("+4045550123", Err(OtherCountry)),
            ("+442079460123", Err(OtherCountry)),
            ("+1404555012", Err(Digits)),
            ("1111111111111111111111111", Err(Digits)),
            ("40,45550123", Err(Character)),
            ("404,555,0123", Err(Character)),
            ("404,555 0123", Err(Character)),
            ("404555o123", Err(Character)),
            ("404\u{a0}5550123", Err(Character)),
            ("(404) 555-0123 ext 4", Err(Character)),
            ("++14045550123", Err(Character)),
            ("", Err(Empty)),
            ("+", Err(Empty)),
            ("( ) -", Err(Empty)),
        ] {
            assert_eq!(Nanp::parse(text.as_bytes()).map(Nanp::expose), expected, "{text}");
        }
    }

    #[test]
    fn what_is_shown_names_nobody() {
        let number = Nanp::parse(b"4045550123").unwrap();
        assert_eq!(format!("{number} {number:?}"), "***23 Nanp(***23)");
        let phone: PhoneNumber = "+14045550123".parse().unwrap();
        assert_eq!(Nanp::try_from(&phone), Ok(number));
        let elsewhere: PhoneNumber = "+442079460123".parse().unwrap();
        assert_eq!(Nanp::try_from(&elsewhere), Err(NanpError::OtherCountry));
    }

    proptest! {
        /// No bytes make it panic, and what is read has the digits that stand there.
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
            if let Ok(number) = Nanp::parse(&bytes) {
                let digits: String = bytes.iter().filter(|b| b.is_ascii_digit()).map(|b| char::from(*b)).collect();
                let read = number.expose().to_string();
                prop_assert!(digits.ends_with(&read));
            }
        }

        /// The order is that of the digits, and the parts give the number back.
        #[test]
        fn the_order_is_that_of_the_digits(a in 0_u64..10_000_000_000, b in 0_u64..10_000_000_000) {
            if let (Ok(one), Ok(other)) = (Nanp::from_digits(a), Nanp::from_digits(b)) {
                prop_assert_eq!(one.cmp(&other), a.cmp(&b));
                prop_assert_eq!(Nanp::new(one.area_code(), one.exchange(), one.line()), Ok(one));
                prop_assert_eq!(one.expose(), a);
            }
        }
    }
}
