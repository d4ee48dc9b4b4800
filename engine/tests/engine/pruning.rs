use locker_engine::journal::JournalReader;
use locker_hw::bus::DoorState;
use locker_protocol::Change;

use crate::rig::Rig;

const DAY_MS: u64 = 24 * 3_600 * 1_000;
const QUIET_MS: u64 = 21_000;

/// So many events, by changes that change nothing.
fn record(rig: &mut Rig, count: usize) {
    for _ in 0..count {
        let change = rig.sealed(Change::RefillCodes);
        rig.changes(vec![change]);
    }
}

#[test]
fn what_the_hub_has_held_for_a_month_leaves_the_journal_in_quiet_moments_however_much_it_is() {
    let mut rig = Rig::enrolled();
    record(&mut rig, 2_100);
    // Since when the hub holds what is noted every other day.
    for _ in 0..2 {
        rig.now_ms += 3 * DAY_MS;
        record(&mut rig, 1);
        rig.take_batches();
    }
    rig.now_ms += 32 * DAY_MS;
    // The next checkpoint: the one before it is older than all that was held a month ago.
    record(&mut rig, 950);
    let kept =
        |rig: &Rig| JournalReader::open_read_only(rig.folder.path()).unwrap().range().unwrap().unwrap();
    assert_eq!(kept(&rig).0, 1, "nobody who stands at the kiosk waits for that");
    rig.now_ms += QUIET_MS;
    for _ in 0..10 {
        rig.now_ms += 1_000;
        rig.all_doors(DoorState::Closed);
    }
    let (first, last) = kept(&rig);
    assert!(first > 1_900, "entries {first} to {last} are kept");
}
