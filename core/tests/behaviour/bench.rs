//! A core on a bench: time is what the test says, every call is judged, and every recorded event is kept.

use std::collections::VecDeque;

use locker_core::promises::Trace;
use locker_core::{Cabinet, Core, Effect, Input, Sound, Spec, State, Unlock, View};
use locker_protocol::event::{Answer, Door};
use locker_protocol::{CompartmentId, Event, Size};

/// The most ticks that one step of time may need: more is a live-lock.
const MAX_TICKS: usize = 20_000;

/// A core, its judge and its journal.
pub struct Bench {
    pub now_ms: u64,
    pub core: Core,
    pub journal: Vec<Event>,
    /// What the last inputs asked for, until it is taken.
    pub effects: Vec<Effect>,
    /// Pulses that nobody has answered yet.
    pub unlocks: VecDeque<Unlock>,
    pub view: View,
    /// Whether "Lower doors" is shown as chosen.
    pub lower_doors: bool,
    /// What went in and came out, in words, when a test wants to tell it.
    pub story: Option<Vec<String>>,
    cabinet: Cabinet,
    trace: Trace,
    base: State,
}

/// Six doors: 1 and 2 small, 3 and 4 medium, 5 and 6 large; odd ones on supply 0, even ones on supply 1; 2, 3 and 5
/// within reach.
pub fn cabinet() -> Cabinet {
    let spec = |number: u16| Spec {
        size: Size::ALL[usize::from((number - 1) / 2)],
        reachable: matches!(number, 2 | 3 | 5),
        supply: u8::from(number.is_multiple_of(2)),
        pulse_ms: 400,
        cooldown_ms: 300,
    };
    Cabinet {
        compartments: (1..=6).map(|number| (CompartmentId(number), spec(number))).collect(),
        built_unix_s: 1_000_000,
        ..Cabinet::default()
    }
}

impl Bench {
    /// A started locker with empty books, of whose doors nothing is known yet.
    pub fn new(cabinet: Cabinet) -> Self {
        Self::on(cabinet, State::default())
    }

    /// A started locker with these books.
    pub fn on(cabinet: Cabinet, state: State) -> Self {
        let mut bench = Self {
            now_ms: 1_000,
            core: Core::new(cabinet.clone(), state.clone()),
            journal: Vec::new(),
            effects: Vec::new(),
            unlocks: VecDeque::new(),
            view: View::Home { left_open: None, sending: false, takes_in: true },
            lower_doors: false,
            story: None,
            trace: Trace::new(cabinet.clone(), state.clone()),
            base: state,
            cabinet,
        };
        bench.give(Input::Started { version: "test".to_owned() });
        bench.give(Input::Network { reaches_hub: true });
        bench
    }

    pub fn state(&self) -> &State {
        self.core.state()
    }

    /// Something happens now.
    ///
    /// # Panics
    /// When a promise is broken, or the next deadline does not lie ahead.
    pub fn give(&mut self, input: Input) {
        if let Err(broken) = self.try_give(input) {
            panic!("{broken}");
        }
    }

    /// Something happens now; says what is wrong with what the core does.
    pub fn try_give(&mut self, input: Input) -> Result<(), String> {
        let effects = self.core.handle(self.now_ms, input.clone());
        if let Some(story) = &mut self.story {
            story.push(format!("{:>10}  {input:?}", self.now_ms));
            story.extend(effects.iter().map(|effect| format!("{:12}-> {effect:?}", "")));
        }
        self.trace
            .judge(self.now_ms, &input, &effects, self.core.state())
            .map_err(|broken| format!("at {} on {input:?}: {broken}", self.now_ms))?;
        for effect in &effects {
            match effect {
                Effect::Record(event) => self.journal.push(event.clone()),
                Effect::Unlock(unlock) => self.unlocks.push_back(*unlock),
                Effect::Show(view) => self.view = view.clone(),
                Effect::LowerDoors(chosen) => self.lower_doors = *chosen,
                Effect::OnBattery(_)
                | Effect::Lead(_)
                | Effect::Sound(_)
                | Effect::Wake
                | Effect::Restart
                | Effect::PowerOff => {}
            }
        }
        self.effects.extend(effects);
        match self.core.next_deadline_ms() {
            Some(due_ms) if due_ms <= self.now_ms => {
                Err(format!("at {} the next deadline is {due_ms}, after {input:?}", self.now_ms))
            }
            _ => Ok(()),
        }
    }

