//! A technician at the cabinet: what is wrong, the doors, what is inside. Doors and readings are shown, never whose parcels
//! they are; every act is on record with who did it.

mod inventory;
mod proof;
mod troubles;

use locker_protocol::event::{Door, Entitled, OutOfService, Outcome, Purpose};
use locker_protocol::{CompartmentId, Event, OpeningId, StaffId};

use crate::Core;
use crate::effect::{Effect, Sound};
use crate::faults::{self, Fault};
use crate::front::Stage;
use crate::input::Intent;
use crate::situation::Writer;
use crate::state::{Contents, Opening, State};
use crate::view::{Believed, CASES_A_PAGE, CaseLine, DOORS_A_PAGE, DoorLine, Task, Trouble, View};

use inventory::Inventory;

/// A day, in milliseconds.
const DAY_MS: u64 = 86_400_000;
/// How many jams of the last day are remembered: more than anybody would leave as they are.
const MAX_JAMS: usize = 1_000;

/// One technician at the kiosk.
#[derive(Clone)]
pub(crate) struct Technician {
    staff: StaffId,
    step: Step,
}

#[derive(Clone)]
enum Step {
    Home,
    Doors {
        page: usize,
    },
    Door {
        door: CompartmentId,
        page: usize,
    },
    /// One door is opened, to look or repair.
    Serving {
        opening: OpeningId,
        page: usize,
    },
    InventoryIntro,
    Inventory(Inventory),
    /// What the inventory found of locks and sensors.
    InventoryDone {
        doors: u16,
        wrong: Vec<Trouble>,
    },
    Cases {
        page: usize,
    },
    About,
}

impl Technician {
    pub(crate) fn new(staff: StaffId) -> Self {
        Self { staff, step: Step::Home }
    }

    pub(crate) fn staff(&self) -> StaffId {
        self.staff
    }

    pub(crate) fn is_revoked(&self, state: &State) -> bool {
        state.revoked.contains(&self.staff) && !faults::is(Fault::RevokedStillWorks)
    }

    pub(crate) fn current(&self) -> Option<OpeningId> {
        match &self.step {
            Step::Serving { opening, .. } => Some(*opening),
            Step::Inventory(inventory) => inventory.opening(),
            Step::Home
            | Step::Doors { .. }
            | Step::Door { .. }
            | Step::InventoryIntro
            | Step::InventoryDone { .. }
            | Step::Cases { .. }
            | Step::About => None,
        }
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.value(&self.staff);
        match &self.step {
            Step::Home => to.number(0),
            Step::Doors { page } => {
                to.number(1);
                to.number(*page as u64);
            }
            Step::Door { door, page } => {
                to.number(2);
                to.value(door);
                to.number(*page as u64);
            }
            Step::Serving { opening, page } => {
                to.number(3);
                to.opening(*opening);
                to.number(*page as u64);
            }
            Step::InventoryIntro => to.number(4),
            Step::Inventory(inventory) => {
                to.number(5);
                inventory.write(to);
            }
            Step::Cases { page } => {
                to.number(6);
                to.number(*page as u64);
            }
            Step::About => to.number(7),
            Step::InventoryDone { doors, wrong } => {
                to.number(8);
                to.number(u64::from(*doors));
                to.number(wrong.len() as u64);
            }
        }
    }
}

