//! What the rules do, seen from outside: scenarios in words, one subject a file, and arbitrary sequences. Everything that
//! happens in any of them is judged by [`locker_core::promises`].

#![allow(clippy::expect_used, reason = "a helper of a test may fail the test")]

mod arbitrary;
mod bench;
mod people;
mod world;
