use fixedops_vocab::PhoneNumber;

/// Reads a number as people type it in North America: ten digits, or eleven beginning with 1, with the usual marks
/// between them. Nothing is guessed: what is not plainly such a number is refused, with the reason.
///
/// # Errors
/// Why it is none, in words that do not hold the number.
pub(super) fn nanp(typed: &str) -> Result<PhoneNumber, &'static str> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err("no number was entered");
    }
    if typed.chars().any(|c| !(c.is_ascii_digit() || " +-().\u{a0}".contains(c))) {
        return Err(
            "holds something other than digits and the marks between them (an extension is no part of it)",
        );
    }
    if typed.rfind('+').is_some_and(|at| at > 0) {
        return Err("has a plus sign inside");
    }
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let national = match (digits.len(), digits.strip_prefix('1')) {
        (11, Some(national)) => national,
        _ if typed.starts_with('+') => return Err("is not of the North American Numbering Plan"),
        (10, _) => digits.as_str(),
        (0..=9, _) => return Err("has too few digits: ten are needed"),
        _ => return Err("has too many digits: ten are needed"),
    };
    let number: PhoneNumber = format!("+1{national}").parse().map_err(|_| "is no telephone number")?;
    match number.area_code() {
        None => Err("is no North American number: area code and exchange begin with 2 to 9"),
        Some(code) if code.ends_with("11") => Err("has an area code that is a service code"),
        Some(_) => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_typed_and_nothing_is_guessed() {
        for typed in [
            "(404) 555-0123",
            "404-555-0123",
            "404.555.0123",
            " +1 404 555 0123 ",
            "14045550123",
            "1-404-555-0123",
            "4045550123",
        ] {
            assert_eq!(
                nanp(typed).map(|number| number.expose().to_owned()),
                Ok("+14045550123".to_owned()),
                "{typed}"
            );
        }
        for (typed, why) in [
            ("", "no number"),
            ("555-0123", "too few"),
            ("404-555-01234", "too many"),
            ("404-555-0123 x7", "extension"),
            ("4O4-555-0123", "other than digits"),
            ("104-555-0123", "2 to 9"),
            ("404-155-0123", "2 to 9"),
            ("+44 20 7123 4567", "North American"),
            ("+4045550123", "North American"),
            ("404+5550123", "inside"),
            ("911-555-0123", "service code"),
            ("２０２-555-0123", "other than digits"),
        ] {
            let said = nanp(typed).expect_err(typed);
            assert!(said.contains(why), "{typed}: {said}");
        }
    }
}
