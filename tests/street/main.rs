//! The street as somebody at a desk meets it: real windows on a display without a screen, real clicks, and a hand that clicks
//! only what pulses.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod display;
mod mistakes;
mod story;
mod troubles;
mod visitor;
