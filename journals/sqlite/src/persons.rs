use std::collections::BTreeMap;

use async_trait::async_trait;
use fixedops_connectors_traits::{JournalError, JournalErrorKind, PersonFact, PersonStore, StreamId};
use fixedops_vocab::SellerId;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::SqliteJournal;
use crate::error::journal_error;
use crate::store::partition_id;

#[async_trait]
impl PersonStore for SqliteJournal {
    async fn facts(
        &self,
        partition: &SellerId,
        subject: &StreamId,
    ) -> Result<BTreeMap<String, String>, JournalError> {
        let connection = self.connection();
        let facts = connection.prepare_cached(
            "SELECT name, value FROM person_fact
             WHERE partition = (SELECT id FROM partition WHERE seller = ?1) AND subject = ?2",
        );
        facts
            .and_then(|mut statement| {
                let of = [partition.as_str(), subject.as_str()];
                statement.query_map(of, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .map_err(|error| journal_error("reading facts", error))
    }

    /// Erases the facts, overwrites where they stood, and empties the write-ahead log that still held them.
    ///
    /// Where another process keeps the log from being emptied, the error is [`JournalErrorKind::Unavailable`]: the
    /// facts are no longer read by anyone, but their bytes are still in the log. Erase again.
    async fn erase(&self, partition: &SellerId, subjects: &[StreamId]) -> Result<u64, JournalError> {
        let failed = |error| journal_error("erasing", error);
        let mut connection = self.connection();
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let Some(id) = partition_id(&transaction, partition).map_err(failed)? else { return Ok(0) };
        let mut erased = 0;
        for subject in subjects {
            let sql = "DELETE FROM person_fact WHERE partition = ?1 AND subject = ?2";
            let deleted = transaction.execute(sql, params![id, subject.as_str()]).map_err(failed)?;
            erased += u64::try_from(deleted).unwrap_or(u64::MAX);
        }
        transaction.commit().map_err(failed)?;
        empty_log(&connection)?;
        Ok(erased)
    }
}

fn empty_log(connection: &Connection) -> Result<(), JournalError> {
    let busy: i64 = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))
        .map_err(|error| journal_error("erasing", error))?;
    if busy == 0 {
        return Ok(());
    }
    let message = "erased, but a reader keeps the write-ahead log from being emptied: erase again";
    Err(JournalError::new(JournalErrorKind::Unavailable, message))
}

pub(crate) fn write_fact(
    transaction: &Transaction<'_>,
    partition: i64,
    fact: &PersonFact,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO person_fact (partition, subject, name, value) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (partition, subject, name) DO UPDATE SET value = excluded.value";
    let values = params![partition, fact.subject.as_str(), fact.name, fact.value];
    transaction.prepare_cached(sql)?.execute(values)?;
    Ok(())
}
