//! What the thread must know of a kind of scanner module: what to say to it, and which bytes are its replies.

/// A kind of scanner module on a serial line. Pure functions over bytes.
pub(super) trait Module: Send {
    /// Bits a second on the wire, 8N1, where nothing else is configured.
    fn baud(&self) -> u32;

    /// How the module is set up at the start and whenever it has lost its settings, in this order. Written to its memory
    /// only, never to its flash.
    fn set_up(&self) -> Vec<Vec<u8>>;

    /// Asked now and then: whether the module lives and still has its settings.
    fn check(&self) -> Vec<u8>;

    /// Whether these bytes, from the beginning of a line, are a whole reply. At most [`LONGEST_REPLY`] are ever asked about.
    fn is_reply(&self, line: &[u8]) -> bool;

    /// Whether these bytes may grow into a reply which holds a CR: then a CR does not end the line.
    fn may_hold_cr(&self, _line: &[u8]) -> bool {
        false
    }

    /// What a whole reply says to a command.
    fn weigh(&self, command: &[u8], reply: &[u8]) -> Weighed;
}

/// No reply is longer, in bytes.
pub(super) const LONGEST_REPLY: usize = 64;

/// What a reply means for the command that waits for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weighed {
    /// It is not this command's.
    Unrelated,
    /// It was obeyed.
    Done,
    /// The module lives, and does not take this command: another model's.
    NotTaken,
    /// The module lives and was restarted: its settings are gone.
    Forgotten,
}
