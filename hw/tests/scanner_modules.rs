//! The real scanner thread against emulated modules of every kind on a pseudo-terminal, and those modules against the vectors,
//! without any driver.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use locker_hw::emulate::{ScannerModel, ScannerModule};
use locker_hw::scanner::{Connection, Kind, LONGEST_TEXT, Scan, Scanner, Settings, Unreadable};
use serde::Deserialize;
use support::{PATIENCE, Recorder, Told, clock};

#[derive(Deserialize)]
struct Vectors {
    frame: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    #[serde(default)]
    what: String,
    request: String,
    answer: Option<String>,
}

const MODELS: [(ScannerModel, Kind, &str); 3] = [
    (ScannerModel::Gm65, Kind::Gm65, include_str!("../frames/gm65.toml")),
    (ScannerModel::Newland, Kind::Newland, include_str!("../frames/newland.toml")),
    (ScannerModel::Honeywell, Kind::Honeywell, include_str!("../frames/honeywell.toml")),
];

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

struct Site {
    told: Recorder,
    module: Option<ScannerModule>,
    model: ScannerModel,
    path: PathBuf,
    scanner: Scanner,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new(model: ScannerModel, kind: Kind) -> Self {
        let site = Self::with(model, kind, |path| Some(ScannerModule::start(model, path).unwrap()));
        site.back(0);
        site
    }

    /// With the module, if there is one, that is started at the port before the thread is.
    fn with(model: ScannerModel, kind: Kind, start: impl FnOnce(&Path) -> Option<ScannerModule>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scanner");
        let module = start(&path);
        let told = Recorder::default();
        let scanner = Scanner::start(Connection::new(kind, &path), clock(), told.clone()).unwrap();
        Self { told, module, model, path, scanner, _folder: folder }
    }

    fn module(&self) -> &ScannerModule {
        self.module.as_ref().unwrap()
    }

    #[track_caller]
    fn back(&self, from: usize) {
        self.told.wait(from, "the scanner's return", |told| (*told == Told::ScannerBack).then_some(()));
    }

    #[track_caller]
    fn lost(&self, from: usize) {
        self.told
            .wait(from, "the scanner's loss", |told| matches!(told, Told::ScannerLost { .. }).then_some(()));
    }

    #[track_caller]
    fn scan(&self, bytes: &[u8]) -> Scan {
        let from = self.told.count();
        self.module().scan_bytes(bytes);
        self.told.wait(from, "a scan", |told| match told {
            Told::Scanned { scan, .. } => Some(scan.clone()),
            _ => None,
        })
    }

    /// Reads without a trigger, and CR stands behind the data where that must be said.
    fn is_set_up(&self) -> bool {
        let setting = |name: &str| self.module().setting(name);
        match self.model {
            ScannerModel::Gm65 => Settings::default()
                .zones
                .iter()
                .all(|zone| setting(&format!("{:04X}", zone.address)) == Some(format!("{:02X}", zone.value))),
            ScannerModel::Newland => {
                setting("SCNMOD").as_deref() == Some("3") && setting("TSUSET").as_deref() == Some("0D")
            }
            ScannerModel::Honeywell => setting("PAPPM3").is_some() && setting("VSUFCR").is_some(),
        }
    }
}

#[test]
fn the_modules_answer_as_the_vectors_say() {
    for (model, _, vectors) in MODELS {
        let vectors: Vectors = toml::from_str(vectors).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let module = ScannerModule::start(model, &folder.path().join("scanner")).unwrap();
        let mut port = File::options().read(true).write(true).open(module.path()).unwrap();
        let mut checked = 0;
        // What is read back must have been written before.
        let (reads, others): (Vec<_>, Vec<_>) = vectors.frame.iter().partition(|frame| frame.what == "read");
        for frame in others.iter().chain(&reads).filter(|frame| frame.answer.is_some()) {
            let answer = hex(frame.answer.as_deref().unwrap());
            port.write_all(&hex(&frame.request)).unwrap();
            let mut received = vec![0; answer.len()];
            port.read_exact(&mut received).unwrap();
            assert_eq!(received, answer, "{}", frame.request);
            checked += 1;
        }
        assert!(checked >= 5, "{model:?}: only {checked}");
    }
}

