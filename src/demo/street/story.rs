//! The loop: something happens, hands move, the street is drawn anew.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use locker_street::{Frame, Handle, Scene};

use super::super::cable::Cable;
use super::super::error::DemoError;
use super::super::folder::Folder;
use super::super::people::Place;
use super::super::post::Message;
use super::super::shown::Shown;
use super::super::stage::{KioskWindow, Setting, Stage};
use super::super::timeline::Timeline;
use super::super::{tour, verdict};
use super::Plan;
use super::drawing::{self, FRAMES_SHOWN};
use super::guide::Sights;
use super::happening::{self, Happening};
use super::ledger::Ledger;
use super::party::Party;

/// Whose parcels each van brings, and how large they are.
const CAST: [(&str, &str); 3] = [("Ana", "S"), ("Ben", "M"), ("Cleo", "L")];
/// Phones that are drawn.
const MOST_PHONES: usize = 5;
/// How long the plug is out: what a service manager waits.
const DARK_FOR: Duration = Duration::from_secs(1);
/// Nothing that is waited for takes care of itself without a look this often: patience that ends, processes.
const LOOKS_EVERY: Duration = Duration::from_millis(500);
/// The kiosk's exit code for "start me again".
const BEGIN_AGAIN: i32 = 75;

/// The story of somebody at a desk.
pub struct Story<'a> {
    /// What runs.
    pub stage: Stage<'a>,
    /// What people know and have.
    pub party: Party,
    /// The numbers of the doors, as the cabinet's front has them.
    pub doors: Vec<u16>,
    /// The parcels' sizes.
    pub sizes: BTreeMap<String, String>,
    /// The last frames.
    pub wire: VecDeque<Frame>,
    /// The hub's books.
    pub ledger: Ledger,
    /// Since when the plug is out.
    pub dark_since: Option<Instant>,
    /// Doors whose bolts stick.
    pub jammed: BTreeSet<u16>,
    /// The lock board is silent.
    pub is_silent: bool,
    /// Which day it is, from 1.
    pub day: u32,
    plan: Plan,
    window: Handle,
    drawn: Option<Scene>,
}

impl<'a> Story<'a> {
    /// Starts everything, up to a van with parcels that the locker knows of.
    ///
    /// # Errors
    /// Something does not start.
    pub fn begin(
        plan: Plan,
        folder: &'a Folder,
        timeline: &Timeline,
        window: Handle,
        tell: &SyncSender<Happening>,
    ) -> Result<Self, DemoError> {
        let kiosk = KioskWindow { pixels: plan.desk.kiosk_size(), position: Some((0, 0)) };
        let setting = Setting { window: Some(kiosk), cable: true, make: plan.make.clone() };
        let mut stage = Stage::set(folder, timeline, plan.closed_is, setting)?;
        window.show(Scene::only("The locker joins the network: its operator scans the code on the kiosk."));
        tour::join_network_and_tidy(&mut stage)?;
        happening::listen(&stage, tell)?;
        let doors =
            drawing::front(&plan.make, plan.closed_is)?.doors.iter().map(|door| door.number).collect();
        let mut story = Self {
            stage,
            party: Party::default(),
            doors,
            sizes: BTreeMap::new(),
            wire: VecDeque::new(),
            ledger: Ledger::new(),
            dark_since: None,
            jammed: BTreeSet::new(),
            is_silent: false,
            day: 1,
            plan,
            window,
            drawn: None,
        };
        // Of what an earlier run left inside its owners have been told.
        let inside = story.stage.people.items().filter(|item| matches!(item.place, Place::Door(_)));
        story.party.arrived = inside.map(|item| item.label.clone()).collect();
        if story.van().is_empty() {
            story.next_van()?;
        }
        Ok(story)
    }

