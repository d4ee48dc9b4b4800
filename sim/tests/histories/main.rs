//! Histories that once broke a promise keep all of them, and one seed is one history.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use locker_sim::judgement;
use locker_sim::plan::Plan;
use locker_sim::story::Story;

#[test]
fn histories_that_once_broke_a_promise_keep_them_all() {
    let seeds = include_str!("../../seeds.txt");
    let seeds = seeds.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let mut count = 0;
    for line in seeds {
        let (seed, fault) = line.split_once(' ').unwrap();
        let (verdict, _) = judgement::run(Plan::new(seed.parse().unwrap()), Story::default());
        assert!(verdict.broken.is_empty(), "{}: {:?}", fault.trim(), verdict.broken);
        count += 1;
    }
    assert!(count >= 4);
}

#[test]
fn one_seed_is_one_history_to_the_byte() {
    for seed in [1, 2] {
        let told = || judgement::run(Plan::new(seed), Story::told()).1;
        let (one, other) = (told(), told());
        assert!(one.lines().len() > 100, "something happens");
        assert_eq!(one.lines(), other.lines(), "seed {seed}");
    }
    let other = judgement::run(Plan::new(2), Story::told()).1;
    assert_ne!(judgement::run(Plan::new(1), Story::told()).1.lines(), other.lines());
}

#[test]
fn a_story_is_told_while_nothing_of_the_history_changes() {
    let plain = judgement::run(Plan::new(3), Story::default()).0;
    let told = judgement::run(Plan::new(3), Story::told()).0;
    assert_eq!(plain.counts, told.counts);
    assert_eq!(plain.length_ms, told.length_ms);
}
