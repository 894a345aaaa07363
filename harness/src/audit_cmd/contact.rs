//! Whether what stands in a contact field is a contact point.

use fixedops_closed_loop::ReadsPhones;
use fixedops_closed_loop::audit::ContactState;
use fixedops_vocab::{EmailAddress, PhoneNumber};

use crate::edge::Typed;

/// A telephone number as typed: a North American number must have an area code and an exchange.
pub fn phone(text: &str) -> ContactState {
    let mut digits = text.bytes().filter(u8::is_ascii_digit);
    let mut national = [0_u8; 10];
    let mut filled = 0;
    // The usual ten digits are looked at by hand; everything else goes to the library.
    for place in &mut national {
        if let Some(digit) = digits.next() {
            *place = digit;
            filled += 1;
        }
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b" ()-.".contains(&byte));
    if plain && filled == 10 && digits.next().is_none() {
        let [area, _, _, exchange, ..] = national;
        let good = area >= b'2' && exchange >= b'2';
        return if good { ContactState::WellFormed } else { ContactState::Malformed };
    }
    let good = |number: PhoneNumber| !number.expose().starts_with("+1") || number.area_code().is_some();
    if Typed.read(text).is_ok_and(good) { ContactState::WellFormed } else { ContactState::Malformed }
}

/// A mailbox as typed.
pub fn email(text: &str) -> ContactState {
    match text.parse::<EmailAddress>() {
        Ok(_) => ContactState::WellFormed,
        Err(_) => ContactState::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_what_is_none() {
        for (text, good) in [
            ("(404) 555-0123", true),
            ("4045550123", true),
            ("1 404 555 0123", true),
            ("+44 20 7946 0018", true),
            ("404-155-0123", false),
            ("000-000-0000", false),
            ("call the wife", false),
            ("555-0123", false),
        ] {
            assert_eq!(phone(text) == ContactState::WellFormed, good, "{text}");
        }
    }
}
