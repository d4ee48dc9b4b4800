//! Sync, compromised, opens nothing: forged, altered, replayed, reordered messages and those of another locker.

use std::path::Path;

use locker_engine::{Contents, EngineError, Happening};
use locker_hw::bus::{DoorState, UnlockAnswer};
use locker_protocol::link::{ToKiosk, ToSync, Witness};
use locker_protocol::seal::seal;
use locker_protocol::uplink::{Held, HelloAnswer, SealedBytes, Standing};
use locker_protocol::{
    Change, CompartmentId, Hash, JournalId, LockerId, Nonce, Numbered, PickupCode, Right, Sign,
};

use crate::rig::{ANA, LOCKER, Rig, entries, key};

fn code(last: u8) -> PickupCode {
    PickupCode::from_random([9, 9, 9, 9, 9, 9, 9, 9, last]).unwrap()
}

#[test]
fn a_change_that_the_hub_did_not_sign_for_this_locker_changes_nothing() {
    let mut rig = Rig::enrolled();
    let label = locker_protocol::Label::new("EVIL").unwrap();
    let change = rig.announcement(66, &label, &code(1));
    let before = rig.engine.state().clone();
    let forged = Numbered { locker: LOCKER, number: 1, change: change.clone() };
    let other_locker = Numbered { locker: LockerId(78), number: 1, change: change.clone() };
    let gap = Numbered { locker: LOCKER, number: 5, change };
    let mut altered = seal(&forged, &rig.hub.key);
    altered[60] ^= 1;
    for sealed in
        [seal(&forged, &key(66)), altered, seal(&other_locker, &rig.hub.key), seal(&gap, &rig.hub.key)]
    {
        rig.changes(vec![SealedBytes(sealed)]);
        assert_eq!(rig.engine.state(), &before);
    }
    rig.happens(Happening::Typed(code(1).digits()));
    assert_eq!(rig.pulses(), 0);
}

#[test]
fn replayed_and_reordered_changes_are_applied_once_and_in_order() {
    let mut rig = Rig::enrolled();
    let label = |number: u64| locker_protocol::Label::new(&format!("LABEL{number:05}")).unwrap();
    let sealed: Vec<_> = (1..=4)
        .map(|number| {
            let change = match number {
                4 => Change::Cancel { parcel: locker_protocol::ParcelId(1) },
                number => rig.announcement(number, &label(number), &code(u8::try_from(number).unwrap())),
            };
            rig.sealed(change)
        })
        .collect();
    // Last first, then all again and again.
    for order in [[3, 2, 1, 0], [0, 0, 1, 1], [1, 0, 2, 3], [3, 3, 3, 3]] {
        rig.changes(order.iter().map(|place| sealed[*place].clone()).collect());
    }
    assert_eq!(rig.engine.state().cursor, 4);
    let applied = entries(rig.folder.path())
        .into_iter()
        .filter_map(|entry| match entry.event {
            locker_engine::Event::Applied { number, .. } => Some(number),
            _ => None,
        })
        .collect::<Vec<_>>();
    assert_eq!(applied, [1, 2, 3, 4]);
}

#[test]
fn passes_of_another_hub_or_locker_open_nothing() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    rig.deposit(&label);
    let pulses = rig.pulses();
    let right = Right::Collect { recipient: ANA, label: None };
    let elsewhere = rig.pass(LockerId(78), right.clone());
    let forged = locker_protocol::Pass { locker: LOCKER, expires_unix_s: None, right }.to_text(&key(66));
    for text in [elsewhere, forged, "x".repeat(4_000), "\u{1}\u{2}".to_owned(), "é".repeat(64)] {
        rig.happens(Happening::Scanned(text));
    }
    assert_eq!(rig.pulses(), pulses);
}

#[test]
fn an_acknowledgement_that_is_not_the_hubs_is_not_believed() {
    let mut rig = Rig::enrolled();
    rig.announce(1);
    let head = entries(rig.folder.path());
    let journal = head[0].journal;
    rig.happens(Happening::Tick);
    let kiosk_nonce = rig.batches().last().unwrap().kiosk_nonce;
    let held = Held { locker: LOCKER, journal, up_to: 1_000_000, kiosk_nonce };
    let forged = SealedBytes(seal(&held, &key(66)));
    rig.happens(Happening::Sync(ToKiosk::Held { held: forged }));
    let other = Held { locker: LockerId(78), ..held.clone() };
    let stale = Held { kiosk_nonce: Some(Nonce([3; 16])), ..held.clone() };
    let answers_nothing = Held { kiosk_nonce: None, ..held };
    for lie in [other, stale, answers_nothing] {
        let held = SealedBytes(seal(&lie, &rig.hub.key));
        rig.happens(Happening::Sync(ToKiosk::Held { held }));
    }
    rig.now_ms += 61_000;
    rig.happens(Happening::Tick);
    let sent: usize = rig.take_batches().iter().map(|batch| batch.entries.len()).sum();
    assert_eq!(sent, head.len(), "all of it still goes up");
}

