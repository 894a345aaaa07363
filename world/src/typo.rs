//! Odometers mistyped at write-up.

use fixedops_vocab::{DistanceUnit, RawOdometer};

use crate::draw::Draw;
use crate::parameters::Typos;

/// How a reading is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a typing error is one of these")]
pub enum Typo {
    /// A digit left out.
    DroppedDigit,
    /// A digit typed twice.
    ExtraDigit,
    /// Two neighbours exchanged.
    Transposed,
    /// Nothing but a zero.
    Zero,
    /// Kilometres, written as miles.
    Kilometres,
    /// What another car shows.
    OtherCar,
}

/// What is written where the dash shows `miles`, and how it is wrong if it is. A typing error that changes nothing
/// (two like digits exchanged) is none.
pub(crate) fn written(miles: f64, other: f64, typos: &Typos, draw: Draw) -> (RawOdometer, Option<Typo>) {
    // A dash counts to six digits: far inside the range of the cast.
    #[allow(clippy::cast_possible_truncation)]
    let whole = |miles: f64| miles.floor() as i64;
    let truth = whole(miles);
    let mut left = draw.unit("typo", 0);
    let typo = [
        (&typos.dropped_digit, Typo::DroppedDigit),
        (&typos.extra_digit, Typo::ExtraDigit),
        (&typos.transposed, Typo::Transposed),
        (&typos.zero, Typo::Zero),
        (&typos.kilometres, Typo::Kilometres),
        (&typos.other_car, Typo::OtherCar),
    ]
    .into_iter()
    .find(|(share, _)| {
        left -= share.value;
        left < 0.0
    })
    .map(|(_, typo)| typo);
    let mut digits: Vec<char> = truth.to_string().chars().collect();
    let place = draw.below(digits.len().saturating_sub(1).max(1), "typo place", 0);
    let number = |digits: &[char]| digits.iter().collect::<String>().parse().unwrap_or(truth);
    let shown = match typo {
        None => truth,
        Some(Typo::DroppedDigit) => {
            digits.remove(place.min(digits.len() - 1));
            if digits.is_empty() { 0 } else { number(&digits) }
        }
        Some(Typo::ExtraDigit) => {
            digits.insert(place, digits.get(place).copied().unwrap_or('0'));
            number(&digits)
        }
        Some(Typo::Transposed) => {
            // Two digits that differ, if there are.
            let differ = |at: &usize| digits.get(*at) != digits.get(at + 1) && at + 1 < digits.len();
            if let Some(at) = (place..digits.len()).chain(0..place).find(differ) {
                digits.swap(at, at + 1);
            }
            number(&digits)
        }
        Some(Typo::Zero) => 0,
        Some(Typo::Kilometres) => whole(miles * 1.609_344),
        Some(Typo::OtherCar) => whole(other),
    };
    (RawOdometer::new(shown * 1_000, DistanceUnit::Miles), typo.filter(|_| shown != truth))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Parameters;

    #[test]
    fn each_typing_error_makes_what_its_name_says() {
        let mut typos = Parameters::shipped().typos;
        let all = [
            Typo::DroppedDigit,
            Typo::ExtraDigit,
            Typo::Transposed,
            Typo::Zero,
            Typo::Kilometres,
            Typo::OtherCar,
        ];
        for typo in all {
            for (share, of) in [
                (&mut typos.dropped_digit, Typo::DroppedDigit),
                (&mut typos.extra_digit, Typo::ExtraDigit),
                (&mut typos.transposed, Typo::Transposed),
                (&mut typos.zero, Typo::Zero),
                (&mut typos.kilometres, Typo::Kilometres),
                (&mut typos.other_car, Typo::OtherCar),
            ] {
                share.value = f64::from(u8::from(of == typo));
            }
            for seed in 0..50 {
                let (raw, found) = written(48_250.6, 91_234.5, &typos, Draw::new("t", seed, 0));
                assert_eq!(found, Some(typo), "{typo:?}");
                let text = (raw.thousandths() / 1_000).to_string();
                let right = match typo {
                    Typo::DroppedDigit => text.len() == 4,
                    Typo::ExtraDigit => text.len() == 6,
                    Typo::Transposed => {
                        let sorted = |text: &str| {
                            let mut d: Vec<char> = text.chars().collect();
                            d.sort_unstable();
                            d
                        };
                        sorted(&text) == sorted("48250") || text == "8450" || text.len() == 5
                    }
                    Typo::Zero => text == "0",
                    Typo::Kilometres => text == "77651",
                    Typo::OtherCar => text == "91234",
                };
                assert!(right, "{typo:?} wrote {text}");
            }
        }
    }
}
