//! `locker kiosk` as it runs on a locker, against bad luck and bad will: real ports, real socket, real disk, real screen.
//! The tests play sync and the hub behind it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]
#![cfg(feature = "demo")]

mod crash;
mod hardware;
mod hostile_sync;
mod no_room;
mod rig;
mod sightless;
mod sounds;
mod technician;
mod time;
