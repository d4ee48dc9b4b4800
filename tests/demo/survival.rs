use crate::run::{Run, wait_gone};

/// Everything is killed at once, cabinet and people included; what was behind the doors is still there.
#[test]
fn everything_is_killed_with_a_parcel_behind_an_open_door_and_the_next_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Run::start(folder.path(), &[]);
    first.wait_says(|line| line.contains("takes the claim"));
    // The third parcel has just been put in, its door is about to be closed.
    for _ in 0..3 {
        first.wait_says(|line| line.contains("courier  puts RB"));
    }
    wait_gone(&first.kill());

    let (status, said, pids) = Run::start(folder.path(), &[]).finish();
    let all = said.join("\n");
    assert!(status.success(), "{all}");
    assert!(all.contains("The locker is known to the network already"), "{all}");
    assert!(said.last().unwrap().contains(", 0 lost. Journal verified."), "{all}");
    wait_gone(&pids);
}

/// The same in the middle of the enrolment and of an outage.
#[test]
fn everything_is_killed_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    for moment in ["reads the claim", "kill -9 of the hub", "is about to be pulsed"] {
        let mut run = Run::start(folder.path(), &[]);
        run.wait_says(|line| line.contains(moment));
        wait_gone(&run.kill());
    }
    let (status, said, pids) = Run::start(folder.path(), &[]).finish();
    let all = said.join("\n");
    assert!(status.success(), "{all}");
    assert!(said.last().unwrap().contains(", 0 lost. Journal verified."), "{all}");
    wait_gone(&pids);
}
