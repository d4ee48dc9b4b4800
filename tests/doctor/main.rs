//! `locker doctor` as a technician runs it: the program, real ports, emulated boards with faults, and a person before the cabinet.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]
#![cfg(feature = "demo")]

mod bench;
mod faults;
mod pins;
mod refused;
mod screen;
mod well;
