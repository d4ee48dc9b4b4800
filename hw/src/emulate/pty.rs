//! A pseudo-terminal that outlives whoever opens its far end.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, ioctl_tiocnxcl, tcgetattr, tcsetattr};

/// A pseudo-terminal pair. The kiosk opens [`Pty::path`] as its serial port; the emulator keeps the other end, and holds
/// the kiosk's end open as well, so that neither a close nor a SIGKILL there ends the line.
#[derive(Debug)]
pub struct Pty {
    near: OwnedFd,
    far: OwnedFd,
    device: PathBuf,
    path: PathBuf,
}

impl Pty {
    /// Makes a pair and a symlink to its far end at `path`, replacing a symlink that an earlier process left there.
    ///
    /// # Errors
    /// No pseudo-terminal is to be had, or something that is no symlink is in the way.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&near)?;
        unlockpt(&near)?;
        let far = ioctl_tiocgptpeer(&near, OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        let mut raw = tcgetattr(&far)?;
        raw.make_raw();
        tcsetattr(&far, OptionalActions::Now, &raw)?;
        fcntl_setfl(&near, OFlags::NONBLOCK)?;
        let device = PathBuf::from(ptsname(&near, Vec::new())?.to_string_lossy().into_owned());
        if path.symlink_metadata().is_ok_and(|there| there.is_symlink()) {
            std::fs::remove_file(&path)?;
        }
        std::os::unix::fs::symlink(&device, &path)?;
        Ok(Self { near, far, device, path })
    }

    /// What to give the kiosk as its port. Stable as long as this lives.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says something to whoever has the far end open. Gives how many bytes there was room for.
    pub fn say(&self, bytes: &[u8]) -> usize {
        rustix::io::write(&self.near, bytes).unwrap_or(0)
    }

    /// Bits a second, as whoever opened the far end has set it.
    ///
    /// # Errors
    /// None is known, as long as this lives.
    pub fn far_baud(&self) -> io::Result<u32> {
        Ok(tcgetattr(&self.far)?.output_speed())
    }

    pub(crate) fn near(&self) -> BorrowedFd<'_> {
        self.near.as_fd()
    }

    /// Lets the port be opened again. A serial driver claims its port for itself, and a killed process leaves the claim
    /// behind because this line, unlike a real one, is never closed by its last user.
    pub fn forget_claims(&self) {
        if let Err(error) = ioctl_tiocnxcl(&self.far) {
            log::debug!("{}: the claim stays: {error}", self.path.display());
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // A successor may have put its own link there.
        if std::fs::read_link(&self.path).is_ok_and(|device| device == self.device) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
