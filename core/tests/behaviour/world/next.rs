//! What usually happens next, with the machinery and the people doing what they should.

use locker_core::{CourierNote, Intent, Parcel, Place, View};
use locker_protocol::Size;

use super::{Done, World};
use crate::people;

impl World {
    /// What usually happens next, with the machinery and the person doing what they should.
    pub(super) fn go_on(&mut self, how: u8, much: u16) -> Done {
        if !self.bench.unlocks.is_empty() {
            self.answer(if how < 230 { 0 } else { how })?;
            return self.run(300);
        }
        if let Some(door) = self.door_in_use() {
            self.run(700)?;
            match (&self.bench.view, how) {
                (View::Inventory { .. }, 0..=235) => self.look_behind(door, how)?,
                (View::Inventory { .. }, 236..=240) => self.bench.try_give(people::touch(Intent::Skip))?,
                (View::AskEmpty { .. }, 0..=150) => self.bench.try_give(people::touch(Intent::Yes))?,
                (View::AskEmpty { .. }, _) => self.bench.try_give(people::touch(Intent::No))?,
                (View::DoorOpen { choices, .. }, 190..=199) if choices.does_not_fit || choices.larger => {
                    let said = [
                        Intent::Larger,
                        Intent::Smaller,
                        Intent::DoesNotFit,
                        Intent::DirtyOrFull,
                        Intent::Larger,
                    ];
                    self.bench.try_give(people::touch(said[usize::from(how % 5)]))?;
                }
                (View::DoorOpen { .. }, 200..=211) => self.bench.try_give(people::touch(Intent::Empty))?,
                (View::DoorOpen { .. }, 212..=223) => self.bench.try_give(people::touch(Intent::NotMine))?,
                (_, 0..=189) => self.use_and_close(door, how),
                _ => {}
            }
            return self.run(500);
        }
        let mine = self.number(much);
        match self.bench.view.clone() {
            View::Home { .. } | View::NotAccepted { .. } | View::Done { reopen: None, .. } => match how % 5 {
                4 if how.is_multiple_of(2) => self.bench.try_give(people::touch(Intent::Send)),
                4 => self.bench.try_give(people::scan_label(self.a_return(much))),
                0 => {
                    self.bench.try_give(people::show_badge([11, 11, 12, 12, 13][usize::from(much % 5)]))?;
                    let resumed = matches!(self.bench.view, View::Courier { can_undo: true, .. });
                    self.sessions_resumed += u64::from(resumed);
                    Ok(())
                }
                1 | 2 => self.collect_something(much),
                _ => self.bench.try_give(people::show_deposit_pass(people::announcement(mine))),
            },
            View::Done { reopen: Some(_), .. } => self.bench.try_give(people::touch(match how % 6 {
                0 | 3 => Intent::Reopen,
                1 => Intent::ShowReceipt,
                _ => Intent::Finish,
            })),
            View::TakeOut { .. } => self.bench.try_give(people::touch(match how % 5 {
                0 => Intent::Back,
                1 | 2 => Intent::OpenAll,
                _ => Intent::Pick(how % 3),
            })),
            View::AddToDoor { .. } => self.bench.try_give(people::touch(match how % 8 {
                0 => Intent::Back,
                1 => Intent::No,
                _ => Intent::Yes,
            })),
            View::LabelQuestion { .. } => self.bench.try_give(people::touch(if how.is_multiple_of(2) {
                Intent::Yes
            } else {
                Intent::Back
            })),
            View::LeftOvers { .. } => self.bench.try_give(people::touch(match how % 4 {
                0 => Intent::Finish,
                1 => Intent::LetCollect,
                _ => Intent::Back,
            })),
            View::StopDone(_) => self.bench.try_give(people::touch(match how % 3 {
                0 => Intent::NextReceipt,
                _ => Intent::Finish,
            })),
            View::TechnicianHome { .. } => self.bench.try_give(people::touch(match how % 8 {
                0 | 1 => Intent::Doors,
                2..=4 => Intent::Inventory,
                5 => Intent::Cases,
                6 => Intent::About,
                _ => Intent::Finish,
            })),
            View::TechnicianDoors { .. } => self.bench.try_give(people::touch(match how % 5 {
                0 => Intent::NextPage,
                1 => Intent::Back,
                _ => Intent::Pick(how % 4),
            })),
            View::TechnicianDoor { .. } => self.bench.try_give(people::touch(match how % 4 {
                0 => Intent::OpenDoor,
                1 | 2 => Intent::ToggleService,
                _ => Intent::Back,
            })),
            View::InventoryIntro { .. } => self.bench.try_give(people::touch(match how % 6 {
                0 => Intent::Back,
                1 => Intent::OpenAll,
                _ => Intent::OnlyUnknown,
            })),
            View::TechnicianCases { .. } => self.bench.try_give(people::touch(match how % 3 {
                0 => Intent::NextPage,
                _ => Intent::Back,
            })),
            View::TechnicianAbout { .. } => self.bench.try_give(people::touch(match how % 3 {
                0 => Intent::Restart,
                _ => Intent::Back,
            })),
            View::InventoryDone { .. } => self.bench.try_give(people::touch(Intent::Back)),
            View::Inventory { .. } => self.run(1_000),
            View::Receipt { .. } => self.bench.try_give(people::touch(Intent::Finish)),
            View::Courier { .. } if how % 32 == 6 => self.bench.try_give(people::touch(Intent::LetCollect)),
            View::Courier { take_out, can_undo, note, .. } => match how % 6 {
                0 if take_out > 0 => self.bench.try_give(people::touch(Intent::TakeOut)),
                1 if can_undo => self.bench.try_give(people::touch(Intent::NotInThere)),
                2 if matches!(note, CourierNote::Stored(_)) => self.collect_something(much),
                3 => self.bench.try_give(people::touch(Intent::Finish)),
                2 | 4 | 5 => self.scan(self.one_alike().unwrap_or(mine)),
                _ => self.scan(mine),
            },
            View::ChooseSize { .. } => {
                self.bench.try_give(people::touch(Intent::ChooseSize(Size::ALL[usize::from(how % 3)])))
            }
            View::PickDeposit { .. } => self.bench.try_give(people::touch(Intent::Pick(how % 4))),
            View::AskEmpty { .. } => self.bench.try_give(people::touch(if how.is_multiple_of(2) {
                Intent::Yes
            } else {
                Intent::No
            })),
            View::Stuck { .. } => self.bench.try_give(people::touch(match how % 4 {
                0 => Intent::TryAgain,
                1 => Intent::ItIsOpen,
                2 => Intent::NotNow,
                _ => Intent::Skip,
            })),
            View::List { .. } => self.bench.try_give(people::touch(match how % 8 {
                0 => Intent::NotNow,
                1 => Intent::LowerDoors,
                _ => Intent::GoOn,
            })),
            View::SendScan { .. } => self.bench.try_give(people::scan_label(self.a_return(much))),
            View::SendSize { .. } => {
                self.bench.try_give(people::touch(Intent::ChooseSize(Size::ALL[usize::from(how % 3)])))
            }
            View::NothingSent { .. } => self.bench.try_give(people::touch(if how.is_multiple_of(3) {
                Intent::TryAgain
            } else {
                Intent::Finish
            })),
            View::Sent { .. } | View::NoRoomToSend => self.bench.try_give(people::touch(Intent::Back)),
            View::StillThere { .. } => self.bench.try_give(people::touch(if how.is_multiple_of(2) {
                Intent::MoreTime
            } else {
                Intent::Back
            })),
            View::Reported { .. } | View::CodesPaused { .. } => {
                self.bench.try_give(people::touch(Intent::Back))
            }
            View::Code => self.collect_something(much),
            View::SignIn { .. } => {
                let number = 11 + u32::from(much % 3);
                self.bench.try_give(people::type_pin(number, people::pin(number)))
            }
            View::DoorOpen { .. } | View::Opening { .. } | View::PushDoor { .. } => self.run(1_000),
        }
    }

