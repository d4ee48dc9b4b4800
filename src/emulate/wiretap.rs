//! What passes on the wires, a line each. What a locker asks all day is shown when it is news.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use locker_hw::emulate::{Direction, FrameKind, WireEvent};

use super::say;

/// Questions whose last answer is remembered; a line has no more boards.
const QUESTIONS: usize = 1_024;

/// Listens until the wires end.
pub(super) struct Wiretap {
    all: Arc<AtomicBool>,
}

impl Wiretap {
    /// Shows what comes; with `all`, also what is asked all day.
    ///
    /// # Errors
    /// No thread.
    pub(super) fn start(frames: Receiver<WireEvent>, all: bool) -> io::Result<Self> {
        let shows_all = Arc::new(AtomicBool::new(all));
        let tap = Self { all: Arc::clone(&shows_all) };
        std::thread::Builder::new().name("wiretap".to_owned()).spawn(move || {
            let mut routine = Routine::default();
            for event in frames {
                let shown = routine.take(event, shows_all.load(Ordering::Relaxed));
                shown.iter().for_each(|event| say(&line(event)));
            }
        })?;
        Ok(tap)
    }

    /// Whether what is asked all day is shown each time.
    pub(super) fn show_all(&self, all: bool) {
        self.all.store(all, Ordering::Relaxed);
    }
}

/// What was asked and answered last.
#[derive(Default)]
struct Routine {
    question: Option<WireEvent>,
    answers: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Routine {
    /// The events that are to be shown now: a question waits for an answer that is news.
    fn take(&mut self, event: WireEvent, all: bool) -> Vec<WireEvent> {
        if all || event.kind != FrameKind::Routine {
            return vec![event];
        }
        if event.direction == Direction::ToPart {
            self.question = Some(event);
            return Vec::new();
        }
        let Some(question) = self.question.take() else { return vec![event] };
        if self.answers.len() >= QUESTIONS {
            self.answers.clear();
        }
        let before = self.answers.insert(question.bytes.clone(), event.bytes.clone());
        if before.as_ref() == Some(&event.bytes) { Vec::new() } else { vec![question, event] }
    }
}

fn line(event: &WireEvent) -> String {
    let arrow = match event.direction {
        Direction::ToPart => '>',
        Direction::FromPart => '<',
    };
    format!("{arrow} {}  {}  {:.1} ms", event.hex(), event.note, event.took.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn event(direction: Direction, byte: u8) -> WireEvent {
        let (at, took) = (Instant::now(), Duration::from_millis(5));
        WireEvent {
            at,
            took,
            direction,
            bytes: vec![byte],
            kind: FrameKind::Routine,
            note: "doors".to_owned(),
        }
    }

    #[test]
    fn what_is_asked_all_day_is_shown_when_its_answer_changes() {
        let mut routine = Routine::default();
        let mut asks = |question, answer, all| {
            let mut shown = routine.take(event(Direction::ToPart, question), all);
            shown.extend(routine.take(event(Direction::FromPart, answer), all));
            shown.iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(asks(1, 7, false), ["> 01  doors  5.0 ms", "< 07  doors  5.0 ms"]);
        assert!(asks(1, 7, false).is_empty());
        // Another board's answer is no news of this one.
        assert_eq!(asks(2, 8, false).len(), 2);
        assert!(asks(1, 7, false).is_empty());
        assert_eq!(asks(1, 7, true).len(), 2);
        assert_eq!(asks(1, 8, false).len(), 2);
    }
}
