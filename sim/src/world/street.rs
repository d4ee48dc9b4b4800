//! Who stands at the kiosk, who steps aside, and who waits.

use locker_engine::View;

use super::World;
use crate::parcel::Where;
use crate::people::{Next, Person, Who};

/// Those who wait for the kiosk give up after this, in milliseconds.
const PATIENCE_MS: u64 = 8 * 60_000;

impl World {
    /// Somebody comes.
    pub(crate) fn comes(&mut self, person: Person) {
        self.counts.people += 1;
        self.tell(|| format!("{} comes", person.name()));
        let lets_pass = matches!(person.who, Who::Recipient(_))
            && self.aside.is_none()
            && self.at_kiosk.as_ref().is_some_and(|other| matches!(other.who, Who::Courier(_)))
            && matches!(self.kiosk.glass.view(), Some(View::Courier { .. }));
        if self.at_kiosk.is_none() {
            self.at_kiosk = Some(person);
        } else if lets_pass && self.chance.one_in(2) {
            self.tell(|| "the courier steps aside".to_owned());
            self.aside = self.at_kiosk.replace(person);
        } else if self.waiting.len() < 4 {
            self.waiting.push_back(person);
        }
    }

    pub(super) fn person_acts(&mut self) {
        let Some(mut person) = self.at_kiosk.take() else { return };
        if let Some(view) = self.kiosk.glass.view() {
            self.reached.screen(&view);
        }
        let next = person.act(self);
        match next {
            Next::After(ms) => {
                person.next_ms = self.now_ms + ms.max(1);
                self.at_kiosk = Some(person);
            }
            Next::Leaves => {
                self.tell(|| format!("{} goes", person.name()));
                match person.who {
                    Who::Courier(_) | Who::Sender(_) => person.put_down(self),
                    _ => {
                        for parcel in std::mem::take(&mut person.hands) {
                            if let Some(known) = self.parcels.get_mut(parcel) {
                                known.place = Where::Stolen;
                            }
                        }
                    }
                }
                self.next_person();
            }
        }
    }

    fn next_person(&mut self) {
        let now_ms = self.now_ms;
        if let Some(mut aside) = self.aside.take() {
            aside.next_ms = now_ms + 2_000;
            self.at_kiosk = Some(aside);
            return;
        }
        while let Some(mut person) = self.waiting.pop_front() {
            if now_ms < person.came_ms + PATIENCE_MS {
                person.next_ms = now_ms + 3_000;
                person.came_ms = now_ms;
                self.at_kiosk = Some(person);
                return;
            }
        }
    }

    /// Whether the street is empty.
    pub(crate) fn nobody_is_there(&self) -> bool {
        self.at_kiosk.is_none()
    }

    /// Everyone goes home.
    pub(crate) fn everyone_goes(&mut self) {
        self.waiting.clear();
        for mut person in [self.at_kiosk.take(), self.aside.take()].into_iter().flatten() {
            if matches!(person.who, Who::Courier(_) | Who::Sender(_)) {
                person.put_down(self);
            }
        }
    }
}
