//! Makes a failing history shorter: happenings are left out for as long as the same promise breaks.

use crate::judgement::{self, Verdict};
use crate::plan::Plan;
use crate::story::Story;

/// The shortest plan that was found in which the same promise breaks, and its verdict. At most `tries` histories are run.
pub fn shrink(plan: &Plan, promise: &str, mut tries: u32) -> (Plan, Verdict) {
    let (mut verdict, _) = judgement::run(plan.clone(), Story::default());
    let mut best = plan.clone();
    // What comes after the break cannot have caused it.
    if let Some(broken) = verdict.broken.first() {
        let until_ms = broken.at_ms;
        let mut shorter = best.clone();
        shorter.items.retain(|item| item.at_ms <= until_ms);
        shorter.length_ms = shorter.length_ms.min(until_ms + 1);
        try_one(&mut best, &mut verdict, shorter, promise, &mut tries);
    }
    let mut chunk = best.items.len().div_ceil(2).max(1);
    loop {
        let mut from = 0;
        while from < best.items.len() && tries > 0 {
            let mut shorter = best.clone();
            let to = (from + chunk).min(shorter.items.len());
            shorter.items.drain(from..to);
            if !try_one(&mut best, &mut verdict, shorter, promise, &mut tries) {
                from += chunk;
            }
        }
        if chunk == 1 || tries == 0 {
            return (best, verdict);
        }
        chunk = chunk.div_ceil(2);
    }
}

fn try_one(best: &mut Plan, verdict: &mut Verdict, plan: Plan, promise: &str, tries: &mut u32) -> bool {
    *tries = tries.saturating_sub(1);
    let (found, _) = judgement::run(plan.clone(), Story::default());
    let same = found.broken.first().is_some_and(|broken| broken.promise == promise);
    if same {
        *best = plan;
        *verdict = found;
    }
    same
}