#[test]
fn a_module_is_set_up_until_the_power_goes_and_what_it_reads_comes_through() {
    for (model, kind, _) in MODELS {
        let site = Site::new(model, kind);
        assert!(site.is_set_up(), "{model:?}");
        // A setting that is kept for good would wear out its memory with every start.
        for frame in site.module().heard() {
            let is_permanent = match model {
                ScannerModel::Gm65 => frame.get(2) == Some(&0x09),
                ScannerModel::Newland => frame.contains(&b'@'),
                ScannerModel::Honeywell => frame.contains(&b'.'),
            };
            assert!(!is_permanent, "{}", frame.escape_ascii());
        }
        assert_eq!(site.scan(b"912 345 6789\r"), Scan::Text("912 345 6789".to_owned()));
        assert_eq!(
            site.scan(b"]C100106141412345678908\x1d21\r\n"),
            Scan::Text("]C100106141412345678908\u{1d}21".to_owned())
        );
        assert_eq!(site.scan("Grüße\r".as_bytes()), Scan::Text("Grüße".to_owned()));
    }
}

#[test]
fn an_answer_before_the_data_is_stripped() {
    for (model, kind, _) in MODELS {
        let site = Site::new(model, kind);
        let answer: &[u8] = match model {
            ScannerModel::Gm65 => b"\x02\x00\x00\x01\x00\x33\x31",
            ScannerModel::Newland => b"\x02\x010000#SCNTRG1\x06;\x03",
            ScannerModel::Honeywell => b"PAPPM3\x06!",
        };
        assert_eq!(site.scan(&[answer, b"912\r"].concat()), Scan::Text("912".to_owned()));
    }
}

#[test]
fn hostile_codes_are_unreadable_and_the_next_is_read() {
    for (model, kind, _) in MODELS {
        let site = Site::new(model, kind);
        for length in [4096, LONGEST_TEXT + 1] {
            let long = [vec![b'A'; length], vec![b'\r']].concat();
            assert_eq!(site.scan(&long), Scan::Unreadable(Unreadable::TooLong), "{model:?}");
        }
        for bytes in [b"\x1b[2J\x07\x00\r".as_slice(), b"912\x06!\r"] {
            assert_eq!(site.scan(bytes), Scan::Unreadable(Unreadable::ControlByte), "{model:?}");
        }
        assert_eq!(site.scan(b"\xff\xfe\r"), Scan::Unreadable(Unreadable::NotText), "{model:?}");
        assert_eq!(site.scan(b"no end"), Scan::Unreadable(Unreadable::BrokenOff), "{model:?}");
        assert_eq!(site.scan(b"912\r"), Scan::Text("912".to_owned()), "{model:?}");
    }
}

#[test]
fn a_silent_module_is_lost_and_set_up_again_when_it_returns() {
    for (model, kind, _) in MODELS {
        let site = Site::with(model, kind, |path| {
            let module = ScannerModule::start(model, path).unwrap();
            module.silent(true);
            Some(module)
        });
        site.lost(0);
        site.module().silent(false);
        site.back(0);
        assert!(site.is_set_up(), "{model:?}");
    }
}

#[test]
fn a_missing_port_is_told_once_and_used_when_it_appears() {
    for (model, kind, _) in MODELS {
        let mut site = Site::with(model, kind, |_| None);
        site.lost(0);
        site.module = Some(ScannerModule::start(model, &site.path).unwrap());
        site.back(0);
        assert_eq!(site.scan(b"912\r"), Scan::Text("912".to_owned()), "{model:?}");
        let losses =
            site.told.so_far().iter().filter(|told| matches!(told, Told::ScannerLost { .. })).count();
        assert_eq!(losses, 1, "{model:?}");
    }
}

#[test]
fn a_module_that_was_unplugged_is_lost_and_set_up_again() {
    for (model, kind, _) in MODELS {
        let mut site = Site::new(model, kind);
        let from = site.told.count();
        site.module = None;
        site.lost(from);
        let turns = site.scanner.heartbeat().turns();
        site.module = Some(ScannerModule::start(model, &site.path).unwrap());
        site.back(from);
        assert!(site.scanner.heartbeat().turns() > turns, "{model:?}");
        assert!(site.is_set_up(), "{model:?}");
        assert_eq!(site.scan(b"912\r"), Scan::Text("912".to_owned()), "{model:?}");
    }
}

#[test]
fn a_module_that_lost_its_settings_unnoticed_gets_them_again() {
    for (model, kind, _) in MODELS {
        let site = Site::new(model, kind);
        site.module().forget_settings();
        let (name, data) = match model {
            ScannerModel::Gm65 => ("0000", "D6"),
            ScannerModel::Newland => ("SCNMOD", "3"),
            ScannerModel::Honeywell => ("DLYRRD", "2000"),
        };
        assert!(site.module().wait_setting(name, data, PATIENCE), "{model:?}");
    }
}
