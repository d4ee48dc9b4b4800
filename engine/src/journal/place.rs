//! Where a journal lies: a folder with one numbered folder inside for each journal that began there. The one with the
//! highest number is the journal; those before it were set aside as they were. A new one is made whole under another
//! name, and one renaming makes it the journal, so that a power cut leaves either.

use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::JournalError;
use crate::disk::{Disk, Hold, How, make_folder_durably};

/// How many that were set aside are kept.
const KEEP_ASIDE: usize = 3;
const UNFINISHED: &str = "unfinished";

/// The folder of all, held against other writers for as long as this lives.
pub(super) struct Folder {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    _hold: Box<dyn Hold>,
}

/// The folder of one journal.
#[derive(Clone)]
pub(super) struct Place {
    /// The disk that it lies on.
    pub(super) disk: Arc<dyn Disk>,
    /// Its number.
    pub(super) number: u32,
    /// Its path.
    pub(super) path: PathBuf,
}

fn said(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            JournalError::Full
        }
        _ => JournalError::Files { doing, path, source },
    }
}

/// All places in a folder, oldest first.
fn places(disk: &Arc<dyn Disk>, folder: &Path) -> Result<Vec<Place>, JournalError> {
    let mut places = Vec::new();
    for name in disk.names(folder).map_err(said("reading", folder))? {
        if let Some(number) = name.to_str().and_then(|name| name.parse().ok()) {
            places.push(Place { disk: Arc::clone(disk), number, path: folder.join(name) });
        }
    }
    places.sort_by_key(|place| place.number);
    Ok(places)
}

/// The journal's place in a folder, if there is a journal.
///
/// # Errors
/// What the file system says.
pub(super) fn newest(disk: &Arc<dyn Disk>, folder: &Path) -> Result<Option<Place>, JournalError> {
    Ok(places(disk, folder)?.pop())
}

/// Waits until the names in a folder are on disk.
fn wait_for_names(disk: &dyn Disk, folder: &Path) -> Result<(), JournalError> {
    disk.sync_names(folder).map_err(said("writing", folder))
}

impl Folder {
    /// Opens the folder for writing; makes it if there is none.
    ///
    /// # Errors
    /// [`JournalError::InUse`], or what the file system says.
    pub(super) fn open(disk: Arc<dyn Disk>, path: &Path) -> Result<Self, JournalError> {
        make_folder_durably(&*disk, path).map_err(said("making", path))?;
        let lock_path = path.join("lock");
        match disk.hold(&lock_path) {
            Ok(hold) => Ok(Self { disk, path: path.to_owned(), _hold: hold }),
            Err(TryLockError::WouldBlock) => Err(JournalError::InUse { folder: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(said("locking", &lock_path)(error)),
        }
    }

    /// The journal's place, if there is a journal.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn newest(&self) -> Result<Option<Place>, JournalError> {
        newest(&self.disk, &self.path)
    }

    /// An empty place in which to make the next journal.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn begin(&self) -> Result<Place, JournalError> {
        let path = self.path.join(UNFINISHED);
        match self.disk.remove_folder(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(said("removing", &path)(error)),
        }
        let number = self.newest()?.map_or(1, |newest| newest.number.saturating_add(1));
        self.disk.make_folder(&path).map_err(said("making", &path))?;
        Ok(Place { disk: Arc::clone(&self.disk), number, path })
    }

    /// Makes what lies in a place from [`begin`](Self::begin) the journal. The one before is thereby set aside.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn finish(&self, made: &Place) -> Result<Place, JournalError> {
        for name in self.disk.names(&made.path).map_err(said("reading", &made.path))? {
            let path = made.path.join(name);
            self.disk.open(&path, How::Read).and_then(|file| file.sync()).map_err(said("writing", &path))?;
        }
        wait_for_names(&*self.disk, &made.path)?;
        let path = self.path.join(made.number.to_string());
        self.disk.rename(&made.path, &path).map_err(said("naming", &path))?;
        wait_for_names(&*self.disk, &self.path)?;
        self.forget_oldest();
        Ok(Place { disk: Arc::clone(&self.disk), number: made.number, path })
    }

    /// Removes what was set aside too long ago. That it fails hinders nobody.
    fn forget_oldest(&self) {
        let Ok(places) = places(&self.disk, &self.path) else { return };
        let too_many = places.len().saturating_sub(KEEP_ASIDE + 1);
        for place in &places[..too_many] {
            if let Err(error) = self.disk.remove_folder(&place.path) {
                log::warn!("cannot remove the journal set aside in {}: {error}", place.path.display());
            }
        }
    }
}

impl Place {
    /// The database.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join("journal.db")
    }

    /// SQLite's write-ahead log.
    pub(super) fn log(&self) -> PathBuf {
        self.path.join("journal.db-wal")
    }

    /// SQLite's index of that log, shared by all who have the database open.
    pub(super) fn index(&self) -> PathBuf {
        self.path.join("journal.db-shm")
    }

    /// The second place for the number of the last entry.
    pub(super) fn head(&self) -> PathBuf {
        self.path.join("head")
    }

    fn suspicion(&self) -> PathBuf {
        self.path.join("damaged")
    }

    /// Waits until the names of its files are on disk.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn wait_for_names(&self) -> Result<(), JournalError> {
        wait_for_names(&*self.disk, &self.path)
    }

    /// Whether damage was noted here.
    pub(super) fn is_suspect(&self) -> bool {
        self.disk.exists(&self.suspicion())
    }

    /// Notes damage, so that the next start recovers even where it would not notice by itself.
    pub(super) fn suspect(&self) {
        let noted = self
            .disk
            .open(&self.suspicion(), How::Keep)
            .and_then(|file| file.sync())
            .map_err(said("writing", &self.path))
            .and_then(|()| wait_for_names(&*self.disk, &self.path));
        if let Err(error) = noted {
            log::error!("cannot note that the journal in {} is damaged: {error}", self.path.display());
        }
    }
}
