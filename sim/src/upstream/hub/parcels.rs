//! Where the hub believes each parcel to be, by the locker's events: as much as a full listing needs.

use std::collections::BTreeMap;

use locker_protocol::change::{Announcement, ReturnAnnouncement, Staff};
use locker_protocol::event::{Entitled, Outcome, Purpose};
use locker_protocol::{Change, Event, Label, OpeningId, ParcelId, RecipientId, StaffId, TenantId};

use super::Hub;

/// The hub's books of parcels and staff.
#[derive(Clone, Default)]
pub(super) struct Parcels {
    known: BTreeMap<ParcelId, Known>,
    openings: BTreeMap<OpeningId, Opening>,
    staff: BTreeMap<StaffId, Staff>,
}

#[derive(Clone)]
struct Known {
    /// With recipient and code as the locker took them last; nothing for one that came unannounced.
    announcement: Option<Announcement>,
    came_unannounced: Option<Unannounced>,
    /// With its code as the locker took it last, where a person sends it.
    sent: Option<ReturnAnnouncement>,
    /// Only a pass on a courier's phone knows of it yet.
    is_only_a_pass: bool,
    place: Place,
}

/// A parcel that nobody announced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unannounced {
    /// Its number, made by the locker.
    pub parcel: ParcelId,
    /// What stands on it.
    pub label: Label,
    /// Whose courier brought it.
    pub tenant: TenantId,
    /// Whose it is, once a pass has shown it.
    pub recipient: Option<RecipientId>,
    size: locker_protocol::Size,
    label_tag: locker_protocol::LabelTag,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Expected,
    There,
    Over,
}

#[derive(Clone)]
struct Opening {
    purpose: Purpose,
    entitled: Entitled,
    goes_in: Vec<ParcelId>,
    comes_out: Vec<ParcelId>,
}

impl Parcels {
    /// The hub made an announcement, or a pass that is one.
    pub(super) fn expect(&mut self, announcement: &Announcement, is_only_a_pass: bool) {
        let known = Known {
            announcement: Some(announcement.clone()),
            came_unannounced: None,
            sent: None,
            is_only_a_pass,
            place: Place::Expected,
        };
        self.known.insert(announcement.parcel, known);
    }

    /// The hub announced a return.
    pub(super) fn expect_return(&mut self, announcement: &ReturnAnnouncement) {
        let known = Known {
            announcement: None,
            came_unannounced: None,
            sent: Some(announcement.clone()),
            is_only_a_pass: false,
            place: Place::Expected,
        };
        self.known.insert(announcement.parcel, known);
    }

    pub(super) fn employ(&mut self, staff: &Staff) {
        self.staff.insert(staff.staff, staff.clone());
    }

    pub(super) fn dismiss(&mut self, staff: StaffId) {
        self.staff.remove(&staff);
    }

    /// Parcels that nobody announced and that are for nobody yet.
    pub(super) fn unannounced(&self) -> impl Iterator<Item = &Unannounced> {
        self.known
            .values()
            .filter(|known| {
                known.announcement.is_none() && known.sent.is_none() && known.place != Place::Over
            })
            .filter_map(|known| known.came_unannounced.as_ref())
    }

    /// Parcels whose story goes on, as far as the hub knows.
    pub(super) fn going_on(&self) -> impl Iterator<Item = ParcelId> {
        self.known.iter().filter(|(_, known)| known.place != Place::Over).map(|(parcel, _)| *parcel)
    }

    /// Everything that the locker has to be told when it is told everything.
    pub(super) fn listing(&self, also_inside: bool) -> impl Iterator<Item = Change> {
        let announcements = self.known.values().filter(move |known| match known.place {
            Place::Expected => !known.is_only_a_pass,
            Place::There => also_inside,
            Place::Over => false,
        });
        let announcements = announcements.filter_map(|known| {
            let announcement = known.announcement.clone();
            announcement.map(|announcement| Change::Announce { announcement }).or_else(|| {
                let announcement = known.sent.clone()?;
                Some(Change::AnnounceReturn { announcement })
            })
        });
        let staff = self.staff.values().map(|staff| Change::Staff { staff: staff.clone() });
        announcements.chain(staff)
    }

