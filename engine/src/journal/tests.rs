//! A journal in use. What happens to a damaged one is in `engine/tests/journal_damage.rs`.

use std::collections::BTreeMap;
use std::path::Path;

use locker_crypto::{SigningKey, VerifyingKey};
use locker_protocol::event::{MAX_DOORS_OF_TEMPERATURE, Stamp};
use locker_protocol::link::Witness;
use locker_protocol::seal::{from_bytes, to_bytes};
use locker_protocol::{CompartmentId, Entry, Event, Hash, JournalId, OpeningId, ParcelId};
use tempfile::TempDir;

use super::*;

/// Remembers what each parcel's last event was, and what was missing.
#[derive(Default, Debug, PartialEq, Eq)]
struct Parcels {
    last: BTreeMap<u64, u64>,
    missing: Vec<u64>,
}

impl Book for Parcels {
    fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Expired { parcel } => {
                self.last.insert(parcel.0, entry.seq);
            }
            Event::Recovered { missing, .. } => self.missing.push(*missing),
            _ => {}
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        to_bytes(&(self.last.clone(), self.missing.clone()))
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        from_bytes(bytes).ok().map(|(last, missing)| Self { last, missing })
    }
}

const DAY: u64 = 86_400;

fn keys() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

fn id(byte: u8) -> JournalId {
    JournalId([byte; 16])
}

fn on_day(day: u64) -> Stamp {
    Stamp { mono_ms: 1_000, unix_s: day * DAY, from_hub: true }
}

fn open_as(folder: &Path, new_id: u8) -> Opened<Parcels> {
    Journal::open(Arc::new(crate::RealDisk), folder, &keys(), id(new_id), on_day(100)).unwrap()
}

fn open(folder: &Path) -> (Journal, Parcels) {
    let opened = open_as(folder, 1);
    assert_eq!(opened.damage, None);
    (opened.journal, opened.book)
}

fn expired(parcel: u64) -> Event {
    Event::Expired { parcel: ParcelId(parcel) }
}

/// A folder in memory: no test here is about the disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// A journal with `count` entries, one transaction each.
fn filled(folder: &Path, count: u64) -> Journal {
    let (mut journal, _) = open(folder);
    for parcel in 1..=count {
        journal.append(on_day(100), &[expired(parcel)]).unwrap();
    }
    journal
}

#[test]
fn what_was_appended_is_there_after_a_restart() {
    let folder = folder();
    let (mut journal, book) = open(folder.path());
    assert_eq!(book, Parcels::default());
    assert_eq!(journal.head(), Witness { journal: id(1), seq: 0, hash: Hash([0; 32]) });
    journal.append(on_day(100), &[expired(5), expired(6)]).unwrap();
    journal.append(on_day(100), &[expired(5)]).unwrap();
    let head = journal.head();
    assert_eq!(head.seq, 3);
    drop(journal);

    let (journal, book) = open(folder.path());
    assert_eq!(journal.head(), head);
    assert_eq!(book.last, BTreeMap::from([(5, 3), (6, 2)]));
}

#[test]
fn a_process_that_dies_without_closing_loses_nothing() {
    let folder = folder();
    let journal = filled(folder.path(), 5);
    let copy = self::folder();
    copy_folder(folder.path(), copy.path());
    let (copied, book) = open(copy.path());
    assert_eq!(copied.head(), journal.head());
    assert_eq!(book.last.len(), 5);
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), &to).unwrap();
        }
    }
}

#[test]
fn a_second_writer_is_turned_away() {
    let folder = folder();
    let _first = open(folder.path());
    let second =
        Journal::open::<Parcels>(Arc::new(crate::RealDisk), folder.path(), &keys(), id(2), on_day(100));
    assert!(matches!(second, Err(JournalError::InUse { .. })));
}

