//! Capture: how a consent comes about, checked when it is made.
//!
//! A tablet, a web page, a clerk with a sheet of paper or a text message records a [`Capture`]: which words were shown,
//! what the person did, when, for which number. [`examine`] answers with a [`Grant`], or with every element that is
//! missing, each with field, reason and citation: a worthless consent is refused at the counter and not in court.
//!
//! ```
//! use fixedops_consent::capture::{Capture, Desk, Disclosures, Language, examine};
//! use fixedops_vocab::{Channel, SellerId};
//!
//! let texts = Disclosures::shipped();
//! let seller: SellerId = "main-street".parse()?;
//! let desk = Desk { texts: &texts, seller: &seller, seller_name: "Main Street Motors" };
//! let shown = texts.find("service_texts", "1", Language::En).expect("shipped").render(desk.seller_name)?;
//! let mut capture: Capture = serde_json::from_value(serde_json::json!({
//!     "disclosure": {"id": "service_texts", "version": "1", "language": "en", "digest": shown.digest},
//!     "page_language": "en", "page_digest": shown.digest, "place": "tablet",
//!     "level": "pewc", "channels": ["sms"], "box": "unticked", "act": "tick",
//!     "condition_of_purchase": false, "at": "2026-12-01T10:15:00-05:00",
//!     "number": "(404) 555-0123", "number_confirmed": "404-555-0123", "seller": "main-street"
//! }))?;
//! let now = "2026-12-01T15:15:02Z".parse()?;
//! let grant = examine(&capture, &desk, now).expect("nothing is missing");
//! assert_eq!(grant.consent().lacks_written(Channel::Sms, now), None);
//!
//! // The same with a box that was ticked beforehand, at a time nobody can place:
//! capture.r#box = fixedops_consent::capture::TickBox::PreTicked;
//! capture.at = "2026-12-01T10:15:00".to_owned();
//! let lacks = examine(&capture, &desk, now).unwrap_err();
//! assert_eq!(lacks.iter().map(|lack| lack.field).collect::<Vec<_>>(), ["at", "box"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod examine;
mod number;
mod opt_in;
mod record;
#[cfg(test)]
mod tests;
mod texts;

pub(crate) use texts::{line_of, plain};

pub use examine::{Desk, Grant, GrantEvidence, Lack, LackKind, examine};
pub use opt_in::{Command, Evidence, OptIn, OptInTerms, Phase, Reason, Step, Transition, Word};
pub use record::{Act, Capture, Place, Shown, TickBox};
pub use texts::{
    DisclosureText, Disclosures, Element, Language, Rendered, SellerNameError, TextsError, digest_of,
};
