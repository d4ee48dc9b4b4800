//! What happens, a line each, for a person who follows.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use locker_hw::emulate::{Direction, WireEvent};

/// Longer lines are cut: a terminal is often 100 columns wide.
const COLUMNS: usize = 100;
/// So many bytes of a frame are written out.
const BYTES_SHOWN: usize = 8;

/// The timeline. Clones write to the same.
#[derive(Clone)]
pub struct Timeline {
    shared: Arc<Mutex<()>>,
    began: Instant,
    colours: bool,
    silent: bool,
}

impl Timeline {
    /// Begins now.
    pub fn new() -> Self {
        Self {
            shared: Arc::default(),
            began: Instant::now(),
            colours: std::io::stdout().is_terminal(),
            silent: false,
        }
    }

    /// One that says nothing.
    pub fn silent() -> Self {
        Self { silent: true, ..Self::new() }
    }

    /// Somebody does, says or hears something.
    pub fn says(&self, who: &str, what: &str) {
        let elapsed = self.began.elapsed();
        let (minutes, seconds, millis) =
            (elapsed.as_secs() / 60, elapsed.as_secs() % 60, elapsed.subsec_millis());
        let line = format!("{minutes:02}:{seconds:02}.{millis:03}  {who:>9}  {what}");
        let line = cut(&line);
        let colour = match who {
            "wire" => "\x1b[2m",
            "screen" => "\x1b[36m",
            "crash" => "\x1b[31m",
            _ => "",
        };
        match self.colours && !colour.is_empty() {
            true => self.plain(&format!("{colour}{line}\x1b[0m")),
            false => self.plain(&line),
        }
    }

    /// A new part of the story.
    pub fn chapter(&self, title: &str) {
        self.plain(&format!("\n-- {title} {}", "-".repeat(COLUMNS.saturating_sub(title.len() + 4))));
    }

    /// A frame passed on a wire.
    pub fn wire(&self, event: &WireEvent) {
        let arrow = match event.direction {
            Direction::ToPart => ">",
            Direction::FromPart => "<",
        };
        self.says("wire", &format!("{arrow} {}  {}  {}", bytes_of(event), event.note, time_of(event)));
    }

    /// A line as it is.
    #[allow(clippy::print_stdout, reason = "the timeline is what the demo is for")]
    pub fn plain(&self, line: &str) {
        if self.silent {
            return;
        }
        let _turn = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        println!("{line}");
        // Where nobody reads any more, the demo still goes on to its verdict.
        let _ = std::io::stdout().flush();
    }
}

/// The bytes of a frame, as people write them; of a long one the first.
pub fn bytes_of(event: &WireEvent) -> String {
    let shown = event.bytes.iter().take(BYTES_SHOWN).map(|byte| format!("{byte:02X}")).collect::<Vec<_>>();
    match event.bytes.len().saturating_sub(BYTES_SHOWN) {
        0 => shown.join(" "),
        more => format!("{} and {more} more", shown.join(" ")),
    }
}

/// How long it took on the wire.
pub fn time_of(event: &WireEvent) -> String {
    format!("{:.1} ms", event.took.as_secs_f64() * 1e3)
}

fn cut(line: &str) -> String {
    let clean: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match clean.char_indices().nth(COLUMNS) {
        None => clean,
        Some(_) => clean.chars().take(COLUMNS - 3).chain("...".chars()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_a_terminal_and_holds_no_control_characters() {
        let line = cut(&format!("a\nb\x1b[31m{}", "c".repeat(200)));
        assert_eq!(line.chars().count(), COLUMNS);
        assert!(!line.chars().any(char::is_control));
        assert_eq!(cut("short"), "short");
    }
}
