//! When two moments are the same for every purpose but their dates: how an exploration of all that can happen knows that it has
//! been somewhere before. Nothing in the locker itself asks for this.
//!
//! Left out are what only grows (numbers of openings, cases and changes, wear) and what only ages (how long a timer still
//! runs, beyond what is asked for by `grain_ms`), and what a screen only tells. What is left out decides which of two futures comes first, not which
//! futures there are.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};

use locker_protocol::OpeningId;
use locker_protocol::event::Door;
use minicbor::{Encode, Encoder};

use crate::Core;
use crate::state::{Compartment, Jams, Opening, Parcel};

/// Writes one moment down.
pub(crate) struct Writer {
    to: Encoder<Vec<u8>>,
    now_ms: u64,
    grain_ms: u64,
    /// Openings by their order, not by their numbers.
    openings: BTreeMap<OpeningId, u64>,
}

impl Core {
    /// What distinguishes this moment from others, as bytes.
    ///
    /// `grain_ms` is how finely timers are told apart, in milliseconds; `u64::MAX` tells only those that run, those that are in their
    /// last millisecond, and those that are due.
    pub fn situation(&self, now_ms: u64, grain_ms: u64) -> Vec<u8> {
        let mut to = Writer {
            to: Encoder::new(Vec::with_capacity(512)),
            now_ms,
            grain_ms: grain_ms.max(1),
            openings: (0..).zip(self.state.openings.keys()).map(|(order, id)| (*id, order)).collect(),
        };
        self.write_books(now_ms, &mut to);
        to.number(self.doors.len() as u64);
        for (compartment, sample) in &self.doors {
            to.value(compartment);
            to.value(&sample.door);
        }
        for (id, live) in &self.live {
            to.opening(*id);
            live.write(&mut to);
        }
        to.number(self.windows.len() as u64);
        for (compartment, until_ms) in &self.windows {
            to.value(compartment);
            to.timer(Some(*until_ms));
        }
        self.items.write(&mut to);
        self.supplies.write(&mut to);
        self.forgiving.write(&mut to);
        to.timer(self.waiting_deadline_ms());
        to.value(&self.held_change.as_ref().map(|held| &held.change));
        self.session.write(self.idle_limit_ms(), &mut to);
        to.timer(self.current_opening().and_then(|id| self.abandoned_at_ms(id)));
        to.flag(self.aside.is_some());
        if let Some(aside) = &self.aside {
            aside.write(&mut to);
        }
        to.to.into_writer()
    }

    fn write_books(&self, now_ms: u64, to: &mut Writer) {
        let books = &self.state;
        to.number(books.parcels.len() as u64);
        for (id, parcel) in &books.parcels {
            let Parcel { retention_s, waited_s, .. } = parcel;
            to.value(id);
            // How long it has waited is a timer like any other.
            let left_ms = u64::from(retention_s.saturating_sub(*waited_s)) * 1_000;
            to.timer(Some(now_ms + left_ms));
            to.value(&Parcel { waited_s: 0, retention_s: 0, ..parcel.clone() });
        }
        to.number(books.compartments.len() as u64);
        for (id, known) in &books.compartments {
            to.value(id);
            to.value(&Compartment {
                openings: 0,
                interruptions: known.interruptions.min(2),
                jams: Jams::default(),
                ..known.clone()
            });
        }
        to.number(books.openings.len() as u64);
        for opening in books.openings.values() {
            to.value(&Opening { baseline: Door::Unknown, ..opening.clone() });
        }
        to.number(books.staff.len() as u64);
        books.staff.values().for_each(|staff| to.value(staff));
        to.number(books.revoked.len() as u64);
        books.revoked.iter().for_each(|staff| to.value(staff));
        to.value(&books.supply);
        to.value(&books.out_of_range);
        to.number(books.code_misses.into());
        to.number(books.pin_misses.into());
        to.number(books.floor_unix_s);
        to.flag(books.history_cut);
        to.flag(books.last_opening > 0);
    }
}

impl Writer {
    pub(crate) fn value(&mut self, value: &impl Encode<()>) {
        // Writing into a vector cannot fail.
        let _ = self.to.encode(value);
    }

    pub(crate) fn number(&mut self, number: u64) {
        let _ = self.to.u64(number);
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        let _ = self.to.bool(flag);
    }

    pub(crate) fn word(&mut self, word: &impl Debug) {
        let mut text = String::new();
        let _ = write!(text, "{word:?}");
        let _ = self.to.str(&text);
    }

    /// When a timer runs out.
    pub(crate) fn timer(&mut self, at_ms: Option<u64>) {
        self.number(match at_ms.map(|at_ms| at_ms.saturating_sub(self.now_ms)) {
            None => 0,
            Some(0) => 1,
            Some(1) => 2,
            Some(left_ms) => 3 + left_ms / self.grain_ms,
        });
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// How many of these ages, in milliseconds, something has reached.
    pub(crate) fn age(&mut self, since_ms: u64, ages_ms: &[u64]) {
        let age_ms = self.now_ms.saturating_sub(since_ms);
        self.number(ages_ms.iter().filter(|reached_ms| **reached_ms <= age_ms).count() as u64);
    }

    pub(crate) fn opening(&mut self, id: OpeningId) {
        let order = self.openings.get(&id).copied();
        // One that is over: which, does not matter any more.
        self.number(order.unwrap_or(u64::MAX));
    }
}
