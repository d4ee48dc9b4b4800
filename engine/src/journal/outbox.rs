//! What the hub does not hold yet, what it holds, and what may therefore go.

use std::ops::ControlFlow;

use locker_core::faults::{self, Fault as Sown};
use locker_protocol::event::Stamp;
use locker_protocol::seal::from_bytes;
use locker_protocol::uplink::EntryBytes;
use locker_protocol::{Entry, Hash, JournalId};

use super::error::{Fault, JournalError};
use super::load::read_entry;
use super::record::{self, Kind};
use super::store::{Rows, Table};
use super::{Journal, entry_hash};

/// The most entries that one call of [`Journal::prune`] removes.
const PRUNE_AT_ONCE: u64 = 500;

/// Entries of one journal on their way to the hub, each following from the one before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outgoing {
    /// The journal: this one, or an earlier one whose entries the hub does not hold yet.
    pub journal: JournalId,
    /// The number of the first entry.
    pub first: u64,
    /// The hash before the first entry.
    pub before: Hash,
    /// The entries' bytes, in order; never empty.
    pub entries: Vec<EntryBytes>,
    /// The hash of the last entry.
    pub last_hash: Hash,
}

impl Journal {
    /// The oldest entries that the hub does not hold: at most `max_entries` and, beyond the first, at most `max_bytes` of
    /// CBOR; nothing if it holds all. Those of earlier journals come first.
    ///
    /// # Errors
    /// Damage that is noticed here is noted; after any error the journal refuses everything.
    pub fn outbox(&mut self, max_entries: usize, max_bytes: usize) -> Result<Option<Outgoing>, JournalError> {
        self.refuse_if_poisoned()?;
        let rows = self.store.rows();
        let skipped = u64::from(faults::is(Sown::BatchSkipsOne));
        let first = self.held.up_to.saturating_add(1 + skipped);
        let outgoing = collect_earlier(&rows, max_entries, max_bytes).and_then(|earlier| match earlier {
            None if first <= self.head.seq => {
                collect(&rows, Table::Entry, first, self.head.seq, max_entries, max_bytes, |seq, record| {
                    let (entry, bytes, _) = read_entry(record, self.origin.journal, seq)?;
                    Ok((entry, bytes.to_vec()))
                })
            }
            earlier => Ok(earlier),
        });
        self.or_poison(outgoing)
    }

    /// Takes in that the hub holds every entry of `journal` up to `up_to`. `at` is the time now; only the hub's time counts
    /// for pruning. For this journal it is written with the next transaction: forgotten, it costs sending again.
    ///
    /// # Errors
    /// After any the journal refuses everything.
    pub fn held(&mut self, journal: JournalId, up_to: u64, at: Stamp) -> Result<(), JournalError> {
        self.refuse_if_poisoned()?;
        if journal != self.origin.journal {
            return self.leave_out_earlier(journal, up_to);
        }
        // That the hub holds more than there is, is for the comparison of heads to find.
        let up_to = up_to.min(self.head.seq);
        if up_to > self.held.up_to {
            self.held.up_to = up_to;
            self.held_moved = true;
        }
        if at.from_hub {
            let before = self.held.since.clone();
            self.held.pass_milestone(at.unix_s);
            self.held_moved |= before != self.held.since;
        }
        Ok(())
    }

    /// Takes in how far the hub holds this journal, at the beginning of a session: a hub that was restored from a backup
    /// holds less than it acknowledged once, and is sent the rest again. Returns false when some of that is pruned here.
    ///
    /// # Errors
    /// After any the journal refuses everything.
    pub fn hub_holds(&mut self, up_to: u64) -> Result<bool, JournalError> {
        self.refuse_if_poisoned()?;
        let up_to = up_to.min(self.head.seq);
        if up_to >= self.held.up_to {
            return Ok(true);
        }
        let ends = self.store.rows().ends(Table::Entry);
        let kept = self.or_poison(ends)?;
        if kept.is_none_or(|(first, _)| first > up_to + 1) {
            return Ok(false);
        }
        self.held.lower(up_to);
        self.held_moved = true;
        Ok(true)
    }

    /// Stops offering entries of an earlier journal that the hub refuses, so that they hinder nothing after them. They stay in
    /// the files that were set aside.
    ///
    /// # Errors
    /// After any the journal refuses everything.
    pub fn leave_out(&mut self, journal: JournalId) -> Result<(), JournalError> {
        self.refuse_if_poisoned()?;
        self.leave_out_earlier(journal, u64::MAX)
    }

    fn leave_out_earlier(&mut self, journal: JournalId, up_to: u64) -> Result<(), JournalError> {
        let found = earlier_up_to(&self.store.rows(), journal, up_to);
        let Some((first, last)) = self.or_poison(found)? else { return Ok(()) };
        let written = self.store.write(|rows| rows.remove(Table::Earlier, first, last).map(|_| ()));
        self.or_poison(written)
    }

