use std::io::{BufRead, Read as _};

use super::{Chain, FaultKind, FileFault, LineFault, decode_line};
use crate::Event;

/// Longest line that is read, in bytes; longer is broken, so that no file fills the memory.
const LONGEST_LINE: u64 = 16 << 20;

/// Reads a journal file event by event and checks that each follows from those before it: form, position, version,
/// hash. It ends with the first fault.
#[derive(Debug)]
pub struct JournalReader<R> {
    input: R,
    chain: Chain,
    line: u64,
    /// Bytes of the line in hand, and of the good lines before it.
    taken: u64,
    good: u64,
    done: bool,
}

impl<R: BufRead> JournalReader<R> {
    /// A reader at the beginning of `input`.
    pub fn new(input: R) -> Self {
        Self { input, chain: Chain::new(), line: 0, taken: 0, good: 0, done: false }
    }

    /// How many lines were read, the faulty one included.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.line
    }

    /// How many bytes from the beginning are good lines.
    #[must_use]
    pub const fn good_bytes(&self) -> u64 {
        self.good
    }

    fn next_line(&mut self) -> Result<Option<String>, LineFault> {
        let mut bytes = Vec::new();
        let mut bounded = self.input.by_ref().take(LONGEST_LINE + 1);
        let read = bounded.read_until(b'\n', &mut bytes);
        read.map_err(|error| LineFault::new(FaultKind::Unreadable, format!("cannot be read: {error}")))?;
        self.taken = bytes.len() as u64;
        if bytes.is_empty() {
            return Ok(None);
        }
        let broken = |message| LineFault::new(FaultKind::BrokenLine, message);
        if bytes.pop() != Some(b'\n') {
            let long = bytes.len() as u64 >= LONGEST_LINE;
            return Err(broken(if long { "longer than 16 MiB" } else { "cut off: no line feed at its end" }));
        }
        if bytes.last() == Some(&b'\r') {
            return Err(LineFault::new(
                FaultKind::NotCanonical,
                "ends in CR LF instead of a line feed alone",
            ));
        }
        if bytes.starts_with(b"\xEF\xBB\xBF") {
            return Err(LineFault::new(FaultKind::NotCanonical, "begins with a byte order mark"));
        }
        String::from_utf8(bytes).map(Some).map_err(|_| broken("not UTF-8"))
    }
}

impl<R: BufRead> Iterator for JournalReader<R> {
    type Item = Result<Event, FileFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        self.line += 1;
        let line = self.line;
        let fault = |LineFault { kind, message }, place| FileFault { kind, line, place, message };
        let next = match self.next_line() {
            Ok(None) => {
                self.line -= 1;
                self.done = true;
                return None;
            }
            Ok(Some(text)) => decode_line(&text),
            Err(error) => Err(error),
        };
        let checked = next.map_err(|error| fault(error, None)).and_then(|event| {
            let place = Some((event.partition.clone(), event.position));
            match self.chain.follow(&event) {
                Ok(()) => Ok(event),
                Err(error) => Err(fault(LineFault::new(error.kind, error.message), place)),
            }
        });
        match checked {
            Ok(_) => self.good += self.taken,
            Err(_) => self.done = true,
        }
        Some(checked)
    }
}
