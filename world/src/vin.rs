//! Made-up VINs. They begin with 0, which ISO 3780 assigns to no region, so that no real car bears one.

use fixedops_vocab::{CheckDigit, Vin};

use crate::draw::Draw;
use crate::parameters::Parameters;

const LETTERS: [char; 33] = [
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'R', 'S', 'T', 'U', 'V', 'W', 'X',
    'Y', 'Z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// The VIN of a car as written, if it is.
pub(crate) fn vin(parameters: &Parameters, draw: Draw, rooftop: u32, index: u32) -> Option<String> {
    let faults = &parameters.vins;
    let drawn = draw.unit("vin", 0);
    let (missing, wrong) = (faults.missing.value, faults.wrong_check_digit.value);
    if drawn < missing {
        return None;
    }
    let right = right_vin(draw, rooftop, index);
    if drawn < missing + wrong {
        // The last digit mistyped: the form stands, the check digit tells.
        let mut typed: Vec<char> = right.chars().collect();
        if let Some(last) = typed.last_mut() {
            *last =
                if *last == '9' { '0' } else { char::from_digit(last.to_digit(10).unwrap_or(0) + 1, 10)? };
        }
        return Some(typed.into_iter().collect());
    }
    let short = drawn < missing + wrong + faults.short.value;
    Some(if short { right.chars().take(16).collect() } else { right })
}

fn right_vin(draw: Draw, rooftop: u32, index: u32) -> String {
    let letters: String = (0..7).filter_map(|place| draw.pick(&LETTERS, "vin letter", place)).collect();
    let make = |check: char| format!("0{letters}{check}{rooftop:02}{index:06}");
    // Rooftops past 99 and cars past a million would be too long: cut, the form stands.
    let cut = |text: String| text.chars().take(17).collect::<String>();
    match cut(make('0')).parse::<Vin>().map(|vin| vin.check_digit()) {
        Ok(CheckDigit::Wrong { expected, .. }) => cut(make(expected)),
        _ => cut(make('0')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_vins_are_right_and_no_real_cars() {
        for index in 0..500 {
            let text = right_vin(Draw::new("t", u64::from(index), 0), 3, index);
            let vin: Vin = text.parse().unwrap();
            assert_eq!(vin.check_digit(), CheckDigit::Right, "{text}");
            assert!(text.starts_with('0'));
        }
    }
}
