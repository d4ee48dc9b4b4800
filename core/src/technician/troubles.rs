//! What is wrong now, the worst first.

use locker_protocol::CompartmentId;
use locker_protocol::event::{Door, OutOfService};

use super::{is_silent, number};
use crate::Core;
use crate::state::Contents;
use crate::view::{MOST_TROUBLES, Trouble, TroubleKind, View};

/// The worst first, as many as a screen names, and how many there are beyond.
pub(super) fn worst(mut troubles: Vec<Trouble>) -> (Vec<Trouble>, u16) {
    troubles.sort_by(|one, other| {
        let key = |trouble: &Trouble| (rank(trouble.what), trouble.door);
        key(one).cmp(&key(other)).then_with(|| one.sensor.cmp(&other.sensor))
    });
    let more = number(troubles.len().saturating_sub(MOST_TROUBLES));
    troubles.truncate(MOST_TROUBLES);
    (troubles, more)
}

impl Core {
    pub(super) fn troubles_view(&self, now_ms: u64) -> View {
        let (troubles, more) = worst(self.troubles(now_ms));
        View::TechnicianHome { troubles, more }
    }

    fn troubles(&self, now_ms: u64) -> Vec<Trouble> {
        let doors = || self.cabinet.compartments.keys().copied();
        // A board that says nothing is one trouble, not one for each of its doors.
        let is_dumb = doors().count() > 0 && doors().all(|door| is_silent(self.door(door)));
        let of_doors = doors().filter_map(|door| {
            let what = self.trouble_of(now_ms, door)?;
            let of_board = is_dumb && what == TroubleKind::ReadingLost;
            (!of_board).then_some(Trouble { door: Some(door), sensor: None, what })
        });
        let of_locker = [
            (is_dumb, TroubleKind::BoardSilent),
            (self.hub_lost_ms.is_some(), TroubleKind::NoNetwork),
            (!self.hub_told_time, TroubleKind::ClockUnsure),
        ];
        let of_locker = of_locker.into_iter().filter(|(is_so, _)| *is_so);
        let of_locker = of_locker.map(|(_, what)| Trouble { door: None, sensor: None, what });
        of_doors.chain(of_locker).chain(self.troubles_around()).collect()
    }

    /// The worst that is wrong with a door.
    fn trouble_of(&self, now_ms: u64, door: CompartmentId) -> Option<TroubleKind> {
        let left_open = self.is_open_for_long(now_ms, door).then_some(TroubleKind::LeftOpen);
        let silent = is_silent(self.door(door)).then_some(TroubleKind::ReadingLost);
        let unknown =
            matches!(self.state.contents(door), Contents::Unknown { .. }).then_some(TroubleKind::Unknown);
        let out = self.out_of_service_trouble(now_ms, door);
        [left_open, silent, unknown, out].into_iter().flatten().min_by_key(|what| rank(*what))
    }

    /// Open with nobody's opening to explain it, or for long.
    fn is_open_for_long(&self, now_ms: u64, door: CompartmentId) -> bool {
        match self.state.opening_of(door) {
            Some((id, _)) => self.is_left_open(now_ms, id),
            None => self.door(door) == Door::Open,
        }
    }

    /// Why a door is out of service, if it is.
    pub(super) fn out_of_service_trouble(&self, now_ms: u64, door: CompartmentId) -> Option<TroubleKind> {
        self.state.out_of_service(door).map(|out| match out {
            OutOfService::Stuck => TroubleKind::Stuck { times: self.stuck_times(now_ms, door) },
            OutOfService::SensorFault => TroubleKind::SensorFault,
            OutOfService::InterruptedTwice => TroubleKind::InterruptedTwice,
            OutOfService::ByHub => TroubleKind::OutByHub,
            OutOfService::ByStaff => TroubleKind::OutByStaff,
            OutOfService::Found => TroubleKind::OutFound,
        })
    }
}

/// 0 is the worst.
fn rank(what: TroubleKind) -> u8 {
    match what {
        TroubleKind::BoardSilent => 0,
        TroubleKind::BatteryLow => 1,
        TroubleKind::Tampered => 2,
        TroubleKind::OtherDoorOpened(_) => 3,
        TroubleKind::Stuck { .. } => 4,
        TroubleKind::TooWarm { .. } | TroubleKind::TooCold { .. } | TroubleKind::ThermometerSilent => 5,
        TroubleKind::SensorFault => 6,
        TroubleKind::OpenBefore => 7,
        TroubleKind::InterruptedTwice => 8,
        TroubleKind::OnBattery => 9,
        TroubleKind::LeftOpen => 10,
        TroubleKind::ReadingLost => 11,
        TroubleKind::OutFound => 12,
        TroubleKind::Unknown => 13,
        TroubleKind::WeakLock { .. } => 14,
        TroubleKind::NoNetwork => 15,
        TroubleKind::ClockUnsure => 16,
        TroubleKind::OutByHub => 17,
        TroubleKind::OutByStaff => 18,
    }
}
