//! The end of a history: everything is mended, everyone comes once more, and what is left is held against the promises.

use locker_crypto::VerifyingKey;
use locker_engine::event::{Outcome, Purpose};
use locker_engine::{CompartmentId, Engine, Event, State, View};
use locker_protocol::receipt::{Moved, Recorded};
use locker_protocol::{Receipt, StaffId};

use crate::bus::Wire;
use crate::cabinet::{Bolt, ItemSensor, Sensor};
use crate::disk::Stop;
use crate::hub_books;
use crate::oracle::{Broken, differences};
use crate::parcel::Where;
use crate::people::{Person, Who};
use crate::plan::Plan;
use crate::reached::Reached;
use crate::story::Story;
use crate::upstream::{HeldJournal, Rates};
use crate::world::{Counts, RECIPIENTS, World};

const HOUR_MS: u64 = 3_600_000;
const MINUTE_MS: u64 = 60_000;
/// Low, and not nearly empty.
const LOW_AT_THE_END_PERCENT: u8 = 12;

/// What became of a history.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The promises broken; none in a good history.
    pub broken: Vec<Broken>,
    /// What happened so often.
    pub counts: Counts,
    /// What it reached.
    pub reached: Reached,
    /// How long it was, in milliseconds.
    pub length_ms: u64,
}

/// Runs a whole history.
pub fn run(plan: Plan, story: Story) -> (Verdict, Story) {
    let mut world = World::new(plan, story);
    // The world is only looked at afterwards, to tell what led there.
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        world.run();
        if world.oracle.broken.is_empty() {
            world.last_judgement();
        }
    }));
    if ended.is_err() {
        world.oracle.breaks(world.now_ms, "the program never panics", "it panicked: see above".to_owned());
    }
    for held in world.upstream.hub.journals().iter().flat_map(HeldJournal::entries) {
        world.reached.event(&held.entry.event);
    }
    let verdict = Verdict {
        broken: std::mem::take(&mut world.oracle.broken),
        counts: world.counts,
        reached: std::mem::take(&mut world.reached),
        length_ms: world.now_ms,
    };
    (verdict, world.story)
}

impl World {
    fn last_judgement(&mut self) {
        self.tell(|| "everything is mended, and everyone comes once more".to_owned());
        self.mend_everything();
        self.pass(3 * HOUR_MS);
        self.refill_codes();
        self.pass(HOUR_MS);
        for owner in 1..=RECIPIENTS {
            let chance = self.chance.fork();
            let mut person = Person::new(Who::Recipient(owner), chance, self.now_ms);
            person.careful = true;
            if self.has_something_inside(owner) {
                self.comes(person);
                let until_ms = self.now_ms + 30 * MINUTE_MS;
                while !self.nobody_is_there() && self.now_ms < until_ms && self.oracle.broken.is_empty() {
                    self.pass(1_000);
                }
            }
        }
        self.couriers_take_out();
        self.pass(HOUR_MS);
        self.hub_hears_the_rest();
        if self.oracle.broken.is_empty() {
            self.judge_rights();
            self.judge_returns();
            self.judge_receipts();
            self.judge_hub_books();
            self.judge_quiet();
            self.judge_windows();
            self.judge_hub();
            self.judge_force();
        }
        if self.oracle.broken.is_empty() {
            self.judge_restart();
        }
    }

    /// What is not urgent goes up with what is: the hub is given something to be answered.
    fn hub_hears_the_rest(&mut self) {
        self.refill_codes();
        let until_ms = self.now_ms + 2 * HOUR_MS;
        while self.now_ms < until_ms && self.oracle.broken.is_empty() {
            self.pass(1_000);
            let held = self.upstream.hub.journals().last().map(HeldJournal::held);
            if held == self.kiosk.engine.as_ref().map(Engine::head_seq) {
                return;
            }
        }
    }

    /// A courier of each carrier who only takes out what waits to go back.
    fn couriers_take_out(&mut self) {
        for courier in 0..self.couriers.len() {
            let chance = self.chance.fork();
            self.comes(Person::who_only_takes_out(courier, chance, self.now_ms));
            let until_ms = self.now_ms + 40 * MINUTE_MS;
            while !self.nobody_is_there() && self.now_ms < until_ms && self.oracle.broken.is_empty() {
                self.pass(1_000);
            }
        }
        self.everyone_goes();
    }