#[test]
fn a_start_reads_the_newest_checkpoint_and_what_follows() {
    let folder = folder();
    let mut journal = filled(folder.path(), 7);
    let (_, book) = (0, Parcels { last: (1..=7).map(|parcel| (parcel, parcel)).collect(), missing: vec![] });
    assert_eq!(journal.events_since_checkpoint(), 7);
    journal.checkpoint(&book.to_bytes(), &keys()).unwrap();
    assert_eq!(journal.events_since_checkpoint(), 0);
    journal.append(on_day(100), &[expired(99)]).unwrap();
    assert_eq!(journal.events_since_checkpoint(), 1);
    drop(journal);
    let (journal, book) = open(folder.path());
    assert_eq!(journal.events_since_checkpoint(), 1);
    assert_eq!(book.last.len(), 8);
    assert_eq!(book.last[&99], 8);
}

#[test]
fn only_the_two_newest_checkpoints_are_kept() {
    let folder = folder();
    let (mut journal, _) = open(folder.path());
    for parcel in 1..=5 {
        journal.append(on_day(100), &[expired(parcel)]).unwrap();
        let last = (1..=parcel).map(|parcel| (parcel, parcel)).collect();
        journal.checkpoint(&Parcels { last, missing: vec![] }.to_bytes(), &keys()).unwrap();
    }
    let report =
        JournalReader::open_read_only(folder.path()).unwrap().verify(&VerifyingKey(keys().public_key()));
    let report = report.unwrap();
    assert_eq!((report.entries, report.checkpoints), (5, 2));
    assert!(report.is_ok() && report.chain_ok && report.signatures_ok);
}

#[test]
fn a_state_that_fills_a_checkpoint_survives() {
    let folder = folder();
    /// A state of the longest length.
    #[derive(Default)]
    struct Long(Vec<u8>);
    impl Book for Long {
        fn apply(&mut self, _: &Entry) {}
        fn to_bytes(&self) -> Vec<u8> {
            self.0.clone()
        }
        fn from_bytes(bytes: &[u8]) -> Option<Self> {
            Some(Self(bytes.to_vec()))
        }
    }
    let mut journal = filled(folder.path(), 1);
    let long: Vec<u8> = (0..MAX_BOOK_BYTES).map(|at| (at % 251) as u8).collect();
    let refused = journal.checkpoint(&vec![0; MAX_BOOK_BYTES + 1], &keys());
    assert!(matches!(refused, Err(JournalError::BookTooLong { .. })));
    journal.checkpoint(&long, &keys()).unwrap();
    drop(journal);
    let opened =
        Journal::open::<Long>(Arc::new(crate::RealDisk), folder.path(), &keys(), id(2), on_day(100)).unwrap();
    assert_eq!(opened.damage, None);
    assert_eq!(opened.book.0, long);
}

#[test]
fn another_key_is_told_from_damage_and_changes_nothing() {
    let folder = folder();
    drop(filled(folder.path(), 3));
    let other = SigningKey::from_seed(&[8; 32]).unwrap();
    let opened =
        Journal::open::<Parcels>(Arc::new(crate::RealDisk), folder.path(), &other, id(2), on_day(100));
    assert!(matches!(opened, Err(JournalError::OtherKey { journal }) if journal == id(1)));
    assert_eq!(open(folder.path()).1.last.len(), 3);
}

#[test]
fn an_entry_that_does_not_fit_a_page_is_refused_and_the_journal_goes_on() {
    let folder = folder();
    let mut journal = filled(folder.path(), 1);
    let parcels = (0..50).map(|count| ParcelId(u64::MAX - count)).collect();
    let long = Event::Settled { compartment: CompartmentId(1), holds: parcels, by: None };
    let refused = journal.append(on_day(100), &[expired(1), long]);
    assert!(matches!(refused, Err(JournalError::EntryTooLong { most: MAX_ENTRY_BYTES, .. })));
    journal.append(on_day(100), &[Event::Opened { opening: OpeningId(1) }]).unwrap();
    assert_eq!(journal.head().seq, 2);
}

#[test]
fn the_longest_temperature_fits_a_page() {
    let folder = folder();
    let mut journal = filled(folder.path(), 1);
    let sensor = "\u{1F321}".repeat(locker_hw::settings::LONGEST_NAME);
    let compartments = (0..=u16::MAX).rev().take(MAX_DOORS_OF_TEMPERATURE).map(CompartmentId).collect();
    let long = Event::Temperature { sensor, tenths_c: Some(i16::MIN), in_range: false, compartments };
    journal.append(on_day(100), &[long]).unwrap();
}

