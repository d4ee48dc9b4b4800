//! What to do.

use locker_protocol::{CompartmentId, Event, OpeningId};

use crate::view::View;

/// One thing to do. Effects are done in order; consecutive [`Effect::Record`]s are one transaction, on disk before
/// anything after them is done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Write it to the journal.
    Record(Event),
    /// Pulse a lock.
    Unlock(Unlock),
    /// Show it.
    Show(View),
    /// Sound it.
    Sound(Sound),
    /// Show whether "Lower doors" is chosen, beside whatever else is shown.
    LowerDoors(bool),
    /// Show whether the locker runs on its battery, beside whatever else is shown: the screen spares it.
    OnBattery(bool),
    /// Lead to these doors, which stand open and are somebody's to close; to no others.
    Lead(Vec<CompartmentId>),
    /// There is something new for the hub.
    Wake,
    /// A technician wants the program to begin again, once everything before is done.
    Restart,
    /// The battery is nearly empty, and no door is in hand: switch the machine off, once everything before is done.
    PowerOff,
}

/// One pulse of one lock. Its opening and this attempt are in the journal before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unlock {
    /// The opening that it serves.
    pub opening: OpeningId,
    /// Which try of it, from 1.
    pub attempt: u8,
    /// The door.
    pub compartment: CompartmentId,
    /// After this moment (monotonic milliseconds) no byte of it may leave.
    pub not_after_ms: u64,
}

/// The kiosk's sounds, told apart without looking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sound {
    /// A parcel was stored, or taken.
    Stored,
    /// Look at the screen.
    Look,
    /// That was not accepted.
    Refused,
    /// Here is a door that should be closed.
    Tick,
    /// A door opened that nobody had been let open, or stayed open.
    Alarm,
}
