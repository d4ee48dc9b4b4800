//! Files as those who use them have them open.

use std::io;
use std::sync::{Arc, MutexGuard};

use locker_engine::disk::{DiskFile, Hold};

use super::history::Step;
use super::state::{File, Ino, State};
use super::{Shared, broken, too_far};

/// A file that someone has open. Dead after a power cut.
pub(super) struct Handle {
    shared: Arc<Shared>,
    ino: Ino,
    generation: u64,
}

impl Handle {
    pub(super) fn new(shared: &Arc<Shared>, state: &mut State, ino: Ino) -> io::Result<Self> {
        state.file(ino)?.handles += 1;
        Ok(Self { shared: Arc::clone(shared), ino, generation: state.generation })
    }

    /// The disk, as long as this handle is good.
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.shared.state();
        state.ensure_power()?;
        if state.generation == self.generation { Ok(state) } else { Err(broken()) }
    }

    /// Does something with the file itself, as long as this handle is good.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut File) -> T) -> io::Result<T> {
        Ok(act(self.state()?.file(self.ino)?))
    }

    /// The same also without power: locks are in the computer's memory.
    pub(super) fn with_even_off<T>(&self, act: impl FnOnce(&mut File) -> T) -> Option<T> {
        let mut state = self.shared.state();
        (state.generation == self.generation).then(|| state.file(self.ino).ok().map(act)).flatten()
    }

    pub(super) fn set_length(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).map_err(|_| too_far())?;
        self.state()?.step(Step::Length { ino: self.ino, length })
    }

    /// Waits for the names in a folder.
    pub(super) fn sync_names(&self, folder: Ino) -> io::Result<()> {
        self.state()?.step(Step::SyncNames { folder })
    }

    /// What a SQLite is told of the card.
    pub(super) fn device(&self) -> super::Device {
        self.shared.state().device
    }
}

impl DiskFile for Handle {
    fn length(&self) -> io::Result<u64> {
        self.with(|file| file.content.len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        let at = usize::try_from(at).map_err(|_| too_far())?;
        self.with(|file| {
            let rest = file.content.get(at..).unwrap_or_default();
            let read = rest.len().min(bytes.len());
            bytes[..read].copy_from_slice(&rest[..read]);
            read
        })
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let at = usize::try_from(at).map_err(|_| too_far())?;
        at.checked_add(bytes.len()).filter(|end| *end < MAX_FILE_BYTES).ok_or_else(too_far)?;
        self.state()?.step(Step::Write { ino: self.ino, at, bytes: bytes.to_vec() })
    }

    fn sync(&self) -> io::Result<()> {
        self.state()?.step(Step::Sync { ino: self.ino })
    }
}

/// No file of a locker comes near it.
const MAX_FILE_BYTES: usize = 1 << 30;

impl Drop for Handle {
    fn drop(&mut self) {
        self.with_even_off(|file| file.handles = file.handles.saturating_sub(1));
    }
}

/// A file that is held against others.
pub(super) struct Held(pub(super) Handle);

impl Hold for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.with_even_off(|file| file.held = false);
    }
}
