//! How an event changes the books. Total: an event that fits nothing changes nothing, so that salvaged fragments of a
//! damaged journal can be applied for what they tell.

use locker_protocol::change::{Announcement, CaseAnswer, ReturnAnnouncement};
use locker_protocol::event::{Doubt, Entitled, Guess, OutOfService, Outcome, Problem, Purpose, Supply};
use locker_protocol::{CaseId, Change, CompartmentId, Event, OpeningId, ParcelId, Size};

use crate::faults::{self, Fault};
use crate::state::{
    By, Case, Compartment, Contents, Jams, MAX_CASES, MAX_CODE_MISSES, MAX_OUT_OF_RANGE, MAX_OVER,
    MAX_PIN_MISSES, MAX_SEEN, OUTGOING_RETENTION_S, Opening, Outgoing, Parcel, Place, State,
    UNANNOUNCED_RETENTION_S, Why,
};

impl State {
    /// Applies one event: the only way in which durable state changes.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Started { .. } => {}
            Event::Enrolled { locker } => self.locker = Some(*locker),
            Event::Recovered { missing, .. } => {
                if *missing > 0 {
                    self.cut_history(*missing);
                }
            }
            Event::Applied { number, change } => {
                self.cursor = *number;
                self.apply_change(change);
            }
            Event::Refused { number, .. } => self.cursor = *number,
            Event::Admitted { parcel, announcement, label, label_tag, tenant, size } => {
                let admitted = match announcement {
                    Some(announcement) => expected(announcement),
                    None => {
                        self.admitted = self.admitted.wrapping_add(1);
                        Parcel {
                            tenant: *tenant,
                            label: label.clone(),
                            label_tag: *label_tag,
                            recipient: None,
                            code: None,
                            size: *size,
                            retention_s: UNANNOUNCED_RETENTION_S,
                            waited_s: 0,
                            reachable: false,
                            expired: false,
                            recalled: false,
                            place: Place::Expected,
                            order: None,
                            outgoing: None,
                            left_over: false,
                            keep: None,
                        }
                    }
                };
                self.parcels.entry(*parcel).or_insert(admitted);
            }
            Event::Claimed { parcel, recipient } => {
                if let Some(parcel) = self.parcels.get_mut(parcel) {
                    parcel.recipient = Some(*recipient);
                }
            }
            Event::Began { opening, compartment, purpose, entitled, goes_in, comes_out, baseline } => {
                self.last_opening = self.last_opening.max(opening.0);
                for parcel in goes_in.iter().filter(|_| !faults::is(Fault::WaitedIsKept)) {
                    self.waits_anew(*parcel);
                }
                let known = self.compartment(*compartment);
                known.openings = known.openings.saturating_add(1);
                let begun = Opening {
                    compartment: *compartment,
                    purpose: *purpose,
                    entitled: *entitled,
                    goes_in: goes_in.clone(),
                    comes_out: comes_out.clone(),
                    baseline: *baseline,
                    attempts: 0,
                    opened: false,
                    said: None,
                    declined: None,
                };
                self.openings.insert(*opening, begun);
            }
            Event::Tried { opening, attempt } => {
                if let Some(opening) = self.openings.get_mut(opening) {
                    opening.attempts = *attempt;
                }
            }
            Event::Answered { .. } => {}
            Event::Opened { opening } => {
                if let Some(opening) = self.openings.get_mut(opening) {
                    opening.opened = true;
                }
            }
            Event::Seen { opening, parcel } => {
                if let Some(opening) = self.openings.get_mut(opening)
                    && self.parcels.contains_key(parcel)
                    && opening.goes_in.len() < MAX_SEEN
                {
                    add(&mut opening.goes_in, *parcel);
                }
            }
            Event::Declined { opening, why } => {
                if let Some(opening) = self.openings.get_mut(opening) {
                    opening.declined = Some(*why);
                }
            }
            Event::Ended { opening, outcome } => self.end(*opening, *outcome),
            Event::Settled { compartment, holds, .. } => self.settle(*compartment, holds),
            Event::Doubted { compartment, why } => self.doubt(*compartment, Why::Doubt(*why), &[]),
            Event::Service { compartment, out, .. } => self.compartment(*compartment).out = *out,
            Event::Missed { guess } => match guess {
                Guess::Code => self.code_misses = (self.code_misses + 1).min(MAX_CODE_MISSES),
                Guess::Pin => self.pin_misses = (self.pin_misses + 1).min(MAX_PIN_MISSES),
            },
            Event::MissForgiven { guess } => match guess {
                Guess::Code => self.code_misses = self.code_misses.saturating_sub(1),
                Guess::Pin => self.pin_misses = self.pin_misses.saturating_sub(1),
            },
            Event::Waited { seconds, doors } => {
                for parcel in self.parcels.values_mut() {
                    if parcel.compartment().is_some_and(|compartment| doors.contains(&compartment)) {
                        parcel.waited_s = parcel.waited_s.saturating_add(*seconds);
                    }
                }
            }
            Event::Expired { parcel } => {
                if let Some(parcel) = self.parcels.get_mut(parcel) {
                    parcel.expired = true;
                }
            }
            Event::CaseRaised { case, problem, compartment, opening } => {
                self.last_case = self.last_case.max(case.0);
                self.cases.push_back(Case {
                    id: *case,
                    compartment: *compartment,
                    problem: *problem,
                    answered: false,
                });
                if self.cases.len() > MAX_CASES {
                    self.cases.pop_front();
                }
                if *problem == Problem::Stuck {
                    let floor_day = self.floor_day();
                    let jams = &mut self.compartment(*compartment).jams;
                    let earlier = if jams.floor_day == floor_day { jams.times } else { 0 };
                    *jams = Jams { floor_day, times: earlier.saturating_add(1) };
                }
                let said = match problem {
                    Problem::Empty => Outcome::SaidEmpty,
                    Problem::NotMine => Outcome::SaidNotMine,
                    _ => return,
                };
                if let Some(opening) = opening.and_then(|id| self.openings.get_mut(&id)) {
                    opening.said = Some(said);
                }
            }
            // Of these the journal itself is the record.
            Event::SignedIn { .. }
            | Event::SignedOut { .. }
            | Event::LeftOver { .. }
            | Event::Tampered { .. } => {}
            Event::Power { supply } => self.supply = *supply,
            Event::Temperature { sensor, in_range, .. } => {
                if *in_range {
                    self.out_of_range.remove(sensor);
                } else if self.out_of_range.len() < MAX_OUT_OF_RANGE {
                    self.out_of_range.insert(sensor.clone());
                }
            }
            Event::FloorRaised { unix_s } => self.floor_unix_s = self.floor_unix_s.max(*unix_s),
        }
    }

    fn apply_change(&mut self, change: &Change) {
        match change {
            // The hub may list everything again: what is known of a parcel stays.
            Change::Announce { announcement } => {
                self.parcels.entry(announcement.parcel).or_insert_with(|| expected(announcement));
            }
            Change::AnnounceReturn { announcement } => {
                self.parcels.entry(announcement.parcel).or_insert_with(|| to_be_sent(announcement));
            }
            Change::Cancel { parcel } => self.leave(*parcel, Place::Cancelled),
            Change::Extend { parcel, by_s } => self.extend(*parcel, *by_s),
            Change::Recall { parcel } => {
                if let Some(parcel) = self.parcels.get_mut(parcel) {
                    parcel.recalled = true;
                }
            }
            Change::NewCode { parcel, code } => {
                if let Some(parcel) = self.parcels.get_mut(parcel) {
                    parcel.code = Some(*code);
                }
            }
            Change::Match { parcel, recipient, code, retention_s } => {
                if let Some(parcel) = self.parcels.get_mut(parcel) {
                    parcel.recipient = Some(*recipient);
                    parcel.code = Some(*code);
                    parcel.retention_s = *retention_s;
                }
            }
            Change::Staff { staff } => {
                self.revoked.remove(&staff.staff);
                self.staff.insert(staff.staff, staff.clone());
            }
            Change::RevokeStaff { staff } => {
                self.staff.remove(staff);
                self.revoked.insert(*staff);
            }
            Change::RefillCodes => self.code_misses = 0,
            Change::Service { compartment, in_service } => {
                self.compartment(*compartment).out =
                    if *in_service { None } else { Some(OutOfService::ByHub) };
            }
            Change::AnswerCase { case, answer } => self.answer_case(*case, *answer),
        }
    }

    fn extend(&mut self, parcel: ParcelId, by_s: u32) {
        if let Some(parcel) = self.parcels.get_mut(&parcel) {
            parcel.retention_s = parcel.retention_s.saturating_add(by_s);
            parcel.expired = parcel.expired && parcel.waited_s >= parcel.retention_s;
        }
    }

    fn answer_case(&mut self, case: CaseId, answer: CaseAnswer) {
        let Some(known) = self.cases.iter_mut().rfind(|known| known.id == case) else { return };
        known.answered = true;
        let door = known.compartment;
        match answer {
            CaseAnswer::OpenAgain { parcel } if self.parcels.contains_key(&parcel) => {
                // A right to it is there already, unless the books say that it has left, or never was there.
                if !self.contents(door).listed().contains(&parcel)
                    || self.parcels.get(&parcel).is_some_and(Parcel::is_over)
                {
                    if faults::is(Fault::CaseOfAnyParcel) {
                        self.compartment(door).contents = Contents::Empty;
                    }
                    self.doubt(door, Why::Case, &[parcel]);
                }
            }
            CaseAnswer::OpenAgain { .. } | CaseAnswer::StaffComes => {}
            CaseAnswer::Extend { parcel, by_s } => self.extend(parcel, by_s),
        }
    }

    /// The evidence is weighed before an opening ends; here its outcome is written into the books.
    fn end(&mut self, id: OpeningId, outcome: Outcome) {
        let Some(opening) = self.openings.remove(&id) else { return };
        let compartment = opening.compartment;
        let known = self.compartment(compartment);
        known.interruptions = match outcome {
            Outcome::Interrupted => known.interruptions.saturating_add(1),
            _ => 0,
        };
        match outcome {
            Outcome::NeverOpened => {}
            Outcome::Closed => self.close(&opening),
            Outcome::NotSeen
            | Outcome::Interrupted
            | Outcome::LeftOpen
            | Outcome::SaidEmpty
            | Outcome::SaidNotMine => {
                let touched: Vec<_> = opening.goes_in.iter().chain(&opening.comes_out).copied().collect();
                self.doubt(compartment, Why::Opening(outcome), &touched);
            }
        }
    }

    fn close(&mut self, opening: &Opening) {
        let compartment = opening.compartment;
        match opening.purpose {
            Purpose::Deposit | Purpose::Send
                if opening.declined.is_some() && faults::is(Fault::DeclinedIsEmpty) =>
            {
                opening.goes_in.iter().for_each(|parcel| self.put(*parcel, Place::Expected));
            }
            // It is in the hands of whoever brought it, they say; nobody saw that it did not stay.
            Purpose::Deposit | Purpose::Send
                if opening.declined.is_some() && !faults::is(Fault::DeclinedIsStored) =>
            {
                self.doubt(compartment, Why::Declined, &opening.goes_in);
            }
            Purpose::Deposit | Purpose::Send => {
                if let Contents::Unknown { why, .. } = self.contents(compartment) {
                    // Only known-empty compartments are offered; what went into another does not make it known.
                    return self.doubt(compartment, why, &opening.goes_in);
                }
                let mut holds = self.contents(compartment).listed().to_vec();
                for parcel in &opening.goes_in {
                    add(&mut holds, *parcel);
                    self.put(*parcel, Place::Inside(compartment));
                }
                self.compartment(compartment).contents = Contents::Holds(holds);
            }
            Purpose::Collect | Purpose::Retrieve => {
                // What staff meanwhile found behind another door did not come out of this one.
                let came_out = opening.comes_out.iter().filter(|id| !self.is_elsewhere(**id, compartment));
                for parcel in &came_out.copied().collect::<Vec<_>>() {
                    // Where another door may hold it as well, nobody has seen that it came out of this one.
                    if let Some(other) = self.unseen_door_with(*parcel, compartment) {
                        self.put(*parcel, Place::Doubtful(other));
                        continue;
                    }
                    match opening.entitled {
                        Entitled::Recipient { .. } => self.leave(*parcel, Place::Out(By::Recipient)),
                        Entitled::Courier { .. } => self.leave(*parcel, Place::Out(By::Carrier)),
                        Entitled::Technician { .. } => self.leave(*parcel, Place::Out(By::Staff)),
                        Entitled::Depositor { .. }
                        | Entitled::DepositPass { .. }
                        | Entitled::Sender { .. } => self.put(*parcel, Place::Expected),
                    }
                }
                let took_all = self
                    .contents(compartment)
                    .listed()
                    .iter()
                    .all(|listed| opening.comes_out.contains(listed));
                let known = self.compartment(compartment);
                // Until the window ends the books go on listing what may be put back.
                if faults::is(Fault::WindowForgotten) && took_all {
                    known.contents = Contents::Empty;
                } else if took_all || matches!(known.contents, Contents::Holds(_)) {
                    known.reopen = Some(opening.entitled);
                }
            }
            Purpose::Service => self.doubt(compartment, Why::Service, &opening.goes_in),
        }
    }

    /// The doors behind which one of these was left, or was not, and what else is there: it is behind another door now.
    pub(crate) fn declined_doors(
        &self,
        stored: &[ParcelId],
        behind: CompartmentId,
    ) -> Vec<(CompartmentId, Vec<ParcelId>)> {
        let others = self.compartments.iter().filter(|(door, known)| {
            // Whoever had it open since may have put back what they took out of it.
            **door != behind && known.reopen.is_none() && self.opening_of(**door).is_none()
        });
        let cleared = others.filter_map(|(door, known)| match &known.contents {
            Contents::Unknown { why: Why::Declined, maybe } if maybe.iter().any(|id| stored.contains(id)) => {
                let rest = maybe.iter().filter(|id| !stored.contains(id)).copied().collect::<Vec<_>>();
                Some((*door, rest))
            }
            _ => None,
        });
        let is_sure = |(door, rest): &(CompartmentId, Vec<ParcelId>)| {
            rest.iter().all(|id| self.parcels.get(id).is_some_and(|parcel| parcel.is_at(*door)))
        };
        cleared.filter(is_sure).collect()
    }

    fn settle(&mut self, compartment: CompartmentId, holds: &[ParcelId]) {
        let listed = self.contents(compartment).listed().to_vec();
        for missing in listed.iter().filter(|listed| !holds.contains(listed)) {
            if self.parcels.get(missing).is_some_and(|parcel| parcel.is_at(compartment)) {
                // Somebody looked, and it is not in there: where else it may be, or still to come.
                let elsewhere = self
                    .compartments
                    .iter()
                    .find(|(other, known)| {
                        **other != compartment && known.contents.listed().contains(missing)
                    })
                    .map(|(other, _)| *other);
                self.put(*missing, elsewhere.map_or(Place::Expected, Place::Doubtful));
            }
        }
        for parcel in holds {
            self.put(*parcel, Place::Inside(compartment));
        }
        let known = self.compartment(compartment);
        known.reopen = None;
        known.contents = if holds.is_empty() { Contents::Empty } else { Contents::Holds(holds.to_vec()) };
    }

    /// What is inside is no longer known: whatever was listed, and `touched`, may be.
    fn doubt(&mut self, compartment: CompartmentId, why: Why, touched: &[ParcelId]) {
        let mut maybe = self.contents(compartment).listed().to_vec();
        for parcel in touched {
            add(&mut maybe, *parcel);
        }
        for id in &maybe {
            let elsewhere = self.is_elsewhere(*id, compartment);
            if let Some(parcel) = self.parcels.get_mut(id) {
                // A parcel that is known to be elsewhere stays there. One that was touched here a moment ago may be here:
                // taken out and put back, or brought again after another door left it in doubt.
                let touched_here =
                    touched.contains(id) && !elsewhere && !faults::is(Fault::DoubtForgetsParcel);
                if touched_here || parcel.is_at(compartment) {
                    parcel.left_over = touched_here && why == Why::Declined;
                    parcel.place = Place::Doubtful(compartment);
                    self.over.retain(|over| over != id);
                }
            }
        }
        if faults::is(Fault::DoubtForgetsList) {
            maybe.clear();
        }
        let known = self.compartment(compartment);
        known.contents = Contents::Unknown { why, maybe };
        known.reopen = None;
    }

    fn cut_history(&mut self, missing: u64) {
        self.history_cut = true;
        // What deviates from this is recorded anew.
        self.supply = Supply::default();
        self.out_of_range.clear();
        // The missing events may have used as many numbers: none is given out twice.
        let missing_32 = u32::try_from(missing).unwrap_or(u32::MAX);
        self.admitted = self.admitted.wrapping_add(missing_32);
        self.last_case = self.last_case.wrapping_add(missing_32);
        self.last_opening = self.last_opening.saturating_add(missing);
        let openings = std::mem::take(&mut self.openings);
        for opening in openings.into_values() {
            let touched: Vec<_> = opening.goes_in.iter().chain(&opening.comes_out).copied().collect();
            self.doubt(opening.compartment, Why::Doubt(Doubt::HistoryCut), &touched);
        }
        let known: Vec<_> = self.compartments.keys().copied().collect();
        for compartment in known {
            self.doubt(compartment, Why::Doubt(Doubt::HistoryCut), &[]);
        }
    }

    fn compartment(&mut self, compartment: CompartmentId) -> &mut Compartment {
        let contents = self.unseen_contents();
        self.compartments.entry(compartment).or_insert_with(|| Compartment {
            contents,
            out: None,
            openings: 0,
            interruptions: 0,
            reopen: None,
            jams: Jams::default(),
        })
    }

    /// Another compartment than this that lists a parcel, and that nobody with a right to it has had open since.
    fn unseen_door_with(&self, id: ParcelId, compartment: CompartmentId) -> Option<CompartmentId> {
        self.compartments
            .iter()
            .filter(|(other, known)| **other != compartment && known.reopen.is_none())
            .find(|(_, known)| {
                matches!(&known.contents, Contents::Unknown { maybe, .. } if maybe.contains(&id))
            })
            .map(|(other, _)| *other)
    }

    /// Whether a parcel is known to be in another compartment than this.
    fn is_elsewhere(&self, id: ParcelId, compartment: CompartmentId) -> bool {
        self.parcels
            .get(&id)
            .is_some_and(|parcel| matches!(parcel.place, Place::Inside(other) if other != compartment))
    }

    fn put(&mut self, id: ParcelId, place: Place) {
        if let Some(parcel) = self.parcels.get_mut(&id) {
            parcel.place = place;
            parcel.left_over = false;
            self.over.retain(|over| *over != id);
        }
    }

    /// It is in a courier's hands: what it had waited before, in doubt behind a door, was not its recipient's time.
    fn waits_anew(&mut self, id: ParcelId) {
        if let Some(parcel) = self.parcels.get_mut(&id) {
            parcel.waited_s = 0;
            parcel.expired = false;
        }
    }

    /// A parcel's story ends; the oldest such story is forgotten once there are many.
    fn leave(&mut self, id: ParcelId, place: Place) {
        self.put(id, place);
        if self.parcels.contains_key(&id) {
            self.over.push_back(id);
        }
        while self.over.len() > MAX_OVER {
            let Some(oldest) = self.over.pop_front() else { break };
            if self.compartments.values().any(|known| known.contents.listed().contains(&oldest)) {
                // Still listed somewhere: its particulars are needed to say whose door that is.
                self.over.push_back(oldest);
                break;
            }
            self.parcels.remove(&oldest);
        }
    }
}

