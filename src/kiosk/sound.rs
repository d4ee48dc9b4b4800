//! What the kiosk sounds like: tones told apart without looking, through a beeper of the kernel or a program that plays.
//!
//! A thread of its own takes what the rules ask for. Whoever asks never waits, and a sound that finds the thread busy for
//! long is dropped: late, it would say the wrong thing.

mod output;
mod tone;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use locker_engine::Sound;

use crate::config::{NightSound, SoundConfig};
use output::Output;

/// Sounds that wait, at most.
const WAITING: usize = 4;

/// Tells the sound thread.
#[derive(Clone, Default)]
pub struct Speaker {
    sounds: Option<SyncSender<Sound>>,
}

impl Speaker {
    /// Starts the thread; without configuration there is none, and no sound.
    ///
    /// # Errors
    /// No thread. A beeper or program that is missing is no error: it is told in the log, once.
    pub fn start(config: Option<SoundConfig>, night: Night) -> std::io::Result<Self> {
        let Some(config) = config else { return Ok(Self::default()) };
        let (sounds, asked) = sync_channel(WAITING);
        std::thread::Builder::new().name("sound".to_owned()).spawn(move || play(&config, &night, &asked))?;
        Ok(Self { sounds: Some(sounds) })
    }

    /// Soon, if the thread is not busy.
    pub fn sound(&self, sound: Sound) {
        if let Some(sounds) = &self.sounds {
            // Full, or gone with a program that ends: nobody misses a beep.
            let _ = sounds.try_send(sound);
        }
    }
}

/// Whether it is night, as screen and sound agree; and whether the screen is to be dark all the same.
#[derive(Clone, Default)]
pub struct Night {
    is: Arc<AtomicBool>,
    on_battery: Arc<AtomicBool>,
}

impl Night {
    /// From now on it is, or is not.
    pub fn set(&self, night: bool) {
        self.is.store(night, Ordering::Relaxed);
    }

    /// From now on the locker runs on its battery, or does not.
    pub fn on_battery(&self, is: bool) {
        self.on_battery.store(is, Ordering::Relaxed);
    }

    /// Whether the screen is to be dark: a dark one takes less of a battery.
    pub fn darkens(&self) -> bool {
        self.is() || self.on_battery.load(Ordering::Relaxed)
    }

    /// Whether it is.
    pub fn is(&self) -> bool {
        self.is.load(Ordering::Relaxed)
    }
}

fn play(config: &SoundConfig, night: &Night, asked: &Receiver<Sound>) {
    let mut output = Output::new(config.by.clone());
    for sound in asked {
        // An alarm is for the night, too.
        let hushed = night.is() && config.night == NightSound::Silent && sound != Sound::Alarm;
        if !hushed {
            output.play(tone::of(sound));
        }
    }
}
