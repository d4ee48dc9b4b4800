//! The real scanner thread against an emulated GM65 on a pseudo-terminal.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::PathBuf;

use locker_hw::emulate::Gm65;
use locker_hw::scanner::{Connection, Kind, LONGEST_TEXT, Scan, Scanner, Settings, Unreadable};
use support::{PATIENCE, Recorder, Told, clock};

struct Site {
    scanner: Option<Scanner>,
    told: Recorder,
    module: Option<Gm65>,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new(plugged_in: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scanner");
        let module = plugged_in.then(|| Gm65::start(&path).unwrap());
        let told = Recorder::default();
        let scanner =
            Some(Scanner::start(Connection::new(Kind::Gm65, &path), clock(), told.clone()).unwrap());
        let site = Self { scanner, told, module, path, _folder: folder };
        if plugged_in {
            site.back(0);
        }
        site
    }

    fn module(&self) -> &Gm65 {
        self.module.as_ref().unwrap()
    }

    fn back(&self, from: usize) {
        self.told.wait(from, "the scanner's return", |told| (*told == Told::ScannerBack).then_some(()));
    }

    fn lost(&self, from: usize) {
        self.told
            .wait(from, "the scanner's loss", |told| matches!(told, Told::ScannerLost { .. }).then_some(()));
    }

    #[track_caller]
    fn next_scan(&self, from: usize) -> Scan {
        self.told.wait(from, "a scan", |told| match told {
            Told::Scanned { scan, .. } => Some(scan.clone()),
            _ => None,
        })
    }

    #[track_caller]
    fn scan(&self, bytes: &[u8]) -> Scan {
        let from = self.told.count();
        self.module().scan_bytes(bytes);
        self.next_scan(from)
    }
}

#[test]
fn a_module_is_set_up_and_what_it_reads_comes_through() {
    let site = Site::new(true);
    for zone in Settings::default().zones {
        assert_eq!(site.module().zone(zone.address), Some(zone.value));
    }
    let from = site.told.count();
    site.module().scan("912 345 6789");
    assert_eq!(site.next_scan(from), Scan::Text("912 345 6789".to_owned()));
    assert_eq!(
        site.scan(b"]C100106141412345678908\x1d21\r\n"),
        Scan::Text("]C100106141412345678908\u{1d}21".to_owned())
    );
    assert_eq!(site.scan("Grüße\r".as_bytes()), Scan::Text("Grüße".to_owned()));
}

#[test]
fn hostile_codes_are_unreadable_and_the_next_is_read() {
    let site = Site::new(true);
    assert_eq!(site.scan(&[vec![b'A'; 4096], vec![b'\r']].concat()), Scan::Unreadable(Unreadable::TooLong));
    assert_eq!(
        site.scan(&[vec![b'A'; LONGEST_TEXT + 1], vec![b'\r']].concat()),
        Scan::Unreadable(Unreadable::TooLong)
    );
    assert_eq!(site.scan(b"\x1b[2J\x07\x00\r"), Scan::Unreadable(Unreadable::ControlByte));
    assert_eq!(site.scan(b"\xff\xfe\r"), Scan::Unreadable(Unreadable::NotText));
    assert_eq!(site.scan(b"no end"), Scan::Unreadable(Unreadable::BrokenOff));
    assert_eq!(site.scan(b"912\r"), Scan::Text("912".to_owned()));
}

#[test]
fn an_acknowledgement_before_the_data_is_stripped() {
    let site = Site::new(true);
    assert_eq!(site.scan(b"\x02\x00\x00\x01\x00\x33\x31912\r"), Scan::Text("912".to_owned()));
}

#[test]
fn a_silent_module_is_lost_and_set_up_again_when_it_returns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scanner");
    let module = Gm65::start(&path).unwrap();
    module.silent(true);
    let told = Recorder::default();
    let scanner = Some(Scanner::start(Connection::new(Kind::Gm65, &path), clock(), told.clone()).unwrap());
    let site = Site { scanner, told, module: Some(module), path, _folder: folder };
    site.lost(0);
    site.module().silent(false);
    site.back(0);
    let zone = Settings::default().zones[0];
    assert_eq!(site.module().zone(zone.address), Some(zone.value));
}

#[test]
fn a_missing_port_is_told_once_and_used_when_it_appears() {
    let mut site = Site::new(false);
    site.lost(0);
    site.module = Some(Gm65::start(&site.path).unwrap());
    site.back(0);
    assert_eq!(site.scan(b"912\r"), Scan::Text("912".to_owned()));
    assert_eq!(site.told.so_far().iter().filter(|told| matches!(told, Told::ScannerLost { .. })).count(), 1);
}

#[test]
fn a_module_that_is_unplugged_and_plugged_in_is_set_up_again() {
    let mut site = Site::new(true);
    let from = site.told.count();
    site.module = None;
    site.lost(from);
    let turns = site.scanner.as_ref().unwrap().heartbeat().turns();
    site.module = Some(Gm65::start(&site.path).unwrap());
    site.back(from);
    assert!(site.scanner.as_ref().unwrap().heartbeat().turns() > turns);
    assert_eq!(site.scan(b"912\r"), Scan::Text("912".to_owned()));
}

#[test]
fn a_module_that_lost_its_settings_unnoticed_gets_them_again() {
    let site = Site::new(true);
    site.module().forget_settings();
    let zone = Settings::default().zones[0];
    assert!(site.module().wait_zone(zone.address, zone.value, PATIENCE));
}
