//! The real scanner thread against emulated Newland and Honeywell modules on a pseudo-terminal, and those modules against
//! the vectors, without any driver.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;

use locker_hw::emulate::{ScannerModel, ScannerModule};
use locker_hw::scanner::{Connection, Kind, Scan, Scanner, Unreadable};
use serde::Deserialize;
use support::{PATIENCE, Recorder, Told, clock};

#[derive(Deserialize)]
struct Vectors {
    frame: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    request: String,
    answer: Option<String>,
}

const MODELS: [(ScannerModel, Kind, &str); 2] = [
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
    _scanner: Scanner,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new(model: ScannerModel, kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scanner");
        let module = Some(ScannerModule::start(model, &path).unwrap());
        let told = Recorder::default();
        let scanner = Scanner::start(Connection::new(kind, &path), clock(), told.clone()).unwrap();
        let site = Self { told, module, model, path, _scanner: scanner, _folder: folder };
        site.back(0);
        site
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

    /// Reads without a trigger, and CR stands behind the data.
    fn is_set_up(&self) -> bool {
        let module = self.module();
        match self.model {
            ScannerModel::Newland => {
                module.setting("SCNMOD").as_deref() == Some("3")
                    && module.setting("TSUSET").as_deref() == Some("0D")
            }
            ScannerModel::Honeywell => {
                module.setting("PAPPM3").is_some() && module.setting("VSUFCR").is_some()
            }
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
        for frame in vectors.frame.iter().filter(|frame| frame.answer.is_some()) {
            let answer = hex(frame.answer.as_deref().unwrap());
            port.write_all(&hex(&frame.request)).unwrap();
            let mut received = vec![0; answer.len()];
            port.read_exact(&mut received).unwrap();
            assert_eq!(received, answer, "{}", frame.request);
            checked += 1;
        }
        assert!(checked >= 6, "{model:?}: only {checked}");
    }
}

#[test]
fn a_module_is_set_up_until_the_power_goes_and_what_it_reads_comes_through() {
    for (model, kind, _) in MODELS {
        let site = Site::new(model, kind);
        assert!(site.is_set_up(), "{model:?}");
        // A setting that is kept for good would wear out its memory with every start.
        let permanent: &[u8] = match model {
            ScannerModel::Newland => b"@",
            ScannerModel::Honeywell => b".",
        };
        for frame in site.module().heard() {
            assert!(!frame.windows(1).any(|byte| byte == permanent), "{}", frame.escape_ascii());
        }
        assert_eq!(site.scan(b"912 345 6789\r"), Scan::Text("912 345 6789".to_owned()));
        assert_eq!(
            site.scan(b"]C100106141412345678908\x1d21\r\n"),
            Scan::Text("]C100106141412345678908\u{1d}21".to_owned())
        );
    }
}

#[test]
fn an_answer_before_the_data_is_stripped_and_a_hostile_code_is_unreadable() {
    for (model, kind, _) in MODELS {
        let site = Site::new(model, kind);
        let answer: &[u8] = match model {
            ScannerModel::Newland => b"\x02\x010000#SCNTRG1\x06;\x03",
            ScannerModel::Honeywell => b"PAPPM3\x06!",
        };
        assert_eq!(site.scan(&[answer, b"912\r"].concat()), Scan::Text("912".to_owned()));
        assert_eq!(site.scan(b"912\x06!\r"), Scan::Unreadable(Unreadable::ControlByte));
        assert_eq!(
            site.scan(&[[b'A'; 4096].as_slice(), b"\r"].concat()),
            Scan::Unreadable(Unreadable::TooLong)
        );
        assert_eq!(site.scan(b"no end"), Scan::Unreadable(Unreadable::BrokenOff));
        assert_eq!(site.scan(b"912\r"), Scan::Text("912".to_owned()));
    }
}

#[test]
fn a_module_that_was_unplugged_is_lost_and_set_up_again() {
    for (model, kind, _) in MODELS {
        let mut site = Site::new(model, kind);
        let from = site.told.count();
        site.module = None;
        site.lost(from);
        site.module = Some(ScannerModule::start(model, &site.path).unwrap());
        site.back(from);
        assert!(site.is_set_up(), "{model:?}");
    }
}

#[test]
fn a_module_that_lost_its_settings_unnoticed_gets_them_again() {
    for (model, kind, _) in MODELS {
        let site = Site::new(model, kind);
        site.module().forget_settings();
        let (name, data) = match model {
            ScannerModel::Newland => ("SCNMOD", "3"),
            ScannerModel::Honeywell => ("DLYRRD", "2000"),
        };
        assert!(site.module().wait_setting(name, data, PATIENCE), "{model:?}");
    }
}
