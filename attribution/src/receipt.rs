use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;
use std::collections::BTreeSet;

use fixedops_vocab::{Money, RoLineId};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use crate::judge;
use crate::{Claim, Evidence, Policy, Reason, RepairOrder, Trigger, canonical};

/// The proof of one credit: the facts, the rule and the result, under a hash of all of it.
///
/// [`verify`](Self::verify) needs nothing but the receipt. It shows that the credit follows from the facts it names
/// under the rules it names, and that nothing was changed since. Whether the facts are those of the journal, and
/// whether a better claim was left out, only a new [`assign`](crate::assign) over the journal can show.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Receipt {
    /// SHA-256 of the canonical JSON (RFC 8785) of `body`.
    pub id: ReceiptId,
    /// What it says.
    pub body: Box<ReceiptBody>,
}

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReceiptBody {
    /// The receipt before it in the chain.
    pub previous: Option<ReceiptId>,
    /// The rules and their version.
    pub policy: Policy,
    /// The trigger, with its touches, appointment and proofs.
    pub trigger: Trigger,
    /// The order as it stood.
    pub ro: RepairOrder,
    /// The line that is credited.
    pub line: RoLineId,
    /// The rung.
    pub evidence: Evidence,
    /// What other credits of the order had taken before this one, in the currency of the line.
    pub credited_before: Money,
    /// The dollars credited.
    pub amount: Money,
    /// The other triggers that claimed the line, best first.
    pub competing: Vec<Claim>,
}

impl Receipt {
    /// The receipt of `body`.
    #[must_use]
    pub fn new(body: ReceiptBody) -> Self {
        Self { id: ReceiptId::of(&body), body: Box::new(body) }
    }

    /// The same receipt after `previous` in a chain: another receipt, with an id of its own.
    #[must_use]
    pub fn after(mut self, previous: Option<ReceiptId>) -> Self {
        self.body.previous = previous;
        Self::new(*self.body)
    }

    /// The bytes that are hashed: canonical JSON of the body.
    #[must_use]
    pub fn canonical_json(&self) -> Vec<u8> {
        canonical::bytes(&self.body)
    }

    /// Recomputes the receipt from what it says.
    ///
    /// # Errors
    /// The first [`ReceiptFault`] found.
    pub fn verify(&self) -> Result<(), ReceiptFault> {
        let body = &self.body;
        if ReceiptId::of(body) != self.id {
            return Err(ReceiptFault::IdDiffers);
        }
        let rules = body.policy.rules();
        let (trigger, order) = (body.trigger.normalized(), body.ro.normalized());
        if let Some(reason) = judge::unfit(&order, rules) {
            return Err(ReceiptFault::NotCreditable(reason));
        }
        let line = order.lines.iter().find(|line| line.line == body.line).ok_or(ReceiptFault::NoSuchLine)?;
        if let Some(reason) = judge::uncreditable(line) {
            return Err(ReceiptFault::NotCreditable(reason));
        }
        if !judge::linked(&trigger, line, rules) {
            return Err(ReceiptFault::NotCreditable(Reason::NotLinked));
        }
        let reach = judge::reach(&trigger, &order, rules).map_err(ReceiptFault::NotCreditable)?;
        let claim = reach.claim_line(&trigger, rules).ok_or(ReceiptFault::NotCreditable(Reason::RungOff))?;
        if claim.evidence != body.evidence {
            return Err(ReceiptFault::EvidenceDiffers { found: claim.evidence });
        }
        if body.competing.iter().any(|other| claim.compare(other, rules) != Ordering::Less) {
            return Err(ReceiptFault::BetterClaim);
        }
        let before = body.credited_before;
        let sane = before.currency() == line.amount.currency() && before.amount() >= Decimal::ZERO;
        if !sane || judge::payable(&order, line, before.amount()) != Some(body.amount) {
            return Err(ReceiptFault::AmountDiffers);
        }
        Ok(())
    }
}

