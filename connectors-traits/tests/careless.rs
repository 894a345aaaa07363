//! The kit proves itself: for every promise there is an implementation that breaks it, and the kit catches it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

mod faults;

use std::sync::Arc;

use faults::{Careless, CarelessTransport, CarelessWriter, Fault, TransportFault, WriterFault};
use fixedops_connectors_traits::conformance::{self, Store};
use fixedops_connectors_traits::{MemoryJournal, journal_conformance, transport_conformance};
use futures_lite::future::block_on;

/// Each row: what the store does, its fault, the promise that catches it, and the words it is caught with.
macro_rules! caught {
    ($($name:ident: $fault:ident, $rule:ident, $words:literal;)+) => {
        $(
            #[test]
            #[should_panic(expected = $words)]
            fn $name() {
                block_on(conformance::$rule(&Careless::new(Fault::$fault)));
            }
        )+
    };
}

caught! {
    a_store_that_writes_half_a_batch: WritesHalf, a_batch_is_written_whole_or_not_at_all, "atomic: ";
    a_store_where_the_last_writer_wins: LastWriterWins, a_stale_write_is_a_conflict, "guarded: ";
    a_store_that_guards_only_what_it_writes: IgnoresReads, a_stale_read_is_a_conflict, "guarded read: ";
    a_store_that_looks_before_it_locks: LooksBeforeItLocks, of_two_writers_one_is_refused, "guarded race: ";
    a_store_that_takes_anything: Unchecked, a_faulty_batch_is_refused, "checked: ";
    a_store_that_counts_refused_batches: CountsRefused, positions_and_versions_have_no_gap, "gapless: ";
    a_store_with_one_timer_list_for_all: SharedTimers, partitions_do_not_see_each_other, "apart: ";
    a_store_that_leaves_hashes_out: Unchained, every_hash_follows_from_the_one_before, "chained: ";
    a_store_with_a_clock_of_its_own: OwnClock, what_is_read_is_what_was_appended, "faithful: ";
    a_store_that_rounds_numbers: Rounds, what_is_read_is_what_was_appended, "faithful: ";
    a_store_that_cannot_clear_a_timer: NeverClears, the_last_wake_up_counts, "wakes: null clears it";
    a_store_that_drops_timers: ForgetsTimers, the_last_wake_up_counts, "wakes: it stays set";
    a_store_that_wakes_by_name: WakesByName, wake_ups_are_due_soonest_first_and_bounded, "due: soonest first";
    a_store_that_wakes_without_bound: Unbounded, wake_ups_are_due_soonest_first_and_bounded, "due: no more";
    a_store_that_reads_without_bound: Unbounded, read_and_scan_start_after_and_stop_at_the_limit, "ordered: read";
    a_store_that_scans_from_the_position_itself: ScansInclusive,
        read_and_scan_start_after_and_stop_at_the_limit, "ordered: scan";
    a_store_that_makes_what_it_is_asked_for: ListsGhosts, what_is_not_there_is_empty, "empty: ";
    a_store_that_saves_facts_first: FactsFirst, facts_come_with_their_batch_or_not_at_all, "facts atomic: ";
    a_store_that_keeps_the_first_fact: FirstFactWins, the_last_fact_counts, "last fact: ";
    a_store_with_one_person_table_for_all: SharedFacts, facts_of_others_are_not_seen, "facts apart: ";
    a_store_that_only_says_it_erased: ErasesNothing, erased_facts_are_gone_and_the_chain_holds, "a fact is left";
    a_store_that_erases_from_the_journal: ErasesEvents,
        erased_facts_are_gone_and_the_chain_holds, "erased: the journal changed";
}

/// Without a fault the same wrapper keeps every promise: it is the fault that is caught, not the wrapper.
mod faultless {
    use super::*;
    journal_conformance!(Careless::new(Fault::None), block_on);
}

#[test]
#[should_panic(expected = "durable: events are lost")]
fn a_store_that_forgets_at_a_restart() {
    let open = || Box::new(MemoryJournal::new()) as Box<dyn Store>;
    block_on(conformance::an_append_survives_a_restart(&open));
}

#[test]
#[should_panic(expected = "durable refused: ")]
fn a_store_that_writes_refused_batches_later() {
    let shared = Arc::new(MemoryJournal::new());
    let open = move || Box::new(Careless::over(shared.clone(), Fault::WritesHalf)) as Box<dyn Store>;
    block_on(conformance::a_refused_batch_leaves_no_trace_over_a_restart(&open));
}

macro_rules! transport_caught {
    ($($name:ident: $fault:ident, $rule:ident, $words:literal;)+) => {
        $(
            #[test]
            #[should_panic(expected = $words)]
            fn $name() {
                block_on(conformance::$rule(&CarelessTransport::new(TransportFault::$fault)));
            }
        )+
    };
}

transport_caught! {
    a_transport_that_trusts_any_clearance: IgnoresTime, a_message_is_opened_at_the_time_of_sending, "cleared: ";
    a_transport_that_sends_again: SendsAgain, a_key_is_sent_once, "once: ";
    a_transport_that_forgets_what_it_sent: Forgets, what_was_accepted_is_answered_for, "honest: ";
    a_transport_that_claims_everything: ClaimsAll, a_key_never_seen_is_not_claimed, "never seen: ";
}

mod faultless_transport {
    use super::*;
    transport_conformance!(CarelessTransport::new(TransportFault::None), block_on);
}

#[test]
#[should_panic(expected = "read back: ")]
fn a_writer_that_confirms_without_looking() {
    let writer = CarelessWriter::new(WriterFault::ConfirmsUnwritten);
    block_on(conformance::a_confirmed_write_back_stands_in_the_dms(&writer, &|key| writer.times(key)));
}

#[test]
#[should_panic(expected = "write once: ")]
fn a_writer_that_writes_again() {
    let writer = CarelessWriter::new(WriterFault::WritesAgain);
    block_on(conformance::a_repeated_write_back_is_written_once(&writer, &|key| writer.times(key)));
}

#[test]
#[should_panic(expected = "read back: to a customer")]
fn a_writer_that_only_knows_orders() {
    let writer = CarelessWriter::new(WriterFault::ForgetsCustomers);
    block_on(conformance::a_confirmed_write_back_stands_in_the_dms(&writer, &|key| writer.times(key)));
}

#[test]
#[should_panic(expected = "whole: confirmed, but cut: 256")]
fn a_writer_that_lets_its_field_cut() {
    let writer = CarelessWriter::new(WriterFault::CutsAt255);
    block_on(conformance::a_long_write_back_is_not_cut(&writer, &|write_back| writer.stands(write_back)));
}
