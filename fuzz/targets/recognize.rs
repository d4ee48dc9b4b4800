//! Whatever is held before the scanner or typed, up to what the rules are told of it. The input: one byte for how it comes, then
//! text, or bytes that are written in Base45 here.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use locker_core::Presented;
use locker_crypto::{CodeKey, VerifyingKey};
use locker_engine::keys::Network;
use locker_engine::recognize::{digits, scanned, sign_in};
use locker_protocol::{LockerId, PublicKey};

/// A locker whose hub's key nobody has: no signature can be invented.
static NETWORK: LazyLock<Network> = LazyLock::new(|| Network {
    locker: LockerId(1),
    hub: VerifyingKey(PublicKey([7; 32])),
    codes: CodeKey::from_bytes([7; 32]),
});

fuzz_target!(|data: &[u8]| {
    let [kind, ref rest @ ..] = *data else { return };
    let text = || String::from_utf8_lossy(rest).into_owned();
    let presented = match kind % 4 {
        0 => scanned(&base45::encode(rest), &NETWORK),
        1 => scanned(&text(), &NETWORK),
        2 => digits(&text(), &NETWORK),
        _ => {
            let text = text();
            let (id, pin) = text.split_once('\n').unwrap_or((&text, ""));
            sign_in(id, pin, &NETWORK)
        }
    };
    assert!(!matches!(presented, Presented::Pass(_)), "nobody signed it");
});
