//! The reference central network of parcel lockers: an HTTP API on SQLite.