    /// What was sent, and lies behind a door with nothing that is to stay, was let out to its carrier.
    fn judge_returns(&mut self) {
        let now_ms = self.now_ms;
        if self.plan.lying_card() {
            return;
        }
        let Some(books) = self.kiosk.engine.as_ref().map(|engine| engine.state().clone()) else { return };
        for parcel in &self.parcels {
            let (Some(_), Where::Inside(index)) = (parcel.sender, parcel.place) else { continue };
            let Some(door) = self.cabinet.doors.get(index) else { continue };
            let contents = books.contents(CompartmentId(door.number));
            let listed = || contents.listed().iter().filter_map(|id| books.parcels.get(id));
            let is_known = listed().any(|known| known.label.as_str() == parcel.label);
            let goes_back = listed().all(|known| known.outgoing.is_some() && known.tenant.0 == parcel.tenant);
            let works_here = self.couriers.iter().any(|courier| {
                courier.tenant == parcel.tenant && !books.revoked.contains(&StaffId(courier.staff))
            });
            if !door.beyond_knowing && is_known && goes_back && works_here {
                let how = format!(
                    "{} was sent and is behind door {}, and no courier of its carrier was let in; the books say {contents:?}",
                    parcel.label, door.number
                );
                return self.oracle.breaks(now_ms, "every right is honoured", how);
            }
        }
    }

    /// What a receipt says is in the journal, under the number that it names.
    fn judge_receipts(&mut self) {
        let now_ms = self.now_ms;
        if self.plan.lying_card() || self.upstream.hub.journals().len() > 1 {
            return;
        }
        let key = VerifyingKey(self.upstream.hub.journal_key());
        for text in self.kiosk.glass.receipts() {
            if let Err(how) = self.receipt_holds(&text, &key) {
                return self.oracle.breaks(now_ms, "a receipt is on record", how);
            }
        }
    }

    /// The hub's books say what the locker's do, whatever phones brought in between.
    fn judge_hub_books(&mut self) {
        let now_ms = self.now_ms;
        if self.plan.lying_card() || self.upstream.hub.journals().len() > 1 {
            return;
        }
        let key = VerifyingKey(self.upstream.hub.journal_key());
        let Some(journal) = self.upstream.hub.journals().last() else { return };
        let Some(books) = self.books() else { return };
        if let Err(how) = hub_books::judge(journal, &self.brought, &key, books) {
            self.oracle.breaks(now_ms, "the hub's books stay true", how);
        }
    }

    fn receipt_holds(&self, text: &str, key: &VerifyingKey) -> Result<(), String> {
        let receipt = Receipt::from_text(text, key).map_err(|error| error.to_string())?;
        let journal = self.upstream.hub.journals().last().ok_or("the hub holds no journal")?;
        let is_sent = matches!(receipt.what, Recorded::Sent { .. });
        let mut moves = receipt.what.moves();
        let mut began: Vec<&Event> = Vec::new();
        let mut last_ended = None;
        for held in journal.entries().take_while(|held| held.entry.seq <= receipt.seq) {
            match &held.entry.event {
                event @ Event::Began { purpose, .. } if !is_sent || *purpose == Purpose::Send => {
                    began.push(event)
                }
                Event::Ended { opening: ended, outcome: Outcome::Closed } => {
                    last_ended = Some(held.entry.seq);
                    for event in &began {
                        let Event::Began { opening, compartment, goes_in, comes_out, .. } = event else {
                            continue;
                        };
                        moves.retain(|moved| {
                            let through = match moved.what {
                                Moved::In => goes_in,
                                Moved::Out => comes_out,
                            };
                            opening != ended
                                || *compartment != moved.compartment
                                || !through.contains(&moved.parcel)
                        });
                    }
                }
                _ => {}
            }
        }
        // What a person sends is told as soon as it is in: its receipt names that very entry.
        if moves.is_empty() && (!is_sent || last_ended == Some(receipt.seq)) {
            return Ok(());
        }
        Err(format!("{receipt:?} is not what the journal says up to that number"))
    }

    fn mend_everything(&mut self) {
        self.everyone_goes();
        self.heals.clear();
        self.stops_in_openings = 0;
        self.sync_starts = false;
        self.bus.wire = Wire::default();
        self.bus.stall(0);
        self.bus.stir();
        self.upstream.network.mend();
        self.upstream.network.rates = Rates::default();
        self.upstream.hub.mischief.one_in = 0;
        self.disk.full(None);
        self.disk.stop_after(0, Stop::PowerFails);
        if self.power_is_off {
            self.power_is_back();
        }
        self.upstream.start_sync(self.now_ms);
        self.mend_surroundings();
        for index in 0..self.cabinet.doors.len() {
            if let Some(door) = self.cabinet.doors.get_mut(index) {
                door.bolt = Bolt::Works;
                door.opens_at_ms = None;
                if door.sensor != Sensor::True {
                    self.mend_sensor(index);
                }
            }
            self.cabinet.item_sensor_is(index, self.now_ms, ItemSensor::True);
            if self.cabinet.doors.get(index).is_some_and(|door| door.open) {
                self.shut(index, "a passer-by");
            }
        }
    }

