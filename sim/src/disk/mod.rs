//! A disk that loses power.
//!
//! A [`SimDisk`] is a whole small file system in memory: the engine's [`Disk`], and a VFS of SQLite's at the same time, so that the real
//! journal runs on it. What was not synced is only promised; [`cut`](SimDisk::cut) decides what of it is on the card.
//!
//! | module | subject |
//! |---|---|
//! | `state` | files, folders, and what of them a power cut could take back |
//! | `cut` | what is on the card when the power fails |
//! | `history` | every step, to cut the power at each |
//! | `handle` | files as the engine and SQLite have them open |
//! | `vfs`, `locks`, `shared_index` | SQLite's side |

mod cut;
mod handle;
mod history;
mod locks;
mod shared_index;
mod state;
mod vfs;

use std::ffi::OsString;
use std::fs::TryLockError;
use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use locker_engine::disk::{Disk, DiskFile, Hold, How};

pub use history::History;

use crate::chance::Chance;
use handle::{Handle, Held};
use history::Step;
use state::{Ino, Named, Node, ROOT, State, broken};
use vfs::Vfs;

/// What kind of card it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Card {
    /// What was synced is there.
    Honest,
    /// What was synced may still be lost, unless this many syncs (of anything on the card) have followed.
    Lying {
        /// How many.
        window_syncs: u64,
    },
}

/// How a card behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Device {
    /// Whether it keeps its word.
    pub card: Card,
    /// A sector is written whole or not at all: 512 or 4,096 bytes.
    pub sector_bytes: usize,
    /// Whether bytes beside those that are being written are safe when the power fails. SQLite is told.
    pub safe_overwrite: bool,
}

impl Device {
    /// What SQLite takes every disk for, unless told otherwise.
    pub const USUAL: Self = Self { card: Card::Honest, sector_bytes: 4_096, safe_overwrite: true };
}

/// What becomes of the changes that were not safe when the power failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// None of them is on the card.
    Everything,
    /// All are.
    Nothing,
    /// All are, but of the last one only the first half of its sectors.
    HalfOfTheLast,
    /// Only the last one is: it was written before all the others.
    AllButTheLast,
    /// Each sector has some version of its own; a lying card lies every other time.
    Arbitrary,
}

/// What happens at the step for which [`SimDisk::stop_after`] waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The power fails while it is being done: everything fails until [`SimDisk::cut`].
    PowerFails,
    /// It is not done, and everything fails until [`SimDisk::power_on`].
    Error,
    /// It is not done; what follows is.
    ErrorOnce,
}

/// What was done to a disk since it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Everything: new files and folders, writes, lengths, names, syncs.
    pub steps: u64,
    /// Changes of bytes, lengths and names.
    pub writes: u64,
    /// Syncs of files and folders.
    pub syncs: u64,
    /// Bytes written.
    pub bytes: u64,
}

/// A disk in memory. Clones are the same disk.
#[derive(Clone)]
pub struct SimDisk(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Made when SQLite is first used here.
    vfs: OnceLock<Option<Vfs>>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds this.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SimDisk {
    /// An empty disk.
    pub fn new(device: Device) -> Self {
        Self::of(State::new(device))
    }

    fn of(state: State) -> Self {
        Self(Arc::new(Shared { state: Mutex::new(state), vfs: OnceLock::new() }))
    }

    /// The same, for the engine.
    pub fn for_engine(&self) -> Arc<dyn Disk> {
        Arc::new(self.clone())
    }

    /// Another disk with the same on it, of which a power cut could take back the same. Nobody has anything open there.
    pub fn copied(&self) -> Self {
        Self::of(self.0.state().copy())
    }

    /// The power fails, and comes back. Whatever was open is dead.
    pub fn cut(&self, chance: &mut Chance, loss: Loss) {
        self.0.state().cut(chance, loss);
    }

    /// The `n`-th step from now (from 1) does not end well. Nothing for 0.
    pub fn stop_after(&self, n: u64, stop: Stop) {
        self.0.state().stop = (n > 0).then_some((n, stop));
    }

    /// Whether everything fails.
    pub fn is_off(&self) -> bool {
        self.0.state().off
    }

    /// The disk works again. Nothing was lost, and what was open still is.
    pub fn power_on(&self) {
        let mut state = self.0.state();
        state.off = false;
        state.stop = None;
    }

    /// There is room for so many bytes, or for any number.
    pub fn full(&self, bytes: Option<u64>) {
        self.0.state().room = bytes;
    }

    /// How many bytes there are in files.
    pub fn used_bytes(&self) -> u64 {
        self.0.state().used
    }

    /// Changes how the card behaves from now on.
    pub fn become_device(&self, device: Device) {
        self.0.state().device = device;
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        self.0.state().counts
    }

    /// A number for all that is in named files now: two disks with the same behave alike from here.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.state().hash_folder(ROOT, &mut hasher);
        hasher.finish()
    }

    /// From now on everything is kept in mind, until [`Recording::end`].
    pub fn record(&self) -> Recording {
        let mut state = self.0.state();
        state.recorded = Some(Vec::new());
        Recording { disk: self.clone(), at: state.copy() }
    }
}

