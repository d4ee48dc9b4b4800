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
    // Its kind may be another then: 24 digits are InPost's, unless they read as a GS1 item with its serial number.
    let again = recognize(label).map(|again| again.label);
    assert_eq!(again.as_ref(), Ok(&found.label), "read again, it is the same");
});
