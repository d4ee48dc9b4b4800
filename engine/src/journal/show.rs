//! A journal's entries in plain words, one line each.

use std::fmt;

use jiff::Timestamp;
use locker_protocol::change::{CaseAnswer, TemperatureRange};
use locker_protocol::event::{
    Answer, Decline, Door, Doubt, Entitled, Guess, OutOfService, Outcome, Problem, Proof, Purpose, Supply,
    WhyLeftOver,
};
use locker_protocol::{Change, Entry, Event, ParcelId, Refusal, StaffId};

/// One entry, as a line for people. Codes, PINs and passes are not in a journal; of a label only the end is shown.
pub struct Line<'a>(pub &'a Entry);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { seq, at, event, .. } = self.0;
        write!(f, "{seq:>7}  ")?;
        let time = i64::try_from(at.unix_s).ok().and_then(|unix_s| Timestamp::from_second(unix_s).ok());
        match time {
            Some(time) => write!(f, "{time}")?,
            None => write!(f, "{} s after 1970", at.unix_s)?,
        }
        // A floor only says that it was not earlier.
        f.write_str(if at.from_hub { "   " } else { " or later   " })?;
        write_event(f, event)
    }
}

fn write_event(f: &mut fmt::Formatter<'_>, event: &Event) -> fmt::Result {
    match event {
        Event::Started { version } => write!(f, "The kiosk started, version {version}."),
        Event::Enrolled { locker } => write!(f, "This became locker {locker}."),
        Event::Recovered { before, verified, missing } => write!(
            f,
            "Follows journal {before}, which was verified up to entry {verified}; {missing} entries are missing."
        ),
        Event::Applied { number, change } => {
            write!(f, "Change {number} of the hub: ")?;
            write_change(f, change)
        }
        Event::Refused { number, why } => {
            write!(f, "Change {number} of the hub was refused: {}.", refusal(*why))
        }
        Event::Admitted { parcel, announcement, label, tenant, size, .. } => {
            let how = if announcement.is_some() { "by its deposit pass" } else { "from its label" };
            let tail = label.tail();
            write!(f, "Parcel {parcel} (label ..{tail}, size {size}) of carrier {tenant} was admitted {how}.")
        }
        Event::Claimed { parcel, recipient } => {
            write!(f, "A pass claimed parcel {parcel} for recipient {recipient}.")
        }
        Event::Began { opening, compartment, purpose, entitled, goes_in, comes_out, baseline } => {
            write!(f, "Opening {opening}: door {compartment} to {}, for ", purpose_words(*purpose))?;
            write_entitled(f, *entitled)?;
            write_parcels(f, "; in: ", goes_in)?;
            write_parcels(f, "; out: ", comes_out)?;
            write!(f, "; the door was {}.", door(*baseline))
        }
        Event::Tried { opening, attempt } => {
            write!(f, "Opening {opening}: try {attempt}, the lock is about to be pulsed.")
        }
        Event::Answered { opening, attempt, answer } => {
            write!(f, "Opening {opening}: try {attempt}, {}.", answer_words(*answer))
        }
        Event::Opened { opening } => write!(f, "Opening {opening}: the door is open."),
        Event::Ended { opening, outcome } => {
            write!(f, "Opening {opening} ended: {}.", outcome_words(*outcome))
        }
        Event::Settled { compartment, holds, by } => {
            write!(f, "Compartment {compartment} ")?;
            if holds.is_empty() {
                f.write_str("is empty")?;
            }
            write_parcels(f, "holds ", holds)?;
            match by {
                Some(staff) => write!(f, "; person {staff} looked."),
                None => f.write_str("."),
            }
        }
        Event::Doubted { compartment, why } => {
            let why = match why {
                Doubt::OpenedUnasked => "its door opened unasked",
                Doubt::HistoryCut => "its history may be cut",
                Doubt::SaidOpen => "its sensor says closed, a person says open",
                Doubt::Found => "a courier found it dirty, or something inside",
                Doubt::ItemSeen => "its item sensor sees something that nobody put in",
                Doubt::ItemGone => "its item sensor sees nothing any more",
            };
            write!(f, "What is in compartment {compartment} is not known any more: {why}.")
        }
        Event::Service { compartment, out: None, by } => {
            write!(f, "Compartment {compartment} is back in service")?;
            write_by(f, *by)
        }
        Event::Service { compartment, out: Some(why), by } => {
            write!(f, "Compartment {compartment} is out of service: {}", out_words(*why))?;
            write_by(f, *by)
        }
        Event::Missed { guess } => write!(f, "A {} was tried that matches nothing.", guess_words(*guess)),
        Event::MissForgiven { guess } => write!(f, "One more try of a {} is allowed.", guess_words(*guess)),
        Event::Waited { seconds, doors } => {
            write!(f, "Parcels could be collected for {seconds} s")?;
            for (at, compartment) in doors.iter().enumerate() {
                f.write_str(if at == 0 { " from doors " } else { ", " })?;
                write!(f, "{compartment}")?;
            }
            f.write_str(".")
        }
        Event::Expired { parcel } => write!(f, "Parcel {parcel} has waited for as long as it may."),
        Event::CaseRaised { case, problem, compartment, opening } => {
            write!(f, "Case {case} at door {compartment}: {}", problem_words(*problem))?;
            match opening {
                Some(opening) => write!(f, " (opening {opening})."),
                None => f.write_str("."),
            }
        }
        Event::SignedIn { staff } => write!(f, "Person {staff} signed in."),
        Event::FloorRaised { unix_s } => {
            let time = i64::try_from(*unix_s).ok().and_then(|unix_s| Timestamp::from_second(unix_s).ok());
            match time {
                Some(time) => write!(f, "The hub's time is {time}."),
                None => write!(f, "The hub's time is {unix_s} s after 1970."),
            }
        }
        Event::Declined { opening, why } => {
            write!(f, "Opening {opening}: nothing goes in there: {}.", decline_words(*why))
        }
        Event::LeftOver { parcel, why, .. } => {
            match parcel {
                Some(parcel) => write!(f, "Parcel {parcel}")?,
                None => f.write_str("A parcel that nobody announced")?,
            }
            match why {
                WhyLeftOver::NoRoom { size } => {
                    write!(f, " stays with the courier: no compartment of size {size} is free.")
                }
                WhyLeftOver::DoorsSilent => f.write_str(" stays with the courier: no free door is heard."),
                WhyLeftOver::NotKept => {
                    f.write_str(" stays with the courier: no compartment that keeps its temperature is free.")
                }
                WhyLeftOver::DoesNotFit => f.write_str(" stays with the courier: it fits nowhere here."),
            }
        }
        Event::Seen { opening, parcel } => {
            write!(f, "Opening {opening}: parcel {parcel} was seen inside.")
        }
        Event::Power { supply } => f.write_str(match supply {
            Supply::Mains => "The mains are back.",
            Supply::Battery => "The mains failed: the locker runs on its battery.",
            Supply::BatteryLow => "The battery is low: nothing is taken in any more.",
            Supply::BatteryEmpty => "The battery is nearly empty: the locker stops.",
        }),
        Event::Tampered { sensor } => write!(f, "The tamper sensor \"{sensor}\" was moved."),
        Event::Temperature { sensor, tenths_c: None, in_range: true, .. } => {
            write!(f, "The thermometer \"{sensor}\" is not in the cabinet's profile any more.")
        }
        Event::Temperature { sensor, tenths_c, in_range, compartments } => {
            write!(f, "The thermometer \"{sensor}\" ")?;
            if !compartments.is_empty() {
                let doors: Vec<_> = compartments.iter().map(ToString::to_string).collect();
                write!(f, "of doors {} ", doors.join(", "))?;
            }
            match tenths_c {
                Some(tenths) => write!(f, "says {:.1} degrees Celsius: ", f32::from(*tenths) / 10.0)?,
                None => f.write_str("says nothing: ")?,
            }
            f.write_str(if *in_range { "in range again." } else { "out of range." })
        }
        Event::SignedOut { staff, stored, taken_out, left_over } => {
            write!(f, "Person {staff} signed out: {stored} in, {taken_out} out, {left_over} left over.")
        }
    }
}

