//! Where what people type becomes values.

use fixedops_closed_loop::ReadsPhones;
use fixedops_vocab::PhoneNumber;
use rlibphonenumber::{PhoneNumberFormat, Region};

/// Reads telephone numbers typed in the United States, with libphonenumber's metadata.
#[derive(Clone, Copy, Debug)]
pub struct Typed;

impl ReadsPhones for Typed {
    fn read(&self, typed: &str) -> Result<PhoneNumber, String> {
        let number =
            rlibphonenumber::PhoneNumber::parse(typed, Some(Region::US)).map_err(|e| e.to_string())?;
        let text = number.format_as(PhoneNumberFormat::E164);
        let number: PhoneNumber =
            text.parse().map_err(|error: fixedops_vocab::ContactPointError| error.to_string())?;
        // What reads as one of ours and cannot be one was never a number.
        if text.starts_with("+1") && number.area_code().is_none() {
            return Err("is no North American number".to_owned());
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_however_they_were_typed() {
        for typed in ["(404) 555-0123", "404.555.0123", "1 404 555 0123", "+1 404-555-0123", " 4045550123 "] {
            assert_eq!(Typed.read(typed).unwrap().expose(), "+14045550123", "{typed}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_without_repeating_it() {
        for typed in [
            "",
            "call me",
            "12",
            "no phone 4",
            "55501234567890123456",
            "404-555-01",
            "000-000-0000",
            "404-155-0123",
            "+1 104 555 0123",
        ] {
            let reason = Typed.read(typed).unwrap_err();
            assert!(typed.is_empty() || !reason.contains(typed), "{reason}");
        }
    }
}
