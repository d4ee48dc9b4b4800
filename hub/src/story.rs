//! The story of a case, in words: what a call centre reads to whoever called. Made of the locker's events alone.

use std::collections::BTreeSet;

use locker_protocol::change::{CaseAnswer, Change};
use locker_protocol::event::{
    Answer, Decline, Door, Doubt, Entitled, Entry, Event, OutOfService, Outcome, Problem, Proof, Purpose,
    Supply,
};
use locker_protocol::{CompartmentId, OpeningId, ParcelId, StaffId, TenantId};

/// One sentence of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The number of its entry.
    pub(crate) seq: u64,
    /// When, as far as the locker knew.
    pub(crate) unix_s: u64,
    /// Whether the locker knew the time; otherwise it was then or later.
    pub(crate) is_exact: bool,
    pub(crate) text: String,
}

/// What the story is about, and who may hear it.
pub(crate) struct About<'a> {
    pub(crate) compartment: CompartmentId,
    /// The case's parcels that the listener may hear of.
    pub(crate) parcels: &'a [ParcelId],
    /// Whose listener it is; none hears everything.
    pub(crate) tenant: Option<TenantId>,
}

/// An opening of the door that the story is about.
struct Told {
    opening: OpeningId,
    purpose: Purpose,
    goes_in: Vec<ParcelId>,
    comes_out: Vec<ParcelId>,
    pulsed_mono_ms: Option<u64>,
    opened_mono_ms: Option<u64>,
    is_over: bool,
}

/// Tells the entries of one journal, in their order.
pub(crate) fn tell(entries: &[Entry], about: &About<'_>) -> Vec<Line> {
    let mut teller = Teller { about, openings: Vec::new(), lying: BTreeSet::new() };
    entries
        .iter()
        .filter_map(|entry| {
            let text = teller.tell(entry)?;
            Some(Line { seq: entry.seq, unix_s: entry.at.unix_s, is_exact: entry.at.from_hub, text })
        })
        .collect()
}

struct Teller<'a> {
    about: &'a About<'a>,
    openings: Vec<Told>,
    /// The parcels of the story that lie, or may lie, behind its door.
    lying: BTreeSet<ParcelId>,
}

