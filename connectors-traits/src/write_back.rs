use core::fmt;

use async_trait::async_trait;
use fixedops_vocab::{CaseId, CustomerId, InspectionId, Money, RoId, RoLineId};
use serde::{Deserialize, Serialize};

use crate::{ConnectorError, IdempotencyKey};

/// What is written back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum WriteBackKind {
    /// The reason of a decline, to the notes of the repair order on which it was declined.
    DeclineReason {
        /// The line that was declined.
        line: RoLineId,
        /// Why: words of a list, never the customer's own.
        reason: String,
    },
    /// What became of a follow-up, to the customer.
    Disposition {
        /// The case that ended.
        case: CaseId,
        /// How it ended, in a word (`win`, `lapsed`, `opted_out`).
        closure: String,
        /// The same in words a person reads.
        disposition: String,
    },
    /// Revenue recovered by an outreach: to the repair order on which the work was declined, else to the one it was sold
    /// on.
    RecoveredRevenue {
        /// The order it was sold on, where that is another than the one it is written to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sold_on: Option<RoId>,
        /// The line that was sold.
        line: RoLineId,
        /// What the customer paid for it.
        amount: Money,
        /// The receipt that proves the credit.
        receipt: String,
    },
    /// Revenue that was written back is no longer claimed; to the repair order it was written to.
    RecoveredRevenueReversed {
        /// The order it was sold on, where that is another than the one it is written to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sold_on: Option<RoId>,
        /// The line.
        line: RoLineId,
        /// What is taken back: all that was written under the receipt.
        amount: Money,
        /// The receipt that no longer stands.
        receipt: String,
        /// Why, in a word (`line_gone`, `better_claim`).
        reason: String,
    },
    /// The repair order may not go to ready for pickup: its inspection is not complete. A writer that can set the status
    /// of an order keeps it back; one that cannot, notes it on the order.
    PickupHeld {
        /// The inspection, if one was begun.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inspection: Option<InspectionId>,
        /// Everything that is missing, in words.
        reason: String,
    },
    /// The repair order may go to ready for pickup.
    PickupReleased {
        /// Because its inspection is complete, or by which exemption: `complete`, or a code of the gate's policy.
        reason: String,
        /// Who took the exemption on himself, by his number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
}

/// What a write-back is written to. In JSON one key: `ro` or `customer`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(clippy::exhaustive_enums, reason = "a writer must know where to write")]
pub enum WriteBackTarget {
    /// A repair order.
    #[serde(rename = "ro")]
    RepairOrder(RoId),
    /// A customer.
    #[serde(rename = "customer")]
    Customer(CustomerId),
}

impl fmt::Display for WriteBackTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RepairOrder(ro) => write!(f, "repair order {ro}"),
            Self::Customer(_) => f.write_str("customer ***"),
        }
    }
}

/// One thing to write into a DMS.
///
/// ```
/// use fixedops_connectors_traits::{IdempotencyKey, WriteBack, WriteBackKind, WriteBackTarget};
/// let write_back = WriteBack {
///     key: IdempotencyKey("decline_reason/north/6044/9".to_owned()),
///     target: WriteBackTarget::RepairOrder("north/6044".parse()?),
///     kind: WriteBackKind::DeclineReason { line: "9".parse()?, reason: "too expensive".to_owned() },
/// };
/// let json = serde_json::to_value(&write_back)?;
/// assert_eq!((&json["ro"], &json["kind"]), (&"north/6044".into(), &"decline_reason".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteBack {
    /// Written at most once under this key.
    pub key: IdempotencyKey,
    /// What it belongs to.
    #[serde(flatten)]
    pub target: WriteBackTarget,
    /// What is written.
    #[serde(flatten)]
    pub kind: WriteBackKind,
}

/// What became of a write-back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the loop must handle every answer")]
pub enum WriteBackOutcome {
    /// It stands in the DMS and was read back.
    Confirmed,
    /// The DMS will never take it; the reason is for a person.
    Rejected(String),
}

/// Writes into a DMS.
///
/// # Contract
///
/// - **Once**: a key that was confirmed is not written again; it is confirmed again.
/// - **Read back**: `Confirmed` is said only after the DMS gave back what was written, to a repair order and to a
///   customer alike.
/// - **Whole**: what a field of the DMS cuts off does not count as written. A writer that has only note fields takes
///   [`crate::note`], which goes on in further notes; one that cannot keep all of it rejects it.
/// - **Down is an error**: a DMS that does not answer is [`crate::ConnectorErrorKind::TryLater`], never a rejection.
#[async_trait]
pub trait DmsWriter: Send + Sync {
    /// Writes `write_back` and reads it back.
    async fn write_back(&self, write_back: &WriteBack) -> Result<WriteBackOutcome, ConnectorError>;
}
