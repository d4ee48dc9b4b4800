//! What to click next: from what is in the hands, on the phones, behind open doors and on the kiosk's screen.

use locker_street::Thing;

use super::super::shown::{Note, Shown};
use super::party::{Bearer, Deed, Held};
use super::troubles::Trouble;

/// All that somebody in the street knows and sees.
#[derive(Clone, Debug, Default)]
pub struct Sights {
    /// What the kiosk shows.
    pub shown: Option<Shown>,
    /// Whether the courier takes the kiosk to know them.
    pub signed_in: bool,
    /// The door that the courier shut without the parcel that it was opened for.
    pub shut_empty: Option<u16>,
    /// The open door is only to be seen empty.
    pub proves_empty: bool,
    /// Something was mended a moment ago.
    pub just_mended: bool,
    /// What was done last, and is not answered yet.
    pub waits: Option<Deed>,
    /// Labels and names of what is in the van.
    pub van: Vec<(String, String)>,
    /// What is in a hand, and the name on it.
    pub hand: Option<(Held, String)>,
    /// The doors that stand open: number, and labels and names of what is inside.
    pub open: Vec<(u16, Vec<(String, String)>)>,
    /// The recipient who has shown their phone and is not done.
    pub visitor: Option<String>,
    /// Owners of the phones with a message, in the order in which to serve them.
    pub messages: Vec<String>,
    /// Names on parcels that were put in and of which no message has come, and whether it may still come soon.
    pub unheard: Vec<(String, bool)>,
    /// The network is cut.
    pub is_cut: bool,
    /// The lock board is silent.
    pub is_silent: bool,
    /// The doors whose bolts stick.
    pub jammed: Vec<u16>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Which part of the story: "1/4".
    pub step: &'static str,
    /// Who you are and what to do.
    pub line: String,
    /// What to click.
    pub pulse: Option<Thing>,
}

const SCAN: &str = "1/4";
const PUT_IN: &str = "2/4";
const SHOW: &str = "3/4";
const TAKE: &str = "4/4";

/// What to do next.
pub fn advise(sights: &Sights) -> Advice {
    if matches!(sights.shown, None | Some(Shown::Dark | Shown::Moment)) && sights.open.is_empty() {
        let pulled = sights.shown == Some(Shown::Dark);
        let line = if pulled {
            "No power. The kiosk starts again by itself, and forgets nothing."
        } else {
            "The kiosk is starting."
        };
        return say("", line, None);
    }
    match &sights.hand {
        Some((Held { label, bearer: Bearer::Courier }, name)) => with_parcel(sights, label, name),
        Some((Held { bearer: Bearer::Recipient(who), .. }, _)) if sights.open.is_empty() => {
            say(TAKE, format!("You are {who}: all done."), None)
        }
        Some((Held { bearer: Bearer::Recipient(who), .. }, _)) => {
            shut(sights, TAKE, &format!("You are {who}"))
        }
        None if !sights.open.is_empty() => at_open_doors(sights),
        None => with_empty_hands(sights),
    }
}

/// The courier has a parcel in the hand.
fn with_parcel(sights: &Sights, label: &str, name: &str) -> Advice {
    let hand = Some(Thing::Hand(label.to_owned()));
    if let Some(door) = door_here(sights) {
        if sights.proves_empty {
            let line = format!("Door {door} is seen to be empty. Keep the parcel, and push the door shut.");
            return say(PUT_IN, line, Some(Thing::Door(door)));
        }
        return say(PUT_IN, format!("You are the courier: put {name}’s parcel into door {door}."), hand);
    }
    if sights.waits.is_some() {
        return say(PUT_IN, format!("A door opens for {name}’s parcel."), None);
    }
    if sights.is_silent {
        return mend(Trouble::Silence, "The lock board is silent: nothing opens. Let it speak again.");
    }
    match &sights.shown {
        Some(Shown::Courier(_)) if sights.shut_empty.is_some() => say(
            PUT_IN,
            format!(
                "The kiosk takes {name}’s parcel for stored. Touch “Not in there” on it: the door opens to show."
            ),
            None,
        ),
        Some(Shown::Add) => {
            say(PUT_IN, "Their other parcel has room beside it. Touch a door on the kiosk.", None)
        }
        Some(Shown::Size) => say(PUT_IN, "Nobody announced this parcel. Touch its size on the kiosk.", None),
        Some(Shown::Courier(Note::NoRoom)) if !sights.just_mended => {
            say(PUT_IN, format!("No free door is large enough: {name}’s parcel goes back."), Some(Thing::Van))
        }
        Some(Shown::Courier(Note::Inside(door))) => say(
            PUT_IN,
            format!(
                "Stored behind door {door}, says the kiosk. Touch “Not in there” on it, and it opens to show."
            ),
            None,
        ),
        _ if sights.signed_in => {
            say(PUT_IN, format!("You are the courier: scan {name}’s parcel again."), hand)
        }
        _ => say(SCAN, "You are the courier: hold your badge under the scanner.", Some(Thing::Badge)),
    }
}

