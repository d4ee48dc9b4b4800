//! Whatever the hub asks for, and whatever people show, touch and guess, in any order.

use locker_core::{Input, Intent, PassProblem, Presented, View};
use locker_protocol::event::{Answer, Door};
use locker_protocol::{
    Change, CodeTag, CompartmentId, Label, LockerId, OpeningId, ParcelId, RecipientId, Size, StaffId,
};

use super::{DOORS, Done, World};
use crate::people;

impl World {
    /// The hub asks for something: mostly the next change, sometimes one out of order.
    pub(super) fn hub(&mut self, how: u8, much: u16) -> Done {
        let number = match how % 16 {
            14 => self.next_change + 1,
            15 => self.next_change.saturating_sub(1),
            _ => self.bench.state().cursor + 1,
        };
        self.next_change = number + 1;
        let parcel = ParcelId(self.number(much));
        let state = self.bench.state();
        let in_hand = state.openings.values().find_map(|opening| {
            opening.goes_in.iter().chain(&opening.comes_out).next().filter(|_| how >= 128).copied()
        });
        let any_parcel = in_hand
            .or_else(|| state.parcels.keys().nth(usize::from(much) % state.parcels.len().max(1)).copied())
            .unwrap_or(parcel);
        let code = CodeTag([100 + u8::try_from(much % 20).unwrap_or(0); 32]);
        let staff = 11 + u32::from(much % 3);
        let change = match (how / 2) % 24 {
            0..=5 => Change::Announce { announcement: people::announcement(parcel.0) },
            6 | 7 => {
                Change::AnnounceReturn { announcement: people::return_announcement(self.a_return(much)) }
            }
            8 => Change::AnnounceReturn { announcement: people::return_announcement(parcel.0) },
            9 => {
                let mut other = people::announcement(parcel.0);
                other.recipient = RecipientId(199);
                Change::Announce { announcement: other }
            }
            10 => Change::Cancel { parcel: if much.is_multiple_of(2) { parcel } else { any_parcel } },
            11 => Change::Extend { parcel: any_parcel, by_s: 7_200 },
            12 | 13 => Change::Recall { parcel: any_parcel },
            14 => Change::NewCode { parcel: any_parcel, code },
            15 | 16 => {
                Change::Match { parcel: any_parcel, recipient: RecipientId(102), code, retention_s: 9_000 }
            }
            17..=19 => Change::Staff { staff: people::staff(staff) },
            20 => Change::RevokeStaff { staff: StaffId(staff) },
            21 => Change::RefillCodes,
            22 => Change::Service { compartment: CompartmentId(1 + much % 7), in_service: false },
            _ => Change::Service {
                compartment: CompartmentId(1 + much % 7),
                in_service: !much.is_multiple_of(3),
            },
        };
        self.bench.try_give(people::change(number, change))?;
        self.changes_held += u64::from(self.bench.state().cursor + 1 == number);
        Ok(())
    }

    pub(super) fn present(&mut self, how: u8, much: u16) -> Done {
        let number = self.number(much);
        self.bench.try_give(match how % 16 {
            0 | 1 => people::type_code(people::code(number)),
            2 => people::type_code(people::code(self.a_return(much))),
            3 => people::type_code(CodeTag([100 + u8::try_from(much % 20).unwrap_or(0); 32])),
            4 => Input::Presented(Presented::Mistyped),
            5 => people::show_pass(101 + u64::from(much % 4), None),
            6 if much.is_multiple_of(3) => {
                people::show_pass(101 + u64::from(much % 4), Some(self.a_return(much)))
            }
            6 => people::show_pass(101 + u64::from(much % 4), Some(number)),
            7 => people::show_deposit_pass(people::announcement(number)),
            8 | 9 => people::show_badge(11 + u32::from(much % 3)),
            10 => people::show_badge_until(11, 500_000 + u64::from(much) * 200),
            11 => Input::Presented(Presented::PassRefused(match much % 3 {
                0 => PassProblem::OtherLocker,
                1 => PassProblem::Forged,
                _ => PassProblem::NotUnderstood,
            })),
            12 => return self.scan(number),
            13 if self.honest => Input::Presented(Presented::Unreadable),
            13 => {
                let label = Label::new(&format!("STRANGE{}", much % 3)).map_err(|error| error.to_string())?;
                Input::Presented(Presented::Label(label, people::label_tag(50 + u64::from(much % 3))))
            }
            14 => Input::Presented(Presented::Unreadable),
            _ => people::type_pin(11 + u32::from(much % 3), people::pin(11 + u32::from(how % 3))),
        })
    }

