//! A process that is killed and a power cut in the middle of a write leave a journal that is whole.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panic; the one that is killed prints how far it came"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use locker_crypto::{SigningKey, VerifyingKey};
use locker_engine::journal::{Book, Fault, Journal, JournalError, JournalReader, Opened};
use locker_protocol::event::Stamp;
use locker_protocol::{Entry, Event, JournalId, ParcelId};
use proptest::prelude::*;

/// Remembers the parcels it was told of, in order.
#[derive(Default, Debug, PartialEq, Eq)]
struct Told {
    parcels: Vec<u64>,
    missing: u64,
}

impl Book for Told {
    fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Expired { parcel } => self.parcels.push(parcel.0),
            Event::Recovered { missing, .. } => self.missing += missing,
            _ => {}
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        [self.missing].iter().chain(&self.parcels).flat_map(|number| number.to_be_bytes()).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks::<8>();
        let mut numbers = numbers.iter().map(|number| u64::from_be_bytes(*number));
        let missing = numbers.next()?;
        rest.is_empty().then(|| Self { parcels: numbers.collect(), missing })
    }
}

const NOW: Stamp = Stamp { mono_ms: 5_000, unix_s: 1_800_000_000, from_hub: true };

fn keys() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

fn open(folder: &Path, new_id: u8) -> Opened<Told> {
    Journal::open(std::sync::Arc::new(locker_engine::RealDisk), folder, &keys(), JournalId([new_id; 16]), NOW)
        .unwrap()
}

fn expired(parcel: u64) -> Event {
    Event::Expired { parcel: ParcelId(parcel) }
}

/// A folder in memory: what is tried here is order, not the disk.
fn memory() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

const FOLDER: &str = "LOCKER_TEST_JOURNAL";
/// Entries of one transaction, told apart from one entry three times.
const AT_ONCE: u64 = 3;

/// The process that is killed. Run by [`a_killed_process_loses_nothing_that_it_was_told_is_written`] only.
#[test]
#[ignore = "runs until it is killed"]
fn writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let Opened { mut journal, mut book, damage } = open(Path::new(&folder), 1);
    assert_eq!(damage, None);
    loop {
        let next = journal.head().seq + 1;
        let parcels = next..next + AT_ONCE;
        let events: Vec<Event> = parcels.clone().map(expired).collect();
        journal.append(NOW, &events).unwrap();
        book.parcels.extend(parcels);
        println!("written {}", journal.head().seq);
        if journal.events_since_checkpoint() > 20 {
            journal.checkpoint(&book.to_bytes(), &keys()).unwrap();
        }
        if journal.head().seq % 50 == 0 {
            journal.rest().unwrap();
        }
    }
}

#[test]
fn a_killed_process_loses_nothing_that_it_was_told_is_written() {
    let folder = memory();
    let mut entries = 0;
    for round in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writes_until_it_is_killed", "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        // Killed wherever it is when it has said so many: it does not wait for anybody to read.
        let wanted = 1 + round * 7 % 40;
        let written: Vec<u64> = said
            .by_ref()
            .filter_map(|line| line.split("written ").nth(1)?.parse().ok())
            .take(usize::try_from(wanted).unwrap())
            .collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(written.len() as u64, wanted, "it went on until it was killed");
        let last = said
            .filter_map(|line| line.split("written ").nth(1)?.parse().ok())
            .last()
            .unwrap_or(written[written.len() - 1]);

        let reader = JournalReader::open_read_only(folder.path()).unwrap();
        let report = reader.verify(&VerifyingKey(keys().public_key())).unwrap();
        assert!(report.is_ok(), "round {round}: {report:?}");
        drop(reader);
        let opened = open(folder.path(), 2);
        assert_eq!(opened.damage, None, "round {round}");
        let head = opened.journal.head().seq;
        assert!(head >= last && head <= last + AT_ONCE, "round {round}: {head} after {last} was written");
        assert_eq!(head % AT_ONCE, 0, "a transaction is whole or not there");
        assert_eq!(opened.book.parcels, (1..=head).collect::<Vec<_>>());
        assert!(head > entries);
        entries = head;
    }
}

fn files(folder: &Path) -> [Vec<u8>; 3] {
    ["journal.db", "journal.db-wal", "head"].map(|name| fs::read(folder.join("1").join(name)).unwrap())
}

fn put(folder: &Path, [database, log, head]: &[Vec<u8>; 3]) {
    let place = folder.join("1");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("journal.db"), database).unwrap();
    fs::write(place.join("journal.db-wal"), log).unwrap();
    fs::write(place.join("head"), head).unwrap();
}