#[test]
fn a_full_disk_is_said_and_nothing_is_half_written() {
    let folder = folder();
    let mut journal = filled(folder.path(), 3);
    let before = journal.head();
    journal.store.fill_the_disk(true);
    let many: Vec<Event> = (10..60).map(expired).collect();
    assert!(matches!(journal.append(on_day(100), &many), Err(JournalError::Full)));
    // What the disk holds is not known for certain now.
    assert!(matches!(journal.append(on_day(100), &[expired(4)]), Err(JournalError::Poisoned)));
    assert!(matches!(journal.outbox(1, 1_000), Err(JournalError::Poisoned)));
    drop(journal);
    let (mut journal, book) = open(folder.path());
    assert_eq!(journal.head(), before);
    assert_eq!(book.last.len(), 3);
    journal.append(on_day(100), &many).unwrap();
}

#[test]
fn the_outbox_gives_the_oldest_first_in_batches_that_follow_each_other() {
    let folder = folder();
    let mut journal = filled(folder.path(), 10);
    let batch = journal.outbox(4, usize::MAX).unwrap().unwrap();
    assert_eq!((batch.journal, batch.first, batch.entries.len()), (id(1), 1, 4));
    assert_eq!(batch.before, Hash([0; 32]));
    assert_eq!(journal.outbox(4, usize::MAX).unwrap().unwrap(), batch, "until the hub holds it");
    journal.held(id(1), 4, on_day(100)).unwrap();
    let next = journal.outbox(100, usize::MAX).unwrap().unwrap();
    assert_eq!((next.first, next.entries.len(), next.before), (5, 6, batch.last_hash));
    assert_eq!(next.last_hash, journal.head().hash);
    let small = journal.outbox(100, 1).unwrap().unwrap();
    assert_eq!(small.entries.len(), 1, "one always goes");
    let two = next.entries[0].0.len() + next.entries[1].0.len();
    assert_eq!(journal.outbox(100, two).unwrap().unwrap().entries.len(), 2);
    journal.held(id(1), 10, on_day(100)).unwrap();
    assert_eq!(journal.outbox(100, usize::MAX).unwrap(), None);
}

#[test]
fn what_the_hub_holds_is_remembered_with_the_next_entry() {
    let folder = folder();
    let mut journal = filled(folder.path(), 3);
    journal.held(id(1), 2, on_day(100)).unwrap();
    journal.append(on_day(100), &[expired(4)]).unwrap();
    drop(journal);
    let (mut journal, _) = open(folder.path());
    assert_eq!(journal.outbox(10, usize::MAX).unwrap().unwrap().first, 3);
    journal.held(id(1), 4, on_day(100)).unwrap();
    journal.rest().unwrap();
    drop(journal);
    assert_eq!(open(folder.path()).0.outbox(10, usize::MAX).unwrap(), None);
}

#[test]
fn pruning_takes_only_what_the_hub_has_held_for_a_month_and_a_checkpoint_covers() {
    let folder = folder();
    let mut journal = filled(folder.path(), 6);
    let book =
        |upto: u64| Parcels { last: (1..=upto).map(|parcel| (parcel, parcel)).collect(), missing: vec![] };
    journal.checkpoint(&book(6).to_bytes(), &keys()).unwrap();
    for parcel in 7..=9 {
        journal.append(on_day(100), &[expired(parcel)]).unwrap();
    }
    journal.held(id(1), 8, on_day(100)).unwrap();
    assert_eq!(journal.prune(on_day(140)).unwrap(), 0, "one checkpoint is not enough");
    journal.checkpoint(&book(9).to_bytes(), &keys()).unwrap();
    assert_eq!(journal.prune(on_day(129)).unwrap(), 0, "too early");
    assert_eq!(
        journal.prune(Stamp { from_hub: false, ..on_day(140) }).unwrap(),
        0,
        "a time that nobody vouched for"
    );
    assert_eq!(journal.prune(on_day(140)).unwrap(), 6);
    assert_eq!(journal.prune(on_day(140)).unwrap(), 0);
    drop(journal);
    let (mut journal, found) = open(folder.path());
    assert_eq!(found, book(9));
    assert_eq!(
        journal.check_witness(Witness { journal: id(1), seq: 2, hash: Hash([9; 32]) }).unwrap(),
        WitnessVerdict::Agrees
    );
    journal.append(on_day(140), &[expired(10)]).unwrap();
    let report =
        JournalReader::open_read_only(folder.path()).unwrap().verify(&VerifyingKey(keys().public_key()));
    let report = report.unwrap();
    assert!(report.is_ok(), "{report:?}");
    assert_eq!((report.first, report.entries), (7, 4));
}

