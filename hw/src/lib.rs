//! Lock boards, scanners and cabinet profiles behind small traits, and emulators of the other side of each wire.