impl Teller<'_> {
    fn tell(&mut self, entry: &Entry) -> Option<String> {
        let (door, mono_ms) = (self.about.compartment, entry.at.mono_ms);
        match &entry.event {
            Event::Began { opening, compartment, purpose, entitled, goes_in, comes_out, baseline } => {
                if *compartment != door || !self.may_hear(goes_in, comes_out) {
                    return None;
                }
                self.openings.push(Told {
                    opening: *opening,
                    purpose: *purpose,
                    goes_in: goes_in.clone(),
                    comes_out: comes_out.clone(),
                    pulsed_mono_ms: None,
                    opened_mono_ms: None,
                    is_over: false,
                });
                Some(self.began(*purpose, *entitled, goes_in, comes_out, *baseline))
            }
            Event::Tried { opening, attempt } => {
                self.told(*opening)?.pulsed_mono_ms = Some(mono_ms);
                Some(match attempt {
                    1 => "The lock was pulsed.".to_owned(),
                    again => format!("The lock was pulsed again, the {} time.", ordinal(*again)),
                })
            }
            Event::Answered { opening, answer, .. } => {
                self.told(*opening)?;
                Some(answer_words(*answer).to_owned())
            }
            Event::Opened { opening } => {
                let told = self.told(*opening)?;
                told.opened_mono_ms = Some(mono_ms);
                let after = told.pulsed_mono_ms.map_or_else(String::new, |pulsed| {
                    format!(", {} s after the pulse", seconds(mono_ms.saturating_sub(pulsed)))
                });
                Some(format!("The sensor saw door {door} open{after}."))
            }
            Event::Ended { opening, outcome } => {
                let told = self.told(*opening)?;
                told.is_over = true;
                let text = ended(door, told, *outcome, mono_ms);
                let (came, left) = (told.goes_in.clone(), told.comes_out.clone());
                self.moved(*outcome, &came, &left);
                Some(text)
            }
            Event::Declined { opening, why } => {
                self.told(*opening)?.goes_in.clear();
                Some(format!("At the open door somebody said: {}.", decline_words(*why)))
            }
            Event::Seen { opening, parcel } => {
                self.told(*opening)?;
                Some(format!("{} was scanned behind the door.", self.named(&[*parcel])))
            }
            Event::CaseRaised { case, problem, compartment, .. } if *compartment == door => {
                Some(format!("Case {case} was raised: {}.", problem_words(*problem)))
            }
            Event::Settled { compartment, holds, by } if *compartment == door => {
                self.lying = holds.iter().copied().filter(|parcel| self.is_about(*parcel)).collect();
                Some(self.settled(holds, *by))
            }
            Event::Doubted { compartment, why } if *compartment == door => {
                Some(format!("What is behind door {door} is not known any more: {}.", doubt_words(*why)))
            }
            Event::Service { compartment, out, by } if *compartment == door => {
                let who = by.map_or_else(String::new, |staff| format!(" by technician {staff}"));
                Some(match out {
                    Some(why) => format!("Door {door} was taken out of service{who}: {}.", out_words(*why)),
                    None => format!("Door {door} was put back into service{who}."),
                })
            }
            Event::Expired { parcel } if self.is_about(*parcel) => {
                Some(format!("Parcel {} had waited for as long as it may.", parcel.0))
            }
            Event::Claimed { parcel, .. } if self.is_about(*parcel) => {
                Some(format!("A pass made parcel {} its bearer's.", parcel.0))
            }
            Event::Applied { change, .. } => self.applied(change),
            Event::Power { supply } if self.is_anything_there() => Some(supply_words(*supply).to_owned()),
            Event::Tampered { sensor } if self.is_anything_there() => Some(format!(
                "Somebody shook the locker, or opened what only staff open: \"{sensor}\" said so."
            )),
            Event::Temperature { sensor, tenths_c, in_range, compartments }
                if self.is_anything_there() && compartments.contains(&door) =>
            {
                Some(temperature_words(door, sensor, *tenths_c, *in_range))
            }
            _ => None,
        }
    }

    /// An opening that this story tells of.
    fn told(&mut self, opening: OpeningId) -> Option<&mut Told> {
        self.openings.iter_mut().rev().find(|told| told.opening == opening)
    }

    /// Whether something of the story lies, or may lie, behind its door, or is being put there.
    fn is_anything_there(&self) -> bool {
        let comes = |told: &Told| !told.is_over && told.goes_in.iter().any(|parcel| self.is_about(*parcel));
        !self.lying.is_empty() || self.openings.iter().any(comes)
    }

    /// What an opening moved, as far as its outcome tells.
    fn moved(&mut self, outcome: Outcome, came: &[ParcelId], left: &[ParcelId]) {
        match outcome {
            Outcome::NeverOpened => return,
            Outcome::Closed => self.lying.retain(|parcel| !left.contains(parcel)),
            // It may be there still, or again.
            Outcome::NotSeen
            | Outcome::Interrupted
            | Outcome::LeftOpen
            | Outcome::SaidEmpty
            | Outcome::SaidNotMine => {}
        }
        let came: Vec<_> = came.iter().copied().filter(|parcel| self.is_about(*parcel)).collect();
        self.lying.extend(came);
    }

    fn is_about(&self, parcel: ParcelId) -> bool {
        self.about.parcels.contains(&parcel)
    }

    /// Openings for somebody else's parcels are not for a tenant's ears.
    fn may_hear(&self, goes_in: &[ParcelId], comes_out: &[ParcelId]) -> bool {
        let mut touched = goes_in.iter().chain(comes_out).peekable();
        self.about.tenant.is_none()
            || touched.peek().is_none()
            || touched.any(|parcel| self.is_about(*parcel))
    }

    /// Parcels by their numbers; those of others only as such.
    fn named(&self, parcels: &[ParcelId]) -> String {
        let may = |parcel: &&ParcelId| self.about.tenant.is_none() || self.is_about(**parcel);
        let named: Vec<_> = parcels.iter().filter(may).map(|parcel| parcel.0.to_string()).collect();
        match (&named[..], parcels.len() - named.len()) {
            ([], 0) => "nothing".to_owned(),
            ([], _) => "what is another carrier's".to_owned(),
            ([one], 0) => format!("parcel {one}"),
            (some, 0) => format!("parcels {}", some.join(" and ")),
            (some, _) => format!("parcel {} and what is another carrier's", some.join(" and ")),
        }
    }

    fn began(
        &self,
        purpose: Purpose,
        entitled: Entitled,
        goes_in: &[ParcelId],
        comes_out: &[ParcelId],
        baseline: Door,
    ) -> String {
        let door = self.about.compartment;
        let who = self.person(entitled);
        let to = match purpose {
            Purpose::Deposit | Purpose::Send => format!("to put in {}", self.named(goes_in)),
            Purpose::Collect | Purpose::Retrieve => format!("to take out {}", self.named(comes_out)),
            Purpose::Service => "to look behind it".to_owned(),
        };
        let before = match baseline {
            Door::Closed => "",
            Door::Open => " It was open already.",
            Door::Unknown => " Its sensor said nothing then.",
        };
        format!("{who} was let open door {door} {to}.{before}")
    }

    fn person(&self, entitled: Entitled) -> String {
        match entitled {
            Entitled::Recipient { by, .. } => format!("The recipient, {},", proof_words(by)),
            Entitled::Courier { staff, tenant } if self.about.tenant.is_none_or(|own| own == tenant) => {
                format!("Courier {staff} of carrier {tenant}")
            }
            Entitled::Courier { .. } => "A courier of another carrier".to_owned(),
            Entitled::Depositor { .. } => "Whoever had put it in".to_owned(),
            Entitled::DepositPass { .. } => "The bearer of a deposit pass".to_owned(),
            Entitled::Technician { staff } => format!("Technician {staff}"),
            Entitled::Sender { by, .. } => format!("The sender, {},", proof_words(by)),
        }
    }

    fn settled(&self, holds: &[ParcelId], by: Option<StaffId>) -> String {
        let door = self.about.compartment;
        let found = self.named(holds);
        match by {
            Some(staff) => format!("Person {staff} looked behind door {door} and found {found}."),
            None if holds.is_empty() => format!("From then on, nothing was behind door {door}."),
            None => format!("From then on, {found} was behind door {door}, and nothing else."),
        }
    }

    fn applied(&self, change: &Change) -> Option<String> {
        let door = self.about.compartment;
        let said = match change {
            Change::Extend { parcel, by_s } if self.is_about(*parcel) => {
                format!("Parcel {} may wait {} h longer", parcel.0, by_s / 3_600)
            }
            Change::Recall { parcel } if self.is_about(*parcel) => {
                format!("Parcel {} was called back", parcel.0)
            }
            Change::NewCode { parcel, .. } if self.is_about(*parcel) => {
                format!("Parcel {} got a new code", parcel.0)
            }
            Change::Match { parcel, .. } if self.is_about(*parcel) => {
                format!("Parcel {} got its recipient", parcel.0)
            }
            Change::Service { compartment, in_service } if *compartment == door => {
                format!(
                    "Door {door} was {} service",
                    if *in_service { "put back into" } else { "taken out of" }
                )
            }
            Change::AnswerCase { case, answer: CaseAnswer::OpenAgain { parcel } }
                if self.is_about(*parcel) =>
            {
                format!(
                    "Case {case} was answered: the recipient of parcel {} may open the door again",
                    parcel.0
                )
            }
            Change::AnswerCase { case, answer: CaseAnswer::Extend { parcel, by_s } }
                if self.is_about(*parcel) =>
            {
                format!("Case {case} was answered: parcel {} may wait {} h longer", parcel.0, by_s / 3_600)
            }
            _ => return None,
        };
        Some(format!("{said}, by the hub's word."))
    }
}

