#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod rig;
mod strict;

use locker_engine::{Event, ParcelId, Place};
use locker_protocol::change::Role;
use locker_protocol::{StaffId, TenantId};

use super::{HistoryBreak, Rates};
use crate::chance::Chance;
use rig::{HOUR_MS, LOCKER, MINUTE_MS, Rig};

#[test]
fn a_locker_is_enrolled_by_its_claim_and_hears_of_a_parcel() {
    let mut rig = Rig::new(1);
    rig.start();
    rig.pass(MINUTE_MS);
    let claim = rig.claim().unwrap();
    assert!(!rig.upstream.hub.claim("no claim at all"));
    assert!(rig.upstream.hub.claim(&claim));
    rig.pass(MINUTE_MS);
    assert_eq!(rig.claim(), None);
    let announced = rig.announce();
    rig.pass(2_000);
    assert_eq!(rig.upstream.hub.answer_to(announced.number.unwrap()), Some(Ok(())));
    let state = rig.engine.as_ref().unwrap().state();
    assert_eq!(state.locker, Some(LOCKER));
    assert_eq!(state.parcels[&announced.parcel].place, Place::Expected);
    rig.settle();
}

#[test]
fn a_change_that_the_hub_is_asked_for_is_at_the_kiosk_within_a_second_and_answered() {
    let mut rig = Rig::enrolled(2);
    rig.pass(10 * MINUTE_MS);
    let announced = rig.announce();
    let employed = rig.upstream.hub.employ(StaffId(9), TenantId(1), Role::Courier, Some("1234"));
    let cancelled = rig.upstream.hub.cancel(ParcelId(4_242));
    rig.pass(1_000);
    let hub = &rig.upstream.hub;
    assert_eq!(hub.answer_to(announced.number.unwrap()), Some(Ok(())));
    assert_eq!(hub.answer_to(employed), Some(Ok(())));
    assert!(matches!(hub.answer_to(cancelled), Some(Err(_))));
    rig.settle();
}

/// Everything that can go wrong between an honest kiosk and an honest hub, for a while, by chance.
fn troubled(seed: u64, hours: u64) -> Rig {
    let mut rig = Rig::enrolled(seed);
    trouble(&mut rig, seed, hours);
    rig
}

fn trouble(rig: &mut Rig, seed: u64, hours: u64) {
    let mut chance = Chance::new(seed ^ 0x7_2031);
    rig.upstream.network.rates = Rates::ROUGH;
    let until_ms = rig.now_ms + hours * HOUR_MS;
    while rig.now_ms < until_ms {
        rig.pass(chance.below(10 * MINUTE_MS));
        match chance.below(14) {
            0 | 1 => {
                rig.announce();
            }
            2..=4 => rig.miss(&mut chance),
            5 => {
                let cut_ms = rig.now_ms + chance.below(30 * MINUTE_MS);
                rig.upstream.network.cut(cut_ms);
            }
            6 => rig.upstream.kill_sync(),
            7 => rig.upstream.kill_sync_before(u32::try_from(chance.below(5)).unwrap()),
            8 => rig.restart_kiosk(),
            9 => rig.upstream.hub.restart(),
            10 => {
                let until_ms = rig.now_ms + chance.below(MINUTE_MS);
                rig.upstream.hub.go_down(until_ms);
            }
            11 => rig.upstream.hub.clock_offset_s += i64::try_from(chance.below(7_200)).unwrap() - 3_600,
            12 => {
                rig.upstream.hub.refill_codes();
            }
            _ => {
                rig.upstream.power_cut(rig.now_ms, false);
                rig.engine = None;
                rig.restart_kiosk();
            }
        }
        if chance.one_in(2) {
            rig.upstream.start_sync(rig.now_ms);
        }
    }
    rig.upstream.network.rates = Rates::default();
    rig.upstream.network.mend();
    // It may be about to die.
    rig.upstream.kill_sync();
    rig.upstream.start_sync(rig.now_ms);
}

#[test]
fn every_event_comes_once_and_in_order_through_losses_copies_cuts_and_restarts() {
    for seed in 100..104 {
        let mut rig = troubled(seed, 12);
        rig.settle();
        assert_eq!(rig.upstream.hub.journals().len(), 1, "seed {seed}");
        assert!(rig.on_disk().len() > 20, "seed {seed}");
        assert_eq!(rig.anew, 0);
    }
}

#[test]
fn the_same_seed_gives_the_same_history_to_the_byte() {
    let (one, other) = (troubled(7, 6), troubled(7, 6));
    assert!(one.trace.len() > 50);
    assert_eq!(one.trace, other.trace);
    assert_eq!(one.at_hub(), other.at_hub());
    assert_ne!(one.trace, troubled(8, 6).trace);
}

#[test]
fn a_hub_that_is_restored_from_a_backup_gets_every_event_again_and_the_locker_hears_everything_anew() {
    let mut rig = Rig::enrolled(3);
    let before = rig.announce();
    rig.pass(MINUTE_MS);
    rig.upstream.hub.back_up();
    let forgotten = rig.announce();
    rig.pass(MINUTE_MS);
    assert!(rig.upstream.hub.restore());
    let after = rig.announce();
    let code = rig.upstream.hub.new_code(before.parcel);
    rig.settle();
    let state = rig.engine.as_ref().unwrap().state();
    for parcel in [before.parcel, forgotten.parcel, after.parcel] {
        assert_eq!(state.parcels[&parcel].place, Place::Expected);
    }
    let tag = locker_protocol::PickupCode::tag(&code.code, &rig.upstream.keys().code_key);
    assert_eq!(state.parcels[&before.parcel].code, Some(tag));
    assert_eq!(rig.anew, 0);
}

