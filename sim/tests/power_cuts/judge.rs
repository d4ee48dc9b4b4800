//! After a power cut: the locker starts again, and what it says is held against what happened.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use locker_crypto::{CodeKey, VerifyingKey, entry_hash};
use locker_engine::journal::{JournalError, JournalReader};
use locker_engine::keys::KeyRing;
use locker_engine::sync::Memory;
use locker_engine::{Contents, Engine, EngineError, Entry, Event, Happening, Picture, Screen, Sound, State};
use locker_hw::bus::{BusFull, DoorState, Lock, LockBus, Unlock};
use locker_protocol::link::{ToKiosk, ToSync, Witness};
use locker_protocol::seal::{to_bytes, unseal};
use locker_protocol::uplink::{Batch, Standing};
use locker_protocol::{CompartmentId, Hash, JournalId, Nonce, OpeningId, ParcelId};
use locker_sim::disk::SimDisk;

use crate::rig::{Hub, Mark, Played, STATE, SYNC, counting, hello_of, key, options};

/// The locker starts again at this time: later than anything in a flow.
const AGAIN_MS: u64 = 1_000_000_000_000;
/// Journals that begin after a cut have ids of these bytes.
const NEW_IDS: u8 = 0xe0;

/// Nothing must be pulsed here, and nobody looks.
struct Dead;

impl LockBus for Dead {
    fn unlock(&mut self, unlock: Unlock) -> Result<(), BusFull> {
        panic!("a pulse at the start: {unlock:?}")
    }

    fn watch(&mut self, _: &[Lock]) {}
}

impl Screen for Dead {
    fn show(&mut self, _: Picture) {}
    fn sound(&mut self, _: Sound) {}

    fn lower_doors(&mut self, _: bool) {}
}

/// What had happened for good when the power failed.
#[derive(Default, Clone, Debug)]
pub struct Happened {
    committed: Option<(JournalId, u64)>,
    pulsed: BTreeSet<OpeningId>,
    inside: BTreeMap<ParcelId, CompartmentId>,
    doors: BTreeMap<u8, DoorState>,
    hub_holds: BTreeMap<JournalId, u64>,
    enrolled: bool,
}

impl Happened {
    pub fn take(&mut self, mark: Mark) {
        match mark {
            Mark::Committed(journal, seq) => self.committed = Some((journal, seq)),
            Mark::Pulsed(opening) => {
                self.pulsed.insert(opening);
            }
            Mark::PutIn(parcel, compartment) => {
                self.inside.insert(parcel, compartment);
            }
            Mark::TookOut(parcel) => {
                self.inside.remove(&parcel);
            }
            Mark::DoorIs(channel, state) => {
                self.doors.insert(channel, state);
            }
            Mark::HubHolds(journal, seq) => {
                self.hub_holds.insert(journal, seq);
            }
            Mark::Enrolled => self.enrolled = true,
        }
    }
}

/// What a cut cost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cost {
    /// Nothing that was promised.
    Nothing,
    /// Events were lost, and the locker said so: what they spoke of is in doubt until someone has looked.
    Told,
    /// Damage was said, and that it took nothing away: the second place of the head, older than it should be, said the same.
    ThoughtWhole,
    /// Events were lost, and nobody could know; no parcel was behind a door that the books take for empty.
    Silent,
    /// The same, and a parcel is.
    Forgotten,
    /// The locker does not start, and says why: staff must come.
    Stands,
}

/// One locker after one cut.
pub struct Case<'a> {
    pub played: &'a Played,
    pub happened: &'a Happened,
    /// The card keeps its word.
    pub honest: bool,
    /// How many entries were lost this time.
    pub lost: Cell<u64>,
    /// The most that were lost without a word.
    pub most_lost: &'a Cell<u64>,
}

/// A journal of so many entries takes its time.
const LONG: u64 = 1_000;
const ONE_IN: u64 = 16;
/// No start adds as many entries.
const TAIL: u64 = 40;

type Locker = Engine<Dead, Dead>;