impl Core {
    pub(crate) fn technician_touched(&mut self, now_ms: u64, intent: Intent) {
        let Some(mut technician) = self.take_technician() else { return };
        let step = match (&technician.step, intent) {
            (Step::Home, Intent::Doors) => Step::Doors { page: 0 },
            (Step::Home, Intent::Inventory) => Step::InventoryIntro,
            (Step::Home, Intent::Cases) => Step::Cases { page: 0 },
            (Step::Home, Intent::About) => Step::About,
            (Step::Home, Intent::Finish | Intent::Back) => {
                self.session.stage = Stage::Technician(technician);
                return self.leave(now_ms);
            }
            (Step::Doors { page }, Intent::NextPage) => Step::Doors { page: page + 1 },
            (Step::Doors { page }, Intent::Pick(place)) => {
                let page = self.door_page(*page);
                match self.doors_on(page).nth(usize::from(place)) {
                    Some(door) => Step::Door { door, page },
                    None => Step::Doors { page },
                }
            }
            (Step::Door { page, .. }, Intent::Back) => Step::Doors { page: *page },
            (Step::Door { door, page }, Intent::OpenDoor) => {
                let (door, page) = (*door, *page);
                match self.open_to_serve(now_ms, technician.staff, door) {
                    Some(opening) => Step::Serving { opening, page },
                    None => {
                        self.act(Effect::Sound(Sound::Refused));
                        Step::Door { door, page }
                    }
                }
            }
            (Step::Door { door, page }, Intent::ToggleService) => {
                let (door, page) = (*door, *page);
                self.toggle_service(technician.staff, door);
                Step::Door { door, page }
            }
            (Step::InventoryIntro, Intent::OpenAll) => {
                let doors = self.cabinet.compartments.keys().copied().collect();
                return self.begin_inventory(now_ms, technician, doors);
            }
            (Step::InventoryIntro, Intent::OnlyUnknown) => {
                let doors = self.unknown_doors().collect();
                return self.begin_inventory(now_ms, technician, doors);
            }
            (Step::Inventory(_), _) => return self.inventory_touched(technician, intent),
            (Step::Cases { page }, Intent::NextPage) => Step::Cases { page: page + 1 },
            (Step::About, Intent::Restart) => {
                self.act(Effect::Restart);
                Step::About
            }
            (
                Step::Doors { .. }
                | Step::InventoryIntro
                | Step::InventoryDone { .. }
                | Step::Cases { .. }
                | Step::About,
                Intent::Back | Intent::Finish,
            ) => Step::Home,
            _ => {
                self.session.stage = Stage::Technician(technician);
                return;
            }
        };
        technician.step = step;
        self.enter(now_ms, Stage::Technician(technician));
    }

    fn open_to_serve(&mut self, now_ms: u64, staff: StaffId, door: CompartmentId) -> Option<OpeningId> {
        let entitled = Entitled::Technician { staff };
        self.begin(now_ms, door, Purpose::Service, entitled, Vec::new(), Vec::new())
    }

    fn toggle_service(&mut self, staff: StaffId, compartment: CompartmentId) {
        let out = match self.state.out_of_service(compartment) {
            Some(_) => None,
            None => Some(OutOfService::ByStaff),
        };
        self.record(Event::Service { compartment, out, by: Some(staff) });
        self.act(Effect::Wake);
    }

    /// The current door's opening ended.
    pub(crate) fn technician_goes_on(
        &mut self,
        now_ms: u64,
        id: OpeningId,
        over: &Opening,
        outcome: Outcome,
    ) {
        let Some(mut technician) = self.take_technician() else { return };
        let sound = if outcome == Outcome::Closed { Sound::Stored } else { Sound::Look };
        match technician.step {
            Step::Inventory(_) => return self.inventory_goes_on(now_ms, technician, id, over, outcome),
            Step::Serving { page, .. } => technician.step = Step::Door { door: over.compartment, page },
            _ => {}
        }
        self.act(Effect::Sound(sound));
        self.enter(now_ms, Stage::Technician(technician));
    }

    pub(crate) fn technician_view(&self, now_ms: u64, technician: &Technician) -> View {
        match &technician.step {
            Step::Home => self.troubles_view(now_ms),
            Step::Doors { page } => {
                let page = self.door_page(*page);
                View::TechnicianDoors {
                    doors: self.doors_on(page).map(|door| self.door_line(door)).collect(),
                    page: number(page + 1),
                    pages: number(self.door_pages()),
                }
            }
            Step::Door { door, .. } => self.one_door_view(now_ms, *door),
            Step::Serving { opening, .. } => self.door_view(now_ms, *opening, Task::Service, 1, 1),
            Step::InventoryIntro => View::InventoryIntro {
                doors: number(self.cabinet.compartments.len()),
                unknown: number(self.unknown_doors().count()),
            },
            Step::Inventory(inventory) => self.inventory_view(now_ms, inventory),
            Step::InventoryDone { doors, wrong } => {
                let (troubles, more) = troubles::worst(wrong.clone());
                View::InventoryDone { doors: *doors, troubles, more }
            }
            Step::Cases { page } => {
                let pages = self.state.cases.len().div_ceil(CASES_A_PAGE).max(1);
                let page = page % pages;
                // The newest first.
                let cases = self.state.cases.iter().rev().skip(page * CASES_A_PAGE).take(CASES_A_PAGE);
                let line = |case: &crate::state::Case| CaseLine {
                    case: case.id,
                    door: case.compartment,
                    what: case.problem,
                    answered: case.answered,
                };
                View::TechnicianCases {
                    cases: cases.map(line).collect(),
                    page: number(page + 1),
                    pages: number(pages),
                }
            }
            Step::About => View::TechnicianAbout {
                network: self.hub_lost_ms.is_none(),
                clock_from_hub: self.hub_told_time,
                version: self.version.clone(),
                locker: self.state.locker,
            },
        }
    }

