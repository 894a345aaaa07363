//! The storage contract can be kept, and used through `dyn`.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the way to fail")]

mod world;

use std::sync::Mutex;

use async_trait::async_trait;
use fixedops_attribution::ports::{CreditLedger, InForce, LedgerError, LedgerErrorKind, Version};
use fixedops_attribution::{
    Change, Policy, Receipt, ReceiptId, RepairOrder, assign, chain, reconcile, verify_chain,
};
use fixedops_vocab::VehicleId;
use futures_lite::future::block_on;
use world::{oil, oil_due, order};

/// Appends only; what is in force is folded from it.
#[derive(Default)]
struct Memory(Mutex<(Vec<Change>, Version)>);

fn head(changes: &[Change]) -> Option<ReceiptId> {
    changes.iter().rev().find_map(|change| match change {
        Change::Assign(credit) => Some(credit.receipt.id),
        Change::Reverse(_) => None,
    })
}

#[async_trait]
impl CreditLedger for Memory {
    async fn in_force(&self, vehicle: &VehicleId) -> Result<InForce, LedgerError> {
        let (changes, version) = &*self.0.lock().unwrap();
        let mut credits = Vec::new();
        for change in changes {
            match change {
                Change::Assign(credit) if credit.receipt.body.ro.vehicle == *vehicle => credits.push(credit),
                Change::Assign(_) => {}
                Change::Reverse(reversal) => credits.retain(|credit| credit.receipt.id != reversal.receipt),
            }
        }
        let credits = credits.into_iter().cloned().collect();
        Ok(InForce { credits, head: head(changes), version: *version })
    }

    async fn append(&self, changes: &[Change], expected: Version) -> Result<Version, LedgerError> {
        let (kept, version) = &mut *self.0.lock().unwrap();
        if *version != expected {
            return Err(LedgerError::new(LedgerErrorKind::Conflict));
        }
        let mut before = head(kept);
        for change in changes {
            if let Change::Assign(credit) = change {
                if credit.receipt.body.previous != before {
                    return Err(LedgerError::new(LedgerErrorKind::BrokenChain));
                }
                before = Some(credit.receipt.id);
            }
        }
        kept.extend_from_slice(changes);
        version.0 += 1;
        Ok(*version)
    }

    async fn receipts(&self) -> Result<Vec<Receipt>, LedgerError> {
        let (changes, _) = &*self.0.lock().unwrap();
        let receipt = |change: &Change| match change {
            Change::Assign(credit) => Some(credit.receipt.clone()),
            Change::Reverse(_) => None,
        };
        Ok(changes.iter().filter_map(receipt).collect())
    }
}

async fn credit(ledger: &dyn CreditLedger, ros: &[RepairOrder]) -> Result<Vec<Change>, LedgerError> {
    let known = ledger.in_force(&"v1".parse().unwrap()).await?;
    let wanted = assign(&[oil_due("a")], ros, &Policy::shipped());
    let (changes, _) = chain(reconcile(&known.credits, &wanted), known.head);
    ledger.append(&changes, known.version).await?;
    Ok(changes)
}

#[test]
fn a_ledger_credits_a_line_once_reverses_it_and_keeps_every_receipt() {
    let ledger = Memory::default();
    let ledger: &dyn CreditLedger = &ledger;
    let vehicle: VehicleId = "v1".parse().unwrap();
    let kept = order("r1", 10, vec![oil("1")]);
    let voided = RepairOrder { voided: true, ..kept.clone() };
    block_on(async {
        let first = credit(ledger, core::slice::from_ref(&kept)).await.unwrap();
        assert!(matches!(&first[..], [Change::Assign(_)]));
        assert_eq!(
            credit(ledger, core::slice::from_ref(&kept)).await.unwrap(),
            [],
            "told twice, nothing changes"
        );
        assert_eq!(ledger.in_force(&vehicle).await.unwrap().credits.len(), 1);

        let second = credit(ledger, &[voided]).await.unwrap();
        assert!(matches!(&second[..], [Change::Reverse(_)]));
        assert_eq!(ledger.in_force(&vehicle).await.unwrap().credits, []);

        credit(ledger, &[kept]).await.unwrap();
        let receipts = ledger.receipts().await.unwrap();
        assert_eq!(receipts.len(), 2);
        assert_eq!(verify_chain(None, &receipts), Ok(Some(receipts[1].id)));
        assert_eq!(ledger.in_force(&"v2".parse().unwrap()).await.unwrap().credits, []);
    });
}

#[test]
fn a_stale_or_unchained_append_changes_nothing() {
    let ledger = Memory::default();
    let ledger: &dyn CreditLedger = &ledger;
    let wanted = assign(&[oil_due("a")], &[order("r1", 10, vec![oil("1")])], &Policy::shipped());
    let (changes, _) = chain(reconcile(&[], &wanted), None);
    block_on(async {
        let version = ledger.append(&changes, Version::default()).await.unwrap();
        let stale = ledger.append(&changes, Version::default()).await.unwrap_err();
        assert_eq!(stale.kind(), LedgerErrorKind::Conflict);
        let unchained = ledger.append(&changes, version).await.unwrap_err();
        assert_eq!(unchained.kind(), LedgerErrorKind::BrokenChain);
        assert_eq!(ledger.receipts().await.unwrap().len(), 1);
    });
}

#[test]
fn a_ledger_error_says_what_to_do_and_keeps_its_source() {
    let error = LedgerError::with_source(LedgerErrorKind::Unavailable, "disk");
    assert_eq!(error.to_string(), "the ledger did not answer");
    assert_eq!(core::error::Error::source(&error).map(ToString::to_string), Some("disk".to_owned()));
}