/// What is wrong with a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptFault {
    /// The id is not the hash of the body: one of them was changed.
    #[error("the id is not the hash of the receipt")]
    IdDiffers,
    /// The order has no such line.
    #[error("the order has no such line")]
    NoSuchLine,
    /// By its own facts and rules the line earns no credit.
    #[error("by its own facts the line earns no credit: {0}")]
    NotCreditable(Reason),
    /// By its own facts the rung is another.
    #[error("by its own facts the evidence is {found}")]
    EvidenceDiffers {
        /// The rung that the facts give.
        found: Evidence,
    },
    /// A competing claim it lists is better, or its own.
    #[error("a claim that it lists is better")]
    BetterClaim,
    /// By its own facts the dollars are others.
    #[error("by its own facts the amount differs")]
    AmountDiffers,
    /// It does not follow the receipt before it.
    #[error("it does not name the receipt before it")]
    BrokenChain,
}

/// Verifies a chain of receipts, the first following `head`; returns its new head.
///
/// # Errors
/// The place of the first bad receipt, counted from 0, and its fault.
pub fn verify_chain<'a>(
    head: Option<ReceiptId>,
    receipts: impl IntoIterator<Item = &'a Receipt>,
) -> Result<Option<ReceiptId>, (usize, ReceiptFault)> {
    let mut head = head;
    for (place, receipt) in receipts.into_iter().enumerate() {
        if receipt.body.previous != head {
            return Err((place, ReceiptFault::BrokenChain));
        }
        receipt.verify().map_err(|fault| (place, fault))?;
        head = Some(receipt.id);
    }
    Ok(head)
}

/// Verifies receipts one after another, of one chain or of several side by side: a journal that keeps a chain for each
/// order holds many.
///
/// A receipt begins a chain, or names an earlier one that no other has named: so none can be left out from between, put
/// in between, or told twice. That the last of a chain was not cut off, only its head tells, kept elsewhere.
///
/// ```
/// let verifier = fixedops_attribution::Verifier::default();
/// assert_eq!((verifier.receipts(), verifier.heads().count()), (0, 0));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Verifier {
    receipts: u64,
    begun: BTreeSet<ReceiptId>,
    heads: BTreeSet<ReceiptId>,
}

impl Verifier {
    /// Takes the next receipt.
    ///
    /// # Errors
    /// The [`ReceiptFault`] that it has; then nothing was taken.
    pub fn receipt(&mut self, receipt: &Receipt) -> Result<(), ReceiptFault> {
        receipt.verify()?;
        match receipt.body.previous {
            Some(previous) if !self.heads.remove(&previous) => return Err(ReceiptFault::BrokenChain),
            None if !self.begun.insert(receipt.id) => return Err(ReceiptFault::BrokenChain),
            _ => {}
        }
        self.heads.insert(receipt.id);
        self.receipts += 1;
        Ok(())
    }

    /// How many held.
    #[must_use]
    pub const fn receipts(&self) -> u64 {
        self.receipts
    }

    /// The last receipt of each chain, by id.
    pub fn heads(&self) -> impl Iterator<Item = ReceiptId> + '_ {
        self.heads.iter().copied()
    }
}

/// The id of a receipt: a SHA-256, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct ReceiptId([u8; 32]);

impl ReceiptId {
    fn of(body: &ReceiptBody) -> Self {
        Self(Sha256::digest(canonical::bytes(body)).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceiptId({self})")
    }
}

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("receipt id is not 64 lower-case hexadecimal digits")]
pub struct NotAReceiptId;

impl FromStr for ReceiptId {
    type Err = NotAReceiptId;
    fn from_str(text: &str) -> Result<Self, NotAReceiptId> {
        // The form is that of a keyed contact hash, and so is its reading.
        text.parse::<fixedops_vocab::ContactHash>()
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_| NotAReceiptId)
    }
}

impl TryFrom<String> for ReceiptId {
    type Error = NotAReceiptId;
    fn try_from(text: String) -> Result<Self, NotAReceiptId> {
        text.parse()
    }
}

impl From<ReceiptId> for String {
    fn from(id: ReceiptId) -> Self {
        id.to_string()
    }
}
