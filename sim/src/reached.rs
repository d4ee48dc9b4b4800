//! What histories reached: screens that people stood before, and what the locker recorded. A world that never jams a door
//! proves nothing about jammed doors.

use std::collections::BTreeMap;

use locker_engine::{Event, View};
use locker_protocol::Change;

/// How often each thing was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached(BTreeMap<String, u64>);

/// What a run of any length must reach.
const WANTED: [&str; 82] = [
    "screen Home",
    "screen Code",
    "screen NotAccepted",
    "screen CodesPaused",
    "screen List",
    "screen Opening",
    "screen PushDoor",
    "screen DoorOpen",
    "screen AskEmpty",
    "screen Reported",
    "screen Done",
    "screen Stuck",
    "screen SignIn",
    "screen Courier",
    "screen ChooseSize",
    "screen PickDeposit",
    "screen SendScan",
    "screen SendSize",
    "screen Sent",
    "screen NothingSent",
    "screen NoRoomToSend",
    "screen StillThere",
    "screen TakeOut",
    "screen AddToDoor",
    "screen LeftOvers",
    "screen StopDone",
    "screen Receipt",
    "screen TechnicianHome",
    "screen TechnicianDoors",
    "screen TechnicianDoor",
    "screen InventoryIntro",
    "screen Inventory",
    "opening Deposit",
    "opening Collect",
    "opening Retrieve",
    "opening Send",
    "outcome Closed",
    "outcome NeverOpened",
    "outcome NotSeen",
    "outcome Interrupted",
    "outcome LeftOpen",
    "outcome SaidEmpty",
    "outcome SaidNotMine",
    "doubt OpenedUnasked",
    "doubt SaidOpen",
    "doubt HistoryCut",
    "doubt Found",
    "declined",
    "left over",
    "signed out",
    "seen",
    "settled by staff",
    "out Stuck",
    "out SensorFault",
    "out InterruptedTwice",
    "case Stuck",
    "case Empty",
    "case NotMine",
    "case LeftOpen",
    "case OpenedUnasked",
    "case SensorFault",
    "answer OpenAgain",
    "answer Extend",
    "screen TechnicianAbout",
    "change applied",
    "change refused",
    "claimed",
    "expired",
    "missed",
    "forgiven",
    "recovered",
    "doubt ItemSeen",
    "doubt ItemGone",
    "case Missing",
    "case Found",
    "power Mains",
    "power Battery",
    "power BatteryLow",
    "power BatteryEmpty",
    "tampered",
    "temperature out of range",
    "temperature in range",
];

impl Reached {
    /// One more of these.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what.clone()).or_default() += count;
        }
    }

    /// Somebody stands before this screen.
    pub fn screen(&mut self, view: &View) {
        self.one("screen", &format!("{view:?}"));
    }

    /// The locker recorded this.
    pub fn event(&mut self, event: &Event) {
        match event {
            Event::Began { purpose, .. } => self.one("opening", &format!("{purpose:?}")),
            Event::Ended { outcome, .. } => self.one("outcome", &format!("{outcome:?}")),
            Event::Doubted { why, .. } => self.one("doubt", &format!("{why:?}")),
            Event::Service { out: Some(out), .. } => self.one("out", &format!("{out:?}")),
            Event::CaseRaised { problem, .. } => self.one("case", &format!("{problem:?}")),
            Event::Applied { change: Change::AnswerCase { answer, .. }, .. } => {
                self.one("answer", &format!("{answer:?}"));
            }
            Event::Applied { .. } => self.one("change", "applied"),
            Event::Refused { .. } => self.one("change", "refused"),
            Event::Declined { .. } => self.one("declined", ""),
            Event::LeftOver { .. } => self.one("left over", ""),
            Event::Seen { .. } => self.one("seen", ""),
            Event::Settled { by: Some(_), .. } => self.one("settled by staff", ""),
            Event::Power { supply } => self.one("power", &format!("{supply:?}")),
            Event::Tampered { .. } => self.one("tampered", ""),
            Event::Temperature { in_range: true, .. } => self.one("temperature in range", ""),
            Event::Temperature { in_range: false, .. } => self.one("temperature out of range", ""),
            Event::SignedOut { .. } => self.one("signed out", ""),
            Event::Claimed { .. } => self.one("claimed", ""),
            Event::Expired { .. } => self.one("expired", ""),
            Event::Missed { .. } => self.one("missed", ""),
            Event::MissForgiven { .. } => self.one("forgiven", ""),
            Event::Recovered { missing, .. } => {
                self.one("recovered", "");
                if *missing > 0 {
                    self.one("doubt", "HistoryCut");
                }
            }
            _ => {}
        }
    }

    fn one(&mut self, kind: &str, name: &str) {
        let name: String = name.chars().take_while(|c| c.is_alphanumeric()).collect();
        *self.0.entry(format!("{kind} {name}").trim_end().to_owned()).or_default() += 1;
    }

    /// What should have been reached, and was not.
    pub fn missing(&self) -> Vec<&'static str> {
        WANTED.into_iter().filter(|wanted| !self.0.contains_key(*wanted)).collect()
    }

    /// Everything, with how often.
    pub fn all(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(what, count)| (what.as_str(), *count))
    }
}
