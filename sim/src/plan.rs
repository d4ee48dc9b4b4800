//! What a seed makes happen: a list of happenings, each with its own stream of chance. Whatever is left out changes nothing
//! of the others' draws, so that a failing history can be made shorter.

use crate::chance::Chance;
use crate::disk::{Card, Device};
use crate::fitted::{Fitted, Items};

/// One day, in milliseconds.
pub const DAY_MS: u64 = 86_400_000;
const HOUR_MS: u64 = 3_600_000;
const MINUTE_MS: u64 = 60_000;
/// Makes another stream of a seed.
const OF_SENSORS: u64 = 0x5E45_0125_17E3_0B0C;

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// A carrier gets a parcel for somebody; the hub announces it, or not.
    Parcel,
    /// A courier comes.
    Courier,
    /// A recipient comes.
    Recipient,
    /// A merchant takes something back: the hub announces a return.
    Return,
    /// Somebody comes to send.
    Sender,
    /// A technician comes.
    Technician,
    /// Somebody comes who has no business here.
    Thief,
    /// Somebody passes by and shuts what is open.
    PasserBy,
    /// The hub changes something.
    HubChange,
    /// Somebody's phone brings a receipt to the hub.
    Phone,
    /// A call centre answers a case.
    CaseAnswer,
    /// The kiosk's process is killed.
    KillKiosk,
    /// The process of sync is killed.
    KillSync,
    /// The power is cut at the n-th write from now, or at once.
    PowerCut,
    /// The power is cut, or the kiosk killed, within the next openings: at the pulse or soon after it.
    StopsInOpenings,
    /// The network is gone for a while.
    NetworkCut,
    /// The network loses, repeats and delays for a while.
    BadNetwork,
    /// The hub restarts.
    HubRestart,
    /// The hub is restored from a backup.
    HubRestore,
    /// The hub's clock jumps.
    HubClock,
    /// Somebody between answers instead of the hub for a while.
    HostileHub,
    /// The lock boards' wire is bad for a while.
    BadWire,
    /// The lock boards are dead for a while.
    DeadBoards,
    /// A bolt misbehaves for a while.
    BadBolt,
    /// A sensor misbehaves for a while.
    BadSensor,
    /// A door opens by itself.
    SpringsOpen,
    /// The disk is full for a while.
    DiskFull,
    /// A write or a sync fails, once.
    DiskError,
    /// An item sensor misbehaves for a while.
    BadItemSensor,
    /// The mains are gone for a while.
    MainsLost,
    /// It gets too warm or too cold inside, or a thermometer falls silent, for a while.
    Drift,
    /// Somebody shakes the cabinet.
    Shaken,
}

/// One happening.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its place in the whole plan.
    pub number: usize,
    /// When, in milliseconds.
    pub at_ms: u64,
    /// What.
    pub what: What,
    /// Its own stream of chance.
    pub seed: u64,
}

/// A whole history to come.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What made it.
    pub seed: u64,
    /// In order of time.
    pub items: Vec<Item>,
    /// How long it is, in milliseconds, before the last judgement.
    pub length_ms: u64,
    /// What the memory card is like.
    pub device: Device,
    /// What the cabinet has besides locks and doors.
    pub fitted: Fitted,
}

