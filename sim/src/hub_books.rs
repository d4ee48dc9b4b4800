//! The hub's real books, held against the locker's: events come in the order in which the hub heard them, the receipts that phones
//! brought in between, and whatever the hub then says of a parcel was so at the locker, by then or a little later.

use std::collections::BTreeMap;

use locker_core::faults::{self, Fault};
use locker_crypto::{VerifyingKey, entry_hash};
use locker_engine::{Event, ParcelId, Place, State};
use locker_hub::{Brought, Ledger, LedgerError, Whereabouts};
use locker_protocol::seal::to_bytes;
use locker_protocol::uplink::{Batch, EntryBytes, Hello, MAX_BATCH_ENTRIES};
use locker_protocol::{Change, Hash, Nonce, Receipt, Verify};

use crate::phones::BroughtReceipt;
use crate::upstream::{BASE_UNIX_S, HeldJournal};
use crate::world::LOCKER;

/// How many events of a story that goes wrong are told.
const LAST_EVENTS: usize = 40;

/// What a fault verifies with.
struct Whatever;

impl Verify for Whatever {
    fn verify(&self, _: &[u8], _: &[u8]) -> bool {
        true
    }
}

/// Where the locker's books had each parcel, from which number on.
type Story = BTreeMap<ParcelId, Vec<(u64, Whereabouts)>>;

/// Plays everything that reached the hub.
///
/// # Errors
/// What is not true, for people.
pub fn judge(
    journal: &HeldJournal,
    brought: &[BroughtReceipt],
    key: &VerifyingKey,
    books: &State,
) -> Result<(), String> {
    let story = story_of(journal);
    let mut hub = Played::begin(journal).map_err(said)?;
    let mut brought = brought.to_vec();
    brought.sort_by_key(|one| one.held);
    for one in &brought {
        hub.hear_up_to(one.held).map_err(said)?;
        hub.bring(one, key, &story)?;
    }
    hub.hear_up_to(u64::MAX).map_err(said)?;
    hub.is_true_at_the_end(books)
}

fn said(error: LedgerError) -> String {
    error.to_string()
}

struct Played<'a> {
    journal: &'a HeldJournal,
    ledger: Ledger,
    held: u64,
    /// The number of the last event of which a genuine receipt told.
    told: u64,
    genuine: BTreeMap<Vec<u8>, Receipt>,
}

impl<'a> Played<'a> {
    fn begin(journal: &'a HeldJournal) -> Result<Self, LedgerError> {
        let mut ledger = Ledger::new(LOCKER, BASE_UNIX_S)?;
        let (head, head_hash) =
            journal.entries().last().map_or((0, Hash([0; 32])), |last| (last.entry.seq, last.hash));
        ledger.meet(&Hello {
            locker: LOCKER,
            journal: journal.journal,
            head,
            head_hash,
            cursor: 0,
            generation: 0,
            hub_nonce: Nonce([0; 16]),
            kiosk_nonce: Nonce([0; 16]),
            version: "simulated".to_owned(),
        })?;
        Ok(Self { journal, ledger, held: 0, told: 0, genuine: BTreeMap::new() })
    }

    fn hear_up_to(&mut self, up_to: u64) -> Result<(), LedgerError> {
        let up_to = up_to.min(self.journal.held());
        while self.held < up_to {
            let from = usize::try_from(self.held).unwrap_or(usize::MAX);
            let more = usize::try_from(up_to - self.held).unwrap_or(usize::MAX).min(MAX_BATCH_ENTRIES);
            let before = match from.checked_sub(1).and_then(|last| self.journal.entries().nth(last)) {
                Some(last) => last.hash,
                None => Hash([0; 32]),
            };
            let entries: Vec<Vec<u8>> =
                self.journal.entries().skip(from).take(more).map(|held| to_bytes(&held.entry)).collect();
            let Some(last) = entries.last() else { return Ok(()) };
            let batch = Batch {
                locker: LOCKER,
                journal: self.journal.journal,
                first: self.held + 1,
                before,
                last_hash: entry_hash(last),
                entries: entries.into_iter().map(EntryBytes).collect(),
                hub_nonce: Nonce([0; 16]),
                kiosk_nonce: None,
            };
            let held = self.ledger.hear(&batch)?;
            if held <= self.held {
                return Err(LedgerError::Refused(format!(
                    "the hub does not take events from {}",
                    batch.first
                )));
            }
            self.held = held;
        }
        Ok(())
    }

