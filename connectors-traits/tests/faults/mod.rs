//! Implementations that each break one promise, on purpose.

mod journal;
mod outward;

pub(crate) use journal::{Careless, Fault};
pub(crate) use outward::{CarelessTransport, CarelessWriter, TransportFault, WriterFault};