/// A disk of which every step is kept in mind.
pub struct Recording {
    disk: SimDisk,
    at: State,
}

impl Recording {
    /// What was done since.
    pub fn end(self) -> History {
        History::new(self.at, self.disk.0.state().recorded.take().unwrap_or_default())
    }
}

/// A path, taken apart.
struct Found {
    /// The folder that the last name is in.
    folder: Ino,
    name: String,
    /// What it stands for, if anything.
    named: Option<Named>,
}

impl State {
    /// Where a path leads; an error when one of its folders is missing. Nothing for the folder of all.
    fn find(&mut self, path: &Path) -> io::Result<Option<Found>> {
        self.ensure_power()?;
        let mut found: Option<Found> = None;
        for part in path.components() {
            let name = match part {
                Component::Normal(name) => name.to_str().ok_or(io::ErrorKind::InvalidFilename)?,
                Component::RootDir => continue,
                _ => return Err(io::ErrorKind::InvalidFilename.into()),
            };
            let folder = match &found {
                None => ROOT,
                Some(Found { named: Some(Named::Folder(folder)), .. }) => *folder,
                Some(Found { named: Some(Named::File(_)), .. }) => {
                    return Err(io::ErrorKind::NotADirectory.into());
                }
                Some(Found { named: None, .. }) => return Err(io::ErrorKind::NotFound.into()),
            };
            let named = self.folder(folder)?.names.get(name).copied();
            found = Some(Found { folder, name: name.to_owned(), named });
        }
        Ok(found)
    }

