//! The in-memory implementations pass the kit.

use fixedops_connectors_traits::{
    DmsWriter, MemoryJournal, MemoryTransport, MemoryWriter, conformance, journal_conformance,
    transport_conformance,
};
use futures_lite::future::block_on;

journal_conformance!(MemoryJournal::new(), block_on);

mod transport {
    use super::*;
    transport_conformance!(MemoryTransport::new(), block_on);
}

#[test]
fn the_writer_writes_once_what_it_confirms() {
    let writer = MemoryWriter::new();
    let written = |key: &_| usize::from(writer.written().contains_key(key));
    let door: &dyn DmsWriter = &writer;
    block_on(conformance::a_confirmed_write_back_stands_in_the_dms(door, &written));
    block_on(conformance::a_repeated_write_back_is_written_once(door, &written));
}
