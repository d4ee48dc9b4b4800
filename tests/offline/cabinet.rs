//! The locker: the real kiosk on an emulated cabinet, with a scanner and a screen, enrolled by hand and then left alone.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use locker_crypto::SigningKey;
use locker_engine::link::{self, ToKiosk, ToSync};
use locker_hw::emulate::{Cabinet, LockLine, ScannerModel, ScannerModule, StatusOfClosed};
use locker_hw::profile::DEMO_24;
use locker_protocol::uplink::SealedBytes;
use locker_ui::Seen;
use locker_ui::glass::Client;

use crate::network::Network;
use crate::phones;

/// No screen or answer takes longer, however busy the machine is.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// A scanner that is not set up yet loses a scan, a screen takes no slip of the finger: a person tries again.
const AGAIN_AFTER: Duration = Duration::from_secs(3);

/// A process that is ended with the test.
pub struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// `locker ARGS`, whose words go to a file.
    pub fn start(args: &[&str], log: &std::path::Path) -> Self {
        let log = fs::File::create(log).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_locker"));
        command.args(args).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        Self(command.spawn().unwrap())
    }
}

pub struct Locker {
    // Ended first: what it writes to goes with the folder.
    _kiosk: Process,
    folder: tempfile::TempDir,
    cabinet: Cabinet,
    _board: LockLine,
    scanner: ScannerModule,
    glass: Client,
}

impl Locker {
    /// A locker that was enrolled at this hub a moment ago, and has heard nothing of it since.
    pub fn start(network: &Network) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let cabinet = Cabinet::new(24);
        let board =
            LockLine::shuoming(&path.join("locks"), cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap();
        let scanner = ScannerModule::start(ScannerModel::Gm65, &path.join("scanner")).unwrap();
        fs::write(path.join("demo-24.toml"), DEMO_24).unwrap();
        let settings = format!(
            "[locker]\nstate = \"{0}/state\"\nsocket = \"{0}/sync.sock\"\nprofile = \"demo-24.toml\"\n\
             [ports]\nlocks = \"{0}/locks\"\n[scanner]\nfamily = \"gm65\"\nport = \"{0}/scanner\"\n\
             [screen]\nwidth_mm = 218\n[hub]\nurl = \"{1}\"\n[sync]\nstate = \"{0}/sync\"\n",
            path.display(),
            network.url
        );
        fs::write(path.join("locker.toml"), settings).unwrap();
        let (config, glass) = (path.join("locker.toml"), path.join("glass"));
        let args = ["kiosk", "--config", config.to_str().unwrap(), "--glass", glass.to_str().unwrap()];
        let kiosk = Process::start(&args, &path.join("kiosk.log"));
        let glass = Client::connect_within(&glass, PATIENCE).unwrap();
        let mut locker = Self { _kiosk: kiosk, folder, cabinet, _board: board, scanner, glass };
        locker.enrol(network);
        locker
    }

    /// Carries the claim and the one exchange of the enrolment, and nothing else.
    fn enrol(&mut self, network: &Network) {
        self.wait("a claim", |spoken| spoken.contains("Ready to join"));
        network.claim(&self.receipt());
        let mut link = UnixStream::connect(self.folder.path().join("sync.sock")).unwrap();
        link.set_read_timeout(Some(PATIENCE)).unwrap();
        let transport_key = SigningKey::from_seed(&[9; 32]).unwrap().public_key();
        link::write(&mut link, &ToKiosk::Ready { transport_key, witness: None }).unwrap();
        let Some(ToSync::Enrol { request }) = link::read(&mut link).unwrap() else { panic!("no request") };
        let answer = SealedBytes(network.enrol(request.0));
        link::write(&mut link, &ToKiosk::Enrolled { answer }).unwrap();
        let Some(ToSync::Identity { .. }) = link::read(&mut link).unwrap() else { panic!("not enrolled") };
        drop(link);
        self.wait("home", |spoken| spoken.contains("Scan your code"));
    }

    pub fn start_sync(&self) -> Process {
        let config = self.folder.path().join("locker.toml");
        Process::start(&["sync", "--config", config.to_str().unwrap()], &self.folder.path().join("sync.log"))
    }

    /// Holds it before the scanner until the screen answers.
    pub fn scan(&mut self, text: &str, what: &str, answered: impl Fn(&str) -> bool) {
        let began = Instant::now();
        loop {
            self.scanner.scan(text);
            match self.glass.wait_until(AGAIN_AFTER, |seen: &Seen| answered(&seen.spoken)) {
                Ok(_) => return,
                Err(error) => assert!(began.elapsed() < PATIENCE, "{what}: {error}\n{}", self.state()),
            }
        }
    }

    pub fn wait(&mut self, what: &str, is: impl Fn(&str) -> bool) {
        if let Err(error) = self.glass.wait_until(PATIENCE, |seen: &Seen| is(&seen.spoken)) {
            panic!("{what}: {error}\n{}", self.state());
        }
    }

    /// Presses a button until the screen answers: the same one again at once is taken for a slip of the finger.
    pub fn press(&mut self, label: &str, what: &str, answered: impl Fn(&str) -> bool) {
        let (began, before) = (Instant::now(), self.spoken());
        loop {
            let mut pressed = Ok(());
            // What comes next may have a button of that name, too.
            if self.spoken() == before {
                pressed = self.glass.press_label(label);
            }
            match self.glass.wait_until(AGAIN_AFTER, |seen: &Seen| answered(&seen.spoken)) {
                Ok(_) => return,
                Err(error) => assert!(
                    began.elapsed() < PATIENCE,
                    "{label:?} for {what}: {pressed:?}, {error}\n{}",
                    self.state()
                ),
            }
        }
    }

    /// What the screen says.
    pub fn spoken(&mut self) -> String {
        self.glass.seen().unwrap().spoken
    }

    pub fn push_shut(&mut self, door: u8) {
        self.cabinet.push_shut(door).unwrap();
    }

    /// What a phone reads of the code on the screen.
    pub fn receipt(&mut self) -> String {
        phones::read_qr(&self.glass.picture().unwrap().png)
    }

    /// The courier holds the phone there, puts the parcel in and closes the door: which it was.
    pub fn deposit(&mut self, pass: &str, parcel: &str) -> u8 {
        self.scan(pass, "an open door", |spoken| spoken.contains("is open."));
        let door = (1..=24).find(|channel| self.cabinet.is_open(*channel)).expect("an open door");
        self.cabinet.put(door, parcel).unwrap();
        self.cabinet.push_shut(door).unwrap();
        self.wait("stored", |spoken| spoken.contains(": stored"));
        door
    }

    pub fn take_out(&mut self, door: u8, parcel: &str) {
        self.cabinet.take(door, parcel).unwrap();
        self.cabinet.push_shut(door).unwrap();
    }

    /// How many parcels are behind each door that has any.
    pub fn insides(&self) -> BTreeMap<u64, usize> {
        (1..=24)
            .map(|channel| (u64::from(channel), self.cabinet.look(channel).unwrap().inside.len()))
            .filter(|(_, inside)| *inside > 0)
            .collect()
    }

    fn state(&mut self) -> String {
        let log = fs::read_to_string(self.folder.path().join("kiosk.log")).unwrap_or_default();
        format!("the screen says {:?}\n{log}", self.glass.seen().map(|seen| seen.spoken))
    }
}