    /// Removes entries that may go: those before the older of the kept checkpoints that the hub has held for at least thirty
    /// days. `now` counts only if it is the hub's time. At most 500 at once; returns how many.
    ///
    /// # Errors
    /// Damage that is noticed here is noted; after any error the journal refuses everything.
    pub fn prune(&mut self, now: Stamp) -> Result<u64, JournalError> {
        self.refuse_if_poisoned()?;
        let oldest_kept = match self.checkpoints[..] {
            [oldest_kept, _] => oldest_kept,
            _ if faults::is(Sown::PrunesTheTail) => self.head.seq,
            _ => return Ok(0),
        };
        if !now.from_hub {
            return Ok(0);
        }
        let held = if faults::is(Sown::PrunesTheTail) { u64::MAX } else { self.held.prunable(now.unix_s) };
        let last = oldest_kept.min(held);
        let ends = self.store.rows().ends(Table::Entry);
        let Some((first, _)) = self.or_poison(ends)? else { return Ok(0) };
        if first > last {
            return Ok(0);
        }
        let last = last.min(first.saturating_add(PRUNE_AT_ONCE - 1));
        let mut removed = 0;
        let written = self.store.write(|rows| {
            removed = rows.remove(Table::Entry, first, last)?;
            Ok(())
        });
        self.or_poison(written)?;
        Ok(removed as u64)
    }
}

/// The bytes of the entries of earlier journals that the hub does not hold, and of these entries of this one, in order.
pub(super) fn all_unsent(
    rows: &Rows<'_>,
    journal: JournalId,
    first: u64,
    last: u64,
) -> Result<Vec<Vec<u8>>, JournalError> {
    let mut unsent = Vec::new();
    rows.each(Table::Earlier, 0, u64::MAX, |_, record| {
        unsent.push(read_earlier(record)?.1.to_vec());
        Ok(ControlFlow::Continue(()))
    })?;
    rows.each(Table::Entry, first, last, |seq, record| {
        unsent.push(read_entry(record, journal, seq)?.1.to_vec());
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(unsent)
}

fn collect_earlier(
    rows: &Rows<'_>,
    max_entries: usize,
    max_bytes: usize,
) -> Result<Option<Outgoing>, JournalError> {
    collect(rows, Table::Earlier, 0, u64::MAX, max_entries, max_bytes, |_, record| {
        let (entry, bytes) = read_earlier(record)?;
        Ok((entry, bytes.to_vec()))
    })
}

fn read_earlier(record: &[u8]) -> Result<(Entry, &[u8]), Fault> {
    let bytes = record::unframe(Kind::Entry, record).ok_or(Fault::Record("an earlier entry"))?;
    let entry = from_bytes(bytes).map_err(|_| Fault::Record("an earlier entry"))?;
    Ok((entry, bytes))
}

/// Collects entries that follow from each other. Where an earlier journal breaks off, so does the batch; in this journal
/// nothing may break off.
fn collect(
    rows: &Rows<'_>,
    table: Table,
    first: u64,
    last: u64,
    max_entries: usize,
    max_bytes: usize,
    read: impl Fn(u64, &[u8]) -> Result<(Entry, Vec<u8>), Fault>,
) -> Result<Option<Outgoing>, JournalError> {
    let mut outgoing: Option<Outgoing> = None;
    let mut next = first;
    let mut left = max_bytes;
    rows.each(table, first, last, |number, record| {
        if table == Table::Entry && number != next {
            return Err(Fault::Entry { seq: next }.into());
        }
        next = number.saturating_add(1);
        let (entry, bytes) = read(number, record)?;
        let Some(batch) = &mut outgoing else {
            left = left.saturating_sub(bytes.len());
            let last_hash = entry_hash(&bytes);
            outgoing = Some(Outgoing {
                journal: entry.journal,
                first: entry.seq,
                before: entry.before,
                entries: vec![EntryBytes(bytes)],
                last_hash,
            });
            return Ok(ControlFlow::Continue(()));
        };
        let follows = batch.journal == entry.journal && batch.last_hash == entry.before;
        if !follows && table == Table::Entry {
            return Err(Fault::Chain { seq: entry.seq }.into());
        }
        if !follows || batch.entries.len() >= max_entries || bytes.len() > left {
            return Ok(ControlFlow::Break(()));
        }
        left -= bytes.len();
        batch.last_hash = entry_hash(&bytes);
        batch.entries.push(EntryBytes(bytes));
        Ok(ControlFlow::Continue(()))
    })?;
    if outgoing.is_none() && table == Table::Entry {
        return Err(Fault::Entry { seq: first }.into());
    }
    Ok(outgoing)
}

/// The places of an earlier journal's entries up to a number: they lie together.
fn earlier_up_to(
    rows: &Rows<'_>,
    journal: JournalId,
    up_to: u64,
) -> Result<Option<(u64, u64)>, JournalError> {
    let mut found: Option<(u64, u64)> = None;
    rows.each(Table::Earlier, 0, u64::MAX, |place, record| {
        let (entry, _) = read_earlier(record)?;
        let meant = entry.journal == journal && entry.seq <= up_to;
        if meant {
            found = Some((found.map_or(place, |(first, _)| first), place));
        }
        Ok(if found.is_some() && !meant { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(found)
}
