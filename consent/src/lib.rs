#![cfg_attr(feature = "decide", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "decide"),
    doc = "The permission to send one message once, for those who carry it."
)]

#[cfg(feature = "capture")]
pub mod capture;
/// The permission to send: what it is bound to and how it is used up.
pub mod clearance;
#[cfg(feature = "capture")]
pub mod confirmation;
mod digest;

#[cfg(feature = "decide")]
mod book;
#[cfg(feature = "classify")]
mod classify;
#[cfg(feature = "decide")]
mod decide;
#[cfg(feature = "decide")]
mod decision;
#[cfg(feature = "decide")]
mod facts;
#[cfg(feature = "list")]
pub mod list;
/// What the crate asks of a store, for those who use it alone.
#[cfg(feature = "ports")]
pub mod ports;
#[cfg(feature = "proof")]
pub mod proof;
#[cfg(feature = "decide")]
mod request;

#[cfg(feature = "decide")]
pub use book::{Rule, RuleBook, RuleBookError, Status};
#[cfg(feature = "classify")]
pub use classify::{
    Item, LineAnswer, LineAnswers, Mention, OpenLine, ReplyContext, ReplyLabel, ReplyReading, ReplyScope,
    classify, read_lines,
};
pub use clearance::{Clearance, Cleared, ReadVersions, SealError, Sealable};
#[cfg(feature = "decide")]
pub use decide::{Callable, callable, decide};
#[cfg(feature = "decide")]
pub use decision::{Confidence, Decided, Decision, Effect, Evidence, Finding, FindingRecord, Whereabouts};
pub use digest::{ContentDigest, DigestError};
#[cfg(feature = "decide")]
pub use facts::{
    BusinessRelationship, Circumstances, Consent, ContactFacts, Disclosure, DncStatus, LineType, Means,
    Reached, ReassignedNumber, Recipient, Revocation, RndAnswer, Signature, Solicitation, VehicleFact,
};
#[cfg(feature = "decide")]
pub use request::{Competing, Request};