fn write_change(f: &mut fmt::Formatter<'_>, change: &Change) -> fmt::Result {
    match change {
        Change::Announce { announcement } => {
            let (parcel, tail, tenant) =
                (announcement.parcel, announcement.label.tail(), announcement.tenant);
            write!(
                f,
                "parcel {parcel} (label ..{tail}, size {}) of carrier {tenant} will come",
                announcement.size
            )?;
            match announcement.keep {
                Some(TemperatureRange { low_tenths_c, high_tenths_c }) => write!(
                    f,
                    ", to be kept at {:.1} to {:.1} degrees Celsius.",
                    f32::from(low_tenths_c) / 10.0,
                    f32::from(high_tenths_c) / 10.0
                ),
                None => f.write_str("."),
            }
        }
        Change::AnnounceReturn { announcement } => {
            let (parcel, tail, tenant) =
                (announcement.parcel, announcement.label.tail(), announcement.tenant);
            write!(f, "parcel {parcel} (label ..{tail}) will be sent here, by carrier {tenant}.")
        }
        Change::Cancel { parcel } => write!(f, "parcel {parcel} will not come."),
        Change::Extend { parcel, by_s } => write!(f, "parcel {parcel} may wait {by_s} s longer."),
        Change::Recall { parcel } => write!(f, "parcel {parcel} is to be taken out again."),
        Change::NewCode { parcel, .. } => write!(f, "parcel {parcel} has a new pickup code."),
        Change::Match { parcel, recipient, .. } => write!(f, "parcel {parcel} is for recipient {recipient}."),
        Change::Staff { staff } => write!(f, "person {} may work here.", staff.staff),
        Change::RevokeStaff { staff } => write!(f, "person {staff} may no longer work here."),
        Change::RefillCodes => f.write_str("pickup codes may be typed again."),
        Change::Service { compartment, in_service: true } => {
            write!(f, "compartment {compartment} is in service.")
        }
        Change::Service { compartment, in_service: false } => {
            write!(f, "compartment {compartment} is out of service.")
        }
        Change::AnswerCase { case, answer } => {
            write!(f, "case {case} is answered: ")?;
            write_answer(f, *answer)
        }
    }
}

