//! The end of a round: nobody kills any more, and everything that is inside comes out again, to whom it belongs.

use std::time::{Duration, Instant};

use super::super::crowd::{Crowd, GLANCE, broken};
use super::super::error::DemoError;
use super::super::people::Place;
use super::super::shown::Shown;
use super::super::verdict;

/// After the last kill everything runs again within this time.
const ALL_BACK_WITHIN: Duration = Duration::from_secs(40);
/// An opening that a kill interrupted is over within this time.
const OPENINGS_OVER_WITHIN: Duration = Duration::from_secs(30);
/// Of what is still inside, the carrier takes back so many in a hundred.
const TAKEN_BACK: u64 = 25;

impl Crowd<'_, '_> {
    /// Ends the round, and proves that nothing was lost.
    ///
    /// # Errors
    /// A promise is broken.
    pub fn ends(&mut self) -> Result<(), DemoError> {
        self.comes_back()?;
        self.stage.timeline.chapter("Nobody kills any more: what people confused is sorted out");
        self.absent_return()?;
        self.quiet()?;
        self.sorts_out()?;
        self.judges()?;
        self.stage.timeline.chapter("Everything comes out, to whom it belongs");
        self.empties()?;
        self.quiet()?;
        self.judges()?;
        for door in self.stage.world.doors() {
            let inside = self.stage.world.inside(door);
            if !inside.is_empty() {
                return Err(broken(format!(
                    "{inside:?} is still behind door {door}, and nobody could have it out"
                )));
            }
        }
        self.proves()
    }

    /// Both, and the hub, come back by themselves.
    fn comes_back(&mut self) -> Result<(), DemoError> {
        let began = Instant::now();
        loop {
            let shown = self.look(GLANCE)?;
            if self.keeper.all_live() && !matches!(shown, Shown::Dark | Shown::Moment) {
                return Ok(());
            }
            if began.elapsed() > ALL_BACK_WITHIN {
                return Err(broken("not everything came back after the last kill"));
            }
        }
    }

    /// No opening is unfinished, and nobody is at the kiosk.
    fn quiet(&mut self) -> Result<(), DemoError> {
        self.until("all openings to end", OPENINGS_OVER_WITHIN, |stage| {
            Ok(stage.unfinished()?.is_empty().then_some(()))
        })
    }

    /// What the books have inside because a courier closed an empty door and could not say so is asked back by the
    /// carrier, and found not to be there.
    fn sorts_out(&mut self) -> Result<(), DemoError> {
        let confused: Vec<String> =
            self.confused.iter().filter(|label| self.is_in_hand(label)).cloned().collect();
        let mut any = false;
        for label in confused {
            any |= self.recalls(&label)?;
        }
        if any {
            self.courier_comes(Vec::new(), true)?;
            self.absent_return()?;
            self.quiet()?;
        }
        Ok(())
    }

    fn judges(&mut self) -> Result<(), DemoError> {
        let verdict = verdict::judge(self.stage)?;
        for line in verdict.lines() {
            self.stage.timeline.plain(&line);
        }
        match verdict.is_good() {
            true => Ok(()),
            false => Err(broken(verdict.wrong().join("; "))),
        }
    }

    fn empties(&mut self) -> Result<(), DemoError> {
        let behind: Vec<String> = self
            .stage
            .people
            .items()
            .filter(|item| matches!(item.place, Place::Door(_)))
            .map(|item| item.label.clone())
            .collect();
        let mut any = false;
        for label in behind {
            if self.chance.percent(TAKEN_BACK) {
                any |= self.recalls(&label)?;
            }
        }
        if any {
            self.courier_comes(Vec::new(), true)?;
            self.absent_return()?;
        }
        // Somebody who walks away comes back at once, and may have to come again.
        for _ in 0..3 {
            for who in self.waiting().into_keys().collect::<Vec<_>>() {
                self.recipient_comes(&who)?;
                self.absent_return()?;
            }
        }
        Ok(())
    }
}
