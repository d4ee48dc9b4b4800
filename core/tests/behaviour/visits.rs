//! What people do again and again at this locker, so that a scenario can say only what is special about it.

use locker_core::{Input, Intent, Place, View};
use locker_protocol::event::{Answer, Door, Outcome};
use locker_protocol::{Change, CompartmentId, Event, ParcelId};

use crate::bench::{Bench, cabinet};
use crate::people;

/// An enrolled locker whose doors are all seen closed and empty, where couriers 11 (tenant 1) and 12 (tenant 2) and
/// technician 13 work.
pub fn ready() -> Bench {
    let mut bench = Bench::new(cabinet());
    bench.give(Input::Enrolled(people::LOCKER));
    bench.sense_all_closed();
    bench.change(Change::Staff { staff: people::staff(11) });
    bench.change(Change::Staff { staff: people::staff(12) });
    bench.change(Change::Staff { staff: people::staff(13) });
    bench
}

/// The same, with these parcels announced and stored; says behind which doors.
pub fn ready_with<const N: usize>(numbers: [u64; N]) -> (Bench, [u16; N]) {
    let mut bench = ready();
    let doors = numbers.map(|number| {
        bench.announce(number);
        bench.store(number)
    });
    bench.effects.clear();
    (bench, doors)
}

impl Bench {
    /// The hub's next change.
    pub fn change(&mut self, change: Change) {
        let number = self.state().cursor + 1;
        self.give(people::change(number, change));
    }

    pub fn announce(&mut self, number: u64) {
        self.change(Change::Announce { announcement: people::announcement(number) });
    }

    /// The hub announces return `number`.
    pub fn announce_return(&mut self, number: u64) {
        self.change(Change::AnnounceReturn { announcement: people::return_announcement(number) });
    }

    /// The person types the code of parcel `number`, is told of several doors, and goes on.
    pub fn goes_on_with(&mut self, number: u64) {
        self.give(people::type_code(people::code(number)));
        assert!(matches!(self.view, View::List { .. }), "{:?}", self.view);
        self.give(people::touch(Intent::GoOn));
    }

    pub fn place(&self, number: u64) -> Place {
        self.state().parcels[&ParcelId(number)].place
    }

    /// The pulse that waits is acknowledged, and its door springs open; says which.
    pub fn opens(&mut self) -> u16 {
        let door = self.answer(Answer::Sent).compartment.0;
        self.wait(100);
        self.sense(door, Door::Open);
        door
    }

    /// The person closes the door.
    pub fn closes(&mut self, door: u16) {
        // A board says that it is open until it is not.
        self.watch(door, Door::Open, 100);
        self.watch_now(door, Door::Closed, 400);
    }

    /// One sample now, and one every 100 ms for this long.
    pub fn watch_now(&mut self, door: u16, says: Door, ms: u64) {
        self.sense(door, says);
        self.watch(door, says, ms);
    }

    /// The courier of parcel `number` signs in, scans it, puts it in, closes and leaves; says behind which door.
    pub fn store(&mut self, number: u64) -> u16 {
        self.give(people::show_badge(if number % 2 == 1 { 11 } else { 12 }));
        let door = self.deposit(number);
        // The first shows the receipt.
        self.give(people::touch(Intent::Finish));
        self.give(people::touch(Intent::Finish));
        door
    }

    /// A signed-in courier scans a parcel, puts it in and closes; says behind which door.
    pub fn deposit(&mut self, number: u64) -> u16 {
        self.give(people::scan_label(number));
        let door = self.opens();
        self.watch(door, Door::Open, 2_000);
        self.closes(door);
        assert_eq!(self.place(number), Place::Inside(CompartmentId(door)));
        door
    }

    /// The person takes what is behind the door that opens, and closes it; says which.
    pub fn takes(&mut self) -> u16 {
        let door = self.opens();
        self.watch(door, Door::Open, 2_000);
        self.closes(door);
        door
    }

    /// How the last opening that ended did.
    pub fn last_outcome(&self) -> Option<Outcome> {
        self.journal.iter().rev().find_map(|event| match event {
            Event::Ended { outcome, .. } => Some(*outcome),
            _ => None,
        })
    }

    pub fn has_recorded(&self, wanted: impl Fn(&Event) -> bool) -> bool {
        self.journal.iter().any(wanted)
    }

    pub fn is_home(&self) -> bool {
        matches!(self.view, View::Home { .. })
    }
}
