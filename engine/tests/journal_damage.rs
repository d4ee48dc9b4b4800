//! Every byte of a journal's files flipped, every length cut: the state is as it was, or the damage is reported and nothing is
//! lost but what only the damaged bytes held.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panic and prints what it tried"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use locker_crypto::SigningKey;
use locker_engine::journal::{Anew, Book, Damage, Journal, JournalError, JournalReader, Opened};
use locker_protocol::event::Stamp;
use locker_protocol::link::Witness;
use locker_protocol::seal::{from_bytes, to_bytes};
use locker_protocol::{Entry, Event, JournalId, ParcelId};

/// Remembers by which entry (journal and number) it was told of each parcel, and every recovery.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
struct Told {
    parcels: BTreeMap<u64, (u8, u64)>,
    /// How many numbers were missing, recovery by recovery.
    missing: Vec<u64>,
}

impl Book for Told {
    fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Expired { parcel } => {
                self.parcels.insert(parcel.0, (entry.journal.0[0], entry.seq));
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

const NOW: Stamp = Stamp { mono_ms: 5_000, unix_s: 1_800_000_000, from_hub: true };

fn keys() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

fn open(folder: &Path, new_id: u8) -> Result<Opened<Told>, JournalError> {
    Journal::open(std::sync::Arc::new(locker_engine::RealDisk), folder, &keys(), JournalId([new_id; 16]), NOW)
}

/// The parcel of an entry.
fn parcel(journal: u8, seq: u64) -> u64 {
    u64::from(journal) * 1_000_000_007 + seq * 1_000_003
}

fn expired(journal: u8, seq: u64) -> Event {
    Event::Expired { parcel: ParcelId(parcel(journal, seq)) }
}

/// Adds entries with these numbers, in one transaction.
fn add(opened: &mut Opened<Told>, seqs: std::ops::RangeInclusive<u64>) {
    let journal = opened.journal.id().0[0];
    let events: Vec<Event> = seqs.clone().map(|seq| expired(journal, seq)).collect();
    opened.journal.append(NOW, &events).unwrap();
    assert_eq!(opened.journal.head().seq, *seqs.end());
    opened.book.parcels.extend(seqs.map(|seq| (parcel(journal, seq), (journal, seq))));
}

fn checkpoint(opened: &mut Opened<Told>) {
    opened.journal.checkpoint(&opened.book.to_bytes(), &keys()).unwrap();
}

const FILES: [&str; 3] = ["journal.db", "journal.db-wal", "head"];
const DATABASE: usize = 0;
const LOG: usize = 1;
const HEAD: usize = 2;

/// The files of a journal whose process died, and what lies in them.
struct Sample {
    files: [Vec<u8>; 3],
    /// The journal.
    id: u8,
    /// How many entries it came to.
    entries: u64,
    /// What it says.
    book: Told,
    /// Each entry's record.
    records: BTreeMap<u64, Vec<u8>>,
    /// Each checkpoint's records, by the number of the entry after which it was made.
    checkpoints: BTreeMap<u64, Vec<Vec<u8>>>,
}

impl Sample {
    /// Writes a journal and takes its files while it is open: as they are when its process is killed.
    fn take(write: impl FnOnce(&Path) -> Opened<Told>) -> Self {
        let folder = memory();
        let Opened { journal, book, .. } = write(folder.path());
        let reader = JournalReader::open_read_only(folder.path()).unwrap();
        let place = reader.path().to_owned();
        drop(reader);
        let files = FILES.map(|name| fs::read(place.join(name)).unwrap());
        let entries = journal.head().seq;
        let id = journal.id().0[0];
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
        Self { files, id, entries, book, records, checkpoints }
    }

    /// The parcels of which these bytes still tell: by an entry's own record, or by a checkpoint.
    fn surviving(&self, files: &[Vec<u8>; 3]) -> BTreeSet<u64> {
        let survives = |record: &Vec<u8>| files[..HEAD].iter().any(|bytes| contains(bytes, record));
        let whole = self.checkpoints.iter().filter(|(_, records)| records.iter().all(survives));
        let by_checkpoint = whole.map(|(&seq, _)| seq).max().unwrap_or(0);
        let tells = |&(journal, seq): &(u8, u64)| {
            if journal == self.id {
                seq <= by_checkpoint || self.records.get(&seq).is_some_and(survives)
            } else {
                by_checkpoint > 0
            }
        };
        self.book.parcels.iter().filter(|(_, told_by)| tells(told_by)).map(|(&parcel, _)| parcel).collect()
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
    let mut journal = opened.journal;
    let Some(damage) = opened.damage else {
        Count::add(&count.unnoticed);
        assert_eq!(opened.book, sample.book, "{what}: not reported");
        assert_eq!(journal.head().seq, sample.entries, "{what}");
        goes_on(sample, journal, folder.path(), what);
        return;
    };
    let told = &opened.book.parcels;
    let surviving = sample.surviving(files);
    assert!(
        surviving.iter().all(|parcel| told.contains_key(parcel)),
        "{what}: {surviving:?}, {told:?}, {damage:?}"
    );
    assert!(told.iter().all(|(parcel, by)| sample.book.parcels.get(parcel) == Some(by)), "{what}: invented");
    assert_eq!(opened.book.missing.last(), Some(&damage.missing), "{what}");
    if *told == sample.book.parcels {
        Count::add(&count.whole);
    } else {
        Count::add(&count.cut);
        assert!(damage.missing > 0, "{what}: {told:?} and nothing missing: {damage:?}");
        let really = sample.book.parcels.len() - told.len();
        assert!(damage.missing <= really as u64 + 1, "{what}: {really} really missing: {damage:?}");
    }
    if damage.before.0[0] == sample.id {
        sends_what_is_verified(&mut journal, &damage, what);
    }
    assert!(damage.set_aside.join("journal.db").exists() || files[DATABASE].is_empty(), "{what}");
}

/// The hub gets the damaged journal before the new one, and each entry follows from the one before.
fn sends_what_is_verified(journal: &mut Journal, damage: &Damage, what: &str) {
    let mut sent = None;
    let mut own = false;
    while let Some(batch) = journal.outbox(100, usize::MAX).unwrap() {
        let last = batch.first + batch.entries.len() as u64 - 1;
        if batch.journal == damage.before {
            assert!(!own && sent.is_none_or(|sent| sent + 1 == batch.first), "{what}: {damage:?}");
            sent = Some(last);
        }
        own |= batch.journal == journal.id();
        journal.held(batch.journal, last, NOW).unwrap();
    }
    assert!(own, "{what}: the new journal is sent");
    if let Some(sent) = sent {
        assert_eq!(sent + damage.unsendable, damage.verified, "{what}: {damage:?}");
    }
}

/// What was not noticed must not hurt later: more entries, another start, and nothing is lost or silent.
fn goes_on(sample: &Sample, mut journal: Journal, folder: &Path, what: &str) {
    let more = sample.entries + 1..=sample.entries + 12;
    let events: Vec<Event> = more.clone().map(|seq| expired(sample.id, seq)).collect();
    let added = journal.append(NOW, &events);
    drop(journal);
    let opened = open(folder, 0x33).unwrap_or_else(|error| panic!("{what}, later: {error}"));
    let mut told = sample.book.parcels.clone();
    match added {
        Ok(()) => told.extend(more.map(|seq| (parcel(sample.id, seq), (sample.id, seq)))),
        Err(JournalError::Damaged(_)) => assert!(opened.damage.is_some(), "{what}: noticed, then forgotten"),
        Err(other) => panic!("{what}, later: {other}"),
    }
    let book = opened.book.parcels;
    assert!(told.iter().all(|(parcel, by)| book.get(parcel) == Some(by)), "{what}: lost later");
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

/// Every `step`-th byte of every file.
fn positions(sample: &Sample, step: usize) -> Vec<(usize, usize)> {
    [DATABASE, LOG, HEAD]
        .into_iter()
        .flat_map(|file| (0..sample.files[file].len()).step_by(step).map(move |at| (file, at)))
        .collect()
}

fn flip(sample: &Sample, name: &str, step: usize) {
    let count = Count::default();
    each(&positions(sample, step), |file, at| {
        let mut files = sample.files.clone();
        // One bit, another one from byte to byte.
        files[file][at] ^= 1 << (at * 5 % 8);
        judge(sample, &files, &format!("{name}: byte {at} of {} flipped", FILES[file]), &count);
    });
    print("flips", name, sample, &count);
}

fn cut(sample: &Sample, name: &str, step: usize) {
    let count = Count::default();
    each(&positions(sample, step), |file, at| {
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
        let mut opened = open(folder, 0x11).unwrap();
        add(&mut opened, 1..=3);
        add(&mut opened, 4..=4);
        add(&mut opened, 5..=6);
        drop(opened);
        let mut opened = open(folder, 0x99).unwrap();
        add(&mut opened, 7..=8);
        add(&mut opened, 9..=9);
        add(&mut opened, 10..=12);
        opened
    })
}

/// With a checkpoint in the database and one in the log, whose beginning was written anew.
fn grown() -> Sample {
    Sample::take(|folder| {
        let mut opened = open(folder, 0x11).unwrap();
        add(&mut opened, 1..=4);
        checkpoint(&mut opened);
        drop(opened);
        let mut opened = open(folder, 0x99).unwrap();
        add(&mut opened, 5..=5);
        add(&mut opened, 6..=6);
        add(&mut opened, 7..=7);
        opened.journal.rest().unwrap();
        add(&mut opened, 8..=9);
        checkpoint(&mut opened);
        add(&mut opened, 10..=10);
        opened
    })
}

/// Follows another journal of which the hub does not hold all, has been pruned, and fills many pages, some of them free.
fn old() -> Sample {
    Sample::take(|folder| {
        let mut opened = open(folder, 0x44).unwrap();
        add(&mut opened, 1..=9);
        opened.journal.held(opened.journal.id(), 4, NOW).unwrap();
        let witness = Witness { seq: 10, ..opened.journal.head() };
        let (lost, new_id) = (Anew::Lost { witness }, JournalId([0x11; 16]));
        let mut opened = opened.journal.begin_anew(opened.book, lost, &keys(), new_id, NOW).unwrap();
        for tens in 0..6 {
            add(&mut opened, 10 * tens + 2..=10 * tens + 11);
            checkpoint(&mut opened);
        }
        opened.journal.held(new_id, 35, NOW).unwrap();
        add(&mut opened, 62..=62);
        let later = Stamp { unix_s: NOW.unix_s + 40 * 86_400, ..NOW };
        assert_eq!(opened.journal.prune(later).unwrap(), 35);
        drop(opened);
        let mut opened = open(folder, 0x99).unwrap();
        add(&mut opened, 63..=63);
        add(&mut opened, 64..=66);
        opened
    })
}

#[test]
fn the_samples_are_whole_before_they_are_damaged() {
    for (sample, entries) in [(young(), 12), (grown(), 10), (old(), 66)] {
        assert_eq!(sample.entries, entries);
        assert_eq!(sample.surviving(&sample.files).len(), sample.book.parcels.len());
        let count = Count::default();
        judge(&sample, &sample.files, "undamaged", &count);
        assert_eq!(count.unnoticed.into_inner(), 1);
        assert!(sample.files.iter().all(|bytes| !bytes.is_empty()));
    }
}

#[test]
fn every_byte_of_a_young_journal_flipped() {
    flip(&young(), "without checkpoints", 1);
}

#[test]
fn every_byte_of_a_grown_journal_flipped() {
    flip(&grown(), "with checkpoints", 1);
}

#[test]
fn a_young_journal_cut_at_every_length() {
    cut(&young(), "without checkpoints", 1);
}

#[test]
fn a_grown_journal_cut_at_every_length() {
    cut(&grown(), "with checkpoints", 1);
}

#[test]
fn bytes_all_over_an_old_journal_flipped() {
    flip(&old(), "of many pages", 5);
}

#[test]
fn an_old_journal_cut_at_lengths_all_over() {
    cut(&old(), "of many pages", 11);
}
