//! What a person reads off the screen: which screen it is, as far as it matters to what they do next.

use super::screen::door_that;

/// A screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The kiosk is dead, or not back yet.
    Dark,
    /// Nobody is at the kiosk.
    Home,
    /// The keypad for a code.
    Code,
    /// A code or pass that opens nothing; the title.
    Refused(String),
    /// Typing is paused.
    Paused,
    /// Several doors of one person are about to open.
    List,
    /// A door is about to open.
    Opening,
    /// A door is open.
    Open(u16),
    /// Really empty?
    AskEmpty,
    /// A problem was reported.
    Reported,
    /// All doors are done.
    Done,
    /// A recipient's door does not open.
    Stuck(u16),
    /// A badge is asked for.
    SignIn,
    /// A courier may scan.
    Courier(Note),
    /// Which size?
    Size,
    /// Which deposit is not in there?
    Pick,
    /// Beside another parcel of the same person?
    Add,
    /// What is to be taken out.
    TakeOut,
    /// More time?
    StillThere,
    /// One moment.
    Moment,
    /// Anything else.
    Other(String),
}

/// What the last scan or door of a courier came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// Nothing that the courier has to do something about.
    Ready,
    /// A parcel is inside.
    Stored(u16),
    /// The parcel is behind that door by the books.
    Inside(u16),
    /// That door is to be pushed shut first.
    CloseFirst(u16),
    /// No door for this parcel.
    NoRoom,
    /// Another carrier's.
    NotYours,
    /// It is to be scanned again: no label, a door that stuck or could not be watched.
    Again,
}

/// Titles of screens on which a code or pass is refused.
const REFUSALS: [&str; 9] = [
    "One digit is wrong",
    "This parcel was collected already",
    "That code is for another locker",
    "We could not read that code",
    "We cannot check this code now",
    "Your parcel is not here yet",
    "This badge has ended",
    "This badge no longer works here",
    "That code does not match",
];

impl Shown {
    /// Reads the facts of a screen.
    pub fn read(facts: &str) -> Self {
        let door_after = |before: &str| {
            let (_, rest) = facts.split_once(before)?;
            rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u16>().ok()
        };
        let begins = |words: &str| facts.starts_with(words);
        if facts.contains("Scan your code, or type it") {
            Self::Home
        } else if is_list(facts) {
            Self::List
        } else if begins("Look right to the back. Still empty?") {
            Self::AskEmpty
        } else if begins("First push door ") {
            Self::Courier(Note::CloseFirst(door_after("First push door ").unwrap_or(0)))
        } else if let Some(door) = door_that(facts, "is open").or_else(|| door_that(facts, "is still open")) {
            Self::Open(door)
        } else if let Some(door) = door_that(facts, "is stuck") {
            match facts.contains("Scan the parcel again") {
                true => Self::Courier(Note::Again),
                false => Self::Stuck(door),
            }
        } else if facts.contains("Opening door ") || facts.contains("Next: door ") || begins("Push door ") {
            Self::Opening
        } else if let Some(title) = REFUSALS.iter().find(|title| begins(title)) {
            Self::Refused((*title).to_owned())
        } else if facts.contains(": stored") {
            Self::Courier(Note::Stored(door_after("Door ").unwrap_or(0)))
        } else if begins("Behind door ") {
            Self::Courier(Note::Inside(door_after("Behind door ").unwrap_or(0)))
        } else if begins("Add to door ") {
            Self::Add
        } else if facts.contains("Take out first") {
            Self::TakeOut
        } else if begins("The doors do not answer")
            || begins("No door left")
            || begins("No ") && facts.contains(" doors left")
        {
            Self::Courier(Note::NoRoom)
        } else if begins("Another carrier's parcel") {
            Self::Courier(Note::NotYours)
        } else if begins("We could not watch door") || begins("We could not read that label") {
            Self::Courier(Note::Again)
        } else if begins("Scan.")
            || begins("The parcel stays with you")
            || facts.contains(": nothing stored")
            || facts.contains(": taken out")
        {
            Self::Courier(Note::Ready)
        } else if begins("Courier") || begins("That does not match") {
            Self::SignIn
        } else if begins("Type your code") {
            Self::Code
        } else if begins("Typing is paused") {
            Self::Paused
        } else if begins("We have reported it") {
            Self::Reported
        } else if begins("All done") || begins("The rest is kept") || facts.contains(" left over") {
            Self::Done
        } else if begins("Which size?") {
            Self::Size
        } else if begins("Which one is not in there?") {
            Self::Pick
        } else if begins("Need more time?") {
            Self::StillThere
        } else if facts.is_empty() || begins("One moment") {
            Self::Moment
        } else {
            Self::Other(facts.to_owned())
        }
    }
}

/// Whether a screen has opened a door only to show that nothing is in it.
pub fn asks_to_check(facts: &str) -> bool {
    facts.contains("Check that it is empty")
}

/// Whether a screen tells somebody of several doors: "3 parcels, 2 doors".
pub fn is_list(facts: &str) -> bool {
    let Some((parcels, doors)) = facts.split_once(", ") else { return false };
    let counts = |text: &str, what: &str| {
        let mut words = text.split([' ', '.']);
        words.next().is_some_and(|number| number.parse::<u16>().is_ok())
            && words.next().is_some_and(|word| word.starts_with(what))
    };
    counts(parcels, "parcel") && counts(doors, "door")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screens_are_told_apart() {
        for (facts, shown) in [
            ("Scan your code, or type it.", Shown::Home),
            ("Door 5 is open. Push it shut. Scan your code, or type it.", Shown::Home),
            ("2 of 3. Door 12 is open. Take your parcel. Push door 12 shut.", Shown::Open(12)),
            ("3 parcels, 2 doors. 3 of 4 are here.", Shown::List),
            ("Door 7 is still open. Push door 7 shut.", Shown::Open(7)),
            ("Opening door 3. Left of the screen, first column, top.", Shown::Opening),
            ("Push door 3, then let go.", Shown::Opening),
            ("Door 3 is stuck. Scan the parcel again.", Shown::Courier(Note::Again)),
            ("Door 3 is stuck. Your parcel is safe. Case 4", Shown::Stuck(3)),
            ("Door 3: stored. Scan the next parcel. 4 free: 1 S, 2 M, 1 L", Shown::Courier(Note::Stored(3))),
            ("Behind door 9 already. Scan the next parcel.", Shown::Courier(Note::Inside(9))),
            ("First push door 4 shut. Scan the next parcel.", Shown::Courier(Note::CloseFirst(4))),
            ("Scan. 10 free: 0 S, 8 M, 2 L.", Shown::Courier(Note::Ready)),
            ("That does not match. Check your number and PIN.", Shown::SignIn),
            ("Add to door 7? Add to door 7: press 1.", Shown::Add),
            ("No large doors left. 3 parcels stay with you.", Shown::Courier(Note::NoRoom)),
            ("The doors do not answer. 1 parcel stays with you.", Shown::Courier(Note::NoRoom)),
            ("Take out first. Open all: press 1.", Shown::TakeOut),
            ("3 of 4. Take out first. Open all: press 1.", Shown::TakeOut),
            ("33 in, 4 out, 7 left over. Scan it with your phone.", Shown::Done),
            ("That code does not match.", Shown::Refused("That code does not match".to_owned())),
            ("", Shown::Moment),
        ] {
            assert_eq!(Shown::read(facts), shown, "{facts}");
        }
    }
}
