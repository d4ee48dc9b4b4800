//! Lights that lead to doors, and a buzzer. One thread drives them; whoever asks never waits. All of them are off at the start,
//! when nothing is asked for, and at the end.

mod pattern;
mod thread;

pub use pattern::Beeps;
pub use thread::{Signals, StartError};