#[test]
fn restored_again_and_again_the_hub_still_gets_every_event() {
    for seed in 200..203 {
        restored_again_and_again(seed);
    }
}

fn restored_again_and_again(seed: u64) {
    let mut rig = Rig::enrolled(seed);
    for part in 0..4 {
        rig.upstream.hub.back_up();
        trouble(&mut rig, seed * 10 + part, 2);
        assert!(rig.upstream.hub.restore());
    }
    rig.settle();
    assert_eq!(rig.upstream.hub.journals().len(), 1, "seed {seed}");
    assert_eq!(rig.anew, 0, "seed {seed}");
}

#[test]
fn a_stranger_in_the_hubs_place_moves_nothing() {
    for seed in 300..304 {
        among_strangers(seed);
    }
}

fn among_strangers(seed: u64) {
    let mut rig = Rig::enrolled(seed);
    rig.announce();
    rig.pass(MINUTE_MS);
    rig.upstream.hub.mischief.one_in = 3;
    trouble(&mut rig, seed, 6);
    rig.upstream.hub.mischief.one_in = 0;
    rig.settle();
    assert_eq!(rig.anew, 0, "seed {seed}");
    let state = rig.engine.as_ref().unwrap().state();
    let thief = rig.upstream.hub.thief();
    let tag = thief.code().tag(&rig.upstream.keys().code_key);
    assert!(state.parcel_with_code(tag).is_none(), "seed {seed}");
    assert!(!state.staff.contains_key(&thief.id_and_pin().0), "seed {seed}");
    assert!(rig.upstream.hub.is_idle(), "seed {seed}");
}

#[test]
fn a_portal_that_answers_for_the_hub_is_got_over_within_minutes_of_its_end() {
    for seed in 400..410 {
        let mut rig = Rig::enrolled(seed);
        // Every other answer: some sessions begin, and some of their hellos are answered by the portal.
        rig.upstream.hub.mischief.one_in = 2;
        rig.pass(10 * MINUTE_MS);
        rig.upstream.hub.mischief.one_in = 0;
        let announced = rig.announce();
        rig.pass(3 * MINUTE_MS);
        assert_eq!(rig.upstream.hub.answer_to(announced.number.unwrap()), Some(Ok(())), "seed {seed}");
        rig.settle();
    }
}

#[test]
#[ignore = "takes minutes"]
fn many_more_seeds() {
    for seed in 1_000..1_040 {
        troubled(seed, 12).settle();
        restored_again_and_again(seed);
        among_strangers(seed);
        lying(seed);
    }
}

#[test]
fn a_journal_that_lost_its_end_is_told_by_sync_and_goes_on_as_another() {
    let mut rig = Rig::enrolled(4);
    rig.upstream.hub.card_may_lie = true;
    rig.announce();
    rig.pass(MINUTE_MS);
    let copy = tempfile::tempdir().unwrap();
    copy_folder(rig.folder.path(), copy.path());
    rig.announce();
    rig.pass(MINUTE_MS);
    // The card forgets.
    rig.engine = None;
    std::fs::remove_dir_all(rig.folder.path()).unwrap();
    copy_folder(copy.path(), rig.folder.path());
    rig.restart_kiosk();
    rig.settle();
    assert_eq!(rig.anew, 1);
    let journals = rig.upstream.hub.journals();
    assert_eq!(journals.len(), 2);
    // The start that noticed it was recorded under a number that the hub holds already.
    let (before, journal) = (journals[0].journal, journals[1].journal);
    let changed = HistoryBreak::Changed { journal: before, seq: journals[0].held() };
    assert_eq!(rig.upstream.hub.breaks(), [HistoryBreak::Replaced { before, journal }, changed]);
    assert!(
        matches!(rig.at_hub()[1][0].event, Event::Recovered { before, .. } if before == journals[0].journal)
    );
}

#[test]
fn what_a_lying_card_loses_again_and_again_is_told_and_the_last_journal_is_whole_at_the_hub() {
    for seed in 500..502 {
        lying(seed);
    }
}

fn lying(seed: u64) {
    let mut rig = Rig::enrolled(seed);
    rig.upstream.hub.card_may_lie = true;
    let mut chance = Chance::new(seed);
    for part in 0..4 {
        trouble(&mut rig, seed * 10 + part, 1);
        let copy = tempfile::tempdir().unwrap();
        copy_folder(rig.folder.path(), copy.path());
        let minutes = chance.below(90);
        for _ in 0..minutes / 10 {
            rig.miss(&mut chance);
            rig.pass(10 * MINUTE_MS);
        }
        rig.engine = None;
        rig.upstream.power_cut(rig.now_ms, true);
        std::fs::remove_dir_all(rig.folder.path()).unwrap();
        copy_folder(copy.path(), rig.folder.path());
        rig.restart_kiosk();
        rig.upstream.start_sync(rig.now_ms);
    }
    rig.settle();
    assert!(rig.upstream.hub.is_idle(), "seed {seed}");
}

#[test]
fn an_idle_day_of_long_polls_costs_little() {
    let mut rig = Rig::enrolled(5);
    rig.pass(MINUTE_MS);
    let (before, asked) = (rig.trace.len(), rig.upstream.numbered);
    rig.pass(24 * HOUR_MS);
    // A long poll takes 20 s and its two ways; a token lives six hours, and hello is said for each.
    let asked = rig.upstream.numbered - asked;
    assert!((12_000..14_000).contains(&asked), "{asked}");
    let signed = rig.trace[before..].iter().filter(|line| line.contains("hello")).count();
    assert!(signed <= 5, "{signed}");
    rig.settle();
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
