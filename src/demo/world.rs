//! The physical world: the cabinet at the far end of the wires, and what is behind its doors. It outlives every process.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use locker_hw::emulate::{Cabinet, FrameKind, Held, LockLine, ScannerModel, ScannerModule, WireEvent};
use locker_hw::emulated::{EmulatedCabinet, shut_doors};
use locker_hw::profile::Size;
use serde::{Deserialize, Serialize};

use super::ClosedIs;
use super::error::DemoError;
use super::folder::Folder;
use super::make::Make;
use super::timeline::Timeline;

/// Frames that wait to be printed.
const FRAMES_WAIT: usize = 4_096;

/// The cabinet, its lock boards and its scanner.
pub struct World {
    /// The doors, and the wires to them.
    cabinet: EmulatedCabinet,
    /// The scanner on its own.
    pub scanner: ScannerModule,
    file: TruthFile,
    /// By the number on the door: which board, and which of its channels.
    channels: BTreeMap<u16, (usize, u8)>,
    sizes: BTreeMap<u16, Size>,
    /// Who hears of frames that are news.
    listeners: Listeners,
}

/// Shared with the threads that read the wires.
type Listeners = Arc<Mutex<Vec<SyncSender<WireEvent>>>>;

/// A door as it is kept on disk.
#[derive(Serialize, Deserialize)]
struct DoorTruth {
    open: bool,
    jammed: bool,
    inside: Vec<String>,
}

/// Where the truth is kept while nothing runs: a cabinet of steel needs no file, ours does.
#[derive(Clone)]
struct TruthFile(Arc<PathBuf>);

impl World {
    /// Puts the cabinet up, as it was left.
    ///
    /// # Errors
    /// No pseudo-terminals, or a truth file that cannot be read.
    pub fn put_up(
        folder: &Folder,
        timeline: &Timeline,
        make: &Make,
        closed_is: ClosedIs,
    ) -> Result<Self, DemoError> {
        let profile = make.profile(closed_is)?;
        let channels = profile
            .compartments
            .iter()
            .map(|known| (known.number, (usize::from(known.lock.bank), known.lock.channel)))
            .collect();
        let sizes = profile.compartments.iter().map(|known| (known.number, known.size)).collect();
        let parts = shut_doors(&profile);
        let file = TruthFile(Arc::new(folder.truth()));
        file.restore(&parts)?;
        let cabinet = EmulatedCabinet::start(&profile, parts, &folder.ports())
            .map_err(|error| DemoError::Odd(format!("the cabinet cannot be put up: {error}")))?;
        let scanner = ScannerModule::start(ScannerModel::Gm65, &folder.ports().join("scanner"))
            .map_err(DemoError::io("starting the scanner's emulator"))?;
        let listeners = Listeners::default();
        let world = Self { cabinet, scanner, file, channels, sizes, listeners };
        world.print_frames(timeline)?;
        Ok(world)
    }

