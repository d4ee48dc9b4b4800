//! People: they come, act by what the screen and the doors show them, make mistakes, and go.

mod courier;
mod eyes;
mod recipient;
mod sender;
mod stranger;
mod technician;

use locker_engine::{Intent, View};

use crate::cabinet::ParcelNumber;
use crate::chance::Chance;
use crate::world::World;

/// Nobody stays longer, in milliseconds.
const STAYS_MS: u64 = 25 * 60_000;

/// Who somebody is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// A recipient.
    Recipient(u64),
    /// A courier, by the place in the world's list.
    Courier(usize),
    /// Somebody who sends parcels: returns.
    Sender(u64),
    /// Somebody who mends what is broken.
    Technician,
    /// Somebody without any right.
    Thief,
}

/// Somebody at the kiosk, or waiting for it.
pub struct Person {
    /// Who.
    pub who: Who,
    /// Their own stream of chance.
    pub chance: Chance,
    /// When they act next.
    pub next_ms: u64,
    /// When they came.
    pub came_ms: u64,
    /// They make no mistakes.
    pub careful: bool,
    /// What they carry.
    pub hands: Vec<ParcelNumber>,
    /// The door of which the screen spoke last.
    door: Option<u16>,
    /// The door at which their hands have done what they came for.
    done_at: Option<u16>,
    /// How often they tried.
    tries: u32,
    /// What the courier scanned, and what goes in.
    scanned: Option<(ParcelNumber, ParcelNumber)>,
    /// The door at which they said that theirs goes beside another.
    adding: Option<u16>,
    /// What a technician has done.
    rounds: technician::Rounds,
    /// Deposits by deposit pass only.
    bearer: bool,
    /// The screen that stands there is theirs.
    served: bool,
}

/// What somebody does next.
pub enum Next {
    /// Something, after so many milliseconds.
    After(u64),
    /// They leave.
    Leaves,
}

impl Person {
    /// Somebody who comes now.
    pub fn new(who: Who, mut chance: Chance, now_ms: u64) -> Self {
        let bearer = chance.one_in(8);
        Self {
            who,
            chance,
            next_ms: now_ms,
            came_ms: now_ms,
            careful: false,
            hands: Vec::new(),
            door: None,
            done_at: None,
            tries: 0,
            scanned: None,
            adding: None,
            rounds: technician::Rounds::default(),
            bearer,
            served: false,
        }
    }

    /// A courier who comes now, makes no mistakes, and only takes out what waits to go back.
    pub fn who_only_takes_out(courier: usize, chance: Chance, now_ms: u64) -> Self {
        Self { careful: true, bearer: false, ..Self::new(Who::Courier(courier), chance, now_ms) }
    }

    /// For the story.
    pub fn name(&self) -> String {
        match self.who {
            Who::Recipient(owner) => format!("recipient {owner}"),
            Who::Courier(index) => format!("courier {index}"),
            Who::Sender(who) => format!("sender {who}"),
            Who::Technician => "a technician".to_owned(),
            Who::Thief => "a stranger".to_owned(),
        }
    }

    /// Which sender this is.
    fn sender_number(&self) -> Option<u64> {
        match self.who {
            Who::Sender(who) => Some(who),
            _ => None,
        }
    }

    /// True once in so many times, for those who make mistakes.
    fn slips(&mut self, one_in: u64) -> bool {
        !self.careful && self.chance.one_in(one_in)
    }

    /// A person takes so long, in milliseconds.
    fn takes(&mut self, from_ms: u64, to_ms: u64) -> Next {
        Next::After(self.chance.between(from_ms, to_ms))
    }

    /// Acts once.
    pub fn act(&mut self, world: &mut World) -> Next {
        if world.now_ms > self.came_ms + STAYS_MS {
            return Next::Leaves;
        }
        if self.slips(70) {
            world.tell(|| format!("{} walks away", self.name()));
            return Next::Leaves;
        }
        let view = world.kiosk.glass.view();
        if let Some(next) = self.goes_by_the_door(view.as_ref(), world) {
            return next;
        }
        let Some(view) = view else {
            self.tries += 1;
            return if self.tries > 8 { Next::Leaves } else { self.takes(3_000, 12_000) };
        };
        self.sees(&view);
        match self.who {
            Who::Recipient(owner) => self.recipient(owner, &view, world),
            Who::Courier(index) => self.courier(index, &view, world),
            Who::Sender(who) => self.sender(who, &view, world),
            Who::Technician => self.technician(&view, world),
            Who::Thief => self.stranger(&view, world),
        }
    }

    /// At an open door: what the hands do there first, then the door is shut, or is not.
    fn at_door(
        &mut self,
        number: u16,
        world: &mut World,
        hands: impl FnOnce(&mut Self, usize, &mut World),
    ) -> Next {
        let Some(index) = world.cabinet.numbered(number) else { return Next::Leaves };
        if !world.cabinet.doors.get(index).is_some_and(|door| door.open) {
            // The screen lags behind the door, or the sensor says otherwise.
            self.done_at = None;
            return self.takes(500, 2_500);
        }
        if self.done_at != Some(number) {
            self.done_at = Some(number);
            hands(self, index, world);
            return self.takes(700, 9_000);
        }
        self.done_at = None;
        if self.slips(18) {
            world.tell(|| format!("{} leaves door {number} open", self.name()));
            return Next::Leaves;
        }
        if self.slips(25) {
            // A chat, a phone call.
            self.done_at = Some(number);
            return self.takes(30_000, 15 * 60_000);
        }
        world.shut(index, &self.name());
        self.takes(400, 3_000)
    }

    /// A door is energised and does not spring open.
    fn push(&mut self, number: u16, world: &mut World) -> Next {
        if self.careful || self.chance.one_in(2) {
            let now_ms = world.now_ms;
            if let Some(index) = world.cabinet.numbered(number)
                && world.cabinet.push(index, now_ms)
            {
                world.tell(|| format!("{} pushes door {number}: it gives way", self.name()));
            }
        }
        self.takes(150, 500)
    }

    /// Touches; now and then twice, as fast as a finger can.
    fn touch(&mut self, intent: Intent, world: &mut World) {
        world.touch(intent);
        if self.slips(12) {
            world.touch(intent);
        }
    }

    /// A screen on which somebody else may still be served, or nobody.
    fn is_free(view: &View) -> bool {
        matches!(
            view,
            View::Home { .. }
                | View::Code
                | View::NotAccepted { .. }
                | View::CodesPaused { .. }
                | View::SignIn { .. }
                | View::Courier { .. }
                | View::ChooseSize { .. }
                | View::PickDeposit { .. }
                | View::StopDone(_)
        )
    }
}