    /// Takes in what the locker says happened.
    fn learn(&mut self, event: &Event) {
        match event {
            Event::Applied { change, .. } => self.applied(change),
            Event::Admitted { parcel, announcement, label, label_tag, tenant, size } => match announcement {
                Some(announcement) => self.announced(announcement),
                None => {
                    let unannounced = Unannounced {
                        parcel: *parcel,
                        label: label.clone(),
                        tenant: *tenant,
                        recipient: None,
                        size: *size,
                        label_tag: *label_tag,
                    };
                    self.known.entry(*parcel).or_insert(Known {
                        announcement: None,
                        came_unannounced: Some(unannounced),
                        sent: None,
                        is_only_a_pass: false,
                        place: Place::Expected,
                    });
                }
            },
            Event::Claimed { parcel, recipient } => {
                if let Some(unannounced) =
                    self.known.get_mut(parcel).and_then(|known| known.came_unannounced.as_mut())
                {
                    unannounced.recipient = Some(*recipient);
                }
            }
            Event::Began { opening, purpose, entitled, goes_in, comes_out, .. } => {
                let (goes_in, comes_out) = (goes_in.clone(), comes_out.clone());
                let began = Opening { purpose: *purpose, entitled: *entitled, goes_in, comes_out };
                self.openings.insert(*opening, began);
            }
            Event::Ended { opening, outcome } => {
                if let Some(opening) = self.openings.remove(opening) {
                    self.ended(&opening, *outcome);
                }
            }
            Event::Settled { holds, .. } => self.put(holds, Place::There),
            _ => {}
        }
    }

    fn applied(&mut self, change: &Change) {
        match change {
            Change::Announce { announcement } => self.announced(announcement),
            Change::AnnounceReturn { announcement } => {
                if !self.known.contains_key(&announcement.parcel) {
                    self.expect_return(announcement);
                }
            }
            Change::Cancel { parcel } => self.put(&[*parcel], Place::Over),
            Change::Extend { parcel, by_s } => {
                if let Some(announcement) = self.announcement(*parcel) {
                    announcement.retention_s = announcement.retention_s.saturating_add(*by_s);
                }
            }
            Change::NewCode { parcel, code } => {
                if let Some(announcement) = self.announcement(*parcel) {
                    announcement.code = *code;
                }
                if let Some(sent) = self.known.get_mut(parcel).and_then(|known| known.sent.as_mut()) {
                    sent.code = Some(*code);
                }
            }
            Change::Match { parcel, recipient, code, retention_s } => {
                if let Some(known) = self.known.get_mut(parcel)
                    && let Some(found) = &known.came_unannounced
                {
                    known.announcement = Some(Announcement {
                        parcel: *parcel,
                        tenant: found.tenant,
                        label: found.label.clone(),
                        label_tag: found.label_tag,
                        recipient: *recipient,
                        code: *code,
                        size: found.size,
                        retention_s: *retention_s,
                        reachable: false,
                        order: None,
                        keep: None,
                    });
                }
            }
            Change::Recall { .. }
            | Change::Staff { .. }
            | Change::RevokeStaff { .. }
            | Change::RefillCodes
            | Change::AnswerCase { .. }
            | Change::Service { .. } => {}
        }
    }

    /// The locker knows of it. One that this hub does not know was announced in a life that it does not remember.
    fn announced(&mut self, announcement: &Announcement) {
        if !self.known.contains_key(&announcement.parcel) {
            self.expect(announcement, false);
        }
        if let Some(known) = self.known.get_mut(&announcement.parcel) {
            known.is_only_a_pass = false;
        }
    }

    fn announcement(&mut self, parcel: ParcelId) -> Option<&mut Announcement> {
        self.known.get_mut(&parcel)?.announcement.as_mut()
    }

    fn ended(&mut self, opening: &Opening, outcome: Outcome) {
        match (outcome, opening.purpose) {
            (Outcome::NeverOpened, _) | (Outcome::Closed, Purpose::Service) => {}
            (Outcome::Closed, Purpose::Deposit | Purpose::Send) => self.put(&opening.goes_in, Place::There),
            (Outcome::Closed, Purpose::Collect | Purpose::Retrieve) => {
                let place = match opening.entitled {
                    Entitled::Depositor { .. } | Entitled::DepositPass { .. } | Entitled::Sender { .. } => {
                        Place::Expected
                    }
                    Entitled::Recipient { .. } | Entitled::Courier { .. } | Entitled::Technician { .. } => {
                        Place::Over
                    }
                };
                self.put(&opening.comes_out, place);
            }
            // It may be inside, or not: its rights are kept.
            _ => {
                self.put(&opening.goes_in, Place::There);
                self.put(&opening.comes_out, Place::There);
            }
        }
    }

    fn put(&mut self, parcels: &[ParcelId], place: Place) {
        for parcel in parcels {
            if let Some(known) = self.known.get_mut(parcel) {
                known.place = place;
            }
        }
    }
}

impl Hub {
    /// Takes an entry into the books.
    pub(super) fn learn(&mut self, event: &Event) {
        self.books.parcels.learn(event);
        match event {
            Event::Applied { number, change } => self.answered(*number, Some(change), Ok(())),
            Event::Refused { number, why } => self.answered(*number, None, Err(*why)),
            _ => {}
        }
    }
}
