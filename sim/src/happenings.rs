//! What each item of a plan does to the world.

use locker_engine::{CaseId, CompartmentId, Event, Size};
use locker_protocol::change::{CaseAnswer, Role};
use locker_protocol::{Change, Label, OrderId, RecipientId, StaffId, TenantId};

use crate::bus::Wire;
use crate::cabinet::{Bolt, Sensor};
use crate::chance::Chance;
use crate::disk::Stop;
use crate::parcel::{Parcel, Where};
use crate::people::{Person, Who};
use crate::plan::{Item, What};
use crate::surroundings::chilled;
use crate::upstream::{Order, Rates};
use crate::world::{Courier, Heal, LOCKER, RECIPIENTS, World};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 3_600_000;
const DAY_S: u32 = 86_400;
/// The carriers that share the locker.
const TENANTS: u64 = 2;
/// Couriers of each.
const COURIERS: u64 = 2;
/// How many people send.
const SENDERS: u64 = 3;
/// Whose a return is to collect.
const NOBODY: u64 = 0;
/// A courier who no longer works here, and kept the badge.
const DISMISSED: u32 = 98;
/// The technician.
const TECHNICIAN: u32 = 99;
/// A courier who worked here for an hour.
const FORMER: u32 = 97;
const SHORT_LIFE_S: u64 = 3_600;
/// A badge counts for so long, in seconds: longer than any history.
const BADGE_LIVES_S: u64 = 60 * 86_400;

