//! What happened, line by line: told to a person, or only kept apart from another history.

/// The telling of one history.
#[derive(Default)]
pub struct Story {
    lines: Option<Vec<String>>,
}

impl Story {
    /// Keeps every line.
    pub fn told() -> Self {
        Self { lines: Some(Vec::new()) }
    }

    /// Adds a line; it is made only when somebody listens.
    pub fn tell(&mut self, now_ms: u64, line: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{} {}", moment(now_ms), line()));
        }
    }

    /// The lines.
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}

/// A time of the history, for people: the day and the time of day.
pub fn moment(now_ms: u64) -> String {
    let (seconds, ms) = (now_ms / 1_000, now_ms % 1_000);
    format!(
        "day {:>2} {:02}:{:02}:{:02}.{ms:03}",
        seconds / 86_400 + 1,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60
    )
}
