//! `journal.jsonl`: the journal as a file, one event a line.