/// A journal whose end was lost has a successor, and its unsent rest goes up first. What the hub said of it before must not
/// pass for its word that it does not take that rest.
#[test]
fn an_acknowledgement_from_before_the_journal_was_replaced_leaves_nothing_out() {
    let mut rig = Rig::enrolled();
    rig.announce(1);
    rig.happens(Happening::Tick);
    rig.take_batches();
    let earlier = entries(rig.folder.path())[0].journal;
    let sent = entries(rig.folder.path()).len() as u64;
    rig.announce(2);
    let (folder, older) = (rig.folder.path().to_owned(), tempfile::tempdir().unwrap());
    rig = rig.reopened(|engine, _| {
        drop(engine);
        copy(&folder, older.path());
    });
    rig.announce(3);
    rig.greet();
    rig.happens(Happening::Tick);
    let before = rig.acknowledged.clone();
    rig.take_batches();
    rig = rig.reopened(|engine, _| {
        drop(engine);
        std::fs::remove_dir_all(&folder).unwrap();
        copy(older.path(), &folder);
    });
    let transport_key = Sign::public_key(&key(9));
    let remembers = Happening::Sync(ToKiosk::Ready { transport_key, witness: rig.memory.clone() });
    let Err(EngineError::HistoriesDiffer(cause)) = rig.tries(remembers) else {
        panic!("the loss is not noticed")
    };
    let mut rig = rig.reopened(|engine, now_ms| engine.begin_anew(cause, now_ms).unwrap());
    rig.greet();
    rig.happens(Happening::Tick);
    let said = rig.batches();
    assert!(matches!(&said[..], [rest] if rest.journal == earlier && rest.first == sent + 1), "{said:?}");
    for held in before {
        rig.happens(Happening::Sync(ToKiosk::Held { held }));
    }
    rig.now_ms += 61_000;
    rig.happens(Happening::Tick);
    let said = rig.take_batches();
    assert_eq!((said[0].journal, said[0].first), (earlier, sent + 1), "the rest still goes up");
    assert_ne!(said.last().unwrap().journal, earlier, "and what followed after it");
}

#[test]
fn a_hello_answer_counts_once_and_only_for_the_nonce_of_its_hello() {
    let mut rig = Rig::enrolled();
    let floor = rig.engine.state().floor_unix_s;
    let stale = HelloAnswer {
        locker: LOCKER,
        kiosk_nonce: Nonce([3; 16]),
        unix_s: 4_000_000_000,
        generation: 1,
        held: 0,
        standing: Standing::Forked,
    };
    let answer = SealedBytes(seal(&stale, &rig.hub.key));
    rig.happens(Happening::Sync(ToKiosk::HelloAnswer { answer }));
    assert_eq!(rig.engine.state().floor_unix_s, floor);
}

#[test]
fn sync_cannot_invent_a_history() {
    let mut rig = Rig::enrolled();
    let (label, _) = rig.announce(1);
    rig.deposit(&label);
    let before = rig.engine.state().clone();
    let invented = Witness { journal: JournalId([5; 16]), seq: 9, hash: Hash([1; 32]) };
    let lie = Some(SealedBytes(seal(&invented, &key(66))));
    rig.happens(Happening::Sync(ToKiosk::Ready { transport_key: Sign::public_key(&key(9)), witness: lie }));
    assert_eq!(rig.engine.state(), &before);
    assert!(matches!(rig.says().last(), Some(ToSync::Identity { .. })), "the talk goes on");
}

/// The card was replaced by an older copy: sync still remembers what the kiosk sealed since.
#[test]
fn a_journal_that_lost_its_end_is_noticed_and_no_parcel_is_forgotten() {
    let mut rig = Rig::enrolled();
    let (label, code) = rig.announce(1);
    let channel = rig.deposit(&label);
    rig.happens(Happening::Tick);
    rig.take_batches();
    let (folder, older) = (rig.folder.path().to_owned(), tempfile::tempdir().unwrap());
    rig = rig.reopened(|engine, _| {
        drop(engine);
        copy(&folder, older.path());
    });
    rig.happens(Happening::Typed(code.digits()));
    rig.happens(Happening::Tick);
    rig.greet();
    rig.happens(Happening::Tick);
    rig.take_batches();
    rig = rig.reopened(|engine, _| {
        drop(engine);
        std::fs::remove_dir_all(&folder).unwrap();
        copy(older.path(), &folder);
    });
    rig.all_doors(DoorState::Closed);
    let transport_key = Sign::public_key(&key(9));
    let remembers = Happening::Sync(ToKiosk::Ready { transport_key, witness: rig.memory.clone() });
    let Err(EngineError::HistoriesDiffer(cause)) = rig.tries(remembers) else {
        panic!("the loss is not noticed")
    };
    let mut rig = rig.reopened(|engine, now_ms| engine.begin_anew(cause, now_ms).unwrap());
    rig.all_doors(DoorState::Closed);
    let door = CompartmentId(u16::from(channel));
    assert!(
        matches!(rig.engine.state().contents(door), Contents::Unknown { .. }),
        "in doubt until someone has looked"
    );
    rig.happens(Happening::Typed(code.digits()));
    assert_eq!(rig.answer_pulse(UnlockAnswer::Sent), channel, "rights are kept");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_dir() {
            copy(&file.path(), &to.join(file.file_name()));
        } else {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}
