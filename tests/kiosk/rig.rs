//! A kiosk, its cabinet and scanner, and the test as its sync and hub.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use locker_crypto::{CodeKey, SigningKey, VerifyingKey, enrol, label_tag};
use locker_engine::link::{self, ToKiosk, ToSync};
use locker_hw::emulate::{Cabinet, Direction, LockLine, ScannerModel, ScannerModule, StatusOfClosed};
use locker_hw::profile::DEMO_24;
use locker_protocol::change::{Announcement, Role, Staff};
use locker_protocol::claim::Claim;
use locker_protocol::seal::{from_bytes, seal, to_bytes, unseal};
use locker_protocol::uplink::{Batch, Held, Hello, HelloAnswer, SealedBytes, Standing};
use locker_protocol::{
    Change, Label, LockerId, Nonce, Numbered, ParcelId, Pass, PickupCode, PublicKey, RecipientId, Right,
    Sign, Size, StaffId, TenantId,
};
use locker_ui::Seen;
use locker_ui::glass::Client;

/// No screen or socket takes longer, however busy the machine is.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// A scanner that is not set up yet loses a scan: a person holds the code there again.
const SCANS_AGAIN_AFTER: Duration = Duration::from_secs(3);

pub const LOCKER: LockerId = LockerId(77);
pub const ANA: RecipientId = RecipientId(501);
/// What the hub says the time is: in 2027.
pub const HUB_UNIX_S: u64 = 1_800_000_000;

/// A kiosk that is ended with the test.
pub struct Kiosk(pub Child);

impl Drop for Kiosk {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub struct Rig {
    pub folder: tempfile::TempDir,
    pub cabinet: Cabinet,
    pub board: Option<LockLine>,
    pub scanner: ScannerModule,
    pub kiosk: Kiosk,
    pub glass: Client,
    pub sync: UnixStream,
    pub hub: SigningKey,
    pub codes: CodeKey,
    pub journal_key: PublicKey,
    pub next_number: u64,
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32]).unwrap()
}

fn start(folder: &Path) -> Kiosk {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("kiosk.log")).unwrap();
    // A disk that is full answers with an error, never with the signal that a limit of the process would send.
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_locker"), "kiosk"])
        .arg("--config")
        .arg(folder.join("locker.toml"))
        .arg("--clock")
        .arg(folder.join("clock"))
        .arg("--glass")
        .arg(folder.join("glass"))
        .stdin(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    Kiosk(child)
}

fn machine_ms() -> u64 {
    let uptime = fs::read_to_string("/proc/uptime").unwrap();
    let seconds: f64 = uptime.split_whitespace().next().unwrap().parse().unwrap();
    (seconds * 1_000.0) as u64
}

pub fn board(folder: &Path, cabinet: &Cabinet) -> LockLine {
    LockLine::shuoming(&folder.join("locks"), cabinet.clone(), 1, StatusOfClosed::Eleven).unwrap()
}

/// A folder that is away.
pub struct TakenAway {
    from: PathBuf,
    to: PathBuf,
}

impl TakenAway {
    pub fn mend(self) {
        fs::remove_file(&self.from).unwrap();
        fs::rename(&self.to, &self.from).unwrap();
    }
}

impl Rig {
    /// A locker that has just been enrolled and greeted by its hub.
    pub fn enrolled() -> Self {
        Self::enrolled_with(|_| String::new())
    }

