//! What is proven at the end of a round, beside books and cabinet: pulses, events, logs.

use std::collections::BTreeMap;

use super::super::crowd::{Crowd, broken};
use super::super::error::DemoError;
use super::super::evidence;
use super::super::hub_client::{number, text};

/// What a process says when it ends by a mistake of ours.
const PANIC: &str = "panicked at";

impl Crowd<'_, '_> {
    /// Proves it.
    ///
    /// # Errors
    /// A promise is broken.
    pub fn proves(&mut self) -> Result<(), DemoError> {
        self.relays_are_off_and_were_one_at_a_time()?;
        self.every_pulse_has_its_intent()?;
        let events = self.events_are_there_once_and_in_order()?;
        self.nobody_panicked()?;
        self.stage.says(
            "demo",
            format!(
                "{} pulses, each with its intent, one at a time; {events} events at the hub, once and in order",
                self.frames()
            ),
        );
        Ok(())
    }

    fn relays_are_off_and_were_one_at_a_time(&self) -> Result<(), DemoError> {
        let (most, now) = (self.stage.world.most_energised_together(), self.stage.world.energised_now());
        if most > 1 || now > 0 {
            return Err(broken(format!(
                "{most} locks of one supply were energised together, {now} are energised at the end"
            )));
        }
        Ok(())
    }

    fn every_pulse_has_its_intent(&self) -> Result<(), DemoError> {
        let tried = evidence::tries(&self.stage.folder.kiosk_state())?;
        for door in self.stage.world.doors() {
            let (frames, tries) =
                (self.stage.world.unlock_frames(door), tried.get(&door).copied().unwrap_or(0));
            if frames > tries {
                return Err(broken(format!(
                    "{frames} unlock frames for door {door} arrived, and the journal has {tries} intents"
                )));
            }
        }
        Ok(())
    }

    fn events_are_there_once_and_in_order(&self) -> Result<u64, DemoError> {
        let locker = self.stage.locker()?;
        let (journal, head) = evidence::head(&self.stage.folder.kiosk_state())?;
        let events = self.stage.api.list(&self.stage.operator, &format!("/v1/lockers/{locker}/events"))?;
        let mut next: BTreeMap<String, u64> = BTreeMap::new();
        for event in &events {
            let (of, seq) = (text(event, "journal")?, number(event, "seq")?);
            let due = next.entry(of.clone()).or_insert(1);
            if seq != *due {
                return Err(broken(format!("event {seq} of journal {of} came to the hub in place of {due}")));
            }
            *due += 1;
        }
        let held = next.get(&journal).map_or(0, |due| due - 1);
        if next.len() != 1 || held != head {
            let journals = next.len();
            return Err(broken(format!(
                "the hub holds {held} of {head} events of the journal, and {journals} journals in all"
            )));
        }
        let view = self.stage.api.get(&self.stage.operator, &format!("/v1/lockers/{locker}"))?;
        let (standing, aside) = (text(&view, "standing")?, number(&view, "set_aside")?);
        if standing != "in_step" || aside > 0 {
            return Err(broken(format!(
                "the hub has the locker as {standing}, and set {aside} events aside"
            )));
        }
        Ok(head)
    }

    fn nobody_panicked(&self) -> Result<(), DemoError> {
        for name in ["kiosk", "sync", "hub"] {
            let log = self.stage.folder.logs().join(format!("{name}.log"));
            let said = std::fs::read(&log).map_err(DemoError::io(format!("reading {}", log.display())))?;
            if String::from_utf8_lossy(&said).contains(PANIC) {
                return Err(broken(format!("the {name} panicked: {}", log.display())));
            }
        }
        Ok(())
    }
}
