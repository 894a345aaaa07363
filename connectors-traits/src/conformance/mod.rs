//! The conformance kit: one plain async function for each promise of a contract.
//!
//! A function panics where the promise is broken, and its message begins with the promise's name (`atomic: ...`). It
//! wants an empty store, takes `&dyn Journal` and names no runtime. The macros only give each function a test of its
//! own:
//!
//! ```
//! use fixedops_connectors_traits::{MemoryJournal, journal_conformance};
//! use futures_lite::future::block_on;
//!
//! journal_conformance!(MemoryJournal::new(), block_on);
//! # fn main() {}
//! ```
//!
//! Every promise has a careless implementation in this crate's tests that the kit must catch.

mod dms;
mod durable;
mod fixtures;
mod journal;
mod persons;
mod transport;

pub use dms::{
    a_confirmed_write_back_stands_in_the_dms, a_long_write_back_is_not_cut,
    a_repeated_write_back_is_written_once,
};
pub use durable::{Store, a_refused_batch_leaves_no_trace_over_a_restart, an_append_survives_a_restart};
pub use journal::{
    a_batch_is_written_whole_or_not_at_all, a_faulty_batch_is_refused, a_stale_read_is_a_conflict,
    a_stale_write_is_a_conflict, every_hash_follows_from_the_one_before, of_two_writers_one_is_refused,
    partitions_do_not_see_each_other, positions_and_versions_have_no_gap,
    read_and_scan_start_after_and_stop_at_the_limit, the_last_wake_up_counts,
    wake_ups_are_due_soonest_first_and_bounded, what_is_not_there_is_empty,
    what_is_read_is_what_was_appended,
};
pub use persons::{
    erased_facts_are_gone_and_the_chain_holds, facts_come_with_their_batch_or_not_at_all,
    facts_of_others_are_not_seen, the_last_fact_counts,
};
pub use transport::{
    a_key_is_sent_once, a_key_never_seen_is_not_claimed, a_message_is_opened_at_the_time_of_sending,
    what_was_accepted_is_answered_for,
};

/// Names a test for each promise of [`crate::Journal`] and [`crate::PersonStore`].
///
/// `$store` is evaluated anew for each and gives an empty store that is both; temporaries in it (the folder of a file)
/// live as long as the test. `$block_on` runs a future to its end.
#[macro_export]
macro_rules! journal_conformance {
    ($store:expr, $block_on:expr) => {
        $crate::journal_conformance!(@ $store, $block_on;
            a_batch_is_written_whole_or_not_at_all,
            a_stale_write_is_a_conflict,
            a_stale_read_is_a_conflict,
            of_two_writers_one_is_refused,
            a_faulty_batch_is_refused,
            positions_and_versions_have_no_gap,
            partitions_do_not_see_each_other,
            every_hash_follows_from_the_one_before,
            what_is_read_is_what_was_appended,
            the_last_wake_up_counts,
            wake_ups_are_due_soonest_first_and_bounded,
            read_and_scan_start_after_and_stop_at_the_limit,
            what_is_not_there_is_empty,
            facts_come_with_their_batch_or_not_at_all,
            the_last_fact_counts,
            facts_of_others_are_not_seen,
            erased_facts_are_gone_and_the_chain_holds,
        );
    };
    (@ $store:expr, $block_on:expr; $($rule:ident,)+) => {
        $(
            #[test]
            fn $rule() {
                $block_on($crate::conformance::$rule(&$store));
            }
        )+
    };
}

/// Names a test for each promise that a durable store keeps over a restart.
///
/// `$open` is evaluated anew for each test and gives a closure; each call of it opens the same store again.
#[macro_export]
macro_rules! durable_journal_conformance {
    ($open:expr, $block_on:expr) => {
        $crate::durable_journal_conformance!(@ $open, $block_on;
            an_append_survives_a_restart,
            a_refused_batch_leaves_no_trace_over_a_restart,
        );
    };
    (@ $open:expr, $block_on:expr; $($rule:ident,)+) => {
        $(
            #[test]
            fn $rule() {
                let open = $open;
                $block_on($crate::conformance::$rule(&open));
            }
        )+
    };
}

/// Names a test for each promise of [`crate::MessageTransport`] that can be seen from outside.
///
/// `$transport` is evaluated anew for each.
#[macro_export]
macro_rules! transport_conformance {
    ($transport:expr, $block_on:expr) => {
        $crate::transport_conformance!(@ $transport, $block_on;
            a_message_is_opened_at_the_time_of_sending,
            a_key_is_sent_once,
            what_was_accepted_is_answered_for,
            a_key_never_seen_is_not_claimed,
        );
    };
    (@ $transport:expr, $block_on:expr; $($rule:ident,)+) => {
        $(
            #[test]
            fn $rule() {
                $block_on($crate::conformance::$rule(&$transport));
            }
        )+
    };
}