    /// The same with more in its configuration, which may name files of its folder.
    pub fn enrolled_with(more: impl FnOnce(&Path) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let cabinet = Cabinet::new(24);
        let board = board(path, &cabinet);
        let scanner = ScannerModule::start(ScannerModel::Gm65, &path.join("scanner")).unwrap();
        fs::write(path.join("demo-24.toml"), DEMO_24).unwrap();
        fs::write(path.join("clock"), format!("{0} {0} 1", machine_ms())).unwrap();
        let settings = format!(
            "[locker]\nstate = \"{0}/state\"\nsocket = \"{0}/sync.sock\"\nprofile = \"demo-24.toml\"\n\
             [ports]\nlocks = \"{0}/locks\"\n[scanner]\nfamily = \"gm65\"\nport = \"{0}/scanner\"\n\
             [screen]\nwidth_mm = 218\n[hub]\nurl = \"http://127.0.0.1:9\"\n[sync]\nstate = \"{0}/sync\"\n",
            path.display()
        );
        fs::write(path.join("locker.toml"), settings + &more(path)).unwrap();
        let kiosk = start(path);
        let mut glass = Client::connect_within(&path.join("glass"), PATIENCE).unwrap();
        wait(&mut glass, "a claim", |spoken| spoken.contains("Ready to join"));
        let claim = Claim::parse(&read_qr(&glass.picture().unwrap().png)).unwrap();
        let mut sync = UnixStream::connect(path.join("sync.sock")).unwrap();
        sync.set_read_timeout(Some(PATIENCE)).unwrap();
        let hub = key(1);
        link::write(&mut sync, &ToKiosk::Ready { transport_key: Sign::public_key(&key(9)), witness: None })
            .unwrap();
        let Some(ToSync::Enrol { request }) = link::read(&mut sync).unwrap() else { panic!("no request") };
        let request: locker_protocol::enrol::EnrolRequest = from_bytes(&request.0).unwrap();
        let (answer, codes) = enrol::answer(&claim, &request, LOCKER, Sign::public_key(&hub)).unwrap();
        let answer = SealedBytes(to_bytes(&answer));
        link::write(&mut sync, &ToKiosk::Enrolled { answer }).unwrap();
        let journal_key = request.journal_key;
        let mut rig = Self {
            folder,
            cabinet,
            board: Some(board),
            scanner,
            kiosk,
            glass,
            sync,
            hub,
            codes,
            journal_key,
            next_number: 1,
        };
        rig.greet(HUB_UNIX_S);
        rig.wait("home", |spoken| spoken.contains("Scan your code"));
        rig
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn say(&mut self, message: &ToKiosk) {
        link::write(&mut self.sync, message).unwrap();
    }

    /// The next message of the kiosk that is wanted; batches in between are taken as the hub takes them.
    pub fn hear<T>(&mut self, wanted: impl Fn(&ToSync) -> Option<T>) -> T {
        loop {
            let message = link::read::<ToSync>(&mut self.sync).unwrap().expect("the kiosk to go on talking");
            if let Some(found) = wanted(&message) {
                return found;
            }
            if let ToSync::Batch { batch, .. } = message {
                let batch: Batch = unseal(&batch.0, &VerifyingKey(self.journal_key)).unwrap();
                let up_to = batch.first + batch.entries.len() as u64 - 1;
                let held =
                    Held { locker: LOCKER, journal: batch.journal, up_to, kiosk_nonce: batch.kiosk_nonce };
                let held = SealedBytes(seal(&held, &self.hub));
                self.say(&ToKiosk::Held { held });
            }
        }
    }

    /// A session begins, and the hub says the time.
    pub fn greet(&mut self, unix_s: u64) {
        self.say(&ToKiosk::Session { hub_nonce: Nonce([7; 16]) });
        let hello = self.hear(|message| match message {
            ToSync::Hello { hello } => Some(hello.clone()),
            _ => None,
        });
        let hello: Hello = unseal(&hello.0, &VerifyingKey(self.journal_key)).unwrap();
        let answer = HelloAnswer {
            locker: LOCKER,
            kiosk_nonce: hello.kiosk_nonce,
            unix_s,
            generation: 1,
            held: 0,
            standing: Standing::InStep,
        };
        let answer = SealedBytes(seal(&answer, &self.hub));
        self.say(&ToKiosk::HelloAnswer { answer });
        self.hear(|message| matches!(message, ToSync::Cursor { .. }).then_some(()));
    }

    /// Connects anew as sync, in the place of the one before.
    pub fn relink(&mut self) {
        self.sync = UnixStream::connect(self.path("sync.sock")).unwrap();
        self.sync.set_read_timeout(Some(PATIENCE)).unwrap();
        self.say(&ToKiosk::Ready { transport_key: Sign::public_key(&key(9)), witness: None });
        self.hear(|message| matches!(message, ToSync::Identity { .. }).then_some(()));
    }

    pub fn announcement(&self, parcel: u64) -> (Change, Label, PickupCode) {
        let label = Label::new(&format!("LABEL{parcel:05}")).unwrap();
        let last = u8::try_from(parcel % 10).unwrap();
        let code = PickupCode::from_random([1, 2, 3, 4, 5, 6, 7, 8, last]).unwrap();
        let announcement = Announcement {
            parcel: ParcelId(parcel),
            tenant: TenantId(1),
            label: label.clone(),
            label_tag: label_tag(&label),
            recipient: ANA,
            code: code.tag(&self.codes),
            size: Size::S,
            retention_s: 72 * 3_600,
            reachable: false,
            order: None,
            keep: None,
        };
        (Change::Announce { announcement }, label, code)
    }

    /// The hub announces a parcel, and the kiosk takes it in.
    pub fn announce(&mut self, parcel: u64) -> (Label, PickupCode) {
        let (change, label, code) = self.announcement(parcel);
        let number = self.next_number;
        self.next_number += 1;
        let sealed = SealedBytes(seal(&Numbered { locker: LOCKER, number, change }, &self.hub));
        self.say(&ToKiosk::Changes { changes: vec![sealed] });
        self.hear(|message| {
            matches!(message, ToSync::Cursor { number: said } if *said == number).then_some(())
        });
        (label, code)
    }

    pub fn pass(&self) -> String {
        let right = Right::Collect { recipient: ANA, label: None };
        Pass { locker: LOCKER, expires_unix_s: None, right }.to_text(&self.hub)
    }

    pub fn badge(&self, expires_unix_s: Option<u64>) -> String {
        let staff = Staff { staff: StaffId(3), tenant: TenantId(1), role: Role::Courier, pin: None };
        Pass { locker: LOCKER, expires_unix_s, right: Right::SignIn { staff } }.to_text(&self.hub)
    }

    pub fn technicians_badge(&self) -> String {
        let staff = Staff { staff: StaffId(4), tenant: TenantId(0), role: Role::Technician, pin: None };
        let right = Right::SignIn { staff };
        Pass { locker: LOCKER, expires_unix_s: None, right }.to_text(&self.hub)
    }

    /// A courier brings the announced parcel: which channel it is behind.
    pub fn deposit(&mut self, label: &Label) -> u8 {
        let badge = self.badge(None);
        self.scan(&badge, "the courier's screen", |spoken| {
            spoken.contains(" free: ") && !spoken.contains("0 free: 0")
        });
        self.scan(label.as_str(), "an open door", |spoken| spoken.contains("is open."));
        let channel = self.open_channel();
        self.cabinet.put(channel, label.as_str()).unwrap();
        self.cabinet.push_shut(channel).unwrap();
        self.wait("stored", |spoken| spoken.contains(": stored"));
        self.glass.press_label("Finish").unwrap();
        // What was moved is told, with its receipt.
        self.wait("the stop's end", |spoken| spoken.contains(" left over") || spoken.contains("All done"));
        // The same button again at once would be a slip of the finger.
        self.later(Duration::from_millis(200));
        self.glass.press_label("Finish").unwrap();
        self.wait("home", |spoken| spoken.contains("Scan your code"));
        channel
    }

    pub fn open_channel(&self) -> u8 {
        (1..=24).find(|channel| self.cabinet.is_open(*channel)).expect("an open door")
    }

    /// Waits until the kiosk has asked the board for its doors and taken the answer in, both from now on: nobody at a door is
    /// quicker than that.
    pub fn wait_read(&self) {
        use Direction::{FromPart, ToPart};
        let wire = self.board.as_ref().expect("a board").subscribe(64);
        // The first question may have been on its way, and the last one shows that the answer before it was heard.
        for next in [ToPart, FromPart, ToPart, FromPart, ToPart] {
            while wire.recv_timeout(PATIENCE).expect("a locker that polls").direction != next {}
        }
    }

    /// Holds it before the scanner until the screen answers.
    pub fn scan(&mut self, text: &str, what: &str, answered: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            self.scanner.scan(text);
            match self.glass.wait_until(SCANS_AGAIN_AFTER, |seen: &Seen| answered(&seen.spoken)) {
                Ok(seen) => return seen.spoken,
                Err(error) => assert!(began.elapsed() < PATIENCE, "{what}: {error}\n{}", self.log()),
            }
        }
    }

