//! The in-memory implementations pass the kit.

use fixedops_connectors_traits::{
    DmsWriter, MemoryJournal, MemoryTransport, MemoryWriter, WriteBack, conformance, journal_conformance,
    note, transport_conformance,
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

#[test]
fn the_writer_keeps_long_texts_whole_in_fields_of_any_size() {
    for limit in [10, 30, 255, 512] {
        let writer = MemoryWriter::with_note_limit(limit);
        let stands = |write_back: &WriteBack| note::stands(write_back, &writer.notes(&write_back.target));
        block_on(conformance::a_long_write_back_is_not_cut(&writer, &stands));
        let all = 2 * 7;
        let written = match limit {
            10 => 0,
            // In fields this small a text of 2,000 takes too many parts.
            30 => all - 2,
            _ => all,
        };
        assert_eq!(writer.written().len(), written, "{limit}");
    }
}
