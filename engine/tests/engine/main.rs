//! The engine on a real journal, with a bus and a screen that take notes, and a hub and sync played by the test.

mod custody;
mod hostile;
mod rig;