impl World {
    pub(crate) fn happens(&mut self, item: &Item) {
        let mut chance = Chance::new(item.seed);
        self.tell(|| format!("[{}] {:?}", item.number, item.what));
        let now_ms = self.now_ms;
        match item.what {
            What::Parcel => self.a_parcel_comes(&mut chance),
            What::Courier => {
                let index = chance.below(u64::try_from(self.couriers.len()).unwrap_or(0));
                let who = Who::Courier(usize::try_from(index).unwrap_or(0));
                self.comes(Person::new(who, chance, now_ms));
            }
            What::Recipient => {
                let who = Who::Recipient(chance.between(1, RECIPIENTS + 1));
                self.comes(Person::new(who, chance, now_ms));
            }
            What::Return => self.a_return_is_announced(&mut chance),
            What::Sender => {
                let who = Who::Sender(chance.between(1, SENDERS + 1));
                self.comes(Person::new(who, chance, now_ms));
            }
            What::Technician => self.comes(Person::new(Who::Technician, chance, now_ms)),
            What::Thief => self.comes(Person::new(Who::Thief, chance, now_ms)),
            What::PasserBy => {
                for index in 0..self.cabinet.doors.len() {
                    if self.cabinet.doors.get(index).is_some_and(|door| door.open) {
                        self.shut(index, "a passer-by");
                    }
                }
            }
            What::HubChange => self.hub_changes_something(&mut chance),
            What::Phone => self.a_phone_reaches_the_hub(&mut chance),
            What::CaseAnswer => self.a_case_is_answered(&mut chance),
            What::KillKiosk => self.kill_kiosk(),
            What::KillSync => {
                self.counts.kills += 1;
                if chance.one_in(2) {
                    self.upstream.kill_sync();
                } else {
                    self.upstream.kill_sync_before(u32::try_from(chance.below(12)).unwrap_or(0));
                }
            }
            What::PowerCut => {
                if !self.power_is_off
                    && self.kiosk.starts_at_ms.is_none_or(|at_ms| at_ms < now_ms + MINUTE_MS)
                {
                    if chance.one_in(3) {
                        self.power_fails();
                    } else {
                        self.disk.stop_after(chance.between(1, 80), Stop::PowerFails);
                        self.heal_in(chance.between(MINUTE_MS, 6 * HOUR_MS), Heal::CutNow);
                    }
                }
            }
            What::StopsInOpenings => self.stops_in_openings = chance.between(1, 5),
            What::NetworkCut => {
                let length_ms = match chance.below(3) {
                    0 => chance.between(1_000, 10 * MINUTE_MS),
                    1 => chance.between(10 * MINUTE_MS, 8 * HOUR_MS),
                    _ => chance.between(8 * HOUR_MS, 96 * HOUR_MS),
                };
                self.upstream.network.cut(now_ms + length_ms);
            }
            What::BadNetwork => {
                self.upstream.network.rates = Rates {
                    lost_one_in: chance.between(2, 12),
                    answer_lost_one_in: chance.between(2, 12),
                    doubled_one_in: chance.between(2, 12),
                    late_one_in: chance.between(2, 12),
                };
                self.heal_in(chance.between(MINUTE_MS, 5 * HOUR_MS), Heal::NetworkIsFine);
            }
            What::HubRestart => {
                if chance.one_in(2) {
                    self.upstream.hub.restart();
                } else {
                    self.upstream.hub.go_down(now_ms + chance.between(1_000, HOUR_MS));
                }
            }
            What::HubRestore => self.hub_restores(&mut chance),
            What::HubClock => {
                let jump_s = i64::try_from(chance.below(400_000)).unwrap_or(0);
                self.upstream.hub.clock_offset_s = if chance.one_in(2) { jump_s } else { -jump_s };
            }
            What::HostileHub => {
                self.upstream.hub.mischief.one_in = chance.between(2, 12);
                // Something to be mischievous about: several changes in one answer.
                for _ in 0..chance.between(1, 5) {
                    self.hub_changes_something(&mut chance);
                }
                self.heal_in(chance.between(MINUTE_MS, 3 * HOUR_MS), Heal::HubIsHonest);
            }
            What::BadWire => {
                self.bus.wire = Wire {
                    loses_one_in: chance.between(2, 16),
                    answer_lost_one_in: chance.between(2, 16),
                    repeats_one_in: chance.between(2, 16),
                    garbles_one_in: chance.between(2, 16),
                    late_one_in: chance.between(2, 20),
                    dead: false,
                };
                self.heal_in(chance.between(MINUTE_MS, 3 * HOUR_MS), Heal::WireIsFine);
            }
            What::DeadBoards => {
                let length_ms = chance.between(2_000, HOUR_MS);
                if chance.one_in(3) {
                    // The port's driver hangs: nothing fails, nothing is sent.
                    self.bus.stall(now_ms + length_ms.min(10 * MINUTE_MS));
                } else {
                    self.bus.wire.dead = true;
                    self.heal_in(length_ms, Heal::WireIsFine);
                }
            }
            What::BadBolt => {
                let index = self.a_door(&mut chance);
                let bolt = match chance.below(4) {
                    0 => Bolt::Jams,
                    1 => Bolt::NeedsPush,
                    2 => Bolt::Late(chance.between(200, 4_000)),
                    _ => Bolt::Late(chance.between(4_000, 40_000)),
                };
                if let Some(door) = self.cabinet.doors.get_mut(index) {
                    door.bolt = bolt;
                }
                self.heal_in(chance.between(10 * MINUTE_MS, 10 * HOUR_MS), Heal::Bolt(index));
            }
            What::BadSensor => {
                let index = self.a_door(&mut chance);
                let sensor = [Sensor::StuckOpen, Sensor::StuckClosed, Sensor::Flickers];
                if let (Some(door), Some(sensor)) = (self.cabinet.doors.get_mut(index), chance.pick(&sensor))
                {
                    door.sensor = *sensor;
                    // What happens behind it meanwhile, nobody can know.
                    door.beyond_knowing = true;
                    self.cabinet.moves += 1;
                }
                self.heal_in(chance.between(MINUTE_MS, 4 * HOUR_MS), Heal::Sensor(index));
            }
            What::SpringsOpen => {
                let index = self.a_door(&mut chance);
                self.cabinet.spring(index, now_ms);
                self.heal_in(chance.between(5_000, 2 * HOUR_MS), Heal::SpringsShut(index));
            }
            What::BadItemSensor => {
                let index = self.a_door(&mut chance);
                self.item_sensor_fails(index, &mut chance);
            }
            What::MainsLost => self.mains_fail(&mut chance),
            What::Drift => self.drifts(&mut chance),
            What::Shaken => self.is_shaken(&mut chance),
            What::DiskError => self.disk.stop_after(chance.between(1, 40), Stop::ErrorOnce),
            What::DiskFull => {
                let room = self.disk.used_bytes() + chance.below(4_000);
                self.disk.full(Some(room));
                self.heal_in(chance.between(10_000, 2 * HOUR_MS), Heal::DiskHasRoom);
            }
        }
    }

    pub(crate) fn kill_kiosk(&mut self) {
        if self.kiosk.engine.is_some() {
            self.tell(|| "the kiosk is killed".to_owned());
            self.counts.kills += 1;
            let before = self.books().cloned();
            self.program_ends();
            self.expect_after_restart(before);
        }
    }

