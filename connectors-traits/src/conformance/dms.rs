use fixedops_vocab::{CaseId, CustomerId, RoId, RoLineId};

use crate::{DmsWriter, IdempotencyKey, WriteBack, WriteBackKind, WriteBackOutcome, WriteBackTarget};

/// Asks the DMS itself how often something was written under a key, past the writer.
type Witness<'a> = &'a (dyn Fn(&IdempotencyKey) -> usize + Sync);

/// One write-back to a repair order and one to a customer.
fn write_backs(key: &str, reason: &str) -> [WriteBack; 2] {
    let ro = RoId::new("conformance/1").expect("the kit's ids are ids");
    let customer = CustomerId::new("conformance-1").expect("the kit's ids are ids");
    let to_order = WriteBack {
        key: IdempotencyKey(format!("{key}/ro")),
        target: WriteBackTarget::RepairOrder(ro),
        kind: WriteBackKind::DeclineReason {
            line: RoLineId::new("1").expect("the kit's ids are ids"),
            reason: reason.to_owned(),
        },
    };
    let to_customer = WriteBack {
        key: IdempotencyKey(format!("{key}/customer")),
        target: WriteBackTarget::Customer(customer),
        kind: WriteBackKind::Disposition {
            case: CaseId::new("declined_recovery/conformance/1/1").expect("the kit's ids are ids"),
            closure: "lapsed".to_owned(),
            disposition: reason.to_owned(),
        },
    };
    [to_order, to_customer]
}

/// **Read back**: what is confirmed stands in the DMS, of a repair order and of a customer.
pub async fn a_confirmed_write_back_stands_in_the_dms(writer: &dyn DmsWriter, witness: Witness<'_>) {
    for write_back in write_backs("read-back", "too expensive") {
        let target = &write_back.target;
        let outcome = writer.write_back(&write_back).await.expect("the DMS of the test answers");
        assert_eq!(outcome, WriteBackOutcome::Confirmed, "read back: to a {target}: not confirmed");
        assert_eq!(witness(&write_back.key), 1, "read back: to a {target}: confirmed, but not there once");
    }
}

/// **Once**: a key that was confirmed is confirmed again and not written again.
pub async fn a_repeated_write_back_is_written_once(writer: &dyn DmsWriter, witness: Witness<'_>) {
    for write_back in write_backs("repeated", "too expensive") {
        for _ in 0..3 {
            let outcome = writer.write_back(&write_back).await.expect("the DMS of the test answers");
            assert_eq!(outcome, WriteBackOutcome::Confirmed, "write once: a repetition was not confirmed");
        }
        assert_eq!(witness(&write_back.key), 1, "write once: a repetition was written again");
    }
}

/// **Whole**: a write-back longer than any field of the DMS is confirmed only if all of it stands there, and rejected
/// otherwise.
///
/// `stands` asks the DMS itself, past the writer, whether a write-back stands there with every letter. A DMS with
/// notes only is asked with [`crate::note::stands`].
pub async fn a_long_write_back_is_not_cut(
    writer: &dyn DmsWriter,
    stands: &(dyn Fn(&WriteBack) -> bool + Sync),
) {
    for length in [200, 255, 256, 500, 512, 513, 2_000] {
        let reason: String = "the customer wants to think about it; ".chars().cycle().take(length).collect();
        for write_back in write_backs(&format!("long/{length}"), &reason) {
            let outcome = writer.write_back(&write_back).await.expect("the DMS of the test answers");
            let confirmed = outcome == WriteBackOutcome::Confirmed;
            assert!(!confirmed || stands(&write_back), "whole: confirmed, but cut: {length} characters");
        }
    }
}
