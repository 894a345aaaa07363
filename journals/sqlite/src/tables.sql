CREATE TABLE partition (
    id     INTEGER PRIMARY KEY,
    seller TEXT NOT NULL UNIQUE
) STRICT;

-- Where each stream stands: a cache of its last event, and its wake-up as seconds since 1970 and nanoseconds.
CREATE TABLE stream (
    id           INTEGER PRIMARY KEY,
    partition    INTEGER NOT NULL REFERENCES partition,
    name         TEXT NOT NULL,
    version      INTEGER NOT NULL,
    hash         BLOB NOT NULL,
    wake_seconds INTEGER,
    wake_nanos   INTEGER,
    UNIQUE (partition, name)
) STRICT;

CREATE INDEX wake ON stream (partition, wake_seconds, wake_nanos, name) WHERE wake_seconds IS NOT NULL;

-- at: milliseconds since 1970. data: canonical JSON (RFC 8785).
CREATE TABLE event (
    partition INTEGER NOT NULL REFERENCES partition,
    position  INTEGER NOT NULL,
    stream    INTEGER NOT NULL REFERENCES stream,
    version   INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    type      TEXT NOT NULL,
    data      TEXT NOT NULL,
    hash      BLOB NOT NULL,
    PRIMARY KEY (partition, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX event_of_stream ON event (stream, version);

CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'an event is never changed'); END;

CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'an event is never deleted'); END;

CREATE TABLE person_fact (
    partition INTEGER NOT NULL REFERENCES partition,
    subject   TEXT NOT NULL,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (partition, subject, name)
) STRICT, WITHOUT ROWID;
