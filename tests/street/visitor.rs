//! Somebody who sits down before the street: reads where something pulses, and clicks there.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use locker_ui::Seen;
use locker_ui::glass::Client;

use crate::display::Display;

/// Nothing in the street takes longer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Nobody clicks longer than this without getting anywhere.
const MOST_CLICKS: u32 = 40;

/// One demo, and what it has said.
pub struct Visitor {
    demo: Child,
    lines: Receiver<String>,
    said: Vec<String>,
    pulsing: Option<Pulse>,
    folder: PathBuf,
    pictures: PathBuf,
    taken: u32,
    display: Display,
}

/// Something that pulses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// What.
    pub what: String,
    at: (i16, i16),
}

impl Visitor {
    /// Opens the street on a display of its own, and waits until both windows are there.
    pub fn sits_down(folder: &Path) -> Self {
        Self::sits_down_with(folder, &[])
    }

    /// The same, with more arguments for the demo.
    pub fn sits_down_with(folder: &Path, args: &[&str]) -> Self {
        let display = Display::start();
        let mut demo = Command::new(env!("CARGO_BIN_EXE_locker"))
            .args(["demo", "--say-pulse", "--keep"])
            .arg(folder)
            .args(args)
            .env("DISPLAY", display.name())
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (tell, lines) = channel();
        let out = BufReader::new(demo.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        let pictures = match std::env::var_os("LOCKER_STREET_PICTURES") {
            Some(folder) => PathBuf::from(folder),
            None => folder.join("street"),
        };
        std::fs::create_dir_all(&pictures).unwrap();
        Self {
            demo,
            lines,
            said: Vec::new(),
            pulsing: None,
            folder: folder.to_owned(),
            pictures,
            taken: 0,
            display,
        }
    }

    /// Reads on until the demo says a line of which `so` is true.
    pub fn wait_says(&mut self, what: &str, so: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            match self.lines.recv_timeout(PATIENCE.saturating_sub(began.elapsed())) {
                Ok(line) => {
                    self.said.push(line.clone());
                    if line.contains("  pulse  ") {
                        self.pulsing = read(&line, "  pulse  ");
                    }
                    if so(&line) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.picture("too-late");
                    panic!("{PATIENCE:?} and still not {what}:\n{}", self.said());
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the demo ended before {what}:\n{}", self.said())
                }
            }
        }
    }

    /// What pulses; after a click, what pulses next.
    pub fn pulse(&mut self) -> Pulse {
        loop {
            if let Some(pulse) = self.pulsing.clone() {
                return pulse;
            }
            self.wait_says("something pulses", |line| line.contains("  pulse  "));
        }
    }

    /// Clicks there. Until something else is told to pulse, nothing does.
    pub fn click(&mut self, pulse: &Pulse) {
        self.pulsing = None;
        self.picture(&pulse.what);
        let street = self.display.window("locker: the street").expect("the street's window");
        self.display.click(street, pulse.at);
    }

    /// Follows the pulse until somebody has taken their parcel and shut the door; gives the clicks that it took.
    pub fn collects(&mut self, who: &str) -> u32 {
        self.collects_since(who, 0)
    }

    /// The same, where they have done so before.
    pub fn collects_again(&mut self, who: &str) -> u32 {
        self.collects_since(who, self.said.len())
    }

    fn collects_since(&mut self, who: &str, since: usize) -> u32 {
        let has_taken = format!("  {who}  takes RB");
        let has_shut = format!("  {who}  pushes door");
        let mut clicks = 0;
        while !self.after(since, &has_taken).contains(&has_shut) {
            let pulse = self.pulse();
            self.click(&pulse);
            clicks += 1;
            assert!(clicks <= MOST_CLICKS, "the pulse leads nowhere:\n{}", self.said());
            self.wait_says("the click to be heard", |_| true);
        }
        clicks
    }

    /// Follows the pulse until this pulses.
    pub fn follow_to(&mut self, so: impl Fn(&str) -> bool) -> Pulse {
        for _ in 0..MOST_CLICKS {
            let pulse = self.pulse();
            if so(&pulse.what) {
                return pulse;
            }
            self.click(&pulse);
        }
        panic!("the pulse leads nowhere:\n{}", self.said());
    }

    /// The door that opened last, by the screen.
    pub fn wait_opened(&mut self) -> String {
        let opened =
            |line: &String| Some(line.split_once("screen  Open(")?.1.trim_end_matches(')').to_owned());
        match self.said.iter().rev().find_map(opened) {
            Some(door) => door,
            None => opened(&self.wait_says("a door opens", |line| line.contains("screen  Open("))).unwrap(),
        }
    }

