//! How long a start and an append take on a long journal: `cargo run --release --example journal_open -- 1000000`.
#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use std::time::{Duration, Instant};

use locker_crypto::{SigningKey, VerifyingKey};
use locker_engine::journal::{Book, Journal, JournalReader, Opened};
use locker_protocol::event::Stamp;
use locker_protocol::{Entry, Event, JournalId, OpeningId};

/// A state about as long as that of a full locker.
struct State(Vec<u8>);

impl Default for State {
    fn default() -> Self {
        Self(vec![0x5a; 60_000])
    }
}

impl Book for State {
    fn apply(&mut self, _: &Entry) {}
    fn to_bytes(&self) -> Vec<u8> {
        self.0.clone()
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.to_vec()))
    }
}

const NOW: Stamp = Stamp { mono_ms: 5_000, unix_s: 1_800_000_000, from_hub: true };
const AT_ONCE: u64 = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wanted: u64 = std::env::args().nth(1).map_or(Ok(100_000), |count| count.parse())?;
    let folder = tempfile::tempdir()?;
    let keys = SigningKey::from_seed(&[7; 32])?;
    let open = || {
        Journal::open::<State>(
            std::sync::Arc::new(locker_engine::RealDisk),
            folder.path(),
            &keys,
            JournalId([1; 16]),
            NOW,
        )
    };

    let Opened { mut journal, book, .. } = open()?;
    let opened = |seq| Event::Opened { opening: OpeningId(seq) };
    while journal.head().seq < wanted {
        let next = journal.head().seq + 1;
        journal.append(NOW, &(next..next + AT_ONCE).map(opened).collect::<Vec<_>>())?;
        journal.checkpoint(&book.to_bytes(), &keys)?;
    }
    drop(journal);

    let begun = Instant::now();
    let Opened { mut journal, .. } = open()?;
    println!("start on {wanted} entries after closing in order: {:?}", begun.elapsed());

    let mut took: Vec<Duration> = Vec::new();
    for count in 0..AT_ONCE - 1 {
        let begun = Instant::now();
        journal.append(NOW, &[opened(count), opened(count)])?;
        took.push(begun.elapsed());
    }
    took.sort();
    println!(
        "append of two entries, fsync included: p50 {:?}, p99 {:?}, most {:?}",
        took[499], took[989], took[998]
    );

    // As if the process had been killed: the log is still full, and 2,000 entries follow the newest checkpoint.
    let killed = tempfile::tempdir()?;
    let (from, to) = (folder.path().join("1"), killed.path().join("1"));
    std::fs::create_dir(&to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    let begun = Instant::now();
    let after_kill = Journal::open::<State>(
        std::sync::Arc::new(locker_engine::RealDisk),
        killed.path(),
        &keys,
        JournalId([1; 16]),
        NOW,
    )?;
    println!(
        "start after a kill, {} entries behind the checkpoint: {:?}",
        after_kill.journal.events_since_checkpoint(),
        begun.elapsed()
    );
    drop(after_kill);

    let database = killed.path().join("1/journal.db");
    let mut bytes = std::fs::read(&database)?;
    println!("the database has {} bytes, {} an entry", bytes.len(), bytes.len() as u64 / wanted);
    // The rightmost page of the entries' table leads to nothing any more.
    if let Some(byte) = bytes.get_mut(512 + 8) {
        *byte ^= 0x40;
    }
    std::fs::write(&database, bytes)?;
    let begun = Instant::now();
    let recovered = Journal::open::<State>(
        std::sync::Arc::new(locker_engine::RealDisk),
        killed.path(),
        &keys,
        JournalId([2; 16]),
        NOW,
    )?;
    println!("start on a damaged one: {:?}, {:?}", begun.elapsed(), recovered.damage);

    let begun = Instant::now();
    let reader = JournalReader::open_read_only(folder.path())?;
    let report = reader.verify(&VerifyingKey(keys.public_key()))?;
    println!("verifying all {} entries: {:?}, {:?}", report.entries, begun.elapsed(), report.first_fault);
    Ok(())
}
