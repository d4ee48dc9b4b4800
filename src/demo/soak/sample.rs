//! What the processes take, looked at from outside: memory, threads, open files, disk.

use std::fs;
use std::path::Path;

use locker_engine::journal::JournalReader;

use super::super::error::DemoError;

/// What one process takes.
#[derive(Clone, Copy, Default)]
pub struct Taken {
    /// Its share of memory (PSS), in KiB.
    pub pss_kib: u64,
    /// Open file descriptors.
    pub fds: u64,
    /// Threads.
    pub threads: u64,
    /// Its folder or database, in KiB, as blocks that are allocated.
    pub disk_kib: u64,
}

impl Taken {
    /// Of the process of this number, which keeps its state there.
    ///
    /// # Errors
    /// It has ended.
    pub fn look(pid: u32, state: &[&Path]) -> Result<Self, DemoError> {
        let proc = |file: &str| {
            let path = format!("/proc/{pid}/{file}");
            fs::read_to_string(&path).map_err(DemoError::io(format!("reading {path}")))
        };
        let fds = format!("/proc/{pid}/fd");
        let fds = fs::read_dir(&fds).map_err(DemoError::io(format!("reading {fds}")))?.count();
        Ok(Self {
            pss_kib: field(&proc("smaps_rollup")?, "Pss:"),
            fds: u64::try_from(fds).unwrap_or(u64::MAX),
            threads: field(&proc("status")?, "Threads:"),
            disk_kib: state.iter().map(|path| disk_kib(path)).sum(),
        })
    }
}

/// The numbers of the first and last entry that the journal keeps.
///
/// # Errors
/// The journal cannot be read.
pub fn kept(kiosk_state: &Path) -> Result<(u64, u64), DemoError> {
    Ok(JournalReader::open_read_only(kiosk_state)?.range()?.unwrap_or((1, 0)))
}

/// What a file, or all files below a folder, take on disk. What vanishes meanwhile takes nothing.
pub fn disk_kib(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(metadata) = fs::symlink_metadata(path) else { return 0 };
    if !metadata.is_dir() {
        return metadata.blocks() / 2;
    }
    fs::read_dir(path).into_iter().flatten().flatten().map(|entry| disk_kib(&entry.path())).sum()
}

fn field(text: &str, name: &str) -> u64 {
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_takes_memory_threads_and_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), [1; 9_000]).unwrap();
        let taken = Taken::look(std::process::id(), &[folder.path()]).unwrap();
        assert!(taken.pss_kib > 500 && taken.fds >= 3 && taken.threads >= 1, "{}", taken.pss_kib);
        assert!((8..64).contains(&taken.disk_kib), "{}", taken.disk_kib);
    }
}