    /// A merchant sends something: announced to the locker, on a deposit pass, or with nothing but its label.
    fn a_parcel_comes(&mut self, chance: &mut Chance) {
        let number = self.parcels.len();
        let mut more = self.surroundings.chance.fork();
        let tenant = u32::try_from(chance.between(1, TENANTS + 1)).unwrap_or(1);
        let owner = chance.between(1, RECIPIENTS + 1);
        let size = *chance.pick(&[Size::S, Size::S, Size::M, Size::L]).unwrap_or(&Size::S);
        let retention_s = *chance.pick(&[DAY_S / 8, DAY_S, 3 * DAY_S, 5 * DAY_S]).unwrap_or(&DAY_S);
        let text = format!("T{tenant}P{number:06}");
        let Ok(label) = Label::new(&text) else { return };
        let mut order = Order {
            tenant: TenantId(tenant),
            label: label.clone(),
            recipient: RecipientId(owner),
            size,
            retention_s,
            reachable: chance.one_in(10),
            // Of an order of three, parts of which may have come before, or never come.
            part_of: chance.one_in(4).then(|| locker_protocol::change::Order {
                id: OrderId(tenant * 1_000 + u32::try_from(owner).unwrap_or(0)),
                parcels: 3,
            }),
            keep: None,
        };
        let is_flat = more.one_in(6);
        if self.plan.fitted.thermometers > 0 && more.one_in(4) {
            order.keep = Some(chilled());
        }
        let mut parcel = Parcel {
            tenant,
            owner,
            sender: None,
            label: text,
            size,
            id: None,
            codes: Vec::new(),
            pass: None,
            deposit_pass: None,
            place: Where::Van,
            put_in_ms: 0,
            retention_s,
            is_chilled: order.keep.is_some(),
            recalled: false,
            cancelled: false,
            declined: false,
            declined_at: None,
        };
        match chance.below(8) {
            0 => {
                // Nobody announced it: its recipient's pass opens it all the same.
                parcel.pass = Some(self.upstream.hub.collect_pass(RecipientId(owner), Some(&label)));
                parcel.retention_s = 7 * DAY_S;
                parcel.is_chilled = false;
            }
            1 | 2 => {
                let made = self.upstream.hub.deposit_pass(&order, BADGE_LIVES_S);
                parcel.id = Some(made.announced.parcel);
                parcel.codes.push(made.announced.code.digits());
                parcel.pass = Some(made.announced.pass);
                parcel.deposit_pass = Some(made.deposit_pass);
            }
            _ => {
                let announced = self.upstream.hub.announce(&order);
                parcel.id = Some(announced.parcel);
                parcel.codes.push(announced.code.digits());
                parcel.pass = Some(announced.pass);
            }
        }
        self.tell(|| format!("{} of {owner} is with its carrier", label.as_str()));
        if is_flat {
            self.cabinet.flat.insert(number);
        }
        self.parcels.push(parcel);
    }

    /// A merchant takes something back: somebody has it at home, with its label and a code.
    fn a_return_is_announced(&mut self, chance: &mut Chance) {
        let number = self.parcels.len();
        let tenant = u32::try_from(chance.between(1, TENANTS + 1)).unwrap_or(1);
        let sender = chance.between(1, SENDERS + 1);
        let size = *chance.pick(&[Size::S, Size::S, Size::M, Size::L]).unwrap_or(&Size::S);
        let text = format!("R{tenant}P{number:06}");
        let Ok(label) = Label::new(&text) else { return };
        let wished = chance.one_in(3).then_some(size);
        let (id, code) = self.upstream.hub.announce_return(TenantId(tenant), &label, wished);
        if chance.one_in(3) {
            let owner = chance.between(1, RECIPIENTS + 1);
            let pass = self.upstream.hub.collect_pass(RecipientId(owner), Some(&label));
            self.passes_for_returns.push((owner, pass));
        }
        self.tell(|| format!("{text} is with sender {sender}"));
        self.parcels.push(Parcel {
            tenant,
            owner: NOBODY,
            sender: Some(sender),
            label: text,
            size,
            id: Some(id),
            codes: vec![code.digits()],
            pass: None,
            deposit_pass: None,
            place: Where::Home,
            put_in_ms: 0,
            retention_s: u32::MAX,
            is_chilled: false,
            recalled: false,
            cancelled: false,
            declined: false,
            declined_at: None,
        });
    }

