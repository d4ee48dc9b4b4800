//! The small files beside the journal: each is the old one or the new one, whenever the power fails.

use std::path::Path;

use locker_crypto::SigningKey;
use locker_crypto::enrol::Enrolment;
use locker_engine::keys::KeyRing;
use locker_engine::sync::Memory;
use locker_protocol::uplink::SealedBytes;
use locker_sim::chance::Chance;
use locker_sim::disk::{Device, Loss, SimDisk};

use crate::rig::{LOCKER, counting, key};

const LOSSES: [Loss; 5] =
    [Loss::Everything, Loss::Nothing, Loss::HalfOfTheLast, Loss::AllButTheLast, Loss::Arbitrary];

/// Plays `act` on a new disk, cuts the power at each of its steps, and gives each disk with how far `act` had come: what it said last,
/// and by when.
fn at_every_step<T: Clone>(
    act: impl FnOnce(&SimDisk, &mut dyn FnMut(T)),
    mut look: impl FnMut(&SimDisk, Option<T>, Option<T>),
) {
    let disk = SimDisk::new(Device { sector_bytes: 512, ..Device::USUAL });
    let recording = disk.record();
    let mut said: Vec<(u64, T)> = Vec::new();
    act(&disk, &mut |what| said.push((disk.counts().steps, what)));
    let mut history = recording.end();
    loop {
        let step = history.steps();
        let last = said.iter().rev().find(|(at, _)| *at <= step).map(|(_, what)| what.clone());
        let next = said.iter().find(|(at, _)| *at > step).map(|(_, what)| what.clone());
        for (seed, loss) in LOSSES.into_iter().chain([Loss::Arbitrary; 8]).enumerate() {
            let disk = history.disk();
            disk.cut(&mut Chance::new(step * 100 + seed as u64), loss);
            look(&disk, last.clone(), next.clone());
        }
        if !history.go_on() {
            return;
        }
    }
}

#[test]
fn what_sync_remembers_is_the_newest_witness_or_the_one_that_was_about_to_be_kept() {
    let folder = Path::new("/var/lib/sync");
    at_every_step(
        |disk, said| {
            let memory = Memory::open(disk.for_engine(), folder).unwrap();
            for number in 1..=3_u8 {
                let witness = SealedBytes(vec![number; 200]);
                memory.keep(&witness).unwrap();
                said(witness);
            }
        },
        |disk, last, next| {
            let memory = Memory::open(disk.for_engine(), folder).unwrap();
            let found = memory.witness().unwrap();
            assert!(found == last || found == next, "{found:?}, said {last:?}, then {next:?}");
        },
    );
}

#[test]
fn syncs_own_key_is_kept_from_the_moment_at_which_it_is_used() {
    let folder = Path::new("/var/lib/sync");
    let drawn = |disk: &SimDisk, first: u8| -> SigningKey {
        Memory::open(disk.for_engine(), folder).unwrap().key(&counting(first)).unwrap()
    };
    at_every_step(
        |disk, said| said(drawn(disk, 1).public_key()),
        |disk, last, _| {
            let found = drawn(disk, 100).public_key();
            assert!(last.is_none_or(|last| last == found));
        },
    );
}

#[test]
fn the_kiosks_keys_are_whole_and_an_enrolment_once_said_is_kept() {
    let folder = Path::new("/var/lib/kiosk");
    let open =
        |disk: &SimDisk, first: u8| KeyRing::open(disk.for_engine(), folder, &counting(first)).unwrap();
    at_every_step(
        |disk, said| {
            let mut keys = open(disk, 1);
            let own = keys.journal().public_key();
            said((own, false));
            let code_key = locker_crypto::CodeKey::from_bytes([5; 32]);
            keys.enrol(Enrolment { locker: LOCKER, hub_key: key(1).public_key(), code_key }).unwrap();
            said((own, true));
        },
        |disk, last, _| {
            let found = open(disk, 100);
            if let Some((own, enrolled)) = last {
                assert_eq!(found.journal().public_key(), own);
                assert!(found.network().is_some() || !enrolled);
            }
        },
    );
}
