//! What is wrong with a file of settings, and where.

use std::fmt;
use std::ops::Range;

/// One thing that is wrong with a file of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named to the reader.
    pub file: String,
    /// The line, from 1; 0 where the file as a whole could not be read.
    pub line: usize,
    /// The key, as in `compartment[3].channel`, counted from 1; empty for the file as a whole.
    pub key: String,
    /// What is wrong with it, and what would be right.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: ", self.file)?,
            line => write!(f, "{}:{line}: ", self.file)?,
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for Fault {}

/// Beyond this many, a file is not worth reading on.
pub const MOST_FAULTS: usize = 500;

/// Collects the faults of one file (at most [`MOST_FAULTS`]); turns places in its text into lines.
pub struct Faults<'a> {
    text: &'a str,
    file: &'a str,
    found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    /// No fault yet in `text`. `file` is how the faults name it.
    pub fn new(text: &'a str, file: &'a str) -> Self {
        Self { text, file, found: Vec::new() }
    }

    /// One more. `place` is the range of bytes in the text, `key` the path of the key, empty for the file as a whole.
    pub fn add(&mut self, place: Range<usize>, key: impl Into<String>, what: impl Into<String>) {
        if self.found.len() >= MOST_FAULTS {
            return;
        }
        let before = self.text.as_bytes().get(..place.start).unwrap_or(self.text.as_bytes());
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        self.found.push(Fault { file: self.file.to_owned(), line, key: key.into(), what: what.into() });
    }

    /// All of them, in the order of the lines.
    pub fn into_sorted(mut self) -> Vec<Fault> {
        self.found.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        self.found
    }
}
