//! One seed is one history, and what once broke a promise keeps it. `locker-sim` itself runs all of `sim/seeds.txt` before
//! anything fresh; here, without optimisation, are short ones.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use locker_sim::judgement::{self, Verdict};
use locker_sim::known_seeds;
use locker_sim::plan::{DAY_MS, Plan};
use locker_sim::story::Story;

/// The first day of a history, and its end.
fn a_day(seed: u64, story: Story) -> (Verdict, Story) {
    let mut plan = Plan::new(seed);
    plan.items.retain(|item| item.at_ms < DAY_MS);
    plan.length_ms = DAY_MS;
    judgement::run(plan, story)
}

#[test]
fn one_seed_is_one_history_to_the_byte() {
    let told = |seed| a_day(seed, Story::told()).1;
    let (one, other) = (told(1), told(1));
    assert!(one.lines().len() > 50, "something happens");
    assert_eq!(one.lines(), other.lines());
    assert_ne!(one.lines(), told(2).lines());
}

#[test]
fn telling_a_story_changes_nothing_of_the_history() {
    let (plain, told) = (a_day(3, Story::default()).0, a_day(3, Story::told()).0);
    assert_eq!(plain.counts, told.counts);
    assert_eq!(plain.reached, told.reached);
}

#[test]
fn a_day_of_each_history_that_once_broke_a_promise_keeps_them_all() {
    let known = known_seeds();
    assert!(known.len() >= 4);
    for (seed, fault) in known {
        let verdict = a_day(seed, Story::default()).0;
        assert!(verdict.broken.is_empty(), "{fault}: {:?}", verdict.broken);
    }
}

#[test]
fn what_is_left_out_of_a_history_takes_nothing_else_with_it() {
    let mut plan = Plan::new(4);
    plan.items.retain(|item| item.at_ms < DAY_MS);
    plan.length_ms = DAY_MS;
    let kept: Vec<usize> = plan.items.iter().step_by(2).map(|item| item.number).collect();
    let shorter = plan.only(&kept);
    assert_eq!(shorter.items.len(), kept.len());
    assert!(shorter.items.iter().all(|item| plan.items[item.number].seed == item.seed));
    let verdict = judgement::run(shorter, Story::default()).0;
    assert!(verdict.broken.is_empty(), "{:?}", verdict.broken);
}
