//! The hub over real HTTP, on a loopback port, with a small locker made of the protocol's own messages.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod any_journal;
mod books;
mod cases;
mod changes;
mod document;
mod enrolment;
mod errors;
mod fake_locker;
mod journal;
mod kept;
mod labels;
mod listener;
mod parcels;
mod receipts;
mod restart;
mod returns;
mod running;
mod sessions;
mod staff_and_keys;
mod surroundings;
mod visits;
mod webhooks;