/// Nothing in the hand, and a door open.
fn at_open_doors(sights: &Sights) -> Advice {
    if let Some(who) = &sights.visitor {
        let own = sights.open.iter().find_map(|(door, inside)| {
            inside.iter().find(|(_, name)| name == who).map(|(label, _)| (*door, label.clone()))
        });
        if let Some((door, label)) = own {
            let pulse = Some(Thing::Inside { door, label });
            return say(TAKE, format!("You are {who}: take your parcel out of door {door}."), pulse);
        }
        return shut(sights, TAKE, &format!("You are {who}"));
    }
    shut(sights, PUT_IN, "You are the courier")
}

fn shut(sights: &Sights, step: &'static str, who: &str) -> Advice {
    match door_here(sights) {
        Some(door) => say(step, format!("{who}: push door {door} shut."), Some(Thing::Door(door))),
        None => say(step, "", None),
    }
}

/// All doors are shut, and nobody carries anything.
fn with_empty_hands(sights: &Sights) -> Advice {
    if let Some(deed) = sights.waits {
        return match deed {
            Deed::Badge => say(SCAN, "The kiosk checks your badge.", None),
            Deed::Parcel => say(PUT_IN, "A door opens.", None),
            Deed::Phone => say(SHOW, "A door opens.", None),
            Deed::Shut => say("", "The kiosk writes down what happened.", None),
        };
    }
    let next = sights.visitor.iter().chain(&sights.messages).find(|who| sights.messages.contains(who));
    if let Some(who) = next {
        if sights.shown == Some(Shown::List) {
            return say(SHOW, format!("You are {who}: touch “Open door” on the kiosk."), None);
        }
        if let Some(Shown::Stuck(door)) = sights.shown
            && sights.jammed.contains(&door)
        {
            return mend(Trouble::Jam, &format!("Door {door} is stuck, and the parcel safe. Free its bolt."));
        }
        if sights.is_silent && sights.visitor.is_some() {
            return mend(Trouble::Silence, "The lock board is silent: nothing opens. Let it speak again.");
        }
        let pulse = Some(Thing::Phone(who.clone()));
        return say(SHOW, format!("You are {who}: hold your phone under the scanner."), pulse);
    }
    if let Some((name, _)) = sights.unheard.iter().find(|(_, soon)| *soon && !sights.is_cut) {
        return say(SHOW, format!("The hub writes to {name}."), None);
    }
    match (sights.van.first(), sights.unheard.first()) {
        (Some((label, name)), _) if sights.signed_in => {
            let pulse = Some(Thing::Parcel(label.clone()));
            say(SCAN, format!("You are the courier: scan {name}’s parcel."), pulse)
        }
        (Some(_), _) => {
            say(SCAN, "You are the courier: hold your badge under the scanner.", Some(Thing::Badge))
        }
        (None, Some((name, _))) if sights.is_cut => mend(
            Trouble::Cut,
            &format!("{name}’s parcel is inside; the message waits for the network. Mend it."),
        ),
        (None, Some((name, _))) => say(
            "",
            format!(
                "Nobody saw {name}’s parcel go in, so nobody is told; the right to it is kept. Next parcels?"
            ),
            Some(Thing::Van),
        ),
        (None, None) => {
            say("", "All collected, nothing lost. Call the next van, or break something.", Some(Thing::Van))
        }
    }
}

/// The open door that the screen is about, or else the first.
pub fn door_here(sights: &Sights) -> Option<u16> {
    let open = || sights.open.iter().map(|(door, _)| *door);
    open().find(|door| sights.shown == Some(Shown::Open(*door))).or_else(|| open().next())
}