    fn one_door_view(&self, now_ms: u64, door: CompartmentId) -> View {
        View::TechnicianDoor {
            door,
            reading: self.door(door),
            contents: believed(&self.state.contents(door)),
            parcels: number(self.state.contents(door).listed().len()),
            out: self.out_of_service_trouble(now_ms, door),
            stuck_times: self.stuck_times(now_ms, door),
            lock_ms: self.lock_ms.get(&door).copied(),
        }
    }

    fn door_line(&self, door: CompartmentId) -> DoorLine {
        DoorLine {
            door,
            reading: self.door(door),
            contents: believed(&self.state.contents(door)),
            out: self.state.out_of_service(door).is_some(),
        }
    }

    fn door_pages(&self) -> usize {
        self.cabinet.compartments.len().div_ceil(DOORS_A_PAGE).max(1)
    }

    /// After the last page comes the first.
    fn door_page(&self, page: usize) -> usize {
        page % self.door_pages()
    }

    fn doors_on(&self, page: usize) -> impl Iterator<Item = CompartmentId> + '_ {
        self.cabinet.compartments.keys().skip(page * DOORS_A_PAGE).take(DOORS_A_PAGE).copied()
    }

    fn unknown_doors(&self) -> impl Iterator<Item = CompartmentId> + '_ {
        let doors = self.cabinet.compartments.keys().copied();
        doors.filter(|door| matches!(self.state.contents(*door), Contents::Unknown { .. }))
    }

    /// How often this door jammed today: on this day by the floor under all clocks, which stands still while the hub is not heard, or,
    /// where the locker has run for longer than a day meanwhile, in the last 24 hours.
    fn stuck_times(&self, now_ms: u64, door: CompartmentId) -> u16 {
        let jams = self.state.compartments.get(&door).map(|known| known.jams).unwrap_or_default();
        let on_day = if jams.floor_day == self.state.floor_day() { jams.times } else { 0 };
        if now_ms < self.started_ms.saturating_add(DAY_MS) {
            return on_day;
        }
        let lately = self.jammed_ms.iter().filter(|(of, at_ms)| *of == door && at_ms + DAY_MS > now_ms);
        on_day.min(number(lately.count()))
    }

    /// Remembers that a door jammed now, for a day.
    pub(crate) fn note_jam(&mut self, now_ms: u64, door: CompartmentId) {
        self.jammed_ms.retain(|(_, at_ms)| at_ms + DAY_MS > now_ms);
        self.jammed_ms.push_back((door, now_ms));
        if self.jammed_ms.len() > MAX_JAMS {
            self.jammed_ms.pop_front();
        }
    }

    fn take_technician(&mut self) -> Option<Technician> {
        match std::mem::take(&mut self.session.stage) {
            Stage::Technician(technician) => Some(technician),
            other => {
                self.session.stage = other;
                None
            }
        }
    }
}

fn believed(contents: &Contents) -> Believed {
    match contents {
        Contents::Empty => Believed::Empty,
        Contents::Holds(_) => Believed::Holds,
        Contents::Unknown { .. } => Believed::Unknown,
    }
}

fn number(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// No word of a sensor is a reading.
fn is_silent(door: Door) -> bool {
    door == Door::Unknown
}