fn write_answer(f: &mut fmt::Formatter<'_>, answer: CaseAnswer) -> fmt::Result {
    match answer {
        CaseAnswer::OpenAgain { parcel } => {
            write!(f, "parcel {parcel} may still be there, and its recipient may look again.")
        }
        CaseAnswer::Extend { parcel, by_s } => write!(f, "parcel {parcel} may wait {by_s} s longer."),
        CaseAnswer::StaffComes => f.write_str("staff come and look."),
    }
}

fn write_by(f: &mut fmt::Formatter<'_>, by: Option<StaffId>) -> fmt::Result {
    match by {
        Some(staff) => write!(f, "; person {staff} decided it."),
        None => f.write_str("."),
    }
}

fn decline_words(why: Decline) -> &'static str {
    match why {
        Decline::TooSmall => "it is too small",
        Decline::TooLarge => "a smaller one will do",
        Decline::DoesNotFit => "the parcel fits nowhere here",
        Decline::Found => "it is dirty, or something is inside",
    }
}

fn write_entitled(f: &mut fmt::Formatter<'_>, entitled: Entitled) -> fmt::Result {
    match entitled {
        Entitled::Recipient { recipient, by } => {
            write!(f, "recipient {recipient} by {}", proof_words(by))
        }
        Entitled::Courier { staff, tenant } => write!(f, "courier {staff} of carrier {tenant}"),
        Entitled::Depositor { staff: Some(staff) } => write!(f, "courier {staff}, who deposited it"),
        Entitled::Depositor { staff: None } => {
            f.write_str("the bearer of the deposit pass, who deposited it")
        }
        Entitled::DepositPass { parcel } => write!(f, "the bearer of the deposit pass of {parcel}"),
        Entitled::Technician { staff } => write!(f, "technician {staff}"),
        Entitled::Sender { parcel, by } => write!(f, "the sender of {parcel} by {}", proof_words(by)),
    }
}

