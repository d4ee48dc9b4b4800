//! The technician's terminal: a live picture of the doors where it is one, lines where it is a file or a pipe.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal, Read, Write as _};
use std::time::{Duration, Instant};

use super::picture::OPEN;
use super::seen::Watcher;

/// Lines under the picture.
const LINES_KEPT: usize = 8;
/// The picture is drawn at most this often.
const DRAW_EVERY: Duration = Duration::from_millis(150);
/// A line that is typed is cut here; nothing that is asked for is longer.
const LONGEST_TYPED: u64 = 64;

/// Where the doctor speaks.
pub struct Terminal {
    /// A screen that can be drawn anew, not a file.
    live: bool,
    lines: VecDeque<String>,
    picture: String,
    drawn_at: Option<Instant>,
}

impl Terminal {
    pub fn new() -> Self {
        Self {
            live: io::stdout().is_terminal(),
            lines: VecDeque::new(),
            picture: String::new(),
            drawn_at: None,
        }
    }

    /// Whether a picture of the doors is wanted.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Says a line.
    pub fn say(&mut self, line: &str) {
        if !self.live {
            return print(&format!("{line}\n"));
        }
        if self.lines.len() >= LINES_KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line.to_owned());
        self.draw();
    }

    /// Shows another picture of the doors, if it is time for it.
    pub fn show(&mut self, picture: impl FnOnce() -> String) {
        if !self.live || self.drawn_at.is_some_and(|at| at.elapsed() < DRAW_EVERY) {
            return;
        }
        let picture = picture();
        self.drawn_at = Some(Instant::now());
        if picture != self.picture {
            self.picture = picture;
            self.draw();
        }
    }

    /// Ends the live picture; whatever is said later stays on the screen.
    pub fn end_picture(&mut self) {
        if std::mem::take(&mut self.live) {
            print("\x1b[H\x1b[J");
        }
    }

    fn draw(&self) {
        // From the upper left corner, and clear what was there.
        let mut text = String::from("\x1b[H\x1b[J");
        // What a hand is needed at stands out: open doors, and the latest line.
        text.push_str(&self.picture.replace(OPEN, "\x1b[7mOPEN\x1b[0m"));
        let latest = self.lines.len().saturating_sub(1);
        for (place, line) in self.lines.iter().enumerate() {
            // Writing into a string cannot fail.
            let _ = match place == latest {
                true => write!(text, "\n\x1b[1m{line}\x1b[0m"),
                false => write!(text, "\n{line}"),
            };
        }
        text.push_str("\n> ");
        print(&text);
    }
}

/// Hears what is typed, until the input ends. Nothing ends this thread but the input or the process.
pub fn listen(watcher: Watcher) -> io::Result<()> {
    std::thread::Builder::new().name("keyboard".to_owned()).spawn(move || {
        let mut input = io::stdin().lock();
        let mut line = Vec::new();
        loop {
            line.clear();
            match input.by_ref().take(LONGEST_TYPED).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return watcher.typing_ended(),
                Ok(_) => watcher.typed(&String::from_utf8_lossy(&line)),
            }
        }
    })?;
    Ok(())
}

#[allow(clippy::print_stdout, reason = "the answer to a command of a person")]
fn print(text: &str) {
    print!("{text}");
    // A terminal that is gone ends the process by its signal, not here.
    let _ = io::stdout().flush();
}
