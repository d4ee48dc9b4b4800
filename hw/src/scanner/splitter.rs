//! From a stream of bytes to replies and scans. Pure and bounded.

use super::module::{LONGEST_REPLY, Module};
use super::{LONGEST_TEXT, MOST_BYTES, Scan, Unreadable};

/// What was found in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Reply(Vec<u8>),
    Scan(Scan),
}

/// Cuts the stream: a reply at the beginning of a line is taken out (a keyboard has none), a line ends in CR or CRLF.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    line: Vec<u8>,
    /// The line has more bytes than are kept; they are counted out until its end.
    overflowed: bool,
    /// The last line ended in CR: an LF now belongs to it.
    after_cr: bool,
}

impl Splitter {
    pub(super) fn feed(&mut self, bytes: &[u8], module: Option<&dyn Module>, mut found: impl FnMut(Found)) {
        for &byte in bytes {
            if std::mem::take(&mut self.after_cr) && byte == b'\n' {
                continue;
            }
            if byte == b'\r' && !module.is_some_and(|module| module.may_hold_cr(&self.line)) {
                self.after_cr = true;
                if let Some(scan) = self.end(None) {
                    found(Found::Scan(scan));
                }
                continue;
            }
            if self.overflowed {
                continue;
            }
            self.line.push(byte);
            let short = self.line.len() <= LONGEST_REPLY;
            if short && module.is_some_and(|module| module.is_reply(&self.line)) {
                found(Found::Reply(std::mem::take(&mut self.line)));
            } else if self.line.len() > MOST_BYTES {
                self.overflowed = true;
                self.line.clear();
            }
        }
    }

    /// Nothing came for a while: what has begun will not be ended.
    pub(super) fn broke_off(&mut self) -> Option<Scan> {
        self.after_cr = false;
        self.end(Some(Unreadable::BrokenOff))
    }

    pub(super) fn is_within_line(&self) -> bool {
        !self.line.is_empty() || self.overflowed
    }

    fn end(&mut self, broken: Option<Unreadable>) -> Option<Scan> {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.overflowed) {
            return Some(Scan::Unreadable(Unreadable::TooLong));
        }
        if line.is_empty() {
            return None;
        }
        Some(match broken {
            Some(why) => Scan::Unreadable(why),
            None => as_text(line).map_or_else(Scan::Unreadable, Scan::Text),
        })
    }
}

fn as_text(line: Vec<u8>) -> Result<String, Unreadable> {
    let text = String::from_utf8(line).map_err(|_| Unreadable::NotText)?;
    if text.chars().any(|character| character.is_control() && character != '\u{1d}') {
        return Err(Unreadable::ControlByte);
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(Unreadable::TooLong);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::gm65::Settings;
    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        scan: Vec<Scanned>,
    }

    #[derive(Deserialize)]
    struct Scanned {
        received: String,
        text: Option<String>,
        unreadable: Option<String>,
    }

    fn vectors() -> Vectors {
        toml::from_str(include_str!("../../frames/gm65.toml")).unwrap()
    }

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    fn all(bytes: &[u8]) -> Vec<Found> {
        let (mut splitter, mut found) = (Splitter::default(), Vec::new());
        splitter.feed(bytes, Some(&Settings::default()), |one| found.push(one));
        found
    }

    #[test]
    fn scans_are_what_the_vectors_say() {
        let mut checked = 0;
        for vector in vectors().scan {
            let mut found = all(&hex(&vector.received));
            found.retain(|one| matches!(one, Found::Scan(_)));
            let expected = match (vector.text, vector.unreadable.as_deref()) {
                (Some(text), None) => Scan::Text(text),
                (None, Some("control-byte")) => Scan::Unreadable(Unreadable::ControlByte),
                (None, Some("not-text")) => Scan::Unreadable(Unreadable::NotText),
                other => panic!("{other:?}"),
            };
            assert_eq!(found, [Found::Scan(expected)], "{}", vector.received);
            checked += 1;
        }
        assert!(checked >= 7);
    }

    #[test]
    fn a_scan_beyond_the_limits_is_unreadable_and_the_next_is_fine() {
        let text = |length: usize| [vec![b'7'; length], vec![b'\r']].concat();
        let too_long = Found::Scan(Scan::Unreadable(Unreadable::TooLong));
        assert_eq!(all(&text(LONGEST_TEXT)), [Found::Scan(Scan::Text("7".repeat(LONGEST_TEXT)))]);
        for length in [LONGEST_TEXT + 1, MOST_BYTES, MOST_BYTES + 1, 3 * MOST_BYTES] {
            let found = all(&[text(length), text(3)].concat());
            assert_eq!(
                found,
                [too_long.clone(), Found::Scan(Scan::Text("777".to_owned()))],
                "{length} bytes"
            );
        }
    }

    #[test]
    fn what_never_ends_is_broken_off() {
        let mut splitter = Splitter::default();
        splitter.feed(b"912", None, |_| panic!("no end yet"));
        assert!(splitter.is_within_line());
        assert_eq!(splitter.broke_off(), Some(Scan::Unreadable(Unreadable::BrokenOff)));
        assert_eq!(splitter.broke_off(), None);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_keep_every_limit(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..600), 0..12)) {
            let mut splitter = Splitter::default();
            for chunk in &chunks {
                let mut texts = Vec::new();
                splitter.feed(chunk, Some(&Settings::default()), |found| if let Found::Scan(Scan::Text(text)) = found { texts.push(text) });
                for text in texts {
                    prop_assert!((1..=LONGEST_TEXT).contains(&text.chars().count()));
                    let allowed = text.chars().all(|c| c == '\u{1d}' || !c.is_control());
                    prop_assert!(allowed);
                }
                prop_assert!(splitter.line.len() <= MOST_BYTES + 1);
            }
        }

        #[test]
        fn cutting_the_stream_anywhere_changes_nothing(bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(2u8), Just(0u8), Just(1u8), any::<u8>()], 0..200), cut in 0usize..200) {
            let cut = cut.min(bytes.len());
            let (mut splitter, mut found) = (Splitter::default(), Vec::new());
            splitter.feed(&bytes[..cut], Some(&Settings::default()), |one| found.push(one));
            splitter.feed(&bytes[cut..], Some(&Settings::default()), |one| found.push(one));
            prop_assert_eq!(found, all(&bytes));
        }
    }
}
