//! ring behind the protocol's traits: keys, signatures, tags and enrolment, for locker and hub alike.
//!
//! Nothing else in the workspace does arithmetic of cryptography. Keys have no `Debug` that shows them; where one
//! is kept at rest is its owner's matter.

mod hash;
mod keys;
mod random;

pub mod enrol;

pub use hash::{entry_hash, label_tag};
pub use keys::{CodeKey, KeyError, SigningKey, VerifyingKey};
pub use random::{RandomError, random};