fn expected(announcement: &Announcement) -> Parcel {
    Parcel {
        tenant: announcement.tenant,
        label: announcement.label.clone(),
        label_tag: announcement.label_tag,
        recipient: Some(announcement.recipient),
        code: Some(announcement.code),
        size: announcement.size,
        retention_s: announcement.retention_s,
        waited_s: 0,
        reachable: announcement.reachable,
        expired: false,
        recalled: false,
        place: Place::Expected,
        order: announcement.order,
        outgoing: None,
        left_over: false,
        keep: announcement.keep,
    }
}

fn to_be_sent(announcement: &ReturnAnnouncement) -> Parcel {
    Parcel {
        tenant: announcement.tenant,
        label: announcement.label.clone(),
        label_tag: announcement.label_tag,
        recipient: None,
        code: announcement.code,
        size: announcement.size.unwrap_or(Size::S),
        retention_s: OUTGOING_RETENTION_S,
        waited_s: 0,
        reachable: false,
        expired: false,
        recalled: false,
        place: Place::Expected,
        order: None,
        outgoing: Some(Outgoing { size: announcement.size }),
        left_over: false,
        keep: None,
    }
}

fn add(parcels: &mut Vec<ParcelId>, parcel: ParcelId) {
    if !parcels.contains(&parcel) {
        parcels.push(parcel);
    }
}
