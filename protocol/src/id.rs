//! Names of things. Numbers are chosen by the hub unless said otherwise.

use std::fmt;

use data_encoding::HEXLOWER;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, Serialize, Deserialize,
        )]
        #[cbor(transparent)]
        #[serde(transparent)]
        pub struct $name(#[n(0)] pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

macro_rules! bytes {
    ($(#[$doc:meta])* $name:ident($length:literal)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; $length]);

        impl $name {
            /// How many bytes it has.
            pub const LENGTH: usize = $length;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadHex;

            fn from_str(text: &str) -> Result<Self, BadHex> {
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| BadHex { expected: $length })?;
                Ok(Self(bytes.try_into().map_err(|_| BadHex { expected: $length })?))
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = BadHex;

            fn try_from(bytes: &[u8]) -> Result<Self, BadHex> {
                Ok(Self(bytes.try_into().map_err(|_| BadHex { expected: $length })?))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// Bytes of another length than the id has, or a text that is not lower-case hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} bytes as lower-case hexadecimal")]
pub struct BadHex {
    /// How many bytes the id has.
    pub expected: usize,
}

number! {
    /// A locker.
    LockerId(u32)
}
number! {
    /// A compartment: the number that people read on its door.
    CompartmentId(u16)
}
number! {
    /// A carrier or merchant that shares the locker.
    TenantId(u32)
}
number! {
    /// A courier or technician.
    StaffId(u32)
}
number! {
    /// One person across tenants: the hub's pseudonym.
    RecipientId(u64)
}
number! {
    /// An order of several parcels, among those of one tenant for one person.
    OrderId(u32)
}
number! {
    /// One episode of one door for one purpose. Counted by the locker from 1, never reused within a journal.
    OpeningId(u64)
}
number! {
    /// The first eight bytes (big endian) of the SHA-256 of a label's text, so that a pass can name a label and stay small.
    LabelTag(u64)
}

/// A parcel. The hub numbers those that it announces; for a parcel that nobody announced the locker makes a number of its
/// own, told apart by the top bit.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct ParcelId(#[n(0)] pub u64);

impl ParcelId {
    const MADE_HERE: u64 = 1 << 63;

    /// The number of the `count`-th parcel (modulo 2^32) that this locker admitted without an announcement.
    pub fn made_here(locker: LockerId, count: u32) -> Self {
        Self(Self::MADE_HERE | (u64::from(locker.0 & 0x7fff_ffff) << 32) | u64::from(count))
    }

    /// Whether a locker made this number.
    pub fn is_made_here(self) -> bool {
        self.0 & Self::MADE_HERE != 0
    }
}

impl fmt::Display for ParcelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_made_here() { write!(f, "u{}", self.0 & 0xffff_ffff) } else { write!(f, "p{}", self.0) }
    }
}

/// A problem raised at a door. Counted by the locker; shown as five characters that cannot be mistaken for each other.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct CaseId(#[n(0)] pub u32);

impl CaseId {
    /// How many cases differ in what is shown of them.
    pub const SHOWN_APART: u32 = 9_765_625;

    /// The number that people read to each other, as a number below [`CaseId::SHOWN_APART`]: every case that is shown so has
    /// this remainder. Blanks, dashes and small letters do not matter; nothing when it is no such number.
    pub fn shown_remainder(text: &str) -> Option<u32> {
        ReadAloud::read(text)
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ReadAloud(self.0.into()).fmt(f)
    }
}

/// A number as five characters that people can read to each other: "4K7-29". Numbers that differ by less than 25^5 look
/// different, and neighbours quite so.
pub(crate) struct ReadAloud(pub(crate) u64);

impl ReadAloud {
    /// No vowels (no words), nothing that looks like another character.
    const ALPHABET: &[u8; 25] = b"23456789CDFGHJKMNPQRTVWXY";
    const NUMBERS: u64 = 25u64.pow(5);
    /// Prime to 25^5, so that neighbours look different and none collide.
    const SPREAD: u64 = 6_180_339;
    /// What takes [`ReadAloud::SPREAD`] back: their product is 1 modulo 25^5.
    const GATHER: u64 = 3_427_559;

    /// The number modulo 25^5 that was read so.
    fn read(text: &str) -> Option<u32> {
        let (mut rest, mut place, mut count) = (0, 1, 0);
        for character in text.chars().filter(|character| !matches!(character, ' ' | '-')) {
            let digit = Self::ALPHABET
                .iter()
                .position(|known| char::from(*known) == character.to_ascii_uppercase())?;
            count += 1;
            if count > 5 {
                return None;
            }
            rest += u64::try_from(digit).ok()? * place;
            place *= 25;
        }
        if count < 5 {
            return None;
        }
        u32::try_from(rest * Self::GATHER % Self::NUMBERS).ok()
    }
}

impl fmt::Display for ReadAloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = ((self.0 % Self::NUMBERS) * Self::SPREAD) % Self::NUMBERS;
        for place in 0..5 {
            if place == 3 {
                f.write_str("-")?;
            }
            let digit = usize::try_from(rest % 25).unwrap_or(0);
            write!(f, "{}", char::from(Self::ALPHABET[digit]))?;
            rest /= 25;
        }
        Ok(())
    }
}

bytes! {
    /// A journal, random at its creation.
    JournalId(16)
}
bytes! {
    /// SHA-256 of a journal's entry and the hash of the entry before.
    Hash(32)
}
bytes! {
    /// HMAC-SHA256 under one locker's code key, of a pickup code's ten digits or of a staff id and PIN.
    CodeTag(32)
}
bytes! {
    /// A public key: Ed25519 or X25519, as its place says.
    PublicKey(32)
}
bytes! {
    /// A number used once, to prove that an answer is fresh.
    Nonce(16)
}
