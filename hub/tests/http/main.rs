//! The hub over real HTTP, on a loopback port, with a small locker made of the protocol's own messages.

mod enrolment;
mod errors;
mod fake_locker;
mod journal;
mod running;
