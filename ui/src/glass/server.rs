use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use slint::platform::{Key, duration_until_next_timer_update};

use super::Behind;
use super::pane::Pane;
use super::wire::{Answer, MOST_QUESTION, MOST_WAIT_MS, Question, read_frame, write_frame};
use crate::offscreen::{Offscreen, Picture};
use crate::{Seen, UiError};

/// Watchers at once; more wait for their turn.
const MOST_CLIENTS: usize = 4;
/// A watcher who does not take their answer within this time is gone.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);

/// What wakes the screen's loop. Bounded: each watcher has one question open, a knock is not repeated before it is heard.
enum Event {
    Wake,
    Quit,
    Asked(Question, SyncSender<Told>),
}

struct Told {
    answer: Answer,
    picture: Option<Picture>,
}

impl From<Answer> for Told {
    fn from(answer: Answer) -> Self {
        Self { answer, picture: None }
    }
}

/// Wakes the screen's loop from another thread.
pub(crate) struct Knock(Sender<Event>);

impl Knock {
    pub(crate) fn wake(&self) {
        self.send(Event::Wake);
    }

    pub(crate) fn quit(&self) {
        self.send(Event::Quit);
    }

    fn send(&self, event: Event) {
        // Nobody listens after the end, and nothing is lost by it.
        let _ = self.0.send(event);
    }
}

/// The screen's event loop, and the socket whose questions it answers. One thread a watcher reads and writes; it
/// sleeps in the kernel, as the loop does, so that an idle kiosk wakes nobody.
pub(crate) struct Server {
    path: PathBuf,
    events: Receiver<Event>,
    sender: Sender<Event>,
    closing: Arc<AtomicBool>,
    waiting: Vec<Waiting>,
    seen: Seen,
}

/// A watcher who wants to know of the next change.
struct Waiting {
    since: u64,
    until: Duration,
    told: SyncSender<Told>,
}

impl Server {
    pub(crate) fn bind(path: &Path) -> Result<Self, UiError> {
        let fail = |cause| UiError::Glass { path: path.to_owned(), cause };
        // A socket that nobody answers is left from a kiosk that was killed.
        if path.exists() && UnixStream::connect(path).is_err() {
            std::fs::remove_file(path).map_err(fail)?;
        }
        let listener = UnixListener::bind(path).map_err(fail)?;
        // Whoever may touch the glass may do what a person at the locker may.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(fail)?;
        let (sender, events) = channel();
        let closing = Arc::new(AtomicBool::new(false));
        let (questions, until) = (sender.clone(), Arc::clone(&closing));
        std::thread::Builder::new()
            .name("glass".into())
            .spawn(move || accept(&listener, &questions, &until))
            .map_err(fail)?;
        Ok(Self { path: path.to_owned(), events, sender, closing, waiting: vec![], seen: Seen::default() })
    }

    pub(crate) fn knock(&self) -> Knock {
        Knock(self.sender.clone())
    }

    /// The loop. Ends at [`Knock::quit`].
    pub(crate) fn run(&mut self, behind: &impl Behind, offscreen: &Rc<Offscreen>) {
        let mut asked: Vec<(Question, SyncSender<Told>)> = Vec::new();
        loop {
            self.look(behind, offscreen);
            self.answer(&mut asked, behind, offscreen);
            let Some(event) = self.next(behind) else { continue };
            // All that is there already belongs to one frame.
            for event in std::iter::once(event).chain(self.events.try_iter()) {
                if matches!(event, Event::Quit) {
                    return;
                }
                hear(event, &mut asked, behind, offscreen);
            }
        }
    }

    /// One turn beside the loop of a window, which turns on its own.
    pub(crate) fn turn(&mut self, behind: &impl Behind, pane: &impl Pane) {
        let mut asked: Vec<(Question, SyncSender<Told>)> = Vec::new();
        for event in self.events.try_iter() {
            hear(event, &mut asked, behind, pane);
        }
        self.look(behind, pane);
        self.answer(&mut asked, behind, pane);
    }

    /// Draws, and counts a revision when anything changed.
    fn look(&mut self, behind: &impl Behind, pane: &impl Pane) {
        let drawn = pane.draw();
        let mut seen = behind.seen();
        seen.revision = self.seen.revision;
        if drawn || seen != self.seen {
            seen.revision += 1;
            self.seen = seen;
        }
    }