    /// What was said after the last line with these words, that line included.
    fn after(&self, since: usize, words: &str) -> String {
        let said = &self.said[since..];
        let from = said.iter().rposition(|line| line.contains(words)).unwrap_or(said.len());
        said[from..].join("\n")
    }

    /// Clicks something in the tray. What pulsed goes on to pulse until something else is told.
    pub fn breaks(&mut self, trouble: &str) {
        let pulsing = self.pulsing.clone();
        self.click(&self.place("  tray  ", trouble));
        self.pulsing = pulsing;
    }

    /// Pushes a door, wherever the pulse is.
    pub fn pushes(&mut self, door: &str) {
        self.click(&self.place("  front  ", &format!("door {door}")));
    }

    /// Touches a button in the kiosk's window, once it is there.
    pub fn touches(&mut self, label: &str) {
        let mut glass = Client::connect(&self.folder.join("glass.sock")).unwrap();
        let is_there = |seen: &Seen| seen.focus.iter().any(|focus| focus.label == label);
        let seen =
            glass.wait_until(PATIENCE, is_there).unwrap_or_else(|error| panic!("{error}:\n{}", self.said()));
        let button = seen.focus.iter().find(|focus| focus.label == label).unwrap();
        let middle = |from: f32, length: f32| (from + length / 2.0) as i16;
        self.picture(label);
        let kiosk = self.display.window("locker").expect("the kiosk's window");
        self.display.click(kiosk, (middle(button.x, button.width), middle(button.y, button.height)));
    }

    fn place(&self, kind: &str, what: &str) -> Pulse {
        let begins = format!("{kind}{what} at ");
        let line = self.said.iter().find(|line| line.contains(&begins));
        let line = line.unwrap_or_else(|| panic!("there is no {what:?}:\n{}", self.said()));
        read(line, kind).unwrap()
    }

    /// Saves what is to be seen.
    pub fn picture(&mut self, name: &str) {
        self.taken += 1;
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        self.display.save(&self.pictures.join(format!("{:02}-{name}.png", self.taken)));
    }

    /// The windows' places: the kiosk's, and the street's.
    pub fn windows(&self) -> [(i16, i16, u16, u16); 2] {
        ["locker", "locker: the street"]
            .map(|title| self.display.place(self.display.window(title).expect("both windows are open")))
    }

    /// Closes the kiosk's window; the demo ends as when the street is closed.
    pub fn closes_the_kiosk(&self) {
        self.display.close(self.display.window("locker").expect("the kiosk's window"));
    }

    /// Closes the street; the demo ends well, and its last word tells this story.
    pub fn loses_nothing(self, story: &str) {
        let (status, said) = self.leaves();
        ends_well(status, &said, story);
    }

    /// Waits for the end that somebody else made; the demo's last word tells this story.
    pub fn sees_the_end(self, story: &str) {
        let (status, said) = self.ends();
        ends_well(status, &said, story);
    }

    /// Closes the street, and waits for the demo's end.
    pub fn leaves(self) -> (ExitStatus, Vec<String>) {
        let street = self.display.window("locker: the street").expect("the street's window");
        self.display.close(street);
        self.ends()
    }

    fn ends(mut self) -> (ExitStatus, Vec<String>) {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the demo does not end:\n{}", self.said()),
            }
        }
        (self.demo.wait().unwrap(), std::mem::take(&mut self.said))
    }

    /// Everything that was said.
    pub fn said(&self) -> String {
        self.said.join("\n")
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        // It has ended, or the test has failed.
        let _ = self.demo.kill();
        let _ = self.demo.wait();
    }
}

fn ends_well(status: ExitStatus, said: &[String], story: &str) {
    let all = said.join("\n");
    assert!(status.success(), "{all}");
    assert_eq!(said.last().unwrap(), &format!("{story}, 0 lost. Journal verified."), "{all}");
}

/// `... pulse  door 7 at 120,300`.
fn read(line: &str, after: &str) -> Option<Pulse> {
    let (_, rest) = line.split_once(after)?;
    let (what, at) = rest.rsplit_once(" at ")?;
    let (x, y) = at.split_once(',')?;
    Some(Pulse { what: what.to_owned(), at: (x.parse().ok()?, y.parse().ok()?) })
}

/// `door 7`, `RB100000017ES behind door 7`.
pub fn door_of(pulse: &Pulse) -> String {
    pulse.what.rsplit(' ').next().unwrap().to_owned()
}