fn wrong<T>(what: impl Into<String>) -> Result<T, String> {
    Err(what.into())
}

impl Case<'_> {
    /// Starts it, and stops it in order.
    pub fn start_and_stop(&self, disk: &SimDisk) {
        // What comes of it is judged elsewhere.
        drop(Engine::open(options(disk, counting(NEW_IDS)), Dead, Dead, AGAIN_MS));
    }

    /// Starts it, and looks.
    ///
    /// # Errors
    /// The promise that was broken.
    pub fn judge(&self, disk: &SimDisk) -> Result<Cost, String> {
        let random = counting(NEW_IDS);
        let mut engine = match Engine::open(options(disk, random.clone()), Dead, Dead, AGAIN_MS) {
            Ok(engine) => engine,
            Err(error) if self.honest => return wrong(format!("it does not start: {error}")),
            Err(error) => return stands(error),
        };
        let mut cost = self.journal(disk, engine.state())?;
        if !self.is_enrolled(disk, engine.state())? {
            return if self.honest { wrong("it forgot whose it is") } else { Ok(Cost::Stands) };
        }
        let last = self.last_of_before(disk)?;
        let talked = self.talk(disk, &mut engine);
        if talked.is_ok() && self.is_known_to_be_lost(disk, last)? {
            return wrong("others remember entries that are gone, and nobody says so");
        }
        if let Err(cause) = talked {
            if self.honest && !self.may_begin_anew() {
                return wrong(format!("an honest card, and: {cause}"));
            }
            let EngineError::HistoriesDiffer(cause) = cause else { return wrong(cause.to_string()) };
            engine.begin_anew(cause, AGAIN_MS).map_err(|error| error.to_string())?;
            engine = Engine::open(options(disk, random), Dead, Dead, AGAIN_MS)
                .map_err(|error| error.to_string())?;
            cost = Cost::Told;
        }
        if let Err(why) = self.custody(&mut engine) {
            if !matches!(cost, Cost::Silent | Cost::ThoughtWhole) {
                return wrong(why);
            }
            cost = Cost::Forgotten;
        }
        self.goes_on(disk, engine)?;
        if matches!(cost, Cost::Silent | Cost::Forgotten) {
            self.most_lost.set(self.most_lost.get().max(self.lost.get()));
        }
        Ok(cost)
    }

    /// Books and keys know whose locker it is, once anybody was told.
    fn is_enrolled(&self, disk: &SimDisk, state: &State) -> Result<bool, String> {
        let keys = KeyRing::open(disk.for_engine(), Path::new(STATE), &counting(0));
        let keys = keys.map_err(|error| error.to_string())?;
        let known = keys.network().is_some();
        Ok(known == state.locker.is_some() && (known || !self.happened.enrolled))
    }

    /// In some flows another journal begins because others remember another history: until then, they do.
    fn may_begin_anew(&self) -> bool {
        self.played.log.journals.len() > 1 && !self.played.before.damaged
    }

    /// The journal holds what was promised, and nothing that did not happen.
    fn journal(&self, disk: &SimDisk, state: &State) -> Result<Cost, String> {
        let Played { log, before, .. } = self.played;
        let reader = JournalReader::open_read_only_on(disk.for_engine(), Path::new(STATE))
            .map_err(|error| format!("it cannot be read: {error}"))?;
        let verifier = KeyRing::verifier(disk, Path::new(STATE)).map_err(|error| error.to_string())?;
        let said = |error: JournalError| error.to_string();
        let (oldest, newest) = reader.range().map_err(said)?.unwrap_or((1, 0));
        // A long one is verified now and then.
        if newest < LONG || disk.fingerprint().is_multiple_of(ONE_IN) {
            let report = reader.verify(&verifier).map_err(said)?;
            if !report.is_ok() {
                return wrong(format!("it does not verify: {report:?}"));
            }
        }
        let first = match before.head {
            Some((id, seq)) if id == reader.id() && newest >= LONG => seq.min(newest).max(oldest),
            _ => oldest,
        };
        let entries = reader.entries(first, usize::MAX).map_err(said)?;
        let (old, new): (Vec<&Entry>, Vec<&Entry>) =
            entries.iter().partition(|entry| entry.at.mono_ms < AGAIN_MS);
        let journal = reader.id();
        if old.iter().chain(&new).zip(first..).any(|(entry, seq)| entry.seq != seq) {
            return wrong("entries of before the cut follow some of after it");
        }
        if let Some(other) = old.iter().find(|entry| log.entries.get(&(journal, entry.seq)) != Some(entry)) {
            return wrong(format!("this was never recorded: {other:?}"));
        }

        let promised = self.happened.committed;
        if journal.0[0] >= NEW_IDS {
            return self.begun_anew(promised, &entries);
        }
        let last = old.last().map_or(first.saturating_sub(1), |entry| entry.seq);
        let place = |id: JournalId| log.journals.iter().position(|known| *known == id);
        let lost = promised.is_some_and(|(promised, seq)| {
            place(journal) < place(promised) || journal == promised && last < seq
        });
        if lost && self.honest {
            return wrong(format!("{promised:?} was on disk, and it ends at {last} of {journal}"));
        }
        if !lost && let Some(opening) = self.missing_opening(&entries) {
            return wrong(format!("a pulse left for opening {opening:?}, and the journal does not know it"));
        }

        // What it adds up to.
        let from = match before.head {
            Some((id, seq)) if id == journal && !before.damaged => Some(seq),
            None if first == 1 => Some(0),
            _ => None,
        };
        if let Some(from) = from.filter(|_| self.honest) {
            let mut added_up = before.state.clone();
            for entry in entries.iter().filter(|entry| entry.seq > from) {
                added_up.apply(&entry.event);
            }
            if added_up != *state {
                return wrong(format!("the books are not what entries up to {last} add up to"));
            }
        }
        if !lost {
            return Ok(Cost::Nothing);
        }
        let promised = promised.map_or(0, |(id, seq)| if id == journal { seq } else { last });
        self.lost.set(promised.saturating_sub(last));
        Ok(Cost::Silent)
    }

    /// An opening for which a pulse left, and of which this journal, which began with the flow or before it, says nothing.
    fn missing_opening(&self, entries: &[Entry]) -> Option<OpeningId> {
        let whole = entries.first().is_some_and(|entry| entry.seq == 1 && entry.event_is_first());
        let tried: BTreeSet<OpeningId> = entries
            .iter()
            .filter_map(|entry| match entry.event {
                Event::Tried { opening, .. } => Some(opening),
                _ => None,
            })
            .collect();
        self.happened.pulsed.iter().find(|opening| whole && !tried.contains(opening)).copied()
    }

    /// A journal began after the cut.
    fn begun_anew(&self, promised: Option<(JournalId, u64)>, entries: &[Entry]) -> Result<Cost, String> {
        let Played { log, before, .. } = self.played;
        match entries.first().map(|entry| &entry.event) {
            Some(Event::Recovered { before: damaged, verified, missing }) => {
                let had = before.head.is_some_and(|(id, _)| id == *damaged);
                let same = log.entries.values().find_map(|entry| match entry.event {
                    Event::Recovered { before, verified, missing } if before == *damaged => {
                        Some((verified, missing))
                    }
                    _ => None,
                });
                if before.damaged && had && same.is_none_or(|same| same == (*verified, *missing)) {
                    let recovered = promised.is_some_and(|(id, _)| Some(id) != before.head.map(|(id, _)| id));
                    if !recovered {
                        return Ok(Cost::Nothing);
                    }
                }
                if self.honest {
                    return wrong(format!("damage without damage: {:?}", entries.first()));
                }
                Ok(if *missing > 0 { Cost::Told } else { Cost::ThoughtWhole })
            }
            _ if promised.is_none() => Ok(Cost::Nothing),
            _ if self.honest => wrong("the journal is gone"),
            _ => Ok(Cost::Silent),
        }
    }

    /// Sync says what it remembers, and the hub what it holds.
    fn talk(&self, disk: &SimDisk, engine: &mut Locker) -> Result<(), EngineError> {
        let memory = Memory::open(disk.for_engine(), Path::new(SYNC))?;
        let witness = memory.witness()?;
        let transport_key = key(9).public_key();
        let ready = Happening::Sync(ToKiosk::Ready { transport_key, witness });
        engine.handle(AGAIN_MS, ready)?;
        while engine.next_to_sync().is_some() {}
        if engine.state().locker.is_none() {
            return Ok(());
        }
        let own = &self.played.hub;
        let hub = Hub {
            key: key(1),
            codes: CodeKey::from_bytes(own.codes.to_bytes()),
            next_number: 0,
            held: self.happened.hub_holds.clone(),
        };
        let verifier = KeyRing::verifier(disk, Path::new(STATE))?;
        let mut forked = false;
        for _ in 0..2 {
            let session = Happening::Sync(ToKiosk::Session { hub_nonce: Nonce([6; 16]) });
            engine.handle(AGAIN_MS, session)?;
            let said = std::iter::from_fn(|| engine.next_to_sync()).collect();
            let Some(hello) = hello_of(said, &verifier) else { return Ok(()) };
            let held = hub.held_of(hello.journal);
            forked |= hello.head < held
                || hello.head == held
                    && self.hash_of(hello.journal, held) != Some(hello.head_hash)
                    && held > 0;
            let standing = if forked { Standing::Forked } else { Standing::InStep };
            let answer = hub.answer(&hello, standing, 1_799_000_000);
            engine.handle(AGAIN_MS, Happening::Sync(ToKiosk::HelloAnswer { answer }))?;
            // What goes up has to follow from what is held.
            engine.handle(AGAIN_MS, Happening::Tick)?;
            while let Some(said) = engine.next_to_sync() {
                let ToSync::Batch { batch, .. } = said else { continue };
                let Ok(batch) = unseal::<Batch>(&batch.0, &verifier) else { continue };
                forked |= batch.journal == hello.journal && self.contradicts(&batch, held);
            }
            if !forked {
                break;
            }
        }
        Ok(())
    }

    /// Whether a batch says otherwise than what the hub holds, as the hub finds out: by what lies before it and by each entry.
    fn contradicts(&self, batch: &Batch, held: u64) -> bool {
        let differs =
            |seq: u64, hash| seq > 0 && seq <= held && self.hash_of(batch.journal, seq) != Some(hash);
        let entries = (batch.first..).zip(&batch.entries);
        differs(batch.first - 1, batch.before)
            || entries.into_iter().any(|(seq, entry)| differs(seq, entry_hash(&entry.0)))
    }

    /// The hash of an entry that was recorded before the cut.
    fn hash_of(&self, journal: JournalId, seq: u64) -> Option<Hash> {
        self.played.log.entries.get(&(journal, seq)).map(|entry| entry_hash(&to_bytes(entry)))
    }

    /// The journal, and the last of its entries that was recorded before the cut.
    fn last_of_before(&self, disk: &SimDisk) -> Result<(JournalId, u64), String> {
        let said = |error: JournalError| error.to_string();
        let reader = JournalReader::open_read_only_on(disk.for_engine(), Path::new(STATE)).map_err(said)?;
        let (_, newest) = reader.range().map_err(said)?.unwrap_or((1, 0));
        // A start adds a few, after those of before.
        let tail = reader.entries(newest.saturating_sub(TAIL), usize::MAX).map_err(said)?;
        let new = tail.iter().find(|entry| entry.at.mono_ms >= AGAIN_MS);
        Ok((reader.id(), new.map_or(newest, |entry| entry.seq - 1)))
    }

    /// Whether sync or the hub knows of entries of this journal behind these.
    fn is_known_to_be_lost(&self, disk: &SimDisk, last: (JournalId, u64)) -> Result<bool, String> {
        let (journal, last) = last;
        let verifier = KeyRing::verifier(disk, Path::new(STATE)).map_err(|error| error.to_string())?;
        let by_sync = remembered(disk, &verifier)
            .is_some_and(|witness| witness.journal == journal && witness.seq > last);
        let by_hub = self.happened.hub_holds.get(&journal).is_some_and(|held| *held > last);
        Ok(by_sync || by_hub)
    }

    /// Whatever the doors show, nothing is taken for empty that is not.
    fn custody(&self, engine: &mut Locker) -> Result<(), String> {
        self.known_inside(engine.state())?;
        for at_ms in [AGAIN_MS + 1, AGAIN_MS + 700, AGAIN_MS + 130_000, AGAIN_MS + 131_000] {
            let states = (1..=24_u8).map(|channel| {
                (channel, self.happened.doors.get(&channel).copied().unwrap_or(DoorState::Closed))
            });
            let doors = Happening::Doors { bank: 0, states: states.collect(), sampled_at_ms: at_ms };
            engine.handle(at_ms, doors).map_err(|error| error.to_string())?;
            self.known_inside(engine.state())?;
        }
        Ok(())
    }

    fn known_inside(&self, state: &State) -> Result<(), String> {
        for (parcel, compartment) in &self.happened.inside {
            let known = match state.contents(*compartment) {
                Contents::Empty => false,
                Contents::Holds(parcels) => parcels.contains(parcel),
                // With history cut, anything may be inside.
                Contents::Unknown { maybe, .. } => maybe.contains(parcel) || state.history_cut,
            };
            // While its opening is not over, that one speaks for the compartment: nothing is offered there.
            let about_to_go_in = state.opening_of(*compartment);
            let known = known || about_to_go_in.is_some_and(|(_, opening)| opening.goes_in.contains(parcel));
            if !known {
                let contents = state.contents(*compartment);
                return wrong(format!("{parcel:?} is in {compartment:?}, and the books say {contents:?}"));
            }
        }
        Ok(())
    }

    /// It can be used, stopped in order and started.
    fn goes_on(&self, disk: &SimDisk, mut engine: Locker) -> Result<(), String> {
        const LATER_MS: u64 = AGAIN_MS + 200_000;
        let said = |error: EngineError| format!("it does not go on: {error}");
        if engine.state().locker.is_some() {
            let number = engine.state().cursor + 1;
            let (change, ..) = self.played.hub.announcement(900);
            let changes = vec![self.played.hub.sealed(number, change)];
            engine.handle(LATER_MS, Happening::Sync(ToKiosk::Changes { changes })).map_err(said)?;
            if !engine.state().parcels.contains_key(&ParcelId(900)) {
                return wrong("it does not take another change");
            }
        }
        let (head, books) = (engine.head_seq(), engine.state().clone());
        drop(engine);
        let engine = Engine::open(options(disk, counting(0xf0)), Dead, Dead, LATER_MS).map_err(said)?;
        if engine.head_seq() <= head || books.parcels != engine.state().parcels {
            return wrong("it is not the same after a stop in order");
        }
        Ok(())
    }
}

/// Reasons to stand still that a lying card may bring about: none of them opens or forgets anything.
fn stands(error: EngineError) -> Result<Cost, String> {
    use locker_engine::keys::KeyRingError;
    match error {
        EngineError::Journal(JournalError::OtherKey { .. })
        | EngineError::Keys(KeyRingError::Damaged { .. }) => Ok(Cost::Stands),
        other => wrong(format!("it does not start: {other}")),
    }
}

/// Whether an entry begins a journal that follows no other.
trait First {
    fn event_is_first(&self) -> bool;
}

impl First for Entry {
    fn event_is_first(&self) -> bool {
        !matches!(self.event, Event::Recovered { .. })
    }
}

/// What sync remembers on this disk.
pub fn remembered(disk: &SimDisk, verifier: &VerifyingKey) -> Option<Witness> {
    let memory = Memory::open(disk.for_engine(), Path::new(SYNC)).ok()?;
    let witness = memory.witness().ok()??;
    unseal(&witness.0, verifier).ok()
}
