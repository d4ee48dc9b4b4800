//! The commands of Newland modules and scanners (EM20, FM430, NLS series). Facts and vectors: `frames/newland.toml`.

use super::module::{Module, Weighed};

/// A command is `7E 01 "0000" storage text ";" 03`; `#` as storage means: until the power goes.
const BEFORE: &[u8] = b"\x7E\x01\x30\x30\x30\x30#";
const AFTER: &[u8] = b";\x03";
/// A reply is `02 01 "0000" storage text status ";" 03`.
const REPLY_BEFORE: &[u8] = b"\x02\x01\x30\x30\x30\x30#";
const DONE: u8 = 0x06;
const NO_SUCH_COMMAND: u8 = 0x05;
const NO_SUCH_VALUE: u8 = 0x15;

/// Reads without a trigger (vendor manual, "continuous mode").
const MODE: &str = "SCNMOD3";
const ASK_MODE: &str = "SCNMOD*";
/// The other settings: the same code not again within 2 s, CR behind the data, no prefix.
const OTHERS: [&str; 4] = ["RRDENA1", "RRDDUR2000", "TSUENA1", "TSUSET0D"];

/// A module of this family.
pub(super) struct Newland;

fn command(text: &str) -> Vec<u8> {
    [BEFORE, text.as_bytes(), AFTER].concat()
}

/// Text and status of a whole reply.
fn reply(line: &[u8]) -> Option<(&[u8], u8)> {
    let inner = line.strip_prefix(REPLY_BEFORE)?.strip_suffix(AFTER)?;
    let (status, text) = inner.split_last()?;
    let known = matches!(*status, DONE | NO_SUCH_COMMAND | NO_SUCH_VALUE);
    known.then_some((text, *status))
}

impl Module for Newland {
    fn baud(&self) -> u32 {
        9600
    }

    fn set_up(&self) -> Vec<Vec<u8>> {
        [MODE].into_iter().chain(OTHERS).map(command).collect()
    }

    fn check(&self) -> Vec<u8> {
        command(ASK_MODE)
    }

    fn is_reply(&self, line: &[u8]) -> bool {
        reply(line).is_some()
    }

    fn weigh(&self, asked: &[u8], heard: &[u8]) -> Weighed {
        let Some((text, status)) = reply(heard) else { return Weighed::Unrelated };
        let asks = asked == self.check();
        // A question is answered with the value in place of the asterisk.
        let same = match asks {
            true => text.starts_with(ASK_MODE.trim_end_matches('*').as_bytes()),
            false => asked.strip_prefix(BEFORE).and_then(|rest| rest.strip_suffix(AFTER)) == Some(text),
        };
        match (same, status) {
            (false, _) => Weighed::Unrelated,
            (true, DONE) if asks && text != MODE.as_bytes() => Weighed::Forgotten,
            (true, DONE) => Weighed::Done,
            (true, _) => Weighed::NotTaken,
        }
    }
}