fn ended(door: CompartmentId, told: &Told, outcome: Outcome, mono_ms: u64) -> String {
    match outcome {
        Outcome::Closed => {
            let open = told.opened_mono_ms.map_or_else(String::new, |opened| {
                format!(" after {} s", seconds(mono_ms.saturating_sub(opened)))
            });
            let counts = match told.purpose {
                Purpose::Deposit | Purpose::Send if told.goes_in.is_empty() => "Nothing counts as put in",
                Purpose::Deposit | Purpose::Send => "It counts as put in",
                Purpose::Collect | Purpose::Retrieve if told.comes_out.is_empty() => {
                    "Nothing counts as taken out"
                }
                Purpose::Collect | Purpose::Retrieve => "It counts as taken out",
                Purpose::Service => "What is inside was not known then",
            };
            format!("The sensor saw door {door} closed{open}. {counts}.")
        }
        Outcome::NeverOpened => {
            format!("Door {door} was watched all the time and stayed closed: nothing was moved.")
        }
        Outcome::NotSeen => format!("Door {door} was not seen well enough to tell whether it opened."),
        Outcome::Interrupted => {
            "The locker stopped in the middle of it, and what happened was not seen.".to_owned()
        }
        Outcome::LeftOpen => format!("Door {door} was left open for too long."),
        Outcome::SaidEmpty => "The recipient said that nothing was inside.".to_owned(),
        Outcome::SaidNotMine => "The recipient said that it was somebody else's, and put it back.".to_owned(),
    }
}

