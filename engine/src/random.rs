//! Where random bytes come from: the operating system, except in a simulation, whose histories repeat.

use std::sync::Arc;

pub use locker_crypto::RandomError;

/// A source of random bytes, for ids, nonces and keys.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) -> Result<(), RandomError> + Send + Sync;

impl Random {
    /// The operating system's, fit for keys.
    pub fn of_the_system() -> Self {
        const AT_ONCE: usize = 32;
        Self::new(|bytes| {
            for part in bytes.chunks_mut(AT_ONCE) {
                let drawn: [u8; AT_ONCE] = locker_crypto::random()?;
                part.copy_from_slice(&drawn[..part.len()]);
            }
            Ok(())
        })
    }

    /// Another: it fills all that it is given.
    pub fn new(fill: impl Fn(&mut [u8]) -> Result<(), RandomError> + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// `N` random bytes.
    ///
    /// # Errors
    /// When the source gives none.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], RandomError> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }
}
