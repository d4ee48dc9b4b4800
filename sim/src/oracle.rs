//! The judge: knows what people hold and what is physically where, and holds every pulse and the books against it. It knows
//! nothing of how the rules decide.

use locker_engine::{CompartmentId, Contents, ParcelId, Place, State};

use crate::cabinet::{Cabinet, Sensor};
use crate::parcel::Parcel;

/// A pulse that was decided may leave so long after the screen went home, in milliseconds.
const PULSE_AFTER_HOME_MS: u64 = 1_300;
/// A door whose sensor is not heard is pulsed for so long, whatever was put in meanwhile, in milliseconds.
const PULSED_FOR_MS: u64 = 15_000;
/// Nobody is at the kiosk for so long, and it must be home again, in milliseconds.
const HOME_WITHIN_MS: u64 = 5 * 60_000;
/// A sensor that tells the truth is read within this, in milliseconds.
const SEEN_WITHIN_MS: u64 = 2_500;

/// Somebody who showed a genuine right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holder {
    /// A recipient, with a code or pass of one of the own parcels.
    Recipient(u64),
    /// A courier, with badge or PIN.
    Courier {
        /// Of which carrier.
        tenant: u32,
        /// Which.
        staff: u32,
    },
    /// The bearer of a deposit pass.
    Bearer,
    /// A sender, with a return's label or code.
    Sender,
    /// A technician, with badge: staff may look behind any door.
    Technician,
}

/// A promise that was broken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Which promise.
    pub promise: &'static str,
    /// How.
    pub how: String,
    /// When.
    pub at_ms: u64,
}

/// The judge.
#[derive(Default)]
pub struct Oracle {
    /// Who showed a right since the screen was last home, and when last.
    holders: Vec<Holder>,
    /// Who had shown one before, and until when a pulse of theirs may still leave.
    earlier: Vec<(Holder, u64)>,
    homes: u64,
    /// Since when nobody has been at the kiosk.
    alone_since_ms: Option<u64>,
    /// What was deposited by whom and not opened for its recipient since, by the door's index.
    deposited_by: Vec<(usize, Holder)>,
    /// What somebody sent, by the door's index, and until when a pulse of that opening may still leave.
    sent: Vec<(usize, u64)>,
    /// Behind which door somebody said that theirs goes beside another, of which carrier for whom, and until when a pulse of that
    /// opening may still leave.
    added: Vec<(usize, u32, u64, u64)>,
    judged_head: u64,
    judged_moves: u64,
    /// Promises broken.
    pub broken: Vec<Broken>,
    /// Pulses judged.
    pub pulses: u64,
}

impl Oracle {
    /// Says that a promise is broken.
    pub fn breaks(&mut self, at_ms: u64, promise: &'static str, how: String) {
        if self.broken.len() < 16 {
            self.broken.push(Broken { promise, how, at_ms });
        }
    }

    /// Somebody shows a genuine right.
    pub fn shown(&mut self, holder: Holder) {
        if !self.holders.contains(&holder) {
            self.holders.push(holder);
        }
    }

    /// The screen went home, or the program ended: whoever was there is to show the right again.
    pub fn homes(&mut self, now_ms: u64, homes: u64) {
        if self.homes != homes {
            self.homes = homes;
            self.earlier.retain(|(_, until_ms)| *until_ms > now_ms);
            self.earlier.extend(self.holders.drain(..).map(|holder| (holder, now_ms + PULSE_AFTER_HOME_MS)));
        }
    }

    /// The program ended.
    pub fn stopped(&mut self) {
        self.holders.clear();
        self.earlier.clear();
        self.deposited_by.clear();
    }

    /// Whether the locker has reason to take whoever stands there for this one.
    pub fn knows(&self, holder: Holder) -> bool {
        self.holders.contains(&holder) || self.holders.contains(&Holder::Bearer)
    }

