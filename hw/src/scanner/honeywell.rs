//! The menu commands of Honeywell scanners and those that copy them. Facts and vectors: `frames/honeywell.toml`.

use super::text_commands::TextCommands;

/// A command is `16 "M" 0D`, tag, subtag, data and the storage; `!` as storage means: until the power goes. The reply is the
/// command without what stands before it, with a status in front of the storage.
pub(super) const HONEYWELL: TextCommands = TextCommands {
    before: b"\x16M\r",
    after: b"!",
    reply_before: b"",
    reply_after: b"!",
    // The same code is not read again within 2 s.
    asked_for: ("DLYRRD", "2000"),
    question_mark: "?",
    // Reads without a trigger ("streaming presentation"), CR behind the data.
    others: &[("PAPPM3", ""), ("VSUFCR", "")],
};
