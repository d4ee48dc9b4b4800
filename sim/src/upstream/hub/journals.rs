//! What the hub holds of the locker's journals: each entry once, in order, chained; and every objection to them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use locker_crypto::entry_hash;
use locker_protocol::seal::from_bytes;
use locker_protocol::uplink::{Batch, Hello, Standing};
use locker_protocol::{Change, Entry, Event, Hash, JournalId};

use super::{Hub, Reply};

/// How many heads of hellos wait for their entries, of one journal.
const MAX_HEADS: usize = 64;
const NO_HASH: Hash = Hash([0; Hash::LENGTH]);

/// The journals, in the order in which the hub met them.
#[derive(Clone, Default)]
pub(super) struct Journals {
    all: Vec<HeldJournal>,
    current: Option<JournalId>,
}

/// One journal, as far as the hub holds it.
#[derive(Clone, Debug)]
pub struct HeldJournal {
    /// Which.
    pub journal: JournalId,
    /// Whether something came that contradicts it: nothing can follow then.
    pub is_forked: bool,
    entries: Vec<Arc<HeldEntry>>,
    /// The last change answered in it, once that can be told.
    cursor: Option<u64>,
    /// What hellos said of entries that have not come: hash and cursor at this number.
    heads: BTreeMap<u64, (Hash, u64)>,
}

/// One entry: its bytes were hashed, and follow from the one before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldEntry {
    /// What it says.
    pub entry: Entry,
    /// Its hash.
    pub hash: Hash,
}

/// A history that does not go on as it had begun. Only a card that lies makes one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HistoryBreak {
    /// A journal ends before what the hub holds of it.
    EndLost {
        /// Which.
        journal: JournalId,
        /// Where it ends.
        head: u64,
        /// How far the hub holds it.
        held: u64,
    },
    /// An entry is not what it was.
    Changed {
        /// In which journal.
        journal: JournalId,
        /// Its number.
        seq: u64,
    },
    /// Entries came of a journal that never said hello.
    NeverGreeted {
        /// Which.
        journal: JournalId,
    },
    /// A journal took the place of another.
    Replaced {
        /// The one before.
        before: JournalId,
        /// The new one.
        journal: JournalId,
    },
}

impl fmt::Display for HistoryBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndLost { journal, head, held } => {
                write!(f, "journal {journal} ends at {head}, and {held} entries of it are held")
            }
            Self::Changed { journal, seq } => {
                write!(f, "entry {seq} of journal {journal} is not what it was")
            }
            Self::NeverGreeted { journal } => {
                write!(f, "entries of journal {journal} came, which never said hello")
            }
            Self::Replaced { before, journal } => write!(f, "journal {journal} took the place of {before}"),
        }
    }
}

impl HeldJournal {
    fn new(journal: JournalId, is_first: bool) -> Self {
        let cursor = is_first.then_some(0);
        Self { journal, is_forked: false, entries: Vec::new(), cursor, heads: BTreeMap::new() }
    }

    /// How far it is held: the number of its last entry here.
    pub fn held(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Its entries, from number 1 without gaps.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &HeldEntry> + DoubleEndedIterator {
        self.entries.iter().map(Arc::as_ref)
    }

    fn hash_at(&self, seq: u64) -> Option<Hash> {
        match seq.checked_sub(1) {
            None => Some(NO_HASH),
            Some(place) => {
                let place = usize::try_from(place).ok()?;
                self.entries.get(place).map(|held| held.hash)
            }
        }
    }
}

impl Journals {
    pub(super) fn all(&self) -> &[HeldJournal] {
        &self.all
    }

    fn find(&self, journal: JournalId) -> Option<usize> {
        self.all.iter().position(|held| held.journal == journal)
    }

    fn begin(&mut self, journal: JournalId) -> usize {
        self.all.push(HeldJournal::new(journal, self.all.is_empty()));
        self.all.len() - 1
    }
}

impl Hub {
    /// How far the journal of a hello is held, and how the two histories compare.
    pub(super) fn meet_journal(&mut self, hello: &Hello) -> (u64, Standing) {
        let journals = &mut self.books.journals;
        let Some(place) = journals.find(hello.journal) else {
            let place = journals.begin(hello.journal);
            note_head(&mut journals.all[place], hello);
            if let Some(before) = journals.current.replace(hello.journal) {
                self.note_break(HistoryBreak::Replaced { before, journal: hello.journal });
            }
            return (0, Standing::InStep);
        };
        let known = &mut journals.all[place];
        let held = known.held();
        if known.is_forked || journals.current != Some(hello.journal) {
            return (held, Standing::Forked);
        }
        if hello.head < held {
            known.is_forked = true;
            self.note_break(HistoryBreak::EndLost { journal: hello.journal, head: hello.head, held });
            return (held, Standing::Forked);
        }
        if known.hash_at(hello.head).is_some_and(|hash| hash != hello.head_hash) {
            known.is_forked = true;
            self.note_break(HistoryBreak::Changed { journal: hello.journal, seq: hello.head });
            return (held, Standing::Forked);
        }
        if hello.head > held {
            note_head(known, hello);
        } else if known.cursor.is_some_and(|cursor| cursor != hello.cursor) {
            let cursor = known.cursor;
            self.complain(&format!("a hello says cursor {}, its journal says {cursor:?}", hello.cursor));
        }
        (held, Standing::InStep)
    }

