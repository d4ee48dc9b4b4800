//! What merchants, operators and staff ask of the hub, and the papers that people get from it.

use locker_crypto::label_tag;
use locker_protocol::change::{Announcement, ReturnAnnouncement, Role, Staff};
use locker_protocol::code::pin_tag;
use locker_protocol::{
    Change, CodeTag, CompartmentId, Label, ParcelId, Pass, PickupCode, RecipientId, Right, Size, StaffId,
    TenantId,
};

use super::{Hub, Unannounced};

/// A parcel that a merchant sends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// By which carrier.
    pub tenant: TenantId,
    /// What stands on it.
    pub label: Label,
    /// To whom.
    pub recipient: RecipientId,
    /// The smallest compartment that it fits.
    pub size: Size,
    /// How long it may wait, in collectable seconds.
    pub retention_s: u32,
    /// Whether its recipient asked for a door that can be reached from a wheelchair.
    pub reachable: bool,
    /// The order that it is a part of, where that comes in several parcels.
    pub part_of: Option<locker_protocol::change::Order>,
    /// The temperature that it must be kept at.
    pub keep: Option<locker_protocol::change::TemperatureRange>,
}

/// A parcel, announced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Announced {
    /// Its number.
    pub parcel: ParcelId,
    /// Under which number the locker is told; none for a deposit pass, of which it is told at the door.
    pub number: Option<u64>,
    /// What stands on it.
    pub label: Label,
    /// Its pickup code.
    pub code: PickupCode,
    /// Its recipient's pass: the text of a QR code.
    pub pass: String,
}

/// A parcel that a courier announces at the door.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DepositPass {
    /// What its recipient gets.
    pub announced: Announced,
    /// The courier's pass: the text of a QR code.
    pub deposit_pass: String,
    /// Until when it counts, in seconds since 1970, UTC.
    pub expires_unix_s: u64,
}

/// A code that takes the place of another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewCode {
    /// Under which number the locker is told.
    pub number: u64,
    /// The code.
    pub code: PickupCode,
}

impl Hub {
    /// A parcel will come.
    pub fn announce(&mut self, order: &Order) -> Announced {
        let (announcement, mut announced) = self.make_ready(order);
        self.books.parcels.expect(&announcement, false);
        announced.number = Some(self.ask(Change::Announce { announcement }));
        announced
    }

    /// A person will send a parcel from the locker: its number, and the code by which it can be sent.
    pub fn announce_return(
        &mut self,
        tenant: TenantId,
        label: &Label,
        size: Option<Size>,
    ) -> (ParcelId, PickupCode) {
        let parcel = ParcelId(self.next_parcel);
        self.next_parcel += 1;
        let (code, tag) = self.draw_code();
        let announcement = ReturnAnnouncement {
            parcel,
            tenant,
            label: label.clone(),
            label_tag: label_tag(label),
            code: Some(tag),
            size,
        };
        self.books.parcels.expect_return(&announcement);
        self.ask(Change::AnnounceReturn { announcement });
        (parcel, code)
    }

    /// A pass on a courier's phone that is itself the announcement: the locker is told nothing.
    pub fn deposit_pass(&mut self, order: &Order, lives_s: u64) -> DepositPass {
        let (announcement, announced) = self.make_ready(order);
        self.books.parcels.expect(&announcement, true);
        let expires_unix_s = self.unix_s() + lives_s;
        let right = Right::Deposit { announcement };
        let deposit_pass = self.signed_pass(right, Some(expires_unix_s));
        DepositPass { announced, deposit_pass, expires_unix_s }
    }

    /// A parcel will not come: the change's number.
    pub fn cancel(&mut self, parcel: ParcelId) -> u64 {
        self.ask(Change::Cancel { parcel })
    }

    /// A parcel may wait longer, in collectable seconds: the change's number.
    pub fn extend(&mut self, parcel: ParcelId, by_s: u32) -> u64 {
        self.ask(Change::Extend { parcel, by_s })
    }

