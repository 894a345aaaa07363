use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{
    Batch, Event, EventHash, Head, Journal, JournalError, Recorded, SealedEvent, StreamId, Wake,
};
use fixedops_vocab::SellerId;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use crate::SqliteJournal;
use crate::error::{corrupt, journal_error};

const EVENTS: &str = "SELECT e.position, s.name, e.version, e.at, e.type, e.data, e.hash
     FROM event e JOIN stream s ON s.id = e.stream";

#[async_trait]
impl Journal for SqliteJournal {
    async fn append(&self, partition: &SellerId, batch: &Batch) -> Result<Recorded, JournalError> {
        let failed = |error| journal_error("appending", error);
        let mut connection = self.connection();
        // Immediate: the versions are read under the lock that will write.
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let id = partition_id(&transaction, partition).map_err(failed)?;
        let mut heads = BTreeMap::new();
        for stream in batch.expected().keys() {
            heads.insert(stream.clone(), head_of(&transaction, partition, stream)?);
        }
        let last = id.map_or(Ok(0), |id| last_position(&transaction, id)).map_err(failed)?;
        let sealed = batch.seal(partition, last, &heads)?;

        let id = id.map_or_else(|| new_partition(&transaction, partition), Ok).map_err(failed)?;
        let mut streams = BTreeMap::new();
        for (stream, head) in &sealed.heads {
            streams.insert(stream, write_head(&transaction, id, stream, head).map_err(failed)?);
        }
        for event in &sealed.events {
            let stream = streams.get(&event.event.stream).copied().unwrap_or_default();
            write_event(&transaction, id, stream, event).map_err(failed)?;
        }
        for fact in batch.facts() {
            crate::persons::write_fact(&transaction, id, fact).map_err(failed)?;
        }
        transaction.commit().map_err(failed)?;
        Ok(sealed.into_recorded())
    }

    async fn head(&self, partition: &SellerId, stream: &StreamId) -> Result<Head, JournalError> {
        head_of(&self.connection(), partition, stream)
    }

    async fn read(
        &self,
        partition: &SellerId,
        stream: &StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Event>, JournalError> {
        let sql = format!(
            "{EVENTS} JOIN partition p ON p.id = s.partition
             WHERE p.seller = ?1 AND s.name = ?2 AND e.version > ?3 ORDER BY e.version LIMIT ?4"
        );
        let of = params![partition.as_str(), stream.as_str(), clamp(after), clamp(limit)];
        events(&self.connection(), partition, &sql, of)
    }

    async fn scan(&self, partition: &SellerId, after: u64, limit: usize) -> Result<Vec<Event>, JournalError> {
        let sql = format!(
            "{EVENTS} WHERE e.partition = (SELECT id FROM partition WHERE seller = ?1) AND e.position > ?2
             ORDER BY e.position LIMIT ?3"
        );
        events(&self.connection(), partition, &sql, params![partition.as_str(), clamp(after), clamp(limit)])
    }

    async fn due(
        &self,
        partition: &SellerId,
        until: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Wake>, JournalError> {
        let failed = |error| journal_error("reading wake-ups", error);
        let connection = self.connection();
        let sql = "SELECT s.name, s.wake_seconds, s.wake_nanos FROM stream s
             WHERE s.partition = (SELECT id FROM partition WHERE seller = ?1) AND s.wake_seconds IS NOT NULL
               AND (s.wake_seconds, s.wake_nanos) <= (?2, ?3)
             ORDER BY s.wake_seconds, s.wake_nanos, s.name LIMIT ?4";
        let mut statement = connection.prepare_cached(sql).map_err(failed)?;
        let (seconds, nanos) = (until.timestamp(), until.timestamp_subsec_nanos());
        let mut rows =
            statement.query(params![partition.as_str(), seconds, nanos, clamp(limit)]).map_err(failed)?;
        let mut due = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let name: String = row.get(0).map_err(failed)?;
            let stream = name.parse().map_err(|error| corrupt("a stream", error))?;
            if let Some(at) = wake_at(row, 1).map_err(failed)? {
                due.push(Wake { stream, at });
            }
        }
        Ok(due)
    }

    async fn last(&self, partition: &SellerId) -> Result<Option<Event>, JournalError> {
        let sql = format!(
            "{EVENTS} WHERE e.partition = (SELECT id FROM partition WHERE seller = ?1)
             ORDER BY e.position DESC LIMIT 1"
        );
        Ok(events(&self.connection(), partition, &sql, params![partition.as_str()])?.pop())
    }

    async fn partitions(&self) -> Result<Vec<SellerId>, JournalError> {
        let failed = |error| journal_error("reading partitions", error);
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT seller FROM partition ORDER BY seller").map_err(failed)?;
        let sellers = statement.query_map((), |row| row.get::<_, String>(0)).map_err(failed)?;
        sellers
            .map(|seller| seller.map_err(failed)?.parse().map_err(|error| corrupt("a partition", error)))
            .collect()
    }
}

/// A position, version or limit as SQLite counts; nothing is beyond its range.
fn clamp(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// A position or version; what is stored is never negative.
fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let stored: i64 = row.get(column)?;
    u64::try_from(stored).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, stored))
}