    /// Whoever is served put a parcel behind a door.
    pub fn deposited(&mut self, door: usize) {
        self.deposited_by.retain(|(other, _)| *other != door);
        self.deposited_by.extend(self.holders.iter().map(|holder| (door, *holder)));
    }

    /// Somebody put what they send behind a door.
    pub fn sent(&mut self, now_ms: u64, door: usize) {
        self.sent.retain(|(_, until_ms)| *until_ms > now_ms);
        self.sent.push((door, now_ms + PULSED_FOR_MS));
    }

    /// Somebody who is served says that their parcel goes beside another of the same carrier for the same person.
    pub fn adds(&mut self, now_ms: u64, door: usize, tenant: u32, owner: u64) {
        self.added.retain(|(.., until_ms)| *until_ms > now_ms);
        self.added.push((door, tenant, owner, now_ms + PULSED_FOR_MS));
    }

    /// Whether somebody is at the kiosk.
    pub fn somebody(&mut self, now_ms: u64, somebody: bool) {
        if somebody {
            self.alone_since_ms = None;
        } else {
            self.alone_since_ms.get_or_insert(now_ms);
        }
    }

    /// The first byte of a pulse left for this door.
    pub fn pulse(&mut self, now_ms: u64, index: usize, cabinet: &Cabinet, parcels: &[Parcel]) {
        self.pulses += 1;
        let Some(door) = cabinet.doors.get(index) else { return };
        let entitled = |holder: &Holder| self.may_open(now_ms, *holder, index, cabinet, parcels);
        let earlier =
            self.earlier.iter().filter(|(_, until_ms)| *until_ms > now_ms).map(|(holder, _)| holder);
        if !self.holders.iter().chain(earlier).any(entitled) {
            let inside: Vec<_> = door.inside.iter().filter_map(|parcel| parcels.get(*parcel)).collect();
            let inside: Vec<_> =
                inside.iter().map(|parcel| format!("{} of {}", parcel.label, parcel.owner)).collect();
            let how = format!(
                "door {} is opened, with {inside:?} inside, and nobody with a right to that stands there: {:?}",
                door.number, self.holders
            );
            self.breaks(now_ms, "no opening without right", how);
        }
        let for_recipient = |holder: &Holder| {
            matches!(holder, Holder::Recipient(_)) && self.may_open(now_ms, *holder, index, cabinet, parcels)
        };
        if self.holders.iter().any(for_recipient) {
            // Once its recipient has had the door open, it is no longer the depositor's to show.
            self.deposited_by.retain(|(other, _)| *other != index);
        }
    }

    fn may_open(
        &self,
        now_ms: u64,
        holder: Holder,
        index: usize,
        cabinet: &Cabinet,
        parcels: &[Parcel],
    ) -> bool {
        let Some(door) = cabinet.doors.get(index) else { return false };
        if door.beyond_knowing {
            return true;
        }
        let mut inside = door.inside.iter().filter_map(|parcel| parcels.get(*parcel));
        match holder {
            Holder::Recipient(owner) => inside.all(|parcel| parcel.owner == owner),
            Holder::Courier { tenant, .. } => {
                let own = self.deposited_by.contains(&(index, holder));
                let beside = |parcel: &Parcel| {
                    self.added.iter().any(|(door, of, owner, until_ms)| {
                        *door == index
                            && *of == tenant
                            && (parcel.tenant, parcel.owner) == (*of, *owner)
                            && *until_ms > now_ms
                    })
                };
                own || inside
                    .all(|parcel| beside(parcel) || parcel.tenant == tenant && parcel.may_go_back(now_ms))
            }
            Holder::Technician => true,
            // To put in, never to take out.
            Holder::Sender => {
                let is_own = |(door, until_ms): &(usize, u64)| *door == index && *until_ms > now_ms;
                self.sent.iter().any(is_own) || inside.next().is_none()
            }
            Holder::Bearer => {
                let own = self.deposited_by.contains(&(index, holder));
                own || inside.next().is_none()
            }
        }
    }

