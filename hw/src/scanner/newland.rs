//! The commands of Newland modules and scanners (EM20, FM430, NLS series). Facts and vectors: `frames/newland.toml`.

use super::text_commands::TextCommands;

/// A command is `7E 01 "0000" storage text ";" 03`; `#` as storage means: until the power goes. A reply is
/// `02 01 "0000" storage text status ";" 03`.
pub(super) const NEWLAND: TextCommands = TextCommands {
    before: b"\x7E\x01\x30\x30\x30\x30#",
    after: b";\x03",
    reply_before: b"\x02\x01\x30\x30\x30\x30#",
    reply_after: b";\x03",
    // Reads without a trigger (vendor manual, "continuous mode").
    asked_for: ("SCNMOD", "3"),
    question_mark: "*",
    // The same code not again within 2 s, CR behind the data, no prefix.
    others: &[("RRDENA", "1"), ("RRDDUR", "2000"), ("TSUENA", "1"), ("TSUSET", "0D")],
};
