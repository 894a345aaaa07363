use std::io::BufRead;

use fixedops_vocab::SellerId;

use super::promises::Promises;
use super::{Breach, Chain, ChainFault, FileFault, JournalReader};
use crate::Event;

/// How many breaches are kept in full; beyond, they are counted.
const KEPT: usize = 100;

/// What was found in a journal whose chain holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Events read.
    pub events: u64,
    /// Partitions read, in order.
    pub partitions: Vec<SellerId>,
    /// The first 100 breaches of promises.
    pub breaches: Vec<Breach>,
    /// How many breaches there are in all.
    pub breach_count: u64,
}

impl Verification {
    /// Whether every promise that a journal can show is kept.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.breach_count == 0
    }

    fn note(&mut self, breaches: Vec<Breach>) {
        self.breach_count += breaches.len() as u64;
        let room = KEPT.saturating_sub(self.breaches.len());
        self.breaches.extend(breaches.into_iter().take(room));
    }
}

/// Checks a journal event by event: the chain, and the promises that can be seen from the journal alone.
///
/// It keeps what it must remember of one partition at a time: streams, touches, contacts with a revocation, crossings
/// and repair order lines.
#[derive(Debug, Default)]
pub struct Verifier {
    chain: Chain,
    promises: Promises,
    found: Verification,
}

impl Verifier {
    /// Before the first event.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// [`ChainFault`] where it does not follow from those before it. What comes after it proves nothing.
    pub fn event(&mut self, event: &Event) -> Result<(), ChainFault> {
        self.chain.follow(event)?;
        self.keep(event);
        Ok(())
    }

    fn keep(&mut self, event: &Event) {
        if self.found.partitions.last() != Some(&event.partition) {
            let ended = std::mem::take(&mut self.promises).end();
            self.found.note(ended);
            self.found.partitions.push(event.partition.clone());
        }
        self.found.events += 1;
        let breaches = self.promises.event(event);
        self.found.note(breaches);
    }

    /// After the last event.
    #[must_use]
    pub fn finish(mut self) -> Verification {
        let ended = self.promises.end();
        self.found.note(ended);
        self.found
    }
}

/// Checks a journal file.
///
/// # Errors
/// The first [`FileFault`]. Breaches of promises are no faults of the file: see [`Verification::breaches`].
pub fn verify(input: impl BufRead) -> Result<Verification, FileFault> {
    let mut verifier = Verifier::new();
    for event in JournalReader::new(input) {
        // The reader has followed the chain already.
        verifier.keep(&event?);
    }
    Ok(verifier.finish())
}
