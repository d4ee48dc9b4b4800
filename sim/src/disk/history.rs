//! Everything that was done to a disk, in order, so that the power can be cut at each step of it without doing it all again.

use super::SimDisk;
use super::state::{Ino, Named, State};

/// One thing that is done to a disk.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A file without a name. It gets the next number.
    MakeFile,
    /// A folder without a name. It gets the next number.
    MakeFolder,
    Write {
        ino: Ino,
        at: usize,
        bytes: Vec<u8>,
    },
    Length {
        ino: Ino,
        length: usize,
    },
    Names {
        folder: Ino,
        names: Vec<(String, Option<Named>)>,
    },
    Sync {
        ino: Ino,
    },
    SyncNames {
        folder: Ino,
    },
}

impl Step {
    pub(super) fn is_sync(&self) -> bool {
        matches!(self, Self::Sync { .. } | Self::SyncNames { .. })
    }
}

/// What was done to a disk since [`SimDisk::record`].
pub struct History {
    at: State,
    done: std::vec::IntoIter<Step>,
}

impl History {
    pub(super) fn new(at: State, done: Vec<Step>) -> Self {
        Self { at, done: done.into_iter() }
    }

    /// How many steps are left.
    pub fn left(&self) -> usize {
        self.done.len()
    }

    /// Goes one step on; false at the end.
    pub fn go_on(&mut self) -> bool {
        // What could be done once can be done again; what is written to a file that has no name any more is lost.
        self.done.next().map(|step| self.at.apply(&step)).is_some()
    }

    /// How many steps had been done on the disk at this point, since it was made: as [`Counts::steps`](super::Counts::steps).
    pub fn steps(&self) -> u64 {
        self.at.counts.steps
    }

    /// A disk as it was at this point, with all that a power cut could take back.
    pub fn disk(&self) -> SimDisk {
        SimDisk::of(self.at.copy())
    }
}
