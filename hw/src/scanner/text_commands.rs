//! Modules that are commanded in text: tag and subtag of six letters, then data. A reply is the command once more, with a status.

use super::module::{LONGEST_REPLY, Module, Weighed};

const DONE: u8 = 0x06;
const NO_SUCH_COMMAND: u8 = 0x05;
const NO_SUCH_VALUE: u8 = 0x15;
/// Tag and subtag.
const SETTING_BYTES: usize = 6;

/// A kind of module: what stands around a command and its reply, and what is said.
pub(super) struct TextCommands {
    /// Before a command's text.
    pub(super) before: &'static [u8],
    /// Behind it.
    pub(super) after: &'static [u8],
    /// Before a reply's text.
    pub(super) reply_before: &'static [u8],
    /// Behind its status.
    pub(super) reply_after: &'static [u8],
    /// The setting that is asked for now and then, and its data; not the factory's, so that it tells of a restart.
    pub(super) asked_for: (&'static str, &'static str),
    /// Stands in place of the data where they are asked for, and they in its place in the answer.
    pub(super) question_mark: &'static str,
    /// The other settings.
    pub(super) others: &'static [(&'static str, &'static str)],
}

impl TextCommands {
    fn command(&self, setting: &str, data: &str) -> Vec<u8> {
        [self.before, setting.as_bytes(), data.as_bytes(), self.after].concat()
    }

    /// Text and status of a whole reply. A code cannot be taken for one: it would hold a control byte, and is no text.
    fn reply<'a>(&self, line: &'a [u8]) -> Option<(&'a [u8], u8)> {
        let inner = line.strip_prefix(self.reply_before)?.strip_suffix(self.reply_after)?;
        let (status, text) = inner.split_last()?;
        let known = matches!(*status, DONE | NO_SUCH_COMMAND | NO_SUCH_VALUE);
        let plain = text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"?*".contains(byte));
        (known && plain && (SETTING_BYTES..LONGEST_REPLY).contains(&text.len())).then_some((text, *status))
    }
}

impl Module for TextCommands {
    fn baud(&self) -> u32 {
        9600
    }

    fn set_up(&self) -> Vec<Vec<u8>> {
        let settings = [self.asked_for].into_iter().chain(self.others.iter().copied());
        settings.map(|(setting, data)| self.command(setting, data)).collect()
    }

    fn check(&self) -> Vec<u8> {
        self.command(self.asked_for.0, self.question_mark)
    }

    fn is_reply(&self, line: &[u8]) -> bool {
        self.reply(line).is_some()
    }

    fn weigh(&self, asked: &[u8], heard: &[u8]) -> Weighed {
        let Some((text, status)) = self.reply(heard) else { return Weighed::Unrelated };
        let asks = asked == self.check();
        let (setting, data) = text.split_at(SETTING_BYTES.min(text.len()));
        let same = match asks {
            true => setting.eq_ignore_ascii_case(self.asked_for.0.as_bytes()),
            false => {
                let sent = asked.strip_prefix(self.before).and_then(|rest| rest.strip_suffix(self.after));
                sent.is_some_and(|sent| sent.eq_ignore_ascii_case(text))
            }
        };
        match (same, status) {
            (false, _) => Weighed::Unrelated,
            (true, DONE) if asks && !data.eq_ignore_ascii_case(self.asked_for.1.as_bytes()) => {
                Weighed::Forgotten
            }
            (true, DONE) => Weighed::Done,
            (true, _) => Weighed::NotTaken,
        }
    }
}
