//! What lies on the disk: files, folders, and of each what a power cut could still take back.

use std::collections::BTreeMap;
use std::io;
use std::sync::Weak;

use super::history::Step;
use super::locks::FileLocks;
use super::shared_index::SharedIndex;
use super::{Card, Counts, Device, Stop};

/// The number of a file or folder. Never given twice on one disk.
pub(super) type Ino = usize;
/// The folder in which all others lie.
pub(super) const ROOT: Ino = 0;
/// So many changes of one file may wait for the card; then the system has written the older half by itself.
const MAX_WAITING: usize = 1_024;

/// The system's words for what went wrong (errno of Linux).
const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// There is no power, or this handle is of before it went away, or the card said no.
pub(super) fn broken() -> io::Error {
    io::Error::from_raw_os_error(EIO)
}

/// What a change of a file was.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// `len` bytes at `at`.
    Write { at: usize, len: usize },
    /// The file's new length.
    Length(usize),
}

/// A change that a power cut could still take back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) change: Change,
    /// The file's length before it.
    pub(super) was_long: usize,
    /// Where the bytes that it replaced are kept, counted from the first that ever was.
    replaced_at: u64,
    /// Which step of the disk it was.
    pub(super) step: u64,
    /// The number of the sync that promised it; 0 for none.
    pub(super) promised: u64,
}

/// A file.
#[derive(Default)]
pub(super) struct File {
    /// As everyone sees it while there is power.
    pub(super) content: Vec<u8>,
    /// Oldest first.
    pub(super) waiting: Vec<Waiting>,
    /// The bytes that the waiting changes replaced.
    replaced: Vec<u8>,
    /// How many of those were forgotten, with the changes before these.
    forgotten: u64,
    pub(super) handles: u32,
    pub(super) held: bool,
    pub(super) locks: FileLocks,
    pub(super) index: Weak<SharedIndex>,
}

impl File {
    fn note(&mut self, change: Change, step: u64) -> usize {
        let was_long = self.content.len();
        let gone = match change {
            Change::Write { at, len } => at.min(was_long)..at.saturating_add(len).min(was_long),
            Change::Length(length) => length.min(was_long)..was_long,
        };
        let replaced_at = self.forgotten + self.replaced.len() as u64;
        let bytes = gone.len();
        self.replaced.extend_from_slice(self.content.get(gone).unwrap_or_default());
        self.waiting.push(Waiting { change, was_long, replaced_at, step, promised: 0 });
        if self.waiting.len() >= MAX_WAITING {
            self.forget(MAX_WAITING / 2);
        }
        bytes
    }

    fn write(&mut self, at: usize, bytes: &[u8], step: u64) {
        self.note(Change::Write { at, len: bytes.len() }, step);
        put(&mut self.content, at, bytes);
    }

    fn set_length(&mut self, length: usize, step: u64) {
        self.note(Change::Length(length), step);
        self.content.resize(length, 0);
    }

    /// The oldest changes are safe now.
    fn forget(&mut self, count: usize) {
        self.waiting.drain(..count);
        let first = self.waiting.first();
        let until = first.map_or(self.forgotten + self.replaced.len() as u64, |first| first.replaced_at);
        let bytes = usize::try_from(until - self.forgotten).unwrap_or(usize::MAX);
        self.replaced.drain(..bytes.min(self.replaced.len()));
        self.forgotten = until;
    }

    fn sync(&mut self, card: Card, number: u64) {
        let Card::Lying { window_syncs } = card else {
            self.waiting.clear();
            self.replaced.clear();
            return;
        };
        for waiting in self.waiting.iter_mut().rev().take_while(|waiting| waiting.promised == 0) {
            waiting.promised = number;
        }
        let kept = self.safe(window_syncs, number);
        self.forget(kept);
    }

    /// How many of the waiting changes are out of the window in which a lying card may lose them, at this many syncs.
    pub(super) fn safe(&self, window_syncs: u64, number: u64) -> usize {
        let out = |waiting: &Waiting| waiting.promised != 0 && waiting.promised + window_syncs <= number;
        self.waiting.iter().take_while(|waiting| out(waiting)).count()
    }