    pub fn wait(&mut self, what: &str, is: impl Fn(&str) -> bool) -> String {
        wait(&mut self.glass, what, is)
    }

    /// The kiosk ends by itself.
    pub fn wait_end(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.kiosk.0.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the kiosk does not end\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts the kiosk (again), and looks at its screen.
    pub fn start(&mut self) {
        self.kiosk = start(self.folder.path());
        self.glass = Client::connect_within(&self.path("glass"), PATIENCE).unwrap();
    }

    /// Ends the kiosk and starts it where its journal has no place, as on a disk that is full or dead.
    pub fn break_down(&mut self) -> TakenAway {
        self.kiosk.0.kill().unwrap();
        self.kiosk.0.wait().unwrap();
        let (from, to) = (self.path("state"), self.path("away"));
        fs::rename(&from, &to).unwrap();
        fs::write(&from, b"not a folder").unwrap();
        self.start();
        TakenAway { from, to }
    }

    pub fn unlock_frames(&self) -> u64 {
        (1..=24).map(|channel| self.cabinet.look(channel).unwrap().unlock_frames).sum()
    }

    /// Moves the kiosk's clock forward.
    pub fn later(&self, by: Duration) {
        let clock = fs::read_to_string(self.path("clock")).unwrap();
        let numbers: Vec<u64> = clock.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let now_ms = numbers[1] + (machine_ms() - numbers[0]) + u64::try_from(by.as_millis()).unwrap();
        fs::write(self.path("clock.new"), format!("{} {now_ms} 1", machine_ms())).unwrap();
        fs::rename(self.path("clock.new"), self.path("clock")).unwrap();
    }

    /// Takes what is behind the open door, and closes it.
    pub fn take_out(&mut self, channel: u8, label: &Label) {
        self.cabinet.take(channel, label.as_str()).unwrap();
        self.cabinet.push_shut(channel).unwrap();
        self.wait("all done", |spoken| spoken.contains("All done"));
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("kiosk.log")).unwrap_or_default()
    }
}

fn wait(glass: &mut Client, what: &str, is: impl Fn(&str) -> bool) -> String {
    match glass.wait_until(PATIENCE, |seen: &Seen| is(&seen.spoken)) {
        Ok(seen) => seen.spoken,
        Err(error) => panic!("{what}: {error}; the screen says {:?}", glass.seen().map(|seen| seen.spoken)),
    }
}

fn read_qr(png: &[u8]) -> String {
    let picture = image::load_from_memory(png).unwrap().into_luma8();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(
        picture.width() as usize,
        picture.height() as usize,
        |x, y| picture.get_pixel(x as u32, y as u32).0[0],
    );
    prepared.detect_grids()[0].decode().unwrap().1
}
