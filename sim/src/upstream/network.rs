//! The network between sync and hub: what becomes of one request and of its answer.

use crate::chance::Chance;

/// A connection that fails says so after at most this, in milliseconds.
const REFUSED_WITHIN_MS: u64 = 2_000;
/// A request that was thought lost arrives at most this late, in milliseconds.
const LATE_WITHIN_MS: u64 = 10 * 60 * 1_000;

/// How often what goes wrong: once in so many requests each; 0 for never.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rates {
    /// The request does not arrive.
    pub lost_one_in: u64,
    /// It arrives, the hub acts on it, and the answer does not come back.
    pub answer_lost_one_in: u64,
    /// It arrives twice, soon after one another.
    pub doubled_one_in: u64,
    /// Another copy of it arrives when much else has happened since.
    pub late_one_in: u64,
}

impl Rates {
    /// A network as on the worst days.
    pub const ROUGH: Self =
        Self { lost_one_in: 8, answer_lost_one_in: 8, doubled_one_in: 12, late_one_in: 12 };
}

/// The network: one locker's way to its hub.
#[derive(Clone, Debug)]
pub struct Network {
    chance: Chance,
    cut_until_ms: u64,
    /// What goes wrong.
    pub rates: Rates,
    /// How long each way takes, in milliseconds: from, to below.
    pub latency_ms: (u64, u64),
}

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Journey {
    /// When it arrives.
    pub(super) arrives_ms: Option<u64>,
    /// When it arrives once more, and is answered once more.
    pub(super) again_ms: Option<u64>,
    /// When it arrives after its sender has given up.
    pub(super) late_ms: Option<u64>,
    /// When its sender hears that it failed; it may also wait in vain.
    pub(super) fails_ms: Option<u64>,
}

/// What becomes of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum WayBack {
    /// It arrives then.
    Arrives(u64),
    /// The connection breaks then.
    Breaks(u64),
    /// Nothing comes; whoever waits runs out of time.
    Silence,
}

impl Network {
    pub(super) fn new(chance: Chance) -> Self {
        Self { chance, cut_until_ms: 0, rates: Rates::default(), latency_ms: (20, 120) }
    }

    /// Nothing passes until then, in monotonic milliseconds.
    pub fn cut(&mut self, until_ms: u64) {
        self.cut_until_ms = self.cut_until_ms.max(until_ms);
    }

    /// Everything passes again.
    pub fn mend(&mut self) {
        self.cut_until_ms = 0;
    }

    /// Whether nothing passes now.
    pub fn is_cut(&self, now_ms: u64) -> bool {
        now_ms < self.cut_until_ms
    }

    pub(super) fn there(&mut self, now_ms: u64) -> Journey {
        let mut journey = Journey::default();
        if self.is_cut(now_ms) || self.chance.one_in(self.rates.lost_one_in) {
            // Refused at once, or swallowed.
            if self.chance.one_in(2) {
                journey.fails_ms = Some(now_ms + self.chance.between(1, REFUSED_WITHIN_MS));
            }
        } else {
            journey.arrives_ms = Some(now_ms + self.latency());
            if self.chance.one_in(self.rates.doubled_one_in) {
                journey.again_ms = Some(now_ms + self.latency());
            }
        }
        if !self.is_cut(now_ms) && self.chance.one_in(self.rates.late_one_in) {
            journey.late_ms = Some(now_ms + self.chance.between(1, LATE_WITHIN_MS));
        }
        journey
    }

    pub(super) fn back(&mut self, now_ms: u64) -> WayBack {
        let arrives_ms = now_ms + self.latency();
        if !self.is_cut(now_ms) && !self.chance.one_in(self.rates.answer_lost_one_in) {
            WayBack::Arrives(arrives_ms)
        } else if self.chance.one_in(2) {
            WayBack::Breaks(arrives_ms)
        } else {
            WayBack::Silence
        }
    }

    fn latency(&mut self) -> u64 {
        let (from_ms, to_ms) = self.latency_ms;
        self.chance.between(from_ms, to_ms)
    }
}
