//! What is wrong with a profile, and where.

use std::fmt;
use std::ops::Range;

/// One thing that is wrong with a profile file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, as named to [`super::parse`].
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The key, as in `compartment[3].channel`, counted from 1; empty for the file as a whole.
    pub key: String,
    /// What is wrong with it, and what would be right.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for Fault {}

/// Beyond this many, a file is not worth reading on.
const MOST_FAULTS: usize = 500;

/// Collects faults; turns places in the text into lines.
pub(super) struct Faults<'a> {
    text: &'a str,
    file: &'a str,
    found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    pub(super) fn new(text: &'a str, file: &'a str) -> Self {
        Self { text, file, found: Vec::new() }
    }

    pub(super) fn add(&mut self, place: Range<usize>, key: impl Into<String>, what: impl Into<String>) {
        if self.found.len() >= MOST_FAULTS {
            return;
        }
        let before = self.text.as_bytes().get(..place.start).unwrap_or(self.text.as_bytes());
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        self.found.push(Fault { file: self.file.to_owned(), line, key: key.into(), what: what.into() });
    }

    pub(super) fn into_sorted(mut self) -> Vec<Fault> {
        self.found.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        self.found
    }
}
