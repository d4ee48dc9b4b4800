//! Messages over the kiosk's Unix socket: their length (4 bytes, big endian), then their CBOR. Bounded both ways.

use std::io::{self, ErrorKind, Read, Write};

pub use locker_protocol::link::{MAX_LINK_BYTES, ToKiosk, ToSync, Witness};
use locker_protocol::seal::{from_bytes, to_bytes};
use minicbor::{Decode, Encode};

/// Reads one message; nothing at the end of the stream.
///
/// # Errors
/// What the stream says; [`ErrorKind::InvalidData`] for a message that is too long or not understood.
pub fn read<T: for<'b> Decode<'b, ()>>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut bytes = vec![0; checked(length)?];
    from.read_exact(&mut bytes)?;
    understood(&bytes).map(Some)
}

/// The length of the message whose first four bytes these are.
///
/// # Errors
/// [`ErrorKind::InvalidData`] when it is longer than [`MAX_LINK_BYTES`].
pub fn checked(length: [u8; 4]) -> io::Result<usize> {
    usize::try_from(u32::from_be_bytes(length))
        .ok()
        .filter(|length| *length <= MAX_LINK_BYTES)
        .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "a message longer than the socket carries"))
}

/// A message from its CBOR.
///
/// # Errors
/// [`ErrorKind::InvalidData`] when it is not one.
pub fn understood<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> io::Result<T> {
    from_bytes(bytes).map_err(|error| io::Error::new(ErrorKind::InvalidData, error.to_string()))
}

/// The bytes of one message, its length before it.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] when it is longer than [`MAX_LINK_BYTES`].
pub fn framed<T: Encode<()>>(message: &T) -> io::Result<Vec<u8>> {
    let bytes = to_bytes(message);
    let length = u32::try_from(bytes.len())
        .ok()
        .filter(|_| bytes.len() <= MAX_LINK_BYTES)
        .ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "a message longer than the socket carries"))?;
    Ok([&length.to_be_bytes()[..], &bytes].concat())
}

/// Writes one message.
///
/// # Errors
/// What the stream says, or a message that is too long.
pub fn write<T: Encode<()>>(to: &mut impl Write, message: &T) -> io::Result<()> {
    to.write_all(&framed(message)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_the_end_is_told_from_a_broken_message() {
        let mut bytes = Vec::new();
        write(&mut bytes, &ToSync::Cursor { number: 7 }).unwrap();
        write(&mut bytes, &ToSync::Cursor { number: 8 }).unwrap();
        let mut from = &bytes[..];
        assert_eq!(read::<ToSync>(&mut from).unwrap(), Some(ToSync::Cursor { number: 7 }));
        assert_eq!(read::<ToSync>(&mut from).unwrap(), Some(ToSync::Cursor { number: 8 }));
        assert_eq!(read::<ToSync>(&mut from).unwrap(), None);
        assert!(read::<ToSync>(&mut &bytes[..bytes.len() - 1]).is_ok());
        assert!(read::<ToSync>(&mut &bytes[..5]).is_err());
    }

    #[test]
    fn a_message_that_claims_to_be_huge_is_refused_before_it_is_read() {
        let error = read::<ToSync>(&mut &[0xff, 0xff, 0xff, 0xff, 0][..]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
}
