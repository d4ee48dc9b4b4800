//! A kiosk without a display, used through its socket as a person would.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use locker_ui::glass::{Client, GlassError};
use locker_ui::{DepositNote, Display, DoorChoices, Intent, Kiosk, KioskHandle, Scene, ScreenOptions, Task};

/// Longer than anything here takes on a busy machine; nothing waits for it to pass.
const LONG: Duration = Duration::from_secs(30);

/// A kiosk that runs on its own thread with a clock that the test moves.
struct Running {
    handle: KioskHandle,
    intents: Receiver<Intent>,
    clock: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
    folder: tempfile::TempDir,
}

impl Running {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("glass");
        let clock = Arc::new(AtomicU64::new(0));
        let (tell, intents) = channel();
        let (ready, started) = channel();
        let now = Arc::clone(&clock);
        let thread = std::thread::spawn(move || {
            let time = Arc::new(move || now.load(Ordering::SeqCst));
            let mut options = ScreenOptions::new(Display::Glass(path), time);
            options.repeat_guard_ms = 0;
            let kiosk = Kiosk::new(&options).unwrap();
            kiosk.on_intent(move |intent| {
                let _ = tell.send(intent);
            });
            kiosk.show(Scene::Home { left_open: None, sending: false, takes_in: true });
            ready.send(kiosk.handle()).unwrap();
            kiosk.run().unwrap();
        });
        let handle = started.recv_timeout(LONG).unwrap();
        Self { handle, intents, clock, thread: Some(thread), folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("glass")
    }

    fn client(&self) -> Client {
        Client::connect_within(&self.path(), LONG).unwrap()
    }

