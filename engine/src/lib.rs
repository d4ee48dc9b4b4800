//! The locker's engine: journal store, effect executor, address mapping and sans-io sync around the core.

pub mod journal;