    /// Takes back every waiting change, and gives them with the bytes that they wrote, oldest first.
    pub(super) fn take_back(&mut self) -> Vec<(Waiting, Vec<u8>)> {
        let mut taken = Vec::with_capacity(self.waiting.len());
        for waiting in std::mem::take(&mut self.waiting).into_iter().rev() {
            let bytes = match waiting.change {
                Change::Write { at, len } => self.content.get(at..at + len).unwrap_or_default().to_vec(),
                Change::Length(_) => Vec::new(),
            };
            self.content.resize(waiting.was_long, 0);
            let start = usize::try_from(waiting.replaced_at - self.forgotten).unwrap_or(usize::MAX);
            let replaced = self.replaced.get(start..).unwrap_or_default();
            let at = match waiting.change {
                Change::Write { at, .. } => at,
                Change::Length(length) => length,
            };
            if let Some(place) = self.content.get_mut(at..).and_then(|rest| rest.get_mut(..replaced.len())) {
                place.copy_from_slice(replaced);
            }
            self.replaced.truncate(start);
            taken.push((waiting, bytes));
        }
        taken.reverse();
        taken
    }

    /// As another disk has it: without those who have it open.
    fn copy(&self) -> Self {
        Self {
            content: self.content.clone(),
            waiting: self.waiting.clone(),
            replaced: self.replaced.clone(),
            forgotten: self.forgotten,
            ..Self::default()
        }
    }
}

/// Writes into bytes that grow, with zeros up to `at` where they end before.
pub(super) fn put(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at.saturating_add(bytes.len());
    if content.len() == at {
        content.extend_from_slice(bytes);
        return;
    }
    if content.len() < end {
        content.resize(end, 0);
    }
    if let Some(place) = content.get_mut(at..end) {
        place.copy_from_slice(bytes);
    }
}

/// What a name in a folder stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Named {
    File(Ino),
    Folder(Ino),
}

pub(super) type Names = BTreeMap<String, Named>;

/// Names that change together, or not at all.
#[derive(Clone, Debug)]
pub(super) struct NameChange {
    pub(super) names: Vec<(String, Option<Named>)>,
    pub(super) step: u64,
    pub(super) promised: u64,
}

impl NameChange {
    pub(super) fn apply(&self, to: &mut Names) {
        for (name, named) in &self.names {
            match named {
                Some(named) => to.insert(name.clone(), *named),
                None => to.remove(name),
            };
        }
    }
}

/// A folder.
#[derive(Clone, Default)]
pub(super) struct Folder {
    /// As everyone sees it while there is power.
    pub(super) names: Names,
    /// What no power cut takes back.
    pub(super) safe: Names,
    pub(super) waiting: Vec<NameChange>,
}

impl Folder {
    fn sync(&mut self, card: Card, number: u64) {
        let window = match card {
            Card::Honest => 0,
            Card::Lying { window_syncs } => window_syncs,
        };
        for change in self.waiting.iter_mut().filter(|change| change.promised == 0) {
            change.promised = number;
        }
        let kept = self.waiting.iter().take_while(|change| change.promised + window <= number).count();
        for change in self.waiting.drain(..kept) {
            change.apply(&mut self.safe);
        }
    }
}

/// A place on the disk.
pub(super) enum Node {
    File(File),
    Folder(Folder),
    /// It was removed, and nobody has it open any more.
    Gone,
}

/// The disk.
pub(super) struct State {
    pub(super) device: Device,
    pub(super) nodes: Vec<Node>,
    /// Rises with every power cut: handles of before are dead.
    pub(super) generation: u64,
    pub(super) off: bool,
    pub(super) stop: Option<(u64, Stop)>,
    pub(super) room: Option<u64>,
    pub(super) used: u64,
    pub(super) counts: Counts,
    pub(super) recorded: Option<Vec<Step>>,
}

impl State {
    pub(super) fn new(device: Device) -> Self {
        Self {
            device,
            nodes: vec![Node::Folder(Folder::default())],
            generation: 0,
            off: false,
            stop: None,
            room: None,
            used: 0,
            counts: Counts::default(),
            recorded: None,
        }
    }

    /// Another disk with the same on it, of which the same could be lost.
    pub(super) fn copy(&self) -> Self {
        let nodes = self.nodes.iter().map(|node| match node {
            Node::File(file) => Node::File(file.copy()),
            Node::Folder(folder) => Node::Folder(folder.clone()),
            Node::Gone => Node::Gone,
        });
        Self {
            nodes: nodes.collect(),
            device: self.device,
            generation: 0,
            off: false,
            stop: None,
            room: self.room,
            used: self.used,
            counts: self.counts,
            recorded: None,
        }
    }

    pub(super) fn file(&mut self, ino: Ino) -> io::Result<&mut File> {
        match self.nodes.get_mut(ino) {
            Some(Node::File(file)) => Ok(file),
            Some(Node::Folder(_)) => Err(io::ErrorKind::IsADirectory.into()),
            Some(Node::Gone) | None => Err(broken()),
        }
    }

