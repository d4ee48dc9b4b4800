//! The whole locker, end to end: `locker demo` as somebody runs it.

mod run;
mod survival;
mod tour;
