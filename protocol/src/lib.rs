//! What passes between locker, hub and phone.
//!
//! Plain data and its bytes: ids, journal events, changes, passes, receipts, pickup codes, and the messages of the two wires
//! (the Unix socket between kiosk and sync, HTTP between sync and hub). Keys and arithmetic of cryptography stay
//! outside, behind [`Sign`], [`Verify`] and [`Tag`].
//!
//! Messages are CBOR arrays with numbered fields: a field is added at the end as an `Option`, a variant under a new
//! number, and neither is ever reused. Golden bytes of every message lie in `golden/`; a test that
//! differs from them means a broken wire, not a stale file.

mod bounded;
pub mod change;
pub mod claim;
pub mod code;
pub mod enrol;
pub mod event;
pub mod id;
pub mod label;
pub mod link;
pub mod parcel;
pub mod pass;
mod qr_text;
pub mod receipt;
pub mod seal;
pub mod uplink;

pub use change::{Change, Numbered, Refusal};
pub use code::PickupCode;
pub use event::{Entry, Event};
pub use id::{
    CaseId, CodeTag, CompartmentId, Hash, JournalId, LabelTag, LockerId, Nonce, OpeningId, OrderId, ParcelId,
    PublicKey, RecipientId, StaffId, TenantId,
};
pub use parcel::{Label, Size};
pub use pass::{Pass, Right};
pub use receipt::Receipt;
pub use seal::{Sealed, Sign, Tag, Verify};
