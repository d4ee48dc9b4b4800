//! The locker's engine: what stands between the rules and the world.
//!
//! [`Engine`] takes what happened (a touch, a scan, a reading, a message of sync), asks the core what to do, and does it
//! in order: *record, commit, then act*. It is generic over the lock bus and the screen, takes the time with every
//! input, and has no thread: the program brings those, and so does the simulation.
//!
//! | module | subject |
//! |---|---|
//! | [`executor`] | the engine itself: inputs in, effects done in order |
//! | [`address`] | compartments of the rules, locks of the hardware |
//! | [`recognize`] | what a typed or scanned text is |
//! | [`disk`] | files, real or simulated |
//! | [`random`] | random bytes, real or simulated |
//! | [`journal`] | the append-only record, on SQLite |
//! | [`keys`] | the kiosk's secrets, in one file |
//! | [`wall`] | what time it is, as far as anyone vouched for it |
//! | [`uplink`] | the kiosk's end of the talk with the hub |
//! | [`link`] | messages over the kiosk's socket |
//! | [`sync`] | the other end of the kiosk's socket: a state machine for `locker sync` |

pub mod address;
pub mod disk;
pub mod executor;
mod gullible;
pub mod journal;
pub mod keys;
pub mod link;
pub mod random;
mod receipts;
pub mod recognize;
pub mod sync;
pub mod uplink;
pub mod wall;

pub use disk::{Disk, RealDisk};
pub use executor::{Engine, EngineError, Happening, Options, Picture, Screen};
pub use locker_core::{
    Believed, CaseLine, Contents, CourierNote, DoorChoices, DoorLine, GoesBack, Intent, InventoryNote, Moved,
    NotAccepted, OrderProgress, Place, Sound, State, Stop, TakeOutDoor, Task, Trouble, TroubleKind, View,
};
pub use locker_protocol::{CaseId, CompartmentId, Entry, Event, OpeningId, ParcelId, Size, event};
pub use random::Random;
