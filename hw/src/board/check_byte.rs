//! Frames whose last byte is a check over all bytes before it.

/// The XOR of all bytes.
pub(super) fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |check, byte| check ^ byte)
}

/// The low byte of the sum of all bytes.
pub(super) fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |check, byte| check.wrapping_add(*byte))
}

/// The frame of `body` and its check.
pub(super) fn sealed(body: &[u8], check: fn(&[u8]) -> u8) -> Vec<u8> {
    let mut frame = body.to_vec();
    frame.push(check(body));
    frame
}

/// The frame without its last byte, when that byte is the check of the rest.
pub(super) fn unsealed(frame: &[u8], check: fn(&[u8]) -> u8) -> Option<&[u8]> {
    let (&last, body) = frame.split_last()?;
    (!body.is_empty() && check(body) == last).then_some(body)
}
