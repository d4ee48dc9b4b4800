//! A screen before which nobody stands: it goes dark, it wakes, and nothing burns in.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod pixels;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use locker_ui::{DepositNote, Display, DoorChoices, Intent, Kiosk, Scene, ScreenOptions, Seen, Task};
use pixels::Pixels;

const BLANK_AFTER_MS: u64 = 600_000;
const DRIFT_EVERY_MS: u64 = 180_000;

/// A kiosk at home, the clock that the test moves, and what the kiosk was asked for.
struct Locker {
    kiosk: Kiosk,
    clock: Arc<AtomicU64>,
    heard: Rc<RefCell<Vec<Intent>>>,
}

impl Locker {
    fn new(blank_after_ms: Option<u64>) -> Self {
        let clock = Arc::new(AtomicU64::new(0));
        let now = Arc::clone(&clock);
        let mut options =
            ScreenOptions::new(Display::Offscreen, Arc::new(move || now.load(Ordering::SeqCst)));
        options.repeat_guard_ms = 0;
        options.blank_after_ms = blank_after_ms;
        let kiosk = Kiosk::new(&options).unwrap();
        let heard = Rc::new(RefCell::new(vec![]));
        let sink = Rc::clone(&heard);
        kiosk.on_intent(move |intent| sink.borrow_mut().push(intent));
        kiosk.show(home());
        let locker = Self { kiosk, clock, heard };
        locker.look();
        locker
    }

    fn after(&self, ms: u64) -> Pixels {
        self.clock.fetch_add(ms, Ordering::SeqCst);
        self.look()
    }

    fn look(&self) -> Pixels {
        Pixels::of(&self.kiosk.snapshot().unwrap())
    }

    fn touch(&self, label: &str) {
        let seen = self.lit_seen();
        let button = seen.focus.iter().find(|focus| focus.label == label).unwrap();
        self.kiosk.tap(button.x + button.width / 2.0, button.y + button.height / 2.0);
    }

    /// What stands on the screen, where it was last lit.
    fn lit_seen(&self) -> Seen {
        self.kiosk.seen()
    }
}

fn home() -> Scene {
    Scene::Home { left_open: None, sending: false, takes_in: true }
}

fn is_black(pixels: &Pixels) -> bool {
    pixels.inner().all(|(x, y)| pixels.at(x, y) == [0, 0, 0])
}

#[test]
fn a_screen_before_which_nobody_stands_goes_dark() {
    let locker = Locker::new(Some(BLANK_AFTER_MS));
    assert!(!is_black(&locker.after(BLANK_AFTER_MS - 1)));
    assert!(is_black(&locker.after(1)));
    assert_eq!(locker.kiosk.seen(), Seen::default(), "and says nothing");
}

#[test]
fn a_screen_that_is_to_stay_lit_stays_lit() {
    let locker = Locker::new(None);
    assert!(!is_black(&locker.after(30 * 24 * 3_600_000)));
}

#[test]
fn the_touch_that_wakes_presses_nothing() {
    let locker = Locker::new(Some(BLANK_AFTER_MS));
    let button = locker.lit_seen().focus[0].clone();
    let middle = (button.x + button.width / 2.0, button.y + button.height / 2.0);
    locker.after(BLANK_AFTER_MS);
    locker.kiosk.tap(middle.0, middle.1);
    assert!(!is_black(&locker.look()), "it woke");
    assert_eq!(*locker.heard.borrow(), []);
    locker.kiosk.tap(middle.0, middle.1);
    assert_eq!(*locker.heard.borrow(), [Intent::CollectParcel]);
}

#[test]
fn the_key_that_wakes_presses_nothing() {
    let locker = Locker::new(Some(BLANK_AFTER_MS));
    locker.after(BLANK_AFTER_MS);
    locker.kiosk.strike("1");
    assert!(!is_black(&locker.look()), "it woke");
    assert_eq!(*locker.heard.borrow(), []);
    locker.kiosk.strike("1");
    assert_eq!(*locker.heard.borrow(), [Intent::CollectParcel]);
}

