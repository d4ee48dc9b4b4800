//! Passes and receipts in a QR code, as if every signature held: what is behind it must be safe to read by itself. The input: one
//! byte for what it is, then its text, or its bytes that are written in Base45 here.
#![no_main]

use libfuzzer_sys::fuzz_target;
use locker_protocol::{Pass, PublicKey, Receipt, Sign, Verify};

struct Anyone;

impl Verify for Anyone {
    fn verify(&self, _message: &[u8], _signature: &[u8]) -> bool {
        true
    }
}

impl Sign for Anyone {
    fn sign(&self, _message: &[u8]) -> [u8; 64] {
        [0; 64]
    }

    fn public_key(&self) -> PublicKey {
        PublicKey([0; 32])
    }
}

fuzz_target!(|data: &[u8]| {
    let [kind, ref rest @ ..] = *data else { return };
    let text = match kind & 0x01 {
        0 => base45::encode(rest),
        _ => String::from_utf8_lossy(rest).into_owned(),
    };
    let _ = Pass::looks_like_one(&text);
    if let Ok(pass) = Pass::from_text(&text, &Anyone) {
        assert_eq!(
            Pass::from_text(&pass.to_text(&Anyone), &Anyone),
            Ok(pass),
            "written again, it is the same"
        );
    }
    let _ = Receipt::claimed_locker(&text);
    if let Ok(receipt) = Receipt::from_text(&text, &Anyone) {
        let _ = (receipt.what.moves(), receipt.number());
        assert_eq!(Receipt::from_text(&receipt.to_text(&Anyone), &Anyone), Ok(receipt));
    }
});
