//! The program of this locker: what it hears, how it starts and ends, and the power that it runs on.

use locker_engine::keys::KeyRing;
use locker_engine::{CompartmentId, Engine, EngineError, Happening, State};

use super::{Heal, World};
use crate::disk::{Loss, Stop};
use crate::kiosk::FOLDER;
use crate::oracle::differences;

/// The program starts again so long after it ended, in milliseconds.
const RESTART_MS: u64 = 1_500;
/// A program that cannot start tries again after this, in milliseconds.
const TRY_AGAIN_MS: u64 = 10_000;
/// A machine needs so long from power to program, in milliseconds.
const BOOT_MS: u64 = 9_000;
/// More new journals in one history than cards, clocks and backups can ask for.
const MOST_NEW_JOURNALS: u64 = 100;

impl World {
    pub(super) fn enrol(&mut self) {
        let keys = self.upstream.keys();
        let placed = KeyRing::create_enrolled(
            self.disk.for_engine(),
            FOLDER.as_ref(),
            keys.journal_seed,
            &keys.enrolment(),
        );
        if let Err(error) = placed {
            self.oracle.breaks(0, "the world begins", error.to_string());
        }
        self.staff_comes_to_work();
        self.upstream.start_sync(self.now_ms);
    }

    /// Something happens around the program.
    pub(crate) fn kiosk_hears(&mut self, happening: Happening) {
        let mono_ms = self.now_ms - self.kiosk.epoch_ms;
        let Some(engine) = self.kiosk.engine.as_mut() else { return };
        self.bus.happens(&self.disk);
        self.kiosk.glass.happens(&self.disk);
        let result = engine.handle(mono_ms, happening);
        let mut says = Vec::new();
        if result.is_ok() {
            while let Some(message) = engine.next_to_sync() {
                says.push(message);
            }
        }
        self.judge_commits();
        if self.disk.is_off() {
            self.counts.cuts_in_writes += 1;
            return self.power_fails();
        }
        for message in says {
            self.upstream.from_kiosk(self.now_ms, &message);
        }
        match result {
            Ok(()) if self.kiosk.engine.as_mut().is_some_and(Engine::takes_power_off) => {
                self.machine_goes_off();
            }
            Ok(()) if self.kiosk.engine.as_ref().is_some_and(Engine::wants_restart) => {
                self.tell(|| "the program begins again, as a technician wants".to_owned());
                self.counts.restarts += 1;
                let before = self.books().cloned();
                self.program_ends();
                self.expect_after_restart(before);
            }
            Ok(()) => {}
            Err(EngineError::HistoriesDiffer(cause)) => {
                self.tell(|| format!("the program begins a new journal: {cause:?}"));
                self.counts.new_journals += 1;
                if self.counts.new_journals > MOST_NEW_JOURNALS {
                    let how = format!(
                        "more than {MOST_NEW_JOURNALS} journals are begun, the last one by {cause:?}"
                    );
                    self.oracle.breaks(self.now_ms, "nothing freezes or spins", how);
                }
                if let Some(engine) = self.kiosk.engine.take() {
                    let begun = engine.begin_anew(cause, mono_ms);
                    if self.disk.is_off() {
                        self.counts.cuts_in_writes += 1;
                        return self.power_fails();
                    }
                    self.program_ends();
                    match begun {
                        Ok(()) => self.kiosk.starts_at_ms = Some(self.now_ms),
                        Err(error) => self.tell(|| format!("it fails: {error}")),
                    }
                }
            }
            Err(error) => {
                self.tell(|| format!("the program ends: {error}"));
                self.program_ends();
            }
        }
    }

