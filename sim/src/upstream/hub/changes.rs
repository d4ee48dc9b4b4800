//! Changes: numbered without gaps within a generation, handed out after a cursor, answered by events.

use std::collections::BTreeMap;

use locker_protocol::seal::seal;
use locker_protocol::uplink::{Hello, MAX_CHANGES, SealedBytes, Standing};
use locker_protocol::{Change, Numbered, Refusal};

use super::{Hub, Reply};

/// The changes of the locker.
#[derive(Clone, Default)]
pub(super) struct Changes {
    generation: u64,
    base: u64,
    newest: u64,
    delivered: u64,
    /// Of this generation, by number.
    given: BTreeMap<u64, Given>,
    /// Of earlier ones: those that were answered.
    before: BTreeMap<u64, Given>,
    /// The locker answered another change than this hub remembers under its number: its cursor cannot be relied on.
    is_mixed_up: bool,
}

#[derive(Clone)]
struct Given {
    change: Change,
    sealed: Option<SealedBytes>,
    answer: Option<Result<(), Refusal>>,
}

impl Changes {
    /// How the locker answered a change; nothing where it has not, or where this hub does not remember it.
    pub(super) fn answer(&self, number: u64) -> Option<Result<(), Refusal>> {
        self.given.get(&number).or_else(|| self.before.get(&number))?.answer
    }

    /// Signed changes of the past, for whoever wants to say them again.
    pub(super) fn sealed(&self) -> impl Iterator<Item = &SealedBytes> {
        self.given.values().filter_map(|given| given.sealed.as_ref())
    }

    pub(super) fn newest(&self) -> u64 {
        self.newest
    }
}

impl Hub {
    /// Asks a change of the locker: its number. What becomes of it, the locker decides.
    pub fn ask(&mut self, change: Change) -> u64 {
        if let Change::Staff { staff } = &change {
            self.books.parcels.employ(staff);
        }
        if let Change::RevokeStaff { staff } = &change {
            self.books.parcels.dismiss(*staff);
        }
        self.rung = true;
        self.append(change)
    }

    /// How the locker answered the change of this number; nothing while its answer is not here.
    pub fn answer_to(&self, number: u64) -> Option<Result<(), Refusal>> {
        self.books.changes.answer(number)
    }

    /// Whether the locker has answered every change, as far as its events have come.
    pub fn is_idle(&self) -> bool {
        self.books.changes.given.values().all(|given| given.answer.is_some())
    }

    fn append(&mut self, change: Change) -> u64 {
        let changes = &mut self.books.changes;
        changes.newest += 1;
        let number = changes.newest;
        changes.given.insert(number, Given { change, sealed: None, answer: None });
        number
    }

    /// The signed changes after a cursor, in order.
    pub(super) fn after(&mut self, cursor: u64) -> Result<Vec<SealedBytes>, Reply> {
        let changes = &self.books.changes;
        if cursor < changes.base || cursor > changes.newest {
            return Err(Reply::Status(409));
        }
        let numbers: Vec<u64> =
            changes.given.range(cursor + 1..).map(|(number, _)| *number).take(MAX_CHANGES).collect();
        let mut found = Vec::with_capacity(numbers.len());
        for number in numbers {
            found.extend(self.sealed(number));
        }
        Ok(found)
    }

    fn sealed(&mut self, number: u64) -> Option<SealedBytes> {
        let changes = &mut self.books.changes;
        let given = changes.given.get_mut(&number)?;
        // Before it leaves: a cursor beyond it then comes from a life that this hub does not remember.
        changes.delivered = changes.delivered.max(number);
        if let Some(sealed) = &given.sealed {
            return Some(sealed.clone());
        }
        let numbered = Numbered { locker: self.locker, number, change: given.change.clone() };
        let sealed = SealedBytes(seal(&numbered, &self.signing));
        given.sealed = Some(sealed.clone());
        self.note_signed(number, &numbered.change);
        Some(sealed)
    }

    pub(super) fn generation(&self) -> u64 {
        self.books.changes.generation.max(1)
    }

    /// How the locker's cursor compares: one that is not known begins a new generation, in which everything that may
    /// matter to the locker is listed anew.
    pub(super) fn meet_cursor(&mut self, hello: &Hello) -> (u64, Standing) {
        let changes = &mut self.books.changes;
        // The first generation that a locker hears of is 1.
        changes.generation = changes.generation.max(1);
        let unknown = hello.cursor > changes.delivered
            || hello.cursor < changes.base
            || hello.generation > changes.generation
            || changes.is_mixed_up;
        if unknown {
            changes.generation = changes.generation.max(hello.generation) + 1;
            self.list_anew(hello.cursor);
        }
        let generation = self.books.changes.generation;
        let missed = hello.generation != 0 && hello.generation != generation;
        (generation, if unknown || missed { Standing::CursorUnknown } else { Standing::InStep })
    }

    fn list_anew(&mut self, cursor: u64) {
        let changes = &mut self.books.changes;
        // What left the hub up to the cursor was handled, only its answer is on the way.
        let handled = if changes.is_mixed_up { 0 } else { changes.delivered.min(cursor) };
        let locker_forgot = cursor < changes.base;
        let mut unanswered = Vec::new();
        for (number, given) in std::mem::take(&mut changes.given) {
            if given.answer.is_some() || number <= handled {
                changes.before.insert(number, given);
            } else {
                unanswered.push(given.change);
            }
        }
        changes.is_mixed_up = false;
        changes.base = cursor;
        changes.newest = cursor;
        changes.delivered = cursor;
        let listing: Vec<Change> = self.books.parcels.listing(locker_forgot).collect();
        // A new code or a match is repeated: what is listed has the code that the locker last took.
        let repeated = unanswered
            .into_iter()
            .filter(|change| !matches!(change, Change::Staff { .. }) && !listing.contains(change));
        let all: Vec<Change> = listing.iter().cloned().chain(repeated).collect();
        for change in all {
            self.append(change);
        }
        self.rung = true;
    }

    /// Notes how the locker answered.
    pub(super) fn answered(&mut self, number: u64, applied: Option<&Change>, answer: Result<(), Refusal>) {
        let changes = &mut self.books.changes;
        let given = match changes.given.get_mut(&number) {
            Some(given) => Some(given),
            None => changes.before.get_mut(&number),
        };
        match given {
            Some(given) if applied.is_none_or(|change| *change == given.change) => {
                given.answer = Some(answer)
            }
            // It was given in a life that this hub does not remember. A cursor that stands beyond what this hub gave
            // would tell; one that does not has to be asked for again.
            Some(_) if number > changes.base => {
                changes.is_mixed_up = true;
                self.sessions.end();
            }
            _ => {}
        }
    }
}
