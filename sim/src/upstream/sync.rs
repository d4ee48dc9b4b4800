//! `locker sync` as a process that can be killed: the real state machine, and what it keeps on disk.

use locker_crypto::SigningKey;
use locker_engine::sync::{Input, Lane, Machine, Output};
use locker_protocol::uplink::SealedBytes;

use super::AskId;
use crate::chance::Chance;

/// The process: its files, and its memory while it runs.
pub(super) struct SyncProcess {
    chance: Chance,
    /// The seed of its own key, on disk.
    seed: [u8; 32],
    /// How far the journal had come: on disk now, and before the last writing.
    witness: Option<SealedBytes>,
    witness_before: Option<SealedBytes>,
    running: Option<Running>,
}

struct Running {
    machine: Machine<SigningKey>,
    linked: bool,
    under_way: [Option<UnderWay>; 3],
}

/// A request that is not answered yet.
#[derive(Clone, Copy)]
pub(super) struct UnderWay {
    pub(super) ask: AskId,
    pub(super) until_ms: u64,
}

pub(super) const LANES: [Lane; 3] = [Lane::Control, Lane::Up, Lane::Down];

fn place(lane: Lane) -> usize {
    match lane {
        Lane::Control => 0,
        Lane::Up => 1,
        Lane::Down => 2,
    }
}

impl SyncProcess {
    pub(super) fn new(mut chance: Chance) -> Self {
        let seed = chance.bytes();
        Self { chance, seed, witness: None, witness_before: None, running: None }
    }

    /// Starts, unless it runs. Nothing when no key can be made of its seed, which none refuses today.
    pub(super) fn start(&mut self) {
        if self.running.is_none()
            && let Ok(key) = SigningKey::from_seed(&self.seed)
        {
            let machine = Machine::new(key, self.witness.clone(), self.chance.any());
            self.running = Some(Running { machine, linked: false, under_way: [None; 3] });
        }
    }

    /// Ends at once: only its files stay.
    pub(super) fn kill(&mut self) {
        self.running = None;
    }

    /// A lying card forgot the last writing. A key that is gone is drawn anew at the next start.
    pub(super) fn lose_last_writing(&mut self) {
        self.witness = self.witness_before.take();
        if self.chance.one_in(8) {
            self.seed = self.chance.bytes();
        }
    }

    pub(super) fn keep(&mut self, witness: SealedBytes) {
        self.witness_before = self.witness.replace(witness);
    }

    pub(super) fn is_up(&self) -> bool {
        self.running.is_some()
    }

    pub(super) fn is_linked(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.linked)
    }

    /// Gives the machine something; nothing happens where no process runs.
    pub(super) fn handle(&mut self, now_ms: u64, input: Input) -> Vec<Output> {
        match &mut self.running {
            Some(running) => running.machine.handle(now_ms, input),
            None => Vec::new(),
        }
    }

    pub(super) fn link(&mut self) {
        if let Some(running) = &mut self.running {
            running.linked = true;
        }
    }

    /// The kiosk's socket is gone: whatever was asked finds nobody, as in the program.
    pub(super) fn unlink(&mut self, now_ms: u64) {
        let Some(running) = &mut self.running else { return };
        if std::mem::take(&mut running.linked) {
            running.under_way = [None; 3];
            // Unlinked, the machine has nothing to say and asks nothing: what it returns is empty.
            running.machine.handle(now_ms, Input::Unlinked);
            for lane in LANES {
                let answer = locker_engine::sync::Answer::Failed;
                running.machine.handle(now_ms, Input::Hub { lane, answer });
            }
        }
    }

    /// When the machine is due, if the kiosk is there.
    pub(super) fn trigger_ms(&self) -> Option<u64> {
        let running = self.running.as_ref()?;
        if running.linked { running.machine.next_trigger_ms() } else { None }
    }

    /// When the first request runs out of time.
    pub(super) fn time_out_ms(&self) -> Option<u64> {
        let running = self.running.as_ref()?;
        running.under_way.iter().flatten().map(|under_way| under_way.until_ms).min()
    }

    /// The requests that ran out of time.
    pub(super) fn timed_out(&mut self, now_ms: u64) -> Vec<(Lane, AskId)> {
        let Some(running) = &mut self.running else { return Vec::new() };
        let mut lanes = Vec::new();
        for lane in LANES {
            let under_way = &mut running.under_way[place(lane)];
            if let Some(over) = under_way.take_if(|under_way| under_way.until_ms <= now_ms) {
                lanes.push((lane, over.ask));
            }
        }
        lanes
    }

    /// Notes a request; says whether its lane was free, as the machine promises.
    pub(super) fn asks(&mut self, lane: Lane, under_way: UnderWay) -> bool {
        let Some(running) = &mut self.running else { return true };
        running.under_way[place(lane)].replace(under_way).is_none()
    }

    /// Whether the answer to this request is still waited for; it is not after this.
    pub(super) fn awaits(&mut self, lane: Lane, ask: AskId) -> bool {
        let Some(running) = &mut self.running else { return false };
        running.under_way[place(lane)].take_if(|under_way| under_way.ask == ask).is_some()
    }
}
