//! A whole locker in virtual time: the real engine, journal and sync, with a simulated world around them.
//!
//! One `u64` is one exact history. See [docs/reliability.md](../../docs/reliability.md).

pub mod chance;
pub mod disk;
pub mod upstream;
