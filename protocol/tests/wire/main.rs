//! What passes on the wires, byte by byte: golden bytes, round trips, and what hostile bytes can do.

mod claims;
mod codes;
mod fuzz;
mod golden;
mod hostile;
mod ids;
mod passes;
mod samples;
mod seals;
mod signer;
