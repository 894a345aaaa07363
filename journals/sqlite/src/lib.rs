//! The fixedops journal on an embedded SQLite database.
