//! `locker-sim`: runs histories of a simulated locker.

fn main() {}
