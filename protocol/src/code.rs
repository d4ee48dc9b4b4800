//! Pickup codes: ten digits shown 3-3-4, nine random and a check digit by Damm's scheme, which finds every single
//! wrong digit and every swap of neighbours.

use std::fmt;

use crate::id::{CodeTag, StaffId};
use crate::seal::Tag;

/// How many digits a pickup code has.
pub const DIGITS: usize = 10;

/// The weakly totally anti-symmetric quasigroup of order 10 that Damm's thesis (2004) gives as its example.
const QUASIGROUP: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// A pickup code whose check digit holds. It has no `Debug` that shows it, so that it cannot slip into a log.
#[derive(Clone, PartialEq, Eq)]
pub struct PickupCode([u8; DIGITS]);

/// A text that is not a pickup code: a slip of the finger, not a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    /// Not ten digits.
    #[error("a pickup code has ten digits")]
    NotTenDigits,
    /// The check digit does not hold.
    #[error("the check digit of the pickup code does not hold")]
    Mistyped,
}

impl PickupCode {
    /// The code of nine digits drawn at random.
    ///
    /// Returns nothing when one of them is not a digit (0 to 9).
    pub fn from_random(digits: [u8; DIGITS - 1]) -> Option<Self> {
        if digits.iter().any(|digit| *digit > 9) {
            return None;
        }
        let mut code = [0; DIGITS];
        code[..DIGITS - 1].copy_from_slice(&digits);
        code[DIGITS - 1] = checksum(&digits);
        Some(Self(code))
    }

    /// Reads typed digits; blanks and dashes between them do not matter.
    ///
    /// # Errors
    /// When there are not ten digits, or the check digit does not hold.
    pub fn parse(text: &str) -> Result<Self, BadCode> {
        let mut code = [0; DIGITS];
        let mut count = 0;
        for byte in text.bytes().filter(|byte| !matches!(byte, b' ' | b'-')) {
            let place = code.get_mut(count).ok_or(BadCode::NotTenDigits)?;
            *place = match byte {
                b'0'..=b'9' => byte - b'0',
                _ => return Err(BadCode::NotTenDigits),
            };
            count += 1;
        }
        if count != DIGITS {
            return Err(BadCode::NotTenDigits);
        }
        if checksum(&code) != 0 {
            return Err(BadCode::Mistyped);
        }
        Ok(Self(code))
    }

    /// What is stored of it.
    pub fn tag(&self, key: &dyn Tag) -> CodeTag {
        key.tag(self.digits().as_bytes())
    }

    /// The ten digits, for the one message to its recipient.
    pub fn digits(&self) -> String {
        self.0.iter().map(|digit| char::from(b'0' + digit)).collect()
    }
}

impl fmt::Debug for PickupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PickupCode(..)")
    }
}

/// What is stored of a staff id and PIN: four to eight digits.
pub fn pin_tag(staff: StaffId, pin: &str, key: &dyn Tag) -> CodeTag {
    key.tag(format!("pin {staff} {pin}").as_bytes())
}

/// Whether a text can be a PIN: four to eight digits.
pub fn is_pin(text: &str) -> bool {
    (4..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn checksum(digits: &[u8]) -> u8 {
    // Digits are below ten by construction and so are the quasigroup's, so both indices hold.
    digits.iter().fold(0, |interim, digit| QUASIGROUP[usize::from(interim)][usize::from(*digit)])
}
