//! The append-only record, on SQLite.
