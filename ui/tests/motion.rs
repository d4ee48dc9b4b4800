//! What moves: your door on the map, the bar of a count-down, and nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod cabinet;
mod pixels;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use locker_ui::{DepositNote, Display, DoorChoices, Kiosk, Scene, ScreenOptions, Task};
use pixels::Pixels;

struct Watched {
    kiosk: Kiosk,
    clock: Arc<AtomicU64>,
}

impl Watched {
    fn new(reduced_motion: bool) -> Self {
        let clock = Arc::new(AtomicU64::new(0));
        let now = Arc::clone(&clock);
        let mut options =
            ScreenOptions::new(Display::Offscreen, Arc::new(move || now.load(Ordering::SeqCst)));
        options.cabinet = Some(cabinet::cabinet());
        options.reduced_motion = reduced_motion;
        let kiosk = Kiosk::new(&options).unwrap();
        kiosk.show(Scene::DoorOpen {
            door: 7,
            task: Task::Take,
            index: 1,
            of: 1,
            left_open: false,
            choices: DoorChoices::default(),
            note: DepositNote::None,
        });
        Self { kiosk, clock }
    }

    fn after(&self, ms: u64) -> Pixels {
        self.clock.fetch_add(ms, Ordering::SeqCst);
        Pixels::of(&self.kiosk.snapshot().unwrap())
    }
}

#[test]
fn your_door_pulses_once_a_second_for_twenty_seconds() {
    let screen = Watched::new(false);
    // The first pulse; edges drawn with all of the screen are rounded otherwise than those of a part of it.
    screen.after(0);
    screen.after(500);
    let lit = screen.after(500);
    for _ in 1..20 {
        assert!(screen.after(500).differing(&lit) > 0, "dark for half a second");
        assert_eq!(screen.after(500).differing(&lit), 0, "lit for the other half");
    }
    for _ in 0..8 {
        assert!(screen.after(250).differing(&lit) == 0, "then it stays lit");
    }
}

#[test]
fn with_reduced_motion_nothing_moves() {
    let screen = Watched::new(true);
    let lit = screen.after(0);
    for _ in 0..8 {
        assert!(screen.after(250).differing(&lit) == 0);
    }
}

#[test]
fn a_count_down_steps_and_does_not_glide() {
    let screen = Watched::new(false);
    screen.kiosk.show(Scene::StillThere { seconds: 12 });
    let twelve = screen.after(0);
    assert!(screen.after(900).differing(&twelve) == 0, "between two seconds nothing moves");
    screen.kiosk.show(Scene::StillThere { seconds: 11 });
    assert!(screen.after(100).differing(&twelve) > 0);
}
