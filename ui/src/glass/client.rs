use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::wire::{Answer, MOST_ANSWER, MOST_WAIT_MS, Question, read_frame, write_frame};
use crate::{Focus, Picture, Seen};

/// How long an answer may take beyond what was asked for.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);
/// How often a kiosk is looked for that has not made its socket yet.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Why the glass gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum GlassError {
    /// The socket failed or the kiosk went away.
    #[error("the glass went away: {0}")]
    Gone(#[from] io::Error),
    /// An answer that does not belong to the question.
    #[error("the glass answered {0}")]
    Unexpected(String),
    /// The glass refused.
    #[error("the glass refused: {0}")]
    Refused(String),
    /// Nothing on the screen is called so.
    #[error("nothing is called {label:?}; there are: {there:?}; spoken: {spoken:?}")]
    NoSuchLabel {
        /// What was looked for.
        label: String,
        /// What there is.
        there: Vec<String>,
        /// What the screen says.
        spoken: String,
    },
    /// The screen did not become what was waited for.
    #[error("after {waited:?} the screen still says {spoken:?}")]
    Never {
        /// How long.
        waited: Duration,
        /// What the screen says.
        spoken: String,
    },
}

/// Hands and eyes before a kiosk that has no display.
pub struct Client {
    stream: UnixStream,
}

impl Client {
    /// Connects to a kiosk that runs.
    ///
    /// # Errors
    /// Nobody answers at that socket.
    pub fn connect(path: &Path) -> Result<Self, GlassError> {
        let stream = UnixStream::connect(path)?;
        stream.set_write_timeout(Some(ANSWER_PATIENCE))?;
        Ok(Self { stream })
    }

    /// Connects to a kiosk that is starting.
    ///
    /// # Errors
    /// Nobody answers at that socket within that time.
    pub fn connect_within(path: &Path, within: Duration) -> Result<Self, GlassError> {
        let start = Instant::now();
        loop {
            match Self::connect(path) {
                Err(GlassError::Gone(_)) if start.elapsed() < within => std::thread::sleep(LOOK_AGAIN),
                result => return result,
            }
        }
    }

    /// The pixels now.
    ///
    /// # Errors
    /// The kiosk went away.
    pub fn picture(&mut self) -> Result<Picture, GlassError> {
        match self.ask(&Question::Picture, Duration::ZERO)? {
            Answer::Picture { width, height } => Ok(Picture { width, height, png: self.frame()? }),
            other => Err(unexpected(&other)),
        }
    }

    /// The screen now, without its pixels.
    ///
    /// # Errors
    /// The kiosk went away.
    pub fn seen(&mut self) -> Result<Seen, GlassError> {
        self.seen_since(0, Duration::ZERO)
    }

    /// The screen once it has changed since that revision, or as it is when the time is over (at most 10 s).
    ///
    /// # Errors
    /// The kiosk went away.
    pub fn seen_since(&mut self, revision: u64, within: Duration) -> Result<Seen, GlassError> {
        let within_ms = u32::try_from(within.as_millis()).unwrap_or(MOST_WAIT_MS).min(MOST_WAIT_MS);
        match self.ask(&Question::Seen { since: revision, within_ms }, within)? {
            Answer::Seen(seen) => Ok(seen),
            other => Err(unexpected(&other)),
        }
    }

    /// Waits until the screen is so. The kiosk tells of each change: nothing is polled.
    ///
    /// # Errors
    /// It never became so, or the kiosk went away.
    pub fn wait_until(&mut self, within: Duration, so: impl Fn(&Seen) -> bool) -> Result<Seen, GlassError> {
        let start = Instant::now();
        let mut seen = self.seen()?;
        while !so(&seen) {
            let left = within.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(GlassError::Never { waited: within, spoken: seen.spoken });
            }
            seen = self.seen_since(seen.revision, left)?;
        }
        Ok(seen)
    }

    /// Presses and releases a key: a digit, `*`, `#`, `Enter`, `Backspace`, `Escape`, `Tab`, `BackTab`.
    ///
    /// # Errors
    /// No such key, or the kiosk went away.
    pub fn press_key(&mut self, name: &str) -> Result<(), GlassError> {
        self.do_it(&Question::Key { name: name.into() })
    }

    /// A finger down.
    ///
    /// # Errors
    /// The kiosk went away.
    pub fn press(&mut self, x: f32, y: f32) -> Result<(), GlassError> {
        self.do_it(&Question::Press { x, y })
    }

    /// The finger up.
    ///
    /// # Errors
    /// The kiosk went away.
    pub fn release(&mut self, x: f32, y: f32) -> Result<(), GlassError> {
        self.do_it(&Question::Release { x, y })
    }

    /// A finger down and up again.
    ///
    /// # Errors
    /// The kiosk went away.
    pub fn click(&mut self, x: f32, y: f32) -> Result<(), GlassError> {
        self.press(x, y)?;
        self.release(x, y)
    }

    /// Finds what is called so and puts a finger on its middle.
    ///
    /// # Errors
    /// Nothing is called so, or the kiosk went away.
    pub fn press_label(&mut self, label: &str) -> Result<(), GlassError> {
        let seen = self.seen()?;
        match seen.focus.iter().find(|focus| focus.label == label) {
            Some(Focus { x, y, width, height, .. }) => self.click(x + width / 2.0, y + height / 2.0),
            None => Err(GlassError::NoSuchLabel {
                label: label.into(),
                there: seen.focus.into_iter().map(|focus| focus.label).collect(),
                spoken: seen.spoken,
            }),
        }
    }

    fn do_it(&mut self, question: &Question) -> Result<(), GlassError> {
        match self.ask(question, Duration::ZERO)? {
            Answer::Done => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    fn ask(&mut self, question: &Question, within: Duration) -> Result<Answer, GlassError> {
        self.stream.set_read_timeout(Some(within + ANSWER_PATIENCE))?;
        write_frame(&mut self.stream, &serde_json::to_vec(question).map_err(io::Error::from)?)?;
        let frame = self.frame()?;
        match serde_json::from_slice(&frame).map_err(io::Error::from)? {
            Answer::Refused { why } => Err(GlassError::Refused(why)),
            answer => Ok(answer),
        }
    }

    fn frame(&mut self) -> Result<Vec<u8>, GlassError> {
        let ended = || io::Error::from(io::ErrorKind::UnexpectedEof);
        Ok(read_frame(&mut self.stream, MOST_ANSWER)?.ok_or_else(ended)?)
    }
}

fn unexpected(answer: &Answer) -> GlassError {
    GlassError::Unexpected(format!("{answer:?}"))
}
