//! The simulated disk itself: what it keeps, what it loses, and that SQLite is at home on it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::sync::Arc;

use locker_crypto::{SigningKey, VerifyingKey};
use locker_engine::disk::{Disk, How};
use locker_engine::journal::{Book, Journal, JournalError, JournalReader};
use locker_protocol::event::Stamp;
use locker_protocol::{Entry, Event, JournalId, ParcelId};
use locker_sim::chance::Chance;
use locker_sim::disk::{Card, Device, Loss, SimDisk, Stop};

/// Knows how many entries there were.
#[derive(Default, Debug, PartialEq, Eq)]
struct Count(u64);

impl Book for Count {
    fn apply(&mut self, _: &Entry) {
        self.0 += 1;
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(u64::from_be_bytes(bytes.try_into().ok()?)))
    }
}

const NOW: Stamp = Stamp { mono_ms: 5_000, unix_s: 1_800_000_000, from_hub: true };
const LYING: Device = Device { card: Card::Lying { window_syncs: 3 }, ..Device::USUAL };

fn keys() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

fn folder() -> &'static Path {
    Path::new("/state")
}

fn open(disk: &SimDisk) -> Result<(Journal, Count), JournalError> {
    let opened = Journal::open(disk.for_engine(), folder(), &keys(), JournalId([1; 16]), NOW)?;
    assert_eq!(opened.damage, None);
    Ok((opened.journal, opened.book))
}

fn expired(parcel: u64) -> Event {
    Event::Expired { parcel: ParcelId(parcel) }
}

/// Writes a file with these bytes, not synced.
fn write(disk: &SimDisk, path: &str, bytes: &[u8]) {
    disk.open(Path::new(path), How::Replace).unwrap().write_at(bytes, 0).unwrap();
}

fn sync(disk: &SimDisk, path: &str) {
    disk.open(Path::new(path), How::Read).unwrap().sync().unwrap();
}

fn read(disk: &SimDisk, path: &str) -> Option<Vec<u8>> {
    let file = disk.open(Path::new(path), How::Read).ok()?;
    let mut bytes = vec![0; usize::try_from(file.length().unwrap()).unwrap()];
    assert_eq!(file.read_at(&mut bytes, 0).unwrap(), bytes.len());
    Some(bytes)
}

fn root() -> &'static Path {
    Path::new("/")
}

#[test]
fn only_what_was_synced_is_there_for_certain() {
    let disk = SimDisk::new(Device::USUAL);
    write(&disk, "/a", b"first");
    sync(&disk, "/a");
    disk.sync_names(root()).unwrap();
    write(&disk, "/a", b"second");
    write(&disk, "/b", b"unnamed");
    sync(&disk, "/b");
    for (loss, a, b) in
        [(Loss::Everything, &b"first"[..], None), (Loss::Nothing, b"second", Some(b"unnamed".to_vec()))]
    {
        let disk = disk.copied();
        disk.cut(&mut Chance::new(1), loss);
        assert_eq!(read(&disk, "/a").unwrap(), a);
        assert_eq!(read(&disk, "/b"), b, "{loss:?}");
    }
}

#[test]
fn a_torn_write_leaves_whole_sectors_old_or_new() {
    let disk = SimDisk::new(Device { sector_bytes: 512, ..Device::USUAL });
    write(&disk, "/a", &[1; 2_048]);
    sync(&disk, "/a");
    disk.sync_names(root()).unwrap();
    disk.open(Path::new("/a"), How::Keep).unwrap().write_at(&[2; 2_048], 0).unwrap();
    let half = disk.copied();
    half.cut(&mut Chance::new(1), Loss::HalfOfTheLast);
    assert_eq!(read(&half, "/a").unwrap(), [[2; 1_024], [1; 1_024]].concat());
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let torn = disk.copied();
        torn.cut(&mut Chance::new(seed), Loss::Arbitrary);
        let bytes = read(&torn, "/a").unwrap();
        seen.insert(bytes.chunks(512).map(|sector| sector[0]).collect::<Vec<_>>());
        assert!(bytes.chunks(512).all(|sector| sector.iter().all(|byte| *byte == sector[0])));
    }
    assert_eq!(seen.len(), 16, "any of the four sectors");
}

#[test]
fn what_a_lying_card_promised_can_be_lost_until_enough_else_was_synced() {
    let disk = SimDisk::new(LYING);
    let cut = |disk: &SimDisk| {
        let disk = disk.copied();
        disk.cut(&mut Chance::new(1), Loss::Everything);
        read(&disk, "/a")
    };
    write(&disk, "/a", b"first");
    sync(&disk, "/a");
    disk.sync_names(root()).unwrap();
    assert_eq!(cut(&disk), None);
    write(&disk, "/b", b"other");
    sync(&disk, "/b");
    sync(&disk, "/b");
    assert_eq!(cut(&disk), None, "its bytes are safe, its name is not yet");
    sync(&disk, "/b");
    assert_eq!(cut(&disk).as_deref(), Some(&b"first"[..]));
}

#[test]
fn after_a_power_cut_nothing_that_was_open_is_of_use() {
    let disk = SimDisk::new(Device::USUAL);
    let (mut journal, _) = open(&disk).unwrap();
    disk.cut(&mut Chance::new(1), Loss::Nothing);
    assert!(journal.append(NOW, &[expired(1)]).is_err());
    let (mut after, _) = open(&disk).unwrap();
    after.append(NOW, &[expired(1)]).unwrap();
    drop(journal);
    after.append(NOW, &[expired(2)]).unwrap();
    assert!(matches!(open(&disk), Err(JournalError::InUse { .. })));
    drop(after);
    assert_eq!(open(&disk).unwrap().1, Count(2));
}

