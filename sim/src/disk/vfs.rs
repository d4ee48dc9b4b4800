//! SQLite's way to a simulated disk: one VFS for each disk that has a database.
//!
//! Everything here is called by SQLite, by the rules of its documentation ("The OS Interface", `sqlite3_vfs`, `sqlite3_io_methods`). What
//! it does is decided elsewhere, without `unsafe`.

#![allow(unsafe_code, reason = "SQLite is C")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io::ErrorKind;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Weak};

use locker_engine::disk::DiskFile;
use rusqlite::ffi;

use super::handle::Handle;
use super::locks::Level;
use super::shared_index::{LOCKS, REGION_BYTES, SharedIndex, Taken};
use super::state::{Ino, Named};
use super::{Found, Shared, Step};

/// The longest path, in bytes.
const MAX_PATH: c_int = 512;
/// The time of a computer that never had a clock: 2000-01-01, in milliseconds since noon of the first Julian day. The journal stores no
/// time of SQLite's.
const NOW_JULIAN_MS: i64 = 211_813_444_800_000;

/// A VFS that SQLite knows.
pub(super) struct Vfs {
    vfs: *mut ffi::sqlite3_vfs,
    name: CString,
}

// SAFETY: the pointer is made in `register`, and otherwise only used by SQLite, which calls from any thread and changes nothing but its
// own list, under its own mutex.
unsafe impl Send for Vfs {}
// SAFETY: as above: a `&Vfs` gives no access to what the pointer points to.
unsafe impl Sync for Vfs {}

impl Vfs {
    /// Makes one for a disk. Nothing when SQLite has no memory.
    pub(super) fn register(disk: &Arc<Shared>) -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let name = CString::new(format!("locker-sim-{}", NEXT.fetch_add(1, Ordering::Relaxed))).ok()?;
        let vfs = Box::into_raw(Box::new(ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: size_of::<Slot>() as c_int,
            mxPathname: MAX_PATH,
            pNext: ptr::null_mut(),
            zName: name.as_ptr(),
            pAppData: Arc::as_ptr(disk).cast_mut().cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_path_name),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: Some(current_time_ms),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        }));
        let made = Self { vfs, name };
        // SAFETY: the struct lives on the heap until `drop`, which takes it out of SQLite's list first; so does its name.
        let registered = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
        (registered == ffi::SQLITE_OK).then_some(made)
    }

    pub(super) fn name(&self) -> &str {
        self.name.to_str().unwrap_or_default()
    }
}

impl Drop for Vfs {
    fn drop(&mut self) {
        // SAFETY: a connection reaches its VFS only while it has a file open, and every open file keeps the disk alive, which owns this
        // (`OpenFile::handle`). Whoever opens one has the disk. So nobody uses it any more; it came from `Box::into_raw`.
        unsafe {
            ffi::sqlite3_vfs_unregister(self.vfs);
            drop(Box::from_raw(self.vfs));
        }
    }
}

/// A file as SQLite has it: its methods, and ours.
#[repr(C)]
struct Slot {
    base: ffi::sqlite3_file,
    file: *mut OpenFile,
}

