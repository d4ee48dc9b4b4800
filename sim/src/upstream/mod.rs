//! What is above the locker: its sync, the network, and a hub.
//!
//! Sync is the real state machine; what passes its two wires are the real bytes. The hub is a second writing of the other
//! side, from the protocol alone, and a strict one: whatever it must object to is in [`Hub::complaints`].

mod hub;
mod network;
mod sync;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use locker_engine::Happening;
use locker_engine::link::{self, ToKiosk, ToSync};
use locker_engine::sync::{Answer, Ask, Input, Lane, Output};
use locker_protocol::LockerId;
use minicbor::{Decode, Encode};

pub use hub::{
    Announced, BASE_UNIX_S, DepositPass, HeldEntry, HeldJournal, HistoryBreak, Hub, HubKeys, Mischief,
    NewCode, Order, Thief, Unannounced,
};
pub use network::{Network, Rates};

use crate::chance::Chance;
use hub::{Heard, Reply};
use network::WayBack;
use sync::{SyncProcess, UnderWay};

/// Sync tries the kiosk's socket again after this, in milliseconds.
const CONNECT_AGAIN_MS: u64 = 500;
/// A machine that is due, does nothing, and is due again, is not asked again before this, in milliseconds.
const SPINNING_MS: u64 = 1_000;
/// A hub that is down refuses a connection after this, in milliseconds.
const DOWN_MS: u64 = 5;

/// Numbers every request that sync makes.
pub(crate) type AskId = u64;

/// What comes to the kiosk from its socket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FromSync {
    /// Another connection took the place of the one before.
    Gone,
    /// Sync says it.
    Said(ToKiosk),
}

impl From<FromSync> for Happening {
    fn from(from_sync: FromSync) -> Self {
        match from_sync {
            FromSync::Gone => Self::SyncGone,
            FromSync::Said(message) => Self::Sync(message),
        }
    }
}

/// Something on its way.
enum Due {
    /// A request arrives at the hub.
    AtHub { ask: AskId, lane: Lane, is_late: bool, request: Arc<Ask> },
    /// An answer, or the end of a connection, arrives at sync.
    AtSync { ask: AskId, lane: Lane, answer: Answer },
}

/// Sync, network and hub of one locker.
pub struct Upstream {
    chance: Chance,
    sync: SyncProcess,
    /// How many outputs sync still does before it dies in the middle of them.
    dies_after: Option<u32>,
    kiosk_is_there: bool,
    connects_ms: Option<u64>,
    to_kiosk: VecDeque<FromSync>,
    on_the_way: BTreeMap<(u64, u64), Due>,
    numbered: u64,
    now_ms: u64,
    not_before_ms: u64,
    complaints: Vec<String>,
    /// Sync's disk is full: it forgets how far the journal came, and carries on.
    pub sync_disk_is_full: bool,
    /// The network.
    pub network: Network,
    /// The hub.
    pub hub: Hub,
}

impl Upstream {
    /// A locker's way up, with nothing running yet. Every key comes from `chance`.
    pub fn new(mut chance: Chance, locker: LockerId) -> Self {
        Self {
            sync: SyncProcess::new(chance.fork()),
            network: Network::new(chance.fork()),
            hub: Hub::new(chance.fork(), locker),
            chance,
            dies_after: None,
            kiosk_is_there: false,
            connects_ms: None,
            to_kiosk: VecDeque::new(),
            on_the_way: BTreeMap::new(),
            numbered: 0,
            now_ms: 0,
            not_before_ms: 0,
            complaints: Vec::new(),
            sync_disk_is_full: false,
        }
    }

    /// What an enrolment would have given the kiosk: for placing its key file.
    pub fn keys(&self) -> HubKeys {
        self.hub.keys()
    }

    /// Everything a strict other side objects to, at sync and at the hub. Of an honest locker there is nothing.
    pub fn complaints(&self) -> impl Iterator<Item = &str> {
        self.complaints.iter().chain(self.hub.complaints()).map(String::as_str)
    }

    /// Starts `locker sync`, unless it runs.
    pub fn start_sync(&mut self, now_ms: u64) {
        self.pass(now_ms);
        if !self.sync.is_up() {
            self.dies_after = None;
            self.sync.start();
            self.connects_soon();
        }
    }

    /// `kill -9`: what it had in hand is lost, what it had written stays.
    pub fn kill_sync(&mut self) {
        self.sync.kill();
        self.connects_ms = None;
        self.dies_after = None;
        self.hub.hang_up(|_| true);
    }