    pub(super) fn collect_something(&mut self, much: u16) -> Done {
        let inside: Vec<_> = self
            .bench
            .state()
            .parcels
            .iter()
            .filter(|(_, parcel)| parcel.compartment().is_some())
            .map(|(_, parcel)| (parcel.code, parcel.recipient, parcel.label_tag))
            .collect();
        let Some((code, recipient, tag)) = inside.get(usize::from(much) % inside.len().max(1)) else {
            return self.bench.try_give(people::touch(Intent::Collect));
        };
        match (code, recipient) {
            (Some(code), _) if !much.is_multiple_of(4) => self.bench.try_give(people::type_code(*code)),
            (_, Some(recipient)) => self.bench.try_give(people::show_pass(recipient.0, None)),
            (_, None) => self.bench.try_give(people::show_pass(101 + u64::from(much % 3), Some(tag.0))),
        }
    }

    /// A parcel that is to come for whom the same carrier has another here.
    fn one_alike(&self) -> Option<u64> {
        let parcels = &self.bench.state().parcels;
        let inside: Vec<_> =
            parcels.values().filter(|parcel| matches!(parcel.place, Place::Inside(_))).collect();
        let is_alike = |parcel: &&Parcel| {
            let mut others = inside.iter();
            parcel.place == Place::Expected
                && parcel.recipient.is_some()
                && others.any(|one| (one.recipient, one.tenant) == (parcel.recipient, parcel.tenant))
        };
        parcels.values().filter(is_alike).min_by_key(|parcel| parcel.size).map(|parcel| parcel.label_tag.0)
    }

    pub(super) fn scan(&mut self, number: u64) -> Done {
        // An honest courier scans only what is in hand.
        if self.honest && !self.with_carrier.get(&number).copied().unwrap_or(false) {
            return Ok(());
        }
        self.bench.try_give(people::scan_label(number))
    }
}