fn supply_words(supply: Supply) -> &'static str {
    match supply {
        Supply::Mains => "The mains were back.",
        Supply::Battery => "The mains failed: the locker ran on its battery.",
        Supply::BatteryLow => "The battery was low: nothing was taken in any more.",
        Supply::BatteryEmpty => "The battery was nearly empty: the locker stopped.",
    }
}

fn temperature_words(door: CompartmentId, sensor: &str, tenths_c: Option<i16>, in_range: bool) -> String {
    let (said, so) = match (tenths_c, in_range) {
        (Some(tenths), true) => (degrees(tenths), "in its range again"),
        (Some(tenths), false) => (degrees(tenths), "out of its range"),
        (None, _) => ("nothing any more".to_owned(), "how warm it was there is not known"),
    };
    format!("The thermometer \"{sensor}\" of door {door} said {said}: {so}.")
}

/// Degrees with one decimal.
fn degrees(tenths_c: i16) -> String {
    let sign = if tenths_c < 0 { "-" } else { "" };
    format!("{sign}{}.{} °C", tenths_c.unsigned_abs() / 10, tenths_c.unsigned_abs() % 10)
}

/// Seconds with one decimal.
fn seconds(ms: u64) -> String {
    format!("{}.{}", ms / 1_000, ms % 1_000 / 100)
}

fn ordinal(number: u8) -> String {
    match number {
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        more => format!("{more}th"),
    }
}

fn proof_words(by: Proof) -> &'static str {
    match by {
        Proof::Code => "by code",
        Proof::Pass => "by pass",
        Proof::Label => "by label",
    }
}

fn answer_words(answer: Answer) -> &'static str {
    match answer {
        Answer::NotSent => "The pulse never left the locker's computer.",
        Answer::Sent => "The lock's electronics confirmed the pulse.",
        Answer::Refused => "The lock's electronics refused the pulse.",
        Answer::Unclear => "The lock's electronics did not say whether they pulsed.",
    }
}

fn decline_words(why: Decline) -> &'static str {
    match why {
        Decline::TooSmall => "too small",
        Decline::TooLarge => "larger than needed",
        Decline::DoesNotFit => "the parcel fits into no door here",
        Decline::Found => "it is dirty, or something is inside",
    }
}

fn doubt_words(why: Doubt) -> &'static str {
    match why {
        Doubt::OpenedUnasked => "the door opened, and nobody had been let open it",
        Doubt::HistoryCut => "the locker's records of it were cut",
        Doubt::SaidOpen => "somebody said that it is open, and its sensor did not",
        Doubt::Found => "a courier found it dirty, or something inside",
        Doubt::ItemSeen => "its item sensor sees something that nobody put in",
        Doubt::ItemGone => "its item sensor sees nothing any more",
    }
}

fn out_words(why: OutOfService) -> &'static str {
    match why {
        OutOfService::Stuck => "it did not open",
        OutOfService::SensorFault => "its sensor says otherwise than people do",
        OutOfService::InterruptedTwice => "the locker stopped twice while opening it",
        OutOfService::ByHub => "the hub said so",
        OutOfService::Found => "a courier found it dirty, or something inside",
        OutOfService::ByStaff => "staff said so",
    }
}

/// What is wrong, in words.
pub(crate) fn problem_words(problem: Problem) -> &'static str {
    match problem {
        Problem::Stuck => "the door did not open",
        Problem::Empty => "the recipient found nothing",
        Problem::NotMine => "the recipient found somebody else's parcel",
        Problem::LeftOpen => "the door was left open",
        Problem::OpenedUnasked => "the door opened, and nobody had been let open it",
        Problem::InterruptedTwice => "the locker stopped twice while opening this door",
        Problem::SensorFault => "the sensor says closed, and a person says open",
        Problem::Found => "a courier found it dirty, or something inside",
        Problem::Missing => "a technician looked, and a parcel was not there",
    }
}
