//! A parcel as a thing of the world, and the papers that people hold for it.

use locker_engine::Size;
use locker_protocol::ParcelId;

/// Where a parcel physically is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Where {
    /// In its carrier's van.
    Van,
    /// In the hands of whoever is at the cabinet.
    Hands,
    /// Behind a door, by its index.
    Inside(usize),
    /// With its recipient.
    Home,
    /// Back with its carrier for good.
    Back,
    /// With somebody whose it is not.
    Stolen,
}

/// A parcel.
#[derive(Debug)]
pub struct Parcel {
    /// Which carrier's.
    pub tenant: u32,
    /// Whose.
    pub owner: u64,
    /// Who sends it, where it is a return; its owner is then nobody.
    pub sender: Option<u64>,
    /// What stands on it.
    pub label: String,
    /// Its size.
    pub size: Size,
    /// The hub's number of it; none for one that nobody announced.
    pub id: Option<ParcelId>,
    /// The codes in its recipient's phone: the last counts.
    pub codes: Vec<String>,
    /// The pass in its recipient's phone.
    pub pass: Option<String>,
    /// The deposit pass in the courier's phone.
    pub deposit_pass: Option<String>,
    /// Where it is.
    pub place: Where,
    /// When it was last put in.
    pub put_in_ms: u64,
    /// How long it may wait, in seconds, before any extension.
    pub retention_s: u32,
    /// It must be kept cold, and was announced so.
    pub is_chilled: bool,
    /// The hub recalled it.
    pub recalled: bool,
    /// The hub cancelled it.
    pub cancelled: bool,
    /// Whoever brought it said at the open door that it does not go in there.
    pub declined: bool,
    /// Behind which door that is on record, until it is scanned again.
    pub declined_at: Option<usize>,
}

impl Parcel {
    /// Whether its carrier may take it out.
    pub fn may_go_back(&self, now_ms: u64) -> bool {
        self.sender.is_some()
            || self.recalled
            || self.declined
            || now_ms >= self.put_in_ms + u64::from(self.retention_s) * 1_000
    }
}
