//! A cabinet on the bench, and the technician before it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};

use locker_hw::emulate::{BoardFamily, BoardPlan, Cabinet, LockLine, Station};
use serde_json::Value;

/// The doctor's patience with the technician, in seconds; more than any hand here needs.
pub const PATIENCE_S: u32 = 20;

/// What the cabinet hangs on.
pub trait Port {
    /// What its profile calls it.
    const ROLE: &str;
    fn path(&self) -> PathBuf;
}

impl Port for LockLine {
    const ROLE: &str = "locks";

    fn path(&self) -> PathBuf {
        LockLine::path(self)
    }
}

/// A cabinet on a port: a board at the end of a line, if nothing else is said.
pub struct Bench<P = LockLine> {
    pub folder: tempfile::TempDir,
    pub cabinet: Cabinet,
    pub line: P,
    /// How long the doctor waits for a hand, in seconds.
    pub patience_s: u32,
}

impl Bench {
    /// A board that is set as `plan` says.
    pub fn with(plan: &BoardPlan) -> Self {
        Self::with_doors(plan, plan.channels)
    }

    /// The same, with locks and doors on the first `doors` of its channels only.
    pub fn with_doors(plan: &BoardPlan, doors: u8) -> Self {
        Self::at(plan, doors, plan.family.baud())
    }

    /// The same, at another speed than the family is delivered with.
    pub fn at(plan: &BoardPlan, doors: u8, baud: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cabinet = Cabinet::new(doors);
        fs::create_dir(folder.path().join("ports")).unwrap();
        let path = folder.path().join("ports/usb-1.2");
        let line = LockLine::lay(&path, baud, vec![Station::new(plan, cabinet.clone())]).unwrap();
        line.heed_baud();
        Self { folder, cabinet, line, patience_s: PATIENCE_S }
    }

    /// The board of the demo's cabinet, as its profile says.
    pub fn shuoming() -> Self {
        Self::with(&BoardPlan::usual(BoardFamily::Shuoming))
    }
}

impl<P: Port> Bench<P> {
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and gives its path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// `locker doctor`, with this profile and the port of this line.
    pub fn doctor(&self, profile: &str) -> Command {
        let path = self.write("cabinet.toml", profile);
        let mut doctor = doctor();
        let port = format!("{}={}", P::ROLE, self.line.path().display());
        doctor.arg("--profile").arg(path).arg("--port").arg(port);
        doctor
    }

    /// A configuration that names this profile and the port of this line; its path.
    pub fn configuration(&self, profile: &Path) -> PathBuf {
        let text = format!(
            "[locker]\nstate = \"{0}/state\"\nsocket = \"{0}/kiosk.sock\"\nprofile = \"{1}\"\n\n[ports]\n{3} = \"{2}\"\n\n\
             [screen]\nwidth_mm = 218\n\n[hub]\nurl = \"https://hub.example\"\n\n[sync]\nstate = \"{0}/sync\"\n",
            self.folder.path().display(),
            profile.display(),
            self.line.path().display(),
            P::ROLE,
        );
        self.write("locker.toml", &text)
    }

    /// The profile that was written passes `locker check`, and these doors of the same cabinet are healthy by it.
    #[track_caller]
    pub fn is_healthy_by_its_own_profile(&self, doors: &str, person: &Person) {
        let configuration = self.configuration(&self.path("found.toml"));
        let mut check = Command::new(env!("CARGO_BIN_EXE_locker"));
        let checked = check.args(["check", "--config"]).arg(&configuration).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        let mut again = doctor();
        again.arg("--config").arg(&configuration).args(["--open", "--doors", doors]);
        let examined = self.run(again, person);
        assert_eq!(examined.code, 0, "{}", examined.said);
        assert_eq!(examined.faults(), [""; 0]);
    }

    /// Runs the doctor with a technician who does what it asks for.
    pub fn run(&self, doctor: Command, person: &Person) -> Examined {
        self.run_and(doctor, person, |_, _| {})
    }

