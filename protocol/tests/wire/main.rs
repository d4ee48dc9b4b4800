//! What passes on the wires, byte by byte: golden bytes, round trips, and what hostile bytes can do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod claims;
mod codes;
mod fuzz;
mod golden;
mod hostile;
mod ids;
mod passes;
mod receipts;
mod samples;
mod seals;
mod signer;
