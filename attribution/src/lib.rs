#![doc = include_str!("../README.md")]

mod assign;
pub mod batch;
mod book;
mod canonical;
mod control;
mod evidence;
pub mod human;
pub mod intake;
mod judge;
pub mod lift;
mod policy;
pub mod ports;
mod reason;
mod receipt;
mod reconcile;
mod recovered;
pub mod relevance;
mod repair_order;
mod totals;
mod trigger;
mod view;
mod word;

pub use assign::{Assignment, Credit, NotCredited, Visit, assign};
pub use book::{Book, BookChange};
pub use control::{Arm, ControlKey, Controls, ControlsError, Placement, Season, Share, Withholdable};
pub use evidence::Evidence;
pub use judge::Claim;
pub use policy::{Initiation, Policy, PolicyError, Rules, Tie};
pub use reason::Reason;
pub use receipt::{NotAReceiptId, Receipt, ReceiptBody, ReceiptFault, ReceiptId, Verifier, verify_chain};
pub use reconcile::{Change, Reversal, ReversalReason, chain, reconcile};
pub use recovered::{Original, Outcome, Recovery, by_original, recovered};
pub use repair_order::{Department, RepairOrder, RoLine};
pub use totals::{LinesAndDollars, Sums, Totals};
pub use trigger::{AppointmentFact, DeclinedLine, Delivery, TouchFact, Trigger};
pub use view::{UnknownClaimant, View, ViewShare, view};
