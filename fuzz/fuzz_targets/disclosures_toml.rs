//! Texts of disclosures and of confirmations: refused by line, field and reason, or ones that hold what they declare.
#![no_main]

use fixedops_consent::capture::Disclosures;
use fixedops_consent::confirmation::{ConfirmationTexts, TextId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Disclosures::from_toml("d.toml", text) {
        Ok(texts) => {
            for text in texts.texts() {
                let shown = text.render("Main Street Motors").expect("a plain name");
                assert!(shown.text.contains("Main Street Motors") && text.has_words(&shown.text));
                for channel in &text.channels {
                    for element in fixedops_consent::capture::Element::ALL {
                        let needed = element.is_needed(text.level, *channel);
                        assert!(!needed || text.elements.contains(element), "a text that lacks an element");
                    }
                }
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(texts) = ConfirmationTexts::from_toml("c.toml", text) {
        for id in TextId::ALL {
            let said = texts.find(*id, fixedops_consent::capture::Language::En).render("Main Street Motors");
            assert!(!said.expect("a plain name").contains("http"));
        }
    }
});
