use core::fmt;
use core::str::FromStr;

/// A vehicle identification number: 17 characters, digits and capital letters without I, O and Q.
///
/// Rules: 49 CFR 565.13 (b), (g); ISO 3779. Lower case and surrounding white space are put right at the door.
/// The check digit (49 CFR 565.15 (c)) is reported and not required: cars built for other markets have none.
/// A VIN leads to its owner, so `Debug` and `Display` show only the maker's three characters.
///
/// ```
/// use fixedops_vocab::{CheckDigit, Vin, VinError};
/// let vin: Vin = "1hgcm82633a004352".parse()?;
/// assert_eq!(vin.expose(), "1HGCM82633A004352");
/// assert_eq!(vin.to_string(), "1HG**************");
/// assert_eq!(vin.check_digit(), CheckDigit::Right);
/// assert_eq!("1HGCM82633A00435O".parse::<Vin>(), Err(VinError::ForbiddenLetter('O')));
/// # Ok::<(), VinError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct Vin([u8; 17]);

/// Place values of 49 CFR 565.15 (c), table IV; the ninth place is the check digit itself.
const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

impl Vin {
    /// The 17 characters. Customer data: not for logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("")
    }

    /// Whether the ninth character is the check digit of the others.
    #[must_use]
    pub fn check_digit(&self) -> CheckDigit {
        let sum: u32 = self.0.iter().zip(WEIGHTS).map(|(&byte, weight)| value(byte) * weight).sum();
        let expected = match sum % 11 {
            10 => 'X',
            digit => char::from_digit(digit, 10).unwrap_or('0'),
        };
        let found = self.0.get(8).map_or('0', |&byte| char::from(byte));
        if found == expected { CheckDigit::Right } else { CheckDigit::Wrong { expected, found } }
    }
}

/// Number of a character, 49 CFR 565.15 (c), table III.
fn value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'H' => u32::from(byte - b'A') + 1,
        b'J'..=b'N' => u32::from(byte - b'J') + 1,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => u32::from(byte - b'S') + 2,
        _ => 0,
    }
}

/// What the ninth character of a VIN says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum CheckDigit {
    /// It fits.
    Right,
    /// It does not: a typing error, or a car for a market without check digits.
    Wrong {
        /// The digit the other characters ask for.
        expected: char,
        /// The character that stands there.
        found: char,
    },
}

impl FromStr for Vin {
    type Err = VinError;
    fn from_str(text: &str) -> Result<Self, VinError> {
        let text = text.trim().to_ascii_uppercase();
        for letter in text.chars() {
            match letter {
                'I' | 'O' | 'Q' => return Err(VinError::ForbiddenLetter(letter)),
                '0'..='9' | 'A'..='Z' => {}
                other => return Err(VinError::ForbiddenCharacter(other)),
            }
        }
        <[u8; 17]>::try_from(text.as_bytes()).map(Self).map_err(|_| VinError::Length(text.len()))
    }
}

impl TryFrom<String> for Vin {
    type Error = VinError;
    fn try_from(text: String) -> Result<Self, VinError> {
        text.parse()
    }
}

impl From<Vin> for String {
    fn from(vin: Vin) -> Self {
        vin.expose().to_owned()
    }
}

impl fmt::Display for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expose().get(..3).unwrap_or(""))?;
        f.write_str("**************")
    }
}

impl fmt::Debug for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vin({self})")
    }
}

/// Why a VIN was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VinError {
    /// Not 17 characters.
    #[error("a VIN has 17 characters, this has {0}")]
    Length(usize),
    /// I, O or Q, which no VIN holds.
    #[error("no VIN holds the letter {0}")]
    ForbiddenLetter(char),
    /// Neither a digit nor a letter.
    #[error("a VIN holds digits and letters only, not {0:?}")]
    ForbiddenCharacter(char),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_letters_i_o_q_and_wrong_lengths_are_refused() {
        for letter in ['I', 'O', 'Q'] {
            let text = format!("1HGCM82633A00435{letter}");
            assert_eq!(text.parse::<Vin>(), Err(VinError::ForbiddenLetter(letter)));
        }
        assert_eq!("1HGCM82633A00435".parse::<Vin>(), Err(VinError::Length(16)));
        assert_eq!("".parse::<Vin>(), Err(VinError::Length(0)));
        assert_eq!("1HGCM82633A0043-2".parse::<Vin>(), Err(VinError::ForbiddenCharacter('-')));
    }

    #[test]
    fn one_wrong_digit_shows_in_the_check_digit_and_the_vin_still_stands() {
        let vin: Vin = "1HGCM82633A004353".parse().unwrap();
        assert_eq!(vin.check_digit(), CheckDigit::Wrong { expected: '5', found: '3' });
        // Both published examples: 49 CFR 565.15 and the all-ones VIN.
        assert_eq!("1M8GDM9AXKP042788".parse::<Vin>().unwrap().check_digit(), CheckDigit::Right);
        assert_eq!("11111111111111111".parse::<Vin>().unwrap().check_digit(), CheckDigit::Right);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_no_vin_shows(text in ".*") {
            if let Ok(vin) = text.parse::<Vin>() {
                let shown = format!("{vin:?} {vin}");
                prop_assert!(!shown.contains(vin.expose()));
            }
        }

        #[test]
        fn text_round_trips(text in "[A-HJ-NPR-Z0-9]{17}") {
            let vin: Vin = text.parse().unwrap();
            prop_assert_eq!(vin.expose(), text.as_str());
            let shown = format!("{vin:?} {vin}");
            prop_assert!(!shown.contains(&text));
        }
    }
}
