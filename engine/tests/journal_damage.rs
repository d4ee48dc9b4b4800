//! Every byte of a journal's files flipped, every length cut: the state is as it was, or the damage is reported and nothing is
//! lost but what only the damaged bytes held.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use locker_crypto::SigningKey;
use locker_engine::journal::{Book, Damage, Journal, JournalError, Opened};
use locker_protocol::event::Stamp;
use locker_protocol::seal::{from_bytes, to_bytes};
use locker_protocol::{Entry, Event, JournalId, ParcelId};

/// Remembers every parcel it was told of, by the number of the entry, and every recovery.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
struct Told {
    parcels: BTreeMap<u64, u64>,
    /// The numbers that were missing, recovery by recovery.
    missing: Vec<u64>,
}

impl Book for Told {
    fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Expired { parcel } => {
                self.parcels.insert(parcel.0, entry.seq);
            }
            Event::Recovered { missing, .. } => self.missing.push(*missing),
            other => panic!("never written here: {other:?}"),
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        to_bytes(&(self.parcels.clone(), self.missing.clone()))
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        from_bytes(bytes).ok().map(|(parcels, missing)| Self { parcels, missing })
    }
}

const ID: JournalId = JournalId([0x11; 16]);
const NOW: Stamp = Stamp { mono_ms: 5_000, unix_s: 1_800_000_000, from_hub: true };

fn keys() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

fn open(folder: &Path, new_id: u8) -> Result<Opened<Told>, JournalError> {
    Journal::open(folder, &keys(), JournalId([new_id; 16]), NOW)
}

/// The parcel of an entry: far from its number, so that neither is found in the bytes of the other.
fn parcel(seq: u64) -> u64 {
    seq * 1_000_003
}

fn add(journal: &mut Journal, seqs: std::ops::RangeInclusive<u64>) {
    let events: Vec<Event> = seqs.map(|seq| Event::Expired { parcel: ParcelId(parcel(seq)) }).collect();
    journal.append(NOW, &events).unwrap();
}

fn told_up_to(seq: u64) -> Told {
    Told { parcels: (1..=seq).map(|seq| (parcel(seq), seq)).collect(), missing: Vec::new() }
}

const FILES: [&str; 3] = ["journal.db", "journal.db-wal", "head"];
const DATABASE: usize = 0;
const LOG: usize = 1;
const HEAD: usize = 2;

/// The files of a journal whose process died, and what lies in them.
struct Sample {
    files: [Vec<u8>; 3],
    entries: u64,
    /// Each entry's record.
    records: BTreeMap<u64, Vec<u8>>,
    /// Each checkpoint's records, by the number of the entry after which it was made.
    checkpoints: BTreeMap<u64, Vec<Vec<u8>>>,
}

impl Sample {
    /// Writes a journal and takes its files while it is open: as they are when its process is killed.
    fn take(write: impl FnOnce(&Path) -> Journal) -> Self {
        let folder = memory();
        let journal = write(folder.path());
        let place = folder.path().join("1");
        let files = FILES.map(|name| fs::read(place.join(name)).unwrap());
        let entries = journal.head().seq;
        drop(journal);
        let connection = rusqlite::Connection::open(place.join("journal.db")).unwrap();
        let mut rows = connection.prepare("SELECT number, record FROM entry").unwrap();
        let records = rows.query_map([], |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?))).unwrap();
        let records = records.map(Result::unwrap).collect();
        let mut rows = connection.prepare("SELECT number / 1024, record FROM checkpoint").unwrap();
        let mut checkpoints: BTreeMap<u64, Vec<Vec<u8>>> = BTreeMap::new();
        let pieces = rows.query_map([], |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?))).unwrap();
        for (seq, record) in pieces.map(Result::unwrap) {
            checkpoints.entry(seq).or_default().push(record);
        }
        Self { files, entries, records, checkpoints }
    }

    /// The numbers of the entries that these bytes still hold: by their own record, or by a checkpoint.
    fn surviving(&self, files: &[Vec<u8>; 3]) -> BTreeSet<u64> {
        let survives = |record: &Vec<u8>| files[..HEAD].iter().any(|bytes| contains(bytes, record));
        let by_checkpoint = self
            .checkpoints
            .iter()
            .filter(|(_, records)| records.iter().all(survives))
            .map(|(&seq, _)| seq)
            .max()
            .unwrap_or(0);
        let by_record = self.records.iter().filter(|(_, record)| survives(record)).map(|(&seq, _)| seq);
        (1..=by_checkpoint).chain(by_record).collect()
    }
}

