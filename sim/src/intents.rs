//! First the intent, then the pulse; and a door that somebody closed a moment ago is kept for them.
//!
//! What is asked here is asked of the card and of the books, not of the rules: when a byte of a pulse leaves, there is an
//! opening of that very door; when a pulse is handed to the bus, whose thread may send it at once, what it follows from was
//! written since the happening that led to it.

use std::collections::BTreeMap;

use locker_engine::CompartmentId;
use locker_engine::event::Purpose;

use crate::world::World;

/// A door that was collected from is offered to nobody for so long after it was shut, in milliseconds.
const KEPT_MS: u64 = 120_000;

/// When doors were shut after a collection, by their index.
#[derive(Default)]
pub(crate) struct Kept(BTreeMap<usize, u64>);

impl World {
    /// A pulse's first byte left for a door.
    pub(crate) fn judge_intent(&mut self, index: usize) {
        let now_ms = self.now_ms;
        let Some(number) = self.cabinet.doors.get(index).map(|door| door.number) else { return };
        let Some(books) = self.books() else { return };
        let Some((_, opening)) = books.opening_of(CompartmentId(number)) else {
            let how = format!("lock {number} is pulsed, and no opening of its door is recorded");
            return self.oracle.breaks(now_ms, "no pulse without its intent", how);
        };
        let is_deposit = matches!(opening.purpose, Purpose::Deposit | Purpose::Send);
        if let Some(shut_ms) = self.kept.0.remove(&index)
            && is_deposit
            && now_ms < shut_ms + KEPT_MS
        {
            let how = format!(
                "door {number} is opened for a deposit {} ms after somebody collected from it, who may come back",
                now_ms - shut_ms
            );
            self.oracle.breaks(now_ms, "a door may be opened again for two minutes", how);
        }
    }

    /// Pulses that were handed to the bus, and receipts that were shown, before the card had taken in what they follow from.
    pub(crate) fn judge_commits(&mut self) {
        let now_ms = self.now_ms;
        if self.bus.take_hasty() {
            let how =
                "a pulse was handed to the bus, and nothing had been written since what led to it".to_owned();
            self.oracle.breaks(now_ms, "no pulse without its intent", how);
        }
        if self.kiosk.glass.take_hasty() {
            let how = "a receipt was shown, and nothing had been written since what led to it".to_owned();
            self.oracle.breaks(now_ms, "a receipt is on record", how);
        }
    }

    /// A door is about to be shut.
    pub(crate) fn keep_if_collected(&mut self, index: usize) {
        let Some(door) = self.cabinet.doors.get(index).filter(|door| door.open) else { return };
        let opening = self.books().and_then(|books| books.opening_of(CompartmentId(door.number)));
        if opening.is_some_and(|(_, opening)| opening.purpose == Purpose::Collect) {
            self.kept.0.insert(index, self.now_ms);
        }
    }

    /// At the end, after quiet hours: every window has ended.
    pub(crate) fn judge_windows(&mut self) {
        let now_ms = self.now_ms;
        let kept: Vec<u16> =
            self.books().into_iter().flat_map(|books| books.reopen_windows()).map(|door| door.0).collect();
        if !kept.is_empty() {
            let how = format!("doors {kept:?} are still kept for whoever closed them, hours later");
            self.oracle.breaks(now_ms, "a door may be opened again for two minutes", how);
        }
    }
}
