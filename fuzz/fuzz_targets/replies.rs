//! Inbound texts: whatever they hold, they are read, always in the same way, and every line of the inspection gets one
//! answer. Begins from `fuzz/seeds/replies`.
#![no_main]

use fixedops_consent::{OpenLine, ReplyContext, ReplyLabel, classify, read_lines};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let context = ReplyContext {
        open_quotes: bytes.first().map(|byte| u32::from(byte % 3)),
        open_appointment: bytes.get(1).map(|byte| byte % 2 == 0),
        opted_out: bytes.get(2).map(|byte| byte % 2 == 0),
        open_question: bytes.get(3).map(|byte| byte % 2 == 0),
    };
    let reading = classify(&text, &context);
    assert_eq!(reading, classify(&text, &context));
    assert!(!reading.intents.is_empty());
    assert_eq!(reading.intents.len() > 1, reading.label == ReplyLabel::MultiIntent);
    let (first, second) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let lines =
        [OpenLine::new("a", first), OpenLine::new("b", "Front brakes"), OpenLine::new("c", "Rear brakes")];
    assert_eq!(read_lines(second, &lines).lines.len(), lines.len());
});