    /// The next thing the person wants.
    fn wanted(&self) -> Intent {
        loop {
            let intent = self.intents.recv_timeout(LONG).unwrap();
            if intent != Intent::Active {
                return intent;
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.quit();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

#[test]
fn a_code_is_typed_by_keys() {
    let kiosk = Running::start();
    let mut client = kiosk.client();
    client.press_key("1").unwrap();
    assert_eq!(kiosk.wanted(), Intent::CollectParcel);
    kiosk.handle.show(Scene::Code { refused: None });
    client.wait_until(LONG, |seen| seen.spoken.starts_with("Type your code")).unwrap();
    for key in ["0", "1", "2", "9", "*", "3", "4", "5", "6", "7", "8", "9"] {
        client.press_key(key).unwrap();
    }
    assert_eq!(kiosk.wanted(), Intent::Digits("0123456789".into()));
}

#[test]
fn a_code_is_typed_by_a_finger_and_the_pixels_follow() {
    let kiosk = Running::start();
    let mut client = kiosk.client();
    client.press_label("Collect a parcel").unwrap();
    assert_eq!(kiosk.wanted(), Intent::CollectParcel);
    kiosk.handle.show(Scene::Code { refused: None });
    client.wait_until(LONG, |seen| seen.spoken.starts_with("Type your code")).unwrap();
    let empty = client.picture().unwrap();
    assert_eq!((empty.width, empty.height), (1280, 800));
    client.press_label("7").unwrap();
    assert_ne!(client.picture().unwrap(), empty, "the digit is on the screen");
    client.press_label("Erase").unwrap();
    assert_eq!(client.picture().unwrap(), empty, "and gone again");
    for digit in "9876543210".chars() {
        client.press_label(&digit.to_string()).unwrap();
    }
    assert_eq!(kiosk.wanted(), Intent::Digits("9876543210".into()));
}

#[test]
fn an_answer_that_takes_its_time_says_one_moment() {
    let kiosk = Running::start();
    let mut client = kiosk.client();
    client.press_label("Courier").unwrap();
    assert!(client.seen().unwrap().spoken.starts_with("Scan your code"));
    kiosk.clock.store(300, Ordering::SeqCst);
    // Any look wakes the screen, whose clock has moved.
    assert!(client.seen().unwrap().spoken.starts_with("One moment"));
    kiosk.handle.show(Scene::CourierSignIn { wrong: false });
    client.wait_until(LONG, |seen| seen.spoken.starts_with("Courier.")).unwrap();
    kiosk.clock.store(20_000, Ordering::SeqCst);
    assert!(client.seen().unwrap().spoken.starts_with("Courier."), "an answered intent is not waited for");
}

#[test]
fn a_program_that_never_answers_is_being_repaired_until_it_says_something() {
    let kiosk = Running::start();
    let mut client = kiosk.client();
    client.press_label("Courier").unwrap();
    kiosk.clock.store(300, Ordering::SeqCst);
    assert!(client.seen().unwrap().spoken.starts_with("One moment"));
    kiosk.clock.store(10_299, Ordering::SeqCst);
    assert!(client.seen().unwrap().spoken.starts_with("One moment"));
    kiosk.clock.store(10_300, Ordering::SeqCst);
    let seen = client.seen().unwrap();
    assert!(seen.spoken.starts_with("This locker is being repaired."), "{}", seen.spoken);
    assert!(!seen.focus.iter().any(|focus| focus.label == "Courier"), "nothing can be asked of nobody");
    assert_eq!(kiosk.intents.recv_timeout(LONG).unwrap(), Intent::Courier);
    assert_eq!(
        kiosk.intents.recv_timeout(LONG).unwrap(),
        Intent::Active,
        "the screen asks whether somebody listens"
    );
    kiosk.handle.show(Scene::CourierSignIn { wrong: false });
    client.wait_until(LONG, |seen| seen.spoken.starts_with("Courier.")).unwrap();
}

#[test]
fn an_answer_without_news_leaves_the_screen_as_it_was() {
    let kiosk = Running::start();
    let mut client = kiosk.client();
    client.press_label("Courier").unwrap();
    assert_eq!(kiosk.wanted(), Intent::Courier);
    kiosk.clock.store(300, Ordering::SeqCst);
    assert!(client.seen().unwrap().spoken.starts_with("One moment"));
    kiosk.handle.answered();
    client.wait_until(LONG, |seen| seen.spoken.starts_with("Scan your code")).unwrap();
    kiosk.clock.store(30_000, Ordering::SeqCst);
    assert!(client.seen().unwrap().spoken.starts_with("Scan your code"), "nothing is waited for any more");
}

#[test]
fn a_finger_on_a_button_is_not_lost_when_the_screen_is_told_the_same_again() {
    let kiosk = Running::start();
    let mut client = kiosk.client();
    kiosk.handle.show(Scene::StillThere { seconds: 12 });
    let seen = client.wait_until(LONG, |seen| seen.spoken.contains("12")).unwrap();
    let button = seen.focus.iter().find(|focus| focus.label == "More time").unwrap().clone();
    let (x, y) = (button.x + button.width / 2.0, button.y + button.height / 2.0);
    client.press(x, y).unwrap();
    kiosk.handle.show(Scene::StillThere { seconds: 11 });
    kiosk.handle.answered();
    client.wait_until(LONG, |seen| seen.spoken.contains("11")).unwrap();
    client.release(x, y).unwrap();
    assert_eq!(kiosk.wanted(), Intent::MoreTime);
}

#[test]
fn a_finger_that_slides_off_a_button_presses_nothing() {
    let kiosk = Running::start();
    let mut client = kiosk.client();
    let seen = client.seen().unwrap();
    let button = seen.focus.iter().find(|focus| focus.label == "Courier").unwrap().clone();
    client.press(button.x + 5.0, button.y + 5.0).unwrap();
    client.release(5.0, 5.0).unwrap();
    client.press_label("Collect a parcel").unwrap();
    assert_eq!(kiosk.wanted(), Intent::CollectParcel, "the courier was not asked for");
}

#[test]
fn a_watcher_who_goes_away_takes_nobody_along() {
    let kiosk = Running::start();
    for _ in 0..10 {
        let mut client = kiosk.client();
        client.seen().unwrap();
    }
    // One leaves in the middle of a question.
    let mut rude = UnixStream::connect(kiosk.path()).unwrap();
    rude.write_all(&[0, 0, 0, 50, b'{']).unwrap();
    drop(rude);
    let mut client = kiosk.client();
    kiosk.handle.show(Scene::DoorOpen {
        door: 7,
        task: Task::Take,
        index: 1,
        of: 1,
        left_open: false,
        choices: DoorChoices::default(),
        note: DepositNote::None,
    });
    let seen = client.wait_until(LONG, |seen| seen.spoken.starts_with("Door 7 is open.")).unwrap();
    assert!(seen.revision > 0);
}

#[test]
fn rubbish_is_refused_and_the_kiosk_goes_on() {
    let kiosk = Running::start();
    let mut stream = UnixStream::connect(kiosk.path()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    for rubbish in [&b"\x00\xff\x00"[..], b"{\"open_door\":7}", b"{\"press\":{\"x\":1e99,\"y\":null}}", b""] {
        stream.write_all(&(rubbish.len() as u32).to_be_bytes()).unwrap();
        stream.write_all(rubbish).unwrap();
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut answer).unwrap();
        assert!(answer.starts_with(b"{\"refused\""), "{}", String::from_utf8_lossy(&answer));
    }
    // A frame longer than any question ends the conversation.
    stream.write_all(&u32::MAX.to_be_bytes()).unwrap();
    assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0);
    assert!(matches!(kiosk.client().press_key("F1"), Err(GlassError::Refused(_))));
}

#[test]
fn what_is_not_there_cannot_be_pressed() {
    let kiosk = Running::start();
    let missing = kiosk.client().press_label("Open every door").unwrap_err();
    assert!(missing.to_string().contains("Collect a parcel"), "it says what there is: {missing}");
}

#[test]
fn a_socket_left_by_a_killed_kiosk_is_taken_over_and_a_living_one_is_not() {
    let kiosk = Running::start();
    let mut options = ScreenOptions::new(Display::Glass(kiosk.path()), Arc::new(|| 0));
    assert!(Kiosk::new(&options).is_err(), "somebody answers there");

    let left = kiosk.folder.path().join("left");
    drop(std::os::unix::net::UnixListener::bind(&left).unwrap());
    options.display = Display::Glass(left);
    let taken = std::thread::spawn(move || Kiosk::new(&options).map(|_| ()));
    taken.join().unwrap().unwrap();
}