    fn find_folder(&mut self, path: &Path) -> io::Result<Ino> {
        match self.find(path)? {
            None => Ok(ROOT),
            Some(Found { named: Some(Named::Folder(ino)), .. }) => Ok(ino),
            Some(Found { named: Some(Named::File(_)), .. }) => Err(io::ErrorKind::NotADirectory.into()),
            Some(Found { named: None, .. }) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn make_folder(&mut self, folder: Ino, name: String) -> io::Result<()> {
        self.step(Step::MakeFolder)?;
        let made = Named::Folder(self.nodes.len() - 1);
        self.step(Step::Names { folder, names: vec![(name, Some(made))] })
    }

    /// A file, made if it may be.
    fn file_at(&mut self, path: &Path, make: bool) -> io::Result<Ino> {
        let Some(Found { folder, name, named }) = self.find(path)? else {
            return Err(io::ErrorKind::IsADirectory.into());
        };
        match named {
            Some(Named::File(ino)) => Ok(ino),
            Some(Named::Folder(_)) => Err(io::ErrorKind::IsADirectory.into()),
            None if make => {
                self.step(Step::MakeFile)?;
                let ino = self.nodes.len() - 1;
                self.step(Step::Names { folder, names: vec![(name, Some(Named::File(ino)))] })?;
                Ok(ino)
            }
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn hash_folder(&self, folder: Ino, hasher: &mut DefaultHasher) {
        let Some(Node::Folder(folder)) = self.nodes.get(folder) else { return };
        for (name, named) in &folder.names {
            hasher.write(name.as_bytes());
            match named {
                Named::Folder(inner) => {
                    hasher.write_u8(1);
                    self.hash_folder(*inner, hasher);
                    hasher.write_u8(2);
                }
                Named::File(ino) => {
                    if let Some(Node::File(file)) = self.nodes.get(*ino) {
                        hasher.write_usize(file.content.len());
                        hasher.write(&file.content);
                    }
                }
            }
        }
    }

    /// Takes the names out of a folder and of those in it.
    fn empty_folder(&mut self, folder: Ino) -> io::Result<()> {
        for (name, named) in self.folder(folder)?.names.clone() {
            if let Named::Folder(inner) = named {
                self.empty_folder(inner)?;
            }
            self.step(Step::Names { folder, names: vec![(name, None)] })?;
        }
        Ok(())
    }
}

/// How SQLite names the index of a log beside the database. Here it is no file.
const INDEX_ENDING: &str = "-shm";

impl Disk for SimDisk {
    fn vfs(&self) -> Option<&str> {
        // Without a VFS there is no database: no other would know these files.
        Some(self.0.vfs.get_or_init(|| Vfs::register(&self.0)).as_ref().map_or("no such VFS", Vfs::name))
    }

    fn open(&self, path: &Path, how: How) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.0.state();
        let ino = state.file_at(path, how != How::Read)?;
        if how == How::Replace && !state.file(ino)?.content.is_empty() {
            state.step(Step::Length { ino, length: 0 })?;
        }
        Ok(Box::new(Handle::new(&self.0, &mut state, ino)?))
    }

    fn exists(&self, path: &Path) -> bool {
        let mut state = self.0.state();
        if matches!(state.find(path), Ok(None | Some(Found { named: Some(_), .. }))) {
            return true;
        }
        let database = path.to_str().and_then(|path| path.strip_suffix(INDEX_ENDING));
        let Some(Ok(ino)) = database.map(|path| state.file_at(Path::new(path), false)) else {
            return false;
        };
        state.file(ino).is_ok_and(|file| file.index.strong_count() > 0)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.state();
        let (Some(from), Some(to)) = (state.find(from)?, state.find(to)?) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let named = from.named.ok_or(io::ErrorKind::NotFound)?;
        if from.folder != to.folder {
            // Two folders would change in one step; nobody here needs that.
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        if let Some(Named::Folder(there)) = to.named
            && !state.folder(there)?.names.is_empty()
        {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        let names = vec![(from.name, None), (to.name, Some(named))];
        state.step(Step::Names { folder: from.folder, names })
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.state();
        let ancestors: Vec<&Path> = path.ancestors().collect();
        for path in ancestors.into_iter().rev() {
            match state.find(path)? {
                Some(Found { folder, name, named: None }) => state.make_folder(folder, name)?,
                Some(Found { named: Some(Named::File(_)), .. }) => {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                Some(Found { named: Some(Named::Folder(_)), .. }) | None => {}
            }
        }
        Ok(())
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let mut state = self.0.state();
        let folder = state.find_folder(folder)?;
        Ok(state.folder(folder)?.names.keys().map(OsString::from).collect())
    }

    fn sync_names(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.0.state();
        let folder = state.find_folder(folder)?;
        state.step(Step::SyncNames { folder })
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.state();
        match state.find(path)? {
            Some(Found { folder, name, named: Some(Named::Folder(ino)) }) => {
                state.empty_folder(ino)?;
                state.step(Step::Names { folder, names: vec![(name, None)] })
            }
            Some(Found { named: Some(Named::File(_)), .. }) => Err(io::ErrorKind::NotADirectory.into()),
            Some(Found { named: None, .. }) => Err(io::ErrorKind::NotFound.into()),
            None => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    fn hold(&self, path: &Path) -> Result<Box<dyn Hold>, TryLockError> {
        let mut state = self.0.state();
        let taken = state.file_at(path, true).and_then(|ino| {
            if std::mem::replace(&mut state.file(ino)?.held, true) {
                return Ok(None);
            }
            Handle::new(&self.0, &mut state, ino).map(Some)
        });
        match taken {
            Ok(Some(handle)) => Ok(Box::new(Held(handle))),
            Ok(None) => Err(TryLockError::WouldBlock),
            Err(error) => Err(TryLockError::Error(error)),
        }
    }
}

fn too_far() -> io::Error {
    io::ErrorKind::FileTooLarge.into()
}