/// Found by cutting the power in `sim/tests/power_cuts`: it was pruned, and then missing when the hub was to be sent it again.
#[test]
fn what_a_restored_hub_has_lost_is_not_pruned_however_long_it_was_held() {
    let folder = folder();
    let mut journal = filled(folder.path(), 6);
    journal.checkpoint(&Parcels::default().to_bytes(), &keys()).unwrap();
    journal.append(on_day(100), &[expired(7), expired(8)]).unwrap();
    journal.checkpoint(&Parcels::default().to_bytes(), &keys()).unwrap();
    journal.held(id(1), 8, on_day(100)).unwrap();
    assert!(journal.hub_holds(2).unwrap());
    assert_eq!(journal.prune(on_day(140)).unwrap(), 2);
    let outgoing = journal.outbox(100, usize::MAX).unwrap().unwrap();
    assert_eq!((outgoing.first, outgoing.entries.len()), (3, 6));
    journal.held(id(1), 8, on_day(140)).unwrap();
    assert_eq!(journal.prune(on_day(170)).unwrap(), 0, "a month begins anew");
    assert_eq!(journal.prune(on_day(171)).unwrap(), 4);
}

#[test]
fn the_witness_tells_a_journal_that_lost_its_end_or_went_another_way() {
    let folder = folder();
    let mut journal = filled(folder.path(), 3);
    let head = journal.head();
    assert_eq!(journal.check_witness(head).unwrap(), WitnessVerdict::Agrees);
    let ahead = Witness { seq: 5, ..head };
    assert_eq!(journal.check_witness(ahead).unwrap(), WitnessVerdict::Lost { witness: ahead });
    let other = Witness { seq: 2, hash: Hash([1; 32]), ..head };
    assert_eq!(journal.check_witness(other).unwrap(), WitnessVerdict::Lost { witness: other });
    let stranger = Witness { journal: id(9), ..head };
    assert_eq!(journal.check_witness(stranger).unwrap(), WitnessVerdict::Stranger { witness: stranger });
}

#[test]
fn a_journal_that_only_sync_remembers_is_strange_once() {
    let folder = folder();
    let journal = filled(folder.path(), 3);
    let stranger = Witness { journal: id(9), ..journal.head() };
    let book = Parcels { last: (1..=3).map(|parcel| (parcel, parcel)).collect(), missing: vec![] };
    let opened =
        journal.begin_anew(book, Anew::Lost { witness: stranger }, &keys(), id(2), on_day(101)).unwrap();
    drop(opened);
    let (mut journal, _) = open(folder.path());
    assert_eq!(journal.check_witness(stranger).unwrap(), WitnessVerdict::Agrees, "no journal is begun again");
}

