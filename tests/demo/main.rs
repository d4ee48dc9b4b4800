//! The whole locker, end to end: `locker demo` as somebody runs it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod chaos;
mod run;
mod survival;
mod tour;