#[test]
fn a_power_cut_in_the_middle_of_a_transaction_is_not_damage() {
    let folder = memory();
    let mut journal = open(folder.path(), 1).journal;
    journal.append(NOW, &[expired(1), expired(2)]).unwrap();
    journal.append(NOW, &[expired(3)]).unwrap();
    let [_, log_before, head_before] = files(folder.path());
    let torn: Vec<Event> = (4..20).map(expired).collect();
    journal.append(NOW, &torn).unwrap();
    let [database, log, _] = files(folder.path());
    drop(journal);
    assert!(log.len() > log_before.len() + 3 * 536);

    let mut tries = 0;
    // The disk may have written any part of the transaction: its beginning, or all but one sector of it. The second place of
    // the head is written after the transaction.
    for at in (log_before.len()..log.len()).step_by(7) {
        for whole_behind in [false, true] {
            let mut log = log.clone();
            if whole_behind {
                let sector = at / 512 * 512;
                let end = log.len().min(sector + 512);
                log[sector.max(log_before.len())..end].fill(0);
            } else {
                log.truncate(at);
            }
            let folder = memory();
            put(folder.path(), &[database.clone(), log, head_before.clone()]);
            let Opened { mut journal, book, damage } = open(folder.path(), 2);
            assert_eq!(damage, None, "at {at}");
            assert_eq!(book.parcels, [1, 2, 3], "at {at}");
            // What the torn one left is not in the way of what follows, even when that is torn, too.
            journal.append(NOW, &[expired(100)]).unwrap();
            let whole = files(folder.path());
            journal.append(NOW, &[101, 102, 103, 104].map(expired)).unwrap();
            let [database, mut log, _] = files(folder.path());
            drop(journal);
            let [_, log_before, head_before] = whole;
            let first = (0..log.len()).find(|&at| log_before.get(at) != Some(&log[at])).unwrap();
            let end = log.len().min(first + 24);
            log[first..end].fill(0);
            let folder = memory();
            put(folder.path(), &[database, log, head_before]);
            let opened = open(folder.path(), 3);
            assert_eq!((opened.damage, opened.book.parcels), (None, vec![1, 2, 3, 100]), "at {at}");
            tries += 1;
        }
    }
    println!("{tries} power cuts in the middle of a transaction: all whole, none mistaken for damage");
}

#[test]
fn what_was_committed_long_ago_and_went_bad_in_the_log_is_noticed_even_without_the_second_place() {
    let folder = memory();
    let mut journal = open(folder.path(), 1).journal;
    for parcel in 1..=6 {
        journal.append(NOW, &[expired(parcel)]).unwrap();
    }
    let [database, log, _] = files(folder.path());
    drop(journal);
    let folder = memory();
    let mut bad = log.clone();
    bad[32 + 24 + 100] ^= 1;
    put(folder.path(), &[database, bad, Vec::new()]);
    let opened = open(folder.path(), 2);
    assert_eq!(opened.damage.unwrap().fault, Fault::LogCut);
    assert!(opened.book.parcels.ends_with(&[2, 3, 4, 5, 6]));
}

#[test]
fn damage_in_an_entry_that_is_only_read_later_is_noted_and_recovered_at_the_next_start() {
    let folder = memory();
    let Opened { mut journal, mut book, .. } = open(folder.path(), 1);
    for parcel in 1..=60 {
        journal.append(NOW, &[expired(parcel * 1_000_003)]).unwrap();
        book.parcels.push(parcel * 1_000_003);
    }
    journal.checkpoint(&book.to_bytes(), &keys()).unwrap();
    drop(journal);
    let path = folder.path().join("1/journal.db");
    let mut bytes = fs::read(&path).unwrap();
    let fifth = (5_u64 * 1_000_003).to_be_bytes();
    let places: Vec<usize> =
        (0..bytes.len() - 4).filter(|&at| bytes[at..].starts_with(&fifth[4..])).collect();
    for at in places {
        // In the entry itself; the checkpoint's state has the number in another form.
        if bytes[at - 1] == 0x1a {
            bytes[at] ^= 1;
        }
    }
    fs::write(&path, bytes).unwrap();

    let Opened { mut journal, book: found, damage } = open(folder.path(), 2);
    assert_eq!(damage, None, "the state does not rest on it");
    assert_eq!(found, book);
    assert!(matches!(journal.outbox(100, usize::MAX), Err(JournalError::Damaged(Fault::Entry { seq: 5 }))));
    assert!(matches!(journal.append(NOW, &[expired(1)]), Err(JournalError::Poisoned)));
    drop(journal);

    let Opened { mut journal, book: found, damage } = open(folder.path(), 2);
    let damage = damage.unwrap();
    assert_eq!((damage.verified, damage.missing, damage.unsendable), (60, 0, 56));
    assert_eq!(found, book, "nothing is doubted");
    assert_eq!(journal.outbox(100, usize::MAX).unwrap().unwrap().entries.len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_in_place_of_the_files_are_damage_and_nothing_worse(
        database in hostile(b"SQLite format 3\0\x02\x00\x02\x02\x00\x40\x20\x20"),
        log in hostile(b"\x37\x7f\x06\x82\x00\x2d\xe2\x18\x00\x00\x02\x00"),
        head in hostile(b"\xf7\x4c\xb1\x85\x00\x10"),
    ) {
        let folder = memory();
        put(folder.path(), &[database, log, head]);
        // A reader says what it finds, or that it cannot read.
        if let Ok(reader) = JournalReader::open_read_only(folder.path()) {
            let _ = reader.verify(&VerifyingKey(keys().public_key()));
        }
        let opened = open(folder.path(), 2);
        let damage = opened.damage.unwrap();
        prop_assert!(damage.missing > 0);
        prop_assert_eq!(opened.book.missing, damage.missing);
        prop_assert_eq!(opened.journal.head().seq, 1);
    }
}

/// Any bytes, often with a promising beginning.
fn hostile(beginning: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    (any::<bool>(), proptest::collection::vec(any::<u8>(), 0..3_000)).prop_map(
        move |(promising, mut bytes)| {
            if promising {
                bytes.splice(0..0, beginning.iter().copied());
            }
            bytes
        },
    )
}