#[test]
fn a_journal_that_lost_its_end_is_left_and_what_it_has_still_reaches_the_hub_first() {
    let folder = folder();
    let mut journal = filled(folder.path(), 3);
    journal.held(id(1), 1, on_day(100)).unwrap();
    let witness = Witness { seq: 5, ..journal.head() };
    let last_hash = journal.head().hash;
    let book = Parcels { last: (1..=3).map(|parcel| (parcel, parcel)).collect(), missing: vec![] };
    let opened = journal.begin_anew(book, Anew::Lost { witness }, &keys(), id(2), on_day(101)).unwrap();
    let damage = opened.damage.unwrap();
    assert_eq!((damage.before, damage.verified, damage.missing), (id(1), 3, 2));
    assert_eq!(opened.book.missing, [2]);
    assert_eq!(opened.book.last.len(), 3);
    drop(opened.journal);

    let (mut journal, book) = open(folder.path());
    assert_eq!(book, opened.book);
    assert_eq!(journal.id(), id(2));
    assert_eq!(journal.check_witness(witness).unwrap(), WitnessVerdict::Agrees, "known from before");
    let earlier = journal.outbox(10, usize::MAX).unwrap().unwrap();
    assert_eq!((earlier.journal, earlier.first, earlier.last_hash), (id(1), 2, last_hash));
    journal.held(id(1), 2, on_day(101)).unwrap();
    assert_eq!(journal.outbox(10, usize::MAX).unwrap().unwrap().first, 3);
    journal.held(id(1), 3, on_day(101)).unwrap();
    let own = journal.outbox(10, usize::MAX).unwrap().unwrap();
    assert_eq!((own.journal, own.first, own.entries.len()), (id(2), 1, 1));
}

#[test]
fn what_the_hub_refuses_of_an_earlier_journal_blocks_nothing() {
    let folder = folder();
    let journal = filled(folder.path(), 3);
    let witness = Witness { seq: 5, ..journal.head() };
    let opened = journal.begin_anew(Parcels::default(), Anew::Lost { witness }, &keys(), id(2), on_day(101));
    let mut journal = opened.unwrap().journal;
    journal.leave_out(id(1)).unwrap();
    assert_eq!(journal.outbox(10, usize::MAX).unwrap().unwrap().journal, id(2));
}

#[test]
fn a_forked_journal_is_set_aside_and_sends_nothing_more() {
    let folder = folder();
    let journal = filled(folder.path(), 3);
    let opened = journal.begin_anew(Parcels::default(), Anew::Forked, &keys(), id(2), on_day(101)).unwrap();
    assert_eq!(opened.damage.as_ref().unwrap().fault, Fault::Forked);
    assert!(opened.damage.unwrap().set_aside.join("journal.db").exists());
    let mut journal = opened.journal;
    assert_eq!(journal.outbox(10, usize::MAX).unwrap().unwrap().journal, id(2));
}

#[test]
fn at_most_three_are_kept_aside() {
    let folder = folder();
    let mut journal = filled(folder.path(), 1);
    for next in 2..=9 {
        journal = journal
            .begin_anew(Parcels::default(), Anew::Forked, &keys(), id(next), on_day(101))
            .unwrap()
            .journal;
    }
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["6", "7", "8", "9", "lock"]);
    assert_eq!(journal.id(), id(9));
}