    /// It dies in the middle of what it does next: before the output of this number (messages, writings and requests).
    pub fn kill_sync_before(&mut self, output: u32) {
        self.dies_after = Some(output);
    }

    /// Whether the process runs.
    pub fn sync_is_up(&self) -> bool {
        self.sync.is_up()
    }

    /// Whether it is connected to the kiosk.
    pub fn sync_is_linked(&self) -> bool {
        self.sync.is_linked()
    }

    /// The kiosk listens on its socket.
    pub fn kiosk_came(&mut self, now_ms: u64) {
        self.pass(now_ms);
        self.kiosk_is_there = true;
        self.connects_soon();
    }

    /// The kiosk's process is gone, and with it what was said to it and not read.
    pub fn kiosk_went(&mut self, now_ms: u64) {
        self.pass(now_ms);
        self.kiosk_is_there = false;
        self.connects_ms = None;
        self.to_kiosk.clear();
        self.sync.unlink(now_ms);
        self.hub.hang_up(|_| true);
    }

    /// The kiosk cuts the connection; sync comes again.
    pub fn kiosk_hung_up(&mut self, now_ms: u64) {
        self.kiosk_went(now_ms);
        self.kiosk_came(now_ms);
    }

    /// The machine loses power: kiosk and sync are gone. A card that lies may lose what sync wrote last, too.
    pub fn power_cut(&mut self, now_ms: u64, card_lies: bool) {
        self.kiosk_went(now_ms);
        self.kill_sync();
        if card_lies && self.chance.one_in(2) {
            self.sync.lose_last_writing();
        }
    }

    /// The kiosk says something to sync; nobody hears it where none is connected.
    pub fn from_kiosk(&mut self, now_ms: u64, message: &ToSync) {
        self.pass(now_ms);
        if !self.sync.is_linked() {
            return;
        }
        match carried(message) {
            Ok(message) => self.machine(now_ms, Input::Kiosk(message)),
            Err(why) => self.complain(&format!("what the kiosk says does not pass the socket: {why}")),
        }
    }

    /// When something is due, in monotonic milliseconds: call [`Upstream::turn`] then, and after everything else that was
    /// done here.
    pub fn next_due_ms(&self) -> Option<u64> {
        let waits = (!self.to_kiosk.is_empty()).then_some(self.now_ms);
        [waits, self.next_ms()].into_iter().flatten().min()
    }

    /// Everything that is due by now, in the order of its time; says what comes to the kiosk.
    pub fn turn(&mut self, now_ms: u64) -> Vec<FromSync> {
        while let Some(due_ms) = self.next_ms()
            && due_ms <= now_ms
        {
            self.step(due_ms.max(self.now_ms));
        }
        self.pass(now_ms);
        self.to_kiosk.drain(..).collect()
    }

    fn next_ms(&self) -> Option<u64> {
        let on_the_way = self.on_the_way.first_key_value().map(|((at_ms, _), _)| *at_ms);
        let trigger = self.sync.trigger_ms().map(|at_ms| at_ms.max(self.not_before_ms));
        [on_the_way, self.connects_ms, self.hub.due_ms(), trigger, self.sync.time_out_ms()]
            .into_iter()
            .flatten()
            .min()
    }

    fn pass(&mut self, now_ms: u64) {
        self.now_ms = self.now_ms.max(now_ms);
        self.hub.pass(self.now_ms);
    }