    /// Takes the entries of a batch that are new, in order. Says how far the journal is held now.
    pub(super) fn take(&mut self, batch: &Batch) -> Result<u64, Reply> {
        let journal = batch.journal;
        let hashes: Vec<Hash> = batch.entries.iter().map(|entry| entry_hash(&entry.0)).collect();
        if batch.first == 0 || hashes.last().is_none_or(|last| *last != batch.last_hash) {
            self.complain(&format!(
                "a batch of journal {journal} from {} contradicts itself or is empty",
                batch.first
            ));
            return Err(Reply::Status(422));
        }
        let place = match self.books.journals.find(journal) {
            Some(place) => place,
            // It was replaced before it ever said hello.
            None => {
                self.note_break(HistoryBreak::NeverGreeted { journal });
                self.books.journals.begin(journal)
            }
        };
        let known = &self.books.journals.all[place];
        let (held, is_current) = (known.held(), self.books.journals.current == Some(journal));
        if known.is_forked {
            return Ok(held);
        }
        if batch.first > held + 1 {
            // Of a journal that was damaged some may be missing for good.
            if is_current {
                self.complain(&format!(
                    "a gap: entries from {} of journal {journal} came, and {held} are held",
                    batch.first
                ));
            }
            return Ok(held);
        }
        let mut changed =
            known.hash_at(batch.first - 1).filter(|before| *before != batch.before).map(|_| batch.first - 1);
        for (seq, hash) in (batch.first..).zip(&hashes) {
            if known.hash_at(seq).is_some_and(|known| known != *hash) {
                changed = changed.or(Some(seq));
            }
        }
        if let Some(seq) = changed {
            self.books.journals.all[place].is_forked = true;
            self.note_break(HistoryBreak::Changed { journal, seq });
            return Ok(held);
        }
        for ((seq, bytes), hash) in (batch.first..).zip(&batch.entries).zip(&hashes) {
            if seq > held {
                self.hold(place, seq, &bytes.0, *hash)?;
            }
        }
        Ok(self.books.journals.all[place].held())
    }

    fn hold(&mut self, place: usize, seq: u64, bytes: &[u8], hash: Hash) -> Result<(), Reply> {
        let known = &self.books.journals.all[place];
        let (journal, before) = (known.journal, known.hash_at(seq - 1));
        let entry = match from_bytes::<Entry>(bytes) {
            Ok(entry) if entry.journal == journal && entry.seq == seq && Some(entry.before) == before => {
                entry
            }
            Ok(entry) => {
                self.complain(&format!(
                    "entry {seq} of journal {journal} calls itself {} of {} or does not continue the one before",
                    entry.seq, entry.journal
                ));
                return Err(Reply::Status(422));
            }
            Err(why) => {
                self.complain(&format!("entry {seq} of journal {journal} is not understood: {why}"));
                return Err(Reply::Status(422));
            }
        };
        let is_follower = self.books.journals.all.first().is_some_and(|first| first.journal != journal);
        match (&entry.event, seq) {
            (Event::Recovered { .. }, 1) if is_follower => {}
            (Event::Recovered { .. }, _) => {
                self.complain(&format!("journal {journal} says at {seq} that it follows another"));
            }
            // A card that lies may lose a journal altogether.
            (_, 1) if is_follower && !self.card_may_lie => {
                self.complain(&format!("journal {journal} does not say which one it follows"));
            }
            _ => {}
        }
        self.check_answer(place, &entry.event);
        let known = &mut self.books.journals.all[place];
        if let Some((head_hash, head_cursor)) = known.heads.remove(&seq) {
            let cursor = known.cursor;
            if head_hash != hash {
                // A card that lies may lose the entry that the hello named, before it was sent.
                if self.card_may_lie {
                    self.note_break(HistoryBreak::Changed { journal, seq });
                } else {
                    self.complain(&format!(
                        "a hello named another entry {seq} of journal {journal} than came"
                    ));
                }
            } else if cursor.is_some_and(|cursor| cursor != head_cursor) {
                self.complain(&format!(
                    "a hello said cursor {head_cursor} at entry {seq}, its journal says {cursor:?}"
                ));
            }
        }
        let is_current = self.books.journals.current == Some(journal);
        if is_current {
            self.learn(&entry.event);
        }
        self.books.journals.all[place].entries.push(Arc::new(HeldEntry { entry, hash }));
        Ok(())
    }

    /// Changes are answered one after the other, each as this hub's key signed it.
    fn check_answer(&mut self, place: usize, event: &Event) {
        let (number, applied) = match event {
            Event::Applied { number, change } => (*number, Some(change)),
            Event::Refused { number, .. } => (*number, None),
            _ => return,
        };
        let known = &mut self.books.journals.all[place];
        let before = known.cursor.replace(number);
        if before.is_some_and(|before| number != before + 1) {
            self.complain(&format!("change {number} was answered after change {before:?}"));
        }
        let signed = self.signed.get(&number);
        let is_signed = match applied {
            Some(change) => signed.is_some_and(|signed| signed.contains(change)),
            None => signed.is_some(),
        };
        if !is_signed {
            self.complain(&format!("change {number} was answered as the hub never signed it"));
        }
    }

    /// Every change that was ever signed under this number.
    pub(super) fn note_signed(&mut self, number: u64, change: &Change) {
        let signed = self.signed.entry(number).or_default();
        if !signed.contains(change) {
            signed.push(change.clone());
        }
    }
}

fn note_head(journal: &mut HeldJournal, hello: &Hello) {
    if journal.heads.len() < MAX_HEADS {
        journal.heads.insert(hello.head, (hello.head_hash, hello.cursor));
    }
}
