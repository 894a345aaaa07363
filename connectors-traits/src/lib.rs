#![doc = include_str!("../README.md")]

mod commitment;
#[cfg(feature = "conformance")]
pub mod conformance;
mod dms;
mod error;
pub mod file;
mod inspection;
mod journal;
#[cfg(feature = "memory")]
mod memory;
mod message;
pub mod note;
mod person;
mod prices;
mod scheduler;
mod telematics;
mod write_back;

pub use commitment::{CommitmentKey, CommitmentKeyError};
pub use dms::{
    AppointmentRecord, AppointmentStatus, Cursor, CustomerRecord, DmsChange, DmsReader, OptOutFlags, Page,
    RepairOrderLine, RepairOrderRecord, UnitKind, VehicleRecord,
};
pub use error::{ConnectorError, ConnectorErrorKind, IdempotencyKey};
pub use inspection::{
    AuthorizationMethod, AuthorizationRecord, AuthorizationStatus, EvidenceMedium, EvidenceRecord,
    ExemptionRecord, FindingRecord, InspectionRecord, InspectionSource, MeasurementRecord,
};
pub use journal::{
    Batch, BatchFault, Event, EventHash, EventHashError, EventType, Head, Journal, JournalError,
    JournalErrorKind, NewEvent, Recorded, Sealed, SealedEvent, StreamId, WAKE_AT, Wake, canonical_json,
    chain_hash, instant_text,
};
#[cfg(feature = "memory")]
pub use memory::{MemoryJournal, MemoryTransport, MemoryWriter};
pub use message::{KnownOutcome, Message, MessageTransport, ProviderMessageId, RefusalKind, SendOutcome};
pub use person::{PersonFact, PersonStore};
pub use prices::{PriceBook, PriceQuery};
pub use scheduler::{BookingRequest, Scheduler, Slot, SlotQuery};
pub use telematics::{PingRecord, TelematicsSource};
pub use write_back::{DmsWriter, WriteBack, WriteBackKind, WriteBackOutcome, WriteBackTarget};