    /// A courier is to take a parcel out again: the change's number.
    pub fn recall(&mut self, parcel: ParcelId) -> u64 {
        self.ask(Change::Recall { parcel })
    }

    /// A parcel gets another code; the earlier one counts until the locker has heard of it.
    pub fn new_code(&mut self, parcel: ParcelId) -> NewCode {
        let (code, tag) = self.draw_code();
        NewCode { number: self.ask(Change::NewCode { parcel, code: tag }), code }
    }

    /// A parcel that came unannounced is for this person.
    pub fn match_parcel(&mut self, parcel: ParcelId, recipient: RecipientId, retention_s: u32) -> NewCode {
        let (code, tag) = self.draw_code();
        NewCode { number: self.ask(Change::Match { parcel, recipient, code: tag, retention_s }), code }
    }

    /// Parcels that came unannounced and are for nobody yet, as far as the locker's events have come.
    pub fn unannounced(&self) -> impl Iterator<Item = &Unannounced> {
        self.books.parcels.unannounced()
    }

    /// A person may work here; without a PIN only by a badge: the change's number.
    pub fn employ(&mut self, staff: StaffId, tenant: TenantId, role: Role, pin: Option<&str>) -> u64 {
        let pin = pin.map(|pin| pin_tag(staff, pin, &self.books.code_key));
        self.ask(Change::Staff { staff: Staff { staff, tenant, role, pin } })
    }

    /// A person may no longer work here: the change's number.
    pub fn dismiss(&mut self, staff: StaffId) -> u64 {
        self.ask(Change::RevokeStaff { staff })
    }

    /// Codes may be typed again: the change's number.
    pub fn refill_codes(&mut self) -> u64 {
        self.ask(Change::RefillCodes)
    }

    /// A compartment leaves service, or returns to it: the change's number.
    pub fn service(&mut self, compartment: CompartmentId, in_service: bool) -> u64 {
        self.ask(Change::Service { compartment, in_service })
    }

    /// A person's pass: the text of a QR code. With a label it also claims a parcel that came unannounced.
    pub fn collect_pass(&self, recipient: RecipientId, label: Option<&Label>) -> String {
        self.signed_pass(Right::Collect { recipient, label: label.map(label_tag) }, None)
    }

    /// A badge that signs in at this locker, for so long: the text of a QR code.
    pub fn badge(&self, staff: StaffId, tenant: TenantId, role: Role, lives_s: u64) -> String {
        let staff = Staff { staff, tenant, role, pin: None };
        self.signed_pass(Right::SignIn { staff }, Some(self.unix_s() + lives_s))
    }

    fn signed_pass(&self, right: Right, expires_unix_s: Option<u64>) -> String {
        Pass { locker: self.locker, expires_unix_s, right }.to_text(&self.signing)
    }

    fn make_ready(&mut self, order: &Order) -> (Announcement, Announced) {
        let parcel = ParcelId(self.next_parcel);
        self.next_parcel += 1;
        let (code, tag) = self.draw_code();
        let announcement = Announcement {
            parcel,
            tenant: order.tenant,
            label: order.label.clone(),
            label_tag: label_tag(&order.label),
            recipient: order.recipient,
            code: tag,
            size: order.size,
            retention_s: order.retention_s,
            reachable: order.reachable,
            order: order.part_of,
            keep: order.keep,
        };
        let pass = match self.passes.get(&order.recipient) {
            Some(pass) => pass.clone(),
            None => {
                let pass = self.collect_pass(order.recipient, None);
                self.passes.insert(order.recipient, pass.clone());
                pass
            }
        };
        (announcement, Announced { parcel, number: None, label: order.label.clone(), code, pass })
    }

    /// A code that nobody had before.
    fn draw_code(&mut self) -> (PickupCode, CodeTag) {
        loop {
            let code = super::drawn_code(&mut self.chance);
            if self.codes.insert(code.digits()) {
                let tag = code.tag(&self.books.code_key);
                return (code, tag);
            }
        }
    }
}
