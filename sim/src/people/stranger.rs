//! Somebody who has no business here: guesses codes, shows what is forged or not for this locker, touches whatever is on
//! the screen, and reaches into whatever stands open.

use locker_engine::{Intent, Size, View};
use locker_protocol::PickupCode;

use super::{Next, Person};
use crate::oracle::Holder;
use crate::parcel::Where;
use crate::world::World;

const TOUCHES: [Intent; 24] = [
    Intent::Collect,
    Intent::SignIn,
    Intent::Back,
    Intent::ChooseSize(Size::S),
    Intent::ChooseSize(Size::L),
    Intent::NotInThere,
    Intent::Pick(0),
    Intent::Reopen,
    Intent::TryAgain,
    Intent::Empty,
    Intent::Yes,
    Intent::NotMine,
    Intent::Skip,
    Intent::NotNow,
    Intent::TakeOut,
    Intent::MoreTime,
    Intent::LowerDoors,
    Intent::GoOn,
    Intent::Finish,
    Intent::LetCollect,
    Intent::OpenAll,
    Intent::Larger,
    Intent::DoesNotFit,
    Intent::ShowReceipt,
];

impl Person {
    pub(super) fn stranger(&mut self, _: &View, world: &mut World) -> Next {
        self.tries += 1;
        if u64::from(self.tries) > 6 + self.came_ms % 20 {
            return Next::Leaves;
        }
        match self.chance.below(10) {
            0..=2 => {
                let digits = std::array::from_fn(|_| u8::try_from(self.chance.below(10)).unwrap_or(0));
                if let Some(code) = PickupCode::from_random(digits) {
                    world.type_code(&code.digits(), None);
                }
            }
            3 => {
                let number = self.chance.between(1, 30);
                world.type_pin(&number.to_string(), &format!("{:06}", self.chance.below(1_000_000)), None);
            }
            4 => {
                let text = world.worthless_pass(&mut self.chance);
                world.scan(&text, None);
            }
            5 => {
                // Somebody's label: no right at all, but for a return's, which lets anybody put something in.
                let label = self.chance.below(u64::try_from(world.parcels.len()).unwrap_or(0));
                let label = usize::try_from(label).ok().and_then(|number| world.parcels.get(number));
                let holder = label.and_then(|parcel| parcel.sender).map(|_| Holder::Sender);
                let label = label.map(|parcel| parcel.label.clone()).unwrap_or_default();
                world.scan(&label, holder);
            }
            6 => {
                let length = self.chance.below(600);
                let text: String = (0..length)
                    .map(|_| char::from(u8::try_from(self.chance.between(32, 127)).unwrap_or(b'?')))
                    .collect();
                world.scan(&text, None);
            }
            7 | 8 => {
                if let Some(intent) = self.chance.pick(&TOUCHES) {
                    world.touch(*intent);
                }
            }
            _ => {
                let open = world.cabinet.doors.iter().position(|door| door.open);
                if let Some(index) = open {
                    let inside =
                        world.cabinet.doors.get(index).map(|door| door.inside.clone()).unwrap_or_default();
                    for parcel in inside {
                        world.take(index, parcel, Where::Stolen, &self.name());
                    }
                    if self.chance.one_in(2) {
                        world.shut(index, &self.name());
                    }
                }
            }
        }
        self.takes(800, 7_000)
    }
}
