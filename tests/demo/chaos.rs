use crate::run::{Run, wait_gone};

/// Another seed each time, which is told: `locker demo --chaos 20 --seed N` plays it again, as far as time allows.
#[test]
fn killed_twenty_times_at_random_moments_kiosk_sync_and_hub_come_back_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (status, said, pids) = Run::start(folder.path(), &["--chaos", "20"]).finish();
    let all = said.join("\n");
    assert!(status.success(), "{all}");
    let last = said.last().unwrap();
    println!("{last}");
    assert!(last.starts_with("20 kills, ") && last.contains(": 0 lost, no relay left on, "), "{all}");
    let kills: Vec<&String> = said.iter().filter(|line| line.contains("crash  kill -9 of ")).collect();
    assert_eq!(kills.len(), 20, "{all}");
    assert_eq!(said.iter().filter(|line| line.contains(" runs again: pid ")).count(), 20, "{all}");
    wait_gone(&pids);
}

/// Whoever compares must notice: a parcel that leaves through the back wall in the middle of the chaos is found missing.
#[test]
fn in_the_chaos_too_a_parcel_that_vanishes_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (status, said, pids) =
        Run::start(folder.path(), &["--chaos", "2", "--seed", "5", "--thief"]).finish();
    let all = said.join("\n");
    assert_eq!(status.code(), Some(1), "{all}");
    assert!(all.contains("through the back wall"), "{all}");
    assert!(said.last().unwrap().contains("a promise is broken"), "{all}");
    wait_gone(&pids);
}