fn mend(trouble: Trouble, line: &str) -> Advice {
    say("", line, Some(Thing::Trouble(trouble.nth())))
}

fn say(step: &'static str, line: impl Into<String>, pulse: Option<Thing>) -> Advice {
    Advice { step, line: line.into(), pulse }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_home() -> Sights {
        let parcel = |name: &str| (format!("RB-{name}"), name.to_owned());
        Sights { shown: Some(Shown::Home), van: vec![parcel("Ana"), parcel("Ben")], ..Sights::default() }
    }

    fn in_hand(bearer: Bearer) -> Option<(Held, String)> {
        Some((Held { label: "RB-Ana".to_owned(), bearer }, "Ana".to_owned()))
    }

    #[test]
    fn following_the_pulse_brings_a_parcel_in_and_out_again() {
        let mut sights = at_home();
        assert_eq!(advise(&sights).pulse, Some(Thing::Badge));
        sights.shown = Some(Shown::Courier(Note::Ready));
        sights.signed_in = true;
        assert_eq!(advise(&sights).pulse, Some(Thing::Parcel("RB-Ana".to_owned())));
        assert_eq!(advise(&sights).line, "You are the courier: scan Ana’s parcel.");

        sights.van.remove(0);
        sights.hand = in_hand(Bearer::Courier);
        sights.waits = Some(Deed::Parcel);
        assert_eq!(advise(&sights).pulse, None, "the machine works");
        (sights.waits, sights.shown) = (None, Some(Shown::Open(7)));
        sights.open = vec![(7, Vec::new())];
        assert_eq!(advise(&sights).pulse, Some(Thing::Hand("RB-Ana".to_owned())));

        let inside = vec![("RB-Ana".to_owned(), "Ana".to_owned())];
        sights.hand = None;
        sights.open = vec![(7, inside.clone())];
        assert_eq!(advise(&sights).pulse, Some(Thing::Door(7)));
        sights.open.clear();
        sights.shown = Some(Shown::Courier(Note::Stored(7)));
        sights.unheard = vec![("Ana".to_owned(), true)];
        assert_eq!(advise(&sights).pulse, None, "the hub writes");

        sights.unheard.clear();
        sights.messages = vec!["Ana".to_owned()];
        assert_eq!(advise(&sights).pulse, Some(Thing::Phone("Ana".to_owned())));
        sights.visitor = Some("Ana".to_owned());
        sights.shown = Some(Shown::Open(7));
        sights.open = vec![(7, inside)];
        assert_eq!(advise(&sights).pulse, Some(Thing::Inside { door: 7, label: "RB-Ana".to_owned() }));
        sights.hand = in_hand(Bearer::Recipient("Ana".to_owned()));
        sights.open = vec![(7, Vec::new())];
        assert_eq!(advise(&sights).pulse, Some(Thing::Door(7)));
    }

    #[test]
    fn whoever_cannot_go_on_is_told_what_to_mend() {
        let mut sights = at_home();
        sights.van.clear();
        sights.unheard = vec![("Ana".to_owned(), true)];
        sights.is_cut = true;
        assert_eq!(advise(&sights).pulse, Some(Thing::Trouble(Trouble::Cut.nth())));
        sights.messages = vec!["Ana".to_owned()];
        sights.visitor = Some("Ana".to_owned());
        sights.shown = Some(Shown::Stuck(7));
        sights.jammed = vec![7];
        assert_eq!(advise(&sights).pulse, Some(Thing::Trouble(Trouble::Jam.nth())));
        sights.jammed.clear();
        assert_eq!(advise(&sights).pulse, Some(Thing::Phone("Ana".to_owned())));
        sights.is_silent = true;
        assert_eq!(advise(&sights).pulse, Some(Thing::Trouble(Trouble::Silence.nth())));
        sights.shown = Some(Shown::Dark);
        assert_eq!(advise(&sights).pulse, None, "the kiosk comes back by itself");
    }

    #[test]
    fn a_recipient_who_shut_the_door_on_the_parcel_is_sent_back() {
        let mut sights = at_home();
        sights.messages = vec!["Ben".to_owned(), "Ana".to_owned()];
        sights.visitor = Some("Ana".to_owned());
        assert_eq!(advise(&sights).pulse, Some(Thing::Phone("Ana".to_owned())));
    }
}
