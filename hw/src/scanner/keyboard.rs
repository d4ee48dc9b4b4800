//! A scanner that types as a keyboard: its events are taken exclusively, so that nobody types into the kiosk by barcode.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::Instant;

use super::ScanSink;
use super::keymap::{Key, Keymap};
use super::splitter::Splitter;
use super::thread::Teller;

/// A device that gives keys, held by nobody else.
trait Keys {
    /// To wait on.
    fn ready(&self) -> BorrowedFd<'_>;
    /// The keys since the last time.
    fn take(&mut self) -> io::Result<Vec<Key>>;
}

/// An input device of Linux.
struct Device(evdev::Device);

impl Device {
    /// Opens and grabs it. Named by `/dev/input/by-id` or `by-path`, it is found again wherever it is plugged in.
    fn open(path: &Path) -> Result<Self, String> {
        let mut device = evdev::Device::open(path)
            .map_err(|error| format!("{} cannot be opened: {error}", path.display()))?;
        let has_keys = device.supported_keys().is_some_and(|keys| keys.contains(evdev::KeyCode::KEY_ENTER));
        if !has_keys {
            return Err(format!("{} is no keyboard: it has no Enter", path.display()));
        }
        device.grab().map_err(|error| format!("{} is held by another program: {error}", path.display()))?;
        device.set_nonblocking(true).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(device))
    }
}

impl Keys for Device {
    fn ready(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    fn take(&mut self) -> io::Result<Vec<Key>> {
        let events = match self.0.fetch_events() {
            Ok(events) => events,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        // Linux's input.rst: 0 is a release, 1 a press, 2 a repetition, which no scanner means.
        let keys = events.filter(|event| event.event_type() == evdev::EventType::KEY && event.value() < 2);
        Ok(keys.map(|event| Key { code: event.code(), pressed: event.value() == 1 }).collect())
    }
}

pub(super) fn run<S: ScanSink>(path: &Path, mut teller: Teller<S>) {
    while !teller.stopping() {
        teller.turn();
        let why = match Device::open(path) {
            Ok(device) => match serve(&mut teller, device) {
                Ok(()) => return,
                Err(error) => format!("the keyboard failed: {error}"),
            },
            Err(why) => why,
        };
        teller.back_off(&why);
    }
}

/// Serves an open device until it fails, or returns when asked to stop.
fn serve<S: ScanSink>(teller: &mut Teller<S>, mut device: impl Keys) -> io::Result<()> {
    // It cannot be asked anything: that it is there is all that is known of it.
    teller.fine();
    let (mut keymap, mut splitter, mut heard_at) = (Keymap::default(), Splitter::default(), Instant::now());
    while !teller.stopping() {
        teller.turn();
        teller.break_off(&mut splitter, heard_at);
        if !teller.wait(device.ready(), Teller::<S>::longest_wait(&splitter, heard_at))? {
            continue;
        }
        let bytes: Vec<u8> = device.take()?.into_iter().filter_map(|key| keymap.byte(key)).collect();
        if bytes.is_empty() {
            continue;
        }
        heard_at = Instant::now();
        let mut found = Vec::new();
        splitter.feed(&bytes, None, |one| found.push(one));
        teller.sort(found, teller.now_ms());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::os::fd::OwnedFd;
    use std::sync::{Arc, Mutex};

    use super::super::thread::Stop;
    use super::super::{Scan, Unreadable};
    use super::*;
    use crate::Heartbeat;

    /// Gives its keys, one read after another, and is then unplugged.
    struct Played {
        ready: OwnedFd,
        reads: VecDeque<Vec<Key>>,
    }

    impl Keys for Played {
        fn ready(&self) -> BorrowedFd<'_> {
            self.ready.as_fd()
        }

        fn take(&mut self) -> io::Result<Vec<Key>> {
            self.reads.pop_front().ok_or_else(|| io::ErrorKind::NotConnected.into())
        }
    }

    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<String>>>);

    impl ScanSink for Told {
        fn scanned(&self, scan: Scan, _at_ms: u64) {
            let told = match scan {
                Scan::Text(text) => text,
                Scan::Unreadable(Unreadable::ControlByte) => "unreadable".to_owned(),
                Scan::Unreadable(other) => panic!("{other}"),
            };
            self.0.lock().unwrap().push(told);
        }

        fn scanner_lost(&self, _why: &str) {
            self.0.lock().unwrap().push("lost".to_owned());
        }

        fn scanner_back(&self) {
            self.0.lock().unwrap().push("back".to_owned());
        }
    }

    #[test]
    fn a_scan_that_comes_in_several_reads_is_one_scan_and_an_unplugged_keyboard_is_told() {
        let pressed = |code| Key { code, pressed: true };
        // 1 2, Enter; F1, Enter.
        let reads = [vec![pressed(2)], vec![pressed(3), pressed(28)], vec![pressed(59), pressed(28)]];
        // The null device can always be read.
        let ready = std::fs::File::open("/dev/null").unwrap().into();
        let told = Told::default();
        let stop = Arc::new(Stop::new().unwrap());
        let mut teller = Teller::new(Arc::new(|| 0), told.clone(), stop, Heartbeat::default());
        let ended = serve(&mut teller, Played { ready, reads: reads.into() });
        teller.lost(&ended.unwrap_err().to_string());
        assert_eq!(*told.0.lock().unwrap(), ["back", "12", "unreadable", "lost"]);
    }
}
