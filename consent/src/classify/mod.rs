mod reading;

pub use reading::{Item, Mention, ReplyContext, ReplyLabel, ReplyReading, ReplyScope};

/// Reads an inbound text: what it means and what it revokes.
pub fn classify(text: &str, context: &ReplyContext) -> ReplyReading {
    let _ = (text, context);
    ReplyReading { label: ReplyLabel::Gibberish, scope: ReplyScope::None, intents: vec![], items: vec![] }
}