impl Plan {
    /// What this seed makes happen.
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let days = chance.between(2, 15);
        let length_ms = days * DAY_MS;
        let card = if chance.one_in(16) {
            Card::Lying { window_syncs: chance.between(1, 12) }
        } else {
            Card::Honest
        };
        let sector_bytes = if chance.one_in(2) { 512 } else { 4_096 };
        let device = Device { card, sector_bytes, safe_overwrite: true };
        let lying_sensors = chance.one_in(4);
        // A history has its own temper: some are quiet, some are full of one kind of trouble.
        let trouble = [0, 1, 1, 2, 4][usize::try_from(chance.below(5)).unwrap_or(0)];
        let busy = chance.between(1, 4);
        let mut items = Vec::new();
        let mut add = |what: What, mean_ms: u64, chance: &mut Chance| {
            if mean_ms == 0 {
                return;
            }
            let mut at_ms = chance.next_after(mean_ms);
            while at_ms < length_ms {
                items.push(Item { number: 0, at_ms, what, seed: chance.any() });
                at_ms += chance.next_after(mean_ms);
            }
        };
        add(What::Parcel, 3 * HOUR_MS / busy, &mut chance);
        add(What::Courier, 7 * HOUR_MS / busy, &mut chance);
        add(What::Recipient, 4 * HOUR_MS / busy, &mut chance);
        add(What::Thief, 30 * HOUR_MS, &mut chance);
        add(What::PasserBy, 12 * HOUR_MS, &mut chance);
        add(What::HubChange, 9 * HOUR_MS, &mut chance);
        let troubles = [
            (What::KillKiosk, 36 * HOUR_MS),
            (What::KillSync, 48 * HOUR_MS),
            (What::PowerCut, 36 * HOUR_MS),
            (What::StopsInOpenings, 24 * HOUR_MS),
            (What::NetworkCut, 30 * HOUR_MS),
            (What::BadNetwork, 40 * HOUR_MS),
            (What::HubRestart, 60 * HOUR_MS),
            (What::HubRestore, 240 * HOUR_MS),
            (What::HubClock, 120 * HOUR_MS),
            (What::HostileHub, 120 * HOUR_MS),
            (What::BadWire, 40 * HOUR_MS),
            (What::DeadBoards, 72 * HOUR_MS),
            (What::BadBolt, 30 * HOUR_MS),
            (What::SpringsOpen, 72 * HOUR_MS),
            (What::DiskFull, 200 * HOUR_MS),
            (What::DiskError, 150 * HOUR_MS),
        ];
        for (what, mean_ms) in troubles {
            let share = [0, 1, 1, 1, 3][usize::try_from(chance.below(5)).unwrap_or(0)] * trouble;
            let mean_ms = mean_ms.checked_div(share).map_or(0, |mean_ms| mean_ms + MINUTE_MS);
            add(what, mean_ms, &mut chance);
        }
        if lying_sensors {
            add(What::BadSensor, 30 * HOUR_MS, &mut chance);
        }
        add(What::Technician, 40 * HOUR_MS, &mut chance);
        add(What::Return, 9 * HOUR_MS / busy, &mut chance);
        add(What::Sender, 10 * HOUR_MS / busy, &mut chance);
        add(What::Phone, 5 * HOUR_MS / busy, &mut chance);
        add(What::CaseAnswer, 8 * HOUR_MS, &mut chance);
        // Drawn from a stream of their own: whatever else a seed makes happen, it makes happen all the same.
        let mut more = Chance::new(seed ^ OF_SENSORS);
        let fitted = Fitted::draw(&mut more);
        if fitted.items != Items::None {
            // There are cabinets whose item sensors all tell the truth.
            add(What::BadItemSensor, if more.one_in(3) { 0 } else { 20 * HOUR_MS }, &mut more);
        }
        if fitted.battery.is_some() {
            add(What::MainsLost, 30 * HOUR_MS, &mut more);
        }
        if fitted.thermometers > 0 {
            add(What::Drift, 20 * HOUR_MS, &mut more);
        }
        if fitted.tamper {
            add(What::Shaken, 30 * HOUR_MS, &mut more);
        }
        items.sort_by_key(|item| item.at_ms);
        for (number, item) in items.iter_mut().enumerate() {
            item.number = number;
        }
        Self { seed, items, length_ms, device, fitted }
    }

    /// Whether the memory card loses what it said it had.
    pub fn lying_card(&self) -> bool {
        self.device.card != Card::Honest
    }

    /// The same, with only these happenings.
    pub fn only(&self, keep: &[usize]) -> Self {
        let items = self.items.iter().filter(|item| keep.contains(&item.number)).cloned().collect();
        Self { items, ..self.clone() }
    }
}
