//! What the faults of leaving out a signature's check verify with: nothing. See [`locker_core::faults`].

use locker_core::faults::{self, Fault};
use locker_protocol::Verify;

/// A key, unless this fault is there: then every signature holds.
pub(crate) struct Unless<'a>(pub(crate) Fault, pub(crate) &'a dyn Verify);

impl Verify for Unless<'_> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        faults::is(self.0) || self.1.verify(message, signature)
    }
}