pub(crate) fn partition_id(connection: &Connection, partition: &SellerId) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM partition WHERE seller = ?1")?;
    statement.query_row([partition.as_str()], |row| row.get(0)).optional()
}

fn new_partition(transaction: &Transaction<'_>, partition: &SellerId) -> rusqlite::Result<i64> {
    transaction.execute("INSERT INTO partition (seller) VALUES (?1)", [partition.as_str()])?;
    Ok(transaction.last_insert_rowid())
}

fn last_position(transaction: &Transaction<'_>, partition: i64) -> rusqlite::Result<u64> {
    let sql = "SELECT coalesce(max(position), 0) FROM event WHERE partition = ?1";
    transaction.prepare_cached(sql)?.query_row([partition], |row| count(row, 0))
}

fn head_of(connection: &Connection, partition: &SellerId, stream: &StreamId) -> Result<Head, JournalError> {
    let sql = "SELECT version, hash, wake_seconds, wake_nanos FROM stream
         WHERE partition = (SELECT id FROM partition WHERE seller = ?1) AND name = ?2";
    let head = connection.prepare_cached(sql).and_then(|mut statement| {
        let read = |row: &Row<'_>| {
            let hash = EventHash::from_bytes(row.get(1)?);
            Ok(Head { version: count(row, 0)?, hash, wake_at: wake_at(row, 2)? })
        };
        statement.query_row([partition.as_str(), stream.as_str()], read).optional()
    });
    Ok(head.map_err(|error| journal_error("reading a head", error))?.unwrap_or(Head::NONE))
}

fn wake_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let Some(seconds) = row.get::<_, Option<i64>>(column)? else { return Ok(None) };
    let nanos: u32 = row.get(column + 1)?;
    let out_of_range = rusqlite::Error::IntegralValueOutOfRange(column, seconds);
    DateTime::from_timestamp(seconds, nanos).map(Some).ok_or(out_of_range)
}

fn write_head(
    transaction: &Transaction<'_>,
    partition: i64,
    stream: &StreamId,
    head: &Head,
) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO stream (partition, name, version, hash, wake_seconds, wake_nanos)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (partition, name) DO UPDATE SET version = excluded.version, hash = excluded.hash,
             wake_seconds = excluded.wake_seconds, wake_nanos = excluded.wake_nanos
         RETURNING id";
    let wake = head.wake_at.map(|at| (at.timestamp(), at.timestamp_subsec_nanos()));
    let (seconds, nanos) = (wake.map(|w| w.0), wake.map(|w| w.1));
    let values =
        params![partition, stream.as_str(), clamp(head.version), head.hash.as_bytes(), seconds, nanos];
    transaction.prepare_cached(sql)?.query_row(values, |row| row.get(0))
}

fn write_event(
    transaction: &Transaction<'_>,
    partition: i64,
    stream: i64,
    sealed: &SealedEvent,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO event (partition, position, stream, version, at, type, data, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let SealedEvent { event, data_text, .. } = sealed;
    transaction.prepare_cached(sql)?.execute(params![
        partition,
        clamp(event.position),
        stream,
        clamp(event.version),
        event.at.timestamp_millis(),
        event.event_type.as_str(),
        data_text,
        event.hash.as_bytes(),
    ])?;
    Ok(())
}

fn events(
    connection: &Connection,
    partition: &SellerId,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Event>, JournalError> {
    let failed = |error| journal_error("reading events", error);
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query(values).map_err(failed)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let raw = RawEvent::read(row).map_err(failed)?;
        let position = raw.position;
        let what = || format!("position {position} of {partition}");
        events.push(raw.parse(partition).map_err(|error| corrupt(&what(), Unreadable(error)))?);
    }
    Ok(events)
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreadable(Box<dyn std::error::Error + Send + Sync>);

struct RawEvent {
    position: u64,
    stream: String,
    version: u64,
    at: i64,
    event_type: String,
    data: String,
    hash: [u8; 32],
}

impl RawEvent {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            position: count(row, 0)?,
            stream: row.get(1)?,
            version: count(row, 2)?,
            at: row.get(3)?,
            event_type: row.get(4)?,
            data: row.get(5)?,
            hash: row.get(6)?,
        })
    }

    fn parse(self, partition: &SellerId) -> Result<Event, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Event {
            partition: partition.clone(),
            position: self.position,
            stream: self.stream.parse()?,
            version: self.version,
            at: DateTime::from_timestamp_millis(self.at).ok_or("the instant is out of range")?,
            event_type: self.event_type.parse()?,
            data: serde_json::from_str(&self.data)?,
            hash: EventHash::from_bytes(self.hash),
        })
    }
}