#[test]
fn a_reader_sees_each_entry_as_soon_as_it_is_committed_and_leaves_no_trace() {
    let folder = folder();
    let mut journal = filled(folder.path(), 2);
    let files = |folder: &Path| {
        let mut names: Vec<_> =
            std::fs::read_dir(folder.join("1")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = files(folder.path());
    let reader = JournalReader::open_read_only(folder.path()).unwrap();
    for parcel in 3..50 {
        journal.append(on_day(100), &[expired(parcel)]).unwrap();
        assert_eq!(reader.head().unwrap(), journal.head());
        let newest = reader.entries(parcel, 10).unwrap();
        assert_eq!(newest.len(), 1);
        assert_eq!(newest[0].event, expired(parcel));
    }
    assert_eq!(reader.range().unwrap(), Some((1, 49)));
    assert_eq!(files(folder.path()), before);
    drop(reader);
    assert_eq!(files(folder.path()), before);
}

#[test]
fn a_reader_reads_what_a_dead_writer_left_with_and_without_its_index() {
    let folder = folder();
    let journal = filled(folder.path(), 5);
    for index in [true, false] {
        let copy = self::folder();
        copy_folder(folder.path(), copy.path());
        if !index {
            std::fs::remove_file(copy.path().join("1/journal.db-shm")).unwrap();
        }
        let reader = JournalReader::open_read_only(copy.path()).unwrap();
        assert_eq!(reader.head().unwrap(), journal.head(), "with index: {index}");
        let report = reader.verify(&VerifyingKey(keys().public_key())).unwrap();
        assert!(report.is_ok(), "{report:?}");
        assert_eq!(copy.path().join("1/journal.db-shm").exists(), index);
    }
    drop(journal);
    let reader = JournalReader::open_read_only(folder.path()).unwrap();
    assert_eq!(reader.head().unwrap().seq, 5, "closed in order");
}

#[test]
fn verifying_with_another_key_finds_the_checkpoint_unsigned() {
    let folder = folder();
    let mut journal = filled(folder.path(), 2);
    journal.checkpoint(&Parcels::default().to_bytes(), &keys()).unwrap();
    let reader = JournalReader::open_read_only(folder.path()).unwrap();
    let other = SigningKey::from_seed(&[8; 32]).unwrap();
    let report = reader.verify(&VerifyingKey(other.public_key())).unwrap();
    assert!(!report.signatures_ok && report.chain_ok);
    assert_eq!(report.first_fault, Some(Fault::Checkpoint { seq: 2 }));
}

#[test]
fn a_folder_without_a_journal_is_said_to_have_none() {
    let folder = folder();
    assert!(matches!(JournalReader::open_read_only(folder.path()), Err(JournalError::Missing { .. })));
    let nowhere = folder.path().join("nowhere");
    assert!(matches!(JournalReader::open_read_only(&nowhere), Err(JournalError::Missing { .. })));
}

#[test]
fn a_making_that_was_interrupted_leaves_the_journal_as_it_was() {
    let folder = folder();
    let head = filled(folder.path(), 2).head();
    std::fs::create_dir(folder.path().join("unfinished")).unwrap();
    std::fs::write(folder.path().join("unfinished/journal.db"), b"half").unwrap();
    let (journal, _) = open(folder.path());
    assert_eq!(journal.head(), head);
    let opened = journal.begin_anew(Parcels::default(), Anew::Forked, &keys(), id(2), on_day(101)).unwrap();
    assert_eq!(opened.journal.id(), id(2));
}

#[test]
fn an_entry_is_a_line_that_people_can_read() {
    let entry = |event| Entry { journal: id(1), seq: 12, at: on_day(20_000), before: Hash([0; 32]), event };
    let opened = entry(Event::Opened { opening: OpeningId(4) });
    assert_eq!(Line(&opened).to_string(), "     12  2024-10-04T00:00:00Z   Opening 4: the door is open.");
    let mut settled =
        entry(Event::Settled { compartment: CompartmentId(7), holds: vec![ParcelId(3)], by: None });
    settled.at.from_hub = false;
    assert_eq!(
        Line(&settled).to_string(),
        "     12  2024-10-04T00:00:00Z or later   Compartment 7 holds p3."
    );
}

/// Opens what lies in the folder, which must be recovered, and gives what was noticed.
fn noticed(folder: &Path) -> Fault {
    open_as(folder, 2).damage.expect("damage").fault
}

#[test]
fn an_entry_that_was_exchanged_for_another_breaks_the_chain() {
    let folder = folder();
    let mut journal = filled(folder.path(), 4);
    let other = Entry { journal: id(1), seq: 2, at: on_day(100), before: Hash([0; 32]), event: expired(77) };
    let (record, _) = chained(&other).unwrap();
    journal.store.write(|rows| rows.replace(Table::Entry, 2, &record)).unwrap();
    let report =
        JournalReader::open_read_only(folder.path()).unwrap().verify(&VerifyingKey(keys().public_key()));
    let report = report.unwrap();
    assert!(!report.chain_ok && report.first_fault == Some(Fault::Chain { seq: 2 }));
    drop(journal);
    let opened = open_as(folder.path(), 2);
    let damage = opened.damage.unwrap();
    assert_eq!(damage.fault, Fault::Chain { seq: 2 });
    // The true one may still be found where it lay before.
    assert!(damage.missing > 0 || opened.book.last.get(&2) == Some(&2), "{damage:?}");
    assert!(opened.book.last.contains_key(&4));
}

/// Found by cutting the power in `sim/tests/power_cuts`: the loss of the newest entry was taken for none.
#[test]
fn a_last_entry_that_went_bad_is_missing_even_where_no_other_place_knows_of_it() {
    let folder = folder();
    let mut journal = filled(folder.path(), 4);
    journal.store.write(|rows| rows.replace(Table::Entry, 4, b"went bad")).unwrap();
    drop(journal);
    // Every trace of the true one is gone from the database as well.
    let database = folder.path().join("1/journal.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let (record, _) = chained(&Entry {
        journal: id(1),
        seq: 4,
        at: on_day(100),
        before: chained_hash(folder.path(), 3),
        event: expired(4),
    })
    .unwrap();
    for at in 0..bytes.len() - record.len() {
        if bytes[at..].starts_with(&record[..40]) {
            bytes[at + 30] ^= 1;
        }
    }
    std::fs::write(&database, bytes).unwrap();
    std::fs::write(folder.path().join("1/head"), []).unwrap();
    let damage = open_as(folder.path(), 2).damage.unwrap();
    assert_eq!((damage.fault, damage.verified, damage.missing), (Fault::Entry { seq: 4 }, 3, 1));
}

/// The hash of an entry that is in the journal.
fn chained_hash(folder: &Path, seq: u64) -> Hash {
    let reader = JournalReader::open_read_only(folder).unwrap();
    let entry = reader.entries(seq, 1).unwrap().remove(0);
    entry_hash(&begin::entry_bytes(&entry))
}

#[test]
fn tables_that_were_not_made_here_are_noticed() {
    let folder = folder();
    drop(filled(folder.path(), 2));
    let connection = rusqlite::Connection::open(folder.path().join("1/journal.db")).unwrap();
    connection
        .execute_batch("CREATE TRIGGER forget AFTER INSERT ON entry BEGIN DELETE FROM entry; END")
        .unwrap();
    drop(connection);
    assert_eq!(noticed(folder.path()), Fault::Head("tables"));
}

#[test]
fn a_list_of_free_pages_that_leads_into_the_entries_is_noticed_before_anything_is_written_there() {
    let folder = folder();
    let mut journal = filled(folder.path(), 40);
    journal.store.write(|rows| rows.remove(Table::Entry, 1, 30).map(|_| ())).unwrap();
    drop(journal);
    let path = folder.path().join("1/journal.db");
    let mut bytes = std::fs::read(&path).unwrap();
    assert_ne!(bytes[36..40], [0; 4], "there are free pages");
    // SQLite's header: the first page of the list. The page taken instead is the newest of the entries'.
    let newest = bytes.chunks(PAGE_BYTES).rposition(|page| page[0] == 0x0d).unwrap();
    bytes[32..36].copy_from_slice(&(newest as u32 + 1).to_be_bytes());
    std::fs::write(&path, &bytes).unwrap();
    assert!(matches!(noticed(folder.path()), Fault::Check(_) | Fault::Sqlite(_)));
}

#[test]
fn a_journal_of_a_newer_version_is_left_alone() {
    let folder = folder();
    let mut journal = filled(folder.path(), 2);
    let newer = Origin { format: 2, ..journal.origin.clone() };
    journal
        .store
        .write(|rows| rows.replace(Table::Note, note::ORIGIN, &note_record(Kind::Origin, &newer)))
        .unwrap();
    drop(journal);
    let opened =
        Journal::open::<Parcels>(Arc::new(crate::RealDisk), folder.path(), &keys(), id(2), on_day(100));
    assert!(matches!(opened, Err(JournalError::NewerFormat { found: 2, known: 1 })));
    assert!(!folder.path().join("2").exists());
}

#[test]
fn a_state_of_a_newer_version_is_left_alone() {
    let folder = folder();
    let mut journal = filled(folder.path(), 2);
    journal.checkpoint(b"not understood", &keys()).unwrap();
    drop(journal);
    let opened =
        Journal::open::<Parcels>(Arc::new(crate::RealDisk), folder.path(), &keys(), id(2), on_day(100));
    assert!(matches!(opened, Err(JournalError::BookNotUnderstood { seq: 2 })));
    assert!(!folder.path().join("2").exists());
}