    /// Goes on until one of the windows is closed; then books and cabinet are compared.
    ///
    /// # Errors
    /// Something ended by itself.
    pub fn tell(mut self, hear: &Receiver<Happening>) -> Result<bool, DemoError> {
        self.stage.timeline.chapter("The street: click what pulses");
        loop {
            self.draw();
            match hear.recv_timeout(LOOKS_EVERY.min(self.ledger.rest().max(Duration::from_millis(100)))) {
                Ok(first) => {
                    for happening in std::iter::once(first).chain(hear.try_iter()) {
                        if matches!(happening, Happening::Closed) {
                            return self.end();
                        }
                        self.hear(happening)?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.end(),
            }
            if self.look_after()? {
                return self.end();
            }
            self.ledger.look(&self.stage);
        }
    }

    fn hear(&mut self, happening: Happening) -> Result<(), DemoError> {
        self.ledger.stir();
        match happening {
            Happening::Clicked(thing) => self.click(thing)?,
            Happening::Frame(event) => {
                while self.wire.len() >= FRAMES_SHOWN {
                    self.wire.pop_front();
                }
                self.wire.push_back(drawing::frame(&event));
            }
            Happening::Told(message) => self.message(&message),
            Happening::Seen(shown, proves_empty) => {
                if shown != Shown::Dark {
                    self.stage.says("screen", format!("{shown:?}"));
                }
                self.party.sees(shown, proves_empty);
            }
            Happening::Closed => {}
        }
        Ok(())
    }

    /// The carrier passes the hub's message on to the recipient's phone.
    fn message(&mut self, message: &Message) {
        let item = self.stage.people.items().find(|item| item.parcel.as_ref() == Some(&message.parcel));
        let Some((label, who)) = item.map(|item| (item.label.clone(), item.recipient.clone())) else {
            return;
        };
        if message.kind == "parcel.inside" && !self.party.arrived.contains(&label) {
            self.stage.says("phone", format!("{who}'s: your parcel {label} is here; code and pass"));
            self.party.arrived.push(label);
        }
    }

    /// What a service manager does. Gives whether the kiosk's window was closed.
    fn look_after(&mut self) -> Result<bool, DemoError> {
        if let Some(since) = self.dark_since {
            if since.elapsed() >= DARK_FOR {
                self.stage.kiosk.start_again()?;
                self.stage.says("demo", format!("the kiosk runs again: pid {} now", self.stage.kiosk.pid()));
                self.dark_since = None;
            }
        } else if let Some(status) = self.stage.kiosk.ended()? {
            match status.code() {
                Some(BEGIN_AGAIN) => self.stage.kiosk.start_again()?,
                Some(0) => return Ok(true),
                _ => self.stage.kiosk.runs()?,
            }
        }
        self.stage.sync.runs()?;
        self.stage.hub.runs()?;
        Ok(false)
    }

    fn draw(&mut self) {
        let scene = self.scene();
        if self.drawn.as_ref() != Some(&scene) {
            self.window.show(scene.clone());
            self.drawn = Some(scene);
        }
    }

    /// The windows are closed; everything is mended, whoever stands at an open door finishes there, and books and cabinet
    /// are compared.
    fn end(mut self) -> Result<bool, DemoError> {
        self.window.quit();
        self.stage.timeline.chapter("The windows are closed");
        self.mend_all()?;
        self.show_what_was_shut_empty()?;
        if self.party.proves_empty {
            self.stage.people.set_errand(None);
        }
        self.stage.close_window()?;
        tour::tidy(&mut self.stage)?;
        self.fetch_what_was_left()?;
        if self.plan.has_thief {
            self.stage.thief_comes()?;
        }
        let verdict = verdict::judge(&mut self.stage)?;
        for line in verdict.lines() {
            self.stage.timeline.plain(&line);
        }
        Ok(verdict.is_good())
    }

    /// The courier has a parcel still in the hand that the kiosk takes for stored, and says so there.
    fn show_what_was_shut_empty(&mut self) -> Result<(), DemoError> {
        let Some(door) = self.party.shut_empty.take() else { return Ok(()) };
        self.stage.people.set_errand(None);
        if self.dark_since.is_some() || self.stage.kiosk.ended()?.is_some() {
            return Ok(());
        }
        self.stage.screen.find_again()?;
        if !self.stage.screen.offers("Not in there") {
            return Ok(());
        }
        self.stage.says("courier", "touches \"Not in there\"");
        self.stage.screen.press("Not in there")?;
        let opened = self.stage.wait_door_open()?;
        self.stage.push_shut("courier", opened)?;
        let nothing = format!("Door {door}: nothing stored");
        self.stage.screen.wait(&nothing, |facts| facts.starts_with(&nothing)).map(drop)
    }

    /// Whoever shut their own parcel in again comes back for it, as long as their phone opens the door.
    fn fetch_what_was_left(&mut self) -> Result<(), DemoError> {
        for label in std::mem::take(&mut self.party.left_behind) {
            let who = self.stage.people.item(&label)?.recipient.clone();
            if !self.stage.world.doors().any(|door| self.stage.world.inside(door).contains(&label)) {
                continue;
            }
            self.stage.go_home()?;
            let answers = |facts: &str| !matches!(Shown::read(facts), Shown::Home | Shown::Moment);
            let facts = self.stage.shows_pass(&label, answers)?;
            if !matches!(Shown::read(&facts), Shown::Refused(_)) {
                self.stage.take_from_doors(&who)?;
            }
        }
        Ok(())
    }

    /// The carrier announces the parcels of the next van, and waits until the locker knows of them.
    ///
    /// # Errors
    /// The hub refuses, or the locker never hears of one.
    pub fn next_van(&mut self) -> Result<(), DemoError> {
        let mut labels = Vec::new();
        for (name, size) in CAST {
            let label = self.stage.announce_unheard(name, size)?;
            self.sizes.insert(label.clone(), size.to_owned());
            labels.push(label);
        }
        labels.iter().try_for_each(|label| self.stage.wait_known_there(label))
    }

    /// What is in the van, and not in the hand.
    pub fn van(&self) -> Vec<String> {
        let is_here = |label: &String| self.party.hand.as_ref().is_none_or(|held| held.label != *label);
        let items = self.stage.people.items().filter(|item| item.place == Place::Van && item.pass.is_some());
        items.map(|item| item.label.clone()).filter(is_here).collect()
    }

    /// Whose phones are in the street: of everybody who waits for something, and of those for whom each van brings something.
    pub fn owners(&self) -> Vec<String> {
        let mut owners: Vec<String> = CAST.iter().map(|(name, _)| (*name).to_owned()).collect();
        for owner in self.messages() {
            if !owners.contains(&owner) && owners.len() < MOST_PHONES {
                owners.push(owner);
            }
        }
        owners
    }

    /// Who has a message about a parcel that they have not taken out.
    pub fn messages(&self) -> Vec<String> {
        let mut owners: Vec<String> = Vec::new();
        for label in &self.party.arrived {
            if let Ok(item) = self.stage.people.item(label)
                && matches!(item.place, Place::Door(_))
                && !owners.contains(&item.recipient)
            {
                owners.push(item.recipient.clone());
            }
        }
        owners
    }

    /// The parcel of the last such message.
    pub fn message_of(&self, owner: &str) -> Option<String> {
        let mut labels = self.party.arrived.iter().rev();
        let is_theirs = |label: &&String| {
            self.stage
                .people
                .item(label)
                .is_ok_and(|item| item.recipient == owner && matches!(item.place, Place::Door(_)))
        };
        labels.find(is_theirs).cloned()
    }

    /// Whether the kiosk has no power, or is not back yet.
    pub fn is_dark(&self) -> bool {
        self.dark_since.is_some() || matches!(self.party.shown, None | Some(Shown::Dark))
    }

    /// Whether the network is cut.
    pub fn is_cut(&self) -> bool {
        self.stage.cable.as_ref().is_some_and(Cable::is_cut)
    }

    /// All that somebody in the street knows and sees.
    pub fn sights(&self) -> Sights {
        let named = |label: String| {
            let name =
                self.stage.people.item(&label).map_or_else(|_| "?".to_owned(), |item| item.recipient.clone());
            (label, name)
        };
        let open: Vec<_> = self
            .stage
            .world
            .open_doors()
            .into_iter()
            .map(|door| (door, self.stage.world.inside(door).into_iter().map(named).collect()))
            .collect();
        let unheard =
            self.stage.people.items().filter(|item| {
                matches!(item.place, Place::Door(_)) && !self.party.arrived.contains(&item.label)
            });
        Sights {
            shown: self.party.shown.clone(),
            signed_in: self.party.signed_in,
            shut_empty: self.party.shut_empty,
            proves_empty: self.party.proves_empty,
            just_mended: self.party.just_mended(),
            waits: self.party.waits(!open.is_empty()),
            van: self.van().into_iter().map(named).collect(),
            hand: self.party.hand.clone().map(|held| {
                let (_, name) = named(held.label.clone());
                (held, name)
            }),
            visitor: self.party.visitor.clone(),
            messages: self.messages(),
            unheard: unheard
                .map(|item| (item.recipient.clone(), self.party.expects_message(&item.label)))
                .collect(),
            is_cut: self.is_cut(),
            is_silent: self.is_silent,
            jammed: self.jammed.iter().copied().collect(),
            open,
        }
    }
}
