use locker_hw::profile::DEMO_24;

use crate::run::{Run, wait_gone};

#[test]
fn the_tour_loses_nothing_and_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let (status, said, pids) = Run::start(folder.path(), &[]).finish();
    let all = said.join("\n");
    assert!(status.success(), "{all}");
    let last = said.last().unwrap();
    assert!(last.ends_with(" lost. Journal verified.") && last.contains(", 0 lost."), "{last}");
    assert!(all.contains("chain ok, signatures ok"), "{all}");
    // Each crash names who was killed, and each restart who was before and who is now.
    for who in ["the kiosk", "sync", "the hub"] {
        assert!(all.contains(&format!("kill -9 of {who}, pid ")), "{who} was never killed");
        assert!(all.contains(&format!("{who} runs again: pid ")), "{who} never ran again");
    }
    let crashes = said.iter().filter(|line| line.contains("kill -9 of") && line.contains("pid ")).count();
    assert!(last.contains(&format!(", {crashes} crashes,")), "{crashes} crashes were told: {last}");
    assert!(said.iter().all(|line| line.chars().count() <= 100), "a line is too long for a terminal");
    let pictures = std::fs::read_dir(folder.path().join("pictures")).unwrap();
    assert!(pictures.count() > 50, "each new screen has its picture");
    wait_gone(&pids);
}

#[test]
fn the_tour_loses_nothing_at_a_cabinet_of_another_family() {
    let folder = tempfile::tempdir().unwrap();
    let cabinet = concat!(env!("CARGO_MANIFEST_DIR"), "/hw/cabinets/hall-72-wkly.toml");
    let (status, said, pids) = Run::start(folder.path(), &["--cabinet", cabinet]).finish();
    let all = said.join("\n");
    assert!(status.success(), "{all}");
    assert!(all.contains("cabinet of 72 doors"), "{all}");
    assert!(said.last().unwrap().contains(", 0 lost. Journal verified."), "{all}");
    // The frames are that family's, and its boards tell of doors by themselves.
    let opened = said.iter().any(|line| line.contains("> 57 4B 4C 59 09") && line.contains("open door"));
    assert!(opened && all.contains("unasked"), "{all}");
    wait_gone(&pids);
}

#[test]
fn a_cabinet_that_cannot_be_built_is_refused_with_every_reason() {
    let folder = tempfile::tempdir().unwrap();
    let cabinet = folder.path().join("cabinet.toml");
    let wrong = DEMO_24.replace("\"shuoming\"", "\"shouming\"").replace("pulse_ms = 300", "pulse_ms = 0");
    std::fs::write(&cabinet, wrong).unwrap();
    let run = folder.path().join("run");
    let (status, said, _) = Run::start(&run, &["--cabinet", cabinet.to_str().unwrap()]).finish();
    let all = said.join("\n");
    assert!(!status.success(), "{all}");
    assert!(all.contains("no such cabinet can be built"), "{all}");
    for reason in [
        "cabinet.toml:19: bank[1].family: unknown variant `shouming`",
        "cabinet.toml:24: bank[1].pulse_ms: 0",
    ] {
        assert!(all.contains(reason), "{reason}: {all}");
    }
}

#[test]
fn a_parcel_that_vanishes_through_the_back_wall_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    // The thief comes to a cabinet whose lock board has the other polarity.
    let (status, said, pids) = Run::start(folder.path(), &["--thief", "--closed-is", "00"]).finish();
    let all = said.join("\n");
    assert_eq!(status.code(), Some(1), "{all}");
    let theft = said.iter().find(|line| line.contains("through the back wall"));
    let theft = theft.unwrap_or_else(|| panic!("the thief never came:\n{all}"));
    let words: Vec<&str> = theft.split_whitespace().collect();
    let label = words.iter().find(|word| word.starts_with("RB")).unwrap();
    let door = words[words.iter().position(|word| *word == "door").unwrap() + 1];
    let named = said.iter().any(|line| {
        line.starts_with("  - ")
            && line.contains(label)
            && line.contains(&format!("door {door},"))
            && line.contains("books hold it")
    });
    assert!(named, "the verdict does not name {label} and door {door}:\n{all}");
    assert!(all.contains(" 1 lost."), "{all}");
    wait_gone(&pids);
}

#[test]
fn bad_input_from_every_side_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (status, said, pids) = Run::start(folder.path(), &["--rough"]).finish();
    let all = said.join("\n");
    assert!(status.success(), "{all}");
    assert!(said.last().unwrap().contains(", 0 lost. Journal verified."), "{all}");
    for word in
        ["We could not read that code.", "This locker is being repaired.", "We cannot check this code now."]
    {
        assert!(all.contains(word), "the screen never said {word:?}:\n{all}");
    }
    let logs = folder.path().join("logs");
    for log in std::fs::read_dir(logs).unwrap() {
        let said = std::fs::read_to_string(log.unwrap().path()).unwrap();
        assert!(!said.contains("panicked"), "{said}");
    }
    wait_gone(&pids);
}
