//! Parcels go out: by code, by pass, several at once; and what does not open anything.

use super::super::error::DemoError;
use super::super::people::{of_nobody, with_a_slip};
use super::super::stage::Stage;
use super::deposits::Brought;

pub fn play(stage: &mut Stage<'_>, brought: &Brought) -> Result<(), DemoError> {
    stage.timeline.chapter("Recipients come: by code, by pass, three parcels at once");
    stage.collect_by_code(&brought.ana)?;
    // Nobody announced Ben's: the pass that names its label makes it his.
    stage.collect_by_pass(&brought.ben)?;
    if let Some(first) = brought.dan.first() {
        stage.collect_by_code(first)?;
    }
    stage.timeline.chapter("A mistyped code, and a wrong one");
    let code = stage.code_of(&brought.cleo)?;
    stage.types_code("Cleo", &with_a_slip(&code))?;
    stage.screen.wait("word of the slip", |facts| facts.starts_with("One digit is wrong"))?;
    stage.types_code("nobody", &of_nobody(&code))?;
    stage.screen.wait("word of a wrong code", |facts| facts.starts_with("That code does not match"))?;
    stage.collect_by_code(&brought.cleo)
}
