//! What a scanner adds to the text of a symbol, and what people add when they type it.

use crate::parcel::Label;

/// FNC1 within GS1 data, as scanners send it.
pub(super) const SEPARATOR: char = '\u{1d}';

/// A text without what the scanner said of its symbol.
pub(super) struct Symbol<'a> {
    pub(super) text: &'a str,
    /// The symbol says that its data are GS1 element strings.
    pub(super) is_gs1: bool,
}

impl<'a> Symbol<'a> {
    /// Takes off blanks, AIM symbology identifiers (ISO/IEC 15424: `]`, a letter, a digit or letter) and FNC1 at the ends.
    pub(super) fn of(text: &'a str) -> Self {
        let mut symbol = Self { text, is_gs1: false };
        loop {
            let before = symbol.text.len();
            symbol.text = symbol.text.trim();
            if let Some((identifier, rest)) = aim_identifier(symbol.text) {
                // GS1-128, GS1 Data Matrix, GS1 QR Code, GS1 DataBar, GS1 DotCode.
                symbol.is_gs1 |= matches!(identifier, "]C1" | "]d2" | "]Q3" | "]e0" | "]J1");
                symbol.text = rest;
            }
            let bare = symbol.text.trim_start_matches(SEPARATOR);
            // FNC1 at the beginning is what makes data GS1's.
            symbol.is_gs1 |= bare.len() < symbol.text.len();
            symbol.text = bare.trim_end_matches(SEPARATOR);
            if symbol.text.len() == before {
                return symbol;
            }
        }
    }
}

fn aim_identifier(text: &str) -> Option<(&str, &str)> {
    let is_one = matches!(text.as_bytes(), [b']', code, modifier, ..]
        if code.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric());
    if is_one { text.split_at_checked(3) } else { None }
}

/// A text in capitals, without the blanks and brackets that people read and type.
pub(super) struct Compact {
    bytes: [u8; Label::MAX_LENGTH],
    length: usize,
}

impl Compact {
    /// Nothing when it would be longer than a label may be.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut compact = Self { bytes: [0; Label::MAX_LENGTH], length: 0 };
        for byte in text.bytes().filter(|byte| !matches!(byte, b' ' | b'(' | b')' | 0x1d)) {
            *compact.bytes.get_mut(compact.length)? = byte.to_ascii_uppercase();
            compact.length += 1;
        }
        Some(compact)
    }

    pub(super) fn as_str(&self) -> &str {
        // Only ASCII was given: see `recognize`.
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}