#[test]
fn whoever_is_served_wakes_the_screen_and_home_does_not() {
    let locker = Locker::new(Some(BLANK_AFTER_MS));
    locker.after(BLANK_AFTER_MS);
    locker.kiosk.show(Scene::Home { left_open: Some(7), sending: false, takes_in: true });
    assert!(is_black(&locker.look()));
    locker.kiosk.show(Scene::DoorOpen {
        door: 7,
        task: Task::Take,
        index: 1,
        of: 1,
        left_open: false,
        choices: DoorChoices::default(),
        note: DepositNote::None,
    });
    assert!(!is_black(&locker.look()));
}

#[test]
fn a_finger_keeps_the_screen_lit() {
    let locker = Locker::new(Some(BLANK_AFTER_MS));
    for turn in 0..3 {
        locker.after(BLANK_AFTER_MS - 1);
        locker.touch(if turn % 2 == 0 { "Larger text" } else { "Smaller text" });
    }
    assert!(!is_black(&locker.after(BLANK_AFTER_MS - 1)));
}

#[test]
fn what_is_shown_all_day_moves_as_a_whole_and_its_targets_with_it() {
    let locker = Locker::new(None);
    let (before, stood) = (locker.look(), locker.kiosk.seen().focus[0].clone());
    let after = locker.after(DRIFT_EVERY_MS);
    let now = locker.kiosk.seen().focus[0].clone();
    let (x, y) = ((now.x - stood.x) as usize, (now.y - stood.y) as usize);
    assert!(x + y > 0, "it moved");
    let others: Vec<(usize, usize)> = before
        .inner()
        .filter(|(at_x, at_y)| at_x + x < before.width && at_y + y < before.height)
        .filter(|(at_x, at_y)| before.at(*at_x, *at_y) != after.at(at_x + x, at_y + y))
        .collect();
    // A curve's edge may be rounded to another level at another place.
    let rounded = before.width * before.height / 10_000;
    assert!(others.len() <= rounded, "{} pixels changed more than their place", others.len());
}

/// Lines burn in first: they are the thinnest, and the same all day.
#[test]
fn no_line_stays_where_it_is_all_day() {
    let locker = Locker::new(None);
    let first = locker.look();
    let paper = first.at(1, 1);
    // A line is dark with paper close on both of its sides.
    let near = 5;
    let mut lines: Vec<(usize, usize)> = (near..first.height - near)
        .flat_map(|y| (near..first.width - near).map(move |x| (x, y)))
        .filter(|&(x, y)| first.at(x, y) != paper)
        .filter(|&(x, y)| {
            (first.at(x - near, y) == paper && first.at(x + near, y) == paper)
                || (first.at(x, y - near) == paper && first.at(x, y + near) == paper)
        })
        .collect();
    let all = lines.len();
    assert!(all > 1_000, "the lines of the screen were found");
    for _ in 0..9 {
        let moved = locker.after(DRIFT_EVERY_MS);
        lines.retain(|&(x, y)| moved.at(x, y) != paper);
    }
    assert!(lines.len() * 50 < all, "{} of {all} pixels of lines never rest", lines.len());
}

#[test]
fn nothing_moves_while_somebody_is_served() {
    let locker = Locker::new(None);
    let open = Scene::DoorOpen {
        door: 7,
        task: Task::Take,
        index: 1,
        of: 1,
        left_open: false,
        choices: DoorChoices::default(),
        note: DepositNote::None,
    };
    locker.kiosk.show(open.clone());
    let still = locker.kiosk.seen().focus;
    locker.kiosk.show(home());
    locker.after(DRIFT_EVERY_MS);
    locker.kiosk.show(open);
    assert_eq!(locker.kiosk.seen().focus, still, "it stands where it always stands");
    locker.after(DRIFT_EVERY_MS);
    assert_eq!(locker.kiosk.seen().focus, still);
}
