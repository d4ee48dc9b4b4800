//! What a typed or scanned text is. Whatever is scanned is hostile: it is bounded, verified, and told apart here, and only
//! the result reaches the rules.

use locker_core::faults::{self, Fault};
use locker_core::{PassProblem, Presented};
use locker_crypto::label_tag;
use locker_protocol::code::{PickupCode, is_pin, pin_tag};
use locker_protocol::pass::PassError;
use locker_protocol::{Pass, StaffId, label};

use crate::gullible::Unless;
use crate::keys::Network;

/// Ten typed digits.
pub fn digits(text: &str, network: &Network) -> Presented {
    match PickupCode::parse(text) {
        Ok(code) => Presented::Code(code.tag(&network.codes)),
        Err(_) => Presented::Mistyped,
    }
}

/// A typed staff id and PIN. What cannot be one is a miss like any other: nobody learns which part was wrong.
pub fn sign_in(id: &str, pin: &str, network: &Network) -> Presented {
    let staff = StaffId(id.parse().unwrap_or(u32::MAX));
    let pin = if is_pin(pin) { pin } else { "" };
    Presented::Pin(staff, pin_tag(staff, pin, &network.codes))
}

/// A scanned text: a pass, or else a label. A pickup code is typed, never scanned: some carriers' labels have ten digits.
pub fn scanned(text: &str, network: &Network) -> Presented {
    if Pass::looks_like_one(text) {
        return match Pass::from_text(text, &Unless(Fault::PassNotVerified, &network.hub)) {
            Ok(pass) if pass.locker == network.locker || faults::is(Fault::PassOfAnotherLocker) => {
                Presented::Pass(pass)
            }
            Ok(_) => Presented::PassRefused(PassProblem::OtherLocker),
            Err(PassError::NotUnderstood) => Presented::PassRefused(PassProblem::NotUnderstood),
            Err(PassError::Forged | PassError::NotAPass) => Presented::PassRefused(PassProblem::Forged),
        };
    }
    match label::recognize(text) {
        Ok(recognized) => {
            let tag = label_tag(&recognized.label);
            Presented::Label(recognized.label, tag)
        }
        Err(_) => Presented::Unreadable,
    }
}