fn contains(bytes: &[u8], record: &[u8]) -> bool {
    // All records begin alike: the first byte alone spares most comparisons.
    let mut at = 0;
    while let Some(step) = bytes[at..].iter().position(|byte| *byte == record[0]) {
        at += step;
        if bytes[at..].starts_with(record) {
            return true;
        }
        at += 1;
    }
    false
}

/// A folder in memory: it is the bytes that are tried here, not the disk.
fn memory() -> tempfile::TempDir {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

#[derive(Default)]
struct Count {
    tried: AtomicUsize,
    unnoticed: AtomicUsize,
    whole: AtomicUsize,
    cut: AtomicUsize,
}

impl Count {
    fn add(counter: &AtomicUsize) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Opens a journal with these files, and holds what comes out against what the bytes still say.
fn judge(sample: &Sample, files: &[Vec<u8>; 3], what: &str, count: &Count) {
    let folder = memory();
    let place = folder.path().join("1");
    fs::create_dir(&place).unwrap();
    for (name, bytes) in FILES.iter().zip(files) {
        fs::write(place.join(name), bytes).unwrap();
    }
    Count::add(&count.tried);
    let opened = open(folder.path(), 0x22).unwrap_or_else(|error| panic!("{what}: {error}"));
    let all = told_up_to(sample.entries);
    let mut journal = opened.journal;
    let Some(damage) = opened.damage else {
        Count::add(&count.unnoticed);
        assert_eq!(opened.book, all, "{what}: not reported");
        assert_eq!(journal.id(), ID, "{what}");
        goes_on(sample, journal, folder.path(), what);
        return;
    };
    let told: BTreeSet<u64> = opened.book.parcels.values().copied().collect();
    let surviving = sample.surviving(files);
    assert!(surviving.is_subset(&told), "{what}: {surviving:?} survive, only {told:?} are told: {damage:?}");
    assert!(opened.book.parcels.iter().all(|(&id, &seq)| id == parcel(seq)), "{what}: invented");
    assert_eq!(opened.book.missing, [damage.missing], "{what}");
    if opened.book.parcels == all.parcels {
        Count::add(&count.whole);
    } else {
        Count::add(&count.cut);
        assert!(damage.missing > 0, "{what}: {told:?} and nothing missing: {damage:?}");
        let really = sample.entries - told.len() as u64;
        assert!(damage.missing <= really.max(1), "{what}: {} really missing: {damage:?}", really);
    }
    assert!((1..=damage.verified).all(|seq| told.contains(&seq)), "{what}: {damage:?}");
    if damage.before == ID {
        sends_what_is_verified(&mut journal, &damage, what);
    }
    assert!(damage.set_aside.join("journal.db").exists() || files[DATABASE].is_empty(), "{what}");
}

/// The hub gets the old journal first, as far as it is readable without a gap, then the new one.
fn sends_what_is_verified(journal: &mut Journal, damage: &Damage, what: &str) {
    let mut sent = 0;
    while let Some(batch) = journal.outbox(100, usize::MAX).unwrap() {
        if batch.journal == ID {
            assert_eq!(batch.first, sent + 1, "{what}");
            sent += batch.entries.len() as u64;
        } else {
            assert_eq!(batch.first, 1, "{what}");
        }
        let last = batch.first + batch.entries.len() as u64 - 1;
        journal.held(batch.journal, last, NOW).unwrap();
    }
    assert_eq!(sent + damage.unsendable, damage.verified, "{what}: {damage:?}");
}

/// What was not noticed must not hurt later: another entry, another start, and nothing is lost or silent.
fn goes_on(sample: &Sample, mut journal: Journal, folder: &Path, what: &str) {
    let next = sample.entries + 1;
    let added = journal.append(NOW, &[Event::Expired { parcel: ParcelId(parcel(next)) }]);
    drop(journal);
    let opened = open(folder, 0x33).unwrap_or_else(|error| panic!("{what}, later: {error}"));
    let mut told = told_up_to(sample.entries);
    match added {
        Ok(()) => drop(told.parcels.insert(parcel(next), next)),
        Err(JournalError::Damaged(_)) => assert!(opened.damage.is_some(), "{what}: noticed, then forgotten"),
        Err(other) => panic!("{what}, later: {other}"),
    }
    let book = opened.book;
    assert!(told.parcels.iter().all(|known| book.parcels.get(known.0) == Some(known.1)), "{what}: lost later");
}

/// Tries everything on two threads.
fn each(positions: &[(usize, usize)], try_one: impl Fn(usize, usize) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(&(file, at)) = positions.get(next.fetch_add(1, Ordering::Relaxed)) {
                    try_one(file, at);
                }
            });
        }
    });
}