fn proof_words(by: Proof) -> &'static str {
    match by {
        Proof::Code => "code",
        Proof::Pass => "pass",
        Proof::Label => "label",
    }
}

fn write_parcels(f: &mut fmt::Formatter<'_>, before: &str, parcels: &[ParcelId]) -> fmt::Result {
    for (at, parcel) in parcels.iter().enumerate() {
        f.write_str(if at == 0 { before } else { ", " })?;
        write!(f, "{parcel}")?;
    }
    Ok(())
}

fn purpose_words(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Deposit => "deposit",
        Purpose::Collect => "collect",
        Purpose::Retrieve => "retrieve",
        Purpose::Send => "send",
        Purpose::Service => "serve",
    }
}

fn door(door: Door) -> &'static str {
    match door {
        Door::Unknown => "not seen",
        Door::Closed => "closed",
        Door::Open => "open",
    }
}

fn answer_words(answer: Answer) -> &'static str {
    match answer {
        Answer::NotSent => "nothing was sent",
        Answer::Sent => "the lock board acknowledged",
        Answer::Refused => "the lock board refused",
        Answer::Unclear => "the lock board gave no answer that can be understood",
    }
}

fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Closed => "the door opened and closed",
        Outcome::NeverOpened => "the door never opened",
        Outcome::NotSeen => "the door was not watched well enough to tell",
        Outcome::Interrupted => "the locker stopped in the middle",
        Outcome::LeftOpen => "the door stayed open",
        Outcome::SaidEmpty => "the recipient found nothing",
        Outcome::SaidNotMine => "the recipient found somebody else's parcel",
    }
}

fn out_words(why: OutOfService) -> &'static str {
    match why {
        OutOfService::Stuck => "its door did not open",
        OutOfService::SensorFault => "its sensor contradicts a person",
        OutOfService::InterruptedTwice => "the locker stopped twice running while opening it",
        OutOfService::ByHub => "the hub said so",
        OutOfService::Found => "a courier found it dirty, or something inside",
        OutOfService::ByStaff => "a technician said so",
    }
}

fn guess_words(guess: Guess) -> &'static str {
    match guess {
        Guess::Code => "pickup code",
        Guess::Pin => "PIN",
    }
}

fn problem_words(problem: Problem) -> &'static str {
    match problem {
        Problem::Stuck => "the door did not open",
        Problem::Empty => "the recipient found nothing",
        Problem::NotMine => "the recipient found somebody else's parcel",
        Problem::LeftOpen => "the door stayed open",
        Problem::OpenedUnasked => "the door opened unasked",
        Problem::InterruptedTwice => "the locker stopped twice running while opening it",
        Problem::SensorFault => "the sensor contradicts a person",
        Problem::Found => "a courier found it dirty, or something inside",
        Problem::Missing => "a technician looked, and a parcel was not there",
    }
}

fn refusal(why: Refusal) -> &'static str {
    match why {
        Refusal::NotKnown => "no such parcel, person or compartment here",
        Refusal::Inside => "the parcel is inside, or may be",
        Refusal::NotInside => "the parcel is not inside",
        Refusal::Over => "the parcel's story is over",
        Refusal::Conflict => "the parcel is known with other particulars",
        Refusal::Full => "the locker holds as many as it can",
    }
}