    /// The same; `meanwhile` hears every line as well, and first.
    pub fn run_and(
        &self,
        mut doctor: Command,
        person: &Person,
        mut meanwhile: impl FnMut(&str, &Child),
    ) -> Examined {
        let json = self.path("report.json");
        doctor.arg("--report").arg(&json).args(["--patience", &self.patience_s.to_string()]);
        let mut process =
            doctor.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut keyboard = process.stdin.take().unwrap();
        let mut said = String::new();
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            meanwhile(&line, &process);
            person.hear(&line, &self.cabinet, &mut keyboard);
            said.push_str(&line);
            said.push('\n');
        }
        let Output { status, stderr, .. } = process.wait_with_output().unwrap();
        said.push_str(&String::from_utf8_lossy(&stderr));
        let report = fs::read_to_string(&json).ok().map(|text| serde_json::from_str(&text).unwrap());
        Examined { code: status.code().unwrap(), said, report }
    }
}

pub fn doctor() -> Command {
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_locker"));
    doctor.arg("doctor");
    // A screen is one of the test's own, or there is none.
    doctor.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    doctor
}

/// What came of an examination.
pub struct Examined {
    pub code: i32,
    /// Everything that stood in the terminal.
    pub said: String,
    pub report: Option<Value>,
}

impl Examined {
    #[track_caller]
    pub fn report(&self) -> &Value {
        self.report.as_ref().unwrap_or_else(|| panic!("no report: {}", self.said))
    }

    /// What is wrong, as `part: what`.
    #[track_caller]
    pub fn faults(&self) -> Vec<String> {
        let findings = self.report()["findings"].as_array().unwrap();
        let faults = findings.iter().filter(|finding| finding["severity"] == "fault");
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
        faults.map(|finding| format!("{}: {}", text(finding, "part"), text(finding, "what"))).collect()
    }

    /// What is known of a door.
    #[track_caller]
    pub fn door(&self, number: u16) -> &Value {
        let doors = self.report()["doors"].as_array().unwrap();
        doors.iter().find(|door| door["number"] == number).unwrap()
    }
}

/// A technician, who sees doors and not sensors.
#[derive(Default)]
pub struct Person {
    /// The numbers that stand on doors, by channel, where they are not the channels' own.
    pub numbers: BTreeMap<u8, u16>,
    /// Lets a door fall shut although it is to be kept open, as a bolt does that springs back.
    pub lets_go: bool,
    /// Sees the door of this number open, also where the emulator has no door.
    pub believes_in: Option<u16>,
    /// Gives up the marks that feel nothing, once the others were touched.
    pub gives_up_marks: bool,
    /// Sees that an edge of the test picture is missing.
    pub sees_it_cut_off: bool,
}

impl Person {
    fn hear(&self, line: &str, cabinet: &Cabinet, keyboard: &mut ChildStdin) {
        let open: Vec<u8> = (1..=cabinet.channels()).filter(|channel| cabinet.is_open(*channel)).collect();
        let number = |channel: u8| self.numbers.get(&channel).copied().unwrap_or(channel.into());
        let named = || -> u16 {
            let after = line.split("oor ").nth(1).unwrap();
            after.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
        };
        let shut = || open.iter().for_each(|channel| cabinet.push_shut(*channel).unwrap());
        let mut typed = |text: &str| {
            // A doctor that has ended hears nothing more.
            let _ = writeln!(keyboard, "{text}");
        };
        if line.starts_with("Pull door") {
            for channel in &open {
                if number(*channel) != named() {
                    typed(&number(*channel).to_string());
                }
            }
            if self.lets_go {
                shut();
            }
        } else if line.contains("press Enter") && line.contains("hut") {
            shut();
            // What is only a piece of advice asks for nothing.
            if !line.starts_with("If another door") && !line.starts_with("Board ") {
                typed("");
            }
        } else if line.starts_with("Shut door") {
            shut();
        } else if line.starts_with("Put a hand") {
            cabinet.put(*open.first().unwrap(), "hand").unwrap();
        } else if line.starts_with("Take it out.") {
            cabinet.take(*open.first().unwrap(), "hand").unwrap();
        } else if line.starts_with("No sensor moved.") {
            let opened = self.believes_in == Some(named()) || !open.is_empty();
            typed(if opened { "y" } else { "n" });
        } else if line.starts_with("Touch the nine marks") && self.gives_up_marks {
            typed("");
        } else if line.starts_with("Was a thin white line") {
            typed(if self.sees_it_cut_off { "n" } else { "y" });
        }
    }
}