    pub(super) fn touch(&mut self, how: u8, much: u16) -> Done {
        // At an open door a complaint is likelier than chance would have it.
        let intent = match (&self.bench.view, how % 3) {
            (View::Inventory { .. }, _) if self.honest => Intent::Skip,
            (View::DoorOpen { choices, .. }, _) if choices.does_not_fit && much.is_multiple_of(2) => {
                [Intent::Larger, Intent::Smaller, Intent::DoesNotFit, Intent::DirtyOrFull]
                    [usize::from(how % 4)]
            }
            (View::DoorOpen { .. }, 0) => Intent::Empty,
            (View::DoorOpen { .. }, 1) => Intent::NotMine,
            (View::DoorOpen { .. }, _) => Intent::Skip,
            (View::Home { .. }, 0) => Intent::SignIn,
            (View::Home { .. }, 1) => Intent::Collect,
            _ => match how % 34 {
                25 => Intent::Doors,
                26 => Intent::Inventory,
                27 => Intent::Cases,
                28 => Intent::About,
                29 => Intent::NextPage,
                30 => Intent::OpenDoor,
                31 => Intent::ToggleService,
                32 => Intent::OnlyUnknown,
                33 => Intent::Restart,
                22 => Intent::LetCollect,
                23 => Intent::OpenAll,
                24 => Intent::ShowReceipt,
                21 => Intent::Send,
                19 => Intent::LowerDoors,
                20 => Intent::GoOn,
                0 => Intent::Collect,
                1 => Intent::SignIn,
                2 => Intent::Back,
                3 => Intent::ChooseSize(Size::ALL[usize::from(much % 3)]),
                4 | 5 => Intent::NotInThere,
                6 => Intent::Pick(u8::try_from(much % 5).unwrap_or(0)),
                7 => Intent::Reopen,
                8 => Intent::TryAgain,
                9 => Intent::ItIsOpen,
                10 => Intent::Empty,
                11 => Intent::Yes,
                12 => Intent::No,
                13 => Intent::NotMine,
                14 => Intent::Skip,
                15 => Intent::NotNow,
                16 => Intent::TakeOut,
                17 => Intent::MoreTime,
                _ => Intent::Finish,
            },
        };
        self.bench.try_give(people::touch(intent))
    }

    /// Somebody tries codes or PINs, many at once.
    pub(super) fn guess(&mut self, how: u8, much: u16) -> Done {
        for count in 0..how % 8 {
            let wrong = CodeTag([250 - count; 32]);
            if much.is_multiple_of(3) {
                self.bench.try_give(people::touch(Intent::Back))?;
                self.bench.try_give(people::touch(Intent::SignIn))?;
                self.bench.try_give(people::type_pin(11, wrong))?;
            } else {
                self.bench.try_give(people::type_code(wrong))?;
                self.bench.try_give(people::touch(Intent::TryAgain))?;
            }
        }
        Ok(())
    }

    /// Things that no well-built engine says; and, where sensors may lie, readings of any kind and age.
    pub(super) fn stray(&mut self, how: u8, much: u16) -> Done {
        let much_64 = u64::from(much);
        self.bench.try_give(match how % 4 {
            0 => Input::Unlocked { opening: OpeningId(much_64), attempt: 9, answer: Answer::NotSent },
            1 => Input::Reading {
                compartment: CompartmentId(99),
                door: Door::Open,
                sampled_at_ms: self.bench.now_ms,
            },
            2 if self.bench.state().locker.is_none() => Input::Enrolled(LockerId(7)),
            _ if self.honest => Input::Tick,
            _ => Input::Reading {
                compartment: CompartmentId(much % DOORS + 1),
                door: [Door::Open, Door::Closed, Door::Unknown][usize::from(how % 3)],
                sampled_at_ms: (self.bench.now_ms + 200).saturating_sub(much_64 % 1_000),
            },
        })
    }
}
