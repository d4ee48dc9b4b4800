//! Random bytes of the operating system.

use ring::rand::{SecureRandom, SystemRandom};

/// The operating system gave no random bytes. Nothing that needs them can go on; trying later may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no {bytes} random bytes")]
pub struct RandomError {
    /// How many were asked for.
    pub bytes: usize,
}

/// `N` random bytes, fit for keys.
///
/// # Errors
/// When the operating system gives none.
pub fn random<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| RandomError { bytes: N })?;
    Ok(bytes)
}
