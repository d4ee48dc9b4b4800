//! GS1 element strings and Digital Links: what in them names one parcel.

use super::symbol::{SEPARATOR, Symbol};
use super::{is_numeric, is_sscc};

/// A serial number has at most this many characters (GS1 General Specifications, AI 21).
const MAX_SERIAL: usize = 20;
const GTIN_DIGITS: usize = 14;

/// What names one parcel. Where there are both, the container is the parcel.
pub(super) enum Identified<'a> {
    /// AI 00.
    Sscc { digits: &'a str },
    /// AI 01 and 21.
    Item { gtin: Gtin, serial: Serial },
}

/// A trade item's number, filled up with zeros to 14 digits.
pub(super) struct Gtin([u8; GTIN_DIGITS]);

impl Gtin {
    fn of(digits: &str) -> Option<Self> {
        if !matches!(digits.len(), 8 | 12..=GTIN_DIGITS) || !is_numeric(digits) {
            return None;
        }
        let mut filled = [b'0'; GTIN_DIGITS];
        filled[GTIN_DIGITS - digits.len()..].copy_from_slice(digits.as_bytes());
        Some(Self(filled))
    }

    pub(super) fn as_str(&self) -> &str {
        // Digits only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// A serial number of the character set 82 of GS1.
pub(super) struct Serial {
    bytes: [u8; MAX_SERIAL],
    length: usize,
}

impl Serial {
    fn of(bytes: impl Iterator<Item = Option<u8>>) -> Option<Self> {
        let mut serial = Self { bytes: [0; MAX_SERIAL], length: 0 };
        for byte in bytes {
            let byte = byte.filter(|byte| is_of_set_82(*byte))?;
            *serial.bytes.get_mut(serial.length)? = byte;
            serial.length += 1;
        }
        (serial.length > 0).then_some(serial)
    }

    fn plain(text: &str) -> Option<Self> {
        Self::of(text.bytes().map(Some))
    }

    pub(super) fn as_str(&self) -> &str {
        // Printable ASCII only.
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

/// GS1 General Specifications, figure 7.11-1.
fn is_of_set_82(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!\"%&'()*+,-./:;<=>?_".contains(&byte)
}

/// What names a parcel in a text; nothing where it is no GS1 data, or names only a kind of goods.
pub(super) fn identified<'a>(symbol: &Symbol<'a>) -> Option<Identified<'a>> {
    if let Some(path) = path_of_link(symbol.text) {
        return of_link(path);
    }
    if symbol.is_gs1 || symbol.text.contains(SEPARATOR) {
        return of_elements(symbol.text);
    }
    // Not every scanner says that a symbol was GS1's. A container alone is told apart with the carriers' numbers.
    let (gtin, serial) = symbol.text.strip_prefix("01")?.split_at_checked(GTIN_DIGITS)?;
    let serial = Serial::plain(serial.strip_prefix("21")?)?;
    Some(Identified::Item { gtin: Gtin::of(gtin)?, serial })
}

fn of_elements(text: &str) -> Option<Identified<'_>> {
    let (mut sscc, mut gtin, mut serial) = (None, None, None);
    for element in Elements(text) {
        let (identifier, value) = element.split_at_checked(2)?;
        match identifier {
            "00" => sscc = sscc.or(Some(value).filter(|digits| is_sscc(digits))),
            "01" if value.len() == GTIN_DIGITS => gtin = gtin.or_else(|| Gtin::of(value)),
            "21" => serial = serial.or_else(|| Serial::plain(value)),
            _ => {}
        }
    }
    match (sscc, gtin, serial) {
        (Some(digits), ..) => Some(Identified::Sscc { digits }),
        (None, Some(gtin), Some(serial)) => Some(Identified::Item { gtin, serial }),
        _ => None,
    }
}

/// The element strings of GS1 data, each with its application identifier. Those whose identifier has a predefined length
/// end there, others at FNC1 or the end.
struct Elements<'a>(&'a str);

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_start_matches(SEPARATOR);
        let end = match rest.get(..2).and_then(predefined_length) {
            Some(length) => length.min(rest.len()),
            None => rest.find(SEPARATOR).unwrap_or(rest.len()),
        };
        let (element, after) = rest.split_at_checked(end)?;
        self.0 = after;
        (!element.is_empty()).then_some(element)
    }
}

/// The length of an element string, identifier included, by its first two digits (GS1 General Specifications, figure
/// 7.8.5-2).
fn predefined_length(first_two: &str) -> Option<usize> {
    match first_two {
        "00" => Some(20),
        "01" | "02" | "03" => Some(16),
        "04" => Some(18),
        "11" | "12" | "13" | "14" | "15" | "16" | "17" | "18" | "19" => Some(8),
        "20" => Some(4),
        "31" | "32" | "33" | "34" | "35" | "36" => Some(10),
        "41" => Some(16),
        _ => None,
    }
}

/// The path of a web address, with its host before it.
fn path_of_link(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let is_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    is_web.then(|| rest.split(['?', '#']).next().unwrap_or_default())
}

/// A Digital Link (GS1 Digital Link Standard: URI Syntax): after the host and a path of its owner, identifiers and values in
/// turn.
fn of_link(path: &str) -> Option<Identified<'_>> {
    let mut parts = path.split('/').skip(1);
    while let Some(part) = parts.next() {
        let mut values = parts.clone();
        match part {
            "00" => {
                if let Some(digits) = values.next().filter(|digits| is_sscc(digits)) {
                    return Some(Identified::Sscc { digits });
                }
            }
            "01" => {
                if let Some(gtin) = values.next().and_then(Gtin::of) {
                    return Some(Identified::Item { gtin, serial: serial_of_link(values)? });
                }
            }
            _ => {}
        }
    }
    None
}

fn serial_of_link<'a>(mut parts: impl Iterator<Item = &'a str>) -> Option<Serial> {
    while let Some(identifier) = parts.next() {
        let value = parts.next()?;
        if identifier == "21" {
            return Serial::of(percent_decoded(value));
        }
    }
    None
}

/// The bytes of a part of an address; nothing in the place of an escape that is none.
fn percent_decoded(text: &str) -> impl Iterator<Item = Option<u8>> {
    let mut bytes = text.bytes();
    std::iter::from_fn(move || {
        let byte = bytes.next()?;
        if byte != b'%' {
            return Some(Some(byte));
        }
        let digits = [bytes.next(), bytes.next()].map(|digit| digit.and_then(hex));
        Some(match digits {
            [Some(high), Some(low)] => Some(high * 16 + low),
            _ => None,
        })
    })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