fn flip_every_byte(sample: &Sample, name: &str) {
    let positions: Vec<_> =
        [DATABASE, LOG, HEAD].iter().flat_map(|&file| (0..sample.files[file].len()).map(move |at| (file, at))).collect();
    let count = Count::default();
    each(&positions, |file, at| {
        let mut files = sample.files.clone();
        // One bit, another one from byte to byte.
        files[file][at] ^= 1 << (at * 5 % 8);
        judge(sample, &files, &format!("{name}: byte {at} of {} flipped", FILES[file]), &count);
    });
    print("flips", name, sample, &count);
}

fn cut_every_length(sample: &Sample, name: &str) {
    let positions: Vec<_> =
        [DATABASE, LOG, HEAD].iter().flat_map(|&file| (0..sample.files[file].len()).map(move |at| (file, at))).collect();
    let count = Count::default();
    each(&positions, |file, at| {
        let mut files = sample.files.clone();
        files[file].truncate(at);
        judge(sample, &files, &format!("{name}: {} cut to {at} bytes", FILES[file]), &count);
    });
    print("cuts", name, sample, &count);
}

fn print(kind: &str, name: &str, sample: &Sample, count: &Count) {
    let get = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    println!(
        "{} {kind} of a journal {name} (database {}, log {}, second place {} bytes): {} changed nothing, {} were reported \
         with the state whole, {} with entries missing; nothing else was lost",
        get(&count.tried),
        sample.files[DATABASE].len(),
        sample.files[LOG].len(),
        sample.files[HEAD].len(),
        get(&count.unnoticed),
        get(&count.whole),
        get(&count.cut),
    );
    assert!(get(&count.tried) > 1_000, "the sample is too small to say anything");
}

/// Half of the entries in the database, half in the log; no checkpoint.
fn young() -> Sample {
    Sample::take(|folder| {
        let mut journal = open(folder, 0x11).unwrap().journal;
        add(&mut journal, 1..=3);
        add(&mut journal, 4..=4);
        add(&mut journal, 5..=6);
        drop(journal);
        let mut journal = open(folder, 0x99).unwrap().journal;
        add(&mut journal, 7..=8);
        add(&mut journal, 9..=9);
        add(&mut journal, 10..=12);
        journal
    })
}

/// With a checkpoint in the database and one in the log, whose beginning was written anew.
fn grown() -> Sample {
    Sample::take(|folder| {
        let mut journal = open(folder, 0x11).unwrap().journal;
        add(&mut journal, 1..=4);
        journal.checkpoint(&told_up_to(4).to_bytes(), &keys()).unwrap();
        drop(journal);
        let mut journal = open(folder, 0x99).unwrap().journal;
        add(&mut journal, 5..=5);
        add(&mut journal, 6..=6);
        add(&mut journal, 7..=7);
        journal.rest().unwrap();
        add(&mut journal, 8..=9);
        journal.checkpoint(&told_up_to(9).to_bytes(), &keys()).unwrap();
        add(&mut journal, 10..=10);
        journal
    })
}

#[test]
fn the_samples_are_whole_before_they_are_damaged() {
    for (sample, entries) in [(young(), 12), (grown(), 10)] {
        assert_eq!(sample.entries, entries);
        assert_eq!(sample.surviving(&sample.files).len() as u64, entries);
        let count = Count::default();
        judge(&sample, &sample.files, "undamaged", &count);
        assert_eq!(count.unnoticed.into_inner(), 1);
        assert!(sample.files.iter().all(|bytes| !bytes.is_empty()));
    }
}

#[test]
fn every_byte_of_a_young_journal_flipped() {
    flip_every_byte(&young(), "without checkpoints");
}

#[test]
fn every_byte_of_a_grown_journal_flipped() {
    flip_every_byte(&grown(), "with checkpoints");
}

#[test]
fn a_young_journal_cut_at_every_length() {
    cut_every_length(&young(), "without checkpoints");
}

#[test]
fn a_grown_journal_cut_at_every_length() {
    cut_every_length(&grown(), "with checkpoints");
}
