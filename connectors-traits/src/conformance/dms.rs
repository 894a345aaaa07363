use fixedops_vocab::{RoId, RoLineId};

use crate::{DmsWriter, IdempotencyKey, WriteBack, WriteBackKind, WriteBackOutcome};

/// Asks the DMS itself how often something was written under a key, past the writer.
type Witness<'a> = &'a (dyn Fn(&IdempotencyKey) -> usize + Sync);

fn write_back(key: &str) -> WriteBack {
    WriteBack {
        key: IdempotencyKey(key.to_owned()),
        ro: RoId::new("conformance/1").expect("the kit's ids are ids"),
        kind: WriteBackKind::DeclineReason {
            line: RoLineId::new("1").expect("the kit's ids are ids"),
            reason: "too expensive".to_owned(),
        },
    }
}

/// **Read back**: what is confirmed stands in the DMS.
pub async fn a_confirmed_write_back_stands_in_the_dms(writer: &dyn DmsWriter, witness: Witness<'_>) {
    let write_back = write_back("read-back");
    let outcome = writer.write_back(&write_back).await.expect("the DMS of the test answers");
    assert_eq!(outcome, WriteBackOutcome::Confirmed, "read back: the kit's write-back was not confirmed");
    assert_eq!(witness(&write_back.key), 1, "read back: confirmed, but not there once");
}

/// **Once**: a key that was confirmed is confirmed again and not written again.
pub async fn a_repeated_write_back_is_written_once(writer: &dyn DmsWriter, witness: Witness<'_>) {
    let write_back = write_back("repeated");
    for _ in 0..3 {
        let outcome = writer.write_back(&write_back).await.expect("the DMS of the test answers");
        assert_eq!(outcome, WriteBackOutcome::Confirmed, "write once: a repetition was not confirmed");
    }
    assert_eq!(witness(&write_back.key), 1, "write once: a repetition was written again");
}
