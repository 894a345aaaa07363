//! A consent as a tablet sends it: refused with every element that is missing, or one that decide finds nothing missing in.
#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use fixedops_consent::capture::{Capture, Desk, Disclosures, Language, examine};
use fixedops_vocab::{ConsentLevel, SellerId};
use libfuzzer_sys::fuzz_target;

static TEXTS: LazyLock<Disclosures> = LazyLock::new(Disclosures::shipped);

fuzz_target!(|input: (&str, bool)| {
    let (text, right_words) = input;
    let Ok(mut capture) = serde_json::from_str::<Capture>(text) else { return };
    let name = "Main Street Motors";
    if right_words {
        // Nobody guesses a digest: let some through that door.
        let shown = TEXTS.find("service_texts", "1", Language::En).and_then(|text| text.render(name).ok());
        if let Some(shown) = shown {
            capture.disclosure.digest = shown.digest;
        }
    }
    let seller: SellerId = "main-street".parse().expect("an id");
    let desk = Desk { texts: &TEXTS, seller: &seller, seller_name: name };
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
    match examine(&capture, &desk, now) {
        Err(lacks) => assert!(!lacks.is_empty(), "refused without a reason"),
        Ok(grant) if capture.level == ConsentLevel::Pewc => {
            for channel in &capture.channels {
                assert_eq!(grant.consent().lacks_written(*channel, now), None);
            }
        }
        Ok(_) => {}
    }
    let _ = (format!("{capture:?}"), capture.private_text());
});