    /// Holds the books against the world.
    pub fn judge_books(
        &mut self,
        now_ms: u64,
        head: u64,
        books: &State,
        cabinet: &Cabinet,
        parcels: &[Parcel],
    ) {
        if self.judged_head == head && self.judged_moves == cabinet.moves {
            return;
        }
        self.judged_head = head;
        self.judged_moves = cabinet.moves;
        self.judge_declined(now_ms, books, cabinet, parcels);
        for door in &cabinet.doors {
            let compartment = CompartmentId(door.number);
            if door.beyond_knowing || books.opening_of(compartment).is_some() {
                continue;
            }
            let contents = books.contents(compartment);
            let listed = |label: &str| {
                let has =
                    |id: &ParcelId| books.parcels.get(id).is_some_and(|known| known.label.as_str() == label);
                contents.listed().iter().any(has)
            };
            let lost = door
                .inside
                .iter()
                .filter_map(|parcel| parcels.get(*parcel))
                .find(|parcel| !listed(&parcel.label));
            if let Some(lost) = lost {
                let how = format!(
                    "{} of {} is behind door {}, and the books say {contents:?}",
                    lost.label, lost.owner, door.number
                );
                self.breaks(now_ms, "no parcel is lost", how);
            }
        }
    }

    /// What was said not to go in there, and did not, does not count as stored there.
    fn judge_declined(&mut self, now_ms: u64, books: &State, cabinet: &Cabinet, parcels: &[Parcel]) {
        for parcel in parcels {
            let Some(door) = parcel.declined_at.and_then(|index| cabinet.doors.get(index)) else { continue };
            let compartment = CompartmentId(door.number);
            let is_there = door
                .inside
                .iter()
                .any(|inside| parcels.get(*inside).is_some_and(|other| other.label == parcel.label));
            let counts = books.parcels.values().any(|known| {
                known.label.as_str() == parcel.label && known.place == Place::Inside(compartment)
            });
            if counts && !is_there && !door.beyond_knowing && books.opening_of(compartment).is_none() {
                let how = format!(
                    "{} was said not to go in behind door {}, and counts as stored there",
                    parcel.label, door.number
                );
                return self.breaks(now_ms, "no button stores anything", how);
            }
        }
    }

    /// A door that stands open, and is seen, is in an opening or in doubt; nothing else may be believed of it.
    pub fn judge_open_doors(&mut self, now_ms: u64, seen_since_ms: u64, books: &State, cabinet: &Cabinet) {
        for door in cabinet.doors.iter().filter(|door| door.open && door.sensor == Sensor::True) {
            let compartment = CompartmentId(door.number);
            let contents = books.contents(compartment);
            if now_ms > door.moved_ms.max(seen_since_ms) + SEEN_WITHIN_MS
                && !matches!(contents, Contents::Unknown { .. })
                && books.opening_of(compartment).is_none()
            {
                let how = format!("door {} stands open, and the books say {contents:?}", door.number);
                return self.breaks(now_ms, "unknown is never closed", how);
            }
        }
    }

    /// The dialogue must end.
    pub fn judge_screen(&mut self, now_ms: u64, home: bool) {
        let Some(since_ms) = self.alone_since_ms else { return };
        if !home && now_ms > since_ms + HOME_WITHIN_MS {
            self.alone_since_ms = Some(now_ms);
            self.breaks(
                now_ms,
                "every dialogue ends",
                "nobody has been there for five minutes, and the screen is not home".to_owned(),
            );
        }
    }
}

/// Where two books differ, for people: the first lines.
pub fn differences(one: Option<&State>, other: Option<&State>) -> String {
    let (one, other) = (format!("{one:#?}"), format!("{other:#?}"));
    let pairs = one.lines().zip(other.lines()).filter(|(one, other)| one != other);
    let said: Vec<String> =
        pairs.take(4).map(|(one, other)| format!("{} / {}", one.trim(), other.trim())).collect();
    said.join("; ")
}
