//! Segments of text messages, counted as the carriers count them.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use fixedops_recovery::segments::{Encoding, gsm_units, outside_gsm7, segments};
use proptest::prelude::*;

#[test]
fn lengths_at_every_border() {
    let long = |text: &str, times| text.repeat(times);
    for (case, text, encoding, units, count) in [
        ("nothing", String::new(), Encoding::Gsm7, 0, 0),
        ("one segment full", long("a", 160), Encoding::Gsm7, 160, 1),
        ("one more", long("a", 161), Encoding::Gsm7, 161, 2),
        ("two full", long("a", 306), Encoding::Gsm7, 306, 2),
        ("three begun", long("a", 307), Encoding::Gsm7, 307, 3),
        ("the euro counts twice", long("€", 80), Encoding::Gsm7, 160, 1),
        ("and is not split: 153 is odd", long("€", 153), Encoding::Gsm7, 306, 3),
        ("letters of Spanish that are in the alphabet", long("éñüÑ¿¡", 20), Encoding::Gsm7, 120, 1),
        ("one that is not", "á".to_owned() + &long("a", 69), Encoding::Ucs2, 70, 1),
        ("70 is the end of it", "á".to_owned() + &long("a", 70), Encoding::Ucs2, 71, 2),
        ("67 in each of several", "á".to_owned() + &long("a", 133), Encoding::Ucs2, 134, 2),
        ("a third", "á".to_owned() + &long("a", 134), Encoding::Ucs2, 135, 3),
        ("a picture is two units", long("🚗", 35), Encoding::Ucs2, 70, 1),
        ("and is not split: 67 is odd", long("🚗", 67), Encoding::Ucs2, 134, 3),
        ("a typographic quote", "It’s".to_owned(), Encoding::Ucs2, 4, 1),
        ("a back quote is not in the alphabet", "`".to_owned(), Encoding::Ucs2, 1, 1),
        ("a line break is", "a\nb".to_owned(), Encoding::Gsm7, 3, 1),
        ("a tab is not", "a\tb".to_owned(), Encoding::Ucs2, 3, 1),
    ] {
        let found = segments(&text);
        assert_eq!((found.encoding, found.units, found.segments), (encoding, units, count), "{case}");
    }
}

/// The table of GSM 03.38 as its standard lists it: 128 places, one of them the escape, and ten extended characters.
#[test]
fn the_alphabet_is_that_of_the_standard() {
    const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
        ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const EXTENDED: &str = "\u{c}^{}\\[~]|€";
    assert_eq!((BASIC.chars().count(), EXTENDED.chars().count()), (127, 10));
    for c in '\0'..=char::MAX {
        let units = if BASIC.contains(c) { Some(1) } else { EXTENDED.contains(c).then_some(2) };
        assert_eq!(gsm_units(c), units, "{c:?}");
    }
}

proptest! {
    #[test]
    fn the_count_is_what_packing_unit_by_unit_gives(text in "[a€á🚗\\PC]{0,400}") {
        let found = segments(&text);
        prop_assert_eq!(found.encoding == Encoding::Gsm7, outside_gsm7(&text).next().is_none());
        let least = found.units.div_ceil(found.encoding.joined());
        if found.units <= found.encoding.single() {
            prop_assert_eq!(found.segments, usize::from(!text.is_empty()));
        } else {
            // A border costs one unit at most.
            let most = found.units.div_ceil(found.encoding.joined() - 1);
            prop_assert!((least..=most).contains(&found.segments));
        }
    }
}
