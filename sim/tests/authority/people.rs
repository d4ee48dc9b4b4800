//! Who and what there is: two recipients, couriers of two carriers, a thief, and a few parcels.

use locker_core::{Cabinet, Spec};
use locker_protocol::change::{Announcement, ReturnAnnouncement, Role, Staff};
use locker_protocol::{
    CodeTag, CompartmentId, Label, LabelTag, LockerId, ParcelId, RecipientId, Size, StaffId, TenantId,
};

pub const LOCKER: LockerId = LockerId(1);
pub const ANA: RecipientId = RecipientId(101);
pub const BEN: RecipientId = RecipientId(102);
/// Courier of the first carrier.
pub const CORA: StaffId = StaffId(11);
/// Courier of the second carrier.
pub const DAN: StaffId = StaffId(12);
pub const PULSE_MS: u64 = 300;
/// How long parcels may wait: one journaled hour.
pub const RETENTION_S: u32 = 3_600;
/// No clock of this locker is before this.
pub const BUILT_UNIX_S: u64 = 1_000_000;

/// A thing of cardboard, whatever the books call it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Item {
    /// The first carrier's, announced, for Ana.
    Announced,
    /// The second carrier's, announced, for Ben.
    Others,
    /// The first carrier's, announced, for Ana too.
    Second,
    /// The first carrier's, which nobody announced; the hub's pass says that it is Ben's.
    Unannounced,
    /// The second carrier's, for Ana, brought by whoever holds its deposit pass.
    Passed,
    /// The first carrier's to take away, sent from here by Ana.
    Returned,
}

impl Item {
    pub const ALL: [Self; 6] =
        [Self::Announced, Self::Others, Self::Second, Self::Unannounced, Self::Passed, Self::Returned];

    pub fn tenant(self) -> TenantId {
        match self {
            Self::Announced | Self::Second | Self::Unannounced | Self::Returned => TenantId(1),
            Self::Others | Self::Passed => TenantId(2),
        }
    }

    /// Whose it is to collect; of what is sent, who brings it.
    pub fn recipient(self) -> RecipientId {
        match self {
            Self::Announced | Self::Second | Self::Passed | Self::Returned => ANA,
            Self::Others | Self::Unannounced => BEN,
        }
    }

    pub fn number(self) -> u8 {
        1 + Self::ALL.iter().position(|item| *item == self).map_or(0, |place| place as u8)
    }

    pub fn label(self) -> Label {
        Label::new(&format!("LABEL{}", self.number())).expect("printable")
    }

    pub fn label_tag(self) -> LabelTag {
        LabelTag(self.number().into())
    }

    pub fn of_label(label: &Label) -> Option<Self> {
        Self::ALL.into_iter().find(|item| item.label() == *label)
    }

    /// Its pickup code; the second is what the hub gives out when the first is to end.
    pub fn code(self, second: bool) -> CodeTag {
        CodeTag([self.number() + if second { 100 } else { 0 }; 32])
    }

    /// Its number, where the hub gave it one.
    pub fn parcel(self) -> Option<ParcelId> {
        (self != Self::Unannounced).then(|| ParcelId(self.number().into()))
    }

    pub fn is_sent(self) -> bool {
        self == Self::Returned
    }

    pub fn return_announcement(self) -> Option<ReturnAnnouncement> {
        let parcel = self.parcel().filter(|_| self.is_sent())?;
        Some(ReturnAnnouncement {
            parcel,
            tenant: self.tenant(),
            label: self.label(),
            label_tag: self.label_tag(),
            code: Some(self.code(false)),
            size: Some(Size::S),
        })
    }

    pub fn announcement(self) -> Option<Announcement> {
        (!self.is_sent()).then_some(())?;
        Some(Announcement {
            parcel: self.parcel()?,
            tenant: self.tenant(),
            label: self.label(),
            label_tag: self.label_tag(),
            recipient: self.recipient(),
            code: self.code(false),
            size: Size::S,
            retention_s: RETENTION_S,
            reachable: false,
            order: None,
            keep: None,
        })
    }
}

pub fn staff(who: StaffId) -> Staff {
    let tenant = TenantId(if who == CORA { 1 } else { 2 });
    Staff { staff: who, tenant, role: Role::Courier, pin: Some(pin(who)) }
}

pub fn pin(who: StaffId) -> CodeTag {
    CodeTag([200 + u8::try_from(who.0).expect("small"); 32])
}

/// Doors 1 to `doors` on one supply, the first the smallest: which one is offered does not hang on wear.
pub fn cabinet(doors: u16) -> Cabinet {
    let spec = |door: u16| Spec {
        size: if door == 1 { Size::S } else { Size::L },
        reachable: true,
        supply: 1,
        pulse_ms: PULSE_MS,
        cooldown_ms: 500,
    };
    Cabinet {
        compartments: (1..=doors).map(|door| (CompartmentId(door), spec(door))).collect(),
        built_unix_s: BUILT_UNIX_S,
        ..Cabinet::default()
    }
}
