//! What a locker's journal, keys and memory go through, each as it is played when nothing goes wrong.

use std::path::Path;

use locker_engine::disk::{Disk, How};
use locker_engine::journal::{Book, Journal};
use locker_engine::{Event, Happening, Intent};
use locker_hw::bus::{DoorState, UnlockAnswer};
use locker_protocol::event::Stamp;
use locker_protocol::link::{ToKiosk, Witness};
use locker_protocol::seal::seal;
use locker_protocol::uplink::{HelloAnswer, SealedBytes, Standing};
use locker_protocol::{Change, Hash, JournalId, ParcelId};
use locker_sim::disk::Device;

use crate::rig::{DAY_MS, LOCKER, Played, Rig, STATE, hello_of, key};

pub struct Flow {
    pub name: &'static str,
    pub play: fn(Device) -> Played,
}

pub const FLOWS: [Flow; 16] = [
    Flow { name: "the first start and the enrolment", play: first_start },
    Flow { name: "two announcements", play: announce },
    Flow { name: "a deposit", play: deposit },
    Flow { name: "a collection, and its reopen window", play: collect },
    Flow { name: "a courier takes a parcel back", play: retrieve },
    Flow { name: "a deposit that is not in there after all", play: take_back },
    Flow { name: "a return is sent, and its courier takes it away", play: send },
    Flow { name: "changes that are refused", play: refused },
    Flow { name: "the hub takes the events and says so", play: held },
    Flow { name: "a checkpoint, and old entries go", play: checkpoint_and_prune },
    Flow { name: "quiet moments", play: rest },
    Flow { name: "a stop in order in the middle of an opening", play: restart },
    Flow { name: "sync remembers another history", play: stranger },
    Flow { name: "the hub holds another history", play: forked },
    Flow { name: "a damaged journal", play: damaged },
    Flow { name: "one journal after another", play: many_journals },
];

fn first_start(device: Device) -> Played {
    let mut rig = Rig::new();
    rig.record(device);
    rig.start();
    rig.enrol();
    rig.greet();
    rig.all_doors(DoorState::Closed);
    rig.announce(1);
    rig.end()
}

fn announce(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    rig.record(device);
    rig.announce(1);
    rig.announce(2);
    rig.end()
}

fn deposit(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    let (first, _) = rig.announce(1);
    let (second, _) = rig.announce(2);
    rig.record(device);
    rig.deposit(1, &first);
    rig.deposit(2, &second);
    rig.end()
}

fn collect(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    let (label, code) = rig.announce(1);
    rig.deposit(1, &label);
    rig.record(device);
    rig.happens(Happening::Typed(code.digits()));
    rig.takes_out(1);
    rig.waits(121_000);
    rig.end()
}

fn retrieve(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    rig.deposit(1, &label);
    rig.record(device);
    rig.change(Change::Recall { parcel: ParcelId(1) });
    rig.sign_in();
    rig.happens(Happening::Touched(Intent::TakeOut));
    rig.takes_out(1);
    rig.end()
}

fn take_back(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    rig.record(device);
    rig.sign_in();
    rig.puts_in(1, &label);
    rig.happens(Happening::Touched(Intent::NotInThere));
    rig.takes_out(1);
    rig.puts_in(1, &label);
    rig.happens(Happening::Touched(Intent::Finish));
    rig.end()
}

fn send(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    let label = rig.announce_return(1);
    rig.record(device);
    rig.puts_in(1, &label);
    rig.happens(Happening::Touched(Intent::Finish));
    rig.sign_in();
    rig.happens(Happening::Touched(Intent::TakeOut));
    rig.takes_out(1);
    rig.end()
}

fn refused(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    rig.deposit(1, &label);
    rig.record(device);
    rig.change(Change::Cancel { parcel: ParcelId(1) });
    rig.change(Change::Cancel { parcel: ParcelId(5) });
    rig.end()
}

fn held(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    let (label, code) = rig.announce(1);
    rig.deposit(1, &label);
    rig.record(device);
    rig.happens(Happening::Tick);
    rig.carry_batches();
    rig.happens(Happening::Typed(code.digits()));
    rig.takes_out(1);
    rig.carry_batches();
    rig.waits(121_000);
    rig.carry_batches();
    rig.waits(21_000);
    rig.end()
}

