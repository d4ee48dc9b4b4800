//! The real program under `kill -9` at random moments, while a street full of people goes on using it.
//!
//! Kiosk, sync and hub are the processes of the demo; whatever is killed is started again as the units in `systemd/` say.
//! People do what the screen lets them, whatever it shows and however often it goes dark; the cabinet keeps the physical
//! truth. Every choice comes from one seed. The order in which processes and people get the processor does not: a seed
//! repeats what people and kills mean to do, not every millisecond.
//!
//! | file | subject |
//! |---|---|
//! | [`killer`], [`keeper`] | who kills, and who starts again |
//! | [`street`], [`shown`] | who is there, and what they see |
//! | [`courier`], [`recipient`], [`nobody`], [`absent`], [`carrier`] | what each does |
//! | [`ending`], [`proof`] | everything comes out again; what is proven then |

mod absent;
mod carrier;
mod courier;
mod ending;
mod keeper;
mod killer;
mod nobody;
mod proof;
mod recipient;
mod shown;
mod street;

use std::time::Duration;

use super::ClosedIs;
use super::chance::Chance;
use super::error::DemoError;
use super::folder::Folder;
use super::stage::Stage;
use super::timeline::Timeline;
use super::tour;
use killer::Killer;
use street::Street;

/// A round has at most so many kills: doors of which nobody knows what is behind them are settled by staff only, and after
/// a while too few are left.
const KILLS_A_ROUND: u32 = 60;
/// A round ends, too, when so many parcels found no door.
const MOST_TURNED_AWAY: u32 = 3;
/// Frames that may wait for the killer.
const FRAMES_WAIT: usize = 4_096;

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
    let mut stage = Stage::set(folder, timeline, plan.closed_is, false)?;
    tour::join_network(&mut stage)?;
    stage.screen.put_camera_away();
    let wires = [stage.world.board.subscribe(FRAMES_WAIT), stage.world.scanner.subscribe(FRAMES_WAIT)];
    let killers_chance = chance.fork();
    let mut street = Street::new(&mut stage, chance)?;
    let targets = street.keeper.targets();
    street.killer = Some(Killer::start(plan.kills, killers_chance, targets, wires, timeline.clone())?);
    let played = street.lives().and_then(|()| {
        let killed = street.killer.take().map_or(0, |mut killer| killer.stop());
        tally.kills += killed;
        street.stage.crashes += killed;
        if plan.has_thief {
            // There must be something to take.
            while street.waiting().is_empty() {
                street.brings()?;
            }
            street.stage.thief_comes()?;
        }
        street.ends()
    });
    tally.kills += street.killer.take().map_or(0, |mut killer| killer.stop());
    tally.parcels += stage.people.items().count();
    played
}

/// What happens next on the street.
#[derive(Clone, Copy)]
enum Next {
    Courier,
    Recipient,
    Nobody,
    Recall,
}

impl Street<'_, '_> {
    /// People come and go until the killer has done, or too few doors are left.
    fn lives(&mut self) -> Result<(), DemoError> {
        while self.killer.as_ref().is_some_and(|killer| !killer.has_ended())
            && self.no_room < MOST_TURNED_AWAY
        {
            self.time_passes()?;
            if self.chance.percent(60) {
                self.absent_return()?;
            }
            let waiting = self.waiting();
            let inside = u64::from(waiting.values().sum::<u32>());
            let courier = if inside < 8 { 40 } else { 4 };
            let choice = [
                (courier, Next::Courier),
                (inside.min(10) * 6, Next::Recipient),
                (12, Next::Nobody),
                (inside.min(1) * 3, Next::Recall),
            ];
            match self.chance.weighted(&choice).unwrap_or(Next::Courier) {
                Next::Courier => self.brings()?,
                Next::Recipient => {
                    if let Some(who) = self.chance.pick(&waiting.into_keys().collect::<Vec<_>>()) {
                        self.recipient_comes(&who)?;
                    }
                }
                Next::Nobody => self.nobody_comes()?,
                Next::Recall => {
                    let inside: Vec<String> =
                        self.stage.world.doors().flat_map(|door| self.stage.world.inside(door)).collect();
                    if let Some(label) = self.chance.pick(&inside) {
                        self.recalls(&label)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn brings(&mut self) -> Result<(), DemoError> {
        for _ in 0..=self.chance.below(3) {
            self.carrier_sends()?;
        }
        let bag = self.loads(4)?;
        let takes_out = self.chance.percent(40);
        self.courier_comes(bag, takes_out)
    }

    /// Between two people time passes, more or less.
    fn time_passes(&mut self) -> Result<(), DemoError> {
        let minutes = Duration::from_secs(60);
        let long = match self.chance.below(100) {
            0..35 => Duration::from_secs(125),
            35..45 => Duration::from_secs(20 + self.chance.below(40)),
            45..48 => minutes * 45,
            _ => return Ok(()),
        };
        self.stage.says("demo", format!("{} s pass", long.as_secs()));
        self.stage.clock.skip(long)
    }
}
