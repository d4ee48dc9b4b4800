//! The kiosk's process: the real engine on the simulated disk, and what its screen shows.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use locker_engine::random::Random;
use locker_engine::{Engine, EngineError, OpeningId, Options, ParcelId, Picture, Screen, Sound, View};
use locker_hw::profile::Profile;

use crate::bus::BusHandle;
use crate::chance::Chance;
use crate::disk::SimDisk;

/// Where journal and keys lie on the simulated disk.
pub const FOLDER: &str = "/kiosk";
/// When the simulated program was built, in seconds since 1970.
pub const BUILT_UNIX_S: u64 = 1_790_000_000;

/// The kiosk's screen, as people see it.
#[derive(Clone, Default)]
pub struct Glass(Rc<RefCell<Shown>>);

#[derive(Default)]
struct Shown {
    picture: Option<Picture>,
    /// Counts the times that "home" came up.
    homes: u64,
    /// Every receipt that was ever shown.
    receipts: Vec<String>,
    /// The card, and how often it had been asked to wait when the kiosk last heard of something.
    card: Option<(SimDisk, u64)>,
    /// A receipt was shown, and the card had not been asked to wait since then.
    hasty: bool,
}

impl Screen for Glass {
    fn show(&mut self, picture: Picture) {
        let mut shown = self.0.borrow_mut();
        if let Picture::Sent { receipt, .. }
        | Picture::StopDone { receipt, .. }
        | Picture::Receipt { receipt, .. } = &picture
        {
            shown.receipts.push(receipt.clone());
            // What was recorded some time before is shown again on a touch.
            let is_new = match &picture {
                Picture::Sent { .. } => true,
                Picture::StopDone { stop, .. } => stop.signed_out && stop.page == 1,
                _ => false,
            };
            let waited = shown.card.as_ref().is_none_or(|(card, before)| card.counts().syncs != *before);
            shown.hasty |= is_new && !waited;
        }
        shown.homes += u64::from(matches!(picture, Picture::Kiosk(View::Home { .. })));
        shown.picture = Some(picture);
    }

    fn sound(&mut self, _: Sound) {}

    fn lower_doors(&mut self, _: bool) {}
}

impl Glass {
    /// What is shown, when the rules say it.
    pub fn view(&self) -> Option<View> {
        match &self.0.borrow().picture {
            Some(Picture::Kiosk(view)) => Some(view.clone()),
            // What people see of it is the door, and a code for their phones.
            Some(Picture::Sent { door, .. }) => {
                Some(View::Sent { door: *door, opening: OpeningId(0), parcel: ParcelId(0) })
            }
            Some(Picture::StopDone { stop, .. }) => Some(View::StopDone(stop.clone())),
            Some(Picture::Receipt { .. }) => Some(View::Receipt { opening: OpeningId(0), moves: Vec::new() }),
            _ => None,
        }
    }

    /// The kiosk is about to hear of something: a receipt follows from what is on the card by then.
    pub fn happens(&self, card: &SimDisk) {
        self.0.borrow_mut().card = Some((card.clone(), card.counts().syncs));
    }

    /// Whether a receipt was shown before the card had taken in what it says.
    pub fn take_hasty(&self) -> bool {
        std::mem::take(&mut self.0.borrow_mut().hasty)
    }

    /// Every receipt that was ever shown.
    pub fn receipts(&self) -> Vec<String> {
        self.0.borrow().receipts.clone()
    }

    /// How often "home" came up.
    pub fn homes(&self) -> u64 {
        self.0.borrow().homes
    }

    /// The screen goes dark.
    pub fn dark(&self) {
        self.0.borrow_mut().picture = None;
    }
}

/// The running program, or the wait for its start.
pub struct Kiosk {
    /// The engine, while the process runs.
    pub engine: Option<Engine<BusHandle, Glass>>,
    /// Its screen.
    pub glass: Glass,
    /// When the process starts (again), while it does not run.
    pub starts_at_ms: Option<u64>,
    /// The machine's clock began then: with its power.
    pub epoch_ms: u64,
    profile: Profile,
    random: Arc<Mutex<Chance>>,
}

impl Kiosk {
    /// A machine that starts at `starts_at_ms`.
    pub fn new(profile: Profile, chance: Chance, starts_at_ms: u64) -> Self {
        Self {
            engine: None,
            glass: Glass::default(),
            starts_at_ms: Some(starts_at_ms),
            epoch_ms: 0,
            profile,
            random: Arc::new(Mutex::new(chance)),
        }
    }

    /// Starts the engine.
    ///
    /// # Errors
    /// What the engine says.
    pub fn start(&mut self, now_ms: u64, disk: &SimDisk, bus: BusHandle) -> Result<(), EngineError> {
        self.starts_at_ms = None;
        let random = self.random.clone();
        let options = Options {
            folder: FOLDER.into(),
            disk: disk.for_engine(),
            random: Random::new(move |bytes: &mut [u8]| {
                random.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
                Ok(())
            }),
            profile: self.profile.clone(),
            built_unix_s: BUILT_UNIX_S,
            version: "simulated".to_owned(),
        };
        let engine = Engine::open(options, bus, self.glass.clone(), now_ms - self.epoch_ms)?;
        self.engine = Some(engine);
        Ok(())
    }

    /// When the engine wants to be told the time, on the world's clock.
    pub fn next_due_ms(&self, now_ms: u64) -> Option<u64> {
        match &self.engine {
            Some(engine) => engine.next_deadline_ms().map(|at_ms| (at_ms + self.epoch_ms).max(now_ms)),
            None => self.starts_at_ms,
        }
    }
}
