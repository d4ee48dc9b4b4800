//! The engine on a real journal, with a bus and a screen that take notes, and a hub and sync played by the test.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod custody;
mod hostile;
mod labels;
mod pruning;
mod receipts;
mod rig;
mod surroundings;