    fn hub_changes_something(&mut self, chance: &mut Chance) {
        let known: Vec<usize> = (0..self.parcels.len())
            .filter(|number| self.parcels.get(*number).is_some_and(|parcel| parcel.id.is_some()))
            .collect();
        let recent = &known[known.len().saturating_sub(12)..];
        let number = chance.pick(recent).copied();
        let hub = &mut self.upstream.hub;
        let Some((parcel, id)) = number.and_then(|number| {
            let parcel = self.parcels.get_mut(number)?;
            let id = parcel.id?;
            Some((parcel, id))
        }) else {
            return;
        };
        match chance.below(9) {
            0 => {
                hub.cancel(id);
                // If it is inside already, the locker refuses: it is not known which, and the van keeps it.
                parcel.cancelled |= parcel.place == Where::Van;
            }
            1 | 2 => {
                hub.extend(id, u32::try_from(chance.between(3_600, 300_000)).unwrap_or(DAY_S));
            }
            3 | 4 => {
                hub.recall(id);
                parcel.recalled = true;
            }
            5 => parcel.codes.push(hub.new_code(id).code.digits()),
            6 => {
                let Some(courier) = chance.pick(&self.couriers).cloned() else { return };
                if chance.one_in(2) {
                    hub.dismiss(StaffId(courier.staff));
                } else {
                    let pin = courier.pin.as_str();
                    hub.employ(StaffId(courier.staff), TenantId(courier.tenant), Role::Courier, Some(pin));
                }
            }
            7 => {
                let doors = u64::try_from(self.cabinet.doors.len()).unwrap_or(1);
                let number = u16::try_from(chance.between(1, doors + 2)).unwrap_or(1);
                hub.service(CompartmentId(number), chance.one_in(2));
            }
            _ => {
                let unannounced: Vec<_> = hub.unannounced().cloned().collect();
                match chance.pick(&unannounced) {
                    Some(unannounced) => {
                        let label = unannounced.label.as_str();
                        if let Some(parcel) = self.parcels.iter_mut().find(|parcel| parcel.label == label) {
                            let code =
                                hub.match_parcel(unannounced.parcel, RecipientId(parcel.owner), 5 * DAY_S);
                            parcel.codes.push(code.code.digits());
                        }
                    }
                    None => {
                        hub.refill_codes();
                    }
                }
            }
        }
    }

    /// A call centre answers a case: one of the last, or a number that it misheard, about a parcel that was there, or about another.
    fn a_case_is_answered(&mut self, chance: &mut Chance) {
        let hub = &mut self.upstream.hub;
        let cases: Vec<_> = hub
            .journals()
            .last()
            .into_iter()
            .flat_map(|journal| journal.entries().rev())
            .filter_map(|held| match held.entry.event {
                Event::CaseRaised { case, compartment, .. } => Some((case, compartment)),
                _ => None,
            })
            .take(8)
            .collect();
        let Some((case, door)) = chance.pick(&cases).copied() else { return };
        self.answers(case, door, chance);
    }

    /// A pulse left for a door: in some places the call centre answers a case of it while its caller, or the next, stands there.
    pub(crate) fn may_be_answered_soon(&mut self, index: usize) {
        let chance = &mut self.surroundings.chance;
        if self.plan.fitted.quick_answers && chance.one_in(3) {
            let after_ms = chance.below(8_000);
            self.heal_in(after_ms, Heal::Answered(index));
        }
    }

    /// The last case of this door is answered: whoever had a parcel there before may look again.
    pub(crate) fn a_case_of_this_door_is_answered(&mut self, index: usize) {
        let Some(number) = self.cabinet.doors.get(index).map(|door| CompartmentId(door.number)) else {
            return;
        };
        let mut chance = self.surroundings.chance.fork();
        let Some(journal) = self.upstream.hub.journals().last() else { return };
        let events = || journal.entries().rev().map(|held| &held.entry.event);
        let case = events().find_map(|event| match event {
            Event::CaseRaised { case, compartment, .. } if *compartment == number => Some(*case),
            _ => None,
        });
        let were_there: Vec<_> = events()
            .filter_map(|event| match event {
                Event::Began { compartment, comes_out, .. } if *compartment == number => {
                    comes_out.first().copied()
                }
                _ => None,
            })
            .take(3)
            .collect();
        if let (Some(case), Some(parcel)) = (case, chance.pick(&were_there).copied()) {
            let answer = CaseAnswer::OpenAgain { parcel };
            self.upstream.hub.ask(Change::AnswerCase { case, answer });
        }
    }

