//! Everything that the engine does with files, so that a simulation can put a disk of its own in their place.
//!
//! Journal, keys and sync's memory use nothing else; SQLite itself goes through the VFS that a disk names.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// Files in folders, as a Unix keeps them: a new name is safe only when its folder was synced, bytes only when their file was.
pub trait Disk: Send + Sync {
    /// The name of the SQLite VFS with which databases here are opened; nothing for the usual one.
    fn vfs(&self) -> Option<&str>;

    /// Opens a file.
    ///
    /// # Errors
    /// What the file system says.
    fn open(&self, path: &Path, how: How) -> io::Result<Box<dyn DiskFile>>;

    /// Whether there is a file or folder of this name, as far as can be told.
    fn exists(&self, path: &Path) -> bool;

    /// Gives a file or folder another name, instead of a file that has it.
    ///
    /// # Errors
    /// What the file system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes a folder, and those that it lies in, where they are missing.
    ///
    /// # Errors
    /// What the file system says.
    fn make_folder(&self, path: &Path) -> io::Result<()>;

    /// The names in a folder, in any order.
    ///
    /// # Errors
    /// What the file system says.
    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>>;

    /// Waits until the names in a folder are safe.
    ///
    /// # Errors
    /// What the file system says.
    fn sync_names(&self, folder: &Path) -> io::Result<()>;

    /// Removes a folder with everything in it.
    ///
    /// # Errors
    /// What the file system says.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;

    /// Holds a file, made if need be, against every other that does the same, until what is returned is dropped or the process ends.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] when another holds it, or what the file system says.
    fn hold(&self, path: &Path) -> Result<Box<dyn Hold>, TryLockError>;
}

/// How a file is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// To be read. It must be there.
    Read,
    /// To be read and written; made when it is not there.
    Keep,
    /// To be written, empty, for its owner's eyes only.
    Replace,
}

/// An open file.
pub trait DiskFile: Send + Sync {
    /// Its length in bytes.
    ///
    /// # Errors
    /// What the file system says.
    fn length(&self) -> io::Result<u64>;

    /// Reads bytes from an offset on: how many, 0 only behind the end.
    ///
    /// # Errors
    /// What the file system says.
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize>;

    /// Writes all of these bytes at an offset.
    ///
    /// # Errors
    /// What the file system says; some may have been written then.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;

    /// Waits until everything written is safe.
    ///
    /// # Errors
    /// What the file system says.
    fn sync(&self) -> io::Result<()>;
}

/// What [`Disk::hold`] gives.
pub trait Hold: Send + Sync {}

/// A file, read from its beginning.
pub(crate) struct FromStart {
    file: Box<dyn DiskFile>,
    at: u64,
}

impl FromStart {
    /// Opens it.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn open(disk: &dyn Disk, path: &Path) -> io::Result<Self> {
        Ok(Self { file: disk.open(path, How::Read)?, at: 0 })
    }

    /// Its length in bytes.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn length(&self) -> io::Result<u64> {
        self.file.length()
    }
}

impl Read for FromStart {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(bytes, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// The beginning of a file: all of it, unless it is longer than `most` bytes.
///
/// # Errors
/// What the file system says.
pub(crate) fn read_up_to(disk: &dyn Disk, path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    FromStart::open(disk, path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes a folder that is still there after a power cut, and those that it lies in, where they are missing.
///
/// # Errors
/// What the file system says.
pub(crate) fn make_folder_durably(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    let missing: Vec<_> = path.ancestors().take_while(|folder| !disk.exists(folder)).collect();
    disk.make_folder(path)?;
    for folder in missing.iter().rev().filter_map(|made| made.parent()) {
        // The working folder has no name in a relative path.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        disk.sync_names(folder)?;
    }
    Ok(())
}

/// The disk of this computer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn vfs(&self) -> Option<&str> {
        None
    }

    fn open(&self, path: &Path, how: How) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        match how {
            How::Read => options.read(true),
            How::Keep => options.read(true).write(true).create(true).truncate(false),
            How::Replace => options.write(true).create(true).truncate(true).mode(0o600),
        };
        Ok(Box::new(options.open(path)?))
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.file_name())).collect()
    }

    fn sync_names(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn hold(&self, path: &Path) -> Result<Box<dyn Hold>, TryLockError> {
        let file = File::options().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(TryLockError::Error)?;
        file.try_lock()?;
        Ok(Box::new(file))
    }
}

impl DiskFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        FileExt::read_at(self, bytes, at)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.write_all_at(bytes, at)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Hold for File {}
