//! The real program under `kill -9` at random moments, while a crowd goes on using it.
//!
//! Kiosk, sync and hub are the processes of the demo; whatever is killed is started again as the units in `systemd/` say.
//! People do what the screen lets them, whatever it shows and however often it goes dark; the cabinet keeps the physical
//! truth. Every choice comes from one seed. The order in which processes and people get the processor does not: a seed
//! repeats what people and kills mean to do, not every millisecond.
//!
//! | file | subject |
//! |---|---|
//! | [`killer`] | who kills |
//! | [`super::crowd`] | everybody else |
//! | [`ending`], [`proof`] | everything comes out again; what is proven then |

mod ending;
mod killer;
mod proof;

use std::time::Duration;

use super::ClosedIs;
use super::chance::Chance;
use super::crowd::{Crowd, Habits};
use super::error::DemoError;
use super::folder::Folder;
use super::stage::{Setting, Stage};
use super::timeline::Timeline;
use super::tour;
use killer::Killer;

/// A round has at most so many kills: doors of which nobody knows what is behind them are settled by staff only, and after
/// a while too few are left.
const KILLS_A_ROUND: u32 = 60;
/// A round ends, too, when so many parcels found no door.
const MOST_TURNED_AWAY: u32 = 3;
/// Frames that may wait for the killer.
const FRAMES_WAIT: usize = 4_096;

/// How people are: quick, and some confused.
const HABITS: Habits = Habits { confuse: true, slowness_percent: 100, retention_s: 300 * 24 * 60 * 60 };

/// What to play.
#[derive(Clone, Copy)]
pub struct Plan {
    /// How often something is killed.
    pub kills: u32,
    /// From which seed.
    pub seed: u64,
    /// Whether a thief takes a parcel through the back wall before books and cabinet are compared.
    pub has_thief: bool,
    /// What the lock board says of a closed door.
    pub closed_is: ClosedIs,
}

/// What came of it.
#[derive(Default)]
pub struct Tally {
    kills: u32,
    parcels: usize,
    rounds: u32,
}

impl Tally {
    /// The last line.
    pub fn line(&self, plan: Plan, result: &Result<(), DemoError>) -> String {
        let Self { kills, parcels, rounds } = self;
        let seed = plan.seed;
        match result {
            Ok(()) => format!(
                "{kills} kills, {parcels} parcels, {rounds} lockers, seed {seed}: 0 lost, no relay left on, all came back. \
                 Journals verified."
            ),
            Err(error) => format!("{kills} kills, {parcels} parcels, {rounds} lockers, seed {seed}: {error}"),
        }
    }
}

/// Plays round after round, each with a locker of its own.
pub fn play(plan: Plan, folder: &Folder, timeline: &Timeline) -> (Tally, Result<(), DemoError>) {
    let mut chance = Chance::new(plan.seed);
    let mut tally = Tally::default();
    while tally.kills < plan.kills {
        tally.rounds += 1;
        timeline.chapter(&format!("Locker {}, after {} of {} kills", tally.rounds, tally.kills, plan.kills));
        let of_round = Plan { kills: (plan.kills - tally.kills).min(KILLS_A_ROUND), ..plan };
        let played = folder.round(tally.rounds).and_then(|folder| {
            round(&mut tally, of_round, chance.fork(), &folder, timeline)?;
            folder.tidy();
            Ok(())
        });
        if let Err(error) = played {
            return (tally, Err(error));
        }
    }
    (tally, Ok(()))
}

fn round(
    tally: &mut Tally,
    plan: Plan,
    mut chance: Chance,
    folder: &Folder,
    timeline: &Timeline,
) -> Result<(), DemoError> {
    let mut stage = Stage::set(folder, timeline, plan.closed_is, Setting::default())?;
    tour::join_network(&mut stage)?;
    stage.screen.put_camera_away();
    let wires = [stage.world.frames(FRAMES_WAIT), stage.world.scanner.subscribe(FRAMES_WAIT)];
    let killers_chance = chance.fork();
    let mut crowd = Crowd::new(&mut stage, chance, HABITS)?;
    let targets = crowd.keeper.targets();
    let (mut killer, moments) = Killer::start(plan.kills, killers_chance, targets, wires, timeline.clone())?;
    crowd.moments = Some(moments);
    let lived = lives(&mut crowd, &killer);
    let kills = killer.stop();
    tally.kills += kills;
    crowd.stage.crashes += kills;
    let played = lived.and_then(|()| {
        if plan.has_thief {
            // There must be something to take.
            while crowd.waiting().is_empty() {
                crowd.courier_brings()?;
            }
            crowd.stage.thief_comes()?;
        }
        crowd.ends()
    });
    tally.parcels += stage.people.items().count();
    played
}

/// People come and go until the killer has done, or too few doors are left.
fn lives(crowd: &mut Crowd<'_, '_>, killer: &Killer) -> Result<(), DemoError> {
    while !killer.has_ended() && crowd.no_room < MOST_TURNED_AWAY {
        time_passes(crowd)?;
        if crowd.chance.percent(60) {
            crowd.absent_return()?;
        }
        crowd.somebody_comes()?;
    }
    Ok(())
}

/// Between two people time passes, more or less.
fn time_passes(crowd: &mut Crowd<'_, '_>) -> Result<(), DemoError> {
    let minutes = Duration::from_secs(60);
    let long = match crowd.chance.below(100) {
        0..35 => Duration::from_secs(125),
        35..45 => Duration::from_secs(20 + crowd.chance.below(40)),
        45..48 => minutes * 45,
        _ => return Ok(()),
    };
    crowd.stage.says("demo", format!("{} s pass", long.as_secs()));
    crowd.stage.clock.skip(long)
}