    /// The numbers of all doors.
    pub fn doors(&self) -> impl Iterator<Item = u16> + '_ {
        self.channels.keys().copied()
    }

    /// The doors of a size and of larger ones.
    pub fn doors_from(&self, size: Size) -> impl Iterator<Item = u16> + '_ {
        self.sizes.iter().filter(move |(_, known)| **known >= size).map(|(door, _)| *door)
    }

    /// What is behind a door, seen through walls.
    pub fn inside(&self, door: u16) -> Vec<String> {
        self.place(door).map(|(part, channel)| part.inside(channel)).unwrap_or_default()
    }

    /// Whether a door stands open.
    pub fn is_open(&self, door: u16) -> bool {
        self.place(door).is_ok_and(|(part, channel)| part.is_open(channel))
    }

    /// How many unlock frames for a door have arrived.
    pub fn unlock_frames(&self, door: u16) -> u64 {
        self.place(door)
            .and_then(|(part, channel)| Ok(part.look(channel)?))
            .map_or(0, |truth| truth.unlock_frames)
    }

    /// The doors that stand open.
    pub fn open_doors(&self) -> Vec<u16> {
        self.doors().filter(|door| self.is_open(*door)).collect()
    }

    /// The most locks of one supply that were ever energised at one instant, whatever lines they are on.
    pub fn most_energised_together(&self) -> usize {
        let on_supply = self.parts().iter().map(|part| part.supply().most_energised_together());
        on_supply.max().unwrap_or(0)
    }

    /// How many locks are energised now.
    pub fn energised_now(&self) -> usize {
        let now = Instant::now();
        self.parts()
            .iter()
            .flat_map(Cabinet::pulses)
            .filter(|pulse| pulse.from <= now && now < pulse.until)
            .count()
    }

    /// Waits for the next unlock frame of a door.
    pub fn wait_unlock_frames(&self, door: u16, count: u64, within: Duration) -> bool {
        self.place(door).is_ok_and(|(part, channel)| part.wait_unlock_frames(channel, count, within))
    }

    /// Waits until a door stands open.
    pub fn wait_open(&self, door: u16, within: Duration) -> bool {
        let open = self.place(door).is_ok_and(|(part, channel)| part.wait_open(channel, within));
        self.file.save(self.parts());
        open
    }

    /// A person puts something in.
    ///
    /// # Errors
    /// The door is closed.
    pub fn put(&self, door: u16, item: &str) -> Result<(), DemoError> {
        let (part, channel) = self.place(door)?;
        part.put(channel, item)?;
        self.file.save(self.parts());
        Ok(())
    }

    /// A person takes something out.
    ///
    /// # Errors
    /// The door is closed, or that is not inside.
    pub fn take(&self, door: u16, item: &str) -> Result<(), DemoError> {
        let (part, channel) = self.place(door)?;
        part.take(channel, item)?;
        self.file.save(self.parts());
        Ok(())
    }

    /// A person pushes a door shut.
    ///
    /// # Errors
    /// There is no such door.
    pub fn push_shut(&self, door: u16) -> Result<(), DemoError> {
        let (part, channel) = self.place(door)?;
        part.push_shut(channel)?;
        self.file.save(self.parts());
        Ok(())
    }

    /// The bolt of a door sticks, or no longer.
    ///
    /// # Errors
    /// There is no such door.
    pub fn jam(&self, door: u16, jammed: bool) -> Result<(), DemoError> {
        let (part, channel) = self.place(door)?;
        part.jam(channel, jammed)?;
        self.file.save(self.parts());
        Ok(())
    }

    /// What passes on the wires from now on, without what the kiosk asks all day. A listener that lets more than `holds`
    /// frames pile up loses frames.
    pub fn listen(&self, holds: usize) -> Receiver<WireEvent> {
        let (sender, receiver) = sync_channel(holds);
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        receiver
    }

    /// Something leaves through the back wall.
    ///
    /// # Errors
    /// That is not inside.
    pub fn steal(&self, door: u16, item: &str) -> Result<(), DemoError> {
        let (part, channel) = self.place(door)?;
        part.steal_through_the_back(channel, item)?;
        self.file.save(self.parts());
        Ok(())
    }

    /// Everything on the wires to the locks from now on. A receiver that lets more than `holds` frames pile up loses frames.
    pub fn frames(&self, holds: usize) -> Receiver<WireEvent> {
        self.cabinet.subscribe(holds)
    }

    /// The lock boards have no power, or have it again.
    pub fn silent(&self, on: bool) {
        self.lines().for_each(|line| line.silent(on));
    }

    /// The lock boards answer rubbish, or sense again.
    pub fn rubbish(&self, on: bool) {
        self.lines().for_each(|line| line.rubbish(on));
    }

    /// The lock boards answer so late.
    pub fn late(&self, delay_ms: u64) {
        self.lines().for_each(|line| line.late(delay_ms));
    }

    /// The next unlock frame of each line moves nothing until [`World::release`].
    pub fn withhold_before_pulse(&self) {
        self.lines().for_each(LockLine::withhold_before_pulse);
    }

    /// The next unlock frame of each line moves its lock, and nothing is answered until [`World::release`].
    pub fn withhold_after_pulse(&self) {
        self.lines().for_each(LockLine::withhold_after_pulse);
    }

    /// Ends the withholding.
    pub fn release(&self, held: Held) {
        self.lines().for_each(|line| line.release(held));
    }

    fn lines(&self) -> impl Iterator<Item = &LockLine> {
        self.cabinet.lines().map(|(_, line)| line)
    }

    fn parts(&self) -> &[Cabinet] {
        self.cabinet.parts()
    }

    fn place(&self, door: u16) -> Result<(&Cabinet, u8), DemoError> {
        self.channels
            .get(&door)
            .and_then(|(part, channel)| Some((self.parts().get(*part)?, *channel)))
            .ok_or_else(|| DemoError::Odd(format!("the screen speaks of a door {door} that is not there")))
    }

    /// Prints what passes on the wires, polling left out, and keeps the truth of doors that moved.
    fn print_frames(&self, timeline: &Timeline) -> Result<(), DemoError> {
        let locks = self.frames(FRAMES_WAIT);
        let scans = self.scanner.subscribe(FRAMES_WAIT);
        let print = |name: &str, act: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(act)
                .map(drop)
                .map_err(DemoError::io("starting a thread"))
        };
        let (to, file, parts) = (timeline.clone(), self.file.clone(), self.parts().to_vec());
        let listeners = Arc::clone(&self.listeners);
        print(
            "lock frames",
            Box::new(move || {
                for event in locks.iter().filter(|event| event.kind != FrameKind::Routine) {
                    to.wire(&event);
                    file.save(&parts);
                    tell(&listeners, &event);
                }
            }),
        )?;
        let (to, listeners) = (timeline.clone(), Arc::clone(&self.listeners));
        print(
            "scanner frames",
            Box::new(move || {
                // Settings and heartbeats are the scanner's polling.
                for event in scans.iter().filter(|event| event.kind == FrameKind::Scan) {
                    to.wire(&event);
                    tell(&listeners, &event);
                }
            }),
        )
    }
}

