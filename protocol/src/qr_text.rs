//! Base45 (RFC 9285), which a QR code holds in its compact alphanumeric mode.

/// The bytes of a text; nothing when it is longer than `max_chars`, or not the one text of its bytes.
pub(crate) fn bytes_of(text: &str, max_chars: usize) -> Option<Vec<u8>> {
    if text.len() > max_chars {
        return None;
    }
    let bytes = base45::decode(text).ok()?;
    // The decoder cuts a last pair above 255 to a byte, which RFC 9285 forbids: one message would have many texts.
    (base45::encode(&bytes) == text).then_some(bytes)
}
