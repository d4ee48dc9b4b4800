//! The menu commands of Honeywell scanners and those that copy them. Facts and vectors: `frames/honeywell.toml`.

use super::module::{LONGEST_REPLY, Module, Weighed};

/// A command is `16 "M" 0D`, tag, subtag, data and the storage; `!` as storage means: until the power goes.
const BEFORE: &[u8] = b"\x16M\r";
const VOLATILE: u8 = b'!';
/// The reply is the command without what stands before it, with a status in front of the storage.
const DONE: u8 = 0x06;
const NO_SUCH_COMMAND: u8 = 0x05;
const NO_SUCH_VALUE: u8 = 0x15;

/// The same code is not read again within 2 s. It is not the factory's value, so that it tells of a restart.
const REREAD_DELAY: &str = "DLYRRD2000";
const ASK_REREAD_DELAY: &str = "DLYRRD?";
/// Reads without a trigger ("streaming presentation"), CR behind the data.
const OTHERS: [&str; 2] = ["PAPPM3", "VSUFCR"];

/// A module of this family.
pub(super) struct Honeywell;

fn command(text: &str) -> Vec<u8> {
    [BEFORE, text.as_bytes(), &[VOLATILE]].concat()
}

/// Text and status of a whole reply. A code cannot be taken for one: it would hold a control byte, and is no text.
fn reply(line: &[u8]) -> Option<(&[u8], u8)> {
    let (status, text) = line.strip_suffix(&[VOLATILE])?.split_last()?;
    let known = matches!(*status, DONE | NO_SUCH_COMMAND | NO_SUCH_VALUE);
    let plain = text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'?');
    (known && plain && (6..LONGEST_REPLY).contains(&text.len())).then_some((text, *status))
}

impl Module for Honeywell {
    fn baud(&self) -> u32 {
        9600
    }

    fn set_up(&self) -> Vec<Vec<u8>> {
        [REREAD_DELAY].into_iter().chain(OTHERS).map(command).collect()
    }

    fn check(&self) -> Vec<u8> {
        command(ASK_REREAD_DELAY)
    }

    fn is_reply(&self, line: &[u8]) -> bool {
        reply(line).is_some()
    }

    fn weigh(&self, asked: &[u8], heard: &[u8]) -> Weighed {
        let Some((text, status)) = reply(heard) else { return Weighed::Unrelated };
        let asks = asked == self.check();
        // A question is answered with the value in place of the question mark.
        let same = match asks {
            true => {
                let tag = ASK_REREAD_DELAY.trim_end_matches('?').as_bytes();
                text.get(..tag.len()).is_some_and(|of| of.eq_ignore_ascii_case(tag))
            }
            false => {
                let sent = asked.strip_prefix(BEFORE).and_then(|rest| rest.strip_suffix(&[VOLATILE]));
                sent.is_some_and(|sent| sent.eq_ignore_ascii_case(text))
            }
        };
        match (same, status) {
            (false, _) => Weighed::Unrelated,
            (true, DONE) if asks && !text.eq_ignore_ascii_case(REREAD_DELAY.as_bytes()) => Weighed::Forgotten,
            (true, DONE) => Weighed::Done,
            (true, _) => Weighed::NotTaken,
        }
    }
}
