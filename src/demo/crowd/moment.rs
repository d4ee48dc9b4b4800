//! Moments of interest to whoever kills.

/// Something after which a kill is of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The scanner has sent what was held before it.
    Scanned,
    /// An unlock frame has left the kiosk.
    Unlocking,
    /// Somebody sees a door stand open.
    DoorOpen,
    /// Somebody pushed a door shut.
    DoorShut,
    /// The carrier told the hub something that sync is to carry.
    Told,
    /// Any moment.
    Any,
}