    pub(super) fn start_kiosk(&mut self) {
        self.counts.starts += 1;
        let bus = self.bus.start(self.now_ms, self.kiosk.epoch_ms);
        match self.kiosk.start(self.now_ms, &self.disk, bus) {
            Ok(()) => {
                self.tell(|| "the program starts".to_owned());
                self.started_ms = self.now_ms;
                if self.disk.is_off() {
                    self.counts.cuts_in_writes += 1;
                    return self.power_fails();
                }
                let before = self.before_restart.take();
                if before.is_some() && before.as_ref() != self.books() && !self.plan.lying_card() {
                    let how = differences(before.as_ref(), self.books());
                    self.oracle.breaks(self.now_ms, "every replay gives the same books", how);
                }
                self.forgive_what_the_card_forgot();
                self.upstream.kiosk_came(self.now_ms);
                self.reads_surroundings();
            }
            Err(error) => {
                self.tell(|| format!("the program cannot start: {error}"));
                if self.disk.is_off() {
                    self.counts.cuts_in_writes += 1;
                    return self.power_fails();
                }
                self.kiosk.starts_at_ms = Some(self.now_ms + TRY_AGAIN_MS);
            }
        }
    }

    /// The process is gone; the machine starts it again.
    pub(crate) fn program_ends(&mut self) {
        self.kiosk.engine = None;
        self.kiosk.glass.dark();
        self.bus.start(self.now_ms, self.kiosk.epoch_ms);
        self.oracle.stopped();
        self.told_nothing();
        self.upstream.kiosk_went(self.now_ms);
        self.kiosk.starts_at_ms = Some(self.now_ms + RESTART_MS);
    }

    /// A process that was killed between two happenings finds the same books again.
    pub(crate) fn expect_after_restart(&mut self, before: Option<State>) {
        self.before_restart = before;
    }

    /// Where a card that lied took with it what happened at a door, no rule can know what is inside: docs/reliability.md says
    /// what that may cost.
    fn forgive_what_the_card_forgot(&mut self) {
        let Some(before) = self.before_lie.take() else { return };
        let Some(books) = self.books().cloned() else { return };
        for door in &mut self.cabinet.doors {
            let number = CompartmentId(door.number);
            let forgotten = books.contents(number) != before.contents(number)
                || (before.opening_of(number).is_some()
                    && books.opening_of(number) != before.opening_of(number));
            door.beyond_knowing |= forgotten && !door.inside.is_empty();
        }
    }

    /// The power is gone.
    pub(crate) fn power_fails(&mut self) {
        if self.power_is_off {
            return;
        }
        self.power_is_off = true;
        self.counts.power_cuts += 1;
        self.before_restart = None;
        self.tell(|| "the power fails".to_owned());
        let lying = self.plan.lying_card();
        if lying && let Some(books) = self.books().cloned() {
            self.before_lie = Some(books);
        }
        let losses = [
            Loss::Everything,
            Loss::Nothing,
            Loss::HalfOfTheLast,
            Loss::AllButTheLast,
            Loss::Arbitrary,
            Loss::Arbitrary,
        ];
        let loss = self.chance.pick(&losses).copied().unwrap_or(Loss::Arbitrary);
        self.disk.stop_after(0, Stop::PowerFails);
        self.disk.cut(&mut self.chance, loss);
        self.program_ends();
        self.upstream.power_cut(self.now_ms, lying);
        self.kiosk.starts_at_ms = None;
        let off_ms = match self.chance.below(4) {
            0 => self.chance.between(200, 3_000),
            1 => self.chance.between(3_000, 60_000),
            2 => self.chance.between(60_000, 1_800_000),
            _ => self.chance.between(1_000_000, 20_000_000),
        };
        self.heal_in(off_ms, Heal::PowerIsBack);
    }

    pub(crate) fn power_is_back(&mut self) {
        if !self.power_is_off {
            // The mains brought it back before.
            return;
        }
        self.supply_passes();
        self.power_is_off = false;
        self.tell(|| "the power is back".to_owned());
        self.kiosk.epoch_ms = self.now_ms;
        self.kiosk.starts_at_ms = Some(self.now_ms + BOOT_MS);
        self.upstream.start_sync(self.now_ms);
    }
}
