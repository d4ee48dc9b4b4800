//! A label, scanned or typed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use locker_protocol::Label;
use locker_protocol::label::recognize;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(found) = recognize(text) else { return };
    let label = found.label.as_str();
    assert!((1..=Label::MAX_LENGTH).contains(&label.len()));
    assert!(label.bytes().all(|byte| (0x20..0x7F).contains(&byte)), "only what can be printed");
    assert_eq!(recognize(label).as_ref(), Ok(&found), "read again, it is the same");
});
