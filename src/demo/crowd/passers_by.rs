//! Who comes next.

use super::super::error::DemoError;
use super::Crowd;

/// Who of the crowd comes next.
#[derive(Clone, Copy)]
enum Next {
    Courier,
    Recipient,
    Nobody,
    Recall,
}

/// As many parcels are in the locker as there should be.
const ENOUGH: u64 = 8;

impl Crowd<'_, '_> {
    /// Somebody comes, does what they came for, and goes.
    ///
    /// # Errors
    /// A promise is broken.
    pub fn somebody_comes(&mut self) -> Result<(), DemoError> {
        let waiting = self.waiting();
        let inside = u64::from(waiting.values().sum::<u32>());
        let choice = [
            (if inside < ENOUGH { 40 } else { 4 }, Next::Courier),
            (inside.min(10) * 6, Next::Recipient),
            (12, Next::Nobody),
            (inside.min(1) * 3, Next::Recall),
        ];
        match self.chance.weighted(&choice).unwrap_or(Next::Courier) {
            Next::Courier => self.courier_brings(),
            Next::Recipient => match self.chance.pick(&waiting.into_keys().collect::<Vec<_>>()) {
                Some(who) => self.recipient_comes(&who),
                None => Ok(()),
            },
            Next::Nobody => self.nobody_comes(),
            Next::Recall => {
                let world = &self.stage.world;
                let inside: Vec<String> = world.doors().flat_map(|door| world.inside(door)).collect();
                match self.chance.pick(&inside) {
                    Some(label) => self.recalls(&label).map(drop),
                    None => Ok(()),
                }
            }
        }
    }

    /// The carrier sends parcels, and a courier brings them.
    ///
    /// # Errors
    /// A promise is broken.
    pub fn courier_brings(&mut self) -> Result<(), DemoError> {
        for _ in 0..=self.chance.below(3) {
            self.carrier_sends()?;
        }
        let bag = self.loads(4)?;
        let takes_out = self.chance.percent(40);
        self.courier_comes(bag, takes_out)
    }
}