    fn answer(
        &mut self,
        asked: &mut Vec<(Question, SyncSender<Told>)>,
        behind: &impl Behind,
        pane: &impl Pane,
    ) {
        let now = behind.now();
        for (question, told) in asked.drain(..) {
            let answer = match question {
                Question::Picture => {
                    let picture = pane.picture();
                    let answer = Answer::Picture { width: picture.width, height: picture.height };
                    Told { answer, picture: Some(picture) }
                }
                Question::Seen { since, within_ms } => {
                    let within = Duration::from_millis(within_ms.min(MOST_WAIT_MS).into());
                    self.waiting.push(Waiting { since, until: now + within, told });
                    continue;
                }
                Question::Key { name } if key(&name).is_none() => {
                    Answer::Refused { why: format!("no key is called {name:?}") }.into()
                }
                Question::Press { .. } | Question::Release { .. } | Question::Key { .. } => {
                    Answer::Done.into()
                }
            };
            // A watcher who has gone does not matter to the kiosk.
            let _ = told.try_send(answer);
        }
        let seen = &self.seen;
        self.waiting.retain(|waiting| {
            let over = seen.revision > waiting.since || now >= waiting.until;
            if over {
                let _ = waiting.told.try_send(Answer::Seen(seen.clone()).into());
            }
            !over
        });
    }

    /// Sleeps until something happens; none when a timer is due.
    fn next(&self, behind: &impl Behind) -> Option<Event> {
        let now = behind.now();
        let timer = duration_until_next_timer_update();
        let watcher = self.waiting.iter().map(|waiting| waiting.until.saturating_sub(now)).min();
        match timer.into_iter().chain(watcher).min() {
            None => Some(self.events.recv().unwrap_or(Event::Quit)),
            Some(sleep) => match self.events.recv_timeout(sleep) {
                Ok(event) => Some(event),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Event::Quit),
            },
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for watchers, so that it sees the end.
        let _ = UnixStream::connect(&self.path);
        let _ = std::fs::remove_file(&self.path);
    }
}

fn hear(event: Event, asked: &mut Vec<(Question, SyncSender<Told>)>, behind: &impl Behind, pane: &impl Pane) {
    match event {
        // A window ends by its own loop's end.
        Event::Quit => {}
        Event::Wake => behind.take_news(),
        Event::Asked(question, told) => {
            touch(&question, pane);
            asked.push((question, told));
        }
    }
}

fn touch(question: &Question, pane: &impl Pane) {
    match question {
        Question::Press { x, y } => pane.press(*x, *y),
        Question::Release { x, y } => pane.release(*x, *y),
        Question::Key { name } => {
            if let Some(text) = key(name) {
                pane.key(&text);
            }
        }
        Question::Picture | Question::Seen { .. } => {}
    }
}

/// The text of a key, by its name.
fn key(name: &str) -> Option<slint::SharedString> {
    let special = match name {
        "Enter" => Key::Return,
        "Backspace" => Key::Backspace,
        "Escape" => Key::Escape,
        "Tab" => Key::Tab,
        "BackTab" => Key::Backtab,
        "*" | "#" => return Some(name.into()),
        digit if digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit() => return Some(digit.into()),
        _ => return None,
    };
    Some(special.into())
}

/// Room for so many watchers at once. Others wait in the kernel's queue until one leaves.
struct Places {
    free: Mutex<usize>,
    left: Condvar,
}

/// A watcher's place, free again when it is dropped.
struct Place(Arc<Places>);

impl Places {
    fn take(self: &Arc<Self>) -> Place {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.left.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Place(Arc::clone(self))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.left.notify_one();
    }
}

fn accept(listener: &UnixListener, questions: &Sender<Event>, closing: &AtomicBool) {
    let places = Arc::new(Places { free: Mutex::new(MOST_CLIENTS), left: Condvar::new() });
    loop {
        let place = places.take();
        let stream = match listener.accept() {
            _ if closing.load(Ordering::SeqCst) => return,
            Ok((stream, _)) => stream,
            Err(cause) => {
                log::warn!("glass: no more watchers: {cause}");
                return;
            }
        };
        let questions = questions.clone();
        let started = std::thread::Builder::new().name("glass-watcher".into()).spawn(move || {
            let _place = place;
            if let Err(cause) = serve(stream, &questions) {
                log::debug!("glass: a watcher went away: {cause}");
            }
        });
        if let Err(cause) = started {
            log::warn!("glass: no thread for a watcher: {cause}");
        }
    }
}

/// Carries one watcher's questions to the loop and its answers back.
fn serve(mut stream: UnixStream, questions: &Sender<Event>) -> std::io::Result<()> {
    stream.set_write_timeout(Some(WRITE_PATIENCE))?;
    while let Some(frame) = read_frame(&mut stream, MOST_QUESTION)? {
        let told = match serde_json::from_slice::<Question>(&frame) {
            Ok(question) => {
                let (tell, told) = sync_channel(1);
                if questions.send(Event::Asked(question, tell)).is_err() {
                    return Ok(());
                }
                match told.recv() {
                    Ok(told) => told,
                    // The loop has ended.
                    Err(_) => return Ok(()),
                }
            }
            Err(cause) => Answer::Refused { why: cause.to_string() }.into(),
        };
        write_frame(&mut stream, &serde_json::to_vec(&told.answer)?)?;
        if let Some(picture) = told.picture {
            write_frame(&mut stream, &picture.png)?;
        }
    }
    Ok(())
}
