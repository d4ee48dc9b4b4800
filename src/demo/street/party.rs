//! The courier and the recipients: what they have in their hands, what they have heard, what they last did.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::super::shown::Shown;

/// Whoever held something before the scanner and sees nothing happen does it again after this time.
const SCAN_PATIENCE: Duration = Duration::from_secs(8);
/// A door that is about to open is waited for so long: stuck, it is tried three times.
const DOOR_PATIENCE: Duration = Duration::from_secs(15);
/// After a door was shut, so long until the screen says what came of it.
const SHUT_PATIENCE: Duration = Duration::from_secs(3);
/// The hub's message is waited for so long before something else is done.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(6);

/// A board that speaks again is read, and its doors are offered, within this time.
const MENDED_PATIENCE: Duration = Duration::from_secs(10);

/// Whose hand it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// The courier's.
    Courier,
    /// This recipient's.
    Recipient(String),
}

/// A parcel in a hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The parcel.
    pub label: String,
    /// Whose hand.
    pub bearer: Bearer,
}

/// What was done last, and waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The badge was held before the scanner.
    Badge,
    /// A parcel was.
    Parcel,
    /// A phone was.
    Phone,
    /// A door was pushed shut.
    Shut,
}

/// Everybody.
#[derive(Default)]
pub struct Party {
    /// What is in a hand.
    pub hand: Option<Held>,
    /// The recipient who has shown their phone and is not done.
    pub visitor: Option<String>,
    /// Parcels of which the hub has told that they are inside, in the order of the messages.
    pub arrived: Vec<String>,
    /// Parcels that were put in, and when their door was shut.
    pub left: BTreeMap<String, Instant>,
    /// Whether the courier takes the kiosk to know them.
    pub signed_in: bool,
    /// The door that the courier shut without the parcel that it was opened for, which the kiosk takes for stored.
    pub shut_empty: Option<u16>,
    /// Parcels that their owners shut in again in place of taking them.
    pub left_behind: BTreeSet<String>,
    /// What the kiosk's screen shows.
    pub shown: Option<Shown>,
    /// An open door is only to be seen empty.
    pub proves_empty: bool,
    /// When something was mended: what the screen said before may not hold any more.
    pub mended: Option<Instant>,
    deed: Option<(Deed, Instant, Option<Shown>)>,
}

impl Party {
    /// Something was done that the kiosk answers.
    pub fn does(&mut self, deed: Deed) {
        self.deed = Some((deed, Instant::now(), self.shown.clone()));
    }

    /// The screen shows something else.
    pub fn sees(&mut self, shown: Shown, proves_empty: bool) {
        self.proves_empty = proves_empty;
        match &shown {
            Shown::Courier(_) => self.signed_in = true,
            Shown::Home
            | Shown::Code
            | Shown::SignIn
            | Shown::Done
            | Shown::Stuck(_)
            | Shown::Refused(_)
            | Shown::Paused
            | Shown::Dark => self.signed_in = false,
            // In a language that these people do not read, the courier trusts the badge.
            Shown::Other(_) => self.signed_in |= matches!(self.deed, Some((Deed::Badge, ..))),
            _ => {}
        }
        if matches!(shown, Shown::Open(_)) {
            self.shut_empty = None;
        }
        self.shown = Some(shown);
    }

    /// What is still waited for; nothing once the screen has answered, or patience is over.
    pub fn waits(&self, any_open: bool) -> Option<Deed> {
        let (deed, since, before) = self.deed.as_ref()?;
        let is_under_way = matches!(self.shown, Some(Shown::Opening | Shown::Moment | Shown::Dark));
        let patience = match deed {
            Deed::Shut => SHUT_PATIENCE,
            _ if is_under_way => DOOR_PATIENCE,
            _ => SCAN_PATIENCE,
        };
        let answered = match deed {
            Deed::Badge => self.signed_in,
            Deed::Parcel | Deed::Phone => any_open,
            Deed::Shut => false,
        };
        let waits = since.elapsed() < patience && !answered && (is_under_way || self.shown == *before);
        waits.then_some(*deed)
    }

    /// Whether something was mended a moment ago.
    pub fn just_mended(&self) -> bool {
        self.mended.is_some_and(|since| since.elapsed() < MENDED_PATIENCE)
    }

    /// Whether the hub's message about a parcel may still be on its way.
    pub fn expects_message(&self, label: &str) -> bool {
        self.left.get(label).is_some_and(|since| since.elapsed() < MESSAGE_PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::shown::Note;
    use super::*;

    #[test]
    fn whoever_scans_waits_until_the_screen_answers() {
        let mut party = Party::default();
        party.sees(Shown::Home, false);
        assert_eq!(party.waits(false), None);
        party.does(Deed::Badge);
        assert_eq!(party.waits(false), Some(Deed::Badge));
        party.sees(Shown::Courier(Note::Ready), false);
        assert_eq!(party.waits(false), None);
        party.does(Deed::Parcel);
        party.sees(Shown::Opening, false);
        assert_eq!(party.waits(false), Some(Deed::Parcel));
        assert_eq!(party.waits(true), None, "the door is open");
        party.sees(Shown::Courier(Note::Again), false);
        assert_eq!(party.waits(false), None, "it is to be scanned again");
        assert!(party.signed_in);
        party.sees(Shown::Dark, false);
        assert!(!party.signed_in, "a kiosk that was started again knows nobody");
    }
}