fn tell(listeners: &Listeners, event: &WireEvent) {
    let is_there = |listener: &SyncSender<WireEvent>| {
        !matches!(listener.try_send(event.clone()), Err(TrySendError::Disconnected(_)))
    };
    listeners.lock().unwrap_or_else(PoisonError::into_inner).retain(is_there);
}

impl TruthFile {
    fn restore(&self, parts: &[Cabinet]) -> Result<(), DemoError> {
        let Some(text) = read_if_there(&self.0)? else { return Ok(()) };
        let doors: Vec<DoorTruth> = serde_json::from_str(&text)
            .map_err(|error| DemoError::Odd(format!("{}: {error}", self.0.display())))?;
        for ((cabinet, channel), door) in places(parts).zip(doors) {
            cabinet.force_open(channel)?;
            for item in door.inside {
                cabinet.put(channel, item)?;
            }
            if !door.open {
                cabinet.push_shut(channel)?;
            }
            cabinet.jam(channel, door.jammed)?;
        }
        Ok(())
    }

    fn save(&self, parts: &[Cabinet]) {
        let doors: Vec<DoorTruth> = places(parts)
            .filter_map(|(cabinet, channel)| cabinet.look(channel).ok())
            .map(|door| DoorTruth { open: door.open, jammed: door.jammed, inside: door.inside })
            .collect();
        keep(&self.0, &doors);
    }
}

/// Every door, in the order in which the truth is kept.
fn places(parts: &[Cabinet]) -> impl Iterator<Item = (&Cabinet, u8)> {
    parts.iter().flat_map(|part| (1..=part.channels()).map(move |channel| (part, channel)))
}

/// The text of a file that may not be there yet.
///
/// # Errors
/// It is there and cannot be read.
pub fn read_if_there(path: &Path) -> Result<Option<String>, DemoError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(DemoError::Io { doing: format!("reading {}", path.display()), source }),
    }
}

/// Keeps a value as JSON: the whole of it or the whole of what was there before.
pub fn keep<T: Serialize>(path: &Path, value: &T) {
    // Several threads keep the truth; each writes beside it in its own file.
    let beside = path.with_extension(format!("{:?}.new", std::thread::current().id()));
    let written = serde_json::to_vec(value)
        .map_err(std::io::Error::from)
        .and_then(|bytes| fs::write(&beside, bytes))
        .and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        log::error!("{} is not kept: {error}", path.display());
    }
}
