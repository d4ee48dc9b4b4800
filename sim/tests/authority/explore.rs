//! Everywhere that can be reached, breadth first, so that the first way found to anything is a shortest one.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use locker_protocol::event::Purpose;

use crate::memory::Wrong;
use crate::situation::{Action, Next, Situation, World};

/// How far to go.
#[derive(Clone, Copy)]
pub struct Limits {
    /// How many things happen one after another.
    pub depth: u32,
    /// How many different moments are looked at.
    pub states: usize,
    /// How finely timers are told apart, in milliseconds.
    pub grain_ms: u64,
}

/// What was found.
pub struct Found {
    pub name: &'static str,
    pub states: usize,
    pub transitions: u64,
    pub depth: u32,
    /// Nothing new is left: what was looked at is all there is.
    pub closed: bool,
    pub left_behind: u64,
    pub unlocks: BTreeMap<(&'static str, &'static str), u64>,
}

impl fmt::Display for Found {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            to,
            "{}: {} states, {} transitions, depth {}, {}; {} ways ended where somebody left own things behind; unlocks judged:",
            self.name,
            self.states,
            self.transitions,
            self.depth,
            if self.closed { "closed: there is nothing else" } else { "cut there" },
            self.left_behind,
        )?;
        self.unlocks.iter().try_for_each(|((purpose, who), count)| write!(to, " {purpose} by {who} {count},"))
    }
}

/// How a state was reached.
#[derive(Clone, Copy)]
struct Step {
    from: usize,
    action: Option<Action>,
}

/// Looks everywhere.
///
/// # Errors
/// The shortest story that ends in something wrong.
pub fn explore(world: &World, limits: Limits) -> Result<Found, String> {
    let actions = world.actions();
    let begin = world.begin().map_err(|wrong| format!("at the beginning: {wrong}"))?;
    let mut seen = HashSet::from([begin.key(limits.grain_ms)]);
    let mut steps = vec![Step { from: 0, action: None }];
    let mut frontier = vec![(0, begin)];
    let mut found = Found {
        name: world.name,
        states: 1,
        transitions: 0,
        depth: 0,
        closed: false,
        left_behind: 0,
        unlocks: BTreeMap::new(),
    };
    while found.depth < limits.depth && found.states < limits.states {
        let mut next_frontier = Vec::new();
        for (index, situation) in frontier {
            for action in &actions {
                let next = situation
                    .after(world, *action)
                    .map_err(|wrong| story(world, &steps, index, *action, &wrong))?;
                let next = match next {
                    Next::Then(next) => next,
                    Next::Cannot => continue,
                    Next::LeftBehind => {
                        found.left_behind += 1;
                        continue;
                    }
                };
                found.transitions += 1;
                for (purpose, who) in &next.granted {
                    *found.unlocks.entry((purpose_name(*purpose), who)).or_insert(0) += 1;
                }
                if seen.insert(next.key(limits.grain_ms)) {
                    steps.push(Step { from: index, action: Some(*action) });
                    next_frontier.push((steps.len() - 1, *next));
                }
            }
            found.states = seen.len();
            if found.states >= limits.states {
                return Ok(found);
            }
        }
        found.depth += 1;
        frontier = next_frontier;
        if frontier.is_empty() {
            found.closed = true;
            return Ok(found);
        }
    }
    Ok(found)
}

fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Deposit => "deposit",
        Purpose::Collect => "collect",
        Purpose::Retrieve => "retrieve",
        Purpose::Send => "send",
        Purpose::Service => "service",
    }
}

/// The way to something wrong, told from the beginning.
fn story(world: &World, steps: &[Step], last: usize, action: Action, wrong: &Wrong) -> String {
    let mut way = vec![action];
    let mut index = last;
    while let Some(Step { from, action: Some(action) }) = steps.get(index).copied() {
        way.push(action);
        index = from;
    }
    way.reverse();
    let mut told = format!("{}: {wrong}\n", world.name);
    let mut now: Option<Situation> = world.begin().ok();
    for action in way {
        let at_ms = now.as_ref().map_or(0, Situation::now_ms);
        let view = now.as_ref().and_then(Situation::view).map(|view| format!("{view:?}"));
        told.push_str(&format!("  {at_ms:>9} ms  {:<60} {action:?}\n", view.unwrap_or_default()));
        now = now.and_then(|situation| match situation.after(world, action) {
            Ok(Next::Then(next)) => Some(*next),
            _ => None,
        });
    }
    told
}