    /// Time passes, with a tick at every deadline and one at the end.
    pub fn wait(&mut self, ms: u64) {
        if let Err(broken) = self.try_wait(ms) {
            panic!("{broken}");
        }
    }

    /// Time passes; says what is wrong with what the core does.
    pub fn try_wait(&mut self, ms: u64) -> Result<(), String> {
        let until_ms = self.now_ms + ms;
        for _ in 0..MAX_TICKS {
            let due_ms = self.core.next_deadline_ms().filter(|due_ms| *due_ms < until_ms);
            self.now_ms = due_ms.unwrap_or(until_ms);
            self.try_give(Input::Tick)?;
            if due_ms.is_none() {
                return Ok(());
            }
        }
        Err(format!("more than {MAX_TICKS} ticks in {ms} ms"))
    }

    /// The program stops, whatever it was doing, and starts again on its journal. `found` is what the engine adds.
    ///
    /// # Panics
    /// When the recorded events do not add up to the books, or the books do not survive their bytes.
    pub fn restart_with(&mut self, found: &[Event]) -> Result<(), String> {
        let mut replayed = self.base.clone();
        for event in &self.journal {
            replayed.apply(event);
        }
        if replayed != *self.core.state() {
            return Err("the journal does not add up to the books".to_owned());
        }
        let bytes = minicbor::to_vec(&replayed).map_err(|error| error.to_string())?;
        let mut decoded: State = minicbor::decode(&bytes).map_err(|error| error.to_string())?;
        if decoded != replayed {
            return Err("the books do not survive their bytes".to_owned());
        }
        for event in found {
            decoded.apply(event);
            self.trace.apply(event);
            self.journal.push(event.clone());
        }
        self.trace.restarted(self.now_ms);
        self.unlocks.clear();
        self.view = View::Home { left_open: None, sending: false, takes_in: true };
        self.core = Core::new(self.cabinet.clone(), decoded);
        self.try_give(Input::Started { version: "test".to_owned() })?;
        self.try_give(Input::Network { reaches_hub: true })
    }

    pub fn restart(&mut self) {
        if let Err(wrong) = self.restart_with(&[]) {
            panic!("{wrong}");
        }
    }

    /// A door's sensor says this, now.
    pub fn sense(&mut self, door: u16, says: Door) {
        let compartment = CompartmentId(door);
        self.give(Input::Reading { compartment, door: says, sampled_at_ms: self.now_ms });
    }

    /// Every door is seen closed.
    pub fn sense_all_closed(&mut self) {
        for door in 1..=6 {
            self.sense(door, Door::Closed);
        }
    }

    /// Time passes while a door is sampled every 100 ms.
    pub fn watch(&mut self, door: u16, says: Door, ms: u64) {
        let until_ms = self.now_ms + ms;
        while self.now_ms < until_ms {
            self.wait(100.min(until_ms - self.now_ms));
            self.sense(door, says);
        }
    }

    /// The board acknowledges the pulse that waits.
    pub fn answer(&mut self, answer: Answer) -> Unlock {
        let unlock = self.unlocks.pop_front().expect("a pulse was asked for");
        self.give(Input::Unlocked { opening: unlock.opening, attempt: unlock.attempt, answer });
        unlock
    }

    /// The sounds made since this was last called.
    pub fn sounds(&mut self) -> Vec<Sound> {
        let effects = std::mem::take(&mut self.effects);
        let sound = |effect| match effect {
            Effect::Sound(sound) => Some(sound),
            _ => None,
        };
        effects.into_iter().filter_map(sound).collect()
    }
}
