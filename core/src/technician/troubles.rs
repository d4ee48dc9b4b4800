//! What is wrong now, the worst first.

use locker_protocol::CompartmentId;
use locker_protocol::event::{Door, OutOfService};

use super::{is_silent, number};
use crate::Core;
use crate::state::Contents;
use crate::view::{MOST_TROUBLES, Trouble, TroubleKind, View};

/// The worst first, as many as a screen names, and how many there are beyond.
pub(super) fn worst(mut troubles: Vec<Trouble>) -> (Vec<Trouble>, u16) {
    troubles.sort_by_key(|trouble| (rank(trouble.what), trouble.door));
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
            (!is_dumb || what != TroubleKind::ReadingLost).then_some(Trouble { door: Some(door), what })
        });
        let of_locker = [
            (is_dumb, TroubleKind::BoardSilent),
            (self.hub_lost_ms.is_some(), TroubleKind::NoNetwork),
            (!self.hub_told_time, TroubleKind::ClockUnsure),
        ];
        let of_locker = of_locker.into_iter().filter(|(is_so, _)| *is_so);
        of_doors.chain(of_locker.map(|(_, what)| Trouble { door: None, what })).collect()
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
        TroubleKind::OtherDoorOpened(_) => 1,
        TroubleKind::Stuck { .. } => 2,
        TroubleKind::SensorFault => 3,
        TroubleKind::OpenBefore => 4,
        TroubleKind::InterruptedTwice => 5,
        TroubleKind::LeftOpen => 6,
        TroubleKind::ReadingLost => 7,
        TroubleKind::OutFound => 8,
        TroubleKind::Unknown => 9,
        TroubleKind::WeakLock { .. } => 10,
        TroubleKind::NoNetwork => 11,
        TroubleKind::ClockUnsure => 12,
        TroubleKind::OutByHub => 13,
        TroubleKind::OutByStaff => 14,
    }
}