    pub(super) fn folder(&mut self, ino: Ino) -> io::Result<&mut Folder> {
        match self.nodes.get_mut(ino) {
            Some(Node::Folder(folder)) => Ok(folder),
            Some(Node::File(_)) => Err(io::ErrorKind::NotADirectory.into()),
            Some(Node::Gone) | None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub(super) fn ensure_power(&self) -> io::Result<()> {
        if self.off { Err(broken()) } else { Ok(()) }
    }

    /// Does a step, unless it is the one at which the disk was told to stop. A change that is under way when the power fails may
    /// be on the card or not; a sync has not ended.
    pub(super) fn step(&mut self, step: Step) -> io::Result<()> {
        self.ensure_power()?;
        if let Step::Write { ino, at, bytes } = &step
            && let Some(room) = self.room
        {
            let grows = (at + bytes.len()).saturating_sub(self.file(*ino)?.content.len());
            if self.used + grows as u64 > room {
                return Err(io::Error::from_raw_os_error(ENOSPC));
            }
        }
        let mut fails = false;
        if let Some((left, stop)) = &mut self.stop {
            *left -= 1;
            if *left == 0 {
                let stop = *stop;
                self.stop = None;
                if stop == Stop::ErrorOnce {
                    return Err(broken());
                }
                self.off = true;
                fails = true;
                if stop == Stop::Error || step.is_sync() {
                    return Err(broken());
                }
            }
        }
        self.apply(&step)?;
        if let Some(recorded) = &mut self.recorded {
            recorded.push(step);
        }
        if fails { Err(broken()) } else { Ok(()) }
    }

    /// Does a step, with power.
    pub(super) fn apply(&mut self, step: &Step) -> io::Result<()> {
        self.counts.steps += 1;
        let number = self.counts.steps;
        let card = self.device.card;
        match step {
            Step::MakeFile => self.nodes.push(Node::File(File::default())),
            Step::MakeFolder => self.nodes.push(Node::Folder(Folder::default())),
            Step::Write { ino, at, bytes } => {
                self.counts.writes += 1;
                self.counts.bytes += bytes.len() as u64;
                let file = self.file(*ino)?;
                let was_long = file.content.len();
                file.write(*at, bytes, number);
                self.used += (file_length(&self.nodes, *ino) - was_long) as u64;
            }
            Step::Length { ino, length } => {
                self.counts.writes += 1;
                let file = self.file(*ino)?;
                let was_long = file.content.len() as u64;
                file.set_length(*length, number);
                self.used = (self.used + *length as u64).saturating_sub(was_long);
            }
            Step::Names { folder, names } => {
                self.counts.writes += 1;
                let change = NameChange { names: names.clone(), step: number, promised: 0 };
                let folder = self.folder(*folder)?;
                change.apply(&mut folder.names);
                folder.waiting.push(change);
            }
            Step::Sync { ino } => {
                self.counts.syncs += 1;
                let syncs = self.counts.syncs;
                self.file(*ino)?.sync(card, syncs);
            }
            Step::SyncNames { folder } => {
                self.counts.syncs += 1;
                let syncs = self.counts.syncs;
                let folder = self.folder(*folder)?;
                let removes =
                    folder.waiting.iter().any(|change| change.names.iter().any(|(_, to)| to.is_none()));
                folder.sync(card, syncs);
                if removes {
                    self.sweep();
                }
            }
        }
        Ok(())
    }

    /// Forgets files and folders that have no name any more, not even one that a power cut would give back, and that nobody has open.
    pub(super) fn sweep(&mut self) {
        let mut reached = vec![false; self.nodes.len()];
        let mut to_visit = vec![ROOT];
        while let Some(ino) = to_visit.pop() {
            if reached.get_mut(ino).is_none_or(|reached| std::mem::replace(reached, true)) {
                continue;
            }
            if let Some(Node::Folder(folder)) = self.nodes.get(ino) {
                let waiting = folder.waiting.iter().flat_map(|change| &change.names);
                let waiting = waiting.filter_map(|(_, named)| named.as_ref());
                to_visit.extend(folder.names.values().chain(folder.safe.values()).chain(waiting).map(
                    |named| match named {
                        Named::File(ino) | Named::Folder(ino) => *ino,
                    },
                ));
            }
        }
        for (node, reached) in self.nodes.iter_mut().zip(reached) {
            let open = matches!(node, Node::File(file) if file.handles > 0);
            if !reached && !open {
                if let Node::File(file) = node {
                    self.used = self.used.saturating_sub(file.content.len() as u64);
                }
                *node = Node::Gone;
            }
        }
    }
}

fn file_length(nodes: &[Node], ino: Ino) -> usize {
    match nodes.get(ino) {
        Some(Node::File(file)) => file.content.len(),
        _ => 0,
    }
}