/// An old journal: so many entries, two checkpoints, and all of it held by the hub a month ago.
fn checkpoint_and_prune(device: Device) -> Played {
    const BEGUN_UNIX_S: u64 = 1_791_000_000;
    let mut rig = Rig::enrolled_and_off();
    let opened = Journal::open::<locker_engine::executor::Books>(
        rig.disk.for_engine(),
        Path::new(STATE),
        &key(9),
        JournalId([0x70; 16]),
        Stamp { mono_ms: 0, unix_s: BEGUN_UNIX_S, from_hub: true },
    );
    let opened = opened.unwrap();
    let (mut journal, mut book) = (opened.journal, opened.book);
    let at = Stamp { mono_ms: 0, unix_s: BEGUN_UNIX_S, from_hub: true };
    let mut events = vec![Event::Enrolled { locker: LOCKER }];
    events.extend((2..=2_994).map(|seq| Event::FloorRaised { unix_s: BEGUN_UNIX_S + seq }));
    for (number, events) in events.chunks(100).enumerate() {
        journal.append(at, events).unwrap();
        for event in events {
            book.0.apply(event);
        }
        if number == 9 || number == 19 {
            journal.checkpoint(&book.to_bytes(), &key(9)).unwrap();
        }
    }
    journal.held(journal.id(), 2_900, at).unwrap();
    journal.rest().unwrap();
    drop(journal);
    rig.unix_s = BEGUN_UNIX_S + 40 * DAY_MS / 1_000;
    rig.hub_holds(JournalId([0x70; 16]), 2_900);
    rig.start();
    rig.greet();
    rig.all_doors(DoorState::Closed);
    rig.record(device);
    for parcel in 1..=6 {
        rig.announce(parcel);
    }
    rig.end()
}

fn rest(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    rig.record(device);
    for parcel in 1..=3 {
        rig.announce(parcel);
        rig.waits(21_000);
    }
    rig.announce(4);
    rig.end()
}

fn restart(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    let (label, code) = rig.announce(1);
    rig.deposit(1, &label);
    rig.record(device);
    rig.happens(Happening::Typed(code.digits()));
    rig.answer_pulse(UnlockAnswer::Sent);
    rig.restart();
    rig.all_doors(DoorState::Closed);
    rig.greet();
    rig.announce(2);
    rig.restart();
    rig.end()
}

fn stranger(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    rig.deposit(1, &label);
    rig.record(device);
    another_history(&mut rig, 0x99);
    rig.greet();
    rig.announce(2);
    rig.end()
}

/// Sync says that it remembers a journal that nobody here ever wrote.
fn another_history(rig: &mut Rig, id: u8) {
    let witness = Witness { journal: JournalId([id; 16]), seq: 7, hash: Hash([1; 32]) };
    let witness = Some(SealedBytes(seal(&witness, &key(9))));
    let transport_key = key(9).public_key();
    let cause = rig.tries(Happening::Sync(ToKiosk::Ready { transport_key, witness })).unwrap_err();
    rig.begin_anew(cause);
}

fn forked(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    rig.deposit(1, &label);
    rig.record(device);
    rig.says();
    rig.happens(Happening::Sync(ToKiosk::Session { hub_nonce: locker_protocol::Nonce([8; 16]) }));
    let verifier = locker_crypto::VerifyingKey(rig.journal_key());
    let hello = hello_of(rig.says(), &verifier).expect("a hello");
    let answer = HelloAnswer {
        locker: LOCKER,
        kiosk_nonce: hello.kiosk_nonce,
        unix_s: rig.unix_s,
        generation: 2,
        held: 3,
        standing: Standing::Forked,
    };
    let answer = SealedBytes(seal(&answer, &rig.hub.key));
    let cause = rig.tries(Happening::Sync(ToKiosk::HelloAnswer { answer })).unwrap_err();
    rig.begin_anew(cause);
    rig.greet();
    rig.announce(2);
    rig.end()
}

fn damaged(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    rig.deposit(1, &label);
    rig.announce(2);
    rig.announce(3);
    rig.stop();
    spoil(&rig, &format!("{STATE}/1/journal.db"), "LABEL00003");
    rig.damage();
    rig.record(device);
    rig.start();
    rig.greet();
    rig.announce(4);
    rig.end()
}

/// A byte goes bad wherever this stands, also in what SQLite has no use for any more.
fn spoil(rig: &Rig, path: &str, text: &str) {
    let file = rig.disk.open(Path::new(path), How::Keep).unwrap();
    let mut bytes = vec![0; usize::try_from(file.length().unwrap()).unwrap()];
    file.read_at(&mut bytes, 0).unwrap();
    for at in 0..bytes.len() - text.len() {
        if bytes[at..].starts_with(text.as_bytes()) {
            file.write_at(&[bytes[at] ^ 1], at as u64).unwrap();
        }
    }
    file.sync().unwrap();
}

fn many_journals(device: Device) -> Played {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    rig.deposit(1, &label);
    for id in 0xa0..0xa3 {
        another_history(&mut rig, id);
    }
    rig.record(device);
    for id in 0xa3..0xa5 {
        another_history(&mut rig, id);
    }
    rig.end()
}
