//! What the engine logged last, for the report of a broken promise.

use std::cell::RefCell;

use log::{LevelFilter, Log, Metadata, Record};

const KEPT: usize = 8;

thread_local! {
    static LAST: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct Ear;

impl Log for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        LAST.with_borrow_mut(|last| {
            last.push(record.args().to_string());
            let too_many = last.len().saturating_sub(KEPT);
            last.drain(..too_many);
        });
    }

    fn flush(&self) {}
}

/// From now on it is listened to.
pub fn listen() {
    static EAR: Ear = Ear;
    if log::set_logger(&EAR).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}

/// What was logged in this thread since this was asked last.
pub fn heard() -> Vec<String> {
    LAST.with_borrow_mut(std::mem::take)
}