    fn answers(&mut self, case: CaseId, door: CompartmentId, chance: &mut Chance) {
        let hub = &mut self.upstream.hub;
        let case = if chance.one_in(10) { CaseId(case.0.wrapping_add(7)) } else { case };
        // Who was at that door last is whom the caller most often is.
        let there =
            hub.journals().last().into_iter().flat_map(|journal| journal.entries().rev()).find_map(|held| {
                match &held.entry.event {
                    Event::Began { compartment, goes_in, comes_out, .. } if *compartment == door => {
                        comes_out.iter().chain(goes_in).next().copied()
                    }
                    _ => None,
                }
            });
        let any: Vec<_> = self.parcels.iter().filter_map(|parcel| parcel.id).collect();
        let recent = &any[any.len().saturating_sub(12)..];
        let parcel = if chance.one_in(3) { None } else { there };
        let Some(parcel) = parcel.or_else(|| chance.pick(recent).copied()) else { return };
        let answer = match chance.below(6) {
            0..=3 => CaseAnswer::OpenAgain { parcel },
            4 => CaseAnswer::Extend { parcel, by_s: DAY_S },
            _ => CaseAnswer::StaffComes,
        };
        hub.ask(Change::AnswerCase { case, answer });
    }

    fn hub_restores(&mut self, chance: &mut Chance) {
        if chance.one_in(2) {
            self.upstream.hub.back_up();
        } else {
            self.upstream.hub.restore();
        }
    }

    pub(crate) fn refill_codes(&mut self) {
        self.upstream.hub.refill_codes();
    }

    /// The hub names the couriers; some have a PIN.
    pub(crate) fn staff_comes_to_work(&mut self) {
        for staff in 1..=TENANTS * COURIERS {
            let tenant = u32::try_from(staff % TENANTS + 1).unwrap_or(1);
            let id = u32::try_from(staff + 10).unwrap_or(11);
            let pin = format!("{:06}", 100_000 + staff * 7_919);
            let hub = &mut self.upstream.hub;
            hub.employ(StaffId(id), TenantId(tenant), Role::Courier, Some(&pin));
            let badge = hub.badge(StaffId(id), TenantId(tenant), Role::Courier, BADGE_LIVES_S);
            self.couriers.push(Courier { tenant, staff: id, id: id.to_string(), pin, badge });
        }
        let hub = &mut self.upstream.hub;
        hub.employ(StaffId(TECHNICIAN), TenantId(1), Role::Technician, None);
        self.technicians_badge = hub.badge(StaffId(TECHNICIAN), TenantId(1), Role::Technician, BADGE_LIVES_S);
        let until = hub.unix_s() + SHORT_LIFE_S;
        self.short_lived =
            Some((until, hub.badge(StaffId(FORMER), TenantId(1), Role::Courier, SHORT_LIFE_S)));
        self.dismissed = Some((
            hub.dismiss(StaffId(DISMISSED)),
            hub.badge(StaffId(DISMISSED), TenantId(1), Role::Courier, BADGE_LIVES_S),
        ));
    }

    /// A pass that opens nothing here: by another key, for another locker, or out of date.
    pub(crate) fn worthless_pass(&mut self, chance: &mut Chance) -> String {
        let hub = &self.upstream.hub;
        match chance.below(5) {
            3 => hub.neighbours_pass(RecipientId(chance.between(1, RECIPIENTS + 1))),
            4 => match &self.short_lived {
                // It is over only once a later time has come down from the hub.
                Some((until, badge)) if self.books().is_some_and(|books| books.floor_unix_s > *until) => {
                    badge.clone()
                }
                _ => hub.thief().badge(LOCKER),
            },
            0 => hub.thief().collect_pass(LOCKER, RecipientId(chance.between(1, RECIPIENTS + 1))),
            1 => hub.thief().badge(LOCKER),
            _ => match &self.dismissed {
                // Until the locker has heard of it, the badge counts: that is the price of working with no network.
                Some((number, badge)) if hub.answer_to(*number) == Some(Ok(())) => badge.clone(),
                _ => hub.thief().badge(LOCKER),
            },
        }
    }

    fn a_door(&self, chance: &mut Chance) -> usize {
        let doors = u64::try_from(self.cabinet.doors.len()).unwrap_or(0);
        usize::try_from(chance.below(doors)).unwrap_or(0)
    }
}
