use core::fmt;
use core::str::FromStr;

use rust_decimal::Decimal;

/// A currency by its ISO 4217 code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct Currency([u8; 3]);

impl Currency {
    /// US dollars.
    pub const USD: Self = Self(*b"USD");

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(MoneyError::NotACurrency),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An exact amount with its currency, to the cent. A line may be negative (a credit, a return, a discount).
///
/// JSON carries the amount as text (`"129.95"`), so no reader turns it into a float.
///
/// ```
/// use fixedops_vocab::Money;
/// let labor: Money = "120.00 USD".parse()?;
/// let discount: Money = "-12.00 USD".parse()?;
/// assert_eq!(labor.checked_add(discount), Some("108.00 USD".parse()?));
/// assert_eq!(labor.checked_add("1.00 CAD".parse()?), None);
/// # Ok::<(), fixedops_vocab::MoneyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "UncheckedMoney"))]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct UncheckedMoney {
    amount: Decimal,
    currency: Currency,
}

#[cfg(feature = "serde")]
impl TryFrom<UncheckedMoney> for Money {
    type Error = MoneyError;
    fn try_from(m: UncheckedMoney) -> Result<Self, MoneyError> {
        Self::new(m.amount, m.currency)
    }
}

impl Money {
    /// An amount in `currency`, kept with two decimals.
    ///
    /// # Errors
    /// [`MoneyError::FinerThanCents`] for a third decimal place; [`MoneyError::OutOfRange`] beyond plus or minus 10^12.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let mut amount = amount.normalize();
        if amount.scale() > 2 {
            return Err(MoneyError::FinerThanCents);
        }
        if amount.abs() > Decimal::new(1_000_000_000_000, 0) {
            return Err(MoneyError::OutOfRange);
        }
        amount.rescale(2);
        Ok(Self { amount, currency })
    }

    /// Whole cents of `currency`.
    #[must_use]
    pub fn cents(cents: i32, currency: Currency) -> Self {
        Self { amount: Decimal::new(i64::from(cents), 2), currency }
    }

    /// Nothing, in `currency`.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self::cents(0, currency)
    }

    /// The exact amount, two decimals.
    #[must_use]
    pub const fn amount(&self) -> Decimal {
        self.amount
    }

    /// Its currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The sum; `None` where the currencies differ or the sum is out of range.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        self.amount.checked_add(other.amount).and_then(|sum| Self::new(sum, self.currency).ok())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads `129.95 USD`.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (amount, currency) = text.trim().split_once(' ').ok_or(MoneyError::NoCurrency)?;
        Self::new(amount.parse().map_err(|_| MoneyError::NotANumber)?, currency.trim().parse()?)
    }
}

/// Why an amount was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Not an exact decimal number.
    #[error("amount is not a decimal number")]
    NotANumber,
    /// More than two decimal places.
    #[error("amount is finer than cents")]
    FinerThanCents,
    /// Beyond plus or minus 10^12.
    #[error("amount is out of range")]
    OutOfRange,
    /// The text names no currency.
    #[error("amount names no currency")]
    NoCurrency,
    /// Not three capital letters.
    #[error("currency is not three capital letters")]
    NotACurrency,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_money_is_refused_with_its_reason() {
        for (case, text, expected) in [
            ("no currency", "12.00", MoneyError::NoCurrency),
            ("words", "twelve USD", MoneyError::NotANumber),
            ("a third decimal", "1.005 USD", MoneyError::FinerThanCents),
            ("lower case", "1.00 usd", MoneyError::NotACurrency),
            ("too much", "1000000000001 USD", MoneyError::OutOfRange),
        ] {
            assert_eq!(text.parse::<Money>(), Err(expected), "{case}");
        }
    }

    proptest! {
        #[test]
        fn text_round_trips(cents: i32) {
            let money = Money::cents(cents, Currency::USD);
            prop_assert_eq!(money.to_string().parse::<Money>().unwrap(), money);
        }

        #[cfg(feature = "serde")]
        #[test]
        fn json_round_trips_and_keeps_amounts_as_text(cents: i32) {
            let money = Money::cents(cents, Currency::USD);
            let json = serde_json::to_value(money).unwrap();
            prop_assert!(json["amount"].is_string());
            prop_assert_eq!(serde_json::from_value::<Money>(json).unwrap(), money);
        }

        #[test]
        fn sums_are_exact(a in -1_000_000..1_000_000_i32, b in -1_000_000..1_000_000_i32) {
            let sum = Money::cents(a, Currency::USD).checked_add(Money::cents(b, Currency::USD));
            prop_assert_eq!(sum, Some(Money::cents(a + b, Currency::USD)));
        }
    }
}
