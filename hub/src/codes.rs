//! Pickup codes: drawn, tagged under the locker's code key, and answered once. The digits are never stored.

use locker_crypto::{CodeKey, RandomError, random};
use locker_protocol::code::DIGITS;
use locker_protocol::{CodeTag, LockerId, PickupCode};
use rusqlite::Connection;

use crate::problem::Problem;

/// A code that no live parcel at the locker has, and what is stored of it.
pub(crate) fn draw(
    connection: &Connection,
    locker: LockerId,
    key: &CodeKey,
) -> Result<(PickupCode, CodeTag), Problem> {
    loop {
        let Some(code) = PickupCode::from_random(random_digits()?) else { continue };
        let tag = code.tag(key);
        let is_taken: bool = connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM parcels WHERE locker = ?1 AND code = ?2
                 AND state NOT IN ('out', 'cancelled'))",
            )?
            .query_row((locker.0, &tag.0[..]), |row| row.get(0))?;
        // Of 10^9 codes a locker uses some thousands at a time, so this ends.
        if !is_taken {
            return Ok((code, tag));
        }
    }
}

/// Digits that are all equally likely: bytes from 250 on would favour the first six.
fn random_digits() -> Result<[u8; DIGITS - 1], RandomError> {
    let mut digits = [0; DIGITS - 1];
    let mut filled = 0;
    while filled < digits.len() {
        for byte in random::<16>()? {
            if byte < 250 && filled < digits.len() {
                digits[filled] = byte % 10;
                filled += 1;
            }
        }
    }
    Ok(digits)
}
