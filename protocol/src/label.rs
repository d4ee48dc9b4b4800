//! What a scanned or typed label is: which carrier's number, in the one text by which that parcel is known whatever symbol
//! it was read from, and whether its check digit holds.
//!
//! The same parcel may be announced by the digits of its waybill, and come with them as GS1-128, as Data Matrix or as a
//! Digital Link in a QR code. What is told apart here is only what changes the text, or has a check digit; any
//! other label is taken as it stands.

mod check;
mod gs1;
mod symbol;

use crate::parcel::{BadLabel, Label};
use gs1::Identified;

/// No text that is read from a symbol is looked at beyond this, in bytes: a scanner's longest.
pub const MAX_SCANNED_BYTES: usize = 1024;

/// A label that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recognized {
    /// What kind of number it is.
    pub kind: LabelKind,
    /// The one text of this number. Read again, it is the same.
    pub label: Label,
    /// Whether its check digit holds.
    pub check: CheckDigit,
}

/// Kinds of numbers on labels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LabelKind {
    /// Universal Postal Union, standard S10: two letters, nine digits, two letters.
    S10,
    /// GS1 Serial Shipping Container Code, written with its application identifier: 00 and 18 digits. DHL Paket's and GLS's
    /// numbers of 20 digits are such.
    Sscc,
    /// A GS1 trade item with a serial number: 01, 14 digits, 21, and 1 to 20 characters.
    SerialItem,
    /// InPost: 24 digits.
    InPost,
    /// DHL Express, DHL eCommerce and Yodel: an ISO 15459 licence plate issued by Deutsche Post (`JJD`, `JVGL`).
    Dhl,
    /// UPS: `1Z` and 16 letters and digits.
    Ups,
    /// Anything else.
    Opaque,
}

/// Whether a label's check digit holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CheckDigit {
    /// It holds.
    Right,
    /// It does not: misread, mistyped, or another carrier's number that looks like one of this kind. To be asked about,
    /// never refused.
    Wrong,
    /// This kind has none.
    Absent,
}

/// Tells what a label is.
///
/// # Errors
/// When no label can be made of it: nothing is there, or more than [`Label::MAX_LENGTH`] characters, or something
/// that is not printable ASCII.
pub fn recognize(text: &str) -> Result<Recognized, BadLabel> {
    if text.len() > MAX_SCANNED_BYTES || !text.is_ascii() {
        return Err(BadLabel { length: text.len(), unprintable: !text.is_ascii() });
    }
    let symbol = symbol::Symbol::of(text);
    if let Some(identified) = gs1::identified(&symbol) {
        return Ok(of_gs1(&identified));
    }
    if let Some(known) = symbol::Compact::of(symbol.text).and_then(|compact| of_carrier(compact.as_str())) {
        return Ok(known);
    }
    Ok(Recognized {
        kind: LabelKind::Opaque,
        label: Label::of_elements(symbol.text)?,
        check: CheckDigit::Absent,
    })
}

fn of_gs1(identified: &Identified<'_>) -> Recognized {
    let (kind, text, holds) = match identified {
        Identified::Sscc { digits } => (LabelKind::Sscc, format!("00{digits}"), check::gs1(digits)),
        Identified::Item { gtin, serial } => {
            let gtin = gtin.as_str();
            (LabelKind::SerialItem, format!("01{gtin}21{}", serial.as_str()), check::gs1(gtin))
        }
    };
    Recognized { kind, label: known(text), check: of(holds) }
}

/// A carrier's number, without blanks and in capitals.
fn of_carrier(text: &str) -> Option<Recognized> {
    let (kind, canonical, check) = if let Some(digits) = s10_digits(text) {
        (LabelKind::S10, text.to_owned(), of(check::s10(digits)))
    } else if text.len() == 18 && text.starts_with("1Z") && is_alphanumeric(text) {
        (LabelKind::Ups, text.to_owned(), of(check::ups(&text[2..])))
    } else if let Some(plate) = licence_plate(text) {
        (LabelKind::Dhl, plate, CheckDigit::Absent)
    } else if let Some(digits) = text.strip_prefix("00").filter(|digits| is_sscc(digits)) {
        (LabelKind::Sscc, text.to_owned(), of(check::gs1(digits)))
    } else if is_sscc(text) && check::gs1(text) {
        // Without its application identifier it is only a number of 18 digits, unless its check digit says otherwise.
        (LabelKind::Sscc, format!("00{text}"), CheckDigit::Right)
    } else if text.len() == 24 && is_numeric(text) {
        (LabelKind::InPost, text.to_owned(), CheckDigit::Absent)
    } else {
        // Ten digits are DHL Express's, and those of many others: nothing is told apart by them.
        return None;
    };
    Some(Recognized { kind, label: known(canonical), check })
}

/// The nine digits of an S10 identifier.
fn s10_digits(text: &str) -> Option<&str> {
    let (service, rest) = text.split_at_checked(2)?;
    let (digits, country) = rest.split_at_checked(9)?;
    let is_s10 = country.len() == 2 && is_alphabetic(service) && is_numeric(digits) && is_alphabetic(country);
    is_s10.then_some(digits)
}

/// A licence plate with its data identifier `J`. People leave that out, for it stands in brackets on the label.
fn licence_plate(text: &str) -> Option<String> {
    let with_identifier = |issuer: &str| {
        text.strip_prefix(issuer).is_some_and(|rest| (10..=24).contains(&rest.len()) && is_alphanumeric(rest))
    };
    if with_identifier("JJD") || with_identifier("JVGL") {
        return Some(text.to_owned());
    }
    let digits = text.strip_prefix("JD")?;
    (matches!(digits.len(), 16 | 18) && is_numeric(digits)).then(|| format!("J{text}"))
}

fn is_sscc(digits: &str) -> bool {
    digits.len() == 18 && is_numeric(digits)
}

fn is_numeric(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_alphabetic(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_alphanumeric(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

fn of(holds: bool) -> CheckDigit {
    if holds { CheckDigit::Right } else { CheckDigit::Wrong }
}

/// A text that was put together here: printable, and far shorter than a label may be.
fn known(text: String) -> Label {
    debug_assert!(Label::new(&text).is_ok_and(|label| label.as_str() == text), "{text:?}");
    Label::of_known(text)
}