#[test]
fn a_journal_is_written_beside_a_reader_and_verified() {
    let disk = SimDisk::new(Device::USUAL);
    let (mut journal, _) = open(&disk).unwrap();
    journal.append(NOW, &[expired(1)]).unwrap();
    let reader = JournalReader::open_read_only_on(disk.for_engine(), folder()).unwrap();
    for parcel in 2..=50 {
        journal.append(NOW, &[expired(parcel)]).unwrap();
        assert_eq!(reader.head().unwrap(), journal.head());
    }
    journal.rest().unwrap();
    assert!(reader.verify(&VerifyingKey(locker_protocol::Sign::public_key(&keys()))).unwrap().is_ok());
    drop(journal);
    drop(reader);
    assert_eq!(open(&disk).unwrap().1, Count(50));
    assert!(!disk.exists(Path::new("/state/1/journal.db-wal")), "the last one out empties the log");
}

#[test]
fn a_disk_outlives_whoever_made_it_as_long_as_a_database_is_open_on_it() {
    let disk = SimDisk::new(Device::USUAL);
    let (mut journal, _) = open(&disk).unwrap();
    drop(disk);
    journal.append(NOW, &[expired(1)]).unwrap();
}

#[test]
fn a_full_disk_says_so_and_serves_again_when_there_is_room() {
    let disk = SimDisk::new(Device::USUAL);
    let (mut journal, _) = open(&disk).unwrap();
    journal.append(NOW, &[expired(1)]).unwrap();
    disk.full(Some(disk.used_bytes()));
    assert!(matches!(journal.append(NOW, &[expired(2)]), Err(JournalError::Full)));
    drop(journal);
    disk.full(None);
    assert_eq!(open(&disk).unwrap().1, Count(1));
}

#[test]
fn an_error_of_the_card_is_told_and_the_journal_goes_on_from_disk() {
    for stop in [Stop::ErrorOnce, Stop::Error, Stop::PowerFails] {
        for n in 1..20 {
            let disk = SimDisk::new(Device::USUAL);
            let (mut journal, _) = open(&disk).unwrap();
            disk.stop_after(n, stop);
            let (mut told, mut tried) = (0, 0);
            for parcel in 1..=5 {
                tried = parcel;
                match journal.append(NOW, &[expired(parcel)]) {
                    Ok(()) => told = parcel,
                    Err(_) => break,
                }
            }
            drop(journal);
            match stop {
                Stop::PowerFails => disk.cut(&mut Chance::new(n), Loss::Arbitrary),
                Stop::Error | Stop::ErrorOnce => disk.power_on(),
            }
            let Count(there) = open(&disk).unwrap().1;
            assert!((told..=tried).contains(&there), "{stop:?} at {n}: {there}, told {told}");
        }
    }
}

#[test]
fn the_same_is_done_again_step_by_step() {
    let disk = SimDisk::new(Device::USUAL);
    let recording = disk.record();
    let (mut journal, _) = open(&disk).unwrap();
    for parcel in 1..=3 {
        journal.append(NOW, &[expired(parcel)]).unwrap();
    }
    let mut history = recording.end();
    assert!(history.left() > 20);
    while history.go_on() {}
    assert_eq!(history.steps(), disk.counts().steps);
    let copy = history.disk();
    for name in ["journal.db", "journal.db-wal", "head"] {
        let path = format!("/state/1/{name}");
        assert_eq!(read(&copy, &path), read(&disk, &path), "{name}");
    }
    assert_eq!(open(&copy).unwrap().1, Count(3));
}

#[test]
fn many_disks_are_used_from_many_threads() {
    let threads: Vec<_> = (0..4_u64)
        .map(|number| {
            std::thread::spawn(move || {
                for round in 0..20 {
                    let disk = SimDisk::new(Device::USUAL);
                    let (mut journal, _) = open(&disk).unwrap();
                    for parcel in 0..=number {
                        journal.append(NOW, &[expired(parcel)]).unwrap();
                    }
                    disk.cut(&mut Chance::new(round), Loss::Everything);
                    drop(journal);
                    assert_eq!(open(&disk).unwrap().1, Count(number + 1));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Prints what an append costs here, beside the disk that it stands for.
#[test]
#[ignore = "prints a figure, and judges nothing"]
#[allow(clippy::print_stdout, reason = "the figure")]
fn what_an_append_costs() {
    let real = tempfile::tempdir_in("/dev/shm").unwrap();
    let disks: [(&str, Arc<dyn Disk>, &Path); 2] = [
        ("simulated", SimDisk::new(Device::USUAL).for_engine(), folder()),
        ("in /dev/shm", Arc::new(locker_engine::RealDisk), real.path()),
    ];
    for (name, disk, folder) in disks {
        let opened = Journal::open::<Count>(disk, folder, &keys(), JournalId([1; 16]), NOW).unwrap();
        let mut journal = opened.journal;
        let begun = std::time::Instant::now();
        let appends = 2_000;
        for parcel in 0..appends {
            journal.append(NOW, &[expired(parcel)]).unwrap();
        }
        println!("{name}: {:?} an append", begun.elapsed() / u32::try_from(appends).unwrap());
    }
}