    /// Does one thing that is due.
    fn step(&mut self, now_ms: u64) {
        self.pass(now_ms);
        if self.connects_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            self.connects_ms = None;
            self.connect(now_ms);
        } else if self.hub.due_ms().is_some_and(|at_ms| at_ms <= now_ms) {
            for (ask, lane, reply) in self.hub.replies() {
                self.send_back(now_ms, ask, lane, reply);
            }
        } else if self.on_the_way.first_key_value().is_some_and(|((at_ms, _), _)| *at_ms <= now_ms) {
            match self.on_the_way.pop_first() {
                Some((_, Due::AtHub { ask, lane, is_late, request })) => {
                    self.at_hub(now_ms, ask, lane, is_late, &request);
                }
                Some((_, Due::AtSync { ask, lane, answer })) => self.at_sync(now_ms, ask, lane, answer),
                None => {}
            }
        } else if self.sync.time_out_ms().is_some_and(|at_ms| at_ms <= now_ms) {
            for (lane, over) in self.sync.timed_out(now_ms) {
                self.hub.hang_up(|ask| ask == over);
                self.machine(now_ms, Input::Hub { lane, answer: Answer::Failed });
            }
        } else {
            self.machine(now_ms, Input::Tick);
            if self.sync.trigger_ms().is_some_and(|at_ms| at_ms <= now_ms) {
                self.complain("sync is due, does nothing, and is due again");
                self.not_before_ms = now_ms + SPINNING_MS;
            }
        }
    }

    fn connects_soon(&mut self) {
        if self.kiosk_is_there && self.sync.is_up() && !self.sync.is_linked() && self.connects_ms.is_none() {
            self.connects_ms = Some(self.now_ms + self.chance.below(CONNECT_AGAIN_MS));
        }
    }

    fn connect(&mut self, now_ms: u64) {
        if self.kiosk_is_there && self.sync.is_up() && !self.sync.is_linked() {
            self.sync.link();
            self.to_kiosk.push_back(FromSync::Gone);
            self.machine(now_ms, Input::Linked);
        }
    }

    /// Gives the machine an input and does what it says, in order.
    fn machine(&mut self, now_ms: u64, input: Input) {
        for output in self.sync.handle(now_ms, input) {
            match &mut self.dies_after {
                Some(0) => {
                    self.kill_sync();
                    return;
                }
                Some(left) => *left -= 1,
                None => {}
            }
            match output {
                Output::Kiosk(message) => match carried(&message) {
                    Ok(message) => self.to_kiosk.push_back(FromSync::Said(message)),
                    Err(why) => self.complain(&format!("what sync says does not pass the socket: {why}")),
                },
                Output::Keep(_) if self.sync_disk_is_full => {}
                Output::Keep(witness) => self.sync.keep(witness),
                Output::Ask { lane, ask } => self.send(now_ms, lane, ask),
            }
        }
    }

    fn send(&mut self, now_ms: u64, lane: Lane, request: Ask) {
        let ask = self.number();
        let under_way = UnderWay { ask, until_ms: now_ms + request.within_ms };
        if !self.sync.asks(lane, under_way) {
            self.complain("sync asks twice at a time in one lane");
        }
        let journey = self.network.there(now_ms);
        let request = Arc::new(request);
        for (at_ms, is_late) in
            [(journey.arrives_ms, false), (journey.again_ms, false), (journey.late_ms, true)]
        {
            if let Some(at_ms) = at_ms {
                let request = Arc::clone(&request);
                self.put(at_ms, Due::AtHub { ask, lane, is_late, request });
            }
        }
        if let Some(at_ms) = journey.fails_ms {
            self.put(at_ms, Due::AtSync { ask, lane, answer: Answer::Failed });
        }
    }

    fn at_hub(&mut self, now_ms: u64, ask: AskId, lane: Lane, is_late: bool, request: &Ask) {
        match self.hub.hear(ask, lane, request, !is_late) {
            // Of what comes late the sender has hung up long since.
            Heard::Answered(reply) if !is_late => self.send_back(now_ms, ask, lane, reply),
            Heard::Answered(_) | Heard::Waits => {}
        }
    }

    fn send_back(&mut self, now_ms: u64, ask: AskId, lane: Lane, reply: Reply) {
        if reply == Reply::Down {
            self.put(now_ms + DOWN_MS, Due::AtSync { ask, lane, answer: Answer::Failed });
            return;
        }
        match self.network.back(now_ms) {
            WayBack::Arrives(at_ms) => {
                let answer = reply.into_answer();
                self.put(at_ms, Due::AtSync { ask, lane, answer });
            }
            WayBack::Breaks(at_ms) => self.put(at_ms, Due::AtSync { ask, lane, answer: Answer::Failed }),
            WayBack::Silence => {}
        }
    }

    fn at_sync(&mut self, now_ms: u64, ask: AskId, lane: Lane, answer: Answer) {
        if self.sync.awaits(lane, ask) {
            self.machine(now_ms, Input::Hub { lane, answer });
        }
    }

    fn put(&mut self, at_ms: u64, due: Due) {
        let number = self.number();
        self.on_the_way.insert((at_ms, number), due);
    }

    fn number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    fn complain(&mut self, what: &str) {
        hub::complain(&mut self.complaints, self.now_ms, what);
    }
}

/// A message as the other end of the socket reads it.
fn carried<T: Encode<()> + for<'b> Decode<'b, ()>>(message: &T) -> std::io::Result<T> {
    link::read(&mut link::framed(message)?.as_slice())?
        .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "nothing was written"))
}
