//! The street: the demo for somebody at a desk. One window is the kiosk, a real one; this is the other, with everything
//! around it. Who sits there is the courier and the recipients in turn. A click moves a hand: it holds something before the
//! scanner, puts a parcel in or takes it out, pushes a door shut, or breaks something. What is to be clicked next comes from
//! what such a person knows and sees, never from the kiosk's books.
//!
//! The window has the main thread. Everything else happens on a thread that owns the stage and waits for one bounded channel.
//!
//! | file | subject |
//! |---|---|
//! | [`desk`] | where the two windows lie |
//! | [`happening`] | what the stage's thread hears: clicks, frames, messages, the kiosk's screen |
//! | [`party`], [`guide`] | what people know and see; what they do next |
//! | [`acts`], [`troubles`] | what a click does |
//! | [`ledger`] | the hub's books, beside what is inside |
//! | [`drawing`] | all of that as plain data for the window |
//! | [`story`] | the loop, its beginning and its end |

mod acts;
mod desk;
mod drawing;
mod guide;
mod happening;
mod ledger;
mod party;
mod story;
mod troubles;

use std::sync::mpsc::{SyncSender, sync_channel};

use locker_street::{Front, Scene, Thing, Window};

use super::ClosedIs;
use super::error::DemoError;
use super::folder::Folder;
use super::make::Make;
use super::timeline::Timeline;
pub use desk::Desk;
use happening::Happening;
use story::Story;
use troubles::Trouble;

/// Happenings that wait to be heard; a hand that clicks faster is not heard.
const MOST_WAITING: usize = 256;

/// How the street is opened.
#[derive(Clone)]
pub struct Plan {
    /// The room for both windows.
    pub desk: Desk,
    /// Which status an emulated lock board sends for a closed door.
    pub closed_is: ClosedIs,
    /// Whether to tell on the timeline where the pulsing thing is.
    pub tell_pulse: bool,
    /// Whether a thief comes before books and cabinet are compared.
    pub has_thief: bool,
    /// Which cabinet is put up.
    pub make: Make,
}

/// Opens both windows, and gives whether all was as it must be once one of them is closed.
///
/// # Errors
/// Something did not start or ended by itself, or there is no display.
pub fn play(plan: Plan, folder: &Folder, timeline: &Timeline) -> Result<bool, DemoError> {
    let (tell, hear) = sync_channel(MOST_WAITING);
    let front = drawing::front(&plan.make, plan.closed_is)?;
    let clicks = tell.clone();
    let clicked = move |thing| {
        // Nobody reads clicks where the story is over, or far behind.
        let _ = clicks.try_send(Happening::Clicked(thing));
    };
    let window = Window::open(&front, plan.desk.street_size(), plan.desk.street_at(), Box::new(clicked))?;
    window.show(Scene::only("A hub, a kiosk and a cabinet are starting. This takes a few seconds."));
    if plan.tell_pulse {
        tell_places(&window, &front, timeline);
    }
    let handle = window.handle();
    // The stage's thread starts the processes and lives to the end: they end with the thread that started them.
    std::thread::scope(|scope| {
        let told = tell.clone();
        let stage = std::thread::Builder::new()
            .name("stage".to_owned())
            .spawn_scoped(scope, move || {
                let result = Story::begin(plan, folder, timeline, handle.clone(), &told)
                    .and_then(|story| story.tell(&hear));
                handle.quit();
                result
            })
            .map_err(DemoError::io("starting a thread"))?;
        let shown = window.run();
        close(&tell);
        let result =
            stage.join().unwrap_or_else(|_| Err(DemoError::Odd("the street had panicked".to_owned())));
        shown?;
        result
    })
}

/// The window is closed. Where the story has ended before, nobody hears it.
fn close(tell: &SyncSender<Happening>) {
    let _ = tell.send(Happening::Closed);
}

/// For whoever clicks without seeing: a line whenever something else pulses, and one for each thing in the tray and each door.
fn tell_places(window: &Window, front: &Front, timeline: &Timeline) {
    let to = timeline.clone();
    window.on_pulse(move |pulse| match pulse {
        Some((thing, (x, y))) => to.says("pulse", &format!("{} at {x},{y}", name_of(thing))),
        None => to.says("pulse", "nothing"),
    });
    for (nth, trouble) in Trouble::ALL.into_iter().enumerate() {
        let (x, y) = window.trouble_at(nth);
        timeline.says("tray", &format!("{} at {x},{y}", trouble.name()));
    }
    for door in &front.doors {
        let (x, y) = window.door_at(door);
        timeline.says("front", &format!("door {} at {x},{y}", door.number));
    }
}

/// What a thing is called on the timeline. No codes, no passes.
fn name_of(thing: &Thing) -> String {
    match thing {
        Thing::Badge => "the badge".to_owned(),
        Thing::Parcel(label) => format!("{label} in the van"),
        Thing::Van => "the van".to_owned(),
        Thing::Hand(label) => format!("{label} in the hand"),
        Thing::Door(door) => format!("door {door}"),
        Thing::Inside { door, label } => format!("{label} behind door {door}"),
        Thing::Phone(owner) => format!("{owner}'s phone"),
        Thing::Trouble(nth) => {
            Trouble::ALL.get(*nth).map_or_else(String::new, |trouble| trouble.name().to_owned())
        }
    }
}
