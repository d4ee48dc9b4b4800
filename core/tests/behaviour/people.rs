//! The few people, parcels and carriers of these tests.

use locker_core::{Input, Intent, Presented};
use locker_protocol::change::{Announcement, ReturnAnnouncement, Role, Staff, TemperatureRange};
use locker_protocol::{
    Change, CodeTag, Label, LabelTag, LockerId, Numbered, ParcelId, Pass, RecipientId, Right, Size, StaffId,
    TenantId,
};

pub const LOCKER: LockerId = LockerId(7);
/// How long the tests' parcels may wait.
pub const RETENTION_S: u32 = 2 * 3_600;

/// What stands on parcel `number`.
pub fn label(number: u64) -> Label {
    Label::new(&format!("PARCEL{number:04}")).expect("printable")
}

/// The tag of that label.
pub fn label_tag(number: u64) -> LabelTag {
    LabelTag(number)
}

/// The pickup code of parcel `number`.
pub fn code(number: u64) -> CodeTag {
    CodeTag([u8::try_from(number).expect("small"); 32])
}

/// What the hub says of parcel `number`: for recipient 101, 102 or 103, by tenant 1 or 2, small, medium or large.
pub fn announcement(number: u64) -> Announcement {
    let size = [Size::S, Size::M, Size::L, Size::S][usize::try_from(number % 4).expect("small")];
    Announcement {
        parcel: ParcelId(number),
        tenant: TenantId(if number % 2 == 1 { 1 } else { 2 }),
        label: label(number),
        label_tag: label_tag(number),
        recipient: RecipientId(101 + number % 3),
        code: code(number),
        size,
        retention_s: RETENTION_S,
        reachable: number % 5 == 4,
        order: None,
        keep: None,
    }
}

/// The same, to be kept at this temperature, in tenths of a degree.
pub fn kept(number: u64, low_tenths_c: i16, high_tenths_c: i16) -> Announcement {
    let keep = Some(TemperatureRange { low_tenths_c, high_tenths_c });
    Announcement { keep, reachable: false, ..announcement(number) }
}

/// What the hub says of return `number`: by tenant 1 or 2; of every third one the size, otherwise the sender chooses; every other
/// one has a code.
pub fn return_announcement(number: u64) -> ReturnAnnouncement {
    ReturnAnnouncement {
        parcel: ParcelId(number),
        tenant: TenantId(if number % 2 == 1 { 1 } else { 2 }),
        label: label(number),
        label_tag: label_tag(number),
        code: number.is_multiple_of(2).then(|| code(number)),
        size: number.is_multiple_of(3).then_some(Size::M),
    }
}

/// Courier 11 of tenant 1, courier 12 of tenant 2, technician 13.
pub fn staff(number: u32) -> Staff {
    Staff {
        staff: StaffId(number),
        tenant: TenantId(if number == 12 { 2 } else { 1 }),
        role: if number == 13 { Role::Technician } else { Role::Courier },
        pin: Some(pin(number)),
    }
}

/// The tag of that person's id and PIN.
pub fn pin(number: u32) -> CodeTag {
    CodeTag([u8::try_from(200 + number % 50).expect("small"); 32])
}

pub fn change(number: u64, change: Change) -> Input {
    Input::Change(Numbered { locker: LOCKER, number, change })
}

pub fn touch(intent: Intent) -> Input {
    Input::Touched(intent)
}

pub fn type_code(tag: CodeTag) -> Input {
    Input::Presented(Presented::Code(tag))
}

pub fn scan_label(number: u64) -> Input {
    Input::Presented(Presented::Label(label(number), label_tag(number)))
}

fn pass(right: Right, expires_unix_s: Option<u64>) -> Input {
    Input::Presented(Presented::Pass(Pass { locker: LOCKER, expires_unix_s, right }))
}

/// A recipient's pass; with the label of an unannounced parcel.
pub fn show_pass(recipient: u64, label: Option<u64>) -> Input {
    pass(Right::Collect { recipient: RecipientId(recipient), label: label.map(label_tag) }, None)
}

pub fn show_deposit_pass(announcement: Announcement) -> Input {
    pass(Right::Deposit { announcement }, None)
}

/// A badge that does not end.
pub fn show_badge(number: u32) -> Input {
    pass(Right::SignIn { staff: staff(number) }, None)
}

/// A badge that ends then.
pub fn show_badge_until(number: u32, expires_unix_s: u64) -> Input {
    pass(Right::SignIn { staff: staff(number) }, Some(expires_unix_s))
}

pub fn type_pin(number: u32, tag: CodeTag) -> Input {
    Input::Presented(Presented::Pin(StaffId(number), tag))
}