    fn bring(&mut self, one: &BroughtReceipt, key: &VerifyingKey, story: &Story) -> Result<(), String> {
        let verifies: &dyn Verify = if faults::is(Fault::ReceiptNotVerified) { &Whatever } else { key };
        let became = self.ledger.bring(&one.text, verifies).map_err(said)?;
        if !one.is_genuine {
            return match became {
                Brought::NotTaken => Ok(()),
                other => Err(format!("a receipt that the locker never showed is {other:?}")),
            };
        }
        let receipt = Receipt::from_text(&one.text, key).map_err(|error| error.to_string())?;
        let wanted = if receipt.seq <= self.held { Brought::Held } else { Brought::Ahead };
        if became != wanted {
            let parcel = receipt.what.moves().first().map_or(ParcelId(0), |moved| moved.parcel);
            let story = story_of_one(self.journal, parcel);
            return Err(format!(
                "{receipt:?} is {became:?} where {} events are held, after {story}",
                self.held
            ));
        }
        self.told = self.told.max(receipt.seq);
        for moved in receipt.what.moves() {
            self.is_true_by_now(moved.parcel, story)?;
        }
        self.genuine.insert(to_bytes(&receipt), receipt);
        let (receipts, _) = self.ledger.counts().map_err(said)?;
        if receipts != self.genuine.len() as u64 {
            return Err(format!("{receipts} receipts count, and {} were shown", self.genuine.len()));
        }
        Ok(())
    }

    /// What the hub says of a parcel was so at the locker: between what it holds and what a receipt told.
    fn is_true_by_now(&self, parcel: ParcelId, story: &Story) -> Result<(), String> {
        // One that the events have not named yet is left to them.
        let Some(says) = self.ledger.whereabouts(parcel).map_err(said)? else { return Ok(()) };
        let places = story.get(&parcel).map(Vec::as_slice).unwrap_or_default();
        let before = places.iter().rev().find(|(seq, _)| *seq <= self.held);
        let since = places.iter().filter(|(seq, _)| *seq > self.held && *seq <= self.told);
        if before.into_iter().chain(since).any(|(_, place)| *place == says) {
            return Ok(());
        }
        Err(format!(
            "of {parcel} the hub says {says:?} with {} events and receipts up to {}; at the locker it was {places:?}",
            self.held, self.told
        ))
    }

    fn is_true_at_the_end(&self, books: &State) -> Result<(), String> {
        let (_, set_aside) = self.ledger.counts().map_err(said)?;
        if set_aside > 0 {
            return Err(format!("{set_aside} events made no sense to the hub"));
        }
        for (id, parcel) in &books.parcels {
            let here = whereabouts(parcel.place);
            let there = self.ledger.whereabouts(*id).map_err(said)?;
            if there.as_ref() != Some(&here) {
                let story = story_of_one(self.journal, *id);
                return Err(format!(
                    "{id} is {here:?} at the locker, and {there:?} in the hub's books, after {story}"
                ));
            }
        }
        Ok(())
    }
}

fn story_of(journal: &HeldJournal) -> Story {
    let mut story = Story::new();
    let mut books = State::default();
    for held in journal.entries() {
        books.apply(&held.entry.event);
        for (id, parcel) in &books.parcels {
            let place = whereabouts(parcel.place);
            let known = story.entry(*id).or_default();
            if known.last().is_none_or(|(_, last)| *last != place) {
                known.push((held.entry.seq, place));
            }
        }
    }
    story
}

/// What became of one parcel, for people: the last that was recorded.
fn story_of_one(journal: &HeldJournal, id: ParcelId) -> String {
    let mut openings = Vec::new();
    let mut story: Vec<String> = Vec::new();
    for held in journal.entries() {
        let event = &held.entry.event;
        let names = |parcels: &[ParcelId]| parcels.contains(&id);
        let is_about = match event {
            Event::Began { opening, goes_in, comes_out, .. } if names(goes_in) || names(comes_out) => {
                openings.push(*opening);
                true
            }
            Event::Seen { parcel, .. } | Event::Expired { parcel } => *parcel == id,
            Event::Ended { opening, .. } | Event::Declined { opening, .. } => openings.contains(opening),
            Event::Doubted { .. } | Event::Settled { .. } => true,
            Event::Applied { change: Change::AnswerCase { .. }, .. } => true,
            _ => false,
        };
        if is_about {
            story.push(format!("{} {event:?}", held.entry.seq));
        }
    }
    story.split_off(story.len().saturating_sub(LAST_EVENTS)).join("; ")
}

fn whereabouts(place: Place) -> Whereabouts {
    let (state, compartment) = match place {
        Place::Expected => ("expected", None),
        Place::Inside(door) => ("inside", Some(door.0)),
        Place::Doubtful(door) => ("doubtful", Some(door.0)),
        Place::Out(_) => ("out", None),
        Place::Cancelled => ("cancelled", None),
    };
    Whereabouts { state: state.to_owned(), compartment }
}
