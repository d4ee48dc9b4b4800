//! What is known of a parcel before it arrives: its size and label.

use std::fmt;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A size class, of compartments and parcels alike. A parcel fits its own class and every larger one.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
pub enum Size {
    /// Small: a door about 8 cm high.
    #[n(0)]
    S,
    /// Medium: a door about 19 cm high.
    #[n(1)]
    M,
    /// Large: a door about 41 cm high.
    #[n(2)]
    L,
}

impl Size {
    /// All, smallest first.
    pub const ALL: [Self; 3] = [Self::S, Self::M, Self::L];
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::S => "S",
            Self::M => "M",
            Self::L => "L",
        })
    }
}

/// What stands on a parcel's label: 1 to 64 printable ASCII characters, without surrounding blanks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct Label(String);

/// A text that cannot be a label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a label is 1 to 64 printable ASCII characters; this one has {length}{}", if *unprintable { ", some not printable" } else { "" })]
pub struct BadLabel {
    /// The length of the text, in bytes.
    pub length: usize,
    /// Whether it holds characters that cannot be printed, or are not ASCII.
    pub unprintable: bool,
}

impl Label {
    /// The most characters a label may have.
    pub const MAX_LENGTH: usize = 64;

    /// Takes a scanned text as a label.
    ///
    /// # Errors
    /// When it is empty, too long, or has anything but printable ASCII.
    pub fn new(text: &str) -> Result<Self, BadLabel> {
        let text = text.trim();
        let unprintable = !text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if text.is_empty() || text.len() > Self::MAX_LENGTH || unprintable {
            return Err(BadLabel { length: text.len(), unprintable });
        }
        Ok(Self(text.to_owned()))
    }

    /// Takes what a symbol holds, of which no carrier's number is known: its element strings with a blank between them.
    pub(crate) fn of_elements(text: &str) -> Result<Self, BadLabel> {
        if text.contains('\u{1d}') && text.len() <= Self::MAX_LENGTH {
            return Self::new(&text.replace('\u{1d}', " "));
        }
        Self::new(text)
    }

    /// Takes a text that is known to be 1 to 64 printable ASCII characters.
    pub(crate) fn of_known(text: String) -> Self {
        Self(text)
    }

    /// Whether this is the label of the same parcel as `canonical`, which [`recognize`](crate::label::recognize) gave: a
    /// label that was announced before all of them were written in one way still counts.
    pub fn is_of_same_parcel(&self, canonical: &Self) -> bool {
        self == canonical
            || crate::label::recognize(&self.0).is_ok_and(|recognized| recognized.label == *canonical)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four characters: what a courier compares with the label in hand.
    pub fn tail(&self) -> &str {
        // ASCII only, by construction, so every index is a character boundary.
        &self.0[self.0.len().saturating_sub(4)..]
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<C> Encode<C> for Label {
    fn encode<W: minicbor::encode::Write>(
        &self,
        to: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        to.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Label {
    fn decode(from: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::new(from.str()?).map_err(minicbor::decode::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}