    /// Half of those that have a battery end on it, low: whoever has a right is served all the same.
    fn mend_surroundings(&mut self) {
        let now_ms = self.now_ms;
        for air in &mut self.surroundings.airs {
            air.mend(now_ms);
        }
        self.mains_are_back();
        if self.surroundings.chance.one_in(2)
            && let Some(supply) = &mut self.surroundings.supply
        {
            supply.hold(now_ms, LOW_AT_THE_END_PERCENT);
            self.tell(|| "the mains are gone, and the battery stays low".to_owned());
        }
    }

    fn has_something_inside(&self, owner: u64) -> bool {
        self.parcels.iter().any(|parcel| parcel.owner == owner && matches!(parcel.place, Where::Inside(_)))
    }

    /// Whoever has a right to all that may be behind a door was let in.
    fn judge_rights(&mut self) {
        let now_ms = self.now_ms;
        // A card that lied may have taken a deposit with it: then every door is in doubt, and staff must look.
        if self.plan.lying_card() {
            return;
        }
        let Some(books) = self.kiosk.engine.as_ref().map(|engine| engine.state().clone()) else { return };
        for parcel in 0..self.parcels.len() {
            let Some(known) = self.parcels.get(parcel) else { continue };
            let Where::Inside(index) = known.place else { continue };
            let Some(door) = self.cabinet.doors.get(index) else { continue };
            if door.beyond_knowing
                || known.sender.is_some()
                || (known.codes.is_empty() && known.pass.is_none())
            {
                continue;
            }
            let contents = books.contents(CompartmentId(door.number));
            let owners = contents.listed().iter().filter_map(|id| books.parcels.get(id)?.recipient);
            let shared = owners.clone().any(|owner| owner.0 != known.owner);
            let unmatched = books
                .parcels
                .values()
                .any(|other| other.label.as_str() == known.label && other.recipient.is_none());
            if !shared && !unmatched {
                let how = format!(
                    "{} of {} came for {}, which is behind door {}, and was not let in; the books say {contents:?}",
                    "recipient", known.owner, known.label, door.number
                );
                self.oracle.breaks(now_ms, "every right is honoured", how);
                return;
            }
        }
    }

    /// The kiosk is home, and no opening goes on.
    fn judge_quiet(&mut self) {
        let now_ms = self.now_ms;
        if !matches!(self.kiosk.glass.view(), Some(View::Home { .. })) {
            let how = format!("at the end the screen shows {:?}", self.kiosk.glass.view());
            self.oracle.breaks(now_ms, "every dialogue ends", how);
        }
        let openings = self.books().map(|books| format!("{:?}", books.openings)).unwrap_or_default();
        if self.books().is_some_and(|books| !books.openings.is_empty()) {
            self.oracle.breaks(
                now_ms,
                "every dialogue ends",
                format!("openings go on at the end: {openings}"),
            );
        }
    }

    /// The hub holds every event, and what it adds up to is what the locker believes.
    fn judge_hub(&mut self) {
        let now_ms = self.now_ms;
        let Some(engine) = &self.kiosk.engine else { return };
        if self.plan.lying_card() || self.upstream.hub.journals().len() > 1 {
            return;
        }
        let Some(journal) = self.upstream.hub.journals().last() else { return };
        let (held, head) = (journal.held(), engine.head_seq());
        if held != head {
            let how = format!("the hub holds {held} of {head} events");
            return self.oracle.breaks(now_ms, "every event reaches the hub", how);
        }
        let mut books = State::default();
        for held in journal.entries() {
            books.apply(&held.entry.event);
        }
        if books != *engine.state() {
            let how = format!("hub / locker: {}", differences(Some(&books), Some(engine.state())));
            self.oracle.breaks(now_ms, "every replay gives the same books", how);
        }
    }

    /// A restart changes nothing in the books.
    fn judge_restart(&mut self) {
        let before = self.books().cloned();
        self.expect_after_restart(before);
        self.program_ends();
        self.pass(MINUTE_MS);
    }
}
