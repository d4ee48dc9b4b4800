//! Phones: people take along the receipts that the locker shows, and bring them to the hub where there is a network; late, twice,
//! after the locker itself has told, altered, forged, or those of another locker.

use locker_protocol::receipt::{Move, Moved, Recorded, Taken};
use locker_protocol::{CompartmentId, LockerId, Receipt};

use crate::chance::Chance;
use crate::upstream::HeldJournal;
use crate::world::World;

/// The most receipts that one phone has.
const POCKET: usize = 12;

/// A receipt that somebody brought to the hub.
#[derive(Clone, Debug)]
pub struct BroughtReceipt {
    /// How far the hub held the locker's journal by then.
    pub held: u64,
    /// What was scanned.
    pub text: String,
    /// The locker showed exactly this.
    pub is_genuine: bool,
}

impl World {
    /// Somebody has a network again.
    pub(crate) fn a_phone_reaches_the_hub(&mut self, chance: &mut Chance) {
        let shown = self.kiosk.glass.receipts();
        // Late, and perhaps not for the first time; an old one is as good as a new one.
        let recent = &shown[shown.len().saturating_sub(POCKET)..];
        let pocket = if chance.one_in(6) { &shown } else { recent };
        let Some(text) = chance.pick(pocket).cloned() else { return };
        let (text, is_genuine) = match chance.below(8) {
            0 => (misread(&text, chance), false),
            1 => match self.rewritten(&text, chance) {
                Some(text) => (text, false),
                None => (text, true),
            },
            _ => (text, true),
        };
        let held = self.upstream.hub.journals().last().map_or(0, HeldJournal::held);
        self.tell(|| {
            let what = if is_genuine { "a receipt" } else { "what is no receipt of this locker" };
            format!("a phone brings {what}, when the hub holds {held} events")
        });
        self.brought.push(BroughtReceipt { held, text: text.clone(), is_genuine });
        if chance.one_in(4) {
            self.brought.push(BroughtReceipt { held, text, is_genuine });
        }
    }

    /// The same receipt with other words in it, signed by somebody else; or for another locker.
    fn rewritten(&self, text: &str, chance: &mut Chance) -> Option<String> {
        let key = locker_crypto::VerifyingKey(self.upstream.hub.journal_key());
        let mut receipt = Receipt::from_text(text, &key).ok()?;
        if chance.one_in(3) {
            receipt.locker = LockerId(receipt.locker.0 + 1);
        } else {
            receipt.what = elsewhere(receipt.what);
        }
        Some(self.upstream.hub.thief().receipt(&receipt))
    }
}

/// One character is another.
fn misread(text: &str, chance: &mut Chance) -> String {
    let at = usize::try_from(chance.below(text.len() as u64)).unwrap_or(0);
    let other = if text.as_bytes().get(at) == Some(&b'7') { "8" } else { "7" };
    let mut altered = text.to_owned();
    if altered.is_char_boundary(at) && altered.is_char_boundary(at + 1) {
        altered.replace_range(at..=at, other);
    }
    altered
}

/// What somebody would rather have had recorded.
fn elsewhere(what: Recorded) -> Recorded {
    let next = |door: CompartmentId| CompartmentId(door.0 % 6 + 1);
    match what {
        Recorded::Sent { parcel, compartment } => Recorded::Sent { parcel, compartment: next(compartment) },
        Recorded::Collected { compartment, parcels } => {
            Recorded::Collected { compartment: next(compartment), parcels }
        }
        Recorded::Visit { taken } => {
            let turned = taken.into_iter().map(|one| Taken { compartment: next(one.compartment), ..one });
            Recorded::Visit { taken: turned.collect() }
        }
        Recorded::Stop { tenant, moves } => {
            let turned = moves.into_iter().map(|moved| Move {
                what: if moved.what == Moved::In { Moved::Out } else { Moved::In },
                compartment: next(moved.compartment),
                ..moved
            });
            Recorded::Stop { tenant, moves: turned.collect() }
        }
    }
}
