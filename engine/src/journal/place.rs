//! Where a journal lies: a folder with one numbered folder inside for each journal that began there. The one with the
//! highest number is the journal; those before it were set aside as they were. A new one is made whole under another
//! name, and one renaming makes it the journal, so that a power cut leaves either.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::error::JournalError;

/// How many that were set aside are kept.
const KEEP_ASIDE: usize = 3;
const UNFINISHED: &str = "unfinished";

/// The folder of all, held against other writers for as long as this lives.
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

/// The folder of one journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
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
fn places(folder: &Path) -> Result<Vec<Place>, JournalError> {
    let mut places = Vec::new();
    for entry in fs::read_dir(folder).map_err(said("reading", folder))? {
        let entry = entry.map_err(said("reading", folder))?;
        let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
        if let Some(number) = number {
            places.push(Place { number, path: entry.path() });
        }
    }
    places.sort_by_key(|place| place.number);
    Ok(places)
}

/// The journal's place in a folder, if there is a journal.
///
/// # Errors
/// What the file system says.
pub(super) fn newest(folder: &Path) -> Result<Option<Place>, JournalError> {
    Ok(places(folder)?.pop())
}

/// Waits until the names in a folder are on disk.
fn wait_for_names(folder: &Path) -> Result<(), JournalError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(said("writing", folder))
}

impl Folder {
    /// Opens the folder for writing; makes it if there is none.
    ///
    /// # Errors
    /// [`JournalError::InUse`], or what the file system says.
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        fs::create_dir_all(path).map_err(said("making", path))?;
        let lock_path = path.join("lock");
        let lock = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(said("opening", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(JournalError::InUse { folder: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(said("locking", &lock_path)(error)),
        }
    }

    /// The journal's place, if there is a journal.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn newest(&self) -> Result<Option<Place>, JournalError> {
        newest(&self.path)
    }

    /// An empty place in which to make the next journal.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn begin(&self) -> Result<Place, JournalError> {
        let path = self.path.join(UNFINISHED);
        match fs::remove_dir_all(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(said("removing", &path)(error)),
        }
        let number = self.newest()?.map_or(1, |newest| newest.number.saturating_add(1));
        fs::create_dir(&path).map_err(said("making", &path))?;
        Ok(Place { number, path })
    }

    /// Makes what lies in a place from [`begin`](Self::begin) the journal. The one before is thereby set aside.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn finish(&self, made: &Place) -> Result<Place, JournalError> {
        for file in fs::read_dir(&made.path).map_err(said("reading", &made.path))? {
            let path = file.map_err(said("reading", &made.path))?.path();
            File::open(&path).and_then(|file| file.sync_all()).map_err(said("writing", &path))?;
        }
        wait_for_names(&made.path)?;
        let path = self.path.join(made.number.to_string());
        fs::rename(&made.path, &path).map_err(said("naming", &path))?;
        wait_for_names(&self.path)?;
        self.forget_oldest();
        Ok(Place { number: made.number, path })
    }

    /// Removes what was set aside too long ago. That it fails hinders nobody.
    fn forget_oldest(&self) {
        let Ok(places) = places(&self.path) else { return };
        let too_many = places.len().saturating_sub(KEEP_ASIDE + 1);
        for place in &places[..too_many] {
            if let Err(error) = fs::remove_dir_all(&place.path) {
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

    /// Whether damage was noted here.
    pub(super) fn is_suspect(&self) -> bool {
        self.suspicion().exists()
    }

    /// Notes damage, so that the next start recovers even where it would not notice by itself.
    pub(super) fn suspect(&self) {
        let noted = File::create(self.suspicion())
            .and_then(|file| file.sync_all())
            .map(|()| wait_for_names(&self.path));
        if let Err(error) = noted {
            log::error!("cannot note that the journal in {} is damaged: {error}", self.path.display());
        }
    }
}