/// A file that a connection has open.
struct OpenFile {
    handle: Handle,
    level: Level,
    /// The folder to be synced with the file, once, whether the file is new or not: a log whose name is lost is lost. As SQLite's own
    /// VFS for Unix does, and like that one without a word when it fails.
    named_in: Option<Ino>,
    index: Option<Arc<SharedIndex>>,
    taken: Taken,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The disk of a VFS.
///
/// # Safety
/// `vfs` is one of `Vfs::register`, in use by a connection.
unsafe fn disk_of(vfs: *mut ffi::sqlite3_vfs) -> Arc<Shared> {
    // SAFETY: `pAppData` is from `Arc::as_ptr`, and the disk is alive while its VFS is used: see `Vfs::drop`.
    unsafe {
        let disk: *const Shared = (*vfs).pAppData.cast();
        Arc::increment_strong_count(disk);
        Arc::from_raw(disk)
    }
}

/// # Safety
/// `path` is a C string, or null, that outlives the call.
unsafe fn path_of<'a>(path: *const c_char) -> Option<&'a Path> {
    if path.is_null() {
        return None;
    }
    // SAFETY: the caller's word.
    unsafe { CStr::from_ptr(path) }.to_str().ok().map(Path::new)
}

/// # Safety
/// `file` was opened by `open` and is not closed; SQLite uses a file in one thread at a time.
unsafe fn opened<'a>(file: *mut ffi::sqlite3_file) -> &'a mut OpenFile {
    // SAFETY: `open` put a `Box` there, which `close` takes away, and SQLite calls nothing after that.
    unsafe { &mut *(*file.cast::<Slot>()).file }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    let slot = file.cast::<Slot>();
    // SAFETY: SQLite gives `szOsFile` bytes for it. Without methods it is not closed.
    unsafe { (*slot).base.pMethods = ptr::null() };
    // SAFETY: SQLite's arguments.
    let (disk, path) = unsafe { (disk_of(vfs), path_of(name)) };
    let mut state = disk.state();
    let found = match path {
        Some(path) => state.file_at(path, flags & ffi::SQLITE_OPEN_CREATE != 0),
        // A file without a name, for SQLite's own use: nothing of it is left after a power cut.
        None => state.step(Step::MakeFile).map(|()| state.nodes.len() - 1),
    };
    let handle = found.and_then(|ino| Handle::new(&disk, &mut state, ino));
    let Ok(handle) = handle else { return ffi::SQLITE_CANTOPEN };
    let synced_with_name =
        ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL;
    let folder = path
        .and_then(Path::parent)
        .filter(|_| flags & ffi::SQLITE_OPEN_CREATE != 0 && flags & synced_with_name != 0);
    let opened = OpenFile {
        handle,
        level: Level::None,
        named_in: folder.and_then(|folder| state.find_folder(folder).ok()),
        index: None,
        taken: Taken::default(),
    };
    // SAFETY: as above; `flags_out` may be null.
    unsafe {
        (*slot).file = Box::into_raw(Box::new(opened));
        (*slot).base.pMethods = &raw const METHODS;
        if !flags_out.is_null() {
            *flags_out = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: an open file, closed once.
    let mut opened = unsafe { Box::from_raw((*file.cast::<Slot>()).file) };
    if let Some(index) = opened.index.take() {
        index.give_back(&mut opened.taken, 0, LOCKS);
    }
    let OpenFile { handle, level, .. } = &mut *opened;
    handle.with_even_off(|file| file.locks.lower(level, Level::None));
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file, and `amount` bytes of SQLite's to be written; zeros make them a slice of `u8`.
    let (opened, bytes) = unsafe {
        let amount = usize::try_from(amount).unwrap_or(0);
        ptr::write_bytes(into.cast::<u8>(), 0, amount);
        (opened(file), std::slice::from_raw_parts_mut(into.cast::<u8>(), amount))
    };
    match opened.handle.read_at(bytes, u64::try_from(at).unwrap_or(u64::MAX)) {
        Ok(read) if read == bytes.len() => ffi::SQLITE_OK,
        Ok(_) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(_) => ffi::SQLITE_IOERR_READ,
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file, and `amount` bytes of SQLite's.
    let (opened, bytes) = unsafe {
        let amount = usize::try_from(amount).unwrap_or(0);
        (opened(file), std::slice::from_raw_parts(from.cast::<u8>(), amount))
    };
    match opened.handle.write_at(bytes, u64::try_from(at).unwrap_or(u64::MAX)) {
        Ok(()) => ffi::SQLITE_OK,
        Err(error) if error.kind() == ErrorKind::StorageFull => ffi::SQLITE_FULL,
        Err(_) => ffi::SQLITE_IOERR_WRITE,
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    match opened.handle.set_length(u64::try_from(size).unwrap_or(0)) {
        Ok(()) => ffi::SQLITE_OK,
        Err(_) => ffi::SQLITE_IOERR_TRUNCATE,
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    if opened.handle.sync().is_err() {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    if let Some(folder) = opened.named_in.take() {
        let _ = opened.handle.sync_names(folder);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    match opened.handle.length() {
        Ok(length) => {
            // SAFETY: SQLite's place for it.
            unsafe { *size = ffi::sqlite3_int64::try_from(length).unwrap_or(ffi::sqlite3_int64::MAX) };
            ffi::SQLITE_OK
        }
        Err(_) => ffi::SQLITE_IOERR_FSTAT,
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let OpenFile { handle, level: held, .. } = unsafe { opened(file) };
    match handle.with(|file| file.locks.raise(held, Level::of(level))) {
        Ok(true) => ffi::SQLITE_OK,
        Ok(false) => ffi::SQLITE_BUSY,
        Err(_) => ffi::SQLITE_IOERR_LOCK,
    }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let OpenFile { handle, level: held, .. } = unsafe { opened(file) };
    handle.with_even_off(|file| file.locks.lower(held, Level::of(level)));
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, reserved: *mut c_int) -> c_int {
    // SAFETY: an open file, and SQLite's place for the answer.
    unsafe {
        match opened(file).handle.with(|file| file.locks.is_reserved()) {
            Ok(is_reserved) => {
                *reserved = c_int::from(is_reserved);
                ffi::SQLITE_OK
            }
            Err(_) => ffi::SQLITE_IOERR_CHECKRESERVEDLOCK,
        }
    }
}

unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: an open file.
    let device = unsafe { opened(file) }.handle.device();
    c_int::try_from(device.sector_bytes).unwrap_or(c_int::MAX)
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: an open file.
    let device = unsafe { opened(file) }.handle.device();
    if device.safe_overwrite { ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE } else { 0 }
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    bytes: c_int,
    extend: c_int,
    mapped: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite's place for the answer.
    unsafe { *mapped = ptr::null_mut() };
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    let (Ok(region), Ok(REGION_BYTES)) = (usize::try_from(region), usize::try_from(bytes)) else {
        return ffi::SQLITE_IOERR_SHMMAP;
    };
    if opened.index.is_none() {
        let index = opened.handle.with(|file| {
            file.index.upgrade().unwrap_or_else(|| {
                let made = Arc::new(SharedIndex::default());
                file.index = Arc::downgrade(&made);
                made
            })
        });
        let Ok(index) = index else { return ffi::SQLITE_IOERR_SHMOPEN };
        opened.index = Some(index);
    }
    let found = opened.index.as_ref().and_then(|index| index.region(region, extend != 0));
    if let Some(found) = found {
        // SAFETY: as above. It stays where it is until this file gives its index back.
        unsafe { *mapped = found };
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: an open file.
    let OpenFile { index, taken, .. } = unsafe { opened(file) };
    let (Some(index), Ok(first), Ok(count)) = (index, usize::try_from(first), usize::try_from(count)) else {
        return ffi::SQLITE_IOERR_SHMLOCK;
    };
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        index.give_back(taken, first, count);
        return ffi::SQLITE_OK;
    }
    let alone = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
    if index.take(taken, first, count, alone) { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {
    fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    if let Some(index) = opened.index.take() {
        index.give_back(&mut opened.taken, 0, LOCKS);
        if delete != 0 {
            opened.handle.with_even_off(|file| file.index = Weak::new());
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: SQLite's arguments.
    let (disk, path) = unsafe { (disk_of(vfs), path_of(name)) };
    let mut state = disk.state();
    let Some(Ok(found)) = path.map(|path| state.find(path)) else { return ffi::SQLITE_IOERR_DELETE };
    let Some(Found { folder, name, named: Some(Named::File(_)) }) = found else {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    };
    if state.step(Step::Names { folder, names: vec![(name, None)] }).is_err() {
        return ffi::SQLITE_IOERR_DELETE;
    }
    if sync_folder != 0 && state.step(Step::SyncNames { folder }).is_err() {
        return ffi::SQLITE_IOERR_DIR_FSYNC;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    answer: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's arguments.
    let (disk, path) = unsafe { (disk_of(vfs), path_of(name)) };
    let mut state = disk.state();
    let found = path.map(|path| state.file_at(path, false));
    // As SQLite's own VFS for Unix: an empty file does not exist for this question.
    let there = match found {
        Some(Ok(ino)) => {
            flags != ffi::SQLITE_ACCESS_EXISTS || state.file(ino).is_ok_and(|file| !file.content.is_empty())
        }
        Some(Err(_)) | None => false,
    };
    // SAFETY: SQLite's place for the answer.
    unsafe { *answer = c_int::from(there) };
    if state.ensure_power().is_ok() { ffi::SQLITE_OK } else { ffi::SQLITE_IOERR_ACCESS }
}

unsafe extern "C" fn full_path_name(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    full: *mut c_char,
) -> c_int {
    // Paths here are whole from the start.
    // SAFETY: SQLite's C string, and `room` bytes for the answer: it is copied with its last zero only if it fits.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > usize::try_from(room).unwrap_or(0) || bytes.first() != Some(&b'/') {
            return ffi::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast(), full, bytes.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, amount: c_int, into: *mut c_char) -> c_int {
    // Always the same: chance comes from the seed, and from nowhere else.
    // SAFETY: `amount` bytes of SQLite's.
    unsafe { ptr::write_bytes(into, 7, usize::try_from(amount).unwrap_or(0)) };
    amount
}

unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, us: c_int) -> c_int {
    // Nobody waits in virtual time: whoever holds a lock does not let go of it meanwhile.
    us
}

unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, days: *mut f64) -> c_int {
    const MS_PER_DAY: f64 = 86_400_000.0;
    // SAFETY: SQLite's place for the answer.
    unsafe { *days = NOW_JULIAN_MS as f64 / MS_PER_DAY };
    ffi::SQLITE_OK
}

unsafe extern "C" fn current_time_ms(_: *mut ffi::sqlite3_vfs, ms: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite's place for the answer.
    unsafe { *ms = NOW_JULIAN_MS };
    ffi::SQLITE_OK
}

unsafe extern "C" fn last_error(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}
