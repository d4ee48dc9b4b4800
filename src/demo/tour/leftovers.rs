//! What an earlier run left when it was cut short: whoever stood at an open door finishes there.

use super::super::error::DemoError;
use super::super::people::{Errand, Place};
use super::super::stage::Stage;

pub fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    let open: Vec<u16> = stage.world.doors().filter(|door| stage.world.is_open(*door)).collect();
    if !open.is_empty() {
        stage.timeline.chapter("Somebody still stands at an open door");
    }
    for door in open {
        finish(stage, door)?;
    }
    // Nothing is in hand any more, and a bolt that stuck then was mended since.
    stage.people.set_errand(None);
    for door in stage.world.doors().collect::<Vec<_>>() {
        stage.world.jam(door, false)?;
    }
    note_where_parcels_are(stage);
    stage.wait_openings_over()
}

fn finish(stage: &mut Stage<'_>, door: u16) -> Result<(), DemoError> {
    match stage.people.errand().cloned() {
        Some(Errand::PutIn(label)) => {
            let in_hand = stage.world.doors().all(|other| !stage.world.inside(other).contains(&label));
            if in_hand && stage.world.inside(door).is_empty() {
                stage.puts_in(door, &label)?;
            }
            stage.push_shut("courier", door)
        }
        Some(Errand::TakeOut(who)) => {
            if !stage.world.inside(door).is_empty() {
                stage.takes_own(&who, door)?;
            }
            stage.push_shut(&who, door)
        }
        None => stage.push_shut("somebody", door),
    }
}

/// What people remember may be a moment behind what their hands did.
fn note_where_parcels_are(stage: &mut Stage<'_>) {
    for door in stage.world.doors().collect::<Vec<_>>() {
        for label in stage.world.inside(door) {
            stage.people.learn(&label, |item| item.place = Place::Door(door));
        }
    }
}
